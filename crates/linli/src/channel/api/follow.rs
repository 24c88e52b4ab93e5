//! Following a case that somebody else reported. Asking twice for the same is asking once.

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;

use super::body::Fields;
use super::caller::{Caller, Piece};
use super::problem::{At, Problem, Told};
use super::view;
use crate::act::{Act, Failure};
use crate::affairs::appeal::follow::{Follow, Unfollow};
use crate::base::Id;
use crate::matter::{CASES, store as matters};
use crate::people::store as people;
use crate::store::ReadTx;

/// Whether the caller follows a case.
#[utoipa::path(get, path = "/api/v1/cases/{number}/follow", tag = "cases",
    params(("number" = String, Path, description = "such as 2026-001042")),
    responses(
        (status = 200, body = view::Following),
        (status = 404, body = super::problem::ProblemBody),
    ))]
pub async fn read(caller: Caller, Piece(number): Piece) -> Response {
    let lang = caller.lang();
    let told = async {
        caller.person()?;
        following(&caller, &case_of(&caller, number, CASES.see).await?).await
    };
    told.await.unwrap_or_else(|problem| problem.told(lang))
}

/// Follows a case: the caller is told how it goes on.
#[utoipa::path(put, path = "/api/v1/cases/{number}/follow", tag = "cases",
    request_body = view::NewFollowing,
    params(("number" = String, Path, description = "such as 2026-001042")),
    responses(
        (status = 200, body = view::Following),
        (status = 404, body = super::problem::ProblemBody),
        (status = 422, body = super::problem::ProblemBody),
    ))]
pub async fn start(caller: Caller, Piece(number): Piece, request: Request<Body>) -> Response {
    let lang = caller.lang();
    let told = async {
        let mut fields = Fields::read(&caller.headers, request.into_body()).await?;
        let texts = fields.flag("texts").unwrap_or_default();
        fields.finish()?;
        let case = case_of(&caller, number, "case.follow").await?;
        perform(&caller, Follow { case: case.clone(), texts }).await?;
        following(&caller, &case).await
    };
    told.await.unwrap_or_else(|problem| problem.told(lang))
}

/// Follows a case no longer.
#[utoipa::path(delete, path = "/api/v1/cases/{number}/follow", tag = "cases",
    params(("number" = String, Path, description = "such as 2026-001042")),
    responses(
        (status = 200, body = view::Following),
        (status = 404, body = super::problem::ProblemBody),
    ))]
pub async fn stop(caller: Caller, Piece(number): Piece) -> Response {
    let lang = caller.lang();
    let told = async {
        caller.only(&[])?;
        let (duties, actor) = (caller.visitor.duties.clone(), caller.visitor.actor.clone());
        let id = caller.visitor.district.new_id();
        let find = move |tx: &ReadTx<'_>| Unfollow::of(tx, &duties, &actor, &number, &id);
        let act = caller.visitor.read(find).await?;
        let case = act.case.clone();
        perform(&caller, act).await?;
        following(&caller, &case).await
    };
    told.await.unwrap_or_else(|problem| problem.told(lang))
}

/// The case behind a number, for who sees it or may do this with it.
async fn case_of(caller: &Caller, number: String, act: &'static str) -> Told<Id> {
    caller.only(&[])?;
    let (duties, actor) = (caller.visitor.duties.clone(), caller.visitor.actor.clone());
    let look = move |tx: &ReadTx<'_>| matters::behind(tx, &duties, &actor, &number, act);
    Ok(caller.visitor.read(look).await?)
}

async fn perform<A: Act>(caller: &Caller, act: A) -> Told<()> {
    let done = caller.visitor.perform(caller.visitor.district.new_id(), act).await;
    done.map(|_| ()).map_err(|failure: Failure| Problem::failed(failure, At::Body("")))
}

async fn following(caller: &Caller, case: &Id) -> Told<Response> {
    let (me, case) = (caller.person()?, case.clone());
    let look = move |tx: &ReadTx<'_>| Ok(people::follows(tx, &case, &me)?);
    let texts = caller.visitor.read(look).await?;
    let told = view::Following { following: texts.is_some(), texts: texts.unwrap_or_default() };
    Ok(view::json(StatusCode::OK, &told)?)
}
