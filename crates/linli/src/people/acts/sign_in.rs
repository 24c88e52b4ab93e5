//! A member of staff signs in: the code of their app is used up, so that nobody who saw it can use
//! it again (RFC 6238 §5.2).

use std::borrow::Cow;

use crate::act::{Act, Acting, Done, Refusal, Subject};
use crate::base::{Fault, Id};
use crate::people::{PERSONS, store};

pub struct SignIn {
    pub person: Id,
    /// The thirty seconds whose code was shown.
    pub step: i64,
}

impl Act for SignIn {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "person.sign_in".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        super::body_of(&[self.person.as_str(), &self.step.to_string()])
    }

    fn subject(&self) -> Subject {
        Subject::row(PERSONS, &self.person)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        if store::use_totp(cx, &self.person, self.step)? {
            Ok(())
        } else {
            Err(Refusal::new("totp_used").into())
        }
    }
}
