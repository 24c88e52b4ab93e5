//! The SQL that writes `matter`, `entry`, `clock`, `attachment` and `party`. What comes in and goes
//! out by the batch is written by `batch`, and of what a clock was told of `warning` keeps count.

use std::borrow::Cow;

use super::conduct::is_there_for;
use super::timeline::Attached;
use super::{ATTACHMENT, CASES, CLOCK, ENTRY, MATTER, Matter, PARTY, Photo, Running, Seen};
use crate::act::{Acting, Actor, Done, DutyList, Failure, Refusal, Subject, judged, upper_bound};
use crate::base::{Id, Instant};
use crate::params;
use crate::store::{ReadTx, Row, StoreError, Value};

/// The columns of a matter, in the order [`matter_from`] reads them; the row is called `t`.
pub const COLUMNS: &str = "t.id, t.number, t.kind, t.process, t.process_version, t.stage, \
    t.phase, t.version, t.title, t.place_id, t.place_path, t.owner_id, t.body_id, \
    t.about_body_id, t.publicity, t.source, t.opened_at, t.stage_since, t.due_at, t.beside_since, \
    t.beside_due_at, t.updated_at, t.closed_at, t.batch_id";

/// How many [`COLUMNS`] there are: where a row's own begin that has more.
pub fn width() -> usize {
    COLUMNS.split(',').count()
}

fn by_id() -> String {
    format!("select {COLUMNS} from matter t where t.id = $1")
}

const ID_OF: &str = "select t.id from matter t where t.number = $1";
const INSERT: &str = "
    insert into matter (id, number, kind, process, process_version, stage, phase, version, title,
        place_id, place_path, owner_id, body_id, about_body_id, publicity, source, opened_at,
        stage_since, due_at, beside_since, beside_due_at, updated_at, closed_at, batch_id, seal)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
        $20, $21, $22, $23, $24, $25)";
const UPDATE: &str = "
    update matter set stage = $3, phase = $4, version = version + 1, title = $5, place_id = $6,
        place_path = $7, owner_id = $8, body_id = $9, about_body_id = $10, publicity = $11,
        stage_since = $12, due_at = $13, updated_at = $14, closed_at = $15,
        process_version = $16, beside_since = $17, beside_due_at = $18
    where id = $1 and version = $2";
const OWNED: &str = "select id from matter where owner_id = $1 order by opened_at, id limit $2";
const PUT_RIGHT: &str = "update entry set said = $2, noted = $3, facts = $4 where id = $1";
const ADD_ENTRY: &str = "
    insert into entry (id, matter_id, act_id, move, actor_id, actor_label, at, recorded_at,
        from_stage, to_stage, body_id, said, noted, facts, seal)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
const START_CLOCK: &str = "
    insert into clock (id, matter_id, name, stage, body_id, limit_kind, limit_n, started_at,
        due_at, stopped_at, outcome, calendar_gap, warn_at, basis, resumes_id, seal)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
const AT_STAGE: &str = "
    select id from clock where matter_id = $1 and stopped_at is null and stage is not null
    order by id";
const STOP_CLOCK: &str = "
    update clock set stopped_at = $2, outcome = $3, warn_at = null
    where id = $1 and stopped_at is null";
const RELIMIT_CLOCK: &str = "
    update clock set limit_kind = $2, limit_n = $3, due_at = $4, calendar_gap = $5, basis = $6,
        warn_at = $7
    where id = $1 and stopped_at is null";
const BODY_BEFORE: &str = "
    select body_id from entry where matter_id = $1 and act_id <> $2
    order by at desc, id desc limit 1";
const ATTACH: &str = "
    insert into attachment (id, matter_id, entry_id, file_id, role, at, released_at)
    values ($1, $2, $3, $4, $5, $6, $7)";
const REDACT: &str = "
    insert into attachment (id, matter_id, entry_id, file_id, role, at, released_at, redacts)
    values ($1, $2, $3, $4, $5, $6, $6, $7)";
