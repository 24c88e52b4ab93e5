//! JSON bodies, field by field: what is unknown, of the wrong kind or too much is named by its
//! pointer; nothing is guessed.

use std::collections::BTreeMap;

use axum::body::Body as Raw;
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value};

use super::problem::{At, Problem, Told};
use crate::act::FieldProblem;
use crate::affairs::appeal::answers::LINK;
use crate::base::text;
use crate::base::twice;
use crate::channel::decode;
use crate::page::{self, Unread};

/// The largest body.
const MOST_BYTES: usize = 256 * 1024;

/// An object under reading.
pub struct Fields {
    left: Map<String, Value>,
    problems: Vec<FieldProblem>,
}

impl Fields {
    pub async fn read(headers: &HeaderMap, body: Raw) -> Told<Fields> {
        if !says_json(headers) {
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong_media"));
        }
        if decode::is_packed(headers) {
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "packed"));
        }
        let bytes = page::whole(body, MOST_BYTES).await.map_err(|unread| match unread {
            Unread::TooLarge => Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Unread::BrokenOff => Problem::broken_off(),
        })?;
        let text = decode::text(bytes.to_vec())
            .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "not_utf8"))?;
        match twice::read(&text) {
            Ok((Value::Object(_), Some(at))) => {
                let problem = FieldProblem::new(at, "said_twice");
                Err(Problem::fields(At::Body(""), vec![problem]))
            }
            Ok((Value::Object(left), None)) => Ok(Fields { left, problems: Vec::new() }),
            Ok(_) => Err(Problem::new(StatusCode::BAD_REQUEST, "not_an_object")),
            // JSON as it is, and yet nothing that can be reckoned with: 1e400.
            Err(wrong) if wrong.to_string().starts_with("number out of range") => {
                Err(Problem::new(StatusCode::BAD_REQUEST, "number_too_large"))
            }
            Err(_) => Err(Problem::new(StatusCode::BAD_REQUEST, "not_json")),
        }
    }

    fn wrong(&mut self, name: &str) {
        self.problems.push(FieldProblem::new(name, "wrong_kind"));
    }

    /// A text; `null` is as good as nothing.
    pub fn text(&mut self, name: &str) -> Option<String> {
        match self.left.remove(name)? {
            Value::Null => None,
            Value::String(text) if !text.contains('\0') => Some(text),
            _ => {
                self.wrong(name);
                None
            }
        }
    }

    pub fn required(&mut self, name: &str) -> String {
        if !self.left.contains_key(name) {
            self.problems.push(FieldProblem::new(name, "missing"));
        }
        self.text(name).unwrap_or_default()
    }

    pub fn whole(&mut self, name: &str) -> Option<i64> {
        match self.left.remove(name)? {
            Value::Null => None,
            Value::Number(n) if n.is_i64() => n.as_i64(),
            _ => {
                self.wrong(name);
                None
            }
        }
    }

    pub fn flag(&mut self, name: &str) -> Option<bool> {
        match self.left.remove(name)? {
            Value::Null => None,
            Value::Bool(flag) => Some(flag),
            _ => {
                self.wrong(name);
                None
            }
        }
    }

    /// A list of texts; what is left out is an empty one.
    pub fn list(&mut self, name: &str) -> Vec<String> {
        match self.left.remove(name) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(all)) if all.iter().all(is_text) => {
                all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            Some(_) => {
                self.wrong(name);
                Vec::new()
            }
        }
    }

    /// Takes over what is wrong with values that were read.
    pub fn wrongs(&mut self, problems: Vec<FieldProblem>) {
        self.problems.extend(problems);
    }

    /// Degrees × 10⁷.
    pub fn degrees(&mut self, name: &str, most: i64) -> Option<i64> {
        let text = match self.left.remove(name)? {
            Value::Null => return None,
            Value::Number(n) => n.to_string(),
            _ => String::new(),
        };
        let read = decode::degrees_e7(&text, most);
        if read.is_none() {
            self.wrong(name);
        }
        read
    }

    /// Names with texts. `known` says which names there are, `several` which of them may come as a
    /// list.
    pub fn texts(
        &mut self,
        name: &str,
        known: impl Fn(&str) -> bool,
        several: impl Fn(&str) -> bool,
    ) -> BTreeMap<String, String> {
        let mut out = BTreeMap::new();
        let inner = match self.left.remove(name) {
            None | Some(Value::Null) => return out,
            Some(Value::Object(inner)) => inner,
            Some(_) => {
                self.wrong(name);
                return out;
            }
        };
        for (key, value) in inner {
            let place = format!("/{name}/{}", text::pointer_part(&key));
            let text = match value {
                _ if !known(&key) => {
                    self.problems.push(FieldProblem::new(place, "unknown_field"));
                    continue;
                }
                Value::String(text) if !text.contains('\0') => text,
                Value::Array(all) if several(&key) && all.iter().all(is_text) => {
                    let all: Vec<&str> = all.iter().filter_map(Value::as_str).collect();
                    text::joined(&all)
                }
                Value::Number(n) => n.to_string(),
                _ => {
                    self.problems.push(FieldProblem::new(place, "wrong_kind"));
                    continue;
                }
            };
            out.insert(key, text);
        }
        out
    }

    /// Answers by the code of their question; several choices come as a list.
    pub fn answers(&mut self, name: &str) -> BTreeMap<String, String> {
        self.texts(name, |code| code != LINK, |_| true)
    }

    /// Ends the reading: what is left over is unknown.
    pub fn finish(mut self) -> Told<()> {
        let unknown = self.left.keys().map(|name| FieldProblem::new(name, "unknown_field"));
        self.problems.extend(unknown);
        if self.problems.is_empty() {
            return Ok(());
        }
        Err(Problem::fields(At::Body(""), self.problems))
    }
}

/// Whether a body is said to be JSON; one of which nothing is said is taken for it.
fn says_json(headers: &HeaderMap) -> bool {
    let Some(said) = headers.get(header::CONTENT_TYPE) else { return true };
    let said = said.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    let media = said.trim().to_ascii_lowercase();
    media == "application/json" || media.starts_with("application/") && media.ends_with("+json")
}

fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.contains('\0'))
}
