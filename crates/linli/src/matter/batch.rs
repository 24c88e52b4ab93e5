//! Batches (批次): rows that came in together from one file.
//!
//! A batch is staged in chunks, since one act can write only so many rows, and revealed by the one
//! act that adopts it: until then its rows are there for nobody (`IN_FORCE` sees to that). It
//! can be undone as long as nobody has worked on what it brought; what was worked on is first let
//! go of and stays. Its progress is kept by upkeep, since nobody's duty hangs on a number of rows.

use serde::{Deserialize, Serialize};

use super::{CLOCK, ENTRY, MATTER, Matter};
use crate::act::{Acting, Done, Refusal};
use crate::base::{Id, Instant, secret};
use crate::params;
use crate::store::schema::Table;
use crate::store::upkeep::{IMPORT_RUN, Upkeep};
use crate::store::{ReadTx, Row, StoreError};

pub const BATCH: Table = Table::recorded("batch");

const BY_ID: &str = "
    select id, kind, file_name, file_hash, rows, at, by_person, adopted_at, undone_at
    from batch where id = $1";
const OF_FILE: &str = "
    select id, kind, file_name, file_hash, rows, at, by_person, adopted_at, undone_at
    from batch where kind = $1 and file_hash = $2 and undone_at is null order by id";
const NEWEST: &str = "
    select id, kind, file_name, file_hash, rows, at, by_person, adopted_at, undone_at
    from batch order by at desc, id desc limit $1";
const BEGIN: &str = "
    insert into batch (id, kind, file_name, file_hash, rows, at, by_person)
    values ($1, $2, $3, $4, $5, $6, $7)";
const ADOPT: &str = "
    update batch set adopted_at = $2 where id = $1 and adopted_at is null and undone_at is null";
const UNDO: &str = "update batch set undone_at = $2 where id = $1 and undone_at is null";

/// SQL that holds for a row of no batch, or of one that is in force: a large import is seen whole
/// or not at all.
pub(super) const IN_FORCE: &str = "
    ({row}.batch_id is null or exists (select 1 from batch in_force
     where in_force.id = {row}.batch_id and in_force.adopted_at is not null
     and in_force.undone_at is null))";

const MATTERS: &str = "select count(*) from matter where batch_id = $1";
const WORKED_ON: &str = "
    select count(*) from matter where batch_id = $1 and version > 1";
const SOME_WORKED_ON: &str = "
    select id from matter where batch_id = $1 and version > 1 order by id limit $2";
const LET_GO: &str = "update matter set batch_id = null where id = $1";
const SOME: &str = "select id from matter where batch_id = $1 order by id limit $2";
const ENTRIES_OF: &str = "select id from entry where matter_id = $1 order by id";
const CLOCKS_OF: &str = "select id from clock where matter_id = $1 order by id";
const DROP_ENTRY: &str = "delete from entry where id = $1";
const DROP_CLOCK: &str = "delete from clock where id = $1";
const DROP_MATTER: &str = "delete from matter where id = $1";
const ADD_ENTRY: &str = "
    insert into entry (id, matter_id, act_id, move, actor_label, at, recorded_at, from_stage,
        to_stage, body_id, said, facts)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

const OPEN_RUN: &str = "
    insert into import_run (id, kind, file_name, file_hash, place_id, by_person, by_post, state,
        total, done, report, started_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11)";
const SET_RUN: &str = "
    update import_run set state = $2, done = $3, batch_id = $4, finished_at = $5,
        report = $6, heard_at = $7, total = $8
    where id = $1";
const CLAIM_RUN: &str = "
    update import_run set state = 'staging', finished_at = null, heard_at = $2
    where id = $1 and state in ('checked', 'failed') and report = $3";
const CUT_OFF: &str = "
    select id, kind, file_name, file_hash, place_id, by_person, state, total, done, report,
           started_at, finished_at, batch_id
    from import_run where state = 'staging' and coalesce(heard_at, 0) < $1 order by id";
const END_RUN: &str = "
    update import_run set state = $2, finished_at = $3
    where id = $1 and state = 'staging' and coalesce(heard_at, 0) < $4";
const HUSH_RUN: &str = "update import_run set heard_at = null where id = $1 and state = 'staging'";
const RUN: &str = "
    select id, kind, file_name, file_hash, place_id, by_person, state, total, done, report,
           started_at, finished_at, batch_id
    from import_run where id = $1";
const OLD_FILES: &str = "
    select file_hash from import_run group by file_hash having max(started_at) < $1";
const RUNS: &str = "
    select id, kind, file_name, file_hash, place_id, by_person, state, total, done, report,
           started_at, finished_at, batch_id
    from import_run order by started_at desc, id desc limit $1";

/// A batch as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    pub id: Id,
    pub kind: String,
    pub file_name: String,
    pub file_hash: String,
    pub rows: i64,
    pub at: Instant,
    pub by: String,
    pub adopted_at: Option<Instant>,
    pub undone_at: Option<Instant>,
}

