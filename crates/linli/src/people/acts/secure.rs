//! A member of staff chooses a password and ties their app to the account: at the first sign-in,
//! and after the administrator has reset it. A new password they may choose at any time.

use std::borrow::Cow;

use crate::act::{Act, Acting, Done, Refusal, Subject};
use crate::base::{Fault, Id};
use crate::people::{PERSONS, session, store};

pub struct Secure {
    pub person: Id,
    /// A new password, where the old one was for one time only.
    pub password_hash: Option<String>,
    pub totp_sealed: Vec<u8>,
    /// The step of the code that proved the app works.
    pub step: i64,
    /// The version of the person when the password was checked: a ticket is good once.
    pub version: i64,
    /// What was asked, by marks from which nothing is learnt: the password's, the app's.
    pub asked: [String; 2],
}

impl Act for Secure {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "person.secure_own".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        let [password, app] = &self.asked;
        super::body_of(&[self.person.as_str(), &self.version.to_string(), password, app])
    }

    fn subject(&self) -> Subject {
        Subject::row(PERSONS, &self.person)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        if !store::secure(cx, self)? {
            return Err(Refusal::new("changed_meanwhile").into());
        }
        Ok(())
    }
}

/// Another password, chosen by who has just given the old one.
pub struct ChangePassword {
    pub person: Id,
    pub password_hash: String,
    /// The version of the person when the old password was checked.
    pub version: i64,
    /// The mark of the new one ([`crate::people::password::mark`]).
    pub asked: String,
    /// The session it is done in, the only one that goes on.
    pub session: Option<Id>,
}

impl Act for ChangePassword {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "person.secure_own".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        // Not the version, which we read, nor the hash, whose salt is another each time.
        super::body_of(&["password", self.person.as_str(), &self.asked])
    }

    fn subject(&self) -> Subject {
        Subject::row(PERSONS, &self.person)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        if !store::change_password(cx, self)? {
            return Err(Refusal::new("changed_meanwhile").into());
        }
        match &self.session {
            Some(mine) => session::end_all_but(cx, &self.person, mine),
            None => session::end_all(cx, &self.person),
        }
    }
}
