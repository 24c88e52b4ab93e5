//! The posts of the three administrators (GB/T 22239—2019 安全管理中心): one of them proposes who is to
//! hold one, or to hold it no longer, and another confirms it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::appoint;
use crate::act::{Act, Acting, Actor, Done, Refusal, Subject};
use crate::base::secret::Keys;
use crate::base::{Day, Fault, Id, Instant};
use crate::people::{APPOINTMENTS, POSTS, rules, store};
use crate::store::{ReadTx, StoreError};

/// What is proposed of an administrator's post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Office {
    /// 任命: somebody is to hold it.
    Given { appointment: Id, post: Id, person: Id, term_from: String, term_to: Option<String> },
    /// 免职: its holder is to hold it no longer.
    Taken { appointment: Id, person: Id, why: String },
}

/// Keeps a proposal, with its reason, until another administrator decides it. Proposals stand below
/// people in the order of the modules.
pub type TakeTwo = fn(&mut Acting<'_, '_>, &Office, &str) -> Done<Id>;

/// Only the terminal of the machine itself gives and takes administrators' posts alone.
pub(super) fn takes_two(actor: &Actor, group: &str) -> Result<(), Refusal> {
    let alone = group == rules::ADMINISTRATOR && !actor.is_operator();
    if alone { Err(Refusal::new("takes_two")) } else { Ok(()) }
}

/// As [`takes_two`], where the post itself is to end: its holder is relieved first.
pub(super) fn relieved_first(actor: &Actor, group: &str) -> Result<(), Refusal> {
    takes_two(actor, group).map_err(|_| Refusal::new("relieved_first"))
}

/// Who gives an administrator another password can sign in as them, and would be two by themself:
/// only the terminal of the machine does that.
pub(super) fn own_password(cx: &Acting<'_, '_>, person: &Id) -> Done<()> {
    if !cx.actor.is_operator() && is_administrator(cx.read(), person, cx.now())? {
        return Err(Refusal::new("reset_at_the_terminal").into());
    }
    Ok(())
}

/// Whether somebody holds the post of an administrator, will hold one, or stands in for one.
pub fn is_administrator(tx: &ReadTx<'_>, person: &Id, now: Instant) -> Result<bool, StoreError> {
    let held = store::kinds_held(tx, person, now)?;
    Ok(held.iter().any(|held| held.group == rules::ADMINISTRATOR))
}

fn day(text: &str) -> Result<Day, Fault> {
    text.parse().map_err(|_| Fault::new(format!("an appointment from or to {text:?}")))
}

impl Office {
    /// Whose post it is to be, or is to be no longer.
    pub fn person(&self) -> &Id {
        match self {
            Office::Given { person, .. } | Office::Taken { person, .. } => person,
        }
    }

    /// Does what was proposed, as whoever confirms it; they are not the one it is about.
    pub fn carry_out(&self, cx: &mut Acting<'_, '_>, keys: &Keys) -> Done<()> {
        match self {
            Office::Given { person, .. } => {
                let row = store::person(cx.read(), person)?;
                let name = row.map(|row| row.full_name(keys)).unwrap_or_default();
                let act = self.appointment(name)?;
                appoint::check(cx, &act)?;
                store::end_over(cx, &act.person, &act.post)?;
                store::insert_appointment(cx, &act)
            }
            Office::Taken { appointment, why, .. } => appoint::end(cx, appointment, why),
        }
    }

    fn appointment(&self, holder_name: String) -> Done<appoint::Appoint> {
        let Office::Given { appointment, post, person, term_from, term_to } = self else {
            return Err(Fault::new("nobody is to be appointed").into());
        };
        Ok(appoint::Appoint {
            id: appointment.clone(),
            post: post.clone(),
            person: person.clone(),
            holder_name,
            term_from: day(term_from)?,
            term_to: term_to.as_deref().map(day).transpose()?,
        })
    }
}

/// An administrator proposes.
pub struct ProposeOffice {
    pub office: Office,
    /// As it stands in the list of proposals.
    pub reason: String,
    pub two: TakeTwo,
}

impl Act for ProposeOffice {
    /// The proposal.
    type Outcome = Id;

    fn name(&self) -> Cow<'static, str> {
        // Nothing is given or taken yet, and the record says no more than was done.
        "duty.propose".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&(&self.office, &self.reason))?)
    }

    fn subject(&self) -> Subject {
        match &self.office {
            Office::Given { post, .. } => Subject::row(POSTS, post),
            Office::Taken { appointment, .. } => Subject::row(APPOINTMENTS, appointment),
        }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<Id> {
        match &self.office {
            Office::Given { .. } => {
                cx.also_needs("post.appoint")?;
                appoint::check(cx, &self.office.appointment(String::new())?)?;
            }
            Office::Taken { appointment, person, .. } => {
                cx.also_needs("post.relieve")?;
                rules::not_oneself(cx.actor.person.as_ref(), person)?;
                let running = store::running_appointment(cx.read(), appointment)?;
                if running.is_none_or(|running| running.holder != *person) {
                    return Err(Refusal::new("changed_meanwhile").into());
                }
            }
        }
        (self.two)(cx, &self.office, &self.reason)
    }
}
