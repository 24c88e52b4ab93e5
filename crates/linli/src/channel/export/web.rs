//! 数据导出: the same in the browser for those who may; it streams as it is read.

use askama::Template;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use super::acts::TakeOut;
use super::command::{Pages, reason_of};
use super::write::{Form as As, Writer};
use super::{What, acts};
use crate::act::{Done, Failure, FieldProblem};
use crate::base::Id;
use crate::district::Districts;
use crate::page::{Form, Frame, Page, Problems, Visitor, render_form};

/// Pieces that wait for a slow reader.
const PIECES: usize = 4;

pub fn routes() -> Router<Districts> {
    Router::new().route("/admin/export", get(start).post(take))
}

struct Choice {
    name: &'static str,
    title: String,
}

#[derive(Template)]
#[template(path = "channel/export/pages/export.html")]
struct ExportPage {
    f: Frame,
    problems: Problems,
    act_id: Id,
    what: Vec<Choice>,
    forms: Vec<Choice>,
    may_unmask: bool,
    unmasked: bool,
    reason: String,
}

/// Who may export nothing finds no such page.
fn allowed(v: &Visitor) -> Done<()> {
    v.person()?;
    if v.may("case.export") { Ok(()) } else { Err(Failure::Hidden) }
}

async fn start(v: Visitor) -> Page {
    allowed(&v)?;
    page(&v, Problems::default(), &Form::default())
}

fn page(v: &Visitor, problems: Problems, form: &Form) -> Page {
    let choice =
        |name: &'static str| Choice { name, title: v.lang.say(&format!("export.choice.{name}")) };
    let page = ExportPage {
        f: v.frame(v.lang.say("export.title")),
        problems,
        act_id: v.district.new_id(),
        what: What::ALL.map(What::name).map(choice).into(),
        forms: As::ALL.map(As::name).map(choice).into(),
        may_unmask: v.may("case.unmask"),
        unmasked: form.get("unmasked") == "yes",
        reason: form.get("reason").to_owned(),
    };
    render_form(&page, &page.problems)
}

async fn take(v: Visitor, form: Form) -> Page {
    allowed(&v)?;
    match asked(&v, &form) {
        Ok((what, kind, reason)) => {
            let act =
                TakeOut { actor: v.actor.clone(), what: what.name().to_owned(), form: kind.name() };
            v.perform(form.act_id(v.district.new_id()), act).await?;
            Ok(stream(&v, what, kind, reason))
        }
        Err(Failure::Invalid(problems)) => {
            let mut response = page(&v, problems.into(), &form)?;
            *response.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(failure) => Err(failure),
    }
}

fn asked(v: &Visitor, form: &Form) -> Done<(What, As, Option<String>)> {
    let missing = |field| FieldProblem::new(field, "missing");
    let what = What::from_name(form.get("what")).ok_or_else(|| missing("what"))?;
    let kind = As::from_name(form.get("form")).ok_or_else(|| missing("form"))?;
    let unmasked = what == What::Cases && form.get("unmasked") == "yes";
    if unmasked && !v.may("case.unmask") {
        return Err(Failure::Hidden);
    }
    let reason = unmasked.then(|| form.get("reason").chars().take(acts::REASON_MAX + 1).collect());
    Ok((what, kind, reason_of(reason)?))
}

/// The pages on their way: a reader who is slow lets the writing wait, one who leaves ends it.
fn stream(v: &Visitor, what: What, kind: As, reason: Option<String>) -> Response {
    let (send, mut pieces) = tokio::sync::mpsc::channel::<Result<Bytes, std::io::Error>>(PIECES);
    let (district, actor, lang) = (v.district.clone(), v.actor.clone(), v.lang);
    tokio::task::spawn_blocking(move || {
        let mut writer = Writer::new(what, kind, lang);
        let mut pages = Pages::new(what, actor, reason);
        let pass =
            |bytes: Vec<u8>| bytes.is_empty() || send.blocking_send(Ok(bytes.into())).is_ok();
        let written = loop {
            match pages.next(&district).and_then(|p| p.map(|p| writer.lines(p)).transpose()) {
                Ok(Some(bytes)) => {
                    if !pass(bytes) {
                        return;
                    }
                }
                Ok(None) => break writer.finish(),
                Err(failure) => break Err(failure),
            }
        };
        // A file that breaks off is seen to be broken off.
        let last = written.map(Bytes::from).map_err(|e| std::io::Error::other(e.to_string()));
        if let Err(error) = &last {
            tracing::warn!("an export broke off: {error}");
        }
        let _ = send.blocking_send(last);
    });
    let body = Body::from_stream(async_stream::stream! {
        while let Some(piece) = pieces.recv().await {
            yield piece;
        }
    });
    let name = format!("attachment; filename=\"{}.{}\"", what.name(), kind.name());
    let name = HeaderValue::from_str(&name);
    let name = name.unwrap_or_else(|_| HeaderValue::from_static("attachment"));
    let mime = HeaderValue::from_static(kind.mime());
    ([(header::CONTENT_TYPE, mime), (header::CONTENT_DISPOSITION, name)], body).into_response()
}