const RELEASE: &str = "update attachment set released_at = $2 where id = $1";
const JOIN: &str = "
    insert into party (subject_id, party_id, role, seal) values ($1, $2, $3, $4)
    on conflict (subject_id, party_id) do nothing";
const LAST_OF: &str = "
    select at from entry where matter_id = $1 and move = $2 order by at desc, id desc limit 1";
const LAST_BY: &str = "
    select at from entry where matter_id = $1 and move = $2 and actor_id = $3
    order by at desc, id desc limit 1";

const IN_USE: &str = "
    select stage, phase, count(*) from matter where process = $1 group by stage, phase";
const OPEN_AT: &str = "
    select t.id, t.version from matter t
    where t.kind = $1 and t.phase in ('reported', 'open', 'waiting', 'answered')
      and t.place_path = $2";
const OPEN_BELOW: &str = "
    select count(*) from matter t
    where t.phase in ('reported', 'open', 'waiting', 'answered')
      and t.place_path >= $1 and t.place_path < $2";

const EVER_BELOW: &str = "select count(*) from matter where place_path >= $1 and place_path < $2";

const OPEN_OF: &str = "
    select count(*) from matter t
    where t.phase in ('reported', 'open', 'waiting', 'answered') and t.body_id = $1";

/// Matters of a kind at this very place that are not closed, with their versions.
pub fn open_at(
    tx: &ReadTx<'_>,
    kind: &str,
    path: &str,
    most: i64,
) -> Result<Vec<(Id, i64)>, StoreError> {
    let sql = format!("{} order by t.id limit $3", revealed(OPEN_AT));
    tx.rows(&sql, params![kind, path, most], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// How many matters that are not closed a body has in hand.
pub fn open_of(tx: &ReadTx<'_>, body: &Id) -> Result<i64, StoreError> {
    tx.count(&revealed(OPEN_OF), params![*body])
}

/// How many matters at this place and below it are not closed.
pub fn open_below(tx: &ReadTx<'_>, path: &str) -> Result<i64, StoreError> {
    tx.count(&revealed(OPEN_BELOW), params![path, upper_bound(path)])
}

/// How many matters there are or were at this place and below it, those of every batch among them.
pub fn ever_below(tx: &ReadTx<'_>, path: &str) -> Result<i64, StoreError> {
    tx.count(EVER_BELOW, params![path, upper_bound(path)])
}

/// A statement for one row `t`, which finds nothing of a batch that is not in force.
pub(super) fn revealed(sql: &str) -> String {
    format!("{sql} and {}", CASES.revealed("t").unwrap_or_else(|| "1 = 1".to_owned()))
}

/// Stages at which matters of a procedure stand, with the phase they are in there and how many,
/// rows of batches that are not in force among them.
pub fn stages_in_use(
    tx: &ReadTx<'_>,
    process: &str,
) -> Result<Vec<(String, String, i64)>, StoreError> {
    tx.rows(IN_USE, params![process], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

/// A matter by its id.
pub fn matter(tx: &ReadTx<'_>, id: &str) -> Result<Option<Matter>, StoreError> {
    tx.row(&revealed(&by_id()), params![id], matter_from)
}

/// A matter that is there, of whatever batch.
pub fn known(tx: &ReadTx<'_>, id: &Id) -> Done<Matter> {
    tx.row(&by_id(), params![*id], matter_from)?.ok_or(Failure::Hidden)
}

/// Matters that a person owns, oldest first.
pub fn owned_by(tx: &ReadTx<'_>, person: &Id, most: i64) -> Result<Vec<Id>, StoreError> {
    tx.rows(OWNED, params![*person, most], |row| row.get(0))
}

/// The id behind a number.
pub fn id_of(tx: &ReadTx<'_>, number: &str) -> Result<Option<Id>, StoreError> {
    tx.row(&revealed(ID_OF), params![number], |row| row.get(0))
}

/// A matter of a row that begins with [`COLUMNS`].
pub fn matter_from(row: &Row<'_>) -> Result<Matter, StoreError> {
    Ok(Matter {
        id: row.get(0)?,
        number: row.get(1)?,
        kind: row.get(2)?,
        process: row.get(3)?,
        process_version: row.get(4)?,
        stage: row.get(5)?,
        phase: row.get(6)?,
        version: row.get(7)?,
        title: row.get(8)?,
        place_id: row.get(9)?,
        place_path: row.get(10)?,
        owner: row.get(11)?,
        body: row.get(12)?,
        about_body: row.get(13)?,
        publicity: row.get(14)?,
        source: row.get(15)?,
        opened_at: row.get(16)?,
        stage_since: row.get(17)?,
        due_at: row.get(18)?,
        beside: running(row.get(19)?, row.get(20)?),
        updated_at: row.get(21)?,
        closed_at: row.get(22)?,
        batch: row.get(23)?,
    })
}

fn running(since: Option<Instant>, due_at: Option<Instant>) -> Option<Running> {
    Some(Running { since: since?, due_at: due_at? })
}

/// A matter as somebody saw it: changed meanwhile is a refusal, not a surprise.
pub fn seen(tx: &ReadTx<'_>, id: &Id, seen: &Seen) -> Done<Matter> {
    let matter = matter(tx, id.as_str())?.ok_or(Failure::Hidden)?;
    match seen {
        Seen::OneOf(versions) if !versions.contains(&matter.version) => {
            Err(Refusal::new("changed_meanwhile").into())
        }
        _ => Ok(matter),
    }
}

pub fn insert(cx: &mut Acting<'_, '_>, m: &Matter) -> Done<()> {
    let values = [
        Value::from(&m.id),
        Value::from(m.number.as_str()),
        Value::from(m.kind.as_str()),
        Value::from(m.process.as_str()),
        Value::from(m.process_version),
        Value::from(m.stage.as_str()),
        Value::from(m.phase.as_str()),
        Value::from(m.version),
        Value::from(m.title.as_str()),
        Value::from(m.place_id.as_ref()),
        Value::from(m.place_path.as_str()),
        Value::from(m.owner.as_ref()),
        Value::from(m.body.as_ref()),
        Value::from(m.about_body.as_ref()),
        Value::from(m.publicity.as_str()),
        Value::from(m.source.as_str()),
        Value::from(m.opened_at),
        Value::from(m.stage_since),
        Value::from(m.due_at),
        Value::from(m.beside.map(|clock| clock.since)),
        Value::from(m.beside.map(|clock| clock.due_at)),
        Value::from(m.updated_at),
        Value::from(m.closed_at),
        Value::from(m.batch.as_ref()),
    ];
    cx.engrave(MATTER, m.id.as_str(), INSERT, &values)?;
    Ok(())
}

/// Saves a matter on top of the version it was read at, and counts the version up.
pub fn save(cx: &mut Acting<'_, '_>, m: &mut Matter) -> Done<()> {
    let changed = cx.tx.write(
        MATTER,
        &m.id,
        UPDATE,
        params![
            m.id,
            m.version,
            m.stage,
            m.phase,
            m.title,
            m.place_id,
            m.place_path,
            m.owner,
            m.body,
            m.about_body,
            m.publicity,
            m.stage_since,
            m.due_at,
            m.updated_at,
            m.closed_at,
            m.process_version,
            m.beside.map(|clock| clock.since),
            m.beside.map(|clock| clock.due_at)
        ],
    )?;
    if changed == 0 {
        return Err(Refusal::new("changed_meanwhile").into());
    }
    m.version += 1;
    Ok(())
}

/// One line of the timeline.
pub struct Line<'a> {
    pub act: &'a str,
    pub from_stage: Option<&'a str>,
    /// Words for everyone who may see the matter.
    pub said: Option<String>,
    /// Words for the office only.
    pub noted: Option<String>,
    /// Everything put down, as JSON.
    pub facts: String,
}

pub fn add_entry(cx: &mut Acting<'_, '_>, m: &Matter, line: &Line<'_>) -> Done<Id> {
    let id = cx.new_id();
    let values = [
        Value::from(&id),
        Value::from(&m.id),
        Value::from(cx.act_id),
        Value::from(line.act),
        Value::from(cx.actor.person.as_ref()),
        Value::from(cx.actor.label.as_str()),
        Value::from(cx.now()),
        Value::from(cx.recorded_at()),
        Value::from(line.from_stage),
        Value::from(m.stage.as_str()),
        Value::from(m.body.as_ref()),
        Value::from(line.said.as_deref()),
        Value::from(line.noted.as_deref()),
        Value::from(line.facts.as_str()),
    ];
    cx.engrave(ENTRY, id.as_str(), ADD_ENTRY, &values)?;
    Ok(id)
}

/// Puts other words into a line: aloud, for the office, and everything put down as JSON.
pub fn put_right(
    cx: &mut Acting<'_, '_>,
    entry: &Id,
    (said, noted, facts): (Option<String>, Option<String>, String),
) -> Done<()> {
    cx.tx.write(ENTRY, entry, PUT_RIGHT, params![*entry, said, noted, facts])?;
    Ok(())
}

/// The matter behind a number, for who sees it or may do this act with it; hidden from all others,
/// and found out by reading alone.
pub fn behind(
    tx: &ReadTx<'_>,
    duties: &DutyList,
    actor: &Actor,
    number: &str,
    act: &str,
) -> Done<Id> {
    let id = id_of(tx, number)?.ok_or(Failure::Hidden)?;
    if is_there_for(tx, duties, actor, CASES, &id, act)? { Ok(id) } else { Err(Failure::Hidden) }
}

/// Whether a move of the matter behind a number is the actor's to make, or was once. Who only sees
/// the matter is refused as the door would.
pub fn may_make(
    tx: &ReadTx<'_>,
    duties: &DutyList,
    actor: &Actor,
    number: &str,
    act: &str,
) -> Done<()> {
    let id = id_of(tx, number)?.ok_or(Failure::Hidden)?;
    if last_by(tx, &id, act, actor)?.is_some() {
        return Ok(());
    }
    let name = format!("{}.{act}", CASES.kind);
    judged(tx, duties, actor, &name, Subject::row(CASES, &id)).map(|_| ())
}

/// A clock that starts.
pub struct Started<'a> {
    pub name: Cow<'a, str>,
    /// It runs beside the stages and belongs to none.
    pub beside: bool,
    pub limit: linli_rules::calendar::Limit,
    pub due_at: Instant,
    /// Years the calendar does not have: the due time is then a guess, and is marked as one.
    pub gap: Option<String>,
    /// Why it is this long where no standard of the class says so: `USUAL` or `RECLASSED`.
    pub basis: Option<Cow<'a, str>>,
    /// The clock that stopped, and goes on as this one.
    pub resumes: Option<Id>,
    /// When whoever has to do the next thing is first warned.
    pub warn_at: Option<Instant>,
}

pub fn start_clock(cx: &mut Acting<'_, '_>, m: &Matter, clock: &Started<'_>) -> Done<()> {
    let id = cx.new_id();
    let stage = (!clock.beside).then_some(m.stage.as_str());
    let values = [
        Value::from(&id),
        Value::from(&m.id),
        Value::from(clock.name.as_ref()),
        Value::from(stage),
        Value::from(m.body.as_ref()),
        Value::from(clock.limit.kind.name()),
        Value::from(i64::from(clock.limit.n)),
        Value::from(cx.now()),
        Value::from(clock.due_at),
        Value::Null,
        Value::Null,
        Value::from(clock.gap.as_deref()),
        Value::from(clock.warn_at),
        Value::from(clock.basis.as_deref()),
        Value::from(clock.resumes.as_ref()),
    ];
    cx.engrave(CLOCK, id.as_str(), START_CLOCK, &values)?;
    Ok(())
}

/// Gives a clock that runs another length from the same start.
pub fn relimit_clock(cx: &mut Acting<'_, '_>, id: &Id, clock: &Started<'_>) -> Done<()> {
    let (kind, n) = (clock.limit.kind.name(), clock.limit.n);
    cx.tx.write(
        CLOCK,
        id,
        RELIMIT_CLOCK,
        params![*id, kind, n, clock.due_at, clock.gap, clock.basis.as_deref(), clock.warn_at],
    )?;
    Ok(())
}

/// How a clock ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// What it timed was done.
    Done,
    /// The matter ended and nothing was left to time.
    Dropped,
}

impl Outcome {
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::Dropped => "dropped",
        }
    }
}

