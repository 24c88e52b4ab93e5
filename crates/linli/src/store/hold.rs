//! Who has a district to themselves.
//!
//! One process serves a district, and nobody moves, restores or migrates it meanwhile. That is
//! held by something that dies with the process, kill -9 included: a locked file beside the SQLite
//! file, an advisory lock of a session of its own in PostgreSQL (decision 13). Both say who holds
//! them.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use postgres::types::ToSql;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use super::wire::{Way, Wire};
use super::{Place, StoreError};
use crate::base::Fault;

/// Who has just ended may need a moment to be gone: asked so often, and so far apart.
const TRIES: u32 = 40;
const APART: Duration = Duration::from_millis(50);
/// A session that holds is looked after this often.
const LOOK: Duration = Duration::from_millis(500);
/// Ends the name of a database file in that of its lock.
const ENDING: &str = ".lock";

/// A database that nobody else serves, moves or migrates as long as this lives.
pub struct Hold {
    /// Locked until it is closed.
    _file: Option<File>,
    /// Ends the looking after a session, and with it the session.
    _end: Option<Sender<()>>,
    lost: watch::Receiver<Option<String>>,
}

/// Somebody holds it, as they named themselves.
struct Held(String);

impl Hold {
    /// Takes a database for `what`, such as `serve`; refused with the name of who has it.
    pub fn take(place: &Place, what: &str) -> Result<Hold, Fault> {
        let who = format!("linli {what}, process {}", std::process::id());
        let taken = match place {
            Place::File(path) => patiently(|| lock(path, &who))?.map(Hold::of_file),
            Place::Schema { url, schema } => {
                let way = Way::to(url, schema).map_err(StoreError::into_fault)?;
                let seat = Seat { way, schema: schema.clone(), who };
                patiently(|| seat.take(None))?.map(|session| Hold::of_session(seat, session))
            }
        };
        taken.map_err(|Held(by)| {
            Fault::new(format!(
                "{} is in use by {by}: stop that first (it lets go when it ends)",
                named(place)
            ))
            .known_as("in_use")
        })
    }

    fn of_file(file: File) -> Hold {
        Hold { _file: Some(file), _end: None, lost: watch::channel(None).1 }
    }

    fn of_session(seat: Seat, session: Session) -> Hold {
        let ((end, ended), (tell, lost)) = (crossbeam_channel::bounded(0), watch::channel(None));
        // Without the thread the session is dropped at once, and the caller told.
        let spawned = thread::Builder::new().name("pg-hold".to_owned()).spawn({
            let tell = tell.clone();
            move || look_after(&seat, session, &ended, &tell)
        });
        if let Err(error) = spawned {
            tell.send_replace(Some(error.to_string()));
        }
        Hold { _file: None, _end: Some(end), lost }
    }

    /// Ends when somebody else has the database, and says who: the connection was cut, and they
    /// were quicker. Never ends for a file, whose lock nobody can take away.
    pub async fn lost(&self) -> String {
        let mut lost = self.lost.clone();
        let told = lost.wait_for(Option::is_some).await.ok().and_then(|told| told.clone());
        match told {
            Some(by) => by,
            None => std::future::pending().await,
        }
    }
}

fn named(place: &Place) -> String {
    match place {
        Place::File(path) => path.display().to_string(),
        Place::Schema { schema, .. } => format!("the schema {schema}"),
    }
}

fn patiently<T>(
    mut take: impl FnMut() -> Result<Result<T, Held>, StoreError>,
) -> Result<Result<T, Held>, Fault> {
    for _ in 1..TRIES {
        match take().map_err(StoreError::into_fault)? {
            Ok(taken) => return Ok(Ok(taken)),
            Err(_) => thread::sleep(APART),
        }
    }
    take().map_err(StoreError::into_fault)
}

/// The lock of a database file lies beside it and stays there when it is let go.
pub fn lock_file(database: &Path) -> PathBuf {
    let mut name = database.file_name().unwrap_or_default().to_owned();
    name.push(ENDING);
    database.with_file_name(name)
}

fn lock(database: &Path, who: &str) -> Result<Result<File, Held>, StoreError> {
    let path = lock_file(database);
    let doing = |e: std::io::Error| Fault::from(e).context(format!("locking {}", path.display()));
    // A district that is about to be made has no folder yet.
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(doing)?;
    }
    let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
    let mut file = open.map_err(doing)?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0).and_then(|()| file.write_all(who.as_bytes())).map_err(doing)?;
            Ok(Ok(file))
        }
        Err(TryLockError::WouldBlock) => {
            let mut by = String::new();
            file.read_to_string(&mut by).map_err(doing)?;
            Ok(Err(Held(by)))
        }
        Err(TryLockError::Error(error)) => Err(doing(error).into()),
    }
}

/// The place of a schema's one holder, and who would sit in it.
struct Seat {
    way: Arc<Way>,
    schema: String,
    who: String,
}

struct Session {
    wire: Wire,
    /// The server's number of it.
    number: i32,
}

