//! 拆分网格: one grid ends, two or more begin in its place. Closed cases keep the old one.
//!
//! The posts of the grid go along, each to the part that is chosen for it. That takes no duty
//! beyond the splitting: a part is less than the whole, so nobody reaches further by it. Those for
//! which none is chosen wait to be placed anew.

use std::borrow::Cow;

use serde::Serialize;

use super::redrawn::Redrawn;
use super::{area_of, no_body_at, no_remit_at, standing};
use crate::act::{Act, Acting, Done, Failure, FieldProblem, Refusal, Subject};
use crate::base::{Fault, Id};
use crate::territory::rules::{self, Named};
use crate::territory::view::{Posted, PostsBelow, PutPost};
use crate::territory::{Area, HangingOn, PLACES, Place, path_under, store};

/// Parts a grid can be split into at once.
pub const MOST_PARTS: usize = 20;

/// One of the grids that begin.
#[derive(Clone, Debug, Serialize)]
pub struct Part {
    pub code: String,
    pub name: String,
    /// GeoJSON; `None` only where the old grid has no boundary either.
    pub shape: Option<String>,
}

/// A post that goes along, as it was seen.
#[derive(Clone, Debug, Serialize)]
pub struct Goes {
    pub post: Id,
    pub seen: i64,
    /// The part it is for from now on.
    pub part: usize,
}

/// Splits a place that has none below it.
#[derive(Clone, Debug, Serialize)]
pub struct SplitGrid {
    pub grid: Id,
    pub seen: i64,
    pub parts: Vec<Part>,
    /// Which part takes over the open cases whose point is not known.
    pub heir: usize,
    pub goes: Vec<Goes>,
    #[serde(skip)]
    pub posts: PostsBelow,
    #[serde(skip)]
    pub put: PutPost,
    #[serde(skip)]
    pub hanging: HangingOn,
}

impl Act for SplitGrid {
    type Outcome = Vec<Id>;

    fn name(&self) -> Cow<'static, str> {
        "grid.split".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(self)?)
    }

    fn subject(&self) -> Subject {
        Subject::row(PLACES, &self.grid)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<Vec<Id>> {
        let old = standing(cx.read(), &self.grid)?;
        if store::has_children(cx.read(), &old.id)? {
            return Err(Refusal::new("place_has_children").with("place", old.name).into());
        }
        if !(2..=MOST_PARTS).contains(&self.parts.len()) {
            return Err(FieldProblem::new("shape", "split_parts").with("max", MOST_PARTS).into());
        }
        if self.heir >= self.parts.len() {
            return Err(FieldProblem::new("heir", "missing").into());
        }
        let now = cx.now();
        no_body_at(cx.read(), &old, self.hanging, now)?;
        no_remit_at(cx.read(), &old, self.hanging, now)?;
        let goes = self.goes(&(self.posts)(cx.read(), &old.path, now)?)?;
        let areas = self.areas(area_of(cx.read(), &old)?.as_ref(), &old)?;
        if !store::end_place(cx.tx, &old.id, self.seen, now)? {
            return Err(Refusal::new("changed_meanwhile").into());
        }
        let mut ids = Vec::new();
        for (at, (part, area)) in self.parts.iter().zip(areas).enumerate() {
            let id = begin(cx, &old, (&part.code, &part.name), at, area.as_ref())?;
            let descent = cx.new_id();
            let kind = if at == self.heir { store::HEIR } else { "split" };
            store::add_descent(cx.tx, &descent, (&old.id, &id), kind, now)?;
            ids.push(id);
        }
        let placed = self.place(cx, goes, &ids)?;
        store::bump(cx.tx)?;
        let now = self.parts.iter().map(|part| part.name.trim().to_owned()).collect();
        let redrawn =
            Redrawn { how: "split", now, code: &old.code, olds: std::slice::from_ref(&old) };
        redrawn.tell(cx, self.posts)?;
        placed.iter().for_each(|(place, holders)| redrawn.tell_placed(cx, place, holders));
        Ok(ids)
    }
}

/// A post that goes along, with its holders.
type Going<'a> = (&'a Goes, Vec<Id>);

