//! Bodies.

use crate::act::{Acting, Done, upper_bound};
use crate::base::{Id, Instant, sort};
use crate::params;
use crate::people::BODY;
use crate::people::acts::{ChangeBody, CreateBody};
use crate::store::{ReadTx, Row, StoreError, Value};

/// A body (单位): a street office, a department, a firm.
#[derive(Clone, Debug)]
pub struct Body {
    pub id: Id,
    pub kind: String,
    pub name: String,
    pub code: Option<String>,
    pub place_id: Id,
    pub place_path: String,
    pub phone: Option<String>,
    pub hours: Option<String>,
    pub ended_at: Option<Instant>,
    pub version: i64,
}

macro_rules! body_columns {
    () => {
        "id, kind, name, code, place_id, place_path, phone, hours, ended_at, version"
    };
}

fn body_of(row: &Row<'_>) -> Result<Body, StoreError> {
    Ok(Body {
        id: row.get(0)?,
        kind: row.get(1)?,
        name: row.get(2)?,
        code: row.get(3)?,
        place_id: row.get(4)?,
        place_path: row.get(5)?,
        phone: row.get(6)?,
        hours: row.get(7)?,
        ended_at: row.get(8)?,
        version: row.get(9)?,
    })
}

const ALL: &str =
    concat!("select ", body_columns!(), " from body where ended_at is null order by sort_key, id");
const ONE: &str = concat!("select ", body_columns!(), " from body where id = $1");

pub fn bodies(tx: &ReadTx<'_>) -> Result<Vec<Body>, StoreError> {
    tx.rows(ALL, &[], body_of)
}

pub fn body(tx: &ReadTx<'_>, id: &Id) -> Result<Option<Body>, StoreError> {
    tx.row(ONE, params![id], body_of)
}

const BELOW: &str = "
    select count(*) from body where ended_at is null and place_path >= $1 and place_path < $2";
const REMITS_BELOW: &str = "
    select count(*) from remit where until is null and place_path >= $1 and place_path < $2";

/// Bodies that sit at a place or below it.
pub fn bodies_below(tx: &ReadTx<'_>, path: &str) -> Result<i64, StoreError> {
    tx.count(BELOW, params![path, upper_bound(path)])
}

/// Remits in force that end at a place or below it.
pub fn remits_below(tx: &ReadTx<'_>, path: &str) -> Result<i64, StoreError> {
    tx.count(REMITS_BELOW, params![path, upper_bound(path)])
}

const EVER_BELOW: [&str; 4] = [
    "select count(*) from body where place_path >= $1 and place_path < $2",
    "select count(*) from remit where place_path >= $1 and place_path < $2",
    "select count(*) from post where place_path >= $1 and place_path < $2",
    "select count(*) from person where place_path >= $1 and place_path < $2",
];

/// Bodies, remits and posts that are or were at a place or below it, and people who live there.
pub fn ever_below(tx: &ReadTx<'_>, path: &str) -> Result<i64, StoreError> {
    let end = upper_bound(path);
    EVER_BELOW.iter().map(|sql| tx.count(sql, params![path, end])).sum()
}

const CHANGE: &str = "
    update body set name = $2, sort_key = $3, code = $4, phone = $5, hours = $6,
           version = version + 1
    where id = $1 and version = $7 and ended_at is null";
const END: &str = "
    update body set ended_at = $2, version = version + 1
    where id = $1 and version = $3 and ended_at is null";

fn optional(text: Option<&String>) -> Value {
    text.map_or(Value::Null, |t| t.as_str().into())
}

pub fn insert_body(cx: &mut Acting<'_, '_>, act: &CreateBody) -> Done<()> {
    let columns = [
        ("kind", Value::from(act.fields.kind.as_str())),
        ("name", act.fields.name.as_str().into()),
        ("sort_key", sort::key(&act.fields.name).into()),
        ("code", optional(act.fields.code.as_ref())),
        ("place_id", Value::from(&act.place_id)),
        ("place_path", act.place_path.as_str().into()),
        ("phone", optional(act.fields.phone.as_ref())),
        ("hours", optional(act.fields.hours.as_ref())),
        ("version", 1.into()),
    ];
    cx.tx.insert(BODY, &act.id, &columns)?;
    Ok(())
}

pub fn change_body(cx: &mut Acting<'_, '_>, act: &ChangeBody) -> Done<bool> {
    let ChangeBody { body, fields: new, version } = act;
    let key = sort::key(&new.name);
    let values = params![*body, new.name, key, new.code, new.phone, new.hours, *version];
    Ok(cx.tx.write(BODY, body, CHANGE, values)? == 1)
}

pub fn end_body(cx: &mut Acting<'_, '_>, id: &Id, version: i64) -> Done<bool> {
    let now = cx.now();
    Ok(cx.tx.write(BODY, id, END, params![id, now, version])? == 1)
}
