//! Channels: how programs of others come in. Each only reads, or builds acts for the door.
//!
//! [`open311`] speaks GeoReport v2, as cities' report apps do; `/api/v1` is our own interface.
//! [`sheet`] takes files of other systems and gives lists out.
//! A program shows a key ([`crate::people::keys`]) and has the duties of the person it belongs to.

pub mod api;
pub mod cases;
pub mod decode;
pub mod export;
pub mod metrics;
mod narrow;
pub mod open311;
pub mod sheet;
pub mod shown;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::http::{HeaderMap, header};

use crate::act::FieldProblem;
use crate::district::{District, Districts};
use crate::page::Room;
use crate::store::StoreError;

/// Interfaces for programs: they tell their own failures.
pub fn routes(room: Room) -> Router<Districts> {
    let shown = shown::Shown::default();
    Router::new()
        .merge(open311::routes(shown.clone(), room.clone()))
        .merge(api::routes(shown, room))
}

/// The key of an `Authorization: Bearer` header.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
}

/// The longest `Idempotency-Key` we take.
const KEY_MAX: usize = 255;

/// What a client calls its order, so that a repeat has one effect.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, FieldProblem> {
    let mut sent = headers.get_all("idempotency-key").iter();
    let Some(value) = sent.next() else { return Ok(None) };
    let wrong = || FieldProblem::new("Idempotency-Key", "bad_idempotency_key");
    // Of two nobody knows which order is meant.
    if sent.any(|other| other != value) {
        return Err(wrong());
    }
    let key = value.to_str().map_err(|_| wrong())?.trim().trim_matches('"');
    if key.is_empty() || key.len() > KEY_MAX { Err(wrong()) } else { Ok(Some(key)) }
}

/// The next number of a case: `2026-001042`.
async fn matter_number(district: &District) -> Result<String, StoreError> {
    let year = district.now().day(district.config.offset_minutes).to_string();
    let number = district.next_number().await?;
    Ok(format!("{}-{number:06}", year.get(..4).unwrap_or_default()))
}
