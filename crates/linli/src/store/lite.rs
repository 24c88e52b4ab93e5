//! SQLite: one writer thread that commits waiting acts together, several readers.
//!
//! WAL with `synchronous=FULL`: a commit is on the disk before it is acknowledged. Acts that wait
//! share one transaction and one sync; each that follows on a kept one has a savepoint of its own,
//! so that a refusal undoes only itself. What is deleted or written over is zeros in the file;
//! where an act erases, the log is emptied before it is answered (decision 25).

mod fold;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use super::tx::Conn;
use super::value::{Param, Value};
use super::{ReadTx, Row, StoreError, WriteTx};
use crate::base::Fault;

/// Acts that share one commit at the most: enough to hide the sync, few enough to stay prompt.
const BATCH: usize = 128;

type Finish = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
/// Runs in its savepoint; says whether to keep it, and what to do once the batch is committed.
/// Where no transaction could be begun it is given nothing, runs nothing and only waits to be told.
type Job = Box<dyn FnOnce(Option<&Connection>) -> (Kept, Finish) + Send>;

/// How long a statement waits for another process that holds the file.
const BUSY: Duration = Duration::from_secs(5);

enum Kept {
    Yes {
        erases: bool,
    },
    /// The act was refused: its savepoint is undone.
    No,
    /// The database itself failed: the whole batch is undone.
    Broken(String),
}

pub(super) struct Lite {
    path: PathBuf,
    readers: Mutex<Vec<Connection>>,
    /// None only while it is being closed.
    writer: Option<Sender<Job>>,
    writing: Option<JoinHandle<()>>,
}

/// The last connection to leave folds the whole log into the file and takes it away: whoever copies
/// the folder of a stopped server then copies one file. So it is waited for, but by itself.
impl Drop for Lite {
    fn drop(&mut self) {
        if let Ok(idle) = self.readers.get_mut() {
            idle.clear();
        }
        drop(self.writer.take());
        if let Some(writing) = self.writing.take()
            && writing.thread().id() != thread::current().id()
            && writing.join().is_err()
        {
            tracing::error!("the writer of {} did not end in order", self.path.display());
        }
    }
}

impl Lite {
    pub(super) fn open(path: &Path) -> Result<Lite, StoreError> {
        Lite::open_waiting(path, BUSY)
    }

