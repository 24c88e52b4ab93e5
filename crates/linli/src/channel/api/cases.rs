//! Cases: listed, read one by one, and begun.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::body::Fields;
use super::caller::{Caller, Piece};
use super::photos;
use super::problem::{At, Problem, Told};
use super::view::{self, Case, CaseInFull, CaseList, Named};
use crate::act::{self, Actor, Done, FieldProblem};
use crate::affairs::appeal::report::{self, Fixed, Report};
use crate::affairs::appeal::view::disclose::{Shown, shown};
use crate::affairs::appeal::view::{EntryView, Looker, PutDown, Standing, told};
use crate::affairs::appeal::{APPEAL, closing};
use crate::base::{Id, Instant};
use crate::channel::cases::{self as rows, CaseRow, Span, Wanted, step_name};
use crate::channel::{decode, matter_number};
use crate::district::{District, Districts};
use crate::matter::timeline::Entry;
use crate::matter::{Begin, Moved, Put};
use crate::people;
use crate::store::ReadTx;
use crate::territory;
use crate::words::Lang;

/// What the answer about a case hangs on besides its address.
pub(super) const VARY: (HeaderName, HeaderValue) =
    (header::VARY, HeaderValue::from_static("authorization, cookie, accept-language"));
const PAGE: i64 = 50;
const MOST: i64 = 200;
/// Classes in one question.
const MOST_CLASSES: usize = 100;
const FILTERS: [&str; 11] = [
    "status",
    "class",
    "place",
    "stage",
    "mine",
    "followed",
    "opened_after",
    "opened_before",
    "updated_after",
    "limit",
    "cursor",
];

/// Cases the caller may see, newest first.
#[utoipa::path(get, path = "/api/v1/cases", tag = "cases",
    params(
        ("status" = Option<String>, Query, description = "open or closed",
            pattern = "^(open|closed)?$"),
        ("class" = Option<String>, Query, description = "codes of classes, 100 at most"),
        ("place" = Option<String>, Query, description = "code of a place: it and all below"),
        ("stage" = Option<String>, Query, description = "id of a stage"),
        ("mine" = Option<bool>, Query, description = "only what the caller reported"),
        ("followed" = Option<bool>, Query, description = "only what the caller follows"),
        ("opened_after" = Option<String>, Query, description = "RFC 3339"),
        ("opened_before" = Option<String>, Query, description = "RFC 3339"),
        ("updated_after" = Option<String>, Query, description = "RFC 3339"),
        ("limit" = Option<i64>, Query, description = "1 to 200; 50 when left out",
            minimum = 1, maximum = 200),
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
    let next =
        found.last().filter(|_| more).map(|(row, _)| cursor(row.matter.opened_at, &row.matter.id));
    let items = found.iter().map(|(row, standing)| case(caller, row, *standing)).collect();
    let response = view::json(StatusCode::OK, &CaseList { items, next: next.clone() })?;
    Ok(linked(caller, response, next.as_deref()))
}

/// A page of a list with the address of the next.
pub(super) fn linked(caller: &Caller, mut response: Response, next: Option<&str>) -> Response {
    let link = next.map(|next| next_page(&caller.visitor.path, next));
    let link = link.and_then(|next| HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")).ok());
    if let Some(link) = link {
        response.headers_mut().insert(header::LINK, link);
    }
    response
}

/// The same query with another cursor.
fn next_page(path: &str, cursor: &str) -> String {
    let (page, query) = path.split_once('?').unwrap_or((path, ""));
    let kept = query.split('&').filter(|p| !p.is_empty() && !p.starts_with("cursor="));
    let cursor = format!("cursor={cursor}");
    format!("{page}?{}", kept.chain([cursor.as_str()]).collect::<Vec<_>>().join("&"))
}

pub(super) fn cursor(at: Instant, id: &Id) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}:{id}", at.0))
}

pub(super) fn read_cursor(text: &str) -> Option<(Instant, Id)> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (at, id) = text.split_once(':')?;
    Some((Instant(at.parse().ok()?), Id::parse(id)?))
}

