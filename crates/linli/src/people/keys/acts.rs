//! 发放和停用接口密钥: done by the system administrator (GB/T 22239—2019 安全管理中心).

use std::borrow::Cow;

use serde::Serialize;

use super::store;
use crate::act::{Act, Acting, Done, Failure, FieldProblem, Reach, Subject};
use crate::base::{Fault, Id, text};

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
        Ok(self.id.clone())
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
