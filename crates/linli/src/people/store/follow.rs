//! Who follows which case: an account's own wish, gone with the account.

use crate::act::{Acting, Done};
use crate::base::Id;
use crate::params;
use crate::people::FOLLOW;
use crate::store::{ReadTx, StoreError};

const FOLLOWERS: &str = "
    select person_id, texts from follow where matter_id = $1 order by person_id";
const ONE: &str = "select id, texts from follow where matter_id = $1 and person_id = $2";
const IDS_OF_PERSON: &str = "select id from follow where person_id = $1 order by id";
const IDS_OF_MATTER: &str = "select id from follow where matter_id = $1 order by id";
const ADD: &str = "
    insert into follow (id, matter_id, person_id, texts, at) values ($1, $2, $3, $4, $5)";
const SET_TEXTS: &str = "update follow set texts = $2 where id = $1";
const DROP: &str = "delete from follow where id = $1";

/// SQL that holds for the matter called `t` where the person bound as `at` follows it.
pub fn followed(at: usize) -> String {
    format!(
        "exists (select 1 from follow where follow.matter_id = t.id
         and follow.person_id = ${at})"
    )
}

/// Everyone who follows a matter, and whether they want to be told by text message as well.
pub fn followers(tx: &ReadTx<'_>, matter: &Id) -> Result<Vec<(Id, bool)>, StoreError> {
    tx.rows(FOLLOWERS, params![matter], |row| Ok((row.get(0)?, row.get::<i64>(1)? != 0)))
}

fn row_of(tx: &ReadTx<'_>, matter: &Id, person: &Id) -> Result<Option<(Id, bool)>, StoreError> {
    tx.row(ONE, params![matter, person], |row| Ok((row.get(0)?, row.get::<i64>(1)? != 0)))
}

/// Whether a person follows a matter; with it, whether by text message as well.
pub fn follows(tx: &ReadTx<'_>, matter: &Id, person: &Id) -> Result<Option<bool>, StoreError> {
    Ok(row_of(tx, matter, person)?.map(|(_, texts)| texts))
}

/// From now on the person follows the matter. Who does already only changes how they are told.
pub fn follow(cx: &mut Acting<'_, '_>, matter: &Id, person: &Id, texts: bool) -> Done<()> {
    let wanted = i64::from(texts);
    match row_of(cx.read(), matter, person)? {
        Some((_, known)) if known == texts => {}
        Some((id, _)) => {
            cx.tx.write(FOLLOW, &id, SET_TEXTS, params![id, wanted])?;
        }
        None => {
            let (id, now) = (cx.new_id(), cx.now());
            cx.tx.write(FOLLOW, &id, ADD, params![id, matter, person, wanted, now])?;
        }
    }
    Ok(())
}

/// The person follows the matter no longer.
pub fn unfollow(cx: &mut Acting<'_, '_>, matter: &Id, person: &Id) -> Done<()> {
    if let Some((id, _)) = row_of(cx.read(), matter, person)? {
        cx.tx.write(FOLLOW, &id, DROP, params![id])?;
    }
    Ok(())
}

/// The person follows nothing any more.
pub fn unfollow_all(cx: &mut Acting<'_, '_>, person: &Id) -> Done<()> {
    let all = cx.read().rows(IDS_OF_PERSON, params![person], |row| row.get(0))?;
    drop_rows(cx, all)
}

/// Nobody follows a matter that is removed.
pub fn drop_followers(cx: &mut Acting<'_, '_>, matter: &Id) -> Done<()> {
    let all = cx.read().rows(IDS_OF_MATTER, params![matter], |row| row.get(0))?;
    drop_rows(cx, all)
}

fn drop_rows(cx: &mut Acting<'_, '_>, all: Vec<Id>) -> Done<()> {
    for id in all {
        cx.tx.write(FOLLOW, &id, DROP, params![id])?;
    }
    Ok(())
}
