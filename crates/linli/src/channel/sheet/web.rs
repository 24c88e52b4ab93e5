//! 数据导入: choose a file, see what would come of it, take it over, undo it.

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};

use super::check::{Report, check};
use super::{Grade, Kind, Remark, command, out, run};
use crate::act::{Done, Failure, FieldProblem, Refusal};
use crate::affairs::appeal::undo as undoing;
use crate::base::Id;
use crate::catalogue;
use crate::district::Districts;
use crate::matter::batch::{self, Batch, Run};
use crate::page::{
    Bringing, Brought, Form, Frame, Page, Problems, Visitor, aside, page_above, render,
    render_form, see_other,
};
use crate::table::MOST_BYTES;
use crate::words::Lang;

/// Remarks a page shows; the workbook given back has all that are kept.
const SHOWN: usize = 200;
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

pub fn routes() -> Router<Districts> {
    Router::new()
        .route("/admin/import", get(start).post(upload))
        .route("/admin/import/templates/{kind}", get(template))
        .route("/admin/import/{run}", get(show))
        .route("/admin/import/{run}/state", get(state))
        .route("/admin/import/{run}/problems.xlsx", get(problems))
        .route("/admin/import/{run}/adopt", get(page_above).post(adopt))
        .route("/admin/import/batches/{batch}/undo", post(undo))
}

/// What the visitor may import; who may import nothing finds no such page.
fn allowed(v: &Visitor) -> Done<Vec<Kind>> {
    v.person()?;
    let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| v.may(kind.act())).collect();
    if kinds.is_empty() { Err(Failure::Hidden) } else { Ok(kinds) }
}

/// A kind as the form offers it.
struct KindChoice {
    name: &'static str,
    title: String,
    chosen: bool,
}

/// A batch as the list shows it.
struct BatchLine {
    batch: Batch,
    kind: String,
    at: String,
    state: String,
    may_undo: bool,
}

#[derive(Template)]
#[template(path = "channel/sheet/pages/start.html")]
struct StartPage {
    f: Frame,
    problems: Problems,
    kinds: Vec<KindChoice>,
    place: String,
    batches: Vec<BatchLine>,
}

async fn start(v: Visitor) -> Page {
    let place = v.district.config.code.clone();
    let fresh = Form::from_pairs([("place".to_owned(), place)]);
    start_page(&v, &fresh, Problems::default()).await
}

async fn start_page(v: &Visitor, form: &Form, problems: Problems) -> Page {
    let kinds = allowed(v)?;
    let chosen = Kind::from_name(form.get("kind")).or(kinds.first().copied());
    let newest = v.read(|tx| Ok(batch::newest(tx, 50)?)).await?;
    let batches = newest.into_iter().filter_map(|batch| batch_line(v, batch)).collect();
    let choice = |kind: Kind| KindChoice {
        name: kind.name(),
        title: title(v.lang, kind),
        chosen: chosen == Some(kind),
    };
    let page = StartPage {
        f: v.frame(v.lang.say("import.title")),
        problems,
        kinds: kinds.into_iter().map(choice).collect(),
        place: form.get("place").to_owned(),
        batches,
    };
    render_form(&page, &page.problems)
}

fn title(lang: Lang, kind: Kind) -> String {
    lang.say(&format!("import.kind.{}", kind.name()))
}

fn batch_line(v: &Visitor, batch: Batch) -> Option<BatchLine> {
    let kind = Kind::from_name(&batch.kind).filter(|kind| v.may(kind.act()))?;
    let state = match (batch.adopted_at, batch.undone_at) {
        (_, Some(_)) => "undone",
        (Some(_), None) => "adopted",
        (None, None) => "unfinished",
    };
    let undoes = match kind {
        Kind::Cases => v.may("case.undo_import"),
        Kind::Classes => v.may("class.import"),
    };
    Some(BatchLine {
        kind: title(v.lang, kind),
        at: v.district.local(batch.at),
        state: v.lang.say(&format!("import.state.{state}")),
        may_undo: batch.undone_at.is_none() && undoes,
        batch,
    })
}

async fn upload(v: Visitor, brought: Bringing) -> Page {
    let kinds = allowed(&v)?;
    let Brought { form, file_name, file, problems } = brought.file(MOST_BYTES, None).await;
    match checked(&v, &kinds, &form, (file_name, file), problems).await {
        Ok(id) => Ok(see_other(&format!("/admin/import/{id}"))),
        Err(Failure::Invalid(problems)) => start_page(&v, &form, problems.into()).await,
        Err(failure) => Err(failure),
    }
}

