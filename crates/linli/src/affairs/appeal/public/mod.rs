//! 办理公示: cases of public classes, masked, for everyone. Whoever looks is shown the same: what
//! the duty list lets somebody see who is not signed in.

mod ask;
mod feed;
mod page;
mod store;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::routing::get;

use crate::district::Districts;

pub fn routes() -> Router<Districts> {
    Router::new().route("/public", get(page::show)).route("/public.atom", get(feed::show))
}
