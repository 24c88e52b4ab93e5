//! 划定边界: the boundary of a place is drawn; the one before stays in the history.

use std::borrow::Cow;

use serde::Serialize;

use super::{area_of, areas, fits, standing};
use crate::act::{Act, Acting, Done, Failure, Refusal, Subject};
use crate::base::{Fault, Id};
use crate::store::ReadTx;
use crate::territory::{Area, PLACES, Place, rules, store};

/// What of a place's ground would belong to no place of its level any more if it were drawn so, in
/// square metres; hairlines are none.
pub(in crate::territory) fn left_out(tx: &ReadTx<'_>, place: &Place, area: &Area) -> Done<i64> {
    let Some(before) = area_of(tx, place)? else { return Ok(0) };
    let beside = match &place.parent {
        Some(parent) => areas(tx, store::children(tx, Some(parent))?, &[&place.id])?,
        None => Vec::new(),
    };
    let after: Vec<&Area> = beside.iter().map(|(_, area)| area).chain([area]).collect();
    let rest = rules::uncovered(&before, &after);
    Ok(if rest > rules::tolerance(before.square_metres()) { rest } else { 0 })
}

/// Sets the boundary of one place.
#[derive(Clone, Debug, Serialize)]
pub struct DrawPlace {
    pub place: Id,
    /// The version of the place that the map showed.
    pub seen: i64,
    /// A GeoJSON Polygon or MultiPolygon, WGS-84.
    pub shape: String,
}

impl Act for DrawPlace {
    type Outcome = Id;

    fn name(&self) -> Cow<'static, str> {
        "place.draw".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(self)?)
    }

    fn subject(&self) -> Subject {
        Subject::row(PLACES, &self.place)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<Id> {
        let area = rules::check_area("shape", &self.shape)?;
        let place = standing(cx.read(), &self.place)?;
        let wrong = fits(cx.read(), "shape", &place, &area, &[])?;
        if !wrong.is_empty() {
            return Err(Failure::Invalid(wrong));
        }
        if !store::touch_place(cx.tx, &place.id, self.seen)? {
            return Err(Refusal::new("changed_meanwhile").into());
        }
        let (id, now) = (cx.new_id(), cx.now());
        store::draw(cx.tx, &id, &place.id, &area.geojson(), now)?;
        store::bump(cx.tx)?;
        Ok(id)
    }
}
