//! `/admin/kinds`: the kinds of post a place has, its own among them.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;

use crate::act::{Act, Done, Failure};
use crate::base::Id;
use crate::disclosure::KindFields;
use crate::disclosure::acts::kind::{AddKind, ChangeKind, EndKind};
use crate::disclosure::rules::kinds::{FIXED, GROUPS, LEVELS};
use crate::disclosure::view::Choice;
use crate::page::{Form, Frame, Page, Problems, Visitor, render, see_other};
use crate::people::census;
use crate::people::store::{self as people, PostKind};
use crate::words::Lang;

const NAME: &str = "post_kind.change";

/// A kind as the list shows it.
struct Row {
    code: String,
    title: String,
    level: String,
    group: String,
    position: i64,
    posts: i64,
    persons: i64,
    duties: usize,
}

#[derive(Template)]
#[template(path = "disclosure/pages/kinds.html")]
struct KindsPage {
    f: Frame,
    rows: Vec<Row>,
    edit: Editing,
}

#[derive(Template)]
#[template(path = "disclosure/pages/kind.html")]
struct KindPage {
    f: Frame,
    row: Row,
    edit: Editing,
    /// Why it cannot end now; empty when it can.
    stays: String,
}

/// The form of a kind.
struct Editing {
    problems: Problems,
    act_id: Id,
    seen: i64,
    code: String,
    title_zh: String,
    title_en: String,
    position: String,
    levels: Vec<Choice>,
    groups: Vec<Choice>,
    is_new: bool,
}

/// The kinds in force and how much hangs on each, read in one snapshot.
struct Desk {
    version: i64,
    kinds: Vec<(PostKind, usize)>,
    held: BTreeMap<String, census::Held>,
}

async fn desk(v: &Visitor) -> Done<Desk> {
    v.duty(NAME)?;
    let door = v.district.door.clone();
    v.read(move |tx| {
        let list = door.duty_list(tx)?;
        let duties =
            |kind: &PostKind| list.duties.iter().filter(|duty| duty.post_kind == kind.id).count();
        let kinds = people::all_kinds(tx)?.into_iter().map(|kind| (duties(&kind), kind));
        Ok(Desk {
            version: list.version,
            kinds: kinds.map(|(duties, kind)| (kind, duties)).collect(),
            held: census::by_kind(tx)?,
        })
    })
    .await
}

fn level_title(lang: Lang, level: &str) -> String {
    lang.find(&format!("kinds.level.{level}")).unwrap_or_else(|| level.to_owned())
}

fn group_title(lang: Lang, group: &str) -> String {
    lang.find(&format!("kinds.group.{group}")).unwrap_or_else(|| group.to_owned())
}

impl Desk {
    fn row(&self, (kind, duties): &(PostKind, usize), lang: Lang) -> Row {
        let held = self.held.get(&kind.id).copied().unwrap_or_default();
        Row {
            code: kind.id.clone(),
            title: lang.pick(&kind.title_zh, &kind.title_en).to_owned(),
            level: level_title(lang, &kind.level),
            group: group_title(lang, &kind.group),
            position: kind.position,
            posts: held.posts,
            persons: held.persons,
            duties: *duties,
        }
    }

    /// Behind all kinds of the last group a place may add to.
    fn free_position(&self) -> i64 {
        let own = self.kinds.iter().filter(|(kind, _)| !FIXED.contains(&kind.group.as_str()));
        own.map(|(kind, _)| kind.position).max().unwrap_or(0) + 1
    }
}

fn choices(all: &[&str], chosen: &str, title: impl Fn(&str) -> String) -> Vec<Choice> {
    let one = |value: &&str| Choice {
        value: (*value).to_owned(),
        title: title(value),
        chosen: *value == chosen,
    };
    all.iter().map(one).collect()
}

/// The form with what was sent, or with what stands.
fn editing(v: &Visitor, seen: i64, form: &Form, problems: Problems, is_new: bool) -> Editing {
    let (level, group) = (form.get("level"), form.get("group"));
    let fixed = FIXED.contains(&group);
    let groups: &[&str] = if fixed { &[group] } else { &GROUPS };
    let levels: &[&str] = if fixed { &[level] } else { &LEVELS };
    Editing {
        problems,
        act_id: v.district.new_id(),
        seen,
        code: form.get("code").to_owned(),
        title_zh: form.get("title_zh").to_owned(),
        title_en: form.get("title_en").to_owned(),
        position: form.get("position").to_owned(),
        levels: choices(levels, level, |level| level_title(v.lang, level)),
        groups: choices(groups, group, |group| group_title(v.lang, group)),
        is_new,
    }
}

