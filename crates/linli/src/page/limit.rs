//! How much one caller may ask of us: generous, and told plainly when it is too much.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Extensions, HeaderMap};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::act::{Failure, Refusal};

/// Callers kept in mind before those that rest are looked for, to be forgotten.
const MOST_CALLERS: usize = 20_000;

/// The refusal of who asks too often; its parameter `seconds` says when to come back.
pub const TOO_OFTEN: &str = "too_many_requests";

/// The limit of each caller: so many requests a second, and more for a moment.
#[derive(Clone)]
pub struct Limit {
    callers: Arc<DefaultKeyedRateLimiter<String>>,
    /// Beyond so many callers they are looked through.
    looked_through: Arc<AtomicUsize>,
}

impl Limit {
    pub fn new(a_second: NonZeroU32, at_once: NonZeroU32) -> Limit {
        Limit::of(Quota::per_second(a_second).allow_burst(at_once))
    }

    fn of(quota: Quota) -> Limit {
        let looked_through = Arc::new(AtomicUsize::new(MOST_CALLERS));
        Limit { callers: Arc::new(RateLimiter::keyed(quota)), looked_through }
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
        Limit::of(Quota::per_minute(number(10)).allow_burst(number(100)))
    }

    /// For words that are searched for in every case there is: as a person types them, and many
    /// behind one address.
    pub fn of_searches() -> Limit {
        Limit::new(number(2), number(60))
    }

    /// Seconds to wait, where it was too much of this caller.
    pub fn wait(&self, caller: &str) -> Option<u64> {
        self.forget_those_at_rest();
        let until = self.callers.check_key(&caller.to_owned()).err()?;
        Some(until.wait_time_from(DefaultClock::default().now()).as_secs() + 1)
    }

    /// Where all are still counted, it is not tried again before there are twice as many.
    fn forget_those_at_rest(&self) {
        if self.callers.len() > self.looked_through.load(Ordering::Relaxed) {
            self.callers.retain_recent();
            let next = (2 * self.callers.len()).max(MOST_CALLERS);
            self.looked_through.store(next, Ordering::Relaxed);
        }
    }
}

fn number(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN)
}

/// The address a request comes from, as callers are told apart; empty when it is not known. Of an
/// IPv6 address it is the first half: the other one a home or a machine chooses as it likes
/// (RFC 4291, 2.5.4; RFC 6177).
pub fn address(headers: &HeaderMap, extensions: &Extensions) -> String {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    // Only a proxy on this very machine is believed when it says for whom it asks.
    let forwarded = headers.get("x-forwarded-for").and_then(|v| v.to_str().ok());
    let forwarded = forwarded
        .filter(|_| peer.is_some_and(|ip| ip.is_loopback()))
        .and_then(|list| list.rsplit(',').next()?.trim().parse::<IpAddr>().ok());
    forwarded.or(peer).map(network).unwrap_or_default()
}

fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).to_string(),
    }
}

/// Refuses addresses that ask too often, before anything of what they send is read.
pub async fn shed(State(limit): State<Limit>, request: Request, next: Next) -> Response {
    let Some(seconds) = limit.wait(&address(request.headers(), request.extensions())) else {
        return next.run(request).await;
    };
    Failure::from(Refusal::new(TOO_OFTEN).with("seconds", seconds.to_string())).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_many_addresses_is_one_caller() {
        let told = |text: &str| network(text.parse().unwrap());
        assert_eq!(told("2001:db8:1:2::1"), told("2001:db8:1:2:ffff::9"));
        assert_ne!(told("2001:db8:1:2::1"), told("2001:db8:1:3::1"));
        assert_eq!(told("::ffff:203.0.113.7"), "203.0.113.7");
        assert_ne!(told("203.0.113.7"), told("203.0.113.8"));
    }

    #[test]
    fn callers_at_rest_are_forgotten_and_those_still_counted_are_not_walked_at_each_request() {
        let quick = Limit::new(number(1_000_000), NonZeroU32::MIN);
        let slow = Limit::of(Quota::per_hour(NonZeroU32::MIN));
        for n in 0..=MOST_CALLERS {
            quick.wait(&n.to_string());
            slow.wait(&n.to_string());
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
        quick.wait("one more");
        slow.wait("one more");
        assert_eq!(quick.callers.len(), 1, "all but the last one rest");
        assert_eq!(slow.callers.len(), MOST_CALLERS + 2);
        let next = slow.looked_through.load(Ordering::Relaxed);
        assert_eq!(next, 2 * (MOST_CALLERS + 1));
    }
}
