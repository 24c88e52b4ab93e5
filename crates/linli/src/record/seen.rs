//! Checkpoints seen earlier, kept in the district's folder outside the database: a database that
//! was set back or replaced knows nothing of them, and so gives itself away.
//!
//! `checkpoints.log` has one JSON text a line, each a signed note, oldest first. Copies of it on
//! other machines make it stronger.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use linli_record::note::{Checkpoint, Note};

use super::store;
use crate::base::Fault;
use crate::district::District;
use crate::store::Store;

pub const FILE: &str = "checkpoints.log";
/// While nothing asks for more, one checkpoint in ten minutes is kept.
const APART_MICROS: i64 = 600_000_000;

pub fn path(dir: &Path) -> PathBuf {
    dir.join(FILE)
}

/// The notes in a file; none when there is no file. A line that is no JSON text is given as it
/// stands, so that the audit can say it is no checkpoint.
pub fn read(file: &Path) -> Result<Vec<String>, Fault> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(Fault::from(error).context(format!("reading {}", file.display())));
        }
    };
    if text.contains("\n\n") {
        // A single note as it is served under /log/checkpoint.
        return Ok(vec![text]);
    }
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    Ok(lines.map(|line| serde_json::from_str(line).unwrap_or_else(|_| line.to_owned())).collect())
}

/// Adds a note to the file, on the disk before this returns.
pub fn add(file: &Path, note: &str) -> Result<(), Fault> {
    let line = format!("{}\n", serde_json::to_string(note)?);
    let mut out = std::fs::OpenOptions::new().create(true).append(true).open(file)?;
    out.write_all(line.as_bytes())?;
    Ok(out.sync_all()?)
}

/// The newest checkpoint of a district.
pub fn newest(database: &Store) -> Result<Option<String>, Fault> {
    let newest = database.read_blocking(store::newest);
    Ok(newest.map_err(|e| Fault::new(e.to_string()))?.map(|newest| newest.note))
}

/// Keeps the newest checkpoint of a district if the last kept is ten minutes older (or at once, if
/// `now`); says whether it did.
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
