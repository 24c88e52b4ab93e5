//! Photos that nobody handed in: taken for a report that was never finished, they are not kept for
//! more than a day or so (个人信息保护法 第19条: 保存期限应当为实现处理目的所必要的最短时间).
//!
//! In two passes, so that no act that is just naming a photo loses it: the first puts the slip of
//! an old photo aside, after which no act can name it; the next one, when every act that could
//! have named it before is long over, looks once more and removes it or puts the slip back.
//! Pictures that have lost their slip, and what was being written when the power went, are found
//! again in the folder itself.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::shelf::{DRAFT, ORDER, alone};
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
    let old = blocking(move || {
        let lying = lying(&shelf)?;
        forget(&lying, until)?;
        let mut old = old_slips(&lying, until);
        old.extend(without_slip(&lying, until));
        Ok(old)
    });
    let old = old.await?;
    let mut swept = Swept::default();
    for some in old.chunks(AT_ONCE) {
        let hashes: Vec<String> = some.iter().filter_map(|path| hash_of(path)).collect();
        let named = district.store().read(move |tx| store::known_among(tx, &hashes)).await?;
        let some = some.to_vec();
        let now = blocking(move || settle(&some, &named, until)).await?;
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

/// Everything that lies on the shelf.
fn lying(shelf: &Shelf) -> Result<Vec<PathBuf>, Fault> {
    let mut out = Vec::new();
    for first in below(shelf.root())? {
        for second in below(&first)? {
            out.extend(below(&second)?);
        }
    }
    out.sort();
    Ok(out)
}

fn is_old(path: &Path, until: Instant) -> bool {
    let touched = fs::metadata(path).and_then(|about| about.modified());
    touched.is_ok_and(|at| clock::of_system(at) < until)
}

/// Slips, and slips put aside, that were last touched before `until`.
fn old_slips(lying: &[PathBuf], until: Instant) -> Vec<PathBuf> {
    let old = |path: &&PathBuf| is_slip(path) && (ending(path) == ASIDE || is_old(path, until));
    lying.iter().filter(old).cloned().collect()
}

/// Old pictures beside which no slip lies.
fn without_slip(lying: &[PathBuf], until: Instant) -> Vec<PathBuf> {
    let slips: HashSet<String> =
        lying.iter().filter(|path| is_slip(path)).filter_map(|path| hash_of(path)).collect();
    let lone = |path: &&PathBuf| {
        is_picture(path)
            && hash_of(path).is_some_and(|hash| !slips.contains(&hash))
            && is_old(path, until)
    };
    lying.iter().filter(lone).cloned().collect()
}

/// Nobody gives an order again after a day, or writes so long at a file.
fn forget(lying: &[PathBuf], until: Instant) -> Result<(), Fault> {
    let over = |path: &&PathBuf| matches!(ending(path), ORDER | DRAFT) && is_old(path, until);
    for path in lying.iter().filter(over) {
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

fn is_picture(path: &Path) -> bool {
    ending(path) == "jpg"
}

/// What stands before the first dot of a name, where it is a hash.
fn hash_of(path: &Path) -> Option<String> {
    let stem = path.file_name()?.to_str()?.split('.').next()?;
    let shaped = stem.len() == 64 && stem.bytes().all(|b| b.is_ascii_hexdigit());
    shaped.then(|| stem.to_owned())
}

fn settle(old: &[PathBuf], named: &[String], until: Instant) -> Result<Swept, Fault> {
    let mut swept = Swept::default();
    for path in old {
        let Some(hash) = hash_of(path) else { continue };
        let is_named = named.contains(&hash);
        let _alone = alone();
        if is_picture(path) {
            swept.removed += usize::from(!is_named && remove_lone(path, &hash)?);
            continue;
        }
        let slip = path;
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
            // Taken in again since it was found to be old.
            (false, false) if !is_old(&own, until) => {}
            (false, false) => {
                fs::rename(&own, &aside).map_err(doing)?;
                swept.put_aside += 1;
            }
        }
    }
    Ok(swept)
}

/// Removes a picture beside which there is still no slip. Of two of one photo the whole one counts.
fn remove_lone(picture: &Path, hash: &str) -> Result<bool, Fault> {
    let slips = ["json", ASIDE].map(|ending| picture.with_file_name(format!("{hash}.{ending}")));
    if slips.iter().any(|slip| slip.is_file()) {
        return Ok(false);
    }
    fs::remove_file(picture).map_err(|e| Fault::from(e).context(picture.display().to_string()))?;
    Ok(picture.file_stem().is_some_and(|stem| stem == hash))
}
