//! How much one program may ask of us.

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use super::caller::header_language;
use super::problem::Problem;
use crate::channel::shown::Shown;
use crate::page::Room;
use crate::page::limit::{Limit, TOO_OFTEN};

/// Seconds to wait for this request, where its caller asked too much.
pub fn wait_for((limit, shown): &(Limit, Shown), request: &Request) -> Option<u64> {
    limit.wait(&shown.counted_by(request.headers(), request.extensions()))
}

/// Refuses callers that ask too often.
pub async fn shed(
    State(limits): State<(Limit, Shown)>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(seconds) = wait_for(&limits, &request) else {
        request.extensions_mut().insert(limits.1);
        return next.run(request).await;
    };
    let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, TOO_OFTEN);
    let mut response = problem.told(header_language(request.headers()));
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// Refuses bodies that there is no room for.
pub async fn within_room(
    State((room, shown)): State<(Room, Shown)>,
    request: Request,
    next: Next,
) -> Response {
    let lang = header_language(request.headers());
    let caller = shown.counted_by(request.headers(), request.extensions());
    let answered = room.answer(caller, request, next).await;
    answered.unwrap_or_else(|failure| Problem::from(failure).told(lang))
}
