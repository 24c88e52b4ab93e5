use super::*;
use crate::time::{CHINA, Instant, MICROS_PER_HOUR};
use proptest::prelude::*;

fn at(local: &str) -> Instant {
    Instant::from_rfc3339(&format!("{}:00+08:00", local.replace(' ', "T"))).unwrap()
}

fn limit(text: &str) -> Limit {
    let (n, kind) = text.split_once(' ').unwrap();
    Limit { n: n.parse().unwrap(), kind: LimitKind::from_name(kind).unwrap() }
}

/// The due time of a clock that started, stopped and went on, each at its time.
fn goes_on(text: &str, since: &str, stop: &str, again: &str) -> Due {
    let (limit, calendar, schedule) = (limit(text), Calendar::shipped(), Schedule::default());
    let due = due(at(since), &limit, &calendar, &schedule).at;
    let stopped = Stopped { since: at(since), at: at(stop), due };
    resume(at(again), &limit, &stopped, &calendar, &schedule)
}

#[test]
fn a_clock_goes_on_with_what_was_left_in_its_own_kind_of_time() {
    let cases = [
        // Two hours used of four; the other two run over lunch.
        ("4 work_hour", "2026-10-12 08:00", "2026-10-12 10:00", "2026-10-12 11:00", "10-12 15:00"),
        // Stopped at night: nothing is used between the slots.
        ("4 work_hour", "2026-10-12 16:00", "2026-10-12 20:00", "2026-10-14 08:00", "10-14 10:00"),
        // Two days and a half left of three: over the weekend to Wednesday noon.
        ("3 work_day", "2026-10-12 09:00", "2026-10-13 12:00", "2026-10-16 14:00", "10-20 18:00"),
        // Nothing of the day of the start is counted, the second time either.
        ("1 work_day", "2026-10-12 09:00", "2026-10-12 10:00", "2026-10-12 11:00", "10-13 18:00"),
        ("1 work_day", "2026-10-12 09:00", "2026-10-12 10:00", "2026-10-13 09:00", "10-14 09:00"),
        // National Day lies between: what was left is working time.
        ("2 work_day", "2026-09-28 09:00", "2026-09-29 18:00", "2026-09-30 14:00", "10-08 12:00"),
        (
            "24 urgent_hour",
            "2026-10-12 08:00",
            "2026-10-12 20:00",
            "2026-10-17 03:00",
            "10-17 15:00",
        ),
        (
            "3 natural_day",
            "2026-10-12 08:00",
            "2026-10-13 08:00",
            "2026-10-17 03:00",
            "10-19 03:00",
        ),
        // Answered at the very last moment: nothing is left, and it is due at once.
        (
            "2 urgent_hour",
            "2026-10-12 08:00",
            "2026-10-12 10:00",
            "2026-10-12 12:00",
            "10-12 12:00",
        ),
        // Overdue stays overdue, since the same moment.
        ("2 work_hour", "2026-10-12 08:00", "2026-10-12 10:01", "2026-10-13 08:00", "10-12 10:00"),
    ];
    for (text, since, stop, again, end) in cases {
        let due = goes_on(text, since, stop, again).at.local_text(CHINA);
        assert_eq!(due, format!("2026-{end}"), "{text} {since} | {stop} | {again}");
    }
}

#[test]
fn it_tells_what_was_used_before() {
    let told = goes_on("1 work_day", "2026-10-12 09:00", "2026-10-13 10:00", "2026-10-14 08:00");
    let used = Step::Used {
        kind: LimitKind::WorkDay,
        until: at("2026-10-13 10:00"),
        used: 2 * MICROS_PER_HOUR,
        left: 6 * MICROS_PER_HOUR,
    };
    assert_eq!(told.explain.first(), Some(&used));
    assert_eq!(told.at, at("2026-10-14 16:00"));
    let over = goes_on("2 urgent_hour", "2026-10-12 08:00", "2026-10-12 11:00", "2026-10-13 08:00");
    let ran_out = Step::RanOut { at: at("2026-10-12 10:00"), stopped: at("2026-10-12 11:00") };
    assert_eq!(over.explain, [ran_out]);
    let first_day =
        goes_on("1 work_day", "2026-10-12 09:00", "2026-10-12 10:00", "2026-10-12 11:00");
    let day = "2026-10-12".parse().unwrap();
    assert_eq!(first_day.explain.get(1), Some(&Step::StartDay { day }));
}

