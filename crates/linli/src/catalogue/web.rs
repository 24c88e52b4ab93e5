//! 事项目录: what may be reported, who answers for it and within what time. Public and printable.

use std::collections::BTreeMap;

use askama::Template;
use axum::routing::get;
use axum::{Extension, Router};
use linli_rules::calendar::Limit;

use super::{Class, FiledUnder, Standard, edit, gloss, seed, store};
use crate::act::Done;
use crate::district::Districts;
use crate::page::{Frame, Page, Visitor, render};
use crate::procedure;
use crate::words::Lang;

/// The routes of the catalogue; how many cases a class has is asked of those below.
pub fn routes(filed: FiledUnder) -> Router<Districts> {
    Router::new()
        .route("/classes", get(list))
        .route("/admin/classes", get(edit::list).post(edit::add))
        .route("/admin/classes/new", get(edit::show_new))
        .route("/admin/classes/{code}", get(edit::show).post(edit::change))
        .layer(Extension(filed))
}

/// A standard in plain words.
struct Timed {
    condition: String,
    closing: String,
    limit: String,
    handlers: String,
}

/// A class with its standards.
struct Line {
    code: String,
    title: String,
    plain: String,
    body: String,
    timed: Vec<Timed>,
}

struct Group {
    title: String,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "catalogue/pages/classes.html")]
struct ClassesPage {
    f: Frame,
    groups: Vec<Group>,
    count: usize,
}

async fn list(v: Visitor) -> Page {
    let read = v.read(|tx| Ok((store::all(tx)?, store::all_standards(tx)?))).await?;
    let (classes, standards) = read;
    let count = classes.len();
    let groups = groups(&classes, &standards, v.lang)?;
    render(&ClassesPage { f: v.frame(v.lang.say("catalogue.title")), groups, count })
}

fn groups(classes: &[Class], standards: &[Standard], lang: Lang) -> Done<Vec<Group>> {
    let bodies: BTreeMap<String, String> = seed::body_kinds()?
        .into_iter()
        .map(|kind| (kind.id, kind.title.pick(lang).to_owned()))
        .collect();
    let mut out: Vec<Group> = Vec::new();
    for class in classes {
        let title = class.group.pick(lang);
        let line = Line {
            code: class.code.clone(),
            title: class.title.pick(lang).to_owned(),
            plain: class.plain.pick(lang).to_owned(),
            body: class.body_kind.as_ref().and_then(|k| bodies.get(k)).cloned().unwrap_or_default(),
            timed: standards
                .iter()
                .filter(|s| s.class == class.id)
                .map(|s| timed(s, lang))
                .collect(),
        };
        match out.iter_mut().find(|group| group.title == title) {
            Some(group) => group.lines.push(line),
            None => out.push(Group { title: title.to_owned(), lines: vec![line] }),
        }
    }
    Ok(out)
}

fn timed(standard: &Standard, lang: Lang) -> Timed {
    Timed {
        condition: gloss::said(lang, &standard.condition),
        closing: gloss::list(lang, &standard.closing, ("、", "; ")),
        limit: limit(standard.time(), lang),
        handlers: standard.handlers.clone(),
    }
}

/// A limit in words: `4 个工作时`.
pub(super) fn limit(limit: Limit, lang: Lang) -> String {
    procedure::length(lang, limit.kind.name(), i64::from(limit.n))
}
