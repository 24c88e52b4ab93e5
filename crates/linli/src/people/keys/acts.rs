//! 发放和停用接口密钥: done by the system administrator (GB/T 22239—2019 安全管理中心). Whose name a key
//! is in hears of it and may end it, for what its program does stands in the record as theirs.

use std::borrow::Cow;

use serde::Serialize;

use super::store;
use crate::act::{Act, Acting, Audience, Done, Failure, FieldProblem, Reach, Subject, Tell};
use crate::base::{Fault, Id, text};
use crate::people::PERSONS;

/// The longest title of a key.
const TITLE_MAX: usize = 60;

fn subject(id: &Id) -> Subject {
    Subject::New { kind: "api_key", id: id.to_string(), reach: Reach::at("/") }
}

/// Gives a person a key.
#[derive(Clone, Debug, Serialize)]
pub struct CreateKey {
    pub id: Id,
    /// Which program it is for.
    pub title: String,
    pub person: Id,
    /// The appointment it acts by; a resident's powers without one.
    pub appointment: Option<Id>,
    /// Made by us, and another each time a form is read: no part of what was asked.
    #[serde(skip)]
    pub hash: String,
}

impl Act for CreateKey {
    type Outcome = Id;

    fn name(&self) -> Cow<'static, str> {
        "api_key.create".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(self)?)
    }

    fn subject(&self) -> Subject {
        subject(&self.id)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<Id> {
        let title = match text::clean(&self.title, TITLE_MAX) {
            Ok(title) => title,
            Err(text::TextProblem::Missing) => {
                return Err(FieldProblem::new("title", "missing").into());
            }
            Err(text::TextProblem::TooLong { max }) => {
                return Err(FieldProblem::new("title", "too_long").with("max", max).into());
            }
        };
        if !store::holds(cx.read(), &self.person, self.appointment.as_ref(), cx.now())? {
            return Err(FieldProblem::new("username", "key_holder_unknown").into());
        }
        store::insert(cx, self, &title)?;
        // Whoever has the terminal has the database too; it gives the demonstration its key.
        if cx.actor.person.as_ref() != Some(&self.person) && !cx.actor.is_operator() {
            let (to, kind) = (Audience::Person(self.person.clone()), "key.given".to_owned());
            let params = vec![("key".to_owned(), title)];
            cx.tell(Tell { to, kind, matter: None, params, at: cx.now(), texts: false });
        }
        Ok(self.id.clone())
    }
}

/// Ends a key in one's own name: to the account it is what another password is.
pub struct EndOwnKey {
    pub id: Id,
    pub person: Id,
}

impl Act for EndOwnKey {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "person.secure_own".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&("key", &self.id, &self.person))?)
    }

    fn subject(&self) -> Subject {
        Subject::row(PERSONS, &self.person)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        let own = store::of_person(cx.read(), &self.person)?;
        if own.iter().any(|key| key.id == self.id) && store::end(cx, &self.id)? {
            return Ok(());
        }
        Err(Failure::Hidden)
    }
}

/// Ends a key; its program is refused from then on.
#[derive(Clone, Debug, Serialize)]
pub struct EndKey {
    pub id: Id,
}

impl Act for EndKey {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "api_key.end".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(self)?)
    }

    fn subject(&self) -> Subject {
        subject(&self.id)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        if store::end(cx, &self.id)? { Ok(()) } else { Err(Failure::Hidden) }
    }
}
