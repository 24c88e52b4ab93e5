//! The seal of a business row: one commitment for all its fields, under a salt.
//!
//! The commitment goes into the public record and is what binds; the salt and a short check of each
//! field stay with the row, the checks only to say *which* field is not as it was. Without the
//! salt nobody can guess a name or a telephone number from the commitment, and when salt and data
//! are erased (个人信息保护法 art. 47) the record stays provable and says nothing more about anyone.
//!
//! All texts and blobs are preceded by their length (4 bytes, big-endian):
//!
//! ```text
//! digest     = first 16 bytes of SHA-256("linli field v1\n" salt table row_id name type value)
//! commitment = SHA-256("linli row v1\n" table row_id number-of-digests digests)
//! check      = first 3 bytes of the digest
//! type value = 00 | 01 eight bytes, big-endian | 02 text | 03 blob
//! ```

use crate::hash::Hash;
use sha2::{Digest, Sha256};

/// Length of a field's digest. A second value with the same digest costs 2^128 trials.
const DIGEST_LEN: usize = 16;

/// Length of a field's check. Of 2^24 changes of a field one is not named; the row still is, by its
/// commitment. Every row has one for every field, so a byte here is a fortieth of the database.
pub const CHECK_LEN: usize = 3;

const FIELD_TAG: &[u8] = b"linli field v1\n";
const ROW_TAG: &[u8] = b"linli row v1\n";

/// Random bytes of one row, made by the caller when the row is first sealed.
pub type Salt = [u8; 16];

/// A value as both engines store it: instants, money and days are already `Int` or `Text`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Blob(&'a [u8]),
}

/// What is kept beside a row (`checks`) and what is published (`commitment`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// [`CHECK_LEN`] bytes a field, in the order given.
    pub checks: Vec<u8>,
    pub commitment: Hash,
}

impl Seal {
    /// Seals a row. The order of the fields is part of the seal; new columns go to the end.
    pub fn of(table: &str, row_id: &str, salt: &Salt, fields: &[(&str, Field)]) -> Seal {
        let row = Row::new(table, row_id, salt);
        let mut checks = Vec::with_capacity(fields.len() * CHECK_LEN);
        let mut hasher = Sha256::new_with_prefix(ROW_TAG);
        put(&mut hasher, table.as_bytes());
        put(&mut hasher, row_id.as_bytes());
        hasher.update(length(fields.len()));
        for (name, value) in fields {
            let digest = row.digest(name, value);
            hasher.update(digest);
            checks.extend_from_slice(&digest[..CHECK_LEN]);
        }
        Seal { checks, commitment: hasher.finalize().into() }
    }

    /// The seal of the columns that were there when the checks were made: a migration adds columns
    /// at the end, and those say nothing about the row as it was.
    pub fn of_then(
        table: &str,
        row_id: &str,
        salt: &Salt,
        checks: &[u8],
        fields: &[(&str, Field)],
    ) -> Seal {
        Seal::of(table, row_id, salt, sealed_then(checks, fields))
    }
}

/// The columns that were there when the checks were made.
pub fn sealed_then<'f, 'v>(
    checks: &[u8],
    fields: &'f [(&'v str, Field<'v>)],
) -> &'f [(&'v str, Field<'v>)] {
    &fields[..(checks.len() / CHECK_LEN).min(fields.len())]
}

/// Names the fields that are not what was sealed.
///
/// A column that a migration added after the row was sealed has no check; it is in order while it
/// is null. A check for which the row has no field any more is named `#n`.
pub fn differing(
    checks: &[u8],
    table: &str,
    row_id: &str,
    salt: &Salt,
    fields: &[(&str, Field)],
) -> Vec<String> {
    let row = Row::new(table, row_id, salt);
    let mut names = Vec::new();
    let mut sealed = checks.chunks(CHECK_LEN);
    for (name, value) in fields {
        let same = match sealed.next() {
            Some(check) => row.digest(name, value)[..CHECK_LEN] == *check,
            None => *value == Field::Null,
        };
        if !same {
            names.push((*name).to_owned());
        }
    }
    names.extend(sealed.enumerate().map(|(n, _)| format!("#{}", fields.len() + n)));
    names
}

/// The part of a field's hash that is the same for every field of a row, hashed once.
struct Row(Sha256);

impl Row {
    fn new(table: &str, row_id: &str, salt: &Salt) -> Row {
        let mut hasher = Sha256::new_with_prefix(FIELD_TAG);
        hasher.update(salt);
        put(&mut hasher, table.as_bytes());
        put(&mut hasher, row_id.as_bytes());
        Row(hasher)
    }

    fn digest(&self, name: &str, value: &Field) -> [u8; DIGEST_LEN] {
        let mut hasher = self.0.clone();
        put(&mut hasher, name.as_bytes());
        match value {
            Field::Null => hasher.update([0]),
            Field::Int(int) => {
                hasher.update([1]);
                hasher.update(int.to_be_bytes());
            }
            Field::Text(text) => {
                hasher.update([2]);
                put(&mut hasher, text.as_bytes());
            }
            Field::Blob(blob) => {
                hasher.update([3]);
                put(&mut hasher, blob);
            }
        }
        let whole: Hash = hasher.finalize().into();
        std::array::from_fn(|i| whole[i])
    }
}

fn put(hasher: &mut Sha256, bytes: &[u8]) {
    hasher.update(length(bytes.len()));
    hasher.update(bytes);
}

/// Four bytes; nothing of 4 GiB or more reaches a row.
fn length(len: usize) -> [u8; 4] {
    u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes()
}
