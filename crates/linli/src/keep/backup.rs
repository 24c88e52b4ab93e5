//! `linli backup`: a folder or one `.tar.gz` with everything of a district except its keys.
//!
//! A backup holds an SQLite file whatever engine the district runs on, so one way of restoring
//! serves both, and a backup can be read with common tools. It is made while people work: the
//! database is one snapshot, and files are named by their content, so those the snapshot names are
//! there when they are copied after it; that they are is looked at in the end. Keys are kept apart,
//! so that a stolen backup opens no name.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::manifest::{FORMAT, Manifest};
use super::{copy, files, open_own};
use crate::base::secret::Keys;
use crate::base::{Clock, Fault};
use crate::district::Config;
use crate::file::check::{self, Damaged};
use crate::page::OWN_MAP;
use crate::record;
use crate::store::{Place, Store, StoreError, migrate};
use crate::words::Lang;

/// The database's name in a backup.
pub const DATABASE: &str = "linli.db";
pub const FILES: &str = "files";

/// Backs up the district in `dir` to a folder, or to one file where `to` ends in `.tar.gz` or
/// `.tgz`. What is there already is never written over.
pub fn run(dir: &Path, to: &Path, lang: Lang, out: &mut dyn Write) -> Result<Manifest, Fault> {
    if to.exists() {
        let what = format!("{} is there already", to.display());
        return Err(Fault::new(what).known_as("there_already"));
    }
    let config = Config::read(dir)?;
    let store = open_own(dir, &config)?;
    let packed = is_packed(to);
    let stage = files::Stage::fresh(&beside(to, "part"))?;
    let (manifest, lost) = fill(dir, &config, &store, stage.path())?;
    if packed {
        files::pack(stage.path(), to)?;
    } else {
        stage.keep_as(to)?;
    }
    let size: u64 = manifest.files.values().map(|file| file.size).sum();
    let told = [
        ("name", config.name),
        ("files", manifest.files.len().to_string()),
        ("bytes", size.to_string()),
        ("to", to.display().to_string()),
        ("keys", config.keys),
    ];
    writeln!(out, "{}", lang.fill("keep.backup.done", &told))?;
    for (sentence, hash) in lost.iter().map(Damaged::told) {
        writeln!(out, "- {}", lang.with(sentence, &hash))?;
    }
    Ok(manifest)
}

pub(super) fn is_packed(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.ends_with(".tar.gz") || name.ends_with(".tgz")
}

/// `NAME.part` next to NAME.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}

/// Also gives the files that the snapshot names and the district has no more: a backup without them
/// is better than none.
fn fill(
    dir: &Path,
    config: &Config,
    store: &Store,
    stage: &Path,
) -> Result<(Manifest, Vec<Damaged>), Fault> {
    let checkpoint = record::seen::newest(store)?;
    record::seen::keep_newest(dir, store, true)?;
    snapshot(store, stage)?;
    files::copy_living(&dir.join(FILES), &stage.join(FILES))?;
    let taken = Store::open(&Place::File(stage.join(DATABASE))).map_err(StoreError::into_fault)?;
    let lost = check::missing(&taken, &stage.join(FILES)).map_err(StoreError::into_fault)?;
    drop(taken);
    for name in [record::seen::FILE, OWN_MAP] {
        let from = dir.join(name);
        if from.exists() {
            files::copy_new(&from, &stage.join(name))?;
        }
    }
    // A connection string can hold a password, and the backup holds a file anyway.
    let plain = Config { store: DATABASE.to_owned(), ..config.clone() };
    plain.write(stage)?;
    let mut manifest = Manifest {
        format: FORMAT,
        program: format!("linli {}", env!("CARGO_PKG_VERSION")),
        made_at: Clock::default().now().to_rfc3339(config.offset_minutes),
        district: config.name.clone(),
        code: config.code.clone(),
        origin: config.origin.clone(),
        key: public_key(dir, config)?,
        engine: store.engine_name().to_owned(),
        schema_version: migrate::version(store).map_err(StoreError::into_fault)?,
        checkpoint,
        files: std::collections::BTreeMap::new(),
    };
    for name in files::list(stage)? {
        let listed = files::digest(&stage.join(&name))?;
        manifest.files.insert(name, listed);
    }
    manifest.write(stage)?;
    Ok((manifest, lost))
}

/// One snapshot of the database as a closed SQLite file.
fn snapshot(store: &Store, stage: &Path) -> Result<(), Fault> {
    let to = stage.join(DATABASE);
    if let Some(done) = store.snapshot_file(&to) {
        return done.map_err(StoreError::into_fault);
    }
    let work = files::Stage::fresh(&stage.join("work"))?;
    let lite =
        Store::create(&Place::File(work.path().join(DATABASE))).map_err(StoreError::into_fault)?;
    copy::between(store, &lite)?;
    lite.snapshot_file(&to).unwrap_or(Ok(())).map_err(StoreError::into_fault)
}

fn public_key(dir: &Path, config: &Config) -> Result<String, Fault> {
    let file = config.key_file(dir);
    if !file.exists() {
        return Err(Fault::new(format!("there is no key file {}", file.display())));
    }
    Ok(record::signer(config, &Keys::open(&file)?)?.verifier().to_string())
}
