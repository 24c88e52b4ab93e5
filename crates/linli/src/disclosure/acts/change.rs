//! The duty list is changed: rows end, rows begin, and everybody's powers follow at once.
//!
//! Who may: the security administrator by the shipped list (GB/T 22239—2019 安全管理中心). Nobody
//! widens alone what powers they have themself, by whatever post, standing in, as a resident or as
//! anybody: that is proposed, and confirmed by another. The last post that keeps the list is not
//! taken away.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use super::renew;
use crate::act::{
    Act, Acting, Actor, Done, DutyBook, DutyList, PUBLIC, RESIDENT, Reach, Refusal, Subject,
};
use crate::base::{Fault, Instant};
use crate::disclosure::rules::{self, Change, Names};
use crate::disclosure::{LIST, NewWall, shipped, store};
use crate::district::Processes;
use crate::people;
use crate::store::{ReadTx, StoreError};

/// A change of the list whose version `seen` its author had before their eyes.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeDuties {
    pub seen: i64,
    pub change: Change,
    /// The procedures in force: their acts may stand in the list too.
    #[serde(skip)]
    pub processes: Processes,
}

/// Posts and acts that rows may name: those of the list, of the shipped list, and of the
/// procedures in force.
pub struct Known {
    pub posts: BTreeSet<String>,
    pub acts: BTreeSet<String>,
    administrators: BTreeSet<String>,
}

impl Known {
    pub fn read(tx: &ReadTx<'_>, processes: &Processes) -> Result<Known, StoreError> {
        let kinds = people::store::all_kinds(tx)?;
        let of_three = |kind: &&people::store::PostKind| kind.group == people::rules::ADMINISTRATOR;
        let administrators = kinds.iter().filter(of_three).map(|kind| kind.id.clone()).collect();
        let posts = kinds.into_iter().map(|kind| kind.id).collect();
        let list = DutyBook::default().current(tx)?;
        let shipped = shipped::parse(shipped::TEXT).map_err(|e| Fault::new(e.to_string()))?;
        let acts = list.duties.iter().map(|duty| duty.act.clone());
        let acts = acts.chain(shipped.duty.into_iter().map(|duty| duty.act));
        let mut acts: BTreeSet<String> = acts.collect();
        for kind in processes.kinds() {
            let standing = processes.current(tx, &kind.shipped.id)?;
            let process = standing.map_or_else(|| kind.shipped.clone(), |found| found.process);
            acts.extend(process.moves.iter().map(|by| process.act_name(by)));
        }
        Ok(Known { posts, acts, administrators })
    }

    pub fn names(&self) -> Names<'_> {
        Names { posts: &self.posts, acts: &self.acts, administrators: &self.administrators }
    }
}

impl Act for ChangeDuties {
    /// The version of the list as it now stands.
    type Outcome = i64;

    fn name(&self) -> Cow<'static, str> {
        rules::KEEP.into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(self)?)
    }

    fn subject(&self) -> Subject {
        Subject::New { kind: "duty_list", id: LIST.to_owned(), reach: Reach::at("/") }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<i64> {
        let change = self.change.cleaned();
        let (list, known) = sound(cx.read(), (self.seen, &change), &self.processes)?;
        let own = own_kinds(cx.read(), cx.actor, cx.now())?;
        if rules::widens(&list, &change, &known.names(), &own) {
            return Err(rules::not_alone(&list, cx.actor).into());
        }
        let change = rules::reasoned(&list, &change, &self.change.why)?;
        apply(cx, &change, self.seen)
    }
}

/// The list as it stands, when it is still the one that was seen and the change can be made to it.
pub(super) fn sound(
    tx: &ReadTx<'_>,
    (seen, change): (i64, &Change),
    processes: &Processes,
) -> Done<(Arc<DutyList>, Known)> {
    let list = DutyBook::default().current(tx)?;
    if list.version != seen {
        return Err(Refusal::new("changed_meanwhile").into());
    }
    let known = Known::read(tx, processes)?;
    rules::check(&list, change, &known.names())?;
    Ok((list, known))
}

/// Ends and begins rows and walls of a cleaned change; gives the version of the list as it now
/// stands.
pub(super) fn apply(cx: &mut Acting<'_, '_>, change: &Change, seen: i64) -> Done<i64> {
    let now = cx.now();
    for id in &change.ended {
        if !store::end_duty(cx.tx, id, now, &change.why)? {
            return Err(Refusal::new("changed_meanwhile").into());
        }
    }
    let first = store::next_position(cx.tx)?;
    for (position, row) in (first..).zip(&change.added) {
        let id = cx.new_id();
        store::keep_duty(cx.tx, &id, row, position, now)?;
    }
    apply_walls(cx, change)?;
    renew(cx, seen)?;
    Ok(seen + 1)
}

/// All by which the actor has powers: the post they act by, every other they hold or stand in for,
/// and what everyone is. The machine's own terminal has none to widen.
pub fn own_kinds(
    tx: &ReadTx<'_>,
    actor: &Actor,
    now: Instant,
) -> Result<BTreeSet<String>, StoreError> {
    let Some(person) = &actor.person else { return Ok(BTreeSet::new()) };
    let held = people::store::kinds_held(tx, person, now)?;
    let always = [actor.kind.as_str(), RESIDENT, PUBLIC].map(str::to_owned);
    Ok(held.into_iter().map(|held| held.kind).chain(always).collect())
}

fn apply_walls(cx: &mut Acting<'_, '_>, change: &Change) -> Done<()> {
    let now = cx.now();
    for id in &change.walls_ended {
        if !store::end_wall(cx.tx, id, now)? {
            return Err(Refusal::new("changed_meanwhile").into());
        }
    }
    for wall in &change.walls_added {
        let unless_scope = wall.unless_scope.clone().filter(|scope| !scope.is_empty());
        let wall = NewWall { unless_scope, ..wall.clone() };
        let id = cx.new_id();
        store::keep_wall(cx.tx, &id, &wall, now)?;
    }
    Ok(())
}
