//! Changing the duty list: what a change may be, and who gains and who loses by it.

pub mod kinds;
pub mod proposals;
pub mod scopes;
pub mod walls;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{NewDuty, NewWall};
use crate::act::duty::Duty;
use crate::act::{Actor, Done, DutyList, Failure, FieldProblem, Refusal, Scope};
use crate::base::{Id, text};

/// Rows that one change may end or add.
pub const MOST_ROWS: usize = 150;
/// Characters of a legal ground.
pub const MOST_GROUND: usize = 200;
/// The act that keeps the list itself.
pub const KEEP: &str = "duty.change";
/// By which one administrator asks for a change, and another makes it.
pub const PROPOSE: &str = "duty.propose";
pub use crate::people::rules::CONFIRM;
pub const REFUSE: &str = "duty.refuse";
pub const WITHDRAW: &str = "duty.withdraw";
/// Acts on the list itself: no change gives them to anybody but the three administrators.
const OF_ADMINISTRATORS: [&str; 5] = [KEEP, PROPOSE, CONFIRM, REFUSE, WITHDRAW];

/// Rows that end, and rows that begin in their stead.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub ended: Vec<Id>,
    pub added: Vec<NewDuty>,
    #[serde(default)]
    pub walls_ended: Vec<Id>,
    #[serde(default)]
    pub walls_added: Vec<NewWall>,
    /// Why rights are cut; empty where none is. It is published with the change.
    #[serde(default)]
    pub why: String,
}

impl Change {
    fn is_empty(&self) -> bool {
        self.ended.is_empty()
            && self.added.is_empty()
            && self.walls_ended.is_empty()
            && self.walls_added.is_empty()
    }

    /// With its grounds written as they will be kept, so that what is shown is what is made. A text
    /// that is no ground stays as it is, to be refused.
    pub fn cleaned(&self) -> Change {
        let mut change = self.clone();
        let duties = change.added.iter_mut().map(|row| &mut row.ground);
        for ground in duties.chain(change.walls_added.iter_mut().map(|wall| &mut wall.ground)) {
            if let Ok(clean) = text::clean(ground, MOST_GROUND) {
                *ground = clean;
            }
        }
        change
    }

    pub fn touches_walls(&self) -> bool {
        !self.walls_ended.is_empty() || !self.walls_added.is_empty()
    }

    fn is_long(&self) -> bool {
        let parts =
            [self.ended.len(), self.added.len(), self.walls_ended.len(), self.walls_added.len()];
        parts.into_iter().any(|rows| rows > MOST_ROWS)
    }
}

/// What the list knows: posts and acts that a row may name.
pub struct Names<'a> {
    pub posts: &'a BTreeSet<String>,
    pub acts: &'a BTreeSet<String>,
    /// Posts of the three administrators.
    pub administrators: &'a BTreeSet<String>,
}

/// Whether the change can be made to this list at all, by whomever.
pub fn check(list: &DutyList, change: &Change, names: &Names<'_>) -> Done<()> {
    let mut wrong = problems(&list.duties, change, names);
    if !change.is_long() {
        wrong.extend(walls::problems(&list.walls, change, names));
    }
    if !wrong.is_empty() {
        return Err(Failure::Invalid(wrong));
    }
    let in_force: BTreeSet<&Id> = list.duties.iter().map(|duty| &duty.id).collect();
    let standing: BTreeSet<&Id> = list.walls.iter().map(|wall| &wall.id).collect();
    if change.ended.iter().any(|id| !in_force.contains(id))
        || change.walls_ended.iter().any(|id| !standing.contains(id))
    {
        return Err(Refusal::new("changed_meanwhile").into());
    }
    let stopped = |post: &str| walls::stops_the_keeper(list, change, names, post);
    let keeps =
        |(post, act, scope, _): &Bare| act == KEEP && *scope == Scope::MyDistrict && !stopped(post);
    if !after(&list.duties, change).iter().any(keeps) {
        return Err(Refusal::new("last_keeper").into());
    }
    Ok(())
}

/// Whether the change gives one of these kinds of post something that it has not, or takes away
/// what stops it.
pub fn widens(
    list: &DutyList,
    change: &Change,
    names: &Names<'_>,
    kinds: &BTreeSet<String>,
) -> bool {
    let widened = |shift: &Shift| kinds.contains(&shift.post_kind) && shift.widens();
    let freed = |shift: &walls::Shift| kinds.contains(&shift.post_kind) && !shift.stops;
    shifts(&list.duties, change).iter().any(widened)
        || walls::shifts(list, change, names).iter().any(freed)
}

