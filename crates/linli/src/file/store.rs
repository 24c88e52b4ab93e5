//! The only SQL that names `file`.

use super::{FILE, Shelf};
use crate::act::{Acting, Done, FieldProblem};
use crate::params;
use crate::store::{ReadTx, StoreError};

const KNOWN: &str = "select count(*) from file where id = $1";
const INSERT: &str = "
    insert into file (id, media, size, width, height, original_hash, small_hash, created_at)
    select $1, $2, $3, $4, $5, $6, $7, $8 where true
    on conflict (id) do nothing";

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
            found.small_hash,
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

const PAGE: &str = "select id, small_hash from file where id > $1 order by id limit 500";

/// The files behind this one, in the order of their ids, each with the hash of its small picture.
pub(super) fn after(tx: &ReadTx<'_>, id: &str) -> Result<Vec<(String, String)>, StoreError> {
    tx.rows(PAGE, params![id], |row| Ok((row.get(0)?, row.get(1)?)))
}
