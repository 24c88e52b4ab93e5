//! A district (区县, or a village that stands alone): one folder, one database, one record.

mod config;
pub mod processes;
mod serving;
pub mod store;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use linli_rules::procedure::Process;

pub use config::{Config, FILE as CONFIG_FILE};
pub use processes::{ProcessKind, Processes, Standing};
pub use serving::{Districts, Hosted};

use crate::act::sequencer::Sequencer;
use crate::act::{Actor, Door, Stamp};
use crate::base::secret::Keys;
use crate::base::{Clock, Fault, Id, Instant};
use crate::params;
use crate::store::schema::Table;
use crate::store::upkeep::NUMBER_BLOCK;
use crate::store::{Hold, Place, ReadTx, Store, StoreError, copying, migrate};

/// Who a session's holder is, and as which of their posts they are here.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub session: Id,
    pub person: Id,
    pub actor: Actor,
    /// As the person is greeted; masked for residents.
    pub name: String,
    pub language: String,
    /// What kind of post they act by, in English; empty without one.
    pub office_en: String,
    /// Notices not read yet.
    pub unread: i64,
}

/// Looks up a session by the hash of its token. People own the tables; pages only ask.
pub type WhoIs = fn(&ReadTx<'_>, &str, Instant) -> Result<Option<SignedIn>, StoreError>;

/// Refuses the database of another district than the settings name. Places are above; a district
/// only asks.
pub type Belongs = fn(&Store, &Config) -> Result<(), Fault>;

/// What the application gives a district when it opens it.
#[derive(Clone)]
pub struct Wiring {
    pub who_is: WhoIs,
    pub belongs: Belongs,
    pub processes: Vec<ProcessKind>,
}

/// Versions of procedures that the district adopted.
pub const PROCESS: Table = Table::recorded("process");

/// An open district.
pub struct District {
    pub config: Config,
    pub dir: PathBuf,
    pub door: Door,
    pub keys: Keys,
    pub sequencer: Sequencer,
    pub who_is: WhoIs,
    pub processes: Processes,
    numbers: Mutex<std::ops::Range<i64>>,
    /// Held by the one who reserves the next block, while the others wait for it.
    reserving: tokio::sync::Mutex<()>,
    kept: Mutex<HashMap<&'static str, Arc<dyn std::any::Any + Send + Sync>>>,
    hold: Option<Hold>,
    stopping: AtomicBool,
}

impl District {
    /// Opens the district in `dir` and brings its database to this version. One whose own
    /// procedure the program cannot run is not opened.
    pub fn open(dir: &Path, clock: Clock, wiring: &Wiring) -> Result<District, Fault> {
        District::open_to_mend(dir, clock, wiring)?.with_procedures()
    }

    /// As [`District::open`], whatever its procedures are like: so that they can be mended.
    pub fn open_to_mend(dir: &Path, clock: Clock, wiring: &Wiring) -> Result<District, Fault> {
        let (config, place, store) = District::there(dir, wiring)?;
        migrate::alone(&store, &place).map_err(|e| opening(e, &config))?;
        District::assemble(dir, clock, wiring, (config, store), Keys::open)
    }

    /// As [`District::open`], and holds it for `what` as long as it is open.
    pub fn open_held(
        dir: &Path,
        clock: Clock,
        wiring: &Wiring,
        what: &str,
    ) -> Result<District, Fault> {
        let (config, place, store) = District::there(dir, wiring)?;
        let hold = Hold::take(&place, what)?;
        migrate::up(&store).map_err(|e| opening(e, &config))?;
        let district = District::assemble(dir, clock, wiring, (config, store), Keys::open)?;
        district.sequencer.take_over(district.now()).map_err(|e| opening(e, &district.config))?;
        District { hold: Some(hold), ..district }.with_procedures()
    }

    /// The database that is there: a foreign one is refused before anything of it is changed.
    fn there(dir: &Path, wiring: &Wiring) -> Result<(Config, Place, Store), Fault> {
        let config = Config::read(dir)?;
        let place = config.store_place(dir)?;
        let store = Store::open(&place).map_err(|e| opening(e, &config))?;
        (wiring.belongs)(&store, &config)?;
        Ok((config, place, store))
    }

    /// Makes the database and the keys of a new district, whose settings are in `dir`.
    pub fn found(dir: &Path, clock: Clock, wiring: &Wiring) -> Result<District, Fault> {
        let config = Config::read(dir)?;
        let place = config.store_place(dir)?;
        let store = Store::create(&place).map_err(|e| opening(e, &config))?;
        migrate::up(&store).map_err(|e| opening(e, &config))?;
        let keys = Keys::open_or_create;
        District::assemble(dir, clock, wiring, (config, store), keys)?.with_procedures()
    }

    fn assemble(
        dir: &Path,
        clock: Clock,
        wiring: &Wiring,
        (config, store): (Config, Store),
        keys: fn(&Path) -> Result<Keys, Fault>,
    ) -> Result<District, Fault> {
        copying::refuse_unfinished(&store).map_err(|e| opening(e, &config))?;
        let keys = keys(&config.key_file(dir))?;
        let sequencer =
            Sequencer::new(store.clone(), &config.origin, &keys.record_seed, clock.now())?;
        sequencer.goes_on()?;
        Ok(District {
            dir: dir.to_owned(),
            door: Door::new(store, clock, Stamp::of(&keys.record_seed)?),
            keys,
            sequencer,
            who_is: wiring.who_is,
            processes: Processes::new(&wiring.processes),
            numbers: Mutex::new(0..0),
            reserving: tokio::sync::Mutex::new(()),
            kept: Mutex::new(HashMap::new()),
            hold: None,
            stopping: AtomicBool::new(false),
            config,
        })
    }

    fn with_procedures(self) -> Result<District, Fault> {
        let processes = self.processes.clone();
        let read = self.store().read_blocking(move |tx| processes.refresh(tx));
        read.map_err(|e| opening(e, &self.config))?;
        Ok(self)
    }

    /// Ends when somebody else holds the district that was held here, and says who.
    pub async fn lost(&self) -> String {
        match &self.hold {
            Some(hold) => hold.lost().await,
            None => std::future::pending().await,
        }
    }

    /// From now on nothing long is gone on with: the program is to end.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    pub fn store(&self) -> &Store {
        &self.door.store
    }

    pub fn now(&self) -> Instant {
        self.door.clock.now()
    }

    pub fn new_id(&self) -> Id {
        self.store().laid(Id::new(self.now()))
    }

    /// The procedure in force by its id, such as `appeal`.
    pub fn process(&self, id: &str) -> Option<Arc<Process>> {
        self.processes.held(id).map(|standing| standing.process)
    }

    /// Photos and other files, named by the hash of their content.
    pub fn files_dir(&self) -> PathBuf {
        self.dir.join("files")
    }

    /// Local time as people write it.
    pub fn local(&self, at: Instant) -> String {
        at.local_text(self.config.offset_minutes)
    }

    /// The next number of a matter, from a block this process has reserved: short, with gaps, and
    /// no act waits for another because of it.
    pub async fn next_number(&self) -> Result<i64, StoreError> {
        if let Some(number) = self.take_number() {
            return Ok(number);
        }
        let _reserving = self.reserving.lock().await;
        if let Some(number) = self.take_number() {
            return Ok(number);
        }
        let end = self
            .store()
            .upkeep(|door| {
                door.write(NUMBER_BLOCK, RESERVE, params![BLOCK])?;
                door.read().count(RESERVED, &[])
            })
            .await?;
        if let Ok(mut numbers) = self.numbers.lock() {
            *numbers = end - BLOCK + 1..end;
        }
        Ok(end - BLOCK)
    }

    /// So many numbers of matters at once, for imports; from a thread that may block.
    pub fn take_numbers_blocking(&self, n: i64) -> Result<std::ops::Range<i64>, StoreError> {
        let end = self.store().upkeep_blocking(move |door| {
            door.write(NUMBER_BLOCK, RESERVE, params![n])?;
            door.read().count(RESERVED, &[])
        })?;
        Ok(end - n..end)
    }

    fn take_number(&self) -> Option<i64> {
        self.numbers.lock().ok()?.next()
    }

    /// Something worked out from the database and kept until [`District::forget`], such as the
    /// index of grid boundaries.
    pub fn kept<T: Send + Sync + 'static>(&self, name: &'static str) -> Option<Arc<T>> {
        let kept = self.kept.lock().ok()?.get(name).cloned()?;
        kept.downcast().ok()
    }

    pub fn keep<T: Send + Sync + 'static>(&self, name: &'static str, value: Arc<T>) {
        if let Ok(mut kept) = self.kept.lock() {
            kept.insert(name, value);
        }
    }

    pub fn forget(&self, name: &'static str) {
        if let Ok(mut kept) = self.kept.lock() {
            kept.remove(name);
        }
    }
}

fn opening(error: StoreError, config: &Config) -> Fault {
    error.into_fault().context(format!("opening {}", config.name))
}

/// Numbers a process reserves at once.
const BLOCK: i64 = 100;
const RESERVE: &str = "
    insert into number_block (id, next) values ('matter', 1001 + $1)
    on conflict (id) do update set next = number_block.next + $1";
const RESERVED: &str = "select next from number_block where id = 'matter'";
