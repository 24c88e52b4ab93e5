//! Whoever has to do the next thing with a case is told so, wherever it lies.

use std::collections::BTreeSet;

use super::texts::deliver;
use super::town::{COMMUNITY, GRID, LAMP, OTHER_STREET, STREET, Town, body, code, person};
use crate::act::Actor;
use crate::affairs::appeal::follow::Follow;
use crate::affairs::appeal::report::Report;
use crate::app;
use crate::base::Id;
use crate::matter::{Photo, Put};
use crate::params;
use crate::testing::both_engines_wired;

const DISTRICT: &str = "/990101/";

fn said(name: &str, value: &str) -> Put {
    Put::default().with(name, value)
}

fn reported(town: &Town<'_>, place: &str) -> Id {
    let report = Report {
        words: "路灯不亮".to_owned(),
        class: Some(LAMP.to_owned()),
        place: Some(place.to_owned()),
        source: "web".to_owned(),
        language: "zh".to_owned(),
        owner: Some(person("zhou")),
        ..Report::default()
    };
    town.report_as(&town.resident("zhou"), "report", report).unwrap().outcome.matter
}

/// Who has been told this of the case, as their posts; then it is forgotten.
pub(super) fn told(town: &Town<'_>, case: &Id, kind: &str) -> BTreeSet<String> {
    deliver(town.world);
    let sql = "select person_id from notice join news on news.seq = notice.news
        where matter_id = $1 and kind = $2 order by person_id";
    let (id, kind) = (case.clone(), format!("case.{kind}"));
    let all =
        town.world.read(move |tx| tx.rows(sql, params![id, kind.as_str()], |row| row.get::<Id>(0)));
    let name = |id: &Id| {
        let by = town.actors().into_iter().find(|actor| actor.person.as_ref() == Some(id));
        by.map_or_else(|| id.to_string(), |by| format!("{} {}", by.kind, by.place_path))
    };
    all.iter().map(name).collect()
}

fn posts(all: &[(&str, &str)]) -> BTreeSet<String> {
    all.iter().map(|(kind, path)| format!("{kind} {path}")).collect()
}

fn dispatch() -> Put {
    said("body", body("works").as_str()).with("reason", "归市政")
}

/// At each level: where a case lies, who accepts it, who dispatches it, who verifies it.
type Level<'a> =
    (&'a str, &'a [(&'a str, &'a str)], &'a [(&'a str, &'a str)], &'a [(&'a str, &'a str)]);

const OFFICE: [(&str, &str); 2] = [("dispatcher", STREET), ("street_supervisor", STREET)];
const CENTRE: [(&str, &str); 2] =
    [("district_dispatcher", DISTRICT), ("district_supervisor", DISTRICT)];
const LEVELS: [Level<'static>; 4] = [
    ("99010100100101", &[("community_clerk", COMMUNITY)], &OFFICE, &[("grid_worker", GRID)]),
    ("990101001001", &[("community_clerk", COMMUNITY)], &OFFICE, &[("community_clerk", COMMUNITY)]),
    ("990101001", &[("dispatcher", STREET)], &OFFICE, &OFFICE),
    ("990101", &[("district_dispatcher", DISTRICT)], &CENTRE, &[("district_supervisor", DISTRICT)]),
];

#[test]
fn the_next_to_act_are_told_at_every_stage_and_every_level() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let of = |posts: &[(&str, &str)]| -> Actor {
            let is = |by: &Actor| (by.kind.as_str(), by.place_path.as_str()) == posts[0];
            town.actors().into_iter().find(is).unwrap()
        };
        let officer = town.by("department_officer");
        let works = posts(&[("department_officer", DISTRICT)]);
        for (place, accept, dispatchers, verify) in LEVELS {
            let case = reported(&town, place);
            let go = |by: &Actor, act: &str, put: Put| {
                town.go(by, &case, act, put).unwrap_or_else(|e| panic!("{act} at {place}: {e}"))
            };
            assert_eq!(told(&town, &case, "to_accept"), posts(accept), "{place}");
            // Who accepts a case that is theirs to dispatch need not be told.
            let accepts = of(accept);
            go(&accepts, "accept", said("class", LAMP));
            let itself = format!("{} {}", accepts.kind, accepts.place_path);
            let but = |all: &[(&str, &str)]| -> BTreeSet<String> {
                posts(all).into_iter().filter(|one| *one != itself).collect()
            };
            assert_eq!(told(&town, &case, "to_dispatch"), but(dispatchers), "{place}");
            go(&of(dispatchers), "dispatch", dispatch());
            assert_eq!(told(&town, &case, "to_sign"), works, "{place}");
            let back = said("reason", "缺杆号").with("gap", "灯杆编号");
            go(&officer, "send_back", back);
            assert_eq!(told(&town, &case, "returned"), posts(dispatchers), "{place}");
            go(&of(dispatchers), "dispatch", dispatch());
            go(&officer, "sign", Put::default());
            go(&officer, "answer", said("reply", "已修"));
            assert_eq!(told(&town, &case, "to_verify"), posts(verify), "{place}");
            go(&of(verify), "rework", said("reason", "还不亮"));
            assert!(told(&town, &case, "rework").is_superset(&works), "{place}");
            go(&officer, "answer", said("reply", "又修了"));
            let looked = said("finding", "亮了");
            go(&of(verify), "verify", looked);
            assert_eq!(told(&town, &case, "to_rate"), ["resident /".to_owned()].into());
            go(&town.resident("zhou"), "reopen", said("reason", "又不亮了"));
            assert_eq!(told(&town, &case, "to_dispatch"), posts(dispatchers), "{place}");
        }
    });
}

