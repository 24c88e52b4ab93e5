//! The leaf an act leaves in the public record, and the seals of the rows it wrote.

use std::sync::LazyLock;

use linli_record::leaf::{GONE, Leaf, RowMark};
use linli_record::seal::{Field, Salt, Seal};
use sha2::{Digest as _, Sha256};

use super::Actor;
use crate::base::{Fault, Id, Instant};
use crate::params;
use crate::store::schema::{Table, columns, whole_row};
use crate::store::upkeep::LEAF;
use crate::store::{Param, ReadTx, StoreError, Touched, Value, WriteTx};

const SEAL: Table = Table::plain("seal");

/// Seals that one statement keeps.
const AT_ONCE: usize = 8;
/// Keeps one seal, two, up to [`AT_ONCE`]: the act is `$1`, then come four values for each.
static KEEP_SEALS: LazyLock<[String; AT_ONCE]> = LazyLock::new(|| {
    let one = |n: usize| format!("(${}, ${}, $1, ${}, ${})", n + 2, n + 3, n + 4, n + 5);
    std::array::from_fn(|last| {
        let rows: Vec<String> = (0..=last).map(|nth| one(nth * 4)).collect();
        format!(
            "insert into seal (tbl, row_id, act_id, salt, checks) values {}
             on conflict (tbl, row_id) do update
             set act_id = excluded.act_id, salt = excluded.salt, checks = excluded.checks",
            rows.join(", ")
        )
    })
});
const DROP_SEAL: &str = "delete from seal where tbl = $1 and row_id = $2";
const KEEP_LEAF: &str = "insert into leaf (act_id, body, hash) values ($1, $2, $3)";

/// What an act is in the record, apart from the rows it wrote.
pub(super) struct Deed<'a> {
    pub act_id: &'a Id,
    pub act: &'a str,
    pub at: Instant,
    pub subject_kind: &'a str,
    pub subject_id: &'a str,
    pub actor: &'a Actor,
    pub entropy: &'a [u8; 32],
}

/// The seal of a row, as it is kept beside it.
struct Kept<'a> {
    table: &'a str,
    id: &'a str,
    salt: Salt,
    checks: Vec<u8>,
}

/// Seals every touched row and writes the leaf, in which the engraved rows come first.
pub(super) fn leave(
    tx: &mut WriteTx<'_>,
    deed: &Deed<'_>,
    engraved: Vec<RowMark>,
    touched: &[Touched],
) -> Result<(), StoreError> {
    let mut rows = engraved;
    rows.reserve(touched.len());
    let mut seals = Vec::with_capacity(touched.len());
    for Touched { table, id, row } in touched {
        let commitment = match row {
            None => {
                tx.write(SEAL, "", DROP_SEAL, params![*table, *id])?;
                GONE
            }
            Some(values) => {
                let salt = salt_for(deed.entropy, table, id);
                let seal = Seal::of(table, id, &salt, &fields(columns(table), values));
                seals.push(Kept { table, id, salt, checks: seal.checks });
                seal.commitment
            }
        };
        rows.push(RowMark { table: (*table).to_owned(), id: id.clone(), commitment });
    }
    keep(tx, deed, &seals)?;
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
    let hash = linli_record::hash_leaf(&body);
    tx.write(LEAF, deed.act_id, KEEP_LEAF, params![deed.act_id, body, hash.to_vec()])?;
    Ok(())
}

fn keep(tx: &mut WriteTx<'_>, deed: &Deed<'_>, seals: &[Kept<'_>]) -> Result<(), StoreError> {
    for seals in seals.chunks(AT_ONCE) {
        let mut bound = vec![Param::from(deed.act_id)];
        for Kept { table, id, salt, checks } in seals {
            bound.extend([table, id].map(|text| Param::Text(text)));
            bound.extend([&salt[..], checks].map(Param::Blob));
        }
        tx.write(SEAL, "", &KEEP_SEALS[seals.len() - 1], &bound)?;
    }
    Ok(())
}

/// Inserts a row together with its own seal, salt and then checks: it is written once, so neither
/// a second row nor a second look is needed. `None` when the statement left an earlier row alone.
pub(super) fn engrave(
    tx: &mut WriteTx<'_>,
    entropy: &[u8; 32],
    (table, id): (Table, &str),
    sql: &str,
    values: &[Value],
) -> Result<Option<RowMark>, StoreError> {
    let salt = salt_for(entropy, table.name, id);
    let seal = Seal::of(table.name, id, &salt, &fields(columns(table.name), values));
    let within = [&salt[..], &seal.checks].concat();
    let mut bound: Vec<Param<'_>> = values.iter().map(Param::from).collect();
    bound.push(Param::Blob(&within));
    let changed = tx.write(table, id, sql, &bound)?;
    let mark =
        || RowMark { table: table.name.to_owned(), id: id.to_owned(), commitment: seal.commitment };
    Ok((changed > 0).then(mark))
}

/// The values of a row in the order of its columns.
pub(crate) fn row_values(
    tx: &ReadTx<'_>,
    table: &str,
    names: &[String],
    id: &str,
) -> Result<Option<Vec<Value>>, StoreError> {
    let sql = whole_row(table);
    tx.row(sql, params![id], |row| (0..names.len()).map(|at| row.any(at)).collect())
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
