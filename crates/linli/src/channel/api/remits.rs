//! Remits: which body answers for what, where and on what ground, as the page of duties publishes
//! it.

use std::collections::HashMap;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::caller::Caller;
use super::cases::{self, VARY};
use super::problem::Told;
use super::view::{self, Named, Remit, RemitList};
use super::world::may_see;
use crate::base::{Fault, Id, secret};
use crate::catalogue;
use crate::people::remit::{self, Published};
use crate::store::{ReadTx, StoreError};
use crate::territory;

/// Which body answers for what, where and on what ground: every entry in force.
#[utoipa::path(get, path = "/api/v1/remits", operation_id = "remits", tag = "catalogue",
    params(
        ("limit" = Option<i64>, Query, description = "1 to 200; 50 when left out"),
        ("cursor" = Option<String>, Query, description = "next of the page before"),
    ),
    responses(
        (status = 200, body = RemitList,
            headers(("Link" = String, description = "rel=next"),
                    ("ETag" = String, description = "what the answer holds"))),
        (status = 304, description = "unchanged since If-None-Match"),
    ))]
pub async fn list(caller: Caller) -> Response {
    let lang = caller.lang();
    listed(&caller).await.unwrap_or_else(|problem| problem.told(lang))
}

async fn listed(caller: &Caller) -> Told<Response> {
    caller.only(&["limit", "cursor"])?;
    may_see(caller, "duty.see")?;
    let limit = cases::limit(caller)?;
    let after = match caller.get("cursor") {
        None => None,
        Some(text) => Some(Id::parse(text).ok_or_else(|| Caller::bad("cursor"))?),
    };
    let look = move |tx: &ReadTx<'_>| Ok(page(tx, after.as_ref(), limit + 1)?);
    let mut found = caller.visitor.read(look).await?;
    let more = found.len() as i64 > limit;
    found.truncate(usize::try_from(limit).unwrap_or_default());
    let next = found.last().filter(|_| more).map(|(id, ..)| id.to_string());
    let kinds = kinds(caller)?;
    let items = found.into_iter().map(|one| shown(one, &kinds)).collect();
    let response = tagged(caller, &RemitList { items, next: next.clone() })?;
    Ok(cases::linked(caller, response, next.as_deref()))
}

/// The entry, its id, and the code and name of its place.
type Row = (Id, Published, Named);

fn page(tx: &ReadTx<'_>, after: Option<&Id>, limit: i64) -> Result<Vec<Row>, StoreError> {
    let with_place = |(id, entry): (Id, Published)| {
        let place = territory::place_by_path(tx, &entry.place_path)?;
        let bare = || Named { code: entry.place_path.clone(), title: entry.place_path.clone() };
        let place = place.map_or_else(bare, |place| Named { code: place.code, title: place.name });
        Ok((id, entry, place))
    };
    remit::page(tx, after, limit)?.into_iter().map(with_place).collect()
}

/// Kinds of matter by their code, in words of the caller's language.
fn kinds(caller: &Caller) -> Told<HashMap<String, String>> {
    let known = catalogue::seed::body_kinds()?.into_iter();
    Ok(known.map(|kind| (kind.id, kind.title.pick(caller.lang()).to_owned())).collect())
}

fn shown((id, entry, place): Row, kinds: &HashMap<String, String>) -> Remit {
    let title = kinds.get(&entry.kind).unwrap_or(&entry.kind).clone();
    Remit {
        id: id.to_string(),
        body: entry.body,
        phone: entry.phone,
        kind: Named { code: entry.kind, title },
        place,
        ground: entry.ground,
    }
}

/// The list with a tag of what it holds, or that the caller has it already.
fn tagged(caller: &Caller, list: &RemitList) -> Told<Response> {
    let held = secret::sha256_hex(&serde_json::to_vec(list).map_err(Fault::from)?);
    let tag = format!("\"{}\"", held.get(..24).unwrap_or_default());
    let tag = HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\""));
    if caller.has(&tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag), VARY]).into_response());
    }
    let mut response = view::json(StatusCode::OK, list)?;
    response.headers_mut().insert(header::ETAG, tag);
    response.headers_mut().insert(VARY.0, VARY.1);
    Ok(response)
}
