//! Signed notes (C2SP signed-note): a text, an empty line, and one line a signature.
//!
//! The log signs its checkpoints this way, and a street, an auditor or a resident who watches the
//! log can add a line of their own without touching the text.

mod checkpoint;

pub use checkpoint::{Checkpoint, CheckpointError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// The signature type of plain Ed25519 in C2SP signed-note.
const ED25519: u8 = 1;
/// More signatures than this are noise or an attack.
const MAX_SIGNATURES: usize = 100;
const LINE_START: &str = "\u{2014} ";

/// Why a note cannot be read, made or believed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoteError {
    #[error("the text must not be empty, must end its last line and hold no control characters")]
    Text,
    #[error("no empty line stands between the text and the signatures")]
    NoSignatures,
    #[error("signature line {line} is malformed")]
    SignatureLine { line: usize },
    #[error("there are more than 100 signatures")]
    TooManySignatures,
    #[error("a key name must not be empty nor hold white space or '+'")]
    KeyName,
    #[error("the public key is malformed")]
    Key,
    #[error("{name} has not signed with the key expected")]
    NotSigned { name: String },
    #[error("the signature of {name} is wrong")]
    WrongSignature { name: String },
}

/// Who can sign: a name and an Ed25519 seed that lives outside the database.
pub struct Signer {
    name: String,
    key: SigningKey,
}

/// Whose signature is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    key: VerifyingKey,
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    pub name: String,
    pub key_id: u32,
    pub bytes: Vec<u8>,
}

/// A signed note as read; nothing is believed before [`Note::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub text: String,
    pub signatures: Vec<NoteSignature>,
}

impl Signer {
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Signer, NoteError> {
        check_name(name)?;
        Ok(Signer { name: name.to_owned(), key: SigningKey::from_bytes(seed) })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn public_key(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    pub fn verifier(&self) -> Verifier {
        Verifier { name: self.name.clone(), key: self.key.verifying_key() }
    }

    /// The bare signature of a text, for forms that carry the text in another shape.
    pub fn sign_text(&self, text: &str) -> [u8; 64] {
        self.key.sign(text.as_bytes()).to_bytes()
    }
}

impl Verifier {
    pub fn new(name: &str, public_key: &[u8; 32]) -> Result<Verifier, NoteError> {
        check_name(name)?;
        let key = VerifyingKey::from_bytes(public_key).map_err(|_| NoteError::Key)?;
        Ok(Verifier { name: name.to_owned(), key })
    }

    /// Reads `name+key id+key`, the form in which a log's key is published.
    pub fn parse(text: &str) -> Result<Verifier, NoteError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key);
        };
        let bytes = STANDARD.decode(key).map_err(|_| NoteError::Key)?;
        let Some((&ED25519, key)) = bytes.split_first() else {
            return Err(NoteError::Key);
        };
        let key: [u8; 32] = key.try_into().map_err(|_| NoteError::Key)?;
        let verifier = Verifier::new(name, &key)?;
        match format!("{:08x}", verifier.key_id()) == id {
            true => Ok(verifier),
            false => Err(NoteError::Key),
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn public_key(&self) -> [u8; 32] {
        self.key.to_bytes()
    }

    /// First four bytes of SHA-256 over name, newline, type and key.
    pub fn key_id(&self) -> u32 {
        let mut hasher = Sha256::new();
        hasher.update(self.name.as_bytes());
        hasher.update([b'\n', ED25519]);
        hasher.update(self.key.as_bytes());
        let hash: [u8; 32] = hasher.finalize().into();
        u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])
    }

    /// Checks a bare signature; weak keys and malleable signatures are refused.
    pub fn verify_text(&self, text: &str, signature: &[u8]) -> Result<(), NoteError> {
        let wrong = || NoteError::WrongSignature { name: self.name.clone() };
        let signature = Signature::from_slice(signature).map_err(|_| wrong())?;
        self.key.verify_strict(text.as_bytes(), &signature).map_err(|_| wrong())
    }
}

/// `name+key id+key`, as [`Verifier::parse`] reads it.
impl std::fmt::Display for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut key = vec![ED25519];
        key.extend_from_slice(self.key.as_bytes());
        write!(f, "{}+{:08x}+{}", self.name, self.key_id(), STANDARD.encode(key))
    }
}

impl Note {
    /// Signs a text; further signers can be added later with [`Note::add`].
    pub fn sign(text: &str, signer: &Signer) -> Result<Note, NoteError> {
        check_text(text)?;
        let mut note = Note { text: text.to_owned(), signatures: Vec::new() };
        note.add(signer);
        Ok(note)
    }

    /// Adds one more signature under the same text.
    pub fn add(&mut self, signer: &Signer) {
        self.signatures.push(NoteSignature {
            name: signer.name.clone(),
            key_id: signer.verifier().key_id(),
            bytes: signer.sign_text(&self.text).to_vec(),
        });
    }

    pub fn parse(note: &str) -> Result<Note, NoteError> {
        let split = note.rfind("\n\n").ok_or(NoteError::NoSignatures)?;
        let (text, lines) = (&note[..=split], &note[split + 2..]);
        check_text(text)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::NoSignatures)?;
        let mut signatures = Vec::new();
        for (n, line) in lines.split('\n').enumerate() {
            if n == MAX_SIGNATURES {
                return Err(NoteError::TooManySignatures);
            }
            let signature = NoteSignature::parse(line);
            signatures.push(signature.ok_or(NoteError::SignatureLine { line: n + 1 })?);
        }
        Ok(Note { text: text.to_owned(), signatures })
    }

    /// The first line with this name and key id decides; lines of unknown keys are passed over.
    pub fn verify(&self, by: &Verifier) -> Result<(), NoteError> {
        let id = by.key_id();
        let line = self.signatures.iter().find(|s| s.name == by.name && s.key_id == id);
        match line {
            Some(signature) => by.verify_text(&self.text, &signature.bytes),
            None => Err(NoteError::NotSigned { name: by.name.clone() }),
        }
    }
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.text)?;
        for signature in &self.signatures {
            let mut bytes = signature.key_id.to_be_bytes().to_vec();
            bytes.extend_from_slice(&signature.bytes);
            writeln!(f, "{LINE_START}{} {}", signature.name, STANDARD.encode(bytes))?;
        }
        Ok(())
    }
}

impl NoteSignature {
    fn parse(line: &str) -> Option<NoteSignature> {
        let (name, encoded) = line.strip_prefix(LINE_START)?.split_once(' ')?;
        check_name(name).ok()?;
        let bytes = STANDARD.decode(encoded).ok()?;
        let (id, bytes) = bytes.split_first_chunk::<4>()?;
        if bytes.is_empty() {
            return None;
        }
        let key_id = u32::from_be_bytes(*id);
        Some(NoteSignature { name: name.to_owned(), key_id, bytes: bytes.to_vec() })
    }
}

fn check_name(name: &str) -> Result<(), NoteError> {
    let bad = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    match name.is_empty() || name.contains(bad) {
        true => Err(NoteError::KeyName),
        false => Ok(()),
    }
}

fn check_text(text: &str) -> Result<(), NoteError> {
    let control = |c: char| c < ' ' && c != '\n';
    let good = text.len() > 1 && text.ends_with('\n') && !text.contains(control);
    if good { Ok(()) } else { Err(NoteError::Text) }
}
