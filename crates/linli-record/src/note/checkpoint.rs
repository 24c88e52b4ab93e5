//! The checkpoint (C2SP tlog-checkpoint): which log, how many leaves, which root.

use super::{Note, NoteError, Signer, Verifier};
use crate::hash::Hash;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

/// What the log says about itself at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The district's name for its log, such as `linli.example/620802`; also its key name.
    pub origin: String,
    pub size: u64,
    pub root: Hash,
    /// When it was signed, in microseconds UTC; an extension line, so other readers pass over it.
    pub time: Option<i64>,
}

/// Why a note is not a checkpoint of the log expected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CheckpointError {
    #[error(transparent)]
    Note(#[from] NoteError),
    #[error("line {line} of the checkpoint is malformed")]
    Line { line: usize },
    #[error("the checkpoint is of another log, {origin}")]
    Origin { origin: String },
}

const TIME: &str = "time ";

impl Checkpoint {
    /// The text that is signed.
    pub fn text(&self) -> String {
        let root = STANDARD.encode(self.root);
        let mut text = format!("{}\n{}\n{root}\n", self.origin, self.size);
        if let Some(time) = self.time {
            text.push_str(&format!("{TIME}{time}\n"));
        }
        text
    }

    /// Signs; the signer's name must be the origin, so that a key speaks for one log only.
    pub fn sign(&self, signer: &Signer) -> Result<Note, CheckpointError> {
        if signer.name() != self.origin {
            return Err(CheckpointError::Origin { origin: self.origin.clone() });
        }
        Ok(Note::sign(&self.text(), signer)?)
    }

    /// Reads the text of a note; unknown extension lines are passed over.
    pub fn parse(text: &str) -> Result<Checkpoint, CheckpointError> {
        let line = |line| CheckpointError::Line { line };
        let mut lines = text.strip_suffix('\n').ok_or(line(1))?.split('\n');
        let origin = lines.next().filter(|l| !l.is_empty()).ok_or(line(1))?.to_owned();
        let size = lines.next().and_then(number).ok_or(line(2))?;
        let root = lines.next().and_then(|l| STANDARD.decode(l).ok()).ok_or(line(3))?;
        let root = root.try_into().map_err(|_| line(3))?;
        let mut time = None;
        for (n, extension) in lines.enumerate() {
            match extension.strip_prefix(TIME) {
                _ if extension.is_empty() => return Err(line(n + 4)),
                Some(micros) if time.is_none() => {
                    time = Some(micros.parse().map_err(|_| line(n + 4))?);
                }
                _ => {}
            }
        }
        Ok(Checkpoint { origin, size, root, time })
    }

    /// Reads a note and believes it only with the log's own signature.
    pub fn open(note: &str, log: &Verifier) -> Result<Checkpoint, CheckpointError> {
        let note = Note::parse(note)?;
        note.verify(log)?;
        let checkpoint = Checkpoint::parse(&note.text)?;
        match checkpoint.origin == log.name() {
            true => Ok(checkpoint),
            false => Err(CheckpointError::Origin { origin: checkpoint.origin }),
        }
    }
}

/// A decimal number without sign or leading zeros.
fn number(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}