/// Whether the change takes from any post something that it has.
pub fn cuts(list: &DutyList, change: &Change) -> bool {
    shifts(&list.duties, change).iter().any(Shift::narrows)
}

/// The change with the reason that is published with it: none where no right is cut, and none to do
/// without where one is.
pub fn reasoned(list: &DutyList, change: &Change, why: &str) -> Done<Change> {
    if !cuts(list, change) {
        return Ok(Change { why: String::new(), ..change.clone() });
    }
    match text_problem(why, proposals::MOST_REASON, "reason") {
        Some(problem) => Err(problem.into()),
        None => {
            let why = text::clean(why, proposals::MOST_REASON).unwrap_or_default();
            Ok(Change { why, ..change.clone() })
        }
    }
}

/// What somebody is told who may not make a change alone: to propose it, where they may.
pub fn not_alone(list: &DutyList, actor: &Actor) -> Refusal {
    let proposes = list.has(actor, PROPOSE);
    Refusal::new(if proposes { "own_powers" } else { "security_proposes" })
}

fn problems(list: &[Duty], change: &Change, names: &Names<'_>) -> Vec<FieldProblem> {
    let mut out = Vec::new();
    if change.is_empty() {
        out.push(FieldProblem::new("change", "nothing_changed"));
    }
    if change.is_long() {
        // Nobody reads what is wrong with each of ten thousand rows.
        return vec![FieldProblem::new("change", "too_many_rows").with("max", MOST_ROWS)];
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
        if OF_ADMINISTRATORS.contains(&row.act.as_str())
            && !names.administrators.contains(&row.post_kind)
        {
            mind("act", "for_administrators");
        }
        match row.scope() {
            None => mind("scope", "no_such_scope"),
            Some(scope) if !scopes::of(&row.act).contains(&scope) => {
                mind("scope", "scope_not_of_act");
            }
            Some(_) => {}
        }
        if !seen.insert((&row.post_kind, &row.act, &row.scope)) {
            mind("scope", "duty_twice");
        }
        out.extend(text_problem(&row.ground, MOST_GROUND, format!("ground.{n}")));
    }
    out
}

/// What is wrong with a text that must be there, such as the ground of a row.
pub fn text_problem(said: &str, max: usize, field: impl Into<String>) -> Option<FieldProblem> {
    match text::clean(said, max) {
        Ok(_) => None,
        Err(text::TextProblem::Missing) => Some(FieldProblem::new(field, "missing")),
        Err(text::TextProblem::TooLong { max }) => {
            Some(FieldProblem::new(field, "too_long").with("max", max))
        }
    }
}

pub type Grounds = BTreeMap<Scope, String>;
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

/// The scopes of one post for one act, each with its legal ground, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    pub post_kind: String,
    pub act: String,
    pub before: Grounds,
    pub after: Grounds,
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

    /// Powers stay as they were: only the legal ground is another.
    pub fn only_grounds(&self) -> bool {
        self.before.keys().eq(self.after.keys())
    }
}

/// Whether some scope of `these` is not contained in one of `those`.
fn reaches_beyond(these: &Grounds, those: &Grounds) -> bool {
    !these.keys().all(|scope| those.keys().any(|wide| contains(*wide, *scope)))
}

fn contains(wide: Scope, narrow: Scope) -> bool {
    wide == narrow
        || wide == Scope::MyDistrict
        || (wide == Scope::MyPlaceAndBelow && narrow == Scope::MyGrid)
}

/// Posts and acts of which the change ends or adds a row, in the order of their names; also where
/// it alters nothing but the ground.
pub fn shifts(list: &[Duty], change: &Change) -> Vec<Shift> {
    let ended = list.iter().filter(|duty| change.ended.contains(&duty.id));
    let ended = ended.map(|duty| (duty.post_kind.clone(), duty.act.clone()));
    let added = change.added.iter().map(|row| (row.post_kind.clone(), row.act.clone()));
    let mut all: BTreeMap<(String, String), (Grounds, Grounds)> =
        ended.chain(added).map(|touched| (touched, Default::default())).collect();
    for duty in list {
        if let Some((before, _)) = all.get_mut(&(duty.post_kind.clone(), duty.act.clone())) {
            before.insert(duty.scope, duty.ground.clone());
        }
    }
    for (post_kind, act, scope, ground) in after(list, change) {
        if let Some((_, after)) = all.get_mut(&(post_kind, act)) {
            after.insert(scope, ground);
        }
    }
    let shift = |((post_kind, act), (before, after))| Shift { post_kind, act, before, after };
    all.into_iter().map(shift).collect()
}
