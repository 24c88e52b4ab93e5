//! Are the files that acts have named still here, and still what they were?
//!
//! A file's name is the hash of its content, and the row that names it and holds the hash of its
//! small picture is sealed in the public record; so reading both anew shows whether anybody
//! exchanged a picture.

use std::path::Path;

use super::{Shelf, store};
use crate::base::secret;
use crate::store::{Store, StoreError};

/// A file that is not as the table has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damaged {
    Missing(String),
    Changed(String),
}

impl Damaged {
    /// The sentence of this damage in the messages, and the hash it names.
    pub fn told(&self) -> (&'static str, &str) {
        match self {
            Damaged::Missing(hash) => ("record.file.missing", hash),
            Damaged::Changed(hash) => ("record.file.changed", hash),
        }
    }
}

/// Reads every file of a district, one at a time, and gives how many there are and those that are
/// missing or changed.
pub fn all(store: &Store, files: &Path) -> Result<(u64, Vec<Damaged>), StoreError> {
    let (shelf, mut count, mut damaged) = (Shelf::at(files), 0, Vec::new());
    each(store, |hash, small| {
        count += 1;
        damaged.extend(of_one(&shelf, hash, small));
    })?;
    Ok((count, damaged))
}

/// The files that acts have named and that do not lie in a folder, without reading any.
pub fn missing(store: &Store, files: &Path) -> Result<Vec<Damaged>, StoreError> {
    let (shelf, mut missing) = (Shelf::at(files), Vec::new());
    each(store, |hash, _| {
        if !shelf.holds(hash) {
            missing.push(Damaged::Missing(hash.to_owned()));
        }
    })?;
    Ok(missing)
}

fn each(database: &Store, mut look: impl FnMut(&str, &str)) -> Result<(), StoreError> {
    let mut after = String::new();
    loop {
        let from = after.clone();
        let page = database.read_blocking(move |tx| store::after(tx, &from))?;
        page.iter().for_each(|(hash, small)| look(hash, small));
        match page.last() {
            Some((last, _)) => after.clone_from(last),
            None => return Ok(()),
        }
    }
}

fn of_one(shelf: &Shelf, hash: &str, small_hash: &str) -> Option<Damaged> {
    let (whole, small) = (shelf.read(hash, false), shelf.read(hash, true));
    let (Some(whole), Some(small)) = (whole, small) else {
        return Some(Damaged::Missing(hash.to_owned()));
    };
    let same = secret::sha256_hex(&whole) == hash && secret::sha256_hex(&small) == small_hash;
    (!same).then(|| Damaged::Changed(hash.to_owned()))
}
