//! Forms that bring files (`multipart/form-data`, RFC 7578): a table, boundaries, photos.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::{HeaderMap, StatusCode, header};

use super::form::{self, Form, Problems};
use crate::act::{Done, FieldProblem};
use crate::base::{Fault, letters, text};

/// Nothing larger is read from anyone: the largest table, and what a form adds to it.
pub const MOST_BYTES: usize = 65 * 1024 * 1024;

const MOST_FIELDS: usize = 200;

/// The code of a form that broke off, or that is none.
pub const UNREADABLE: &str = "form_unreadable";

/// The field of the file where a form has only one.
const FILE: &str = "file";

/// Work that reads files and waits for the database, away from the threads that answer.
pub async fn aside<T: Send + 'static>(work: impl FnOnce() -> Done<T> + Send + 'static) -> Done<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|e| Fault::new(format!("what was brought was not read to its end: {e}")))?
}

/// A form with files, of which nothing is read before its sender is known to be one who may bring
/// them.
#[derive(Debug)]
pub struct Bringing(Request);

/// Which files a form may bring.
#[derive(Clone, Debug)]
pub struct Takes<'a> {
    /// The field of the files. A program may send one as it is, without a name; and what is wrong
    /// with the form as a whole is told here, for files are what takes long to send.
    pub field: &'a str,
    /// So many are kept.
    pub count: usize,
    /// The largest one, in bytes.
    pub most: usize,
    /// The field where a file may be pasted instead.
    pub pasted: Option<&'a str>,
    /// What is told of a file that is larger, at its field.
    pub too_large: FieldProblem,
    /// What is told where all together is more than is read.
    pub endless: FieldProblem,
}

/// A file of a form, not looked at yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    pub field: String,
    pub name: String,
    pub bytes: Vec<u8>,
}

/// A form with its files. What is too much is told at its field, and the rest of the form is not
/// lost over it.
#[derive(Clone, Debug, Default)]
pub struct Posted {
    pub form: Form,
    pub files: Vec<Upload>,
    pub problems: Problems,
}

/// A form with the file in its field `file`.
#[derive(Debug, Default)]
pub struct Brought {
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

/// A file that is named at the terminal, under the limit it has in a form; no more of it is read.
pub fn bytes_at(path: &Path, most: usize) -> Done<Vec<u8>> {
    let reading = |e| Fault::from(e).context(format!("reading {}", path.display()));
    let (mut bytes, end) = (Vec::new(), u64::try_from(most).map_or(u64::MAX, |most| most + 1));
    let file = File::open(path).map_err(reading)?;
    file.take(end).read_to_end(&mut bytes).map_err(reading)?;
    if bytes.len() > most { Err(too_big(FILE, most).into()) } else { Ok(bytes) }
}

/// The text of such a file, in the letters that are read from a form.
pub fn text_at(path: &Path, most: usize) -> Done<String> {
    let text = letters::decoded(&bytes_at(path, most)?);
    Ok(text.map_err(|problem| FieldProblem::of_letters(FILE, problem))?)
}

/// Whether a body is a form in parts, as those with files are.
pub fn is_multipart(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with("multipart/form-data"))
}

impl Bringing {
    /// Whether it may hold more than what is typed.
    pub fn has_parts(&self) -> bool {
        is_multipart(self.0.headers())
    }

    /// Reads the form with the file in its field `file`, which has at most `most` bytes, as has the
    /// field where it may be pasted instead.
    pub async fn file(self, most: usize, pasted: Option<&str>) -> Brought {
        let (too_large, endless) = (too_big(FILE, most), too_big(FILE, most));
        let takes = Takes { field: FILE, count: 1, most, pasted, too_large, endless };
        let Posted { form, files, problems } = self.read(&takes).await;
        let file = files.into_iter().find(|file| file.field == FILE);
        let (file_name, file) = file.map(|file| (file.name, file.bytes)).unwrap_or_default();
        Brought { form, file_name, file, problems }
    }

    /// Reads the form with the files it may bring.
    pub async fn read(self, takes: &Takes<'_>) -> Posted {
        let Bringing(mut request) = self;
        DefaultBodyLimit::max(MOST_BYTES).apply(&mut request);
        if is_multipart(request.headers()) {
            let body = Multipart::from_request(request, &()).await;
            return match body {
                Ok(body) => Reading::new(takes).all_of(body).await,
                Err(_) => Posted::wrong(FieldProblem::new(takes.field, UNREADABLE)),
            };
        }
        // A form without its files may be sent as forms usually are.
        match Form::read(request).await {
            Ok(form) => Posted { form, ..Posted::default() },
            Err(problem) => Posted::wrong(at(takes.field, &problem)),
        }
    }
}

impl From<Request> for Bringing {
    fn from(request: Request) -> Bringing {
        Bringing(request)
    }
}

impl Posted {
    fn wrong(problem: FieldProblem) -> Posted {
        Posted { problems: vec![problem].into(), ..Posted::default() }
    }
}

