//! Forms that may bring files (`multipart/form-data`, RFC 7578), read within limits.

use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::header;

use super::{MOST_BYTES, MOST_PHOTOS};
use crate::act::{Failure, FieldProblem};
use crate::base::{Fault, secret, text};
use crate::page::{self, Form};

/// The most text a form may hold.
const MOST_TEXT: usize = 256 * 1024;
const MOST_FIELDS: usize = 200;

/// A file of a form, not looked at yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    pub field: String,
    pub bytes: Vec<u8>,
}

/// A form with its files. A form without files, sent as forms usually are, is taken as well.
///
/// A file larger than we take keeps one byte more than the limit, so that whoever looks at it says
/// so in its own field; the text of the form is not lost over it.
#[derive(Clone, Debug, Default)]
pub struct Posted {
    pub form: Form,
    pub files: Vec<Upload>,
}

impl Posted {
    /// Reads a multipart body.
    pub async fn read(mut body: Multipart) -> Result<Posted, Failure> {
        let (mut pairs, mut files, mut typed, mut fields) = (Vec::new(), Vec::new(), 0, 0);
        while let Some(mut part) = body.next_field().await.map_err(|error| broken_off(&error))? {
            fields += 1;
            if fields > MOST_FIELDS {
                return Err(unreadable());
            }
            let name = part.name().unwrap_or_default().to_owned();
            let file = part.file_name().map(str::to_owned);
            let most = if file.is_some() { MOST_BYTES } else { MOST_TEXT };
            let bytes = page::up_to(&mut part, most).await.map_err(|error| broken_off(&error))?;
            typed += if file.is_some() { 0 } else { bytes.len() };
            if typed > MOST_TEXT {
                let problem = FieldProblem::new("form", "form_too_large");
                return Err(problem.with("size", text::size(MOST_TEXT)).into());
            }
            match file {
                // A file field in which nothing was chosen.
                Some(file) if file.is_empty() && bytes.is_empty() => {}
                Some(_) if files.len() > MOST_PHOTOS => {}
                Some(_) => files.push(Upload { field: name, bytes }),
                None => pairs.push((name, String::from_utf8(bytes).map_err(|_| unreadable())?)),
            }
        }
        Ok(Posted { form: Form::from_pairs(pairs), files })
    }
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

/// Nine photos of the largest kind are more than is read at once.
fn broken_off(error: &MultipartError) -> Failure {
    if !page::is_endless(error) {
        return unreadable();
    }
    let problem = FieldProblem::new("form", "photos_too_large_together");
    problem.with("size", text::size(page::MOST_BYTES)).into()
}

fn unreadable() -> Failure {
    FieldProblem::new("form", "form_unreadable").into()
}

impl<S: Send + Sync> FromRequest<S> for Posted {
    type Rejection = Failure;

    async fn from_request(mut request: Request, state: &S) -> Result<Posted, Failure> {
        // The framework's two megabytes are less than one photo.
        DefaultBodyLimit::max(page::MOST_BYTES).apply(&mut request);
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
        if kind.is_some_and(|kind| kind.starts_with("multipart/form-data")) {
            let body = Multipart::from_request(request, state).await;
            return Posted::read(body.map_err(|_| unreadable())?).await;
        }
        let form = Form::read(request).await?;
        Ok(Posted { form, files: Vec::new() })
    }
}
