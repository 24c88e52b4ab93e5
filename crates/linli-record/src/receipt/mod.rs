//! The receipt (回执): what a resident takes home to prove that an act is in the record.
//!
//! At once it carries a [`Promise`], signed; after sequencing also the place in the tree with an
//! inclusion proof and a checkpoint; and, for the one who sent them, the very words recorded. It
//! is JSON of a few kilobytes, and as a bare promise it fits a QR code. A page that shares no code
//! with this crate (`web/verify`) checks it without a network.

mod json;
mod promise;

pub use promise::{Promise, PromiseError};

use crate::hash::{Hash, hash_leaf};
use crate::leaf::{Leaf, LeafError};
use crate::note::{Checkpoint, Signer, Verifier};
use crate::seal::{Field, Salt, Seal};
use crate::tree::verify_inclusion;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The version of the JSON form.
pub const VERSION: u32 = 1;

/// A receipt as read or made; believe it after [`Receipt::verify`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    #[serde(rename = "linli_receipt")]
    pub version: u32,
    /// The district's name for its log.
    pub origin: String,
    /// The log's Ed25519 public key.
    #[serde(with = "json::bytes")]
    pub key: [u8; 32],
    pub act_id: String,
    /// The leaf as it stands in the log.
    #[serde(with = "json::bytes")]
    pub leaf: Vec<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise: Option<Promised>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inclusion: Option<Inclusion>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Disclosed>,
}

/// The log's signed word that the leaf will be in the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promised {
    /// Microseconds UTC.
    #[serde(with = "json::decimal")]
    pub at: i64,
    #[serde(with = "json::bytes")]
    pub signature: [u8; 64],
}

/// Where the leaf hangs in the tree, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inclusion {
    pub index: u64,
    #[serde(with = "json::hashes")]
    pub proof: Vec<Hash>,
    /// The signed checkpoint that the proof leads to.
    pub checkpoint: String,
}

/// A row of the holder's own, laid open whole: with the salt, single fields could be guessed, so
/// a row that has fields to be withheld is not given out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disclosed {
    pub table: String,
    pub id: String,
    #[serde(with = "json::bytes")]
    pub salt: Salt,
    pub fields: Vec<DisclosedField>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisclosedField {
    pub name: String,
    #[serde(flatten)]
    pub value: Value,
}

