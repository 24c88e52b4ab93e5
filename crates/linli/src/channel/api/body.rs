//! JSON bodies, field by field: what is unknown, of the wrong kind or too much is named by its
//! pointer; nothing is guessed.

use std::collections::BTreeMap;

use axum::body::Body as Raw;
use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::problem::{At, Problem, Told};
use crate::act::FieldProblem;
use crate::base::text;
use crate::channel::decode;

/// The largest body.
const MOST_BYTES: usize = 256 * 1024;

/// An object under reading.
pub struct Fields {
    left: Map<String, Value>,
    problems: Vec<FieldProblem>,
}

impl Fields {
    pub async fn read(body: Raw) -> Told<Fields> {
        let bytes = axum::body::to_bytes(body, MOST_BYTES).await;
        let bytes = bytes.map_err(|_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large"))?;
        let text = decode::text(bytes.to_vec())
            .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "not_utf8"))?;
        match serde_json::from_str(&text) {
            Ok(Value::Object(left)) => Ok(Fields { left, problems: Vec::new() }),
            Ok(_) => Err(Problem::new(StatusCode::BAD_REQUEST, "not_an_object")),
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

    /// Degrees × 10⁷.
    pub fn degrees(&mut self, name: &str, most: i64) -> Option<i64> {
        let text = match self.left.remove(name)? {
            Value::Null => return None,
            Value::Number(n) => n.to_string(),
            Value::String(text) => text,
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
            let place = format!("/{name}/{}", key.replace('~', "~0").replace('/', "~1"));
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
        self.texts(name, |_| true, |_| true)
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

fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.contains('\0'))
}
