//! Delegation (代岗): who is away lets a colleague act as their post, from one time to another.

use std::borrow::Cow;

use crate::act::{
    Act, Acting, Audience, Done, Errand, FieldProblem, Reach, Refusal, Subject, Tell,
};
use crate::base::{Fault, Id, Instant, clock};
use crate::people::store::Running;
use crate::people::{APPOINTMENTS, rules, store};

/// The longest one may be stood in for, in days; after that the post needs a new holder.
pub const LONGEST_DAYS: i64 = 92;

pub struct Delegate {
    pub id: Id,
    pub appointment: Id,
    pub to: Id,
    pub from_at: Instant,
    pub to_at: Instant,
    pub reason: String,
}

impl Act for Delegate {
    type Outcome = Id;

    fn name(&self) -> Cow<'static, str> {
        "post.delegate".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        let (from, to) = (self.from_at.0.to_string(), self.to_at.0.to_string());
        super::body_of(&[self.appointment.as_str(), self.to.as_str(), &from, &to, &self.reason])
    }

    fn subject(&self) -> Subject {
        Subject::row(APPOINTMENTS, &self.appointment)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<Id> {
        if self.to_at <= self.from_at || self.to_at <= cx.now() {
            return Err(FieldProblem::new("to", "ends_before_it_begins").into());
        }
        // What was done yesterday, nobody did in another's place.
        let offset = clock::CHINA_OFFSET_MINUTES;
        if self.from_at < cx.now().day(offset).start(offset) {
            return Err(FieldProblem::new("from", "begins_in_the_past").into());
        }
        if self.to_at > self.from_at.plus_days(LONGEST_DAYS) {
            return Err(FieldProblem::new("to", "too_long_away").with("max", LONGEST_DAYS).into());
        }
        let found = store::running_appointment(cx.read(), &self.appointment)?;
        let Some(seat) = found else {
            return Err(Refusal::new("post_ended").into());
        };
        if seat.holder == self.to || !store::is_active_staff(cx.read(), &self.to)? {
            return Err(FieldProblem::new("person", "not_a_colleague").into());
        }
        // Who is away names another; nobody takes a post that is not theirs.
        rules::not_oneself(cx.actor.person.as_ref(), &self.to)?;
        let kinds = store::kinds_held(cx.read(), &self.to, cx.now())?;
        rules::may_hold(&kinds, &seat.held.kind, &seat.held.group)?;
        let own = store::held_by(cx.read(), &self.to, cx.now())?;
        let by = rules::stands_in_by(&own, &seat.held)
            .ok_or_else(|| FieldProblem::new("person", "not_a_stand_in"))?;
        let days = (self.from_at, self.to_at);
        if store::is_stood_in(cx.read(), &self.appointment, days, cx.now())? {
            return Err(FieldProblem::new("from", "stood_in_already").into());
        }
        if !store::hold_still(cx, &self.appointment)? || !store::hold_still(cx, by)? {
            return Err(Refusal::new("post_ended").into());
        }
        store::insert_delegation(cx, self, by)?;
        tell(cx, &seat);
        Ok(self.id.clone())
    }
}

/// Who appoints to the post hears that another acts in it, and may end that.
fn tell(cx: &mut Acting<'_, '_>, seat: &Running) {
    let to = Audience::OnDuty(Box::new(Errand {
        act: "post.appoint".to_owned(),
        row: Reach::at(&seat.held.place_path),
        but: Vec::new(),
        doer: cx.actor.person.clone(),
    }));
    let params = [("title", seat.title.clone()), ("post", seat.post.to_string())];
    let params = params.map(|(name, value)| (name.to_owned(), value)).to_vec();
    let (kind, at) = ("post.stood_in".to_owned(), cx.now());
    cx.tell(Tell { to, kind, matter: None, params, at, texts: false });
}

/// Back early: the stand-in's powers end now.
pub struct EndDelegation {
    pub appointment: Id,
    pub delegation: Id,
}

impl Act for EndDelegation {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "post.delegate".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        super::body_of(&["end", self.delegation.as_str()])
    }

    fn subject(&self) -> Subject {
        Subject::row(APPOINTMENTS, &self.appointment)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        if store::end_delegation(cx, &self.appointment, &self.delegation)? {
            Ok(())
        } else {
            Err(Refusal::new("changed_meanwhile").into())
        }
    }
}
