//! Are the files that acts have named still here, and still what they were?
//!
//! A file's name is the hash of its content, and the row that names it is sealed in the public
//! record; so reading it anew shows whether anybody exchanged the picture.

use std::path::Path;

use super::Shelf;
use crate::base::secret;
use crate::params;
use crate::store::{Store, StoreError};

const PAGE: &str = "select id from file where id > $1 order by id limit 500";

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
    each(store, |hash| {
        count += 1;
        match shelf.read(hash, false) {
            None => damaged.push(Damaged::Missing(hash.to_owned())),
            Some(bytes) if secret::sha256_hex(&bytes) != *hash => {
                damaged.push(Damaged::Changed(hash.to_owned()));
            }
            Some(_) => {}
        }
    })?;
    Ok((count, damaged))
}

/// The files that acts have named and that do not lie in a folder, without reading any.
pub fn missing(store: &Store, files: &Path) -> Result<Vec<Damaged>, StoreError> {
    let (shelf, mut missing) = (Shelf::at(files), Vec::new());
    each(store, |hash| {
        if !shelf.holds(hash) {
            missing.push(Damaged::Missing(hash.to_owned()));
        }
    })?;
    Ok(missing)
}

fn each(store: &Store, mut look: impl FnMut(&str)) -> Result<(), StoreError> {
    let mut after = String::new();
    loop {
        let from = after.clone();
        let page: Vec<String> = store
            .read_blocking(move |tx| tx.rows(PAGE, params![from], |row| row.get::<String>(0)))?;
        page.iter().for_each(|hash| look(hash));
        match page.last() {
            Some(last) => after.clone_from(last),
            None => return Ok(()),
        }
    }
}
