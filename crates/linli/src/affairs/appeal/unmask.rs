//! An officer looks at who reported a case: by a duty of their post, for a reason, and noted where
//! the reporter sees it (个人信息保护法 第44条、第51条).

use std::borrow::Cow;

use crate::act::{Act, Acting, Done, Failure, FieldProblem, Subject};
use crate::base::secret::Keys;
use crate::base::{Fault, Id};
use crate::matter::{CASES, store as matters};
use crate::people;
use crate::store::ReadTx;

/// The longest reason.
pub const REASON_MAX: usize = 200;

pub struct Unmask {
    pub case: Id,
    pub reason: String,
}

impl Act for Unmask {
    type Outcome = Id;

    fn name(&self) -> Cow<'static, str> {
        "case.unmask".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&(&self.case, &self.reason))?)
    }

    fn subject(&self) -> Subject {
        Subject::row(CASES, &self.case)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<Id> {
        if self.reason.trim().is_empty() {
            return Err(FieldProblem::new("unmask-reason", "missing").into());
        }
        let case = matters::matter(cx.read(), self.case.as_str())?.ok_or(Failure::Hidden)?;
        let reporter = case.owner.ok_or(Failure::Hidden)?;
        people::store::note_look(cx, &reporter, &self.reason)?;
        Ok(reporter)
    }
}

/// The full name and number, after the look was noted.
pub fn in_full(tx: &ReadTx<'_>, keys: &Keys, person: &Id) -> Done<(String, Option<String>)> {
    let person = people::store::person(tx, person)?.ok_or(Failure::Hidden)?;
    Ok((person.full_name(keys), person.full_phone(keys)))
}