async fn checked(
    v: &Visitor,
    kinds: &[Kind],
    form: &Form,
    (file_name, file): (String, Vec<u8>),
    mut problems: Problems,
) -> Done<Id> {
    let kind = Kind::from_name(form.get("kind"));
    if kind.is_some_and(|kind| !kinds.contains(&kind)) {
        return Err(Failure::Hidden);
    }
    if file.is_empty() && problems.is_empty() {
        problems.add(FieldProblem::new("file", "no_file"));
    }
    let Some(kind) = kind else {
        problems.add(FieldProblem::new("kind", "missing"));
        return Err(Failure::Invalid(problems.all));
    };
    if !problems.is_empty() {
        return Err(Failure::Invalid(problems.all));
    }
    let (district, actor, lang) = (v.district.clone(), v.actor.clone(), v.lang);
    let place = form.get("place").to_owned();
    aside(move || {
        let place = run::place_of(&district, Some(&place))?;
        let checked = check(&district, kind, &file)?;
        if let Some(why) = checked.report.unreadable(lang) {
            return Err(FieldProblem::new("file", "unreadable_table").with("why", why).into());
        }
        let file = (file_name.as_str(), file.as_slice());
        Ok(run::open(&district, &actor, file, place, &checked)?.id)
    })
    .await
}

/// A remark as the page shows it.
struct Line {
    mark: &'static str,
    grade: String,
    place: String,
    sentence: String,
}

#[derive(Template)]
#[template(path = "channel/sheet/pages/run.html")]
struct RunPage {
    f: Frame,
    run: Run,
    kind: String,
    summary: String,
    good: bool,
    /// The file is still there.
    kept: bool,
    failure: String,
    /// Another report than this one was to be taken over.
    unseen: bool,
    /// Why the file cannot be taken over as it is.
    not_good: String,
    has_remarks: bool,
    lines: Vec<Line>,
    more: usize,
}

/// The part of the page that is asked for again and again while an import is under way.
#[derive(Template)]
#[template(path = "channel/sheet/pages/state.html")]
struct StatePart {
    f: Frame,
    run: Run,
}

/// A run of a kind the visitor may import.
async fn run_of(v: &Visitor, id: &str) -> Done<(Run, Kind, Report)> {
    let kinds = allowed(v)?;
    let id = Id::parse(id).ok_or(Failure::Hidden)?;
    let found = v.read(move |tx| Ok(batch::run(tx, &id)?)).await?.ok_or(Failure::Hidden)?;
    let kind = Kind::from_name(&found.kind).filter(|kind| kinds.contains(kind));
    let report = run::report_of(&found)?;
    Ok((found, kind.ok_or(Failure::Hidden)?, report))
}

fn line(lang: Lang, remark: &Remark) -> Line {
    let (mark, grade) = match remark.grade {
        Grade::Wrong => ("chip--red", "wrong"),
        Grade::There => ("", "there"),
        Grade::Changed => ("chip--yellow", "changed"),
    };
    Line {
        mark,
        grade: lang.say(&format!("import.grade.{grade}")),
        place: place_of(lang, remark),
        sentence: remark.told(lang),
    }
}

/// The sheet and the row that a remark is about, or the whole file.
fn place_of(lang: Lang, remark: &Remark) -> String {
    let row = (remark.row > 0).then(|| lang.with("import.row", &remark.row));
    let sheet = Some(remark.sheet.clone()).filter(|sheet| !sheet.is_empty());
    match (sheet, row) {
        (None, None) => lang.say("import.whole"),
        (sheet, row) => sheet.into_iter().chain(row).collect::<Vec<_>>().join(" "),
    }
}

async fn show(v: Visitor, Path(id): Path<String>) -> Page {
    render(&page_of(&v, run_of(&v, &id).await?))
}

fn page_of(v: &Visitor, (run, kind, report): (Run, Kind, Report)) -> RunPage {
    let lines: Vec<Line> = report.remarks.iter().take(SHOWN).map(|r| line(v.lang, r)).collect();
    let failure = report.failure.as_ref().map(|f| f.pick(v.lang).to_owned());
    let not_good = match &report.earlier {
        Some(batch) => v.lang.fill("refusal.already_imported", &[("batch", batch)]),
        None if report.is_wrong() => v.lang.say("import.not_good"),
        None => v.lang.say("import.nothing_new"),
    };
    RunPage {
        unseen: false,
        not_good,
        kept: run::file_path(&v.district, &run.file_hash).exists(),
        kind: title(v.lang, kind),
        summary: command::summary(&report, v.lang),
        good: report.is_good() && run.waits(),
        failure: failure.unwrap_or_else(|| v.lang.say("import.cut_off")),
        has_remarks: !report.remarks.is_empty(),
        more: report.remarks.len().saturating_sub(lines.len()) + report.untold,
        lines,
        f: v.frame(run.file_name.clone()),
        run,
    }
}

/// The report as it stands, for whoever was shown another. A run that failed says itself why; one
/// that is under way has a page that shows how far it is.
fn looked_before(v: &Visitor, (run, kind, report): (Run, Kind, Report)) -> Page {
    if !run.waits() {
        return Ok(see_other(&format!("/admin/import/{}", run.id)));
    }
    let (says_why, sentence) = (report.failure.is_some(), "refusal.import_looked_before");
    let page = page_of(v, (run, kind, report));
    let failure = if says_why { page.failure } else { v.lang.say(sentence) };
    let mut response = render(&RunPage { unseen: true, failure, ..page })?;
    *response.status_mut() = StatusCode::CONFLICT;
    Ok(response)
}

