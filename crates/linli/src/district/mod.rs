//! A district (区县, or a village that stands alone): one folder, one database, one record.

mod config;
pub mod processes;
mod serving;
pub mod store;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use linli_rules::procedure::Process;

pub use config::{Config, FILE as CONFIG_FILE};
pub use processes::{ProcessKind, Processes, Standing};
pub use serving::Districts;

use crate::act::sequencer::Sequencer;
use crate::act::{Actor, Door};
use crate::base::secret::Keys;
use crate::base::{Clock, Fault, Id, Instant};
use crate::params;
use crate::store::schema::Table;
use crate::store::upkeep::NUMBER_BLOCK;
use crate::store::{ReadTx, Store, StoreError, copying, migrate};

/// Who a session's holder is, and as which of their posts they are here.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub session: Id,
    pub person: Id,
    pub actor: Actor,
    /// As the person is greeted; masked for residents.
    pub name: String,
    pub language: String,
    /// Notices not read yet.
    pub unread: i64,
}

/// Looks up a session by the hash of its token. People own the tables; pages only ask.
pub type WhoIs = fn(&ReadTx<'_>, &str, Instant) -> Result<Option<SignedIn>, StoreError>;

/// What the application gives a district when it opens it.
#[derive(Clone)]
pub struct Wiring {
    pub who_is: WhoIs,
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
    kept: Mutex<HashMap<&'static str, Arc<dyn std::any::Any + Send + Sync>>>,
}

impl District {
    /// Opens the district in `dir` and brings its database to this version. One whose own
    /// procedure the program cannot run is not opened.
    pub fn open(dir: &Path, clock: Clock, wiring: &Wiring) -> Result<District, Fault> {
        let district = District::open_to_mend(dir, clock, wiring)?;
        let processes = district.processes.clone();
        let read = district.store().read_blocking(move |tx| processes.refresh(tx));
        read.map_err(|e| Fault::new(e.to_string()).context(district.config.name.clone()))?;
        Ok(district)
    }

    /// As [`District::open`], whatever its procedures are like: so that they can be mended.
    pub fn open_to_mend(dir: &Path, clock: Clock, wiring: &Wiring) -> Result<District, Fault> {
        let config = Config::read(dir)?;
        let doing =
            |e: StoreError| Fault::new(e.to_string()).context(format!("opening {}", config.name));
        let store = Store::create(&config.store_place(dir)?).map_err(doing)?;
        migrate::up(&store).map_err(doing)?;
        copying::refuse_unfinished(&store).map_err(doing)?;
        let keys = Keys::open_or_create(&config.key_file(dir))?;
        let sequencer =
            Sequencer::new(store.clone(), &config.origin, &keys.record_seed, clock.now())?;
        Ok(District {
            dir: dir.to_owned(),
            door: Door::new(store, clock),
            keys,
            sequencer,
            who_is: wiring.who_is,
            processes: Processes::new(&wiring.processes),
            numbers: Mutex::new(0..0),
            kept: Mutex::new(HashMap::new()),
            config,
        })
    }

    pub fn store(&self) -> &Store {
        &self.door.store
    }

    pub fn now(&self) -> Instant {
        self.door.clock.now()
    }

    pub fn new_id(&self) -> Id {
        Id::new(self.now())
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

/// Numbers a process reserves at once.
const BLOCK: i64 = 100;
const RESERVE: &str = "
    insert into number_block (id, next) values ('matter', 1001 + $1)
    on conflict (id) do update set next = number_block.next + $1";
const RESERVED: &str = "select next from number_block where id = 'matter'";
