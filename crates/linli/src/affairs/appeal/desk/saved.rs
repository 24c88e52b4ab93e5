//! Saved views: filters somebody gave a name, theirs alone. They are nobody's duty, so they go
//! through the door of upkeep.

use crate::act::Done;
use crate::base::{Id, Instant};
use crate::params;
use crate::store::upkeep::SAVED_VIEW;
use crate::store::{ReadTx, Store, StoreError};

/// Views one person may keep.
pub const MOST: i64 = 30;
pub const TITLE_MAX: usize = 20;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedView {
    pub id: Id,
    pub title: String,
    pub href: String,
}

const OF_PERSON: &str = "
    select id, title, query from saved_view where person_id = $1 order by at, id limit $2";
const KEEP: &str = "
    insert into saved_view (id, person_id, title, query, at)
    select $1, $2, $3, $4, $5
    where (select count(*) from saved_view where person_id = $2 and id <> $1) < $6
    on conflict (id) do update set query = excluded.query";
const DROP: &str = "delete from saved_view where id = $1 and person_id = $2";

pub fn of_person(tx: &ReadTx<'_>, person: &Id) -> Result<Vec<SavedView>, StoreError> {
    tx.rows(OF_PERSON, params![*person, MOST], |row| {
        let query: String = row.get(2)?;
        Ok(SavedView { id: row.get(0)?, title: row.get(1)?, href: format!("/desk?{query}") })
    })
}

/// Keeps a view under its name, in the place of the one that had it: a person has one view of a
/// name, so person and name make the id.
pub async fn keep(
    store: &Store,
    person: Id,
    title: String,
    query: String,
    now: Instant,
) -> Done<()> {
    let id = Id::derived(&format!("view {person} {title}"));
    store
        .upkeep(move |door| {
            door.write(SAVED_VIEW, KEEP, params![id, person, title, query, now, MOST])
        })
        .await?;
    Ok(())
}

pub async fn drop_one(store: &Store, person: Id, id: Id) -> Done<()> {
    store.upkeep(move |door| door.write(SAVED_VIEW, DROP, params![id, person])).await?;
    Ok(())
}
