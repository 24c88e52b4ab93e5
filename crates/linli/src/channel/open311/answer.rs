//! Answers and errors of GeoReport v2: 404 what does not exist, 403 a wrong or missing key, 400 the
//! rest.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::node::Node;
use crate::act::Failure;
use crate::act::{FieldProblem, Refusal};
use crate::base::Fault;
use crate::channel::decode::NotText;
use crate::page;
use crate::page::TOO_MUCH;
use crate::page::limit::TOO_OFTEN;
use crate::store::StoreError;
use crate::words::Lang;

/// XML or JSON, by the extension of the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Xml,
    Json,
}

impl Format {
    pub fn from_extension(extension: &str) -> Option<Format> {
        match extension {
            "xml" => Some(Format::Xml),
            "json" => Some(Format::Json),
            _ => None,
        }
    }

    fn media(self) -> &'static str {
        match self {
            Format::Xml => "text/xml; charset=utf-8",
            Format::Json => "application/json; charset=utf-8",
        }
    }
}

/// An answer: what its root is called in XML, and what is in it.
pub struct Answer {
    pub root: &'static str,
    pub node: Node,
}

impl Answer {
    pub fn list(root: &'static str, each: &'static str, all: Vec<Node>) -> Answer {
        Answer { root, node: Node::List(each, all) }
    }
}

/// Why there is no answer. `Said` names a sentence of the messages.
#[derive(Debug)]
pub enum Trouble {
    Said(StatusCode, &'static str, Vec<(&'static str, String)>),
    Failed(Failure),
}

pub type Told<T> = Result<T, Trouble>;

impl Trouble {
    pub fn bad(key: &'static str) -> Trouble {
        Trouble::Said(StatusCode::BAD_REQUEST, key, Vec::new())
    }

    pub fn missing(key: &'static str) -> Trouble {
        Trouble::Said(StatusCode::NOT_FOUND, key, Vec::new())
    }

    pub fn forbidden(key: &'static str) -> Trouble {
        Trouble::Said(StatusCode::FORBIDDEN, key, Vec::new())
    }

    /// About one parameter.
    #[must_use]
    pub fn of(self, name: impl Into<String>) -> Trouble {
        match self {
            Trouble::Said(status, key, mut params) => {
                params.push(("n", name.into()));
                Trouble::Said(status, key, params)
            }
            failed => failed,
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Trouble::Said(status, ..) => *status,
            Trouble::Failed(Failure::Invalid(_)) => StatusCode::BAD_REQUEST,
            // 403 is for keys; what else is refused is a request that cannot be.
            Trouble::Failed(Failure::Refused(refusal)) => match refusal.code {
                "not_your_duty" | "beyond_your_place" | "walled_off" => StatusCode::FORBIDDEN,
                "too_many_tries" | TOO_OFTEN | TOO_MUCH => StatusCode::TOO_MANY_REQUESTS,
                _ => StatusCode::BAD_REQUEST,
            },
            Trouble::Failed(failure) => failure.status(),
        }
    }

    fn sentence(&self, lang: Lang) -> String {
        match self {
            Trouble::Said(_, key, params) => lang.fill(key, params),
            Trouble::Failed(Failure::Hidden) => lang.say("api.open311.not_here"),
            Trouble::Failed(Failure::Invalid(problems)) => {
                let told = |p: &FieldProblem| format!("{}: {}", p.field, lang.problem(p));
                problems.iter().map(told).collect::<Vec<_>>().join(" ")
            }
            Trouble::Failed(Failure::Refused(refusal)) if refusal.code == "act_id_used" => {
                lang.say("api.open311.used_before")
            }
            Trouble::Failed(failure) => {
                let number = page::log_number(failure).map(|n| format!(" ({n})"));
                format!("{}{}", page::sentence(failure, lang), number.unwrap_or_default())
            }
        }
    }
}

impl From<NotText> for Trouble {
    fn from(wrong: NotText) -> Trouble {
        match wrong {
            NotText::Encoding => Trouble::bad("api.open311.not_utf8"),
            NotText::Nul => Trouble::bad("api.open311.nul"),
        }
    }
}

/// An answer or an error as a response.
pub fn respond(told: Told<Answer>, format: Format, lang: Lang) -> Response {
    let wait = match &told {
        Err(Trouble::Failed(failure)) => page::seconds_to_wait(failure),
        _ => None,
    };
    let (status, answer) = match told {
        Ok(answer) => (StatusCode::OK, answer),
        Err(trouble) => {
            let status = trouble.status();
            let error = Node::Fields(vec![
                ("code", Node::number(status.as_u16())),
                ("description", Node::text(trouble.sentence(lang))),
            ]);
            (status, Answer::list("errors", "error", vec![error]))
        }
    };
    let body = match format {
        Format::Xml => answer.node.xml(answer.root),
        Format::Json => answer.node.json(),
    };
    let Ok(body) = body else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media()));
    if status == StatusCode::SERVICE_UNAVAILABLE || status == StatusCode::TOO_MANY_REQUESTS {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.unwrap_or(5)));
    }
    response
}

macro_rules! from_failures {
    ($($t:ty),*) => {$(
        impl From<$t> for Trouble {
            fn from(failure: $t) -> Trouble {
                Trouble::Failed(failure.into())
            }
        }
    )*};
}
from_failures!(Failure, Refusal, FieldProblem, Fault, StoreError);
