//! Appointments (任职): a member of staff holds a post for a term, and their name is published with
//! it (政府信息公开条例 第20条). Nobody appoints themself; administrators stand apart, and their posts
//! are given and taken by two ([`super::office`]).

use std::borrow::Cow;

use super::office::takes_two;
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
        let group = check(cx, self)?;
        // The very first are appointed by the one administrator there is: nobody could confirm it.
        if store::has_confirmer(cx.read(), cx.duties(), &cx.actor.kind, cx.now())? {
            takes_two(cx.actor, &group)?;
        }
        store::end_over(cx, &self.person, &self.post)?;
        store::insert_appointment(cx, self)?;
        Ok(self.id.clone())
    }
}

/// How far ahead a term may begin.
const AHEAD_DAYS: i64 = 366;

/// Whether somebody may be appointed so; gives the group of the post.
pub(super) fn check(cx: &Acting<'_, '_>, act: &Appoint) -> Done<String> {
    rules::not_oneself(cx.actor.person.as_ref(), &act.person)?;
    if act.term_to.is_some_and(|to| to < act.term_from) {
        return Err(FieldProblem::new("term_to", "term_backwards").into());
    }
    if act.term_to.is_some_and(|to| to.to_string() < store::today(cx.now())) {
        return Err(FieldProblem::new("term_to", "term_over").into());
    }
    // A year mistyped would fill the post in a time nobody looks at.
    if act.term_from.to_string() > store::today(cx.now().plus_days(AHEAD_DAYS)) {
        return Err(FieldProblem::new("term_from", "term_far").with("days", AHEAD_DAYS).into());
    }
    let Some((kind, group)) = store::kind_of_running_post(cx.read(), &act.post)? else {
        return Err(Refusal::new("post_ended").into());
    };
    if !store::is_active_staff(cx.read(), &act.person)? {
        return Err(FieldProblem::new("person", "not_staff").into());
    }
    if store::holds(cx.read(), &act.person, &act.post, cx.now())? {
        return Err(Refusal::new("already_holds").into());
    }
    rules::may_hold(&store::kinds_held(cx.read(), &act.person, cx.now())?, &kind, &group)?;
    Ok(group)
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
        if let Some(running) = store::running_appointment(cx.read(), &self.appointment)? {
            takes_two(cx.actor, &running.held.group)?;
        }
        end(cx, &self.appointment, &self.why)
    }
}

/// Ends an appointment; nobody ends their own.
pub(super) fn end(cx: &mut Acting<'_, '_>, appointment: &Id, why: &str) -> Done<()> {
    if let Some(person) = store::holder_of(cx.read(), appointment)? {
        rules::not_oneself(cx.actor.person.as_ref(), &person)?;
    }
    if store::end_appointment(cx, appointment, why)? {
        Ok(())
    } else {
        Err(Refusal::new("changed_meanwhile").into())
    }
}
