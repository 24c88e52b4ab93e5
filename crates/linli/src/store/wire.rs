//! A connection to PostgreSQL that does not wait for ever.
//!
//! A network may swallow what is sent without closing anything, and whatever stands between may
//! even acknowledge it, so that the operating system's own limits never run out. Who waits longer
//! than [`PATIENCE`] therefore knocks by a second connection: where nobody opens, the database is
//! out of reach; where it opens, the question is only a slow one and is waited for.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_postgres::{Config, Error, NoTls};

use super::StoreError;
use crate::base::Fault;

/// How long an answer may take before somebody looks whether the database is there.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long a new connection may take until it can be used.
const ARRIVAL: Duration = Duration::from_secs(2);
/// Times [`PATIENCE`] that a slow question is waited for: more than the server's own limit.
const MOST: u32 = 40;

/// What each new connection is told first; the schema is set beside it. Every statement is made
/// for an index: read from end to end, even a small table would be held whole against all who write
/// to it.
const MANNERS: &str = "set statement_timeout = '30s'; \
    set idle_in_transaction_session_timeout = '60s'; set lock_timeout = '5s'; \
    set enable_seqscan = off; set jit = off";

/// The way to a district's database, shared by all its connections.
pub(super) struct Way {
    config: Config,
    schema: String,
    /// Nobody answered when a connection was tried, and somebody is knocking.
    lost: AtomicBool,
}

impl Way {
    pub(super) fn to(url: &str, schema: &str) -> Result<Arc<Way>, StoreError> {
        let mut config: Config =
            url.parse().map_err(|e: Error| Fault::new(format!("the connection string: {e}")))?;
        config.application_name("linli").connect_timeout(ARRIVAL);
        config.tcp_user_timeout(Duration::from_secs(5)).keepalives(true);
        config.keepalives_idle(Duration::from_secs(10)).keepalives_retries(3);
        config.keepalives_interval(Duration::from_secs(2));
        Ok(Arc::new(Way { config, schema: schema.to_owned(), lost: AtomicBool::new(false) }))
    }

    /// A new connection in the district's schema. While nobody answers, one knocks on behalf of
    /// all, and everybody else is told so at once.
    pub(super) fn connect(self: &Arc<Way>) -> Result<Wire, StoreError> {
        if self.lost.load(Ordering::Relaxed) {
            return Err(silent());
        }
        let made = self.arrive()?;
        if made.is_none() && !self.lost.swap(true, Ordering::Relaxed) {
            let way = Arc::downgrade(self);
            thread::Builder::new()
                .name("pg-knock".to_owned())
                .spawn(move || knock(&way))
                .map_err(Fault::from)?;
        }
        made.ok_or_else(silent)
    }

    /// `None` when nobody answered in time.
    fn arrive(self: &Arc<Way>) -> Result<Option<Wire>, StoreError> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(Fault::from)?;
        let first = format!("set search_path = {}; {MANNERS}", self.schema);
        let arrival = async {
            let (client, connection) = self.config.connect(NoTls).await?;
            // What goes wrong with the connection is told by the next question.
            tokio::spawn(async { drop(connection.await) });
            client.batch_execute(&first).await?;
            Ok::<_, Error>(client)
        };
        let joined = runtime.block_on(async { timeout(ARRIVAL, arrival).await });
        let Ok(client) = joined else { return Ok(None) };
        let late = Cell::new(false);
        Ok(Some(Wire { client: client?, runtime, way: Arc::clone(self), late }))
    }
}

/// Tries until somebody answers, if only with a refusal, or the district is closed.
fn knock(way: &Weak<Way>) {
    while let Some(way) = way.upgrade() {
        if !matches!(way.arrive(), Ok(None)) {
            way.lost.store(false, Ordering::Relaxed);
            return;
        }
    }
}

fn silent() -> StoreError {
    StoreError::Unavailable("the database does not answer".to_owned())
}

/// A connection, driven by the thread that asks.
pub(super) struct Wire {
    pub(super) client: tokio_postgres::Client,
    runtime: Runtime,
    way: Arc<Way>,
    /// An answer did not come: whatever comes now belongs to another question.
    late: Cell<bool>,
}

impl Wire {
    /// Waits for an answer, but not for ever.
    pub(super) fn wait<T>(
        &self,
        answer: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, StoreError> {
        let mut answer = pin!(answer);
        for _ in 0..MOST {
            if self.late.get() {
                break;
            }
            match self.runtime.block_on(async { timeout(PATIENCE, answer.as_mut()).await }) {
                Ok(told) => return Ok(told?),
                Err(_) => self.late.set(self.way.connect().is_err()),
            }
        }
        self.late.set(true);
        Err(silent())
    }

    pub(super) fn run(&self, sql: &str) -> Result<(), StoreError> {
        self.wait(self.client.batch_execute(sql))
    }

    /// It is of no further use.
    pub(super) fn is_over(&self) -> bool {
        self.late.get() || self.client.is_closed()
    }

    pub(super) fn is_late(&self) -> bool {
        self.late.get()
    }
}
