//! Bodies (单位): made, changed and ended by the system administrator; a head keeps the telephone
//! and the hours of their own body right.

use std::borrow::Cow;

use crate::act::{Act, Acting, Done, Reach, Refusal, Subject};
use crate::base::{Fault, Id};
use crate::people::{BODIES, OpenOf, remit, store};

/// What the world knows of a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BodyFields {
    /// What it answers for: `urban_management`, `power` …, as the catalogue of classes names it.
    pub kind: String,
    pub name: String,
    /// Its unified social credit code (GB 32100), where it has one.
    pub code: Option<String>,
    pub phone: Option<String>,
    pub hours: Option<String>,
}

impl BodyFields {
    fn parts(&self) -> [&str; 5] {
        [
            &self.kind,
            &self.name,
            self.code.as_deref().unwrap_or_default(),
            self.phone.as_deref().unwrap_or_default(),
            self.hours.as_deref().unwrap_or_default(),
        ]
    }
}

pub struct CreateBody {
    pub id: Id,
    pub fields: BodyFields,
    pub place_id: Id,
    pub place_path: String,
    /// For which kinds of matter it answers, and where; none means its own kind at its own place.
    pub remits: Vec<(String, String)>,
    /// Where that is written.
    pub ground: String,
}

impl Act for CreateBody {
    type Outcome = Id;

    fn name(&self) -> Cow<'static, str> {
        "body.create".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        let mut parts = self.fields.parts().to_vec();
        parts.extend([self.place_id.as_str(), &self.ground]);
        parts.extend(self.remits.iter().flat_map(|(kind, path)| [kind.as_str(), path]));
        super::body_of(&parts)
    }

    fn subject(&self) -> Subject {
        let reach = Reach { publicity: "public".to_owned(), ..Reach::at(self.place_path.clone()) };
        Subject::New { kind: "body", id: self.id.to_string(), reach }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<Id> {
        store::insert_body(cx, self)?;
        if self.remits.is_empty() {
            remit::keep(cx, &self.id, &self.fields.kind, &self.place_path, &self.ground)?;
        }
        for (kind, path) in &self.remits {
            remit::keep(cx, &self.id, kind, path, &self.ground)?;
        }
        Ok(self.id.clone())
    }
}

pub struct ChangeBody {
    pub body: Id,
    pub fields: BodyFields,
    pub version: i64,
}

impl Act for ChangeBody {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "body.change".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        let version = self.version.to_string();
        let mut parts = self.fields.parts().to_vec();
        parts.extend([self.body.as_str(), version.as_str()]);
        super::body_of(&parts)
    }

    fn subject(&self) -> Subject {
        Subject::row(BODIES, &self.body)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        if store::change_body(cx, self)? {
            Ok(())
        } else {
            Err(Refusal::new("changed_meanwhile").into())
        }
    }
}

/// A body that is no more. It must have no post and no open case left: their work would be
/// nobody's.
pub struct EndBody {
    pub body: Id,
    pub version: i64,
    pub open_of: OpenOf,
}

impl Act for EndBody {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "body.end".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        super::body_of(&[self.body.as_str(), &self.version.to_string()])
    }

    fn subject(&self) -> Subject {
        Subject::row(BODIES, &self.body)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        if store::posts_of_body(cx.read(), &self.body)? > 0 {
            return Err(Refusal::new("body_has_posts").into());
        }
        let open = (self.open_of)(cx.read(), &self.body)?;
        if open > 0 {
            return Err(Refusal::new("body_has_open_cases").with("n", open.to_string()).into());
        }
        if !store::end_body(cx, &self.body, self.version)? {
            return Err(Refusal::new("changed_meanwhile").into());
        }
        // What it answered for is nobody's any more, and keeps no place from being closed.
        for entry in remit::of_body(cx.read(), &self.body)? {
            remit::end(cx, &self.body, &entry.id)?;
        }
        Ok(())
    }
}