/// So many are asked for in one answer.
pub(super) fn limit(caller: &Caller) -> Told<i64> {
    let Some(text) = caller.get("limit") else { return Ok(PAGE) };
    let limit = text.parse().ok().filter(|n| (1..=MOST).contains(n));
    limit.ok_or_else(|| Caller::bad("limit"))
}

async fn wanted(caller: &Caller) -> Told<Wanted> {
    let time = |name: &str| match caller.get(name) {
        None => Ok(None),
        Some(text) => {
            Instant::from_rfc3339(&text.replace(' ', "+")).map(Some).map_err(|_| Caller::bad(name))
        }
    };
    let classes = caller.get("class").unwrap_or_default().split(',').map(str::trim);
    let classes: Vec<String> = classes.filter(|code| !code.is_empty()).map(str::to_owned).collect();
    // A list of nothing but commas would be every class.
    if classes.len() > MOST_CLASSES || (classes.is_empty() && caller.get("class").is_some()) {
        return Err(Caller::bad("class"));
    }
    let limit = limit(caller)?;
    let running = match caller.get("status") {
        None => None,
        Some("open") => Some(true),
        Some("closed") => Some(false),
        Some(_) => return Err(Caller::bad("status")),
    };
    let own = |name: &str| match caller.get(name) {
        None | Some("false") => Ok(None),
        Some("true") => caller.person().map(Some),
        Some(_) => Err(Caller::bad(name)),
    };
    let (owner, follower) = (own("mine")?, own("followed")?);
    let after = match caller.get("cursor") {
        None => None,
        Some(text) => Some(read_cursor(text).ok_or_else(|| Caller::bad("cursor"))?),
    };
    let stage = caller.get("stage").map(str::to_owned);
    let process = caller.visitor.district.process(APPEAL);
    if stage.as_ref().is_some_and(|id| process.as_ref().is_none_or(|p| p.stage(id).is_none())) {
        return Err(Caller::bad("stage"));
    }
    Ok(Wanted {
        classes,
        opened: Span { from: time("opened_after")?, to: time("opened_before")? },
        updated: Span { from: time("updated_after")?, to: None },
        running,
        stage,
        place_path: path_of(caller).await?,
        owner,
        follower,
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

/// Rows the caller may see by their duty, each as they may see it, and how they stand towards it.
async fn seen(caller: &Caller, wanted: Wanted) -> Told<Vec<(CaseRow, Standing)>> {
    as_far_as(caller, &caller.visitor.actor, wanted).await
}

/// Rows that everyone may see, and so whoever calls.
async fn open_to_all(caller: &Caller, wanted: Wanted) -> Told<Vec<(CaseRow, Standing)>> {
    as_far_as(caller, &Actor::public(), wanted).await
}

/// The rows that `who` may see, each as it is shown to the caller.
async fn as_far_as(caller: &Caller, who: &Actor, wanted: Wanted) -> Told<Vec<(CaseRow, Standing)>> {
    let looker = Looker::from(&caller.visitor);
    let who = who.clone();
    let look = move |tx: &ReadTx<'_>| -> Done<Vec<(CaseRow, Standing)>> {
        let mut found = rows::list(tx, &looker.duties, &who, &wanted)?;
        rows::reckon(tx, &looker.district, &mut found)?;
        Ok(found.into_iter().map(|row| row.shown_to(&looker)).collect())
    };
    // Anybody may ask for what nothing is indexed by: not on the threads that answer.
    Ok(caller.visitor.district.store().read_long(look).await?)
}

fn when(district: &District, at: Instant) -> String {
    at.to_rfc3339(district.config.offset_minutes)
}

fn stage_of(district: &District, id: &str, lang: Lang) -> Named {
    let process = district.process(APPEAL);
    let stage = process.as_ref().and_then(|process| process.stage(id));
    let title = stage.map_or(id, |stage| lang.pick(&stage.title.zh, &stage.title.en));
    Named { code: id.to_owned(), title: title.to_owned() }
}

/// Degrees × 10⁷ as a number with six decimals, exactly.
fn degrees(e7: i64) -> Option<serde_json::Number> {
    decode::degrees(e7).parse().ok()
}

fn case(caller: &Caller, row: &CaseRow, standing: Standing) -> Case {
    let (district, lang, matter) = (&caller.visitor.district, caller.lang(), &row.matter);
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
        lat: row.lat_e7.and_then(degrees),
        long: row.lng_e7.and_then(degrees),
        body: row.body.clone(),
        source: matter.source.clone(),
        opened_at: when(district, matter.opened_at),
        updated_at: when(district, matter.updated_at),
        due_at: matter.due_at.map(|at| when(district, at)),
        expected_at: row.expected.map(|at| when(district, at)),
        due_guessed_for: row
            .guessed
            .iter()
            .flat_map(|years| years.split(',').map(str::to_owned))
            .collect(),
        closed_at: matter.closed_at.map(|at| when(district, at)),
        answer: row.answer.clone(),
        reopened: row.reopened,
        mine: standing.mine,
        masked: !standing.words(),
    }
}

/// One case, with what has happened and what the caller may do.
#[utoipa::path(get, path = "/api/v1/cases/{number}", tag = "cases",
    params(("number" = String, Path, description = "such as 2026-001042")),
    responses(
        (status = 200, body = CaseInFull,
            headers(("ETag" = String, description = "version and caller"))),
        (status = 304, description = "unchanged since If-None-Match"),
        (status = 404, body = super::problem::ProblemBody),
    ))]
