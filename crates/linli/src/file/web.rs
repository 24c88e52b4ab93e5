//! `/files/HASH.jpg`: a photo, for whoever may see a matter that shows it.

use axum::Router;
use axum::extract::Path;
use axum::http::header;
use axum::response::IntoResponse as _;
use axum::routing::get;

use super::{Shelf, pass, store};
use crate::act::{Failure, Protected};
use crate::base::Fault;
use crate::district::Districts;
use crate::page::{Form, Page, Visitor};

/// Routes for the files of one kind of matter; `of` says whom the duty list lets see one.
pub fn routes(of: &'static Protected) -> Router<Districts> {
    Router::new().route(
        "/files/{name}",
        get(move |visitor: Visitor, Path(name): Path<String>| photo(visitor, name, of)),
    )
}

/// `?w=320` gives the small picture; `?k=PASS` opens a photo of one's own unfinished form.
async fn photo(visitor: Visitor, name: String, of: &'static Protected) -> Page {
    let hash = name.strip_suffix(".jpg").ok_or(Failure::Hidden)?.to_owned();
    let query = visitor.path.split_once('?').map_or("", |(_, query)| query).as_bytes();
    let asked = Form::parse(query).unwrap_or_default();
    if !pass::fits(&visitor.district.keys, &hash, asked.get("k")) {
        let (actor, duties, wanted) = (visitor.actor.clone(), visitor.duties.clone(), hash.clone());
        let sees = visitor.read(move |tx| Ok(store::may_see(tx, &duties, &actor, of, &wanted)?));
        if !sees.await? {
            return Err(Failure::Hidden);
        }
    }
    let (shelf, small) = (Shelf::of(&visitor.district), asked.get("w") == "320");
    let read = tokio::task::spawn_blocking(move || shelf.read(&hash, small)).await;
    let bytes = read.map_err(|e| Fault::new(e.to_string()))?.ok_or(Failure::Hidden)?;
    let headers = [
        (header::CONTENT_TYPE, "image/jpeg"),
        (header::CACHE_CONTROL, "private, max-age=86400, immutable"),
    ];
    Ok((headers, bytes).into_response())
}
