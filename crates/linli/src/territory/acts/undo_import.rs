//! 撤销边界导入: what a file of boundaries brought goes, and what it ended is in force again.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::standing;
use crate::act::{Act, Acting, Done, Failure, Refusal, Subject};
use crate::base::{Fault, Id};
use crate::territory::{HangingOn, PLACES, store, undo};

/// Undoes an import as a whole, as long as nothing has been built on it.
pub struct UndoImport {
    /// The place it was made for.
    pub within: Id,
    pub import: Id,
    pub hanging: HangingOn,
}

/// What undoing an import did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// Places that are no more.
    pub removed: usize,
    /// Boundaries that are as they were: another, or none.
    pub redrawn: usize,
}

impl Act for UndoImport {
    type Outcome = Undone;

    fn name(&self) -> Cow<'static, str> {
        "place.undo_import".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&(&self.within, &self.import))?)
    }

    fn subject(&self) -> Subject {
        Subject::row(PLACES, &self.within)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<Undone> {
        let within = standing(cx.read(), &self.within)?;
        let import = store::import::by_id(cx.read(), &self.import)?;
        let import = import.filter(|import| import.place == within.id).ok_or(Failure::Hidden)?;
        if import.undone_at.is_some() {
            return Err(Refusal::new("import_undone").into());
        }
        let plan = undo::plan(cx.read(), &import, self.hanging, cx.now())?;
        if !plan.problems.is_empty() {
            return Err(Failure::Invalid(plan.problems));
        }
        for drawn in &plan.drawn {
            let before = drawn.before.as_ref().map(|(id, _)| id);
            store::import::undraw(cx.tx, &drawn.outline, before)?;
            if !plan.entered.iter().any(|place| place.id == drawn.place.id) {
                store::raise_place(cx.tx, &drawn.place.id)?;
            }
        }
        for place in &plan.entered {
            store::import::remove(cx.tx, &place.id)?;
        }
        let now = cx.now();
        if !store::import::end(cx.tx, &import.id, now)? {
            return Err(Refusal::new("import_undone").into());
        }
        store::bump(cx.tx)?;
        Ok(Undone { removed: plan.entered.len(), redrawn: plan.redrawn().count() })
    }
}
