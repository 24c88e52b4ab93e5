//! A newer program has acts of which a district's list has never heard. It brings the rows that
//! ship for them; of what the list knows nothing is changed. See
//! `docs/decisions/27-what-a-newer-program-brings.md`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::begin::AT_ONCE;
use super::renew;
use crate::act::duty::covers;
use crate::act::{
    Act, Acting, Actor, Audience, Done, DutyBook, DutyList, Order, Reach, Subject, Tell,
};
use crate::base::{Fault, Id};
use crate::disclosure::shipped::{self, Rows};
use crate::disclosure::store::Origin;
use crate::disclosure::{LIST, NewWall, rules, store};
use crate::district::District;
use crate::store::{ReadTx, StoreError};

/// What of a shipped list is new to the district comes into its list.
#[derive(Clone, Debug, Serialize)]
struct BringDuties {
    shipped: Rows,
    /// The district: who keeps the list there is told.
    place_path: String,
}

impl Act for BringDuties {
    /// How many rows and walls are new.
    type Outcome = usize;

    fn name(&self) -> Cow<'static, str> {
        "duty.bring".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(self)?)
    }

    fn subject(&self) -> Subject {
        Subject::New { kind: "duty_list", id: LIST.to_owned(), reach: Reach::at("/") }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<usize> {
        let (now, list) = (cx.now(), DutyBook::default().current(cx.read())?);
        let new = new_to(cx.read(), &self.shipped, AT_ONCE)?;
        for (id, fields) in &new.kinds {
            store::keep_kind(cx.tx, id, fields)?;
        }
        for wall in &new.walls {
            store::keep_wall(cx.tx, &id_of_wall(&wall.act, &wall.condition), wall, now)?;
        }
        let first = store::next_position(cx.tx)?;
        for (position, duty) in (first..).zip(&new.duties) {
            let id = id_of_duty(&duty.post_kind, &duty.act, &duty.scope);
            store::keep_duty(cx.tx, &id, duty, position, now)?;
        }
        renew(cx, list.version)?;
        let rows = new.duties.len() + new.walls.len();
        for kind in keepers(&list).into_iter().filter(|_| rows > 0) {
            let to = Audience::PostsAt { kind, place_path: self.place_path.clone() };
            let params = vec![("rows".to_owned(), rows.to_string())];
            let kind = "duty.brought".to_owned();
            cx.tell(Tell { to, kind, matter: None, params, at: now, texts: false });
        }
        Ok(rows)
    }
}

/// The kinds of post to which the list gives to change it.
fn keepers(list: &DutyList) -> BTreeSet<String> {
    let keeps = list.duties.iter().filter(|duty| duty.act == rules::KEEP);
    keeps.map(|duty| duty.post_kind.clone()).collect()
}

/// The id of a row that a newer program brought.
pub fn id_of_duty(post_kind: &str, act: &str, scope: &str) -> Id {
    Id::derived(&format!("duty brought {post_kind} {act} {scope}"))
}

/// The same of a wall.
pub fn id_of_wall(act: &str, condition: &str) -> Id {
    Id::derived(&format!("wall brought {act} {condition}"))
}

/// What of a shipped list no row of the district's has ever named: kinds of post with all that is
/// theirs, acts, and walls before nothing else. An act comes with all its rows, those of a kind
/// that ended or that the place made itself left out; of a list longer than `at_most` rows the rest
/// is found again when these are in.
fn new_to(tx: &ReadTx<'_>, shipped: &Rows, at_most: usize) -> Result<Rows, StoreError> {
    let (past, kinds) = (store::past(tx)?, store::kinds_ever(tx)?);
    let acts: BTreeSet<&str> = past.iter().map(|past| past.row.act.as_str()).collect();
    let ours = past.iter().filter(|past| past.origin != Origin::Changed);
    let ours: BTreeSet<&str> = ours.map(|past| past.row.post_kind.as_str()).collect();
    let takes = |kind: &str| kinds.get(kind).is_none_or(|stands| *stands && ours.contains(kind));
    let mut by_act: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    let mut out = Rows::default();
    for duty in shipped.duties.iter().filter(|duty| takes(&duty.post_kind)) {
        if !acts.contains(duty.act.as_str()) {
            by_act.entry(&duty.act).or_default().push(duty.clone());
        } else if !kinds.contains_key(&duty.post_kind) {
            out.duties.push(duty.clone());
        }
    }
    let fresh = |kind: &&(String, _)| !kinds.contains_key(&kind.0);
    out.kinds = shipped.kinds.iter().filter(fresh).cloned().collect();
    out.walls = new_walls(tx, shipped, &acts, &by_act.keys().copied().collect::<Vec<_>>())?;
    for rows in by_act.into_values() {
        if !out.duties.is_empty() && out.duties.len() + rows.len() > at_most {
            break;
        }
        out.duties.extend(rows);
    }
    Ok(out)
}

/// Walls that never were, before new acts and no others.
fn new_walls(
    tx: &ReadTx<'_>,
    shipped: &Rows,
    known: &BTreeSet<&str>,
    new: &[&str],
) -> Result<Vec<NewWall>, StoreError> {
    let there: BTreeSet<(String, String)> =
        store::past_walls(tx)?.into_iter().map(|wall| (wall.act, wall.condition)).collect();
    let before = |wall: &NewWall, act: &&str| covers(&wall.act, act);
    let comes = |wall: &&NewWall| {
        !there.contains(&(wall.act.clone(), wall.condition.clone()))
            && new.iter().any(|act| before(wall, act))
            && !known.iter().any(|act| before(wall, act))
    };
    Ok(shipped.walls.iter().filter(comes).cloned().collect())
}

/// The acts and kinds of post that this program would bring to the district's list, by their names
/// in it; none where the list is not begun.
pub fn waiting(tx: &ReadTx<'_>) -> Result<BTreeSet<String>, StoreError> {
    let new = lacking(tx, &Rows::of(shipped::TEXT)?)?;
    let kinds = new.kinds.into_iter().map(|(id, _)| id);
    Ok(kinds.chain(new.duties.into_iter().map(|duty| duty.act)).collect())
}

fn lacking(tx: &ReadTx<'_>, shipped: &Rows) -> Result<Rows, StoreError> {
    match store::is_in_force(tx)? {
        true => new_to(tx, shipped, usize::MAX),
        false => Ok(Rows::default()),
    }
}

/// Brings what this program has and the district's list has never heard of; gives how many rows
/// and walls.
pub fn bring(district: &District) -> Done<usize> {
    bring_from(district, Rows::of(shipped::TEXT)?)
}

pub(in crate::disclosure) fn bring_from(district: &District, shipped: Rows) -> Done<usize> {
    let place_path = format!("/{}/", district.config.code);
    let act = BringDuties { shipped: shipped.clone(), place_path };
    let mut rows = 0;
    loop {
        let of = shipped.clone();
        if district.store().read_blocking(move |tx| lacking(tx, &of))?.is_empty() {
            return Ok(rows);
        }
        let order = Order::new(district.new_id(), act.clone());
        rows += district.door.perform_blocking(&Actor::operator(), order)?.outcome;
    }
}
