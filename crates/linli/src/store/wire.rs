//! A connection to PostgreSQL that does not wait for ever.
//!
//! A network may swallow what is sent without closing anything, and whatever stands between may
//! even acknowledge it, so that the operating system's own limits never run out. Who waits longer
//! than [`PATIENCE`] therefore knocks by a second connection: where nobody opens, the database is
//! out of reach; where it opens, or says why it does not, the question is only a slow one and is
//! waited for.

use std::cell::Cell;
use std::future::Future;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Config, Error, NoTls};

use super::StoreError;
use crate::base::Fault;

/// How long an answer may take before somebody looks whether the database is there.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long a new connection may take until it can be used.
const ARRIVAL: Duration = Duration::from_secs(2);
/// Times [`PATIENCE`] that a slow question is waited for: more than the server's own limit. Only
/// what the server puts no limit to is waited for longer.
const MOST: u32 = 40;

/// What each new connection is told first; the schema is set beside it. Every statement is made
/// for an index: read from end to end, even a small table would be held whole against all who write
/// to it.
const MANNERS: &str = "set statement_timeout = '30s'; \
    set idle_in_transaction_session_timeout = '60s'; set lock_timeout = '5s'; \
    set enable_seqscan = off; set jit = off; set client_min_messages = warning";

/// The way to a district's database, shared by all its connections.
pub(super) struct Way {
    config: Config,
    schema: String,
    /// Nobody answered when a connection was tried, and somebody is knocking.
    lost: AtomicBool,
    most: u32,
}

/// A connection that was made, or the server's word why not.
type Arrival = Result<Wire, Error>;

impl Way {
    pub(super) fn to(url: &str, schema: &str) -> Result<Arc<Way>, StoreError> {
        let mut config: Config =
            url.parse().map_err(|e: Error| Fault::new(format!("the connection string: {e}")))?;
        in_clear(&config)?;
        config.application_name("linli").connect_timeout(ARRIVAL);
        config.tcp_user_timeout(Duration::from_secs(5)).keepalives(true);
        config.keepalives_idle(Duration::from_secs(10)).keepalives_retries(3);
        config.keepalives_interval(Duration::from_secs(2));
        let (schema, lost) = (schema.to_owned(), AtomicBool::new(false));
        Ok(Arc::new(Way { config, schema, lost, most: MOST }))
    }

    /// A new connection in the district's schema. While nobody answers, one knocks on behalf of
    /// all, and everybody else is told so at once.
    pub(super) fn connect(self: &Arc<Way>) -> Result<Wire, StoreError> {
        Ok(self.look()?.ok_or_else(silent)??)
    }

    /// Whether somebody is there: a server that has no connection to spare is.
    fn answers(self: &Arc<Way>) -> bool {
        match self.look() {
            Ok(Some(Ok(_))) => true,
            Ok(Some(Err(refused))) => refused.code().is_some(),
            Ok(None) | Err(_) => false,
        }
    }

    fn look(self: &Arc<Way>) -> Result<Option<Arrival>, StoreError> {
        if self.lost.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let made = self.arrive()?;
        if made.is_none() && !self.lost.swap(true, Ordering::Relaxed) {
            let way = Arc::downgrade(self);
            thread::Builder::new()
                .name("pg-knock".to_owned())
                .spawn(move || knock(&way))
                .map_err(Fault::from)?;
        }
        Ok(made)
    }

    /// `None` when nobody answered in time.
    fn arrive(self: &Arc<Way>) -> Result<Option<Arrival>, StoreError> {
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
        let (late, most) = (Cell::new(false), Cell::new(self.most));
        Ok(Some(client.map(|client| Wire { client, runtime, way: Arc::clone(self), late, most })))
    }
}

