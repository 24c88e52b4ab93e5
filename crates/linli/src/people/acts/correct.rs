//! A person puts their own name or language right (个人信息保护法 第46条).

use std::borrow::Cow;

use crate::act::{Act, Acting, Done, Refusal, Subject};
use crate::base::{Fault, Id};
use crate::people::sealed::SealedName;
use crate::people::{PERSONS, store};

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
