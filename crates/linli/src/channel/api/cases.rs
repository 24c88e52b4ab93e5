//! Cases: listed, read one by one, and begun.

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::body::Fields;
use super::caller::Caller;
use super::problem::{At, Problem, Told};
use super::view::{self, Case, CaseInFull, CaseList, Named};
use crate::act::{self, Actor, DutyList, FieldProblem, Scope};
use crate::affairs::appeal::APPEAL;
use crate::affairs::appeal::report::{self, Fixed, Report};
use crate::base::{Id, Instant};
use crate::catalogue;
use crate::channel::cases::{self as rows, CaseRow, Span, Wanted};
use crate::channel::{decode, matter_number};
use crate::district::{District, Districts};
use crate::people;
use crate::store::ReadTx;
use crate::territory;
use crate::words::Lang;

const PAGE: i64 = 50;
const MOST: i64 = 200;
const FILTERS: [&str; 10] = [
    "status",
    "class",
    "place",
    "stage",
    "mine",
    "opened_after",
    "opened_before",
    "updated_after",
    "limit",
    "cursor",
];

/// Cases the caller may see, newest first.
#[utoipa::path(get, path = "/api/v1/cases", tag = "cases",
    params(
        ("status" = Option<String>, Query, description = "open or closed"),
        ("class" = Option<String>, Query, description = "codes of classes, with commas"),
        ("place" = Option<String>, Query, description = "code of a place: it and all below"),
        ("stage" = Option<String>, Query, description = "id of a stage"),
        ("mine" = Option<bool>, Query, description = "only what the caller reported"),
        ("opened_after" = Option<String>, Query, description = "RFC 3339"),
        ("opened_before" = Option<String>, Query, description = "RFC 3339"),
        ("updated_after" = Option<String>, Query, description = "RFC 3339"),
        ("limit" = Option<i64>, Query, description = "1 to 200; 50 when left out"),
        ("cursor" = Option<String>, Query, description = "next of the page before"),
    ),
    responses(
        (status = 200, body = CaseList, headers(("Link" = String, description = "rel=next"))),
        (status = 400, body = super::problem::ProblemBody),
    ))]
pub async fn list(caller: Caller) -> Response {
    let lang = caller.lang();
    listed(&caller).await.unwrap_or_else(|problem| problem.told(lang))
}

async fn listed(caller: &Caller) -> Told<Response> {
    caller.only(&FILTERS)?;
    let wanted = wanted(caller).await?;
    let limit = wanted.limit;
    let asked = Wanted { limit: limit + 1, ..wanted };
    let mut found = seen(caller, asked).await?;
    let more = found.len() as i64 > limit;
    found.truncate(usize::try_from(limit).unwrap_or_default());
    let next = found.last().filter(|_| more).map(|(row, _)| cursor(row));
    let items = found.iter().map(|(row, inside)| case(caller, row, *inside)).collect();
    let mut response = view::json(StatusCode::OK, &CaseList { items, next: next.clone() })?;
    if let Some(next) = next {
        let link = format!("<{}>; rel=\"next\"", next_page(&caller.visitor.path, &next));
        if let Ok(link) = HeaderValue::from_str(&link) {
            response.headers_mut().insert(header::LINK, link);
        }
    }
    Ok(response)
}

/// The same query with another cursor.
fn next_page(path: &str, cursor: &str) -> String {
    let (page, query) = path.split_once('?').unwrap_or((path, ""));
    let kept = query.split('&').filter(|p| !p.is_empty() && !p.starts_with("cursor="));
    let cursor = format!("cursor={cursor}");
    format!("{page}?{}", kept.chain([cursor.as_str()]).collect::<Vec<_>>().join("&"))
}

fn cursor(row: &CaseRow) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}:{}", row.matter.opened_at.0, row.matter.id))
}

fn read_cursor(text: &str) -> Option<(Instant, Id)> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (at, id) = text.split_once(':')?;
    Some((Instant(at.parse().ok()?), Id::parse(id)?))
}

