//! The desk (工作台): the cases of a post as a dense list, filtered by what stands in the address.
//!
//! Clerks, dispatchers, departments, property companies and supervisors all work at this one desk;
//! what each finds on it follows from the duty list.

pub mod bulk;
mod call;
mod condition;
mod due;
pub mod filter;
pub mod list;
mod live;
mod saved;
pub mod sheet;
mod tabs;
mod turn;
mod undo;
pub mod web;

pub use filter::Filter;
pub use web::{has_work, routes};
