//! Working days of a place, and when a clock of the case loop runs out.
//!
//! The calendar is the State Council's yearly notice: public holidays (放假) and the weekend days
//! worked in exchange (调休). [`Schedule`] is the working hours of a body. [`due`] counts a limit
//! from an instant, and explains every slot, holiday and make-up day it met.

mod due;
mod read;
mod resume;
mod schedule;

pub use due::{Due, Limit, LimitKind, Off, Step, due, fraction_elapsed, opens, reaches};
pub use read::{BadLine, Found, read};
pub use resume::{Stopped, resume, whole};
pub use schedule::{BadSchedule, Schedule, working_micros_between};

use crate::Words;
use crate::time::Day;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

const SHIPPED: &str = include_str!("../../data/calendar-cn.json");
/// A holiday longer than this is a slip of the pen in the file.
const LONGEST_HOLIDAY: i32 = 31;

/// What a day is to an office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DayKind {
    /// 周一至周五, and no holiday.
    Working,
    /// 周六、周日, and not exchanged.
    Weekend,
    /// 放假: a public holiday, or a day given off next to one.
    Holiday(Words),
    /// 调休上班: a weekend day worked in exchange for a day given off.
    MakeUp(Words),
}

/// Public holidays and make-up working days of the years it covers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    years: BTreeSet<i32>,
    marked: BTreeMap<Day, DayKind>,
}

/// Why a calendar file is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadCalendar(pub Words);

impl fmt::Display for BadCalendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.en)
    }
}

impl std::error::Error for BadCalendar {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "notice")]
    _notice: String,
    years: (i32, i32),
    #[serde(default)]
    names: BTreeMap<String, String>,
    off: Vec<(Day, Day, String)>,
    work: Vec<(Day, String)>,
}

impl Calendar {
    /// The years that come with the program: 2004 to 2026.
    ///
    /// The facts are those of npm chinese-days 1.5.7 (MIT); a test reads the file, so it is sound.
    pub fn shipped() -> Calendar {
        Calendar::from_json(SHIPPED).unwrap_or_default()
    }

    /// Reads a calendar file:
    ///
    /// `{"years": [2027, 2027], "names": {"元旦": "New Year's Day"},`
    /// ` "off": [["2027-01-01", "2027-01-03", "元旦"]], "work": [["2027-01-10", "元旦"]]}`
    ///
    /// `years` are the first and last year it covers; `off` has first day, last day and holiday;
    /// `work` has make-up days and the holiday each makes up for.
    pub fn from_json(text: &str) -> Result<Calendar, BadCalendar> {
        let file: File = serde_json::from_str(text).map_err(|e| {
            bad(format!("日历文件读不懂：{e}"), format!("the calendar file cannot be read: {e}"))
        })?;
        let (first, last) = file.years;
        if first > last || first < 1 || last > 9999 || last - first > 200 {
            return Err(bad(
                format!("年份范围不对：{first}–{last}"),
                format!("the years {first} to {last} are no range"),
            ));
        }
        let mut calendar = Calendar { years: (first..=last).collect(), marked: BTreeMap::new() };
        let words = |zh: &String| Words::new(zh, file.names.get(zh).unwrap_or(zh));
        for (from, to, name) in &file.off {
            if from > to || to.days_since(*from) >= LONGEST_HOLIDAY {
                return Err(bad(
                    format!("{name}：放假从 {from} 到 {to}，不合理"),
                    format!("{name}: a holiday from {from} to {to} cannot be"),
                ));
            }
            for n in 0..=to.days_since(*from) {
                calendar.mark(from.add_days(n), DayKind::Holiday(words(name)))?;
            }
        }
        for (day, name) in &file.work {
            calendar.mark(*day, DayKind::MakeUp(words(name)))?;
        }
        Ok(calendar)
    }

    fn mark(&mut self, day: Day, kind: DayKind) -> Result<(), BadCalendar> {
        if !self.covers(day.year()) {
            return Err(bad(
                format!("{day} 不在所列年份之内"),
                format!("{day} is outside the years the file covers"),
            ));
        }
        if matches!(kind, DayKind::MakeUp(_)) && !day.weekday().is_weekend() {
            return Err(bad(
                format!("{day} 本来就是工作日，不能再列为调休上班"),
                format!("{day} is a weekday and cannot be a make-up day"),
            ));
        }
        match self.marked.insert(day, kind) {
            None => Ok(()),
            Some(_) => Err(bad(format!("{day} 列了两次"), format!("{day} is listed twice"))),
        }
    }

    /// This calendar with the years of another put in: what it covers replaces what was here.
    pub fn with(mut self, other: Calendar) -> Calendar {
        self.marked.retain(|day, _| !other.covers(day.year()));
        self.years.extend(other.years);
        self.marked.extend(other.marked);
        self
    }

    /// Whether the notice for the year is in this calendar.
    pub fn covers(&self, year: i32) -> bool {
        self.years.contains(&year)
    }

    /// The years covered, in order.
    pub fn years(&self) -> impl Iterator<Item = i32> + '_ {
        self.years.iter().copied()
    }

    /// What the day is. In a year that is not covered only the weekday is known: see
    /// [`Due::missing_years`], which tells of it.
    pub fn kind(&self, day: Day) -> DayKind {
        match self.marked.get(&day) {
            Some(kind) => kind.clone(),
            None if day.weekday().is_weekend() => DayKind::Weekend,
            None => DayKind::Working,
        }
    }

    pub fn is_working_day(&self, day: Day) -> bool {
        match self.marked.get(&day) {
            Some(kind) => matches!(kind, DayKind::MakeUp(_)),
            None => !day.weekday().is_weekend(),
        }
    }

    /// Years between the two days, both included, that are not covered.
    pub fn missing_between(&self, from: Day, to: Day) -> Vec<i32> {
        (from.year()..=to.year()).filter(|y| !self.covers(*y)).collect()
    }
}

fn bad(zh: String, en: String) -> BadCalendar {
    BadCalendar(Words { zh, en })
}

#[cfg(test)]
mod read_tests;
#[cfg(test)]
mod resume_tests;
#[cfg(test)]
mod tests;
