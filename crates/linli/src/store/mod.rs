//! One district is one database: an SQLite file or a PostgreSQL schema, the same SQL text on both.
//!
//! [`Store::read`] gives a [`ReadTx`]; a [`WriteTx`] can be had only by the doors (`act` for
//! acts, [`upkeep`] for the few tables that belong to nobody's duty) and by [`copying`], which
//! fills a database in which nobody has acted. Domain code below is plain synchronous Rust.

pub mod copying;
mod error;
pub mod hold;
mod lite;
pub mod migrate;
mod pg;
pub mod schema;
#[cfg(test)]
mod tests;
mod tx;
pub mod upkeep;
mod value;
mod wire;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::base::{Fault, Id};

pub use error::StoreError;
pub use hold::Hold;
pub use tx::{ReadTx, Row, Touched, WriteTx};
pub use value::{Column, Param, Value, containing};

/// Where a district's data lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An SQLite file.
    File(PathBuf),
    /// A PostgreSQL connection string, and the schema that is the district's.
    Schema { url: String, schema: String },
}

const SCHEMA: &str = "schema=";

impl Place {
    /// `postgres://…?schema=name` or a path. A schema is letters, digits and `_`. What is refused
    /// is not repeated: it may hold a password.
    pub fn parse(text: &str) -> Result<Place, Fault> {
        Place::read(text).map_err(|what| Fault::new(what).known_as("wrong_store"))
    }

    fn read(text: &str) -> Result<Place, String> {
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            if text.trim().is_empty() || text.contains("://") {
                return Err("a database is an SQLite file or postgres://…?schema=NAME".to_owned());
            }
            return Ok(Place::File(PathBuf::from(text)));
        }
        let begins = |(at, _): &(usize, &str)| text[..*at].ends_with(['?', '&']);
        let named = text.match_indices(SCHEMA).filter(begins).last();
        let (at, _) = named.ok_or("a PostgreSQL district names its schema: ?schema=NAME")?;
        let (url, rest) = (&text[..at], &text[at + SCHEMA.len()..]);
        let (schema, more) = rest.split_once('&').unwrap_or((rest, ""));
        let shaped = !schema.is_empty()
            && schema.len() <= 63
            && schema.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !shaped {
            return Err(format!("a schema is a-z, 0-9 and _: {schema:?} is not"));
        }
        let url = format!("{url}{more}");
        let url = url.trim_end_matches(['?', '&']).to_owned();
        Ok(Place::Schema { url, schema: schema.to_owned() })
    }
}

/// A district's database, open.
#[derive(Clone)]
pub struct Store {
    engine: Arc<Engine>,
    /// Long reads under way.
    long: Arc<Semaphore>,
}

/// Long reads at once: PostgreSQL has workers left for everybody else, and a small machine time.
const LONG: usize = 3;
/// How long one waits for its turn.
const PATIENCE: Duration = Duration::from_secs(20);

enum Engine {
    Lite(lite::Lite),
    Pg(pg::Pg),
}

impl Store {
    /// Opens the database of a district as it stands; [`migrate::alone`] brings it to this
    /// version. One that is not there, or holds no district, is not made: a file may have been
    /// moved, a name be a slip of the pen, and an empty district in its place would be taken for
    /// all there is.
    pub fn open(place: &Place) -> Result<Store, StoreError> {
        let store = Store::open_or_make(place, false)?;
        if migrate::version(&store)? == 0 {
            return Err(no_district(place).into());
        }
        Ok(store)
    }

    /// Opens a database, and makes what is not there: for a new district, or a copy.
    pub fn create(place: &Place) -> Result<Store, StoreError> {
        Store::open_or_make(place, true)
    }

    fn open_or_make(place: &Place, make: bool) -> Result<Store, StoreError> {
        let engine = match place {
            Place::File(path) if !make && is_empty(path) => return Err(no_district(place).into()),
            Place::File(path) => Engine::Lite(lite::Lite::open(path)?),
            Place::Schema { url, schema } => Engine::Pg(pg::Pg::open(url, schema, make)?),
        };
        let long = Arc::new(Semaphore::new(LONG));
        Ok(Store { engine: Arc::new(engine), long })
    }

