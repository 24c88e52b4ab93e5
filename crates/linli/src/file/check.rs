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
    let shelf = Shelf::at(files);
    let (mut count, mut damaged, mut after) = (0, Vec::new(), String::new());
    loop {
        let from = after.clone();
        let page: Vec<String> = store
            .read_blocking(move |tx| tx.rows(PAGE, params![from], |row| row.get::<String>(0)))?;
        for hash in &page {
            match shelf.read(hash, false) {
                None => damaged.push(Damaged::Missing(hash.clone())),
                Some(bytes) if secret::sha256_hex(&bytes) != *hash => {
                    damaged.push(Damaged::Changed(hash.clone()));
                }
                Some(_) => {}
            }
        }
        count += page.len() as u64;
        match page.last() {
            Some(last) => after.clone_from(last),
            None => return Ok((count, damaged)),
        }
    }
}
