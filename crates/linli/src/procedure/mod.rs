//! The procedures of a district (办理程序) as officials read and change them: the one in force with
//! its drawing, another version looked at before it is adopted, and its adoption.
//!
//! A new version binds every matter from then on, those under way among them (程序从新); what must
//! hold for that is in [`rules`]. See `docs/decisions/12-procedures-in-force.md`.

pub mod acts;
pub mod command;
pub mod rules;
mod view;
mod web;

pub use view::length;
pub use web::routes;
