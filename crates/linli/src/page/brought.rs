//! Forms that bring a file to be read: a table, boundaries, a procedure, a notice of holidays.

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};

use super::form::{Form, Problems};
use crate::act::FieldProblem;
use crate::base::text;

/// Nothing larger is read from anyone: the largest table, and what a form adds to it.
pub const MOST_BYTES: usize = 65 * 1024 * 1024;

const MOST_FIELDS: usize = 200;

/// The field of the file.
const FILE: &str = "file";

/// A form with the file in its field `file`, which has at most `MOST` bytes, as has each field that
/// was typed. What is too much is told at its field, and the rest of the form is not lost over it.
#[derive(Clone, Debug, Default)]
pub struct Brought<const MOST: usize> {
    pub form: Form,
    pub file_name: String,
    /// Empty where none was chosen, or none that can be taken.
    pub file: Vec<u8>,
    pub problems: Problems,
}

/// A file that is larger than is taken.
pub fn too_big(field: &str, most: usize) -> FieldProblem {
    FieldProblem::new(field, "file_too_big").with("size", text::size(most))
}

/// Reads one part of a form to its end; of what is too much one byte is kept, and tells so.
pub async fn up_to(part: &mut Field<'_>, most: usize) -> Result<Vec<u8>, MultipartError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await? {
        let room = most + 1 - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    Ok(bytes)
}

/// Whether a form broke off because all of it together is more than is read.
pub fn is_endless(error: &MultipartError) -> bool {
    error.status() == StatusCode::PAYLOAD_TOO_LARGE
}

impl<const MOST: usize> Brought<MOST> {
    /// A field that was typed, as it stands.
    pub fn typed(&self, name: &str) -> &str {
        self.form.all(name).first().map_or("", String::as_str)
    }

    async fn read(mut body: Multipart) -> Brought<MOST> {
        let (mut out, mut pairs) = (Brought::default(), Vec::new());
        let mut at = FILE.to_owned();
        loop {
            let mut part = match body.next_field().await {
                Ok(Some(part)) if pairs.len() < MOST_FIELDS => part,
                Ok(None) => break,
                Ok(Some(_)) => {
                    out.problems.add(unreadable());
                    break;
                }
                Err(error) => {
                    out.broken_off(&at, &error);
                    break;
                }
            };
            part.name().unwrap_or_default().clone_into(&mut at);
            let named = part.file_name().map(str::to_owned);
            // A program may send the file as it is, without a name.
            let file_name = named.or_else(|| (at == FILE).then(String::new));
            // A browser sends two bytes for the end of a line that was typed.
            let most = if file_name.is_some() { MOST } else { 2 * MOST };
            match (up_to(&mut part, most).await, file_name) {
                (Err(error), _) => {
                    out.broken_off(&at, &error);
                    break;
                }
                (Ok(bytes), Some(_)) if bytes.len() > MOST => {
                    out.problems.add(too_big(&at, MOST));
                }
                (Ok(bytes), Some(name)) if at == FILE && !bytes.is_empty() => {
                    (out.file_name, out.file) = (name, bytes);
                }
                (Ok(_), Some(_)) => {}
                (Ok(bytes), None) => pairs.extend(out.typed_part(&at, bytes)),
            }
        }
        out.form = Form::from_pairs(pairs);
        out
    }

    /// A field with its text, its lines ended as on this side.
    fn typed_part(&mut self, name: &str, bytes: Vec<u8>) -> Option<(String, String)> {
        let Ok(text) = String::from_utf8(bytes) else {
            self.problems.add(unreadable());
            return None;
        };
        let text = text.replace("\r\n", "\n");
        if text.len() > MOST {
            self.problems.add(too_big(name, MOST));
        }
        Some((name.to_owned(), text))
    }

    fn broken_off(&mut self, at: &str, error: &MultipartError) {
        self.problems.add(if is_endless(error) { too_big(at, MOST) } else { unreadable() });
    }
}

fn unreadable() -> FieldProblem {
    FieldProblem::new("form", "form_unreadable")
}

impl<const MOST: usize, S: Send + Sync> FromRequest<S> for Brought<MOST> {
    type Rejection = std::convert::Infallible;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, Self::Rejection> {
        DefaultBodyLimit::max(MOST_BYTES).apply(&mut request);
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
        if kind.is_some_and(|kind| kind.starts_with("multipart/form-data")) {
            return Ok(match Multipart::from_request(request, state).await {
                Ok(body) => Brought::read(body).await,
                Err(_) => Brought { problems: vec![unreadable()].into(), ..Brought::default() },
            });
        }
        // A form without its file may be sent as forms usually are.
        Ok(match Form::read(request).await {
            Ok(form) => Brought { form, ..Brought::default() },
            Err(problem) => Brought { problems: vec![problem].into(), ..Brought::default() },
        })
    }
}
