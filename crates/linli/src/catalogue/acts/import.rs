//! class.import: a place's own class table, staged in chunks and adopted at once.

use std::borrow::Cow;

use serde::Serialize;

use crate::act::{Act, Acting, Done, Reach, Refusal, Subject};
use crate::base::{Fault, Id, Instant};
use crate::catalogue::{Class, Standard, store};
use crate::matter::batch::{self, Batch};

/// Old standards that one act can end: more would not fit the leaf of the record.
const MOST_ENDED: usize = 600;

/// A class with standards of its own; a class that is there already only gets new standards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedClass {
    pub class: Class,
    pub is_new: bool,
    pub standards: Vec<Standard>,
}

/// One chunk of a class table. Nobody sees its rows before the batch is adopted.
pub struct StageClasses {
    pub batch: Batch,
    pub chunk: usize,
    pub classes: Vec<StagedClass>,
}

#[derive(Serialize)]
struct Asked<'a> {
    batch: &'a Id,
    chunk: usize,
    codes: Vec<&'a str>,
}

fn subject(batch: &Id) -> Subject {
    Subject::New { kind: "batch", id: batch.to_string(), reach: Reach::at("/") }
}

impl Act for StageClasses {
    type Outcome = usize;

    fn name(&self) -> Cow<'static, str> {
        "class.import".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        let codes = self.classes.iter().map(|staged| staged.class.code.as_str()).collect();
        Ok(serde_json::to_vec(&Asked { batch: &self.batch.id, chunk: self.chunk, codes })?)
    }

    fn subject(&self) -> Subject {
        subject(&self.batch.id)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<usize> {
        if self.chunk == 0 {
            batch::begin(cx, &self.batch)?;
        }
        batch::open(cx.read(), &self.batch.id)?;
        for staged in &self.classes {
            if staged.is_new {
                store::insert(cx, &staged.class, Some(&self.batch.id))?;
            }
            for standard in &staged.standards {
                store::insert_standard(cx, standard, Some(&self.batch.id))?;
            }
        }
        Ok(self.classes.len())
    }
}

/// Reveals a staged class table; the standards it replaces hold no more from then on.
pub struct AdoptClasses {
    pub batch: Id,
    /// How many standards must be there.
    pub standards: usize,
    /// The codes of its classes, and what stood of them when it was looked at
    /// ([`store::stood`]).
    pub codes: Vec<String>,
    pub stood: String,
}

impl Act for AdoptClasses {
    type Outcome = usize;

    fn name(&self) -> Cow<'static, str> {
        "class.import".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&("adopt", &self.batch))?)
    }

    fn subject(&self) -> Subject {
        subject(&self.batch)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<usize> {
        let codes = self.codes.iter().map(String::as_str).collect();
        if store::stood(cx.read(), &codes)? != self.stood {
            return Err(Refusal::new("import_looked_before").into());
        }
        let (standards, _) = store::of_batch(cx.read(), &self.batch)?;
        if standards.len() != self.standards {
            return Err(Refusal::new("batch_not_whole").into());
        }
        let replaced = store::replaced_by(cx.read(), &self.batch)?;
        if replaced.len() > MOST_ENDED {
            return Err(Refusal::new("too_many_replaced").into());
        }
        for id in &replaced {
            store::end_standard(cx, id)?;
        }
        batch::adopt(cx, &self.batch, None)?;
        Ok(replaced.len())
    }
}

/// Takes back an adopted table: what it replaced holds again. The caller has made sure that no
/// case rests on it.
pub fn retire(cx: &mut Acting<'_, '_>, batch: &Id, adopted_at: Option<Instant>) -> Done<()> {
    if let Some(at) = adopted_at {
        store::revive_ended_by(cx, batch, at)?;
    }
    batch::undo(cx, batch)
}
