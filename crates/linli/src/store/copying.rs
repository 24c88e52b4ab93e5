//! The third door: whole rows into a database of a district in which nobody has acted yet.
//!
//! Moving a district to another engine, or making a backup of it, writes business tables though
//! nobody acts. This door can do so, and no harm with it: it opens only where every table is
//! empty, and a mark stands in the database until [`Copying::finish`] takes it away. A district
//! does not open while the mark is there, so nobody ever acts on half a copy.

use super::schema;
use super::value::{Param, Value};
use super::{ReadTx, Store, StoreError, WriteTx};
use crate::base::Fault;

/// The mark is a version that no migration has.
const MARK: &str = "insert into schema_version (version) values (-1)";
const UNMARK: &str = "delete from schema_version where version = -1";
const MARKED: &str = "select count(*) from schema_version where version = -1";
/// Parameters of one statement: few, for SQLite looks for the name of each among all those before
/// it when it prepares the statement.
const MOST_PARAMS: usize = 48;

/// A database that is being filled.
pub struct Copying {
    store: Store,
}

/// Rows of one table, each with its values in the order of the columns.
pub type Rows = Vec<Vec<Value>>;

impl Copying {
    /// Takes an empty database of this program's version.
    pub fn begin(store: &Store) -> Result<Copying, StoreError> {
        store.write_blocking(|tx| {
            for table in schema::tables() {
                if !is_empty(tx, &table)? {
                    let what = format!("the database to copy into is not empty: see its {table}");
                    return Err(Fault::new(what).known_as("there_already").into());
                }
            }
            if is_marked(tx)? {
                return Err(unfinished());
            }
            tx.mark(MARK, &[])
        })?;
        Ok(Copying { store: store.clone() })
    }

    /// Writes rows of `table` in one transaction.
    pub fn put(&self, table: &str, rows: Rows) -> Result<(), StoreError> {
        let columns = schema::columns(table);
        if columns.is_empty() {
            return Err(Fault::new(format!("there is no table {table}")).into());
        }
        let at_once = (MOST_PARAMS / columns.len()).max(1);
        let head = format!("insert into {table} ({}) values ", columns.join(", "));
        let width = columns.len();
        self.store.write_blocking(move |tx| {
            if !is_marked(tx)? {
                return Err(Fault::new("nothing is being copied into this database").into());
            }
            for part in rows.chunks(at_once) {
                let params: Vec<Param<'_>> = part.iter().flatten().map(Param::from).collect();
                tx.mark(&format!("{head}{}", marks(part.len(), width)), &params)?;
            }
            Ok(())
        })
    }

    /// Everything is there: numbers that the database counts go on where the copy ends, and the
    /// mark is taken away.
    pub fn finish(self) -> Result<(), StoreError> {
        let counted = schema::counted();
        let restarts = self.store.engine_name() == "postgresql";
        self.store.write_blocking(move |tx| {
            for (table, column) in counted.iter().filter(|_| restarts) {
                let next = format!("select coalesce(max({column}), 0) + 1 from {table}");
                let next = tx.count(&next, &[])?;
                tx.ddl(&format!("alter table {table} alter column {column} restart with {next}"))?;
            }
            tx.mark(UNMARK, &[])
        })
    }
}

/// `($1, $2), ($3, $4)` for two rows of two columns.
fn marks(rows: usize, width: usize) -> String {
    let one = |row: usize| {
        let names: Vec<String> = (1..=width).map(|n| format!("${}", row * width + n)).collect();
        format!("({})", names.join(", "))
    };
    (0..rows).map(one).collect::<Vec<_>>().join(", ")
}

fn is_empty(tx: &WriteTx<'_>, table: &str) -> Result<bool, StoreError> {
    Ok(tx.row(&format!("select 1 from {table} limit 1"), &[], |_| Ok(()))?.is_none())
}

fn is_marked(tx: &ReadTx<'_>) -> Result<bool, StoreError> {
    Ok(tx.count(MARKED, &[])? > 0)
}

fn unfinished() -> StoreError {
    let what = "a copy into this database was begun and not finished: \
                empty the database and copy again";
    Fault::new(what).into()
}

/// Whether a database is half a copy.
pub fn is_unfinished(store: &Store) -> Result<bool, StoreError> {
    store.read_blocking(is_marked)
}

/// Refuses a database that is half a copy.
pub fn refuse_unfinished(store: &Store) -> Result<(), StoreError> {
    if is_unfinished(store)? { Err(unfinished()) } else { Ok(()) }
}
