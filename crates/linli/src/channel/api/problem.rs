//! Problems (RFC 9457): a stable type, a sentence for people, and where in the request it lies.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::act::{Failure, FieldProblem, Refusal};
use crate::base::Fault;
use crate::base::text::pointer_part;
use crate::page;
use crate::store::StoreError;
use crate::words::Lang;

/// One thing that is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Detail {
    /// JSON pointer (RFC 6901) into the body, such as `/fields/reply`; or the name of a parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    pub code: String,
    pub detail: String,
}

/// `application/problem+json`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProblemBody {
    /// `urn:linli:problem:CODE`; stays the same in every language and version.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    pub detail: String,
    pub code: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Detail>,
    /// The number under which we have taken note of a fault of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
}

/// Things wrong with one request that are told; nobody mends ten thousand at once.
const MOST_TOLD: usize = 100;

/// Where in a request a field lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    /// Below this pointer of the body.
    Body(&'static str),
    Query,
}

/// Why a request has no answer.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    code: String,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    /// The sentence `api.refused.CODE`.
    Own,
    Fields(At, Vec<FieldProblem>),
    Failed(Failure),
}

pub type Told<T> = Result<T, Problem>;

impl Problem {
    pub fn new(status: StatusCode, code: &str) -> Problem {
        Problem { status, code: code.to_owned(), cause: Cause::Own }
    }

    /// The body ended before it was whole.
    pub fn broken_off() -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, "broken_off")
    }

    pub fn fields(at: At, mut problems: Vec<FieldProblem>) -> Problem {
        problems.truncate(MOST_TOLD);
        let status = match at {
            At::Body(_) => StatusCode::UNPROCESSABLE_ENTITY,
            At::Query => StatusCode::BAD_REQUEST,
        };
        Problem { status, code: "invalid".to_owned(), cause: Cause::Fields(at, problems) }
    }

    /// A failure of the engine; its fields lie below a pointer.
    pub fn failed(failure: Failure, at: At) -> Problem {
        let (status, code) = match &failure {
            Failure::Invalid(_) => {
                let Failure::Invalid(problems) = failure else { return Problem::lost() };
                return Problem::fields(at, problems);
            }
            Failure::Refused(refusal) if refusal.code == "act_id_used" => {
                (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_used".to_owned())
            }
            Failure::Refused(refusal) if refusal.code == "not_at_this_stage" => {
                (StatusCode::CONFLICT, refusal.code.to_owned())
            }
            Failure::Refused(refusal) => (failure.status(), refusal.code.to_owned()),
            Failure::Hidden => (StatusCode::NOT_FOUND, "not_found".to_owned()),
            Failure::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable".to_owned()),
            Failure::Unsure(_) => (StatusCode::SERVICE_UNAVAILABLE, "outcome_unknown".to_owned()),
            Failure::Fault(_) => (StatusCode::INTERNAL_SERVER_ERROR, "fault".to_owned()),
        };
        Problem { status, code, cause: Cause::Failed(failure) }
    }

    fn lost() -> Problem {
        Problem::failed(Failure::Fault(Fault::new("a failure was lost")), At::Query)
    }

    /// What was looked at is not what is there: 412 to whoever sent `If-Match`.
    #[must_use]
    pub fn if_matched(mut self) -> Problem {
        if self.code == "changed_meanwhile" {
            self.status = StatusCode::PRECONDITION_FAILED;
        }
        self
    }

    pub fn told(self, lang: Lang) -> Response {
        let status = self.status;
        let wait = match &self.cause {
            Cause::Failed(failure) => page::seconds_to_wait(failure),
            _ => None,
        };
        let body = self.body(lang);
        let Ok(text) = serde_json::to_vec(&body) else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        let mut response = (status, text).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, kind);
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        let waits = [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS];
        if waits.contains(&status) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.unwrap_or(5)));
        }
        response
    }

    fn body(self, lang: Lang) -> ProblemBody {
        let own = |code: &str| lang.find(&format!("api.refused.{code}"));
        let (detail, errors, number) = match self.cause {
            Cause::Own => {
                let said = || lang.say(&format!("problem.{}", self.code));
                (own(&self.code).unwrap_or_else(said), Vec::new(), None)
            }
            Cause::Fields(at, problems) => {
                let errors = problems.iter().map(|p| located(&at, p, lang)).collect();
                (own("invalid").unwrap_or_default(), errors, None)
            }
            Cause::Failed(Failure::Hidden) => {
                (own("not_found").unwrap_or_default(), Vec::new(), None)
            }
            Cause::Failed(failure) => {
                let number = page::log_number(&failure);
                let said = own(&self.code).unwrap_or_else(|| page::sentence(&failure, lang));
                (said, Vec::new(), number)
            }
        };
        let title = lang.say(&format!("api.title.s{}", self.status.as_u16()));
        ProblemBody {
            kind: format!("urn:linli:problem:{}", self.code),
            title,
            status: self.status.as_u16(),
            detail,
            code: self.code,
            errors,
            number,
        }
    }
}

fn located(at: &At, problem: &FieldProblem, lang: Lang) -> Detail {
    let (pointer, parameter) = match at {
        At::Body(under) => (Some(pointer(under, &problem.field)), None),
        At::Query => (None, Some(problem.field.clone())),
    };
    Detail { pointer, parameter, code: problem.code.to_owned(), detail: lang.problem(problem) }
}

fn pointer(under: &str, field: &str) -> String {
    if field.is_empty() {
        return under.to_owned();
    }
    if field.starts_with('/') {
        return field.to_owned();
    }
    format!("{under}/{}", pointer_part(field))
}

macro_rules! from_failures {
    ($($t:ty),*) => {$(
        impl From<$t> for Problem {
            fn from(failure: $t) -> Problem {
                Problem::failed(failure.into(), At::Body(""))
            }
        }
    )*};
}
from_failures!(Failure, Refusal, FieldProblem, Fault, StoreError);
