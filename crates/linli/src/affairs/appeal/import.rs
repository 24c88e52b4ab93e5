//! case.import, case.undo_import: cases that another system kept, with their times and answers.
//!
//! Chunks are staged first and adopted at once (`matter::batch`), all by one version of the
//! procedure: where the district adopts another on the way, the next act is refused and the import
//! begins anew. Nobody is told: what is imported happened before. An answered case is closed at the
//! time of its answer; for an unanswered one the clock of acceptance runs from the day it was
//! recorded here, since nobody here had it before.

use std::borrow::Cow;

use linli_rules::procedure::{Phase, Process, Stage};
use serde::Serialize;

use super::{APPEAL, CaseFile, kit, store};
use crate::act::{Act, Acting, Done, Reach, Refusal, Subject};
use crate::base::{Fault, Id};
use crate::catalogue;
use crate::district::District;
use crate::matter::batch::{self, Batch, Past};
use crate::matter::{Kit, Matter, clock, store as matters};
use crate::people::{self, sealed::SealedContact};

/// Who reported, and who answered, where the cases come from: never a name.
pub const BY_REPORTER: &str = "市民（导入）";
pub const BY_BODY: &str = "承办单位（导入）";

/// Matters that one act of letting go or removing takes up: each has a handful of rows.
const AT_ONCE: i64 = 60;
/// Classes and standards that one act removes.
const ROWS_AT_ONCE: usize = 300;

/// One case as it is to stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedCase {
    pub matter: Matter,
    pub file: CaseFile,
    /// Who reported it where it comes from: a name or the code of one, kept like any contact.
    pub contact: Option<SealedContact>,
    pub past: Vec<Past>,
}

/// One chunk of cases. Nobody sees them before the batch is adopted.
pub struct StageCases {
    pub kit: Kit,
    pub batch: Batch,
    pub chunk: usize,
    /// The place the import is made for; who may act there may import.
    pub place_path: String,
    pub cases: Vec<StagedCase>,
}

#[derive(Serialize)]
struct Asked<'a> {
    batch: &'a Id,
    chunk: usize,
    keys: Vec<&'a str>,
}

impl StageCases {
    /// The kit comes from the district, like everything that moves cases; with the procedure that
    /// is in force now, whatever this process last heard of.
    pub fn kit_of(district: &District) -> Done<Kit> {
        let known = kit(district).ok_or_else(|| Refusal::new("no_procedure"))?;
        let processes = district.processes.clone();
        let now = district.store().read_blocking(move |tx| processes.current(tx, APPEAL))?;
        let now = now.ok_or_else(|| Refusal::new("no_procedure"))?;
        Ok(Kit { process: now.process, ..known })
    }
}

/// The version by which the rows were made ready is still in force.
fn same_version(cx: &Acting<'_, '_>, kit: &Kit) -> Done<()> {
    let now = kit.in_force(cx)?.process.version;
    match now == kit.process.version {
        true => Ok(()),
        false => Err(Refusal::new("procedure_changed").with("n", now.to_string()).into()),
    }
}

/// Where imported cases stand: one that was answered rests where verifying leads, one that was not
/// is as newly reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stages {
    pub reported: Stage,
    pub closed: Stage,
}

impl Stages {
    pub fn of(process: &Process) -> Done<Stages> {
        let first = process.creating_by("report").last().and_then(|by| by.to.as_deref());
        let closed = |stage: &&Stage| stage.phase == Phase::Closed;
        let ends = process.moves.iter().filter(|by| by.act == "verify");
        let ends = ends.filter_map(|by| process.stage(by.to.as_deref()?)).find(closed);
        let lacks = || Refusal::new("procedure_has_no_such_stage");
        Ok(Stages {
            reported: first.and_then(|id| process.stage(id)).ok_or_else(lacks)?.clone(),
            closed: ends.or_else(|| process.stages.iter().find(closed)).ok_or_else(lacks)?.clone(),
        })
    }
}

fn subject(batch: &Id, place_path: &str) -> Subject {
    Subject::New { kind: "batch", id: batch.to_string(), reach: Reach::at(place_path) }
}

impl Act for StageCases {
    type Outcome = usize;

    fn name(&self) -> Cow<'static, str> {
        "case.import".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        let keys = self.cases.iter().filter_map(|case| case.file.external_id.as_deref()).collect();
        Ok(serde_json::to_vec(&Asked { batch: &self.batch.id, chunk: self.chunk, keys })?)
    }

    fn subject(&self) -> Subject {
        subject(&self.batch.id, &self.place_path)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<usize> {
        if self.chunk == 0 {
            batch::begin(cx, &self.batch)?;
        }
        batch::open(cx.read(), &self.batch.id)?;
        same_version(cx, &self.kit)?;
        for case in &self.cases {
            self.stage(cx, case)?;
        }
        Ok(self.cases.len())
    }
}

