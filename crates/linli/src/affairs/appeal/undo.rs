//! Imports taken back to the end, and those that broke off on the way.
//!
//! A run that stages rows is heard of with every chunk. One that has fallen silent was left by a
//! process that died: its rows, which nobody has seen, are taken back, and it is told as failed.

use super::import::{UndoImport, Undoing};
use crate::act::{Actor, Done, Door, Failure, Order, Refusal};
use crate::base::{Id, Instant};
use crate::matter::batch::{self, Batch, Run};

/// A chunk takes a second, the first look at the largest file half a minute.
const SILENT_MINUTES: i64 = 2;

/// What undoing a batch did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Undone {
    /// Cases that were worked on meanwhile and stay.
    pub kept: i64,
    /// Rows of the file that are no more: cases, or classes and standards.
    pub removed: i64,
    /// It was undone before, and only the rest of it removed now: these are not all there were.
    pub before: bool,
}

/// Undoes a batch: what was worked on stays, all else disappears at once and is then removed.
pub fn undo(door: &Door, actor: &Actor, batch: &Id) -> Done<Undone> {
    let id = batch.clone();
    let found = door.store.read_blocking(move |tx| batch::by_id(tx, &id))?;
    let found = found.ok_or(Failure::Hidden)?;
    let mut undone = Undone { before: found.undone_at.is_some(), ..Undone::default() };
    if !undone.before {
        undone.kept = step(door, actor, &found, Undoing::LetGo)?;
        step(door, actor, &found, Undoing::Undo)?;
    }
    undone.removed = step(door, actor, &found, Undoing::Remove)?;
    Ok(undone)
}

/// Takes back rows that were staged and never adopted.
pub fn discard(door: &Door, actor: &Actor, batch: &Batch) -> Done<()> {
    if batch.adopted_at.is_some() {
        return Err(Refusal::new("already_imported").with("batch", batch.id.to_string()).into());
    }
    undo(door, actor, &batch.id).map(drop)
}

/// Performs a step until it finds nothing more to do; gives how many it took up in all.
fn step(door: &Door, actor: &Actor, batch: &Batch, step: Undoing) -> Done<i64> {
    let mut total = 0;
    for nth in 0.. {
        let act = UndoImport { batch: batch.id.clone(), kind: batch.kind.clone(), step, nth };
        let order = Order::new(Id::new(door.clock.now()), act);
        match door.perform_blocking(actor, order)?.outcome {
            0 => break,
            n => total += n,
        }
    }
    Ok(total)
}

fn since(door: &Door) -> Instant {
    door.clock.now().plus_minutes(-SILENT_MINUTES)
}

/// Runs that fell silent on the way.
pub fn cut_off(door: &Door) -> Done<Vec<Run>> {
    let since = since(door);
    Ok(door.store.read_blocking(move |tx| batch::cut_off(tx, since))?)
}

/// Ends every run that fell silent, with nothing of it left; gives how many there were. One whose
/// batch was adopted in its last breath has come in.
pub fn end_cut_off(door: &Door) -> Done<usize> {
    let (runs, since) = (cut_off(door)?, since(door));
    let count = runs.len();
    for run in runs {
        let id = run.batch.clone();
        let look = move |tx: &crate::store::ReadTx<'_>| match &id {
            Some(id) => batch::by_id(tx, id),
            None => Ok(None),
        };
        let state = match door.store.read_blocking(look)? {
            Some(batch) if batch.is_in_force() => "adopted",
            Some(batch) => {
                discard(door, &Actor::operator(), &batch)?;
                "failed"
            }
            None => "failed",
        };
        let (id, now) = (run.id, door.clock.now());
        let end = move |upkeep: &mut crate::store::upkeep::Upkeep<'_, '_>| {
            batch::end_run(upkeep, (&id, state), (now, since))
        };
        door.store.upkeep_blocking(end)?;
    }
    Ok(count)
}
