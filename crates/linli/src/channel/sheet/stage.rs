//! From rows to what is to stand in the district: made ready before the door, chunk by chunk.

use std::borrow::Cow;
use std::collections::HashMap;

use linli_rules::classify::{ClassWords, Known};
use linli_rules::mask::{mask_public, without};

use super::cases::CaseRow;
use super::classes::{ClassRow, StandardRow};
use super::limit;
use crate::act::Done;
use crate::affairs::appeal::find::open_words;
use crate::affairs::appeal::forget::is_over;
use crate::affairs::appeal::import::{BY_BODY, BY_REPORTER, StagedCase, Stages};
use crate::affairs::appeal::{APPEAL, CaseFile};
use crate::base::secret::Keys;
use crate::base::{Id, Instant};
use crate::catalogue::acts::StagedClass;
use crate::catalogue::{self, Class, Pair, Standard};
use crate::district::District;
use crate::matter::batch::{Batch, Past};
use crate::matter::{Kit, Matter};
use crate::people::remit;
use crate::people::sealed::SealedContact;
use crate::store::StoreError;
use crate::territory::{self, Place};

/// What the rows of one import are judged by.
pub struct Frame {
    batch: Id,
    now: Instant,
    keys: Keys,
    offset_minutes: i32,
    process_version: i64,
    stages: Stages,
    /// The place of cases that name none.
    place: Place,
    classes: Vec<Class>,
    words: Known,
    /// The first standard of each class.
    standards: HashMap<Id, Id>,
    places: HashMap<String, Place>,
    /// The body of first contact by place.
    bodies: HashMap<String, Option<Id>>,
}

impl Frame {
    /// Reads what is needed once; it blocks. The cases are made ready by the procedure of the kit.
    pub fn read(
        district: &District,
        (kit, batch): (&Kit, &Batch),
        place: Place,
        rows: &[CaseRow],
    ) -> Done<Frame> {
        let process_version = i64::from(kit.process.version);
        let stages = Stages::of(&kit.process)?;
        let codes: Vec<String> = rows.iter().filter_map(|row| row.place.clone()).collect();
        let (offset_minutes, batch) = (district.config.offset_minutes, batch.id.clone());
        let (now, keys) = (district.now(), district.keys.clone());
        Ok(district.store().read_blocking(move |tx| {
            let classes = catalogue::store::all(tx)?;
            let mut standards = HashMap::new();
            for standard in catalogue::store::all_standards(tx)? {
                standards.entry(standard.class).or_insert(standard.id);
            }
            let mut places = HashMap::new();
            for code in codes {
                if !places.contains_key(&code)
                    && let Some(found) = territory::place_by_code(tx, &code)?
                {
                    places.insert(code, found);
                }
            }
            let mut bodies = HashMap::new();
            for at in places.values().chain([&place]) {
                let first = remit::first_contact(tx, &at.path, None)?;
                bodies.insert(at.path.clone(), first.map(|body| body.id));
            }
            let words: Vec<ClassWords> = classes.iter().map(catalogue::words_of).collect();
            let words = Known::new(&words);
            Ok::<_, StoreError>(Frame {
                batch,
                now,
                keys,
                offset_minutes,
                process_version,
                stages,
                place,
                classes,
                words,
                standards,
                places,
                bodies,
            })
        })?)
    }

    /// One case, ready to be staged.
    pub fn case(&self, row: &CaseRow, number: i64) -> StagedCase {
        let class = self.class_of(row);
        let row = &self.kept(row);
        let place = row.place.as_ref().and_then(|code| self.places.get(code));
        let place = place.unwrap_or(&self.place);
        let year = row.at.day(self.offset_minutes).year();
        let matter = self.matter(row, place, class, format!("{year}-{number:06}"));
        let file = self.file(row, &matter.id, class);
        let past = past_of(row, &matter, &self.stages.reported.id);
        let contact = SealedContact::of(&self.keys, row.reporter.as_deref(), None, None);
        StagedCase { matter, file, contact, past }
    }

