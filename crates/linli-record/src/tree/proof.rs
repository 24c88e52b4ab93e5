//! Checking proofs without the tree (RFC 9162 §2.1.3.2 and §2.1.4.2).

use super::ProofError;
use crate::hash::{Hash, hash_node};

/// Is the leaf with this hash at `index` of the tree of `size` leaves with this root?
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Range);
    }
    let (mut at, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for other in proof {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if at & 1 == 1 || at == last {
            hash = hash_node(other, &hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = hash_node(&hash, other);
        }
        at >>= 1;
        last >>= 1;
    }
    match (last, hash == *root) {
        (0, true) => Ok(()),
        (0, false) => Err(ProofError::Root),
        _ => Err(ProofError::Length),
    }
}

/// Is the tree of `from` leaves the beginning of the tree of `to` leaves?
pub fn verify_consistency(
    from: u64,
    from_root: &Hash,
    to: u64,
    to_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if from > to {
        return Err(ProofError::Range);
    }
    if from == 0 || from == to {
        let same = from == 0 || from_root == to_root;
        return match (proof.is_empty(), same) {
            (false, _) => Err(ProofError::Length),
            (true, true) => Ok(()),
            (true, false) => Err(ProofError::Root),
        };
    }
    let (start, rest) = match from.is_power_of_two() {
        true => (*from_root, proof),
        false => proof.split_first().map(|(h, r)| (*h, r)).ok_or(ProofError::Length)?,
    };
    let (mut at, mut last) = (from - 1, to - 1);
    while at & 1 == 1 {
        at >>= 1;
        last >>= 1;
    }
    let (mut old, mut new) = (start, start);
    for other in rest {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if at & 1 == 1 || at == last {
            old = hash_node(other, &old);
            new = hash_node(other, &new);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            new = hash_node(&new, other);
        }
        at >>= 1;
        last >>= 1;
    }
    match (last, old == *from_root && new == *to_root) {
        (0, true) => Ok(()),
        (0, false) => Err(ProofError::Root),
        _ => Err(ProofError::Length),
    }
}
