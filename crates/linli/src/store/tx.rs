//! Transactions as domain code sees them.

use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::panic::Location;

use crate::base::{Fault, Id, heard};

use super::schema::{self, Table};
use super::value::{Column, Param, Value};
use super::{StoreError, lite, pg};

/// A snapshot that can be read.
pub struct ReadTx<'c> {
    conn: Conn<'c>,
    /// A statement has failed: nothing may be committed after it.
    broken: Cell<bool>,
    /// Why the database itself could not go on, if it was that.
    lost: RefCell<Option<String>>,
}

pub(super) enum Conn<'c> {
    Lite(&'c rusqlite::Connection),
    Pg(RefCell<pg::Session<'c>>),
}

impl<'c> ReadTx<'c> {
    pub(super) fn new(conn: Conn<'c>) -> ReadTx<'c> {
        ReadTx { conn, broken: Cell::new(false), lost: RefCell::new(None) }
    }

    /// Every row of the answer through `each`.
    #[track_caller]
    pub fn rows<T>(
        &self,
        sql: &str,
        params: &[Param<'_>],
        mut each: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut out = Vec::new();
        self.visit(sql, params, &mut |row| {
            out.push(each(row)?);
            Ok(())
        })?;
        Ok(out)
    }

    /// The first row of the answer, if any.
    #[track_caller]
    pub fn row<T>(
        &self,
        sql: &str,
        params: &[Param<'_>],
        each: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.rows(sql, params, each)?.into_iter().next())
    }

    /// The single number a `count(*)` gives.
    #[track_caller]
    pub fn count(&self, sql: &str, params: &[Param<'_>]) -> Result<i64, StoreError> {
        self.row(sql, params, |row| row.get::<i64>(0))?
            .ok_or_else(|| Fault::new("a count gave no row").into())
    }

    /// Every row, one after another, without keeping them.
    #[track_caller]
    pub fn visit(
        &self,
        sql: &str,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.is_sound()?;
        self.heard(Location::caller(), sql, params);
        match &self.conn {
            Conn::Lite(conn) => lite::visit(conn, sql, params, each),
            Conn::Pg(session) => session.borrow_mut().visit(sql, params, each),
        }
        .map_err(|error| self.broke(error, sql))
    }

    /// Nothing more is asked of a transaction in which a statement has failed.
    fn is_sound(&self) -> Result<(), StoreError> {
        if self.broken.get() { Err(super::swallowed()) } else { Ok(()) }
    }

    fn heard(&self, at: &Location<'_>, sql: &str, params: &[Param<'_>]) {
        let engine = if matches!(self.conn, Conn::Lite(_)) { "sqlite" } else { "postgresql" };
        heard::statement(engine, at, sql, &params);
    }

    fn broke(&self, error: StoreError, sql: &str) -> StoreError {
        self.broken.set(true);
        if let StoreError::Unavailable(why) = &error {
            self.lost.replace(Some(why.clone()));
        }
        with_sql(error, sql)
    }

    pub(super) fn prepare(&self, sql: &str) -> Result<(), StoreError> {
        match &self.conn {
            Conn::Lite(conn) => lite::prepare(conn, sql),
            Conn::Pg(session) => session.borrow_mut().prepare(sql),
        }
    }

    #[track_caller]
    pub(super) fn execute(&self, sql: &str, params: &[Param<'_>]) -> Result<u64, StoreError> {
        self.is_sound()?;
        self.heard(Location::caller(), sql, params);
        match &self.conn {
            Conn::Lite(conn) => lite::execute(conn, sql, params),
            Conn::Pg(session) => session.borrow_mut().execute(sql, params),
        }
        .map_err(|error| self.broke(error, sql))
    }

    /// As `execute`, of statements that do not wait for one another; gives the rows of all.
    #[track_caller]
    fn execute_all(&self, all: &[(&str, &[Param<'_>])]) -> Result<u64, StoreError> {
        self.is_sound()?;
        for (sql, params) in all {
            self.heard(Location::caller(), sql, params);
        }
        match &self.conn {
            Conn::Lite(conn) => all
                .iter()
                .try_fold(0, |rows, (sql, params)| Ok(rows + lite::execute(conn, sql, params)?)),
            Conn::Pg(session) => session.borrow_mut().execute_all(all),
        }
        .map_err(|error| self.broke(error, all.first().map_or("", |(sql, _)| sql)))
    }

    /// As `execute`; gives the rows that were written, so that nobody has to look for them again.
    #[track_caller]
    fn execute_returning(
        &self,
        table: Table,
        sql: &str,
        params: &[Param<'_>],
    ) -> Result<Vec<Vec<Value>>, StoreError> {
        let names = schema::sealed(table.name);
        let whole = format!("{sql} returning {}", names.join(", "));
        let mut written = Vec::with_capacity(1);
        self.returning(&whole, params, &mut |row| {
            written.push((0..names.len()).map(|at| row.any(at)).collect::<Result<_, _>>()?);
            Ok(())
        })?;
        Ok(written)
    }

    /// Writes with a statement that gives rows back.
    #[track_caller]
    fn returning(
        &self,
        sql: &str,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.is_sound()?;
        self.heard(Location::caller(), sql, params);
        match &self.conn {
            Conn::Lite(conn) => lite::returning(conn, sql, params, each),
            Conn::Pg(session) => session.borrow_mut().visit(sql, params, each),
        }
        .map_err(|error| self.broke(error, sql))
    }
}

fn with_sql(error: StoreError, sql: &str) -> StoreError {
    match error {
        StoreError::Fault(fault) => {
            let first = sql.trim().lines().next().unwrap_or_default();
            StoreError::Fault(fault.context(format!("in `{first} …`")))
        }
        other => other,
    }
}

/// `insert into t`, `update t`, `delete from t`: the statement's own target is `table`.
pub(super) fn writes(sql: &str, table: &str) -> bool {
    let mut words = sql.split([' ', '\n', '(']).filter(|word| !word.is_empty());
    match (words.next(), words.next(), words.next()) {
        (Some("insert"), Some("into"), Some(t)) | (Some("delete"), Some("from"), Some(t)) => {
            t == table
        }
        (Some("update"), Some(t), _) => t == table,
        _ => false,
    }
}

fn may_write(table: Table, sql: &str) -> Result<(), Fault> {
    match writes(sql, table.name) {
        true => Ok(()),
        false => Err(Fault::new(format!("this does not write {}: {sql}", table.name))),
    }
}

/// A row of a recorded table that this transaction wrote.
#[derive(Clone, Debug)]
pub struct Touched {
    pub table: &'static str,
    pub id: String,
    /// Its values as they stand since, in the order of [`schema::sealed`]; `None` where it is gone.
    pub row: Option<Vec<Value>>,
}

/// A transaction that may write. The three doors make it, the migrations, and the taking stock for
/// a planner: there is no public constructor.
pub struct WriteTx<'c> {
    read: ReadTx<'c>,
    touched: Vec<Touched>,
    /// What it writes over or takes out must be found nowhere any more.
    erases: bool,
}

impl<'c> WriteTx<'c> {
    pub(super) fn new(conn: Conn<'c>) -> WriteTx<'c> {
        WriteTx { read: ReadTx::new(conn), touched: Vec::new(), erases: false }
    }

    /// Writes one row of `table` and remembers it, so that the door seals it into the record.
    /// Gives the number of rows changed: 0 where a version in the `where` no longer holds. What the
    /// record could not seal is a fault: two rows at once, or another row than the one named.
    #[track_caller]
    pub fn write(
        &mut self,
        table: Table,
        id: impl AsRef<str>,
        sql: &str,
        params: &[Param<'_>],
    ) -> Result<u64, StoreError> {
        may_write(table, sql)?;
        if !table.recorded {
            return self.read.execute(sql, params);
        }
        let mut written = self.read.execute_returning(table, sql, params)?;
        let Some(row) = written.pop() else { return Ok(0) };
        let named = matches!(row.first(), Some(Value::Text(own)) if own == id.as_ref());
        if !named || !written.is_empty() {
            self.read.broken.set(true);
            let what = format!("not the one row {} of {}: {sql}", id.as_ref(), table.name);
            return Err(Fault::new(what).into());
        }
        let row = (!sql.trim_start().starts_with("delete ")).then_some(row);
        self.erases |= row.is_none() && table.for_good;
        self.touch(Touched { table: table.name, id: id.as_ref().to_owned(), row });
        Ok(1)
    }

    /// Writes a row of a plain table with a statement that gives its number back.
    #[track_caller]
    pub(super) fn write_counted(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
    ) -> Result<i64, StoreError> {
        let mut number = None;
        self.read.returning(sql, params, &mut |row| {
            number = Some(row.get(0)?);
            Ok(())
        })?;
        number.ok_or_else(|| Fault::new("no row was written").into())
    }

    /// Of a row written twice the later values are kept.
    fn touch(&mut self, touched: Touched) {
        let same = |one: &&mut Touched| one.table == touched.table && one.id == touched.id;
        match self.touched.iter_mut().find(same) {
            Some(earlier) => earlier.row = touched.row,
            None => self.touched.push(touched),
        }
    }

    /// Inserts a row given as columns and values.
    pub fn insert(
        &mut self,
        table: Table,
        id: &Id,
        columns: &[(&str, Value)],
    ) -> Result<(), StoreError> {
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let marks: Vec<String> = (2..columns.len() + 2).map(|n| format!("${n}")).collect();
        let sql = format!(
            "insert into {} (id, {}) values ($1, {})",
            table.name,
            names.join(", "),
            marks.join(", ")
        );
        let mut params = vec![Param::from(id)];
        params.extend(columns.iter().map(|(_, value)| Param::from(value)));
        self.write(table, id, &sql, &params)?;
        Ok(())
    }

    /// As [`super::Store::laid`], within an act.
    pub(crate) fn laid(&self, id: Id) -> Id {
        match &self.read.conn {
            Conn::Lite(_) => id,
            Conn::Pg(_) => id.scattered(),
        }
    }

    /// A migration of a large district may take its time, up to the end of its transaction; SQLite
    /// knows no limit.
    pub(super) fn take_time(&mut self) -> Result<(), StoreError> {
        if let Conn::Pg(session) = &self.read.conn {
            session.borrow().take_time();
            self.read.execute("set local statement_timeout = 0", &[])?;
        }
        Ok(())
    }

    #[track_caller]
    pub(super) fn ddl(&mut self, sql: &str) -> Result<(), StoreError> {
        self.read.execute(sql, &[])?;
        Ok(())
    }

    #[track_caller]
    pub(super) fn mark(&mut self, sql: &str, params: &[Param<'_>]) -> Result<(), StoreError> {
        self.read.execute(sql, params)?;
        Ok(())
    }

    /// Writes a row that brings its seal with it.
    #[track_caller]
    pub(crate) fn write_sealed(
        &mut self,
        table: Table,
        sql: &str,
        params: &[Param<'_>],
    ) -> Result<u64, StoreError> {
        may_write(table, sql)?;
        self.read.execute(sql, params)
    }

    /// Puts each seal into its row: table, id, and the seal as it is kept.
    pub(crate) fn seal(&mut self, seals: &[(&str, &str, Vec<u8>)]) -> Result<(), StoreError> {
        let bound: Vec<[Param<'_>; 2]> =
            seals.iter().map(|(_, id, seal)| [Param::Text(id), Param::Blob(seal)]).collect();
        let all: Vec<(&str, &[Param<'_>])> = seals
            .iter()
            .zip(&bound)
            .map(|((table, ..), bound)| (schema::put_seal(table), &bound[..]))
            .collect();
        match self.read.execute_all(&all)? == seals.len() as u64 {
            true => Ok(()),
            false => Err(Fault::new("a seal has no row to be put into").into()),
        }
    }

    /// Says that this transaction erases: once it is kept, the file of the database forgets as well
    /// what stood there before.
    pub(crate) fn erase(&mut self) {
        self.erases = true;
    }

    pub(super) fn erases(&self) -> bool {
        self.erases
    }

    pub(super) fn is_broken(&self) -> bool {
        self.read.broken.get()
    }

    pub(super) fn lost(&self) -> Option<String> {
        self.read.lost.borrow().clone()
    }

    pub(super) fn into_conn(self) -> Conn<'c> {
        self.read.conn
    }

    pub(crate) fn take_touched(&mut self) -> Vec<Touched> {
        std::mem::take(&mut self.touched)
    }
}

impl<'c> Deref for WriteTx<'c> {
    type Target = ReadTx<'c>;
    fn deref(&self) -> &ReadTx<'c> {
        &self.read
    }
}

/// One row of an answer.
pub enum Row<'r> {
    Lite(&'r rusqlite::Row<'r>),
    Pg(&'r postgres::Row),
}

impl Row<'_> {
    /// Column `at`, counted from 0, as a `T`.
    pub fn get<T: Column>(&self, at: usize) -> Result<T, StoreError> {
        T::column(self, at)
    }

    pub(super) fn int(&self, at: usize) -> Result<Option<i64>, StoreError> {
        match self {
            Row::Lite(row) => Ok(row.get(at)?),
            Row::Pg(row) => Ok(row.try_get(at)?),
        }
    }

    pub(super) fn text(&self, at: usize) -> Result<Option<String>, StoreError> {
        match self {
            Row::Lite(row) => Ok(row.get(at)?),
            Row::Pg(row) => Ok(row.try_get(at)?),
        }
    }

    pub(super) fn blob(&self, at: usize) -> Result<Option<Vec<u8>>, StoreError> {
        match self {
            Row::Lite(row) => Ok(row.get(at)?),
            Row::Pg(row) => Ok(row.try_get(at)?),
        }
    }

    /// Column `at` whatever its type is: for sealing, copying and digests.
    pub fn any(&self, at: usize) -> Result<Value, StoreError> {
        match self {
            Row::Lite(row) => lite::any(row, at),
            Row::Pg(row) => pg::any(row, at),
        }
    }
}
