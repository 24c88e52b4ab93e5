//! Posts, with whoever holds them now.

use crate::act::{Acting, Done, upper_bound};
use crate::base::{Id, Instant, clock};
use crate::params;
use crate::people::POST;
use crate::people::acts::{ChangePost, CreatePost};
use crate::store::{ReadTx, Row, StoreError, Value};
use crate::territory::Place;

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
    /// Who was appointed to it, but whose account is stopped: they are not on duty, and only the
    /// administration sees that they are still to be relieved.
    pub suspended: Vec<Holder>,
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

macro_rules! holder {
    () => {
        " left join person holder on holder.id = a.person_id"
    };
}

macro_rules! post_columns {
    () => {
        "post.id, post.kind, post.title, post.place_id, post.place_path, post.body_id, body.name,
         post.contact, post.version, a.id, a.person_id, a.holder_name, a.term_from, a.term_to,
         holder.suspended_at
         from post
         left join body on body.id = post.body_id
         left join appointment a on a.post_id = post.id and "
    };
}

const ALL: &str = concat!(
    "select ",
    post_columns!(),
    running!(),
    holder!(),
    "
     where post.ended_at is null order by post.place_path, post.kind, post.id, a.since, a.id"
);
const AT: &str = concat!(
    "select ",
    post_columns!(),
    running!(),
    holder!(),
    "
     where post.ended_at is null and post.place_path = $2
     order by post.kind, post.id, a.since, a.id"
);
const BELOW: &str = concat!(
    "select ",
    post_columns!(),
    running!(),
    holder!(),
    "
     where post.ended_at is null and post.place_path >= $2 and post.place_path < $3
     order by post.place_path, post.kind, post.id, a.since, a.id"
);
const ONE: &str = concat!(
    "select ",
    post_columns!(),
    running!(),
    holder!(),
    "
     where post.ended_at is null and post.id = $2 order by post.id, a.since, a.id"
);
/// The day on which terms are judged: the country has one time zone.
pub(in crate::people) fn today(now: Instant) -> String {
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
        if let (Some(_), Some(post)) = (row.get::<Option<Id>>(9)?, out.last_mut()) {
            let holder = holder(row, 9)?;
            match row.get::<Option<Instant>>(14)? {
                None => post.holders.push(holder),
                Some(_) => post.suspended.push(holder),
            }
        }
        Ok(())
    })?;
    Ok(out)
}

/// From the column `at` on.
fn holder(row: &Row<'_>, at: usize) -> Result<Holder, StoreError> {
    Ok(Holder {
        appointment: row.get(at)?,
        person: row.get(at + 1)?,
        name: row.get(at + 2)?,
        term_from: row.get(at + 3)?,
        term_to: row.get(at + 4)?,
    })
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
        suspended: Vec::new(),
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

const COMING: &str = "
    select a.id, a.person_id, a.holder_name, a.term_from, a.term_to from appointment a
    where a.post_id = $2 and a.until is null and a.term_from > $1
    order by a.term_from, a.id";

/// Who is appointed to a post from a later day on.
pub fn coming(tx: &ReadTx<'_>, post: &Id, now: Instant) -> Result<Vec<Holder>, StoreError> {
    tx.rows(COMING, params![today(now), post], |row| holder(row, 0))
}

pub fn post(tx: &ReadTx<'_>, id: &Id, now: Instant) -> Result<Option<PostView>, StoreError> {
    Ok(posts(tx, ONE, params![today(now), id])?.into_iter().next())
}

const KIND_OF_RUNNING: &str = "
    select post.kind, post_kind.kind_group from post
    join post_kind on post_kind.id = post.kind
    where post.id = $1 and post.ended_at is null";
const POSTS_OF_BODY: &str = "
    select count(*) from post where body_id = $1 and ended_at is null";

const POSTS: &str = "select count(*) from post where ended_at is null";
/// Nobody whose term runs today and whose account is not stopped.
const VACANT: &str = "
    select count(*) from post where ended_at is null and not exists (
        select 1 from appointment a
        join person p on p.id = a.person_id and p.suspended_at is null
        where a.post_id = post.id and a.until is null
          and a.term_from <= $1 and (a.term_to is null or a.term_to >= $1))";

/// How many posts there are, and for how many of them nobody is on duty.
pub fn posts_and_vacant(tx: &ReadTx<'_>, now: Instant) -> Result<(i64, i64), StoreError> {
    Ok((tx.count(POSTS, &[])?, tx.count(VACANT, params![today(now)])?))
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

pub fn posts_of_body(tx: &ReadTx<'_>, body: &Id) -> Result<i64, StoreError> {
    tx.count(POSTS_OF_BODY, params![body])
}

const CHANGE: &str = "
    update post set title = $2, contact = $3, version = version + 1
    where id = $1 and version = $4 and ended_at is null";
const MOVE: &str = "
    update post set place_id = $2, place_path = $3, version = version + 1
    where id = $1 and version = $4 and ended_at is null";
const END: &str = "
    update post set ended_at = $2, version = version + 1
    where id = $1 and version = $3 and ended_at is null";
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

pub fn move_post(cx: &mut Acting<'_, '_>, id: &Id, place: &Place, version: i64) -> Done<bool> {
    let values = params![id, place.id, place.path, version];
    Ok(cx.tx.write(POST, id, MOVE, values)? == 1)
}

pub fn end_post(cx: &mut Acting<'_, '_>, id: &Id, version: i64) -> Done<bool> {
    let now = cx.now();
    Ok(cx.tx.write(POST, id, END, params![id, now, version])? == 1)
}

/// SQL for what the post is called whose id the expression is, whether or not it still is.
pub fn title_of_post(id: &str) -> String {
    format!("(select post.title from post where post.id = {id})")
}
