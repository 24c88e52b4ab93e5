//! The log's side of an audit: leaves against tiles against checkpoints.
//!
//! A leaf is kept three times: in its row, in a tile, and under every later signed root. Where two
//! disagree, the root says which one was changed.

use super::Finding;
use crate::hash::Hash;
use crate::note::Checkpoint;
use crate::tree::{MemoryTiles, TILE_WIDTH, Tiles, append, root};
use std::collections::BTreeSet;

/// What was fed of the log.
#[derive(Default)]
pub struct Log {
    /// Hashes of the leaves as stored in their rows; `None` where a row is missing.
    leaves: Vec<Option<Hash>>,
    pub stored: MemoryTiles,
    /// With whether it was kept outside.
    pub checkpoints: Vec<(Checkpoint, bool)>,
    doubtful: Option<u64>,
}

pub struct Verdict {
    pub findings: Vec<Finding>,
    pub covered: u64,
    /// The last leaf that cannot be trusted.
    pub doubtful: Option<u64>,
}

impl Log {
    pub fn len(&self) -> u64 {
        self.leaves.len() as u64
    }

    pub fn push(&mut self, hash: Hash) {
        self.leaves.push(Some(hash));
    }

    /// The leaves before `index` are missing.
    pub fn skip_to(&mut self, index: u64) {
        self.leaves.extend((self.len()..index).map(|_| None));
        self.doubt(index);
    }

    pub fn doubt(&mut self, index: u64) {
        self.doubtful = self.doubtful.max(Some(index));
    }

    pub fn judge(&mut self) -> Verdict {
        let mut findings = Vec::new();
        let differ = self.differing();
        let hashes = self.settle(&differ, &mut findings);
        let tiles = grow(&hashes);
        let len = self.len();
        let holds = |c: &Checkpoint| root(&tiles, c.size) == Ok(c.root);
        let inside = || self.checkpoints.iter().map(|(c, _)| c).filter(|c| c.size <= len);
        let covered = inside().filter(|c| holds(c)).map(|c| c.size).max().unwrap_or(0);
        let mut broken = inside().filter(|c| !holds(c)).map(|c| c.size).collect::<Vec<_>>();
        broken.sort_unstable();
        for size in broken.iter().filter(|size| **size <= covered) {
            findings.push(Finding::Fork { size: *size });
        }
        let rewritten = broken.iter().find(|size| **size > covered).copied();
        match rewritten {
            Some(before) => {
                findings.push(self.rewritten(&tiles, covered, before));
                self.doubt(before - 1);
            }
            None => self.compare_tiles(&tiles, &mut findings),
        }
        self.compare_checkpoints(&mut findings);
        Verdict { findings, covered, doubtful: self.doubtful }
    }

    /// Leaves whose row and tile say different things.
    fn differing(&self) -> Vec<u64> {
        let other = |(n, leaf): (usize, &Option<Hash>)| {
            let index = n as u64;
            let (leaf, tile) = ((*leaf)?, self.stored.hash(0, index)?);
            (leaf != tile).then_some(index)
        };
        self.leaves.iter().enumerate().filter_map(other).collect()
    }

    /// Decides for every disagreement who is right, and returns the hashes to go by.
    fn settle(&mut self, differ: &[u64], findings: &mut Vec<Finding>) -> Vec<Hash> {
        let tile = |index: u64| self.stored.hash(0, index).unwrap_or([0; 32]);
        let numbered = (0..).zip(&self.leaves);
        let rows: Vec<Hash> =
            numbered.map(|(index, leaf)| leaf.unwrap_or_else(|| tile(index))).collect();
        if differ.is_empty() {
            return rows;
        }
        let mut settled = rows.clone();
        for index in differ {
            settled[*index as usize] = tile(*index);
        }
        for (index, rows_right) in self.right_sides(differ, &rows, &settled) {
            if rows_right {
                let (block, place) = (index / TILE_WIDTH, index % TILE_WIDTH);
                findings.push(Finding::TileAltered { level: 0, index: block, place });
                settled[index as usize] = rows[index as usize];
            } else {
                findings.push(Finding::LeafAltered { index });
                self.doubt(index);
            }
        }
        settled
    }

