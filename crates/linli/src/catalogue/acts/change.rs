//! class.change: an official corrects a class in the browser.
//!
//! A limit or a closing list that changes makes a new standard; the old one ends and goes on
//! counting for the cases that were filed by it (cases: 立案标准).

use std::borrow::Cow;

use linli_rules::calendar::Limit;
use serde::Serialize;

use crate::act::{Act, Acting, Done, Failure, Refusal, Subject};
use crate::base::{Fault, Id};
use crate::catalogue::{CLASSES, Class, Pair, Question, Standard, store};

/// A standard as the form has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewStandard {
    /// The standard it replaces.
    pub replaces: Id,
    pub condition: String,
    pub closing: Vec<String>,
    pub limit: Limit,
}

/// What a class is to be from now on.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeClass {
    pub id: Id,
    /// The version the official looked at.
    pub seen: i64,
    pub title: Pair,
    pub plain: Pair,
    pub publicity: String,
    pub anonymous: bool,
    pub keywords: Vec<String>,
    pub questions: Vec<Question>,
    pub body_kind: Option<String>,
    pub standards: Vec<NewStandard>,
}

impl Act for ChangeClass {
    type Outcome = i64;

    fn name(&self) -> Cow<'static, str> {
        "class.change".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(self)?)
    }

    fn subject(&self) -> Subject {
        Subject::row(CLASSES, &self.id)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<i64> {
        let old = store::by_id(cx.read(), &self.id)?.ok_or(Failure::Hidden)?;
        if old.version != self.seen {
            return Err(Refusal::new("changed_meanwhile").into());
        }
        let class = Class {
            title: self.title.clone(),
            plain: self.plain.clone(),
            publicity: self.publicity.clone(),
            anonymous: self.anonymous,
            keywords: self.keywords.clone(),
            questions: self.questions.clone(),
            body_kind: self.body_kind.clone(),
            ..old
        };
        store::save(cx, &class)?;
        let standing = store::standards(cx.read(), &self.id)?;
        for fresh in &self.standards {
            let Some(old) = standing.iter().find(|s| s.id == fresh.replaces) else {
                return Err(Refusal::new("changed_meanwhile").into());
            };
            replace(cx, old, fresh)?;
        }
        Ok(class.version + 1)
    }
}

/// A new standard in the place of the old one, where anything differs.
fn replace(cx: &mut Acting<'_, '_>, old: &Standard, fresh: &NewStandard) -> Done<()> {
    let same = old.condition == fresh.condition
        && old.closing == fresh.closing
        && old.limit == fresh.limit;
    if same {
        return Ok(());
    }
    store::end_standard(cx, &old.id)?;
    let standard = Standard {
        id: cx.new_id(),
        condition: fresh.condition.clone(),
        closing: fresh.closing.clone(),
        limit: fresh.limit,
        ..old.clone()
    };
    store::insert_standard(cx, &standard, None)
}
