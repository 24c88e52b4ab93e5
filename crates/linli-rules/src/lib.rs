//! The arithmetic of governance: rules with numbers in them, as pure functions.
//!
//! Nothing here reads a file, a clock or a database, so every rule can be tested by hand-worked
//! cases and by random ones, and gives the same answer on every machine.

pub mod calendar;

pub mod classify;
pub mod codes;
pub mod emergency;
pub mod mask;
pub mod measure;
pub mod procedure;
pub mod share;
pub mod time;
mod wording;
mod words;

pub use time::{Day, Instant};
pub use words::Words;
