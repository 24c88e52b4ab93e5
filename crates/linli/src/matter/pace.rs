//! How long steps take by the class of a matter, and by when all of them are done.

use linli_rules::calendar::Limit;
use linli_rules::procedure::LimitRule;

use super::clock::{URGENT, USUAL};
use super::{Kit, Matter};
use crate::act::Done;
use crate::base::Instant;
use crate::calendar;
use crate::store::{ReadTx, StoreError};

/// How quickly a matter is to be handled, by the standard of its class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// It does not wait for working hours.
    pub urgent: bool,
    /// How long its handling may take; `None` where no standard says so.
    pub limit: Option<Limit>,
}

impl Pace {
    /// How long a step may take, and what that rests on where it is no standard.
    pub(super) fn of(
        &self,
        tx: &ReadTx<'_>,
        rule: &LimitRule,
    ) -> Result<(Limit, Option<&'static str>), StoreError> {
        Ok(match (rule, self.limit) {
            (LimitRule::Fixed(limit), _) => fixed(*limit, self.urgent),
            (LimitRule::Standard, Some(limit)) => (limit, None),
            (LimitRule::Standard, None) => (calendar::store::usual_limit(tx)?, Some(USUAL)),
        })
    }
}

/// A limit that the stage fixes. What is urgent does not wait for working hours.
pub(super) fn fixed(limit: Limit, urgent: bool) -> (Limit, Option<&'static str>) {
    if urgent { (limit.continuous(), Some(URGENT)) } else { (limit, None) }
}

/// When a matter has been done at the latest if each step from here on takes all the time it has:
/// the due time of the step it is at, and after it the limits of those still to come. `None` where
/// no clock runs, or the procedure does not say what comes next.
pub fn expected(tx: &ReadTx<'_>, kit: &Kit, matter: &Matter, pace: &Pace) -> Done<Option<Instant>> {
    let stage = kit.process.stage(&matter.stage);
    let (Some(due), Some(stage)) = (matter.due_at, stage) else { return Ok(None) };
    let onward = kit.process.onward(stage);
    if onward.is_empty() {
        return Ok(None);
    }
    let hours = kit.worktime.hours(tx, matter.body.as_ref())?;
    let mut at = due;
    for rule in onward.iter().filter_map(|stage| stage.limit.as_ref()) {
        at = hours.due(at, &pace.of(tx, &rule.rule)?.0).at;
    }
    Ok(Some(at))
}
