//! `linli verify`: the audit from the command line.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Report, Verifier, audit, seen, sentence, signer};
use crate::base::secret::Keys;
use crate::base::Fault;
use crate::district::Config;
use crate::store::{Store, StoreError};
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

/// Audits the district in `dir` and prints what was found; the database is only read. The exit code
/// of the command is 0 when [`Report::is_clean`], 1 when there are findings. A clean audit leaves
/// the newest checkpoint in the district's file of those seen.
pub fn verify(dir: &Path, asked: &Asked, out: &mut dyn Write) -> Result<Report, Fault> {
    let config = Config::read(dir)?;
    let key = known_key(dir, &config, asked.key.as_deref())?;
    let fault = |e: StoreError| Fault::new(e.to_string()).context("reading the record");
    let store = Store::open(&existing(&config, dir)?).map_err(fault)?;
    let mut notes = seen::read(&seen::path(dir))?;
    for file in &asked.seen {
        if !file.exists() {
            return Err(Fault::new(format!("there is no file {}", file.display())));
        }
        notes.extend(seen::read(file)?);
    }
    let report = audit::run(&store, &key, &notes).map_err(fault)?;
    print(&config, &report, asked.lang, out)?;
    if report.is_clean() {
        seen::keep_newest(dir, &store, true)?;
    }
    Ok(report)
}

/// Where the database is; opening must not make an empty one.
fn existing(config: &Config, dir: &Path) -> Result<crate::store::Place, Fault> {
    let place = config.store_place(dir)?;
    match &place {
        crate::store::Place::File(path) if !path.exists() => {
            Err(Fault::new(format!("there is no database {}", path.display())))
        }
        _ => Ok(place),
    }
}

/// The key the record is checked with: as given, else from the district's own key file.
fn known_key(dir: &Path, config: &Config, given: Option<&str>) -> Result<Verifier, Fault> {
    if let Some(text) = given {
        return Verifier::parse(text.trim()).map_err(|e| Fault::new(format!("the key: {e}")));
    }
    let file = config.key_file(dir);
    if !file.exists() {
        return Err(Fault::new(format!(
            "there is no key file {}: put it there, or give the public key",
            file.display()
        )));
    }
    Ok(signer(config, &Keys::open_or_create(&file)?)?.verifier())
}

fn print(
    config: &Config,
    report: &Report,
    lang: Lang,
    out: &mut dyn Write,
) -> Result<(), Fault> {
    let seen = [
        ("name", config.name.clone()),
        ("leaves", report.leaves.to_string()),
        ("pending", report.pending.to_string()),
        ("covered", report.covered.to_string()),
        ("rows", report.rows.to_string()),
    ];
    writeln!(out, "{}", lang.fill("record.verify.seen", &seen))?;
    for finding in &report.findings {
        writeln!(out, "- {}", sentence(lang, finding))?;
    }
    let count = report.findings.len();
    let verdict = match count {
        0 => lang.say("record.verify.clean"),
        _ => lang.with("record.verify.found", &count),
    };
    Ok(writeln!(out, "{verdict}")?)
}
