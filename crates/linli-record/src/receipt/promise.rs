//! The promise: the log's signed word, given before the sequencer has run.

use crate::bytes::{BytesError, Reader, put_text};
use crate::hash::Hash;
use crate::note::{NoteError, Signer, Verifier};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use thiserror::Error;

/// First line of the signed text. No log has a name with a space in it, so a promise can never be
/// taken for a checkpoint.
const FIRST_LINE: &str = "linli promise v1";
const VERSION: u8 = 1;

/// "The act with this id left this leaf, and the leaf will be in the tree."
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    pub origin: String,
    pub act_id: String,
    pub leaf: Hash,
    /// Microseconds UTC.
    pub at: i64,
    pub key: [u8; 32],
    pub signature: [u8; 64],
}

/// Why a promise cannot be made, read or believed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PromiseError {
    #[error("an act id must not be empty, hold control characters or be longer than 200 bytes")]
    ActId,
    #[error("not base64url")]
    Base64,
    #[error("malformed promise: {0}")]
    Bytes(#[from] BytesError),
    #[error("the promise is of version {0}, which is unknown here")]
    Version(u8),
    #[error(transparent)]
    Note(#[from] NoteError),
}

impl Promise {
    pub fn sign(act_id: &str, leaf: Hash, at: i64, log: &Signer) -> Result<Promise, PromiseError> {
        if act_id.is_empty() || act_id.len() > 200 || act_id.contains(char::is_control) {
            return Err(PromiseError::ActId);
        }
        let mut promise = Promise {
            origin: log.name().to_owned(),
            act_id: act_id.to_owned(),
            leaf,
            at,
            key: log.public_key(),
            signature: [0; 64],
        };
        promise.signature = log.sign_text(&promise.text());
        Ok(promise)
    }

    /// The text that is signed: five lines.
    pub fn text(&self) -> String {
        let leaf = STANDARD.encode(self.leaf);
        format!("{FIRST_LINE}\n{}\n{}\n{leaf}\n{}\n", self.origin, self.act_id, self.at)
    }

    /// Is it signed with the key it names? Whether that key is the district's is asked elsewhere.
    pub fn verify(&self) -> Result<(), PromiseError> {
        if self.act_id.contains(char::is_control) {
            return Err(PromiseError::ActId);
        }
        let log = Verifier::new(&self.origin, &self.key)?;
        Ok(log.verify_text(&self.text(), &self.signature)?)
    }

    /// The fragment of a verifying address, short enough for a QR code: base64url over
    /// version (01), origin, act id, leaf hash, instant, key and signature. `None` when a name is
    /// longer than any log's.
    pub fn compact(&self) -> Option<String> {
        let mut out = vec![VERSION];
        put_text(&mut out, &self.origin)?;
        put_text(&mut out, &self.act_id)?;
        out.extend_from_slice(&self.leaf);
        out.extend_from_slice(&self.at.to_be_bytes());
        out.extend_from_slice(&self.key);
        out.extend_from_slice(&self.signature);
        Some(URL_SAFE_NO_PAD.encode(out))
    }

    pub fn from_compact(fragment: &str) -> Result<Promise, PromiseError> {
        let bytes = URL_SAFE_NO_PAD.decode(fragment).map_err(|_| PromiseError::Base64)?;
        let mut reader = Reader::new(&bytes);
        match reader.u8()? {
            VERSION => {}
            other => return Err(PromiseError::Version(other)),
        }
        let promise = Promise {
            origin: reader.text()?,
            act_id: reader.text()?,
            leaf: reader.array()?,
            at: reader.i64()?,
            key: reader.array()?,
            signature: reader.array()?,
        };
        reader.end()?;
        Ok(promise)
    }
}
