//! The list that goes with a backup: every file with its length and SHA-256, and what it is of.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::files;
use crate::base::Fault;

/// The list's own name in the backup.
pub const FILE: &str = "manifest.json";
pub const FORMAT: u32 = 1;

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// The program that made it.
    pub program: String,
    pub made_at: String,
    pub district: String,
    pub code: String,
    pub origin: String,
    /// The public key of the record, as under `/log/key`.
    pub key: String,
    /// The engine it came from; a backup itself always holds an SQLite file.
    pub engine: String,
    pub schema_version: i64,
    /// The newest checkpoint when the backup began.
    pub checkpoint: Option<String>,
    pub files: BTreeMap<String, Listed>,
}

/// One file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    pub size: u64,
    pub sha256: String,
}

impl Manifest {
    pub fn read(folder: &Path) -> Result<Manifest, Fault> {
        let none = |fault: Fault| fault.known_as("no_backup").context(FILE);
        let text = std::fs::read_to_string(folder.join(FILE));
        Manifest::parse(&text.map_err(|e| none(e.into()))?)
    }

    pub fn parse(text: &str) -> Result<Manifest, Fault> {
        let manifest = serde_json::from_str::<Manifest>(text);
        let manifest = manifest.map_err(|e| Fault::from(e).known_as("no_backup").context(FILE))?;
        if manifest.format != FORMAT {
            let what = format!("a backup of format {} needs a newer program", manifest.format);
            return Err(Fault::new(what).known_as("newer_backup"));
        }
        Ok(manifest)
    }

    pub fn write(&self, folder: &Path) -> Result<(), Fault> {
        files::write_new(&folder.join(FILE), &serde_json::to_vec_pretty(self)?)
    }

    /// Every file as listed, none more, none less.
    pub fn check(&self, folder: &Path) -> Result<(), Fault> {
        let mut there = files::list(folder)?;
        there.retain(|name| name != FILE);
        for name in &there {
            if !self.files.contains_key(name) {
                return Err(Fault::new(format!("the backup's list does not know {name}")));
            }
        }
        for (name, listed) in &self.files {
            if !there.contains(name) {
                return Err(Fault::new(format!("{name} is missing from the backup")));
            }
            if files::digest(&folder.join(name))? != *listed {
                return Err(Fault::new(format!("{name} is damaged: it is not as the list has it")));
            }
        }
        Ok(())
    }
}
