//! Files (附件): photos that residents and officers add to what they say.
//!
//! A photo is taken before the door: it is looked at by its content and not by its name, turned as
//! the camera held it, made smaller and written anew as a JPEG, so that nothing the camera noted
//! (place, time, device) stays in it (个人信息保护法 第6条: 最小必要). It lies in the district's
//! folder under the hash of its bytes and is flushed to the disk before an act names it; the row
//! of the table comes with the act ([`keep`]).

pub mod check;
pub mod form;
pub mod pass;
mod photo;
pub mod redact;
pub mod shelf;
mod store;
mod sweep;
pub mod web;

#[cfg(test)]
pub(crate) mod tests;

use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

pub use form::{asked, read, read_some};
pub use photo::too_large;
pub use shelf::Shelf;
pub use store::keep;
pub use sweep::{Swept, sweep};

use crate::act::{Done, Failure, Refusal};
use crate::base::{Fault, Id, secret};
use crate::district::District;
use crate::store::schema::Table;

pub const FILE: Table = Table::recorded("file");

/// The largest photo that is looked at.
pub const MOST_BYTES: usize = 12 * 1024 * 1024;
/// The most photos that go with one act.
pub const MOST_PHOTOS: usize = 9;

/// A file as it lies in the district's folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    /// SHA-256 of the stored bytes, in hex: the id of the file.
    pub hash: String,
    /// `image/jpeg`.
    pub media: String,
    pub size: i64,
    pub width: i64,
    pub height: i64,
    /// SHA-256 of the bytes as they came, to compare with what somebody still has.
    pub original_hash: String,
    /// SHA-256 of the small picture's bytes.
    pub small_hash: String,
}

/// Photos being decoded at once: a large one takes some hundred megabytes while it is open.
static DESKS: Semaphore = Semaphore::const_new(2);

/// Takes a photo in: checks, turns, shrinks, strips and stores it. A photo that cannot be taken is
/// a problem of the field it came in.
pub async fn take(district: &District, field: &str, bytes: Vec<u8>) -> Done<StoredFile> {
    let field = field.to_owned();
    at_a_desk(district, move |shelf| take_blocking(shelf, &field, &bytes)).await
}

/// As [`take`], under an order that its sender gives again when they do not know what became of it:
/// the same bytes are the photo of the first time, others are refused.
pub async fn take_once(
    district: &District,
    field: &str,
    bytes: Vec<u8>,
    order: &Id,
) -> Done<StoredFile> {
    let (field, order) = (field.to_owned(), order.clone());
    let used = || Failure::from(Refusal::new("act_id_used"));
    let take = move |shelf: &Shelf| {
        if let Some(first) = shelf.ordered(&order) {
            if first.original_hash != secret::sha256_hex(&bytes) {
                return Err(used());
            }
            if let Some(found) = shelf.find(&first.hash) {
                shelf.refresh(&found.hash);
                return Ok(found);
            }
        }
        let stored = take_blocking(shelf, &field, &bytes)?;
        let first = shelf.order(&order, &stored)?;
        if first.original_hash == stored.original_hash { Ok(stored) } else { Err(used()) }
    };
    at_a_desk(district, take).await
}

async fn at_a_desk(
    district: &District,
    work: impl FnOnce(&Shelf) -> Done<StoredFile> + Send + 'static,
) -> Done<StoredFile> {
    let shelf = Shelf::of(district);
    let desk = DESKS.acquire().await.map_err(|e| Fault::new(e.to_string()))?;
    let taken = tokio::task::spawn_blocking(move || work(&shelf)).await;
    drop(desk);
    taken.map_err(|e| Fault::new(e.to_string()).context("taking a photo"))?
}

/// As [`take`], from a thread that may block.
pub fn take_blocking(shelf: &Shelf, field: &str, bytes: &[u8]) -> Done<StoredFile> {
    let photo = photo::develop(bytes).map_err(|wrong| wrong.problem(field))?;
    Ok(shelf.put(&photo, bytes)?)
}