    fn open_waiting(path: &Path, busy: Duration) -> Result<Lite, StoreError> {
        if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(Fault::from)?;
        }
        let mut conn = Connection::open(path)?;
        settle(&conn, busy)?;
        let folding = fold::beside(&mut conn, path, fold::STEP)?;
        let (writer, jobs) = crossbeam_channel::bounded(4096);
        let writing = thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || {
                write_loop(&conn, &jobs, busy);
                drop(conn);
                let _ = folding.join();
            })
            .map_err(Fault::from)?;
        let readers = Mutex::new(Vec::new());
        Ok(Lite { path: path.to_owned(), readers, writer: Some(writer), writing: Some(writing) })
    }

    fn reader(&self) -> Result<Connection, StoreError> {
        let idle = self.readers.lock().ok().and_then(|mut idle| idle.pop());
        if let Some(conn) = idle {
            return Ok(conn);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(&self.path, flags)?;
        conn.busy_timeout(BUSY)?;
        conn.execute_batch("pragma mmap_size = 268435456; pragma query_only = on;")?;
        keep_plans(&conn)?;
        Ok(conn)
    }

    pub(super) fn read<T, E, F>(&self, look: F) -> Result<T, E>
    where
        E: From<StoreError>,
        F: FnOnce(&ReadTx<'_>) -> Result<T, E>,
    {
        let conn = self.reader()?;
        run(&conn, "begin").map_err(StoreError::from)?;
        let answer = super::guarded(|| look(&ReadTx::new(Conn::Lite(&conn))));
        if run(&conn, "rollback").is_ok()
            && let Ok(mut idle) = self.readers.lock()
        {
            idle.push(conn);
        }
        answer
    }

    pub(super) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
    {
        let (tell, told) = tokio::sync::oneshot::channel();
        self.send(job(work, move |answer| drop(tell.send(answer))))?;
        told.await.map_err(|_| stopped())?
    }

    pub(super) fn write_blocking<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
    {
        let (tell, told) = crossbeam_channel::bounded(1);
        self.send(job(work, move |answer| drop(tell.send(answer))))?;
        told.recv().map_err(|_| stopped())?
    }

    /// A full queue means overload: refused at once rather than piled up.
    fn send(&self, job: Job) -> Result<(), StoreError> {
        let writer = self.writer.as_ref().ok_or_else(stopped)?;
        writer.try_send(job).map_err(|refused| super::not_queued(&refused, "the writer"))
    }

    pub(super) fn snapshot(&self, to: &Path) -> Result<(), StoreError> {
        let from = self.reader()?;
        let mut into = Connection::open(to)?;
        let backup = rusqlite::backup::Backup::new(&from, &mut into)?;
        // All pages in one step, so in one snapshot: writers go on beside it, and a copy in steps
        // would begin again after each of their commits.
        match backup.step(-1)? {
            rusqlite::backup::StepResult::Done => Ok(()),
            _ => Err(StoreError::Unavailable("the database is busy".to_owned())),
        }
    }
}

fn stopped() -> StoreError {
    StoreError::Unavailable("the writer has stopped".to_owned())
}

fn settle(conn: &Connection, busy: Duration) -> Result<(), StoreError> {
    conn.busy_timeout(busy)?;
    conn.execute_batch(
        "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
         pragma secure_delete = on;
         pragma mmap_size = 268435456; pragma cache_size = -65536; pragma temp_store = memory;",
    )?;
    keep_plans(conn)
}

/// Statements stay prepared, and their plans do not hang on the values bound to them: else a
/// statement with a partial index in reach would be prepared anew at every call.
fn keep_plans(conn: &Connection) -> Result<(), StoreError> {
    conn.set_prepared_statement_cache_capacity(512);
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

fn job<T, E, F>(work: F, tell: impl FnOnce(Result<T, E>) + Send + 'static) -> Job
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    F: Fn(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
{
    Box::new(move |conn| {
        let Some(conn) = conn else {
            let finish: Finish = Box::new(move |outcome| {
                tell(Err(outcome.err().unwrap_or_else(stopped).into()));
            });
            return (Kept::No, finish);
        };
        let mut tx = WriteTx::new(Conn::Lite(conn));
        let answer = super::guarded(|| work(&mut tx));
        // An I/O error or a full disk ends the transaction under us: SQLite says so by leaving it.
        // Where it does not, what it could not write is still a reason to keep nothing beside it.
        let kept = match (&answer, tx.lost()) {
            (_, Some(why)) => Kept::Broken(why),
            _ if conn.is_autocommit() => {
                Kept::Broken("the database ended the transaction".to_owned())
            }
            (Ok(_), None) if !tx.is_broken() => Kept::Yes { erases: tx.erases() },
            _ => Kept::No,
        };
        let answer = match answer {
            Ok(_) if tx.is_broken() => Err(E::from(super::swallowed())),
            other => other,
        };
        let finish: Finish = Box::new(move |committed| {
            tell(match committed {
                Ok(()) => answer,
                Err(error) => answer.and(Err(error.into())),
            });
        });
        (kept, finish)
    })
}

fn write_loop(conn: &Connection, jobs: &Receiver<Job>, busy: Duration) {
    // Something was erased, and may still stand in the log.
    let mut erased = false;
    while let Ok(first) = jobs.recv() {
        let mut finishers = Vec::new();
        let outcome = run_batch(conn, first, jobs, &mut finishers);
        if outcome.is_err() && !conn.is_autocommit() {
            let _ = conn.execute_batch("rollback");
        }
        erased |= matches!(outcome, Ok(true));
        if erased && outcome.is_ok() {
            erased = !fold::emptied(conn, busy);
        }
        for finish in finishers {
            finish(match &outcome {
                Ok(_) => Ok(()),
                Err(why) => Err(StoreError::Unavailable(why.clone())),
            });
        }
    }
}

/// Whether an act of the batch erases.
fn run_batch(
    conn: &Connection,
    first: Job,
    jobs: &Receiver<Job>,
    finishers: &mut Vec<Finish>,
) -> Result<bool, String> {
    let said = |e: rusqlite::Error| e.to_string();
    let mut next = Some(first);
    let begun = run(conn, "begin immediate").map_err(said);
    // While nothing is kept, what is refused takes nothing along: the transaction begins anew. A
    // savepoint would cost a large act a third of its time, for SQLite walks what it has written
    // since at the end of every statement.
    let (mut alone, mut erased) = (true, false);
    while let Some(job) = next.take() {
        let ready = match &begun {
            Ok(()) if alone => Ok(()),
            Ok(()) => run(conn, "savepoint act").map_err(said),
            Err(why) => Err(why.clone()),
        };
        if let Err(why) = ready {
            // Nobody runs outside a transaction: those that wait hear that nothing was written.
            let waiting = std::iter::once(job).chain(jobs.try_iter()).take(BATCH);
            finishers.extend(waiting.map(|job| job(None).1));
            return Err(why);
        }
        let (kept, finish) = job(Some(conn));
        finishers.push(finish);
        erased |= matches!(kept, Kept::Yes { erases: true });
        match kept {
            Kept::Yes { .. } if alone => alone = false,
            Kept::Yes { .. } => run(conn, "release act").map_err(said)?,
            Kept::No if alone => conn.execute_batch("rollback; begin immediate").map_err(said)?,
            Kept::No => conn.execute_batch("rollback to act; release act").map_err(said)?,
            Kept::Broken(why) => return Err(why),
        }
        if finishers.len() < BATCH {
            next = jobs.try_recv().ok();
        }
    }
    run(conn, "commit").map_err(said)?;
    Ok(erased)
}

/// A word to the engine that is said again and again.
fn run(conn: &Connection, word: &str) -> rusqlite::Result<()> {
    conn.prepare_cached(word)?.raw_execute().map(drop)
}

/// `$1`, `$2`… bound by name: SQLite would number them by first appearance.
fn bind(
    statement: &mut rusqlite::CachedStatement<'_>,
    params: &[Param<'_>],
) -> Result<(), StoreError> {
    use rusqlite::types::ToSqlOutput;
    for (n, param) in (1..).zip(params) {
        // Most statements name their parameters in order; only the others need a search.
        let found = match statement.parameter_name(n).is_some_and(|name| is_number(name, n)) {
            true => Some(n),
            false => statement.parameter_index(&format!("${n}"))?,
        };
        let Some(at) = found else {
            return Err(Fault::new(format!("no ${n} in the statement")).into());
        };
        let value = ToSqlOutput::Borrowed(match *param {
            Param::Null => ValueRef::Null,
            Param::Int(n) => ValueRef::Integer(n),
            Param::Text(t) => ValueRef::Text(t.as_bytes()),
            Param::Blob(b) => ValueRef::Blob(b),
        });
        statement.raw_bind_parameter(at, value)?;
    }
    if statement.parameter_count() != params.len() {
        return Err(Fault::new("a parameter was left unbound").into());
    }
    Ok(())
}

/// Whether a parameter is called `$n`; asked at every call, so nothing is written out for it.
fn is_number(name: &str, n: usize) -> bool {
    name.strip_prefix('$').and_then(|digits| digits.parse().ok()) == Some(n)
}

pub(super) fn visit(
    conn: &Connection,
    sql: &str,
    params: &[Param<'_>],
    each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = conn.prepare_cached(sql)?;
    bind(&mut statement, params)?;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        each(&Row::Lite(row))?;
    }
    Ok(())
}

/// A statement that writes, alone, would be half of something, and kept.
fn within_transaction(conn: &Connection) -> Result<(), StoreError> {
    match conn.is_autocommit() {
        true => Err(StoreError::Unavailable("no transaction is open".to_owned())),
        false => Ok(()),
    }
}

/// Writes, and gives each row that was written through `each`.
pub(super) fn returning(
    conn: &Connection,
    sql: &str,
    params: &[Param<'_>],
    each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    within_transaction(conn)?;
    visit(conn, sql, params, each)
}

pub(super) fn execute(
    conn: &Connection,
    sql: &str,
    params: &[Param<'_>],
) -> Result<u64, StoreError> {
    within_transaction(conn)?;
    let mut statement = conn.prepare_cached(sql)?;
    bind(&mut statement, params)?;
    Ok(statement.raw_execute()? as u64)
}

pub(super) fn prepare(conn: &Connection, sql: &str) -> Result<(), StoreError> {
    conn.prepare(sql)?;
    Ok(())
}

pub(super) fn any(row: &rusqlite::Row<'_>, at: usize) -> Result<Value, StoreError> {
    Ok(match row.get_ref(at)? {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(n) => Value::Int(n),
        ValueRef::Text(t) => Value::Text(String::from_utf8_lossy(t).into_owned()),
        ValueRef::Blob(b) => Value::Blob(b.to_vec()),
        ValueRef::Real(_) => return Err(Fault::new("a float in the database").into()),
    })
}

#[cfg(test)]
mod tests;
