//! Forms that bring a file to be read: a table, boundaries, a procedure, a notice of holidays.

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};

use super::form::{self, Form, Problems};
use crate::act::FieldProblem;
use crate::base::text;

/// Nothing larger is read from anyone: the largest table, and what a form adds to it.
pub const MOST_BYTES: usize = 65 * 1024 * 1024;

const MOST_FIELDS: usize = 200;

/// The field of the file.
const FILE: &str = "file";

/// A form with a file, of which nothing is read before its sender is known to be one who may bring
/// it.
#[derive(Debug)]
pub struct Bringing<const MOST: usize>(Request);

/// A form with the file in its field `file`, which has at most `MOST` bytes, as has the field where
/// it may be pasted instead; all else that was typed is no larger than in other forms. What is too
/// much is told at its field, and the rest of the form is not lost over it.
#[derive(Debug, Default)]
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

impl<const MOST: usize> Bringing<MOST> {
    /// Reads the form, with the field where the file may be pasted.
    pub async fn read(self, pasted: Option<&str>) -> Brought<MOST> {
        let Bringing(mut request) = self;
        DefaultBodyLimit::max(MOST_BYTES).apply(&mut request);
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
        if kind.is_some_and(|kind| kind.starts_with("multipart/form-data")) {
            return match Multipart::from_request(request, &()).await {
                Ok(body) => Brought::of_parts(body, pasted).await,
                Err(_) => Brought::wrong(unreadable()),
            };
        }
        // A form without its file may be sent as forms usually are.
        match Form::read(request).await {
            Ok(form) => Brought { form, ..Brought::default() },
            Err(problem) => Brought::wrong(FieldProblem { field: FILE.to_owned(), ..problem }),
        }
    }
}

impl<const MOST: usize> Brought<MOST> {
    fn wrong(problem: FieldProblem) -> Brought<MOST> {
        Brought { problems: vec![problem].into(), ..Brought::default() }
    }

    async fn of_parts(mut body: Multipart, pasted: Option<&str>) -> Brought<MOST> {
        let (mut out, mut pairs) = (Brought::default(), Vec::new());
        let (mut at, mut left) = (FILE.to_owned(), form::MOST_BYTES);
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
            let is_file = file_name.is_some() || pasted == Some(at.as_str());
            let most = if is_file { MOST } else { left };
            // A browser sends two bytes for the end of a line that was typed.
            let ends = if file_name.is_some() { 1 } else { 2 };
            match (up_to(&mut part, ends * most).await, file_name) {
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
                (Ok(bytes), None) => {
                    let cut = bytes.len() > ends * most;
                    let Some(text) = out.typed(bytes, cut) else { continue };
                    if text.len() > most && is_file {
                        out.problems.add(too_big(&at, MOST));
                    } else if text.len() > most {
                        out.problems.add(form::too_large(&at));
                    }
                    left -= if is_file { 0 } else { text.len().min(left) };
                    pairs.push((at.clone(), text));
                }
            }
        }
        out.form = Form::from_pairs(pairs);
        out
    }

    /// What was typed, its lines ended as on this side; where it was too much it may have been cut
    /// within a character.
    fn typed(&mut self, bytes: Vec<u8>, cut: bool) -> Option<String> {
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) if cut => String::from_utf8_lossy(error.as_bytes()).into_owned(),
            Err(_) => {
                self.problems.add(unreadable());
                return None;
            }
        };
        Some(if text.contains('\r') { text.replace("\r\n", "\n") } else { text })
    }

    fn broken_off(&mut self, at: &str, error: &MultipartError) {
        self.problems.add(if is_endless(error) { too_big(at, MOST) } else { unreadable() });
    }
}

/// Told at the file, which every such page has: it is what takes long to send.
fn unreadable() -> FieldProblem {
    FieldProblem::new(FILE, "form_unreadable")
}

impl<const MOST: usize, S: Send + Sync> FromRequest<S> for Bringing<MOST> {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Bringing(request))
    }
}
