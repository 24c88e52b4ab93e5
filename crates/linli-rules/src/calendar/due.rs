//! When a limit runs out, and why then.

use super::{Calendar, DayKind, Schedule, working_micros_between};
use crate::Words;
use crate::time::{Day, Instant, MICROS_PER_HOUR};
use serde::{Deserialize, Serialize};

/// How a limit is counted; the words of a city's table of standards (处置时限) stand behind each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitKind {
    /// 紧急工作时: hours of the clock on the wall, day and night.
    UrgentHour,
    /// Days of 24 hours, day and night, for what cannot wait.
    UrgentDay,
    /// 工作时: hours within working slots.
    WorkHour,
    /// 工作日: working days, the day of the start not counted.
    WorkDay,
    /// 天: calendar days, holidays counted.
    NaturalDay,
}

impl LimitKind {
    pub const ALL: [LimitKind; 5] = [
        LimitKind::UrgentHour,
        LimitKind::UrgentDay,
        LimitKind::WorkHour,
        LimitKind::WorkDay,
        LimitKind::NaturalDay,
    ];

    /// The name used in procedure files and tables.
    pub fn name(self) -> &'static str {
        match self {
            LimitKind::UrgentHour => "urgent_hour",
            LimitKind::UrgentDay => "urgent_day",
            LimitKind::WorkHour => "work_hour",
            LimitKind::WorkDay => "work_day",
            LimitKind::NaturalDay => "natural_day",
        }
    }

    pub fn from_name(name: &str) -> Option<LimitKind> {
        LimitKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// So many of a kind: 2 working hours, 5 working days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    pub kind: LimitKind,
    pub n: u32,
}

impl Limit {
    /// The longest limit that is no slip of the pen: a year of hours, day and night, and as many
    /// days.
    pub const MOST: u32 = 8_784;

    /// The same as what is urgent runs: an hour is an hour and a day a day, whenever the office is
    /// open.
    pub fn continuous(self) -> Limit {
        let kind = match self.kind {
            LimitKind::WorkHour => LimitKind::UrgentHour,
            LimitKind::WorkDay | LimitKind::NaturalDay => LimitKind::UrgentDay,
            kind => kind,
        };
        Limit { kind, ..self }
    }
}

/// Why a day does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Off {
    Weekend,
    Holiday { name: Words },
}

/// One line of the answer to "why is it due then?", in order of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// The clock runs day and night.
    Continuous { from: Instant, to: Instant },
    /// Part of a working slot that is used up. `make_up` names the holiday made up for, if any.
    Slot { day: Day, from: Instant, to: Instant, make_up: Option<Words> },
    /// Time of a working day outside its slots: early morning, lunch, night.
    OutsideHours { from: Instant, to: Instant },
    /// The day of the start; counting begins with the next working day (民法典 第201条).
    StartDay { day: Day },
    /// Working day `number` of the limit.
    WorkDay { day: Day, number: u32, make_up: Option<Words> },
    /// Days, both included, that do not count.
    NotWorking { from: Day, to: Day, off: Off },
    /// From here on the notice of the year is missing: holidays of it are not known.
    MissingYear { year: i32 },
    /// The clock went on from one that stopped: so much was used up until then, so much was left,
    /// in microseconds of the time the limit is counted in.
    Used { kind: LimitKind, until: Instant, used: i64, left: i64 },
    /// The clock went on from one that had run out before it stopped.
    RanOut { at: Instant, stopped: Instant },
}

/// When a limit runs out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    pub at: Instant,
    pub explain: Vec<Step>,
    /// Years that the count went through and the calendar does not cover, in order. When there
    /// are any, `at` rests on weekdays alone there and must be shown with a loud warning.
    pub missing_years: Vec<i32>,
}

