//! Places, their boundaries and their history, on both engines.

mod drawing;
mod files;
mod index;
mod places;
mod split;
mod undo;

use super::acts::{CreatePlaces, DrawPlace, ImportBoundaries, Imported, NewPlace};
use super::*;
use crate::act::{Acting, Actor, Done, Failure};
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
    let corners = [(west, south), (east, south), (east, north), (west, north), (west, south)];
    let ring: Vec<String> = corners.iter().map(|(lng, lat)| format!("[{lng},{lat}]")).collect();
    format!(r#"{{"type":"Polygon","coordinates":[[{}]]}}"#, ring.join(","))
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

/// At every place a body answers for lamps, and some pass to it; nothing is written of it.
pub(super) const LAMPS: Remits = Remits { look: lamps, carry: |_, _, _| Ok(()) };

fn lamps(_: &ReadTx<'_>, olds: &[Place]) -> Done<Looked> {
    let (kind, kind_en) = ("路灯".to_owned(), "Street lamps".to_owned());
    let names: Vec<String> = olds.iter().map(|old| old.name.clone()).collect();
    let body = "市政处".to_owned();
    let passes = Passes {
        kind: kind.clone(),
        kind_en: kind_en.clone(),
        from: Some("照明公司".to_owned()),
        to: Some(body.clone()),
        places: names.clone(),
    };
    let (ground, from, added) = ("权责清单".to_owned(), names, Vec::new());
    let remit = Remit { body, kind, kind_en, ground, from, added };
    Ok(Looked { remits: vec![remit], passes: vec![passes], seen: "lamps".to_owned() })
}

fn place(world: &World, code: &str) -> Place {
    let code = code.to_owned();
    world.read(move |tx| store::place_by_code_ever(tx, &code)).unwrap()
}

fn draw(world: &World, code: &str, shape: String) -> Done<()> {
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

fn collection(features: &[(&str, &str, &str)]) -> String {
    let one = |(code, name, shape): &(&str, &str, &str)| {
        let about = format!(r#"{{"code":"{code}","name":"{name}"}}"#);
        format!(r#"{{"type":"Feature","properties":{about},"geometry":{shape}}}"#)
    };
    let all: Vec<String> = features.iter().map(one).collect();
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, all.join(","))
}

/// Takes a file over at the district as the machine's own terminal does.
fn import_at(world: &World, within: &str, file: &str) -> Done<Imported> {
    let features = import::features("file", file).unwrap();
    let within = place(world, within).id;
    let act = ImportBoundaries { within, seen: None, features, creates: true };
    Ok(world.perform(&Actor::operator(), act)?.outcome)
}
