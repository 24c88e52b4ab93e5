//! Reading a file by what it holds, whatever its name says.

mod book;
mod lines;
mod table;

use std::io::Read as _;

use super::{Grade, MOST_BYTES, MOST_ROWS, Remark, Sheet};
use crate::base::letters::{self, LetterProblem};
use crate::base::text;

/// The most columns of a sheet.
const MOST_COLUMNS: usize = 200;

/// Why a file as a whole cannot be read: one remark without a row, or with that of the bad line.
pub type Unreadable = Box<Remark>;

pub(super) fn unreadable(code: &str) -> Unreadable {
    Box::new(Remark::new(Grade::Wrong, 0, "", code))
}

/// The sheets of a file.
pub fn sheets(bytes: &[u8]) -> Result<Vec<Sheet>, Unreadable> {
    let sheets = match bytes {
        [] => return Err(unreadable("empty")),
        [0x1f, 0x8b, ..] => plain(&unpacked(bytes)?)?,
        [b'P', b'K', 3, 4, ..] => book::sheets(bytes)?,
        [0xd0, 0xcf, 0x11, 0xe0, ..] if is_locked(bytes) => return Err(unreadable("locked")),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => return Err(unreadable("old_excel")),
        _ => plain(bytes)?,
    };
    let rows: usize = sheets.iter().map(|sheet| sheet.rows.len()).sum();
    if rows == 0 {
        return Err(unreadable("empty"));
    }
    if rows > MOST_ROWS + sheets.len() {
        return Err(too_many_rows());
    }
    Ok(sheets)
}

/// A workbook with a password is wrapped in the container that old Excel files were, under a name
/// that says so (MS-OFFCRYPTO 2.3.4).
fn is_locked(bytes: &[u8]) -> bool {
    let name: Vec<u8> = "EncryptedPackage".bytes().flat_map(|letter| [letter, 0]).collect();
    bytes.windows(name.len()).any(|part| part == name)
}

pub(super) fn too_many_rows() -> Unreadable {
    Box::new(Remark::new(Grade::Wrong, 0, "", "too_many_rows").with("max", MOST_ROWS))
}

pub(super) fn too_large() -> Unreadable {
    let size = text::size(MOST_BYTES);
    Box::new(Remark::new(Grade::Wrong, 0, "", "too_large").with("size", size))
}

/// A file in other letters, with what to do about a table.
fn not_ours(problem: LetterProblem) -> Unreadable {
    match problem {
        LetterProblem::Utf16 => unreadable("utf16"),
        LetterProblem::Binary => unreadable("binary"),
        LetterProblem::NoCharacter { line } => {
            Box::new(Remark::new(Grade::Wrong, 0, "", problem.code()).with("line", line))
        }
    }
}

/// Lines of JSON or a table of text.
fn plain(bytes: &[u8]) -> Result<Vec<Sheet>, Unreadable> {
    if bytes.len() > MOST_BYTES {
        return Err(too_large());
    }
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    let text = letters::decoded(bytes).map_err(not_ours)?;
    let sheet = match first {
        None => return Err(unreadable("empty")),
        _ if text.trim_start().starts_with('{') => lines::sheet(&text)?,
        Some(_) => table::sheet(&text)?,
    };
    Ok(vec![sheet])
}

/// What a gzip file holds, no more of it than we take.
fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, Unreadable> {
    let mut out = Vec::new();
    let mut packed = flate2::read::MultiGzDecoder::new(bytes).take(MOST_BYTES as u64 + 1);
    packed.read_to_end(&mut out).map_err(|_| unreadable("damaged"))?;
    if out.len() > MOST_BYTES {
        return Err(too_large());
    }
    Ok(out)
}
