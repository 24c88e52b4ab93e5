//! What may be done to a procedure.

mod adopt;

pub use adopt::Adopt;
