//! How much one program may ask of us: generous, and told plainly when it is too much.

use std::num::NonZeroU32;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::caller::header_language;
use super::problem::Problem;
use crate::channel::{bearer, keys};

/// Callers kept in mind before those that rest are forgotten.
const MOST_CALLERS: usize = 20_000;

/// The limit of each caller: so many requests a second, and more for a moment.
#[derive(Clone)]
pub struct Limit {
    callers: Arc<DefaultKeyedRateLimiter<String>>,
}

impl Limit {
    pub fn new(a_second: NonZeroU32, at_once: NonZeroU32) -> Limit {
        let quota = Quota::per_second(a_second).allow_burst(at_once);
        Limit { callers: Arc::new(RateLimiter::keyed(quota)) }
    }

    /// More than a program in its senses needs, less than fills the machine.
    pub fn generous() -> Limit {
        let number = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        Limit::new(number(200), number(2000))
    }

    /// Seconds to wait for this request, where its caller asked too much.
    pub fn wait_for(&self, request: &Request) -> Option<u64> {
        let peer = request.extensions().get::<ConnectInfo<std::net::SocketAddr>>();
        self.wait(&caller(request.headers(), peer.map(|info| info.0.ip())))
    }

    /// Seconds to wait, where it was too much.
    fn wait(&self, caller: &str) -> Option<u64> {
        if self.callers.len() > MOST_CALLERS {
            self.callers.retain_recent();
        }
        let until = self.callers.check_key(&caller.to_owned()).err()?;
        Some(until.wait_time_from(DefaultClock::default().now()).as_secs() + 1)
    }
}

/// The key that is shown, else the address the request comes from.
fn caller(headers: &HeaderMap, peer: Option<std::net::IpAddr>) -> String {
    if let Some(key) = bearer(headers) {
        return keys::hash(key);
    }
    // Only a proxy on this very machine is believed when it says for whom it asks.
    let forwarded = headers.get("x-forwarded-for").and_then(|v| v.to_str().ok());
    let forwarded = forwarded
        .filter(|_| peer.is_some_and(|ip| ip.is_loopback()))
        .and_then(|list| list.rsplit(',').next()?.trim().parse().ok());
    forwarded.or(peer).map(|ip: std::net::IpAddr| ip.to_string()).unwrap_or_default()
}

/// Refuses callers that ask too often.
pub async fn shed(State(limit): State<Limit>, request: Request, next: Next) -> Response {
    let Some(seconds) = limit.wait_for(&request) else { return next.run(request).await };
    let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests");
    let mut response = problem.told(header_language(request.headers()));
    if let Ok(value) = HeaderValue::from_str(&seconds.to_string()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}
