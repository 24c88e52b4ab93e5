//! PostgreSQL: a few workers, each a thread with a connection; SERIALIZABLE with whole-act retry.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use futures_util::TryStreamExt as _;
use futures_util::future::try_join_all;
use postgres::Statement;
use postgres::types::{ToSql, Type};

use super::tx::Conn;
use super::value::{Param, Value};
use super::wire::{Way, Wire};
use super::{Place, ReadTx, Row, StoreError, WriteTx};
use crate::base::{Fault, random};

/// Connections a district holds at the most.
const WORKERS: usize = 8;
/// Times an act is run again after it crossed another.
const TRIES: u32 = 12;
/// An act that has crossed others so often is run while no other act of this process is.
const PATIENCE: u32 = 4;

/// Statements a connection keeps prepared. The tree has some hundreds; what lists of many lengths
/// add to them must not fill us and the server.
const KEPT: usize = 1000;

/// A worker's connection with its prepared statements; made anew when the database went away.
struct Link {
    wire: Option<Wire>,
    way: Arc<Way>,
    prepared: HashMap<String, Statement>,
    /// Held by many while they write side by side, by one that has crossed others too often.
    gate: Arc<RwLock<()>>,
}

type Job = Box<dyn FnOnce(&mut Link) + Send>;

pub(super) struct Pg {
    jobs: Sender<Job>,
}

impl Pg {
    pub(super) fn open(url: &str, schema: &str, make: bool) -> Result<Pg, StoreError> {
        let way = Way::to(url, schema)?;
        prepare_schema(&way.connect()?, schema, make)?;
        let (jobs, work) = crossbeam_channel::bounded::<Job>(4096);
        let gate = Arc::new(RwLock::new(()));
        for n in 0..WORKERS {
            let (way, gate) = (Arc::clone(&way), Arc::clone(&gate));
            let link = Link { wire: None, way, prepared: HashMap::new(), gate };
            let work = work.clone();
            thread::Builder::new()
                .name(format!("pg-{n}"))
                .spawn(move || work_loop(link, &work))
                .map_err(Fault::from)?;
        }
        Ok(Pg { jobs })
    }