/// When a limit that starts at `start` runs out.
///
/// - `urgent_hour`, `urgent_day`: n × 1 h or n × 24 h later, whatever the hour and day.
/// - `work_hour`: n × 60 minutes of working slots, slot by slot, exact to the microsecond. A start
///   at lunch, at night or on a day off begins with the next slot. What is used up exactly at the
///   end of a slot is due at that end (12:00), not at the beginning of the next (14:00).
/// - `work_day`: the local date of the start is not counted, even when it begins before working
///   hours; day 1 is the next working day; due at the end of the last slot of day n.
/// - `natural_day`: the same local time n days later; holidays count and do not put it off. This
///   is never later than 24:00 of the last day (民法典 第201条、第203条), so an office that keeps
///   it keeps the law. It differs from `urgent_day` in that warnings wait for working hours.
///
/// More than [`Limit::MOST`] is counted as that: going through the days up to the end of time would
/// take as long as it sounds.
///
/// n = 0 is due at once. A make-up day (调休) is a working day like any other. In a year that the
/// calendar does not cover Monday to Friday are taken as working days, and the year is listed.
pub fn due(start: Instant, limit: &Limit, calendar: &Calendar, schedule: &Schedule) -> Due {
    let whole = limit.n.min(Limit::MOST);
    let n = i64::from(whole);
    match limit.kind {
        LimitKind::UrgentHour => wall_clock(start, start.plus_hours(n)),
        LimitKind::UrgentDay | LimitKind::NaturalDay => wall_clock(start, start.plus_days(n)),
        LimitKind::WorkHour => work_time(start, n * MICROS_PER_HOUR, calendar, schedule),
        LimitKind::WorkDay => work_days(start, whole, calendar, schedule),
    }
}

/// How much of a limit is used up at `now`, in thousandths rounded down: 0 at the start, 1000 from
/// the due time on. Working kinds count working time only; a limit in working days begins to be
/// used up with the first slot of its first day.
pub fn fraction_elapsed(
    start: Instant,
    now: Instant,
    limit: &Limit,
    calendar: &Calendar,
    schedule: &Schedule,
) -> u32 {
    let at = due(start, limit, calendar, schedule).at;
    if now >= at {
        return 1000;
    }
    let spent = measure(start, now, limit.kind, calendar, schedule);
    let whole = measure(start, at, limit.kind, calendar, schedule).max(1);
    (i128::from(spent) * 1000 / i128::from(whole)).clamp(0, 999) as u32
}

/// The first instant at which `per_mille` thousandths of a limit are used up: when to warn.
/// At 1000 and above it is the due time, and never after it.
pub fn reaches(
    start: Instant,
    per_mille: u32,
    limit: &Limit,
    calendar: &Calendar,
    schedule: &Schedule,
) -> Instant {
    let at = due(start, limit, calendar, schedule).at;
    if per_mille >= 1000 || per_mille == 0 {
        return if per_mille == 0 { start } else { at };
    }
    let whole = i128::from(measure(start, at, limit.kind, calendar, schedule));
    let share = ((whole * i128::from(per_mille) + 999) / 1000) as i64;
    let warned = match limit.kind {
        LimitKind::WorkHour => work_time(start, share, calendar, schedule).at,
        LimitKind::WorkDay => {
            let begin = begins(start, limit.kind, schedule);
            work_time(begin, share, calendar, schedule).at
        }
        _ => start.plus_micros(share),
    };
    warned.min(at)
}

/// The first working moment from `at` on: what is not urgent is told then.
pub fn opens(at: Instant, calendar: &Calendar, schedule: &Schedule) -> Instant {
    let mut day = at.day(schedule.offset_minutes());
    // No holiday is as long as a year.
    for _ in 0..366 {
        if calendar.is_working_day(day)
            && let Some((open, _)) = schedule.slots_on(day).find(|(_, close)| at < *close)
        {
            return open.max(at);
        }
        day = day.next();
    }
    at
}

fn measure(
    start: Instant,
    now: Instant,
    kind: LimitKind,
    calendar: &Calendar,
    schedule: &Schedule,
) -> i64 {
    match kind {
        LimitKind::WorkHour => working_micros_between(start, now, calendar, schedule),
        LimitKind::WorkDay => {
            let begin = begins(start, kind, schedule);
            working_micros_between(begin, now, calendar, schedule)
        }
        _ => (now - start).max(0),
    }
}

/// From when a limit that starts at `start` is counted: of working days the day of the start is
/// left out.
pub(super) fn begins(start: Instant, kind: LimitKind, schedule: &Schedule) -> Instant {
    match kind {
        LimitKind::WorkDay => {
            let offset = schedule.offset_minutes();
            start.day(offset).next().start(offset)
        }
        _ => start,
    }
}

