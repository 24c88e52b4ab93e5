//! The audit over a district's database: reads the log and every recorded row in one snapshot, a
//! page at a time, and feeds them to the rules of `linli_record::audit`.
//!
//! Beside what those rules find, the columns that only repeat what a leaf or note says are compared
//! with it, since the sequencer and the pages go by them.

use linli_record::audit::{Audit, Finding, Report};
use linli_record::leaf::Leaf;
use linli_record::note::{Checkpoint, Verifier};

use super::{ENGRAVED, RECORDED};
use crate::act::{row_fields, seal_opened};
use crate::base::Id;
use crate::params;
use crate::store::schema::{SEAL, key, sealed};
use crate::store::{Param, ReadTx, Row, Store, StoreError, Value};

/// Rows read at once: enough to hide the way to a server, few enough for the memory.
const PAGE: i64 = 500;

const NUMBERED: &str = "
    select seq, act_id, body, idx from leaf
    where idx is not null and idx > $1 order by idx limit $2";
const NEGATIVE: &str = "
    select seq, act_id, body, idx from leaf where idx < 0 order by idx limit 100";
const WAITING: &str = "
    select seq, act_id, body, idx from leaf
    where idx is null and seq > $1 order by seq limit $2";
const TILES: &str = "
    select level, idx, hashes from tile
    where (level, idx) > ($1, $2) order by level, idx limit $3";
const CHECKPOINTS: &str = "
    select size, root, note, at from checkpoint where size > $1 order by size limit $2";

/// Audits a district. `seen` are checkpoints kept outside the database: the district's own file of
/// them, a notice board, an auditor's notes.
pub fn run(store: &Store, key: &Verifier, seen: &[String]) -> Result<Report, StoreError> {
    let (key, seen) = (key.clone(), seen.to_vec());
    store.read_blocking(move |tx| audit(tx, &key, &seen))
}

fn audit(tx: &ReadTx<'_>, key: &Verifier, seen: &[String]) -> Result<Report, StoreError> {
    let mut audit = Audit::new(key.clone());
    let mut beside = Vec::new();
    checkpoints(tx, key, &mut audit, &mut beside)?;
    seen.iter().for_each(|note| audit.seen_outside(note));
    leaves(tx, &mut audit, &mut beside)?;
    tiles(tx, &mut audit)?;
    for table in all_tables() {
        rows(tx, table, &mut audit)?;
    }
    let mut report = audit.finish();
    if report.covered < report.leaves && report.findings.is_empty() {
        let (from, before) = (report.covered, report.leaves);
        beside.push(Finding::Unsigned { from, before });
    }
    report.findings.extend(beside);
    report.findings.sort();
    report.findings.dedup();
    Ok(report)
}

fn checkpoints(
    tx: &ReadTx<'_>,
    key: &Verifier,
    audit: &mut Audit,
    beside: &mut Vec<Finding>,
) -> Result<(), StoreError> {
    let mut after = i64::MIN;
    loop {
        let page = tx.rows(CHECKPOINTS, params![after, PAGE], |row| {
            Ok((row.get::<i64>(0)?, row.get::<Vec<u8>>(1)?, row.get::<String>(2)?, row.get(3)?))
        })?;
        for (size, root, note, at) in &page {
            audit.checkpoint(note);
            let signed = Checkpoint::open(note, key);
            let other = |c: &Checkpoint| {
                (c.size.cast_signed(), &c.root[..], c.time) != (*size, &root[..], Some(*at))
            };
            if signed.as_ref().is_ok_and(other) {
                let why = format!("the row of size {size} repeats its note wrongly");
                beside.push(Finding::CheckpointForged { why });
            }
        }
        match page.last() {
            Some((size, ..)) => after = *size,
            None => return Ok(()),
        }
    }
}

struct StoredLeaf {
    seq: i64,
    act_id: Id,
    body: Vec<u8>,
    place: Option<i64>,
}

fn stored_leaf(row: &Row<'_>) -> Result<StoredLeaf, StoreError> {
    Ok(StoredLeaf { seq: row.get(0)?, act_id: row.get(1)?, body: row.get(2)?, place: row.get(3)? })
}

impl StoredLeaf {
    /// Whether the act beside the leaf is the one the leaf says.
    fn agrees(&self) -> bool {
        let named = Leaf::decode(&self.body).map(|leaf| leaf.act_id == self.act_id.as_str());
        named.unwrap_or(true)
    }
}

