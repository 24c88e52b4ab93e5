//! The targets. Whatever the bytes are, a parser answers; where it takes them, what it made of them
//! must hold. `bin/drill fuzz` runs each for a while, and the tests throw some thousand specimens.

mod calls;
mod district;
mod files;
mod sheets;
mod wire;

use std::path::PathBuf;

pub use calls::*;
pub use district::*;
pub use files::*;
pub use sheets::*;
pub use wire::*;

/// A name and what takes the bytes.
pub type Target = (&'static str, fn(&[u8]));

pub const ALL: [Target; 32] = [
    ("addresses", addresses),
    ("api", api),
    ("area", area),
    ("calendar", calendar),
    ("change", change),
    ("checkpoints", checkpoints),
    ("codes", codes),
    ("desk", desk),
    ("district_file", district_file),
    ("divisions", divisions),
    ("duties", duties),
    ("erased", erased),
    ("form", form),
    ("hours", hours),
    ("json", json),
    ("knife", knife),
    ("leaf", leaf),
    ("letters", letters),
    ("manifest", manifest),
    ("note", note),
    ("open311", open311),
    ("parts", parts),
    ("photo", photo),
    ("places", places),
    ("procedure", procedure),
    ("promise", promise),
    ("receipt", receipt),
    ("sheets", sheets),
    ("table", table),
    ("tile", tile),
    ("typed", typed),
    ("year", year),
];

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Whether a line that is told of lies in the text.
fn is_line_of(line: usize, text: &str) -> bool {
    line <= text.lines().count() + 1
}

/// What the targets write; whoever runs them takes it away.
pub fn folder() -> PathBuf {
    std::env::temp_dir().join(format!("linli-fuzz-{}", std::process::id()))
}
