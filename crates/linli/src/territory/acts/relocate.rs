//! 改隶属: a community goes to another street, with the grids in it.
//!
//! A path tells under what a place lies, so the places end and begin anew under the other parent
//! with the same codes, names and boundaries, and bodies answer there for what they did; the
//! descent says which came of which. The boundaries of the two parents follow.

use std::borrow::Cow;

use super::close::nothing_stays;
use super::{area_of, few_remits, standing};
use crate::act::{Act, Acting, Done, FieldProblem, Refusal, Subject};
use crate::base::{Fault, Id, Instant};
use crate::territory::{HangingOn, PLACES, Place, Remits};
use crate::territory::{path_under, rules, store, succession};

/// Places that go at once: each takes five rows of the record, with its boundary, and each entry of
/// a remit there two more ([`super::MOST_REMITS`]).
pub const MOST_MOVED: usize = 60;

/// Puts a place under another of the level of its parent.
pub struct MovePlace {
    pub place: Id,
    /// The version the official looked at.
    pub seen: i64,
    /// The code of the place it is to lie under.
    pub to: String,
    pub hanging: HangingOn,
    pub remits: Remits,
}

impl Act for MovePlace {
    /// The place as it now is.
    type Outcome = Id;

    fn name(&self) -> Cow<'static, str> {
        "place.move".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&(&self.place, self.seen, &self.to))?)
    }

    fn subject(&self) -> Subject {
        Subject::row(PLACES, &self.place)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<Id> {
        let place = standing(cx.read(), &self.place)?;
        if place.version != self.seen {
            return Err(Refusal::new("changed_meanwhile").into());
        }
        let Some(from) = &place.parent else { return Err(Refusal::new("root_stays").into()) };
        let from = standing(cx.read(), from)?;
        let to = store::place_by_code(cx.read(), &self.to)?
            .ok_or_else(|| FieldProblem::new("to", "place_unknown").with("code", &self.to))?;
        if to.id == from.id || to.level != from.level || to.within(&place.path) {
            return Err(FieldProblem::new("to", "move_level").into());
        }
        if !to.within(&cx.actor.place_path) {
            return Err(Refusal::new("beyond_your_place").with("act", "place.move").into());
        }
        nothing_stays(cx, &place, self.hanging)?;
        few_remits(cx.read(), std::slice::from_ref(&place), self.hanging, cx.now())?;
        redraw_parents(cx, &place, &from, &to)?;
        let moved = carry(cx, &place, &to, self.remits)?;
        store::bump(cx.tx)?;
        Ok(moved)
    }
}

/// The ground of the place goes from the one parent to the other.
fn redraw_parents(cx: &mut Acting<'_, '_>, place: &Place, from: &Place, to: &Place) -> Done<()> {
    let Some(area) = area_of(cx.read(), place)? else { return Ok(()) };
    let (old, new) = (area_of(cx.read(), from)?, area_of(cx.read(), to)?);
    if old.is_none() && new.is_none() {
        return Ok(());
    }
    if from.parent != to.parent {
        return Err(FieldProblem::new("to", "move_far").into());
    }
    let now = cx.now();
    if let Some(old) = old {
        store::raise_place(cx.tx, &from.id)?;
        let left = rules::without(&old, &area);
        if left.is_empty() {
            store::end_outline(cx.tx, &from.id, now)?;
        } else {
            let id = cx.new_id();
            let left = rules::worked_out("to", left)?;
            store::draw(cx.tx, &id, &from.id, &left.geojson(), now)?;
        }
    }
    if let Some(new) = new {
        store::raise_place(cx.tx, &to.id)?;
        let id = cx.new_id();
        let both = rules::worked_out("to", rules::union(&[&new, &area]))?;
        store::draw(cx.tx, &id, &to.id, &both.geojson(), now)?;
    }
    Ok(())
}

