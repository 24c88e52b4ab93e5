//! The sequencer: gives committed leaves their places in the public record.
//!
//! A leaf is written inside the act's own transaction without a place, but with a number that the
//! database counts up, so of two acts on one row the later has the higher number. Often enough that
//! none waits more than 200 ms, the one leader takes the leaves that are committed and have none,
//! numbers them on, extends the Merkle tree (RFC 6962) and signs a checkpoint, all in one upkeep
//! transaction. A leaf without the door's [`Stamp`] gets no place: no act wrote it. It stays, and
//! is gone past, so that however many there are they keep no true one waiting.

use std::sync::{Arc, Mutex};

use linli_record::hash_leaf;
use linli_record::note::{Checkpoint, Signer};
use linli_record::tree::{self, Tiles, TreeError};

use super::Stamp;
use crate::base::{Fault, Histogram, Id, Instant};
use crate::params;
use crate::store::upkeep::{CHECKPOINT, LEAF, LEASE, TILE, Upkeep};
use crate::store::{ReadTx, Store, StoreError};

/// Leaves that get their places in one transaction, under one checkpoint.
const AT_ONCE: i64 = 1024;
/// Of the checkpoints of ten minutes the last is kept, and one for every [`AT_ONCE`] leaves. They
/// say how finely it can be told where a log was rewritten; on a quiet day every act has one of its
/// own, as long as its leaf.
pub const APART_MICROS: i64 = 600_000_000;
/// A leader that does not renew its lease for this long is replaced.
const LEASE_MICROS: i64 = 5_000_000;

const WAITING: &str = "
    select seq, body, stamp from leaf where idx is null and seq > $1 order by seq limit $2";
const BEHIND: &str = "select count(*) from leaf where idx is null and seq <= $1";
const FIRST: &str = "
    select act.recorded_at from leaf join act on act.id = leaf.act_id
    where leaf.idx is null and leaf.seq >= $1 order by leaf.seq limit 1";
const PLACE: &str = "update leaf set idx = $2, stamp = null where seq = $1 and idx is null";
const SIZE: &str = "select coalesce(max(size), 0) from checkpoint";
const KEEP: &str = "insert into checkpoint (size, root, note, at) values ($1, $2, $3, $4)";
const DROP_LAST: &str = "
    delete from checkpoint
    where at >= $2 and size = (select max(size) from checkpoint where size < $1)
        and $1 - coalesce((select max(c.size) from checkpoint c
            where c.size < checkpoint.size), 0) <= $3";
const LEAD: &str = "
    insert into lease (name, holder, until, fence) values ('sequencer', $1, $2, 1)
    on conflict (name) do update
    set holder = excluded.holder, until = excluded.until, fence = lease.fence + 1
    where lease.holder = excluded.holder or lease.until < $3";
const TAKE_OVER: &str = "
    insert into lease (name, holder, until, fence) values ('sequencer', $1, $2, 1)
    on conflict (name) do update
    set holder = excluded.holder, until = excluded.until, fence = lease.fence + 1";
const NEWEST_NOTE: &str = "select note from checkpoint order by size desc limit 1";
const READ_TILE: &str = "select hashes from tile where level = $1 and idx = $2";
const WRITE_TILE: &str = "
    insert into tile (level, idx, hashes) values ($1, $2, $3)
    on conflict (level, idx) do update set hashes = excluded.hashes";

/// When the act of the oldest leaf without a place was recorded.
pub fn oldest_waiting(tx: &ReadTx<'_>) -> Result<Option<Instant>, StoreError> {
    waiting_from(tx, i64::MIN)
}

fn waiting_from(tx: &ReadTx<'_>, seq: i64) -> Result<Option<Instant>, StoreError> {
    tx.row(FIRST, params![seq], |row| row.get(0))
}

/// How far from the beginning nothing waits but leaves that no act wrote, and how many they are.
#[derive(Clone, Copy)]
struct Strange {
    to: i64,
    many: i64,
}

impl Strange {
    const NONE: Strange = Strange { to: i64::MIN, many: 0 };
}

/// One sequencer of one process.
#[derive(Clone)]
pub struct Sequencer {
    store: Store,
    signer: Arc<Signer>,
    stamp: Stamp,
    strange: Arc<Mutex<Strange>>,
    /// Leaves that are read, and get their places, in one step.
    at_once: i64,
    holder: Id,
    /// From an act to the checkpoint over its leaf, committed: of each step the leaf that waited
    /// longest.
    pub delays: Arc<Histogram>,
}

