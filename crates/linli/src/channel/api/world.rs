//! What stands around the cases: classes, places, the duty list, the caller and their notices.

use std::collections::HashMap;

use axum::http::StatusCode;
use axum::response::Response;

use super::caller::{Caller, Piece};
use super::cases;
use super::problem::{Problem, Told};
use super::view::{self, Class, Duty, Items, Me, Notice, NoticeList, Place, Question};
use crate::act::Actor;
use crate::affairs::appeal::view::disclose::named_for;
use crate::base::Id;
use crate::catalogue;
use crate::notice;
use crate::store::ReadTx;
use crate::territory;
use crate::words::Lang;

/// Notices in one answer.
const NOTICES: i64 = 100;

macro_rules! handlers {
    ($($(#[$doc:meta])* $name:ident => $inner:ident;)*) => {$(
        $(#[$doc])*
        pub async fn $name(caller: Caller) -> Response {
            let lang = caller.lang();
            $inner(&caller).await.unwrap_or_else(|problem| problem.told(lang))
        }
    )*};
}

handlers! {
    /// What may be reported, and what each class asks.
    #[utoipa::path(get, path = "/api/v1/classes", tag = "catalogue",
        responses((status = 200, body = Items<Class>)))]
    classes => all_classes;
    /// The places of the district, from the district down to the grids.
    #[utoipa::path(get, path = "/api/v1/places", tag = "catalogue",
        params(("under" = Option<String>, Query, description = "code of a place")),
        responses((status = 200, body = Items<Place>)))]
    places => all_places;
    /// The duty list: post × act × scope × ground.
    #[utoipa::path(get, path = "/api/v1/duties", tag = "catalogue",
        params(("post" = Option<String>, Query, description = "kind of post")),
        responses((status = 200, body = Items<Duty>)))]
    duties => all_duties;
    /// Who the caller is, and which acts they have.
    #[utoipa::path(get, path = "/api/v1/me", tag = "me", responses((status = 200, body = Me)))]
    me => myself;
    /// The caller's notices, newest first.
    #[utoipa::path(get, path = "/api/v1/notices", tag = "me",
        params(("cursor" = Option<String>, Query, description = "next of the page before")),
        responses((status = 200, body = NoticeList,
                   headers(("Link" = String, description = "rel=next"))),
                  (status = 401, body = super::problem::ProblemBody)))]
    notices => my_notices;
}

/// The duty list gives the caller this act.
pub(super) fn may_see(caller: &Caller, act: &str) -> Told<()> {
    let may = caller.visitor.may(act);
    if may { Ok(()) } else { Err(Problem::new(StatusCode::FORBIDDEN, "not_your_duty")) }
}

fn shown(class: &catalogue::Class, lang: Lang) -> Class {
    let question = |q: &catalogue::Question| Question {
        code: q.code.clone(),
        kind: q.kind.clone(),
        title: q.title.pick(lang).to_owned(),
        required: q.required,
        options: q.options.iter().map(|o| (o.value.clone(), o.title(lang).to_owned())).collect(),
    };
    Class {
        code: class.code.clone(),
        kind: class.kind.clone(),
        group: class.group.pick(lang).to_owned(),
        title: class.title.pick(lang).to_owned(),
        plain: class.plain.pick(lang).to_owned(),
        publicity: class.publicity.clone(),
        anonymous: class.anonymous,
        questions: class.questions.iter().map(question).collect(),
    }
}

async fn all_classes(caller: &Caller) -> Told<Response> {
    caller.only(&[])?;
    may_see(caller, "class.see")?;
    let classes = caller.visitor.read(|tx| Ok(catalogue::store::all(tx)?)).await?;
    let items = classes.iter().map(|class| shown(class, caller.lang())).collect();
    Ok(view::json(StatusCode::OK, &Items { items })?)
}

/// One class.
#[utoipa::path(get, path = "/api/v1/classes/{code}", tag = "catalogue",
    params(("code" = String, Path, description = "code of the class")),
    responses((status = 200, body = Class),
              (status = 404, body = super::problem::ProblemBody)))]
pub async fn class(caller: Caller, Piece(code): Piece) -> Response {
    let lang = caller.lang();
    one_class(&caller, code).await.unwrap_or_else(|problem| problem.told(lang))
}