    /// Who reported it is kept sealed; where the case has long been over not at all, and not in
    /// what was written either: nobody would know any more what everyone is to be shown it without.
    fn kept<'r>(&self, row: &'r CaseRow) -> Cow<'r, CaseRow> {
        let over = is_over(row.reply.as_ref().map(|(_, at)| *at), self.now);
        let Some(name) = row.reporter.as_deref().filter(|_| over) else {
            return Cow::Borrowed(row);
        };
        let clean = |text: &str| without(text, &[name]);
        Cow::Owned(CaseRow {
            reporter: None,
            title: clean(&row.title),
            words: clean(&row.words),
            reply: row.reply.as_ref().map(|(words, at)| (clean(words), *at)),
            ..row.clone()
        })
    }

    /// The class the row names, else the one its words speak for.
    fn class_of(&self, row: &CaseRow) -> Option<&Class> {
        let code = match &row.class {
            Some(code) => code.clone(),
            None => {
                let said = format!("{}\n{}", row.title, row.words);
                self.words.propose(&said, 1).into_iter().next()?.code
            }
        };
        self.classes.iter().find(|class| class.code == code)
    }

    fn matter(
        &self,
        row: &CaseRow,
        place: &Place,
        class: Option<&Class>,
        number: String,
    ) -> Matter {
        let answered = row.reply.as_ref().map(|(_, at)| *at);
        let stage = match answered {
            Some(_) => &self.stages.closed,
            None => &self.stages.reported,
        };
        Matter {
            id: Id::derived(&format!("import {} {}", self.batch, row.key)),
            number,
            kind: "case".to_owned(),
            process: APPEAL.to_owned(),
            process_version: self.process_version,
            stage: stage.id.clone(),
            phase: stage.phase.name().to_owned(),
            version: 1,
            title: mask_public(&row.title, row.reporter.as_deref()),
            place_id: Some(place.id.clone()),
            place_path: place.path.clone(),
            owner: None,
            body: self.bodies.get(&place.path).cloned().flatten(),
            about_body: None,
            publicity: publicity_of(row, class).to_owned(),
            source: "import".to_owned(),
            opened_at: row.at,
            stage_since: answered.unwrap_or(row.at),
            due_at: None,
            beside: None,
            updated_at: answered.unwrap_or(row.at),
            closed_at: answered,
            batch: Some(self.batch.clone()),
        }
    }

    fn file(&self, row: &CaseRow, id: &Id, class: Option<&Class>) -> CaseFile {
        CaseFile {
            class: class.map(|class| class.id.clone()),
            standard: class.and_then(|class| self.standards.get(&class.id).cloned()),
            address: row.address.clone(),
            answer: row.reply.as_ref().map(|(words, _)| words.clone()),
            answered_at: row.reply.as_ref().map(|(_, at)| *at),
            external_id: Some(row.key.clone()),
            open_words: open_words(&row.words, row.reporter.as_deref()),
            ..CaseFile::fresh(id.clone(), row.words.clone(), "zh")
        }
    }
}

/// What another system kept is for the office, unless the row names a class whose cases are
/// public; a class that only its words speak for opens nothing.
fn publicity_of<'c>(row: &CaseRow, class: Option<&'c Class>) -> &'c str {
    match class {
        Some(class) if row.class.is_some() => &class.publicity,
        _ => "internal",
    }
}