#[test]
fn where_a_post_is_wanting_the_next_above_is_told_and_never_the_handler() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = reported(&town, "99010100200101");
        let told_of = told(&town, &case, "to_accept");
        assert_eq!(told_of, posts(&[("dispatcher", OTHER_STREET)]), "no clerk there");
        let case = reported(&town, "99010100100101");
        let photo = |role: &str| Photo { file: town.photo(120), role: role.to_owned() };
        let mut put = said("reply", "当场拧紧了灯头");
        put.photos = vec![photo("before"), photo("after")];
        town.go(&town.by("grid_worker"), &case, "handle_here", put).unwrap();
        let told_of = told(&town, &case, "to_verify");
        assert_eq!(told_of, posts(&[("community_clerk", COMMUNITY)]), "somebody else looks");
    });
}

#[test]
fn a_case_that_moves_is_the_new_places_and_no_longer_the_old_ones() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let there = || said("place", "99010100200101").with("reason", "定位错了");
        let (clerk, centre) = (town.by("community_clerk"), town.by("district_dispatcher"));
        let case = reported(&town, "99010100100101");
        assert_eq!(town.matter(&case).body, Some(body("committee")));
        town.go(&clerk, &case, "move_place", there()).unwrap();
        assert_eq!(town.matter(&case).body, Some(body("centre")), "no committee answers there");
        let told_of = told(&town, &case, "moved_here");
        assert_eq!(told_of, posts(&[("dispatcher", OTHER_STREET)]));
        let gone = town.go(&clerk, &case, "reply", said("reply", "还在我们这里")).unwrap_err();
        assert_eq!(code(&gone), "hidden");
        // Whoever it was sent to keeps it, wherever in the district it turns out to lie.
        let sent = reported(&town, "99010100100101");
        town.go(&clerk, &sent, "accept", said("class", LAMP)).unwrap();
        town.go(&centre, &sent, "dispatch", dispatch()).unwrap();
        town.go(&centre, &sent, "move_place", there()).unwrap();
        assert_eq!(town.matter(&sent).body, Some(body("works")));
        let nobody = posts(&[]);
        assert_eq!(told(&town, &sent, "moved_here"), nobody, "there is nothing to take on");
        // Also the body of first contact, once the case was sent to it.
        let own = reported(&town, "99010100100101");
        town.go(&clerk, &own, "accept", said("class", LAMP)).unwrap();
        let to = said("body", body("committee").as_str()).with("reason", "居委会自己办");
        let grown = "update class set body_kind = null";
        world.tamper(crate::catalogue::CLASS, grown, &[]);
        town.go(&centre, &own, "dispatch", to).unwrap();
        town.go(&centre, &own, "move_place", there()).unwrap();
        assert_eq!(town.matter(&own).body, Some(body("committee")));
    });
}

#[test]
fn whoever_was_told_of_a_step_is_told_that_it_was_taken_back() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (clerk, zhou) = (town.by("community_clerk"), town.resident("zhou"));
        let by = town.by("dispatcher");
        let resident: BTreeSet<String> = ["resident /".to_owned()].into();
        let case = reported(&town, "99010100100101");
        let follow = Follow { case: case.clone(), texts: false };
        world.perform(&town.resident("lin"), follow).unwrap();
        town.go(&clerk, &case, "accept", said("class", LAMP)).unwrap();
        town.go(&by, &case, "dispatch", dispatch()).unwrap();
        town.go(&by, &case, "recall", said("reason", "派错了")).unwrap();
        assert_eq!(told(&town, &case, "recalled_for_you"), told(&town, &case, "dispatched"));
        let followers = told(&town, &case, "followed_recalled");
        assert_eq!(followers.len(), 1);
        assert_eq!(followers, told(&town, &case, "followed_dispatched"));
        // It waits to be dispatched again, and is withdrawn.
        let waits = told(&town, &case, "to_dispatch");
        town.go(&zhou, &case, "withdraw", Put::default()).unwrap();
        assert!(told(&town, &case, "withdrawn").is_superset(&waits), "{waits:?}");
        // So is one that waits to be verified; its dispatchers have long done with it.
        let case = reported(&town, "99010100100101");
        town.go(&clerk, &case, "accept", said("class", LAMP)).unwrap();
        town.go(&by, &case, "dispatch", dispatch()).unwrap();
        let officer = town.by("department_officer");
        town.go(&officer, &case, "sign", Put::default()).unwrap();
        town.go(&officer, &case, "answer", said("reply", "已修")).unwrap();
        let waits = told(&town, &case, "to_verify");
        town.go(&zhou, &case, "withdraw", Put::default()).unwrap();
        let heard = told(&town, &case, "withdrawn");
        assert!(!waits.is_empty() && heard.is_superset(&waits), "{heard:?}");
        assert!(heard.is_disjoint(&posts(&OFFICE)) && heard.is_disjoint(&resident), "{heard:?}");
    });
}
