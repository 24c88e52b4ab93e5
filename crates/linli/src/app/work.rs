//! What runs beside the requests: the sequencer of the record and the sending of notices.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::{anew, follow, forget, warn};
use crate::affairs::appeal::{self, undo};
use crate::channel::sheet;
use crate::district::District;
use crate::file;
use crate::notice;
use crate::people::{erased, prune};
use crate::record::seen;

/// A leaf has its place in the record 200 ms after its act: it waits no longer than this, and the
/// step that gives it its place has the rest.
const SEQUENCE_EVERY: Duration = Duration::from_millis(150);
/// Notices are looked for at least this often; a commit wakes the sender at once.
const NOTICES_EVERY: Duration = Duration::from_secs(2);

/// Photos nobody handed in are looked for this often.
const SWEEP_EVERY: Duration = Duration::from_secs(6 * 3600);
/// What is too old is taken out: within the day for which some of it may be kept at most.
const PRUNE_EVERY: Duration = Duration::from_secs(6 * 3600);

/// Starts the workers of a district. None of them ends by itself.
pub fn start(district: &Arc<District>, workers: &mut JoinSet<()>) {
    let of = || Arc::clone(district);
    workers.spawn(sequence(of()));
    workers.spawn(send_notices(of()));
    workers.spawn(send_texts(of()));
    workers.spawn(purge_files(of()));
    workers.spawn(end_cut_off(of()));
    workers.spawn(seen::watch(of()));
    workers.spawn(erased::watch(of(), appeal::leave::matters));
    workers.spawn(prune_old(of()));
    workers.spawn(follow::watch(of()));
    workers.spawn(warn::watch(of()));
    workers.spawn(anew::watch(of()));
    workers.spawn(sweep_photos(of()));
}

/// Files that were imported long ago are looked for this often.
const PURGE_EVERY: Duration = Duration::from_secs(3600);

async fn purge_files(district: Arc<District>) {
    let mut tick = tokio::time::interval(PURGE_EVERY);
    loop {
        tick.tick().await;
        let of = Arc::clone(&district);
        match tokio::task::spawn_blocking(move || sheet::run::purge(&of)).await {
            Ok(Ok(0)) => {}
            Ok(Ok(n)) => tracing::info!("{n} imported files removed: their time is over"),
            Ok(Err(error)) => tracing::warn!("imported files stay: {error}"),
            Err(error) => tracing::warn!("imported files stay: {error}"),
        }
    }
}

/// Imports that broke off are looked for this often: at the start, and again, since one may have
/// been under way a moment ago.
const CUT_OFF_EVERY: Duration = Duration::from_secs(60);

async fn end_cut_off(district: Arc<District>) {
    let mut tick = tokio::time::interval(CUT_OFF_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let of = Arc::clone(&district);
        match tokio::task::spawn_blocking(move || undo::end_cut_off(&of.door)).await {
            Ok(Ok(0)) => {}
            Ok(Ok(n)) => tracing::warn!("{n} imports had broken off; nothing of them is left"),
            Ok(Err(error)) => tracing::warn!("imports that broke off wait: {error}"),
            Err(error) => tracing::warn!("imports that broke off wait: {error}"),
        }
    }
}

async fn sequence(district: Arc<District>) {
    loop {
        // From one beginning to the next: after a long step the next one follows at once, since
        // what was committed meanwhile has waited long enough.
        let next = tokio::time::sleep(SEQUENCE_EVERY);
        if let Err(error) = district.sequencer.catch_up(|| district.now()).await {
            tracing::warn!("the record waits: {error}");
        }
        next.await;
    }
}

async fn send_notices(district: Arc<District>) {
    let mut committed = district.door.watch();
    loop {
        if let Err(error) = notice::spread(&district).await {
            tracing::warn!("notices wait: {error}");
        }
        // Woken by a commit, or by the clock for what fell due meanwhile.
        let _ = tokio::time::timeout(NOTICES_EVERY, committed.recv()).await;
    }
}

async fn send_texts(district: Arc<District>) {
    let mut tick = tokio::time::interval(NOTICES_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = notice::send_texts(&district).await {
            tracing::warn!("text messages wait: {error}");
        }
    }
}

async fn sweep_photos(district: Arc<District>) {
    let mut tick = tokio::time::interval(SWEEP_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        match file::sweep(&district).await {
            Ok(swept) if swept.removed > 0 => {
                tracing::info!("{} photos that no report named were removed", swept.removed);
            }
            Ok(_) => {}
            Err(error) => tracing::warn!("photos wait to be swept: {error}"),
        }
    }
}

async fn prune_old(district: Arc<District>) {
    loop {
        match prune::old_rows(district.store(), district.now()).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!("{rows} old sessions, codes and attempts are gone"),
            Err(error) => tracing::warn!("old sessions wait: {error}"),
        }
        match forget::old_contacts(&district).await {
            Ok(0) => {}
            Ok(n) => tracing::info!("the contacts of {n} cases that are long over are erased"),
            Err(error) => tracing::warn!("contacts of cases that are over wait: {error}"),
        }
        match forget::old_looks(&district).await {
            Ok(0) => {}
            Ok(n) => tracing::info!("{n} looks at people's data from long ago are forgotten"),
            Err(error) => tracing::warn!("old looks wait: {error}"),
        }
        tokio::time::sleep(PRUNE_EVERY).await;
    }
}
