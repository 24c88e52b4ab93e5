//! Where files lie: `files/ab/cd/HASH.jpg`, the small picture and a slip with the facts beside it.
//!
//! What a program ordered lies beside them for a day (`ORDER.order`), so that the order given again
//! has one effect.
//!
//! A name says its content, so a file is written once and never changed. Everything is on the disk,
//! file and folder, before [`Shelf::put`] returns: a case never names a photo that a power cut
//! took.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::StoredFile;
use super::photo::{Developed, SMALL_SIDE};
use crate::base::{Fault, Id, clock, random, secret};
use crate::district::District;

/// The ending of what is kept of an order, and of what is being written.
pub(super) const ORDER: &str = "order";
pub(super) const DRAFT: &str = "part";

/// Held by those who take photos in, and alone by who sweeps one away: a photo that came again is
/// not removed behind the back of who took it.
static TAKING: RwLock<()> = RwLock::new(());

fn beside() -> RwLockReadGuard<'static, ()> {
    TAKING.read().unwrap_or_else(PoisonError::into_inner)
}

/// Nobody takes a photo in until it is dropped.
pub(super) fn alone() -> RwLockWriteGuard<'static, ()> {
    TAKING.write().unwrap_or_else(PoisonError::into_inner)
}

/// The folder of a district's files.
#[derive(Clone, Debug)]
pub struct Shelf {
    root: PathBuf,
}

impl Shelf {
    pub fn of(district: &District) -> Shelf {
        Shelf { root: district.files_dir() }
    }

    /// The shelf in a folder, for those who have not opened the district.
    pub fn at(root: &Path) -> Shelf {
        Shelf { root: root.to_owned() }
    }

    /// Stores a photo, its small picture and its slip: the slip first, so that what a power cut
    /// leaves is found again.
    pub(super) fn put(&self, photo: &Developed, original: &[u8]) -> Result<StoredFile, Fault> {
        let stored = StoredFile {
            hash: secret::sha256_hex(&photo.jpeg),
            media: "image/jpeg".to_owned(),
            size: i64::try_from(photo.jpeg.len()).unwrap_or(i64::MAX),
            width: i64::from(photo.width),
            height: i64::from(photo.height),
            original_hash: secret::sha256_hex(original),
            small_hash: secret::sha256_hex(&photo.small),
        };
        let folder = self.folder(&stored.hash);
        let _beside = beside();
        make_folder(&folder)?;
        let slip = folder.join(format!("{}.json", stored.hash));
        write_once(&slip, &serde_json::to_vec(&stored)?)?;
        touch(&slip)?;
        write_once(&folder.join(format!("{}.jpg", stored.hash)), &photo.jpeg)?;
        write_once(&folder.join(small_name(&stored.hash)), &photo.small)?;
        sync_folder(&folder)?;
        Ok(stored)
    }

    /// The facts of a file that lies here; `None` for a hash that is none or is not here.
    pub fn find(&self, hash: &str) -> Option<StoredFile> {
        let slip = fs::read(self.path(hash, "json")?).ok()?;
        serde_json::from_slice(&slip).ok()
    }

    /// The photo that came of an order, if it was given before.
    pub(super) fn ordered(&self, order: &Id) -> Option<StoredFile> {
        let kept = fs::read(self.order_path(order)).ok()?;
        serde_json::from_slice(&kept).ok()
    }

    /// Keeps what came of an order, and gives back what came of it first: of two at the same moment
    /// one is second.
    pub(super) fn order(&self, order: &Id, stored: &StoredFile) -> Result<StoredFile, Fault> {
        let path = self.order_path(order);
        let doing =
            |e: std::io::Error| Fault::from(e).context(format!("writing {}", path.display()));
        if let Some(folder) = path.parent() {
            make_folder(folder)?;
        }
        let draft = path.with_extension(format!("{}.{DRAFT}", secret::hex(&random::bytes::<8>())));
        write_once(&draft, &serde_json::to_vec(stored)?)?;
        let first = match fs::hard_link(&draft, &path) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => false,
            linked => linked.map(|()| true).map_err(doing)?,
        };
        fs::remove_file(&draft).map_err(doing)?;
        let before = if first { None } else { self.ordered(order) };
        Ok(before.unwrap_or_else(|| stored.clone()))
    }

    fn order_path(&self, order: &Id) -> PathBuf {
        let name = secret::sha256_hex(order.as_str().as_bytes());
        self.folder(&name).join(format!("{name}.{ORDER}"))
    }

    /// Somebody still works with this photo: a new day before it is swept away.
    pub fn refresh(&self, hash: &str) {
        let _beside = beside();
        let slip = self.path(hash, "json").filter(|slip| slip.is_file());
        if let Some(Err(error)) = slip.map(|slip| touch(&slip)) {
            tracing::warn!("a photo keeps its old day: {error}");
        }
    }

    /// The bytes of a photo, or of its small picture.
    pub fn read(&self, hash: &str, small: bool) -> Option<Vec<u8>> {
        let whole = self.path(hash, "jpg")?;
        fs::read(if small { whole.with_file_name(small_name(hash)) } else { whole }).ok()
    }

    /// Whether a photo lies here.
    pub(super) fn holds(&self, hash: &str) -> bool {
        self.path(hash, "jpg").is_some_and(|path| path.is_file())
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Removes a photo whose slip was put aside: pictures first, so that what a power cut leaves
    /// is found again.
    pub(super) fn remove(slip: &Path, hash: &str) -> Result<(), Fault> {
        let pictures = [format!("{hash}.jpg"), small_name(hash)];
        for path in pictures.iter().map(|name| slip.with_file_name(name)) {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Fault::from(error).context(format!("removing {}", path.display())));
                }
                _ => {}
            }
        }
        Ok(fs::remove_file(slip)?)
    }

    fn path(&self, hash: &str, ending: &str) -> Option<PathBuf> {
        let shaped =
            hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        shaped.then(|| self.folder(hash).join(format!("{hash}.{ending}")))
    }

    fn folder(&self, hash: &str) -> PathBuf {
        self.root.join(&hash[..2]).join(&hash[2..4])
    }
}

fn small_name(hash: &str) -> String {
    format!("{hash}.w{SMALL_SIDE}.jpg")
}

/// Makes the folder and every one above it that is missing, each flushed in its parent.
fn make_folder(folder: &Path) -> Result<(), Fault> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent() {
        make_folder(parent)?;
        match fs::create_dir(folder) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(Fault::from(error).context(format!("making {}", folder.display())));
            }
            _ => sync_folder(parent)?,
        }
    }
    Ok(())
}

/// Under a name of its own first, so that no reader ever finds half a file.
fn write_once(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    if path.is_file() {
        return Ok(());
    }
    let doing = |e: std::io::Error| Fault::from(e).context(format!("writing {}", path.display()));
    let draft = path.with_extension(format!("{}.{DRAFT}", secret::hex(&random::bytes::<8>())));
    let mut file = File::create(&draft).map_err(doing)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(doing)?;
    fs::rename(&draft, path).map_err(doing)
}

/// A photo that is taken in again has a new day before it is swept away.
fn touch(path: &Path) -> Result<(), Fault> {
    let file = File::options().append(true).open(path)?;
    Ok(file.set_modified(clock::system_now())?)
}

fn sync_folder(folder: &Path) -> Result<(), Fault> {
    Ok(File::open(folder)?.sync_all()?)
}
