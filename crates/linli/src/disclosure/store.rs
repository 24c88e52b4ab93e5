//! The statements that write and read the duty list.

use super::acts::begin::NewWall;
use super::{DUTY, LIST, NewDuty, POST_KIND, PostKind, SETTING, WALL};
use crate::base::{Id, Instant};
use crate::params;
use crate::store::{ReadTx, StoreError, WriteTx};

/// The list is being written for the first time.
pub const BEGINNING: &str = "beginning";
/// The list is whole.
pub const IN_FORCE: &str = "in force";

const KEEP_KIND: &str = "
    insert into post_kind (id, title_zh, title_en, level, kind_group, position)
    values ($1, $2, $3, $4, $5, $6)";
const KEEP_WALL: &str = "
    insert into wall (id, act, condition, unless_scope, ground, since)
    values ($1, $2, $3, $4, $5, $6)";
const KEEP_DUTY: &str = "
    insert into duty (id, post_kind, act, scope, ground, position, since)
    values ($1, $2, $3, $4, $5, $6, $7)";
const BEGIN_LIST: &str = "
    insert into setting (id, value, version) values ($1, $2, 1)
    on conflict (id) do update set value = excluded.value, version = setting.version + 1";
const STATE: &str = "select value from setting where id = $1";
const KINDS: &str = "
    select id, title_zh, title_en, level, kind_group from post_kind order by position, id";

/// Whether the district has a whole list.
pub fn is_in_force(tx: &ReadTx<'_>) -> Result<bool, StoreError> {
    let state = tx.row(STATE, params![LIST], |row| row.get::<String>(0))?;
    Ok(state.is_some_and(|state| state != BEGINNING))
}

/// The kinds of post in the order of the list.
pub fn kinds(tx: &ReadTx<'_>) -> Result<Vec<PostKind>, StoreError> {
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

pub(super) fn begin_list(tx: &mut WriteTx<'_>, state: &str) -> Result<(), StoreError> {
    tx.write(SETTING, LIST, BEGIN_LIST, params![LIST, state])?;
    Ok(())
}

pub(super) fn keep_kind(
    tx: &mut WriteTx<'_>,
    (id, zh, en, level, group): (&String, &String, &String, &String, &String),
    position: usize,
) -> Result<(), StoreError> {
    let position = as_number(position);
    tx.write(POST_KIND, id, KEEP_KIND, params![*id, *zh, *en, *level, *group, position])?;
    Ok(())
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
