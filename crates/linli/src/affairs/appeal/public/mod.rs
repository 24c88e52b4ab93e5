//! 办理公示: cases of public classes, masked, for everyone. Whoever looks is shown the same: what
//! the duty list lets somebody see who is not signed in.

mod ask;
mod feed;
mod page;
mod store;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use self::ask::Ask;
use crate::district::Districts;
use crate::page::limit::{Limit, shed};

pub fn routes() -> Router<Districts> {
    routes_within(Limit::generous(), Limit::of_searches())
}

/// As [`routes`], with limits of their own: for whatever is asked, and for words that are searched
/// for.
pub fn routes_within(asked: Limit, searched: Limit) -> Router<Districts> {
    Router::new()
        .route("/public", get(page::show))
        .route("/public.atom", get(feed::show))
        .layer(middleware::from_fn_with_state(searched, shed_searches))
        .layer(middleware::from_fn_with_state(asked, shed))
}

/// A search goes through the words of every case, so there may be fewer of them.
async fn shed_searches(limit: State<Limit>, request: Request, next: Next) -> Response {
    if Ask::of(request.uri().query().unwrap_or_default()).words.is_empty() {
        return next.run(request).await;
    }
    shed(limit, request, next).await.into_response()
}
