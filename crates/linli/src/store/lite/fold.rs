//! The log of SQLite is folded into its file beside the writer, so that no act waits for it.
//!
//! Folding 30 MB in takes as long as hundreds of commits. A thread of its own does it while acts go
//! on; only the little that came meanwhile is left to the writer, so that the log can begin anew.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, TrySendError, bounded};
use rusqlite::Connection;
use rusqlite::hooks::Wal;

use crate::base::Fault;
use crate::store::StoreError;

/// Pages of the log after which it is folded in: 32 MB. Fewer would copy a page that many acts
/// change more often.
pub(super) const STEP: i32 = 8192;

/// Times [`STEP`] from which on the log is too long.
const MUCH: i32 = 16;

/// Sets the folding of the log up for the one connection that writes. The log is folded in every
/// `step` pages; from twice that on the writer lets it begin anew as soon as little of it is left,
/// and from sixteen times that on at every commit. Only a long reader, such as an audit or an
/// export, lets it grow beyond, for what it reads must stay; that is told once. What is returned
/// ends after that connection.
pub(super) fn beside(
    writer: &mut Connection,
    path: &Path,
    step: i32,
) -> Result<JoinHandle<()>, StoreError> {
    let folder = Connection::open(path)?;
    folder.execute_batch("pragma synchronous = full;")?;
    let folded = Arc::new(AtomicI32::new(0));
    let (wake, woken) = bounded(1);
    let done = Arc::clone(&folded);
    let folding = thread::Builder::new()
        .name("folder".to_owned())
        .spawn(move || fold(&folder, &woken, &done))
        .map_err(Fault::from)?;
    let mut next = step;
    writer.wal_hook(Some(move |wal: &mut Wal, pages| {
        if pages < step {
            // The log has begun anew.
            next = step;
            folded.store(0, Ordering::Relaxed);
        }
        let left = pages - folded.load(Ordering::Relaxed);
        let long = pages >= 2 * step;
        if pages >= MUCH * step && next < i32::MAX {
            next = i32::MAX;
            tracing::warn!("the log of the database has {pages} pages: a long reader holds it up");
        }
        if pages >= MUCH * step || (long && left <= step / 32) {
            // Where a reader or the other thread is in the way, the next commit tries again.
            let _ = wal.checkpoint();
        } else if pages >= next {
            match wake.try_send(()) {
                // From then on again and again, until little is left.
                Ok(()) => next = if long { pages } else { pages + step },
                Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
            }
        }
        Ok(())
    }))?;
    Ok(folding)
}

/// Folds the whole log in and empties its file, so that nothing of what was erased stands in it;
/// whether that was done. It waits for nobody: a reader that needs the log, or the other thread,
/// is in the way only until the next commit tries again.
pub(super) fn emptied(writer: &Connection, busy: Duration) -> bool {
    let now = || -> rusqlite::Result<i64> {
        writer.busy_timeout(Duration::ZERO)?;
        let stays = writer.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0));
        writer.busy_timeout(busy)?;
        stays
    };
    match now() {
        Ok(stays) => stays == 0,
        Err(error) => {
            tracing::warn!("the log of the database was not emptied: {error}");
            false
        }
    }
}

/// Ends with the writer, whose hook holds the other end.
fn fold(folder: &Connection, woken: &Receiver<()>, folded: &AtomicI32) {
    while woken.recv().is_ok() {
        let done = folder.query_row("pragma wal_checkpoint(passive)", [], |row| row.get(2));
        match done {
            Ok(pages) => folded.store(pages, Ordering::Relaxed),
            Err(error) => tracing::warn!("the log of the database was not folded in: {error}"),
        }
    }
}
