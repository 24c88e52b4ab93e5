//! The leaf an act leaves in the public record, and the seals of the rows it wrote.

use linli_record::Hash;
use linli_record::leaf::{GONE, Leaf, RowMark};
use linli_record::seal::{Field, Salt, Seal};
use sha2::{Digest as _, Sha256};

use super::{Actor, Stamp};
use crate::base::{Fault, Id, Instant};
use crate::params;
use crate::store::schema::{Table, sealed, whole_row};
use crate::store::upkeep::LEAF;
use crate::store::{Param, ReadTx, StoreError, Touched, Value, WriteTx};

const KEEP_LEAF: &str = "insert into leaf (act_id, body, stamp) values ($1, $2, $3)";

/// What an act is in the record, apart from the rows it wrote.
pub(super) struct Deed<'a> {
    pub act_id: &'a Id,
    pub act: &'a str,
    pub at: Instant,
    pub subject_kind: &'a str,
    pub subject_id: &'a str,
    pub actor: &'a Actor,
    pub entropy: &'a [u8; 32],
    pub stamp: &'a Stamp,
}

/// Seals every touched row and writes the leaf, in which the engraved rows come first.
pub(super) fn leave(
    tx: &mut WriteTx<'_>,
    deed: &Deed<'_>,
    engraved: Vec<RowMark>,
    touched: &[Touched],
) -> Result<(), StoreError> {
    let mut rows = engraved;
    rows.retain(|mark| !touched.iter().any(|row| row.table == mark.table && row.id == mark.id));
    rows.reserve(touched.len());
    let mut seals = Vec::with_capacity(touched.len());
    for Touched { table, id, row } in touched {
        let commitment = match row {
            None => GONE,
            Some(values) => {
                let (kept, commitment) = sealing(deed.entropy, table, id, values);
                seals.push((*table, id.as_str(), kept));
                commitment
            }
        };
        rows.push(RowMark { table: (*table).to_owned(), id: id.clone(), commitment });
    }
    tx.seal(&seals)?;
    let leaf = Leaf {
        act_id: deed.act_id.to_string(),
        act: deed.act.to_owned(),
        at: deed.at.0,
        subject_kind: deed.subject_kind.to_owned(),
        subject_id: deed.subject_id.to_owned(),
        actor: actor_pseudonym(deed.entropy, &deed.actor.key()),
        rows,
    };
    let body = leaf.encode().map_err(|e| Fault::new(format!("the leaf: {e}")))?;
    let stamp = deed.stamp.on(&body);
    tx.write(LEAF, deed.act_id, KEEP_LEAF, params![deed.act_id, body, stamp])?;
    Ok(())
}

/// The seal of a row as it is kept in it, and the commitment that goes into the leaf.
fn sealing(entropy: &[u8; 32], table: &str, id: &str, values: &[Value]) -> (Vec<u8>, Hash) {
    let salt = salt_for(entropy, table, id);
    let seal = Seal::of(table, id, &salt, &fields(sealed(table), values));
    ([&salt[..], &seal.checks].concat(), seal.commitment)
}

/// The salt and the checks of a seal as it is kept; `None` where it holds no salt.
pub(crate) fn opened(kept: &[u8]) -> Option<(&Salt, &[u8])> {
    kept.split_first_chunk()
}

/// Inserts a row together with its seal: it is written once, so no second look is needed. `None`
/// when the statement left an earlier row alone.
pub(super) fn engrave(
    tx: &mut WriteTx<'_>,
    entropy: &[u8; 32],
    (table, id): (Table, &str),
    sql: &str,
    values: &[Value],
) -> Result<Option<RowMark>, StoreError> {
    let (kept, commitment) = sealing(entropy, table.name, id, values);
    let mut bound: Vec<Param<'_>> = values.iter().map(Param::from).collect();
    bound.push(Param::Blob(&kept));
    let changed = tx.write_sealed(table, sql, &bound)?;
    let mark = || RowMark { table: table.name.to_owned(), id: id.to_owned(), commitment };
    Ok((changed > 0).then(mark))
}

/// A row as it stands, its values in the order of [`sealed`], and the seal it carries.
pub(crate) struct Standing {
    pub values: Vec<Value>,
    pub seal: Option<Vec<u8>>,
}

pub(crate) fn standing(
    tx: &ReadTx<'_>,
    table: &str,
    id: &str,
) -> Result<Option<Standing>, StoreError> {
    let width = sealed(table).len();
    tx.row(whole_row(table), params![id], |row| {
        let values = (0..width).map(|at| row.any(at)).collect::<Result<_, _>>()?;
        Ok(Standing { values, seal: row.get(width)? })
    })
}

/// Names and values as the record hashes them.
pub(crate) fn fields<'a>(names: &'a [String], values: &'a [Value]) -> Vec<(&'a str, Field<'a>)> {
    names
        .iter()
        .zip(values)
        .map(|(name, value)| {
            let field = match value {
                Value::Null => Field::Null,
                Value::Int(n) => Field::Int(*n),
                Value::Text(t) => Field::Text(t),
                Value::Blob(b) => Field::Blob(b),
            };
            (name.as_str(), field)
        })
        .collect()
}

/// A commitment to who acted: without the act's own randomness nobody can guess it back.
pub fn actor_pseudonym(entropy: &[u8; 32], key: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"linli actor");
    hash.update(entropy);
    hash.update(key.as_bytes());
    hash.finalize().into()
}

fn salt_for(entropy: &[u8; 32], table: &str, id: &str) -> Salt {
    let mut hash = Sha256::new();
    hash.update(b"linli salt");
    hash.update(entropy);
    hash.update(table.as_bytes());
    hash.update([0]);
    hash.update(id.as_bytes());
    let full: [u8; 32] = hash.finalize().into();
    let mut salt = [0_u8; 16];
    salt.copy_from_slice(&full[..16]);
    salt
}
