//! 结案条件: the closing list of a class, gone through line by line before a case is answered or
//! closed (城市管理立案、处置和结案标准). Who cannot tick a line does not close the case: it is worked
//! on, sent back or returned to work with the reason.

use linli_rules::procedure::{Move, Process};

use super::affair::put_class;
use super::store;
use crate::act::Done;
use crate::base::{Id, text};
use crate::catalogue::{self, Standard};
use crate::matter::Put;
use crate::store::ReadTx;

/// The field of the shipped procedure that holds what was ticked.
pub const CHECKED: &str = "checked";

/// The lines of a standard, each once, as a form can send them.
pub fn lines(standard: Option<&Standard>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for line in standard.into_iter().flat_map(|standard| &standard.closing) {
        for line in text::choices(line) {
            if out.iter().all(|known| known != line) {
                out.push(line.to_owned());
            }
        }
    }
    out
}

/// The list of the class that is put down; nothing where none is.
pub fn of_class(tx: &ReadTx<'_>, put: &Put) -> Done<Vec<String>> {
    asked_of(tx, None, put)
}

/// The list of a case as a move would leave it: that of the class it gives, else of the standard
/// that the case has.
pub fn asked_of(tx: &ReadTx<'_>, own: Option<&Standard>, put: &Put) -> Done<Vec<String>> {
    Ok(match put_class(tx, put)? {
        Some((_, standard)) => lines(standard.as_ref()),
        None => lines(own),
    })
}

/// As [`asked_of`], for a case that is not read yet.
pub fn asked(tx: &ReadTx<'_>, case: &Id, put: &Put) -> Done<Vec<String>> {
    let own = match store::file(tx, case)?.and_then(|file| file.standard) {
        Some(standard) => catalogue::store::standard(tx, &standard)?,
        None => None,
    };
    asked_of(tx, own.as_ref(), put)
}

/// What is put down with a move, every line ticked where the move asks for the list.
pub fn all_ticked(tx: &ReadTx<'_>, process: &Process, case: &Id, act: &str, put: Put) -> Done<Put> {
    let asks = |by: &Move| by.act == act && by.field(CHECKED).is_some();
    if !process.moves.iter().any(asks) {
        return Ok(put);
    }
    let lines = asked(tx, case, &put)?;
    Ok(if lines.is_empty() { put } else { put.with(CHECKED, text::joined(&lines)) })
}