pub async fn one(caller: Caller, Piece(number): Piece) -> Response {
    let lang = caller.lang();
    found(&caller, number).await.unwrap_or_else(|problem| problem.told(lang))
}

async fn found(caller: &Caller, number: String) -> Told<Response> {
    caller.only(&[])?;
    let nothing = || Problem::new(StatusCode::NOT_FOUND, "not_found");
    let wanted = Wanted { numbers: vec![number], limit: 1, ..Wanted::default() };
    let mut found = seen(caller, wanted.clone()).await?;
    if found.is_empty() {
        found = open_to_all(caller, wanted).await?;
    }
    let (row, standing) = found.into_iter().next().ok_or_else(nothing)?;
    let tag = caller.tag(row.matter.version);
    if caller.has(&tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag), VARY]).into_response());
    }
    let (id, matter) = (row.matter.id.clone(), row.matter.clone());
    let looker = Looker::from(&caller.visitor);
    let look = move |tx: &ReadTx<'_>| {
        let reach = crate::matter::CASES.reach(tx, id.as_str())?;
        let checks = closing::asked(tx, &id, &Put::default())?;
        let photos = shown(tx, &looker, standing, &matter)?;
        let steps = told(tx, &looker, standing, &matter)?;
        Ok((steps, reach.ok_or(act::Failure::Hidden)?, checks, photos))
    };
    let (steps, reach, checks, photos) = caller.visitor.read(look).await?;
    let full = CaseInFull {
        case: case(caller, &row, standing),
        timeline: steps.into_iter().map(|told| step(caller, told)).collect(),
        photos: photos.into_iter().map(|photo| picture(caller, photo)).collect(),
        moves: super::moves::offers(caller, &row.matter.stage, &reach, &checks),
    };
    let mut response = view::json(StatusCode::OK, &full)?;
    response.headers_mut().insert(header::ETAG, tag);
    response.headers_mut().insert(VARY.0, VARY.1);
    Ok(response)
}

fn picture(caller: &Caller, photo: Shown) -> view::Picture {
    let url = format!("/api/v1/photos/{}.jpg", photo.file);
    view::Picture {
        small: format!("{url}?w=320"),
        url,
        field: photo.role,
        title: photo.title,
        at: when(&caller.visitor.district, photo.at),
        act: photo.act.map(|act| step_name(&caller.visitor.district.keys, &act)),
    }
}

