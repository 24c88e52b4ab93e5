//! The security administrator stops an account, or lets it go on.

use std::borrow::Cow;

use crate::act::{Act, Acting, Done, Failure, Refusal, Subject};
use crate::base::{Fault, Id};
use crate::people::{PERSONS, rules, session, store};

pub struct Suspend {
    pub person: Id,
    /// Why; the person reads it among those who looked at their data.
    pub reason: String,
}

pub struct Resume {
    pub person: Id,
}

/// Accounts of staff are the security administrator's to stop; of those of residents nothing is
/// said to them.
fn of_staff(cx: &Acting<'_, '_>, person: &Id) -> Done<()> {
    let found = store::person(cx.read(), person)?;
    if found.is_some_and(|person| person.is_staff()) { Ok(()) } else { Err(Failure::Hidden) }
}

impl Act for Suspend {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "staff.suspend".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        super::body_of(&["suspend", self.person.as_str(), &self.reason])
    }

    fn subject(&self) -> Subject {
        Subject::row(PERSONS, &self.person)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        rules::not_oneself(cx.actor.person.as_ref(), &self.person)?;
        of_staff(cx, &self.person)?;
        if !store::suspend(cx, &self.person, true)? {
            return Err(Refusal::new("changed_meanwhile").into());
        }
        session::end_all(cx, &self.person)?;
        store::note_why(cx, &self.person, "staff.suspend", &self.reason)
    }
}

impl Act for Resume {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "staff.suspend".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        super::body_of(&["resume", self.person.as_str()])
    }

    fn subject(&self) -> Subject {
        Subject::row(PERSONS, &self.person)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        rules::not_oneself(cx.actor.person.as_ref(), &self.person)?;
        of_staff(cx, &self.person)?;
        if store::suspend(cx, &self.person, false)? {
            Ok(())
        } else {
            Err(Refusal::new("changed_meanwhile").into())
        }
    }
}
