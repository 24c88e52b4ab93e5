//! Whoever has to do the next thing is warned in time, once at each mark; when it is due their
//! supervisor hears of it too. What should have been told days ago is told to nobody.

use std::collections::BTreeMap;

use super::own_process::{adopt, keeper, own};
use super::texts::deliver;
use super::town::{COMMUNITY, LAMP, STREET, Town, body, runtime};
use crate::act::Actor;
use crate::app::{self, warn};
use crate::base::Id;
use crate::catalogue::STANDARD;
use crate::matter::Put;
use crate::params;
use crate::testing::both_engines_wired;

/// A Monday morning at nine, and its minutes.
const NINE: u16 = 9 * 60;

fn on_monday(town: &Town<'_>, minute: u16) {
    town.at(2026, 10, 12, minute);
}

/// Looks at the clocks as the worker does; gives of how many it told.
fn look(town: &Town<'_>) -> usize {
    let told = runtime().block_on(warn::all(&town.world.district)).unwrap();
    deliver(town.world);
    told
}

/// How often each post has been warned of the case, by notice.
fn warned(town: &Town<'_>, case: &Id) -> BTreeMap<String, i64> {
    let sql = "select kind, person_id from notice join news on news.seq = notice.news
        where matter_id = $1 and kind like 'case.clock_%' order by news.seq, person_id";
    let id = case.clone();
    let all: Vec<(String, Id)> =
        town.world.read(move |tx| tx.rows(sql, params![id], |row| Ok((row.get(0)?, row.get(1)?))));
    let mut out = BTreeMap::new();
    for (kind, person) in all {
        let is = |actor: &Actor| actor.person.as_ref() == Some(&person);
        let by = town.actors().into_iter().find(is).unwrap();
        let key =
            format!("{} {} {}", kind.trim_start_matches("case.clock_"), by.kind, by.place_path);
        *out.entry(key).or_default() += 1;
    }
    out
}

fn all_of(told: &[(&str, &str, &str)]) -> BTreeMap<String, i64> {
    told.iter().map(|(mark, kind, path)| (format!("{mark} {kind} {path}"), 1)).collect()
}

/// How often the officer has been told that the case should have been handled by now.
fn told_late(town: &Town<'_>, case: &Id) -> i64 {
    warned(town, case).get("due department_officer /990101/").copied().unwrap_or_default()
}

/// A case that the works have signed, and are to handle by the standard of its class.
fn signed(town: &Town<'_>) -> Id {
    let case = town.report("路灯不亮").matter;
    let accept = Put::default().with("class", LAMP);
    town.go(&town.by("community_clerk"), &case, "accept", accept).unwrap();
    let works = body("works").to_string();
    let to = Put::default().with("body", &works).with("reason", "归市政");
    town.go(&town.by("dispatcher"), &case, "dispatch", to).unwrap();
    town.go(&town.by("department_officer"), &case, "sign", Put::default()).unwrap();
    case
}

/// Standards give this limit from now on.
fn standard(town: &Town<'_>, kind: &str, n: i64) {
    let limit = "update standard set limit_kind = $1,
        limit_n = cast(cast($2 as text) as bigint)";
    town.world.tamper(STANDARD, limit, &[kind, &n.to_string()]);
}

fn reclassify(town: &Town<'_>, case: &Id) {
    let other = Put::default().with("class", LAMP).with("reason", "时限改短了");
    town.go(&town.by("community_clerk"), case, "reclassify", other).unwrap();
}

#[test]
fn each_mark_is_told_once_and_who_supervises_hears_when_it_is_due() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        on_monday(&town, NINE);
        let case = town.report("路灯不亮").matter;
        let clerk = ("community_clerk", COMMUNITY);
        let half = ("half", clerk.0, clerk.1);
        let most = ("most", clerk.0, clerk.1);
        let due = ("due", clerk.0, clerk.1);
        let over = ("due", "street_supervisor", STREET);
        // Two working hours to accept it: ten, 10:36, eleven.
        for (minute, told, so_far) in [
            (NINE + 59, 0, &[][..]),
            (NINE + 61, 1, &[half]),
            (NINE + 62, 0, &[half]),
            (NINE + 97, 1, &[half, most]),
            (NINE + 119, 0, &[half, most]),
            (NINE + 121, 1, &[half, most, due, over]),
            (NINE + 240, 0, &[half, most, due, over]),
        ] {
            on_monday(&town, minute);
            assert_eq!(look(&town), told, "{minute}");
            assert_eq!(warned(&town, &case), all_of(so_far), "{minute}");
        }
        let told = town.get(&town.by("community_clerk"), "/me/notices").text;
        assert!(told.contains("“受理”的时限已到，还没有办"), "{told}");
    });
}