impl Brought {
    /// The text of the file, else what was pasted into a field; that leaves the form. A file in
    /// letters that are not ours is a problem of its field.
    pub fn text(&mut self, pasted: &str) -> String {
        let typed = self.form.take(pasted);
        match letters::decoded(&self.file) {
            Ok(text) if text.trim().is_empty() => typed,
            Ok(text) => text,
            Err(problem) => {
                self.problems.add(FieldProblem::of_letters(FILE, problem));
                typed
            }
        }
    }
}

/// The same problem, told at this field.
fn at(field: &str, problem: &FieldProblem) -> FieldProblem {
    FieldProblem { field: field.to_owned(), ..problem.clone() }
}

/// A form in parts under reading.
struct Reading<'a> {
    takes: &'a Takes<'a>,
    pairs: Vec<(String, String)>,
    files: Vec<Upload>,
    problems: Problems,
    /// What may still be typed, in bytes.
    left: usize,
}

impl<'a> Reading<'a> {
    fn new(takes: &'a Takes<'a>) -> Reading<'a> {
        let (pairs, files) = (Vec::new(), Vec::new());
        Reading { takes, pairs, files, problems: Problems::default(), left: form::MOST_BYTES }
    }

    async fn all_of(mut self, mut body: Multipart) -> Posted {
        let mut parts = 0;
        loop {
            let part = match body.next_field().await {
                Ok(Some(part)) if parts < MOST_FIELDS => part,
                Ok(None) => break,
                Ok(Some(_)) => {
                    self.problems.add(FieldProblem::new(self.takes.field, UNREADABLE));
                    break;
                }
                Err(error) => {
                    self.broken_off(self.takes.field, &error);
                    break;
                }
            };
            parts += 1;
            let name = self.without_nul(part.name().unwrap_or_default().to_owned());
            let named = part.file_name().map(|named| self.without_nul(named.to_owned()));
            let nameless = || (name == self.takes.field && self.takes.count > 0).then(String::new);
            let read = match named.or_else(nameless) {
                Some(file_name) => self.file(part, &name, file_name).await,
                None => self.typed(part, &name).await,
            };
            if let Err((field, error)) = read {
                self.broken_off(&field, &error);
                break;
            }
        }
        let Reading { takes, pairs, files, mut problems, .. } = self;
        let form = Form::from_pairs(pairs);
        if !form.is_one() {
            problems.add(FieldProblem::new(takes.field, UNREADABLE));
        }
        Posted { form, files, problems }
    }

    async fn file(
        &mut self,
        mut part: Field<'_>,
        field: &str,
        name: String,
    ) -> Result<(), (String, MultipartError)> {
        let wanted = self.files.len() < self.takes.count;
        let most = if wanted { self.takes.most } else { 0 };
        let bytes = up_to(&mut part, most).await.map_err(|error| (field.to_owned(), error))?;
        if wanted && bytes.len() > most {
            self.problems.add(at(field, &self.takes.too_large));
        } else if wanted && !(name.is_empty() && bytes.is_empty()) {
            // Without name and bytes it is a field in which nothing was chosen.
            self.files.push(Upload { field: field.to_owned(), name, bytes });
        }
        Ok(())
    }

    async fn typed(
        &mut self,
        mut part: Field<'_>,
        name: &str,
    ) -> Result<(), (String, MultipartError)> {
        let pasted = self.takes.pasted == Some(name);
        let most = if pasted { self.takes.most } else { self.left };
        let field = if pasted { name } else { self.takes.field };
        // A browser sends two bytes for the end of a line that was typed.
        let read = up_to(&mut part, 2 * most).await;
        let bytes = read.map_err(|error| (field.to_owned(), error))?;
        let cut = bytes.len() > 2 * most;
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            // Where it was too much it may have been cut within a character.
            Err(error) if cut => String::from_utf8_lossy(error.as_bytes()).into_owned(),
            Err(_) => {
                self.problems.add(FieldProblem::new(self.takes.field, UNREADABLE));
                return Ok(());
            }
        };
        let text = if text.contains('\r') { text.replace("\r\n", "\n") } else { text };
        let text = self.without_nul(text);
        if text.len() > most {
            self.problems.add(match pasted {
                true => at(name, &self.takes.too_large),
                false => form::too_large(name),
            });
        }
        self.left -= if pasted { 0 } else { text.len().min(self.left) };
        self.pairs.push((name.to_owned(), text));
        Ok(())
    }

    /// A form with a NUL is none, as in [`Form::parse`]; the rest of it is not lost over it.
    fn without_nul(&mut self, text: String) -> String {
        if !text.contains('\0') {
            return text;
        }
        self.problems.add(FieldProblem::new(self.takes.field, UNREADABLE));
        text.replace('\0', "")
    }

    fn broken_off(&mut self, field: &str, error: &MultipartError) {
        let endless = error.status() == StatusCode::PAYLOAD_TOO_LARGE;
        self.problems.add(match endless {
            true => at(field, &self.takes.endless),
            false => FieldProblem::new(field, UNREADABLE),
        });
    }
}

/// Reads one part of a form to its end; of what is too much one byte is kept, and tells so.
async fn up_to(part: &mut Field<'_>, most: usize) -> Result<Vec<u8>, MultipartError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await? {
        let room = most + 1 - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    Ok(bytes)
}

impl<S: Send + Sync> FromRequest<S> for Bringing {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Bringing(request))
    }
}
