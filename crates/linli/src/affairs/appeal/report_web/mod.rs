//! 我要反映: the report as a resident makes it, one thing a page.
//!
//! What happened (→ whom to call first, in danger) → of which kind → its questions → where → by
//! whom → check → submitted. Each page saves the draft and leads on to whatever is still missing,
//! so a change made from the check page leads back to it. Nothing of it needs a script.

mod about;
mod call;
mod check;
mod class;
mod draft;
mod place;
mod questions;
mod received;
mod store;
mod submit;
mod who;
mod words;

#[cfg(test)]
mod about_tests;
#[cfg(test)]
mod limit_tests;
#[cfg(test)]
mod shared_tests;
#[cfg(test)]
mod tests;

use axum::Router;
use axum::http::HeaderMap;
use axum::middleware;
use axum::response::Response;
use axum::routing::{get, post};

use super::report::proposed;
use crate::act::Done;
use crate::base::Id;
use crate::catalogue::{self, Class};
use crate::district::Districts;
use crate::page::limit::{Limit, shed};
use crate::page::{Form, Page, Visitor, see_other};
use crate::store::ReadTx;

pub(super) use class::unprocessable;
pub use draft::{Behalf, Draft};
pub(super) use place::middle;
pub use store::{forget_of as forget_drafts_of, of_person as drafts_of};

pub fn routes() -> Router<Districts> {
    routes_within(Limit::of_reports(), Limit::generous())
}

/// As [`routes`], with limits of their own: for the forms with photos, which anybody may send, and
/// for the questions about a place.
pub fn routes_within(sent: Limit, asked: Limit) -> Router<Districts> {
    let sent = middleware::from_fn_with_state(sent, shed);
    let asked = middleware::from_fn_with_state(asked, shed);
    Router::new()
        .route("/cases/new", post(words::save).layer(sent.clone()).get(words::show))
        .route("/cases/new/class", get(class::show).post(class::save))
        .route("/cases/new/call", get(call::show).post(call::called))
        .route("/cases/new/questions", get(questions::show).post(questions::save))
        .route("/cases/new/place", post(place::save).layer(asked.clone()).get(place::show))
        .route("/cases/new/grid", get(place::grid).layer(asked))
        .route("/cases/new/who", get(who::show).post(who::save))
        .route("/cases/new/about", get(about::show).post(about::save))
        .route("/cases/new/check", get(check::show))
        .route("/cases", post(submit::submit).layer(sent).get(async || see_other("/public")))
        .route("/cases/{number}/received", get(received::show))
}

/// An unfinished report, its key (the id of the act it will become) and who holds it.
pub struct Pad {
    pub key: Id,
    /// The hash of key and cookie: only the browser that began a draft finds it again.
    row: String,
    pub draft: Draft,
}

/// The query of the request.
fn asked(visitor: &Visitor) -> Form {
    let query = visitor.path.split_once('?').map_or("", |(_, query)| query);
    Form::parse(query.as_bytes()).unwrap_or_default()
}

/// The draft that `d` names, `None` when it has lapsed or is another browser's.
async fn open(visitor: &Visitor, headers: &HeaderMap, form: &Form) -> Done<Option<Pad>> {
    let Some(key) = Id::parse(form.get("d")) else { return Ok(None) };
    held(visitor, headers, key).await
}

/// The draft that this browser wrote on last, where it is not sent and is the visitor's.
async fn latest(visitor: &Visitor, headers: &HeaderMap) -> Done<Option<Pad>> {
    let key = store::latest(headers, &visitor.district.config);
    let Some(key) = key else { return Ok(None) };
    let pad = held(visitor, headers, key).await?;
    Ok(pad.filter(|pad| pad.draft.is_offered()))
}

/// The draft of this key, where this browser has its token and it is the visitor's.
async fn held(visitor: &Visitor, headers: &HeaderMap, key: Id) -> Done<Option<Pad>> {
    let Some(token) = store::token(headers, &visitor.district.config) else { return Ok(None) };
    let row = store::row_of(&token, &key);
    let draft = store::load(visitor, &row).await?.filter(|draft| draft.is_theirs(visitor));
    Ok(draft.map(|draft| Pad { key, row, draft }))
}

/// As [`held`] where it is to be written on: an empty one where there is none yet, and `None` where
/// it is somebody else's, who sat at this browser before.
async fn held_or_new(visitor: &Visitor, token: &str, key: Id) -> Done<Option<Pad>> {
    let row = store::row_of(token, &key);
    let draft = store::load(visitor, &row).await?.unwrap_or_default();
    Ok(draft.is_theirs(visitor).then_some(Pad { key, row, draft }))
}

/// Where one goes when there is no such draft any more.
fn gone() -> Response {
    see_other("/cases/new?gone=1")
}

/// Begins a draft for somebody who stands at the counter.
pub async fn begin_for(visitor: &Visitor, headers: &HeaderMap, behalf: Behalf) -> Page {
    let config = &visitor.district.config;
    let token = store::token_or_new(headers, config);
    let key = visitor.district.new_id();
    let row = store::row_of(&token, &key);
    let pad = Pad { key, row, draft: Draft { behalf: Some(behalf), ..Draft::default() } };
    store::save(visitor, &pad.row, &pad.draft).await?;
    let mut response = see_other(&pad.link(""));
    store::remember(&mut response, config, &token, &pad.key);
    Ok(response)
}

impl Pad {
    /// The address of a step of this draft.
    pub fn link(&self, step: &str) -> String {
        format!("/cases/new{step}?d={}", self.key)
    }

    /// Saves the draft and goes on to what is still missing.
    async fn onward(&mut self, visitor: &Visitor) -> Done<Response> {
        let class = self.class(visitor).await?;
        self.draft.forget_other_answers(class.as_ref());
        store::save(visitor, &self.row, &self.draft).await?;
        Ok(see_other(&self.link(self.draft.missing(class.as_ref(), visitor))))
    }

    /// The address of the step that is still missing.
    async fn next(&self, visitor: &Visitor) -> Done<String> {
        let class = self.class(visitor).await?;
        Ok(self.link(self.draft.missing(class.as_ref(), visitor)))
    }

    /// The class the report will have: the one chosen, or for who does not know, the one their
    /// words speak for. None while it has not been asked.
    async fn class(&self, visitor: &Visitor) -> Done<Option<Class>> {
        let Some(code) = self.draft.class.clone() else { return Ok(None) };
        let (district, words) = (visitor.district.clone(), self.draft.words.clone());
        let look = move |tx: &ReadTx<'_>| match code.is_empty() {
            true => proposed(&district, tx, &words),
            false => Ok(catalogue::store::by_code(tx, &code)?),
        };
        visitor.read(look).await
    }
}
