//! What is read of the record's tables.

use crate::act::sequencer::ReadTiles;
use crate::base::{Fault, Id, Instant};
use crate::params;
use crate::people::store::{masked_name_of, title_of_post};
use crate::store::{Param, ReadTx, StoreError, Value};
use linli_record::tree::{self, TreeError};

const NEWEST: &str = "select size, note, at from checkpoint order by size desc limit 1";
const LEAF: &str = "select body, idx from leaf where act_id = $1";
const LEAVES: &str = "select body from leaf where idx >= $1 and idx < $2 order by idx";
const TILE: &str = "select hashes from tile where level = $1 and idx = $2";
const DEED: &str = "
    select name, actor_id, subject_kind, subject_id, at, recorded_at from act where id = $1";

/// The newest signed checkpoint.
pub struct Signed {
    pub size: i64,
    pub note: String,
    pub at: Instant,
}

pub fn newest(tx: &ReadTx<'_>) -> Result<Option<Signed>, StoreError> {
    tx.row(NEWEST, &[], |row| Ok(Signed { size: row.get(0)?, note: row.get(1)?, at: row.get(2)? }))
}

/// The leaf of an act, and its place once the sequencer has given it one.
pub struct StoredLeaf {
    pub body: Vec<u8>,
    pub place: Option<i64>,
}

pub fn leaf(tx: &ReadTx<'_>, act_id: &Id) -> Result<Option<StoredLeaf>, StoreError> {
    tx.row(LEAF, params![*act_id], |row| Ok(StoredLeaf { body: row.get(0)?, place: row.get(1)? }))
}

pub fn leaves(tx: &ReadTx<'_>, from: i64, before: i64) -> Result<Vec<Vec<u8>>, StoreError> {
    tx.rows(LEAVES, params![from, before], |row| row.get(0))
}

pub fn tile(tx: &ReadTx<'_>, level: i64, index: i64) -> Result<Option<Vec<u8>>, StoreError> {
    tx.row(TILE, params![level, index], |row| row.get(0))
}

/// What the book of acts says of one act.
pub struct Deed {
    pub name: String,
    pub actor: String,
    pub subject_kind: String,
    pub subject_id: String,
    pub at: Instant,
    pub recorded_at: Instant,
}

pub fn deed(tx: &ReadTx<'_>, act_id: &Id) -> Result<Option<Deed>, StoreError> {
    tx.row(DEED, params![*act_id], |row| {
        Ok(Deed {
            name: row.get(0)?,
            actor: row.get(1)?,
            subject_kind: row.get(2)?,
            subject_id: row.get(3)?,
            at: row.get(4)?,
            recorded_at: row.get(5)?,
        })
    })
}

/// An act on other things than cases, as the book of acts has it.
pub struct DoneRow {
    pub id: Id,
    pub name: String,
    pub actor: String,
    /// The person's masked name.
    pub who: Option<String>,
    /// What the post is called.
    pub post: Option<String>,
    /// The masked name of the person it was done to.
    pub about: Option<String>,
    pub at: Instant,
}

/// Acts within a span of time whose names begin with one of these, newest first: from the how
/// manyth on, and how many.
pub fn done_in(
    tx: &ReadTx<'_>,
    names: &[&str],
    (since, until): (Instant, Instant),
    (from, most): (i64, i64),
) -> Result<Vec<DoneRow>, StoreError> {
    let any: Vec<String> =
        (5..5 + names.len()).map(|n| format!("substr(name, 1, length(${n})) = ${n}")).collect();
    let [who, about] = ["act.actor_id", "act.subject_id"].map(masked_name_of);
    let post = title_of_post("act.post_id");
    let sql = format!(
        "select id, name, actor_id, {who}, {post},
                case when subject_kind = 'person' then {about} end, at
         from act where subject_kind <> 'case' and at >= $1 and at < $2 and ({})
         order by at desc, id limit $4 offset $3",
        any.join(" or ")
    );
    let mut values = vec![Value::from(since), until.into(), from.into(), most.into()];
    values.extend(names.iter().map(|name| Value::from(*name)));
    let params: Vec<Param<'_>> = values.iter().map(Param::from).collect();
    tx.rows(&sql, &params, |row| {
        Ok(DoneRow {
            id: row.get(0)?,
            name: row.get(1)?,
            actor: row.get(2)?,
            who: row.get(3)?,
            post: row.get(4)?,
            about: row.get(5)?,
            at: row.get(6)?,
        })
    })
}

/// Why the leaf at `place` is in the tree of `size` leaves.
pub fn proof(tx: &ReadTx<'_>, place: i64, size: i64) -> Result<Vec<[u8; 32]>, StoreError> {
    let (place, size) = (place.cast_unsigned(), size.cast_unsigned());
    tree::inclusion_proof(&ReadTiles { tx }, place, size).map_err(|error| match error {
        TreeError::Store(error) => error,
        TreeError::Damaged { level, index, .. } => {
            Fault::new(format!("tile {level}/{index} of the record is damaged")).into()
        }
        TreeError::Range { size } => Fault::new(format!("the record has {size} leaves")).into(),
    })
}
