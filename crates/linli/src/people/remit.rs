//! The remit (管辖) of a body: for which kinds of matter it answers, and where.
//!
//! A class of cases names the kind of body that answers for it; the remit says which body of that
//! kind it is at a place. It is a table that people can check, not a model.

use std::collections::BTreeSet;

use crate::act::{Acting, Actor, Done, DutyList, Errand, Reach, upward};
use crate::base::{Id, Instant};
use crate::params;
use crate::people::rules::Holding;
use crate::people::store::{stands, today, with_bodies};
use crate::store::schema::Table;
use crate::store::{ReadTx, Row, StoreError};

pub const REMIT: Table = Table::recorded("remit");

/// A body as a choice in a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyRef {
    pub id: Id,
    pub name: String,
}

/// A body that answers for something at a place, and the ground of the entry that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answering {
    pub id: Id,
    pub name: String,
    pub ground: String,
}

const KEEP: &str = "
    insert into remit (id, body_id, kind, place_path, ground) values ($1, $2, $3, $4, $5)";

const ANSWERING: &str = "
    select body.id, body.name, remit.ground from remit
    join body on body.id = remit.body_id and body.ended_at is null
    where remit.until is null and remit.place_path = $1 and (remit.kind = $2 or $2 = '')
    order by body.sort_key, body.id, remit.kind, remit.id";

/// Kinds of body that take a case at once, whatever it is about; the nearest to people first.
const FIRST_CONTACT: [&str; 3] = ["community_committee", "street_office", "command_centre"];

/// Appointments in force on a day, and whoever stands in for their holders at this moment. Whose
/// account is stopped is neither; their stand-in still is, for the post is to be filled.
macro_rules! in_post {
    ($which:literal) => {
        concat!(
            "select a.person_id as person_id, post.kind as kind, post.body_id as body_id,
                    post.id as post_id, post.place_path as place_path from post
             join appointment a on a.post_id = post.id and a.until is null
                  and a.term_from <= $3 and (a.term_to is null or a.term_to >= $3)
             join person p on p.id = a.person_id and p.suspended_at is null
             where post.ended_at is null and ",
            $which,
            " union
             select d.to_person_id, post.kind, post.body_id, post.id, post.place_path from post
             join appointment a on a.post_id = post.id and a.until is null
                  and a.term_from <= $3 and (a.term_to is null or a.term_to >= $3)
             join delegation d on d.appointment_id = a.id and d.ended_at is null
                  and d.from_at <= $2 and d.to_at > $2 and ",
            stands!("$3"),
            "
             join person p on p.id = d.to_person_id and p.suspended_at is null
                  and p.closed_at is null
             where post.ended_at is null and ",
            $which,
            " order by person_id, kind, post_id"
        )
    };
}

/// Holders of the posts of one body.
const OF_ONE_BODY: &str = in_post!("post.body_id = $1");

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

const KIND: &str = "select kind from remit where id = $1 and body_id = $2 and until is null";

/// The kind of an entry; none when it has ended, or is another body's.
pub fn kind(tx: &ReadTx<'_>, body: &Id, id: &Id) -> Result<Option<String>, StoreError> {
    tx.row(KIND, params![*id, *body], |row| row.get(0))
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
const VERSION: &str = "
    select count(*) + count(remit.until) + count(body.ended_at) from remit
    join body on body.id = remit.body_id where remit.kind = $1";
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

/// How often a body came to answer for a kind of matter or ceased to, and once before: who looked
/// at what passes to whom has looked at one of these.
pub fn version(tx: &ReadTx<'_>, kind: &str) -> Result<i64, StoreError> {
    Ok(tx.count(VERSION, params![kind])? + 1)
}

/// An entry as it is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    pub body: String,
    pub phone: Option<String>,
    pub kind: String,
    pub place_path: String,
    pub ground: String,
}

const PUBLISHED: &str = "
    select body.name, body.phone, remit.kind, remit.place_path, remit.ground from remit
    join body on body.id = remit.body_id and body.ended_at is null
    where remit.until is null
    order by body.sort_key, body.id, remit.kind, remit.place_path, remit.id";

const PAGE: &str = "
    select body.name, body.phone, remit.kind, remit.place_path, remit.ground, remit.id from remit
    join body on body.id = remit.body_id and body.ended_at is null
    where remit.until is null and remit.id > $1
    order by remit.id limit $2";

