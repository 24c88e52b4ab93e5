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

use crate::act::{Done, Protected};
use crate::base::secret::Keys;
use crate::base::{Fault, Id};
use crate::district::{Config, Districts};
use crate::page::Visitor;
use crate::store::{ReadTx, schema};

pub use linli_record::audit::{Finding, Report};
pub use linli_record::note::{Signer, Verifier};
pub use sentence::sentence;
pub use web::Fact;

/// What receipts say of acts on rows that come after the record in the order of the modules, such
/// as cases. The application tells.
#[derive(Clone, Copy)]
pub struct OfRows {
    pub of: Protected,
    /// The act by which others than who did it, and whose row it is, read them.
    pub inspect: &'static str,
    /// Whether an act's row of a table, both by name, holds the words of whoever did it: those a
    /// receipt lays open to them whole.
    pub own_words: fn(&str, &str) -> bool,
    /// Whether such a row holds the words of its owner though another did the act for them, and
    /// names nobody else: their receipt lays it open to them too.
    pub owners_words: fn(&str, &str) -> bool,
    /// Columns that must be empty in a row that is laid open.
    pub withheld: &'static [&'static str],
    /// What the row is and where it stands, as its page tells the visitor today.
    pub told: fn(&Visitor) -> Telling,
}

/// Lines about a row; none for who may see it no more.
pub type Telling = Box<dyn FnOnce(&ReadTx<'_>, &Id) -> Done<Vec<Fact>> + Send>;

/// Every table whose rows are sealed into the record: those that have a column for the seal. The
/// audit reads exactly these; a test compares them with the tables that are declared recorded.
pub static RECORDED: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let all = schema::sealed_tables().into_iter();
    all.filter(|table| !ENGRAVED.contains(table)).collect()
});

/// Recorded tables whose rows are written once, together with their seal.
pub const ENGRAVED: &[&str] = &["act", "party"];

/// `/log…`, `/receipts…`, `/verify` and `/admin/audit`.
pub fn routes(of: OfRows) -> Router<Districts> {
    Router::new()
        .route("/log", get(web::log))
        .route("/log/checkpoint", get(tiles::checkpoint))
        .route("/log/key", get(tiles::key))
        .route("/log/proof", get(tiles::proof))
        .route("/log/tile/{*path}", get(tiles::tile))
        .route("/receipts/{act_id}", get(move |v, name| web::receipt(v, name, of)))
        .route("/verify", get(web::verify))
        .route("/admin/audit", get(deeds::show))
}

/// The key that signs this district's checkpoints and receipts.
pub fn signer(config: &Config, keys: &Keys) -> Result<Signer, Fault> {
    Signer::new(&config.origin, &keys.record_seed).map_err(|e| Fault::new(format!("signer: {e}")))
}
