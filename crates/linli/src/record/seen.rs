//! Checkpoints seen earlier, kept in the district's folder outside the database: a database that
//! was set back or replaced knows nothing of them, and so gives itself away.
//!
//! `checkpoints.log` has one JSON text a line, each a signed note, oldest first. Copies of it on
//! other machines make it stronger.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use linli_record::note::{Checkpoint, Note};

use super::store;
use crate::act::sequencer::APART_MICROS;
use crate::base::{Fault, journal};
use crate::district::District;
use crate::store::Store;

/// Its name in the district's folder.
pub const FILE: &str = "checkpoints.log";

/// Where the file of the district in `dir` lies.
pub fn path(dir: &Path) -> PathBuf {
    dir.join(FILE)
}

/// The notes in a file; none when there is no file. A line that is no JSON text is given as it
/// stands, so that the audit can say it is no checkpoint; but a last line without its end is one
/// that a power cut kept from being written, and is passed over.
pub fn read(file: &Path) -> Result<Vec<String>, Fault> {
    let Some(text) = journal::text(file)? else { return Ok(Vec::new()) };
    if Note::parse(&text).is_ok() {
        // A single note as it is served under /log/checkpoint.
        return Ok(vec![text]);
    }
    let note = |(_, line): (usize, Result<String, _>)| {
        line.unwrap_or_else(|(line, _): (&str, serde_json::Error)| line.to_owned())
    };
    Ok(journal::lines(&text).map(note).collect())
}

/// Adds a note to the file, on the disk before this returns.
pub fn add(file: &Path, note: &str) -> Result<(), Fault> {
    journal::add::<String>(file, &format!("{}\n", serde_json::to_string(note)?))
}

/// The newest checkpoint of a district.
pub fn newest(database: &Store) -> Result<Option<String>, Fault> {
    let newest = database.read_blocking(store::newest);
    Ok(newest.map_err(|e| Fault::new(e.to_string()))?.map(|newest| newest.note))
}

/// Keeps the newest checkpoint of a district if the last kept is [`APART_MICROS`] older, or at once
/// if `now`; says whether it did.
pub fn keep_newest(dir: &Path, database: &Store, now: bool) -> Result<bool, Fault> {
    let fault = |e: crate::store::StoreError| Fault::new(e.to_string());
    let Some(newest) = database.read_blocking(store::newest).map_err(fault)? else {
        return Ok(false);
    };
    let file = path(dir);
    let last = read(&file)?.last().and_then(|note| body(note));
    let due = last.is_none_or(|last| {
        let later = newest.at.0 - last.time.unwrap_or(0);
        last.size < newest.size.cast_unsigned() && (now || later >= APART_MICROS)
    });
    if due {
        add(&file, &newest.note)?;
    }
    Ok(due)
}

/// Keeps checkpoints as long as the district is served.
pub async fn watch(district: Arc<District>) {
    let mut tick = tokio::time::interval(Duration::from_micros(APART_MICROS.unsigned_abs()));
    loop {
        tick.tick().await;
        let district = Arc::clone(&district);
        let keep = move || keep_newest(&district.dir, district.store(), false);
        match tokio::task::spawn_blocking(keep).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!("keeping a checkpoint: {error}"),
            Err(error) => tracing::error!("keeping a checkpoint: {error}"),
        }
    }
}

fn body(note: &str) -> Option<Checkpoint> {
    Checkpoint::parse(&Note::parse(note).ok()?.text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_a_power_cut_tore_spoils_neither_the_log_nor_the_next_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        add(&file, "first\n").unwrap();
        let whole = std::fs::read(&file).unwrap();
        std::fs::write(&file, [&whole[..], b"\"second\\n"].concat()).unwrap();
        assert_eq!(read(&file).unwrap(), ["first\n"]);
        add(&file, "third\n").unwrap();
        assert_eq!(read(&file).unwrap(), ["first\n", "third\n"]);
    }

    #[test]
    fn a_last_line_that_counts_still_counts_once_another_stands_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        // Whole but for its end, and in letters that are none.
        std::fs::write(&file, b"\"\xbf\xd5'\"").unwrap();
        let before = read(&file).unwrap();
        add(&file, "next\n").unwrap();
        assert_eq!(read(&file).unwrap(), [&before[..], &["next\n".to_owned()]].concat());
    }

    #[test]
    fn a_whole_line_that_is_no_checkpoint_is_still_shown_to_the_audit() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        std::fs::write(&file, "something\n").unwrap();
        assert_eq!(read(&file).unwrap(), ["something"]);
    }
}
