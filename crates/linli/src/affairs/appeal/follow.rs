//! case.follow, case.unfollow (关注): a resident asks to be told how a case goes on that somebody
//! else reported.
//!
//! Following gives nothing to see: followers are told of public cases, at stages that everyone may
//! see, and a case that is no longer public falls silent. Whoever reported it is told anyway.

use std::borrow::Cow;

use crate::act::{Act, Acting, Done, Failure, FieldProblem, PUBLIC, Refusal, Subject};
use crate::base::{Fault, Id};
use crate::matter::{CASES, store as matters};
use crate::people::{self, remit};
use crate::store::ReadTx;

use super::view::{CaseView, Looker};

pub struct Follow {
    pub case: Id,
    /// By text message as well, to the number the follower signs in with.
    pub texts: bool,
}

impl Act for Follow {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "case.follow".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&(&self.case, self.texts))?)
    }

    fn subject(&self) -> Subject {
        Subject::row(CASES, &self.case)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        let me = cx.actor.person.clone().ok_or_else(|| Refusal::new("sign_in_first"))?;
        let case = matters::matter(cx.read(), self.case.as_str())?.ok_or(Failure::Hidden)?;
        if case.owner.as_ref() == Some(&me) {
            return Err(Refusal::new("told_anyway").into());
        }
        if self.texts && phone_of(cx.read(), &me)?.is_none() {
            return Err(FieldProblem::new("texts", "texts_to_whom").into());
        }
        people::store::follow(cx, &case.id, &me, self.texts)
    }
}

pub struct Unfollow {
    pub case: Id,
}

impl Act for Unfollow {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "case.unfollow".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&self.case)?)
    }

    fn subject(&self) -> Subject {
        Subject::row(CASES, &self.case)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        let me = cx.actor.person.clone().ok_or_else(|| Refusal::new("sign_in_first"))?;
        people::store::unfollow(cx, &self.case, &me)
    }
}

/// The masked number of who has one.
fn phone_of(tx: &ReadTx<'_>, person: &Id) -> Done<Option<String>> {
    Ok(remit::masked(tx, person)?.and_then(|(_, phone)| phone))
}

/// What the page of a case offers its reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// Whoever signs in may follow it.
    SignIn,
    /// With the masked number that may be texted to.
    Follow { phone: Option<String> },
    /// They do; with `texts`, by text message as well.
    Unfollow { texts: bool },
}

/// The offer to one reader; none where there is nothing to ask for.
pub fn offer(tx: &ReadTx<'_>, looker: &Looker, case: &CaseView) -> Done<Option<Offer>> {
    let Some(me) = &looker.actor.person else {
        let open = looker.actor.kind == PUBLIC && case.matter.publicity == "public";
        return Ok(open.then_some(Offer::SignIn));
    };
    if case.standing.mine {
        return Ok(None);
    }
    Ok(match people::store::follows(tx, &case.matter.id, me)? {
        Some(texts) if looker.may("case.unfollow", &case.reach) => Some(Offer::Unfollow { texts }),
        None if looker.may("case.follow", &case.reach) => {
            Some(Offer::Follow { phone: phone_of(tx, me)? })
        }
        _ => None,
    })
}
