//! The parts of a form that brings a file, read within its limit.

use axum::body::Bytes;
use axum::extract::Multipart;

use super::import::MOST_BYTES;
use crate::act::FieldProblem;
use crate::base::Id;

/// What a form sent, part by part; of two of a name the first counts.
#[derive(Default)]
pub(super) struct Parts(Vec<(String, Bytes)>);

impl Parts {
    /// Reads the form; the problem says that it was too much, or broke off.
    pub async fn read(mut body: Multipart) -> (Parts, Option<FieldProblem>) {
        let mut parts = Parts::default();
        let big = || Some(FieldProblem::new("file", "file_too_big").with("mb", MOST_BYTES >> 20));
        loop {
            let field = match body.next_field().await {
                Ok(Some(field)) => field,
                Ok(None) => return (parts, None),
                Err(_) => return (parts, big()),
            };
            let name = field.name().unwrap_or_default().to_owned();
            match field.bytes().await {
                Ok(bytes) => parts.0.push((name, bytes)),
                Err(_) => return (parts, big()),
            }
        }
    }

    /// The bytes of a part; one with nothing in it is as good as none.
    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        let found = self.0.iter().find(|(part, bytes)| part == name && !bytes.is_empty());
        found.map(|(_, bytes)| bytes.as_ref())
    }

    /// A part that was typed, not chosen as a file.
    pub fn text(&self, name: &str) -> String {
        let bytes = self.bytes(name).unwrap_or_default();
        String::from_utf8_lossy(bytes).trim().to_owned()
    }

    pub fn act_id(&self) -> Option<Id> {
        Id::parse(&self.text("act_id"))
    }
}

/// A file as text: UTF-8, or GB 18030 as offices here keep it; `None` for letters of another kind.
pub(super) fn decoded(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some(text.to_owned());
    }
    let text = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes);
    text.map(std::borrow::Cow::into_owned)
}