/// A leaf that an act wrote, with its number.
type Waiting = (i64, Vec<u8>);

/// What one step did.
struct Step {
    placed: u64,
    /// Whether others may wait behind those it read.
    more: bool,
    /// When the act was recorded whose leaf had waited longest.
    first: Option<Instant>,
}

impl Sequencer {
    /// `origin` names the log in its checkpoints, such as `linli.example.cn/620802`.
    pub fn new(store: Store, origin: &str, seed: &[u8; 32], now: Instant) -> Result<Self, Fault> {
        let signer = Signer::new(origin, seed).map_err(|e| Fault::new(format!("signer: {e}")))?;
        let (signer, stamp) = (Arc::new(signer), Stamp::of(seed)?);
        let strange = Arc::new(Mutex::new(Strange::NONE));
        let (at_once, holder, delays) = (AT_ONCE, Id::new(now), Arc::default());
        Ok(Sequencer { store, signer, stamp, strange, at_once, holder, delays })
    }

    /// The same with smaller steps.
    #[cfg(test)]
    pub(crate) fn in_steps_of(&self, at_once: i64) -> Sequencer {
        Sequencer { at_once, ..self.clone() }
    }

    /// Refused where the checkpoints that are there bear another name than the settings give the
    /// record, or another key's signature than ours: both in one record, and nobody could check it
    /// any more.
    pub fn goes_on(&self) -> Result<(), Fault> {
        let newest =
            self.store.read_blocking(|tx| tx.row(NEWEST_NOTE, &[], |row| row.get::<String>(0)));
        let Some(newest) = newest.map_err(StoreError::into_fault)? else { return Ok(()) };
        let (name, signed) = (self.signer.name(), newest.lines().next().unwrap_or_default());
        if signed != name {
            let what = "the record is signed as";
            let fault = Fault::new(format!("{what} {signed}, the settings say {name}"));
            return Err(fault.known_as("origin_changed"));
        }
        match Checkpoint::open(&newest, &self.signer.verifier()) {
            Ok(_) => Ok(()),
            Err(error) => {
                let fault = Fault::new(format!("the record is signed by another key: {error}"));
                Err(fault.known_as("other_key"))
            }
        }
    }

    /// Leads at once, whatever lease another has left behind: for who holds the district, so that
    /// nobody else can be at work; from a thread that may block.
    pub fn take_over(&self, now: Instant) -> Result<(), StoreError> {
        let (holder, until) = (self.holder.clone(), now.plus_micros(LEASE_MICROS));
        self.store.upkeep_blocking(move |door| {
            door.write(LEASE, TAKE_OVER, params![holder, until]).map(drop)
        })
    }

    /// Places what waits, step by step until one is not full, so that a crowd of acts leaves no
    /// queue behind it; gives the number of leaves placed, 0 when another process leads.
    pub async fn catch_up(&self, now: impl Fn() -> Instant) -> Result<u64, StoreError> {
        let mut total = 0;
        loop {
            let (this, at) = (self.clone(), now());
            let Step { placed, more, first } =
                self.store.upkeep(move |door| this.place(door, at)).await?;
            if let Some(first) = first {
                self.delays.count(now().micros_since(first));
            }
            total += placed;
            if !more {
                return Ok(total);
            }
        }
    }

    /// As [`Sequencer::catch_up`], until nothing waits, from a thread that may block.
    pub fn drain_blocking(&self, now: Instant) -> Result<u64, StoreError> {
        let mut total = 0;
        loop {
            let this = self.clone();
            let step = self.store.upkeep_blocking(move |door| this.place(door, now))?;
            total += step.placed;
            if step.placed == 0 && !step.more {
                return Ok(total);
            }
        }
    }

    fn place(&self, door: &mut Upkeep<'_, '_>, now: Instant) -> Result<Step, StoreError> {
        let (waiting, more) = self.waiting(door.read())?;
        let Some((oldest, _)) = waiting.first() else {
            return Ok(Step { placed: 0, more, first: None });
        };
        let until = now.plus_micros(LEASE_MICROS);
        if door.write(LEASE, LEAD, params![self.holder, until, now])? == 0 {
            return Ok(Step { placed: 0, more: false, first: None });
        }
        let first = waiting_from(door.read(), *oldest)?;
        let size = door.read().count(SIZE, &[])?;
        let mut hashes = Vec::with_capacity(waiting.len());
        for (place, (seq, leaf)) in (size..).zip(&waiting) {
            door.write(LEAF, PLACE, params![*seq, place])?;
            hashes.push(hash_leaf(leaf));
        }
        let root =
            tree::append(&mut StoredTiles { door }, whole(size)?, &hashes).map_err(tree_fault)?;
        self.sign(door, size + waiting.len() as i64, root, now)?;
        Ok(Step { placed: waiting.len() as u64, more, first })
    }