impl Batch {
    /// Whether people see what it brought.
    pub fn is_in_force(&self) -> bool {
        self.adopted_at.is_some() && self.undone_at.is_none()
    }
}

fn batch_from(row: &Row<'_>) -> Result<Batch, StoreError> {
    Ok(Batch {
        id: row.get(0)?,
        kind: row.get(1)?,
        file_name: row.get(2)?,
        file_hash: row.get(3)?,
        rows: row.get(4)?,
        at: row.get(5)?,
        by: row.get(6)?,
        adopted_at: row.get(7)?,
        undone_at: row.get(8)?,
    })
}

pub fn by_id(tx: &ReadTx<'_>, id: &Id) -> Result<Option<Batch>, StoreError> {
    tx.row(BY_ID, params![*id], batch_from)
}

/// The batch of a file that was not undone, if there is one.
pub fn of_file(tx: &ReadTx<'_>, kind: &str, hash: &str) -> Result<Option<Batch>, StoreError> {
    tx.row(OF_FILE, params![kind, hash], batch_from)
}

/// The newest batches.
pub fn newest(tx: &ReadTx<'_>, most: i64) -> Result<Vec<Batch>, StoreError> {
    tx.rows(NEWEST, params![most], batch_from)
}

/// Begins a batch with its first chunk.
pub fn begin(cx: &mut Acting<'_, '_>, batch: &Batch) -> Done<()> {
    let now = cx.recorded_at();
    cx.tx.write(
        BATCH,
        &batch.id,
        BEGIN,
        params![batch.id, batch.kind, batch.file_name, batch.file_hash, batch.rows, now, batch.by],
    )?;
    Ok(())
}

/// A batch that may still take chunks.
pub fn open(tx: &ReadTx<'_>, id: &Id) -> Done<Batch> {
    let batch = by_id(tx, id)?.filter(|b| b.adopted_at.is_none() && b.undone_at.is_none());
    batch.ok_or_else(|| Refusal::new("batch_not_open").into())
}

/// Reveals all that was staged. `matters` is what must be there: a chunk that is missing would
/// otherwise be missed for ever.
pub fn adopt(cx: &mut Acting<'_, '_>, id: &Id, matters: Option<i64>) -> Done<()> {
    if let Some(expected) = matters
        && cx.read().count(MATTERS, params![*id])? != expected
    {
        return Err(Refusal::new("batch_not_whole").into());
    }
    let now = cx.recorded_at();
    if cx.tx.write(BATCH, id, ADOPT, params![*id, now])? == 0 {
        return Err(Refusal::new("batch_not_open").into());
    }
    Ok(())
}

/// Takes back all that the batch brought, at once; refused while something of it was worked on.
pub fn undo(cx: &mut Acting<'_, '_>, id: &Id) -> Done<()> {
    let worked_on = worked_on(cx.read(), id)?;
    if worked_on > 0 {
        return Err(Refusal::new("batch_worked_on").with("n", worked_on.to_string()).into());
    }
    let now = cx.recorded_at();
    if cx.tx.write(BATCH, id, UNDO, params![*id, now])? == 0 {
        return Err(Refusal::new("batch_undone").into());
    }
    Ok(())
}

/// How many matters a batch holds, and how many of them somebody has moved since.
pub fn counts(tx: &ReadTx<'_>, id: &Id) -> Result<(i64, i64), StoreError> {
    Ok((tx.count(MATTERS, params![*id])?, worked_on(tx, id)?))
}

fn worked_on(tx: &ReadTx<'_>, id: &Id) -> Result<i64, StoreError> {
    tx.count(WORKED_ON, params![*id])
}

/// Lets go of some matters that were worked on: from now on they belong to no batch.
pub fn let_go(cx: &mut Acting<'_, '_>, id: &Id, most: i64) -> Done<i64> {
    let some = cx.tx.rows(SOME_WORKED_ON, params![*id, most], |row| row.get::<Id>(0))?;
    for matter in &some {
        cx.tx.write(MATTER, matter, LET_GO, params![*matter])?;
    }
    Ok(i64::try_from(some.len()).unwrap_or(i64::MAX))
}

/// Some matters of a batch, for taking them out chunk by chunk.
pub fn some(tx: &ReadTx<'_>, id: &Id, most: i64) -> Result<Vec<Id>, StoreError> {
    tx.rows(SOME, params![*id, most], |row| row.get(0))
}

/// Removes a matter of an undone batch with its timeline; the record keeps that it was there.
pub fn remove(cx: &mut Acting<'_, '_>, matter: &Id) -> Done<()> {
    for id in cx.tx.rows(CLOCKS_OF, params![*matter], |row| row.get::<Id>(0))? {
        cx.tx.write(CLOCK, &id, DROP_CLOCK, params![id])?;
    }
    for id in cx.tx.rows(ENTRIES_OF, params![*matter], |row| row.get::<Id>(0))? {
        cx.tx.write(ENTRY, &id, DROP_ENTRY, params![id])?;
    }
    cx.tx.write(MATTER, matter, DROP_MATTER, params![*matter])?;
    Ok(())
}

