//! Pages of the duty list: published to all, changed by whoever keeps it.

mod change;
mod read;

use axum::Router;
use axum::routing::{get, post};

use crate::district::Districts;

pub fn routes() -> Router<Districts> {
    Router::new()
        .route("/duties", get(read::page))
        .route("/duties.xlsx", get(read::sheet))
        .route("/duties.pdf", get(read::paper))
        .route("/duties/edit", get(change::edit))
        .route("/duties/preview", post(change::preview))
        .route("/duties/changes", post(change::confirm))
}
