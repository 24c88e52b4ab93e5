//! Open cases go along when their grid is split or merged; closed ones stay with the old grid.

use std::sync::Arc;

use super::town::{GRID, LAMP, Town, code, person, runtime};
use crate::act::Actor;
use crate::affairs::appeal::report::Report;
use crate::app::duty_holders::{REMITS, hanging, posts_below};
use crate::app::{self, follow::follow, follow::people_follow};
use crate::base::Id;
use crate::matter::timeline;
use crate::people;
use crate::people::acts::FollowPlace;
use crate::territory::acts::{DrawPlace, Goes, MergeGrids, Part, SplitGrid};
use crate::territory::{Place, place_by_code, rules, store};
use crate::testing::both_engines_wired;

const COMMUNITY_CODE: &str = "990101001001";
const OLD: &str = "99010100100101";
const EAST: &str = "99010100100103";
const WEST: &str = "99010100100104";

fn place(town: &Town<'_>, code: &str) -> Place {
    let code = code.to_owned();
    town.world.read(move |tx| place_by_code(tx, &code)).unwrap()
}

fn report_at(town: &Town<'_>, lng_e7: i64) -> Id {
    let report = Report {
        words: "路灯不亮".to_owned(),
        class: Some(LAMP.to_owned()),
        place: Some(OLD.to_owned()),
        lat_e7: Some(310_050_000),
        lng_e7: Some(lng_e7),
        source: "web".to_owned(),
        language: "zh".to_owned(),
        owner: Some(person("zhou")),
        ..Report::default()
    };
    town.report_as(&town.resident("zhou"), "report", report).unwrap().outcome.matter
}

fn split(town: &Town<'_>) {
    split_with(town, |_| Vec::new());
}

/// Draws the old grid and cuts it down the middle; cases without a point go to the second part.
fn split_with(town: &Town<'_>, goes: impl Fn(&Town<'_>) -> Vec<Goes>) {
    let shape = r#"{"type":"Polygon","coordinates":
        [[[121.0,31.0],[121.01,31.0],[121.01,31.01],[121.0,31.01],[121.0,31.0]]]}"#;
    let old = place(town, OLD);
    let draw = DrawPlace { place: old.id.clone(), seen: old.version, shape: shape.to_owned() };
    town.world.perform(&Actor::operator(), draw).unwrap();
    let line = r#"{"type":"LineString","coordinates":[[121.005,30.99],[121.005,31.02]]}"#;
    let id = old.id.clone();
    let whole = town.world.read(move |tx| store::outline(tx, &id)).unwrap().1;
    let whole = crate::territory::Area::parse(&whole).unwrap();
    let (east, west) = rules::cut(&whole, &rules::Knife::parse(line).unwrap()).unwrap();
    let part = |code: &str, name: &str, area: &crate::territory::Area| Part {
        code: code.to_owned(),
        name: name.to_owned(),
        shape: Some(area.geojson()),
    };
    let parts = vec![part(EAST, "东网格", &east), part(WEST, "西网格", &west)];
    let (seen, goes) = (old.version + 1, goes(town));
    let act = SplitGrid { seen, parts, goes, ..of(old.id) };
    town.world.perform(&Actor::operator(), act).unwrap();
}

fn of(grid: Id) -> SplitGrid {
    let (parts, goes, put) = (Vec::new(), Vec::new(), people::store::move_post);
    SplitGrid { grid, seen: 0, parts, heir: 1, goes, posts: posts_below, put, hanging }
}

#[test]
fn open_cases_follow_a_split_and_a_merge_and_closed_ones_stay() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let carried = || runtime().block_on(follow(&Arc::clone(&world.district))).unwrap();
        let (pointed, away) = (report_at(&town, 1_210_080_000), report_at(&town, 1_220_000_000));
        let (plain, gone) = (town.report("路灯不亮").matter, town.report("路灯不亮").matter);
        let withdraw = crate::matter::Put::default().with("reason", "自己好了");
        town.go(&town.resident("zhou"), &gone, "withdraw", withdraw).unwrap();
        assert_eq!(carried(), 0, "nothing has changed yet");
        split(&town);
        assert_eq!(carried(), 3);
        assert_eq!(carried(), 0, "each goes once");
        let grid = |case: &Id| town.matter(case).place_path;
        assert_eq!(grid(&pointed), place(&town, EAST).path, "where its point lies");
        // Without a point, or with one outside what came of the old grid: to the heir.
        assert_eq!(grid(&plain), place(&town, WEST).path);
        assert_eq!(grid(&away), place(&town, WEST).path);
        assert_eq!(grid(&gone), GRID, "a closed case keeps its grid");
        let case = plain.clone();
        let lines = world.read(move |tx| timeline::entries(tx, &case));
        let last = lines.last().unwrap();
        assert_eq!((last.act.as_str(), last.label.as_str()), ("follow_grid", "系统时钟"));
        assert!(last.facts.contains(WEST), "{}", last.facts);
        let (east, west) = (place(&town, EAST), place(&town, WEST));
        let merge = MergeGrids {
            parent: place(&town, COMMUNITY_CODE).id,
            grids: vec![(east.id, east.version), (west.id, west.version)],
            code: "99010100100105".to_owned(),
            name: "新网格".to_owned(),
            remits_seen: String::new(),
            posts: posts_below,
            hanging,
            remits: REMITS,
        };
        world.perform(&Actor::operator(), merge).unwrap();
        assert_eq!(carried(), 3);
        for case in [&pointed, &plain, &away] {
            assert_eq!(grid(case), place(&town, "99010100100105").path);
        }
        let refused = town.go(&town.by("dispatcher"), &plain, "follow_grid", said());
        assert!(refused.is_err(), "nobody in post makes this move");
    });
}

