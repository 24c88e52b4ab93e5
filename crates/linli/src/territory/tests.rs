use std::time::Instant;

use geo::{Contains as _, Coord};
use proptest::prelude::*;

use super::acts::{
    ChangePlace, CreatePlaces, DrawPlace, ImportAddresses, ImportBoundaries, MergeGrids, NewPlace,
    Part, SplitGrid,
};
use super::*;
use crate::act::{Actor, Failure};
use crate::testing::{World, both_engines, staff};

fn new_place(code: &str, level: &str, parent: Option<&str>) -> NewPlace {
    NewPlace {
        code: code.to_owned(),
        level: level.to_owned(),
        name: format!("{level}{code}"),
        parent: parent.map(str::to_owned),
        seat: None,
    }
}

fn box_of(south: f64, west: f64, north: f64, east: f64) -> String {
    format!(
        r#"{{"type":"Polygon","coordinates":[[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]]}}"#
    )
}

fn found_small(world: &World) {
    let places = vec![
        new_place("9", DISTRICT, None),
        new_place("91", STREET, Some("9")),
        new_place("911", COMMUNITY, Some("91")),
        new_place("91101", GRID, Some("911")),
        new_place("91102", GRID, Some("911")),
    ];
    world.perform(&Actor::operator(), CreatePlaces { under: None, places }).unwrap();
}

fn place(world: &World, code: &str) -> Place {
    let code = code.to_owned();
    world.read(move |tx| store::place_by_code_ever(tx, &code)).unwrap()
}

fn draw(world: &World, code: &str, shape: String) -> crate::act::Done<()> {
    let Place { id: place, version: seen, .. } = place(world, code);
    world.perform(&Actor::operator(), DrawPlace { place, seen, shape }).map(drop)
}

fn at(world: &World, lat: f64, lng: f64) -> Option<String> {
    let district = std::sync::Arc::clone(&world.district);
    let point = ((lat * 1e7) as i64, (lng * 1e7) as i64);
    world.read(move |tx| Ok(grid_at(&district, tx, point.0, point.1)?.map(|p| p.code)))
}

fn codes(failure: Failure) -> Vec<&'static str> {
    match failure {
        Failure::Invalid(all) => all.into_iter().map(|p| p.code).collect(),
        Failure::Refused(refusal) => vec![refusal.code],
        other => panic!("{other}"),
    }
}

#[test]
fn kongtong_is_founded_from_the_shipped_table() {
    both_engines(|world| {
        assert_eq!(found::found(world.door(), "620802").unwrap(), 299);
        let all = world.read(|tx| store::under(tx, "/620802/"));
        let count = |level: &str| all.iter().filter(|p| p.level == level).count();
        assert_eq!((count(DISTRICT), count(STREET), count(COMMUNITY)), (1, 21, 277));
        assert_eq!(all[0].name, "崆峒区");
        let first = all.iter().find(|p| p.code == "620802001").unwrap();
        assert_eq!(first.path, "/620802/620802001/");
        let up = world.read(|tx| ancestors(tx, "/620802/620802001/620802001001/"));
        assert_eq!(up.len(), 3);
        let failure = found::found(world.door(), "620802").unwrap_err();
        assert_eq!(codes(failure), ["place_code_used"]);
        assert_eq!(codes(found::found(world.door(), "629999").unwrap_err()), ["division_unknown"]);
    });
}

