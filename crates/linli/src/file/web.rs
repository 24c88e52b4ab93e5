//! `/files/HASH.jpg`: a photo, for whoever may see a matter that shows it.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::header;
use axum::response::IntoResponse as _;
use axum::routing::get;

use super::{Shelf, pass};
use crate::act::{Actor, Done, DutyList, Failure};
use crate::base::Fault;
use crate::district::{District, Districts};
use crate::page::{Form, Page, Visitor};
use crate::store::ReadTx;

/// Whether a photo, by its content hash, is shown to who acts so: those who keep the matters know.
pub type Shows = fn(&ReadTx<'_>, &Arc<District>, (&Actor, &Arc<DutyList>), &str) -> Done<bool>;

/// Routes for the files of matters.
pub fn routes(shows: Shows) -> Router<Districts> {
    Router::new().route(
        "/files/{name}",
        get(move |visitor: Visitor, Path(name): Path<String>| photo(visitor, name, shows)),
    )
}

/// `?w=320` gives the small picture; `?k=PASS` opens a photo of one's own unfinished form.
async fn photo(visitor: Visitor, name: String, shows: Shows) -> Page {
    let hash = name.strip_suffix(".jpg").ok_or(Failure::Hidden)?.to_owned();
    let query = visitor.path.split_once('?').map_or("", |(_, query)| query).as_bytes();
    let asked = Form::parse(query).unwrap_or_default();
    if !pass::fits(&visitor.district.keys, &hash, asked.get("k")) {
        let (asks, wanted) = (visitor.clone(), hash.clone());
        let shown =
            visitor.read(move |tx| shows(tx, &asks.district, (&asks.actor, &asks.duties), &wanted));
        if !shown.await? {
            return Err(Failure::Hidden);
        }
    }
    picture(&visitor.district, hash, asked.get("w") == "320").await
}

/// A photo, or its small picture, as it lies on the shelf.
pub async fn picture(district: &District, hash: String, small: bool) -> Page {
    let shelf = Shelf::of(district);
    let read = tokio::task::spawn_blocking(move || shelf.read(&hash, small)).await;
    let bytes = read.map_err(|e| Fault::new(e.to_string()))?.ok_or(Failure::Hidden)?;
    let headers = [
        (header::CONTENT_TYPE, "image/jpeg"),
        (header::CACHE_CONTROL, "private, max-age=86400, immutable"),
    ];
    Ok((headers, bytes).into_response())
}
