//! What whoever reported a case is given of its rows, to take away: no more than its page shows.

use serde_json::Value;

use super::disclose::{Disclosure, Shot, Told, is_public};
use super::standing::Standing;
use crate::act::Done;
use crate::affairs::appeal::APPEAL;
use crate::base::Id;
use crate::district::{self, District};
use crate::matter::timeline;
use crate::people::store::KeyedRow;
use crate::store::ReadTx;

/// A row that others wrote to a case of the person's, by its table.
pub fn row(
    tx: &ReadTx<'_>,
    district: &District,
    (person, table): (&Id, &str),
    row: KeyedRow,
) -> Done<Option<KeyedRow>> {
    let Some(versions) = district.processes.held(APPEAL) else { return Ok(None) };
    Ok(match table {
        "entry" => Some(line(&versions, row)),
        "attachment" if !shows(tx, &versions, person, &row)? => None,
        _ => Some(row),
    })
}

fn text<'r>(row: &'r KeyedRow, column: &str) -> Option<&'r str> {
    row.get(column).and_then(Value::as_str)
}

/// Of a line only what was put down for residents; of a move that no version knows nothing but the
/// words said aloud.
fn line(versions: &district::Standing, mut row: KeyedRow) -> KeyedRow {
    let facts = text(&row, "facts").unwrap_or("{}");
    let told = Told {
        act: text(&row, "move").unwrap_or_default(),
        from: text(&row, "from_stage"),
        to: text(&row, "to_stage").unwrap_or_default(),
        said: text(&row, "said"),
        facts,
    };
    let mut facts: KeyedRow = serde_json::from_str(facts).unwrap_or_default();
    facts.retain(|name, value| {
        is_public(versions, &told, name, value.as_str().unwrap_or_default().trim())
    });
    row.insert("facts".to_owned(), Value::from(Value::from(facts).to_string()));
    row
}

/// Whether a photo is among those that the page of the case shows to its reporter.
fn shows(
    tx: &ReadTx<'_>,
    versions: &district::Standing,
    person: &Id,
    row: &KeyedRow,
) -> Done<bool> {
    let (file, role) = (text(row, "file_id"), text(row, "role"));
    let Some(matter) = text(row, "matter_id").and_then(Id::parse) else { return Ok(false) };
    let mine = Standing { mine: true, ..Standing::default() };
    let shows = Disclosure::of(None, "", mine);
    let hung = timeline::of_matter(tx, &matter)?;
    let mut here = hung
        .into_iter()
        .filter(|photo| Some(photo.file.as_str()) == file && Some(photo.role.as_str()) == role);
    Ok(here.any(|photo| shows.photo(Shot::of(versions, &photo, Some(person)))))
}