async fn wanted(caller: &Caller) -> Told<Wanted> {
    let time = |name: &str| match caller.get(name) {
        None => Ok(None),
        Some(text) => {
            Instant::from_rfc3339(&text.replace(' ', "+")).map(Some).map_err(|_| Caller::bad(name))
        }
    };
    let classes = caller.get("class").map(|list| list.split(',').map(str::to_owned).collect());
    let limit = match caller.get("limit") {
        None => PAGE,
        Some(text) => {
            let limit = text.parse().ok().filter(|n| (1..=MOST).contains(n));
            limit.ok_or_else(|| Caller::bad("limit"))?
        }
    };
    let running = match caller.get("status") {
        None => None,
        Some("open") => Some(true),
        Some("closed") => Some(false),
        Some(_) => return Err(Caller::bad("status")),
    };
    let owner = match caller.get("mine") {
        None | Some("false") => None,
        Some("true") => Some(caller.person()?),
        Some(_) => return Err(Caller::bad("mine")),
    };
    let after = match caller.get("cursor") {
        None => None,
        Some(text) => Some(read_cursor(text).ok_or_else(|| Caller::bad("cursor"))?),
    };
    let stage = caller.get("stage").map(str::to_owned);
    let process = caller.visitor.district.process(APPEAL);
    if stage.as_ref().is_some_and(|id| process.is_none_or(|p| p.stage(id).is_none())) {
        return Err(Caller::bad("stage"));
    }
    Ok(Wanted {
        classes: classes.unwrap_or_default(),
        opened: Span { from: time("opened_after")?, to: time("opened_before")? },
        updated: Span { from: time("updated_after")?, to: None },
        running,
        stage,
        place_path: path_of(caller).await?,
        owner,
        after,
        limit,
        ..Wanted::default()
    })
}

async fn path_of(caller: &Caller) -> Told<Option<String>> {
    let Some(code) = caller.get("place").map(str::to_owned) else { return Ok(None) };
    let look = move |tx: &ReadTx<'_>| Ok(territory::place_by_code(tx, &code)?);
    let place = caller.visitor.read(look).await?;
    Ok(Some(place.ok_or_else(|| Caller::bad("place"))?.path))
}

/// Rows the caller may see; `true` for those they see by a duty that is not the public's.
async fn seen(caller: &Caller, wanted: Wanted) -> Told<Vec<(CaseRow, bool)>> {
    let (actor, duties) = (caller.visitor.actor.clone(), caller.visitor.duties.clone());
    let found = caller.visitor.read(move |tx| {
        let all = rows::list(tx, &duties, &actor, &wanted)?;
        let inside = rows::list(tx, &inside(&duties), &actor, &wanted)?;
        Ok((all, inside))
    });
    let (all, inside) = found.await?;
    let within = |row: &CaseRow| inside.iter().any(|other| other.matter.id == row.matter.id);
    let told = all.into_iter().map(|row| match within(&row) {
        true => (row, true),
        false => (row.masked(), false),
    });
    Ok(told.collect())
}

/// The list without what it gives to everyone: who sees a case by it sees it unmasked.
fn inside(duties: &DutyList) -> DutyList {
    let kept = duties.duties.iter().filter(|duty| duty.scope != Scope::Public);
    DutyList::new(duties.version, kept.cloned().collect(), duties.walls.clone())
}

fn when(district: &District, at: Instant) -> String {
    at.to_rfc3339(district.config.offset_minutes)
}

fn stage_of(district: &District, id: &str, lang: Lang) -> Named {
    let stage = district.process(APPEAL).and_then(|process| process.stage(id));
    let title = stage.map_or(id, |stage| lang.pick(&stage.title.zh, &stage.title.en));
    Named { code: id.to_owned(), title: title.to_owned() }
}

