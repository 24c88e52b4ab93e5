//! What every other module stands on: ids, the clock, randomness, limits on text, keys, journals.
//!
//! Nothing outside this folder asks the machine for the time, for random bytes or for its
//! environment (`tests/it/tidy` looks).

pub mod clock;
pub mod fault;
pub mod heard;
pub mod histogram;
pub mod id;
pub mod journal;
pub mod letters;
pub mod random;
pub mod secret;
pub mod sort;
pub mod text;
pub mod twice;
pub mod typed;

pub use clock::Clock;
pub use fault::Fault;
pub use histogram::Histogram;
pub use id::Id;
pub use linli_rules::time::{Day, Instant};
