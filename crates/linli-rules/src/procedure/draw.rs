//! The drawing of a procedure.

use super::Process;

pub(super) fn svg(_process: &Process, _lang: &str) -> String {
    String::new()
}
