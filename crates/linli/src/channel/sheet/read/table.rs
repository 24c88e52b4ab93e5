//! Tables of text: commas, semicolons or tabs between the fields (RFC 4180).

use super::{Unreadable, too_many_rows};
use crate::channel::sheet::{Cell, Grade, MOST_ROWS, Remark, Row, Sheet};

pub(super) fn sheet(text: &str) -> Result<Sheet, Unreadable> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            let row = usize::try_from(line).unwrap_or(0);
            Box::new(Remark::new(Grade::Wrong, row, "", "not_a_table"))
        })?;
        if rows.len() > MOST_ROWS {
            return Err(too_many_rows());
        }
        let line = record.position().map_or(0, csv::Position::line);
        let at = usize::try_from(line).unwrap_or(0);
        rows.push(Row { at, cells: record.iter().map(Cell::text).collect() });
    }
    rows.retain(|row| !row.is_empty());
    Ok(Sheet { rows, ..Sheet::default() })
}

/// The mark that stands most often in the first line, outside quotes.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let mut quoted = false;
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    for byte in first.bytes() {
        quoted ^= byte == b'"';
        for (mark, count) in &mut counts {
            *count += usize::from(!quoted && byte == *mark);
        }
    }
    let [comma, rest @ ..] = counts;
    rest.into_iter().fold(comma, |best, next| if next.1 > best.1 { next } else { best }).0
}
