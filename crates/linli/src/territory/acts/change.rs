//! 变更区域: a place is renamed, given another level or another code. It stays the same place.

use std::borrow::Cow;

use serde::Serialize;

use super::standing;
use crate::act::{Act, Acting, Done, FieldProblem, Refusal, Subject};
use crate::base::{Fault, Id};
use crate::territory::{PLACES, rules, store};

/// Changes what a place is called; its path stays.
#[derive(Clone, Debug, Serialize)]
pub struct ChangePlace {
    pub place: Id,
    /// The version the official looked at.
    pub seen: i64,
    pub code: String,
    pub level: String,
    pub name: String,
}

impl Act for ChangePlace {
    type Outcome = i64;

    fn name(&self) -> Cow<'static, str> {
        "place.change".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(self)?)
    }

    fn subject(&self) -> Subject {
        Subject::row(PLACES, &self.place)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<i64> {
        let place = standing(cx.read(), &self.place)?;
        let code = rules::check_code("code", &self.code)?;
        let level = rules::check_level("level", &self.level)?;
        let name = rules::check_name("name", &self.name)?;
        if code != place.code && store::code_is_used(cx.read(), &code)? {
            return Err(FieldProblem::new("code", "code_used").with("code", code).into());
        }
        if (&code, &level, &name) == (&place.code, &place.level, &place.name) {
            return Err(FieldProblem::new("name", "nothing_changed").into());
        }
        let done = store::change_place(cx.tx, &place.id, self.seen, (&code, &level, &name))?;
        if !done {
            return Err(Refusal::new("changed_meanwhile").into());
        }
        let (past, now) = (cx.new_id(), cx.now());
        store::keep_past(cx.tx, &past, &place, now)?;
        store::bump(cx.tx)?;
        Ok(self.seen + 1)
    }
}
