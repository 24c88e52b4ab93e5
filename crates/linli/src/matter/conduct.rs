//! The engine: two acts, one that begins a matter and one that makes a move with it.

use std::borrow::Cow;
use std::sync::Arc;

use linli_rules::Words;
use linli_rules::procedure::{Field, FieldKind, Move, Process};
use serde::{Deserialize, Serialize};

use super::{Affair, Matter, Pace, Put, clock, guards, store, timeline};
use crate::act::{
    Act, Acting, Actor, Audience, Done, DutyList, Failure, FieldProblem, Protected, Refusal,
    Subject, Tell, repeated,
};
use crate::base::{Fault, Id};
use crate::calendar::Worktime;
use crate::district::Processes;
use crate::file::{self, Shelf};
use crate::store::ReadTx;

/// What a move gives back. It is kept with every act, and so without the names of its fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub struct Moved {
    pub matter: Id,
    pub number: String,
    pub version: i64,
    pub stage: String,
    /// Microseconds UTC.
    pub due_at: Option<i64>,
    pub body: Option<Id>,
}

/// Matter, number, version, stage, due time and body.
type Kept = (Id, String, i64, String, Option<i64>, Option<Id>);

impl From<Kept> for Moved {
    fn from((matter, number, version, stage, due_at, body): Kept) -> Moved {
        Moved { matter, number, version, stage, due_at, body }
    }
}

impl From<Moved> for Kept {
    fn from(m: Moved) -> Kept {
        (m.matter, m.number, m.version, m.stage, m.due_at, m.body)
    }
}

impl Moved {
    fn of(matter: &Matter) -> Moved {
        Moved {
            matter: matter.id.clone(),
            number: matter.number.clone(),
            version: matter.version,
            stage: matter.stage.clone(),
            due_at: matter.due_at.map(|at| at.0),
            body: matter.body.clone(),
        }
    }
}

/// What the engine needs of the district and of the kind of matter.
#[derive(Clone)]
pub struct Kit {
    /// As the page or the program had it that asks; the door looks which is in force.
    pub process: Arc<Process>,
    pub processes: Processes,
    pub worktime: Worktime,
    pub affair: Arc<dyn Affair>,
    /// Where the photos lie that moves name.
    pub shelf: Shelf,
}

/// Which version of a matter whoever acts has looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Seen {
    /// No form stood between, or they say that it does not matter to them.
    Any,
    /// One of these: a client may name several. None is there where it names none of ours.
    OneOf(Vec<i64>),
}

impl Seen {
    /// As a form says it. One that does not say it readably has seen no version that there is: its
    /// page is to be looked at again.
    pub fn said(text: &str) -> Seen {
        Seen::OneOf(text.parse().ok().into_iter().collect())
    }
}

impl From<Option<i64>> for Seen {
    fn from(version: Option<i64>) -> Seen {
        version.map_or(Seen::Any, |version| Seen::OneOf(vec![version]))
    }
}

/// Whether somebody sees a matter or may do this act with it; for all others there is none.
pub(super) fn is_there_for(
    tx: &ReadTx<'_>,
    duties: &DutyList,
    actor: &Actor,
    of: Protected,
    id: &Id,
    act: &str,
) -> Done<bool> {
    let Some(reach) = of.reach(tx, id.as_str())? else { return Ok(false) };
    let may = |act: &str| duties.decide(actor, act, &reach).granted();
    Ok(may(of.see) || may(act))
}

/// Makes a move with a matter.
pub struct Conduct {
    pub kit: Kit,
    pub of: Protected,
    pub matter: Id,
    pub seen: Seen,
    /// The act without its subject: `dispatch`.
    pub act: String,
    pub put: Put,
}

