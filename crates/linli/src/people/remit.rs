//! The remit (管辖) of a body: for which kinds of matter it answers, and where.
//!
//! A class of cases names the kind of body that answers for it; the remit says which body of that
//! kind it is at a place. It is a table that people can check, not a model.

use std::collections::{BTreeMap, BTreeSet};

use crate::act::{Acting, Actor, Done, DutyList, Errand, upward};
use crate::base::{Id, Instant};
use crate::params;
use crate::people::rules::Holding;
use crate::people::store::{today, with_bodies};
use crate::store::schema::Table;
use crate::store::{ReadTx, StoreError};

pub const REMIT: Table = Table::recorded("remit");

/// A body as a choice in a form or as the answer to "who answers for this".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyRef {
    pub id: Id,
    pub name: String,
    pub kind: String,
}

const KEEP: &str = "
    insert into remit (id, body_id, kind, place_path, ground) values ($1, $2, $3, $4, $5)";

const ANSWERING: &str = "
    select body.id, body.name, remit.kind from remit
    join body on body.id = remit.body_id and body.ended_at is null
    where remit.until is null and remit.kind = $1 and remit.place_path = $2
    order by body.sort_key, body.id limit 1";

const HAS: &str = "
    select count(*) from remit
    where remit.until is null and body_id = $1 and kind = $2
      and substr($3, 1, length(remit.place_path)) = remit.place_path";

const AT: &str = "
    select body.sort_key, body.id, body.name, body.kind from remit
    join body on body.id = remit.body_id and body.ended_at is null
    where remit.until is null and remit.place_path = $1
    order by body.sort_key, body.id";

/// Appointments in force on a day, and whoever stands in for their holders at this moment. Whose
/// account is stopped is neither; their stand-in still is, for the post is to be filled.
macro_rules! in_post {
    ($which:literal) => {
        concat!(
            "select a.person_id as person_id, post.kind as kind, post.body_id as body_id,
                    post.id as post_id from post
             join appointment a on a.post_id = post.id and a.until is null
                  and a.term_from <= $3 and (a.term_to is null or a.term_to >= $3)
             join person p on p.id = a.person_id and p.suspended_at is null
             where post.ended_at is null and ",
            $which,
            " union
             select d.to_person_id, post.kind, post.body_id, post.id from post
             join appointment a on a.post_id = post.id and a.until is null
                  and a.term_from <= $3 and (a.term_to is null or a.term_to >= $3)
             join delegation d on d.appointment_id = a.id and d.ended_at is null
                  and d.from_at <= $2 and d.to_at > $2
             join person p on p.id = d.to_person_id and p.suspended_at is null
                  and p.closed_at is null
             where post.ended_at is null and ",
            $which,
            " order by person_id, kind, post_id"
        )
    };
}

const OFFICERS: &str = in_post!(
    "post.body_id = $1
      and post.kind in ('department_officer', 'department_head', 'property_officer',
                        'community_clerk', 'dispatcher', 'district_dispatcher')"
);

/// Holders of the posts at one place.
const HOLDERS: &str = in_post!("post.place_path = $1");

/// Gives a body its remit; called by acts that make or change bodies.
pub fn keep(
    cx: &mut Acting<'_, '_>,
    body: &Id,
    kind: &str,
    place_path: &str,
    ground: &str,
) -> Done<()> {
    let id = cx.new_id();
    cx.tx.write(REMIT, &id, KEEP, params![id, *body, kind, place_path, ground])?;
    Ok(())
}

const THERE: &str = "
    select count(*) from remit
    where until is null and body_id = $1 and kind = $2 and place_path = $3";
const END: &str = "
    update remit set until = $3 where id = $1 and body_id = $2 and until is null";

/// Whether the body has this very entry.
pub fn is_there(tx: &ReadTx<'_>, body: &Id, kind: &str, path: &str) -> Result<bool, StoreError> {
    Ok(tx.count(THERE, params![*body, kind, path])? > 0)
}

