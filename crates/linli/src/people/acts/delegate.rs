//! Delegation (代岗): who is away lets a colleague act as their post, from one time to another.

use std::borrow::Cow;

use crate::act::{Act, Acting, Done, FieldProblem, Refusal, Subject};
use crate::base::{Fault, Id, Instant};
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
        if self.to_at > self.from_at.plus_days(LONGEST_DAYS) {
            return Err(FieldProblem::new("to", "too_long_away").with("max", LONGEST_DAYS).into());
        }
        let found = store::running_appointment(cx.read(), &self.appointment)?;
        let Some((holder, kind, group)) = found else {
            return Err(Refusal::new("post_ended").into());
        };
        if holder == self.to || !store::is_active_staff(cx.read(), &self.to)? {
            return Err(FieldProblem::new("person", "not_a_colleague").into());
        }
        // Who is away names another; nobody takes a post that is not theirs.
        rules::not_oneself(cx.actor.person.as_ref(), &self.to)?;
        rules::may_hold(&store::kinds_held(cx.read(), &self.to, cx.now())?, &kind, &group)?;
        store::insert_delegation(cx, self)?;
        Ok(self.id.clone())
    }
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
