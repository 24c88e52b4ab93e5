//! 新设区域: places are entered under a place, many at once when a district is founded.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::act::{Act, Acting, Done, FieldProblem, Reach, Refusal, Subject};
use crate::base::{Fault, Id};
use crate::territory::{PLACES, Place, Point, path_under, rules, store};

/// Places one act enters at most: each leaves its mark in one leaf of the record.
pub const MOST_PLACES: usize = 300;

/// A place to be entered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewPlace {
    pub code: String,
    pub level: String,
    pub name: String,
    /// Code of the place right above; it may be entered by the same act.
    pub parent: Option<String>,
    pub seat: Option<Point>,
}

/// Enters places at or under one place, or a root where there is none.
#[derive(Clone, Debug, Serialize)]
pub struct CreatePlaces {
    pub under: Option<Id>,
    pub places: Vec<NewPlace>,
}

impl Act for CreatePlaces {
    type Outcome = Vec<Id>;

    fn name(&self) -> Cow<'static, str> {
        "place.create".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(self)?)
    }

    fn subject(&self) -> Subject {
        match &self.under {
            Some(id) => Subject::row(PLACES, id),
            None => Subject::New {
                kind: "place",
                id: self.places.first().map_or_else(String::new, |p| p.code.clone()),
                reach: Reach::at("/"),
            },
        }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<Vec<Id>> {
        if self.places.len() > MOST_PLACES {
            let most = MOST_PLACES.to_string();
            return Err(Refusal::new("too_many_places").with("max", most).into());
        }
        let ids = self.places.iter().map(|new| enter(cx, new, None)).collect::<Done<Vec<Id>>>()?;
        store::bump(cx.tx)?;
        Ok(ids)
    }
}

/// Enters one place under a place within reach, with the import that brings it where one does.
pub(super) fn enter(cx: &mut Acting<'_, '_>, new: &NewPlace, import: Option<&Id>) -> Done<Id> {
    let code = rules::check_code("code", &new.code)?;
    let level = rules::check_level("level", &new.level)?;
    let name = rules::check_name("name", &new.name)?;
    let above = match &new.parent {
        None => None,
        Some(parent) => Some(
            store::place_by_code(cx.read(), parent)?
                .ok_or_else(|| FieldProblem::new("parent", "place_unknown").with("code", parent))?,
        ),
    };
    let path = path_under(above.as_ref().map_or("", |above| &above.path), &code);
    if !path.starts_with(&cx.reach.place_path) {
        return Err(Refusal::new("beyond_your_place").with("act", "place.create").into());
    }
    if store::code_is_used(cx.read(), &code)? || store::path_is_used(cx.read(), &path)? {
        return Err(FieldProblem::new("code", "code_used").with("code", code).into());
    }
    let place = Place {
        id: cx.new_id(),
        code,
        level,
        name,
        parent: above.map(|above| above.id),
        path,
        seat: new.seat,
        valid_from: cx.now(),
        valid_to: None,
        version: 1,
    };
    store::add_place(cx.tx, &place, import)?;
    Ok(place.id)
}