/// What is said to the database goes over the wire as it is, names and words of people among it: to
/// another machine only where the operator has written that they want that.
fn in_clear(config: &Config) -> Result<(), Fault> {
    let refused = |what: &str| Err(Fault::new(what).known_as("wrong_settings"));
    if config.get_ssl_mode() == SslMode::Require {
        return refused(
            "store: linli speaks no TLS to PostgreSQL; lead the connection through a \
                        tunnel to this machine (docs/operating.md)",
        );
    }
    let here = |host: &Host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
        }
    };
    let addresses = config.get_hostaddrs();
    let here = match addresses.is_empty() {
        true => config.get_hosts().iter().all(here),
        false => addresses.iter().all(IpAddr::is_loopback),
    };
    if here || config.get_ssl_mode() == SslMode::Disable {
        return Ok(());
    }
    refused(
        "store: PostgreSQL on another machine is spoken to in clear; lead the connection \
             through a tunnel, or write sslmode=disable where the network is your own \
             (docs/operating.md)",
    )
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
    /// Times [`PATIENCE`] that an answer may take.
    most: Cell<u32>,
}

impl Wire {
    /// Waits for an answer, but not for ever.
    pub(super) fn wait<T>(
        &self,
        answer: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, StoreError> {
        let mut answer = pin!(answer);
        for _ in 0..self.most.get() {
            if self.late.get() {
                break;
            }
            match self.runtime.block_on(async { timeout(PATIENCE, answer.as_mut()).await }) {
                Ok(told) => return Ok(told?),
                Err(_) => self.late.set(!self.way.answers()),
            }
        }
        self.late.set(true);
        Err(silent())
    }

    pub(super) fn run(&self, sql: &str) -> Result<(), StoreError> {
        self.wait(self.client.batch_execute(sql))
    }

    /// From now on answers may take as long as they do, while somebody is there; until
    /// [`Wire::hurry`].
    pub(super) fn take_time(&self) {
        self.most.set(u32::MAX);
    }

    pub(super) fn hurry(&self) {
        self.most.set(self.way.most);
    }

    /// It is of no further use.
    pub(super) fn is_over(&self) -> bool {
        self.late.get() || self.client.is_closed()
    }

    pub(super) fn is_late(&self) -> bool {
        self.late.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Place;
    use crate::testing::{wiring, worlds};

    #[test]
    fn what_the_server_puts_no_limit_to_is_waited_for() {
        let last = worlds(&wiring()).pop().unwrap();
        let Ok(Place::Schema { url, schema }) = Place::parse(&last.district.config.store) else {
            return;
        };
        let way = Way::to(&url, &schema).unwrap();
        let way = Arc::new(Way { most: 1, ..Arc::into_inner(way).unwrap() });
        let slow = "select pg_sleep(2.5)";
        let told = way.connect().unwrap().run(slow);
        assert!(matches!(told, Err(StoreError::Unavailable(_))), "{told:?}");
        let wire = way.connect().unwrap();
        wire.take_time();
        wire.run(slow).unwrap();
        wire.hurry();
        assert!(wire.run(slow).is_err() && wire.is_late());
    }

    #[test]
    fn another_machine_is_spoken_to_in_clear_only_where_that_is_written() {
        let told = |url: &str| Way::to(url, "a").map(drop).is_ok();
        for good in [
            "postgres://u@localhost/d",
            "postgres://u@127.0.0.1/d",
            "postgres://u@/d?host=/run/postgresql",
            "postgres://u@db.example.cn/d?sslmode=disable",
        ] {
            assert!(told(good), "{good}");
        }
        for bad in [
            "postgres://u@db.example.cn/d",
            "postgres://u@10.0.0.7/d",
            "postgres://u@localhost/d?sslmode=require",
        ] {
            assert!(!told(bad), "{bad}");
        }
    }

    /// A server that has no connection to spare works on what it was asked.
    #[test]
    fn a_refusal_is_an_answer() {
        let last = worlds(&wiring()).pop().unwrap();
        let Ok(Place::Schema { url, schema }) = Place::parse(&last.district.config.store) else {
            return;
        };
        let refused = |url: &str| {
            let way = Way::to(url, &schema).unwrap();
            (way.answers(), way.connect().is_err())
        };
        let mut nowhere: Config = url.parse().unwrap();
        nowhere.dbname("there_is_no_such_database");
        let way = Way::to(&url, &schema).unwrap();
        let way = Arc::new(Way { config: nowhere, ..Arc::into_inner(way).unwrap() });
        assert_eq!((way.answers(), way.connect().is_err()), (true, true));
        assert_eq!(refused("postgres://x@127.0.0.1:1/x"), (false, true), "nobody is there");
    }
}
