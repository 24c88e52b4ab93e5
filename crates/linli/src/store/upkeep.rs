//! The second door: what must be written though nobody acts on it.
//!
//! Sessions, the sequencer of the record, notices sent, reserved numbers.
//! It cannot name a business table.

use super::schema::Table;
use super::tx::writes;
use super::value::Param;
use super::{ReadTx, Store, StoreError, WriteTx};
use crate::base::Fault;

/// The tables of this door, all of them.
pub const TABLES: &[Table] = &[
    SESSION,
    SMS_CODE,
    LEAF,
    TILE,
    CHECKPOINT,
    OUTBOX,
    LEASE,
    NUMBER_BLOCK,
    ATTEMPT,
    NEWS,
    NOTICE,
    IMPORT_RUN,
    DRAFT,
    SAVED_VIEW,
];

pub const SESSION: Table = Table::plain("session");
pub const SMS_CODE: Table = Table::plain("sms_code");
pub const LEAF: Table = Table::plain("leaf");
pub const TILE: Table = Table::plain("tile");
pub const CHECKPOINT: Table = Table::plain("checkpoint");
pub const OUTBOX: Table = Table::plain("outbox");
pub const LEASE: Table = Table::plain("lease");
pub const NUMBER_BLOCK: Table = Table::plain("number_block");
pub const ATTEMPT: Table = Table::plain("attempt");
pub const NEWS: Table = Table::plain("news");
pub const NOTICE: Table = Table::plain("notice");
pub const IMPORT_RUN: Table = Table::plain("import_run");
/// Unfinished forms: nothing has been said to anybody yet.
pub const DRAFT: Table = Table::plain("draft");
pub const SAVED_VIEW: Table = Table::plain("saved_view");

/// A transaction that writes the listed tables and no other.
pub struct Upkeep<'t, 'c> {
    tx: &'t mut WriteTx<'c>,
}

impl<'c> Upkeep<'_, 'c> {
    /// Writes rows of `table`; the table must be one of [`TABLES`] and the statement must name it.
    #[track_caller]
    pub fn write(
        &mut self,
        table: Table,
        sql: &str,
        params: &[Param<'_>],
    ) -> Result<u64, StoreError> {
        may_write(table, sql)?;
        self.tx.write(table, "", sql, params)
    }

    /// As [`Upkeep::write`], of one row whose key the database counts up; the statement gives that
    /// number back.
    #[track_caller]
    pub fn write_counted(
        &mut self,
        table: Table,
        sql: &str,
        params: &[Param<'_>],
    ) -> Result<i64, StoreError> {
        may_write(table, sql)?;
        self.tx.write_counted(sql, params)
    }

    pub fn read(&self) -> &ReadTx<'c> {
        self.tx
    }
}

fn may_write(table: Table, sql: &str) -> Result<(), Fault> {
    if TABLES.contains(&table) && writes(sql, table.name) {
        return Ok(());
    }
    Err(Fault::new(format!("the upkeep door does not write {}: {sql}", table.name)))
}

impl Store {
    /// Upkeep in one transaction; `work` must be repeatable.
    pub async fn upkeep<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut Upkeep<'_, '_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.write(move |tx| work(&mut Upkeep { tx })).await
    }

    /// As [`Store::upkeep`], from a thread that may block.
    pub fn upkeep_blocking<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut Upkeep<'_, '_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.write_blocking(move |tx| work(&mut Upkeep { tx }))
    }
}

#[cfg(test)]
mod tests {
    use crate::store::tx::writes;

    #[test]
    fn a_statement_writes_the_table_it_names_first() {
        assert!(writes("update session set seen_at = $1", "session"));
        assert!(writes("insert into session (id) values ($1)", "session"));
        assert!(!writes("update matter set stage = 'closed' where 'session' = $1", "session"));
        assert!(!writes("drop table session", "session"));
    }
}
