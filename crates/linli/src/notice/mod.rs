//! Notices: what acts left to be told, delivered after their commit, each once.
//!
//! The outbox row is written in the act's own transaction; a worker turns it into one notice a
//! recipient and a channel. In-app notices are there as soon as that is done; text messages go
//! through the district's provider.

mod store;
mod text;
mod web;

use crate::district::District;
use crate::store::StoreError;

pub use web::routes;

pub use store::{NoticeView, Sent, about, of_person, read_all, unread, unread_by_matter};

/// Outbox rows taken up in one go.
const AT_ONCE: i64 = 100;

/// Turns waiting outbox rows into notices; gives the number of rows done.
pub async fn deliver(district: &District) -> Result<usize, StoreError> {
    let now = district.now();
    let done = district.store().upkeep(move |door| store::spread(door, AT_ONCE, now)).await?;
    text::send(district).await?;
    Ok(done)
}
