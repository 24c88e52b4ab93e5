//! Moving a district between SQLite and PostgreSQL, row by row, with equal digests at the end.
//!
//! Tables go in the order of the schema, parents before children; rows in the order of their key,
//! which is the same on both engines. The digest of a table runs over every value of every row in
//! one written form, so two databases with equal digests hold the same.

use std::io::Write;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::open_own;
use crate::base::{Fault, secret};
use crate::district::Config;
use crate::store::copying::Copying;
use crate::store::schema::{columns, key, tables};
use crate::store::{Hold, Param, Place, ReadTx, Store, StoreError, Value, migrate};
use crate::words::Lang;

/// Rows that go in one transaction.
const PAGE: i64 = 500;

/// What a table holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDigest {
    pub table: String,
    pub rows: u64,
    /// SHA-256 over all values, as hex.
    pub digest: String,
}

/// Copies every row of `from`, as one snapshot shows them, into `to`, which must be empty, and
/// compares what was sent with what arrived.
pub fn between(from: &Store, to: &Store) -> Result<Vec<TableDigest>, Fault> {
    if !migrate::pending(from).map_err(StoreError::into_fault)?.is_empty() {
        return Err(Fault::new("the district is of an older version: run `linli migrate` first"));
    }
    migrate::up(to).map_err(StoreError::into_fault)?;
    let copying = Copying::begin(to).map_err(StoreError::into_fault)?;
    let (sent, copying) = from
        .read_blocking(move |tx| -> Result<_, StoreError> {
            let put = |table: &str, rows| copying.put(table, rows);
            let sent = digests(tx, &put)?;
            Ok((sent, copying))
        })
        .map_err(StoreError::into_fault)?;
    let arrived = contents(to)?;
    if let Some((a, b)) = sent.iter().zip(&arrived).find(|(a, b)| a != b) {
        return Err(Fault::new(format!(
            "{}: {} rows with digest {} were sent, {} with {} arrived",
            a.table, a.rows, a.digest, b.rows, b.digest
        )));
    }
    copying.finish().map_err(StoreError::into_fault)?;
    to.take_stock().map_err(StoreError::into_fault)?;
    Ok(sent)
}

/// The digests of all tables of a database, in one snapshot.
pub fn contents(store: &Store) -> Result<Vec<TableDigest>, Fault> {
    store.read_blocking(|tx| digests(tx, &|_, _| Ok(()))).map_err(StoreError::into_fault)
}

type Put<'a> = &'a dyn Fn(&str, Vec<Vec<Value>>) -> Result<(), StoreError>;

fn digests(tx: &ReadTx<'_>, put: Put<'_>) -> Result<Vec<TableDigest>, StoreError> {
    tables().into_iter().map(|table| one_table(tx, table, put)).collect()
}

fn one_table(tx: &ReadTx<'_>, table: String, put: Put<'_>) -> Result<TableDigest, StoreError> {
    let mut pages = Pages::new(&table);
    let (mut hash, mut rows) = (Sha256::new(), 0);
    loop {
        let page = pages.next(tx)?;
        if page.is_empty() {
            let digest = secret::hex(&hash.finalize());
            return Ok(TableDigest { table, rows, digest });
        }
        rows += page.len() as u64;
        page.iter().flatten().for_each(|value| feed(&mut hash, value));
        put(&table, page)?;
    }
}

/// A value in its written form: its type, its length, itself.
fn feed(hash: &mut Sha256, value: &Value) {
    let mut put = |kind: u8, bytes: &[u8]| {
        hash.update([kind]);
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    match value {
        Value::Null => put(0, &[]),
        Value::Int(n) => put(1, &n.to_be_bytes()),
        Value::Text(t) => put(2, t.as_bytes()),
        Value::Blob(b) => put(3, b),
    }
}

/// Walks a table by its key, a page at a time.
struct Pages {
    first: String,
    later: String,
    /// Where the key stands in a row.
    key_at: Vec<usize>,
    width: usize,
    last: Option<Vec<Value>>,
}

impl Pages {
    fn new(table: &str) -> Pages {
        let (names, keys) = (columns(table), key(table));
        let key_at = keys.iter().filter_map(|k| names.iter().position(|n| n == k)).collect();
        let (listed, by) = (names.join(", "), keys.join(", "));
        let marks: Vec<String> = (1..=keys.len()).map(|n| format!("${n}")).collect();
        let later = format!(
            "select {listed} from {table} where ({by}) > ({}) order by {by} limit {PAGE}",
            marks.join(", ")
        );
        let first = format!("select {listed} from {table} order by {by} limit {PAGE}");
        Pages { first, later, key_at, width: names.len(), last: None }
    }

    fn next(&mut self, tx: &ReadTx<'_>) -> Result<Vec<Vec<Value>>, StoreError> {
        let after: Vec<Param<'_>> = self.last.iter().flatten().map(Param::from).collect();
        let sql = if after.is_empty() { &self.first } else { &self.later };
        let page = tx.rows(sql, &after, |row| {
            (0..self.width).map(|at| row.any(at)).collect::<Result<Vec<_>, _>>()
        })?;
        self.last = page
            .last()
            .map(|row| self.key_at.iter().filter_map(|at| row.get(*at).cloned()).collect());
        Ok(page)
    }
}

/// What `linli copy` was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// As in `district.toml`: a file, relative to the district's folder, or
    /// `postgres://…?schema=NAME`.
    pub to: String,
    /// Whether the district uses the copy from now on.
    pub switch: bool,
    pub lang: Lang,
}

/// Copies the district in `dir`, which nobody may serve meanwhile. Files and keys stay where they
/// are.
pub fn run(dir: &Path, asked: &Asked, out: &mut dyn Write) -> Result<(), Fault> {
    let config = Config::read(dir)?;
    let from = open_own(dir, &config)?;
    let _held = Hold::take(&config.store_place(dir)?, "copy")?;
    let mut other = config.clone();
    other.store = match Place::parse(&asked.to)? {
        // As any other path that is typed: from where one stands.
        Place::File(path) => std::path::absolute(path)?.display().to_string(),
        _ => asked.to.clone(),
    };
    let place = other.store_place(dir)?;
    if let Place::File(path) = &place
        && path.exists()
    {
        let what = format!("{} is there already", path.display());
        return Err(Fault::new(what).known_as("there_already"));
    }
    let _taken = Hold::take(&place, "copy")?;
    let to = Store::create(&place).map_err(StoreError::into_fault)?;
    let copied = between(&from, &to)?;
    if contents(&from)? != copied {
        return Err(Fault::new(
            "the district was written while it was copied, by an import or another command: empty \
             the copy and copy again",
        ));
    }
    for table in copied.iter().filter(|table| table.rows > 0) {
        writeln!(out, "{:>10}  {}  {}", table.rows, &table.digest[..16], table.table)?;
    }
    let rows: u64 = copied.iter().map(|table| table.rows).sum();
    writeln!(out, "{}", asked.lang.with("keep.copy.equal", &rows))?;
    if asked.switch {
        Config::switch_store(dir, &other.store)?;
        writeln!(out, "{}", asked.lang.say("keep.copy.switched"))?;
    } else {
        writeln!(out, "{}", asked.lang.say("keep.copy.not_switched"))?;
    }
    Ok(())
}
