//! Clocks of a matter: which limit runs at a stage or beside the stages, until when, and why until
//! then.

use std::borrow::Cow;

use linli_rules::calendar::{Due, Limit, LimitKind, Stopped};
use linli_rules::procedure::{self, LimitRule, Move};

use super::pace::{Pace, fixed};
use super::{Kit, Matter, Put, Running, store, warning};
use crate::act::{Acting, Done};
use crate::base::{Id, Instant};
use crate::calendar::{self, Hours};
use crate::params;
use crate::store::{ReadTx, StoreError};

/// Starts the clock of the stage the matter has come to, or lets go on the one it left there;
/// those of the stage before are stopped.
pub(super) fn start(
    cx: &mut Acting<'_, '_>,
    kit: &Kit,
    matter: &mut Matter,
    by: &Move,
) -> Done<()> {
    matter.due_at = None;
    let stage = kit.process.stage(&matter.stage);
    let Some(rule) = stage.and_then(|stage| stage.limit.as_ref()) else {
        return Ok(());
    };
    if by.resumes && go_on(cx, kit, matter)? {
        return Ok(());
    }
    let (limit, basis) = kit
        .affair
        .pace(cx.read(), matter)?
        .of(&rule.rule, || calendar::store::usual_limit(cx.read()))?;
    let basis = basis.map(Cow::Borrowed);
    let hours = kit.worktime.hours(cx.read(), matter.body.as_ref())?;
    let name = Cow::Borrowed(rule.clock.as_str());
    let started =
        store::Started { basis, ..fresh(&hours, name, (cx.now(), cx.recorded_at()), limit) };
    matter.due_at = Some(started.due_at);
    store::start_clock(cx, matter, &started)
}

/// A clock of a stage that starts now, and has its whole limit.
fn fresh<'a>(
    hours: &Hours,
    name: Cow<'a, str>,
    (now, entered): (Instant, Instant),
    limit: Limit,
) -> store::Started<'a> {
    let due = hours.due(now, &limit);
    let running = Running { since: now, due_at: due.at };
    store::Started {
        name,
        beside: false,
        limit,
        due_at: due.at,
        gap: gap(&due),
        basis: None,
        resumes: None,
        warn_at: warning::first(hours, &running, &limit, entered),
    }
}

/// Lets the clock go on that stopped when the matter last left the stage it has come to. There is
/// none where it never was there, or was there with another body: limits are by stage and body.
fn go_on(cx: &mut Acting<'_, '_>, kit: &Kit, matter: &mut Matter) -> Done<bool> {
    let clocks = clocks(cx.read(), &matter.id)?;
    let here = |clock: &&ClockView| clock.stage.as_deref() == Some(matter.stage.as_str());
    let last = clocks.iter().rfind(here).filter(|clock| clock.body == matter.body);
    let Some((last, limit)) = last.and_then(|last| Some((last, last.limit()?))) else {
        return Ok(false);
    };
    let Some(stopped) = stopped(&clocks, last) else { return Ok(false) };
    let hours = kit.worktime.hours(cx.read(), matter.body.as_ref())?;
    let due = hours.resume(cx.now(), &limit, &stopped);
    matter.due_at = Some(due.at);
    let started = store::Started {
        name: Cow::Borrowed(last.name.as_str()),
        beside: false,
        limit,
        due_at: due.at,
        gap: gap(&due),
        basis: last.basis.as_deref().map(Cow::Borrowed),
        resumes: Some(last.id.clone()),
        // Who was told that it had run out is not told again.
        warn_at: (due.at > cx.now()).then_some(due.at),
    };
    store::start_clock(cx, matter, &started)?;
    Ok(true)
}

/// How a clock stopped, and when its limit began to be counted: with the first of those it went on
/// from. `None` while it runs.
pub fn stopped(clocks: &[ClockView], clock: &ClockView) -> Option<Stopped> {
    let before = |one: &&ClockView| clocks.iter().find(|c| Some(&c.id) == one.resumes.as_ref());
    let first = std::iter::successors(Some(clock), |one| before(one)).last()?;
    Some(Stopped { since: first.started_at, at: clock.stopped_at?, due: clock.due_at })
}