    /// `"sqlite"` or `"postgresql"`.
    pub fn engine_name(&self) -> &'static str {
        match &*self.engine {
            Engine::Lite(_) => "sqlite",
            Engine::Pg(_) => "postgresql",
        }
    }

    /// An id of a new row as it suits the engine. SQLite has one writer: rows of one moment belong
    /// on one page. Writers of PostgreSQL work side by side: what they insert belongs on pages far
    /// apart, or each crosses the others (decision 15).
    pub fn laid(&self, id: Id) -> Id {
        match &*self.engine {
            Engine::Lite(_) => id,
            Engine::Pg(_) => id.scattered(),
        }
    }

    /// After rows came in their thousands: what a planner goes by when it chooses between ways.
    /// SQLite goes by the shape of the statement alone.
    pub fn take_stock(&self) -> Result<(), StoreError> {
        match &*self.engine {
            Engine::Lite(_) => Ok(()),
            Engine::Pg(_) => schema::tables().into_iter().try_for_each(|table| {
                self.write_blocking(move |tx| tx.ddl(&format!("analyze {table}")))
            }),
        }
    }

    /// Reads in one snapshot. On SQLite the closure runs where it is called (a read takes tens of
    /// microseconds); on PostgreSQL on one of the district's workers.
    pub async fn read<T, E, F>(&self, look: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&ReadTx<'_>) -> Result<T, E> + Send + 'static,
    {
        match &*self.engine {
            Engine::Lite(lite) => lite.read(look),
            Engine::Pg(pg) => pg.read(look).await,
        }
    }

    /// As [`Store::read`], for what anybody may ask and goes through many rows: few at once, and
    /// not on the threads that answer requests (decision 03). `Unavailable` where too many wait.
    pub async fn read_long<T, E, F>(&self, look: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&ReadTx<'_>) -> Result<T, E> + Send + 'static,
    {
        let busy = || StoreError::Unavailable("too many wait for a long read".to_owned());
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.long).acquire_owned()).await;
        let turn = turn.map_err(|_| busy())?.map_err(|_| busy())?;
        let store = self.clone();
        let read = tokio::task::spawn_blocking(move || {
            // Who asked may have left: it is kept until the read is over.
            let _turn = turn;
            store.read_blocking(look)
        });
        read.await.map_err(|e| StoreError::from(Fault::new(format!("a long read: {e}"))))?
    }

    /// As [`Store::read`], from a thread that may block: the command line, tests, long exports.
    pub fn read_blocking<T, E, F>(&self, look: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&ReadTx<'_>) -> Result<T, E> + Send + 'static,
    {
        match &*self.engine {
            Engine::Lite(lite) => lite.read(look),
            Engine::Pg(pg) => pg.read_blocking(look),
        }
    }

    /// One write transaction, committed when `work` gives `Ok`. `work` may be run again (PostgreSQL
    /// serialization), so it must be repeatable. Only the three doors, the migrations and
    /// [`Store::take_stock`] call it.
    pub(crate) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
    {
        match &*self.engine {
            Engine::Lite(lite) => lite.write(work).await,
            Engine::Pg(pg) => pg.write(work).await,
        }
    }

    /// As `write`, from a thread that may block.
    pub(crate) fn write_blocking<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
    {
        match &*self.engine {
            Engine::Lite(lite) => lite.write_blocking(work),
            Engine::Pg(pg) => pg.write_blocking(work),
        }
    }

    /// Copies a live SQLite district into `to` while it goes on working; `None` on PostgreSQL,
    /// whose own tools do that better.
    pub fn snapshot_file(&self, to: &Path) -> Option<Result<(), StoreError>> {
        match &*self.engine {
            Engine::Lite(lite) => Some(lite.snapshot(to)),
            Engine::Pg(_) => None,
        }
    }

    /// Prepares a statement without running it: the engine's own word on whether it is right.
    pub fn prepare(&self, sql: &str) -> Result<(), StoreError> {
        let sql = sql.to_owned();
        match &*self.engine {
            Engine::Lite(lite) => lite.read(move |tx| tx.prepare(&sql)),
            Engine::Pg(pg) => pg.read_blocking(move |tx| tx.prepare(&sql)),
        }
    }
}

fn is_empty(file: &Path) -> bool {
    file.metadata().map_or(true, |about| about.len() == 0)
}

/// What to do where a database is missing.
fn no_district(place: &Place) -> Fault {
    let (place, look) = match place {
        Place::File(path) => (path.display().to_string(), "put the file back"),
        Place::Schema { schema, .. } => {
            (format!("the schema {schema}"), "look at the name after schema= in the settings")
        }
    };
    Fault::new(format!(
        "there is no district in {place}: {look}, bring a backup in with `linli restore`, or make \
         a new district with `linli init`"
    ))
    .known_as("no_database")
}

/// Runs domain code so that a panic in it is a fault of this one call, and the writer lives on.
fn guarded<T, E: From<StoreError>>(work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(E::from(StoreError::from(Fault::new("a panic inside the store")))))
}

/// Why nobody takes up a job: too many wait, or those who would work at it have ended.
fn not_queued<T>(refused: &crossbeam_channel::TrySendError<T>, who: &str) -> StoreError {
    StoreError::Unavailable(match refused {
        crossbeam_channel::TrySendError::Full(_) => format!("too many wait for {who}"),
        crossbeam_channel::TrySendError::Disconnected(_) => format!("{who} has ended"),
    })
}

fn swallowed() -> StoreError {
    Fault::new("an act went on after a store error").into()
}
