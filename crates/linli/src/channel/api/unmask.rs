//! What is masked, opened for a reason: the same acts as those of the page of a case.

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;

use super::body::Fields;
use super::caller::{Caller, Piece};
use super::problem::{At, Problem, Told};
use super::view::{self, Opened, OpenedText};
use crate::act::FieldProblem;
use crate::affairs::appeal::unmask::{self, Unmask, What};
use crate::affairs::appeal::view::{CaseView, Looker, look};
use crate::base::text;
use crate::matter::{CASES, store as matters};
use crate::store::ReadTx;
use crate::words::Lang;

/// Opens the numbers in the words of a case, or how its reporter is reached. The look is noted with
/// its reason, and the reporter sees it.
#[utoipa::path(post, path = "/api/v1/cases/{number}/unmask", tag = "cases",
    request_body = view::NewLook,
    params(
        ("number" = String, Path, description = "such as 2026-001042"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters",
            pattern = "^[!#-~]{1,255}$"),
    ),
    responses(
        (status = 200, body = view::Opened),
        (status = 403, body = super::problem::ProblemBody),
        (status = 404, body = super::problem::ProblemBody),
        (status = 422, body = super::problem::ProblemBody),
    ))]
pub async fn open(caller: Caller, Piece(number): Piece, request: Request<Body>) -> Response {
    let lang = caller.lang();
    let told = opened(&caller, number, request.into_body()).await;
    told.unwrap_or_else(|problem| problem.told(lang))
}

async fn opened(caller: &Caller, number: String, body: Body) -> Told<Response> {
    caller.only(&[])?;
    let mut fields = Fields::read(&caller.headers, body).await?;
    let (named, reason) = (fields.required("what"), fields.required("reason"));
    let known = What::from_name(&named);
    // Whoever sees nothing is told nothing of what they sent either.
    let visitor = &caller.visitor;
    let (duties, actor) = (visitor.duties.clone(), visitor.actor.clone());
    let act = format!("{}.{}", CASES.kind, known.unwrap_or(What::Words).act());
    let asked = number.clone();
    let behind = move |tx: &ReadTx<'_>| matters::behind(tx, &duties, &actor, &asked, &act);
    let case = visitor.read(behind).await?;
    fields.finish()?;
    let what = known.ok_or_else(|| {
        Problem::fields(At::Body(""), vec![FieldProblem::new("what", "not_an_option")])
    })?;
    let act_id = caller.act_id(&format!("unmask {number}"))?;
    let processes = visitor.district.processes.clone();
    let reason = text::clean(&reason, usize::MAX).unwrap_or_default();
    let act = Unmask { case: case.clone(), what, reason, processes };
    let done = visitor.perform(act_id, act).await;
    let done = done.and_then(|look| Ok(look.opens(visitor.district.now())?));
    done.map_err(|failure| Problem::failed(failure, At::Body("")))?;
    let none = Opened { number: number.clone(), what: named, ..Opened::default() };
    let told = match what {
        What::Contact => {
            let looker = Looker::from(visitor);
            let full = visitor.read(move |tx| unmask::in_full(tx, &looker, &case)).await?;
            Opened { name: full.name, phone: full.phone, email: full.email, ..none }
        }
        What::Words => {
            let looker = Looker { opened: true, ..Looker::from(visitor) };
            let case = visitor.read(move |tx| look(tx, &looker, &number)).await?;
            Opened { texts: texts(caller.lang(), case), ..none }
        }
    };
    Ok(view::json(StatusCode::OK, &told)?)
}

/// What was reported, answered and put down since, oldest first.
fn texts(lang: Lang, case: CaseView) -> Vec<OpenedText> {
    let text = |(of, text): (String, String)| OpenedText { of, text };
    let reported = std::iter::once((lang.say("case.words"), case.words));
    let lines = case.timeline.into_iter().rev();
    let since = lines.flat_map(|line| line.said.into_iter().chain(line.noted));
    let since = since.map(|put| (put.title, put.value));
    reported.chain(case.answers).chain(since).map(text).collect()
}
