//! The public record (公开存证) of a district: the log served to everyone, receipts, the audit.
//!
//! The log is served as C2SP tlog-tiles fixes it, under `/log/`, so that any monitor can follow
//! it. A receipt ([`receipt`]) is what the one who acted takes home; the page at `/verify` checks
//! it without a network. The audit ([`audit`]) reads log and recorded rows anew and names whatever
//! was changed behind the application's back; it is `linli verify` on the command line ([`cli`]).

pub mod address;
pub mod audit;
pub mod cli;
mod deeds;
pub mod receipt;
pub mod seen;
mod sentence;
mod store;
#[cfg(test)]
pub(crate) mod tests;
mod tiles;
mod web;

use std::sync::LazyLock;

use axum::Router;
use axum::routing::get;

use crate::base::Fault;
use crate::base::secret::Keys;
use crate::district::{Config, Districts};
use crate::store::schema;

pub use linli_record::audit::{Finding, Report};
pub use linli_record::note::{Signer, Verifier};
pub use sentence::sentence;

/// Every table whose rows are sealed into the record: those that have a column for the seal. The
/// audit reads exactly these; a test compares them with the tables that are declared recorded.
pub static RECORDED: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let all = schema::sealed_tables().into_iter();
    all.filter(|table| !ENGRAVED.contains(table)).collect()
});

/// Recorded tables whose rows are written once, together with their seal.
pub const ENGRAVED: &[&str] = &["act", "party"];

/// `/log…`, `/receipts…`, `/verify` and `/admin/audit`.
pub fn routes() -> Router<Districts> {
    Router::new()
        .route("/log", get(web::log))
        .route("/log/checkpoint", get(tiles::checkpoint))
        .route("/log/key", get(tiles::key))
        .route("/log/proof", get(tiles::proof))
        .route("/log/tile/{*path}", get(tiles::tile))
        .route("/receipts/{act_id}", get(web::receipt))
        .route("/verify", get(web::verify))
        .route("/admin/audit", get(deeds::show))
}

/// The key that signs this district's checkpoints and receipts.
pub fn signer(config: &Config, keys: &Keys) -> Result<Signer, Fault> {
    Signer::new(&config.origin, &keys.record_seed).map_err(|e| Fault::new(format!("signer: {e}")))
}