fn step(caller: &Caller, (entry, told): (Entry, EntryView)) -> view::Step {
    let words = |put: &[PutDown]| {
        let words: Vec<&str> = put.iter().filter(|p| p.words).map(|p| p.value.as_str()).collect();
        (!words.is_empty()).then(|| words.join("\n"))
    };
    let field = |put: PutDown, inside: bool| view::StepField {
        name: put.name,
        title: put.title,
        value: put.value,
        inside,
    };
    view::Step {
        id: step_name(&caller.visitor.district.keys, &entry.act_id),
        at: told.datetime,
        act: told.act,
        title: told.title,
        stage: entry.to,
        by: told.who,
        said: words(&told.said),
        noted: words(&told.noted),
        fields: told
            .said
            .into_iter()
            .map(|put| field(put, false))
            .chain(told.noted.into_iter().map(|put| field(put, true)))
            .collect(),
    }
}

/// Reports a case in the caller's name.
#[utoipa::path(post, path = "/api/v1/cases", tag = "cases", request_body = view::NewCase,
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters",
        pattern = "^[!#-~]{1,255}$")),
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
    if let Some(done) = told_before(caller, &act_id, &report).await? {
        return created(caller, &done);
    }
    let fixed = Fixed {
        case: district.new_id(),
        number: matter_number(district).await?,
        now: district.now(),
    };
    let shared = std::sync::Arc::clone(district);
    let look = move |tx: &ReadTx<'_>| -> Done<Begin> {
        // A repeat is told by what was sent, whatever the table of addresses says by then.
        let asked = report::asked("report", &report)?;
        let located = report::located(&shared, tx, report)?;
        Ok(Begin { asked, ..report::begin(&shared, tx, &fixed, "report", &located)? })
    };
    let begin = caller.visitor.read(look);
    let done = caller.visitor.perform(act_id, begin.await?).await?;
    created(caller, &done)
}

/// The answer to the same report under the same key, whatever has ended meanwhile.
async fn told_before(
    caller: &Caller,
    act_id: &Id,
    report: &Report,
) -> Told<Option<act::Answer<Moved>>> {
    if !caller.headers.contains_key("idempotency-key") {
        return Ok(None);
    }
    let (id, actor, asked) =
        (act_id.clone(), caller.visitor.actor.clone(), report::asked("report", report)?);
    let look = move |tx: &ReadTx<'_>| act::repeated(tx, &id, &actor, "case.report", &asked);
    Ok(caller.visitor.read(look).await?)
}

fn created(caller: &Caller, done: &act::Answer<Moved>) -> Told<Response> {
    let told = super::moves::done(&caller.visitor.district, done);
    let mut response = view::json(StatusCode::CREATED, &told)?;
    let place = format!("/api/v1/cases/{}", done.outcome.number);
    let headers = response.headers_mut();
    headers.insert(header::ETAG, caller.tag(done.outcome.version));
    if let Ok(place) = HeaderValue::from_str(&place) {
        headers.insert(header::LOCATION, place);
    }
    Ok(response)
}

async fn report_of(caller: &Caller, body: Body) -> Told<Report> {
    let mut fields = Fields::read(&caller.headers, body).await?;
    let report = Report {
        words: fields.required("words"),
        class: fields.text("class"),
        place: fields.text("place"),
        address: fields.text("address"),
        lat_e7: fields.degrees("lat", 90),
        lng_e7: fields.degrees("long", 180),
        answers: fields.answers("answers"),
        photos: match photos::named(caller, ("/photos", "photos"), &fields.list("photos")) {
            Ok(named) => named,
            Err(wrong) => {
                fields.wrongs(wrong);
                Vec::new()
            }
        },
        source: "api".to_owned(),
        language: caller.lang().code().to_owned(),
        owner: owner(&caller.visitor.actor),
        texts: fields.flag("texts").unwrap_or_default(),
        vouched: caller.visitor.actor.post.is_some(),
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
