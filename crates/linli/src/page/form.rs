//! Forms as they came in, and what is wrong with them.

use std::collections::BTreeMap;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse as _, Response};

use crate::act::{Failure, FieldProblem};
use crate::base::{Id, text};
use crate::words::Lang;

/// What a list sends when none of its values is meant. It has a letter that no code or name of
/// those lists has.
pub const ANOTHER: &str = "/";

/// What says which form this is, and what it was made from. Said twice and differently, none of the
/// two is to be believed.
const ONCE: [&str; 5] = ["act_id", "do", "seen", "step", "version"];

/// The largest form without files, and the most that is typed beside one.
pub(super) const MOST_BYTES: usize = 256 * 1024;

/// More was typed than is taken.
pub(super) fn too_large(field: &str) -> FieldProblem {
    FieldProblem::new(field, "form_too_large").with("size", text::size(MOST_BYTES))
}

/// Why a body was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// More came than is taken.
    TooLarge,
    /// It ended before it was whole: whoever sent it went away, or their network did.
    BrokenOff,
}

/// A body of at most so many bytes.
pub async fn whole(body: Body, most: usize) -> Result<Bytes, Unread> {
    use std::error::Error as _;
    axum::body::to_bytes(body, most).await.map_err(|error| match error.source() {
        Some(source) if source.is::<http_body_util::LengthLimitError>() => Unread::TooLarge,
        _ => Unread::BrokenOff,
    })
}

/// The id of the act behind one of several forms on a page that was given an id: after the way back
/// in the browser, one form is not taken for another that was sent.
pub fn one_of(page: &Id, form: &str) -> Id {
    Id::derived(&format!("{page} {form}"))
}

/// An `application/x-www-form-urlencoded` body, each field with its values in order.
#[derive(Clone, Debug, Default)]
pub struct Form {
    fields: BTreeMap<String, Vec<String>>,
}

impl Form {
    /// From decoded pairs, such as a query string or a multipart body.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Form {
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in pairs {
            fields.entry(name).or_default().push(value);
        }
        Form { fields }
    }

    /// `None` where it is no form, or holds letters other than UTF-8: a guess at them would be kept
    /// as if it had been said. So is one with a NUL, which no keyboard has, and one whose act has
    /// an id that is none: sent twice, it would be taken twice.
    pub fn parse(body: &[u8]) -> Option<Form> {
        let decoded: Vec<u8> = percent_encoding::percent_decode(body).collect();
        std::str::from_utf8(&decoded).ok()?;
        let pairs = serde_urlencoded::from_bytes::<Vec<(String, String)>>(body).ok()?;
        Some(Form::from_pairs(pairs)).filter(|form| form.is_one() && !form.has_nul())
    }

    /// Whether a NUL stands in it: no text of ours has one, and PostgreSQL takes none.
    fn has_nul(&self) -> bool {
        self.pairs().any(|(name, value)| name.contains('\0') || value.contains('\0'))
    }

    /// It is one form with one act: neither has it an id that is none, nor two that differ.
    pub(super) fn is_one(&self) -> bool {
        let named = self.get("act_id");
        let one = |name: &&str| self.all(name).iter().all(|value| value.trim() == self.get(name));
        (named.is_empty() || Id::parse(named).is_some()) && ONCE.iter().all(one)
    }

    /// Reads the form that a request brings.
    pub async fn read(request: Request) -> Result<Form, FieldProblem> {
        let unreadable = || FieldProblem::new("form", "form_unreadable");
        let body = whole(request.into_body(), MOST_BYTES).await.map_err(|unread| match unread {
            Unread::TooLarge => too_large("form"),
            Unread::BrokenOff => unreadable(),
        })?;
        Form::parse(&body).ok_or_else(unreadable)
    }

    /// The first value, trimmed; empty when there is none.
    pub fn get(&self, name: &str) -> &str {
        self.fields.get(name).and_then(|all| all.first()).map_or("", |v| v.trim())
    }

    /// The first value as it was typed, out of the form.
    pub fn take(&mut self, name: &str) -> String {
        let all = self.fields.remove(name).unwrap_or_default();
        all.into_iter().next().unwrap_or_default()
    }

    pub fn all(&self, name: &str) -> &[String] {
        self.fields.get(name).map_or(&[], Vec::as_slice)
    }

    /// The rows that were ticked; `None` where one of the values is the id of nothing.
    pub fn ids(&self, name: &str) -> Option<Vec<Id>> {
        let named = self.all(name).iter().filter(|value| !value.is_empty());
        named.map(|value| Id::parse(value)).collect()
    }

    /// The row chosen from a list that may be left empty. What is no id was not offered: it is not
    /// the same as nothing chosen.
    pub fn row(&self, name: &str, unknown: &'static str) -> Result<Option<Id>, FieldProblem> {
        match self.get(name) {
            "" => Ok(None),
            chosen => match Id::parse(chosen) {
                Some(id) => Ok(Some(id)),
                None => Err(FieldProblem::new(name, unknown)),
            },
        }
    }

    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().flat_map(|(k, all)| all.iter().map(move |v| (k.as_str(), v.as_str())))
    }

    /// The id the form carries for its act; a form without one gets `fresh`.
    pub fn act_id(&self, fresh: Id) -> Id {
        Id::parse(self.get("act_id")).unwrap_or(fresh)
    }

    /// What was chosen from a list, or typed beside it where [`ANOTHER`] was; with the field it
    /// stands in.
    pub fn chosen(&self, name: &str) -> (String, &str) {
        match self.get(name) {
            ANOTHER => {
                let beside = format!("{name}_another");
                let typed = self.get(&beside);
                (beside, typed)
            }
            listed => (name.to_owned(), listed),
        }
    }

    /// A text that must be there.
    pub fn required(&self, name: &str, max: usize, problems: &mut Problems) -> String {
        match text::clean(self.get(name), max) {
            Ok(text) => text,
            Err(text::TextProblem::Missing) => {
                problems.add(FieldProblem::new(name, "missing"));
                String::new()
            }
            Err(text::TextProblem::TooLong { max }) => {
                problems.add(FieldProblem::new(name, "too_long").with("max", max));
                String::new()
            }
        }
    }

    /// A text that may be left out.
    pub fn optional(&self, name: &str, max: usize, problems: &mut Problems) -> Option<String> {
        if self.get(name).is_empty() {
            return None;
        }
        Some(self.required(name, max, problems)).filter(|text| !text.is_empty())
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Form, Response> {
        Form::read(request).await.map_err(|problem| Failure::from(problem).into_response())
    }
}

/// What is wrong with a form, field by field, in the order found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    pub all: Vec<FieldProblem>,
}

impl Problems {
    pub fn add(&mut self, problem: FieldProblem) {
        if !self.all.iter().any(|p| p.field == problem.field) {
            self.all.push(problem);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The sentence by a field, empty when it is right.
    pub fn at(&self, lang: &Lang, field: &str) -> String {
        let found = self.all.iter().find(|p| p.field == field);
        found.map(|p| lang.problem(p)).unwrap_or_default()
    }

    /// Field and sentence of each, for the summary on top of the page.
    pub fn summary(&self, lang: &Lang) -> Vec<(String, String)> {
        self.all.iter().map(|p| (p.field.clone(), lang.problem(p))).collect()
    }
}

impl From<Vec<FieldProblem>> for Problems {
    fn from(all: Vec<FieldProblem>) -> Problems {
        Problems { all }
    }
}
