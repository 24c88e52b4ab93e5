//! Where what hung on a place belongs after the place was split, merged or moved.

use super::{Ground, Place, Point, store};
use crate::base::Id;
use crate::store::{ReadTx, StoreError};

/// Steps of descent that are followed; a grid is not split a thousand times.
const MOST_STEPS: usize = 1_000;

/// The places standing today that came of one that ended, the heir first.
pub fn standing_heirs(tx: &ReadTx<'_>, old: &Id) -> Result<Vec<Place>, StoreError> {
    let mut out: Vec<Place> = Vec::new();
    // The next one to look at lies at the end.
    let mut open = store::successors(tx, old)?;
    open.reverse();
    for _ in 0..MOST_STEPS {
        let Some(place) = open.pop() else { break };
        if !place.stands() {
            open.extend(store::successors(tx, &place.id)?.into_iter().rev());
        } else if out.iter().all(|had| had.id != place.id) {
            out.push(place);
        }
    }
    Ok(out)
}

/// Whether a place came of an earlier one, over however many steps.
pub fn came_of(tx: &ReadTx<'_>, place: &Id, earlier: &Id) -> Result<bool, StoreError> {
    let mut open = vec![place.clone()];
    for _ in 0..MOST_STEPS {
        let Some(id) = open.pop() else { break };
        let before = store::predecessors(tx, &id)?;
        if before.iter().any(|one| one.id == *earlier) {
            return Ok(true);
        }
        open.extend(before.into_iter().map(|one| one.id));
    }
    Ok(false)
}

/// The place a matter of `old` belongs to now: the one its point lies in, where that came of the
/// old place; else the heir.
pub fn heir_of(
    tx: &ReadTx<'_>,
    ground: &Ground,
    old: &Id,
    point: Option<Point>,
) -> Result<Option<Place>, StoreError> {
    let heirs = standing_heirs(tx, old)?;
    let at = point.and_then(|point| ground.grid_at(point.lat_e7, point.lng_e7));
    let by_point = at.filter(|at| heirs.iter().any(|heir| at.within(&heir.path)));
    Ok(by_point.cloned().or_else(|| heirs.into_iter().next()))
}