impl StageCases {
    fn stage(&self, cx: &mut Acting<'_, '_>, case: &StagedCase) -> Done<()> {
        let mut matter = case.matter.clone();
        matter.updated_at = cx.recorded_at();
        let clock = match matter.closed_at {
            Some(_) => None,
            None => {
                let pace = catalogue::store::pace(cx.read(), case.file.standard.as_ref())?;
                clock::first(cx.read(), &self.kit, (&matter, pace), cx.recorded_at())?
            }
        };
        matter.due_at = clock.as_ref().map(|clock| clock.due_at);
        matters::insert(cx, &matter)?;
        store::insert(cx, &case.file)?;
        if let Some(contact) = &case.contact {
            people::store::insert_contact(cx, &matter.id, None, contact)?;
        }
        if case.file.answer.is_some() {
            store::save(cx, &case.file)?;
        }
        for past in &case.past {
            batch::add_past(cx, &matter, past)?;
        }
        match clock {
            Some(clock) => matters::start_clock(cx, &matter, &clock),
            None => Ok(()),
        }
    }
}

/// Reveals the staged cases.
pub struct AdoptCases {
    pub kit: Kit,
    pub batch: Id,
    pub place_path: String,
    pub cases: i64,
}

impl Act for AdoptCases {
    type Outcome = i64;

    fn name(&self) -> Cow<'static, str> {
        "case.import".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&("adopt", &self.batch, self.cases))?)
    }

    fn subject(&self) -> Subject {
        subject(&self.batch, &self.place_path)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<i64> {
        same_version(cx, &self.kit)?;
        batch::adopt(cx, &self.batch, Some(self.cases))?;
        Ok(self.cases)
    }
}

/// One step of undoing an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Undoing {
    /// Cases that were worked on leave the batch and stay.
    LetGo,
    /// All that is left is there for nobody from now on.
    Undo,
    /// The rows themselves are removed; the record keeps that they were there.
    Remove,
}

/// Undoes an import, step by step: each answers how many it took up, 0 when it is done.
pub struct UndoImport {
    pub batch: Id,
    /// `cases` or `classes`: who may take a table over may take it back.
    pub kind: String,
    pub step: Undoing,
    /// Counts the steps, so that each is an act of its own.
    pub nth: usize,
}

impl Act for UndoImport {
    type Outcome = i64;

    fn name(&self) -> Cow<'static, str> {
        if self.kind == "classes" { "class.import".into() } else { "case.undo_import".into() }
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&(&self.batch, self.step, self.nth))?)
    }

    fn subject(&self) -> Subject {
        subject(&self.batch, "/")
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<i64> {
        let found = batch::by_id(cx.read(), &self.batch)?;
        let found = found.filter(|batch| batch.kind == self.kind);
        let found = found.ok_or_else(|| Refusal::new("no_such_batch"))?;
        match (self.step, found.kind.as_str()) {
            (Undoing::LetGo, "cases") => batch::let_go(cx, &self.batch, AT_ONCE),
            (Undoing::LetGo, _) => Ok(0),
            (Undoing::Undo, "cases") => batch::undo(cx, &self.batch).map(|()| 0),
            (Undoing::Undo, _) => retire_classes(cx, &found).map(|()| 0),
            (Undoing::Remove, _) if found.undone_at.is_none() => {
                Err(Refusal::new("batch_in_force").into())
            }
            (Undoing::Remove, "cases") => remove_cases(cx, &self.batch),
            (Undoing::Remove, _) => remove_classes(cx, &self.batch),
        }
    }
}

fn remove_cases(cx: &mut Acting<'_, '_>, batch: &Id) -> Done<i64> {
    let some = batch::some(cx.read(), batch, AT_ONCE)?;
    for id in &some {
        people::store::drop_followers(cx, id)?;
        people::store::forget_contact(cx, id)?;
        store::remove(cx, id)?;
        batch::remove(cx, id)?;
    }
    Ok(i64::try_from(some.len()).unwrap_or(i64::MAX))
}

/// A class table is taken back only as long as no case rests on it and none of its classes was
/// changed since.
fn retire_classes(cx: &mut Acting<'_, '_>, batch: &Batch) -> Done<()> {
    let (standards, classes) = catalogue::store::of_batch(cx.read(), &batch.id)?;
    for (standard, class) in &standards {
        let of_old_class = !classes.contains(class);
        let asked = if of_old_class { standard } else { class };
        if store::is_used(cx.read(), asked, standard)? {
            return Err(Refusal::new("classes_in_use").into());
        }
    }
    if let Some(at) = batch.adopted_at
        && let Some(code) = catalogue::store::changed_since(cx.read(), &batch.id, at)?
    {
        return Err(Refusal::new("classes_changed_since").with("code", code).into());
    }
    catalogue::acts::retire(cx, &batch.id, batch.adopted_at)
}

fn remove_classes(cx: &mut Acting<'_, '_>, batch: &Id) -> Done<i64> {
    let (standards, classes) = catalogue::store::of_batch(cx.read(), batch)?;
    if standards.is_empty() {
        for class in classes.iter().take(ROWS_AT_ONCE) {
            catalogue::store::drop_class(cx, class)?;
        }
        return Ok(i64::try_from(classes.len().min(ROWS_AT_ONCE)).unwrap_or(i64::MAX));
    }
    for (standard, _) in standards.iter().take(ROWS_AT_ONCE) {
        catalogue::store::drop_standard(cx, standard)?;
    }
    Ok(i64::try_from(standards.len().min(ROWS_AT_ONCE)).unwrap_or(i64::MAX))
}
