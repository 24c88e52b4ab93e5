//! case.follow, case.unfollow (关注): a resident asks to be told how a case goes on that somebody
//! else reported.
//!
//! Following gives nothing to see: followers are told of public cases, at stages that everyone may
//! see, and a case that is no longer public falls silent. Whoever reported it is told anyway.

use std::borrow::Cow;

use crate::act::{
    Act, Acting, Actor, Done, DutyList, Failure, FieldProblem, PUBLIC, Reach, Refusal, Subject,
    repeated,
};
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

/// A wish is taken back at any time, also of a case that is no longer public (个人信息保护法 第15条):
/// it is the follower's own, and asks for no sight of the case.
pub struct Unfollow {
    pub case: Id,
    pub follower: Id,
}

const UNFOLLOW: &str = "case.unfollow";

impl Unfollow {
    /// To hear no more of the case behind a number: for who follows it or sees it, and for who took
    /// back this very wish before. For all others there is no such case, and that is found by
    /// reading alone.
    pub fn of(
        tx: &ReadTx<'_>,
        duties: &DutyList,
        actor: &Actor,
        number: &str,
        act_id: &Id,
    ) -> Done<Unfollow> {
        let follower = actor.person.clone().ok_or_else(|| Refusal::new("sign_in_first"))?;
        let case = matters::id_of(tx, number)?.ok_or(Failure::Hidden)?;
        let reach = CASES.reach(tx, case.as_str())?.ok_or(Failure::Hidden)?;
        let follows = people::store::follows(tx, &case, &follower)?.is_some();
        let act = Unfollow { case, follower };
        if follows || duties.decide(actor, CASES.see, &reach).granted() {
            return Ok(act);
        }
        match repeated::<()>(tx, act_id, actor, UNFOLLOW, &act.body()?) {
            Ok(Some(_)) => Ok(act),
            Ok(None) | Err(Failure::Refused(_)) => Err(Failure::Hidden),
            Err(other) => Err(other),
        }
    }
}

impl Act for Unfollow {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        UNFOLLOW.into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&self.case)?)
    }

    fn subject(&self) -> Subject {
        let reach = Reach { owner: Some(self.follower.clone()), ..Reach::at("/") };
        Subject::New { kind: "follow", id: self.case.to_string(), reach }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        people::store::unfollow(cx, &self.case, &self.follower)
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
        Some(texts) if looker.duties.has(&looker.actor, UNFOLLOW) => {
            Some(Offer::Unfollow { texts })
        }
        None if looker.may("case.follow", &case.reach) => {
            Some(Offer::Follow { phone: phone_of(tx, me)? })
        }
        _ => None,
    })
}
