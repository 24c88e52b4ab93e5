//! Instants and days, as numbers that two databases and a verifier agree on.
//!
//! An [`Instant`] is microseconds since 1970-01-01T00:00:00Z. A [`Day`] is a date of the calendar
//! on the wall, written `YYYY-MM-DD`. Between the two stands a fixed offset in minutes: a place
//! keeps one offset (China: [`CHINA`]), so no table of time zones is needed and no day is ever
//! shorter than 24 hours.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

/// Minutes by which the clocks of China are ahead of UTC.
pub const CHINA: i32 = 480;
pub const MICROS_PER_MINUTE: i64 = 60_000_000;
pub const MICROS_PER_HOUR: i64 = 60 * MICROS_PER_MINUTE;
pub const MICROS_PER_DAY: i64 = 24 * MICROS_PER_HOUR;

/// What was written is not a date or a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotATime {
    pub text: String,
    pub reason: &'static str,
}

impl fmt::Display for NotATime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.text, self.reason)
    }
}

impl std::error::Error for NotATime {}

/// A point in time: microseconds since 1970-01-01T00:00:00Z. Arithmetic stops at the ends of `i64`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Instant(pub i64);

impl Instant {
    pub const fn plus_micros(self, n: i64) -> Instant {
        Instant(self.0.saturating_add(n))
    }
    pub const fn plus_minutes(self, n: i64) -> Instant {
        self.plus_micros(n.saturating_mul(MICROS_PER_MINUTE))
    }
    pub const fn plus_hours(self, n: i64) -> Instant {
        self.plus_micros(n.saturating_mul(MICROS_PER_HOUR))
    }
    pub const fn plus_days(self, n: i64) -> Instant {
        self.plus_micros(n.saturating_mul(MICROS_PER_DAY))
    }

    /// Microseconds from `earlier` to this instant; negative when `earlier` is the later one.
    pub const fn micros_since(self, earlier: Instant) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The date on the wall of a place whose clocks are `offset_minutes` ahead of UTC.
    pub fn day(self, offset_minutes: i32) -> Day {
        let local = self.0 as i128 + i128::from(offset_minutes) * i128::from(MICROS_PER_MINUTE);
        let days = local.div_euclid(i128::from(MICROS_PER_DAY));
        Day(days.clamp(i128::from(Day::FIRST.0), i128::from(Day::LAST.0)) as i32)
    }

    /// Microseconds since local midnight: 0 to 86,399,999,999.
    pub fn micros_of_day(self, offset_minutes: i32) -> i64 {
        let local = self.0 as i128 + i128::from(offset_minutes) * i128::from(MICROS_PER_MINUTE);
        local.rem_euclid(i128::from(MICROS_PER_DAY)) as i64
    }

    /// Minutes since local midnight: 0 to 1439.
    pub fn minute_of_day(self, offset_minutes: i32) -> u16 {
        (self.micros_of_day(offset_minutes) / MICROS_PER_MINUTE) as u16
    }

    /// Reads a time with its offset, as in RFC 3339: `2026-10-09T10:20:00+08:00`.
    pub fn from_rfc3339(text: &str) -> Result<Instant, NotATime> {
        let refuse = |reason| NotATime { text: text.to_owned(), reason };
        let sound = text.len() <= 64 && !text.contains('[');
        match text.parse::<jiff::Timestamp>() {
            Ok(stamp) if sound => Ok(Instant(stamp.as_microsecond())),
            _ => Err(refuse("not a time with its offset, such as 2026-10-09T10:20:00+08:00")),
        }
    }

    /// Writes the time as RFC 3339 with the offset of the place; fractions only when there are any.
    pub fn to_rfc3339(self, offset_minutes: i32) -> String {
        let micros = self.micros_of_day(offset_minutes);
        let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
        let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let day = self.day(offset_minutes);
        let sign = if offset_minutes < 0 { '-' } else { '+' };
        let (oh, om) = (offset_minutes.unsigned_abs() / 60, offset_minutes.unsigned_abs() % 60);
        if fraction == 0 {
            format!("{day}T{h:02}:{m:02}:{s:02}{sign}{oh:02}:{om:02}")
        } else {
            format!("{day}T{h:02}:{m:02}:{s:02}.{fraction:06}{sign}{oh:02}:{om:02}")
        }
    }

