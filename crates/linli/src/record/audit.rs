//! The audit over a district's database: reads the log and every recorded row in one snapshot, a
//! page at a time, and feeds them to the rules of `linli_record::audit`.
//!
//! Beside what those rules find, the columns that only repeat what a leaf or note says are compared
//! with it, since the sequencer and the pages go by them.

use linli_record::audit::{Audit, Finding, Report};
use linli_record::leaf::Leaf;
use linli_record::note::{Checkpoint, Verifier};

use super::{ENGRAVED, RECORDED};
use crate::act::{Stamp, row_fields, seal_opened};
use crate::base::Id;
use crate::params;
use crate::store::schema::{SEAL, key, sealed};
use crate::store::{Param, ReadTx, Row, Store, StoreError, Value};

/// Rows read at once: enough to hide the way to a server, few enough for the memory.
const PAGE: i64 = 500;

/// The table of acts: each has its row, which its leaf marks.
const ACT: &str = "act";

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

/// The leaves with a place, then those that wait for one with their stamps.
const PLACED: &str = "select count(*) from leaf where idx is not null";
const STAMPED: &str = "
    select seq, body, stamp from leaf where idx is null and seq > $1 order by seq limit $2";

/// Leaves that wait for their place without the door's stamp, for whoever has the district's keys:
/// no act wrote them, and they get none. Each is named by the place it would get.
fn forged(tx: &ReadTx<'_>, stamp: &Stamp) -> Result<Vec<Finding>, StoreError> {
    let mut index = tx.count(PLACED, &[])?.cast_unsigned();
    let (mut after, mut found) = (i64::MIN, Vec::new());
    loop {
        let page = tx.rows(STAMPED, params![after, PAGE], |row| {
            Ok((row.get::<i64>(0)?, row.get::<Vec<u8>>(1)?, row.get::<Option<Vec<u8>>>(2)?))
        })?;
        for (seq, body, put_on) in &page {
            if !stamp.is_on(body, put_on.as_deref()) {
                found.push(Finding::LeafForged { index });
            }
            (after, index) = (*seq, index + 1);
        }
        if page.is_empty() {
            return Ok(found);
        }
    }
}

/// Audits a district. `seen` are checkpoints kept outside the database: the district's own file of
/// them, a notice board, an auditor's notes. Only who has the `stamp` can tell which of the leaves
/// that wait no act wrote.
pub fn run(
    store: &Store,
    key: &Verifier,
    stamp: Option<&Stamp>,
    seen: &[String],
) -> Result<Report, StoreError> {
    let (key, stamp, seen) = (key.clone(), stamp.cloned(), seen.to_vec());
    store.read_blocking(move |tx| {
        let mut report = audit(tx, &key, &seen)?;
        if let Some(stamp) = &stamp {
            report.findings.extend(forged(tx, stamp)?);
            report.findings.sort();
            report.findings.dedup();
        }
        Ok(report)
    })
}

fn audit(tx: &ReadTx<'_>, key: &Verifier, seen: &[String]) -> Result<Report, StoreError> {
    let mut audit = Audit::new(key.clone());
    let mut beside = Vec::new();
    let signed = checkpoints(tx, key, &mut audit, &mut beside)?;
    seen.iter().for_each(|note| audit.seen_outside(note));
    leaves(tx, &mut audit, &mut beside)?;
    tiles(tx, &mut audit)?;
    for table in all_tables() {
        rows(tx, table, &mut audit)?;
    }
    let mut report = audit.finish();
    // A checkpoint that only somebody outside still has is no cover: the sequencer counts on from
    // those of the table.
    let (from, before) = (report.covered.min(signed), report.leaves);
    if from < before && !report.findings.iter().any(says_so) {
        beside.push(Finding::Unsigned { from, before });
    }
    report.findings.extend(beside);
    report.findings.sort();
    report.findings.dedup();
    Ok(report)
}

/// Whether it says already why leaves stand under no signature.
fn says_so(finding: &Finding) -> bool {
    matches!(
        finding,
        Finding::LogRewritten { .. }
            | Finding::Truncated { .. }
            | Finding::RolledBack { .. }
            | Finding::LeavesMissing { .. }
    )
}

/// Feeds the checkpoints of the table; gives how many leaves the largest says it covers.
fn checkpoints(
    tx: &ReadTx<'_>,
    key: &Verifier,
    audit: &mut Audit,
    beside: &mut Vec<Finding>,
) -> Result<u64, StoreError> {
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
            None => return Ok(u64::try_from(after).unwrap_or(0)),
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
    /// What is wrong with a leaf that can be read: the act beside it is not the one it says, or it
    /// marks no row of that act, as every act's own does.
    fn wrong(&self, index: u64) -> Option<Finding> {
        let leaf = Leaf::decode(&self.body).ok()?;
        if leaf.act_id != self.act_id.as_str() {
            return Some(Finding::LeafAltered { index });
        }
        let marked = leaf.rows.iter().any(|row| row.table == ACT && row.id == leaf.act_id);
        (!marked).then_some(Finding::LeafForged { index })
    }
}

fn leaves(tx: &ReadTx<'_>, audit: &mut Audit, beside: &mut Vec<Finding>) -> Result<(), StoreError> {
    let mut count = 0;
    let mut feed = |leaf: &StoredLeaf, index: u64| beside.extend(leaf.wrong(index));
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
