use axum::Router;

use crate::district::Districts;

pub(super) fn routes() -> Router<Districts> {
    Router::new()
}