/// A machine that is gone without a farewell lets go after half a minute.
const MANNERS: &str = "set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5;
    set tcp_keepalives_count = 4; set application_name = ";
impl Seat {
    /// The number of the schema's lock: the locks of a server know only numbers.
    fn key(&self) -> i64 {
        let hash = Sha256::digest(format!("linli holds {}", self.schema));
        let (head, _) = hash.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
        i64::from_be_bytes(*head)
    }

    /// `before` is the number of our own session that was cut: the server may not know yet that
    /// it is over, and is told.
    fn take(&self, before: Option<i32>) -> Result<Result<Session, Held>, StoreError> {
        let wire = self.way.connect()?;
        wire.run(&format!("{MANNERS}'{}'", self.who))?;
        let key = self.key();
        let ours: [&(dyn ToSql + Sync); 1] = [&key];
        let asked =
            wire.client.query_one("select pg_try_advisory_lock($1), pg_backend_pid()", &ours);
        let row = wire.wait(asked)?;
        let (taken, number): (bool, i32) = (row.try_get(0)?, row.try_get(1)?);
        if taken {
            return Ok(Ok(Session { wire, number }));
        }
        let holder = "select l.pid, coalesce(a.application_name, '')
                || coalesce(' on ' || host(a.client_addr), '')
            from pg_locks l left join pg_stat_activity a on a.pid = l.pid
            where l.locktype = 'advisory' and l.objsubid = 1 and l.granted
              and l.database = (select oid from pg_database where datname = current_database())
              and (cast(l.classid as bigint) << 32 | cast(l.objid as bigint)) = $1";
        let Some(row) = wire.wait(wire.client.query_opt(holder, &ours))? else {
            return Ok(Err(Held("somebody who has just ended".to_owned())));
        };
        let (holder, by): (i32, String) = (row.try_get(0)?, row.try_get(1)?);
        if Some(holder) == before && by.starts_with(&self.who) {
            let ghost: [&(dyn ToSql + Sync); 1] = [&holder];
            wire.wait(wire.client.query_one("select pg_terminate_backend($1)", &ghost))?;
            return Err(StoreError::Retry);
        }
        Ok(Err(Held(by)))
    }
}

/// Holds on: a session that was cut is taken anew as soon as the database is there again.
fn look_after(
    seat: &Seat,
    first: Session,
    ended: &Receiver<()>,
    lost: &watch::Sender<Option<String>>,
) {
    let (mut number, mut session) = (first.number, Some(first));
    while ended.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
        if session.as_ref().is_some_and(|session| session.wire.run("select 1").is_ok()) {
            continue;
        }
        session = None;
        match seat.take(Some(number)) {
            Ok(Ok(taken)) => {
                number = taken.number;
                session = Some(taken);
            }
            Ok(Err(Held(by))) => {
                lost.send_replace(Some(by));
                return;
            }
            // Out of reach, for us and for everybody.
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{both_engines, wiring, worlds};

    fn place(world: &crate::testing::World) -> Place {
        world.district.config.store_place(world.dir()).unwrap()
    }

    #[test]
    fn one_holds_a_district_and_names_itself_to_the_next() {
        both_engines(|world| {
            let place = place(world);
            let hold = Hold::take(&place, "serve").unwrap();
            let told = Hold::take(&place, "copy").err().unwrap().to_string();
            let who = format!("linli serve, process {}", std::process::id());
            assert!(told.contains(&who) && told.contains("stop that first"), "{told}");
            drop(hold);
            Hold::take(&place, "copy").unwrap();
        });
    }

    fn end_session(world: &crate::testing::World, by: &str) -> Option<()> {
        let Place::Schema { url, .. } = place(world) else { return None };
        let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
        let sql = "select pg_terminate_backend(pid) from pg_stat_activity
                   where application_name = $1 and pid in (
                       select pid from pg_locks where locktype = 'advisory')";
        let who = format!("linli {by}, process {}", std::process::id());
        assert!(!client.query(sql, &[&who]).unwrap().is_empty());
        Some(())
    }

    #[test]
    fn a_session_that_was_cut_is_taken_anew() {
        let world = worlds(&wiring()).pop().unwrap();
        let hold = Hold::take(&place(&world), "cut").unwrap();
        if end_session(&world, "cut").is_none() {
            return;
        }
        thread::sleep(LOOK * 3);
        let told = Hold::take(&place(&world), "copy").err().unwrap().to_string();
        assert!(told.contains("linli cut"), "{told}");
        assert!(hold.lost.borrow().is_none());
    }

    #[test]
    fn who_was_cut_and_finds_somebody_else_there_is_told() {
        let world = worlds(&wiring()).pop().unwrap();
        let hold = Hold::take(&place(&world), "slow").unwrap();
        if end_session(&world, "slow").is_none() {
            return;
        }
        let _other = Hold::take(&place(&world), "quick").unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let by = runtime.block_on(hold.lost());
        assert!(by.contains("linli quick"), "{by}");
    }
}
