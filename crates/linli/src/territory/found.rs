//! Founding a district: its streets and communities from the shipped table of divisions.

use super::acts::{
    CreatePlaces, ImportAddresses, ImportBoundaries, MOST_ADDRESSES, MOST_PLACES, NewAddress,
    NewPlace,
};
use super::{Point, divisions, import, store};
use crate::act::{Actor, Done, Door, Failure, FieldProblem, Order};
use crate::base::{Fault, Id};

/// Enters the district with this code, its streets and its communities; gives how many places.
/// It blocks: call it from the terminal or from a thread that may.
pub fn found(door: &Door, code: &str) -> Done<usize> {
    let all = divisions::of_district(code)?;
    let Some(district) = all.first().filter(|first| first.code == code && code.len() == 6) else {
        return Err(FieldProblem::new("division", "division_unknown").with("code", code).into());
    };
    let name = district.name.clone();
    let places: Vec<NewPlace> = all
        .iter()
        .map(|division| NewPlace {
            code: division.code.clone(),
            level: division.level().to_owned(),
            name: division.name.clone(),
            parent: (division.code != code).then(|| division.parent_code().to_owned()),
            seat: None,
        })
        .collect();
    tracing::info!("founding {name} ({code}) with {} places", places.len());
    create_in_chunks(door, &places)?;
    Ok(places.len())
}

/// Enters places as the operator, parents first, in acts of a size the record takes.
fn create_in_chunks(door: &Door, places: &[NewPlace]) -> Done<()> {
    for chunk in places.chunks(MOST_PLACES) {
        let under = match chunk.first().and_then(|first| first.parent.clone()) {
            None => None,
            Some(_) => Some(root(door)?),
        };
        let order =
            Order::new(Id::new(door.clock.now()), CreatePlaces { under, places: chunk.to_vec() });
        door.perform_blocking(&Actor::operator(), order)?;
    }
    Ok(())
}

/// The district's own place.
pub fn root(door: &Door) -> Done<Id> {
    door.store.read_blocking(|tx| -> Done<Id> {
        let roots = store::children(tx, None)?;
        let first = roots.into_iter().next().map(|place| place.id);
        first.ok_or_else(|| Failure::Fault(Fault::new("the district has no place yet")))
    })
}

/// Enters the places and addresses of the demonstration, which are files of this program: the
/// district first, then everything in it with its boundaries, then the addresses.
pub fn seed_demo(door: &Door, places_geojson: &str, addresses_tsv: &str) -> Done<()> {
    let features = import::features("places", places_geojson)?;
    let first = features.first().cloned().unwrap_or_default();
    let district = NewPlace {
        code: first.code,
        level: first.level,
        name: first.name,
        parent: None,
        seat: None,
    };
    create_in_chunks(door, &[district])?;
    let within = root(door)?;
    let act = ImportBoundaries { within: within.clone(), seen: None, features, creates: true };
    door.perform_blocking(&Actor::operator(), Order::new(Id::new(door.clock.now()), act))?;
    let addresses = read_addresses(addresses_tsv)?;
    for chunk in addresses.chunks(MOST_ADDRESSES) {
        let act = ImportAddresses { within: within.clone(), addresses: chunk.to_vec() };
        door.perform_blocking(&Actor::operator(), Order::new(Id::new(door.clock.now()), act))?;
    }
    Ok(())
}

/// Lines of `id compound building address grid lat lng`, set apart by tabs, under a head line.
pub fn read_addresses(tsv: &str) -> Done<Vec<NewAddress>> {
    let mut out = Vec::new();
    for (at, words) in tsv.lines().enumerate().skip(1).filter(|(_, words)| !words.is_empty()) {
        let parts: Vec<&str> = words.split('\t').collect();
        let line = format!("line{}", at + 1);
        let wrong = || FieldProblem::new(&line, "address_line").with("n", at + 1);
        let [_, _, _, text, place, lat, lng] = parts[..] else { return Err(wrong().into()) };
        let position = format!("[{lng},{lat}]").parse().map_err(|_| wrong())?;
        let point = Point::from_position(&position).map_err(|_| wrong())?;
        out.push(NewAddress { text: text.to_owned(), place: place.to_owned(), point: Some(point) });
    }
    Ok(out)
}
