//! An officer looks behind the mask: at the numbers in the words of a case, or at who reported it.
//! These are two acts with two duties, for who handles a case needs the one and who calls its
//! reporter the other; each for a reason, and noted where the reporter sees it (个人信息保护法
//! 第6条 最小范围、第44条、第51条).

use std::borrow::Cow;

use linli_rules::procedure::Process;
use serde::{Deserialize, Serialize};

use super::view::Looker;
use super::view::disclose::holds_numbers;
use super::{APPEAL, affair, store};
use crate::act::{Act, Acting, Done, Failure, FieldProblem, Refusal, Subject};
use crate::base::{Fault, Id};
use crate::district::Processes;
use crate::matter::{CASES, store as matters, timeline};
use crate::people;
use crate::store::ReadTx;

/// The longest reason.
pub const REASON_MAX: usize = 200;
/// The guard of moves by which somebody speaks to the reporter.
pub(super) const SPEAKS: &str = "can_be_reached";

/// What is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// The numbers in what was reported, answered and put down since.
    Words,
    /// The name of the reporter, and how to reach them.
    Contact,
}

impl What {
    pub fn from_name(name: &str) -> Option<What> {
        [What::Words, What::Contact].into_iter().find(|what| what.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            What::Words => "words",
            What::Contact => "contact",
        }
    }

    /// Messages with the reasons officers have most often; a resident reads them too.
    pub fn usual(self) -> &'static [&'static str] {
        match self {
            What::Words => &["case.unmask.usual_number", "case.unmask.usual_document"],
            What::Contact => &[
                "case.unmask.usual_ask",
                "case.unmask.usual_visit",
                "case.unmask.usual_tell",
                "case.unmask.usual_rating",
            ],
        }
    }

    /// The act, without its subject.
    pub fn act(self) -> &'static str {
        match self {
            What::Words => "unmask",
            What::Contact => "unmask_contact",
        }
    }
}

pub struct Unmask {
    pub case: Id,
    pub what: What,
    pub reason: String,
    pub processes: Processes,
}

impl Act for Unmask {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        format!("{}.{}", CASES.kind, self.what.act()).into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&(&self.case, self.what, &self.reason))?)
    }

    fn subject(&self) -> Subject {
        Subject::row(CASES, &self.case)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        if self.reason.trim().is_empty() {
            return Err(FieldProblem::new("reason", "missing").into());
        }
        if self.reason.chars().count() > REASON_MAX {
            return Err(FieldProblem::new("reason", "too_long").with("max", REASON_MAX).into());
        }
        let case = matters::matter(cx.read(), self.case.as_str())?.ok_or(Failure::Hidden)?;
        let there = match self.what {
            What::Words => {
                let file = store::known(cx.read(), &self.case)?;
                holds_numbers(&file, &timeline::entries(cx.read(), &self.case)?)
            }
            What::Contact => affair::can_be_reached(cx.read(), &case)?,
        };
        if !there {
            return Err(Failure::Hidden);
        }
        if self.what == What::Contact {
            let standing = self.processes.current(cx.read(), APPEAL)?;
            let process = standing.ok_or_else(|| Refusal::new("no_procedure"))?.process;
            if !speaks(&process, &case.stage, |act| cx.also_needs(act).is_ok()) {
                return Err(Refusal::new("nobody_to_call").into());
            }
        }
        let look = people::store::Looking {
            about: case.owner.as_ref(),
            what: &self.name(),
            case: Some(&case.number),
            reason: &self.reason,
        };
        people::store::note_look(cx, &look)
    }
}

/// Whether the procedure has somebody speak to the reporter at this stage, and whoever looks is one
/// of those who may.
pub fn speaks(process: &Process, stage: &str, may: impl Fn(&str) -> bool) -> bool {
    let mut moves = process.moves_from(stage);
    moves.any(|by| by.needs.iter().any(|call| call.guard == SPEAKS) && may(&process.act_name(by)))
}

/// Who reported a case, in full.
#[derive(Clone, Debug)]
pub struct Full {
    pub name: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
}

/// The full name, number and mail, after the look was noted: what was left with the case, else what
/// the reporter's account has. Asked anew whether the looker may: an order sent once more is
/// answered without being done again, and much may have happened since.
pub fn in_full(tx: &ReadTx<'_>, looker: &Looker, case: &Id) -> Done<Full> {
    let matter = matters::matter(tx, case.as_str())?.ok_or(Failure::Hidden)?;
    let (reach, keys) = (matter.reach(), &looker.district.keys);
    let process = looker.district.process(APPEAL);
    let process = process.ok_or_else(|| Refusal::new("no_procedure"))?;
    if !looker.may(&format!("{}.{}", CASES.kind, What::Contact.act()), &reach)
        || !speaks(&process, &matter.stage, |act| looker.may(act, &reach))
    {
        return Err(Refusal::new("nobody_to_call").into());
    }
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