impl Conduct {
    /// The move that is asked for with the matter behind a number: for who sees it or may do this
    /// with it, and for who made this very move before. For all others there is no such matter,
    /// and that is found by reading alone: what one may not see and what never was are told in the
    /// same way even while nothing can be written. The door decides again.
    pub fn at(
        tx: &ReadTx<'_>,
        duties: &DutyList,
        actor: &Actor,
        number: &str,
        act_id: &Id,
        make: impl FnOnce(Id) -> Conduct,
    ) -> Done<Conduct> {
        let id = store::id_of(tx, number)?.ok_or(Failure::Hidden)?;
        let conduct = make(id);
        let name = conduct.name();
        if is_there_for(tx, duties, actor, conduct.of, &conduct.matter, &name)? {
            return Ok(conduct);
        }
        match repeated::<Moved>(tx, act_id, actor, &name, &conduct.body()?) {
            Ok(Some(_)) => Ok(conduct),
            Ok(None) | Err(Failure::Refused(_)) => Err(Failure::Hidden),
            Err(other) => Err(other),
        }
    }
}

impl Act for Conduct {
    type Outcome = Moved;

    fn name(&self) -> Cow<'static, str> {
        Cow::Owned(format!("{}.{}", self.kit.process.subject, self.act))
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&(&self.matter, &self.seen, &self.put))?)
    }

    fn subject(&self) -> Subject {
        Subject::row(self.of, &self.matter)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<Moved> {
        let mut matter = store::seen(cx.read(), &self.matter, &self.seen)?;
        let kit = self.kit.in_force(cx)?;
        let candidates = kit.process.candidates(&self.act, &matter.stage);
        if candidates.is_empty() {
            return Err(kit.not_here(&matter).into());
        }
        matter.process_version = i64::from(kit.process.version);
        let put = self.put.clean();
        let by = kit.choose(cx, &matter, &candidates, &put)?;
        kit.make(cx, &mut matter, by, &put)?;
        Ok(Moved::of(&matter))
    }
}

/// Begins a matter.
pub struct Begin {
    pub kit: Kit,
    /// As it is to be, apart from stage, phase and clocks, which the procedure gives.
    pub matter: Matter,
    pub act: String,
    pub put: Put,
    /// What the client asked, for telling a repeat from another order under the same id.
    pub asked: Vec<u8>,
    /// What this kind of matter keeps beyond being a matter.
    pub facts: Box<dyn Facts>,
}

/// The own facts of a new matter, written before its first move is made.
pub trait Facts: Send + Sync + 'static {
    /// What decides which clocks run from the beginning; written before the matter itself, which
    /// can then be written once.
    fn write_first(&self, cx: &mut Acting<'_, '_>, matter: &Matter) -> Done<()>;

    /// As [`super::Affair::pace`], before any of it is written.
    fn pace(&self, tx: &ReadTx<'_>) -> Done<Pace>;

    fn write(&self, cx: &mut Acting<'_, '_>, matter: &Matter) -> Done<()>;
}

impl Act for Begin {
    type Outcome = Moved;

    fn name(&self) -> Cow<'static, str> {
        Cow::Owned(format!("{}.{}", self.kit.process.subject, self.act))
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(self.asked.clone())
    }

    fn subject(&self) -> Subject {
        let id = self.matter.id.to_string();
        Subject::New { kind: self.kit.affair.of().kind, id, reach: self.matter.reach() }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<Moved> {
        let mut matter = self.matter.clone();
        (matter.opened_at, matter.updated_at) = (cx.now(), cx.now());
        let kit = self.kit.in_force(cx)?;
        let candidates = kit.process.creating_by(&self.act);
        matter.process_version = i64::from(kit.process.version);
        let put = self.put.clean();
        let by = kit.choose(cx, &matter, &candidates, &put)?;
        let stage = by.leads_to("").to_owned();
        matter.phase = kit.phase(&stage)?;
        matter.stage = stage;
        matter.stage_since = cx.now();
        // Written as the first move will leave it, so that making the move need not write it again.
        let pace = self.facts.pace(cx.read())?;
        let first = clock::first(cx.read(), &kit, (&matter, pace), cx.now())?;
        matter.due_at = first.map(|clock| clock.due_at);
        self.facts.write_first(cx, &matter)?;
        matter.beside = kit.first_beside(cx, &matter, by, &put)?;
        store::insert(cx, &matter)?;
        if let Some(by) = brought_by(cx.actor) {
            store::join(cx, &matter.id, by, BROUGHT)?;
        }
        self.facts.write(cx, &matter)?;
        kit.make(cx, &mut matter, by, &put)?;
        Ok(Moved::of(&matter))
    }
}

