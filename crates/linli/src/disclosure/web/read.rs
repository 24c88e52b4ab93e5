//! Reading the list: on the page, as a sheet, on paper.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::RawQuery;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};

use crate::act::{Done, DutyList};
use crate::disclosure::paper;
use crate::disclosure::sheet::{self, Head};
use crate::disclosure::store::{self, DutyRow};
use crate::disclosure::view::{self, Choice, Group, Query, RemitLine, WallLine};
use crate::page::{Form, Frame, Page, Visitor, not_found, render};
use crate::people::web::BodyKinds;

#[derive(Template)]
#[template(path = "disclosure/pages/duties.html")]
struct DutiesPage {
    f: Frame,
    query: Query,
    version: i64,
    count: usize,
    groups: Vec<Group>,
    walls: Vec<WallLine>,
    remits: Vec<RemitLine>,
    posts: Vec<Choice>,
    acts: Vec<Choice>,
    scopes: Vec<Choice>,
    may_change: bool,
    may_see_proposals: bool,
    day: String,
}

/// The list in force with its rows, for whoever may see it.
async fn look(visitor: &Visitor) -> Done<(Arc<DutyList>, Vec<DutyRow>)> {
    if !visitor.may("duty.see") {
        return not_found();
    }
    let door = visitor.district.door.clone();
    visitor.read(move |tx| Ok((door.duty_list(tx)?, store::rows(tx)?))).await
}

/// Which body answers for what; nothing where only a part of the list was asked for.
async fn remits(visitor: &Visitor, query: &Query, kinds: BodyKinds) -> Done<Vec<RemitLine>> {
    if query.narrows() {
        return Ok(Vec::new());
    }
    let kinds = kinds(visitor.lang);
    visitor.read(move |tx| Ok(view::remits(tx, &kinds)?)).await
}

/// What nobody may do; nothing where only a part of the list was asked for.
fn walls(visitor: &Visitor, query: &Query, list: &DutyList) -> Vec<WallLine> {
    if query.narrows() {
        return Vec::new();
    }
    view::walls(&list.walls, &visitor.into())
}

type Named = Extension<BodyKinds>;

fn asked(raw: Option<String>) -> Query {
    let form = Form::parse(raw.unwrap_or_default().as_bytes()).unwrap_or_default();
    Query::from_form(&form)
}

pub async fn page(visitor: Visitor, Extension(kinds): Named, RawQuery(raw): RawQuery) -> Page {
    let (list, rows) = look(&visitor).await?;
    let (query, lang) = (asked(raw), visitor.lang);
    let remits = remits(&visitor, &query, kinds).await?;
    let groups = view::groups(&rows, &query, &(&visitor).into());
    let mut acts: Vec<String> = rows.iter().map(|row| row.act.clone()).collect();
    acts.dedup();
    render(&DutiesPage {
        f: visitor.frame(lang.say("duty.title")),
        version: list.version,
        count: groups.iter().map(|group| group.lines.len()).sum(),
        groups,
        walls: walls(&visitor, &query, &list),
        remits,
        posts: view::post_choices(&rows, &query.post, lang),
        acts: view::act_choices(acts.into_iter(), &query.act, &(&visitor).into()),
        scopes: view::scope_choices(&query.scope, lang),
        may_change: visitor.may("duty.change"),
        may_see_proposals: visitor.may("duty_proposal.see"),
        day: today(&visitor).to_string(),
        query,
    })
}

fn today(visitor: &Visitor) -> crate::base::Day {
    visitor.district.now().day(visitor.district.config.offset_minutes)
}

fn head(visitor: &Visitor, list: &DutyList, query: &Query, count: usize) -> Head {
    let lang = visitor.lang;
    let day = today(visitor);
    let note = [
        lang.with("duty.version", &list.version),
        lang.with("duty.count", &count),
        lang.with("duty.at", &day),
    ];
    Head {
        title: format!("{} · {}", visitor.district.config.name, lang.say("duty.title")),
        note: note.join("　"),
        day,
        by_act: query.by_act,
    }
}

pub async fn sheet(visitor: Visitor, Extension(kinds): Named, RawQuery(raw): RawQuery) -> Page {
    let (list, rows) = look(&visitor).await?;
    let query = asked(raw);
    let remits = remits(&visitor, &query, kinds).await?;
    let groups = view::groups(&rows, &query, &(&visitor).into());
    let count = groups.iter().map(|group| group.lines.len()).sum();
    let head = head(&visitor, &list, &query, count);
    let walls = walls(&visitor, &query, &list);
    let bytes = sheet::write(&groups, (&remits, &walls), &head, visitor.lang)?;
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    Ok(file(bytes, kind, "duties.xlsx"))
}

pub async fn paper(visitor: Visitor, Extension(kinds): Named, RawQuery(raw): RawQuery) -> Page {
    let (list, rows) = look(&visitor).await?;
    let query = asked(raw);
    let remits = remits(&visitor, &query, kinds).await?;
    let groups = view::groups(&rows, &query, &(&visitor).into());
    let count = groups.iter().map(|group| group.lines.len()).sum();
    let head = head(&visitor, &list, &query, count);
    let walls = walls(&visitor, &query, &list);
    let bytes = paper::write(&groups, (&remits, &walls), &head, visitor.lang)?;
    Ok(file(bytes, "application/pdf", "duties.pdf"))
}

fn file(bytes: Vec<u8>, kind: &'static str, name: &str) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let disposition = HeaderValue::from_str(&disposition)
        .unwrap_or_else(|_| HeaderValue::from_static("attachment"));
    let kind = HeaderValue::from_static(kind);
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition)], bytes)
        .into_response()
}
