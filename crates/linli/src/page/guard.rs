//! Layers around every route: failures told as their reader wants them, forms from other sites
//! refused, headers that keep a page to itself.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::answer::Failed;
use super::limit::TOO_OFTEN;
use super::room::TOO_MUCH;
use super::visitor::language;
use super::{Frame, Visitor, accepted_language, render, see_other, visitor_of};
use crate::act::{Failure, Refusal};
use crate::base::{Id, Instant};
use crate::district::{Districts, Hosted};
use crate::words::Lang;

/// The refusal of a form that another site sends.
const ANOTHER_SITE: &str = "another_site";

#[derive(Template)]
#[template(path = "page/pages/failure.html")]
struct FailurePage {
    f: Frame,
    told: Told,
}

/// The same where the database could not say who asks: without what hangs on them.
#[derive(Template)]
#[template(path = "page/pages/away.html")]
struct AwayPage {
    version: &'static str,
    district: Option<String>,
    told: Told,
}

/// What happened and what to do.
struct Told {
    lang: Lang,
    title: String,
    sentence: String,
    /// What the user can quote when they ask us.
    number: Option<String>,
    can_retry: bool,
    /// A form that was not taken: its address is no page, so the way is back to the form.
    was_form: bool,
    /// The page asked for.
    path: String,
    /// The page that held the form, as it is now.
    back: Option<String>,
    /// Signed in, one might see what was not found.
    sign_in: Option<String>,
}

impl Told {
    fn new(failure: &Failure, lang: Lang, asked: &Asked, headers: &HeaderMap) -> Told {
        // What is only sent again later is not opened anew, without its photos.
        let anew = |r: &Refusal| ![ANOTHER_SITE, TOO_MUCH, TOO_OFTEN].contains(&r.code);
        let refused = matches!(failure, Failure::Refused(r) if anew(r));
        let back = Some(asked.page(headers)).filter(|_| refused && asked.was_form);
        Told {
            lang,
            title: title(failure, lang, asked.was_form),
            sentence: match failure {
                Failure::Unavailable(_) if !asked.was_form => lang.say("page.failure.away"),
                failure => sentence(failure, lang),
            },
            number: None,
            can_retry: match failure {
                Failure::Unavailable(_) | Failure::Unsure(_) => true,
                Failure::Refused(refusal) => [TOO_MUCH, TOO_OFTEN].contains(&refusal.code),
                _ => false,
            },
            was_form: asked.was_form,
            path: asked.path.clone(),
            back: back.filter(|page| page != "/"),
            sign_in: None,
        }
    }
}

/// What the page is called. One that was only to be looked at left nothing undone.
fn title(failure: &Failure, lang: Lang, was_form: bool) -> String {
    lang.say(match failure {
        Failure::Hidden => "page.failure.no_page",
        Failure::Unavailable(_) if !was_form => "page.failure.not_now",
        Failure::Refused(refusal) if refusal.code == TOO_OFTEN && !was_form => {
            "page.failure.not_now"
        }
        _ => "page.failure.title",
    })
}

/// Turns the failure of a page into a page that says what happened and what to do. Programs get
/// their own form of it: routes under `/api`, `/open311` and `/log` answer for themselves.
pub async fn render_failures(
    State(districts): State<Districts>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path_and_query().map_or("/", |p| p.as_str()).to_owned();
    let asked = Asked { path, was_form: *request.method() == Method::POST };
    let headers = request.headers().clone();
    let mut response = next.run(request).await;
    let Some(Failed(failure)) = response.extensions_mut().remove::<Failed>() else {
        return match of_router(&response) {
            Some(failure) => {
                let mut told = tell(&failure, &headers, asked, &districts).await;
                // The router itself adds which ways of asking the address takes.
                if response.status() == StatusCode::METHOD_NOT_ALLOWED {
                    *told.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
                }
                told
            }
            None => response,
        };
    };
    tell(&failure, &headers, asked, &districts).await
}

/// An address in which a NUL stands names nothing; what is asked with one cannot be read. No text
/// of ours has one, and PostgreSQL takes none.
pub async fn no_nul(request: Request, next: Next) -> Result<Response, Failure> {
    let uri = request.uri();
    if uri.path().contains(NUL) {
        return Err(Failure::Hidden);
    }
    if uri.query().is_some_and(|query| query.contains(NUL)) {
        return Err(Refusal::new("unreadable").into());
    }
    Ok(next.run(request).await)
}

/// As an address writes it (RFC 3986, 2.1).
const NUL: &str = "%00";

