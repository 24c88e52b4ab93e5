//! 一般时限: how long something may take for which no standard says how long.

use std::borrow::Cow;

use linli_rules::calendar::{Limit, LimitKind};
use serde::Serialize;

use crate::act::{Act, Acting, Done, FieldProblem, Reach, Refusal, Subject};
use crate::base::{Fault, Id};
use crate::calendar::{SETTINGS, store};

/// The longest limit, of whatever kind.
const MOST: u32 = 999;

/// Sets the usual limit of the place.
#[derive(Clone, Debug, Serialize)]
pub struct SetUsualLimit {
    pub id: Id,
    pub kind: String,
    pub n: u32,
    /// The version of the limit that was looked at ([`store::usual_limit_version`]).
    pub seen: i64,
}

impl Act for SetUsualLimit {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        SETTINGS.into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&("usual limit", self))?)
    }

    fn subject(&self) -> Subject {
        Subject::New { kind: "setting", id: self.id.to_string(), reach: Reach::at("/") }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        let kind = LimitKind::from_name(&self.kind)
            .ok_or_else(|| FieldProblem::new("limit_kind", "not_an_option"))?;
        if !(1..=MOST).contains(&self.n) {
            return Err(FieldProblem::new("limit_n", "usual_limit").with("max", MOST).into());
        }
        if store::set_usual_limit(cx, Limit { kind, n: self.n }, self.seen)? {
            Ok(())
        } else {
            Err(Refusal::new("changed_meanwhile").into())
        }
    }
}
