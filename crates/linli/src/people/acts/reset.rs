//! The security administrator gives a member of staff a new one-time password; their app must be
//! tied anew, whoever is signed in as them is out at once, and keys in their name end.

use std::borrow::Cow;

use super::office;
use crate::act::{Act, Acting, Done, Failure, Subject};
use crate::base::{Fault, Id, Instant};
use crate::people::{PERSONS, keys, rules, session, store};

pub struct Reset {
    pub person: Id,
    pub password_hash: String,
    pub password_until: Instant,
    pub reason: String,
}

impl Act for Reset {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "staff.reset".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        super::body_of(&[self.person.as_str(), &self.reason])
    }

    fn subject(&self) -> Subject {
        Subject::row(PERSONS, &self.person)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        rules::not_oneself(cx.actor.person.as_ref(), &self.person)?;
        office::own_password(cx, &self.person)?;
        let until = self.password_until;
        if !store::reset_password(cx, &self.person, &self.password_hash, until)? {
            return Err(Failure::Hidden);
        }
        session::end_all(cx, &self.person)?;
        keys::store::end_all_of(cx, &self.person)?;
        store::note_why(cx, &self.person, "staff.reset", &self.reason)
    }
}
