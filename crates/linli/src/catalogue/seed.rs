//! The shipped catalogue, put into a new district.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use linli_rules::calendar::Limit;
use serde::Deserialize;

use super::{Class, Pair, Question, Standard, store};
use crate::act::{Act, Acting, Actor, Done, Door, Order, Reach, Subject};
use crate::base::{Fault, Id};

const SHIPPED: &str = include_str!("../../data/classes.toml");

#[derive(Deserialize)]
struct File {
    body_kind: Vec<BodyKind>,
    class: Vec<ClassRow>,
}

/// A kind of body, such as 城市管理.
#[derive(Clone, Debug, Deserialize)]
pub struct BodyKind {
    pub id: String,
    pub title: Pair,
}

#[derive(Clone, Deserialize)]
struct ClassRow {
    code: String,
    kind: String,
    group: Pair,
    title: Pair,
    plain: Pair,
    conditions: String,
    conditions_en: String,
    closing: Vec<String>,
    /// Line by line as `closing`.
    closing_en: Vec<String>,
    limit: Limit,
    grade: String,
    publicity: String,
    anonymous: bool,
    body: Option<String>,
    keywords: Vec<String>,
    #[serde(default)]
    questions: Vec<Question>,
}

/// Read once: it is long, and classes are looked at all the time.
static FILE: LazyLock<Result<File, String>> =
    LazyLock::new(|| toml::from_str(SHIPPED).map_err(|e| e.to_string()));

fn shipped() -> Result<&'static File, Fault> {
    FILE.as_ref().map_err(|said| Fault::new(said.clone()).context("data/classes.toml"))
}

/// The kinds of body the shipped catalogue knows.
pub fn body_kinds() -> Result<Vec<BodyKind>, Fault> {
    Ok(shipped()?.body_kind.clone())
}

/// Conditions and closing lines of the shipped catalogue, each with its English.
pub fn glosses() -> Result<HashMap<String, String>, Fault> {
    let mut out = HashMap::new();
    for row in &shipped()?.class {
        out.insert(row.conditions.clone(), row.conditions_en.clone());
        out.extend(row.closing.iter().cloned().zip(row.closing_en.iter().cloned()));
    }
    Ok(out)
}

/// The act that takes over the shipped catalogue.
struct Adopt {
    rows: Vec<ClassRow>,
}

impl Act for Adopt {
    type Outcome = usize;

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed("class.import")
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        let codes: Vec<&str> = self.rows.iter().map(|row| row.code.as_str()).collect();
        Ok(serde_json::to_vec(&codes)?)
    }

    fn subject(&self) -> Subject {
        Subject::New { kind: "class", id: "catalogue".to_owned(), reach: Reach::at("/") }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<usize> {
        for row in &self.rows {
            let class = cx.new_id();
            store::insert(cx, &row.class(class.clone()), None)?;
            let standard = Standard {
                id: cx.new_id(),
                class,
                position: 1,
                condition: row.conditions.clone(),
                closing: row.closing.clone(),
                limit: row.limit,
                grade: row.grade.clone(),
                source: "邻里默认目录".to_owned(),
                handlers: String::new(),
                supervisors: String::new(),
            };
            store::insert_standard(cx, &standard, None)?;
        }
        Ok(self.rows.len())
    }
}

impl ClassRow {
    fn class(&self, id: Id) -> Class {
        Class {
            id,
            code: self.code.clone(),
            kind: self.kind.clone(),
            group: self.group.clone(),
            title: self.title.clone(),
            plain: self.plain.clone(),
            publicity: self.publicity.clone(),
            anonymous: self.anonymous,
            keywords: self.keywords.clone(),
            questions: self.questions.clone(),
            body_kind: self.body.clone(),
            version: 1,
        }
    }
}

/// Puts the shipped catalogue into a district that has none.
pub fn seed(door: &Door) -> Done<usize> {
    let rows = shipped()?.class.clone();
    let order = Order::new(Id::derived("seed catalogue"), Adopt { rows });
    Ok(door.perform_blocking(&Actor::operator(), order)?.outcome)
}

#[cfg(test)]
mod tests {
    use super::super::edit_form;
    use super::*;

    #[test]
    fn a_class_that_is_opened_and_saved_is_the_class_it_was() {
        for row in &shipped().unwrap().class {
            let class = row.class(Id::derived(&row.code));
            let (fields, _, wrong) = edit_form::read(&edit_form::filled(&class, &[]));
            assert!(wrong.is_empty(), "{}: {wrong:?}", row.code);
            assert_eq!(fields.onto(class.clone()), class, "{}", row.code);
        }
    }
}
