//! `/files/HASH.jpg`: a photo, for whoever may see a matter that shows it.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::get;

use super::{Shelf, pass};
use crate::act::{Actor, Done, DutyList, Failure};
use crate::base::Fault;
use crate::district::{District, Districts};
use crate::page::{Form, Page, Visitor, has_tag};
use crate::store::ReadTx;

/// Whether a photo, by its content hash, is shown to who acts so: those who keep the matters know.
pub type Shows = fn(&ReadTx<'_>, &Arc<District>, (&Actor, &Arc<DutyList>), &str) -> Done<bool>;

/// For a photo that everyone may see; what was made public may be taken back.
const KEPT_BY_ALL: &str = "public, max-age=3600";
/// For any other: many share a browser, so each time it is asked again who looks.
const ASKED_ANEW: &str = "private, no-cache";

/// Routes for the files of matters.
pub fn routes(shows: Shows) -> Router<Districts> {
    Router::new().route(
        "/files/{name}",
        get(move |visitor: Visitor, headers: HeaderMap, Path(name): Path<String>| {
            photo(visitor, headers, name, shows)
        }),
    )
}

/// `?w=320` gives the small picture; `?k=PASS` opens a photo of one's own unfinished form.
async fn photo(visitor: Visitor, headers: HeaderMap, name: String, shows: Shows) -> Page {
    let hash = name.strip_suffix(".jpg").ok_or(Failure::Hidden)?.to_owned();
    let query = visitor.path.split_once('?').map_or("", |(_, query)| query).as_bytes();
    let asked = Form::parse(query).unwrap_or_default();
    let (asks, wanted) = (visitor.clone(), hash.clone());
    let to = move |tx: &ReadTx<'_>, actor: &Actor| {
        shows(tx, &asks.district, (actor, &asks.duties), &wanted)
    };
    let own = pass::fits(&visitor.district.keys, &hash, asked.get("k"));
    let actor = visitor.actor.clone();
    let look = move |tx: &ReadTx<'_>| {
        let open = to(tx, &Actor::public())?;
        Ok((open, open || own || to(tx, &actor)?))
    };
    let (open, shown) = visitor.read(look).await?;
    if !shown {
        return Err(Failure::Hidden);
    }
    let small = asked.get("w") == "320";
    let tag = if small { format!("\"{hash}-320\"") } else { format!("\"{hash}\"") };
    let kept = [
        (header::CACHE_CONTROL, if open { KEPT_BY_ALL } else { ASKED_ANEW }.to_owned()),
        (header::VARY, "cookie".to_owned()),
        (header::ETAG, tag.clone()),
    ];
    if has_tag(&headers, tag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, kept).into_response());
    }
    Ok((kept, picture(&visitor.district, hash, small).await?).into_response())
}

/// A photo, or its small picture, as it lies on the shelf.
pub async fn picture(district: &District, hash: String, small: bool) -> Page {
    let shelf = Shelf::of(district);
    let read = tokio::task::spawn_blocking(move || shelf.read(&hash, small)).await;
    let bytes = read.map_err(|e| Fault::new(e.to_string()))?.ok_or(Failure::Hidden)?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg")], bytes).into_response())
}
