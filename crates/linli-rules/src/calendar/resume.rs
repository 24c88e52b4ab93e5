//! A clock that stopped and goes on: with what was left of it when it stopped, and no more.

use super::due::{begins, tail};
use super::{Calendar, Due, Limit, LimitKind, Schedule, Step, working_micros_between};
use crate::time::{Instant, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE};

/// A clock that stopped. It may itself have gone on from one that stopped before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// When its limit began to be counted, before all stops.
    pub since: Instant,
    pub at: Instant,
    /// When it would have run out.
    pub due: Instant,
}

impl Stopped {
    /// Its time was over when it stopped; the last moment is within it (民法典 第1259条).
    pub fn overdue(&self) -> bool {
        self.at > self.due
    }

    /// What was left of it when it stopped, in microseconds: of working time for limits in working
    /// hours and working days, else of the clock on the wall.
    pub fn left(&self, kind: LimitKind, calendar: &Calendar, schedule: &Schedule) -> i64 {
        match kind {
            LimitKind::WorkHour | LimitKind::WorkDay => {
                let from = self.at.max(begins(self.since, kind, schedule));
                working_micros_between(from, self.due, calendar, schedule)
            }
            _ => (self.due - self.at).max(0),
        }
    }
}

/// A whole limit in microseconds, as [`Stopped::left`] counts them; a working day is all its slots.
pub fn whole(limit: &Limit, schedule: &Schedule) -> i64 {
    let minutes = |(from, to): &(u16, u16)| i64::from(to.saturating_sub(*from));
    let day = schedule.slots().iter().map(minutes).sum::<i64>() * MICROS_PER_MINUTE;
    let one = match limit.kind {
        LimitKind::UrgentHour | LimitKind::WorkHour => MICROS_PER_HOUR,
        LimitKind::UrgentDay | LimitKind::NaturalDay => MICROS_PER_DAY,
        LimitKind::WorkDay => day,
    };
    i64::from(limit.n.min(Limit::MOST)) * one
}

/// When a clock that stopped runs out if it goes on at `start`.
///
/// What was left is counted from then on, slot by slot where the limit is in working time; of the
/// day on which a limit in working days began nothing is counted now either. What was overdue when
/// it stopped stays overdue since the same moment.
pub fn resume(
    start: Instant,
    limit: &Limit,
    stopped: &Stopped,
    calendar: &Calendar,
    schedule: &Schedule,
) -> Due {
    if stopped.overdue() {
        let explain = vec![Step::RanOut { at: stopped.due, stopped: stopped.at }];
        return Due { at: stopped.due, explain, missing_years: vec![] };
    }
    let left = stopped.left(limit.kind, calendar, schedule);
    let used = (whole(limit, schedule) - left).max(0);
    let mut due = tail(start, limit.kind, stopped.since, left, calendar, schedule);
    due.explain.insert(0, Step::Used { kind: limit.kind, until: stopped.at, used, left });
    // What was left rests on the days between the stop and the old due time.
    let offset = schedule.offset_minutes();
    if matches!(limit.kind, LimitKind::WorkHour | LimitKind::WorkDay) {
        let days = (stopped.at.day(offset), stopped.due.day(offset));
        due.missing_years.extend(calendar.missing_between(days.0, days.1));
        due.missing_years.sort_unstable();
        due.missing_years.dedup();
    }
    due
}
