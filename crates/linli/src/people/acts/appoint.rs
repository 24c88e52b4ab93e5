//! Appointments (任职): a member of staff holds a post for a term, and their name is published with
//! it (政府信息公开条例 第20条). Nobody appoints themself; administrators stand apart.

use std::borrow::Cow;

use crate::act::{Act, Acting, Done, FieldProblem, Refusal, Subject};
use crate::base::{Day, Fault, Id};
use crate::people::{APPOINTMENTS, POSTS, rules, store};

pub struct Appoint {
    pub id: Id,
    pub post: Id,
    pub person: Id,
    /// The name as it is published.
    pub holder_name: String,
    pub term_from: Day,
    /// The last day, where the term has one.
    pub term_to: Option<Day>,
}

impl Act for Appoint {
    type Outcome = Id;

    fn name(&self) -> Cow<'static, str> {
        "post.appoint".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        let to = self.term_to.map(|day| day.to_string()).unwrap_or_default();
        let from = self.term_from.to_string();
        super::body_of(&[self.post.as_str(), self.person.as_str(), &from, &to])
    }

    fn subject(&self) -> Subject {
        Subject::row(POSTS, &self.post)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<Id> {
        rules::not_oneself(cx.actor.person.as_ref(), &self.person)?;
        if self.term_to.is_some_and(|to| to < self.term_from) {
            return Err(FieldProblem::new("term_to", "term_backwards").into());
        }
        if self.term_to.is_some_and(|to| to.to_string() < store::today(cx.now())) {
            return Err(FieldProblem::new("term_to", "term_over").into());
        }
        let Some((kind, group)) = store::kind_of_running_post(cx.read(), &self.post)? else {
            return Err(Refusal::new("post_ended").into());
        };
        if !store::is_active_staff(cx.read(), &self.person)? {
            return Err(FieldProblem::new("person", "not_staff").into());
        }
        if store::holds(cx.read(), &self.person, &self.post, cx.now())? {
            return Err(Refusal::new("already_holds").into());
        }
        store::end_over(cx, &self.person, &self.post)?;
        rules::may_hold(&store::kinds_held(cx.read(), &self.person, cx.now())?, &kind, &group)?;
        store::insert_appointment(cx, self)?;
        Ok(self.id.clone())
    }
}

/// The end of an appointment (免职): its powers are gone with the next click.
pub struct Relieve {
    pub appointment: Id,
    pub why: String,
}

impl Act for Relieve {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "post.relieve".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        super::body_of(&[self.appointment.as_str(), &self.why])
    }

    fn subject(&self) -> Subject {
        Subject::row(APPOINTMENTS, &self.appointment)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        if let Some(person) = store::holder_of(cx.read(), &self.appointment)? {
            rules::not_oneself(cx.actor.person.as_ref(), &person)?;
        }
        if store::end_appointment(cx, &self.appointment, &self.why)? {
            Ok(())
        } else {
            Err(Refusal::new("changed_meanwhile").into())
        }
    }
}
