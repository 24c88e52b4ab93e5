//! How much one program may ask of us.

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use super::caller::header_language;
use super::problem::Problem;
use crate::channel::{bearer, keys};
use crate::page::limit::{Limit, TOO_OFTEN, address};

/// Seconds to wait for this request, where its caller asked too much: the holder of the key that is
/// shown, else the address it comes from.
pub fn wait_for(limit: &Limit, request: &Request) -> Option<u64> {
    let key = bearer(request.headers()).map(keys::hash);
    limit.wait(&key.unwrap_or_else(|| address(request.headers(), request.extensions())))
}

/// Refuses callers that ask too often.
pub async fn shed(State(limit): State<Limit>, request: Request, next: Next) -> Response {
    let Some(seconds) = wait_for(&limit, &request) else { return next.run(request).await };
    let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, TOO_OFTEN);
    let mut response = problem.told(header_language(request.headers()));
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}
