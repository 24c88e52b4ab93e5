//! How much one caller may ask of us: generous, and told plainly when it is too much.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Extensions, HeaderMap};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::act::{Failure, Refusal};

/// Callers kept in mind before those that rest are forgotten.
const MOST_CALLERS: usize = 20_000;

/// The refusal of who asks too often; its parameter `seconds` says when to come back.
pub const TOO_OFTEN: &str = "too_many_requests";

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
        Limit::new(number(200), number(2000))
    }

    /// For forms that anybody may send, photos and all. A whole estate may stand behind one
    /// address, and report the same dark street in the same hour.
    pub fn of_reports() -> Limit {
        Limit::new(number(20), number(1000))
    }

    /// For keys that have not proved right yet. After a restart all programs of a district may come
    /// from behind one address, each with a key that is right; whoever guesses is soon held up.
    pub fn of_keys() -> Limit {
        Limit::new(number(20), number(3000))
    }

    /// For codes by text message, each of which costs money and rings at somebody's: many homes
    /// behind one address sign in on the same morning, a machine that sends out thousands does not.
    pub fn of_codes() -> Limit {
        let quota = Quota::per_minute(number(10)).allow_burst(number(100));
        Limit { callers: Arc::new(RateLimiter::keyed(quota)) }
    }

    /// Seconds to wait, where it was too much of this caller.
    pub fn wait(&self, caller: &str) -> Option<u64> {
        if self.callers.len() > MOST_CALLERS {
            self.callers.retain_recent();
        }
        let until = self.callers.check_key(&caller.to_owned()).err()?;
        Some(until.wait_time_from(DefaultClock::default().now()).as_secs() + 1)
    }
}

fn number(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN)
}

/// The address a request comes from; empty when it is not known.
pub fn address(headers: &HeaderMap, extensions: &Extensions) -> String {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    // Only a proxy on this very machine is believed when it says for whom it asks.
    let forwarded = headers.get("x-forwarded-for").and_then(|v| v.to_str().ok());
    let forwarded = forwarded
        .filter(|_| peer.is_some_and(|ip| ip.is_loopback()))
        .and_then(|list| list.rsplit(',').next()?.trim().parse::<IpAddr>().ok());
    forwarded.or(peer).map(|ip| ip.to_string()).unwrap_or_default()
}

/// Refuses addresses that ask too often, before anything of what they send is read.
pub async fn shed(State(limit): State<Limit>, request: Request, next: Next) -> Response {
    let Some(seconds) = limit.wait(&address(request.headers(), request.extensions())) else {
        return next.run(request).await;
    };
    Failure::from(Refusal::new(TOO_OFTEN).with("seconds", seconds.to_string())).into_response()
}
