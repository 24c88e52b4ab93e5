//! Clocks of a matter: which limit runs at a stage, until when, and why until then.

use std::borrow::Cow;

use linli_rules::calendar::{Calendar, Due, Limit, Schedule, due};
use linli_rules::procedure::{LimitRule, Process};

use super::{Affair, Kit, Matter, store};
use crate::act::{Acting, Done};
use crate::base::{Id, Instant};
use crate::params;
use crate::store::{ReadTx, StoreError};

/// What clocks are reckoned by.
#[derive(Clone)]
pub struct Hours {
    pub calendar: Calendar,
    pub schedule: Schedule,
}

impl Hours {
    /// When a limit that starts now ends, step by step.
    pub fn due(&self, start: Instant, limit: &Limit) -> Due {
        due(start, limit, &self.calendar, &self.schedule)
    }
}

/// Starts the clock of the stage the matter has come to; those of the stage before are stopped.
pub(super) fn start(
    cx: &mut Acting<'_, '_>,
    affair: &dyn Affair,
    process: &Process,
    hours: &Hours,
    matter: &mut Matter,
) -> Done<()> {
    matter.due_at = None;
    let Some(rule) = process.stage(&matter.stage).and_then(|stage| stage.limit.as_ref()) else {
        return Ok(());
    };
    let limit = match rule.rule {
        LimitRule::Fixed(limit) => Some(limit),
        LimitRule::Standard => affair.standard_limit(cx, matter)?,
    };
    let Some(limit) = limit else { return Ok(()) };
    let due = hours.due(cx.now(), &limit);
    let years: Vec<String> = due.missing_years.iter().map(ToString::to_string).collect();
    let gap = (!years.is_empty()).then(|| years.join(","));
    matter.due_at = Some(due.at);
    let name = Cow::Borrowed(rule.clock.as_str());
    let started = store::Started { name, limit, due_at: due.at, gap };
    store::start_clock(cx, matter, &started)
}

/// The clock of a stage that starts now, where the procedure itself sets its limit.
pub fn first(kit: &Kit, stage: &str, now: Instant) -> Option<store::Started<'static>> {
    let rule = kit.process.stage(stage)?.limit.as_ref()?;
    let LimitRule::Fixed(limit) = rule.rule else { return None };
    let due = kit.hours.due(now, &limit);
    let years: Vec<String> = due.missing_years.iter().map(ToString::to_string).collect();
    let gap = (!years.is_empty()).then(|| years.join(","));
    Some(store::Started { name: Cow::Owned(rule.clock.clone()), limit, due_at: due.at, gap })
}

/// A clock as a page shows it.
#[derive(Clone, Debug)]
pub struct ClockView {
    pub name: String,
    pub limit_kind: String,
    pub limit_n: i64,
    pub started_at: Instant,
    pub due_at: Instant,
    pub stopped_at: Option<Instant>,
    pub calendar_gap: Option<String>,
}

const CLOCKS: &str = "
    select name, limit_kind, limit_n, started_at, due_at, stopped_at, calendar_gap
    from clock where matter_id = $1 order by started_at, id";

/// Every clock the matter has had, oldest first.
pub fn clocks(tx: &ReadTx<'_>, matter: &Id) -> Result<Vec<ClockView>, StoreError> {
    tx.rows(CLOCKS, params![*matter], |row| {
        Ok(ClockView {
            name: row.get(0)?,
            limit_kind: row.get(1)?,
            limit_n: row.get(2)?,
            started_at: row.get(3)?,
            due_at: row.get(4)?,
            stopped_at: row.get(5)?,
            calendar_gap: row.get(6)?,
        })
    })
}