/// Ends the place and all below it, and begins them under the new parent.
fn carry(cx: &mut Acting<'_, '_>, place: &Place, to: &Place, remits: Remits) -> Done<Id> {
    let all = store::under(cx.read(), &place.path)?;
    if all.len() > MOST_MOVED {
        let most = MOST_MOVED.to_string();
        return Err(Refusal::new("too_many_places").with("max", most).into());
    }
    let now = cx.now();
    // The old place by its id, with the path and id of the new one.
    let mut begun: Vec<(Id, String, Id)> = Vec::new();
    for old in &all {
        let parent = begun.iter().find(|(id, ..)| Some(id) == old.parent.as_ref());
        let (parent, above) = match parent {
            Some((_, path, id)) => (id.clone(), path.clone()),
            None => (to.id.clone(), to.path.clone()),
        };
        let area = area_of(cx.read(), old)?;
        if !store::end_place(cx.tx, &old.id, old.version, now)? {
            return Err(Refusal::new("changed_meanwhile").into());
        }
        let new = renewed(cx, old, parent, &above, now);
        // What hung on another that was ever there would fall to this one; its own place of before
        // it may come back to.
        let other = store::place_by_path(cx.read(), &new.path)?;
        let is_free = match &other {
            Some(other) => succession::came_of(cx.read(), &old.id, &other.id)?,
            None => true,
        };
        if !is_free {
            return Err(FieldProblem::new("to", "code_used").with("code", part_of(old)).into());
        }
        store::add_place(cx.tx, &new, None)?;
        if let Some(area) = area {
            let outline = cx.new_id();
            store::draw(cx.tx, &outline, &new.id, &area.geojson(), now)?;
        }
        let descent = cx.new_id();
        store::add_descent(cx.tx, &descent, (&old.id, &new.id), "move", now)?;
        (remits.carry)(cx, std::slice::from_ref(old), &new.path)?;
        begun.push((old.id.clone(), new.path, new.id));
    }
    let first = begun.into_iter().next().map(|(.., id)| id);
    first.ok_or_else(|| Fault::new("a place that stands is not under its own path").into())
}

/// The last part of a path, which stays though the code may have changed since.
fn part_of(place: &Place) -> &str {
    place.path.trim_end_matches('/').rsplit('/').next().unwrap_or(&place.code)
}

fn renewed(cx: &mut Acting<'_, '_>, old: &Place, parent: Id, above: &str, now: Instant) -> Place {
    Place {
        id: cx.new_id(),
        parent: Some(parent),
        path: path_under(above, part_of(old)),
        valid_from: now,
        valid_to: None,
        version: 1,
        ..old.clone()
    }
}

#[cfg(test)]
mod tests {
    use linli_record::leaf::{Leaf, RowMark};

    use super::*;
    use crate::territory::acts::{MOST_MERGED, MOST_REMITS};

    /// A leaf with so many rows of these tables.
    fn leaf(act: &str, rows: &[(&str, usize)]) -> Leaf {
        let row = |table: &str, n: usize| RowMark {
            table: table.to_owned(),
            id: Id::derived(&format!("{table} {n}")).to_string(),
            commitment: [7; 32],
        };
        let all = |(table, n): &(&str, usize)| (0..*n).map(|at| row(table, at)).collect::<Vec<_>>();
        Leaf {
            act_id: Id::derived("act").to_string(),
            act: act.to_owned(),
            at: i64::MAX,
            subject_kind: "place".to_owned(),
            subject_id: Id::derived("place").to_string(),
            actor: [7; 32],
            rows: rows.iter().flat_map(all).collect(),
        }
    }

    #[test]
    fn the_record_has_room_for_the_most_that_is_moved_or_merged_at_once() {
        let remits = 2 * usize::try_from(MOST_REMITS).unwrap();
        let (moved, merged) = (MOST_MOVED, MOST_MERGED);
        // The boundaries of the two parents are drawn anew.
        let move_on = leaf(
            "place.move",
            &[
                ("place", 2 * moved + 2),
                ("boundary", 2 * moved + 4),
                ("place_descent", moved),
                ("remit", remits),
                ("setting", 1),
            ],
        );
        let merge = leaf(
            "grid.merge",
            &[
                ("place", merged + 1),
                ("boundary", merged + 1),
                ("place_descent", merged),
                ("remit", remits),
                ("setting", 1),
            ],
        );
        for leaf in [move_on, merge] {
            assert!(leaf.encode().is_ok(), "{} of {} rows", leaf.act, leaf.rows.len());
        }
    }
}