/// An owned [`Field`]. Numbers are written as text, since JavaScript rounds large ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Value {
    Null(()),
    Int(#[serde(with = "json::decimal")] i64),
    Text(String),
    Blob(#[serde(with = "json::bytes")] Vec<u8>),
}

/// Why a receipt cannot be made or read.
#[derive(Debug, Error)]
pub enum ReceiptError {
    #[error("not a receipt: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the receipt is of version {0}, which is unknown here")]
    Version(u32),
    #[error(transparent)]
    Leaf(#[from] LeafError),
    #[error(transparent)]
    Promise(#[from] PromiseError),
}

/// What is wrong with a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Finding {
    #[error("the receipt is signed with another key than this district's")]
    KeyUnknown,
    #[error("the leaf cannot be read: {0}")]
    LeafUnreadable(LeafError),
    #[error("the leaf is of another act, {0}")]
    WrongAct(String),
    #[error("the promise is not signed by the log")]
    PromiseForged,
    #[error("the checkpoint is not signed by the log: {0}")]
    CheckpointForged(String),
    #[error("the leaf is not in the tree: {0}")]
    NotInTree(String),
    #[error("the receipt holds neither a promise nor a proof")]
    NoProof,
    #[error("the act did not write {table} {id}")]
    RowNotRecorded { table: String, id: String },
    #[error("{table} {id} was recorded in other words")]
    RowDiffers { table: String, id: String },
}

impl Finding {
    /// The stable name under which the application keeps its Chinese and English sentences.
    pub fn code(&self) -> &'static str {
        match self {
            Finding::KeyUnknown => "key_unknown",
            Finding::LeafUnreadable(_) => "leaf_unreadable",
            Finding::WrongAct(_) => "wrong_act",
            Finding::PromiseForged => "promise_forged",
            Finding::CheckpointForged(_) => "checkpoint_forged",
            Finding::NotInTree(_) => "not_in_tree",
            Finding::NoProof => "no_proof",
            Finding::RowNotRecorded { .. } => "row_not_recorded",
            Finding::RowDiffers { .. } => "row_differs",
        }
    }
}

impl Receipt {
    /// The receipt given at once, signed at the instant `at`.
    pub fn promised(leaf: &Leaf, at: i64, log: &Signer) -> Result<Receipt, ReceiptError> {
        let bytes = leaf.encode()?;
        let promise = Promise::sign(&leaf.act_id, hash_leaf(&bytes), at, log)?;
        Ok(Receipt {
            version: VERSION,
            origin: promise.origin,
            key: promise.key,
            act_id: promise.act_id,
            leaf: bytes,
            promise: Some(Promised { at, signature: promise.signature }),
            inclusion: None,
            rows: Vec::new(),
        })
    }

    /// Lays open a row, so that the words sent can be compared with those recorded.
    pub fn disclose(mut self, table: &str, id: &str, salt: &Salt, row: &[(&str, Field)]) -> Self {
        let field = |(name, value): &(&str, Field)| DisclosedField {
            name: (*name).to_owned(),
            value: Value::from(*value),
        };
        self.rows.push(Disclosed {
            table: table.to_owned(),
            id: id.to_owned(),
            salt: *salt,
            fields: row.iter().map(field).collect(),
        });
        self
    }

    /// Adds the place in the tree once the sequencer has given one.
    pub fn included(mut self, index: u64, proof: Vec<Hash>, checkpoint: &str) -> Self {
        let checkpoint = checkpoint.to_owned();
        self.inclusion = Some(Inclusion { index, proof, checkpoint });
        self
    }

    pub fn to_json(&self) -> Result<String, ReceiptError> {
        Ok(serde_json::to_string_pretty(self)?)
    }

    pub fn parse(json: &str) -> Result<Receipt, ReceiptError> {
        let receipt: Receipt = serde_json::from_str(json)?;
        match receipt.version {
            VERSION => Ok(receipt),
            other => Err(ReceiptError::Version(other)),
        }
    }

    /// The promise alone, as it goes into a QR code.
    pub fn promise(&self) -> Option<Promise> {
        let promised = self.promise.as_ref()?;
        Some(Promise {
            origin: self.origin.clone(),
            act_id: self.act_id.clone(),
            leaf: hash_leaf(&self.leaf),
            at: promised.at,
            key: self.key,
            signature: promised.signature,
        })
    }

    /// Everything that is wrong; empty when the receipt holds.
    ///
    /// Without the district's key from elsewhere (`known`), this shows only that the receipt agrees
    /// with itself: anyone can make a key.
    pub fn verify(&self, known: Option<&Verifier>) -> Vec<Finding> {
        let mut found = Vec::new();
        let own = Verifier::new(&self.origin, &self.key).ok();
        if known.is_some() && known != own.as_ref() {
            found.push(Finding::KeyUnknown);
        }
        if let Some(promise) = self.promise()
            && promise.verify().is_err()
        {
            found.push(Finding::PromiseForged);
        }
        match (&self.inclusion, &own) {
            (Some(inclusion), Some(log)) => found.extend(inclusion.verify(&self.leaf, log)),
            (Some(_), None) => {
                found.push(Finding::CheckpointForged("the key is malformed".to_owned()));
            }
            (None, _) if self.promise.is_none() => found.push(Finding::NoProof),
            (None, _) => {}
        }
        match Leaf::decode(&self.leaf) {
            Err(error) => found.push(Finding::LeafUnreadable(error)),
            Ok(leaf) => {
                if leaf.act_id != self.act_id {
                    found.push(Finding::WrongAct(leaf.act_id.clone()));
                }
                found.extend(self.rows.iter().filter_map(|row| row.verify(&leaf)));
            }
        }
        found
    }
}

impl Inclusion {
    fn verify(&self, leaf: &[u8], log: &Verifier) -> Option<Finding> {
        let checkpoint = match Checkpoint::open(&self.checkpoint, log) {
            Ok(checkpoint) => checkpoint,
            Err(error) => return Some(Finding::CheckpointForged(error.to_string())),
        };
        let (size, root) = (checkpoint.size, &checkpoint.root);
        let held = verify_inclusion(&hash_leaf(leaf), self.index, size, &self.proof, root);
        held.err().map(|error| Finding::NotInTree(error.to_string()))
    }
}

impl Disclosed {
    fn verify(&self, leaf: &Leaf) -> Option<Finding> {
        let (table, id) = (self.table.clone(), self.id.clone());
        let fields: Vec<(&str, Field)> =
            self.fields.iter().map(|f| (f.name.as_str(), f.value.as_field())).collect();
        let seal = Seal::of(&table, &id, &self.salt, &fields);
        let mut marks = leaf.rows.iter().filter(|m| m.table == table && m.id == id).peekable();
        if marks.peek().is_none() {
            return Some(Finding::RowNotRecorded { table, id });
        }
        match marks.any(|m| m.commitment == seal.commitment) {
            true => None,
            false => Some(Finding::RowDiffers { table, id }),
        }
    }
}

impl Value {
    pub fn as_field(&self) -> Field<'_> {
        match self {
            Value::Null(()) => Field::Null,
            Value::Int(int) => Field::Int(*int),
            Value::Text(text) => Field::Text(text),
            Value::Blob(blob) => Field::Blob(blob),
        }
    }
}

impl From<Field<'_>> for Value {
    fn from(field: Field) -> Value {
        match field {
            Field::Null => Value::Null(()),
            Field::Int(int) => Value::Int(int),
            Field::Text(text) => Value::Text(text.to_owned()),
            Field::Blob(blob) => Value::Blob(blob.to_owned()),
        }
    }
}
