//! The page that takes a file of boundaries: first it is looked at, then it is taken.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;

use super::acts::ImportBoundaries;
use super::import::{self, Feature, Gap, Kind, Plan, PlanRow};
use super::store::import::Import;
use super::{Place, edit, store};
use crate::act::{Done, Failure, FieldProblem};
use crate::base::Id;
use crate::page::{Bringing, Brought, Frame, Page, Problems, Visitor, render, see_other};
use crate::store::ReadTx;
use crate::words::Lang;

#[derive(Template)]
#[template(path = "territory/pages/import.html")]
struct ImportPage {
    f: Frame,
    place: Place,
    problems: Problems,
    text: String,
    system: String,
    report: Option<Report>,
    /// Imports made here before, with their time; for those who may undo them.
    earlier: Vec<(String, Import)>,
    act_id: Id,
}

pub(super) struct Report {
    /// Of the ground, as the plan saw it.
    version: i64,
    pub rows: Vec<Row>,
    pub gaps: Vec<Gap>,
    pub wrong: usize,
    pub drawn: usize,
    pub created: usize,
    pub unchanged: usize,
}

/// One feature, as the report tells it.
pub(super) struct Row {
    pub number: usize,
    pub name: String,
    pub code: String,
    pub what: String,
    pub problems: Vec<String>,
}

/// Earlier imports that the page lists.
const EARLIER: i64 = 20;

/// What the form sent, file or pasted text.
#[derive(Default)]
struct Sent {
    text: String,
    system: String,
    step: String,
    /// The version of the ground that the dry run was made on.
    seen: i64,
    /// The dry run found new places in the file.
    creates: bool,
    act_id: Option<Id>,
}

pub(super) async fn show(visitor: Visitor, Path(code): Path<String>) -> Page {
    let place = edit::editable(&visitor, code).await?;
    page(&visitor, place, Sent::default(), Problems::default(), None).await
}

pub(super) async fn take(visitor: Visitor, Path(code): Path<String>, brought: Bringing) -> Page {
    let place = edit::editable(&visitor, code).await?;
    let (sent, mut problems) = read(brought).await;
    match sent.system.as_str() {
        "wgs84" => {}
        "" => problems.add(FieldProblem::new("system", "import_choose_system")),
        _ => problems.add(FieldProblem::new("system", "import_system")),
    }
    if sent.text.is_empty() && problems.all.iter().all(|problem| problem.field == "system") {
        problems.add(FieldProblem::new("file", "no_file"));
    }
    let features = match import::features("file", &sent.text) {
        // What could not be read is told once.
        _ if !problems.all.iter().all(|problem| problem.field == "system") => Vec::new(),
        Ok(features) => features,
        Err(problem) => {
            problems.add(problem);
            Vec::new()
        }
    };
    if !problems.is_empty() {
        return page(&visitor, place, sent, problems, None).await;
    }
    let mut refused = Vec::new();
    if sent.step == "do" {
        let id = sent.act_id.clone().unwrap_or_else(|| visitor.district.new_id());
        let (within, seen, creates) = (place.id.clone(), Some(sent.seen), sent.creates);
        let features = features.clone();
        let act = ImportBoundaries { within, seen, features, creates };
        match visitor.perform(id, act).await {
            Ok(_) => return Ok(see_other(&format!("/grids/{}", place.code))),
            Err(Failure::Invalid(wrong)) => refused = wrong,
            Err(other) => return Err(other),
        }
    }
    let (plan, version) = look(&visitor, &place, features).await?;
    if plan.is_right() {
        // What only the act found; the rest stands by its feature.
        refused.into_iter().for_each(|problem| problems.add(problem));
    }
    let report = Report { version, ..report(&plan, visitor.lang) };
    page(&visitor, place, sent, problems, Some(report)).await
}

/// The plan, and the version of the ground it was made on.
async fn look(visitor: &Visitor, place: &Place, features: Vec<Feature>) -> Done<(Plan, i64)> {
    let within = place.clone();
    let look =
        move |tx: &ReadTx<'_>| Ok((import::plan(tx, &within, &features)?, store::version(tx)?));
    visitor.read(look).await
}

/// Reads the form; a file goes before pasted text.
async fn read(brought: Bringing) -> (Sent, Problems) {
    let mut brought = brought.file(import::MOST_BYTES, Some("text")).await;
    let text = brought.text("text");
    let Brought { form, problems, .. } = brought;
    let sent = Sent {
        text,
        system: form.get("system").to_owned(),
        step: form.get("step").to_owned(),
        seen: form.get("seen").parse().unwrap_or_default(),
        creates: form.get("creates") == "yes",
        act_id: Id::parse(form.get("act_id")),
    };
    (sent, problems)
}

/// A plan as it is told.
pub(super) fn report(plan: &Plan, lang: Lang) -> Report {
    let count = |kind: fn(&Kind) -> bool| plan.rows.iter().filter(|row| kind(&row.kind)).count();
    let mut rows: Vec<&PlanRow> = plan.rows.iter().collect();
    rows.sort_by_key(|row| row.number);
    Report {
        version: 0,
        rows: rows.into_iter().map(|row| told(row, lang)).collect(),
        gaps: plan.gaps.clone(),
        wrong: plan.rows.iter().filter(|row| !row.problems.is_empty()).count(),
        drawn: count(|kind| matches!(kind, Kind::Draw(_))),
        created: count(|kind| *kind == Kind::New),
        unchanged: count(|kind| *kind == Kind::Same),
    }
}

fn told(row: &PlanRow, lang: Lang) -> Row {
    let what = match row.kind {
        Kind::Draw(_) => "draw",
        Kind::New => "new",
        Kind::Same => "same",
        Kind::Unknown => "unknown",
    };
    Row {
        number: row.number,
        name: row.name.clone(),
        code: row.code.clone(),
        what: lang.say(&format!("territory.import.{what}")),
        problems: row.problems.iter().map(|problem| lang.problem(problem)).collect(),
    }
}

/// Imports made at a place or below it, if the visitor may undo them.
async fn earlier(visitor: &Visitor, place: &Place) -> Done<Vec<(String, Import)>> {
    if !edit::may(visitor, "place.undo_import", &place.path) {
        return Ok(Vec::new());
    }
    let path = place.path.clone();
    let all = visitor.read(move |tx| Ok(store::import::below(tx, &path, EARLIER)?)).await?;
    Ok(all.into_iter().map(|one| (visitor.district.local(one.at), one)).collect())
}

async fn page(
    visitor: &Visitor,
    place: Place,
    sent: Sent,
    problems: Problems,
    report: Option<Report>,
) -> Page {
    let wrong = !problems.is_empty() || report.as_ref().is_some_and(|report| report.wrong > 0);
    let mut response = render(&ImportPage {
        f: visitor.frame(visitor.lang.with("territory.import.title", &place.name)),
        earlier: earlier(visitor, &place).await?,
        act_id: visitor.district.new_id(),
        text: sent.text,
        system: sent.system,
        place,
        problems,
        report,
    })?;
    if wrong {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}
