//! An officer looks at who reported a case, and at the numbers in its words: by a duty of their
//! post, for a reason, and noted where the reporter sees it (个人信息保护法 第44条、第51条).

use std::borrow::Cow;

use linli_rules::mask::mask_text;

use super::store;
use crate::act::{Act, Acting, Done, Failure, FieldProblem, Subject};
use crate::base::secret::Keys;
use crate::base::{Fault, Id};
use crate::matter::{CASES, store as matters, timeline};
use crate::people;
use crate::store::ReadTx;

/// The longest reason.
pub const REASON_MAX: usize = 200;

pub struct Unmask {
    pub case: Id,
    pub reason: String,
}

impl Act for Unmask {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "case.unmask".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&(&self.case, &self.reason))?)
    }

    fn subject(&self) -> Subject {
        Subject::row(CASES, &self.case)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        if self.reason.trim().is_empty() {
            return Err(FieldProblem::new("unmask-reason", "missing").into());
        }
        let case = matters::matter(cx.read(), self.case.as_str())?.ok_or(Failure::Hidden)?;
        let left = people::store::contact(cx.read(), &self.case)?;
        let nobody = case.owner.is_none() && left.is_none();
        if nobody && !hides(cx.read(), &self.case)? {
            return Err(Failure::Hidden);
        }
        let look = people::store::Looking {
            about: case.owner.as_ref(),
            what: "case.unmask",
            case: Some(&case.number),
            reason: &self.reason,
        };
        people::store::note_look(cx, &look)
    }
}

/// Whether the words of a case hold numbers that are masked: what was reported, what was answered,
/// and what was put down since.
pub fn hides(tx: &ReadTx<'_>, case: &Id) -> Done<bool> {
    let file = store::known(tx, case)?;
    let masked = |text: &str| mask_text(text) != text;
    let answer = file.answer.as_deref().unwrap_or_default();
    if [file.words.as_str(), file.answers.as_str(), answer].into_iter().any(masked) {
        return Ok(true);
    }
    let entries = timeline::entries(tx, case)?;
    let mut told = entries.iter().flat_map(|entry| [&entry.said, &entry.noted]).flatten();
    Ok(told.any(|text| masked(text)))
}

/// Who reported a case, in full.
#[derive(Clone, Debug)]
pub struct Full {
    pub name: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
}

/// The full name, number and mail, after the look was noted: what was left with the case, else what
/// the reporter's account has.
pub fn in_full(tx: &ReadTx<'_>, keys: &Keys, case: &Id) -> Done<Full> {
    let matter = matters::matter(tx, case.as_str())?.ok_or(Failure::Hidden)?;
    let left = people::store::contact(tx, case)?.map(|contact| contact.in_full(keys));
    let [name, phone, email] = left.unwrap_or_default();
    let person = match &matter.owner {
        Some(owner) => people::store::person(tx, owner)?,
        None => None,
    };
    Ok(Full {
        name: name.or_else(|| person.as_ref().map(|person| person.full_name(keys))),
        phone: phone.or_else(|| person.as_ref().and_then(|person| person.full_phone(keys))),
        email,
    })
}
