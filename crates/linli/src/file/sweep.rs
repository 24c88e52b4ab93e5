//! Photos that nobody handed in: taken for a report that was never finished, they are not kept for
//! more than a day or so (个人信息保护法 第19条: 保存期限应当为实现处理目的所必要的最短时间).
//!
//! In two passes, so that no act that is just naming a photo loses it: the first puts the slip of
//! an old photo aside, after which no act can name it; the next one, when every act that could
//! have named it before is long over, looks once more and removes it or puts the slip back.

use std::fs;
use std::path::{Path, PathBuf};

use super::shelf::ORDER;
use super::{Shelf, store};
use crate::base::{Fault, Instant, clock};
use crate::district::District;
use crate::store::StoreError;

/// A photo lies here untouched for so many hours before anybody asks whose it is.
const KEPT_HOURS: i64 = 24;
/// Photos asked for in one reading transaction.
const AT_ONCE: usize = 200;
/// The ending of a slip that was put aside.
const ASIDE: &str = "aside";

/// What a pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub put_aside: usize,
    pub put_back: usize,
    pub removed: usize,
}

/// One pass over the district's photos.
pub async fn sweep(district: &District) -> Result<Swept, StoreError> {
    let (shelf, until) = (Shelf::of(district), district.now().plus_hours(-KEPT_HOURS));
    let slips = blocking(move || {
        let lying = lying(&shelf)?;
        forget_orders(&lying, until)?;
        Ok(old_slips(lying, until))
    });
    let slips = slips.await?;
    let mut swept = Swept::default();
    for some in slips.chunks(AT_ONCE) {
        let hashes: Vec<String> = some.iter().filter_map(|slip| hash_of(slip)).collect();
        let named = district.store().read(move |tx| store::known_among(tx, &hashes)).await?;
        let some = some.to_vec();
        let now = blocking(move || settle(&some, &named)).await?;
        swept.put_aside += now.put_aside;
        swept.put_back += now.put_back;
        swept.removed += now.removed;
    }
    Ok(swept)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|e| Fault::new(format!("sweeping photos: {e}")))??)
}

/// Slips, slips put aside, and orders.
fn lying(shelf: &Shelf) -> Result<Vec<PathBuf>, Fault> {
    let mut out = Vec::new();
    for first in below(shelf.root())? {
        for second in below(&first)? {
            let wanted = |path: &PathBuf| is_slip(path) || ending(path) == ORDER;
            out.extend(below(&second)?.into_iter().filter(wanted));
        }
    }
    Ok(out)
}

fn is_old(path: &Path, until: Instant) -> bool {
    let touched = fs::metadata(path).and_then(|about| about.modified());
    touched.is_ok_and(|at| clock::of_system(at) < until)
}

/// Slips, and slips put aside, that were last touched before `until`.
fn old_slips(mut lying: Vec<PathBuf>, until: Instant) -> Vec<PathBuf> {
    lying.retain(|path| is_slip(path) && (ending(path) == ASIDE || is_old(path, until)));
    lying.sort();
    lying
}

/// Nobody gives an order again after a day.
fn forget_orders(lying: &[PathBuf], until: Instant) -> Result<(), Fault> {
    for path in lying.iter().filter(|path| ending(path) == ORDER && is_old(path, until)) {
        fs::remove_file(path).map_err(|e| Fault::from(e).context(path.display().to_string()))?;
    }
    Ok(())
}

/// What lies in a folder; nothing where there is none.
fn below(folder: &Path) -> Result<Vec<PathBuf>, Fault> {
    match fs::read_dir(folder) {
        Ok(entries) => Ok(entries.filter_map(|one| Some(one.ok()?.path())).collect()),
        Err(_) if !folder.is_dir() => Ok(Vec::new()),
        Err(error) => Err(Fault::from(error).context(format!("reading {}", folder.display()))),
    }
}

fn ending(path: &Path) -> &str {
    path.extension().and_then(|ending| ending.to_str()).unwrap_or_default()
}

fn is_slip(path: &Path) -> bool {
    matches!(ending(path), "json" | ASIDE) && hash_of(path).is_some()
}

fn hash_of(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_str()?;
    let shaped = stem.len() == 64 && stem.bytes().all(|b| b.is_ascii_hexdigit());
    shaped.then(|| stem.to_owned())
}

fn settle(slips: &[PathBuf], named: &[String]) -> Result<Swept, Fault> {
    let mut swept = Swept::default();
    for slip in slips {
        let Some(hash) = hash_of(slip) else { continue };
        let is_named = named.contains(&hash);
        let (own, aside) = (slip.with_extension("json"), slip.with_extension(ASIDE));
        let doing = |e: std::io::Error| Fault::from(e).context(slip.display().to_string());
        match (ending(slip) == ASIDE, is_named) {
            // Taken in again meanwhile: it has a new slip and a new day.
            (true, _) if own.is_file() => fs::remove_file(&aside).map_err(doing)?,
            (true, true) => {
                fs::rename(&aside, &own).map_err(doing)?;
                swept.put_back += 1;
            }
            (true, false) => {
                Shelf::remove(&aside, &hash)?;
                swept.removed += 1;
            }
            (false, true) => {}
            (false, false) => {
                fs::rename(&own, &aside).map_err(doing)?;
                swept.put_aside += 1;
            }
        }
    }
    Ok(swept)
}
