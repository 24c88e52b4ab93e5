//! `linli restore`: a backup becomes a district again, audited before anyone works in it.
//!
//! All is done in a folder beside the district's. What is put in place at the end is whole, so
//! whatever fails before leaves nothing there and can be tried again.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::backup::{DATABASE, beside, is_packed};
use super::manifest::{self, Manifest};
use super::{files, open_existing};
use crate::act::{Door, Stamp};
use crate::affairs::appeal::leave;
use crate::base::secret::Keys;
use crate::base::{Clock, Fault};
use crate::district::{CONFIG_FILE, Config};
use crate::people::erased;
use crate::record::{self, Finding, Report, Verifier, seen};
use crate::store::{Hold, Place, Store, StoreError, hold, migrate};
use crate::words::Lang;

/// What `linli restore` was asked.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// A backup: a folder, or a `.tar.gz`.
    pub from: PathBuf,
    /// Checkpoints kept elsewhere, to see whether the backup is of an older state.
    pub seen: Vec<PathBuf>,
    pub lang: Lang,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Restored {
    pub manifest: Manifest,
    pub report: Report,
    /// Leaves that are there, and that somebody has seen: acts between them are lost.
    pub older: Option<(u64, u64)>,
    /// Accounts closed after the backup was made, which were erased again.
    pub erased_again: usize,
}

/// Restores into `dir`, where no district may be. A key file and `checkpoints.log` may lie there
/// already: with the first, the record is checked against our own key instead of the backup's word
/// for it; with the second, an older state is told.
pub fn run(dir: &Path, asked: &Asked, out: &mut dyn Write) -> Result<Restored, Fault> {
    let found = dir.exists().then(|| held(dir)).transpose()?;
    refuse_overwriting(dir)?;
    if !asked.from.exists() {
        let what = format!("there is no backup at {}", asked.from.display());
        return Err(Fault::new(what).known_as("no_such_file"));
    }
    let stage = files::Stage::fresh(&beside(dir, "part"))?;
    let manifest = brought(&asked.from, stage.path())?;
    let known = known_notes(dir, asked, &manifest)?;
    let config = Config::read(stage.path())?;
    let (keys, journal) = (config.key_file(dir), erased::path(&config, dir));
    let own = keys.exists().then(|| Keys::open(&keys)).transpose()?;
    let key = key_for(&config, own.as_ref(), &manifest)?;
    let notes: Vec<String> =
        known.into_iter().chain(seen::read(&seen::path(stage.path()))?).collect();
    // A backup of an older version is brought to this one first.
    let store = open_existing(stage.path(), &config)?;
    migrate::up(&store).map_err(StoreError::into_fault)?;
    let stamp = own.as_ref().map(|keys| Stamp::of(&keys.record_seed)).transpose()?;
    let report = record::audit::run(&store, &key, stamp.as_ref(), &notes);
    let report = report.map_err(StoreError::into_fault)?;
    let older = report.findings.iter().find_map(|finding| match finding {
        Finding::RolledBack { have, seen } => Some((*have, *seen)),
        _ => None,
    });
    let erased_again = match &own {
        Some(keys) => erase_again(keys, &journal, &store)?,
        None => 0,
    };
    drop(store);
    let _held = found.map_or_else(|| held(dir), Ok)?;
    refuse_overwriting(dir)?;
    place(stage.path(), dir)?;
    let restored = Restored { manifest, report, older, erased_again };
    tell(dir, &config, &restored, own.is_some(), asked.lang, out)?;
    Ok(restored)
}

/// Brings what is in the backup to the stage, whole or not at all. What is amiss with the backup
/// itself is told as that, and what keeps us from reading or writing as what it is.
fn brought(from: &Path, stage: &Path) -> Result<Manifest, Fault> {
    let is_file = std::fs::metadata(from);
    let is_file =
        is_file.map_err(|e| Fault::from(e).context(from.display().to_string()))?.is_file();
    let spoilt = |fault: Fault| match fault.code() {
        None => fault.known_as("no_backup"),
        Some(_) => fault,
    };
    match (is_packed(from), is_file) {
        (true, true) => files::unpack(from, stage).map_err(spoilt)?,
        (false, false) => files::copy_folder(from, stage)?,
        _ => {
            let what = format!("{} is neither a folder nor a .tar.gz", from.display());
            return Err(Fault::new(what).known_as("no_backup"));
        }
    }
    let manifest = Manifest::read(stage)?;
    manifest.check(stage).map_err(spoilt)?;
    Ok(manifest)
}

