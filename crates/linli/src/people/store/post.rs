//! Posts, appointments, delegations.

use crate::act::{Acting, Done, upper_bound};
use crate::base::{Day, Id, Instant, clock};
use crate::params;
use crate::people::acts::{Appoint, ChangePost, CreatePost, Delegate};
use crate::people::{APPOINTMENT, DELEGATION, POST};
use crate::store::{ReadTx, Row, StoreError, Value};

/// A post as it is published: what it is for, who holds it, how to reach it.
#[derive(Clone, Debug)]
pub struct PostView {
    pub id: Id,
    pub kind: String,
    pub title: String,
    pub place_id: Id,
    pub place_path: String,
    pub body: Option<Id>,
    pub body_name: Option<String>,
    pub contact: Option<String>,
    pub version: i64,
    /// Who holds it now; several may, or nobody.
    pub holders: Vec<Holder>,
}

impl PostView {
    pub fn vacant(&self) -> bool {
        self.holders.is_empty()
    }

    /// The holders' names, published with their appointments.
    pub fn holder_names(&self) -> String {
        self.holders.iter().map(|h| h.name.as_str()).collect::<Vec<_>>().join("、")
    }
}

/// Someone who holds a post now.
#[derive(Clone, Debug)]
pub struct Holder {
    pub appointment: Id,
    pub person: Id,
    /// As published.
    pub name: String,
    pub term_from: String,
    pub term_to: Option<String>,
}

macro_rules! running {
    () => {
        "a.until is null and a.term_from <= $1 and (a.term_to is null or a.term_to >= $1)"
    };
}

macro_rules! post_columns {
    () => {
        "post.id, post.kind, post.title, post.place_id, post.place_path, post.body_id, body.name,
         post.contact, post.version, a.id, a.person_id, a.holder_name, a.term_from, a.term_to
         from post
         left join body on body.id = post.body_id
         left join appointment a on a.post_id = post.id and "
    };
}

const ALL: &str = concat!(
    "select ",
    post_columns!(),
    running!(),
    "
     where post.ended_at is null order by post.place_path, post.kind, post.id, a.since, a.id"
);
const AT: &str = concat!(
    "select ",
    post_columns!(),
    running!(),
    "
     where post.ended_at is null and post.place_path = $2
     order by post.kind, post.id, a.since, a.id"
);
const BELOW: &str = concat!(
    "select ",
    post_columns!(),
    running!(),
    "
     where post.ended_at is null and post.place_path >= $2 and post.place_path < $3
     order by post.place_path, post.kind, post.id, a.since, a.id"
);
const ONE: &str = concat!(
    "select ",
    post_columns!(),
    running!(),
    "
     where post.ended_at is null and post.id = $2 order by post.id, a.since, a.id"
);
const OF_BODY: &str = concat!(
    "select ",
    post_columns!(),
    running!(),
    "
     where post.ended_at is null and post.body_id = $2
     order by post.kind, post.id, a.since, a.id"
);
const OF_KIND: &str = concat!(
    "select ",
    post_columns!(),
    running!(),
    "
     where post.ended_at is null and post.kind = $2 and post.place_path = $3
     order by post.id, a.since, a.id"
);

/// The day on which terms are judged: the country has one time zone.
fn today(now: Instant) -> String {
    now.day(clock::CHINA_OFFSET_MINUTES).to_string()
}

