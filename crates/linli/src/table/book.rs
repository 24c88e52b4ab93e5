//! Excel workbooks (ECMA-376): values as shown. A field merged down a column is told again in each
//! of its rows; of one merged over columns nobody knows which it is for.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, copy, sink};

use calamine::{Data, Dimensions, Reader as _, Xlsx, XlsxError};
use rust_xlsxwriter::cell_range;

use super::{
    Cell, MOST_BYTES, MOST_COLUMNS, MOST_ROWS, Row, Sheet, Stored, Unread, too_large,
    too_many_columns, too_many_rows, whole,
};

/// The most parts a workbook may be packed of.
const MOST_PARTS: usize = 2_000;
/// The most areas of a sheet that may be merged.
const MOST_MERGED: usize = 20_000;

/// The most sheets: each may be the same part of the file, read again.
const MOST_SHEETS: usize = 100;
/// Bytes that the cells of all sheets have together, each told in full.
const MOST_TEXT: usize = 4 * MOST_BYTES;

/// What may still be read of a workbook: one text of it may be named by a million cells, which is
/// not seen from its length.
struct Left {
    cells: usize,
    bytes: usize,
}

impl Left {
    /// Puts a cell in its place, with empty ones before it where the row did not reach so far.
    fn put(&mut self, grid: &mut Grid, at: (usize, usize), cell: Cell) -> Result<(), Unread> {
        self.bytes = self.bytes.checked_sub(cell.text.len()).ok_or_else(too_large)?;
        let (row, column) = at;
        let cells = grid.entry(row).or_default();
        if cells.len() <= column {
            let more = column + 1 - cells.len();
            self.cells = self.cells.checked_sub(more).ok_or_else(too_large)?;
            cells.resize(column + 1, Cell::default());
        }
        if let Some(place) = cells.get_mut(column) {
            *place = cell;
        }
        Ok(())
    }
}

/// The rows of a sheet in which something stands, by their number from 0.
type Grid = BTreeMap<usize, Vec<Cell>>;

fn damaged<E>(_: E) -> Unread {
    whole("table_damaged")
}

