//! process.adopt: another version of a procedure is put in force, for matters under way too.

use std::borrow::Cow;

use serde::Serialize;

use crate::act::{Act, Acting, Done, Failure, Reach, Refusal, Subject};
use crate::base::{Fault, secret};
use crate::district::{Processes, store};
use crate::matter::store as matters;
use crate::procedure::rules;

/// A version to be put in force.
#[derive(Clone, Debug, Serialize)]
pub struct Adopt {
    /// `appeal`.
    pub process: String,
    /// The version that was in force when this one was looked at.
    pub seen: i64,
    /// The file.
    pub text: String,
    #[serde(skip)]
    pub processes: Processes,
}

impl Act for Adopt {
    /// The version now in force.
    type Outcome = i64;

    fn name(&self) -> Cow<'static, str> {
        "process.adopt".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        let hash = secret::sha256_hex(self.text.as_bytes());
        Ok(serde_json::to_vec(&(&self.process, self.seen, hash))?)
    }

    fn subject(&self) -> Subject {
        Subject::New { kind: "process", id: self.process.clone(), reach: Reach::at("/") }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<i64> {
        let now = rules::standing_to_mend(cx.read(), &self.processes, &self.process)?;
        if now.version() != self.seen {
            return Err(Refusal::new("changed_meanwhile").into());
        }
        let in_use = matters::stages_in_use(cx.read(), &self.process)?;
        let text = rules::lines_of(&self.text);
        let new = now.fit(&text, &in_use).map_err(Failure::Invalid)?;
        let version = i64::from(new.version);
        let replaces = now.own.as_ref().map(|own| &own.id);
        if !store::adopt(cx, (&self.process, version), &text, replaces)? {
            return Err(Refusal::new("changed_meanwhile").into());
        }
        Ok(version)
    }
}
