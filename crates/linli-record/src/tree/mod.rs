//! The Merkle tree over all leaves (RFC 6962 §2.1), kept as tiles (C2SP tlog-tiles).
//!
//! A tile is up to 256 neighbouring hashes of one level; level 0 holds the hashes of leaves, and
//! each hash of level L + 1 is the root over a full tile of level L. Only hashes that never change
//! are stored, so a partial tile is the beginning of the later full one, and a stored tile that is
//! ahead of the tree's size (a sequencer that died in between) does no harm.

mod path;
mod proof;
mod tiles;

pub use path::{entries_path, entry_bundle, split_entry_bundle, tile_path};
pub use proof::{verify_consistency, verify_inclusion};
pub use tiles::{append, consistency_proof, inclusion_proof, root};

use crate::hash::Hash;
use std::collections::BTreeMap;
use std::convert::Infallible;
use thiserror::Error;

/// Hashes in a full tile: height 8, as C2SP tlog-tiles fixes it.
pub const TILE_WIDTH: u64 = 256;

/// Where tiles are kept. A tile is written again, longer, until it is full.
pub trait Tiles {
    type Error;
    fn read(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, Self::Error>;
    fn write(&mut self, level: u8, index: u64, bytes: &[u8]) -> Result<(), Self::Error>;
}

/// Why the tree could not be read or extended.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TreeError<E> {
    #[error("the tiles could not be read or written")]
    Store(E),
    #[error("tile {level}/{index} lacks its first {wanted} hashes")]
    Damaged { level: u8, index: u64, wanted: u64 },
    #[error("no such place in a tree of {size} leaves")]
    Range { size: u64 },
}

/// Why a proof does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ProofError {
    #[error("the place is not inside the tree")]
    Range,
    #[error("the proof has the wrong number of hashes")]
    Length,
    #[error("the proof leads to another root")]
    Root,
}

/// Tiles in memory: for checks, tests and tools.
#[derive(Debug, Clone, Default)]
pub struct MemoryTiles(BTreeMap<(u8, u64), Vec<u8>>);

impl MemoryTiles {
    /// Every tile with its level and index.
    pub fn iter(&self) -> impl Iterator<Item = (u8, u64, &[u8])> {
        self.0.iter().map(|(&(level, index), bytes)| (level, index, bytes.as_slice()))
    }

    /// One hash of a level; on level 0 that of a leaf.
    pub fn hash(&self, level: u8, place: u64) -> Option<Hash> {
        let tile = self.0.get(&(level, place / TILE_WIDTH))?;
        let start = usize::try_from(place % TILE_WIDTH).ok()? * 32;
        tile.get(start..start + 32)?.try_into().ok()
    }
}

impl Tiles for MemoryTiles {
    type Error = Infallible;

    fn read(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.0.get(&(level, index)).cloned())
    }

    fn write(&mut self, level: u8, index: u64, bytes: &[u8]) -> Result<(), Infallible> {
        self.0.insert((level, index), bytes.to_vec());
        Ok(())
    }
}