/// When `left` microseconds of a limit that began at `since` are used up, counted from `start` on.
pub(super) fn tail(
    start: Instant,
    kind: LimitKind,
    since: Instant,
    left: i64,
    calendar: &Calendar,
    schedule: &Schedule,
) -> Due {
    if !matches!(kind, LimitKind::WorkHour | LimitKind::WorkDay) {
        return wall_clock(start, start.plus_micros(left));
    }
    let begin = begins(since, kind, schedule);
    let mut due = work_time(start.max(begin), left, calendar, schedule);
    if start < begin {
        let day = start.day(schedule.offset_minutes());
        due.explain.insert(0, Step::StartDay { day });
    }
    due
}

fn wall_clock(from: Instant, to: Instant) -> Due {
    Due { at: to, explain: vec![Step::Continuous { from, to }], missing_years: vec![] }
}

/// Goes through working slots until `left` microseconds are used up.
fn work_time(start: Instant, mut left: i64, calendar: &Calendar, schedule: &Schedule) -> Due {
    let mut tale = Tale::default();
    let offset = schedule.offset_minutes();
    let (mut now, mut day) = (start, start.day(offset));
    while left > 0 {
        let make_up = tale.meet(day, calendar);
        if let Some(make_up) = make_up {
            for (open, close) in schedule.slots_on(day) {
                if close <= now || left == 0 {
                    continue;
                }
                tale.outside(now, open);
                let from = now.max(open);
                let to = from.plus_micros(left).min(close);
                left -= to - from;
                now = to;
                tale.steps.push(Step::Slot { day, from, to, make_up: make_up.clone() });
            }
            if left > 0 {
                tale.outside(now, day.next().start(offset));
            }
        }
        if day == Day::LAST {
            break;
        }
        day = day.next();
        now = if left > 0 { now.max(day.start(offset)) } else { now };
    }
    tale.end(now)
}

/// Goes through working days after the day of the start.
fn work_days(start: Instant, n: u32, calendar: &Calendar, schedule: &Schedule) -> Due {
    let mut tale = Tale::default();
    let mut day = start.day(schedule.offset_minutes());
    if n == 0 {
        return tale.end(start);
    }
    tale.steps.push(Step::StartDay { day });
    let mut number = 0;
    while number < n && day < Day::LAST {
        day = day.next();
        if let Some(make_up) = tale.meet(day, calendar) {
            number += 1;
            tale.steps.push(Step::WorkDay { day, number, make_up });
        }
    }
    tale.end(schedule.closes(day))
}

/// The explanation while it is being told.
#[derive(Default)]
struct Tale {
    steps: Vec<Step>,
    missing_years: Vec<i32>,
}

impl Tale {
    /// Notes what kind of day it is. A working day answers with what it makes up for, if anything.
    fn meet(&mut self, day: Day, calendar: &Calendar) -> Option<Option<Words>> {
        let year = day.year();
        if !calendar.covers(year) && self.missing_years.last() != Some(&year) {
            self.missing_years.push(year);
            self.steps.push(Step::MissingYear { year });
        }
        match calendar.kind(day) {
            DayKind::Working => Some(None),
            DayKind::MakeUp(name) => Some(Some(name)),
            DayKind::Weekend => self.off(day, Off::Weekend),
            DayKind::Holiday(name) => self.off(day, Off::Holiday { name }),
        }
    }

    /// Days off in a row for the same reason are one step.
    fn off(&mut self, day: Day, off: Off) -> Option<Option<Words>> {
        match self.steps.last_mut() {
            Some(Step::NotWorking { to, off: before, .. }) if *before == off => *to = day,
            _ => self.steps.push(Step::NotWorking { from: day, to: day, off }),
        }
        None
    }

    /// Evening and next early morning are one step.
    fn outside(&mut self, from: Instant, to: Instant) {
        if from >= to {
            return;
        }
        match self.steps.last_mut() {
            Some(Step::OutsideHours { to: before, .. }) if *before == from => *before = to,
            _ => self.steps.push(Step::OutsideHours { from, to }),
        }
    }

    fn end(self, at: Instant) -> Due {
        Due { at, explain: self.steps, missing_years: self.missing_years }
    }
}
