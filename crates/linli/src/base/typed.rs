//! What was typed to start the program.

use std::ffi::OsString;

/// The words of the line, the name of the program first.
pub fn line() -> Vec<OsString> {
    std::env::args_os().collect()
}
