//! Pages of procedures: published to all; another version is looked at and adopted by whoever
//! keeps them.

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::get;
use linli_rules::procedure::Process;

use super::acts::Adopt;
use super::rules::{self, InForce, TEXT};
use super::view::{self, ClockLine, MoveLine, OutlineLine, StageLine, Telling};
use crate::act::{Done, Failure, FieldProblem, Refusal};
use crate::base::Id;
use crate::district::Districts;
use crate::matter::store as matters;
use crate::page::{Bringing, Form, Frame, Page, Problems, Visitor, page_above, render, see_other};
use crate::people::store::{self as people, PostKind};

const NAME: &str = "process.adopt";

pub fn routes() -> Router<Districts> {
    Router::new()
        .route("/processes", get(published))
        .route("/processes/{id}", get(show))
        .route("/processes/{id}/file", get(file))
        .route("/admin/processes", get(list))
        .route("/admin/processes/{id}", get(edit).post(look))
        .route("/admin/processes/{id}/adopt", get(page_above).post(adopt))
}

/// What pages of one procedure need, read in one snapshot.
struct Desk {
    now: InForce,
    in_use: Vec<(String, String, i64)>,
    kinds: Vec<PostKind>,
}

async fn desk(v: &Visitor, id: &str) -> Done<Desk> {
    let (processes, id) = (v.district.processes.clone(), id.to_owned());
    v.read(move |tx| {
        Ok(Desk {
            now: rules::standing_to_mend(tx, &processes, &id)?,
            in_use: matters::stages_in_use(tx, &id)?,
            kinds: people::all_kinds(tx)?,
        })
    })
    .await
}

/// The one in force without where matters stand: counting them is for whoever changes it.
async fn in_force(v: &Visitor, id: &str) -> Done<(InForce, Vec<PostKind>)> {
    if !v.may("duty.see") {
        return Err(Failure::Hidden);
    }
    let (processes, id) = (v.district.processes.clone(), id.to_owned());
    v.read(move |tx| Ok((rules::standing_to_mend(tx, &processes, &id)?, people::all_kinds(tx)?)))
        .await
}

/// One procedure is all there is to choose from so far.
async fn published(v: Visitor) -> Page {
    let first = v.district.processes.kinds().next().ok_or(Failure::Hidden)?;
    Ok(see_other(&format!("/processes/{}", first.shipped.id)))
}

/// A version as the history shows it.
struct Version {
    version: i64,
    since: String,
    until: String,
    by: String,
}

#[derive(Template)]
#[template(path = "procedure/pages/show.html")]
struct ShowPage {
    f: Frame,
    id: String,
    version: i64,
    source: String,
    /// Since when it is in force; empty for the one that ships.
    since: String,
    drawing: String,
    outline: Vec<OutlineLine>,
    stages: Vec<StageLine>,
    clocks: Vec<ClockLine>,
    moves: Vec<MoveLine>,
    history: Vec<Version>,
    may_adopt: bool,
}

async fn show(v: Visitor, Path(id): Path<String>) -> Page {
    let (now, kinds) = in_force(&v, &id).await?;
    let process = now.process().map_err(|_| Refusal::new("no_procedure"))?;
    let telling = Telling { lang: v.lang, duties: &v.duties, kinds: &kinds };
    let day = |at: crate::base::Instant| at.day(v.district.config.offset_minutes).to_string();
    render(&ShowPage {
        f: v.frame(process.title.in_lang(v.lang.code()).to_owned()),
        version: now.version(),
        source: process.source.clone(),
        since: now.own.as_ref().map(|own| day(own.since)).unwrap_or_default(),
        drawing: process.svg(v.lang.code()),
        outline: view::outline(v.lang, &process),
        stages: telling.stages(&process),
        clocks: telling.clocks(&process),
        moves: telling.moves(&process),
        history: history(&v, &now),
        may_adopt: v.may(NAME),
        id,
    })
}

fn history(v: &Visitor, now: &InForce) -> Vec<Version> {
    let version = |row: &crate::district::processes::Adopted| Version {
        version: row.version,
        since: v.district.local(row.since),
        until: row.until.map(|at| v.district.local(at)).unwrap_or_default(),
        by: row.by.clone(),
    };
    now.adopted.iter().map(version).collect()
}

/// The file in force as it was adopted, to be changed and brought back.
async fn file(v: Visitor, Path(id): Path<String>) -> Page {
    let (now, _) = in_force(&v, &id).await?;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    let name = format!("attachment; filename=\"{id}-{}.toml\"", now.version());
    let name =
        HeaderValue::from_str(&name).unwrap_or_else(|_| HeaderValue::from_static("attachment"));
    let head = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)];
    Ok((head, now.text().to_owned()).into_response())
}

fn may(v: &Visitor) -> Done<()> {
    v.duty(NAME)
}

/// A procedure as the list shows it.
struct Line {
    id: String,
    title: String,
    version: i64,
    own: bool,
    shipped: u32,
}

#[derive(Template)]
#[template(path = "procedure/pages/list.html")]
struct ListPage {
    f: Frame,
    lines: Vec<Line>,
}

async fn list(v: Visitor) -> Page {
    may(&v)?;
    let processes = v.district.processes.clone();
    let all = v
        .read(move |tx| {
            let ids = processes.kinds().map(|kind| kind.shipped.id.clone());
            ids.map(|id| rules::standing_to_mend(tx, &processes, &id)).collect::<Done<Vec<_>>>()
        })
        .await?;
    let line = |now: InForce| Line {
        id: now.kind.shipped.id.clone(),
        title: now.kind.shipped.title.in_lang(v.lang.code()).to_owned(),
        version: now.version(),
        own: now.own.is_some(),
        shipped: now.kind.shipped.version,
    };
    render(&ListPage {
        f: v.frame(v.lang.say("process.admin.title")),
        lines: all.into_iter().map(line).collect(),
    })
}

