//! `/metrics`: figures for those who watch over the machine, as Prometheus reads them.
//!
//! Given to a caller on this machine itself, or to whoever shows `metrics_token` of a district's
//! settings, who sees that district and no other. What a proxy forwards is not from this machine.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use super::bearer;
use crate::act::sequencer;
use crate::base::Clock;
use crate::base::histogram::{ENDS, Histogram};
use crate::base::secret::sha256_hex;
use crate::district::{District, Districts, Hosted};
use crate::matter::clock;
use crate::store::StoreError;

const CLASSES: [&str; 5] = ["page", "api", "open311", "log", "static"];
/// Hundreds of the status: 1 to 5.
const HUNDREDS: usize = 5;

#[derive(Default)]
struct Class {
    by_status: [AtomicU64; HUNDREDS],
    took: Histogram,
}

/// Counts of what was asked, since the process began.
#[derive(Clone, Default)]
pub struct Meters {
    classes: Arc<[Class; CLASSES.len()]>,
    clock: Clock,
}

/// The class a path belongs to.
fn class_of(path: &str) -> usize {
    match path.split('/').nth(1).unwrap_or_default() {
        "api" => 1,
        "open311" => 2,
        "log" | "receipt" | "verify" => 3,
        "static" | "files" => 4,
        _ => 0,
    }
}

impl Meters {
    fn count(&self, class: usize, status: StatusCode, micros: i64) {
        let class = &self.classes[class];
        let hundred = usize::from(status.as_u16() / 100).clamp(1, HUNDREDS) - 1;
        class.by_status[hundred].fetch_add(1, Ordering::Relaxed);
        class.took.count(micros);
    }

    fn write(&self, out: &mut String) {
        out.push_str("# TYPE linli_requests_total counter\n");
        for (name, class) in CLASSES.iter().zip(self.classes.iter()) {
            for (at, count) in class.by_status.iter().enumerate() {
                let (status, count) = (at + 1, count.load(Ordering::Relaxed));
                let labels = format!("class=\"{name}\",status=\"{status}xx\"");
                let _ = writeln!(out, "linli_requests_total{{{labels}}} {count}");
            }
        }
        out.push_str("# TYPE linli_request_seconds histogram\n");
        for (name, class) in CLASSES.iter().zip(self.classes.iter()) {
            buckets("linli_request_seconds", &format!("class=\"{name}\""), &class.took, out);
        }
    }
}

/// A histogram as Prometheus reads one.
fn buckets(name: &str, label: &str, histogram: &Histogram, out: &mut String) {
    let told = histogram.no_longer_than();
    for (at, sum) in told.iter().enumerate() {
        let most = ENDS.get(at).map_or("+Inf".to_owned(), |micros| seconds(*micros));
        let _ = writeln!(out, "{name}_bucket{{{label},le=\"{most}\"}} {sum}");
    }
    let (sum, count) = (seconds(histogram.total()), told.last().copied().unwrap_or_default());
    let _ = writeln!(out, "{name}_sum{{{label}}} {sum}");
    let _ = writeln!(out, "{name}_count{{{label}}} {count}");
}

fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// The page itself.
pub fn routes(meters: Meters) -> Router<Districts> {
    let page =
        move |state: State<Districts>, request: Request| figures(meters.clone(), state, request);
    Router::new().route("/metrics", get(page))
}

/// Counts every request.
pub async fn measure(State(meters): State<Meters>, request: Request, next: Next) -> Response {
    let class = match request.extensions().get::<MatchedPath>() {
        Some(path) => class_of(path.as_str()),
        None => class_of(request.uri().path()),
    };
    let begun = meters.clock.now();
    let response = next.run(request).await;
    let micros = meters.clock.now().micros_since(begun);
    meters.count(class, response.status(), micros);
    response
}

/// The districts of which the caller may see the figures.
fn shown<'d>(request: &Request, districts: &'d Districts) -> Vec<&'d Hosted> {
    let forwarded = |headers: &HeaderMap| {
        headers.contains_key("x-forwarded-for") || headers.contains_key(header::FORWARDED)
    };
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let here = peer.is_some_and(|peer| peer.0.ip().is_loopback());
    if here && !forwarded(request.headers()) {
        return districts.all().collect();
    }
    let Some(token) = bearer(request.headers()) else { return Vec::new() };
    let opens = |one: &&Hosted| {
        let kept = one.config().metrics_token.as_deref().filter(|kept| kept.len() >= 16);
        // Hashes are compared, so that the time it takes tells nothing of the token.
        kept.is_some_and(|kept| sha256_hex(kept.as_bytes()) == sha256_hex(token.as_bytes()))
    };
    districts.all().filter(opens).collect()
}