/// Stops the clocks of the stage the matter leaves. Those beside the stages run on.
pub fn stop_clocks(cx: &mut Acting<'_, '_>, matter: &Id, outcome: Outcome) -> Done<()> {
    for id in cx.tx.rows(AT_STAGE, params![*matter], |row| row.get::<Id>(0))? {
        stop_clock(cx, &id, outcome)?;
    }
    Ok(())
}

pub fn stop_clock(cx: &mut Acting<'_, '_>, clock: &Id, outcome: Outcome) -> Done<()> {
    let now = cx.now();
    cx.tx.write(CLOCK, clock, STOP_CLOCK, params![*clock, now, outcome.name()])?;
    Ok(())
}

/// `released`: everyone who may see the matter may see it.
pub fn attach(
    cx: &mut Acting<'_, '_>,
    matter: &Id,
    entry: &Id,
    photo: &Photo,
    released: bool,
) -> Done<()> {
    let (id, now) = (cx.new_id(), cx.now());
    let released = released.then_some(now);
    cx.tx.write(
        ATTACHMENT,
        &id,
        ATTACH,
        params![id, *matter, *entry, photo.file, photo.role, now, released],
    )?;
    Ok(())
}

/// Hangs the redacted copy of a photo beside it, for everyone who may see the matter.
pub fn attach_redacted(
    cx: &mut Acting<'_, '_>,
    matter: &Id,
    of: &Attached,
    file: &str,
) -> Done<()> {
    let (id, now) = (cx.new_id(), cx.now());
    let row = params![id, *matter, of.entry, file, of.role, now, of.id];
    cx.tx.write(ATTACHMENT, &id, REDACT, row)?;
    Ok(())
}

