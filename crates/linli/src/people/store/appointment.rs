//! Appointments: who holds what, and what a person can act as.

use super::delegation::{end_hanging_on, stands};
use super::post::today;
use crate::act::{Acting, Actor, Done, DutyList};
use crate::base::{Day, Id, Instant, sort};
use crate::params;
use crate::people::APPOINTMENT;
use crate::people::acts::Appoint;
use crate::people::rules::{self, Beside, Held};
use crate::store::{ReadTx, Row, StoreError, Value};

/// So many grids or posts on one person, and they are shown as overloaded.
pub const MOST_POSTS: i64 = 3;

/// A person who holds too much.
#[derive(Clone, Debug)]
pub struct Overload {
    pub person: Id,
    pub name: String,
    pub posts: i64,
}

const OVERLOADED: &str = "
    select a.person_id, min(a.holder_name), count(*) from appointment a
    join post on post.id = a.post_id and post.ended_at is null
    join person p on p.id = a.person_id and p.suspended_at is null
    where a.until is null and a.term_from <= $1 and (a.term_to is null or a.term_to >= $1)
    group by a.person_id having count(*) >= $2
    order by count(*) desc, a.person_id";

/// Who holds three posts or more.
pub fn overloaded(tx: &ReadTx<'_>, now: Instant) -> Result<Vec<Overload>, StoreError> {
    tx.rows(OVERLOADED, params![today(now), MOST_POSTS], |row| {
        Ok(Overload { person: row.get(0)?, name: row.get(1)?, posts: row.get(2)? })
    })
}

/// A post a person can act as: their own, or one they stand in for.
#[derive(Clone, Debug)]
pub struct Seat {
    pub appointment: Id,
    pub post: Id,
    pub kind: String,
    pub group: String,
    pub title: String,
    pub place_path: String,
    /// Standing in for the holder, until then.
    pub standing_in: Option<Instant>,
    /// The holder, when standing in.
    pub holder_name: String,
    pub term_to: Option<String>,
}

const SEATS: &str = concat!(
    "
    select a.id, post.id, post.kind, post_kind.kind_group, post.title, post.place_path,
           d.to_at, a.holder_name, a.term_to
    from appointment a
    join post on post.id = a.post_id and post.ended_at is null
    join post_kind on post_kind.id = post.kind
    left join delegation d on d.appointment_id = a.id and d.to_person_id = $2
         and d.ended_at is null and d.from_at <= $3 and d.to_at > $3 and ",
    stands!("$1"),
    "
    where a.until is null and a.term_from <= $1 and (a.term_to is null or a.term_to >= $1)
      and (a.person_id = $2 or d.id is not null)
    order by post.place_path, post_kind.position, a.id"
);

/// What a person can act as at this moment.
pub fn seats(tx: &ReadTx<'_>, person: &Id, now: Instant) -> Result<Vec<Seat>, StoreError> {
    let all = tx.rows(SEATS, params![today(now), person, now], |row| {
        Ok(Seat {
            appointment: row.get(0)?,
            post: row.get(1)?,
            kind: row.get(2)?,
            group: row.get(3)?,
            title: row.get(4)?,
            place_path: row.get(5)?,
            standing_in: row.get(6)?,
            holder_name: row.get(7)?,
            term_to: row.get(8)?,
        })
    })?;
    let mut out: Vec<Seat> = Vec::new();
    for seat in all {
        if out.iter().all(|had| had.appointment != seat.appointment) {
            out.push(seat);
        }
    }
    Ok(out)
}

const BODIES: &str = concat!(
    "
    select post.body_id from appointment a
    join post on post.id = a.post_id and post.ended_at is null and post.body_id is not null
    where a.until is null and a.person_id = $2
      and a.term_from <= $1 and (a.term_to is null or a.term_to >= $1)
    union
    select post.body_id from delegation d
    join appointment a on a.id = d.appointment_id and a.until is null
    join post on post.id = a.post_id and post.ended_at is null and post.body_id is not null
    where d.to_person_id = $2 and d.ended_at is null and d.from_at <= $3 and d.to_at > $3
      and a.term_from <= $1 and (a.term_to is null or a.term_to >= $1) and ",
    stands!("$1")
);