fn posts(
    tx: &ReadTx<'_>,
    sql: &str,
    params: &[crate::store::Param<'_>],
) -> Result<Vec<PostView>, StoreError> {
    let mut out: Vec<PostView> = Vec::new();
    tx.visit(sql, params, &mut |row| {
        let id: Id = row.get(0)?;
        if out.last().is_none_or(|post| post.id != id) {
            out.push(post_of(row, id)?);
        }
        if let (Some(appointment), Some(post)) = (row.get::<Option<Id>>(9)?, out.last_mut()) {
            post.holders.push(Holder {
                appointment,
                person: row.get(10)?,
                name: row.get(11)?,
                term_from: row.get(12)?,
                term_to: row.get(13)?,
            });
        }
        Ok(())
    })?;
    Ok(out)
}

fn post_of(row: &Row<'_>, id: Id) -> Result<PostView, StoreError> {
    Ok(PostView {
        id,
        kind: row.get(1)?,
        title: row.get(2)?,
        place_id: row.get(3)?,
        place_path: row.get(4)?,
        body: row.get(5)?,
        body_name: row.get(6)?,
        contact: row.get(7)?,
        version: row.get(8)?,
        holders: Vec::new(),
    })
}

/// Every post of the district with its holders, place by place.
pub fn all_posts(tx: &ReadTx<'_>, now: Instant) -> Result<Vec<PostView>, StoreError> {
    posts(tx, ALL, params![today(now)])
}

/// The posts held at this very place.
pub fn posts_at(tx: &ReadTx<'_>, path: &str, now: Instant) -> Result<Vec<PostView>, StoreError> {
    posts(tx, AT, params![today(now), path])
}

/// The posts at this place and all below it.
pub fn posts_below(tx: &ReadTx<'_>, path: &str, now: Instant) -> Result<Vec<PostView>, StoreError> {
    posts(tx, BELOW, params![today(now), path, upper_bound(path)])
}

pub fn post(tx: &ReadTx<'_>, id: &Id, now: Instant) -> Result<Option<PostView>, StoreError> {
    Ok(posts(tx, ONE, params![today(now), id])?.into_iter().next())
}

/// Whoever holds a post of this body now.
pub fn officers(tx: &ReadTx<'_>, body: &Id, now: Instant) -> Result<Vec<Holder>, StoreError> {
    let found = posts(tx, OF_BODY, params![today(now), body])?;
    Ok(found.into_iter().flat_map(|post| post.holders).collect())
}

/// Whoever holds a post of this kind at this very place now.
pub fn holders(
    tx: &ReadTx<'_>,
    kind: &str,
    path: &str,
    now: Instant,
) -> Result<Vec<Holder>, StoreError> {
    let found = posts(tx, OF_KIND, params![today(now), kind, path])?;
    Ok(found.into_iter().flat_map(|post| post.holders).collect())
}

/// More grids or posts than this on one person, and they are shown as overloaded.
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

const SEATS: &str = "
    select a.id, post.id, post.kind, post_kind.kind_group, post.title, post.place_path,
           d.to_at, a.holder_name, a.term_to
    from appointment a
    join post on post.id = a.post_id and post.ended_at is null
    join post_kind on post_kind.id = post.kind
    left join delegation d on d.appointment_id = a.id and d.to_person_id = $2
         and d.ended_at is null and d.from_at <= $3 and d.to_at > $3
    where a.until is null and a.term_from <= $1 and (a.term_to is null or a.term_to >= $1)
      and (a.person_id = $2 or d.id is not null)
    order by post.place_path, post_kind.position, a.id";

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

/// A kind of post, as a choice in a form.
#[derive(Clone, Debug)]
pub struct PostKind {
    pub id: String,
    pub title_zh: String,
    pub title_en: String,
    pub level: String,
    pub group: String,
}

const KINDS: &str = "
    select id, title_zh, title_en, level, kind_group from post_kind
    where kind_group not in ('public', 'resident') order by position, id";
const KIND_GROUP: &str = "select kind_group from post_kind where id = $1";
const KIND_OF_RUNNING: &str = "
    select post.kind, post_kind.kind_group from post
    join post_kind on post_kind.id = post.kind
    where post.id = $1 and post.ended_at is null";
const KINDS_HELD: &str = "
    select post.kind, post_kind.kind_group from appointment a
    join post on post.id = a.post_id and post.ended_at is null
    join post_kind on post_kind.id = post.kind
    where a.until is null and a.person_id = $1
    union
    select post.kind, post_kind.kind_group from delegation d
    join appointment a on a.id = d.appointment_id and a.until is null
    join post on post.id = a.post_id and post.ended_at is null
    join post_kind on post_kind.id = post.kind
    where d.to_person_id = $1 and d.ended_at is null and d.to_at > $2";
const HOLDS: &str = "
    select count(*) from appointment where person_id = $1 and post_id = $2 and until is null";
const TO_POST: &str = "
    select id, person_id from appointment where post_id = $1 and until is null order by id";
const HOLDER_OF: &str = "select person_id from appointment where id = $1";
const RUNNING: &str = "
    select a.person_id, post.kind, post_kind.kind_group from appointment a
    join post on post.id = a.post_id and post.ended_at is null
    join post_kind on post_kind.id = post.kind
    where a.id = $1 and a.until is null";
const POSTS_OF_BODY: &str = "
    select count(*) from post where body_id = $1 and ended_at is null";

pub fn post_kinds(tx: &ReadTx<'_>) -> Result<Vec<PostKind>, StoreError> {
    tx.rows(KINDS, &[], |row| {
        Ok(PostKind {
            id: row.get(0)?,
            title_zh: row.get(1)?,
            title_en: row.get(2)?,
            level: row.get(3)?,
            group: row.get(4)?,
        })
    })
}

pub fn kind_group(tx: &ReadTx<'_>, kind: &str) -> Result<Option<String>, StoreError> {
    tx.row(KIND_GROUP, params![kind], |row| row.get(0))
}

fn pair(row: &Row<'_>) -> Result<(String, String), StoreError> {
    Ok((row.get(0)?, row.get(1)?))
}

/// Kind and group of a post that has not ended.
pub fn kind_of_running_post(
    tx: &ReadTx<'_>,
    post: &Id,
) -> Result<Option<(String, String)>, StoreError> {
    tx.row(KIND_OF_RUNNING, params![post], pair)
}

/// Kind and group of all a person holds or will hold, standing in included.
pub fn kinds_held(
    tx: &ReadTx<'_>,
    person: &Id,
    now: Instant,
) -> Result<Vec<(String, String)>, StoreError> {
    tx.rows(KINDS_HELD, params![person, now], pair)
}

pub fn holds(tx: &ReadTx<'_>, person: &Id, post: &Id) -> Result<bool, StoreError> {
    Ok(tx.count(HOLDS, params![person, post])? > 0)
}

/// Appointments to a post that have not ended, with their persons.
pub fn appointments_to(tx: &ReadTx<'_>, post: &Id) -> Result<Vec<(Id, Id)>, StoreError> {
    tx.rows(TO_POST, params![post], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub fn holder_of(tx: &ReadTx<'_>, appointment: &Id) -> Result<Option<Id>, StoreError> {
    tx.row(HOLDER_OF, params![appointment], |row| row.get(0))
}

/// Person, kind and group of an appointment that has not ended.
pub fn running_appointment(
    tx: &ReadTx<'_>,
    id: &Id,
) -> Result<Option<(Id, String, String)>, StoreError> {
    tx.row(RUNNING, params![id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

pub fn posts_of_body(tx: &ReadTx<'_>, body: &Id) -> Result<i64, StoreError> {
    tx.count(POSTS_OF_BODY, params![body])
}

/// A stand-in, as the holder and the stand-in see it.
#[derive(Clone, Debug)]
pub struct DelegationView {
    pub id: Id,
    pub appointment: Id,
    pub title: String,
    pub to_name: String,
    pub from_at: Instant,
    pub to_at: Instant,
    pub reason: String,
    pub ended_at: Option<Instant>,
}

const DELEGATIONS: &str = "
    select d.id, a.id, post.title,
           coalesce((select min(b.holder_name) from appointment b
                     where b.person_id = d.to_person_id), '—'),
           d.from_at, d.to_at, d.reason, d.ended_at
    from delegation d
    join appointment a on a.id = d.appointment_id
    join post on post.id = a.post_id
    where a.person_id = $1 order by d.from_at desc, d.id limit 50";
const COLLEAGUES: &str = "
    select a.person_id, min(a.holder_name) from appointment a
    join post on post.id = a.post_id and post.ended_at is null
    join post_kind on post_kind.id = post.kind and post_kind.kind_group <> 'administrator'
    join person p on p.id = a.person_id and p.suspended_at is null and p.closed_at is null
    where a.until is null and a.person_id <> $1
    group by a.person_id order by min(a.holder_name), a.person_id limit 1000";

/// What a person has let others do for them.
pub fn delegations_of(tx: &ReadTx<'_>, person: &Id) -> Result<Vec<DelegationView>, StoreError> {
    tx.rows(DELEGATIONS, params![person], |row| {
        Ok(DelegationView {
            id: row.get(0)?,
            appointment: row.get(1)?,
            title: row.get(2)?,
            to_name: row.get(3)?,
            from_at: row.get(4)?,
            to_at: row.get(5)?,
            reason: row.get(6)?,
            ended_at: row.get(7)?,
        })
    })
}

/// Everyone with a post, by their published names: who may be asked to stand in.
pub fn colleagues(tx: &ReadTx<'_>, person: &Id) -> Result<Vec<(Id, String)>, StoreError> {
    tx.rows(COLLEAGUES, params![person], |row| Ok((row.get(0)?, row.get(1)?)))
}

const CHANGE: &str = "
    update post set title = $2, contact = $3, version = version + 1
    where id = $1 and version = $4 and ended_at is null";
const END: &str = "
    update post set ended_at = $2, version = version + 1
    where id = $1 and version = $3 and ended_at is null";
const END_APPOINTMENT: &str = "
    update appointment set until = $2, ended_why = $3, version = version + 1
    where id = $1 and until is null";
const PUBLISH_NAME: &str = "
    update appointment set holder_name = $2, version = version + 1 where id = $1";
const ALL_OF: &str = "select id from appointment where person_id = $1 order by id";
const END_DELEGATION: &str = "
    update delegation set ended_at = $3
    where id = $1 and appointment_id = $2 and ended_at is null";

pub fn insert_post(cx: &mut Acting<'_, '_>, act: &CreatePost) -> Done<()> {
    let contact = act.contact.as_deref().map_or(Value::Null, Value::from);
    let columns = [
        ("kind", Value::from(act.kind.as_str())),
        ("title", act.title.as_str().into()),
        ("place_id", Value::from(&act.place_id)),
        ("place_path", act.place_path.as_str().into()),
        ("body_id", act.body.as_ref().map_or(Value::Null, Value::from)),
        ("contact", contact),
        ("version", 1.into()),
    ];
    cx.tx.insert(POST, &act.id, &columns)?;
    Ok(())
}

pub fn change_post(cx: &mut Acting<'_, '_>, act: &ChangePost) -> Done<bool> {
    let values = params![act.post, act.title, act.contact, act.version];
    Ok(cx.tx.write(POST, &act.post, CHANGE, values)? == 1)
}

pub fn end_post(cx: &mut Acting<'_, '_>, id: &Id, version: i64) -> Done<bool> {
    let now = cx.now();
    Ok(cx.tx.write(POST, id, END, params![id, now, version])? == 1)
}

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

pub fn end_appointment(cx: &mut Acting<'_, '_>, id: &Id, why: &str) -> Done<bool> {
    let now = cx.now();
    Ok(cx.tx.write(APPOINTMENT, id, END_APPOINTMENT, params![id, now, why])? == 1)
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

pub fn insert_delegation(cx: &mut Acting<'_, '_>, act: &Delegate) -> Done<()> {
    let columns = [
        ("appointment_id", Value::from(&act.appointment)),
        ("to_person_id", Value::from(&act.to)),
        ("from_at", act.from_at.into()),
        ("to_at", act.to_at.into()),
        ("reason", act.reason.as_str().into()),
    ];
    cx.tx.insert(DELEGATION, &act.id, &columns)?;
    Ok(())
}

pub fn end_delegation(cx: &mut Acting<'_, '_>, appointment: &Id, id: &Id) -> Done<bool> {
    let now = cx.now();
    Ok(cx.tx.write(DELEGATION, id, END_DELEGATION, params![id, appointment, now])? == 1)
}