/// A line of a timeline that another system kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    pub act: String,
    pub at: Instant,
    pub from_stage: Option<String>,
    pub to_stage: String,
    /// Who did it, as far as the file tells: never a name.
    pub label: String,
    pub said: Option<String>,
    /// As JSON.
    pub facts: String,
}

/// Writes a line of the past: when it happened, and that it was recorded only now.
pub fn add_past(cx: &mut Acting<'_, '_>, matter: &Matter, past: &Past) -> Done<()> {
    let id = cx.new_id();
    let (act_id, recorded_at) = (cx.act_id.clone(), cx.recorded_at());
    cx.tx.write(
        ENTRY,
        &id,
        ADD_ENTRY,
        params![
            id,
            matter.id,
            act_id,
            past.act,
            past.label,
            past.at,
            recorded_at,
            past.from_stage,
            past.to_stage,
            matter.body,
            past.said,
            past.facts
        ],
    )?;
    Ok(())
}

/// One file on its way in: what was found, how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub id: Id,
    pub kind: String,
    pub file_name: String,
    pub file_hash: String,
    pub place: Option<Id>,
    pub by: String,
    /// `checked`, `staging`, `adopted`, `failed`, `undone`.
    pub state: String,
    pub total: i64,
    pub done: i64,
    /// What the dry run found, as JSON.
    pub report: String,
    pub started_at: Instant,
    pub finished_at: Option<Instant>,
    pub batch: Option<Id>,
}

fn run_from(row: &Row<'_>) -> Result<Run, StoreError> {
    Ok(Run {
        id: row.get(0)?,
        kind: row.get(1)?,
        file_name: row.get(2)?,
        file_hash: row.get(3)?,
        place: row.get(4)?,
        by: row.get(5)?,
        state: row.get(6)?,
        total: row.get(7)?,
        done: row.get(8)?,
        report: row.get(9)?,
        started_at: row.get(10)?,
        finished_at: row.get(11)?,
        batch: row.get(12)?,
    })
}

impl Run {
    /// It was not taken over, and may be.
    pub fn waits(&self) -> bool {
        ["checked", "failed"].contains(&self.state.as_str())
    }

    /// Which report it is that somebody was shown: a hash of it, as the form of its page has it.
    pub fn seen(&self) -> String {
        secret::sha256_hex(self.report.as_bytes())
    }
}

pub fn run(tx: &ReadTx<'_>, id: &Id) -> Result<Option<Run>, StoreError> {
    tx.row(RUN, params![*id], run_from)
}

pub fn runs(tx: &ReadTx<'_>, most: i64) -> Result<Vec<Run>, StoreError> {
    tx.rows(RUNS, params![most], run_from)
}

/// Hashes of the files that nobody has begun to import since.
pub fn old_files(tx: &ReadTx<'_>, since: Instant) -> Result<Vec<String>, StoreError> {
    tx.rows(OLD_FILES, params![since], |row| row.get(0))
}

pub fn open_run(door: &mut Upkeep<'_, '_>, run: &Run, post: Option<&Id>) -> Result<(), StoreError> {
    door.write(
        IMPORT_RUN,
        OPEN_RUN,
        params![
            run.id,
            run.kind,
            run.file_name,
            run.file_hash,
            run.place,
            run.by,
            post.cloned(),
            run.state,
            run.total,
            run.report,
            run.started_at
        ],
    )?;
    Ok(())
}

/// Runs that are under way and have not been heard of since: whoever staged them is gone.
pub fn cut_off(tx: &ReadTx<'_>, since: Instant) -> Result<Vec<Run>, StoreError> {
    tx.rows(CUT_OFF, params![since], run_from)
}

/// Ends a run that was cut off, unless it has been heard of meanwhile.
pub fn end_run(
    door: &mut Upkeep<'_, '_>,
    (id, state): (&Id, &str),
    (now, since): (Instant, Instant),
) -> Result<(), StoreError> {
    door.write(IMPORT_RUN, END_RUN, params![*id, state, now, since])?;
    Ok(())
}

/// Leaves a run as one that is heard of no more.
pub fn hush_run(door: &mut Upkeep<'_, '_>, id: &Id) -> Result<(), StoreError> {
    door.write(IMPORT_RUN, HUSH_RUN, params![*id])?;
    Ok(())
}

/// Keeps how far a run is, and that it was heard of now.
pub fn set_run(door: &mut Upkeep<'_, '_>, run: &Run, now: Instant) -> Result<(), StoreError> {
    door.write(
        IMPORT_RUN,
        SET_RUN,
        params![
            run.id,
            run.state,
            run.done,
            run.batch,
            run.finished_at,
            run.report,
            now,
            run.total
        ],
    )?;
    Ok(())
}

/// Takes a run up for staging; false when somebody has done so already, or its report is another by
/// now than this one.
pub fn claim_run(door: &mut Upkeep<'_, '_>, run: &Run, now: Instant) -> Result<bool, StoreError> {
    Ok(door.write(IMPORT_RUN, CLAIM_RUN, params![run.id, now, run.report])? > 0)
}