async fn figures(meters: Meters, State(districts): State<Districts>, request: Request) -> Response {
    let shown = shown(&request, &districts);
    if shown.is_empty() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let mut out = String::new();
    meters.write(&mut out);
    out.push_str("# TYPE linli_district_open gauge\n");
    for one in &shown {
        let (code, open) = (&one.config().code, u8::from(one.district().is_some()));
        let _ = writeln!(out, "linli_district_open{{district=\"{code}\"}} {open}");
    }
    out.push_str("# TYPE linli_record_delay_seconds histogram\n");
    for district in shown.into_iter().filter_map(Hosted::district) {
        if let Err(error) = of_district(district, &mut out).await {
            tracing::warn!("figures of {}: {error}", district.config.name);
        }
    }
    if let Some(bytes) = resident_bytes() {
        let _ = writeln!(out, "# TYPE process_resident_memory_bytes gauge");
        let _ = writeln!(out, "process_resident_memory_bytes {bytes}");
    }
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], out).into_response()
}

const OUTBOX: &str = "select count(*) from outbox";
const UNSEQUENCED: &str = "select count(*) from leaf where idx is null";
const TREE: &str = "select coalesce(max(size), 0) from checkpoint";

async fn of_district(district: &District, out: &mut String) -> Result<(), StoreError> {
    let code = &district.config.code;
    for ((act, end), count) in district.door.tally.all() {
        let labels = format!("district=\"{code}\",act=\"{act}\",end=\"{end}\"");
        let _ = writeln!(out, "linli_acts_total{{{labels}}} {count}");
    }
    let now = district.now();
    let processes = district.processes.clone();
    let look = move |tx: &crate::store::ReadTx<'_>| {
        processes.refresh(tx)?;
        let sizes = [tx.count(OUTBOX, &[])?, tx.count(UNSEQUENCED, &[])?, tx.count(TREE, &[])?];
        Ok((sizes, sequencer::oldest_waiting(tx)?, clock::late(tx, now)?))
    };
    let looked: Result<_, StoreError> = district.store().read(look).await;
    let (sizes, oldest, late) = looked?;
    let names = ["linli_outbox_waiting", "linli_leaves_unsequenced", "linli_record_size"];
    for (name, size) in names.iter().zip(sizes) {
        let _ = writeln!(out, "{name}{{district=\"{code}\"}} {size}");
    }
    for clock in clocks(district, &late) {
        let late = late.iter().find(|(name, _)| *name == clock).map_or(0, |(_, n)| *n);
        let labels = format!("district=\"{code}\",clock=\"{clock}\"");
        let _ = writeln!(out, "linli_clocks_late{{{labels}}} {late}");
    }
    let label = format!("district=\"{code}\"");
    buckets("linli_record_delay_seconds", &label, &district.sequencer.delays, out);
    let age = oldest.map_or(0, |recorded| now.micros_since(recorded));
    let age = seconds(u64::try_from(age).unwrap_or(0));
    let _ = writeln!(out, "linli_leaf_oldest_unsequenced_seconds{{district=\"{code}\"}} {age}");
    Ok(())
}

/// The clocks of the procedures in force, and those of earlier versions that are late.
fn clocks(district: &District, late: &[(String, i64)]) -> BTreeSet<String> {
    let ids = district.processes.kinds().map(|kind| kind.shipped.id.as_str());
    let processes: Vec<_> = ids.filter_map(|id| district.process(id)).collect();
    let named = processes.iter().flat_map(|process| &process.clocks).map(|clock| clock.id.clone());
    named.chain(late.iter().map(|(name, _)| name.clone())).collect()
}

/// Memory the process holds (Linux: the second number of statm, in pages of 4 KiB).
fn resident_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(text.split(' ').nth(1)?.parse::<u64>().ok()? * 4096)
}
