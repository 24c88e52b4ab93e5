//! What a reporter left to be reached by is erased half a year after the case is over: nobody needs
//! to call them about it any more (个人信息保护法 第47条第1项: 处理目的已实现). The case stays, without
//! what they left in its words: what everyone reads is masked by the name that goes here.

use std::borrow::Cow;

use super::leave;
use crate::act::{Act, Acting, Done, Failure, Refusal, Subject};
use crate::base::secret::Keys;
use crate::base::{Fault, Id, Instant};
use crate::matter::{CASES, store as matters};
use crate::people::store as people;

/// How long a contact is kept after its case is over.
pub const KEPT_DAYS: i64 = 184;

pub struct ForgetContact {
    pub case: Id,
    /// What was left opens with them.
    pub keys: Keys,
}

/// Whether the time of a contact is over.
pub fn is_over(closed_at: Option<Instant>, now: Instant) -> bool {
    closed_at.is_some_and(|at| at.plus_days(KEPT_DAYS) <= now)
}

impl Act for ForgetContact {
    /// Whether it is gone; false too where first more is to be taken out of the case.
    type Outcome = bool;

    fn name(&self) -> Cow<'static, str> {
        "case.forget_contact".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&self.case)?)
    }

    fn subject(&self) -> Subject {
        Subject::row(CASES, &self.case)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<bool> {
        let case = matters::matter(cx.read(), self.case.as_str())?.ok_or(Failure::Hidden)?;
        if !is_over(case.closed_at, cx.now()) {
            return Err(Refusal::new("changed_meanwhile").into());
        }
        let owner = case.owner.as_ref();
        if let Some(left) = people::contact(cx.read(), &self.case)? {
            let names = people::reporter_names(cx.read(), &self.keys, owner, Some(&left))?;
            let alone = people::left_alone(cx.read(), &self.keys, owner, &left)?;
            if !leave::take_out(cx, &self.case, &alone, &names)? {
                return Ok(false);
            }
        }
        people::forget_contact(cx, &self.case)
    }
}
