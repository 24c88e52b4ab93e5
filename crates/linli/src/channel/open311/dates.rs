//! Times of GeoReport v2: ISO 8601. Without an offset they are times of the place itself.

use crate::base::{Day, Instant};

const DAY: i64 = 86_400_000_000;
/// What one answer spans at most.
pub const WINDOW_DAYS: i64 = 90;

/// Whether a bare date means its beginning or its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    Start,
    End,
}

/// Reads a time; a `+` of the offset that became a blank on the way is put back.
pub fn read(text: &str, offset: i32, edge: Edge) -> Option<Instant> {
    let text = text.trim();
    if !text.is_ascii() {
        return None;
    }
    if let Ok(day) = text.parse::<Day>() {
        let begins = local(&format!("{day}T00:00:00"), offset)?;
        return Some(if edge == Edge::End { begins.plus_micros(DAY - 1) } else { begins });
    }
    let (date, time) = text.split_at_checked(10)?;
    let time = time.strip_prefix([' ', 'T', 't'])?.replace(' ', "+");
    let whole = format!("{date}T{time}");
    Instant::from_rfc3339(&whole).ok().or_else(|| local(&whole, offset))
}

fn local(text: &str, offset: i32) -> Option<Instant> {
    let utc = Instant::from_rfc3339(&format!("{text}Z")).ok()?;
    Some(utc.plus_minutes(-i64::from(offset)))
}

/// Whole seconds with the offset of the place.
pub fn write(at: Instant, offset: i32) -> String {
    whole(at).to_rfc3339(offset)
}

/// The second an instant lies in, as it is printed.
fn whole(at: Instant) -> Instant {
    Instant(at.0.div_euclid(1_000_000).saturating_mul(1_000_000))
}

/// The first second that is printed at or after `at`: what is shown lies inside what was asked.
pub fn from_edge(at: Instant) -> Instant {
    let begins = whole(at);
    if begins == at { at } else { begins.plus_micros(1_000_000) }
}

/// What a search by date ends with: a moment, or a day, which is in it to its end and does not
/// count against the ninety.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Last {
    Moment,
    Day,
}

impl Last {
    pub fn of(text: &str) -> Last {
        if text.trim().parse::<Day>().is_ok() { Last::Day } else { Last::Moment }
    }
}

/// The window of a search by date, at most 90 days long; `None` when it is longer or upside down.
pub fn window(
    from: Option<Instant>,
    to: Option<Instant>,
    now: Instant,
    last: Last,
) -> Option<(Instant, Instant)> {
    let (from, to) = match (from, to) {
        (Some(from), Some(to)) => (from, to),
        (Some(from), None) => (from, now.min(from.plus_days(WINDOW_DAYS)).max(from)),
        (None, Some(to)) => (to.plus_days(-WINDOW_DAYS), to),
        (None, None) => (now.plus_days(-WINDOW_DAYS), now),
    };
    let most = WINDOW_DAYS * DAY + if last == Last::Day { DAY - 1 } else { 0 };
    let fits = from <= to && to.micros_since(from) <= most;
    fits.then(|| (from_edge(from), to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_with_and_without_an_offset() {
        let at = |text: &str| read(text, 480, Edge::Start).map(|at| write(at, 480));
        for same in [
            "2026-10-09T10:20:00+08:00",
            "2026-10-09T02:20:00Z",
            "2026-10-09T10:20:00 08:00",
            "2026-10-09T10:20:00",
            "2026-10-09 10:20:00",
        ] {
            assert_eq!(at(same).as_deref(), Some("2026-10-09T10:20:00+08:00"), "{same}");
        }
        assert_eq!(at("2026-10-09").as_deref(), Some("2026-10-09T00:00:00+08:00"));
        let end = read("2026-10-09", 480, Edge::End).map(|at| write(at, 480));
        assert_eq!(end.as_deref(), Some("2026-10-09T23:59:59+08:00"));
        for wrong in ["", "昨天", "2026-13-01", "10-09-2026", "2026-10-09T25:00:00Z", "0"] {
            assert_eq!(at(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_window_is_ninety_days_at_most() {
        let now = Instant(1_790_000_000_000_000);
        let exact = |from, to| window(from, to, now, Last::Moment);
        assert_eq!(exact(None, None), Some((now.plus_days(-90), now)));
        assert_eq!(exact(Some(now.plus_days(-200)), Some(now)), None);
        assert_eq!(exact(Some(now), Some(now.plus_days(-1))), None);
        let early = now.plus_days(-200);
        assert_eq!(exact(Some(early), None), Some((early, early.plus_days(90))));
        let ninety = (Some(now.plus_days(-90)), Some(now));
        assert!(exact(ninety.0, ninety.1).is_some());
        let second = Some(now.plus_micros(1_000_000));
        assert_eq!(exact(ninety.0, second), None, "a second more");
        assert!(window(ninety.0, second, now, Last::Day).is_some());
        let begins = read("2026-07-01", 480, Edge::Start);
        for (ends, last, fits) in [
            ("2026-09-29", Last::Day, true),
            ("2026-09-30", Last::Day, false),
            ("2026-09-29T00:00:00", Last::Moment, true),
            ("2026-09-29T00:00:01", Last::Moment, false),
        ] {
            assert_eq!(Last::of(ends), last);
            let to = read(ends, 480, Edge::End);
            assert_eq!(window(begins, to, now, last).is_some(), fits, "{ends}");
        }
        assert_eq!(from_edge(Instant(1)), Instant(1_000_000));
    }
}
