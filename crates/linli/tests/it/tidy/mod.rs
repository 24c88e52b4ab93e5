//! Style worth a test. Each check gathers what it minds; `ratchet.txt` lists what is let through,
//! with the reason, and an entry that is no longer needed fails as well.

mod acts;
mod delegations;
mod kernel;
mod order;
pub mod ratchet;
mod sizes;
mod tables;
mod words;
