//! The procedures of a district: the ones that ship, until it adopts a version of its own.
//!
//! A version that was adopted stands in the database, so that backups and copies carry it. The one
//! in force is read once and kept until another is adopted, here or by another program. One that
//! cannot be read is an error and never a silent return to what ships.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use linli_rules::procedure::{Problem, Process};

use super::store;
use crate::base::{Fault, Id, Instant};
use crate::store::{ReadTx, StoreError};
use crate::words::Lang;

/// A kind of procedure that the program can run.
#[derive(Clone, Debug)]
pub struct ProcessKind {
    pub shipped: Arc<Process>,
    /// The file it ships as.
    pub text: &'static str,
    /// Reads and checks a file for this kind.
    pub parse: fn(&str) -> Result<Process, Vec<Problem>>,
}

/// A version that the district adopted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adopted {
    pub id: Id,
    /// `appeal`.
    pub process: String,
    pub version: i64,
    /// The file as it was adopted.
    pub text: String,
    pub since: Instant,
    pub until: Option<Instant>,
    /// The post of whoever adopted it.
    pub by: String,
}

/// The procedure of one kind as it stands.
#[derive(Clone, Debug)]
pub struct Standing {
    pub process: Arc<Process>,
    pub text: Arc<str>,
    /// The district's own; `None` while the shipped one is in force.
    pub own: Option<Arc<Adopted>>,
    /// Versions of before, newest first: they give old entries of a timeline their words.
    pub earlier: Vec<Arc<Process>>,
}

impl Standing {
    /// This version and those before it.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Process>> {
        std::iter::once(&self.process).chain(&self.earlier)
    }

    /// What a move is called: by the newest version that has it. Of several moves of one act the
    /// last is the ordinary one.
    fn move_title(&self, act: &str, lang: Lang) -> Option<String> {
        let named = |version: &Arc<Process>| {
            let by = version.moves.iter().rfind(|by| by.act == act);
            by.map(|by| by.title.in_lang(lang.code()).to_owned())
        };
        self.all().find_map(named)
    }

    /// What a clock is called: by the newest version that has it, since clocks outlive versions.
    pub fn clock_title(&self, name: &str, lang: Lang) -> String {
        let known = self.all().find_map(|version| version.clock(name));
        known.map_or(name, |clock| clock.title.in_lang(lang.code())).to_owned()
    }
}

#[derive(Debug, Default)]
struct InForce {
    mark: Vec<Id>,
    of: HashMap<String, Standing>,
}

impl InForce {
    /// Versions only ever count up.
    fn is_no_older(&self, held: &InForce) -> bool {
        let version =
            |of: &HashMap<String, Standing>, id: &str| of.get(id).map(|s| s.process.version);
        held.of.keys().all(|id| version(&self.of, id) >= version(&held.of, id))
    }
}

/// The procedures in force, kept in memory.
#[derive(Clone, Debug, Default)]
pub struct Processes {
    kinds: Arc<Vec<ProcessKind>>,
    held: Arc<RwLock<Option<Arc<InForce>>>>,
}

impl Processes {
    pub fn new(kinds: &[ProcessKind]) -> Processes {
        Processes { kinds: Arc::new(kinds.to_vec()), held: Arc::default() }
    }

    pub fn kind(&self, id: &str) -> Option<&ProcessKind> {
        self.kinds.iter().find(|kind| kind.shipped.id == id)
    }

    pub fn kinds(&self) -> impl Iterator<Item = &ProcessKind> {
        self.kinds.iter()
    }

    /// The procedure as this transaction sees it.
    pub fn current(&self, tx: &ReadTx<'_>, id: &str) -> Result<Option<Standing>, StoreError> {
        Ok(self.read(tx)?.of.get(id).cloned())
    }

    /// What an act of the duty list is called. A move of a procedure bears the title that stands
    /// in its file, which a place may write anew; every other act has its name from the program.
    pub fn act_title(&self, act: &str, lang: Lang) -> String {
        let of_move = act.split_once('.').and_then(|(subject, act)| {
            let kinds = self.kinds().filter(|kind| kind.shipped.subject == subject);
            kinds
                .filter_map(|kind| self.held(&kind.shipped.id))
                .find_map(|s| s.move_title(act, lang))
        });
        of_move.or_else(|| lang.find(&format!("act.{act}"))).unwrap_or_else(|| act.to_owned())
    }

    /// Looks whether another version was adopted meanwhile.
    pub fn refresh(&self, tx: &ReadTx<'_>) -> Result<(), StoreError> {
        self.read(tx).map(drop)
    }

    /// The procedure as it was last seen to stand; what ships before anybody has looked.
    pub fn held(&self, id: &str) -> Option<Standing> {
        let held = self.held.read().ok().and_then(|held| held.clone());
        match held {
            Some(held) => held.of.get(id).cloned(),
            None => self.kind(id).map(shipped),
        }
    }

    fn read(&self, tx: &ReadTx<'_>) -> Result<Arc<InForce>, StoreError> {
        let mark = store::mark(tx)?;
        if let Ok(held) = self.held.read()
            && let Some(held) = held.as_ref().filter(|held| held.mark == mark)
        {
            return Ok(Arc::clone(held));
        }
        let fresh = Arc::new(InForce { mark, of: self.of(&store::adopted(tx)?)? });
        // A snapshot from before an adoption does not bring the old version back for others.
        if let Ok(mut held) = self.held.write()
            && held.as_ref().is_none_or(|held| fresh.is_no_older(held))
        {
            *held = Some(Arc::clone(&fresh));
        }
        Ok(fresh)
    }

    fn of(&self, adopted: &[Adopted]) -> Result<HashMap<String, Standing>, Fault> {
        let mut out = HashMap::new();
        for kind in self.kinds.iter() {
            let id = &kind.shipped.id;
            let mut rows = adopted.iter().filter(|row| row.process == *id).peekable();
            let Some(own) = rows.next_if(|row| row.until.is_none()) else {
                out.insert(id.clone(), shipped(kind));
                continue;
            };
            let process = (kind.parse)(&own.text).map_err(|problems| unreadable(own, &problems))?;
            // A version the program no longer understands has no words to give.
            let before = rows.filter_map(|row| (kind.parse)(&row.text).ok()).map(Arc::new);
            let standing = Standing {
                process: Arc::new(process),
                text: own.text.as_str().into(),
                own: Some(Arc::new(own.clone())),
                earlier: before.chain([Arc::clone(&kind.shipped)]).collect(),
            };
            out.insert(id.clone(), standing);
        }
        Ok(out)
    }
}

fn shipped(kind: &ProcessKind) -> Standing {
    Standing {
        process: Arc::clone(&kind.shipped),
        text: kind.text.into(),
        own: None,
        earlier: Vec::new(),
    }
}

fn unreadable(own: &Adopted, problems: &[Problem]) -> Fault {
    let told: Vec<String> = problems
        .iter()
        .map(|p| format!("line {}: {} / {}", p.line, p.reason.zh, p.reason.en))
        .collect();
    let (id, version) = (&own.process, own.version);
    Fault::new(format!(
        "this program cannot run version {version} of the procedure {id}, which the district \
         adopted: {}. Mend the file and adopt it with a higher version: \
         linli process adopt FILE --dir DIR",
        told.join("; ")
    ))
}