/// The folder for ourselves: a district that is served says who serves it.
fn held(dir: &Path) -> Result<Hold, Fault> {
    std::fs::create_dir_all(dir)?;
    let place = match dir.join(CONFIG_FILE).exists() {
        true => Config::read(dir)?.store_place(dir)?,
        false => Place::File(dir.join(DATABASE)),
    };
    Hold::take(&place, "restore")
}

fn refuse_overwriting(dir: &Path) -> Result<(), Fault> {
    if !dir.exists() {
        return Ok(());
    }
    let lock = hold::lock_file(&dir.join(DATABASE));
    for entry in std::fs::read_dir(dir)? {
        let name = entry?.file_name();
        if name != "keys" && name != seen::FILE && Some(name.as_os_str()) != lock.file_name() {
            let what = format!("{} is not empty: there is {}", dir.display(), name.display());
            return Err(Fault::new(what).known_as("there_already"));
        }
    }
    Ok(())
}

fn known_notes(dir: &Path, asked: &Asked, manifest: &Manifest) -> Result<Vec<String>, Fault> {
    let mut notes: Vec<String> = manifest.checkpoint.iter().cloned().collect();
    notes.extend(seen::read(&seen::path(dir))?);
    for file in &asked.seen {
        if !file.exists() {
            let what = format!("there is no file {}", file.display());
            return Err(Fault::new(what).known_as("no_such_file"));
        }
        notes.extend(seen::read(file)?);
    }
    Ok(notes)
}

/// Moves what was unpacked to its place, the settings last: a folder without them is no district. A
/// file of checkpoints that was there stays.
fn place(stage: &Path, dir: &Path) -> Result<(), Fault> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(stage)? {
        let name = entry?.file_name();
        let stays = name == seen::FILE && dir.join(&name).exists();
        if name != manifest::FILE && name != CONFIG_FILE && !stays {
            names.push(name);
        }
    }
    names.push(CONFIG_FILE.into());
    for name in &names {
        files::shift(&stage.join(name), &dir.join(name))?;
    }
    files::sync_folder(dir)?;
    dir.parent().filter(|above| above.is_dir()).map_or(Ok(()), files::sync_folder)
}

/// The key to check with: our own, or else the one the backup names.
fn key_for(config: &Config, own: Option<&Keys>, manifest: &Manifest) -> Result<Verifier, Fault> {
    if let Some(keys) = own {
        return Ok(record::signer(config, keys)?.verifier());
    }
    Verifier::parse(&manifest.key).map_err(|e| Fault::new(format!("the backup's key: {e}")))
}

/// What was erased since the backup, as the journal beside the keys has it.
fn erase_again(keys: &Keys, journal: &Path, store: &Store) -> Result<usize, Fault> {
    if !journal.exists() {
        return Ok(0);
    }
    let stamp = Stamp::of(&keys.record_seed)?;
    let door = Door::new(store.clone(), Clock::default(), stamp);
    erased::settle(&door, keys, journal, leave::matters)
}

fn tell(
    dir: &Path,
    config: &Config,
    restored: &Restored,
    own: bool,
    lang: Lang,
    out: &mut dyn Write,
) -> Result<(), Fault> {
    let Restored { manifest, report, older, erased_again } = restored;
    let told = [
        ("name", config.name.clone()),
        ("made_at", manifest.made_at.clone()),
        ("leaves", report.leaves.to_string()),
        ("rows", report.rows.to_string()),
    ];
    writeln!(out, "{}", lang.fill("keep.restore.done", &told))?;
    if let Some((have, seen)) = older {
        let told = [("have", have.to_string()), ("lost", (seen - have).to_string())];
        writeln!(out, "{}", lang.fill("keep.restore.older", &told))?;
    }
    if *erased_again > 0 {
        writeln!(out, "{}", lang.with("keep.restore.erased", erased_again))?;
    }
    for finding in &report.findings {
        writeln!(out, "- {}", record::sentence(lang, finding))?;
    }
    if report.is_clean() {
        writeln!(out, "{}", lang.say("record.verify.clean"))?;
    }
    if !own {
        let key = config.key_file(dir).display().to_string();
        writeln!(out, "{}", lang.with("keep.restore.key", &key))?;
    }
    Ok(())
}