/// The actor with every body they belong to at this moment, by whatever post they hold or stand in
/// for. Who acts for themself acts for no body.
pub fn with_bodies(tx: &ReadTx<'_>, actor: Actor, now: Instant) -> Result<Actor, StoreError> {
    let (Some(person), Some(_)) = (&actor.person, &actor.post) else { return Ok(actor) };
    let mut all: Vec<Id> = tx.rows(BODIES, params![today(now), *person, now], |row| row.get(0))?;
    all.retain(|body| actor.body.as_ref() != Some(body));
    all.sort_unstable();
    Ok(Actor { other_bodies: all, ..actor })
}

const KINDS_HELD: &str = concat!(
    "
    select post.kind, post_kind.kind_group, post.title from appointment a
    join post on post.id = a.post_id and post.ended_at is null
    join post_kind on post_kind.id = post.kind
    where a.until is null and a.person_id = $1 and (a.term_to is null or a.term_to >= $3)
    union
    select post.kind, post_kind.kind_group, post.title from delegation d
    join appointment a on a.id = d.appointment_id and a.until is null
    join post on post.id = a.post_id and post.ended_at is null
    join post_kind on post_kind.id = post.kind
    where d.to_person_id = $1 and d.ended_at is null and d.to_at > $2 and ",
    stands!("$3")
);
const ADMINISTRATORS_BESIDE: &str = "
    select distinct post.kind from appointment a
    join post on post.id = a.post_id and post.ended_at is null
    join post_kind on post_kind.id = post.kind
    join person p on p.id = a.person_id and p.closed_at is null
    where a.until is null and post_kind.kind_group = $1 and post.kind <> $2
      and a.term_from <= $3 and (a.term_to is null or a.term_to >= $3)";
const AT_WORK: &str = "
    select a.id from appointment a
    join post on post.id = a.post_id and post.ended_at is null
    join post_kind on post_kind.id = post.kind
    where a.until is null and post_kind.kind_group <> $1
      and a.term_from <= $2 and (a.term_to is null or a.term_to >= $2)
    order by a.id limit 1";
const HOLDS: &str = "
    select count(*) from appointment
    where person_id = $1 and post_id = $2 and until is null
      and (term_to is null or term_to >= $3)";
const APPOINTED: &str = "
    select count(*) from appointment a
    join post on post.id = a.post_id and post.ended_at is null
    where a.person_id = $1 and a.until is null and (a.term_to is null or a.term_to >= $2)";
const OVER: &str = "
    select id from appointment
    where person_id = $1 and post_id = $2 and until is null and term_to < $3 order by id";
const TO_POST: &str = "
    select id, person_id from appointment where post_id = $1 and until is null order by id";
const HOLDER_OF: &str = "select person_id from appointment where id = $1";
const RUNNING: &str = "
    select post.kind, post_kind.kind_group, post.place_path, post.body_id, body.kind,
           a.person_id, post.id, post.title
    from appointment a
    join post on post.id = a.post_id and post.ended_at is null
    join post_kind on post_kind.id = post.kind
    left join body on body.id = post.body_id
    where a.id = $1 and a.until is null";
const HELD_BY: &str = "
    select post.kind, post_kind.kind_group, post.place_path, post.body_id, body.kind, a.id
    from appointment a
    join post on post.id = a.post_id and post.ended_at is null
    join post_kind on post_kind.id = post.kind
    left join body on body.id = post.body_id
    where a.until is null and a.term_from <= $1 and (a.term_to is null or a.term_to >= $1)
      and a.person_id = $2
    order by a.id";
const COLLEAGUES: &str = "
    select post.kind, post_kind.kind_group, post.place_path, post.body_id, body.kind,
           a.person_id, a.holder_name, post.title
    from appointment a
    join post on post.id = a.post_id and post.ended_at is null
    join post_kind on post_kind.id = post.kind
    left join body on body.id = post.body_id
    join person p on p.id = a.person_id and p.suspended_at is null and p.closed_at is null
    where a.until is null and a.term_from <= $1 and (a.term_to is null or a.term_to >= $1)
      and a.person_id <> $2
    order by a.person_id, post_kind.position, a.id";

