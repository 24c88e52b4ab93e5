//! Files and folders, copied so that they are on the disk when we say so.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Component, Path};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

use super::manifest::Listed;
use crate::base::{Fault, secret};

/// Ends the name of a file that is still being written.
const DRAFT: &str = ".part";

fn at(path: &Path) -> impl Fn(std::io::Error) -> Fault + '_ {
    move |error| Fault::from(error).context(path.display().to_string())
}

/// The regular files below a folder by their relative names, sorted; links are not followed.
pub fn list(folder: &Path) -> Result<Vec<String>, Fault> {
    let mut out = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).map_err(at(&next))? {
            let entry = entry.map_err(at(&next))?;
            let kind = entry.file_type().map_err(at(&next))?;
            if kind.is_dir() {
                open.push(entry.path());
            } else if kind.is_file() {
                let path = entry.path();
                let name = path.strip_prefix(folder).ok().and_then(Path::to_str);
                let name = name.ok_or_else(|| Fault::new(format!("a strange name: {path:?}")))?;
                out.push(name.to_owned());
            }
        }
    }
    out.sort();
    Ok(out)
}

/// Length and SHA-256 of a file.
pub fn digest(path: &Path) -> Result<Listed, Fault> {
    let mut file = File::open(path).map_err(at(path))?;
    let (mut hash, mut size, mut part) = (Sha256::new(), 0, vec![0; 64 * 1024]);
    loop {
        let len = file.read(&mut part).map_err(at(path))?;
        let Some(read) = part.get(..len).filter(|read| !read.is_empty()) else { break };
        hash.update(read);
        size += read.len() as u64;
    }
    Ok(Listed { size, sha256: secret::hex(&hash.finalize()) })
}

/// Writes a file that was not there.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(at(path))?;
    file.write_all(bytes).map_err(at(path))?;
    file.sync_all().map_err(at(path))
}

/// Copies a file to where none was, with the folders above it.
pub fn copy_new(from: &Path, to: &Path) -> Result<(), Fault> {
    let mut source = File::open(from).map_err(at(from))?;
    pour(&mut source, to)
}

fn pour(source: &mut dyn std::io::Read, to: &Path) -> Result<(), Fault> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(at(folder))?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(to).map_err(at(to))?;
    std::io::copy(source, &mut file).map_err(at(to))?;
    file.sync_all().map_err(at(to))
}

/// Copies all regular files below a folder; none when the folder is not there.
pub fn copy_folder(from: &Path, to: &Path) -> Result<(), Fault> {
    if !from.exists() {
        return Ok(());
    }
    list(from)?.iter().try_for_each(|name| copy_new(&from.join(name), &to.join(name)))
}

/// As [`copy_folder`], of a folder in which people go on working: drafts that are to be renamed are
/// left out, and so is what is gone by the time it is copied.
pub fn copy_living(from: &Path, to: &Path) -> Result<(), Fault> {
    if !from.exists() {
        return Ok(());
    }
    for name in list(from)?.iter().filter(|name| !name.ends_with(DRAFT)) {
        let path = from.join(name);
        match File::open(&path) {
            Ok(mut source) => pour(&mut source, &to.join(name))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(at(&path)(error)),
        }
    }
    Ok(())
}

/// Moves a file or a folder to where none is; onto another disk it is copied.
pub fn shift(from: &Path, to: &Path) -> Result<(), Fault> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == std::io::ErrorKind::CrossesDevices => match from.is_dir() {
            true => copy_folder(from, to),
            false => copy_new(from, to),
        },
        moved => moved.map_err(at(to)),
    }
}

/// The names in a folder are on the disk.
pub fn sync_folder(folder: &Path) -> Result<(), Fault> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))
}

/// Packs a folder into a `.tar.gz`, its files in the order of their names.
pub fn pack(folder: &Path, to: &Path) -> Result<(), Fault> {
    let file = OpenOptions::new().write(true).create_new(true).open(to).map_err(at(to))?;
    let mut tar = tar::Builder::new(GzEncoder::new(file, Compression::default()));
    for name in list(folder)? {
        tar.append_path_with_name(folder.join(&name), &name).map_err(at(to))?;
    }
    let file = tar.into_inner().and_then(GzEncoder::finish).map_err(at(to))?;
    file.sync_all().map_err(at(to))
}

/// Unpacks a `.tar.gz` of ours: regular files with plain relative names, each once.
pub fn unpack(packed: &Path, to: &Path) -> Result<(), Fault> {
    let file = File::open(packed).map_err(at(packed))?;
    let mut tar = tar::Archive::new(GzDecoder::new(file));
    for entry in tar.entries().map_err(at(packed))? {
        let mut entry = entry.map_err(at(packed))?;
        let name = entry.path().map_err(at(packed))?.into_owned();
        let plain = name.components().all(|part| matches!(part, Component::Normal(_)));
        if !plain || !entry.header().entry_type().is_file() {
            return Err(Fault::new(format!("{} has no place in a backup", name.display())));
        }
        pour(&mut entry, &to.join(&name))?;
    }
    Ok(())
}

/// A folder that is taken away again unless it is kept.
pub struct Stage {
    path: std::path::PathBuf,
    kept: bool,
}

impl Stage {
    /// A fresh folder; what an interrupted run has left under this name goes first.
    pub fn fresh(path: &Path) -> Result<Stage, Fault> {
        if path.exists() {
            fs::remove_dir_all(path).map_err(at(path))?;
        }
        fs::create_dir_all(path).map_err(at(path))?;
        Ok(Stage { path: path.to_owned(), kept: false })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the folder its name.
    pub fn keep_as(mut self, to: &Path) -> Result<(), Fault> {
        fs::rename(&self.path, to).map_err(at(to))?;
        self.kept = true;
        to.parent().filter(|above| !above.as_os_str().is_empty()).map_or(Ok(()), sync_folder)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if !self.kept {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}