/// Ends an entry; false when it had ended, or is another body's.
pub fn end(cx: &mut Acting<'_, '_>, body: &Id, id: &Id) -> Done<bool> {
    let now = cx.now();
    Ok(cx.tx.write(REMIT, id, END, params![*id, *body, now])? == 1)
}

/// One line of a body's remit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: Id,
    pub kind: String,
    pub place_path: String,
    pub ground: String,
}

const OF_BODY: &str = "
    select id, kind, place_path, ground from remit
    where until is null and body_id = $1 order by kind, place_path, id";
const OF_KIND: &str = "
    select remit.id, body.id, body.name, body.sort_key, remit.place_path from remit
    join body on body.id = remit.body_id and body.ended_at is null
    where remit.until is null and remit.kind = $1 order by remit.id";
const KINDS: &str = "select distinct kind from remit where until is null";

/// What a body answers for.
pub fn of_body(tx: &ReadTx<'_>, body: &Id) -> Result<Vec<Entry>, StoreError> {
    tx.rows(OF_BODY, params![*body], |row| {
        Ok(Entry {
            id: row.get(0)?,
            kind: row.get(1)?,
            place_path: row.get(2)?,
            ground: row.get(3)?,
        })
    })
}

/// Every entry for a kind of matter, for [`crate::people::rules::answers`] to choose from.
pub fn of_kind(tx: &ReadTx<'_>, kind: &str) -> Result<Vec<Holding>, StoreError> {
    tx.rows(OF_KIND, params![kind], |row| {
        Ok(Holding {
            entry: row.get(0)?,
            body: row.get(1)?,
            name: row.get(2)?,
            sort_key: row.get(3)?,
            place_path: row.get(4)?,
        })
    })
}

/// Every kind of matter that somebody answers for.
pub fn kinds(tx: &ReadTx<'_>) -> Result<Vec<String>, StoreError> {
    let mut kinds: Vec<String> = tx.rows(KINDS, &[], |row| row.get(0))?;
    kinds.sort_unstable();
    Ok(kinds)
}

/// Who answers for this kind of matter at this place: the body whose place is nearest above it.
pub fn answering(tx: &ReadTx<'_>, kind: &str, path: &str) -> Result<Option<BodyRef>, StoreError> {
    for place in upward(path) {
        let body = tx.row(ANSWERING, params![kind, place], |row| {
            Ok(BodyRef { id: row.get(0)?, name: row.get(1)?, kind: row.get(2)? })
        })?;
        if body.is_some() {
            return Ok(body);
        }
    }
    Ok(None)
}

/// Whether the body answers for this kind of matter at this place.
pub fn has(tx: &ReadTx<'_>, body: &Id, kind: &str, path: &str) -> Result<bool, StoreError> {
    Ok(tx.count(HAS, params![*body, kind, path])? > 0)
}

/// Every body that answers for something at this place.
pub fn bodies_at(tx: &ReadTx<'_>, path: &str) -> Result<Vec<BodyRef>, StoreError> {
    let mut all = BTreeMap::new();
    for place in upward(path) {
        let here = tx.rows(AT, params![place], |row| {
            let body = BodyRef { id: row.get(1)?, name: row.get(2)?, kind: row.get(3)? };
            Ok(((row.get::<String>(0)?, body.id.clone()), body))
        })?;
        all.extend(here);
    }
    Ok(all.into_values().collect())
}

/// Those who take up what is given to a body: in post today, or standing in now.
pub fn officers(tx: &ReadTx<'_>, body: &Id, now: Instant) -> Result<Vec<Id>, StoreError> {
    let mut all = tx.rows(OFFICERS, params![*body, now, today(now)], |row| row.get(0))?;
    all.dedup();
    Ok(all)
}

/// Those who hold a post of this kind over the place: in post today, or standing in now.
pub fn holders(
    tx: &ReadTx<'_>,
    kind: &str,
    path: &str,
    now: Instant,
) -> Result<Vec<Id>, StoreError> {
    let mut all = BTreeSet::new();
    for place in upward(path) {
        let here = tx.rows(HOLDERS, params![place, now, today(now)], |row| {
            Ok((row.get::<Id>(0)?, row.get::<String>(1)?))
        })?;
        all.extend(here.into_iter().filter(|(_, of)| of == kind).map(|(person, _)| person));
    }
    Ok(all.into_iter().collect())
}