/// All a person holds or will hold, standing in included.
pub fn kinds_held(tx: &ReadTx<'_>, person: &Id, now: Instant) -> Result<Vec<Beside>, StoreError> {
    tx.rows(KINDS_HELD, params![person, now, today(now)], |row| {
        Ok(Beside { kind: row.get(0)?, group: row.get(1)?, title: row.get(2)? })
    })
}

/// Whether somebody is an administrator of another kind than this one, today and by a list that
/// lets that kind confirm what this one proposes. Who is stopped counts: one administrator
/// stops another's account alone, and must not be made the only one by it.
pub fn has_confirmer(
    tx: &ReadTx<'_>,
    duties: &DutyList,
    kind: &str,
    now: Instant,
) -> Result<bool, StoreError> {
    let day = today(now);
    let wanted = params![rules::ADMINISTRATOR, kind, day];
    let beside = tx.rows(ADMINISTRATORS_BESIDE, wanted, |row| row.get::<String>(0))?;
    Ok(beside.iter().any(|kind| duties.of(kind, rules::CONFIRM).next().is_some()))
}

/// Whether anybody but administrators is in post.
pub fn somebody_works(tx: &ReadTx<'_>, now: Instant) -> Result<bool, StoreError> {
    let found = tx.row(AT_WORK, params![rules::ADMINISTRATOR, today(now)], |row| row.get::<Id>(0));
    Ok(found?.is_some())
}

/// Whether a person holds a post, or will hold it when their term begins.
pub fn holds(tx: &ReadTx<'_>, person: &Id, post: &Id, now: Instant) -> Result<bool, StoreError> {
    Ok(tx.count(HOLDS, params![person, post, today(now)])? > 0)
}

/// Whether a person holds any post, or will hold one when their term begins.
pub fn is_appointed(tx: &ReadTx<'_>, person: &Id, now: Instant) -> Result<bool, StoreError> {
    Ok(tx.count(APPOINTED, params![person, today(now)])? > 0)
}

/// Ends what a person held of a post until their term was over: they are appointed anew.
pub fn end_over(cx: &mut Acting<'_, '_>, person: &Id, post: &Id) -> Done<()> {
    let today = today(cx.now());
    let over: Vec<Id> = cx.read().rows(OVER, params![person, post, today], |row| row.get(0))?;
    for id in over {
        end_appointment(cx, &id, "term over")?;
    }
    Ok(())
}

