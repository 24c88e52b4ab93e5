//! The statements that write and read the duty list.

mod past;
mod proposal;

pub use past::{Origin, Past, PastWall, past, past_walls};
pub(super) use proposal::{New, Overtaken, decide, keep_proposal};
pub use proposal::{open_proposals, proposal, proposals, waiting};

use std::collections::BTreeMap;

use super::{DUTY, KindFields, LIST, NewDuty, NewWall, POST_KIND, SETTING, WALL};
use crate::base::{Id, Instant};
use crate::params;
use crate::store::{ReadTx, Row, StoreError, WriteTx};

/// The list is being written for the first time.
pub const BEGINNING: &str = "beginning";
/// The list is whole.
pub const IN_FORCE: &str = "in force";

const KEEP_KIND: &str = "
    insert into post_kind (id, title_zh, title_en, level, kind_group, position)
    values ($1, $2, $3, $4, $5, $6)";
const CHANGE_KIND: &str = "
    update post_kind set title_zh = $2, title_en = $3, level = $4, kind_group = $5, position = $6
    where id = $1 and until is null";
const END_KIND: &str = "update post_kind set until = $2 where id = $1 and until is null";
const KINDS_EVER: &str = "select id, until from post_kind";
const KIND_KNOWN: &str = "select count(*) from post_kind where id = $1";
const END_WALL: &str = "update wall set until = $2 where id = $1 and until is null";
const KEEP_WALL: &str = "
    insert into wall (id, act, condition, unless_scope, ground, since)
    values ($1, $2, $3, $4, $5, $6)";
const KEEP_DUTY: &str = "
    insert into duty (id, post_kind, act, scope, ground, position, since)
    values ($1, $2, $3, $4, $5, $6, $7)";
const BEGIN_LIST: &str = "
    insert into setting (id, value, version) values ($1, $2, 1)
    on conflict (id) do update set value = excluded.value, version = setting.version + 1";
const RENEW_LIST: &str = "
    update setting set value = $2, version = version + 1 where id = $1 and version = $3";
const END_DUTY: &str = "
    update duty set until = $2, ended_why = $3 where id = $1 and until is null";
const NEXT_POSITION: &str = "select coalesce(max(position), 0) + 1 from duty";
const ROWS: &str = "
    select d.id, d.post_kind, k.title_zh, k.title_en, d.act, d.scope, d.ground, d.since
    from duty d join post_kind k on k.id = d.post_kind
    where d.until is null
    order by k.position, d.position, d.id";
const STATE: &str = "select value from setting where id = $1";

/// Whether the district has a whole list.
pub fn is_in_force(tx: &ReadTx<'_>) -> Result<bool, StoreError> {
    let state = tx.row(STATE, params![LIST], |row| row.get::<String>(0))?;
    Ok(state.is_some_and(|state| state != BEGINNING))
}

/// A row in force, with the title of its post.
#[derive(Clone, Debug)]
pub struct DutyRow {
    pub id: Id,
    pub post_kind: String,
    pub title_zh: String,
    pub title_en: String,
    pub act: String,
    pub scope: String,
    pub ground: String,
    pub since: Instant,
}

/// Every row in force, in the order of the list.
pub fn rows(tx: &ReadTx<'_>) -> Result<Vec<DutyRow>, StoreError> {
    tx.rows(ROWS, &[], duty_row)
}

fn duty_row(row: &Row<'_>) -> Result<DutyRow, StoreError> {
    Ok(DutyRow {
        id: row.get(0)?,
        post_kind: row.get(1)?,
        title_zh: row.get(2)?,
        title_en: row.get(3)?,
        act: row.get(4)?,
        scope: row.get(5)?,
        ground: row.get(6)?,
        since: row.get(7)?,
    })
}

pub(super) fn begin_list(tx: &mut WriteTx<'_>, state: &str) -> Result<(), StoreError> {
    tx.write(SETTING, LIST, BEGIN_LIST, params![LIST, state])?;
    Ok(())
}

