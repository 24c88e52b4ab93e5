//! What may be done to the duty list.

pub mod begin;
pub mod change;
pub mod kind;
