//! The front page, the switches of view, and what machines ask: are you alive, are you ready.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};

use crate::district::Districts;
use crate::page::{Form, Frame, Page, Visitor, cookies, render, see_other, set_cookie};
use crate::store::StoreError;

pub fn routes() -> Router<Districts> {
    Router::new()
        .route("/", get(home))
        .route("/view", post(view))
        .route("/livez", get(|| async { "ok" }))
        .route("/readyz", get(ready))
}

#[derive(Template)]
#[template(path = "app/pages/home.html")]
struct Home {
    f: Frame,
    signed_in: bool,
    is_staff: bool,
}

async fn home(visitor: Visitor) -> Page {
    render(&Home {
        f: visitor.frame(visitor.lang.say("page.nav.home")),
        signed_in: visitor.signed_in.is_some(),
        is_staff: visitor.actor.post.is_some(),
    })
}

/// Language and large print, remembered for a year.
async fn view(visitor: Visitor, form: Form) -> Response {
    const YEAR: i64 = 365 * 24 * 3600;
    let next = form.get("next");
    let local = next.starts_with('/') && !next.starts_with("//") && !next.contains('\\');
    let mut response = see_other(if local { next } else { "/" });
    for (name, allowed) in [(cookies::LANGUAGE, ["zh", "en"]), (cookies::ELDER, ["0", "1"])] {
        let value = form.get(name);
        if allowed.contains(&value) {
            let cookie = set_cookie(&visitor.district.config, name, value, YEAR);
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

/// Ready when every district's database answers.
async fn ready(State(districts): State<Districts>) -> Response {
    for district in districts.iter() {
        let asked = district.store().read(|tx| tx.count("select count(*) from lease", &[]));
        let answer: Result<i64, StoreError> = asked.await;
        if let Err(error) = answer {
            tracing::warn!("not ready: {}: {error}", district.config.name);
            return (StatusCode::SERVICE_UNAVAILABLE, "not ready").into_response();
        }
    }
    "ok".into_response()
}