#[test]
fn a_point_falls_to_its_grid_and_else_to_the_smallest_place() {
    both_engines(|world| {
        found_small(world);
        assert_eq!(at(world, 31.005, 121.005), None);
        draw(world, "91", box_of(31.0, 121.0, 31.1, 121.1)).unwrap();
        assert_eq!(at(world, 31.005, 121.005).as_deref(), Some("91"));
        draw(world, "911", box_of(31.0, 121.0, 31.05, 121.05)).unwrap();
        draw(world, "91101", box_of(31.0, 121.0, 31.02, 121.02)).unwrap();
        assert_eq!(at(world, 31.005, 121.005).as_deref(), Some("91101"));
        assert_eq!(at(world, 31.03, 121.03).as_deref(), Some("911"));
        assert_eq!(at(world, 31.09, 121.09).as_deref(), Some("91"));
        assert_eq!(at(world, 30.0, 121.0), None);
        let (a, b) = (place(world, "91101"), place(world, "9"));
        let district = std::sync::Arc::clone(&world.district);
        let names = world.read(move |tx| {
            Ok((name_of_path(&district, tx, &a.path)?, name_of_path(&district, tx, &b.path)?))
        });
        assert_eq!(names, ("street91·community911·grid91101".into(), "district9".into()));
    });
}