    pub(super) async fn read<T, E, F>(&self, look: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&ReadTx<'_>) -> Result<T, E> + Send + 'static,
    {
        let (tell, told) = tokio::sync::oneshot::channel();
        self.send(Box::new(move |link| drop(tell.send(read_once(link, look)))))?;
        told.await.map_err(|_| stopped())?
    }

    pub(super) fn read_blocking<T, E, F>(&self, look: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&ReadTx<'_>) -> Result<T, E> + Send + 'static,
    {
        let (tell, told) = crossbeam_channel::bounded(1);
        self.send(Box::new(move |link| drop(tell.send(read_once(link, look)))))?;
        told.recv().map_err(|_| stopped())?
    }

    pub(super) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
    {
        let (tell, told) = tokio::sync::oneshot::channel();
        self.send(Box::new(move |link| drop(tell.send(write_with_retry(link, &work)))))?;
        told.await.map_err(|_| stopped())?
    }

    pub(super) fn write_blocking<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
    {
        let (tell, told) = crossbeam_channel::bounded(1);
        self.send(Box::new(move |link| drop(tell.send(write_with_retry(link, &work)))))?;
        told.recv().map_err(|_| stopped())?
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        self.jobs
            .try_send(job)
            .map_err(|refused| super::not_queued(&refused, "a worker of the database"))
    }
}

fn stopped() -> StoreError {
    StoreError::Unavailable("the database workers have stopped".to_owned())
}

/// The schema exists or is to be made, and text compares by code point, as on SQLite.
fn prepare_schema(wire: &Wire, schema: &str, make: bool) -> Result<(), StoreError> {
    let kind = wire.client.query_one(
        "select datcollate, pg_encoding_to_char(encoding) from pg_database
         where datname = current_database()",
        &[],
    );
    let row = wire.wait(kind)?;
    let (collation, encoding): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    if !["C", "POSIX", "C.UTF-8", "C.utf8"].contains(&collation.as_str()) || encoding != "UTF8" {
        return Err(Fault::new(format!(
            "the database must be made with LC_COLLATE 'C' and ENCODING 'UTF8'; \
             it has {collation} and {encoding}"
        ))
        .known_as("wrong_database")
        .into());
    }
    if make {
        return wire.run(&format!("create schema if not exists {schema}"));
    }
    let named: [&(dyn ToSql + Sync); 1] = [&schema];
    let look = wire.client.query("select 1 from pg_namespace where nspname = $1", &named);
    if wire.wait(look)?.is_empty() {
        let place = Place::Schema { url: String::new(), schema: schema.to_owned() };
        return Err(super::no_district(&place).into());
    }
    Ok(())
}

fn work_loop(mut link: Link, jobs: &Receiver<Job>) {
    while let Ok(job) = jobs.recv() {
        job(&mut link);
        if link.wire.as_ref().is_some_and(Wire::is_over) {
            link.wire = None;
            link.prepared.clear();
        }
    }
}

impl Link {
    /// Begins a transaction; a connection that the server closed while idle is made anew once.
    fn begin(&mut self, reading: bool) -> Result<(), StoreError> {
        let begin = if reading { BEGIN_READING } else { BEGIN_WRITING };
        if let Some(wire) = self.wire.as_ref().filter(|wire| !wire.is_over()) {
            wire.hurry();
            match wire.run(begin) {
                Err(StoreError::Unavailable(_)) if !wire.is_late() => {}
                other => return other,
            }
        }
        self.wire = None;
        self.prepared.clear();
        self.wire.insert(self.way.connect()?).run(begin)
    }

    fn session(&mut self) -> Result<Session<'_>, StoreError> {
        let wire = self.wire.as_ref().ok_or_else(stopped)?;
        Ok(Session { wire, prepared: &mut self.prepared, crossed: None })
    }

    fn end(&mut self, how: &str) -> Result<(), StoreError> {
        self.wire.as_ref().ok_or_else(stopped)?.run(how)
    }
}

const BEGIN_READING: &str = "begin isolation level repeatable read read only";
const BEGIN_WRITING: &str = "begin isolation level serializable";

fn read_once<T, E, F>(link: &mut Link, look: F) -> Result<T, E>
where
    E: From<StoreError>,
    F: FnOnce(&ReadTx<'_>) -> Result<T, E>,
{
    link.begin(true)?;
    let answer = {
        let tx = ReadTx::new(Conn::Pg(link.session()?.into()));
        super::guarded(|| look(&tx))
    };
    // A rollback that fails means the connection is gone; the next job makes a new one.
    if link.end("rollback").is_err() {
        link.wire = None;
    }
    answer
}

fn write_with_retry<T, E, F>(link: &mut Link, work: &F) -> Result<T, E>
where
    E: From<StoreError>,
    F: Fn(&mut WriteTx<'_>) -> Result<T, E>,
{
    let (mut spent, mut cut) = (0, false);
    loop {
        let (crossing, answer) = match write_gated(link, work, spent >= PATIENCE) {
            Once::Done(answer) => return answer,
            Once::Lost(_) if cut => return Err(E::from(unsure("out of reach since"))),
            Once::Lost(answer) => return answer,
            Once::Again(crossing, answer) => (crossing, answer),
        };
        cut |= matches!(crossing, Crossing::Cut);
        spent += crossing.cost();
        if spent >= TRIES {
            return match crossing {
                Crossing::Key | Crossing::Cut => answer,
                Crossing::Order | Crossing::Lock if cut => Err(E::from(unsure("crossed since"))),
                Crossing::Order | Crossing::Lock => {
                    Err(E::from(StoreError::Unavailable("crossed too often".to_owned())))
                }
            };
        }
        let [a, b] = random::bytes::<2>();
        let ceiling = 1000_u64 << spent.min(7);
        thread::sleep(Duration::from_micros((u64::from(a) << 8 | u64::from(b)) % ceiling));
    }
}

fn unsure(why: &str) -> StoreError {
    StoreError::Unsure(format!("cut at the commit: {why}"))
}

/// Why an act is run again.
#[derive(Clone, Copy)]
enum Crossing {
    /// No order of the two would have given what each has read.
    Order,
    /// Another held a row longer than we wait.
    Lock,
    /// A key was taken. It may be the same act, sent twice, that took it: run again, it finds its
    /// earlier answer.
    Key,
    /// The connection was cut at the commit: nobody knows whether it is kept. Run again, an act
    /// that was kept finds its earlier answer; upkeep may be repeated.
    Cut,
}

impl Crossing {
    /// What of [`TRIES`] one run costs.
    fn cost(self) -> u32 {
        match self {
            Crossing::Order => 1,
            Crossing::Lock | Crossing::Key | Crossing::Cut => TRIES / 2,
        }
    }
}

enum Once<T> {
    Done(T),
    /// The database was out of reach before anything was to be committed.
    Lost(T),
    /// To be run again; the answer stands if that is in vain.
    Again(Crossing, T),
}

/// One run of a job, beside others or alone.
fn write_gated<T, E, F>(link: &mut Link, work: &F, alone: bool) -> Once<Result<T, E>>
where
    E: From<StoreError>,
    F: Fn(&mut WriteTx<'_>) -> Result<T, E>,
{
    let gate = Arc::clone(&link.gate);
    if alone {
        let _alone = gate.write().unwrap_or_else(PoisonError::into_inner);
        write_once(link, work)
    } else {
        let _beside = gate.read().unwrap_or_else(PoisonError::into_inner);
        write_once(link, work)
    }
}

fn write_once<T, E, F>(link: &mut Link, work: &F) -> Once<Result<T, E>>
where
    E: From<StoreError>,
    F: Fn(&mut WriteTx<'_>) -> Result<T, E>,
{
    let session = match link.begin(false).and_then(|()| link.session()) {
        Ok(session) => session,
        Err(error) => return Once::Lost(Err(E::from(error))),
    };
    let mut tx = WriteTx::new(Conn::Pg(session.into()));
    let answer = super::guarded(|| work(&mut tx));
    let (broken, lost) = (tx.is_broken(), tx.lost().is_some());
    let crossed = match tx.into_conn() {
        Conn::Pg(session) => session.borrow().crossed,
        Conn::Lite(_) => None,
    };
    let commits = answer.is_ok() && !broken;
    let ended = link.end(if commits { "commit" } else { "rollback" });
    if matches!(ended, Err(StoreError::Unavailable(_) | StoreError::Fault(_))) {
        link.wire = None;
    }
    match (answer, ended) {
        (Err(refused), _) => match crossed {
            Some(crossing) => Once::Again(crossing, Err(refused)),
            None if lost => Once::Lost(Err(refused)),
            None => Once::Done(Err(refused)),
        },
        // PostgreSQL would answer COMMIT of a failed transaction with a silent ROLLBACK.
        (Ok(_), _) if broken => {
            let told = Err(E::from(super::swallowed()));
            match crossed {
                Some(crossing) => Once::Again(crossing, told),
                None => Once::Done(told),
            }
        }
        (Ok(_), Err(StoreError::Retry)) => {
            Once::Again(Crossing::Order, Err(E::from(StoreError::Retry)))
        }
        (Ok(_), Err(StoreError::Unavailable(why))) => {
            Once::Again(Crossing::Cut, Err(E::from(unsure(&why))))
        }
        (Ok(_), Err(error)) => Once::Done(Err(E::from(error))),
        (Ok(value), Ok(())) => Once::Done(Ok(value)),
    }
}

/// An open transaction with the statements its connection has prepared.
pub(super) struct Session<'c> {
    wire: &'c Wire,
    prepared: &'c mut HashMap<String, Statement>,
    /// A statement met another transaction: the act is to be run again.
    crossed: Option<Crossing>,
}

impl Session<'_> {
    pub(super) fn take_time(&self) {
        self.wire.take_time();
    }

    fn statement(&mut self, sql: &str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.prepared.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.wire.wait(self.wire.client.prepare(sql))?;
        if self.prepared.len() >= KEPT {
            // Which of them are wanted again shows soon.
            self.prepared.clear();
        }
        self.prepared.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    fn noting<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        let crossing = match &result {
            Err(StoreError::Retry) => Some(Crossing::Order),
            Err(StoreError::Locked) => Some(Crossing::Lock),
            Err(StoreError::Unique(_)) => Some(Crossing::Key),
            _ => None,
        };
        self.crossed = self.crossed.take().or(crossing);
        result
    }

    pub(super) fn visit(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let statement = self.statement(sql)?;
        let done = self.stream(&statement, params, each);
        self.noting(done)
    }

    /// Rows as they come: the server waits for us, and none is kept.
    fn stream(
        &mut self,
        statement: &Statement,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let rows = self.wire.wait(self.wire.client.query_raw(statement, params))?;
        let mut rows = std::pin::pin!(rows);
        while let Some(row) = self.wire.wait(rows.try_next())? {
            each(&Row::Pg(&row))?;
        }
        Ok(())
    }

    pub(super) fn execute(&mut self, sql: &str, params: &[Param<'_>]) -> Result<u64, StoreError> {
        let statement = self.statement(sql)?;
        let done =
            with_bound(params, |bound| self.wire.wait(self.wire.client.execute(&statement, bound)));
        self.noting(done)
    }

    /// Sends all statements before it waits for the first answer: together they cost the way to
    /// the server and back once.
    pub(super) fn execute_all(&mut self, all: &[(&str, &[Param<'_>])]) -> Result<u64, StoreError> {
        let mut asked = Vec::with_capacity(all.len());
        for (sql, params) in all {
            let bound: Vec<&(dyn ToSql + Sync)> = params.iter().map(as_sql).collect();
            asked.push((self.statement(sql)?, bound));
        }
        let answers = asked.iter().map(|(sql, bound)| self.wire.client.execute(sql, bound));
        let done = self.wire.wait(try_join_all(answers));
        self.noting(done.map(|rows| rows.into_iter().sum()))
    }

    pub(super) fn prepare(&mut self, sql: &str) -> Result<(), StoreError> {
        self.wire.wait(self.wire.client.prepare(sql))?;
        Ok(())
    }
}

fn with_bound<T>(
    params: &[Param<'_>],
    run: impl FnOnce(&[&(dyn ToSql + Sync)]) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let bound: Vec<&(dyn ToSql + Sync)> = params.iter().map(as_sql).collect();
    run(&bound)
}

fn as_sql<'p>(param: &'p Param<'_>) -> &'p (dyn ToSql + Sync) {
    param
}

impl ToSql for Param<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut postgres::types::private::BytesMut,
    ) -> Result<postgres::types::IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Param::Null => Ok(postgres::types::IsNull::Yes),
            Param::Int(n) if *kind == Type::INT4 => i32::try_from(*n)?.to_sql(kind, out),
            Param::Int(n) => n.to_sql(kind, out),
            Param::Text(t) => t.to_sql(kind, out),
            Param::Blob(b) => b.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::INT4, Type::TEXT, Type::VARCHAR, Type::BYTEA].contains(kind)
    }

    postgres::types::to_sql_checked!();
}

pub(super) fn any(row: &postgres::Row, at: usize) -> Result<Value, StoreError> {
    let kind = row.columns().get(at).map(|column| column.type_().clone());
    Ok(match kind {
        Some(Type::INT8) => row.try_get::<_, Option<i64>>(at)?.map_or(Value::Null, Value::Int),
        Some(Type::BYTEA) => {
            row.try_get::<_, Option<Vec<u8>>>(at)?.map_or(Value::Null, Value::Blob)
        }
        Some(Type::TEXT) => row.try_get::<_, Option<String>>(at)?.map_or(Value::Null, Value::Text),
        other => return Err(Fault::new(format!("column {at} has type {other:?}")).into()),
    })
}