pub(super) fn sheets(bytes: &[u8]) -> Result<Vec<Sheet>, Unread> {
    unpacks_within_limit(bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(damaged)?;
    let names = book.sheet_names();
    if names.len() > MOST_SHEETS {
        return Err(whole("table_too_many_sheets").with("max", MOST_SHEETS));
    }
    let mut left = Left { cells: MOST_ROWS * MOST_COLUMNS, bytes: MOST_TEXT };
    let mut out = Vec::new();
    let mut total = 0;
    for name in names {
        let Some(mut grid) = grid(&mut book, &name, &mut left)? else {
            continue;
        };
        let merged = book.merge_cells_by_sheet_name(&name).map_err(damaged)?;
        spread(&mut grid, &merged, &mut left)?;
        let rows = grid.into_iter().map(|(at, cells)| Row { at: at + 1, cells });
        let rows: Vec<Row> = rows.filter(|row| !row.is_empty()).collect();
        total += rows.len();
        if total > MOST_ROWS + MOST_SHEETS {
            return Err(too_many_rows());
        }
        out.push(Sheet { name, rows, across: across(&merged), ..Sheet::default() });
    }
    Ok(out)
}

/// What stands in a sheet; nothing where it is a chart. Cells are taken one by one: a single one
/// in the last corner would make a table of all between of seventeen thousand million.
fn grid(
    book: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
    left: &mut Left,
) -> Result<Option<Grid>, Unread> {
    let mut reader = match book.worksheet_cells_reader(name) {
        Err(XlsxError::NotAWorksheet(_)) => return Ok(None),
        reader => reader.map_err(damaged)?,
    };
    let mut grid = Grid::new();
    while let Some(read) = reader.next_cell_with_formula_metadata().map_err(damaged)? {
        let cell = match Data::from(read.value) {
            // A program that writes a workbook may leave the formulas to be worked out when it is
            // opened: such a cell is not empty, only nobody knows yet what is in it.
            Data::Empty if read.formula.is_some() => {
                Cell { text: "=".to_owned(), stored: Stored::Broken }
            }
            data => cell(&data),
        };
        if cell.text.trim().is_empty() {
            continue;
        }
        let (row, column) = (number(read.pos.0), number(read.pos.1));
        if row >= MOST_ROWS + 20 {
            return Err(too_many_rows());
        }
        if column >= MOST_COLUMNS {
            return Err(too_many_columns(row + 1));
        }
        left.put(&mut grid, (row, column), cell)?;
    }
    Ok(Some(grid))
}

fn number(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// A workbook is a zip file; one that unpacks to more than we take is not opened. The sizes it
/// claims are not believed: each part is unpacked into nothing and counted.
fn unpacks_within_limit(bytes: &[u8]) -> Result<(), Unread> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    if zip.len() > MOST_PARTS {
        return Err(too_large());
    }
    let mut left = MOST_BYTES as u64;
    for at in 0..zip.len() {
        let part = zip.by_index(at).map_err(damaged)?;
        let size = copy(&mut part.take(left + 1), &mut sink());
        let size = size.map_err(damaged)?;
        left = left.checked_sub(size).ok_or_else(too_large)?;
    }
    Ok(())
}

/// The areas that are wider than a column.
fn across(merged: &[Dimensions]) -> Vec<Unread> {
    let wide = merged.iter().filter(|area| area.start.1 < area.end.1);
    let column = |n: u32| u16::try_from(n).unwrap_or(u16::MAX);
    let named = |area: &Dimensions| {
        let ((top, left), (bottom, right)) = (area.start, area.end);
        let range = cell_range(top, column(left), bottom, column(right));
        Unread::new(number(bottom) + 1, "merged").with("range", range)
    };
    wide.map(named).collect()
}

/// Tells the value of a field merged down a column in each of its rows, down to the last in which
/// something stands.
fn spread(grid: &mut Grid, merged: &[Dimensions], left: &mut Left) -> Result<(), Unread> {
    let last = grid.keys().next_back().copied().unwrap_or(0);
    if merged.len() > MOST_MERGED {
        return Err(whole("table_too_many_merged").with("max", MOST_MERGED));
    }
    for area in merged.iter().filter(|area| area.start.1 == area.end.1) {
        let (top, column) = (number(area.start.0), number(area.start.1));
        let Some(value) = grid.get(&top).and_then(|row| row.get(column)).cloned() else {
            continue;
        };
        for row in top..=number(area.end.0).min(last) {
            let there = grid.get(&row).and_then(|cells| cells.get(column));
            if there.is_none_or(|cell| cell.text.is_empty()) {
                left.put(grid, (row, column), value.clone())?;
            }
        }
    }
    Ok(())
}

fn cell(data: &Data) -> Cell {
    match data {
        Data::Empty => Cell::default(),
        Data::String(text) | Data::DurationIso(text) => Cell::text(text.clone()),
        Data::DateTimeIso(text) => Cell { text: text.clone(), stored: Stored::AsDate },
        Data::Bool(yes) => Cell::text(if *yes { "true" } else { "false" }),
        Data::Error(what) => Cell { text: what.to_string(), stored: Stored::Broken },
        Data::Int(n) => Cell { text: n.to_string(), stored: Stored::AsNumber },
        Data::Float(n) => quantity(*n),
        Data::DateTime(date) if date.is_datetime() => {
            let (y, m, d, h, min, s, _) = date.to_ymd_hms_milli();
            let text = format!("{y:04}-{m:02}-{d:02}T{h:02}:{min:02}:{s:02}");
            Cell { text, stored: Stored::AsDate }
        }
        Data::DateTime(date) => quantity(date.as_f64()),
    }
}

/// Excel keeps fifteen digits of a number: a telephone number survives, an identity number not.
fn quantity(n: f64) -> Cell {
    const FIFTEEN_DIGITS: f64 = 1e15;
    let stored = if n.abs() >= FIFTEEN_DIGITS { Stored::DigitsLost } else { Stored::AsNumber };
    Cell { text: format!("{n}"), stored }
}
