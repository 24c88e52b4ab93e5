//! The only SQL that names `draft`. A draft lies sealed, for a day, and is found by whoever has the
//! cookie it was begun with.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use super::Draft;
use crate::act::{Acting, Done};
use crate::base::secret::{self, Keys};
use crate::base::{Fault, Id, random};
use crate::district::Config;
use crate::file::Shelf;
use crate::page::cookies::LATEST_DRAFT;
use crate::page::{Visitor, clear_cookie, cookies, set_cookie};
use crate::params;
use crate::store::upkeep::DRAFT;
use crate::store::{ReadTx, StoreError};

const COOKIE: &str = "linli_draft";
const HOURS: i64 = 24;

const LOAD: &str = "select body from draft where id = $1 and updated_at > $2";
const SAVE: &str = "
    insert into draft (id, person_id, body, updated_at) values ($1, $2, $3, $4)
    on conflict (id) do update set person_id = excluded.person_id, body = excluded.body,
        updated_at = excluded.updated_at";
const OF_PERSON: &str = "select id, body from draft where person_id = $1 order by updated_at, id";
const DROP: &str = "delete from draft where id = $1";
const SWEEP: &str = "delete from draft where updated_at <= $1";

pub fn token(headers: &HeaderMap, config: &Config) -> Option<String> {
    let token = cookies::read(headers, config, COOKIE)?;
    (token.len() == 43).then(|| token.to_owned())
}

/// The browser's token; a new one is set with the response that [`remember`] gets.
pub fn token_or_new(headers: &HeaderMap, config: &Config) -> String {
    token(headers, config).unwrap_or_else(random::token)
}

/// Sets the cookies anew, a day from now: the token, and which draft was written on last.
pub fn remember(response: &mut Response, config: &Config, token: &str, key: &Id) {
    for (name, value) in [(COOKIE, token), (LATEST_DRAFT, key.as_str())] {
        let cookie: HeaderValue = set_cookie(config, name, value, HOURS * 3600);
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// The draft that was written on last; whether it may still be opened is another question.
pub fn latest(headers: &HeaderMap, config: &Config) -> Option<Id> {
    cookies::read(headers, config, LATEST_DRAFT).and_then(Id::parse)
}

/// The draft that was written on last is not offered again.
pub fn forget(response: &mut Response, config: &Config) {
    response.headers_mut().append(header::SET_COOKIE, clear_cookie(config, LATEST_DRAFT));
}

pub fn row_of(token: &str, key: &Id) -> String {
    secret::sha256_hex(format!("draft {token} {key}").as_bytes())
}

pub async fn load(visitor: &Visitor, row: &str) -> Done<Option<Draft>> {
    let (row, since) = (row.to_owned(), visitor.district.now().plus_hours(-HOURS));
    let sealed = visitor
        .read(move |tx| Ok(tx.row(LOAD, params![row, since], |r| r.get::<Vec<u8>>(0))?))
        .await?;
    let text = sealed.and_then(|sealed| visitor.district.keys.open_text(&sealed));
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// What a person has begun and not sent, with the rows it lies in; what does not open is left out.
fn rows_of(tx: &ReadTx<'_>, keys: &Keys, person: &Id) -> Result<Vec<(Id, Draft)>, StoreError> {
    let rows = tx
        .rows(OF_PERSON, params![*person], |row| Ok((row.get::<Id>(0)?, row.get::<Vec<u8>>(1)?)))?;
    let opened = rows.into_iter().filter_map(|(id, sealed)| {
        let draft = serde_json::from_str(&keys.open_text(&sealed)?).ok()?;
        Some((id, draft))
    });
    Ok(opened.collect())
}

/// What a person has begun and not sent, to be taken away by them.
pub fn of_person(tx: &ReadTx<'_>, keys: &Keys, person: &Id) -> Done<Vec<serde_json::Value>> {
    let all = rows_of(tx, keys, person)?.into_iter().map(|(_, draft)| draft);
    let told = all.filter(|draft| draft.sent.is_none()).map(serde_json::to_value);
    Ok(told.collect::<Result<_, _>>().map_err(Fault::from)?)
}

/// Throws away whatever a person has begun.
pub fn forget_of(cx: &mut Acting<'_, '_>, person: &Id) -> Done<()> {
    for id in cx.read().rows(OF_PERSON, params![*person], |row| row.get::<Id>(0))? {
        cx.tx.write(DRAFT, &id, DROP, params![id])?;
    }
    Ok(())
}

pub async fn save(visitor: &Visitor, row: &str, draft: &Draft) -> Done<()> {
    let by = visitor.signed_in.as_ref().map(|signed_in| signed_in.person.clone());
    let kept = Draft { by: by.or_else(|| draft.by.clone()), ..draft.clone() };
    let text = serde_json::to_string(&kept).map_err(Fault::from)?;
    let sealed = visitor.district.keys.seal(&text);
    let shelf = Shelf::of(&visitor.district);
    draft.photos.iter().for_each(|photo| shelf.refresh(photo));
    let (row, by, now) = (row.to_owned(), kept.by, visitor.district.now());
    let work = move |door: &mut crate::store::upkeep::Upkeep<'_, '_>| {
        door.write(DRAFT, SWEEP, params![now.plus_hours(-HOURS)])?;
        door.write(DRAFT, SAVE, params![row, by, sealed, now])
    };
    visitor.district.store().upkeep(work).await?;
    Ok(())
}
