//! A person closes their account (个人信息保护法 第47条): name, number and account are wiped, here and
//! in what they reported, and every session, appointment and key of a program ends. The proofs in
//! the public record stay; they name nobody.
//!
//! Who holds a post is relieved of it first, by whoever may: what is known of staff is held by duty
//! and not by consent, their work goes to somebody, and an administrator's post ends by two.

use std::borrow::Cow;

use crate::act::{Act, Acting, Done, Failure, Refusal, Subject};
use crate::base::{Fault, Id};
use crate::people::{LeaveMatters, PERSONS, keys, session, store};

pub struct Close {
    pub person: Id,
    /// What stands where the name stood.
    pub gone: String,
    /// The names and numbers they are known by, which go from what they reported.
    pub known: Vec<String>,
    pub leave: LeaveMatters,
}

impl Close {
    /// The ids of the acts that it takes one after another, the first that of the form. Most people
    /// need one.
    pub fn steps(first: Id) -> impl Iterator<Item = Id> {
        let next = |id: &Id| Some(Id::derived(&format!("closing on after {id}")));
        std::iter::successors(Some(first), next)
    }
}

impl Act for Close {
    /// Whether the account is closed; false where first more is to be taken out of their matters.
    type Outcome = bool;

    fn name(&self) -> Cow<'static, str> {
        "person.close_own".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        super::body_of(&[self.person.as_str()])
    }

    fn subject(&self) -> Subject {
        Subject::row(PERSONS, &self.person)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<bool> {
        // The machine erases again whoever came back with a backup, with a post or without.
        if !cx.actor.is_operator() && store::is_appointed(cx.read(), &self.person, cx.now())? {
            return Err(Refusal::new("still_in_post").into());
        }
        cx.erase();
        if !(self.leave)(cx, &self.person, &self.known)? {
            return Ok(false);
        }
        session::end_all(cx, &self.person)?;
        keys::store::end_all_of(cx, &self.person)?;
        session::forget_codes(cx, &self.person)?;
        store::forget_contacts_of(cx, &self.person)?;
        store::unfollow_all(cx, &self.person)?;
        store::end_all_of(cx, &self.person, &self.gone)?;
        if store::wipe(cx, &self.person, &self.gone)? { Ok(true) } else { Err(Failure::Hidden) }
    }
}