async fn one_class(caller: &Caller, code: String) -> Told<Response> {
    caller.only(&[])?;
    may_see(caller, "class.see")?;
    let nothing = || Problem::new(StatusCode::NOT_FOUND, "not_found");
    let look = move |tx: &ReadTx<'_>| Ok(catalogue::store::by_code(tx, &code)?);
    let class = caller.visitor.read(look).await?.ok_or_else(nothing)?;
    Ok(view::json(StatusCode::OK, &shown(&class, caller.lang()))?)
}

async fn all_places(caller: &Caller) -> Told<Response> {
    caller.only(&["under"])?;
    may_see(caller, "place.see")?;
    let district = &caller.visitor.district;
    let code = caller.get("under").unwrap_or(&district.config.code).to_owned();
    let look = move |tx: &ReadTx<'_>| {
        let Some(top) = territory::place_by_code(tx, &code)? else { return Ok(None) };
        Ok(Some(territory::store::under(tx, &top.path)?))
    };
    let places = match caller.visitor.read(look).await? {
        Some(places) => places,
        None if caller.get("under").is_some() => return Err(Caller::bad("under")),
        None => Vec::new(),
    };
    let codes: HashMap<&Id, &str> =
        places.iter().map(|place| (&place.id, place.code.as_str())).collect();
    let code = |id: &Id| codes.get(id).map(|code| (*code).to_owned());
    let item = |place: &territory::Place| Place {
        code: place.code.clone(),
        name: place.name.clone(),
        level: place.level.clone(),
        parent: place.parent.as_ref().and_then(code),
    };
    let items = places.iter().map(item).collect();
    Ok(view::json(StatusCode::OK, &Items { items })?)
}

async fn all_duties(caller: &Caller) -> Told<Response> {
    caller.only(&["post"])?;
    may_see(caller, "duty.see")?;
    let wanted = caller.get("post");
    let rows = caller.visitor.duties.duties.iter();
    let items = rows
        .filter(|duty| wanted.is_none_or(|post| duty.post_kind == post))
        .map(|duty| Duty {
            post: duty.post_kind.clone(),
            act: duty.act.clone(),
            scope: duty.scope.name().to_owned(),
            ground: duty.ground.clone(),
        })
        .collect();
    Ok(view::json(StatusCode::OK, &Items::<Duty> { items })?)
}

async fn myself(caller: &Caller) -> Told<Response> {
    caller.only(&[])?;
    let Actor { kind, label, place_path, .. } = caller.visitor.actor.clone();
    let duties = caller.visitor.duties.duties.iter();
    let mut acts: Vec<String> =
        duties.filter(|duty| duty.post_kind == kind).map(|duty| duty.act.clone()).collect();
    acts.sort();
    acts.dedup();
    let language = caller.lang().code().to_owned();
    Ok(view::json(StatusCode::OK, &Me { kind, label, place: place_path, language, acts })?)
}

async fn my_notices(caller: &Caller) -> Told<Response> {
    caller.only(&["cursor"])?;
    let person = caller.person()?;
    let before = match caller.get("cursor") {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| Caller::bad("cursor"))?),
    };
    let reader = caller.visitor.clone();
    let look = move |tx: &ReadTx<'_>| {
        let mut all = notice::page_of_person(tx, &person, before, NOTICES + 1)?;
        notice::name(tx, &reader, named_for, &mut all)?;
        Ok(all)
    };
    let mut found = caller.visitor.read(look).await?;
    let more = found.len() as i64 > NOTICES;
    found.truncate(usize::try_from(NOTICES).unwrap_or_default());
    let next = found.last().filter(|_| more).map(|last| last.news.to_string());
    let offset = caller.visitor.district.config.offset_minutes;
    let item = |n: &notice::NoticeView| Notice {
        id: n.news.to_string(),
        kind: n.kind.clone(),
        text: caller.lang().fill(&format!("notice.{}", n.kind), &n.params),
        at: n.at.to_rfc3339(offset),
        unread: n.unread,
    };
    let items = found.iter().map(item).collect();
    let response = view::json(StatusCode::OK, &NoticeList { items, next: next.clone() })?;
    Ok(cases::linked(caller, response, next.as_deref()))
}
