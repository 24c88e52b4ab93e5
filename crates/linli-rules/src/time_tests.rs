use super::*;
use proptest::prelude::*;

#[test]
fn a_time_reads_back_in_the_offset_of_the_place() {
    let at = Instant::from_rfc3339("2026-10-09T10:20:00+08:00").unwrap();
    assert_eq!(at, Instant::from_rfc3339("2026-10-09T02:20:00Z").unwrap());
    assert_eq!(at.to_rfc3339(CHINA), "2026-10-09T10:20:00+08:00");
    assert_eq!(at.to_rfc3339(-210), "2026-10-08T22:50:00-03:30");
    assert_eq!((at + 5).to_rfc3339(0), "2026-10-09T02:20:00.000005+00:00");
    assert_eq!(at.local_text(CHINA), "2026-10-09 10:20");
    assert_eq!(at.plus_hours(14).plus_minutes(-20) - at, 820 * MICROS_PER_MINUTE);
    assert_eq!(serde_json::to_string(&Instant(7)).unwrap(), "7");
}

#[test]
fn a_time_without_offset_is_refused() {
    for bad in ["", "2026-10-09", "2026-10-09T10:20:00", "2026-02-30T00:00:00Z", "十点"] {
        assert!(Instant::from_rfc3339(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_day_is_text_and_knows_its_weekday() {
    let day: Day = "2026-02-17".parse().unwrap();
    assert_eq!(day.weekday(), Weekday::Tuesday);
    assert_eq!(day.add_days(-17).to_string(), "2026-01-31");
    assert_eq!(day.start(CHINA).to_rfc3339(0), "2026-02-16T16:00:00+00:00");
    assert_eq!(serde_json::to_string(&day).unwrap(), "\"2026-02-17\"");
    assert_eq!(serde_json::from_str::<Day>("\"2026-02-17\"").unwrap(), day);
    for bad in ["2026-02-29", "2026-2-17", "2026/02/17", "0000-01-01", "2026-13-01", "２026-01-01"]
    {
        assert!(bad.parse::<Day>().is_err(), "{bad}");
    }
    assert_eq!(Day::FIRST.to_string(), "0001-01-01");
    assert_eq!(Day::LAST.to_string(), "9999-12-31");
    assert_eq!(Day::LAST.add_days(i32::MAX), Day::LAST);
}

proptest! {
    #[test]
    fn days_agree_with_an_independent_calendar(n in -719_162i32..=2_932_896) {
        let day = Day(n);
        let (y, m, d) = day.ymd();
        let other = jiff::civil::date(1970, 1, 1)
            .checked_add(jiff::Span::new().days(n))
            .unwrap();
        prop_assert_eq!((y, m, d), (other.year().into(), other.month() as u32, other.day() as u32));
        prop_assert_eq!(Day::new(y, m, d), Some(day));
        prop_assert_eq!(day.to_string().parse::<Day>().unwrap(), day);
        let weekday = other.weekday().to_monday_zero_offset() as usize;
        prop_assert_eq!(day.weekday(), Weekday::ALL[weekday]);
    }

    #[test]
    fn instants_survive_text(n in -60_000_000_000_000_000i64..200_000_000_000_000_000,
                             offset in -720i32..=840) {
        let at = Instant(n);
        prop_assert_eq!(Instant::from_rfc3339(&at.to_rfc3339(offset)).unwrap(), at);
        let day = at.day(offset);
        prop_assert!(day.start(offset) <= at && at < day.next().start(offset));
        prop_assert_eq!(at.micros_of_day(offset), at - day.start(offset));
    }

    #[test]
    fn nothing_typed_breaks_the_readers(text in "\\PC{0,40}", n: i64, offset: i32) {
        let _ = text.parse::<Day>();
        let _ = Instant::from_rfc3339(&text);
        let _ = Instant(n).to_rfc3339(offset);
        let _ = Instant(n).local_text(offset);
    }
}
