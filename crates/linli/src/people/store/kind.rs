//! Kinds of post that people can hold.

use crate::params;
use crate::store::{ReadTx, StoreError};

/// A kind of post, as a choice in a form.
#[derive(Clone, Debug)]
pub struct PostKind {
    pub id: String,
    pub title_zh: String,
    pub title_en: String,
    /// `grid`, `community`, `street` or `district`.
    pub level: String,
    /// What it belongs together with, such as `department` or `administrator`.
    pub group: String,
    /// Its place in every list, from the first on.
    pub position: i64,
}

const KINDS: &str = "
    select id, title_zh, title_en, level, kind_group, position from post_kind
    where until is null order by position, id";
/// Groups nobody is appointed to: everyone, residents, and the clock.
const UNAPPOINTED: [&str; 3] = ["public", "resident", "clock"];
const KIND_GROUP: &str = "
    select kind_group from post_kind where id = $1 and until is null";
const POSTS_OF_KIND: &str = "select count(*) from post where kind = $1 and ended_at is null";

/// The kinds of post somebody can be appointed to, in the order of the duty list.
pub fn post_kinds(tx: &ReadTx<'_>) -> Result<Vec<PostKind>, StoreError> {
    let mut kinds = all_kinds(tx)?;
    kinds.retain(|kind| !UNAPPOINTED.contains(&kind.group.as_str()));
    Ok(kinds)
}

/// Every kind the duty list speaks of, in its order.
pub fn all_kinds(tx: &ReadTx<'_>) -> Result<Vec<PostKind>, StoreError> {
    tx.rows(KINDS, &[], |row| {
        Ok(PostKind {
            id: row.get(0)?,
            title_zh: row.get(1)?,
            title_en: row.get(2)?,
            level: row.get(3)?,
            group: row.get(4)?,
            position: row.get(5)?,
        })
    })
}

pub fn kind_group(tx: &ReadTx<'_>, kind: &str) -> Result<Option<String>, StoreError> {
    tx.row(KIND_GROUP, params![kind], |row| row.get(0))
}

/// Posts of this kind that have not ended.
pub fn posts_of_kind(tx: &ReadTx<'_>, kind: &str) -> Result<i64, StoreError> {
    tx.count(POSTS_OF_KIND, params![kind])
}
