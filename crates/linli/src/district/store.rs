//! The statements that name `process`: versions of procedures that the district adopted.

use super::PROCESS;
use super::processes::Adopted;
use crate::act::Acting;
use crate::base::Id;
use crate::params;
use crate::store::{ReadTx, StoreError};

const IN_FORCE: &str = "select id from process where until is null order by id";
const ALL: &str = "
    select id, process, version, text, since, until, by_label from process
    order by process, version desc, id";
const END: &str = "update process set until = $2 where id = $1 and until is null";
const KEEP: &str = "
    insert into process (id, process, version, text, since, by_label)
    values ($1, $2, $3, $4, $5, $6)";

/// The versions in force: what is adopted changes it.
pub(super) fn mark(tx: &ReadTx<'_>) -> Result<Vec<Id>, StoreError> {
    tx.rows(IN_FORCE, &[], |row| row.get(0))
}

/// Every version that was ever adopted, the newest of each procedure first.
pub fn adopted(tx: &ReadTx<'_>) -> Result<Vec<Adopted>, StoreError> {
    tx.rows(ALL, &[], |row| {
        Ok(Adopted {
            id: row.get(0)?,
            process: row.get(1)?,
            version: row.get(2)?,
            text: row.get(3)?,
            since: row.get(4)?,
            until: row.get(5)?,
            by: row.get(6)?,
        })
    })
}

/// Puts a version in force in the place of another; `false` when that one no longer is.
pub fn adopt(
    cx: &mut Acting<'_, '_>,
    (process, version): (&str, i64),
    text: &str,
    replaces: Option<&Id>,
) -> Result<bool, StoreError> {
    let (id, now, by) = (cx.new_id(), cx.now(), cx.actor.label.clone());
    if let Some(old) = replaces
        && cx.tx.write(PROCESS, old, END, params![*old, now])? != 1
    {
        return Ok(false);
    }
    let row = params![id, process, version, text, now, by];
    cx.tx.write(PROCESS, &id, KEEP, row)?;
    Ok(true)
}
