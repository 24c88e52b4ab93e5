//! Founding a district: its streets and communities from the shipped table of divisions.

use super::acts::{CreatePlaces, MOST_PLACES, NewPlace};
use super::{divisions, store};
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
        let order = Order::new(
            Id::new(door.clock.now()),
            CreatePlaces { under, places: chunk.to_vec() },
        );
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
