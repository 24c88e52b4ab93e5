//! The audit (`linli verify`): are log and rows still what the acts made them?
//!
//! The caller feeds what it reads, in this order: all leaves by index, the leaves not yet numbered,
//! then the rows; tiles and checkpoints whenever it likes. Memory holds some 160 bytes a leaf and
//! one commitment a row, never the rows.

mod finding;
mod log;

pub use finding::{Finding, Report};

use crate::hash::{Hash, hash_leaf};
use crate::leaf::{GONE, Leaf};
use crate::note::{Checkpoint, Verifier};
use crate::seal::{Field, Salt, Seal, differing};
use crate::tree::{MemoryTiles, Tiles};
use log::Log;
use std::collections::BTreeMap;

/// A leaf further ahead than this is taken for one with a falsified index, so that one number
/// cannot exhaust the memory.
const MAX_GAP: u64 = 1 << 20;

/// An audit in progress.
pub struct Audit {
    key: Verifier,
    log: Log,
    pending: u64,
    marks: BTreeMap<(String, String), Mark>,
    rows: u64,
    found: Vec<Finding>,
    /// Findings that stand only if the leaves from this index on can be trusted.
    by_mark: Vec<(Finding, u64)>,
}

/// What the latest leaf that names a row says about it.
struct Mark {
    commitment: Hash,
    leaf: u64,
    seen: bool,
}

impl Audit {
    /// `log` is the district's key, held outside its database.
    pub fn new(log: Verifier) -> Audit {
        Audit {
            key: log,
            log: Log::default(),
            pending: 0,
            marks: BTreeMap::new(),
            rows: 0,
            found: Vec::new(),
            by_mark: Vec::new(),
        }
    }

    /// A numbered leaf as stored, by rising index.
    pub fn leaf(&mut self, index: u64, stored: &[u8]) {
        let next = self.log.len();
        if index < next {
            return self.found.push(Finding::LeafRepeated { index });
        }
        if index - next > MAX_GAP {
            self.log.doubt(next);
            return self.found.push(Finding::LeafMisplaced { index });
        }
        if index > next {
            self.found.push(Finding::LeavesMissing { from: next, before: index });
            self.log.skip_to(index);
        }
        self.log.push(hash_leaf(stored));
        self.mark(index, stored);
    }

    /// A leaf that has no index yet, in the order in which the database gave them out.
    pub fn pending(&mut self, stored: &[u8]) {
        let index = self.log.len() + self.pending;
        self.pending += 1;
        self.mark(index, stored);
    }

    fn mark(&mut self, index: u64, stored: &[u8]) {
        match Leaf::decode(stored) {
            Err(error) => {
                let why = error.to_string();
                self.found.push(Finding::LeafUnreadable { index, why });
                self.log.doubt(index);
            }
            Ok(leaf) => {
                for row in leaf.rows {
                    let mark = Mark { commitment: row.commitment, leaf: index, seen: false };
                    self.marks.insert((row.table, row.id), mark);
                }
            }
        }
    }

    /// A stored tile.
    pub fn tile(&mut self, level: u8, index: u64, stored: &[u8]) {
        let Ok(()) = MemoryTiles::write(&mut self.log.stored, level, index, stored);
    }

    /// A checkpoint that the district itself keeps.
    pub fn checkpoint(&mut self, note: &str) {
        self.signed(note, false);
    }

    /// A checkpoint that a witness, a notice board or a receipt kept.
    pub fn seen_outside(&mut self, note: &str) {
        self.signed(note, true);
    }

    fn signed(&mut self, note: &str, outside: bool) {
        match Checkpoint::open(note, &self.key) {
            Ok(checkpoint) => self.log.checkpoints.push((checkpoint, outside)),
            Err(error) => {
                self.found.push(Finding::CheckpointForged { why: error.to_string() });
            }
        }
    }

    /// A row of a recorded table with the salt and the checks kept beside it.
    pub fn row(
        &mut self,
        table: &str,
        id: &str,
        salt: &Salt,
        checks: &[u8],
        fields: &[(&str, Field)],
    ) {
        let Some((sealed, leaf)) = self.see(table, id) else {
            return;
        };
        let names = differing(checks, table, id, salt, fields);
        let intact = Seal::of_then(table, id, salt, checks, fields).commitment == sealed;
        if intact && names.is_empty() {
            return;
        }
        let (table, id) = (table.to_owned(), id.to_owned());
        if names.is_empty() || names.len() >= fields.len() {
            self.by_mark.push((Finding::RowRewritten { table, id }, leaf));
        } else if Seal::of(&table, &id, salt, fields).commitment == sealed {
            self.by_mark.push((Finding::SealAltered { table, id, fields: names }, leaf));
        } else {
            for field in names {
                let (table, id) = (table.clone(), id.clone());
                self.by_mark.push((Finding::RowChanged { table, id, field }, leaf));
            }
        }
    }

    /// A row of a recorded table beside which no seal is kept.
    pub fn row_without_seal(&mut self, table: &str, id: &str) {
        if let Some((_, leaf)) = self.see(table, id) {
            let (table, id) = (table.to_owned(), id.to_owned());
            self.by_mark.push((Finding::SealMissing { table, id }, leaf));
        }
    }

    /// The commitment and leaf of a row that is there; a row that no act left there is a finding.
    fn see(&mut self, table: &str, id: &str) -> Option<(Hash, u64)> {
        self.rows += 1;
        let key = (table.to_owned(), id.to_owned());
        match self.marks.get_mut(&key) {
            Some(mark) if mark.commitment != GONE => {
                mark.seen = true;
                Some((mark.commitment, mark.leaf))
            }
            other => {
                let leaf = other.map_or(0, |mark| mark.leaf);
                let finding = Finding::RowInserted { table: key.0, id: key.1 };
                self.by_mark.push((finding, leaf));
                None
            }
        }
    }

    /// The end, when log and all recorded tables have been fed: rows not seen have been deleted.
    pub fn finish(mut self) -> Report {
        for ((table, id), mark) in std::mem::take(&mut self.marks) {
            if !mark.seen && mark.commitment != GONE {
                self.by_mark.push((Finding::RowDeleted { table, id }, mark.leaf));
            }
        }
        self.finish_log()
    }

    /// The end, when only the log was fed, or only some rows.
    pub fn finish_log(mut self) -> Report {
        let leaves = self.log.len();
        let verdict = self.log.judge();
        let doubtful = verdict.doubtful;
        let mut findings = verdict.findings;
        findings.extend(self.found);
        for (finding, leaf) in self.by_mark {
            findings.push(match doubtful {
                Some(worst) if worst >= leaf => unprovable(finding),
                _ => finding,
            });
        }
        findings.sort();
        findings.dedup();
        let (pending, rows, covered) = (self.pending, self.rows, verdict.covered);
        Report { leaves, pending, covered, rows, findings }
    }
}

/// The same place, but no longer a reproach.
fn unprovable(finding: Finding) -> Finding {
    match finding {
        Finding::RowChanged { table, id, .. }
        | Finding::RowRewritten { table, id }
        | Finding::RowDeleted { table, id }
        | Finding::RowInserted { table, id }
        | Finding::SealAltered { table, id, .. }
        | Finding::SealMissing { table, id } => Finding::RowUnprovable { table, id },
        other => other,
    }
}