/// What the router itself says no to, in words of ours: an address that is none, one that cannot
/// be read as text, and a way of asking that an address does not take.
fn of_router(response: &Response) -> Option<Failure> {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let plain = kind.is_none_or(|kind| kind.starts_with("text/plain"));
    match response.status() {
        StatusCode::NOT_FOUND if kind.is_none() => Some(Failure::Hidden),
        StatusCode::METHOD_NOT_ALLOWED if plain => Some(Refusal::new("no_such_method").into()),
        StatusCode::BAD_REQUEST if plain => Some(Refusal::new("unreadable").into()),
        _ => None,
    }
}

/// What was asked for.
struct Asked {
    path: String,
    was_form: bool,
}

impl Asked {
    /// Where to go on after signing in: the page asked for, or the one that held the form.
    fn page(&self, headers: &HeaderMap) -> String {
        if !self.was_form {
            return self.path.clone();
        }
        let from = headers.get(header::REFERER).and_then(|from| from.to_str().ok());
        let from = from.and_then(|from| from.parse::<Uri>().ok());
        let path = from.as_ref().and_then(Uri::path_and_query);
        path.map_or("/", PathAndQuery::as_str).to_owned()
    }

    /// The page to sign in at, and back from there.
    fn sign_in(&self, headers: &HeaderMap) -> String {
        let back = self.page(headers);
        let all = percent_encoding::NON_ALPHANUMERIC;
        format!("/sign-in?next={}", percent_encoding::utf8_percent_encode(&back, all))
    }
}

async fn tell(
    failure: &Failure,
    headers: &HeaderMap,
    asked: Asked,
    districts: &Districts,
) -> Response {
    let number = log_number(failure);
    let told = |lang| Told { number, ..Told::new(failure, lang, &asked, headers) };
    let page = match visitor_of(headers, asked.path.clone(), districts).await {
        Ok(visitor) => {
            let wants_sign_in = matches!(failure, Failure::Refused(r) if r.code == "sign_in_first");
            if wants_sign_in && !asked.path.starts_with("/sign-in") {
                return see_other(&asked.sign_in(headers));
            }
            let mut told = told(visitor.lang);
            match failure {
                Failure::Hidden if visitor.signed_in.is_none() => {
                    told.sign_in = Some(asked.sign_in(headers));
                }
                Failure::Hidden => told.sentence = visitor.lang.say("page.failure.hidden_here"),
                Failure::Refused(refusal) => {
                    told.sentence = visitor.lang.refusal(&named(refusal, &visitor));
                }
                _ => {}
            }
            render(&FailurePage { f: visitor.frame(told.title.clone()), told })
        }
        Err(_) => {
            let config = districts.hosted(headers).map(Hosted::config);
            let lang = match config {
                Some(config) => language(headers, config, None),
                None => accepted_language(headers).unwrap_or_default(),
            };
            let version = super::r#static::VERSION.as_str();
            let district = config.map(|config| config.name.clone());
            render(&AwayPage { version, district, told: told(lang) })
        }
    };
    let mut response = page.unwrap_or_else(IntoResponse::into_response);
    *response.status_mut() = failure.status();
    told_when(failure, response)
}

/// The refusal with the act as the duty list calls it, not by its code.
fn named(refusal: &Refusal, visitor: &Visitor) -> Refusal {
    let mut refusal = refusal.clone();
    for (_, act) in refusal.params.iter_mut().filter(|(name, _)| *name == "act") {
        *act = visitor.act_title(act);
    }
    refusal
}

