//! What has happened with a matter, line by line, and the photos that came with it.

use super::tally::quoted;
use crate::base::{Id, Instant};
use crate::params;
use crate::store::{ReadTx, Row, StoreError};

/// One line of the timeline as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: Id,
    pub act_id: Id,
    /// The act without its subject: `dispatch`.
    pub act: String,
    pub actor: Option<Id>,
    pub label: String,
    pub at: Instant,
    pub from: Option<String>,
    pub to: String,
    pub said: Option<String>,
    pub noted: Option<String>,
    /// Everything put down, as JSON: name → value.
    pub facts: String,
}

/// What stands before the title of a key whose program passed on the words of somebody else.
pub const PASSED_ON_BY: &str = "转来：";

const ENTRIES: &str = "
    select id, act_id, move, actor_id, actor_label, at, from_stage, to_stage, said, noted, facts
    from entry where matter_id = $1 order by at, id";

/// Every line, oldest first.
pub fn entries(tx: &ReadTx<'_>, matter: &Id) -> Result<Vec<Entry>, StoreError> {
    tx.rows(ENTRIES, params![*matter], |row| {
        Ok(Entry {
            id: row.get(0)?,
            act_id: row.get(1)?,
            act: row.get(2)?,
            actor: row.get(3)?,
            label: row.get(4)?,
            at: row.get(5)?,
            from: row.get(6)?,
            to: row.get(7)?,
            said: row.get(8)?,
            noted: row.get(9)?,
            facts: row.get(10)?,
        })
    })
}

const NEWEST: &str = "
    select move, actor_id, at, from_stage from entry where matter_id = $1
    order by at desc, id desc limit 1";

/// What was done last with a matter, by whom and when.
pub struct Newest {
    pub act: String,
    pub actor: Option<Id>,
    pub at: Instant,
    /// The stage it stood at before.
    pub from: Option<String>,
}

pub fn newest(tx: &ReadTx<'_>, matter: &Id) -> Result<Option<Newest>, StoreError> {
    tx.row(NEWEST, params![*matter], |row| {
        Ok(Newest { act: row.get(0)?, actor: row.get(1)?, at: row.get(2)?, from: row.get(3)? })
    })
}

const TIMES: &str = "select count(*) from entry where matter_id = $1 and move = $2";

/// How often a move was made with a matter.
pub fn times(tx: &ReadTx<'_>, matter: &Id, act: &str) -> Result<i64, StoreError> {
    tx.count(TIMES, params![*matter, act])
}

/// Of the row `t` of a list: whoever stands in the place `person` made one of the `acts` with it,
/// at or after the last of `since`.
pub fn made_since(person: &str, acts: &[&str], since: &[&str]) -> String {
    format!(
        "exists (select 1 from entry e
         where e.matter_id = t.id and e.actor_id = {person} and e.move in ({})
           and e.at >= coalesce((select max(b.at) from entry b
               where b.matter_id = t.id and b.move in ({})), t.opened_at))",
        quoted(acts),
        quoted(since)
    )
}

/// A photo that belongs to a matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    pub id: Id,
    pub entry: Option<Id>,
    /// Content hash: the id of the file.
    pub file: String,
    /// The record field it belongs to: `photos`, `before`, `after`.
    pub role: String,
    /// Somebody looked at it and made it public.
    pub released: bool,
    /// The photo of which this is the redacted copy.
    pub redacts: Option<Id>,
}

/// The redacted copy of a photo, where it has one.
pub fn copy_of<'a>(all: &'a [Attached], photo: &Id) -> Option<&'a Attached> {
    all.iter().find(|copy| copy.redacts.as_ref() == Some(photo))
}

/// A matter on which a photo hangs, by whom and by which field of which move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hung {
    pub matter: Id,
    /// Content hash: the id of the file.
    pub file: String,
    pub at: Instant,
    /// The act it came with.
    pub act: Option<Id>,
    pub by: Option<Id>,
    pub role: String,
    /// Somebody looked at it and made it public.
    pub released: bool,
    /// The act without its subject, and the stages it led from and to.
    pub came_by: Option<(String, Option<String>, String)>,
}

macro_rules! hung {
    ($which:literal) => {
        concat!(
            "select a.matter_id, e.actor_id, a.role, a.released_at, e.move, e.from_stage,
                    e.to_stage, a.file_id, a.at, e.act_id
             from attachment a left join entry e on e.id = a.entry_id ",
            $which
        )
    };
}

const OF_FILE: &str = hung!("where a.file_id = $1 order by a.id");
const OF_MATTER: &str = hung!(
    "where a.matter_id = $1 and (a.redacts is null or a.released_at is not null)
     order by a.at, a.id"
);

/// Where a photo hangs.
pub fn of_file(tx: &ReadTx<'_>, hash: &str) -> Result<Vec<Hung>, StoreError> {
    tx.rows(OF_FILE, params![hash], hung_from)
}

/// What hangs on a matter, oldest first.
pub fn of_matter(tx: &ReadTx<'_>, matter: &Id) -> Result<Vec<Hung>, StoreError> {
    tx.rows(OF_MATTER, params![*matter], hung_from)
}

fn hung_from(row: &Row<'_>) -> Result<Hung, StoreError> {
    let (from, to): (Option<String>, Option<String>) = (row.get(5)?, row.get(6)?);
    let act: Option<String> = row.get(4)?;
    Ok(Hung {
        matter: row.get(0)?,
        by: row.get(1)?,
        role: row.get(2)?,
        released: row.get::<Option<Instant>>(3)?.is_some(),
        came_by: act.zip(to).map(|(act, to)| (act, from, to)),
        file: row.get(7)?,
        at: row.get(8)?,
        act: row.get(9)?,
    })
}

const ATTACHED: &str = "
    select id, entry_id, file_id, role, released_at, redacts from attachment
    where matter_id = $1 and (redacts is null or released_at is not null)
    order by at, id";

/// Every photo, oldest first. A redacted copy is there while everyone may see it; one that another
/// took the place of is no choice any more.
pub fn attached(tx: &ReadTx<'_>, matter: &Id) -> Result<Vec<Attached>, StoreError> {
    tx.rows(ATTACHED, params![*matter], |row| {
        Ok(Attached {
            id: row.get(0)?,
            entry: row.get(1)?,
            file: row.get(2)?,
            role: row.get(3)?,
            released: row.get::<Option<Instant>>(4)?.is_some(),
            redacts: row.get(5)?,
        })
    })
}

const BROUGHT_TO: &str = "
    select count(*) from entry where matter_id = $1 and to_stage = $2 and move <> $3
      and from_stage <> to_stage";
const MAKERS: &str = "
    select distinct actor_id from entry
    where matter_id = $1 and actor_id is not null and move in ($2, $3, $4) and at >= $5";

/// How often the matter was brought to this stage by another move than one.
pub fn brought_to(tx: &ReadTx<'_>, matter: &Id, stage: &str, but: &str) -> Result<i64, StoreError> {
    tx.count(BROUGHT_TO, params![*matter, stage, but])
}

/// Those who made one of three moves since an instant.
pub fn makers(
    tx: &ReadTx<'_>,
    matter: &Id,
    [a, b, c]: [&str; 3],
    since: Instant,
) -> Result<Vec<Id>, StoreError> {
    tx.rows(MAKERS, params![*matter, a, b, c, since], |row| row.get(0))
}
