//! Walls (回避) that begin and end: what one may be, and whom it stops or sets free.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, KEEP, MOST_GROUND, Names, after, text_problem};
use crate::act::duty::{Wall, WallCondition};
use crate::act::{CLOCK, DutyList, FieldProblem, PUBLIC, RESIDENT, Scope};
use crate::disclosure::NewWall;

/// When a wall stands, and the rows it leaves free.
pub type When = (WallCondition, Option<Scope>);

/// Acts of one post that a change of the walls stops, or sets free, in one condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    pub post_kind: String,
    pub when: When,
    /// Forbidden from now on; otherwise no longer forbidden.
    pub stops: bool,
    pub acts: BTreeSet<String>,
}

/// The wall as it will be asked, where its names are known ones.
pub fn wall_of(new: &NewWall) -> Option<Wall> {
    let unless = match new.unless_scope.as_deref() {
        None | Some("") => None,
        Some(name) => Some(Scope::from_name(name)?),
    };
    Some(Wall {
        id: crate::base::Id::derived(&new.act),
        act: new.act.clone(),
        condition: WallCondition::from_name(&new.condition)?,
        unless,
        ground: new.ground.clone(),
    })
}

fn walls_after(list: &[Wall], change: &Change) -> Vec<Wall> {
    let kept = list.iter().filter(|wall| !change.walls_ended.contains(&wall.id)).cloned();
    kept.chain(change.walls_added.iter().filter_map(wall_of)).collect()
}

pub(super) fn problems(list: &[Wall], change: &Change, names: &Names<'_>) -> Vec<FieldProblem> {
    let mut out = Vec::new();
    let mut seen: Vec<(String, &str, Option<&str>)> = list
        .iter()
        .filter(|wall| !change.walls_ended.contains(&wall.id))
        .map(|wall| (wall.act.clone(), wall.condition.name(), wall.unless.map(Scope::name)))
        .collect();
    for (n, row) in change.walls_added.iter().enumerate() {
        let mut mind = |field: &str, code| {
            out.push(FieldProblem::new(format!("{field}.{n}"), code));
        };
        let known = match row.act.strip_suffix('*') {
            Some(start) => start.ends_with('.') && names.acts.iter().any(|a| a.starts_with(start)),
            None => names.acts.contains(&row.act),
        };
        if !known {
            mind("wall_act", "no_such_act");
        }
        if WallCondition::from_name(&row.condition).is_none() {
            mind("wall_when", "no_such_condition");
        }
        let unless = row.unless_scope.as_deref().filter(|scope| !scope.is_empty());
        if unless.is_some_and(|scope| Scope::from_name(scope).is_none()) {
            mind("wall_unless", "no_such_scope");
        }
        let this = (row.act.clone(), row.condition.as_str(), unless);
        if seen.contains(&this) {
            mind("wall_act", "wall_twice");
        }
        seen.push(this);
        out.extend(text_problem(&row.ground, MOST_GROUND, format!("wall_ground.{n}")));
    }
    out
}

/// Whether a wall would keep this post from keeping the list itself.
pub(super) fn stops_the_keeper(
    list: &DutyList,
    change: &Change,
    names: &Names<'_>,
    post: &str,
) -> bool {
    let stops = |wall: &Wall| {
        wall.covers(KEEP)
            && wall.condition == WallCondition::IAmAnAdministrator
            && wall.unless != Some(Scope::MyDistrict)
    };
    names.administrators.contains(post) && walls_after(&list.walls, change).iter().any(stops)
}

/// Whether a condition can be true of a holder of this post at all: the public, residents and the
/// clock stand for no body, and only the three administrators are administrators.
fn concerns(condition: WallCondition, post: &str, names: &Names<'_>) -> bool {
    match condition {
        WallCondition::MyBodyIsComplainedOf | WallCondition::TheyComplainOfMyBody => {
            ![PUBLIC, RESIDENT, CLOCK].contains(&post)
        }
        WallCondition::IAmAnAdministrator => names.administrators.contains(post),
    }
}

/// The conditions in which these walls keep a post from an act. One without an exception stands
/// for those with one.
fn stopped(walls: &[Wall], post: &str, act: &str, names: &Names<'_>) -> BTreeSet<When> {
    let of = |wall: &&Wall| wall.covers(act) && concerns(wall.condition, post, names);
    let all: BTreeSet<When> =
        walls.iter().filter(of).map(|wall| (wall.condition, wall.unless)).collect();
    let bare = |when: &When| when.1.is_some() && all.contains(&(when.0, None));
    all.iter().filter(|when| !bare(when)).copied().collect()
}

/// Whom the change stops, and whom it sets free: posts that have the acts after it.
pub fn shifts(list: &DutyList, change: &Change, names: &Names<'_>) -> Vec<Shift> {
    let walls = walls_after(&list.walls, change);
    let duties: BTreeSet<(String, String)> =
        after(&list.duties, change).into_iter().map(|(post, act, ..)| (post, act)).collect();
    let mut out: BTreeMap<(String, bool, When), BTreeSet<String>> = BTreeMap::new();
    for (post, act) in duties {
        let before = stopped(&list.walls, &post, &act, names);
        let after = stopped(&walls, &post, &act, names);
        let stops = after.difference(&before).map(|when| (true, *when));
        // A wall without its exception is a tighter one: what it had let pass it does not set free.
        let bare = |when: &&When| after.contains(&(when.0, None));
        let frees = before.difference(&after).filter(|when| !bare(when)).map(|when| (false, *when));
        for (stops, when) in stops.chain(frees) {
            out.entry((post.clone(), stops, when)).or_default().insert(act.clone());
        }
    }
    out.into_iter()
        .map(|((post_kind, stops, when), acts)| Shift { post_kind, when, stops, acts })
        .collect()
}
