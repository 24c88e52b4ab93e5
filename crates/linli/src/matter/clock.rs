//! Clocks of a matter: which limit runs at a stage, until when, and why until then.

use std::borrow::Cow;

use linli_rules::calendar::Due;
use linli_rules::procedure::{LimitRule, Process};

use super::{Affair, Kit, Matter, store};
use crate::act::{Acting, Done};
use crate::base::{Id, Instant};
use crate::calendar::{self, Worktime};
use crate::params;
use crate::store::{ReadTx, StoreError};

/// Starts the clock of the stage the matter has come to; those of the stage before are stopped.
pub(super) fn start(
    cx: &mut Acting<'_, '_>,
    affair: &dyn Affair,
    process: &Process,
    worktime: &Worktime,
    matter: &mut Matter,
) -> Done<()> {
    matter.due_at = None;
    let Some(rule) = process.stage(&matter.stage).and_then(|stage| stage.limit.as_ref()) else {
        return Ok(());
    };
    let (limit, basis) = match rule.rule {
        LimitRule::Fixed(limit) => (limit, None),
        LimitRule::Standard => match affair.standard_limit(cx, matter)? {
            Some(limit) => (limit, None),
            None => (calendar::store::usual_limit(cx.read())?, Some(USUAL)),
        },
    };
    let due = worktime.hours(cx.read(), matter.body.as_ref())?.due(cx.now(), &limit);
    let gap = gap(&due);
    matter.due_at = Some(due.at);
    let name = Cow::Borrowed(rule.clock.as_str());
    let started = store::Started { name, limit, due_at: due.at, gap, basis };
    store::start_clock(cx, matter, &started)
}

/// The years a due time went through without their holidays.
fn gap(due: &Due) -> Option<String> {
    let years: Vec<String> = due.missing_years.iter().map(ToString::to_string).collect();
    (!years.is_empty()).then(|| years.join(","))
}

/// What a clock rests on where no standard says how long.
pub const USUAL: &str = "usual";

/// The clock of a stage that starts now, for a matter of which no standard is known.
pub fn first(
    tx: &ReadTx<'_>,
    kit: &Kit,
    matter: &Matter,
    now: Instant,
) -> Result<Option<store::Started<'static>>, StoreError> {
    let Some(rule) = kit.process.stage(&matter.stage).and_then(|stage| stage.limit.as_ref()) else {
        return Ok(None);
    };
    let (limit, basis) = match rule.rule {
        LimitRule::Fixed(limit) => (limit, None),
        LimitRule::Standard => (calendar::store::usual_limit(tx)?, Some(USUAL)),
    };
    let due = kit.worktime.hours(tx, matter.body.as_ref())?.due(now, &limit);
    let (name, gap) = (Cow::Owned(rule.clock.clone()), gap(&due));
    Ok(Some(store::Started { name, limit, due_at: due.at, gap, basis }))
}

/// A clock as a page shows it.
#[derive(Clone, Debug)]
pub struct ClockView {
    pub name: String,
    /// The body whose working hours it runs by.
    pub body: Option<Id>,
    pub limit_kind: String,
    pub limit_n: i64,
    pub started_at: Instant,
    pub due_at: Instant,
    pub stopped_at: Option<Instant>,
    pub calendar_gap: Option<String>,
    /// `usual` where no standard said how long.
    pub basis: Option<String>,
}

const CLOCKS: &str = "
    select name, limit_kind, limit_n, started_at, due_at, stopped_at, calendar_gap, body_id,
           basis
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
            body: row.get(7)?,
            basis: row.get(8)?,
        })
    })
}

/// Where a year begins first, in minutes east of Greenwich.
const EASTMOST: i32 = 840;
const GUESSED: &str = "
    select calendar_gap from clock
    where matter_id = $1 and calendar_gap is not null and stopped_at is null
    order by due_at, id limit 1";

/// The years whose holidays the due time of a matter does without, as `2027` or `2027,2028`. A due
/// time within the years that are shipped rests on no other, so most are not looked up at all.
pub fn guessed(
    tx: &ReadTx<'_>,
    matter: &Id,
    due: Option<Instant>,
) -> Result<Option<String>, StoreError> {
    let Some(due) = due else { return Ok(None) };
    if crate::calendar::shipped().covers(due.day(EASTMOST).year()) {
        return Ok(None);
    }
    tx.row(GUESSED, params![*matter], |row| row.get(0))
}
