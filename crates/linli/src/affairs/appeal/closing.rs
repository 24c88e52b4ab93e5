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
fn lines(standard: Option<Standard>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let standard = standard.into_iter();
    for line in standard.flat_map(|standard| standard.closing) {
        for line in text::choices(&line) {
            if out.iter().all(|known| known != line) {
                out.push(line.to_owned());
            }
        }
    }
    out
}

/// The list by which a case is closed.
pub fn list(tx: &ReadTx<'_>, standard: Option<&Id>) -> Done<Vec<String>> {
    let standard = match standard {
        Some(standard) => catalogue::store::standard(tx, standard)?,
        None => None,
    };
    Ok(lines(standard))
}

/// The list of the class that is put down; nothing where none is.
pub fn of_class(tx: &ReadTx<'_>, put: &Put) -> Done<Vec<String>> {
    Ok(put_class(tx, put)?.map_or_else(Vec::new, |(_, standard)| lines(standard)))
}

/// The list of a case as a move would leave it: that of the class it gives, else its own.
pub fn asked(tx: &ReadTx<'_>, case: &Id, put: &Put) -> Done<Vec<String>> {
    if let Some((_, standard)) = put_class(tx, put)? {
        return Ok(lines(standard));
    }
    let file = store::file(tx, case)?;
    list(tx, file.and_then(|file| file.standard).as_ref())
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
