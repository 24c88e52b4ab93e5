//! Tables of text: commas, semicolons or tabs between the fields (RFC 4180).

use super::{Cell, MOST_COLUMNS, MOST_ROWS, Row, Sheet, Unread, too_many_columns, too_many_rows};

pub(super) fn sheet(text: &str) -> Result<Sheet, Unread> {
    let mark = delimiter(text);
    if let Some(row) = unpaired(text, char::from(mark)) {
        return Err(Unread::new(row, "table_not_whole"));
    }
    // Rows of any length: what stands beyond the titles is told by whoever reads the columns.
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(mark)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            let row = usize::try_from(line).unwrap_or(0);
            Unread::new(row, "table_not_whole")
        })?;
        if rows.len() > MOST_ROWS {
            return Err(too_many_rows());
        }
        let line = record.position().map_or(0, csv::Position::line);
        let at = usize::try_from(line).unwrap_or(0);
        if record.len() > MOST_COLUMNS {
            return Err(too_many_columns(at));
        }
        rows.push(Row { at, cells: record.iter().map(Cell::text).collect() });
    }
    rows.retain(|row| !row.is_empty());
    Ok(Sheet { rows, ..Sheet::default() })
}

/// The line of the first quote that opens a field and is not followed by one that closes it, with
/// nothing but the end of the field behind it. A reader that lets it pass takes the next rows for
/// a part of the field.
fn unpaired(text: &str, mark: char) -> Option<usize> {
    let (mut line, mut opened, mut starts) = (1, None, true);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let ends = letter == '\n' || letter == '\r' && letters.peek() != Some(&'\n');
        line += usize::from(ends);
        match opened {
            None if starts && letter == '"' => opened = Some(line),
            None => starts = letter == mark || matches!(letter, '\n' | '\r'),
            Some(_) if letter != '"' => {}
            Some(at) => match letters.peek().copied() {
                // Two of them stand for one that is meant.
                Some('"') => drop(letters.next()),
                Some(next) if next != mark && !matches!(next, '\n' | '\r') => return Some(at),
                _ => (opened, starts) = (None, false),
            },
        }
    }
    opened
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