pub async fn list(v: Visitor) -> Page {
    let desk = desk(&v).await?;
    let blank = [("level", "grid".to_owned()), ("group", "grid".to_owned())];
    let position = [("position", desk.free_position().to_string())];
    let pairs = blank.into_iter().chain(position).map(|(name, value)| (name.to_owned(), value));
    list_page(&v, &desk, &Form::from_pairs(pairs), Problems::default())
}

fn list_page(v: &Visitor, desk: &Desk, form: &Form, problems: Problems) -> Page {
    render(&KindsPage {
        f: v.frame(v.lang.say("kinds.title")).wide(),
        rows: desk.kinds.iter().map(|kind| desk.row(kind, v.lang)).collect(),
        edit: editing(v, desk.version, form, problems, true),
    })
}

fn fields(form: &Form) -> KindFields {
    KindFields {
        title_zh: form.get("title_zh").to_owned(),
        title_en: form.get("title_en").to_owned(),
        level: form.get("level").to_owned(),
        group: form.get("group").to_owned(),
        position: form.get("position").parse().unwrap_or(-1),
    }
}

fn seen(form: &Form) -> i64 {
    form.get("seen").parse().unwrap_or(-1)
}

/// Performs; what can be mended comes back, the rest is told as a page of its own.
async fn perform<A: Act>(v: &Visitor, form: &Form, act: A) -> Done<Result<(), Problems>> {
    match v.perform(form.act_id(v.district.new_id()), act).await {
        Ok(_) => Ok(Ok(())),
        Err(Failure::Invalid(problems)) => Ok(Err(problems.into())),
        Err(failure) => Err(failure),
    }
}

pub async fn add(v: Visitor, form: Form) -> Page {
    let code = form.get("code").to_owned();
    let act = AddKind { seen: seen(&form), code: code.clone(), fields: fields(&form) };
    match perform(&v, &form, act).await? {
        Ok(()) => Ok(see_other(&format!("/admin/kinds/{code}"))),
        Err(problems) => {
            let page = list_page(&v, &desk(&v).await?, &form, problems)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

pub async fn one(v: Visitor, Path(code): Path<String>) -> Page {
    let desk = desk(&v).await?;
    kind_page(&v, &desk, &code, None, Problems::default())
}

fn kind_page(v: &Visitor, desk: &Desk, code: &str, sent: Option<&Form>, wrong: Problems) -> Page {
    let found = desk.kinds.iter().find(|(kind, _)| kind.id == code).ok_or(Failure::Hidden)?;
    let (kind, row) = (&found.0, desk.row(found, v.lang));
    let position = kind.position.to_string();
    let stands = [
        ("title_zh", &kind.title_zh),
        ("title_en", &kind.title_en),
        ("level", &kind.level),
        ("group", &kind.group),
        ("position", &position),
    ];
    let stands = stands.map(|(name, value)| (name.to_owned(), value.clone()));
    let stands = Form::from_pairs(stands);
    let stays = if FIXED.contains(&kind.group.as_str()) {
        v.lang.say("kinds.stays")
    } else if row.posts > 0 {
        v.lang.with("kinds.has_posts", &row.posts)
    } else if row.duties > 0 {
        v.lang.with("kinds.has_duties", &row.duties)
    } else {
        String::new()
    };
    let mut edit = editing(v, desk.version, sent.unwrap_or(&stands), wrong, false);
    edit.code = code.to_owned();
    render(&KindPage { f: v.frame(row.title.clone()), row, edit, stays })
}

pub async fn change(v: Visitor, Path(code): Path<String>, form: Form) -> Page {
    let act = ChangeKind { seen: seen(&form), code: code.clone(), fields: fields(&form) };
    match perform(&v, &form, act).await? {
        Ok(()) => Ok(see_other("/admin/kinds")),
        Err(problems) => {
            let page = kind_page(&v, &desk(&v).await?, &code, Some(&form), problems)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

pub async fn end(v: Visitor, Path(code): Path<String>, form: Form) -> Page {
    v.person()?;
    let act = EndKind { seen: seen(&form), code };
    match perform(&v, &form, act).await? {
        Ok(()) => Ok(see_other("/admin/kinds")),
        Err(problems) => Err(Failure::Invalid(problems.all)),
    }
}
