//! Affairs: named procedures of real places, composed from the concepts.

pub mod appeal;