#[derive(Template)]
#[template(path = "procedure/pages/edit.html")]
struct EditPage {
    f: Frame,
    problems: Problems,
    /// What is wrong with the text, each with the lines it is about.
    wrong: Vec<(String, Vec<Excerpt>)>,
    id: String,
    version: i64,
    text: String,
}

async fn edit(v: Visitor, Path(id): Path<String>) -> Page {
    may(&v)?;
    let desk = desk(&v, &id).await?;
    edit_page(&v, &desk, desk.now.text().to_owned(), Problems::default())
}

/// A line of a file that is not taken, or one near it.
struct Excerpt {
    number: usize,
    text: String,
    /// It is the one that is wrong.
    here: bool,
}

/// Lines shown before a wrong one, and after it.
const AROUND: usize = 2;

/// The line that a problem points at, with those around it; nothing where it points at none.
fn excerpt(text: &str, problem: &FieldProblem) -> Vec<Excerpt> {
    let given = problem.params.iter().find(|(name, _)| *name == "line");
    let Some(at) = given.and_then(|(_, n)| n.parse::<usize>().ok()).filter(|n| *n > 0) else {
        return Vec::new();
    };
    let lines = text.lines().enumerate().map(|(n, line)| (n + 1, line));
    let near = lines.filter(|(n, _)| n.abs_diff(at) <= AROUND);
    near.map(|(n, line)| Excerpt { number: n, text: line.to_owned(), here: n == at }).collect()
}

fn edit_page(v: &Visitor, desk: &Desk, text: String, problems: Problems) -> Page {
    let of_text = problems.all.iter().filter(|problem| problem.field == TEXT);
    let wrong = of_text.map(|one| (v.lang.problem(one), excerpt(&text, one))).collect();
    render(&EditPage {
        f: v.frame(v.lang.say("process.admin.edit")),
        wrong,
        problems,
        id: desk.now.kind.shipped.id.clone(),
        version: desk.now.version(),
        text,
    })
}

/// The file that was chosen, else what stands in the field; what cannot be read leaves that as it
/// was typed.
async fn text_of(brought: Bringing) -> Result<String, (String, Problems)> {
    let mut brought = brought.file(rules::MOST_BYTES, Some(TEXT)).await;
    let text = brought.text(TEXT);
    match brought.problems {
        problems if problems.is_empty() => Ok(rules::lines_of(&text)),
        problems => Err((text, problems)),
    }
}

#[derive(Template)]
#[template(path = "procedure/pages/look.html")]
struct LookPage {
    f: Frame,
    id: String,
    act_id: Id,
    seen: i64,
    version: u32,
    text: String,
    differences: Vec<(&'static str, String, String)>,
    /// Moves that nobody may make by the duty list.
    nobodys: Vec<String>,
    /// Matters under way, which go on by the new version.
    open: i64,
    drawing: String,
    outline: Vec<OutlineLine>,
}

async fn look(v: Visitor, Path(id): Path<String>, brought: Bringing) -> Page {
    may(&v)?;
    let desk = desk(&v, &id).await?;
    let text = match text_of(brought).await {
        Ok(text) => text,
        Err((typed, problems)) => return unfit(&v, &desk, typed, problems),
    };
    match desk.now.fit(&text, &desk.in_use) {
        Ok(new) => look_page(&v, &desk, text, &new),
        Err(problems) => unfit(&v, &desk, text, problems.into()),
    }
}

/// The file again, with what is wrong in it.
fn unfit(v: &Visitor, desk: &Desk, text: String, problems: Problems) -> Page {
    let page = edit_page(v, desk, text, problems)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

fn look_page(v: &Visitor, desk: &Desk, text: String, new: &Process) -> Page {
    let telling = Telling { lang: v.lang, duties: &v.duties, kinds: &desk.kinds };
    let differences = match desk.now.process() {
        Ok(old) => view::differences(v.lang, &old, new),
        Err(_) => Vec::new(),
    };
    let ended = |phase: &str| ["closed", "withdrawn"].contains(&phase);
    let open = desk.in_use.iter().filter(|(_, phase, _)| !ended(phase)).map(|(.., n)| n).sum();
    render(&LookPage {
        f: v.frame(v.lang.say("process.admin.look")),
        id: new.id.clone(),
        act_id: v.district.new_id(),
        seen: desk.now.version(),
        version: new.version,
        text,
        differences,
        nobodys: telling.nobodys(new),
        open,
        drawing: new.svg(v.lang.code()),
        outline: view::outline(v.lang, new),
    })
}

async fn adopt(v: Visitor, Path(id): Path<String>, form: Form) -> Page {
    may(&v)?;
    let text = form.all(TEXT).first().cloned().unwrap_or_default();
    let act = Adopt {
        process: id.clone(),
        seen: form.get("seen").parse().unwrap_or(-1),
        text: rules::lines_of(&text),
        processes: v.district.processes.clone(),
    };
    match v.perform(form.act_id(v.district.new_id()), act).await {
        Ok(_) => Ok(see_other(&format!("/processes/{id}?done=process.adopt"))),
        Err(Failure::Invalid(problems)) => unfit(&v, &desk(&v, &id).await?, text, problems.into()),
        Err(failure) => Err(failure),
    }
}