impl SplitGrid {
    /// Those of the posts of the grid that go along.
    fn goes(&self, there: &[Posted]) -> Done<Vec<Going<'_>>> {
        let mut out: Vec<Going<'_>> = Vec::new();
        for one in &self.goes {
            let known = there.iter().find(|post| post.id == one.post);
            let twice = out.iter().any(|(other, _)| other.post == one.post);
            let Some(post) = known.filter(|_| one.part < self.parts.len() && !twice) else {
                return Err(FieldProblem::new(post_field(&one.post), "not_an_option").into());
            };
            out.push((one, post.holders.iter().map(|(person, _)| person.clone()).collect()));
        }
        Ok(out)
    }

    /// Puts them there; gives each place with those who are there now.
    fn place(
        &self,
        cx: &mut Acting<'_, '_>,
        goes: Vec<Going<'_>>,
        parts: &[Id],
    ) -> Done<Vec<(Place, Vec<Id>)>> {
        let mut out = Vec::new();
        for (one, holders) in goes {
            let to = parts.get(one.part).ok_or(Failure::Hidden)?;
            let to = standing(cx.read(), to)?;
            if !(self.put)(cx, &one.post, &to, one.seen)? {
                return Err(Refusal::new("changed_meanwhile").into());
            }
            out.push((to, holders));
        }
        Ok(out)
    }

    /// The areas of the parts: within the old grid, beside one another, without a gap.
    fn areas(&self, whole: Option<&Area>, old: &Place) -> Done<Vec<Option<Area>>> {
        let Some(whole) = whole else {
            if self.parts.iter().any(|part| part.shape.is_some()) {
                return Err(Refusal::new("grid_not_drawn").with("place", &old.name).into());
            }
            return Ok(vec![None; self.parts.len()]);
        };
        let mut areas: Vec<Area> = Vec::new();
        let mut wrong = Vec::new();
        for part in &self.parts {
            let area = rules::check_area("shape", part.shape.as_deref().unwrap_or_default())?;
            let sisters: Vec<Named<'_>> = areas
                .iter()
                .zip(&self.parts)
                .map(|(area, part)| Named { name: &part.name, area })
                .collect();
            let above = Named { name: &old.name, area: whole };
            wrong.extend(rules::fits("shape", &area, Some(&above), &sisters, &[]));
            areas.push(area);
        }
        let rest = rules::uncovered(whole, &areas.iter().collect::<Vec<_>>());
        if rest > rules::tolerance(whole.square_metres()) {
            let gap = FieldProblem::new("shape", "split_gap").with("place", &old.name);
            wrong.push(gap.with("m2", rest));
        }
        if wrong.is_empty() {
            Ok(areas.into_iter().map(Some).collect())
        } else {
            Err(Failure::Invalid(wrong))
        }
    }
}

/// The field of the form that says where a post goes.
pub fn post_field(post: &Id) -> String {
    format!("post-{post}")
}

/// A new place beside where `old` was, on its level.
pub(super) fn begin(
    cx: &mut Acting<'_, '_>,
    old: &Place,
    (code, name): (&str, &str),
    at: usize,
    area: Option<&Area>,
) -> Done<Id> {
    let code = rules::check_code(&format!("code{at}"), code)?;
    let name = rules::check_name(&format!("name{at}"), name)?;
    let above = match &old.parent {
        Some(parent) => standing(cx.read(), parent)?.path,
        None => return Err(Refusal::new("root_stays").into()),
    };
    let path = path_under(&above, &code);
    if store::code_is_used(cx.read(), &code)? || store::path_is_used(cx.read(), &path)? {
        let problem = FieldProblem::new(format!("code{at}"), "code_used");
        return Err(problem.with("code", code).into());
    }
    let now = cx.now();
    let place = Place {
        id: cx.new_id(),
        code,
        level: old.level.clone(),
        name,
        parent: old.parent.clone(),
        path,
        seat: None,
        valid_from: now,
        valid_to: None,
        version: 1,
    };
    store::add_place(cx.tx, &place, None)?;
    if let Some(area) = area {
        let outline = cx.new_id();
        store::draw(cx.tx, &outline, &place.id, &area.geojson(), now)?;
    }
    Ok(place.id)
}
