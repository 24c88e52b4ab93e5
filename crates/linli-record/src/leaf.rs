//! The leaf (存证叶): what one act did, without a word about anyone.
//!
//! It is public for ever, so persons appear as a pseudonym or commitment and rows as salted
//! commitments. An outsider reads it with a page of code; numbers are big-endian:
//!
//! ```text
//! version (01) | act_id | act | at, 8 bytes | subject_kind | subject_id | actor, 32 bytes
//! number of rows, 2 bytes | for each row: table | id | commitment, 32 bytes
//! ```
//!
//! Leaves are kept for ever and most of one is ids, so a text is the first of these that fits:
//!
//! ```text
//! 84       as the act's id (a subject's or row's id only)
//! 85       as the subject's id (a row's id only)
//! 80 to 83 and 16 bytes: 26 characters of Crockford's base 32 in lower case, 130 bits, of which
//!          the highest two stand in the first byte
//! 00 to 7f the length, then UTF-8
//! ff       the length in two bytes, then UTF-8
//! ```
//!
//! A leaf has one form only: what decodes encodes to the same bytes again.

mod word;

use crate::bytes::{BytesError, Reader};
use crate::hash::{Hash, hash_leaf};
use thiserror::Error;
use word::put_word;

/// The first byte of every leaf of this form.
pub const VERSION: u8 = 1;

/// A leaf may not be longer, since bundles of leaves count lengths in two bytes (C2SP tlog-tiles).
/// That is room for a thousand rows; an act that writes more works in chunks, each with its leaf.
pub const MAX_LEN: usize = 65_535;

/// The commitment of a row that an act has removed, such as by a lawful erasure.
pub const GONE: Hash = [0; 32];

/// What one act did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    pub act_id: String,
    /// The act's name, such as `case.dispatch`.
    pub act: String,
    /// Microseconds UTC.
    pub at: i64,
    pub subject_kind: String,
    pub subject_id: String,
    /// A commitment to, or pseudonym of, who acted; never an identity.
    pub actor: Hash,
    pub rows: Vec<RowMark>,
}

/// A row that the act wrote and the seal it then had; [`GONE`] when the act removed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowMark {
    pub table: String,
    pub id: String,
    pub commitment: Hash,
}

/// Why bytes are not a leaf, or a leaf has no bytes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LeafError {
    #[error("malformed leaf: {0}")]
    Bytes(#[from] BytesError),
    #[error("the leaf is of version {0}, which is unknown here")]
    Version(u8),
    #[error("the leaf would be longer than 65,535 bytes")]
    TooLong,
    #[error("the leaf is not in the one form that leaves have")]
    OtherForm,
}

impl Leaf {
    /// The bytes that are stored, served and hashed.
    pub fn encode(&self) -> Result<Vec<u8>, LeafError> {
        self.written().filter(|bytes| bytes.len() <= MAX_LEN).ok_or(LeafError::TooLong)
    }

    fn written(&self) -> Option<Vec<u8>> {
        let mut out = vec![VERSION];
        let known = [self.act_id.as_str(), self.subject_id.as_str()];
        put_word(&mut out, &self.act_id, &[])?;
        put_word(&mut out, &self.act, &[])?;
        out.extend_from_slice(&self.at.to_be_bytes());
        put_word(&mut out, &self.subject_kind, &[])?;
        put_word(&mut out, &self.subject_id, &known[..1])?;
        out.extend_from_slice(&self.actor);
        out.extend_from_slice(&u16::try_from(self.rows.len()).ok()?.to_be_bytes());
        for row in &self.rows {
            put_word(&mut out, &row.table, &[])?;
            put_word(&mut out, &row.id, &known)?;
            out.extend_from_slice(&row.commitment);
        }
        Some(out)
    }

    pub fn decode(bytes: &[u8]) -> Result<Leaf, LeafError> {
        if bytes.len() > MAX_LEN {
            return Err(LeafError::TooLong);
        }
        let mut reader = Reader::new(bytes);
        match reader.u8()? {
            VERSION => {}
            other => return Err(LeafError::Version(other)),
        }
        let act_id = word::read(&mut reader, &[])?;
        let act = word::read(&mut reader, &[])?;
        let at = reader.i64()?;
        let subject_kind = word::read(&mut reader, &[])?;
        let subject_id = word::read(&mut reader, &[&act_id])?;
        let actor = reader.array()?;
        let rows = rows(&mut reader, &[&act_id, &subject_id])?;
        reader.end()?;
        let leaf = Leaf { act_id, act, at, subject_kind, subject_id, actor, rows };
        if leaf.written().is_some_and(|written| written == bytes) {
            Ok(leaf)
        } else {
            Err(LeafError::OtherForm)
        }
    }

    /// The hash under which the leaf hangs in the tree.
    pub fn hash(&self) -> Result<Hash, LeafError> {
        Ok(hash_leaf(&self.encode()?))
    }
}

fn rows(reader: &mut Reader, known: &[&str]) -> Result<Vec<RowMark>, BytesError> {
    let count = reader.u16()?;
    let mut rows = Vec::new();
    for _ in 0..count {
        let (table, id) = (word::read(reader, &[])?, word::read(reader, known)?);
        rows.push(RowMark { table, id, commitment: reader.array()? });
    }
    Ok(rows)
}
