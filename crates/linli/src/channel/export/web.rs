//! 数据导出: the same in the browser for those who may; it streams as it is read.

use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use super::acts::TakeOut;
use super::archive::{self, Pieces};
use super::command::{self, Pages, reason_of};
use super::write::{Form as As, Writer};
use super::{What, acts};
use crate::act::{Done, Failure, FieldProblem};
use crate::base::Fault;
use crate::district::{District, Districts};
use crate::page::{Form, Frame, Page, Problems, Visitor, render_form};

/// Every list, in one archive.
const ALL: &str = "all";
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
        what: [ALL].into_iter().chain(What::ALL.map(What::name)).map(choice).collect(),
        forms: As::ALL.map(As::name).map(choice).into(),
        may_unmask: v.may("case.unmask"),
        unmasked: form.get("unmasked") == "yes",
        reason: form.get("reason").to_owned(),
    };
    render_form(&page, &page.problems)
}

/// The page stays after a file came, so its form has no id: each download is one of its own, and is
/// kept as such.
async fn take(v: Visitor, form: Form) -> Page {
    allowed(&v)?;
    match asked(&v, &form) {
        Ok(asked) => {
            if let (Some(what), As::Xlsx) = (asked.what, asked.form) {
                let (district, actor) = (v.district.clone(), v.actor.clone());
                let fits = move || command::fits_a_workbook(&district, what, &actor);
                let fits = tokio::task::spawn_blocking(fits)
                    .await
                    .map_err(|e| Fault::new(e.to_string()))?;
                if let Err(Failure::Invalid(problems)) = fits {
                    return page(&v, problems.into(), &form);
                }
                fits?;
            }
            let act_id = form.act_id(v.district.new_id());
            let what = asked.what.map_or(ALL, What::name).to_owned();
            let (form, reason) = (asked.form.name(), asked.reason.clone());
            let act = TakeOut { actor: v.actor.clone(), what, form, reason };
            v.perform(act_id, act).await?;
            Ok(stream(&v, asked))
        }
        Err(Failure::Invalid(problems)) => page(&v, problems.into(), &form),
        Err(failure) => Err(failure),
    }
}

struct Asked {
    /// One list; all of them where there is none.
    what: Option<What>,
    form: As,
    reason: Option<String>,
}

fn asked(v: &Visitor, form: &Form) -> Done<Asked> {
    let missing = |field| FieldProblem::new(field, "missing");
    let what = match form.get("what") {
        ALL => None,
        name => Some(What::from_name(name).ok_or_else(|| missing("what"))?),
    };
    let kind = As::from_name(form.get("form")).ok_or_else(|| missing("form"))?;
    if what.is_none() && kind == As::Xlsx {
        // A workbook is held as a whole, and breaks off behind its last row.
        return Err(FieldProblem::new("form", "all_not_as_excel").into());
    }
    let unmasked = what.is_none_or(|what| what == What::Cases) && form.get("unmasked") == "yes";
    if unmasked && !v.may("case.unmask") {
        return Err(Failure::Hidden);
    }
    let reason = unmasked.then(|| form.get("reason").chars().take(acts::REASON_MAX + 1).collect());
    Ok(Asked { what, form: kind, reason: reason_of(reason)? })
}

/// The pages on their way: a reader who is slow lets the writing wait, one who leaves ends it.
fn stream(v: &Visitor, asked: Asked) -> Response {
    let (send, mut pieces) = tokio::sync::mpsc::channel(PIECES);
    let (name, mime) = match asked.what {
        Some(what) => (format!("{}.{}", what.name(), asked.form.name()), asked.form.mime()),
        None => (format!("linli-{}.zip", v.district.config.code), "application/zip"),
    };
    let (district, actor, lang) = (v.district.clone(), v.actor.clone(), v.lang);
    tokio::task::spawn_blocking(move || {
        let Asked { what, form, reason } = asked;
        let written = match what {
            Some(what) => {
                let pages = Pages::new(what, actor, reason);
                one(&district, pages, Writer::new(what, form, lang), &send)
            }
            None => {
                let all = archive::Asked { actor, form, reason, lang };
                archive::write(&district, &all, &send)
            }
        };
        // A file that breaks off is seen to be broken off.
        if let Err(failure) = written
            && !send.is_closed()
        {
            tracing::warn!("an export broke off: {failure}");
            let _ = send.blocking_send(Err(std::io::Error::other(failure.to_string())));
        }
    });
    let body = Body::from_stream(async_stream::stream! {
        while let Some(piece) = pieces.recv().await {
            yield piece;
        }
    });
    let name = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let name = name.unwrap_or_else(|_| HeaderValue::from_static("attachment"));
    let mime = HeaderValue::from_static(mime);
    ([(header::CONTENT_TYPE, mime), (header::CONTENT_DISPOSITION, name)], body).into_response()
}

/// One list; it blocks.
fn one(district: &District, mut pages: Pages, mut writer: Writer, to: &Pieces) -> Done<()> {
    let pass = |bytes: Vec<u8>| bytes.is_empty() || to.blocking_send(Ok(bytes.into())).is_ok();
    while let Some(page) = pages.next(district)? {
        if !pass(writer.lines(page)?) {
            return Ok(());
        }
    }
    pass(writer.finish()?);
    Ok(())
}
