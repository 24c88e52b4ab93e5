//! The front page, the switches of view, and what machines ask: are you alive, are you ready.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};

use crate::act::Done;
use crate::affairs::appeal::{desk, store as cases};
use crate::base::Id;
use crate::district::Districts;
use crate::page::{Form, Frame, Page, Visitor, cookies, render, see_other, set_cookie};
use crate::people::{rules, store as people};
use crate::store::{ReadTx, StoreError};

pub fn routes() -> Router<Districts> {
    Router::new()
        .route("/", get(home))
        .route("/view", post(view))
        .route("/mode", get(mode))
        .route("/livez", get(|| async { "ok" }))
        .route("/readyz", get(ready))
}

#[derive(Template)]
#[template(path = "app/pages/home.html")]
struct Home {
    f: Frame,
    signed_in: bool,
    is_staff: bool,
    /// Where staff start from: their round, their desk, or the administration.
    goes_round: bool,
    has_desk: bool,
    /// What waits there waits for them, too; else they look things up.
    works: bool,
    administers: bool,
    /// The visitor's own cases that wait for their rating.
    to_rate: i64,
    /// Theirs is an account of staff that nobody has given a post yet.
    no_post: bool,
}

async fn home(visitor: Visitor) -> Page {
    let is_staff = visitor.actor.post.is_some();
    let resident = visitor.signed_in.as_ref().filter(|_| !is_staff);
    let now = visitor.district.now();
    let look = |person: Id| {
        move |tx: &ReadTx<'_>| -> Done<_> {
            let staff = people::person(tx, &person)?.is_some_and(|person| person.is_staff());
            let no_post = staff && people::seats(tx, &person, now)?.is_empty();
            Ok((cases::to_rate(tx, &person)?, no_post))
        }
    };
    let (to_rate, no_post) = match resident.map(|signed_in| signed_in.person.clone()) {
        Some(person) => visitor.read(look(person)).await?,
        None => (0, false),
    };
    let f = visitor.frame(visitor.lang.say("page.nav.home"));
    let has_desk = f.has_door("/desk");
    render(&Home {
        goes_round: f.has_door("/field"),
        works: has_desk && desk::has_work(&visitor).unwrap_or(false),
        has_desk,
        administers: f.has_door("/admin"),
        f,
        signed_in: visitor.signed_in.is_some(),
        is_staff,
        to_rate,
        no_post,
    })
}

const YEAR: i64 = 365 * 24 * 3600;

/// The language, remembered for a year.
async fn view(visitor: Visitor, form: Form) -> Response {
    let mut response = see_other(rules::next(form.get("next")));
    let value = form.get("lang");
    if ["zh", "en"].contains(&value) {
        let cookie = set_cookie(&visitor.district.config, cookies::LANGUAGE, value, YEAR);
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The large version (长辈版) on or off, for browsers without script; back to where one was.
async fn mode(visitor: Visitor, headers: HeaderMap) -> Response {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let (from, host) = (text(header::REFERER), text(header::HOST));
    let path = from.split_once("://").and_then(|(_, rest)| rest.strip_prefix(host));
    let back = path.filter(|path| path.starts_with('/') && !path.starts_with("//"));
    let mut response = see_other(back.unwrap_or("/"));
    let elder = visitor.path.ends_with("to=elder");
    let cookie = cookies::set_mode(&visitor.district.config, elder, YEAR);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

/// Ready when the database of the district named by the host answers; where the host names none,
/// when that of every district does.
async fn ready(State(districts): State<Districts>, headers: HeaderMap) -> Response {
    let named = districts.asked(&headers).filter(|_| districts.is_named(&headers));
    for district in districts.iter().filter(|one| named.is_none_or(|named| Arc::ptr_eq(one, named)))
    {
        let asked = district.store().read(|tx| tx.count("select count(*) from lease", &[]));
        let answer: Result<i64, StoreError> = asked.await;
        if let Err(error) = answer {
            tracing::warn!("not ready: {}: {error}", district.config.name);
            return (StatusCode::SERVICE_UNAVAILABLE, "not ready").into_response();
        }
    }
    "ok".into_response()
}
