//! The leaf (存证叶): what one act did, without a word about anyone.
//!
//! It is public for ever, so persons appear as a pseudonym or commitment and rows as salted
//! commitments. An outsider reads it with a page of code; numbers are big-endian and a text is its
//! length in two bytes, then UTF-8:
//!
//! ```text
//! version (01) | act_id | act | at, 8 bytes | subject_kind | subject_id | actor, 32 bytes
//! number of rows, 2 bytes | for each row: table | id | commitment, 32 bytes
//! ```
//!
//! A leaf has one form only: what decodes encodes to the same bytes again.

use crate::bytes::{BytesError, Reader, put_text};
use crate::hash::{Hash, hash_leaf};
use thiserror::Error;

/// The first byte of every leaf of this form.
pub const VERSION: u8 = 1;

/// A leaf may not be longer, since bundles of leaves count lengths in two bytes (C2SP tlog-tiles).
/// That is room for some 750 rows; an act that writes more works in chunks, each with its leaf.
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
}

impl Leaf {
    /// The bytes that are stored, served and hashed.
    pub fn encode(&self) -> Result<Vec<u8>, LeafError> {
        self.written().filter(|bytes| bytes.len() <= MAX_LEN).ok_or(LeafError::TooLong)
    }

    fn written(&self) -> Option<Vec<u8>> {
        let mut out = vec![VERSION];
        put_text(&mut out, &self.act_id)?;
        put_text(&mut out, &self.act)?;
        out.extend_from_slice(&self.at.to_be_bytes());
        put_text(&mut out, &self.subject_kind)?;
        put_text(&mut out, &self.subject_id)?;
        out.extend_from_slice(&self.actor);
        out.extend_from_slice(&u16::try_from(self.rows.len()).ok()?.to_be_bytes());
        for row in &self.rows {
            put_text(&mut out, &row.table)?;
            put_text(&mut out, &row.id)?;
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
        let leaf = Leaf {
            act_id: reader.text()?,
            act: reader.text()?,
            at: reader.i64()?,
            subject_kind: reader.text()?,
            subject_id: reader.text()?,
            actor: reader.array()?,
            rows: rows(&mut reader)?,
        };
        reader.end()?;
        Ok(leaf)
    }

    /// The hash under which the leaf hangs in the tree.
    pub fn hash(&self) -> Result<Hash, LeafError> {
        Ok(hash_leaf(&self.encode()?))
    }
}

fn rows(reader: &mut Reader) -> Result<Vec<RowMark>, BytesError> {
    let count = reader.u16()?;
    let mut rows = Vec::new();
    for _ in 0..count {
        let (table, id) = (reader.text()?, reader.text()?);
        rows.push(RowMark { table, id, commitment: reader.array()? });
    }
    Ok(rows)
}