fn case(caller: &Caller, row: &CaseRow, inside: bool) -> Case {
    let (district, lang, matter) = (&caller.visitor.district, caller.lang(), &row.matter);
    let actor = &caller.visitor.actor;
    let title = row.class_title.pick(lang).to_owned();
    Case {
        number: matter.number.clone(),
        version: matter.version,
        title: matter.title.clone(),
        words: row.words.clone(),
        status: if row.ended() { "closed" } else { "open" }.to_owned(),
        stage: stage_of(district, &matter.stage, lang),
        class: row.class_code.clone().map(|code| Named { code, title }),
        place: row
            .place_code
            .clone()
            .zip(row.place.clone())
            .map(|(code, title)| Named { code, title }),
        address: row.address.clone(),
        lat: row.lat_e7.map(decode::degrees),
        long: row.lng_e7.map(decode::degrees),
        body: row.body.clone(),
        source: matter.source.clone(),
        opened_at: when(district, matter.opened_at),
        updated_at: when(district, matter.updated_at),
        due_at: matter.due_at.map(|at| when(district, at)),
        closed_at: matter.closed_at.map(|at| when(district, at)),
        answer: row.answer.clone(),
        reopened: row.reopened,
        mine: matter.owner.is_some() && matter.owner == actor.person,
        masked: !inside,
    }
}

/// One case, with what has happened and what the caller may do.
#[utoipa::path(get, path = "/api/v1/cases/{number}", tag = "cases",
    params(("number" = String, Path, description = "such as 2026-001042")),
    responses(
        (status = 200, body = CaseInFull, headers(("ETag" = String, description = "version"))),
        (status = 304, description = "unchanged since If-None-Match"),
        (status = 404, body = super::problem::ProblemBody),
    ))]
pub async fn one(caller: Caller, Path(number): Path<String>) -> Response {
    let lang = caller.lang();
    found(&caller, number).await.unwrap_or_else(|problem| problem.told(lang))
}

async fn found(caller: &Caller, number: String) -> Told<Response> {
    caller.only(&[])?;
    let nothing = || Problem::new(StatusCode::NOT_FOUND, "not_found");
    if number.contains('\0') {
        return Err(nothing());
    }
    let wanted = Wanted { numbers: vec![number], limit: 1, ..Wanted::default() };
    let (row, inside) = seen(caller, wanted).await?.into_iter().next().ok_or_else(nothing)?;
    let tag = view::tag(row.matter.version);
    let known = caller.headers.get(header::IF_NONE_MATCH);
    if known.is_some_and(|known| *known == tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let id = row.matter.id.clone();
    let look = move |tx: &ReadTx<'_>| {
        let reach = crate::matter::CASES.reach(tx, id.as_str())?;
        Ok((rows::steps(tx, &id)?, reach.ok_or(act::Failure::Hidden)?))
    };
    let (steps, reach) = caller.visitor.read(look).await?;
    let full = CaseInFull {
        case: case(caller, &row, inside),
        timeline: steps.iter().map(|step| told_step(caller, step, inside)).collect(),
        moves: super::moves::offers(caller, &row.matter.stage, &reach),
    };
    let mut response = view::json(StatusCode::OK, &full)?;
    response.headers_mut().insert(header::ETAG, tag);
    Ok(response)
}

fn told_step(caller: &Caller, step: &rows::Step, inside: bool) -> view::Step {
    let said = step.said.as_deref().map(|said| match inside {
        true => said.to_owned(),
        false => linli_rules::mask::mask_text(said),
    });
    let process = caller.visitor.district.process(APPEAL);
    let by = process.and_then(|p| p.moves.iter().find(|m| m.act == step.act));
    let title = by.map_or(step.act.as_str(), |m| caller.lang().pick(&m.title.zh, &m.title.en));
    view::Step {
        id: step.id.to_string(),
        at: when(&caller.visitor.district, step.at),
        act: step.act.clone(),
        title: title.to_owned(),
        stage: step.stage.clone(),
        by: step.by.clone(),
        said,
    }
}

/// Reports a case in the caller's name.
#[utoipa::path(post, path = "/api/v1/cases", tag = "cases", request_body = view::NewCase,
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters")),
    responses(
        (status = 201, body = view::Done, headers(("Location" = String), ("ETag" = String))),
        (status = 401, body = super::problem::ProblemBody),
        (status = 422, body = super::problem::ProblemBody),
    ))]