    /// The true leaves of the first page behind the strange ones gone past already, and whether
    /// there may be more of them. Where something else than those waits before that page, such as a
    /// leaf committed late whose number is lower, it begins anew: the order is that of the numbers.
    fn waiting(&self, tx: &ReadTx<'_>) -> Result<(Vec<Waiting>, bool), StoreError> {
        let past = self.strange.lock().map_or(Strange::NONE, |strange| *strange);
        let page = tx.rows(WAITING, params![past.to, self.at_once], |row| {
            Ok((row.get::<i64>(0)?, row.get::<Vec<u8>>(1)?, row.get::<Option<Vec<u8>>>(2)?))
        })?;
        if past.to > i64::MIN && tx.count(BEHIND, params![past.to])? != past.many {
            self.go_past(Strange::NONE);
            return Ok((Vec::new(), true));
        }
        let more = page.len() as u64 >= self.at_once.unsigned_abs();
        let (mut strange, mut waiting) = (past, Vec::new());
        for (seq, leaf, stamp) in page {
            if self.stamp.is_on(&leaf, stamp.as_deref()) {
                waiting.push((seq, leaf));
            } else if waiting.is_empty() {
                strange = Strange { to: seq, many: strange.many + 1 };
            }
        }
        if strange.to > past.to {
            let many = strange.many;
            tracing::error!("{many} leaves that no act wrote get no place: run `linli verify`");
            self.go_past(strange);
        }
        Ok((waiting, more))
    }

    fn go_past(&self, strange: Strange) {
        if let Ok(mut held) = self.strange.lock() {
            *held = strange;
        }
    }

    fn sign(
        &self,
        door: &mut Upkeep<'_, '_>,
        size: i64,
        root: [u8; 32],
        now: Instant,
    ) -> Result<(), StoreError> {
        let checkpoint = Checkpoint {
            origin: self.signer.name().to_owned(),
            size: whole(size)?,
            root,
            time: Some(now.0),
        };
        let note = checkpoint
            .sign(&self.signer)
            .map_err(|e| Fault::new(format!("signing the checkpoint: {e}")))?
            .to_string();
        door.write(CHECKPOINT, KEEP, params![size, root.to_vec(), note, now])?;
        let since = Instant(now.0 - now.0.rem_euclid(APART_MICROS));
        door.write(CHECKPOINT, DROP_LAST, params![size, since, AT_ONCE])?;
        Ok(())
    }
}

fn whole(n: i64) -> Result<u64, StoreError> {
    u64::try_from(n).map_err(|_| Fault::new("a negative size").into())
}

fn tree_fault(error: TreeError<StoreError>) -> StoreError {
    match error {
        TreeError::Store(error) => error,
        TreeError::Damaged { level, index, .. } => {
            Fault::new(format!("tile {level}/{index} of the record is damaged: run `linli verify`"))
                .into()
        }
        TreeError::Range { size } => {
            Fault::new(format!("the record has only {size} leaves")).into()
        }
    }
}

struct StoredTiles<'d, 't, 'c> {
    door: &'d mut Upkeep<'t, 'c>,
}

impl Tiles for StoredTiles<'_, '_, '_> {
    type Error = StoreError;

    fn read(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        ReadTiles { tx: self.door.read() }.read(level, index)
    }

    fn write(&mut self, level: u8, index: u64, bytes: &[u8]) -> Result<(), StoreError> {
        let (level, index) = (i64::from(level), index.cast_signed());
        self.door.write(TILE, WRITE_TILE, params![level, index, bytes.to_vec()])?;
        Ok(())
    }
}

/// Tiles of a snapshot: for proofs and for serving them.
pub struct ReadTiles<'a, 'c> {
    pub tx: &'a ReadTx<'c>,
}

impl Tiles for ReadTiles<'_, '_> {
    type Error = StoreError;

    fn read(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let (level, index) = (i64::from(level), index.cast_signed());
        self.tx.row(READ_TILE, params![level, index], |row| row.get(0))
    }

    fn write(&mut self, _: u8, _: u64, _: &[u8]) -> Result<(), StoreError> {
        Err(Fault::new("a snapshot is not written").into())
    }
}
