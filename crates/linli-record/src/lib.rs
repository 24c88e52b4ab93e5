//! The public record (公开存证): proof that nobody changed what was done after it was done.
//!
//! Every act of the district leaves one [`leaf`]. A sequencer numbers the leaves and hangs them
//! into a Merkle [`tree`] (RFC 6962), whose tiles and signed [`note`]s (checkpoints) are served
//! to everyone (C2SP tlog-tiles, tlog-checkpoint). A leaf holds no personal data: it names the
//! rows the act wrote and carries a salted commitment, the [`seal`], for each. [`audit`] checks
//! log and rows together; a [`receipt`] lets a resident do so for one act, without a network.
//!
//! Nothing here reads a clock, a file or a database, or makes a random number: instants and salts
//! are handed in, and tiles are read and written through a trait.

pub mod audit;
mod bytes;
mod hash;
pub mod leaf;
pub mod note;
pub mod receipt;
pub mod seal;
pub mod tree;

pub use bytes::BytesError;
pub use hash::{Hash, hash_leaf, hash_node};