#[test]
fn those_who_live_there_follow_a_split_and_a_merge_and_the_record_knows() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let carried = || runtime().block_on(people_follow(&Arc::clone(&world.district))).unwrap();
        let at = |path: &str| {
            let path = path.to_owned();
            world.read(move |tx| people::store::living_at(tx, &path, 100)).len()
        };
        let version = |name: &str| {
            let id = person(name);
            world.read(move |tx| people::store::person(tx, &id)).unwrap().version
        };
        let leaves = || world.read(|tx| tx.count("select count(*) from leaf", &[]));
        let there = at(GRID);
        assert!(there >= 2, "zhou and lin live there");
        assert_eq!(carried(), 0, "nothing has changed yet");
        let before = leaves();
        split(&town);
        let of_split = leaves() - before;
        assert_eq!(carried(), there);
        assert_eq!(carried(), 0, "each goes once");
        assert!(leaves() > before + of_split, "it is in the record");
        let west = place(&town, WEST);
        assert_eq!((at(GRID), at(&west.path)), (0, there), "they belong to the heir");
        assert_eq!(version("zhou"), 2);
        // Who acts as a resident reaches by the new grid from now on.
        let zhou = world.read(|tx| people::store::person(tx, &person("zhou"))).unwrap();
        assert_eq!(zhou.place_path, west.path);
        let east = place(&town, EAST);
        let merge = MergeGrids {
            parent: place(&town, COMMUNITY_CODE).id,
            grids: vec![(east.id, east.version), (west.id.clone(), west.version)],
            code: "99010100100105".to_owned(),
            name: "新网格".to_owned(),
            remits_seen: String::new(),
            posts: posts_below,
            hanging,
            remits: REMITS,
        };
        world.perform(&Actor::operator(), merge).unwrap();
        let stale = FollowPlace {
            old: west.id,
            to: place(&town, "99010100100105").id,
            people: vec![(person("zhou"), 1)],
        };
        assert_eq!(world.perform(&Actor::clock(), stale).unwrap().outcome, 0, "seen too early");
        assert_eq!(carried(), there);
        assert_eq!(at(&place(&town, "99010100100105").path), there);
        let elsewhere = FollowPlace {
            old: place(&town, "99010100100105").id,
            to: place(&town, "99010100100102").id,
            people: vec![(person("zhou"), 3)],
        };
        assert!(world.perform(&Actor::clock(), elsewhere).is_err(), "it did not take over");
    });
}

fn said() -> crate::matter::Put {
    crate::matter::Put::default().with("place", OLD)
}

#[test]
fn posts_go_along_with_a_split_where_they_are_sent_and_their_holders_hear_of_it() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let now = world.district.now();
        let at = |path: &str| {
            let path = path.to_owned();
            world.read(move |tx| people::store::posts_below(tx, &path, now))
        };
        let there = at(GRID);
        assert!(there.iter().any(|post| post.kind == "grid_worker"), "{there:?}");
        split_with(&town, |_| {
            let sent = there.iter().filter(|post| post.kind == "grid_worker");
            sent.map(|post| Goes { post: post.id.clone(), seen: post.version, part: 0 }).collect()
        });
        let east = at(&place(&town, EAST).path);
        assert!(east.iter().all(|post| post.kind == "grid_worker") && !east.is_empty());
        let held = |posts: &[people::store::PostView]| {
            let workers = posts.iter().filter(|post| post.kind == "grid_worker");
            workers.map(|post| post.holders.len()).sum::<usize>()
        };
        assert_eq!(held(&east), held(&there), "holders stay");
        assert_eq!(at(GRID).len(), there.len() - east.len(), "the others wait");
        let told = "select count(*) from outbox where payload like '%grid.split_placed%'";
        assert!(town.count(told) >= 1);
        let foreign = Goes { post: Id::derived("no post"), seen: 1, part: 0 };
        let west = place(&town, WEST);
        let parts = ["a1", "a2"].map(|code| Part {
            code: code.to_owned(),
            name: code.to_owned(),
            shape: None,
        });
        let (seen, parts) = (west.version, parts.to_vec());
        let act = SplitGrid { seen, parts, goes: vec![foreign], ..of(west.id) };
        let refused = world.perform(&Actor::operator(), act).unwrap_err();
        assert!(code(&refused).contains("not_an_option"), "{refused:?}");
    });
}

#[test]
fn who_holds_a_post_there_the_community_and_who_places_posts_hear_of_a_split() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        split(&town);
        let kinds = world.read(|tx| {
            tx.rows("select payload from outbox order by id", &[], |row| row.get::<String>(0))
        });
        let told = |kind: &str| kinds.iter().filter(|told| told.contains(kind)).count();
        assert!(told("grid.split_yours") >= 1, "{kinds:?}");
        assert_eq!((told("grid.split_posts"), told("grid.split_here")), (1, 1), "{kinds:?}");
        let worker = town.by("grid_worker");
        let page = town.get(&worker, "/field").text;
        assert!(page.contains("您的网格已经拆分，请等重新安排"), "{page}");
        assert!(page.contains("东网格") && page.contains("西网格"), "{page}");
        let form = town.get(&worker, "/field/handled");
        assert_eq!(form.status, axum::http::StatusCode::SEE_OTHER, "{}", form.text);
    });
}
