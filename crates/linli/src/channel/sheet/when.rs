//! Times as people write them into sheets, in the time of the place.

use crate::base::{Day, Instant, text};

/// A time, and whether something was supposed: no time of day, or a bare serial number of Excel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When {
    pub at: Instant,
    pub supposed: Option<&'static str>,
}

/// Reads `2019-02-28T11:25:05`, `2019/2/28 11:25`, `2019年2月28日 11时25分`, a time with its own
/// offset, a day alone, or Excel's count of days since 1899-12-30.
pub fn read(text: &str, offset_minutes: i32) -> Option<When> {
    let text = text.trim();
    if let Ok(at) = Instant::from_rfc3339(text) {
        // A program that knows no time may write that of its year 1.
        let known = at.day(offset_minutes).year() >= FIRST_YEAR;
        return known.then_some(When { at, supposed: None });
    }
    if let Some(at) = serial(text, offset_minutes) {
        return Some(When { at, supposed: Some("serial_date") });
    }
    let half: String = text.chars().map(half_width).collect();
    let parts: Vec<&str> =
        half.split(|c: char| !c.is_ascii_digit()).filter(|p| !p.is_empty()).collect();
    if half.chars().any(|c| !c.is_ascii_digit() && !MARKS.contains(c)) {
        return None;
    }
    let numbers: Vec<u32> = parts.iter().map(|p| p.parse().ok()).collect::<Option<_>>()?;
    let (date, clock) = numbers.split_at_checked(3)?;
    let [year, month, day] = date else { return None };
    let day = Day::new(i32::try_from(*year).ok()?, *month, *day);
    let day = day.filter(|day| day.year() >= FIRST_YEAR)?;
    let (h, m, s) = match clock {
        [] => (0, 0, 0),
        [h, m] => (*h, *m, 0),
        [h, m, s] | [h, m, s, _] => (*h, *m, *s),
        _ => return None,
    };
    if h > 23 || m > 59 || s > 59 {
        return None;
    }
    let minute = u16::try_from(h * 60 + m).ok()?;
    let at = day.at_minute(minute, offset_minutes).plus_micros(i64::from(s) * 1_000_000);
    Some(When { at, supposed: clock.is_empty().then_some("no_time_of_day") })
}

/// Before it nobody reported anything; nor has a workbook days before it.
const FIRST_YEAR: i32 = 1900;

/// What may stand between the numbers of a time.
const MARKS: &str = "-/.:T 年月日时分秒";

fn half_width(c: char) -> char {
    match c {
        '\u{3000}' | '\u{a0}' | '\t' => ' ',
        '点' => '时',
        _ => text::narrow(c),
    }
}

/// Days since 1899-12-30 with a fraction, between 1954 and 2118.
fn serial(text: &str, offset_minutes: i32) -> Option<Instant> {
    let (days, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if days.len() != 5 || !digits(days) || !digits(fraction) {
        return None;
    }
    let days: i32 = days.parse().ok().filter(|n| (20_000..80_000).contains(n))?;
    let first = Day::new(1899, 12, 30)?;
    let nine: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let nanodays: i64 = nine.parse().ok()?;
    let seconds = (nanodays * 86_400 + 500_000_000) / 1_000_000_000;
    Some(first.add_days(days).start(offset_minutes).plus_micros(seconds * 1_000_000))
}
