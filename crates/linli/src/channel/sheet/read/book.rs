//! Excel workbooks (ECMA-376): values as shown. A field merged down a column is told again in each
//! of its rows; of one merged over columns nobody knows which it is for.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, copy, sink};

use calamine::{Data, Dimensions, Reader as _, Xlsx, XlsxError};
use rust_xlsxwriter::cell_range;

use super::{MOST_COLUMNS, Unreadable, too_large, too_many_rows, unreadable};
use crate::channel::sheet::{Cell, MOST_BYTES, MOST_ROWS, Row, Sheet, Stored};

/// The most parts a workbook may be packed of.
const MOST_PARTS: usize = 2_000;
/// The most sheets: each may be the same part of the file, read again.
const MOST_SHEETS: usize = 100;

pub(super) fn sheets(bytes: &[u8]) -> Result<Vec<Sheet>, Unreadable> {
    unpacks_within_limit(bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| unreadable("damaged"))?;
    let names = book.sheet_names();
    if names.len() > MOST_SHEETS {
        return Err(Box::new(unreadable("too_many_sheets").with("max", MOST_SHEETS)));
    }
    let mut left =
        Left { rows: MOST_ROWS + MOST_SHEETS, cells: MOST_ROWS * MOST_COLUMNS, bytes: MOST_TEXT };
    let mut out = Vec::new();
    for name in names {
        let mut rows = filled(&mut book, &name, &mut left)?;
        let merged = book.merge_cells_by_sheet_name(&name).map_err(|_| unreadable("damaged"))?;
        for area in &merged {
            spread(&mut rows, area, &mut left)?;
        }
        let rows = rows.into_iter().map(|(at, cells)| Row { at: at + 1, cells });
        let rows = rows.filter(|row| !row.is_empty()).collect();
        out.push(Sheet { name, rows, across: across(&merged), ..Sheet::default() });
    }
    Ok(out)
}

/// What may still be read of a workbook. One text of it may be named by a million fields, and one
/// field may lie a million rows below the others: neither is seen from its length.
struct Left {
    rows: usize,
    cells: usize,
    bytes: usize,
}

/// Bytes that the fields of all sheets have together, each told in full.
const MOST_TEXT: usize = 4 * MOST_BYTES;

impl Left {
    fn row(&mut self) -> Result<(), Unreadable> {
        self.rows = self.rows.checked_sub(1).ok_or_else(too_many_rows)?;
        Ok(())
    }

    fn cell(&mut self, text: &str) -> Result<(), Unreadable> {
        self.cells = self.cells.checked_sub(1).ok_or_else(too_large)?;
        self.bytes = self.bytes.checked_sub(text.len()).ok_or_else(too_large)?;
        Ok(())
    }
}

/// Rows by their place in the sheet, from 0; those in which nothing stands are left out.
type Rows = BTreeMap<usize, Vec<Cell>>;

fn filled(book: &mut Xlsx<Cursor<&[u8]>>, name: &str, left: &mut Left) -> Result<Rows, Unreadable> {
    let mut rows = Rows::new();
    let mut cells = match book.worksheet_cells_reader(name) {
        Ok(cells) => cells,
        // A sheet that is a chart.
        Err(XlsxError::NotAWorksheet(_)) => return Ok(rows),
        Err(_) => return Err(unreadable("damaged")),
    };
    while let Some(found) = cells.next_cell().map_err(|_| unreadable("damaged"))? {
        let (row, column) = found.get_position();
        let cell = cell(&Data::from(found.get_value().clone()));
        left.cell(&cell.text)?;
        if !cell.text.is_empty() && whole(column) < MOST_COLUMNS {
            if !rows.contains_key(&whole(row)) {
                left.row()?;
            }
            put(rows.entry(whole(row)).or_default(), whole(column), cell);
        }
    }
    Ok(rows)
}

fn put(row: &mut Vec<Cell>, column: usize, cell: Cell) {
    if row.len() <= column {
        row.resize(column + 1, Cell::default());
    }
    if let Some(old) = row.get_mut(column) {
        *old = cell;
    }
}

fn whole(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// A workbook is a zip file; one that unpacks to more than we take is not opened. The sizes it
/// claims are not believed: each part is unpacked into nothing and counted.
fn unpacks_within_limit(bytes: &[u8]) -> Result<(), Unreadable> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| unreadable("damaged"))?;
    if zip.len() > MOST_PARTS {
        return Err(too_large());
    }
    let mut left = MOST_BYTES as u64;
    for at in 0..zip.len() {
        let part = zip.by_index(at).map_err(|_| unreadable("damaged"))?;
        let size = copy(&mut part.take(left + 1), &mut sink());
        let size = size.map_err(|_| unreadable("damaged"))?;
        left = left.checked_sub(size).ok_or_else(too_large)?;
    }
    Ok(())
}

/// The areas that are wider than a column.
fn across(merged: &[Dimensions]) -> Vec<(usize, String)> {
    let wide = merged.iter().filter(|area| area.start.1 < area.end.1);
    let column = |n: u32| u16::try_from(n).unwrap_or(u16::MAX);
    let named = |area: &Dimensions| {
        let ((top, left), (bottom, right)) = (area.start, area.end);
        (whole(bottom) + 1, cell_range(top, column(left), bottom, column(right)))
    };
    wide.map(named).collect()
}

/// Tells the value of a field merged down a column in all its rows, as far as the sheet goes.
fn spread(rows: &mut Rows, area: &Dimensions, left: &mut Left) -> Result<(), Unreadable> {
    let ((top, column), bottom) = (area.start, area.end.0);
    if column < area.end.1 {
        return Ok(());
    }
    let column = whole(column);
    let value = rows.get(&whole(top)).and_then(|row| row.get(column)).cloned();
    let last = rows.keys().next_back().copied().unwrap_or_default();
    let Some(value) = value.filter(|value| !value.text.is_empty()) else { return Ok(()) };
    for at in whole(top) + 1..=whole(bottom).min(last) {
        left.cell(&value.text)?;
        if !rows.contains_key(&at) {
            left.row()?;
        }
        let row = rows.entry(at).or_default();
        if row.get(column).is_none_or(|cell| cell.text.is_empty()) {
            put(row, column, value.clone());
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
        Data::Float(n) => number(*n),
        Data::DateTime(date) if date.is_datetime() => {
            let (y, m, d, h, min, s, _) = date.to_ymd_hms_milli();
            let text = format!("{y:04}-{m:02}-{d:02}T{h:02}:{min:02}:{s:02}");
            Cell { text, stored: Stored::AsDate }
        }
        Data::DateTime(date) => number(date.as_f64()),
    }
}

/// Excel keeps fifteen digits of a number: a telephone number survives, an identity number not.
fn number(n: f64) -> Cell {
    const FIFTEEN_DIGITS: f64 = 1e15;
    let stored = if n.abs() >= FIFTEEN_DIGITS { Stored::DigitsLost } else { Stored::AsNumber };
    Cell { text: format!("{n}"), stored }
}
