use super::*;
use crate::time::{CHINA, Instant, MICROS_PER_HOUR};
use proptest::prelude::*;

fn at(local: &str) -> Instant {
    Instant::from_rfc3339(&format!("{}:00+08:00", local.replace(' ', "T"))).unwrap()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn limit(text: &str) -> Limit {
    let (n, kind) = text.split_once(' ').unwrap();
    Limit { n: n.parse().unwrap(), kind: LimitKind::from_name(kind).unwrap() }
}

fn due_text(start: &str, text: &str) -> String {
    let due = due(at(start), &limit(text), &Calendar::shipped(), &Schedule::default());
    assert!(due.missing_years.is_empty());
    due.at.local_text(CHINA)
}

#[test]
fn the_shipped_calendar_is_whole() {
    let calendar = Calendar::shipped();
    assert_eq!(calendar.years().collect::<Vec<_>>(), (2004..=2026).collect::<Vec<_>>());
    let count = |f: fn(&DayKind) -> bool| calendar.marked.values().filter(|k| f(k)).count();
    assert_eq!(count(|k| matches!(k, DayKind::Holiday(_))), 619);
    assert_eq!(count(|k| matches!(k, DayKind::MakeUp(_))), 150);
    assert!(calendar.is_working_day(day("2026-02-14")), "调休 Saturday");
    assert!(!calendar.is_working_day(day("2026-02-17")), "春节 Tuesday");
    assert!(!calendar.is_working_day(day("2026-03-01")), "Sunday");
    assert!(!calendar.covers(2027));
}

#[test]
fn the_shipped_calendar_agrees_with_its_source() {
    let root = std::env::var("LINLI_DATA").unwrap_or_else(|_| "../../../shared/data".into());
    let path = format!("{root}/calendars/chinese-days.json");
    if !std::path::Path::new(&root).is_dir() {
        eprintln!("SKIP-DATA: no data folder at {root}");
        return;
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let source: serde_json::Value = serde_json::from_str(&text).unwrap();
    let calendar = Calendar::shipped();
    let mut here = day("2004-01-01");
    while here <= day("2026-12-31") {
        let listed = |group: &str| source[group].get(here.to_string()).is_some();
        let kind = calendar.kind(here);
        assert_eq!(matches!(kind, DayKind::Holiday(_)), listed("holidays"), "{here}");
        assert_eq!(matches!(kind, DayKind::MakeUp(_)), listed("workdays"), "{here}");
        here = here.next();
    }
}

#[test]
fn working_hours_run_slot_by_slot() {
    let cases = [
        ("2026-10-12 10:00", "2 work_hour", "2026-10-12 12:00"), // ends with the slot, not at 14:00
        ("2026-10-12 11:00", "2 work_hour", "2026-10-12 15:00"), // over lunch
        ("2026-10-12 12:30", "2 work_hour", "2026-10-12 16:00"), // reported at lunch
        ("2026-10-12 12:00", "4 work_hour", "2026-10-12 18:00"),
        ("2026-10-12 06:00", "4 work_hour", "2026-10-12 12:00"), // before hours
        ("2026-10-12 17:20", "2 work_hour", "2026-10-13 09:20"), // over night
        ("2026-10-12 23:59", "2 work_hour", "2026-10-13 10:00"),
        ("2026-10-16 16:30", "2 work_hour", "2026-10-19 08:30"), // Friday to Monday
        ("2026-10-17 09:00", "8 work_hour", "2026-10-19 18:00"), // Saturday
        ("2026-10-12 08:00", "16 work_hour", "2026-10-13 18:00"),
    ];
    for (start, limit, end) in cases {
        assert_eq!(due_text(start, limit), end, "{start} + {limit}");
    }
}

#[test]
fn spring_festival_2026_is_counted_round() {
    let cases = [
        ("2026-02-13 10:00", "1 work_day", "2026-02-14 18:00"), // 调休 Saturday is day 1
        ("2026-02-13 10:00", "2 work_day", "2026-02-24 18:00"),
        ("2026-02-13 10:00", "6 work_day", "2026-02-28 18:00"), // the second make-up Saturday
        ("2026-02-13 10:00", "7 work_day", "2026-03-02 18:00"),
        ("2026-02-14 17:00", "2 work_hour", "2026-02-24 09:00"),
        ("2026-02-17 03:00", "1 work_hour", "2026-02-24 09:00"), // 年初一 at night
        ("2026-02-17 03:00", "2 urgent_hour", "2026-02-17 05:00"),
        ("2026-02-17 03:00", "1 urgent_day", "2026-02-18 03:00"),
        ("2026-02-17 03:00", "3 natural_day", "2026-02-20 03:00"),
    ];
    for (start, limit, end) in cases {
        assert_eq!(due_text(start, limit), end, "{start} + {limit}");
    }
}

#[test]
fn national_days_2025_and_2026_are_counted_round() {
    let cases = [
        ("2025-09-27 09:00", "1 work_day", "2025-09-28 18:00"), // 调休 Sunday
        ("2025-09-27 09:00", "3 work_day", "2025-09-30 18:00"),
        ("2025-09-27 09:00", "4 work_day", "2025-10-09 18:00"),
        ("2025-10-09 09:00", "2 work_day", "2025-10-11 18:00"), // 调休 Saturday
        ("2025-10-09 09:00", "3 work_day", "2025-10-13 18:00"),
        ("2025-09-30 17:30", "2 work_hour", "2025-10-09 09:30"),
        ("2026-09-19 09:00", "2 work_hour", "2026-09-20 10:00"), // 调休 Sunday
        ("2026-09-30 17:00", "4 work_hour", "2026-10-08 11:00"),
        ("2026-09-30 23:00", "2 work_day", "2026-10-09 18:00"),
        ("2026-09-30 23:00", "3 work_day", "2026-10-10 18:00"), // 调休 Saturday
        ("2026-09-30 23:00", "4 work_day", "2026-10-12 18:00"),
    ];
    for (start, limit, end) in cases {
        assert_eq!(due_text(start, limit), end, "{start} + {limit}");
    }
}

#[test]
fn a_due_time_tells_its_reasons() {
    let told = due(
        at("2026-09-30 17:00"),
        &limit("2 work_hour"),
        &Calendar::shipped(),
        &Schedule::default(),
    );
    let national = Words::new("国庆节", "National Day");
    let slot = |d: &str, from: &str, to: &str| Step::Slot {
        day: day(d),
        from: at(&format!("{d} {from}")),
        to: at(&format!("{d} {to}")),
        make_up: None,
    };
    let outside = |from, to| Step::OutsideHours { from: at(from), to: at(to) };
    assert_eq!(
        told.explain,
        [
            slot("2026-09-30", "17:00", "18:00"),
            outside("2026-09-30 18:00", "2026-10-01 00:00"),
            Step::NotWorking {
                from: day("2026-10-01"),
                to: day("2026-10-07"),
                off: Off::Holiday { name: national.clone() },
            },
            outside("2026-10-08 00:00", "2026-10-08 08:00"),
            slot("2026-10-08", "08:00", "09:00"),
        ]
    );
    let days = due(
        at("2026-10-09 09:00"),
        &limit("2 work_day"),
        &Calendar::shipped(),
        &Schedule::default(),
    );
    assert_eq!(
        days.explain,
        [
            Step::StartDay { day: day("2026-10-09") },
            Step::WorkDay { day: day("2026-10-10"), number: 1, make_up: Some(national) },
            Step::NotWorking { from: day("2026-10-11"), to: day("2026-10-11"), off: Off::Weekend },
            Step::WorkDay { day: day("2026-10-12"), number: 2, make_up: None },
        ]
    );
    let text = serde_json::to_string(&days).unwrap();
    assert_eq!(serde_json::from_str::<Due>(&text).unwrap(), days);
}

#[test]
fn a_missing_year_is_told_and_never_hidden() {
    let told = due(
        at("2026-12-30 09:00"),
        &limit("5 work_day"),
        &Calendar::shipped(),
        &Schedule::default(),
    );
    assert_eq!(told.missing_years, [2027]);
    assert!(told.explain.contains(&Step::MissingYear { year: 2027 }));
    let ours = Calendar::from_json(
        r#"{"years": [2027, 2027], "names": {"元旦": "New Year"},
            "off": [["2027-01-01", "2027-01-03", "元旦"]], "work": [["2027-01-09", "元旦"]]}"#,
    );
    let calendar = Calendar::shipped().with(ours.unwrap());
    let told = due(at("2026-12-30 09:00"), &limit("7 work_day"), &calendar, &Schedule::default());
    assert!(told.missing_years.is_empty());
    assert_eq!(told.at.local_text(CHINA), "2027-01-09 18:00");
    assert!(calendar.missing_between(day("2026-01-01"), day("2028-01-01")) == [2028]);
}

#[test]
fn a_wrong_calendar_is_refused_with_the_reason() {
    let wrong = [
        (r#"{"years": [2027, 2027], "off": []}"#, "missing field"),
        (r#"{"years": [2028, 2027], "off": [], "work": []}"#, "no range"),
        (
            r#"{"years": [2027, 2027], "off": [["2026-12-31","2027-01-01","x"]], "work": []}"#,
            "outside",
        ),
        (
            r#"{"years": [2027, 2027], "off": [["2027-02-01","2027-01-01","x"]], "work": []}"#,
            "cannot be",
        ),
        (
            r#"{"years": [2027, 2027], "off": [["2027-01-01","2027-06-01","x"]], "work": []}"#,
            "cannot be",
        ),
        (r#"{"years": [2027, 2027], "off": [], "work": [["2027-01-08","x"]]}"#, "weekday"),
        (
            r#"{"years": [2027, 2027], "off": [["2027-01-09","2027-01-09","x"]],
                "work": [["2027-01-09","x"]]}"#,
            "twice",
        ),
    ];
    for (text, reason) in wrong {
        let said = Calendar::from_json(text).unwrap_err();
        assert!(said.0.en.contains(reason), "{said} should say {reason}");
        assert!(!said.0.zh.is_empty());
    }
}

#[test]
fn wrong_working_hours_are_refused() {
    for slots in [vec![], vec![(720, 480)], vec![(0, 1441)], vec![(480, 720), (700, 900)]] {
        assert!(Schedule::new(slots, CHINA).is_err());
    }
    let text = serde_json::to_string(&Schedule::default()).unwrap();
    assert_eq!(serde_json::from_str::<Schedule>(&text).unwrap(), Schedule::default());
    let wrong = r#"{"slots":[[9,3]],"offset_minutes":480}"#;
    assert!(serde_json::from_str::<Schedule>(wrong).is_err());
}

#[test]
fn warnings_come_at_half_and_at_four_fifths() {
    let (calendar, schedule) = (Calendar::shipped(), Schedule::default());
    let warn = |start, text, share| {
        let when = reaches(at(start), share, &limit(text), &calendar, &schedule);
        when.local_text(CHINA)
    };
    assert_eq!(warn("2026-10-12 11:00", "2 work_hour", 500), "2026-10-12 12:00");
    assert_eq!(warn("2026-10-12 11:00", "2 work_hour", 800), "2026-10-12 14:36");
    assert_eq!(warn("2026-10-12 11:00", "2 work_hour", 1000), "2026-10-12 15:00");
    assert_eq!(warn("2026-10-09 20:00", "2 work_day", 500), "2026-10-10 18:00");
    assert_eq!(warn("2026-10-12 11:00", "10 urgent_hour", 800), "2026-10-12 19:00");
    let spent = |now| {
        let two = limit("2 work_hour");
        fraction_elapsed(at("2026-10-12 11:00"), at(now), &two, &calendar, &schedule)
    };
    let seen = ["2026-10-12 10:00", "2026-10-12 11:30", "2026-10-12 13:00", "2026-10-12 14:59"];
    assert_eq!(seen.map(spent), [0, 250, 500, 991]);
    assert_eq!(spent("2026-10-12 15:00"), 1000);
}

/// Any schedule of one to three slots.
fn schedules() -> impl Strategy<Value = Schedule> {
    (proptest::collection::btree_set(0u16..=1440, 2..=6), -720i32..=840).prop_map(|(cuts, off)| {
        let cuts: Vec<u16> = cuts.into_iter().collect();
        let slots = cuts.chunks_exact(2).map(|c| (c[0], c[1])).collect();
        Schedule::new(slots, off).unwrap()
    })
}

fn starts() -> impl Strategy<Value = Instant> {
    let (from, to) = (at("2003-11-01 00:00").0, at("2027-03-01 00:00").0);
    (from..to).prop_map(Instant)
}

/// Where the step begins and ends on the clock, for steps that take time.
fn span(step: &Step, offset: i32) -> Option<(Instant, Instant)> {
    match step {
        Step::Slot { from, to, .. }
        | Step::OutsideHours { from, to }
        | Step::Continuous { from, to } => Some((*from, *to)),
        Step::NotWorking { from, to, .. } => Some((from.start(offset), to.next().start(offset))),
        _ => None,
    }
}

proptest! {
    #[test]
    fn working_hours_use_up_exactly_the_limit(
        start in starts(), n in 1u32..60, schedule in schedules()
    ) {
        let calendar = Calendar::shipped();
        let two = Limit { kind: LimitKind::WorkHour, n };
        let told = due(start, &two, &calendar, &schedule);
        let spent = working_micros_between(start, told.at, &calendar, &schedule);
        prop_assert_eq!(spent, i64::from(n) * MICROS_PER_HOUR);
        let before = working_micros_between(start, told.at + -1, &calendar, &schedule);
        prop_assert_eq!(before, spent - 1, "not a moment later than needed");
        let mut now = start;
        for step in &told.explain {
            if let Some((from, to)) = span(step, schedule.offset_minutes()) {
                prop_assert!(from.max(start) == now && to > from, "a hole before {:?}", step);
                now = to;
            }
        }
        prop_assert_eq!(now, told.at);
    }

    #[test]
    fn working_days_are_counted_one_by_one(start in starts(), n in 1u32..60, s in schedules()) {
        let calendar = Calendar::shipped();
        let told = due(start, &Limit { kind: LimitKind::WorkDay, n }, &calendar, &s);
        let last = (told.at + -1).day(s.offset_minutes());
        let mut counted = 0;
        let mut here = start.day(s.offset_minutes());
        while here < last {
            here = here.next();
            counted += u32::from(calendar.is_working_day(here));
        }
        prop_assert!(calendar.is_working_day(last));
        prop_assert_eq!(counted, n);
        prop_assert_eq!(told.at, s.closes(last));
        let first = start.day(s.offset_minutes()).next();
        let missing = calendar.missing_between(first, last);
        prop_assert_eq!(told.missing_years, missing);
    }

    #[test]
    fn later_starts_and_longer_limits_are_never_due_earlier(
        start in starts(), wait in 0i64..30 * 24 * MICROS_PER_HOUR, n in 0u32..40,
        kind in proptest::sample::select(&LimitKind::ALL[..]), s in schedules(),
        share in 0u32..=1000,
    ) {
        let calendar = Calendar::shipped();
        let one = Limit { kind, n };
        let at = |start, n| due(start, &Limit { kind, n }, &calendar, &s).at;
        prop_assert!(at(start, n) >= start);
        prop_assert!(at(start + wait, n) >= at(start, n));
        prop_assert!(at(start, n + 1) > at(start, n));
        let warn = reaches(start, share, &one, &calendar, &s);
        prop_assert!(warn >= start && warn <= at(start, n));
        prop_assert!(fraction_elapsed(start, warn, &one, &calendar, &s) >= share);
    }

    #[test]
    fn working_time_adds_up(a in starts(), b in 0i64..90 * 24 * MICROS_PER_HOUR,
                            c in 0i64..90 * 24 * MICROS_PER_HOUR, s in schedules()) {
        let calendar = Calendar::shipped();
        let between = |x, y| working_micros_between(x, y, &calendar, &s);
        prop_assert_eq!(between(a, a + b) + between(a + b, a + b + c), between(a, a + b + c));
        prop_assert_eq!(between(a + b, a), 0);
        prop_assert!(between(a, a + b) <= b);
    }

    #[test]
    fn no_text_breaks_the_calendar_reader(text in "\\PC{0,80}", year in -5i32..12_000) {
        let _ = Calendar::from_json(&text);
        let _ = Calendar::from_json(&format!(
            r#"{{"years": [{year}, {year}], "off": [["{text}", "2027-01-01", ""]], "work": []}}"#
        ));
    }
}

#[test]
fn no_limit_goes_through_the_days_up_to_the_end_of_time() {
    let (calendar, schedule) = (Calendar::shipped(), Schedule::default());
    let start = at("2026-11-26 09:00");
    for kind in LimitKind::ALL {
        let of = |n| due(start, &Limit { kind, n }, &calendar, &schedule);
        let most = of(Limit::MOST);
        assert!(most.explain.len() < 20_000 && most.at < at("2065-01-01 00:00"), "{kind:?}");
        assert_eq!(of(u32::MAX), most, "{kind:?}");
        assert!(of(Limit::MOST - 1).at < most.at, "{kind:?}");
    }
}

#[test]
fn what_is_not_urgent_waits_for_working_hours() {
    let (calendar, schedule) = (Calendar::shipped(), Schedule::default());
    for (from, opens_at) in [
        ("2026-10-12 09:30", "2026-10-12 09:30"),
        ("2026-10-12 12:00", "2026-10-12 14:00"),
        ("2026-10-12 18:00", "2026-10-13 08:00"),
        ("2026-10-12 03:00", "2026-10-12 08:00"),
        ("2026-10-01 09:00", "2026-10-08 08:00"),
    ] {
        assert_eq!(opens(at(from), &calendar, &schedule), at(opens_at), "{from}");
    }
}

#[test]
fn hours_are_digits_and_end_with_the_day() {
    assert!(Schedule::read("14:00-24:00", 480).is_ok());
    for bad in
        ["+8:30-12:00", "8:+30-12:00", "14:00-24:01", "14:00-24:59", ":-12:00", "7030:0-13:00"]
    {
        let told = Schedule::read(bad, 480).unwrap_err().0;
        assert!(told.en.starts_with(bad), "{bad}: {}", told.en);
    }
    let long = Schedule::read(&"8".repeat(100_000), 480).unwrap_err().0;
    assert!(long.en.len() < 100, "{}", long.en);
}
