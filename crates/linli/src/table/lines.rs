//! Lines of JSON: each an object, its names the columns.

use serde_json::{Map, Value};

use super::{
    Cell, MOST_COLUMNS, MOST_ROWS, Row, Sheet, Stored, Unread, too_many_columns, too_many_rows,
};
use crate::base::{text, twice};

/// One sheet; the line of an object is its row, the first row names the columns and has number 0.
pub(super) fn sheet(written: &str) -> Result<Sheet, Unread> {
    let mut columns: Vec<String> = Vec::new();
    let mut rows = vec![Row::default()];
    let mut broken: Vec<Unread> = Vec::new();
    for (at, line) in written.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        if rows.len() + broken.len() > MOST_ROWS {
            return Err(too_many_rows());
        }
        let object = match object(line, at + 1) {
            Ok(object) => object,
            Err(unread) => {
                broken.push(unread);
                continue;
            }
        };
        for name in object.keys().filter(|name| !columns.contains(name)).collect::<Vec<_>>() {
            columns.push(name.clone());
        }
        if columns.len() > MOST_COLUMNS {
            return Err(too_many_columns(at + 1));
        }
        // A short object under a long one has no empty fields behind its last.
        let last = columns.iter().rposition(|name| object.contains_key(name));
        let named = columns.iter().take(last.map_or(0, |last| last + 1));
        let cells = named.map(|name| cell(object.get(name))).collect();
        rows.push(Row { at: at + 1, cells });
    }
    if rows.len() == 1 && !broken.is_empty() {
        return Err(broken.swap_remove(0));
    }
    if let Some(head) = rows.first_mut() {
        head.cells = columns.into_iter().map(Cell::text).collect();
    }
    Ok(Sheet { rows, broken, ..Sheet::default() })
}

/// The object of a line, or what is wrong with it.
fn object(line: &str, at: usize) -> Result<Map<String, Value>, Unread> {
    match twice::read(line) {
        Ok((_, Some(name))) => {
            let name = text::pointer_name(&name);
            Err(Unread::new(at, "table_said_twice").with("name", name))
        }
        Ok((Value::Object(object), None)) => Ok(object),
        Ok(_) => Err(Unread::new(at, "table_not_json").with("at", 1)),
        Err(error) => Err(Unread::new(at, "table_not_json").with("at", error.column())),
    }
}

fn cell(value: Option<&Value>) -> Cell {
    match value {
        None | Some(Value::Null) => Cell::default(),
        Some(Value::String(text)) => Cell::text(text.clone()),
        Some(Value::Number(n)) => Cell { text: n.to_string(), stored: Stored::AsNumber },
        Some(other) => Cell::text(other.to_string()),
    }
}
