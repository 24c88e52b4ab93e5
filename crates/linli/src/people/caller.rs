//! Where a request comes from, and how much of it is too much.
//!
//! A whole estate may stand behind one address, so the limit per address is generous; the limits
//! that hold are those per number and per account.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::act::{Done, Refusal};
use crate::district::{District, Districts};
use crate::page::limit;

/// Sign-ins of one address in a minute.
pub const MOST_A_MINUTE: u32 = 3000;

/// The address a request comes from, empty when it is not known; and its browser.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    pub address: String,
    pub device: String,
}

impl FromRequestParts<Districts> for Caller {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Districts) -> Result<Self, Self::Rejection> {
        let address = limit::address(&parts.headers, &parts.extensions);
        let agent = parts.headers.get("user-agent").and_then(|v| v.to_str().ok());
        Ok(Caller { address, device: device(agent.unwrap_or_default()) })
    }
}

/// A browser and a system, as people call them: enough to tell one's own sessions apart.
pub fn device(agent: &str) -> String {
    let find = |names: &[(&'static str, &'static str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    let browser = find(&[
        ("MicroMessenger", "WeChat"),
        ("Edg", "Edge"),
        ("HuaweiBrowser", "Huawei Browser"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ]);
    let system = find(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("HarmonyOS", "HarmonyOS"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    [browser, system].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

#[derive(Default)]
struct Minute {
    number: i64,
    counts: HashMap<String, u32>,
}

/// Counts of the running minute, in memory only.
#[derive(Default)]
struct Counts(Mutex<Minute>);

const COUNTS: &str = "people.calls";

/// Refuses an address that signs in more often than a whole estate would.
pub fn not_too_often(district: &District, caller: &Caller) -> Done<()> {
    let counts = district.kept::<Counts>(COUNTS).unwrap_or_else(|| {
        let fresh = Arc::new(Counts::default());
        district.keep(COUNTS, Arc::clone(&fresh));
        fresh
    });
    let number = district.now().0 / 60_000_000;
    let Ok(mut minute) = counts.0.lock() else { return Ok(()) };
    if minute.number != number {
        *minute = Minute { number, counts: HashMap::new() };
    }
    let count = minute.counts.entry(caller.address.clone()).or_default();
    *count += 1;
    if *count > MOST_A_MINUTE { Err(Refusal::new("too_many_tries").into()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_browser_has_a_name() {
        let agent =
            "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36";
        assert_eq!(super::device(agent), "Chrome · Android");
        assert_eq!(super::device("curl/8"), "");
    }
}