async fn state(v: Visitor, Path(id): Path<String>) -> Page {
    let (run, ..) = run_of(&v, &id).await?;
    let over = run.state != "staging";
    let mut response = render(&StatePart { f: v.frame(""), run })?;
    if over {
        response.headers_mut().insert("HX-Refresh", HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// Begins the adoption and goes back to the page that shows how far it is. Nothing is taken over
/// but by the report that the form was shown with.
async fn adopt(v: Visitor, Path(id): Path<String>, form: Form) -> Page {
    let (run, kind, report) = run_of(&v, &id).await?;
    if let Some(batch) = &report.earlier {
        let refusal = Refusal::new("already_imported");
        return Err(refusal.with("batch", batch.clone()).into());
    }
    if !report.is_good() {
        return Err(Refusal::new("import_has_problems").into());
    }
    if !v.may(kind.act()) {
        return Err(Failure::Hidden);
    }
    if form.get("seen") != run.seen() {
        return looked_before(&v, (run, kind, report));
    }
    let (district, asked) = (v.district.clone(), run.clone());
    aside(move || run::file_of(&district, &asked)).await?;
    let (district, actor, to) = (v.district.clone(), v.actor.clone(), run.id.clone());
    let (claimed, begun) = tokio::sync::oneshot::channel();
    tokio::task::spawn_blocking(move || {
        let claim = run::claim(&district, &run);
        // The page that follows shows how far it is, and not the same button once more. Nobody may
        // wait for it any more.
        claimed.send(()).ok();
        let adopt = || run::adopt_claimed(&district, &actor, &run, &mut |_, _| {});
        if let Err(failure) = claim.and_then(|()| adopt()) {
            tracing::warn!("import {} was not adopted: {failure}", run.id);
        }
    });
    begun.await.ok();
    Ok(see_other(&format!("/admin/import/{to}")))
}

async fn undo(v: Visitor, Path(id): Path<String>) -> Page {
    let kinds = allowed(&v)?;
    let id = Id::parse(&id).ok_or(Failure::Hidden)?;
    let wanted = id.clone();
    let found = v.read(move |tx| Ok(batch::by_id(tx, &wanted)?)).await?;
    let kind = found.and_then(|batch| Kind::from_name(&batch.kind));
    if !kind.is_some_and(|kind| kinds.contains(&kind)) {
        return Err(Failure::Hidden);
    }
    let (district, actor) = (v.district.clone(), v.actor.clone());
    let undone = aside(move || undoing::undo(&district.door, &actor, &id)).await?;
    let (removed, kept) = (undone.removed, undone.kept);
    Ok(see_other(&match undone.before {
        true => "/admin/import?done=import.undone_before".to_owned(),
        false => format!("/admin/import?done=import.undo&removed={removed}&kept={kept}"),
    }))
}

async fn problems(v: Visitor, Path(id): Path<String>) -> Page {
    let (run, _, report) = run_of(&v, &id).await?;
    let (district, lang) = (v.district.clone(), v.lang);
    let book = aside(move || {
        let bytes = run::file_of(&district, &run)?;
        Ok(out::annotated(&bytes, &report.remarks, lang)?)
    });
    Ok(workbook("problems.xlsx", book.await?))
}

async fn template(v: Visitor, Path(name): Path<String>) -> Page {
    let kinds = allowed(&v)?;
    let name = name.trim_end_matches(".xlsx");
    let kind = Kind::from_name(name).filter(|kind| kinds.contains(kind)).ok_or(Failure::Hidden)?;
    let classes = v.read(|tx| Ok(catalogue::store::all(tx)?)).await?;
    let named = |class: catalogue::Class| format!("{} {}", class.code, class.title.zh);
    let named = classes.into_iter().map(named).collect();
    let kinds = vec!["部件".to_owned(), "事件".to_owned()];
    let choices = match kind {
        Kind::Cases => vec![("class", named)],
        Kind::Classes => vec![("kind", kinds)],
    };
    Ok(workbook(&format!("{name}.xlsx"), out::template(kind, &choices)?))
}

fn workbook(name: &str, bytes: Vec<u8>) -> Response {
    let attached = format!("attachment; filename=\"{name}\"");
    let attached = HeaderValue::from_str(&attached);
    let attached = attached.unwrap_or_else(|_| HeaderValue::from_static("attachment"));
    let kind = HeaderValue::from_static(XLSX);
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, attached)], bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_says_where_it_belongs_also_where_that_is_the_whole_file() {
        let at = |sheet: &str, row: usize| {
            place_of(Lang::Zh, &Remark::new(Grade::Wrong, row, "", "missing").on(sheet))
        };
        let row = Lang::Zh.with("import.row", &3);
        assert_eq!((at("", 0), at("部件", 0)), ("整个文件".to_owned(), "部件".to_owned()));
        assert_eq!((at("部件", 3), at("", 3)), (format!("部件 {row}"), row));
    }
}
