//! Moves of a case, made by programs: the same acts as those of the pages.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::Response;
use linli_rules::procedure::{Field, FieldKind, Move};

use super::body::Fields;
use super::caller::{Caller, Piece};
use super::photos;
use super::problem::{At, Problem, Told};
use super::view::{self, FieldOffer, MoveOffer};
use crate::act::{Answer, FieldProblem, Reach, Refusal};
use crate::affairs::appeal::{self, APPEAL};
use crate::base::{Instant, text};
use crate::district::District;
use crate::matter::{CASES, Conduct, Moved, Put, Seen};
use crate::store::ReadTx;
use crate::words::Lang;

/// Fields that an effect reads though no move asks for them: the standard of a class.
const ALSO: [&str; 1] = ["standard"];

/// Makes a move with a case.
#[utoipa::path(post, path = "/api/v1/cases/{number}/moves", tag = "cases",
    request_body = view::NewMove,
    params(
        ("number" = String, Path, description = "such as 2026-001042"),
        ("If-Match" = Option<String>, Header, description = "the ETag that was looked at"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters",
            pattern = "^[!#-~]{1,255}$"),
    ),
    responses(
        (status = 200, body = view::Done,
            headers(("ETag" = String, description = "version and caller"))),
        (status = 403, body = super::problem::ProblemBody),
        (status = 404, body = super::problem::ProblemBody),
        (status = 409, body = super::problem::ProblemBody),
        (status = 412, body = super::problem::ProblemBody),
        (status = 422, body = super::problem::ProblemBody),
        (status = 428, body = super::problem::ProblemBody),
    ))]
pub async fn make(caller: Caller, Piece(number): Piece, request: Request<Body>) -> Response {
    let lang = caller.lang();
    let made = made(&caller, number, request.into_body()).await;
    made.unwrap_or_else(|problem| problem.told(lang))
}

/// What `If-Match` names: `*`, or the versions of those tags in its list that are the caller's own.
/// A weak tag, a tag of another caller and a tag that is no tag are never those of what is there.
/// None where it is not sent.
fn matched(caller: &Caller) -> Option<Seen> {
    if !caller.headers.contains_key(header::IF_MATCH) {
        return None;
    }
    let lists = caller.headers.get_all(header::IF_MATCH).iter();
    let lists = lists.filter_map(|value| value.to_str().ok());
    let tags: Vec<&str> = lists.flat_map(|list| list.split(',')).map(str::trim).collect();
    if tags == ["*"] {
        return Some(Seen::Any);
    }
    let version = |tag: &&str| {
        let version = tag.strip_prefix('"')?.split_once('-')?.0.parse().ok()?;
        (caller.tag(version).as_bytes() == tag.as_bytes()).then_some(version)
    };
    Some(Seen::OneOf(tags.iter().filter_map(version).collect()))
}

async fn made(caller: &Caller, number: String, body: Body) -> Told<Response> {
    let matched = matched(caller);
    let asked = read(caller, body).await?;
    let by_tag = matched.is_some();
    let seen = matched.or_else(|| asked.seen.map(|version| Some(version).into()));
    let Some(seen) = seen else {
        return Err(Problem::new(StatusCode::PRECONDITION_REQUIRED, "say_what_you_saw"));
    };
    let act_id = caller.act_id(&format!("move {number}"))?;
    let (duties, actor) = (caller.visitor.duties.clone(), caller.visitor.actor.clone());
    let district = &caller.visitor.district;
    let kit = appeal::kit(district).ok_or_else(|| Refusal::new("no_procedure"))?;
    let id = act_id.clone();
    let look = move |tx: &ReadTx<'_>| {
        let Asked { act, put, .. } = asked;
        let make = |matter| Conduct { kit, of: CASES, matter, seen, act, put };
        Conduct::at(tx, &duties, &actor, &number, &id, make)
    };
    let conduct = caller.visitor.read(look).await?;
    let done = caller.visitor.perform(act_id, conduct).await.map_err(|failure| {
        let problem = Problem::failed(failure, At::Body("/fields"));
        if by_tag { problem.if_matched() } else { problem }
    })?;
    let mut response = view::json(StatusCode::OK, &self::done(district, &done))?;
    response.headers_mut().insert(header::ETAG, caller.tag(done.outcome.version));
    Ok(response)
}