/// Part in a matter of whoever brought it in by a post.
const BROUGHT: &str = "brought";

/// 当事: who brings in a matter by a post goes on seeing what becomes of it, wherever it is sent:
/// their body, for a colleague asks after it too, else they themselves.
fn brought_by(actor: &Actor) -> Option<&Id> {
    actor.post.as_ref()?;
    actor.body.as_ref().or(actor.person.as_ref())
}

impl Kit {
    /// The same with the procedure that this transaction finds in force: what is asked for goes by
    /// it, however old the page was that asked.
    pub fn in_force(&self, cx: &Acting<'_, '_>) -> Done<Kit> {
        let found = self.processes.current(cx.read(), &self.process.id)?;
        let standing = found.ok_or_else(|| Refusal::new("no_procedure"))?;
        Ok(Kit { process: standing.process, ..self.clone() })
    }

    fn phase(&self, stage: &str) -> Done<String> {
        let stage = self.process.stage(stage);
        let stage = stage.ok_or_else(|| Fault::new("a move leads to no stage"))?;
        Ok(stage.phase.name().to_owned())
    }

    /// The first move whose `when` holds.
    fn choose<'p>(
        &self,
        cx: &Acting<'_, '_>,
        matter: &Matter,
        candidates: &[&'p Move],
        put: &Put,
    ) -> Done<&'p Move> {
        for by in candidates {
            let mut fits = true;
            for call in &by.when {
                fits = fits && self.holds(cx, matter, by, call, put)?;
            }
            if fits {
                return Ok(by);
            }
        }
        Err(self.not_here(matter).into())
    }

    /// A move that is not to be made where the matter stands, said with what the stage is called.
    fn not_here(&self, matter: &Matter) -> Refusal {
        let title = self.process.stage(&matter.stage).map(|stage| stage.title.clone());
        let title = title.unwrap_or_else(|| Words::new(&matter.stage, &matter.stage));
        Refusal::new("not_at_this_stage").with("stage", title.zh).with("stage_en", title.en)
    }

    pub(super) fn holds(
        &self,
        cx: &Acting<'_, '_>,
        matter: &Matter,
        by: &Move,
        call: &linli_rules::procedure::Call,
        put: &Put,
    ) -> Done<bool> {
        if let Some(holds) = guards::holds(cx, matter, &by.act, call, put)? {
            return Ok(holds);
        }
        let known = self.affair.guard(cx, matter, call, put)?;
        known.ok_or_else(|| Failure::Fault(Fault::new(format!("no guard {}", call.guard))))
    }

    /// Checks, carries out the effects, turns the clocks, writes the timeline and tells.
    fn make(&self, cx: &mut Acting<'_, '_>, matter: &mut Matter, by: &Move, put: &Put) -> Done<()> {
        guards::check(cx, self.affair.as_ref(), matter, by, put)?;
        for call in &by.needs {
            if !self.holds(cx, matter, by, call, put)? {
                return Err(guards::refusal(self.affair.as_ref(), call).into());
            }
        }
        self.release(cx, matter, by, put)?;
        let before = matter.clone();
        let from = (!by.creates()).then(|| matter.stage.clone());
        for effect in &by.does {
            self.affair.effect(cx, &self.process, matter, effect, put)?;
        }
        self.affair.after(cx, matter, &by.act, put)?;
        let to = by.leads_to(&matter.stage).to_owned();
        if by.creates() || to != matter.stage {
            matter.phase = self.phase(&to)?;
            matter.stage = to;
            matter.stage_since = cx.now();
            matter.closed_at = match matter.phase.as_str() {
                "closed" | "withdrawn" => matter.closed_at.or(Some(cx.now())),
                _ => None,
            };
            if !by.creates() {
                let outcome = self.outcome(by, &before.stage, &matter.phase);
                store::stop_clocks(cx, &matter.id, outcome)?;
            }
            clock::start(cx, self, matter, by)?;
        } else if by.record.iter().any(|field| field.kind == FieldKind::Class) {
            clock::relimit(cx, self, matter)?;
        }
        clock::beside(cx, self, matter, by, put)?;
        matter.updated_at = cx.now();
        if !by.creates() || *matter != before {
            store::save(cx, matter)?;
        }
        self.write_down(cx, matter, by, from.as_deref(), put)?;
        self.tell(cx, matter, by)
    }

    /// How the clock of the stage ends that is left. Nobody did what a withdrawn matter left to be
    /// done, nor what was taken out of somebody's hands.
    fn outcome(&self, by: &Move, left: &str, phase: &str) -> store::Outcome {
        let limit = self.process.stage(left).and_then(|stage| stage.limit.as_ref());
        let dropped = limit.is_some_and(|limit| by.drops.contains(&limit.clock));
        if dropped || phase == "withdrawn" { store::Outcome::Dropped } else { store::Outcome::Done }
    }

    fn write_down(
        &self,
        cx: &mut Acting<'_, '_>,
        matter: &Matter,
        by: &Move,
        from: Option<&str>,
        put: &Put,
    ) -> Done<()> {
        let words = |public: bool| {
            let texts: Vec<&str> = by
                .record
                .iter()
                .filter(|f| f.public == public)
                .filter(|f| matches!(f.kind, FieldKind::Text | FieldKind::Longtext))
                .map(|f| put.get(&f.name).trim())
                .filter(|text| !text.is_empty())
                .collect();
            (!texts.is_empty()).then(|| texts.join("\n"))
        };
        let line = store::Line {
            act: &by.act,
            from_stage: from,
            said: words(true),
            noted: words(false),
            facts: serde_json::to_string(&put.fields).map_err(Fault::from)?,
        };
        let entry = store::add_entry(cx, matter, &line)?;
        for photo in &put.photos {
            file::keep(cx, &self.shelf, &photo.role, &photo.file)?;
            store::attach(cx, &matter.id, &entry, photo, put.opened.contains(&photo.role))?;
        }
        Ok(())
    }

    /// Which photos everyone may see is decided along with the move, by whoever might decide it
    /// alone. Those of fields that stay in the office are not to be had.
    fn release(&self, cx: &mut Acting<'_, '_>, matter: &Matter, by: &Move, put: &Put) -> Done<()> {
        if put.opened.is_empty() && put.shown.is_empty() {
            return Ok(());
        }
        cx.also_needs(&format!("{}.release_photos", self.process.subject))?;
        let open = |name: &String| by.field(name).is_some_and(Field::takes_public_photos);
        let all = timeline::attached(cx.read(), &matter.id)?;
        // Of a photo with a redacted copy nothing is left to decide.
        let hung = |id: &Id| {
            all.iter().any(|photo| photo.id == *id) && timeline::copy_of(&all, id).is_none()
        };
        if !put.opened.iter().all(open) || !put.shown.iter().all(hung) {
            return Err(FieldProblem::new("shown", "no_such_photo").into());
        }
        for photo in all.iter().filter(|photo| !photo.released && put.shown.contains(&photo.id)) {
            store::release(cx, &photo.id, true)?;
        }
        Ok(())
    }

    /// Whether everyone may see the matter, and at which stage it stands.
    fn is_open(&self, matter: &Matter) -> bool {
        let stage = self.process.stage(&matter.stage);
        let told = stage.is_some_and(|stage| stage.disclose.iter().any(|item| item == "stage"));
        told && matter.publicity == "public"
    }

    fn tell(&self, cx: &mut Acting<'_, '_>, matter: &Matter, by: &Move) -> Done<()> {
        for tell in &by.tell {
            let texts = self.affair.texts(cx, matter, &tell.who, &tell.notice)?;
            for to in self.affair.audience(cx, &self.process, matter, &tell.who)? {
                if matches!(to, Audience::Followers(_)) && !self.is_open(matter) {
                    continue;
                }
                cx.tell(Tell {
                    to,
                    kind: tell.notice.clone(),
                    matter: Some(matter.id.clone()),
                    // The title is the reporter's own words; it is looked up for whoever reads.
                    params: vec![("number".to_owned(), matter.number.clone())],
                    at: cx.now(),
                    texts,
                });
            }
        }
        Ok(())
    }
}
