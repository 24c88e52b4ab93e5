//! Tables of text: commas, semicolons or tabs between the fields (RFC 4180).

use super::{Cell, MOST_COLUMNS, MOST_ROWS, Row, Sheet, Unread, too_many_columns, too_many_rows};

pub(super) fn sheet(text: &str) -> Result<Sheet, Unread> {
    let mark = delimiter(text);
    if let Some(unfit) = unfit(text, char::from(mark)) {
        return Err(unfit);
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
        rows.push(Row { at, cells: record.iter().map(Cell::text).collect() });
    }
    rows.retain(|row| !row.is_empty());
    Ok(Sheet { rows, ..Sheet::default() })
}

/// The first line that is none of a table, and why: a quote opens a field and is not followed by
/// one that closes it, with nothing but the end of the field behind it (a reader that lets it pass
/// takes the next rows for a part of the field); or it has more fields than are taken.
fn unfit(text: &str, mark: char) -> Option<Unread> {
    let torn = |at: usize| Unread::new(at, "table_not_whole");
    let (mut line, mut opened, mut starts, mut marks) = (1, None, true, 0);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let ends = letter == '\n' || letter == '\r' && letters.peek() != Some(&'\n');
        match opened {
            None if starts && letter == '"' => opened = Some(line),
            None => {
                starts = letter == mark || matches!(letter, '\n' | '\r');
                marks = if ends { 0 } else { marks + usize::from(letter == mark) };
                if marks >= MOST_COLUMNS {
                    return Some(too_many_columns(line));
                }
            }
            Some(_) if letter != '"' => {}
            Some(at) => match letters.peek().copied() {
                // Two of them stand for one that is meant.
                Some('"') => drop(letters.next()),
                Some(next) if next != mark && !matches!(next, '\n' | '\r') => {
                    return Some(torn(at));
                }
                _ => (opened, starts) = (None, false),
            },
        }
        line += usize::from(ends);
    }
    opened.map(torn)
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