struct Asked {
    act: String,
    put: Put,
    seen: Option<i64>,
}

async fn read(caller: &Caller, body: Body) -> Told<Asked> {
    let mut fields = Fields::read(&caller.headers, body).await?;
    let act = fields.required("act");
    let process = caller.visitor.district.process(APPEAL);
    let moves: Vec<&Move> = process
        .iter()
        .flat_map(|process| &process.moves)
        .filter(|by| by.act == act && !by.creates())
        .collect();
    let asked = || moves.iter().flat_map(|by| &by.record);
    let known: BTreeSet<&str> = asked().map(|field| field.name.as_str()).chain(ALSO).collect();
    let is = |name: &str, kind| asked().any(|field| field.name == name && field.kind == kind);
    let lists = |name: &str| is(name, FieldKind::Checks) || is(name, FieldKind::Photos);
    let known = |name: &str| moves.is_empty() || known.contains(name);
    let mut put = Put { fields: fields.texts("fields", known, lists), ..Put::default() };
    let named: Vec<String> =
        put.fields.keys().filter(|name| is(name, FieldKind::Photos)).cloned().collect();
    for name in named {
        let ids = put.fields.remove(&name).unwrap_or_default();
        let ids: Vec<String> = text::choices(&ids).map(str::to_owned).collect();
        match photos::named(caller, (&format!("/fields/{name}"), &name), &ids) {
            Ok(photos) => put.photos.extend(photos),
            Err(wrong) => fields.wrongs(wrong),
        }
    }
    let seen = fields.whole("seen");
    fields.finish()?;
    if moves.is_empty() {
        let problem = FieldProblem::new("act", "no_such_move");
        return Err(Problem::fields(At::Body(""), vec![problem]));
    }
    Ok(Asked { act, put, seen })
}

/// What was done, as programs are told.
pub fn done(district: &District, done: &Answer<Moved>) -> view::Done {
    let at = |micros: i64| Instant(micros).to_rfc3339(district.config.offset_minutes);
    view::Done {
        number: done.outcome.number.clone(),
        version: done.outcome.version,
        stage: done.outcome.stage.clone(),
        due_at: done.outcome.due_at.map(at),
        act: done.act_id.to_string(),
        repeated: done.repeated,
    }
}

/// The moves at a stage that the duty list gives the caller with this case.
/// `checks`: what must be ticked where a move asks for the closing list.
pub fn offers(caller: &Caller, stage: &str, reach: &Reach, checks: &[String]) -> Vec<MoveOffer> {
    let Some(process) = caller.visitor.district.process(APPEAL) else { return Vec::new() };
    let (duties, actor) = (&caller.visitor.duties, &caller.visitor.actor);
    let mut out: Vec<MoveOffer> = Vec::new();
    for by in process.moves.iter().filter(|by| by.from.iter().any(|from| from == stage)) {
        let name = format!("{}.{}", process.subject, by.act);
        let known = out.iter().any(|offer| offer.act == by.act);
        if !known && duties.decide(actor, &name, reach).granted() {
            out.push(offer(by, caller.lang(), checks));
        }
    }
    out
}

fn offer(by: &Move, lang: Lang, checks: &[String]) -> MoveOffer {
    let asked = by.record.iter().filter(|f| f.kind != FieldKind::Checks || !checks.is_empty());
    MoveOffer {
        act: by.act.clone(),
        title: lang.pick(&by.title.zh, &by.title.en).to_owned(),
        fields: asked.map(|field| field_offer(field, lang, checks)).collect(),
    }
}

fn field_offer(field: &Field, lang: Lang, checks: &[String]) -> FieldOffer {
    let option = |o: &linli_rules::procedure::Choice| {
        (o.value.clone(), lang.pick(&o.title.zh, &o.title.en).to_owned())
    };
    let options: BTreeMap<String, String> = field.options.iter().map(option).collect();
    FieldOffer {
        name: field.name.clone(),
        kind: field.kind.name().to_owned(),
        title: lang.pick(&field.title.zh, &field.title.en).to_owned(),
        required: field.required,
        max: field.max,
        options,
        lines: if field.kind == FieldKind::Checks { checks.to_vec() } else { Vec::new() },
    }
}
