//! Excel workbooks (ECMA-376): values as shown. A field merged down a column is told again in each
//! of its rows; of one merged over columns nobody knows which it is for.

use std::io::{Cursor, Read as _, copy, sink};

use calamine::{Data, Dimensions, Reader as _, Xlsx};
use rust_xlsxwriter::cell_range;

use super::{Unreadable, too_large, too_many_rows, unreadable};
use crate::channel::sheet::{Cell, MOST_BYTES, MOST_ROWS, Row, Sheet, Stored};

/// The most columns of a sheet that are looked at.
const MOST_COLUMNS: usize = 200;
/// The most parts a workbook may be packed of.
const MOST_PARTS: usize = 2_000;

pub(super) fn sheets(bytes: &[u8]) -> Result<Vec<Sheet>, Unreadable> {
    unpacks_within_limit(bytes)?;
    let damaged = |_| unreadable("damaged");
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(damaged)?;
    let mut out = Vec::new();
    for name in book.sheet_names() {
        let range = book.worksheet_range(&name).map_err(damaged)?;
        if range.height() > MOST_ROWS + 20 {
            return Err(too_many_rows());
        }
        let merged = book.merge_cells_by_sheet_name(&name).map_err(damaged)?;
        let (first_row, first_column) = range.start().unwrap_or((0, 0));
        let left = whole(first_column);
        let mut rows: Vec<Row> = range
            .rows()
            .enumerate()
            .map(|(at, cells)| {
                let cells = cells.iter().take(MOST_COLUMNS).map(cell);
                let padded = std::iter::repeat_n(Cell::default(), left.min(MOST_COLUMNS));
                Row { at: whole(first_row) + at + 1, cells: padded.chain(cells).collect() }
            })
            .collect();
        merged.iter().for_each(|area| spread(&mut rows, whole(first_row), area));
        rows.retain(|row| !row.is_empty());
        out.push(Sheet { name, rows, across: across(&merged), ..Sheet::default() });
    }
    Ok(out)
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

/// Tells the value of a field merged down a column in all its rows.
fn spread(rows: &mut [Row], first_row: usize, area: &Dimensions) {
    let (top, left) = (whole(area.start.0), whole(area.start.1));
    let bottom = whole(area.end.0);
    if area.start.1 < area.end.1 {
        return;
    }
    let Some(value) = top
        .checked_sub(first_row)
        .and_then(|at| rows.get(at))
        .and_then(|row| row.cells.get(left))
        .cloned()
    else {
        return;
    };
    let bottom = bottom.saturating_sub(first_row).min(rows.len().saturating_sub(1));
    for row in rows.iter_mut().take(bottom + 1).skip(top - first_row) {
        if let Some(cell) = row.cells.get_mut(left)
            && cell.text.is_empty()
        {
            *cell = value.clone();
        }
    }
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