/// The timeline as the file tells it: reported, and answered where there is an answer.
fn past_of(row: &CaseRow, matter: &Matter, reported: &str) -> Vec<Past> {
    let facts = serde_json::json!({ "external_id": row.key.trim_start_matches("import:") });
    let mut past = vec![Past {
        act: "report".to_owned(),
        at: row.at,
        from_stage: None,
        to_stage: reported.to_owned(),
        label: BY_REPORTER.to_owned(),
        said: None,
        facts: facts.to_string(),
    }];
    if let Some((words, at)) = &row.reply {
        past.push(Past {
            act: "answer".to_owned(),
            at: *at,
            from_stage: Some(reported.to_owned()),
            to_stage: matter.stage.clone(),
            label: BY_BODY.to_owned(),
            said: Some(words.clone()),
            facts: "{}".to_owned(),
        });
    }
    past
}

/// A class of a table, ready to be staged; `known` is the class that has its code already.
pub fn class(batch: &Batch, row: &ClassRow, known: Option<&Class>) -> StagedClass {
    let id = known.map_or_else(
        || Id::derived(&format!("class {} {}", batch.id, row.code)),
        |class| class.id.clone(),
    );
    let handlers = row.standards.iter().map(|s| s.handlers.as_str()).find(|h| !h.is_empty());
    let class = Class {
        id: id.clone(),
        code: row.code.clone(),
        kind: row.kind.clone(),
        group: Pair { zh: row.group.clone(), en: String::new() },
        title: Pair { zh: row.title.clone(), en: String::new() },
        plain: Pair { zh: format!("{}：{}。", row.group, row.title), en: String::new() },
        publicity: match (row.public, known) {
            (Some(true), _) => "public".to_owned(),
            (None, Some(known)) => known.publicity.clone(),
            _ => "private".to_owned(),
        },
        anonymous: row.anonymous.or(known.map(|class| class.anonymous)).unwrap_or(false),
        keywords: keywords(&row.title),
        questions: Vec::new(),
        body_kind: handlers.and_then(body_kind).map(str::to_owned),
        version: 1,
    };
    let standards = row.standards.iter().zip(1..);
    let standards = standards.map(|(s, nth)| standard(batch, &row.code, &id, s, nth)).collect();
    StagedClass { class, is_new: known.is_none(), standards }
}

fn standard(batch: &Batch, code: &str, class: &Id, row: &StandardRow, nth: i64) -> Standard {
    Standard {
        id: Id::derived(&format!("standard {} {code} {nth}", batch.id)),
        class: class.clone(),
        position: nth,
        condition: row.condition.clone(),
        closing: row.closing.clone(),
        limit: row.limit,
        grade: limit::grade(row.limit).to_owned(),
        source: batch.file_name.clone(),
        handlers: row.handlers.clone(),
        supervisors: row.supervisors.clone(),
    }
}

/// The title and its parts: what residents are likely to write.
fn keywords(title: &str) -> Vec<String> {
    let parts = title.split(['、', '，', '/', '（', '）', '(', ')']).map(str::trim);
    let mut out = vec![title.to_owned()];
    out.extend(parts.filter(|part| part.chars().count() > 1).map(str::to_owned));
    out.dedup();
    out
}

/// Words in the names of bodies, and the kind of body they stand for; the first found decides.
const BODY_WORDS: [(&str, &str); 20] = [
    ("环卫", "sanitation"),
    ("园林", "greening"),
    ("绿化", "greening"),
    ("节约用水", "water"),
    ("排水", "water"),
    ("供水", "water"),
    ("水务", "water"),
    ("供气", "gas"),
    ("燃气", "gas"),
    ("电力", "power"),
    ("供电", "power"),
    ("通信", "telecom"),
    ("电信", "telecom"),
    ("市政", "municipal_works"),
    ("交警", "traffic_police"),
    ("派出所", "police"),
    ("公安", "police"),
    ("消防", "fire"),
    ("执法", "urban_management"),
    ("城市管理", "urban_management"),
];

/// The kind of body that the name of one speaks for.
pub(super) fn body_kind(handlers: &str) -> Option<&'static str> {
    let found = BODY_WORDS.iter().filter_map(|(word, kind)| Some((handlers.find(word)?, *kind)));
    found.min().map(|(_, kind)| kind)
}