#[test]
fn a_boundary_that_does_not_fit_is_refused_by_name() {
    both_engines(|world| {
        found_small(world);
        draw(world, "911", box_of(31.0, 121.0, 31.05, 121.05)).unwrap();
        draw(world, "91101", box_of(31.0, 121.0, 31.02, 121.02)).unwrap();
        let wrong = |shape: String| codes(draw(world, "91102", shape).unwrap_err());
        assert_eq!(wrong(box_of(31.0, 121.01, 31.02, 121.04)), ["shape_overlaps"]);
        assert_eq!(wrong(box_of(31.03, 121.03, 31.06, 121.05)), ["shape_outside"]);
        assert_eq!(wrong("{".into()), ["shape_not_geojson"]);
        assert_eq!(wrong(r#"{"type":"Point","coordinates":[121,31]}"#.into()), ["shape_not_area"]);
        assert_eq!(wrong(box_of(121.0, 31.0, 121.02, 31.02)), ["shape_swapped"]);
        assert_eq!(
            wrong(box_of(3_440_000.0, 440_000.0, 3_450_000.0, 450_000.0)),
            ["shape_not_degrees"]
        );
        let bow = "[[[121.0,31.0],[121.01,31.01],[121.01,31.0],[121.0,31.01],[121.0,31.0]]]";
        let bow = format!(r#"{{"type":"Polygon","coordinates":{bow}}}"#);
        assert_eq!(wrong(bow), ["shape_crossed"]);
        let gcj = box_of(31.0, 121.02, 31.02, 121.04).replacen(
            '{',
            r#"{"crs":{"properties":{"name":"GCJ-02"}},"#,
            1,
        );
        assert_eq!(wrong(gcj), ["shape_other_system"]);
        assert_eq!(at(world, 31.005, 121.03).as_deref(), Some("911"), "nothing was changed");
        draw(world, "91102", box_of(31.0, 121.02, 31.02, 121.04)).unwrap();
        let outer = codes(draw(world, "911", box_of(31.0, 121.0, 31.02, 121.03)).unwrap_err());
        assert_eq!(outer, ["shape_leaves_out"]);
    });
}

#[test]
fn a_place_stays_the_same_place_under_a_new_name() {
    both_engines(|world| {
        found_small(world);
        let before = place(world, "911");
        let id = before.id.clone();
        let change = |seen, code: &str| ChangePlace {
            place: id.clone(),
            seen,
            code: code.to_owned(),
            level: "工行委".to_owned(),
            name: "新桥社区".to_owned(),
        };
        world.perform(&Actor::operator(), change(1, "911-L")).unwrap();
        let after = place(world, "911-L");
        assert_eq!((&after.id, &after.path), (&id, &before.path));
        let past = world.read(move |tx| store::past(tx, &before.id));
        assert_eq!(past.len(), 1);
        assert_eq!((past[0].code.as_str(), past[0].name.as_str()), ("911", "community911"));
        assert_eq!((after.level.as_str(), after.name.as_str()), ("工行委", "新桥社区"));
        let failure = world.perform(&Actor::operator(), change(1, "911-M")).unwrap_err();
        assert_eq!(codes(failure), ["changed_meanwhile"]);
        let failure = world.perform(&Actor::operator(), change(2, "91")).unwrap_err();
        assert_eq!(codes(failure), ["place_code_used"]);
    });
}

#[test]
fn who_may_not_draw_is_refused() {
    both_engines(|world| {
        found_small(world);
        let place = place(world, "91101").id;
        let shape = box_of(31.0, 121.0, 31.02, 121.02);
        let draw = || DrawPlace { place: place.clone(), seen: 1, shape: shape.clone() };
        let mine = staff("street_supervisor", "/9/91/", world.new_id());
        let other = staff("street_supervisor", "/9/92/", world.new_id());
        assert_eq!(codes(world.perform(&Actor::public(), draw()).unwrap_err()), ["not_your_duty"]);
        assert_eq!(codes(world.perform(&other, draw()).unwrap_err()), ["beyond_your_place"]);
        world.perform(&mine, draw()).unwrap();
        let create = || CreatePlaces {
            under: Some(super::tests::place(world, "911").id),
            places: vec![new_place("921", COMMUNITY, Some("9"))],
        };
        assert_eq!(codes(world.perform(&mine, create()).unwrap_err()), ["not_your_duty"]);
        let admin = staff("system_admin", "/9/", world.new_id());
        assert_eq!(codes(world.perform(&admin, create()).unwrap_err()), ["beyond_your_place"]);
    });
}

#[test]
fn a_boundary_that_somebody_else_drew_meanwhile_is_not_drawn_over() {
    both_engines(|world| {
        found_small(world);
        let Place { id: place, version: seen, .. } = place(world, "91101");
        let left = box_of(31.0, 121.0, 31.02, 121.02);
        let draw = |seen, shape: &str| {
            let act = DrawPlace { place: place.clone(), seen, shape: shape.to_owned() };
            world.perform(&Actor::operator(), act)
        };
        let ground = world.read(store::version);
        draw(seen, &left).unwrap();
        let smaller = box_of(31.0, 121.0, 31.01, 121.01);
        assert_eq!(codes(draw(seen, &smaller).unwrap_err()), ["changed_meanwhile"]);
        assert_eq!(at(world, 31.015, 121.015).as_deref(), Some("91101"));
        let file = collection(&[("91101", "", &smaller)]);
        let features = import::features("file", &file).unwrap();
        let import = |seen| {
            let (within, features) = (super::tests::place(world, "9").id, features.clone());
            let act = ImportBoundaries { within, seen: Some(seen), features, creates: false };
            world.perform(&Actor::operator(), act)
        };
        assert_eq!(codes(import(ground).unwrap_err()), ["changed_meanwhile"]);
        assert_eq!(at(world, 31.015, 121.015).as_deref(), Some("91101"));
        import(world.read(store::version)).unwrap();
        assert_eq!(at(world, 31.015, 121.015), None);
    });
}

/// A patchwork of cells whose corners are shaken, so that no two of them are alike.
fn patchwork(shake: &[(i64, i64)], side: usize) -> Vec<(Id, Area)> {
    let corner = |row: usize, col: usize| {
        let (dx, dy) = shake[(row * (side + 1) + col) % shake.len()];
        let (lat, lng) = (310_000_000 + row as i64 * 10_000, 1_210_000_000 + col as i64 * 10_000);
        format!("[{},{}]", Point::degrees(lng + dx), Point::degrees(lat + dy))
    };
    let mut out = Vec::new();
    for row in 0..side {
        for col in 0..side {
            let ring = [
                corner(row, col),
                corner(row, col + 1),
                corner(row + 1, col + 1),
                corner(row + 1, col),
                corner(row, col),
            ];
            let text = format!(r#"{{"type":"Polygon","coordinates":[[{}]]}}"#, ring.join(","));
            let id = Id::derived(&format!("cell {row} {col}"));
            out.push((id, Area::parse(&text).unwrap()));
        }
    }
    out
}

fn ground_of(cells: &[(Id, Area)]) -> Ground {
    let places = cells.iter().map(|(id, _)| Place {
        id: id.clone(),
        code: id.to_string(),
        level: GRID.to_owned(),
        name: id.to_string(),
        parent: None,
        path: format!("/{id}/"),
        seat: None,
        valid_from: crate::base::Instant(0),
        valid_to: None,
        version: 1,
    });
    Ground::new(1, places.collect(), cells.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_index_agrees_with_looking_at_every_cell(
        shake in prop::collection::vec((-3_000_i64..3_000, -3_000_i64..3_000), 49),
        points in prop::collection::vec((-5_000_i64..70_000, -5_000_i64..70_000), 200),
    ) {
        let cells = patchwork(&shake, 6);
        let ground = ground_of(&cells);
        for (dy, dx) in points {
            let point = Point::new(310_000_000 + dy, 1_210_000_000 + dx);
            let hits: Vec<&Id> =
                cells.iter().filter(|(_, a)| a.contains(point)).map(|(id, _)| id).collect();
            prop_assert!(hits.len() <= 1, "a point lies in one cell");
            let found = ground.grid_at(point.lat_e7, point.lng_e7).map(|p| &p.id);
            prop_assert_eq!(found, hits.first().copied());
            // A second opinion by another library, for points that lie on no line.
            let coord = Coord { x: point.lng_e7 as f64, y: point.lat_e7 as f64 };
            let inside: Vec<&Id> = cells
                .iter()
                .filter(|(_, area)| area.to_geo().contains(&coord))
                .map(|(id, _)| id)
                .collect();
            if let Some(only) = inside.first() {
                prop_assert_eq!(found, Some(*only));
            }
        }
    }
}

#[test]
fn a_point_on_a_shared_line_lies_in_exactly_one_cell() {
    let cells = patchwork(&[(0, 0)], 4);
    for step in 0..40_000 {
        let point = Point::new(310_010_000, 1_210_000_000 + step);
        let hits = cells.iter().filter(|(_, area)| area.contains(point)).count();
        assert_eq!(hits, 1);
    }
}

#[test]
fn finding_the_grid_takes_microseconds() {
    let shake: Vec<(i64, i64)> = (0..97).map(|n| (n * 31 % 2_000, n * 57 % 2_000)).collect();
    let ground = ground_of(&patchwork(&shake, 40));
    let started = Instant::now();
    let mut found = 0;
    for n in 0..100_000_i64 {
        let point = (310_000_000 + n * 7_919 % 390_000, 1_210_000_000 + n * 104_729 % 390_000);
        found += usize::from(ground.grid_at(point.0, point.1).is_some());
    }
    let nanos = started.elapsed().as_nanos() / 100_000;
    println!("point to grid among {} grids: {nanos} ns", ground.areas().count());
    assert!(found > 95_000);
}

const PLACES_FILE: &str = include_str!("../../data/demo/places.geojson");
const ADDRESSES_FILE: &str = include_str!("../../data/demo/addresses.tsv");

fn area(world: &World, code: &str) -> Area {
    let id = place(world, code).id;
    let text = world.read(move |tx| store::last_outline(tx, &id)).unwrap();
    Area::parse(&text).unwrap()
}

fn split(world: &World, code: &str, knife: &str, new: [&str; 2]) -> crate::act::Done<Vec<Id>> {
    let old = place(world, code);
    let knife = rules::Knife::parse(knife).unwrap();
    let (a, b) = rules::cut(&area(world, code), &knife).unwrap();
    let part = |code: &str, area: &Area| Part {
        code: code.to_owned(),
        name: format!("新{code}"),
        shape: Some(area.geojson()),
    };
    let parts = vec![part(new[0], &a), part(new[1], &b)];
    let act = SplitGrid { grid: old.id, seen: old.version, parts, heir: 0 };
    Ok(world.perform(&Actor::operator(), act)?.outcome)
}

#[test]
fn the_demo_district_stands_on_its_map() {
    both_engines(|world| {
        found::seed_demo(world.door(), PLACES_FILE, ADDRESSES_FILE).unwrap();
        let all = world.read(|tx| store::under(tx, "/990101/"));
        let count = |level: &str| all.iter().filter(|p| p.level == level).count();
        assert_eq!((count(DISTRICT), count(STREET), count(COMMUNITY)), (1, 2, 6));
        assert!(count(GRID) > 10);
        let addresses = found::read_addresses(ADDRESSES_FILE).unwrap();
        for address in &addresses {
            let point = address.point.unwrap();
            let found = at(world, point.lat_e7 as f64 / 1e7, point.lng_e7 as f64 / 1e7);
            assert_eq!(found.as_deref(), Some(address.place.as_str()), "{}", address.text);
        }
        let matching = |q: &str| {
            let q = q.to_owned();
            world.read(move |tx| store::addresses_matching(tx, "/990101/", &q, 100)).len()
        };
        assert_eq!(matching("梧桐里1号楼"), 1);
        assert_eq!(matching("wcl20hwtl1hl"), 1);
        assert_eq!(matching("WangChaoLu20"), 1);
        assert!(matching("1号楼") > 10);
        assert_eq!((matching("%"), matching("' or 1=1"), matching("没有这里")), (0, 0, 0));
        let again = ImportAddresses { within: all[0].id.clone(), addresses: addresses.clone() };
        assert_eq!(world.perform(&Actor::operator(), again).unwrap().outcome, 0);
    });
}

#[test]
fn a_split_and_a_merge_keep_the_ground_and_the_history() {
    both_engines(|world| {
        found_small(world);
        draw(world, "91101", box_of(31.0, 121.0, 31.02, 121.02)).unwrap();
        let whole = area(world, "91101");
        let line = r#"{"type":"LineString","coordinates":[[121.01,30.99],[121.011,31.03]]}"#;
        let ids = split(world, "91101", line, ["91103", "91104"]).unwrap();
        let (east, west) = (area(world, "91103"), area(world, "91104"));
        let sum = east.square_metres() + west.square_metres();
        assert!((whole.square_metres() - sum).abs() <= 2, "{sum}");
        let old = place(world, "91101");
        assert!(!old.stands());
        let came = |id: Id| {
            world.read(move |tx| Ok((successors(tx, &id)?.len(), predecessors(tx, &id)?.len())))
        };
        assert_eq!(came(old.id.clone()), (2, 0));
        assert_eq!(came(ids[0].clone()), (0, 1));
        assert_eq!(at(world, 31.005, 121.015).as_deref(), Some("91103"));
        assert_eq!(at(world, 31.005, 121.005).as_deref(), Some("91104"));
        let seen = |code: &str| (place(world, code).id, place(world, code).version);
        let merge = |grids: Vec<(Id, i64)>| MergeGrids {
            parent: place(world, "911").id,
            grids,
            code: "91105".to_owned(),
            name: "合并".to_owned(),
        };
        let undrawn = merge(vec![seen("91103"), seen("91102")]);
        let failure = world.perform(&Actor::operator(), undrawn).unwrap_err();
        assert_eq!(codes(failure), ["grid_not_drawn"]);
        let one = merge(vec![seen("91103")]);
        assert_eq!(codes(world.perform(&Actor::operator(), one).unwrap_err()), ["merge_count"]);
        let both = merge(vec![seen("91103"), seen("91104")]);
        let id = world.perform(&Actor::operator(), both).unwrap().outcome;
        assert_eq!(came(id), (0, 2));
        assert!((area(world, "91105").square_metres() - whole.square_metres()).abs() <= 2);
        let district = std::sync::Arc::clone(&world.district);
        let path = place(world, "91101").path;
        let name = world.read(move |tx| name_of_path(&district, tx, &path));
        assert!(name.ends_with("grid91101"), "an old case still finds its grid: {name}");
        assert_eq!(
            codes(split(world, "91101", line, ["91106", "91107"]).unwrap_err()),
            ["place_ended"]
        );
    });
}

#[test]
fn a_split_with_a_gap_an_overlap_or_a_used_code_is_refused() {
    both_engines(|world| {
        found_small(world);
        draw(world, "91101", box_of(31.0, 121.0, 31.02, 121.02)).unwrap();
        let old = place(world, "91101");
        let part = |code: &str, shape: String| Part {
            code: code.to_owned(),
            name: code.to_owned(),
            shape: Some(shape),
        };
        let try_parts = |parts: Vec<Part>| {
            let act = SplitGrid { grid: old.id.clone(), seen: old.version, parts, heir: 0 };
            codes(world.perform(&Actor::operator(), act).unwrap_err())
        };
        let west = || part("a1", box_of(31.0, 121.0, 31.02, 121.01));
        let gap = part("a2", box_of(31.0, 121.012, 31.02, 121.02));
        assert_eq!(try_parts(vec![west(), gap]), ["split_gap"]);
        let over = part("a2", box_of(31.0, 121.005, 31.02, 121.02));
        assert_eq!(try_parts(vec![west(), over]), ["shape_overlaps"]);
        let beyond = part("a2", box_of(31.0, 121.01, 31.02, 121.03));
        assert_eq!(try_parts(vec![west(), beyond]), ["shape_outside"]);
        let used = part("91102", box_of(31.0, 121.01, 31.02, 121.02));
        assert_eq!(try_parts(vec![west(), used]), ["place_code_used"]);
        assert_eq!(try_parts(vec![west()]), ["split_parts"]);
        assert!(place(world, "91101").stands(), "nothing was changed");
        assert_eq!(at(world, 31.005, 121.005).as_deref(), Some("91101"));
    });
}

fn collection(features: &[(&str, &str, &str)]) -> String {
    let one = |(code, name, shape): &(&str, &str, &str)| {
        format!(
            r#"{{"type":"Feature","properties":{{"code":"{code}","name":"{name}"}},"geometry":{shape}}}"#
        )
    };
    let all: Vec<String> = features.iter().map(one).collect();
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, all.join(","))
}

#[test]
fn an_import_tells_what_is_wrong_with_each_feature_and_is_all_or_nothing() {
    both_engines(|world| {
        found_small(world);
        let within = place(world, "911");
        let (left, right) =
            (box_of(31.0, 121.0, 31.02, 121.02), box_of(31.0, 121.01, 31.02, 121.04));
        let look = |text: &str| {
            let (features, within) = (import::features("file", text).unwrap(), within.clone());
            let dry = features.clone();
            let plan = world
                .door()
                .store
                .read_blocking(move |tx| import::plan(tx, &within, &dry))
                .unwrap();
            (plan, features)
        };
        let wrong: Vec<(usize, Vec<&str>)> = look(&collection(&[
            ("", "grid91101", &left),
            ("91102", "", &right),
            ("91102", "", &left),
            ("", "nowhere", &left),
            ("x-9", "orphan", &left),
            ("9", "", &left),
            ("", "grid91102", r#"{"type":"Point","coordinates":[121,31]}"#),
        ]))
        .0
        .rows
        .iter()
        .map(|row| (row.number, row.problems.iter().map(|p| p.code).collect()))
        .collect();
        let of = |number: usize| wrong.iter().find(|(n, _)| *n == number).unwrap().1.clone();
        assert_eq!(of(3)[0], "import_twice");
        assert_eq!(of(4), ["import_unknown"]);
        assert_eq!(of(5), ["import_no_parent"]);
        assert_eq!(of(6), ["import_beyond"]);
        assert_eq!(of(7)[0], "shape_not_area");
        let (plan, features) = look(&collection(&[("91101", "", &left), ("91102", "", &right)]));
        assert!(!plan.is_right());
        let act = |features| ImportBoundaries {
            within: within.id.clone(),
            seen: None,
            features,
            creates: false,
        };
        let failure = world.perform(&Actor::operator(), act(features)).unwrap_err();
        assert_eq!(codes(failure), ["shape_overlaps", "shape_overlaps"]);
        assert_eq!(at(world, 31.005, 121.005), None, "nothing was taken");
        let east = box_of(31.0, 121.02, 31.02, 121.04);
        let (plan, features) = look(&collection(&[("91101", "", &left), ("91102", "", &east)]));
        assert!(plan.is_right() && !plan.creates());
        let done = world.perform(&Actor::operator(), act(features.clone())).unwrap().outcome;
        assert_eq!((done.created, done.drawn, done.unchanged), (0, 2, 0));
        let done = world.perform(&Actor::operator(), act(features)).unwrap().outcome;
        assert_eq!((done.created, done.drawn, done.unchanged), (0, 0, 2));
        assert_eq!(at(world, 31.005, 121.03).as_deref(), Some("91102"));
    });
}

#[test]
fn files_that_are_no_boundaries_are_told_apart() {
    let code = |text: &str| import::features("file", text).unwrap_err().code;
    assert_eq!(code(""), "shape_not_geojson");
    assert_eq!(code("[1,2]"), "import_not_features");
    assert_eq!(code(r#"{"type":"FeatureCollection","features":[]}"#), "import_empty");
    assert_eq!(code(&"x".repeat(import::MOST_BYTES + 1)), "file_too_big");
    let many = collection(&vec![("1", "a", "null"); import::MOST_FEATURES + 1]);
    assert_eq!(code(&many), "import_too_many");
    assert_eq!(code(&"[".repeat(10_000)), "shape_not_geojson");
    let other = r#"{"type":"FeatureCollection","crs":{"properties":{"name":"EPSG:4490"}},
        "features":[]}"#;
    assert_eq!(code(other), "shape_other_system");
}

proptest! {
    #[test]
    fn no_text_breaks_the_readers(
        text in "\\PC{0,60}",
        numbers in prop::collection::vec(-400.0..400.0_f64, 0..12),
    ) {
        let _ = Area::parse(&text);
        let _ = rules::Knife::parse(&text);
        let _ = import::features("file", &text);
        let pairs: Vec<String> =
            numbers.chunks(2).map(|pair| format!("{pair:?}")).collect();
        for kind in ["Polygon", "LineString", "MultiPolygon"] {
            let ring = pairs.join(",");
            for coordinates in [format!("[[{ring}]]"), format!("[{ring}]"), format!("[[[{ring}]]]")] {
                let shape = format!(r#"{{"type":"{kind}","coordinates":{coordinates}}}"#);
                if let Ok(area) = Area::parse(&shape) {
                    prop_assert_eq!(Area::parse(&area.geojson()), Ok(area));
                }
                let _ = rules::Knife::parse(&shape);
            }
        }
    }

    #[test]
    fn cutting_loses_no_ground(
        a in (-20_000_i64..120_000, -20_000_i64..120_000),
        b in (-20_000_i64..120_000, -20_000_i64..120_000),
    ) {
        let whole = Area::parse(&box_of(31.0, 121.0, 31.01, 121.01)).unwrap();
        let point = |(y, x): (i64, i64)| Point::new(310_000_000 + y, 1_210_000_000 + x);
        prop_assume!(a != b);
        if let Some((one, two)) = rules::cut(&whole, &rules::Knife::Line(vec![point(a), point(b)])) {
            // Exactly, but for the rounding of the new corners to a centimetre.
            let lost = whole.twice_extent() - one.twice_extent() - two.twice_extent();
            prop_assert!(lost.abs() <= 2, "{lost} lost");
            prop_assert_eq!(rules::overlap(&one, &two), 0);
        }
    }
}
