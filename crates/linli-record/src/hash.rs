//! Hashes of the Merkle tree: SHA-256 with the prefixes of RFC 6962 §2.1.

use sha2::{Digest, Sha256};

/// A SHA-256 digest.
pub type Hash = [u8; 32];

/// Hash of a leaf: the byte 0x00, then the leaf as it stands (RFC 6962 §2.1).
pub fn hash_leaf(bytes: &[u8]) -> Hash {
    Sha256::new().chain_update([0u8]).chain_update(bytes).finalize().into()
}

/// Hash of an inner node: the byte 0x01, then both children (RFC 6962 §2.1).
pub fn hash_node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1u8]).chain_update(left).chain_update(right).finalize().into()
}

/// Root of the tree without leaves: the hash of nothing (RFC 6962 §2.1).
pub(crate) fn empty_root() -> Hash {
    Sha256::digest([]).into()
}
