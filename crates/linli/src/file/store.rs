//! The only SQL that names `file`; attachments are read here and written by the matter.

use super::{FILE, Shelf};
use crate::act::{Acting, Done, FieldProblem};
use crate::base::{Id, Instant};
use crate::params;
use crate::store::{ReadTx, StoreError};

const KNOWN: &str = "select count(*) from file where id = $1";
const INSERT: &str = "
    insert into file (id, media, size, width, height, original_hash, created_at)
    select $1, $2, $3, $4, $5, $6, $7 where true
    on conflict (id) do nothing";
const OF_MATTER: &str = "
    select a.id, a.entry_id, a.file_id, a.role, a.publicity, a.at, f.width, f.height
    from attachment a join file f on f.id = a.file_id
    where a.matter_id = $1 order by a.at, a.id";

/// Enters a file that lies on the shelf, once; part of the act that names it. A photo that is not
/// there is a problem of the field it was put down in.
pub fn keep(cx: &mut Acting<'_, '_>, shelf: &Shelf, field: &str, hash: &str) -> Done<()> {
    if cx.read().count(KNOWN, params![hash])? > 0 {
        return Ok(());
    }
    let found = shelf.find(hash).ok_or_else(|| FieldProblem::new(field, "photo_gone"))?;
    let now = cx.now();
    cx.tx.write(
        FILE,
        &found.hash,
        INSERT,
        params![
            found.hash,
            found.media,
            found.size,
            found.width,
            found.height,
            found.original_hash,
            now
        ],
    )?;
    Ok(())
}

/// Those of the hashes that some act has named.
pub(super) fn known_among(tx: &ReadTx<'_>, hashes: &[String]) -> Result<Vec<String>, StoreError> {
    let mut out = Vec::new();
    for hash in hashes {
        if tx.count(KNOWN, params![hash.as_str()])? > 0 {
            out.push(hash.clone());
        }
    }
    Ok(out)
}

/// A photo as it hangs on a matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    pub id: Id,
    pub entry: Option<Id>,
    pub file: String,
    /// The record field it belongs to: `photos`, `before`, `after`.
    pub role: String,
    /// `public` or `internal`.
    pub publicity: String,
    pub at: Instant,
    pub width: i64,
    pub height: i64,
}

/// The photos of a matter, oldest first; with `internal` those that are not for everyone too.
pub fn of_matter(
    tx: &ReadTx<'_>,
    matter: &Id,
    internal: bool,
) -> Result<Vec<Attached>, StoreError> {
    let all = tx.rows(OF_MATTER, params![*matter], |row| {
        Ok(Attached {
            id: row.get(0)?,
            entry: row.get(1)?,
            file: row.get(2)?,
            role: row.get(3)?,
            publicity: row.get(4)?,
            at: row.get(5)?,
            width: row.get(6)?,
            height: row.get(7)?,
        })
    })?;
    Ok(all.into_iter().filter(|a| internal || a.publicity == "public").collect())
}
