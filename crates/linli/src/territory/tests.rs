use std::time::Instant;

use geo::{Contains as _, Coord};
use proptest::prelude::*;

use super::acts::{ChangePlace, CreatePlaces, DrawPlace, NewPlace};
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
    let place = place(world, code).id;
    world.perform(&Actor::operator(), DrawPlace { place, shape }).map(drop)
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
        assert_eq!(wrong(box_of(3_440_000.0, 440_000.0, 3_450_000.0, 450_000.0)), [
            "shape_not_degrees"
        ]);
        let bow = "[[[121.0,31.0],[121.01,31.01],[121.01,31.0],[121.0,31.01],[121.0,31.0]]]";
        let bow = format!(r#"{{"type":"Polygon","coordinates":{bow}}}"#);
        assert_eq!(wrong(bow), ["shape_crossed"]);
        let gcj = box_of(31.0, 121.02, 31.02, 121.04)
            .replacen('{', r#"{"crs":{"properties":{"name":"GCJ-02"}},"#, 1);
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
        let change = |seen, code: &str| ChangePlace {
            place: before.id.clone(),
            seen,
            code: code.to_owned(),
            level: "工行委".to_owned(),
            name: "新桥社区".to_owned(),
        };
        world.perform(&Actor::operator(), change(1, "911-L")).unwrap();
        let after = place(world, "911-L");
        assert_eq!((&after.id, &after.path), (&before.id, &before.path));
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
        let draw = || DrawPlace { place: place.clone(), shape: shape.clone() };
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
