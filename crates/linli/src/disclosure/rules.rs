//! Changing the duty list: what a change may be, and who gains and who loses by it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::NewDuty;
use crate::act::duty::Duty;
use crate::act::{Done, Failure, FieldProblem, Refusal, Scope};
use crate::base::{Id, text};

/// Rows that one change may end or add.
pub const MOST_ROWS: usize = 150;
/// Characters of a legal ground.
pub const MOST_GROUND: usize = 200;
/// The act that keeps the list itself.
pub const KEEP: &str = "duty.change";

/// Rows that end, and rows that begin in their stead.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub ended: Vec<Id>,
    pub added: Vec<NewDuty>,
}

/// What the list knows: posts and acts that a row may name.
pub struct Names<'a> {
    pub posts: &'a BTreeSet<String>,
    pub acts: &'a BTreeSet<String>,
}

/// Whether the change can be made to this list by a holder of `own` kinds of post.
pub fn check(
    list: &[Duty],
    change: &Change,
    names: &Names<'_>,
    own: &BTreeSet<String>,
) -> Done<()> {
    let problems = problems(list, change, names);
    if !problems.is_empty() {
        return Err(Failure::Invalid(problems));
    }
    let in_force: BTreeSet<&Id> = list.iter().map(|duty| &duty.id).collect();
    if change.ended.iter().any(|id| !in_force.contains(id)) {
        return Err(Refusal::new("changed_meanwhile").into());
    }
    let after = after(list, change);
    if !after.iter().any(|(_, act, scope, _)| act == KEEP && *scope == Scope::MyDistrict) {
        return Err(Refusal::new("last_keeper").into());
    }
    let widened = |shift: &Shift| own.contains(&shift.post_kind) && shift.widens();
    if shifts(list, change).iter().any(widened) {
        return Err(Refusal::new("own_powers").into());
    }
    Ok(())
}

fn problems(list: &[Duty], change: &Change, names: &Names<'_>) -> Vec<FieldProblem> {
    let mut out = Vec::new();
    if change.ended.is_empty() && change.added.is_empty() {
        out.push(FieldProblem::new("change", "nothing_changed"));
    }
    if change.ended.len() > MOST_ROWS || change.added.len() > MOST_ROWS {
        out.push(FieldProblem::new("change", "too_many_rows").with("max", MOST_ROWS));
    }
    let mut seen: BTreeSet<(&str, &str, &str)> = list
        .iter()
        .filter(|duty| !change.ended.contains(&duty.id))
        .map(|duty| (duty.post_kind.as_str(), duty.act.as_str(), duty.scope.name()))
        .collect();
    for (n, row) in change.added.iter().enumerate() {
        let mut mind = |field: &str, code| {
            out.push(FieldProblem::new(format!("{field}.{n}"), code));
        };
        if !names.posts.contains(&row.post_kind) {
            mind("post", "no_such_post");
        }
        if !names.acts.contains(&row.act) {
            mind("act", "no_such_act");
        }
        if row.scope().is_none() {
            mind("scope", "no_such_scope");
        }
        if !seen.insert((&row.post_kind, &row.act, &row.scope)) {
            mind("scope", "duty_twice");
        }
        match text::clean(&row.ground, MOST_GROUND) {
            Ok(_) => {}
            Err(text::TextProblem::Missing) => mind("ground", "missing"),
            Err(text::TextProblem::TooLong { max }) => {
                out.push(FieldProblem::new(format!("ground.{n}"), "too_long").with("max", max))
            }
        }
    }
    out
}

type Bare = (String, String, Scope, String);

fn after(list: &[Duty], change: &Change) -> Vec<Bare> {
    let kept = list
        .iter()
        .filter(|duty| !change.ended.contains(&duty.id))
        .map(|duty| (duty.post_kind.clone(), duty.act.clone(), duty.scope, duty.ground.clone()));
    let added = change.added.iter().filter_map(|row| {
        Some((row.post_kind.clone(), row.act.clone(), row.scope()?, row.ground.clone()))
    });
    kept.chain(added).collect()
}

/// The scopes of one post for one act, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    pub post_kind: String,
    pub act: String,
    pub before: BTreeSet<Scope>,
    pub after: BTreeSet<Scope>,
}

impl Shift {
    /// Something becomes possible that was not.
    pub fn widens(&self) -> bool {
        reaches_beyond(&self.after, &self.before)
    }

    /// Something was possible that no longer is.
    pub fn narrows(&self) -> bool {
        reaches_beyond(&self.before, &self.after)
    }
}

/// Whether some scope of `these` is not contained in one of `those`.
fn reaches_beyond(these: &BTreeSet<Scope>, those: &BTreeSet<Scope>) -> bool {
    !these.iter().all(|scope| those.iter().any(|wide| contains(*wide, *scope)))
}

fn contains(wide: Scope, narrow: Scope) -> bool {
    wide == narrow
        || wide == Scope::MyDistrict
        || (wide == Scope::MyPlaceAndBelow && narrow == Scope::MyGrid)
}

/// Posts and acts whose scopes the change alters, in the order of their names.
pub fn shifts(list: &[Duty], change: &Change) -> Vec<Shift> {
    let mut all: BTreeMap<(String, String), (BTreeSet<Scope>, BTreeSet<Scope>)> = BTreeMap::new();
    for duty in list {
        let key = (duty.post_kind.clone(), duty.act.clone());
        all.entry(key).or_default().0.insert(duty.scope);
    }
    for (post_kind, act, scope, _) in after(list, change) {
        all.entry((post_kind, act)).or_default().1.insert(scope);
    }
    all.into_iter()
        .filter(|(_, (before, after))| before != after)
        .map(|((post_kind, act), (before, after))| Shift { post_kind, act, before, after })
        .collect()
}
