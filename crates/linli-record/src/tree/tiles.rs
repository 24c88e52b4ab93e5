//! Extending the tree, and reading roots and proofs out of its tiles.

use super::{TILE_WIDTH, Tiles, TreeError};
use crate::hash::{Hash, empty_root, hash_node};
use std::collections::BTreeMap;

type Result<T, E> = std::result::Result<T, TreeError<E>>;

/// Appends leaf hashes to a tree of `size` leaves and returns the new root.
///
/// Whoever calls this stores `size + leaves.len()` in the same transaction; until then the tree is
/// the old one, whatever tiles were written.
pub fn append<T: Tiles>(tiles: &mut T, size: u64, leaves: &[Hash]) -> Result<Hash, T::Error> {
    let added = u64::try_from(leaves.len()).ok();
    let new_size = added.and_then(|n| size.checked_add(n)).ok_or(TreeError::Range { size })?;
    let mut level = 0;
    let mut before = size;
    let mut hashes = leaves.to_vec();
    while !hashes.is_empty() {
        hashes = append_level(tiles, level, before, &hashes)?;
        before /= TILE_WIDTH;
        level += 1;
    }
    root(tiles, new_size)
}

/// Adds hashes behind the first `before` of a level; returns the roots of tiles now full.
fn append_level<T: Tiles>(
    tiles: &mut T,
    level: u8,
    before: u64,
    mut hashes: &[Hash],
) -> Result<Vec<Hash>, T::Error> {
    let mut index = before / TILE_WIDTH;
    let mut tile = match before % TILE_WIDTH {
        0 => Vec::new(),
        wanted => load(tiles, level, index, wanted)?,
    };
    let mut full = Vec::new();
    while !hashes.is_empty() {
        let room = width() - tile.len();
        let (now, later) = hashes.split_at(room.min(hashes.len()));
        tile.extend_from_slice(now);
        hashes = later;
        tiles.write(level, index, tile.as_flattened()).map_err(TreeError::Store)?;
        if tile.len() == width() {
            full.push(fold(&tile));
            tile.clear();
            index += 1;
        }
    }
    Ok(full)
}

const fn width() -> usize {
    TILE_WIDTH as usize
}

/// The first `wanted` hashes of a tile.
fn load<T: Tiles>(tiles: &T, level: u8, index: u64, wanted: u64) -> Result<Vec<Hash>, T::Error> {
    let damaged = || TreeError::Damaged { level, index, wanted };
    let bytes = tiles.read(level, index).map_err(TreeError::Store)?.ok_or_else(damaged)?;
    let (hashes, _) = bytes.as_chunks::<32>();
    let wanted = usize::try_from(wanted).map_err(|_| damaged())?;
    Ok(hashes.get(..wanted).ok_or_else(damaged)?.to_vec())
}

/// Root over a power of two of neighbouring hashes.
fn fold(hashes: &[Hash]) -> Hash {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row.as_chunks::<2>().0.iter().map(|[left, right]| hash_node(left, right)).collect();
    }
    row.first().copied().unwrap_or_else(empty_root)
}

/// Root of the tree of the first `size` leaves.
pub fn root<T: Tiles>(tiles: &T, size: u64) -> Result<Hash, T::Error> {
    if size == 0 {
        return Ok(empty_root());
    }
    View::new(tiles, size).range(0, size)
}

/// The audit path of a leaf (RFC 6962 §2.1.1), lowest hash first.
pub fn inclusion_proof<T: Tiles>(tiles: &T, index: u64, size: u64) -> Result<Vec<Hash>, T::Error> {
    if index >= size {
        return Err(TreeError::Range { size });
    }
    let mut view = View::new(tiles, size);
    let (mut low, mut high) = (0, size);
    let mut proof = Vec::new();
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            proof.push(view.range(middle, high)?);
            high = middle;
        } else {
            proof.push(view.range(low, middle)?);
            low = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// Proof that the tree of `from` leaves is the beginning of that of `to` (RFC 6962 §2.1.2).
pub fn consistency_proof<T: Tiles>(tiles: &T, from: u64, to: u64) -> Result<Vec<Hash>, T::Error> {
    if from > to {
        return Err(TreeError::Range { size: to });
    }
    if from == 0 || from == to {
        return Ok(Vec::new());
    }
    let mut view = View::new(tiles, to);
    let (mut low, mut high) = (0, to);
    let mut proof = Vec::new();
    while high != from {
        let middle = low + split(high - low);
        if from <= middle {
            proof.push(view.range(middle, high)?);
            high = middle;
        } else {
            proof.push(view.range(low, middle)?);
            low = middle;
        }
    }
    if low > 0 {
        proof.push(view.range(low, high)?);
    }
    proof.reverse();
    Ok(proof)
}

/// The largest power of two below `n`, which is at least 2.
fn split(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}

/// A tree of one size, each of its tiles read once.
struct View<'a, T> {
    tiles: &'a T,
    size: u64,
    read: BTreeMap<(u8, u64), Vec<Hash>>,
}

impl<'a, T: Tiles> View<'a, T> {
    fn new(tiles: &'a T, size: u64) -> Self {
        View { tiles, size, read: BTreeMap::new() }
    }

    /// Hash over the leaves from `low` to before `high`, a range that RFC 6962 splits off.
    fn range(&mut self, mut low: u64, high: u64) -> Result<Hash, T::Error> {
        let mut parts = Vec::new();
        while low < high {
            let step = match high - low {
                n if n.is_power_of_two() => n,
                n => split(n),
            };
            parts.push(self.complete(low, step)?);
            low += step;
        }
        let joined = parts.into_iter().rev().reduce(|right, left| hash_node(&left, &right));
        Ok(joined.unwrap_or_else(empty_root))
    }

    /// Hash over `count` leaves from `low`, a power of two at a multiple of itself.
    fn complete(&mut self, low: u64, count: u64) -> Result<Hash, T::Error> {
        let height = count.ilog2();
        let level = height / 8;
        let inside = 1u64 << (height % 8);
        let first = low >> (8 * level);
        let level = u8::try_from(level).unwrap_or(u8::MAX);
        let tile = self.tile(level, first / TILE_WIDTH)?;
        let start = first % TILE_WIDTH;
        let hashes = tile.iter().skip(start as usize).take(inside as usize);
        Ok(fold(&hashes.copied().collect::<Vec<_>>()))
    }

    fn tile(&mut self, level: u8, index: u64) -> Result<&[Hash], T::Error> {
        let key = (level, index);
        if !self.read.contains_key(&key) {
            let in_level = self.size >> (8 * u32::from(level));
            let wanted = (in_level - index * TILE_WIDTH).min(TILE_WIDTH);
            let tile = load(self.tiles, level, index, wanted)?;
            self.read.insert(key, tile);
        }
        Ok(self.read.get(&key).map(Vec::as_slice).unwrap_or_default())
    }
}