/// Appointments to a post that have not ended, with their persons.
pub fn appointments_to(tx: &ReadTx<'_>, post: &Id) -> Result<Vec<(Id, Id)>, StoreError> {
    tx.rows(TO_POST, params![post], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub fn holder_of(tx: &ReadTx<'_>, appointment: &Id) -> Result<Option<Id>, StoreError> {
    tx.row(HOLDER_OF, params![appointment], |row| row.get(0))
}

/// An appointment that has not ended, with its post.
#[derive(Clone, Debug)]
pub struct Running {
    pub holder: Id,
    pub post: Id,
    pub title: String,
    pub held: Held,
}

/// The first columns of the statements that ask for what somebody holds.
fn held(row: &Row<'_>) -> Result<Held, StoreError> {
    Ok(Held {
        kind: row.get(0)?,
        group: row.get(1)?,
        place_path: row.get(2)?,
        body: row.get(3)?,
        body_kind: row.get(4)?,
    })
}

pub fn running_appointment(tx: &ReadTx<'_>, id: &Id) -> Result<Option<Running>, StoreError> {
    tx.row(RUNNING, params![id], |row| {
        let held = held(row)?;
        Ok(Running { held, holder: row.get(5)?, post: row.get(6)?, title: row.get(7)? })
    })
}

/// Every post a person holds today by themself, with the appointment to it.
pub fn held_by(tx: &ReadTx<'_>, person: &Id, now: Instant) -> Result<Vec<(Id, Held)>, StoreError> {
    tx.rows(HELD_BY, params![today(now), person], |row| Ok((row.get(5)?, held(row)?)))
}

/// A member of staff as another may ask them to stand in: by their published name and posts.
#[derive(Clone, Debug)]
pub struct Colleague {
    pub person: Id,
    pub name: String,
    /// What they hold, in the order of the duty list.
    pub titles: Vec<String>,
    pub held: Vec<Held>,
}

/// Everyone in post today but the one who asks.
pub fn colleagues(
    tx: &ReadTx<'_>,
    person: &Id,
    now: Instant,
) -> Result<Vec<Colleague>, StoreError> {
    let mut out: Vec<Colleague> = Vec::new();
    tx.visit(COLLEAGUES, params![today(now), person], &mut |row| {
        let person: Id = row.get(5)?;
        if out.last().is_none_or(|last| last.person != person) {
            let (titles, held) = (Vec::new(), Vec::new());
            out.push(Colleague { person, name: row.get(6)?, titles, held });
        }
        if let Some(last) = out.last_mut() {
            last.titles.push(row.get(7)?);
            last.held.push(held(row)?);
        }
        Ok(())
    })?;
    out.sort_by_cached_key(|one| (sort::key(&one.name), one.person.clone()));
    Ok(out)
}

const END_APPOINTMENT: &str = "
    update appointment set until = $2, ended_why = $3, version = version + 1
    where id = $1 and until is null";
const PUBLISH_NAME: &str = "
    update appointment set holder_name = $2, version = version + 1 where id = $1";
const HOLD_STILL: &str = "
    update appointment set version = version + 1 where id = $1 and until is null";
const ALL_OF: &str = "select id from appointment where person_id = $1 order by id";

pub fn insert_appointment(cx: &mut Acting<'_, '_>, act: &Appoint) -> Done<()> {
    let day = |day: Day| Value::from(day.to_string());
    let columns = [
        ("post_id", Value::from(&act.post)),
        ("person_id", Value::from(&act.person)),
        ("holder_name", act.holder_name.as_str().into()),
        ("term_from", day(act.term_from)),
        ("term_to", act.term_to.map_or(Value::Null, day)),
        ("since", cx.now().into()),
        ("version", 1.into()),
    ];
    cx.tx.insert(APPOINTMENT, &act.id, &columns)?;
    Ok(())
}

/// Ends an appointment with what hangs on it; false when it had ended.
pub fn end_appointment(cx: &mut Acting<'_, '_>, id: &Id, why: &str) -> Done<bool> {
    let now = cx.now();
    if cx.tx.write(APPOINTMENT, id, END_APPOINTMENT, params![id, now, why])? != 1 {
        return Ok(false);
    }
    end_hanging_on(cx, id)?;
    Ok(true)
}

/// Takes hold of a running appointment, so that of two who let another stand in for it at the same
/// moment the second sees the first.
pub fn hold_still(cx: &mut Acting<'_, '_>, id: &Id) -> Done<bool> {
    Ok(cx.tx.write(APPOINTMENT, id, HOLD_STILL, params![id])? == 1)
}

const PUBLISHED: &str = "
    select holder_name from appointment where person_id = $1 order by since desc, id desc limit 1";

/// The name that is published of whoever holds a post or did.
pub fn published_name(tx: &ReadTx<'_>, person: &Id) -> Result<Option<String>, StoreError> {
    tx.row(PUBLISHED, params![*person], |row| row.get(0))
}

/// Every appointment of a person publishes this name from now on.
pub fn publish_name(cx: &mut Acting<'_, '_>, person: &Id, name: &str) -> Done<()> {
    let all: Vec<Id> = cx.read().rows(ALL_OF, params![person], |row| row.get(0))?;
    for id in all {
        cx.tx.write(APPOINTMENT, &id, PUBLISH_NAME, params![id, name])?;
    }
    Ok(())
}

/// Ends all a person holds, and takes their name off it.
pub fn end_all_of(cx: &mut Acting<'_, '_>, person: &Id, gone: &str) -> Done<()> {
    let all: Vec<Id> = cx.read().rows(ALL_OF, params![person], |row| row.get(0))?;
    for id in &all {
        end_appointment(cx, id, "account closed")?;
    }
    publish_name(cx, person, gone)
}