pub async fn create(
    State(_): State<Districts>,
    caller: Caller,
    request: Request<Body>,
) -> Response {
    let lang = caller.lang();
    let made = reported(&caller, request.into_body()).await;
    made.unwrap_or_else(|problem| problem.told(lang))
}

async fn reported(caller: &Caller, body: Body) -> Told<Response> {
    let district = &caller.visitor.district;
    let report = report_of(caller, body).await?;
    let act_id = caller.act_id("report")?;
    let fixed = Fixed {
        case: district.new_id(),
        number: matter_number(district).await?,
        now: district.now(),
    };
    let shared = std::sync::Arc::clone(district);
    let begin = caller.visitor.read(move |tx| {
        check_answers(tx, &report)?;
        report::begin(&shared, tx, &fixed, "report", &report)
    });
    let done = caller.visitor.perform(act_id, begin.await?).await?;
    let mut response = view::json(StatusCode::CREATED, &super::moves::done(district, &done))?;
    let place = format!("/api/v1/cases/{}", done.outcome.number);
    let headers = response.headers_mut();
    headers.insert(header::ETAG, view::tag(done.outcome.version));
    if let Ok(place) = HeaderValue::from_str(&place) {
        headers.insert(header::LOCATION, place);
    }
    Ok(response)
}

async fn report_of(caller: &Caller, body: Body) -> Told<Report> {
    let mut fields = Fields::read(body).await?;
    let report = Report {
        words: fields.required("words"),
        class: fields.text("class"),
        place: fields.text("place"),
        address: fields.text("address").map(|text| crate::base::text::shorten(&text, 200)),
        lat_e7: fields.degrees("lat", 90),
        lng_e7: fields.degrees("long", 180),
        answers: fields.texts("answers", |_| true),
        source: "api".to_owned(),
        language: caller.lang().code().to_owned(),
        owner: owner(&caller.visitor.actor),
        texts: fields.flag("texts").unwrap_or_default(),
        ..Report::default()
    };
    fields.finish()?;
    if report.texts && !has_phone(caller, report.owner.as_ref()).await? {
        let problem = FieldProblem::new("texts", "texts_to_whom");
        return Err(Problem::fields(At::Body(""), vec![problem]));
    }
    if report.lat_e7.is_some() != report.lng_e7.is_some() {
        let missing = if report.lat_e7.is_some() { "long" } else { "lat" };
        let problem = FieldProblem::new(missing, "missing");
        return Err(Problem::fields(At::Body(""), vec![problem]));
    }
    Ok(report)
}

/// Who reports for themself owns the case; an office reports what it was told.
fn owner(actor: &Actor) -> Option<Id> {
    actor.person.clone().filter(|_| actor.post.is_none())
}

/// Whether there is a number the reporter has proved to be theirs.
async fn has_phone(caller: &Caller, owner: Option<&Id>) -> Told<bool> {
    let Some(owner) = owner.cloned() else { return Ok(false) };
    let look = move |tx: &ReadTx<'_>| Ok(people::remit::masked(tx, &owner)?);
    Ok(caller.visitor.read(look).await?.is_some_and(|(_, phone)| phone.is_some()))
}

/// Each answer belongs to a question of the class, and each choice to its options.
fn check_answers(tx: &ReadTx<'_>, report: &Report) -> act::Done<()> {
    let Some(code) = report.class.as_deref() else { return Ok(()) };
    let Some(class) = catalogue::store::by_code(tx, code)? else { return Ok(()) };
    let mut problems = Vec::new();
    for question in &class.questions {
        let given = report.answers.get(&question.code).map_or("", String::as_str);
        let known = |value: &str| question.options.iter().any(|o| o.value == value);
        let place = format!("/answers/{}", question.code);
        if given.is_empty() {
            if question.required {
                problems.push(FieldProblem::new(place, "missing"));
            }
        } else if question.kind == "choice" && !known(given) {
            problems.push(FieldProblem::new(place, "not_an_option"));
        }
    }
    for code in report.answers.keys() {
        if !class.questions.iter().any(|question| question.code == *code) {
            problems.push(FieldProblem::new(format!("/answers/{code}"), "unknown_field"));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(act::Failure::Invalid(problems)) }
}
