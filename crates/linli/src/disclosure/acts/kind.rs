//! post_kind.change: a place's own kinds of post are made, renamed and ended. A kind is a part of
//! the duty list, so each change makes a new version of it; what was seen meanwhile is stale.

use std::borrow::Cow;

use serde::Serialize;

use super::renew;
use crate::act::{Act, Acting, Done, DutyBook, Failure, FieldProblem, Reach, Refusal, Subject};
use crate::base::{Fault, text};
use crate::disclosure::rules::kinds;
use crate::disclosure::{KindFields, store};
use crate::people::store::{self as people, PostKind};

const NAME: &str = "post_kind.change";

fn subject(id: &str) -> Subject {
    Subject::New { kind: "post_kind", id: id.to_owned(), reach: Reach::at("/") }
}

fn standing(cx: &Acting<'_, '_>, id: &str) -> Done<PostKind> {
    let kinds = people::all_kinds(cx.read())?;
    kinds.into_iter().find(|kind| kind.id == id).ok_or(Failure::Hidden)
}

fn cleaned(fields: &KindFields) -> KindFields {
    let clean = |title: &str| text::clean(title, usize::MAX).unwrap_or_default();
    KindFields {
        title_zh: clean(&fields.title_zh),
        title_en: clean(&fields.title_en),
        ..fields.clone()
    }
}

/// A new kind of the place's own.
#[derive(Clone, Debug, Serialize)]
pub struct AddKind {
    /// The version of the duty list its author had before their eyes.
    pub seen: i64,
    /// The code by which the list names it: `grid_warden`.
    pub code: String,
    pub fields: KindFields,
}

impl Act for AddKind {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        NAME.into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&("add", self))?)
    }

    fn subject(&self) -> Subject {
        subject(&self.code)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        let mut wrong = kinds::problems(&self.fields, None);
        wrong.extend(kinds::code_problem(&self.code, &self.fields.group));
        // A code that once meant something is never given to something else.
        if wrong.is_empty() && store::kind_is_known(cx.read(), &self.code)? {
            wrong.push(FieldProblem::new("code", "kind_code_used"));
        }
        if !wrong.is_empty() {
            return Err(Failure::Invalid(wrong));
        }
        store::keep_kind(cx.tx, &self.code, &cleaned(&self.fields))?;
        renew(cx, self.seen)
    }
}

/// What a kind is called and where it belongs from now on; its code stays.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeKind {
    pub seen: i64,
    pub code: String,
    pub fields: KindFields,
}

impl Act for ChangeKind {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        NAME.into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&("change", self))?)
    }

    fn subject(&self) -> Subject {
        subject(&self.code)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        let old = standing(cx, &self.code)?;
        let mut wrong = kinds::problems(&self.fields, Some(&old));
        if self.fields.group != old.group {
            let problem = kinds::code_problem(&self.code, &self.fields.group);
            wrong.extend(problem.map(|p| FieldProblem { field: "group".to_owned(), ..p }));
        }
        if !wrong.is_empty() {
            return Err(Failure::Invalid(wrong));
        }
        if !store::change_kind(cx.tx, &self.code, &cleaned(&self.fields))? {
            return Err(Refusal::new("changed_meanwhile").into());
        }
        renew(cx, self.seen)
    }
}

/// Nobody can be appointed to such a post any more. Refused while a post is one, or a duty names
/// it: those are ended first, each with its own reason.
#[derive(Clone, Debug, Serialize)]
pub struct EndKind {
    pub seen: i64,
    pub code: String,
}

impl Act for EndKind {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        NAME.into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&("end", self))?)
    }

    fn subject(&self) -> Subject {
        subject(&self.code)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        let kind = standing(cx, &self.code)?;
        if kinds::FIXED.contains(&kind.group.as_str()) {
            return Err(Refusal::new("kind_stays").into());
        }
        let posts = people::posts_of_kind(cx.read(), &self.code)?;
        if posts > 0 {
            return Err(Refusal::new("kind_has_posts").with("n", posts.to_string()).into());
        }
        let list = DutyBook::default().current(cx.read())?;
        let duties = list.duties.iter().filter(|duty| duty.post_kind == self.code).count();
        if duties > 0 {
            return Err(Refusal::new("kind_has_duties").with("n", duties.to_string()).into());
        }
        let now = cx.now();
        if !store::end_kind(cx.tx, &self.code, now)? {
            return Err(Refusal::new("changed_meanwhile").into());
        }
        renew(cx, self.seen)
    }
}