fn leaves(tx: &ReadTx<'_>, audit: &mut Audit, beside: &mut Vec<Finding>) -> Result<(), StoreError> {
    let mut count = 0;
    let mut feed = |leaf: &StoredLeaf, index: u64| {
        if !leaf.agrees() {
            beside.push(Finding::LeafAltered { index });
        }
    };
    let mut after = -1;
    loop {
        let page = tx.rows(NUMBERED, params![after, PAGE], stored_leaf)?;
        for leaf in &page {
            after = leaf.place.unwrap_or(after);
            count = after.cast_unsigned() + 1;
            feed(leaf, after.cast_unsigned());
            audit.leaf(after.cast_unsigned(), &leaf.body);
        }
        if page.is_empty() {
            break;
        }
    }
    for leaf in tx.rows(NEGATIVE, &[], stored_leaf)? {
        audit.leaf(leaf.place.unwrap_or(-1).cast_unsigned(), &leaf.body);
    }
    let mut after = i64::MIN;
    loop {
        let page = tx.rows(WAITING, params![after, PAGE], stored_leaf)?;
        for leaf in &page {
            after = leaf.seq;
            feed(leaf, count);
            count += 1;
            audit.pending(&leaf.body);
        }
        if page.is_empty() {
            return Ok(());
        }
    }
}

fn tiles(tx: &ReadTx<'_>, audit: &mut Audit) -> Result<(), StoreError> {
    let mut after = (i64::MIN, i64::MIN);
    loop {
        let page = tx.rows(TILES, params![after.0, after.1, PAGE], |row| {
            Ok((row.get::<i64>(0)?, row.get::<i64>(1)?, row.get::<Vec<u8>>(2)?))
        })?;
        for (level, index, hashes) in &page {
            after = (*level, *index);
            if let Ok(level) = u8::try_from(*level) {
                audit.tile(level, index.cast_unsigned(), hashes);
            }
        }
        if page.is_empty() {
            return Ok(());
        }
    }
}

/// A page of a recorded table; a row's seal comes last.
fn page_of(table: &str) -> String {
    let (listed, key) = (sealed(table).join(", "), key(table));
    let marks: Vec<String> = (1..=key.len()).map(|n| format!("${n}")).collect();
    let (limit, key, marks) = (marks.len() + 1, key.join(", "), marks.join(", "));
    format!(
        "select {listed}, {SEAL} from {table}
         where ({key}) > ({marks}) order by {key} limit ${limit}"
    )
}

/// Every row of a recorded table; its id is the values of its key.
fn rows(tx: &ReadTx<'_>, table: &str, audit: &mut Audit) -> Result<(), StoreError> {
    let (names, sql) = (sealed(table), page_of(table));
    let mut after = vec![String::new(); key(table).len()];
    loop {
        let mut bound: Vec<Param<'_>> = after.iter().map(Param::from).collect();
        bound.push(Param::Int(PAGE));
        let page = tx.rows(&sql, &bound, |row| {
            let key = (0..after.len()).map(|at| row.get(at)).collect::<Result<Vec<_>, _>>()?;
            let values = (0..names.len()).map(|at| row.any(at)).collect::<Result<_, _>>()?;
            Ok((StoredRow { id: key.join("/"), seal: row.get(names.len())?, values }, key))
        })?;
        for (row, _) in &page {
            row.feed(table, names, audit);
        }
        match page.into_iter().last() {
            Some((_, key)) => after = key,
            None => return Ok(()),
        }
    }
}

/// The statements the audit makes for its tables.
pub fn statements() -> Vec<String> {
    all_tables().map(page_of).collect()
}

fn all_tables() -> impl Iterator<Item = &'static str> {
    RECORDED.iter().chain(ENGRAVED).copied()
}

struct StoredRow {
    id: String,
    seal: Option<Vec<u8>>,
    values: Vec<Value>,
}

impl StoredRow {
    fn feed(&self, table: &str, names: &[String], audit: &mut Audit) {
        match self.seal.as_deref().and_then(seal_opened) {
            Some((salt, checks)) => {
                audit.row(table, &self.id, salt, checks, &row_fields(names, &self.values));
            }
            None => audit.row_without_seal(table, &self.id),
        }
    }
}
