//! W13: what a case weighs. Some thousand cases go all their way over HTTP; what the district's
//! folder has grown by, after everything is sealed and placed, is shared among them.

use std::path::Path;
use std::sync::Arc;

use linli::base::{Clock, Fault};
use linli::district::District;

use crate::load::Drive;
use crate::machine;
use crate::rounds::{lanes, serve};
use crate::town::Town;
use crate::works::{Moves, Reports};

/// Seconds in which a machine however slow will have moved them all.
const ENOUGH: u64 = 600;

/// Bytes a case, and how many cases they were.
pub fn run(dir: &Path, linli: &Path, seconds: u64) -> Result<(f64, usize), Fault> {
    let town = Arc::new(Town::read(dir)?);
    let before = settled(dir)?;
    let served = serve(linli, dir)?;
    let works = lanes(|nth| Reports::new(&town, nth));
    let (reports, _) = served.load(works, Drive { seconds, rate: None })?;
    let cases: usize = reports.iter().map(|reports| reports.made.len()).sum();
    let moves: Vec<Moves> = reports
        .into_iter()
        .zip(0..)
        .map(|(reports, nth)| Moves::new(&town, nth, reports.made))
        .collect();
    let (_, moved) = served.load(moves, Drive { seconds: ENOUGH, rate: None })?;
    if moved.load.right != 5 * cases as u64 {
        return Err(Fault::new(format!("{} moves for {cases} cases", moved.load.right)));
    }
    drop(served);
    let after = settled(dir)?;
    Ok(((after - before) as f64 / cases as f64, cases))
}

/// Bytes of the folder once every leaf has its place and the log of SQLite is folded in.
fn settled(dir: &Path) -> Result<u64, Fault> {
    let district = District::open(dir, Clock::default(), &linli::app::wiring()?)?;
    let drained = district.sequencer.drain_blocking(district.now());
    drained.map_err(|e| Fault::new(e.to_string()))?;
    drop(district);
    // The last connection to close folds the log in; its thread ends a moment later.
    std::thread::sleep(std::time::Duration::from_secs(2));
    machine::bytes_in(dir)
}
