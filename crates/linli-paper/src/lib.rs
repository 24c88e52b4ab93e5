//! Paper: a table or a slip as a PDF that prints like an office's own, with the Chinese font of the
//! machine embedded as far as it is used. What is heavy about paper stays in this crate.

mod book;
mod font;
mod layout;
mod slip;
#[cfg(test)]
mod tests;

pub use book::{write, write_slip};
pub use font::{Face, PaperError, find};
pub use layout::{Row, Table};
pub use slip::Slip;
