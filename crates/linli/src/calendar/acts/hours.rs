//! 工作时间: the slots of a working day, of the district or of one body. Clocks use them from the
//! next one that starts.

use std::borrow::Cow;

use linli_rules::calendar::Schedule;
use serde::Serialize;

use crate::act::{Act, Acting, Done, FieldProblem, Reach, Refusal, Subject};
use crate::base::{Fault, Id, text};
use crate::calendar::{CHANGE, store};
use crate::people;

/// Letters of a reason.
const REASON_MAX: usize = 200;

/// Sets working hours; without slots a body goes back to those of the district.
#[derive(Clone, Debug, Serialize)]
pub struct SetHours {
    pub id: Id,
    /// None: the district.
    pub body: Option<Id>,
    /// `08:30-12:00 14:00-17:30`.
    pub slots: String,
    pub reason: String,
    /// The version of all hours that was looked at ([`store::hours_version`]).
    pub seen: i64,
}

impl Act for SetHours {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        CHANGE.into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&("hours", self))?)
    }

    fn subject(&self) -> Subject {
        Subject::New { kind: "calendar", id: self.id.to_string(), reach: Reach::at("/") }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        if let Some(body) = &self.body
            && people::store::body(cx.read(), body)?.is_none_or(|body| body.ended_at.is_some())
        {
            return Err(FieldProblem::new("body", "no_such_body").into());
        }
        let slots = match self.slots.trim() {
            "" => String::new(),
            slots => Schedule::read(slots, linli_rules::time::CHINA)
                .map_err(|_| FieldProblem::new("slots", "work_slots"))?
                .text(),
        };
        let reason = text::clean(&self.reason, REASON_MAX)
            .map_err(|_| FieldProblem::new("reason", "calendar_source").with("max", REASON_MAX))?;
        if store::hours_version(cx.read())? != self.seen {
            return Err(Refusal::new("changed_meanwhile").into());
        }
        if store::put_hours(cx, &self.id, self.body.as_ref(), &slots, &reason)? {
            Ok(())
        } else {
            Err(Refusal::new("no_hours_set").into())
        }
    }
}
