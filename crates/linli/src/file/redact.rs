//! 涂黑: a second copy of a photo, with what is not for everyone painted over.
//!
//! The photo stays as it is for those who handle the matter; the copy lies on the shelf under a
//! hash of its own, so that nothing leads from it back to what it hides.

use super::photo::{self, WHOLE};
use super::{StoredFile, at_a_desk};
use crate::act::{Done, Failure, FieldProblem};
use crate::base::text;
use crate::district::District;

pub use super::photo::Area;

/// More than a photo of a crowd needs.
pub const MOST_AREAS: usize = 40;

/// Areas as they are written: one a line, its left, top, width and height in percent of the photo,
/// with one decimal at most. A wrong line is a problem of the field, with its number.
pub fn areas(field: &str, text: &str) -> Result<Vec<Area>, FieldProblem> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let mut out = Vec::new();
    for (n, line) in lines {
        let wrong = || FieldProblem::new(field, "bad_area").with("n", n + 1);
        out.push(area(line).ok_or_else(wrong)?);
    }
    match out.len() {
        0 => Err(FieldProblem::new(field, "no_area")),
        n if n > MOST_AREAS => {
            Err(FieldProblem::new(field, "too_many_areas").with("max", MOST_AREAS))
        }
        _ => Ok(out),
    }
}

fn area(line: &str) -> Option<Area> {
    let parted = |c: char| c.is_whitespace() || matches!(c, ',' | '、' | ';');
    let numbers: Vec<u32> = line
        .chars()
        .map(text::narrow)
        .collect::<String>()
        .split(parted)
        .filter(|part| !part.is_empty())
        .map(|part| tenths(part.trim_end_matches('%')))
        .collect::<Option<_>>()?;
    let [left, top, width, height] = numbers.try_into().ok()?;
    let within = |from: u32, length: u32| length > 0 && from.checked_add(length) <= Some(WHOLE);
    (within(left, width) && within(top, height)).then_some(Area { left, top, width, height })
}

/// 12.5 → 125.
fn tenths(text: &str) -> Option<u32> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str, most| {
        !text.is_empty() && text.len() <= most && text.bytes().all(|b| b.is_ascii_digit())
    };
    if !digits(whole, 3) || !digits(part, 1) {
        return None;
    }
    Some(whole.parse::<u32>().ok()? * 10 + part.parse::<u32>().ok()?)
}

/// Makes the copy and lays it on the shelf; an act names it, as any other photo.
pub async fn copy(district: &District, of: String, areas: Vec<Area>) -> Done<StoredFile> {
    at_a_desk(district, move |shelf| {
        let whole = shelf.read(&of, false).ok_or(Failure::Hidden)?;
        let copy = photo::redact(&whole, &areas).map_err(|wrong| wrong.problem("areas"))?;
        Ok(shelf.put(&copy, &whole)?)
    })
    .await
}
