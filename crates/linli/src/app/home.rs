//! The front page, the switches of view, and what machines ask: are you alive, are you ready.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use futures_util::future::join_all;

use crate::act::Done;
use crate::affairs::appeal::{desk, store as cases};
use crate::base::Id;
use crate::district::{Districts, Hosted};
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

/// Asked by a district's own host name: ready when its database answers. Asked of the process as a
/// whole: as long as that of any district does, and those that do not are named. Who asks so is a
/// balancer or a manager of services, and would take the process from all of them (decision 26).
async fn ready(State(districts): State<Districts>, headers: HeaderMap) -> Response {
    let asked: Vec<&Hosted> = match districts.named(&headers) {
        Some(named) => vec![named],
        None => districts.all().collect(),
    };
    let answers = join_all(asked.iter().map(|one| is_there(one))).await;
    let there = answers.iter().filter(|there| **there).count();
    let away: Vec<&str> = asked
        .iter()
        .zip(&answers)
        .filter(|(_, there)| !**there)
        .map(|(one, _)| one.config().name.as_str())
        .collect();
    if away.is_empty() {
        return "ok".into_response();
    }
    let status = if there == 0 { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    (status, format!("not ready: {}", away.join(", "))).into_response()
}

/// Whether the district is open and its database answers.
async fn is_there(one: &Hosted) -> bool {
    // Why one is not open is told at each try to open it.
    let Some(district) = one.district() else { return false };
    let asked = district.store().read(|tx| tx.count("select count(*) from lease", &[]));
    let answer: Result<i64, StoreError> = asked.await;
    if let Err(error) = &answer {
        tracing::warn!("not ready: {}: {error}", district.config.name);
    }
    answer.is_ok()
}
