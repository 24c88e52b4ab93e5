//! class.change: an official adds, corrects or closes a class in the browser.
//!
//! A limit or a closing list that changes makes a new standard; the old one ends and goes on
//! counting for the cases that were filed by it (cases: 立案标准).

use std::borrow::Cow;

use serde::Serialize;

use crate::act::{Act, Acting, Done, Failure, FieldProblem, Reach, Refusal, Subject};
use crate::base::{Fault, Id};
use crate::catalogue::rules::{self, ClassFields, NewStandard};
use crate::catalogue::{CLASSES, Class, FiledUnder, PUBLIC, Standard, seed, store};

fn kinds() -> Done<Vec<String>> {
    Ok(seed::body_kinds()?.into_iter().map(|kind| kind.id).collect())
}

/// What a class is to be from now on.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeClass {
    pub id: Id,
    /// The version the official looked at.
    pub seen: i64,
    pub fields: ClassFields,
    /// Standards in force that are not named stay as they are.
    pub standards: Vec<NewStandard>,
    /// The official knows that what is public under it stays so when the class is no longer.
    pub stays: bool,
    #[serde(skip)]
    pub filed: FiledUnder,
}

impl ChangeClass {
    /// Standards that are not named hold on, so that none of those named need be left.
    fn right(&self, standing: &[Standard]) -> Done<()> {
        let is_named =
            |one: &&Standard| self.standards.iter().any(|s| s.replaces.as_ref() == Some(&one.id));
        let others = standing.iter().filter(|one| !is_named(one)).count();
        let mut wrong = rules::check(&self.fields, &self.standards, &kinds()?);
        wrong.retain(|problem| others == 0 || problem.code != "no_standard_left");
        if wrong.is_empty() { Ok(()) } else { Err(Failure::Invalid(wrong)) }
    }

    /// How far a case is shown is set when it is filed: another word of its class does not take it
    /// out of what was published.
    fn tells_what_stays(&self, cx: &Acting<'_, '_>, old: &Class) -> Done<()> {
        if self.stays || old.publicity != PUBLIC || self.fields.publicity == PUBLIC {
            return Ok(());
        }
        match (self.filed)(cx.read(), &self.id)?.public {
            0 => Ok(()),
            n => Err(FieldProblem::new("stays", "class_cases_stay").with("n", n).into()),
        }
    }
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
        let old = standing(cx, &self.id, self.seen)?;
        let standing = store::standards(cx.read(), &self.id)?;
        self.right(&standing)?;
        self.tells_what_stays(cx, &old)?;
        let class = self.fields.onto(old);
        store::save(cx, &class)?;
        let mut last = standing.iter().map(|standard| standard.position).max().unwrap_or(0);
        for fresh in &self.standards {
            let Some(id) = &fresh.replaces else {
                last += 1;
                add(cx, &class.id, last, fresh)?;
                continue;
            };
            let Some(old) = standing.iter().find(|standard| standard.id == *id) else {
                return Err(Refusal::new("changed_meanwhile").into());
            };
            replace(cx, old, fresh)?;
        }
        Ok(class.version + 1)
    }
}

/// A class that is in force, as the official saw it.
fn standing(cx: &Acting<'_, '_>, id: &Id, seen: i64) -> Done<Class> {
    let old = store::by_id(cx.read(), id)?.ok_or(Failure::Hidden)?;
    if old.version != seen || store::is_closed(cx.read(), id)? {
        return Err(Refusal::new("changed_meanwhile").into());
    }
    Ok(old)
}

/// A new class of the place's own.
#[derive(Clone, Debug, Serialize)]
pub struct AddClass {
    pub id: Id,
    pub code: String,
    /// `event`, `component` or `service`.
    pub kind: String,
    pub fields: ClassFields,
    pub standards: Vec<NewStandard>,
}

impl Act for AddClass {
    type Outcome = Id;

    fn name(&self) -> Cow<'static, str> {
        "class.change".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(self)?)
    }

    fn subject(&self) -> Subject {
        Subject::New { kind: "class", id: self.id.to_string(), reach: Reach::at("/") }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<Id> {
        let mut wrong = rules::check_new(&self.code, &self.kind);
        wrong.extend(rules::check(&self.fields, &self.standards, &kinds()?));
        if wrong.is_empty() && store::code_is_used(cx.read(), &self.code)? {
            wrong.push(FieldProblem::new("code", "code_used").with("code", &self.code));
        }
        if !wrong.is_empty() {
            return Err(Failure::Invalid(wrong));
        }
        let blank = Class::blank(self.id.clone(), &self.code, &self.kind);
        store::insert(cx, &self.fields.onto(blank), None)?;
        for (position, standard) in (1..).zip(&self.standards) {
            add(cx, &self.id, position, standard)?;
        }
        Ok(self.id.clone())
    }
}

/// From now on nothing is reported under the class; cases that were stay under it.
#[derive(Clone, Debug, Serialize)]
pub struct CloseClass {
    pub id: Id,
    pub seen: i64,
}

impl Act for CloseClass {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "class.change".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&("close", self))?)
    }

    fn subject(&self) -> Subject {
        Subject::row(CLASSES, &self.id)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        standing(cx, &self.id, self.seen)?;
        store::close(cx, &self.id, self.seen)
    }
}

fn add(cx: &mut Acting<'_, '_>, class: &Id, position: i64, fresh: &NewStandard) -> Done<()> {
    let blank = Standard {
        id: cx.new_id(),
        class: class.clone(),
        position,
        condition: String::new(),
        closing: Vec::new(),
        limit: fresh.limit,
        grade: String::new(),
        source: "本地自定".to_owned(),
        handlers: String::new(),
        supervisors: String::new(),
    };
    store::insert_standard(cx, &fresh.onto(blank), None)
}

/// A new standard in the place of the old one, where anything differs.
fn replace(cx: &mut Acting<'_, '_>, old: &Standard, fresh: &NewStandard) -> Done<()> {
    let wanted = fresh.onto(old.clone());
    if wanted == *old && !fresh.ends {
        return Ok(());
    }
    store::end_standard(cx, &old.id)?;
    if fresh.ends {
        return Ok(());
    }
    let standard = Standard { id: cx.new_id(), ..wanted };
    store::insert_standard(cx, &standard, None)
}
