//! What is done to places, one file an act.

mod address;
mod change;
mod close;
mod create;
mod draw;
mod import;
mod merge;
mod redrawn;
mod relocate;
mod split;
mod undo_import;

pub use address::{
    ADDRESS_MAX, ImportAddresses, MOST_ADDRESSES, NewAddress, REMOVE, RemoveAddresses,
};
pub use change::ChangePlace;
pub use close::{ClosePlace, MOST_REMITS};
pub(super) use close::{few_remits, no_body_at, no_remit_at};
pub use create::{CreatePlaces, MOST_PLACES, NewPlace};
pub use draw::DrawPlace;
pub(super) use draw::left_out;
pub use import::{ImportBoundaries, Imported};
pub use merge::{MOST_MERGED, MergeGrids};
pub use relocate::{MOST_MOVED, MovePlace};
pub use split::{Goes, MOST_PARTS, Part, SplitGrid, post_field};
pub use undo_import::{UndoImport, Undone};

use super::rules::{self, Named};
use super::{Area, Place, store};
use crate::act::{Done, Failure, FieldProblem, Refusal};
use crate::base::{Fault, Id};
use crate::store::ReadTx;

/// A place that stands, or the refusal that it has ended.
pub(super) fn standing(tx: &ReadTx<'_>, id: &Id) -> Done<Place> {
    let place = store::place_by_id(tx, id)?.ok_or(Failure::Hidden)?;
    if place.stands() {
        return Ok(place);
    }
    Err(Refusal::new("place_ended").with("place", place.name).into())
}

/// The boundary of a place that has one.
pub(super) fn area_of(tx: &ReadTx<'_>, place: &Place) -> Done<Option<Area>> {
    read_area(store::outline(tx, &place.id)?.map(|(_, geojson)| geojson), place)
}

/// The boundary of a place, or the last it had before it ended.
pub(super) fn last_area(tx: &ReadTx<'_>, place: &Place) -> Done<Option<Area>> {
    read_area(store::last_outline(tx, &place.id)?, place)
}

fn read_area(geojson: Option<String>, place: &Place) -> Done<Option<Area>> {
    let Some(geojson) = geojson else { return Ok(None) };
    let area = Area::kept(&geojson).map_err(|problem| {
        Fault::new(format!("the boundary of {}: {}", place.code, problem.code()))
    })?;
    Ok(Some(area))
}

/// Boundaries of these places, but for those in `but`.
fn areas(tx: &ReadTx<'_>, places: Vec<Place>, but: &[&Id]) -> Done<Vec<(String, Area)>> {
    let mut out = Vec::new();
    for place in places.into_iter().filter(|place| !but.contains(&&place.id)) {
        if let Some(area) = area_of(tx, &place)? {
            out.push((place.name, area));
        }
    }
    Ok(out)
}

/// Whether an area fits where the place is; sisters in `but` are passed over.
pub(super) fn fits(
    tx: &ReadTx<'_>,
    field: &str,
    place: &Place,
    area: &Area,
    but: &[&Id],
) -> Done<Vec<FieldProblem>> {
    let mut passed = vec![&place.id];
    passed.extend_from_slice(but);
    let (parent, sisters) = match &place.parent {
        None => (None, Vec::new()),
        Some(id) => {
            let above = standing(tx, id)?;
            let sisters = areas(tx, store::children(tx, Some(id))?, &passed)?;
            (area_of(tx, &above)?.map(|area| (above.name, area)), sisters)
        }
    };
    let inside = areas(tx, store::children(tx, Some(&place.id))?, &[])?;
    fn named((name, area): &(String, Area)) -> Named<'_> {
        Named { name, area }
    }
    let sisters: Vec<Named<'_>> = sisters.iter().map(named).collect();
    let inside: Vec<Named<'_>> = inside.iter().map(named).collect();
    let wrong = rules::fits(field, area, parent.as_ref().map(named).as_ref(), &sisters, &inside);
    if parent.is_some() || !wrong.is_empty() {
        return Ok(wrong);
    }
    // Nothing above says where it belongs: the rest of the district does.
    let others = bounds_but(tx, &place.id)?;
    Ok(rules::far_from_all(field, area, &others).into_iter().collect())
}

/// The frames of every boundary in force but this place's.
fn bounds_but(tx: &ReadTx<'_>, but: &Id) -> Done<Vec<rules::Bounds>> {
    let all = store::outlines(tx)?.into_iter().filter(|(id, _)| id != but);
    // One that cannot be read says nothing of where the district lies.
    Ok(all.filter_map(|(_, geojson)| Some(Area::kept(&geojson).ok()?.bounds())).collect())
}