#[test]
fn what_was_left_in_a_year_without_its_holidays_is_a_guess_too() {
    let told = goes_on("2 work_day", "2026-12-30 09:00", "2026-12-31 10:00", "2026-12-31 11:00");
    assert_eq!(told.missing_years, [2027]);
    let calendar = Calendar::shipped();
    let stopped = Stopped {
        since: at("2026-12-30 09:00"),
        at: at("2026-12-31 17:00"),
        due: at("2027-01-01 09:00"),
    };
    let hours = limit("8 work_hour");
    let told = resume(at("2026-12-31 08:00"), &hours, &stopped, &calendar, &Schedule::default());
    assert_eq!(told.at, at("2026-12-31 10:00"), "an hour of each year was left");
    assert_eq!(told.missing_years, [2027], "the old due time went through it");
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

const DAY: i64 = 24 * MICROS_PER_HOUR;

proptest! {
    #[test]
    fn used_and_left_are_the_limit(
        since in starts(), ran in 0i64..20 * DAY, stood in 0i64..20 * DAY, n in 1u32..30,
        kind in proptest::sample::select(&LimitKind::ALL[..]), s in schedules(),
    ) {
        let (calendar, limit) = (Calendar::shipped(), Limit { kind, n });
        let at = due(since, &limit, &calendar, &s).at;
        let stopped = Stopped { since, at: since + ran, due: at };
        let again = stopped.at + stood;
        let told = resume(again, &limit, &stopped, &calendar, &s);
        if stopped.overdue() {
            prop_assert_eq!(told.at, at, "overdue since the same moment");
            return Ok(());
        }
        let left = stopped.left(kind, &calendar, &s);
        let used = match kind {
            LimitKind::WorkHour => working_micros_between(since, stopped.at, &calendar, &s),
            LimitKind::WorkDay => {
                let first = since.day(s.offset_minutes()).next().start(s.offset_minutes());
                working_micros_between(first, stopped.at, &calendar, &s)
            }
            _ => ran,
        };
        prop_assert_eq!(used + left, whole(&limit, &s));
        let is_told = matches!(
            told.explain.first(),
            Some(Step::Used { used: u, left: l, .. }) if (*u, *l) == (used, left)
        );
        prop_assert!(is_told, "{:?}", told.explain.first());
        prop_assert!(told.at >= at, "standing still takes nothing away");
        prop_assert!(told.at >= again);
        if stood == 0 {
            let gap = working_micros_between(at, told.at, &calendar, &s);
            let wall = !matches!(kind, LimitKind::WorkHour | LimitKind::WorkDay);
            prop_assert!(if wall { told.at == at } else { gap == 0 }, "it never stood");
        }
    }

    #[test]
    fn stopping_twice_adds_up(
        since in starts(), a in 0i64..4 * DAY, b in 0i64..4 * DAY, c in 0i64..4 * DAY,
        n in 3u32..30, kind in proptest::sample::select(&LimitKind::ALL[..]), s in schedules(),
    ) {
        let (calendar, limit) = (Calendar::shipped(), Limit { kind, n });
        let first = Stopped { since, at: since + a, due: due(since, &limit, &calendar, &s).at };
        if first.overdue() { return Ok(()); }
        let again = first.at + b;
        let mid = resume(again, &limit, &first, &calendar, &s).at;
        let second = Stopped { since, at: again + c, due: mid };
        if second.overdue() { return Ok(()); }
        let left = second.left(kind, &calendar, &s);
        let ran = |from, to| Stopped { since, at: from, due: to }.left(kind, &calendar, &s);
        let used = ran(since, first.at) + ran(again, second.at);
        prop_assert_eq!(used + left, whole(&limit, &s));
    }
}
