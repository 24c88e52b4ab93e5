//! A pass for a photo that no case names yet: who took it in may look at it and hand it in.
//!
//! Forms carry `HASH.PASS`; the pass is a keyed hash, so a form cannot name somebody else's photo.

use super::{Shelf, StoredFile};
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
    let right = of(keys, hash);
    let differing = right.bytes().zip(pass.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    right.len() == pass.len() && differing == 0
}

/// The file behind a ticket, `None` when the ticket is not ours or the file is not here.
pub fn redeem(district: &District, ticket: &str) -> Option<StoredFile> {
    let (hash, pass) = ticket.split_once('.')?;
    fits(&district.keys, hash, pass).then(|| Shelf::of(district).find(hash))?
}