/// Whom an errand is for: in post today, or standing in now, at the nearest place above the row
/// where the duty list gives somebody the act. A grid without a worker is its community's, a
/// community without a clerk its street's.
pub fn on_duty(
    tx: &ReadTx<'_>,
    duties: &DutyList,
    errand: &Errand,
    now: Instant,
) -> Result<Vec<Id>, StoreError> {
    for place in upward(&errand.row.place_path) {
        let here = tx.rows(HOLDERS, params![place, now, today(now)], |row| {
            let (person, kind): (Id, String) = (row.get(0)?, row.get(1)?);
            Ok(Actor::in_post((person, row.get(3)?), &kind, place, row.get(2)?))
        })?;
        let may = |actor: &Actor| duties.decide(actor, &errand.act, &errand.row).granted();
        let mut all: BTreeSet<Id> = BTreeSet::new();
        for actor in here.into_iter().filter(may) {
            // A wall stands for every body a person belongs to.
            let actor = with_bodies(tx, actor, now)?;
            if may(&actor) {
                all.extend(actor.person.filter(|person| !errand.but.contains(person)));
            }
        }
        if !all.is_empty() {
            let told = |person: &Id| errand.doer.as_ref() != Some(person);
            return Ok(all.into_iter().filter(told).collect());
        }
    }
    Ok(Vec::new())
}

const NAME_OF: &str = "select name from body where id = $1";
const ENTRIES_AT: &str = "
    select body.id, body.name, remit.kind, remit.ground, body.sort_key from remit
    join body on body.id = remit.body_id and body.ended_at is null
    where remit.until is null and remit.place_path = $1
    order by body.sort_key, body.id, remit.kind, remit.id";

/// What a body is called.
pub fn name_of(tx: &ReadTx<'_>, body: &Id) -> Result<Option<String>, StoreError> {
    tx.row(NAME_OF, params![*body], |row| row.get(0))
}

/// Every entry of the remit that covers a place: the body, for the kind it answers for, and the
/// ground it stands on.
pub fn entries_at(tx: &ReadTx<'_>, path: &str) -> Result<Vec<(BodyRef, String)>, StoreError> {
    let mut all: Vec<(String, BodyRef, String)> = Vec::new();
    for place in upward(path) {
        all.extend(tx.rows(ENTRIES_AT, params![place], |row| {
            let body = BodyRef { id: row.get(0)?, name: row.get(1)?, kind: row.get(2)? };
            Ok((row.get(4)?, body, row.get(3)?))
        })?);
    }
    all.sort_by(|(a, one, _), (b, other, _)| {
        (a, &one.id, &one.kind).cmp(&(b, &other.id, &other.kind))
    });
    Ok(all.into_iter().map(|(_, body, ground)| (body, ground)).collect())
}

const MASKED: &str = "select name_masked, phone_masked from person where id = $1";

/// Name and phone of a person as an office sees them without saying why.
pub fn masked(
    tx: &ReadTx<'_>,
    person: &Id,
) -> Result<Option<(String, Option<String>)>, StoreError> {
    tx.row(MASKED, params![*person], |row| Ok((row.get(0)?, row.get(1)?)))
}

const AT_OR_BELOW: &str = "
    select distinct body.id, body.name, body.kind, body.sort_key from remit
    join body on body.id = remit.body_id and body.ended_at is null
    where remit.until is null
      and (substr($1, 1, length(remit.place_path)) = remit.place_path
           or substr(remit.place_path, 1, length($1)) = $1)
    order by body.sort_key, body.id limit 300";

/// Every body that answers for something at this place or below it.
pub fn bodies_at_or_below(tx: &ReadTx<'_>, path: &str) -> Result<Vec<BodyRef>, StoreError> {
    tx.rows(AT_OR_BELOW, params![path], |row| {
        Ok(BodyRef { id: row.get(0)?, name: row.get(1)?, kind: row.get(2)? })
    })
}
