//! Linli (邻里): the operating system of a community.
//!
//! The modules stand in order: each may use only those above it (`tests/it/tidy` looks).

pub mod base;
pub mod store;
pub mod act;
pub mod words;
pub mod district;
pub mod page;
pub mod table;
pub mod territory;
pub mod people;
pub mod disclosure;
pub mod file;
pub mod notice;
pub mod calendar;
pub mod matter;
pub mod procedure;
pub mod catalogue;
pub mod affairs;
pub mod record;
pub mod keep;
pub mod channel;
pub mod app;
#[doc(hidden)]
pub mod testing;