#[test]
fn what_is_done_is_warned_of_no_more_and_of_several_marks_the_last_is_told() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        on_monday(&town, NINE);
        let (done, open) = (town.report("路灯不亮").matter, town.report("路灯不亮").matter);
        let accept = Put::default().with("class", LAMP);
        town.go(&town.by("community_clerk"), &done, "accept", accept).unwrap();
        // Nobody looked until half past eleven.
        on_monday(&town, NINE + 150);
        look(&town);
        let of_open = warned(&town, &open);
        let late = [("due", "community_clerk", COMMUNITY), ("due", "street_supervisor", STREET)];
        assert_eq!(of_open, all_of(&late));
        let of_done = warned(&town, &done);
        assert!(!of_done.keys().any(|told| told.contains("community_clerk")), "{of_done:?}");
        assert!(
            of_done.keys().any(|told| told.contains("dispatcher")),
            "its next clock: {of_done:?}"
        );
    });
}

#[test]
fn what_should_have_been_told_days_ago_is_passed_over() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        on_monday(&town, NINE);
        let case = town.report("路灯不亮").matter;
        town.at(2026, 10, 16, NINE);
        assert!(look(&town) > 0, "they are looked at, and let go");
        assert_eq!(warned(&town, &case), BTreeMap::new());
        assert_eq!(look(&town), 0);
    });
}

#[test]
fn a_clock_that_ran_out_is_not_told_of_again_when_its_limit_changes() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        on_monday(&town, NINE);
        let case = signed(&town);
        let due = town.matter(&case).due_at.unwrap();
        let past = || due - world.district.now() + 3_600_000_000;
        world.door().clock.shift(past());
        look(&town);
        assert_eq!(told_late(&town, &case), 1);
        // A shorter limit has run out too, less than a day ago.
        let since = town.matter(&case).stage_since;
        let hours = (due - since) / 3_600_000_000 - 3;
        standard(&town, "urgent_hour", hours);
        reclassify(&town, &case);
        assert!(town.matter(&case).due_at.unwrap() < due);
        world.door().clock.shift(60_000_000);
        look(&town);
        assert_eq!(told_late(&town, &case), 1);
    });
}

#[test]
fn a_clock_that_ran_out_days_ago_by_its_new_length_is_told_of_at_once() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        on_monday(&town, NINE);
        let case = signed(&town);
        town.at(2026, 10, 14, NINE);
        look(&town);
        // Of the first contact they were; the two working days of the case are not over.
        let before = told_late(&town, &case);
        standard(&town, "urgent_hour", 1);
        reclassify(&town, &case);
        world.door().clock.shift(60_000_000);
        look(&town);
        assert_eq!(told_late(&town, &case), before + 1);
        look(&town);
        assert_eq!(told_late(&town, &case), before + 1, "and not again");
    });
}

#[test]
fn what_ran_out_by_night_and_has_another_length_before_it_was_told_is_told() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        standard(&town, "natural_day", 2);
        town.at(2026, 10, 15, NINE);
        let case = signed(&town);
        // A Saturday: it would be told of on Monday.
        town.at(2026, 10, 17, NINE + 180);
        look(&town);
        assert!(town.matter(&case).due_at.unwrap() < world.district.now());
        assert_eq!(told_late(&town, &case), 0);
        town.at(2026, 10, 18, NINE + 180);
        standard(&town, "urgent_hour", 72);
        reclassify(&town, &case);
        world.door().clock.shift(60_000_000);
        look(&town);
        assert_eq!(told_late(&town, &case), 1);
        town.at(2026, 10, 19, NINE + 180);
        look(&town);
        assert_eq!(told_late(&town, &case), 1, "and not again");
    });
}

#[test]
fn a_clock_that_outlives_its_version_is_still_told_of() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        on_monday(&town, NINE);
        let case = town.report("路灯不亮").matter;
        let renamed = own(2).replace(
            "\"accept\"\ntitle = { zh = \"受理\", en = \"Accept\" }\nwarns",
            "\"taking\"\ntitle = { zh = \"受理\", en = \"Accept\" }\nwarns",
        );
        let renamed = renamed.replace("clock = \"accept\"", "clock = \"taking\"");
        assert_eq!(adopt(world, &keeper(), 1, &renamed), Ok(2));
        on_monday(&town, NINE + 121);
        assert_eq!(look(&town), 1);
        let late = [("due", "community_clerk", COMMUNITY), ("due", "street_supervisor", STREET)];
        assert_eq!(warned(&town, &case), all_of(&late));
    });
}