fn as_published(row: &Row<'_>) -> Result<Published, StoreError> {
    Ok(Published {
        body: row.get(0)?,
        phone: row.get(1)?,
        kind: row.get(2)?,
        place_path: row.get(3)?,
        ground: row.get(4)?,
    })
}

/// Every entry in force, body by body.
pub fn published(tx: &ReadTx<'_>) -> Result<Vec<Published>, StoreError> {
    tx.rows(PUBLISHED, &[], as_published)
}

/// Entries in force that follow `after` in the order of their ids.
pub fn page(
    tx: &ReadTx<'_>,
    after: Option<&Id>,
    limit: i64,
) -> Result<Vec<(Id, Published)>, StoreError> {
    let after = after.map_or("", Id::as_str);
    tx.rows(PAGE, params![after, limit], |row| Ok((row.get(5)?, as_published(row)?)))
}

/// Every kind of matter that somebody answers for.
pub fn kinds(tx: &ReadTx<'_>) -> Result<Vec<String>, StoreError> {
    let mut kinds: Vec<String> = tx.rows(KINDS, &[], |row| row.get(0))?;
    kinds.sort_unstable();
    Ok(kinds)
}

/// Entries of the remit at the place itself; of every kind where none is named.
fn at(tx: &ReadTx<'_>, kind: Option<&str>, place: &str) -> Result<Vec<Answering>, StoreError> {
    tx.rows(ANSWERING, params![place, kind.unwrap_or_default()], |row| {
        Ok(Answering { id: row.get(0)?, name: row.get(1)?, ground: row.get(2)? })
    })
}

/// Who answers for this kind of matter at this place, each body once, the nearest first; for any
/// kind where none is named.
pub fn answering(
    tx: &ReadTx<'_>,
    kind: Option<&str>,
    path: &str,
) -> Result<Vec<Answering>, StoreError> {
    let mut all: Vec<Answering> = Vec::new();
    for place in upward(path) {
        for body in at(tx, kind, place)? {
            if all.iter().all(|known| known.id != body.id) {
                all.push(body);
            }
        }
    }
    Ok(all)
}

/// The first of [`answering`], `but` for one that must keep away: the body whose place is nearest
/// above.
pub fn nearest(
    tx: &ReadTx<'_>,
    kind: &str,
    path: &str,
    but: Option<&Id>,
) -> Result<Option<Answering>, StoreError> {
    for place in upward(path) {
        let mut bodies = at(tx, Some(kind), place)?.into_iter();
        if let Some(body) = bodies.find(|body| Some(&body.id) != but) {
            return Ok(Some(body));
        }
    }
    Ok(None)
}

/// 首接负责: the body of first contact, the nearest that answers for anything at the place, `but` for
/// one that must keep away.
pub fn first_contact(
    tx: &ReadTx<'_>,
    path: &str,
    but: Option<&Id>,
) -> Result<Option<Answering>, StoreError> {
    for kind in FIRST_CONTACT {
        if let Some(body) = nearest(tx, kind, path, but)? {
            return Ok(Some(body));
        }
    }
    Ok(None)
}

/// Those of a body whom the duty list gives one of these acts on the row: in post today, or
/// standing in now.
pub fn in_body(
    tx: &ReadTx<'_>,
    duties: &DutyList,
    body: &Id,
    (acts, row): (&[String], &Reach),
    now: Instant,
) -> Result<Vec<Id>, StoreError> {
    let here = tx.rows(OF_ONE_BODY, params![*body, now, today(now)], |row| {
        let (person, kind, place): (Id, String, String) = (row.get(0)?, row.get(1)?, row.get(4)?);
        Ok(Actor::in_post((person, row.get(3)?), &kind, &place, row.get(2)?))
    })?;
    let may = |actor: &Actor| acts.iter().any(|act| duties.decide(actor, act, row).granted());
    Ok(free_to(tx, here, row, may, now)?.into_iter().collect())
}

/// Those of them who may do it. A wall stands for every body a person belongs to, where the row
/// complains of one.
fn free_to(
    tx: &ReadTx<'_>,
    actors: Vec<Actor>,
    row: &Reach,
    may: impl Fn(&Actor) -> bool,
    now: Instant,
) -> Result<BTreeSet<Id>, StoreError> {
    let walled = row.about_body.is_some() || !row.complains_of.is_empty();
    let mut all = BTreeSet::new();
    for actor in actors.into_iter().filter(&may) {
        let actor = if walled { with_bodies(tx, actor, now)? } else { actor };
        if !walled || may(&actor) {
            all.extend(actor.person);
        }
    }
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
        let mut all = free_to(tx, here, &errand.row, may, now)?;
        all.retain(|person| !errand.but.contains(person));
        if !all.is_empty() {
            let told = |person: &Id| errand.doer.as_ref() != Some(person);
            return Ok(all.into_iter().filter(told).collect());
        }
    }
    Ok(Vec::new())
}

