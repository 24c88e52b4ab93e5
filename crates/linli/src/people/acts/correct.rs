//! A person puts their own data right (个人信息保护法 第46条): name and language, the number they
//! have shown to be theirs, the place where they live.

use std::borrow::Cow;

use crate::act::{Act, Acting, Done, FieldProblem, Refusal, Subject};
use crate::base::{Fault, Id};
use crate::people::sealed::{SealedName, SealedPhone};
use crate::people::{PERSONS, store};
use crate::territory;

pub struct Correct {
    pub person: Id,
    pub name: Option<SealedName>,
    /// The name as appointments publish it, for those who hold a post.
    pub published_name: Option<String>,
    pub language: &'static str,
    pub version: i64,
}

impl Act for Correct {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "person.correct_own".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        let name = self.name.as_ref().map_or("", |n| n.blind.as_str());
        super::body_of(&[self.person.as_str(), name, self.language, &self.version.to_string()])
    }

    fn subject(&self) -> Subject {
        Subject::row(PERSONS, &self.person)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        if !store::correct(cx, self)? {
            return Err(Refusal::new("changed_meanwhile").into());
        }
        if let Some(name) = &self.published_name {
            store::publish_name(cx, &self.person, name)?;
        }
        Ok(())
    }
}

/// Another number, shown by a code sent to it to be the person's own. Signing in goes by it from
/// now on.
pub struct CorrectPhone {
    pub person: Id,
    pub phone: SealedPhone,
    pub version: i64,
}

impl Act for CorrectPhone {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "person.correct_own".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        // The version is as we read it, not as anybody asked.
        super::body_of(&["phone", self.person.as_str(), &self.phone.blind])
    }

    fn subject(&self) -> Subject {
        Subject::row(PERSONS, &self.person)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        let known = store::id_of_phone(cx.read(), &self.phone.blind)?;
        if known.is_some_and(|known| known != self.person) {
            return Err(FieldProblem::new("phone", "phone_taken").into());
        }
        changed(store::change_phone(cx, self)?)
    }
}

/// A resident says where they live.
pub struct CorrectPlace {
    pub person: Id,
    pub place: Id,
    pub version: i64,
}

impl Act for CorrectPlace {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "person.correct_own".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        let version = self.version.to_string();
        super::body_of(&["place", self.person.as_str(), self.place.as_str(), &version])
    }

    fn subject(&self) -> Subject {
        Subject::row(PERSONS, &self.person)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        let place = territory::store::place_by_id(cx.read(), &self.place)?;
        let Some(place) = place.filter(territory::Place::stands) else {
            return Err(FieldProblem::new("place", "no_such_place").into());
        };
        changed(store::change_place(cx, self, &place.path)?)
    }
}

fn changed(done: bool) -> Done<()> {
    if done { Ok(()) } else { Err(Refusal::new("changed_meanwhile").into()) }
}
