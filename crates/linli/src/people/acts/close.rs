//! A person closes their account (个人信息保护法 第47条): name, number and account are wiped, every
//! session and appointment ends. The proofs in the public record stay; they name nobody.

use std::borrow::Cow;

use crate::act::{Act, Acting, Done, Failure, Subject};
use crate::base::{Fault, Id};
use crate::people::{PERSONS, session, store};

pub struct Close {
    pub person: Id,
    /// What stands where the name stood.
    pub gone: String,
}

impl Act for Close {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "person.close_own".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        super::body_of(&[self.person.as_str()])
    }

    fn subject(&self) -> Subject {
        Subject::row(PERSONS, &self.person)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        session::end_all(cx, &self.person)?;
        session::forget_codes(cx, &self.person)?;
        store::forget_contacts_of(cx, &self.person)?;
        store::unfollow_all(cx, &self.person)?;
        store::end_all_of(cx, &self.person, &self.gone)?;
        if store::wipe(cx, &self.person, &self.gone)? { Ok(()) } else { Err(Failure::Hidden) }
    }
}
