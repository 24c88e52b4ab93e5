//! How many hold each kind of post: who is touched when the powers of a kind change.

use std::collections::BTreeMap;

use crate::store::{ReadTx, StoreError};

/// Posts of a kind, and persons who hold one of them now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    pub posts: i64,
    pub persons: i64,
}

const BY_KIND: &str = "
    select post.kind, count(distinct post.id), count(distinct a.person_id)
    from post left join appointment a on a.post_id = post.id and a.until is null
    where post.ended_at is null
    group by post.kind";
const RESIDENTS: &str = "
    select count(*) from person where kind = 'resident' and closed_at is null";

/// Posts and persons by the kind of post; `resident` counts the registered residents.
pub fn by_kind(tx: &ReadTx<'_>) -> Result<BTreeMap<String, Held>, StoreError> {
    let rows = tx.rows(BY_KIND, &[], |row| {
        Ok((row.get::<String>(0)?, Held { posts: row.get(1)?, persons: row.get(2)? }))
    })?;
    let mut out: BTreeMap<String, Held> = rows.into_iter().collect();
    let persons = tx.count(RESIDENTS, &[])?;
    out.insert(crate::act::RESIDENT.to_owned(), Held { posts: 0, persons });
    Ok(out)
}