/// From now on everyone who may see the matter may see this photo, or nobody but who handles it.
pub fn release(cx: &mut Acting<'_, '_>, attachment: &Id, released: bool) -> Done<()> {
    let at = released.then(|| cx.now());
    cx.tx.write(ATTACHMENT, attachment, RELEASE, params![*attachment, at])?;
    Ok(())
}

/// Makes somebody a party to the matter: from then on they see it.
pub fn join(cx: &mut Acting<'_, '_>, matter: &Id, party: &Id, role: &str) -> Done<()> {
    let key = format!("{matter}/{party}");
    let values = [Value::from(matter), Value::from(party), Value::from(role)];
    cx.engrave(PARTY, &key, JOIN, &values)?;
    Ok(())
}

/// When a move was last made with the matter.
pub fn last(tx: &ReadTx<'_>, matter: &Id, act: &str) -> Result<Option<Instant>, StoreError> {
    tx.row(LAST_OF, params![*matter, act], |row| row.get(0))
}

/// When this actor last made a move with the matter; whoever is nobody counts as everybody.
pub fn last_by(
    tx: &ReadTx<'_>,
    matter: &Id,
    act: &str,
    actor: &Actor,
) -> Result<Option<Instant>, StoreError> {
    match &actor.person {
        Some(person) => tx.row(LAST_BY, params![*matter, act, *person], |row| row.get(0)),
        None => last(tx, matter, act),
    }
}

/// The body that had the matter before this act.
pub fn body_before(tx: &ReadTx<'_>, matter: &Id, act: &Id) -> Result<Option<Id>, StoreError> {
    let body = tx.row(BODY_BEFORE, params![*matter, *act], |row| row.get::<Option<Id>>(0))?;
    Ok(body.flatten())
}
