//! `/api/v1`: our own interface for programs. JSON in and out, problems by RFC 9457.
//!
//! A program shows its key (`Authorization: Bearer`); a page of ours its session's cookie. Whoever
//! writes names what they looked at (`If-Match`) and their order (`Idempotency-Key`), so that a
//! repeat has one effect and nobody overwrites what they have not seen.

mod body;
mod caller;
mod cases;
mod follow;
pub(super) mod limit;
mod moves;
mod openapi;
mod photos;
mod problem;
mod remits;
mod unmask;
mod view;
mod world;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware;
use axum::response::Response;
use axum::routing::{any, get, post};

pub use openapi::document;

use self::caller::header_language;
use self::problem::Problem;
use super::shown::Shown;
use crate::district::Districts;
use crate::page::{Limit, Room};

/// What is not there, told to a program.
pub async fn nothing(headers: HeaderMap) -> Response {
    Problem::new(StatusCode::NOT_FOUND, "not_found").told(header_language(&headers))
}

async fn wrong_method(headers: HeaderMap) -> Response {
    let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed");
    problem.told(header_language(&headers))
}

pub fn routes(shown: Shown, room: Room) -> Router<Districts> {
    let room = middleware::from_fn_with_state((room, shown.clone()), limit::within_room);
    routes_within(Limit::generous(), shown).layer(room)
}

/// As [`routes`], with a limit of its own.
pub fn routes_within(limit: Limit, shown: Shown) -> Router<Districts> {
    let sent = (Limit::of_reports(), shown.clone());
    let sent = middleware::from_fn_with_state(sent, limit::shed);
    let resources = Router::new()
        .route("/api/v1/cases", get(cases::list).post(cases::create))
        .route("/api/v1/cases/{number}", get(cases::one))
        .route("/api/v1/cases/{number}/moves", post(moves::make))
        .route(
            "/api/v1/cases/{number}/follow",
            get(follow::read).put(follow::start).delete(follow::stop),
        )
        .route("/api/v1/photos", post(photos::take).layer(sent))
        .route("/api/v1/photos/{photo}", get(photos::picture))
        .route("/api/v1/cases/{number}/unmask", post(unmask::open))
        .route("/api/v1/classes", get(world::classes))
        .route("/api/v1/classes/{code}", get(world::class))
        .route("/api/v1/places", get(world::places))
        .route("/api/v1/duties", get(world::duties))
        .route("/api/v1/remits", get(remits::list))
        .route("/api/v1/me", get(world::me))
        .route("/api/v1/notices", get(world::notices))
        .method_not_allowed_fallback(wrong_method)
        .route("/api/v1", any(nothing))
        .route("/api/v1/", any(nothing))
        .route("/api/v1/{*rest}", any(nothing));
    Router::new()
        .merge(resources)
        .merge(openapi::routes())
        .layer(middleware::from_fn_with_state((limit, shown), limit::shed))
}
