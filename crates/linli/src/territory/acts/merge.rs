//! 合并网格: neighbouring grids of one community end, and one begins on their ground. What bodies
//! answer for there goes along.

use std::borrow::Cow;

use serde::Serialize;

use super::redrawn::Redrawn;
use super::split::begin;
use super::{area_of, few_remits, no_body_at, standing};
use crate::act::{Act, Acting, Done, FieldProblem, Refusal, Subject};
use crate::base::{Fault, Id};
use crate::territory::view::PostsBelow;
use crate::territory::{Area, HangingOn, PLACES, Place, Remits, rules, store};

/// Grids merged at once.
pub const MOST_MERGED: usize = 50;

/// Merges places right under `parent` that have none below them.
#[derive(Clone, Debug, Serialize)]
pub struct MergeGrids {
    pub parent: Id,
    /// Each with the version the official looked at.
    pub grids: Vec<(Id, i64)>,
    pub code: String,
    pub name: String,
    /// A digest of what bodies answer for there, as the official looked at it.
    pub remits_seen: String,
    #[serde(skip)]
    pub posts: PostsBelow,
    #[serde(skip)]
    pub hanging: HangingOn,
    #[serde(skip)]
    pub remits: Remits,
}

impl Act for MergeGrids {
    type Outcome = Id;

    fn name(&self) -> Cow<'static, str> {
        "grid.merge".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(self)?)
    }

    fn subject(&self) -> Subject {
        Subject::row(PLACES, &self.parent)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<Id> {
        let olds = self.olds(cx)?;
        let Some(first) = olds.first().filter(|_| (2..=MOST_MERGED).contains(&olds.len())) else {
            return Err(unfit("merge_count").with("max", MOST_MERGED).into());
        };
        let area = joined(cx, &olds)?;
        let now = cx.now();
        for old in &olds {
            no_body_at(cx.read(), old, self.hanging, now)?;
        }
        few_remits(cx.read(), &olds, self.hanging, now)?;
        self.remits_as_seen(cx, &olds)?;
        for (old, (_, seen)) in olds.iter().zip(&self.grids) {
            if !store::end_place(cx.tx, &old.id, *seen, now)? {
                return Err(Refusal::new("changed_meanwhile").into());
            }
        }
        let id = begin(cx, first, (&self.code, &self.name), 0, area.as_ref())?;
        for old in &olds {
            let descent = cx.new_id();
            store::add_descent(cx.tx, &descent, (&old.id, &id), "merge", now)?;
        }
        (self.remits.carry)(cx, &olds, &standing(cx.read(), &id)?.path)?;
        store::bump(cx.tx)?;
        let now = vec![self.name.trim().to_owned()];
        Redrawn { how: "merged", olds: &olds, now, code: &self.code }.tell(cx, self.posts)?;
        Ok(id)
    }
}

/// What is wrong with the choice of grids.
fn unfit(code: &'static str) -> FieldProblem {
    FieldProblem::new("grids", code)
}

impl MergeGrids {
    fn olds(&self, cx: &Acting<'_, '_>) -> Done<Vec<Place>> {
        let mut olds: Vec<Place> = Vec::new();
        for (id, _) in &self.grids {
            if store::place_by_id(cx.read(), id)?.is_none() {
                return Err(unfit("not_an_option").into());
            }
            let old = standing(cx.read(), id)?;
            if old.parent.as_ref() != Some(&self.parent) {
                return Err(unfit("merge_elsewhere").with("place", old.name).into());
            }
            if store::has_children(cx.read(), id)? {
                return Err(unfit("place_has_children").with("place", old.name).into());
            }
            if olds.iter().any(|other| other.id == old.id || other.level != old.level) {
                return Err(unfit("merge_levels").with("place", old.name).into());
            }
            olds.push(old);
        }
        Ok(olds)
    }

    /// What bodies answer for is what was looked at, and nobody gives a body more who may not.
    fn remits_as_seen(&self, cx: &Acting<'_, '_>, olds: &[Place]) -> Done<()> {
        let looked = (self.remits.look)(cx.read(), olds)?;
        if looked.seen != self.remits_seen {
            return Err(Refusal::new("changed_meanwhile").into());
        }
        match looked.widens() {
            Some(refusal) => cx.also_needs("remit.add").map_err(|_| refusal.into()),
            None => Ok(()),
        }
    }
}

/// The ground of all of them as one piece; nothing where none of them is drawn.
fn joined(cx: &Acting<'_, '_>, olds: &[Place]) -> Done<Option<Area>> {
    let mut areas = Vec::new();
    let mut undrawn = None;
    for old in olds {
        match area_of(cx.read(), old)? {
            Some(area) => areas.push(area),
            None => undrawn = Some(old),
        }
    }
    match undrawn {
        Some(_) if areas.is_empty() => return Ok(None),
        Some(old) => return Err(unfit("grid_not_drawn").with("place", &old.name).into()),
        None => {}
    }
    let union = rules::union(&areas.iter().collect::<Vec<_>>());
    let most = areas.iter().map(Area::pieces).max().unwrap_or(1);
    if union.pieces() > most {
        let names: Vec<&str> = olds.iter().map(|old| old.name.as_str()).collect();
        return Err(unfit("merge_apart").with("places", names.join("、")).into());
    }
    Ok(Some(rules::worked_out("grids", union)?))
}