/// The answer with when to come again, where it is only a matter of time.
fn told_when(failure: &Failure, mut response: Response) -> Response {
    if let Some(seconds) = seconds_to_wait(failure) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// When what failed may be tried again, where it is only a matter of time.
pub fn seconds_to_wait(failure: &Failure) -> Option<u64> {
    match failure {
        Failure::Unavailable(_) | Failure::Unsure(_) => Some(5),
        Failure::Refused(refusal) if refusal.code == TOO_OFTEN => {
            refusal.param("seconds")?.parse().ok()
        }
        Failure::Refused(refusal) if refusal.code == TOO_MUCH => Some(5),
        _ => None,
    }
}

/// The failure in words.
pub fn sentence(failure: &Failure, lang: Lang) -> String {
    match failure {
        Failure::Refused(refusal) => lang.refusal(refusal),
        Failure::Hidden => lang.say("page.failure.hidden"),
        Failure::Invalid(problems) => {
            problems.iter().map(|p| lang.problem(p)).collect::<Vec<_>>().join(" ")
        }
        Failure::Unavailable(_) => lang.say("page.failure.unavailable"),
        Failure::Unsure(_) => lang.say("page.failure.unsure"),
        Failure::Fault(_) => lang.say("page.failure.fault"),
    }
}

/// The same at the terminal, where there is no page that could be missing.
pub fn at_terminal(failure: &Failure, lang: Lang) -> String {
    match failure {
        Failure::Hidden => lang.say("page.failure.nothing_such"),
        failure => sentence(failure, lang),
    }
}

/// Logs what is ours to mend and gives the number under which it stands in the log.
pub fn log_number(failure: &Failure) -> Option<String> {
    let number = || Id::new(Instant(0)).as_str()[10..18].to_owned();
    match failure {
        Failure::Fault(fault) => {
            let number = number();
            tracing::error!(number, "fault: {fault}");
            Some(number)
        }
        Failure::Unavailable(_) | Failure::Unsure(_) => {
            let number = number();
            tracing::warn!(number, "{failure}");
            Some(number)
        }
        _ => None,
    }
}

/// A form that another site sends in the visitor's name is refused. Browsers say where a request
/// comes from (`Sec-Fetch-Site`, `Origin`); programs with a key of their own say neither.
pub async fn cross_site_guard(request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || same_site(request.headers()) {
        return next.run(request).await;
    }
    Failure::from(Refusal::new(ANOTHER_SITE)).into_response()
}

/// Whether a request comes from our own pages, or from a program.
pub fn same_site(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    match (text("sec-fetch-site"), text("origin"), text("host")) {
        (Some(site), _, _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin), Some(host)) => {
            origin.split_once("://").is_some_and(|(_, from)| from.eq_ignore_ascii_case(host))
        }
        (None, None, _) => true,
        (None, Some(_), None) => false,
    }
}

const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; \
    script-src 'self'; connect-src 'self'; worker-src 'self' blob:; frame-ancestors 'none'; \
    base-uri 'none'; form-action 'self'; object-src 'none'";

/// Headers that keep a page to itself; nothing is cached on the way unless a route says so.
pub async fn security_headers(
    State(districts): State<Districts>,
    request: Request,
    next: Next,
) -> Response {
    let secure = districts.hosted(request.headers()).is_some_and(|of| of.config().secure());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let set = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    // Who has come over TLS once comes by nothing else for a year (RFC 6797).
    let over_tls = secure.then_some((header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"));
    for (name, value) in set.into_iter().chain(over_tls) {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(failure: &Failure, was_form: bool) -> Told {
        let mut headers = HeaderMap::new();
        let page = HeaderValue::from_static("https://linli.example/admin/places/1?do=draw");
        headers.insert(header::REFERER, page);
        Told::new(failure, Lang::Zh, &Asked { path: "/x".to_owned(), was_form }, &headers)
    }

    #[test]
    fn a_refused_form_leads_back_to_its_page_and_nothing_else_does() {
        let stale = Failure::from(Refusal::new("changed_meanwhile"));
        assert_eq!(told(&stale, true).back.as_deref(), Some("/admin/places/1?do=draw"));
        assert_eq!(told(&stale, false).back, None);
        assert_eq!(told(&Refusal::new(ANOTHER_SITE).into(), true).back, None);
        assert_eq!(told(&Failure::Hidden, true).back, None);
    }

    #[test]
    fn a_page_is_called_after_what_happened() {
        let away = Failure::Unavailable(String::new());
        let title = |failure: &Failure, form| told(failure, form).title;
        assert_eq!(title(&Failure::Hidden, false), "没有找到这一页");
        assert_eq!(title(&away, false), "暂时打不开");
        assert_eq!(title(&away, true), "这一步没有办成");
        assert!(told(&away, true).sentence.contains("没有提交"));
        assert!(!told(&away, false).sentence.contains("提交"), "nothing was sent");
        let often = Failure::from(Refusal::new(TOO_OFTEN).with("seconds", "1"));
        assert_eq!(title(&often, false), "暂时打不开");
        assert!(told(&often, false).can_retry);
    }

    #[test]
    fn what_was_too_much_is_sent_again_from_the_browser_and_its_form_not_opened_anew() {
        let often = Refusal::new(TOO_OFTEN).with("seconds", "1");
        for refusal in [Refusal::new(TOO_MUCH), often] {
            let told = told(&refusal.into(), true);
            assert!(told.can_retry && told.back.is_none());
            let page = AwayPage { version: "", district: None, told }.render().unwrap();
            assert!(page.contains("请按浏览器的“返回”"), "{page}");
            assert!(!page.contains("回到刚才那一页") && !page.contains("/admin/places"), "{page}");
        }
    }
}
