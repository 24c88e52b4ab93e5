//! The time whose cases are counted: a month or a year of the calendar on the wall.

use crate::base::{Day, Instant};

/// Years there may be figures of.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2999;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    year: i32,
    /// 1 to 12; the whole year without.
    month: Option<u32>,
}

impl Period {
    /// `2026-11` or `2026`; the month of `today` where it is neither.
    pub fn parse(text: &str, today: Day) -> Period {
        let (year, month, _) = today.ymd();
        let this = Period { year, month: Some(month) };
        let (year, month) = match text.split_once('-') {
            Some((year, month)) => (year, Some(month)),
            None => (text, None),
        };
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let year = year
            .parse()
            .ok()
            .filter(|year| digits(text.get(..4).unwrap_or("-")) && YEARS.contains(year));
        let month = month.map(|month| month.parse().ok().filter(|m| (1..=12).contains(m)));
        match (year, month) {
            (Some(year), None) => Period { year, month: None },
            (Some(year), Some(Some(month))) => Period { year, month: Some(month) },
            _ => this,
        }
    }

    /// As it stands in the address and on the page.
    pub fn text(self) -> String {
        match self.month {
            Some(month) => format!("{}-{month:02}", self.year),
            None => self.year.to_string(),
        }
    }

    pub fn whole_year(self) -> Period {
        Period { month: None, ..self }
    }

    pub fn is_year(self) -> bool {
        self.month.is_none()
    }

    /// The month or year so many later.
    fn later(self, n: i32) -> Period {
        match self.month {
            None => Period { year: self.year + n, month: None },
            Some(month) => {
                let months = self.year * 12 + month as i32 - 1 + n;
                Period {
                    year: months.div_euclid(12),
                    month: Some(months.rem_euclid(12) as u32 + 1),
                }
            }
        }
    }

    pub fn before(self) -> Period {
        self.later(-1)
    }

    pub fn after(self) -> Period {
        self.later(1)
    }

    /// From when, and until when, the latter no longer in it.
    pub fn span(self, offset_minutes: i32) -> (Instant, Instant) {
        (self.first().start(offset_minutes), self.after().first().start(offset_minutes))
    }

    pub fn first(self) -> Day {
        Day::new(self.year, self.month.unwrap_or(1), 1).unwrap_or(Day::FIRST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_goes_from_its_first_midnight_to_the_next_ones() {
        let today = Day::new(2026, 11, 26).unwrap();
        for (text, is) in [
            ("2026-12", "2026-12"),
            ("2025", "2025"),
            ("", "2026-11"),
            ("2026-13", "2026-11"),
            ("2026-", "2026-11"),
            ("+026-01", "2026-11"),
            ("99999", "2026-11"),
            ("1-1-1", "2026-11"),
        ] {
            assert_eq!(Period::parse(text, today).text(), is, "{text}");
        }
        let december = Period::parse("2026-12", today);
        assert_eq!(december.after().text(), "2027-01");
        assert_eq!(Period::parse("2026-01", today).before().text(), "2025-12");
        let (from, to) = december.span(480);
        assert_eq!(from.to_rfc3339(480), "2026-12-01T00:00:00+08:00");
        assert_eq!(to.to_rfc3339(480), "2027-01-01T00:00:00+08:00");
        assert_eq!(december.whole_year().span(0).0.to_rfc3339(0), "2026-01-01T00:00:00+00:00");
    }
}
