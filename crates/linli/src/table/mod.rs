//! 表: a table as an office keeps it, brought as a file: Excel, text with commas, semicolons or
//! tabs, or lines of JSON, in UTF-8 or GB 18030, packed or not.
//!
//! What it is, is told by what it holds, whatever its name says. Reading judges no value: it tells
//! how each was stored, so that whoever takes the rows can say at which one something was lost.

mod book;
mod lines;
mod text;

#[cfg(test)]
mod tests;

use std::io::Read as _;

use crate::act::FieldProblem;
use crate::base::letters::{self, LetterProblem};
use crate::base::text::size;

/// The most rows a file may have.
pub const MOST_ROWS: usize = 50_000;
/// The most columns a file may have.
pub const MOST_COLUMNS: usize = 200;
/// The most bytes a file may have once it is unpacked.
pub const MOST_BYTES: usize = 64 * 1024 * 1024;

/// How the value of a cell was stored, where that matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stored {
    #[default]
    AsText,
    AsNumber,
    /// A number of so many digits that the sheet no longer holds them all.
    DigitsLost,
    AsDate,
    /// A formula that failed, `#REF!`, or whose value was never worked out.
    Broken,
}

/// One cell as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    pub text: String,
    pub stored: Stored,
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), stored: Stored::AsText }
    }

    /// What was lost before the cell came to us; the sentence stands in the messages as
    /// `problem.CODE`.
    pub fn lost(&self) -> Option<&'static str> {
        match self.stored {
            Stored::Broken => Some("broken_formula"),
            Stored::DigitsLost => Some("digits_lost"),
            Stored::AsText | Stored::AsNumber | Stored::AsDate => None,
        }
    }
}

/// One row with its number in the file, counted from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    pub at: usize,
    pub cells: Vec<Cell>,
}

impl Row {
    pub fn is_empty(&self) -> bool {
        self.cells.iter().all(|cell| cell.text.trim().is_empty())
    }
}

/// One sheet of a file; a CSV file is one sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    pub name: String,
    pub rows: Vec<Row>,
    /// Fields merged over several columns, each with its last row.
    pub across: Vec<Unread>,
    /// Lines that could not be read at all.
    pub broken: Vec<Unread>,
}

/// Why a file, or a row of it, cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Counted from 1; 0 for the file as a whole.
    pub row: usize,
    /// The sentence stands in the messages as `problem.CODE`.
    pub code: &'static str,
    pub params: Vec<(&'static str, String)>,
}

impl Unread {
    fn new(row: usize, code: &'static str) -> Unread {
        Unread { row, code, params: Vec::new() }
    }

    fn with(mut self, name: &'static str, value: impl ToString) -> Unread {
        self.params.push((name, value.to_string()));
        self
    }

    /// As a problem of a form: at the file, or at the line.
    pub fn of_field(self, file: &str) -> FieldProblem {
        let field = match self.row {
            0 => file.to_owned(),
            row => format!("line{row}"),
        };
        FieldProblem { field, code: self.code, params: self.params }
    }
}

fn whole(code: &'static str) -> Unread {
    Unread::new(0, code)
}

/// The sheets of a file.
///
/// # Errors
/// What is wrong with the file as a whole, or with the line from which on it cannot be read.
pub fn sheets(bytes: &[u8]) -> Result<Vec<Sheet>, Unread> {
    let sheets = match bytes {
        [] => return Err(whole("table_empty")),
        [0x1f, 0x8b, ..] => plain(&unpacked(bytes)?)?,
        [b'P', b'K', 3, 4, ..] => book::sheets(bytes)?,
        [0xd0, 0xcf, 0x11, 0xe0, ..] if is_locked(bytes) => return Err(whole("table_locked")),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => return Err(whole("table_old_excel")),
        _ => plain(bytes)?,
    };
    let rows: usize = sheets.iter().map(|sheet| sheet.rows.len()).sum();
    if rows == 0 {
        return Err(whole("table_empty"));
    }
    if rows > MOST_ROWS + sheets.len() {
        return Err(too_many_rows());
    }
    Ok(sheets)
}

/// The rows of a table that was read before and is kept as text.
///
/// # Errors
/// As [`sheets`].
pub fn of_text(written: &str) -> Result<Sheet, Unread> {
    text::sheet(written)
}

/// A workbook with a password is wrapped in the container that old Excel files were, under a name
/// that says so (MS-OFFCRYPTO 2.3.4).
fn is_locked(bytes: &[u8]) -> bool {
    let name: Vec<u8> = "EncryptedPackage".bytes().flat_map(|letter| [letter, 0]).collect();
    bytes.windows(name.len()).any(|part| part == name)
}

fn too_many_rows() -> Unread {
    whole("table_too_many_rows").with("max", MOST_ROWS)
}

fn too_many_columns(row: usize) -> Unread {
    Unread::new(row, "table_too_many_columns").with("max", MOST_COLUMNS)
}

fn too_large() -> Unread {
    whole("table_too_large").with("size", size(MOST_BYTES))
}

/// A file in other letters, with what to do about a table.
fn not_ours(problem: LetterProblem) -> Unread {
    match problem {
        LetterProblem::Utf16 => whole("table_utf16"),
        LetterProblem::Binary => whole("table_binary"),
        LetterProblem::NoCharacter { line } => whole(problem.code()).with("line", line),
    }
}

/// Lines of JSON or a table of text.
fn plain(bytes: &[u8]) -> Result<Vec<Sheet>, Unread> {
    if bytes.len() > MOST_BYTES {
        return Err(too_large());
    }
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    let written = letters::decoded(bytes).map_err(not_ours)?;
    let sheet = match first {
        None => return Err(whole("table_empty")),
        _ if written.trim_start().starts_with('{') => lines::sheet(&written)?,
        Some(_) => text::sheet(&written)?,
    };
    Ok(vec![sheet])
}

/// What a gzip file holds, no more of it than we take.
fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, Unread> {
    let mut out = Vec::new();
    let mut packed = flate2::read::MultiGzDecoder::new(bytes).take(MOST_BYTES as u64 + 1);
    packed.read_to_end(&mut out).map_err(|_| whole("table_damaged"))?;
    if out.len() > MOST_BYTES {
        return Err(too_large());
    }
    Ok(out)
}