/// A matter that is given another class has the time of that class: the clock that runs keeps its
/// start, so that no hour is lost or won, and has the new length.
pub(super) fn relimit(cx: &mut Acting<'_, '_>, kit: &Kit, matter: &mut Matter) -> Done<()> {
    let stage = kit.process.stage(&matter.stage);
    let Some(rule) = stage.and_then(|stage| stage.limit.as_ref()) else {
        return Ok(());
    };
    let all = clocks(cx.read(), &matter.id)?;
    let Some(clock) = all.iter().rfind(|clock| clock.stage.is_some() && clock.runs()) else {
        return Ok(());
    };
    // Of a limit that the stage fixes the class decides only whether it waits for working hours:
    // another length in a later version is for the stages to come.
    let was_urgent = clock.basis.as_deref() == Some(URGENT);
    let pace = kit.affair.pace(cx.read(), matter)?;
    if matches!(rule.rule, LimitRule::Fixed(_)) && pace.urgent == was_urgent {
        return Ok(());
    }
    let (limit, basis) = match (rule.rule, clock.limit()) {
        (LimitRule::Fixed(_), Some(own)) if !was_urgent => fixed(own, true),
        // So many hours of the office again, and not those of a later version.
        (LimitRule::Fixed(now), Some(own)) if own == (Limit { n: own.n, ..now }.continuous()) => {
            (Limit { n: own.n, ..now }, None)
        }
        (rule, _) => pace.of(&rule, || calendar::store::usual_limit(cx.read()))?,
    };
    if clock.limit().is_none_or(|known| known == limit) {
        return Ok(());
    }
    let hours = kit.worktime.hours_at(cx.read(), clock.body.as_ref(), clock.started_at)?;
    let due = counted(&hours, &all, clock, &limit);
    matter.due_at = Some(due.at);
    let whole = Some(&limit).filter(|_| clock.resumes.is_none());
    let running = Running { since: clock.started_at, due_at: due.at };
    let changed = store::Started {
        name: Cow::Borrowed(clock.name.as_str()),
        beside: false,
        limit,
        due_at: due.at,
        gap: gap(&due),
        basis: basis.or(Some(RECLASSED)).map(Cow::Borrowed),
        resumes: None,
        // One that has run out by its new length is told of at once, unless it was told before that
        // it had run out: one whose limit ends at night is told of in the morning.
        warn_at: warning::next(&hours, &running, whole, cx.now())
            .or(Some(cx.now()))
            .filter(|_| clock.warn_at.is_some() || due.at > cx.now()),
    };
    store::relimit_clock(cx, &clock.id, &changed)
}

/// When a clock runs out that had this limit from the beginning, those it went on from included.
fn counted(hours: &Hours, all: &[ClockView], clock: &ClockView, limit: &Limit) -> Due {
    let before = all.iter().find(|one| Some(&one.id) == clock.resumes.as_ref());
    match before.and_then(|before| Some((before, stopped(all, before)?))) {
        Some((before, stopped)) => {
            let due = counted(hours, all, before, limit).at;
            hours.resume(clock.started_at, limit, &Stopped { due, ..stopped })
        }
        None => hours.due(clock.started_at, limit),
    }
}

/// Turns the clocks beside the stages: a move stops some and starts others, and where a matter
/// rests for good none runs.
pub(super) fn beside(
    cx: &mut Acting<'_, '_>,
    kit: &Kit,
    matter: &mut Matter,
    by: &Move,
    put: &Put,
) -> Done<()> {
    let rests = kit.process.stage(&matter.stage).is_some_and(|stage| stage.phase.is_final());
    let turns = [&by.starts, &by.stops, &by.drops].iter().any(|clocks| !clocks.is_empty());
    let goes_on = turns || (rests && matter.beside.is_some());
    if !goes_on {
        return Ok(());
    }
    let mut left: Vec<(String, Running)> = Vec::new();
    let running = match by.creates() {
        true => Vec::new(),
        false => running_beside(cx.read(), &matter.id)?,
    };
    for clock in running {
        if by.stops.contains(&clock.name) {
            store::stop_clock(cx, &clock.id, store::Outcome::Done)?;
        } else if rests || by.drops.contains(&clock.name) {
            store::stop_clock(cx, &clock.id, store::Outcome::Dropped)?;
        } else {
            left.push((clock.name, clock.running));
        }
    }
    for (clock, limit) in kit.starting(cx, matter, by, put)? {
        if left.iter().any(|(name, _)| *name == clock.id) {
            continue;
        }
        let hours = kit.worktime.hours(cx.read(), matter.body.as_ref())?;
        let name = Cow::Borrowed(clock.id.as_str());
        let started = store::Started {
            beside: true,
            ..fresh(&hours, name, (cx.now(), cx.recorded_at()), limit)
        };
        let due_at = started.due_at;
        store::start_clock(cx, matter, &started)?;
        left.push((clock.id.clone(), Running { since: cx.now(), due_at }));
    }
    matter.beside = left.into_iter().map(|(_, running)| running).min_by_key(|one| one.due_at);
    Ok(())
}

impl Kit {
    /// The clocks beside the stages that a move starts with this matter, and their limits.
    fn starting<'p>(
        &'p self,
        cx: &Acting<'_, '_>,
        matter: &Matter,
        by: &Move,
        put: &Put,
    ) -> Done<Vec<(&'p procedure::Clock, Limit)>> {
        let mut out = Vec::new();
        for clock in by.starts.iter().filter_map(|id| self.process.clock(id)) {
            let mut runs = true;
            for call in &clock.when {
                runs = runs && self.holds(cx, matter, by, call, put)?;
            }
            out.extend(clock.limit.filter(|_| runs).map(|limit| (clock, limit)));
        }
        Ok(out)
    }

    /// What will run beside the stages of a matter that this move makes.
    pub(super) fn first_beside(
        &self,
        cx: &Acting<'_, '_>,
        matter: &Matter,
        by: &Move,
        put: &Put,
    ) -> Done<Option<Running>> {
        let hours = |limit: &Limit| -> Done<Running> {
            let due = self.worktime.hours(cx.read(), matter.body.as_ref())?.due(cx.now(), limit);
            Ok(Running { since: cx.now(), due_at: due.at })
        };
        let all = self.starting(cx, matter, by, put)?;
        let all = all.iter().map(|(_, limit)| hours(limit)).collect::<Done<Vec<_>>>()?;
        Ok(all.into_iter().min_by_key(|one| one.due_at))
    }
}

