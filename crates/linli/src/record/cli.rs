//! `linli verify`: the audit from the command line.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Report, Verifier, audit, seen, sentence, signer};
use crate::act::Stamp;
use crate::base::Fault;
use crate::base::secret::Keys;
use crate::district::Config;
use crate::file::check::{self, Damaged};
use crate::store::{Store, StoreError};
use crate::territory;
use crate::words::Lang;

/// What `linli verify` was asked.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The public key as printed under `/log/key`, for an auditor who has not the district's keys.
    pub key: Option<String>,
    /// Checkpoints kept elsewhere: files such as `checkpoints.log`, or as `/log/checkpoint` serves.
    pub seen: Vec<PathBuf>,
    pub lang: Lang,
}

/// What `linli verify` found.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub report: Report,
    /// Photos and other files that acts have named, and those of them that are not as they were.
    pub files: u64,
    pub damaged: Vec<Damaged>,
}

impl Outcome {
    /// The exit code of the command is 0 when it is clean and 1 when it is not.
    pub fn is_clean(&self) -> bool {
        self.report.is_clean() && self.damaged.is_empty()
    }
}

/// Audits the district in `dir`, record, rows and files, and prints what was found; nothing in the
/// database is changed. SQLite has its readers write beside the file all the same, so whoever
/// audits needs a folder they may write: a copy of the district's, or a backup restored. A clean
/// record leaves its newest checkpoint in the district's file of those seen.
pub fn verify(dir: &Path, asked: &Asked, out: &mut dyn Write) -> Result<Outcome, Fault> {
    let config = Config::read(dir)?;
    let key = known_key(dir, &config, asked.key.as_deref())?;
    let fault = |e: StoreError| e.into_fault().context("reading the record");
    let store = Store::open(&config.store_place(dir)?).map_err(fault)?;
    let mut notes = seen::read(&seen::path(dir))?;
    for file in &asked.seen {
        if !file.exists() {
            return Err(Fault::new(format!("there is no file {}", file.display())));
        }
        notes.extend(seen::read(file)?);
    }
    let stamp = own_stamp(&config.key_file(dir), asked.lang, out)?;
    let report = audit::run(&store, &key, stamp.as_ref(), &notes).map_err(fault)?;
    let (files, damaged) = check::all(&store, &dir.join("files")).map_err(fault)?;
    let outcome = Outcome { report, files, damaged };
    print(&config, &outcome, asked.lang, out)?;
    // After what was found is told: it may be the places themselves that somebody changed.
    territory::refuse_other_district(&store, &config)?;
    if outcome.report.is_clean() {
        seen::keep_newest(dir, &store, true)?;
    }
    Ok(outcome)
}

/// The stamp of the district's own keys, which an auditor has not; of a key file that is there and
/// cannot be read it is said.
fn own_stamp(file: &Path, lang: Lang, out: &mut dyn Write) -> Result<Option<Stamp>, Fault> {
    match Keys::open(file) {
        Ok(keys) => Stamp::of(&keys.record_seed).map(Some),
        Err(fault) => {
            if fault.code() != Some("no_key_file") {
                writeln!(out, "{}", lang.with("record.verify.key_unread", &fault))?;
            }
            Ok(None)
        }
    }
}

/// The key the record is checked with: as given, else from the district's own key file.
fn known_key(dir: &Path, config: &Config, given: Option<&str>) -> Result<Verifier, Fault> {
    if let Some(text) = given {
        let wrong = |e| Fault::new(format!("the key: {e}")).known_as("wrong_key");
        return Verifier::parse(text.trim()).map_err(wrong);
    }
    let keys = Keys::open(&config.key_file(dir));
    let keys = keys.map_err(|e| e.context("checking without the public key (--key)"))?;
    Ok(signer(config, &keys)?.verifier())
}

fn print(config: &Config, outcome: &Outcome, lang: Lang, out: &mut dyn Write) -> Result<(), Fault> {
    let Outcome { report, files, damaged } = outcome;
    let seen = [
        ("name", config.name.clone()),
        ("leaves", report.leaves.to_string()),
        ("pending", report.pending.to_string()),
        ("covered", report.covered.to_string()),
        ("rows", report.rows.to_string()),
        ("files", files.to_string()),
    ];
    writeln!(out, "{}", lang.fill("record.verify.seen", &seen))?;
    for finding in &report.findings {
        writeln!(out, "- {}", sentence(lang, finding))?;
    }
    for (sentence, hash) in damaged.iter().map(Damaged::told) {
        writeln!(out, "- {}", lang.with(sentence, &hash))?;
    }
    let count = report.findings.len() + damaged.len();
    let verdict = match count {
        0 => lang.say("record.verify.clean"),
        _ => lang.with("record.verify.found", &count),
    };
    Ok(writeln!(out, "{verdict}")?)
}
