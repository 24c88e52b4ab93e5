//! Working hours of a body: several slots a day, and how much of a stretch of time lies in them.

use super::Calendar;
use crate::Words;
use crate::time::{CHINA, Day, Instant};
use serde::{Deserialize, Serialize};

const MINUTES_PER_DAY: u16 = 1440;

/// Letters of a slot that a refusal tells.
const TOLD: usize = 20;

/// The slots of a working day in minutes after local midnight, and the offset of the place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Schedule {
    slots: Vec<(u16, u16)>,
    offset_minutes: i32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    slots: Vec<(u16, u16)>,
    offset_minutes: i32,
}

/// Why a set of working hours is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSchedule(pub Words);

impl std::fmt::Display for BadSchedule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.en)
    }
}

impl std::error::Error for BadSchedule {}

impl Default for Schedule {
    /// 8:00–12:00 and 14:00–18:00, in China.
    fn default() -> Schedule {
        Schedule { slots: vec![(480, 720), (840, 1080)], offset_minutes: CHINA }
    }
}

impl Schedule {
    /// Slots must be in order, apart from each other, and within the day; at least one.
    pub fn new(slots: Vec<(u16, u16)>, offset_minutes: i32) -> Result<Schedule, BadSchedule> {
        let each = slots.iter().all(|(from, to)| from < to && *to <= MINUTES_PER_DAY);
        let apart = slots.windows(2).all(|pair| pair[0].1 < pair[1].0);
        if slots.is_empty() || !each || !apart {
            return Err(BadSchedule(Words::new(
                "工作时段要按先后排列、互不重叠，并且至少有一段",
                "working slots must be in order, apart from each other, and at least one",
            )));
        }
        if !(-720..=840).contains(&offset_minutes) {
            return Err(BadSchedule(Words::new(
                "时区偏移不在 -12:00 到 +14:00 之间",
                "the offset from UTC is not between -12:00 and +14:00",
            )));
        }
        Ok(Schedule { slots, offset_minutes })
    }

    /// Slots as people write them: `8:30-12:00 14:00-17:30`, by spaces, commas or 、; a dash of
    /// any kind, 至 or 到 between the hours. Digits and signs may be full-width.
    pub fn read(text: &str, offset_minutes: i32) -> Result<Schedule, BadSchedule> {
        let bad = |part: &str| {
            let part: String = part.chars().take(TOLD).collect();
            BadSchedule(Words::new(
                format!("{part}：要写成 8:30-12:00 这样的时段"),
                format!("{part}: write slots like 8:30-12:00"),
            ))
        };
        let even: String = text
            .chars()
            .map(|c| match c {
                '–' | '—' | '－' | '−' | '~' | '～' | '至' | '到' => '-',
                '０'..='９' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
                '：' => ':',
                '，' | '、' | '；' | ';' | ',' | '/' => ' ',
                other => other,
            })
            .collect();
        let minute = |text: &str| {
            let (hour, minute) = text.split_once(':')?;
            let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
            let number = |text: &str| text.parse::<u16>().ok().filter(|_| digits(text));
            let (hour, minute) = (number(hour)?, number(minute)?);
            let is_one = hour < 24 && minute < 60 || (hour, minute) == (24, 0);
            is_one.then(|| hour * 60 + minute)
        };
        let mut slots = vec![];
        for part in even.split_whitespace() {
            let (from, to) = part.split_once('-').ok_or_else(|| bad(part))?;
            let slot = minute(from).zip(minute(to)).ok_or_else(|| bad(part))?;
            slots.push(slot);
        }
        Schedule::new(slots, offset_minutes)
    }

    /// The slots in the one way they are kept: `08:30-12:00 14:00-17:30`.
    pub fn text(&self) -> String {
        let at = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        let slot = |(from, to): &(u16, u16)| format!("{}-{}", at(*from), at(*to));
        self.slots.iter().map(slot).collect::<Vec<_>>().join(" ")
    }

    pub fn slots(&self) -> &[(u16, u16)] {
        &self.slots
    }

    pub fn offset_minutes(&self) -> i32 {
        self.offset_minutes
    }

    /// How many minutes of a working day it is open.
    pub fn open_minutes(&self) -> u16 {
        self.slots.iter().map(|(from, to)| to - from).sum()
    }

    /// The slots of one day as instants.
    pub fn slots_on(&self, day: Day) -> impl Iterator<Item = (Instant, Instant)> + '_ {
        let at = move |minute| day.at_minute(minute, self.offset_minutes);
        self.slots.iter().map(move |(from, to)| (at(*from), at(*to)))
    }

    /// When the first slot of the day begins.
    pub fn opens(&self, day: Day) -> Instant {
        let first = self.slots.first().map_or(0, |slot| slot.0);
        day.at_minute(first, self.offset_minutes)
    }

    /// When the last slot of the day ends.
    pub fn closes(&self, day: Day) -> Instant {
        let last = self.slots.last().map_or(MINUTES_PER_DAY, |slot| slot.1);
        day.at_minute(last, self.offset_minutes)
    }
}

impl TryFrom<Written> for Schedule {
    type Error = BadSchedule;
    fn try_from(w: Written) -> Result<Schedule, BadSchedule> {
        Schedule::new(w.slots, w.offset_minutes)
    }
}

impl From<Schedule> for Written {
    fn from(s: Schedule) -> Written {
        Written { slots: s.slots, offset_minutes: s.offset_minutes }
    }
}

/// Microseconds of `from..to` that lie in working slots of working days; 0 when `to` is not later.
///
/// Both ends are on the same footing: a slot 8:00–12:00 holds 8:00 and stops short of 12:00, so
/// the parts of a stretch add up exactly to the whole.
pub fn working_micros_between(
    from: Instant,
    to: Instant,
    calendar: &Calendar,
    schedule: &Schedule,
) -> i64 {
    let offset = schedule.offset_minutes;
    let last = to.day(offset);
    let mut day = from.day(offset);
    let mut sum = 0;
    while day <= last {
        if calendar.is_working_day(day) {
            for (open, close) in schedule.slots_on(day) {
                sum += (close.min(to) - open.max(from)).max(0);
            }
        }
        if day == Day::LAST {
            break;
        }
        day = day.next();
    }
    sum
}
