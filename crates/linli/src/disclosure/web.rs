//! Pages of the duty list: published to all, changed by whoever keeps it.

mod change;
mod kinds;
mod past;
mod proposals;
mod read;
mod walls;

use axum::routing::{get, post};
use axum::{Extension, Router};

use crate::district::Districts;
use crate::page::{page_above, see_other};
use crate::people::web::BodyKinds;

pub fn routes(kinds: BodyKinds) -> Router<Districts> {
    Router::new()
        .route("/duties", get(read::page))
        .route("/duties.xlsx", get(read::sheet))
        .route("/duties.pdf", get(read::paper))
        .route("/duties/edit", get(change::edit))
        .route("/duties/preview", get(async || see_other("/duties/edit")).post(change::preview))
        .route("/duties/changes", get(past::page).post(change::confirm))
        .route("/duties/proposals", get(proposals::list).post(proposals::propose))
        .route("/duties/proposals/{id}", get(proposals::one))
        .route("/duties/proposals/{id}/confirm", get(page_above).post(proposals::confirm))
        .route("/duties/proposals/{id}/refuse", get(page_above).post(proposals::refuse))
        .route("/duties/proposals/{id}/withdraw", get(page_above).post(proposals::withdraw))
        .route("/duties/walls", get(walls::edit))
        .route("/duties/walls/preview", get(page_above).post(walls::preview))
        .route("/admin/kinds", get(kinds::list).post(kinds::add))
        .route("/admin/kinds/{code}", get(kinds::one).post(kinds::change))
        .route("/admin/kinds/{code}/end", post(kinds::end))
        .layer(Extension(kinds))
}