/// The years a due time went through without their holidays.
fn gap(due: &Due) -> Option<String> {
    let years: Vec<String> = due.missing_years.iter().map(ToString::to_string).collect();
    (!years.is_empty()).then(|| years.join(","))
}

/// What a clock rests on where no standard says how long.
pub const USUAL: &str = "usual";
/// What the clock of a stage rests on that runs day and night, since the matter is urgent.
pub const URGENT: &str = "urgent";
/// What a clock rests on whose matter was given another class while it ran.
pub const RECLASSED: &str = "class";

/// The clock of a stage that starts now, for a matter that is not written yet.
pub fn first(
    tx: &ReadTx<'_>,
    kit: &Kit,
    (matter, pace): (&Matter, Pace),
    now: Instant,
) -> Result<Option<store::Started<'static>>, StoreError> {
    let Some(rule) = kit.process.stage(&matter.stage).and_then(|stage| stage.limit.as_ref()) else {
        return Ok(None);
    };
    let (limit, basis) = pace.of(&rule.rule, || calendar::store::usual_limit(tx))?;
    let basis = basis.map(Cow::Borrowed);
    let hours = kit.worktime.hours(tx, matter.body.as_ref())?;
    let name = Cow::Owned(rule.clock.clone());
    Ok(Some(store::Started { basis, ..fresh(&hours, name, (now, now), limit) }))
}

/// A clock as a page shows it.
#[derive(Clone, Debug)]
pub struct ClockView {
    pub id: Id,
    pub name: String,
    /// The stage it belongs to; `None` for one that runs beside the stages.
    pub stage: Option<String>,
    /// The body whose working hours it runs by.
    pub body: Option<Id>,
    pub limit_kind: String,
    pub limit_n: i64,
    pub started_at: Instant,
    pub due_at: Instant,
    pub stopped_at: Option<Instant>,
    pub calendar_gap: Option<String>,
    /// [`USUAL`] where no standard said how long, [`RECLASSED`] where another class did later.
    pub basis: Option<String>,
    /// The clock that stopped and goes on as this one.
    pub resumes: Option<Id>,
    /// The matter ended, or went to another, before what it timed was done.
    pub dropped: bool,
    /// When somebody is next told of it; `None` where all has been told.
    warn_at: Option<Instant>,
}

impl ClockView {
    /// `None` where a kind of limit is meant that this program does not know.
    pub fn limit(&self) -> Option<Limit> {
        let kind = LimitKind::from_name(&self.limit_kind)?;
        let n = u32::try_from(self.limit_n).ok().filter(|n| *n > 0)?;
        Some(Limit { kind, n })
    }

    pub fn runs(&self) -> bool {
        self.stopped_at.is_none()
    }

    /// It runs beside the stages and has not ended.
    pub fn runs_beside(&self) -> bool {
        self.stage.is_none() && self.runs()
    }
}

const CLOCKS: &str = "
    select name, limit_kind, limit_n, started_at, due_at, stopped_at, calendar_gap, body_id,
           basis, stage, outcome, id, resumes_id, warn_at
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
            stage: row.get(9)?,
            dropped: row.get::<Option<String>>(10)?.as_deref()
                == Some(store::Outcome::Dropped.name()),
            id: row.get(11)?,
            resumes: row.get(12)?,
            warn_at: row.get(13)?,
        })
    })
}

/// A clock beside the stages that has not ended.
pub struct Beside {
    pub id: Id,
    pub name: String,
    pub running: Running,
}

const BESIDE: &str = "
    select id, name, started_at, due_at from clock
    where matter_id = $1 and stage is null and stopped_at is null order by due_at, id";

/// The clocks that run beside the stages of a matter, the soonest due first.
pub fn running_beside(tx: &ReadTx<'_>, matter: &Id) -> Result<Vec<Beside>, StoreError> {
    tx.rows(BESIDE, params![*matter], |row| {
        let running = Running { since: row.get(2)?, due_at: row.get(3)? };
        Ok(Beside { id: row.get(0)?, name: row.get(1)?, running })
    })
}

const LATE: &str = "from clock k join matter t on t.id = k.matter_id
    where k.stopped_at is null and k.due_at <= $1";

/// How many clocks have run out and still run, by name.
pub fn late(tx: &ReadTx<'_>, now: Instant) -> Result<Vec<(String, i64)>, StoreError> {
    let late = store::revealed(LATE);
    let sql = format!("select k.name, count(*) {late} group by k.name order by k.name");
    tx.rows(&sql, params![now], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Where a year begins first, in minutes east of Greenwich.
const EASTMOST: i32 = 840;
const GUESSED: &str = "
    select calendar_gap from clock
    where matter_id = $1 and calendar_gap is not null and stopped_at is null
      and stage is not null
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
