//! What holds for the program as a whole: the powers, the statements, the style.

#![allow(clippy::unwrap_used)]

mod demo;
mod docs;
mod forms;
mod golden;
mod hidden;
mod limits;
mod lists;
mod named;
mod nul;
mod pairs;
mod powers;
mod refused_files;
mod routes;
mod seats;
mod sent_twice;
mod source;
mod sql;
mod strength;
mod tidy;
mod told_to_all;
