//! The only SQL that names `api_key`; it asks who its holder is in the same breath.

use super::{API_KEY, CreateKey, Holder};
use crate::act::{Acting, Actor, Done};
use crate::base::{Id, Instant};
use crate::params;
use crate::people::store::{today, with_bodies};
use crate::store::{ReadTx, Row, StoreError};

const HOLDER: &str = "
    select k.id, k.title, k.person_id, p.language, post.id, post.kind, post.place_path,
           post.body_id, post.title, post_kind.kind_group
    from api_key k
    join person p on p.id = k.person_id and p.suspended_at is null and p.closed_at is null
    left join appointment a on a.id = k.appointment_id and a.until is null
        and a.person_id = k.person_id
        and a.term_from <= $2 and (a.term_to is null or a.term_to >= $2)
    left join post on post.id = a.post_id and post.ended_at is null
    left join post_kind on post_kind.id = post.kind
    where k.key_hash = $1 and k.ended_at is null
      and (k.appointment_id is null or post.id is not null)";
const HOLDS: &str = "
    select count(*) from person p
    where p.id = $1 and p.suspended_at is null and p.closed_at is null
      and ($2 = '' or exists (
        select 1 from appointment a
        join post on post.id = a.post_id and post.ended_at is null
        where a.id = $2 and a.person_id = p.id and a.until is null
          and (a.term_to is null or a.term_to >= $3)))";
const INSERT: &str = "
    insert into api_key (id, title, key_hash, person_id, appointment_id, created_at)
    values ($1, $2, $3, $4, $5, $6)";
const OF_PERSON: &str = "
    select k.id, k.title, p.username, post.title, k.created_at, k.ended_at
    from api_key k
    join person p on p.id = k.person_id
    left join appointment a on a.id = k.appointment_id
    left join post on post.id = a.post_id
    where k.person_id = $1 and k.ended_at is null order by k.created_at desc, k.id";
const END: &str = "update api_key set ended_at = $2 where id = $1 and ended_at is null";
const ALL: &str = "
    select k.id, k.title, p.username, post.title, k.created_at, k.ended_at
    from api_key k
    join person p on p.id = k.person_id
    left join appointment a on a.id = k.appointment_id
    left join post on post.id = a.post_id
    order by k.created_at desc, k.id";
const BY_USERNAME: &str = "
    select p.id from person p
    where p.username = $1 and p.suspended_at is null and p.closed_at is null";
const POSTS_OF: &str = "
    select a.id from appointment a join post on post.id = a.post_id and post.ended_at is null
    where a.person_id = $1 and a.until is null
      and a.term_from <= $2 and (a.term_to is null or a.term_to >= $2)
    order by a.since, a.id";

/// The holder of a key, `None` when it is unknown or ended, or was given for a post that has ended
/// meanwhile, or whose term is over or has not begun. Such a key does not go on as its holder's
/// own: what an office's program brings would become theirs.
pub fn holder(tx: &ReadTx<'_>, hash: &str, now: Instant) -> Result<Option<Holder>, StoreError> {
    let found = tx.row(HOLDER, params![hash, today(now)], |row| {
        let person: Id = row.get(2)?;
        let actor = match row.get::<Option<String>>(5)? {
            None => Actor::resident(person.clone()),
            Some(kind) => Actor {
                person: Some(person.clone()),
                kind,
                post: row.get(4)?,
                place_path: row.get::<Option<String>>(6)?.unwrap_or_default(),
                body: row.get(7)?,
                other_bodies: Vec::new(),
                stands_in: false,
                label: row.get::<Option<String>>(8)?.unwrap_or_default(),
                administrator: row.get::<Option<String>>(9)?.as_deref() == Some("administrator"),
            },
        };
        Ok(Holder { key: row.get(0)?, title: row.get(1)?, person, actor, language: row.get(3)? })
    })?;
    let Some(holder) = found else { return Ok(None) };
    let actor = with_bodies(tx, holder.actor, now)?;
    Ok(Some(Holder { actor, ..holder }))
}

/// Whether the person is there and holds the appointment or is yet to, where one is named.
pub(super) fn holds(
    tx: &ReadTx<'_>,
    person: &Id,
    appointment: Option<&Id>,
    now: Instant,
) -> Result<bool, StoreError> {
    let appointment = appointment.map(Id::as_str).unwrap_or_default();
    Ok(tx.count(HOLDS, params![*person, appointment, today(now)])? > 0)
}

pub(super) fn insert(cx: &mut Acting<'_, '_>, key: &CreateKey, title: &str) -> Done<()> {
    let now = cx.now();
    cx.tx.write(
        API_KEY,
        &key.id,
        INSERT,
        params![key.id, title, key.hash, key.person, key.appointment, now],
    )?;
    Ok(())
}

pub(super) fn end(cx: &mut Acting<'_, '_>, id: &Id) -> Done<bool> {
    let now = cx.now();
    Ok(cx.tx.write(API_KEY, id, END, params![*id, now])? > 0)
}

/// Ends every key of a person.
pub fn end_all_of(cx: &mut Acting<'_, '_>, person: &Id) -> Done<()> {
    for key in of_person(cx.read(), person)? {
        end(cx, &key.id)?;
    }
    Ok(())
}

/// A key as the administrator sees it, and whoever's name it is in.
#[derive(Clone, Debug)]
pub struct KeyView {
    pub id: Id,
    pub title: String,
    pub username: String,
    pub post: Option<String>,
    pub created_at: Instant,
    pub ended_at: Option<Instant>,
}

fn key_of(row: &Row<'_>) -> Result<KeyView, StoreError> {
    Ok(KeyView {
        id: row.get(0)?,
        title: row.get(1)?,
        username: row.get::<Option<String>>(2)?.unwrap_or_default(),
        post: row.get(3)?,
        created_at: row.get(4)?,
        ended_at: row.get(5)?,
    })
}

pub fn all(tx: &ReadTx<'_>) -> Result<Vec<KeyView>, StoreError> {
    tx.rows(ALL, &[], key_of)
}

/// The keys in somebody's name that have not ended.
pub fn of_person(tx: &ReadTx<'_>, person: &Id) -> Result<Vec<KeyView>, StoreError> {
    tx.rows(OF_PERSON, params![*person], key_of)
}

/// The person with this user name, and the first appointment they hold today.
pub fn by_username(
    tx: &ReadTx<'_>,
    username: &str,
    now: Instant,
) -> Result<Option<(Id, Option<Id>)>, StoreError> {
    let Some(person) = tx.row(BY_USERNAME, params![username], |row| row.get::<Id>(0))? else {
        return Ok(None);
    };
    let post = tx.row(POSTS_OF, params![person, today(now)], |row| row.get(0))?;
    Ok(Some((person, post)))
}