const NAME_OF: &str = "select name from body where id = $1";
const ENTRIES_AT: &str = "
    select body.id, body.name, remit.kind, remit.ground, body.sort_key, remit.id from remit
    join body on body.id = remit.body_id and body.ended_at is null
    where remit.until is null and remit.place_path = $1
    order by body.sort_key, body.id, remit.kind, remit.id";

/// What a body is called.
pub fn name_of(tx: &ReadTx<'_>, body: &Id) -> Result<Option<String>, StoreError> {
    tx.row(NAME_OF, params![*body], |row| row.get(0))
}

/// An entry of the remit as it may be cited: the body, the kind it answers for, and the ground it
/// stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    pub id: Id,
    pub body: BodyRef,
    pub kind: String,
    pub ground: String,
}

/// The entries of the remit at the place itself, body by body.
pub fn entries_of(tx: &ReadTx<'_>, path: &str) -> Result<Vec<Granted>, StoreError> {
    let all = entries_with_keys(tx, path)?;
    Ok(all.into_iter().map(|(_, granted)| granted).collect())
}

/// As [`entries_of`], each with what its body is sorted by.
fn entries_with_keys(tx: &ReadTx<'_>, path: &str) -> Result<Vec<(String, Granted)>, StoreError> {
    tx.rows(ENTRIES_AT, params![path], |row| {
        let body = BodyRef { id: row.get(0)?, name: row.get(1)? };
        let (kind, ground) = (row.get(2)?, row.get(3)?);
        Ok((row.get(4)?, Granted { id: row.get(5)?, body, kind, ground }))
    })
}

/// Every entry of the remit that covers a place.
pub fn entries_at(tx: &ReadTx<'_>, path: &str) -> Result<Vec<Granted>, StoreError> {
    let mut all: Vec<(String, Granted)> = Vec::new();
    for place in upward(path) {
        all.extend(entries_with_keys(tx, place)?);
    }
    all.sort_by_cached_key(|(sort, one)| {
        (sort.clone(), one.body.id.clone(), one.kind.clone(), one.id.clone())
    });
    Ok(all.into_iter().map(|(_, granted)| granted).collect())
}

const CITED: &str = "
    select body.id, body.name, remit.kind, remit.ground, remit.until from remit
    join body on body.id = remit.body_id where remit.id = $1";
const HOLDER: &str = "
    select body.id from remit
    join body on body.id = remit.body_id and body.ended_at is null
    where remit.id = $1 and remit.until is null
      and substr($2, 1, length(remit.place_path)) = remit.place_path";

/// An entry that was cited, and whether it is in force.
pub fn cited(tx: &ReadTx<'_>, entry: &Id) -> Result<Option<(Granted, bool)>, StoreError> {
    tx.row(CITED, params![*entry], |row| {
        let body = BodyRef { id: row.get(0)?, name: row.get(1)? };
        let in_force = row.get::<Option<Instant>>(4)?.is_none();
        let (kind, ground) = (row.get(2)?, row.get(3)?);
        Ok((Granted { id: entry.clone(), body, kind, ground }, in_force))
    })
}

/// The body that answers at a place by this entry, while it is in force.
pub fn holder(tx: &ReadTx<'_>, entry: &Id, path: &str) -> Result<Option<Id>, StoreError> {
    tx.row(HOLDER, params![*entry, path], |row| row.get(0))
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
    select distinct body.id, body.name, body.sort_key from remit
    join body on body.id = remit.body_id and body.ended_at is null
    where remit.until is null
      and (substr($1, 1, length(remit.place_path)) = remit.place_path
           or substr(remit.place_path, 1, length($1)) = $1)
    order by body.sort_key, body.id";

/// Every body that answers for something at this place or below it.
pub fn bodies_at_or_below(tx: &ReadTx<'_>, path: &str) -> Result<Vec<BodyRef>, StoreError> {
    tx.rows(AT_OR_BELOW, params![path], |row| Ok(BodyRef { id: row.get(0)?, name: row.get(1)? }))
}
