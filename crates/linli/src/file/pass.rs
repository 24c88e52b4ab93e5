//! A pass for a photo that no case names yet: who took it in may look at it and hand it in.
//!
//! Forms carry `HASH.PASS`; the pass is a keyed hash, so a form cannot name somebody else's photo.

use super::{Shelf, StoredFile};
use crate::base::Id;
use crate::base::secret::Keys;
use crate::district::District;

/// The pass for a stored file.
pub fn of(keys: &Keys, hash: &str) -> String {
    keys.blind("photo", hash)[..32].to_owned()
}

/// Hash and pass as a form carries them.
pub fn ticket(keys: &Keys, hash: &str) -> String {
    format!("{hash}.{}", of(keys, hash))
}

/// Whether the pass belongs to the photo.
pub fn fits(keys: &Keys, hash: &str, pass: &str) -> bool {
    same(&of(keys, hash), pass)
}

/// Compares to the end, so that the time it takes tells nothing.
fn same(right: &str, shown: &str) -> bool {
    let differing = right.bytes().zip(shown.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    right.len() == shown.len() && differing == 0
}

/// What the program of a person calls a photo that it sent ahead: nobody else can name it so.
pub fn named_by(keys: &Keys, person: &Id, hash: &str) -> String {
    format!("{hash}.{}", &keys.blind(&format!("photo of {person}"), hash)[..32])
}

/// The file that a person's program names, `None` when they did not send it or it is not here.
pub fn redeem_named(district: &District, person: &Id, name: &str) -> Option<StoredFile> {
    let (hash, _) = name.split_once('.')?;
    let right = named_by(&district.keys, person, hash);
    same(&right, name).then(|| Shelf::of(district).find(hash))?
}

/// The file behind a ticket, `None` when the ticket is not ours or the file is not here.
pub fn redeem(district: &District, ticket: &str) -> Option<StoredFile> {
    let (hash, pass) = ticket.split_once('.')?;
    fits(&district.keys, hash, pass).then(|| Shelf::of(district).find(hash))?
}