    /// What a notice says: `2026-10-09 10:20`, in the time of the place.
    pub fn local_text(self, offset_minutes: i32) -> String {
        let minute = self.minute_of_day(offset_minutes);
        format!("{} {:02}:{:02}", self.day(offset_minutes), minute / 60, minute % 60)
    }
}

impl Sub for Instant {
    type Output = i64;
    /// Microseconds between the two.
    fn sub(self, earlier: Instant) -> i64 {
        self.micros_since(earlier)
    }
}

impl Add<i64> for Instant {
    type Output = Instant;
    /// So many microseconds later.
    fn add(self, micros: i64) -> Instant {
        self.plus_micros(micros)
    }
}

/// A day of the week; 周一 is the first, as on every Chinese calendar of an office.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    pub const ALL: [Weekday; 7] = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];

    pub fn is_weekend(self) -> bool {
        matches!(self, Weekday::Saturday | Weekday::Sunday)
    }
}

/// A date of the Gregorian calendar between 0001-01-01 and 9999-12-31.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32); // days since 1970-01-01

impl Day {
    pub const FIRST: Day = Day(-719_162);
    pub const LAST: Day = Day(2_932_896);

    /// The date, or nothing when there is no such date.
    pub fn new(year: i32, month: u32, day: u32) -> Option<Day> {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        if !(1..=9999).contains(&year) || day < 1 || day > length {
            return None;
        }
        // Years are counted from March, so that the leap day is the last of its year.
        let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let before_month = (153 * m as i32 + 2) / 5;
        let before_year = 365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400);
        Some(Day(before_year + before_month + day as i32 - 1 - 719_468))
    }

    /// Year, month (1–12), day of the month (1–31).
    pub fn ymd(self) -> (i32, u32, u32) {
        let since_march = i64::from(self.0) + 719_468;
        let era = since_march.div_euclid(146_097);
        let of_era = since_march.rem_euclid(146_097);
        let year_of_era =
            (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096).div_euclid(365);
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        (year as i32, month as u32, day as u32)
    }

    pub fn year(self) -> i32 {
        self.ymd().0
    }

    pub fn weekday(self) -> Weekday {
        Weekday::ALL[(self.0 + 3).rem_euclid(7) as usize]
    }

    /// So many days later (earlier when negative), stopping at the ends of the calendar.
    pub fn add_days(self, n: i32) -> Day {
        Day(self.0.saturating_add(n).clamp(Day::FIRST.0, Day::LAST.0))
    }

    pub fn next(self) -> Day {
        self.add_days(1)
    }

    /// Days from `earlier` to this one; negative when `earlier` is the later one.
    pub fn days_since(self, earlier: Day) -> i32 {
        self.0 - earlier.0
    }

    /// Midnight at which the day begins in a place.
    pub fn start(self, offset_minutes: i32) -> Instant {
        self.at_minute(0, offset_minutes)
    }

    /// The instant so many minutes after the local midnight that begins the day.
    pub fn at_minute(self, minute: u16, offset_minutes: i32) -> Instant {
        let local = i64::from(minute) - i64::from(offset_minutes);
        Instant(i64::from(self.0) * MICROS_PER_DAY + local * MICROS_PER_MINUTE)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (y, m, d) = self.ymd();
        write!(f, "{y:04}-{m:02}-{d:02}")
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Day {
    type Err = NotATime;
    fn from_str(text: &str) -> Result<Day, NotATime> {
        let refuse = |reason| NotATime { text: text.chars().take(64).collect(), reason };
        let b = text.as_bytes();
        let shape = b.len() == 10
            && b.iter().enumerate().all(|(i, c)| match i {
                4 | 7 => *c == b'-',
                _ => c.is_ascii_digit(),
            });
        if !shape {
            return Err(refuse("a day is written YYYY-MM-DD"));
        }
        let number = |part: &[u8]| part.iter().fold(0u32, |n, c| n * 10 + u32::from(c - b'0'));
        Day::new(number(&b[..4]) as i32, number(&b[5..7]), number(&b[8..]))
            .ok_or_else(|| refuse("there is no such day"))
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Day, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
#[path = "time_tests.rs"]
mod tests;
