//! How a page or a failure becomes a response.

use std::sync::Arc;

use askama::Template;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::form::Problems;
use super::limit::TOO_OFTEN;
use super::room::TOO_MUCH;
use crate::act::{Done, Failure, Refusal};
use crate::base::Fault;

/// A machine without a Chinese font makes no paper: whoever runs it is told what to install, and
/// whoever asked for the paper what to do meanwhile.
impl From<linli_paper::PaperError> for Failure {
    fn from(error: linli_paper::PaperError) -> Failure {
        match error {
            linli_paper::PaperError::NoFont => {
                tracing::error!("no PDF: {error}");
                Refusal::new("no_font").into()
            }
            other => Fault::new(other.to_string()).into(),
        }
    }
}

/// What a handler of pages gives back.
pub type Page = Result<Response, Failure>;

/// A template as an HTML response.
pub fn render<T: Template>(template: &T) -> Page {
    let html = template.render().map_err(|e| Fault::new(format!("a template: {e}")))?;
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind)], html).into_response())
}

/// A page with a form: 422 where something in the form is wrong, so that no program takes the
/// second look at a form for its being taken.
pub fn render_form<T: Template>(template: &T, problems: &Problems) -> Page {
    let page = render(template)?;
    Ok(if problems.is_empty() { page } else { unprocessable(page) })
}

/// The same page, told as one that could not be taken.
pub fn unprocessable(mut page: Response) -> Response {
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    page
}

/// On to another page after a form was taken.
pub fn see_other(to: &str) -> Response {
    let to = HeaderValue::from_str(to).unwrap_or_else(|_| HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

/// What the address of a form answers who asks for it as a page: on to the one that its own goes on
/// from, where the form began. A form sent comes back under its address, and from there one goes
/// back, reads it anew or turns to another language.
pub async fn page_above(uri: Uri) -> Response {
    see_other(uri.path().rsplit_once('/').map_or("/", |(above, _)| above))
}

/// What one may not see does not exist.
pub fn not_found<T>() -> Done<T> {
    Err(Failure::Hidden)
}

/// The failure of a request, carried to the layer that knows how its reader wants it told.
#[derive(Clone)]
pub(super) struct Failed(pub Arc<Failure>);

impl Failure {
    /// The HTTP status of the failure.
    pub fn status(&self) -> StatusCode {
        match self {
            Failure::Refused(refusal) => match refusal.code {
                "sign_in_first" => StatusCode::UNAUTHORIZED,
                "changed_meanwhile" | "already_there" | "act_id_used" => StatusCode::CONFLICT,
                "too_many_tries" | TOO_OFTEN | TOO_MUCH => StatusCode::TOO_MANY_REQUESTS,
                "begin_over" | "import_file_gone" => StatusCode::GONE,
                "unreadable" => StatusCode::BAD_REQUEST,
                _ => StatusCode::FORBIDDEN,
            },
            Failure::Hidden => StatusCode::NOT_FOUND,
            Failure::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Failure::Unavailable(_) | Failure::Unsure(_) => StatusCode::SERVICE_UNAVAILABLE,
            Failure::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Failed(Arc::new(self)));
        response
    }
}

/// Whether who asks has what bears this tag: `If-None-Match` may name several, weak or not.
pub fn has_tag(headers: &HeaderMap, tag: &[u8]) -> bool {
    let named = headers.get_all(header::IF_NONE_MATCH).iter();
    let named = named.filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(','));
    let mut bare = named.map(|one| one.trim()).map(|one| one.strip_prefix("W/").unwrap_or(one));
    bare.any(|one| one == "*" || one.as_bytes() == tag)
}
