//! Forms that bring photos.

use super::photo::too_large;
use super::{MOST_BYTES, MOST_PHOTOS};
use crate::act::FieldProblem;
use crate::base::{Fault, secret, text};
use crate::page::{self, Bringing, Form, Posted, Takes, Upload};

/// Reads a form with photos, once it is known that its sender may bring them. `field` is where
/// they are put, or the first of several such fields; `None` for a form in which there is none.
pub async fn read(brought: Bringing, field: Option<&str>) -> Posted {
    read_some(brought, field, MOST_PHOTOS).await
}

/// As [`read`], a form with so many photos at most.
pub async fn read_some(brought: Bringing, field: Option<&str>, most: usize) -> Posted {
    let together = FieldProblem::new("", "photos_too_large_together");
    let takes = Takes {
        field: field.unwrap_or("form"),
        // One more than are taken, so that it is told.
        count: field.map_or(0, |_| most + 1),
        most: MOST_BYTES,
        pasted: None,
        too_large: too_large(""),
        endless: together.with("size", text::size(page::MOST_BYTES)),
    };
    brought.read(&takes).await
}

/// What is asked by a form, as it was sent, for telling a repeat from another form under the same
/// id: nothing of it depends on what stands in the district.
pub fn asked(by: &str, form: &Form, files: &[Upload]) -> Result<Vec<u8>, Fault> {
    let fields: Vec<(&str, &str)> = form.pairs().collect();
    let files: Vec<(&str, String)> = files
        .iter()
        .map(|upload| (upload.field.as_str(), secret::sha256_hex(&upload.bytes)))
        .collect();
    Ok(serde_json::to_vec(&(by, fields, files))?)
}