    /// For each disagreement, whether the row is right and not the tile. The tile above knows for
    /// full tiles; for the last one the signed roots are asked. Where nothing is signed yet the
    /// tile is believed, since that is what the public has seen.
    fn right_sides(&self, differ: &[u64], rows: &[Hash], tiles: &[Hash]) -> Vec<(u64, bool)> {
        let mut as_rows = rows.to_vec();
        let mut as_tiles = tiles.to_vec();
        let mut known = Vec::new();
        for &index in differ {
            let verdict = self.parent_agrees(index / TILE_WIDTH, rows, tiles);
            if let Some(rows_right) = verdict {
                let right = if rows_right { rows } else { tiles };
                as_rows[index as usize] = right[index as usize];
                as_tiles[index as usize] = right[index as usize];
            }
            known.push((index, verdict));
        }
        let otherwise = self.kept(&as_rows) > self.kept(&as_tiles);
        known.into_iter().map(|(index, verdict)| (index, verdict.unwrap_or(otherwise))).collect()
    }

    /// How many checkpoints hold if these are the leaves.
    fn kept(&self, hashes: &[Hash]) -> usize {
        let tiles = grow(hashes);
        let holds = |c: &Checkpoint| c.size <= self.len() && root(&tiles, c.size) == Ok(c.root);
        self.checkpoints.iter().filter(|(c, _)| holds(c)).count()
    }

    /// Which side the tile above knows: `Some(true)` for the rows, `None` when it knows neither.
    fn parent_agrees(&self, block: u64, rows: &[Hash], tiles: &[Hash]) -> Option<bool> {
        let start = usize::try_from(block * TILE_WIDTH).ok()?;
        let end = start + usize::try_from(TILE_WIDTH).ok()?;
        let known = self.stored.hash(1, block)?;
        let over = |hashes: &[Hash]| append(&mut MemoryTiles::default(), 0, hashes).ok();
        if over(rows.get(start..end)?)? == known {
            return Some(true);
        }
        (over(tiles.get(start..end)?)? == known).then_some(false)
    }

    /// Leaves and tiles agree with each other and not with the root that was signed.
    fn rewritten(&self, tiles: &MemoryTiles, covered: u64, before: u64) -> Finding {
        let blocks = covered / TILE_WIDTH..before / TILE_WIDTH;
        let other = |block: &u64| match self.stored.hash(1, *block) {
            Some(known) => tiles.hash(1, *block) != Some(known),
            None => false,
        };
        match blocks.clone().find(other) {
            Some(first) => {
                let last = blocks.rev().find(other).unwrap_or(first);
                let from = covered.max(first * TILE_WIDTH);
                Finding::LogRewritten { from, before: before.min((last + 1) * TILE_WIDTH) }
            }
            None => Finding::LogRewritten { from: covered, before },
        }
    }

    /// Stored tiles above the leaves, and tiles that should be there: all of them gone is as much a
    /// finding as one.
    fn compare_tiles(&self, right: &MemoryTiles, findings: &mut Vec<Finding>) {
        for (level, index, bytes) in right.iter() {
            let Ok(stored) = self.stored.read(level, index);
            let stored = stored.unwrap_or_default();
            if stored.len() < bytes.len() {
                findings.push(Finding::TileMissing { level, index });
            }
            if stored.len() % 32 != 0 {
                let place = (stored.len() / 32) as u64;
                findings.push(Finding::TileAltered { level, index, place });
            }
            let pairs = bytes.chunks(32).zip(stored.chunks(32));
            for (place, _) in (0..).zip(pairs).filter(|(_, (a, b))| level > 0 && a != b) {
                findings.push(Finding::TileAltered { level, index, place });
            }
        }
    }

    /// Checkpoints against each other and against the number of leaves.
    fn compare_checkpoints(&mut self, findings: &mut Vec<Finding>) {
        let have = self.len();
        let mut signed = BTreeSet::new();
        for (checkpoint, _) in &self.checkpoints {
            signed.insert((checkpoint.size, checkpoint.root));
        }
        let sizes: Vec<u64> = signed.iter().map(|(size, _)| *size).collect();
        for pair in sizes.windows(2).filter(|pair| pair[0] == pair[1]) {
            findings.push(Finding::Fork { size: pair[0] });
        }
        let largest = |outside| {
            let of = self.checkpoints.iter().filter(move |(_, o)| *o == outside);
            of.map(|(c, _)| c.size).max().unwrap_or(0)
        };
        let (own, seen) = (largest(false), largest(true));
        if own > have {
            findings.push(Finding::Truncated { have, signed: own });
        }
        if seen > have.max(own) {
            findings.push(Finding::RolledBack { have, seen });
        }
        if own.max(seen) > have {
            self.doubtful = Some(u64::MAX);
        }
    }
}

/// The tree over these leaves.
fn grow(hashes: &[Hash]) -> MemoryTiles {
    let mut tiles = MemoryTiles::default();
    // Memory does not fail, and nothing that was just written is missing.
    let _ = append(&mut tiles, 0, hashes);
    tiles
}