/// A new version of the list, marked by the act that made it; `None` when it is no longer `seen`.
/// Every change of the list passes here, so here the proposals that wait are ended.
pub(super) fn renew_list(
    tx: &mut WriteTx<'_>,
    act_id: &Id,
    seen: i64,
    at: Instant,
) -> Result<Option<Vec<Overtaken>>, StoreError> {
    let changed = tx.write(SETTING, LIST, RENEW_LIST, params![LIST, *act_id, seen])?;
    if changed == 1 { proposal::overtake(tx, at).map(Some) } else { Ok(None) }
}

/// Ends a row; `why` is empty where no right goes with it.
pub(super) fn end_duty(
    tx: &mut WriteTx<'_>,
    id: &Id,
    at: Instant,
    why: &str,
) -> Result<bool, StoreError> {
    let why = Some(why).filter(|why| !why.is_empty());
    Ok(tx.write(DUTY, id, END_DUTY, params![*id, at, why])? == 1)
}

pub(super) fn next_position(tx: &ReadTx<'_>) -> Result<usize, StoreError> {
    Ok(usize::try_from(tx.count(NEXT_POSITION, &[])?).unwrap_or_default())
}

pub(super) fn keep_kind(
    tx: &mut WriteTx<'_>,
    id: &str,
    kind: &KindFields,
) -> Result<(), StoreError> {
    let KindFields { title_zh, title_en, level, group, position } = kind;
    let row = params![id, *title_zh, *title_en, *level, *group, *position];
    tx.write(POST_KIND, id, KEEP_KIND, row)?;
    Ok(())
}

/// `false` when there is no such kind in force.
pub(super) fn change_kind(
    tx: &mut WriteTx<'_>,
    id: &str,
    kind: &KindFields,
) -> Result<bool, StoreError> {
    let KindFields { title_zh, title_en, level, group, position } = kind;
    let row = params![id, *title_zh, *title_en, *level, *group, *position];
    Ok(tx.write(POST_KIND, id, CHANGE_KIND, row)? == 1)
}

pub(super) fn end_kind(tx: &mut WriteTx<'_>, id: &str, at: Instant) -> Result<bool, StoreError> {
    Ok(tx.write(POST_KIND, id, END_KIND, params![id, at])? == 1)
}

/// Whether a kind has, or ever had, this code.
pub fn kind_is_known(tx: &ReadTx<'_>, id: &str) -> Result<bool, StoreError> {
    Ok(tx.count(KIND_KNOWN, params![id])? > 0)
}

/// Every kind of post there is or was, and whether it is in force.
pub(super) fn kinds_ever(tx: &ReadTx<'_>) -> Result<BTreeMap<String, bool>, StoreError> {
    let kinds = tx
        .rows(KINDS_EVER, &[], |row| Ok((row.get(0)?, row.get::<Option<Instant>>(1)?.is_none())))?;
    Ok(kinds.into_iter().collect())
}

pub(super) fn end_wall(tx: &mut WriteTx<'_>, id: &Id, at: Instant) -> Result<bool, StoreError> {
    Ok(tx.write(WALL, id, END_WALL, params![*id, at])? == 1)
}

pub(super) fn keep_wall(
    tx: &mut WriteTx<'_>,
    id: &Id,
    wall: &NewWall,
    since: Instant,
) -> Result<(), StoreError> {
    let NewWall { act, condition, unless_scope, ground } = wall;
    let row = params![*id, *act, *condition, *unless_scope, *ground, since];
    tx.write(WALL, id, KEEP_WALL, row)?;
    Ok(())
}

pub(super) fn keep_duty(
    tx: &mut WriteTx<'_>,
    id: &Id,
    duty: &NewDuty,
    position: usize,
    since: Instant,
) -> Result<(), StoreError> {
    let NewDuty { post_kind, act, scope, ground } = duty;
    let position = as_number(position);
    let row = params![*id, *post_kind, *act, *scope, *ground, position, since];
    tx.write(DUTY, id, KEEP_DUTY, row)?;
    Ok(())
}

fn as_number(position: usize) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}
