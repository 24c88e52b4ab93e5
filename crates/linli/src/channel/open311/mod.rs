//! Open311 GeoReport v2 (open311.org): how report apps of other makers talk to a district.
//!
//! What is public is shown masked, to everyone alike; a key lets a program report. XML and JSON by
//! the extension of the address; times carry an offset; ids and codes are texts.

mod answer;
mod bulk;
mod dates;
mod node;
mod post;
mod read;
mod services;
mod updates;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;

use self::answer::{Answer, Format, Told, Trouble, respond};
use super::api::limit::wait_for;
use super::decode;
use super::shown::Shown;
use crate::act::{Failure, FieldProblem};
use crate::affairs::appeal::closing::CHECKED;
use crate::district::{District, Districts, Hosted};
use crate::file::{self, MOST_PHOTOS};
use crate::page::limit;
use crate::page::{self, Bringing, Form, Limit, Posted, Room, Unread, Upload, is_multipart};
use crate::people::keys;
use crate::words::Lang;

/// A form without photos is no longer than this.
const MOST_FORM: usize = 256 * 1024;
const METHODS: &str = "GET, HEAD, POST, OPTIONS";
const HEADERS: &str = "Accept, Accept-Language, Authorization, Content-Type, Idempotency-Key";
/// What is written below this address.
const BASE: &str = "/open311/v2";

pub fn routes(shown: Shown, room: Room) -> Router<Districts> {
    routes_within(Limit::generous(), shown, room)
}

/// As [`routes`], with a limit of its own for what is asked of us.
pub fn routes_within(limit: Limit, shown: Shown, room: Room) -> Router<Districts> {
    Router::new()
        .route("/open311/{*rest}", any(serve))
        .route("/open311", any(serve))
        .route("/open311/", any(serve))
        .layer(middleware::from_fn_with_state((room, shown.clone()), within_room))
        .layer(middleware::from_fn_with_state((limit, shown), shed))
        .layer(middleware::map_response(for_every_page))
}

/// Pages of any site may read what is public, and report with a key of their own.
async fn for_every_page(mut response: Response) -> Response {
    let any = HeaderValue::from_static("*");
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
    response
}

/// What a browser asks before it lets another site's page send to us.
fn preflight() -> Response {
    let allowed = [
        (header::ALLOW, METHODS),
        (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    (StatusCode::NO_CONTENT, allowed).into_response()
}

/// The form and the language that a request asks for.
fn asked(request: &Request) -> (Format, Lang) {
    let lang = asked_language(request.headers(), request.uri().query().unwrap_or_default());
    let format = address(request.uri().path()).and_then(|a| Format::from_extension(&a.extension));
    (format.unwrap_or(Format::Xml), lang)
}

/// Refuses callers that ask too often, in the form they asked for. The key in the form is not
/// read for it: who sends without end is known by the address.
async fn shed(State(limits): State<(Limit, Shown)>, mut request: Request, next: Next) -> Response {
    // What a browser asks before it sends is no question yet.
    let asks = request.method() != Method::OPTIONS;
    let Some(seconds) = asks.then(|| wait_for(&limits, &request)).flatten() else {
        request.extensions_mut().insert(limits.1);
        return next.run(request).await;
    };
    let (format, lang) = asked(&request);
    let too_many = StatusCode::TOO_MANY_REQUESTS;
    let told = Err(Trouble::Said(too_many, "api.open311.too_many", Vec::new()));
    let mut response = respond(told, format, lang);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// Refuses bodies that there is no room for.
async fn within_room(
    State((room, shown)): State<(Room, Shown)>,
    request: Request,
    next: Next,
) -> Response {
    let (format, lang) = asked(&request);
    let caller = shown.counted_by(request.headers(), request.extensions());
    let answered = room.answer(caller, request, next).await;
    answered.unwrap_or_else(|failure| respond(Err(failure.into()), format, lang))
}

/// A call, read and understood.
struct Call {
    district: Arc<District>,
    lang: Lang,
    /// What the query and the form say, together.
    form: Form,
    headers: HeaderMap,
    /// Photos that came along, each as it was sent.
    photos: Vec<Upload>,
    keys: Keys,
}

/// Keys looked up for a call.
struct Keys {
    shown: Shown,
    /// Where the call comes from.
    from: String,
    /// The key beside the form, looked up before it was read.
    proved: Option<(String, keys::Holder)>,
}

impl Keys {
    fn of(parts: &Parts) -> Keys {
        let shown = parts.extensions.get::<Shown>().cloned().unwrap_or_default();
        let from = limit::address(&parts.headers, &parts.extensions);
        Keys { shown, from, proved: None }
    }

    async fn holder(&self, district: &District, key: &str) -> Told<keys::Holder> {
        if let Some((_, holder)) = self.proved.as_ref().filter(|(proved, _)| proved == key) {
            return Ok(holder.clone());
        }
        let found = self.shown.holder(district, key, &self.from).await?;
        found.ok_or(Trouble::forbidden("api.open311.wrong_key"))
    }

    /// A key that is shown beside the form is looked at before any photo is read; one in the form
    /// can only be read with it, as can the jurisdiction whose key it is.
    async fn beside(&mut self, districts: &Districts, parts: &Parts, query: &Form) -> Told<()> {
        let named = query.get("jurisdiction_id");
        let sure = !named.is_empty() || districts.all().count() == 1;
        let key = Some(query.get("api_key")).filter(|key| !key.is_empty());
        if let Some(key) = key.or_else(|| super::bearer(&parts.headers)).filter(|_| sure) {
            let district = district_of(districts, parts, named)?;
            self.proved = Some((key.to_owned(), self.holder(&district, key).await?));
        }
        Ok(())
    }
}

/// What is asked for by several values, with commas or in several parameters.
const LISTS: [&str; 3] = ["service_request_id", "service_code", "status"];
/// What a form sends several of.
const SEVERAL: [&str; 2] = [CHECKED, post::LINKS];

impl Call {
    /// The parameter; an empty one is as good as none.
    fn get(&self, name: &str) -> Option<&str> {
        Some(self.form.get(name)).filter(|value| !value.is_empty())
    }

    /// Refuses a call that gives a parameter two values, but for lists: nobody knows which one is
    /// meant.
    fn once(&self, lists: &[&str]) -> Told<()> {
        let mut said: BTreeMap<&str, &str> = BTreeMap::new();
        let several = |name: &str| name.starts_with("attribute[") || lists.contains(&name);
        for (name, value) in self.form.pairs().filter(|(name, _)| !several(name)) {
            if said.insert(name, value).is_some_and(|before| before != value) {
                return Err(Trouble::bad("api.open311.said_twice").of(name));
            }
        }
        Ok(())
    }

    /// The parts of a list with commas; it may be given in several parameters of its name.
    fn list(&self, name: &str) -> Vec<String> {
        let all = self.form.all(name).iter();
        let parts = all.flat_map(|value| value.split(',')).map(str::trim);
        parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// The holder of the key that was shown.
    async fn holder(&self) -> Told<keys::Holder> {
        let key = self.get("api_key").or_else(|| super::bearer(&self.headers));
        let key = key.ok_or(Trouble::forbidden("api.open311.no_key"))?;
        self.keys.holder(&self.district, key).await
    }
}

/// What the address says: the words before the extension, and the extension.
struct Address {
    words: Vec<String>,
    extension: String,
}

fn address(path: &str) -> Option<Address> {
    let rest = path.strip_prefix("/open311")?.trim_start_matches('/');
    // Clients that put a slash behind the address of discovery write two.
    let rest = rest.strip_prefix("v2/").unwrap_or(rest).trim_start_matches('/');
    let (rest, extension) = match rest.rsplit_once('.') {
        Some((before, after)) if !after.contains('/') => (before, after),
        _ => (rest, ""),
    };
    let words: Option<Vec<String>> =
        rest.split('/').map(|word| decode::segment(word.as_bytes()).ok()).collect();
    Some(Address { words: words?, extension: extension.to_ascii_lowercase() })
}

async fn serve(State(districts): State<Districts>, request: Request) -> Response {
    if request.method() == Method::OPTIONS {
        return preflight();
    }
    let lang = asked_language(request.headers(), request.uri().query().unwrap_or_default());
    let Some(address) = address(request.uri().path()) else {
        return respond(Err(Trouble::missing("api.open311.no_such_page")), Format::Xml, lang);
    };
    let words: Vec<&str> = address.words.iter().map(String::as_str).collect();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if words == ["requests"] && address.extension == "csv" && reads {
        return csv(&districts, request, lang).await;
    }
    let Some(format) = Format::from_extension(&address.extension) else {
        return respond(Err(Trouble::bad("api.open311.which_format")), Format::Xml, lang);
    };
    let method = request.method().clone();
    let told = match understand(&districts, request, lang).await {
        Ok(call) => dispatch(&call, &method, &words).await,
        Err(trouble) => Err(trouble),
    };
    respond(told, format, lang)
}

async fn csv(districts: &Districts, request: Request, lang: Lang) -> Response {
    let uri = request.uri().clone();
    let told = match understand(districts, request, lang).await {
        Ok(call) => match call.once(&LISTS) {
            Ok(()) => bulk::requests(&call, &uri).await,
            Err(trouble) => Err(trouble),
        },
        Err(trouble) => Err(trouble),
    };
    match told {
        Ok(sheet) => sheet,
        Err(trouble) => respond(Err(trouble), Format::Xml, lang),
    }
}

async fn dispatch(call: &Call, method: &Method, words: &[&str]) -> Told<Answer> {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let writes = *method == Method::POST;
    let missing = |name: &'static str| Trouble::bad("api.open311.missing").of(name);
    if reads {
        call.once(&LISTS)?;
    }
    match words {
        ["services", ""] if reads => Err(missing("service_code")),
        ["requests", ""] if reads => Err(missing("service_request_id")),
        ["tokens", ""] if reads => Err(missing("token")),
        ["discovery"] if reads => services::discovery(call),
        ["services"] if reads => services::list(call).await,
        ["services", code] if reads => services::definition(call, code).await,
        ["requests"] if reads => read::list(call).await,
        ["requests"] if writes => post::request(call).await,
        ["requests", number] if reads => read::one(call, number).await,
        ["tokens", token] if reads => read::token(call, token).await,
        ["servicerequestupdates"] if reads => updates::list(call).await,
        ["servicerequestupdates"] if writes => updates::post(call).await,
        ["discovery" | "services" | "requests" | "servicerequestupdates", ..] | ["tokens", _]
            if !reads =>
        {
            Err(Trouble::bad("api.refused.method_not_allowed"))
        }
        _ => Err(Trouble::missing("api.open311.no_such_page")),
    }
}

/// The parameters that say something: an empty one is the same as none (GeoReport v2), though
/// another of its name stands beside it.
fn said(mut pairs: Vec<(String, String)>) -> Vec<(String, String)> {
    pairs.retain(|(_, value)| !value.trim().is_empty());
    pairs
}

/// The query, the form and the district of a request.
async fn understand(districts: &Districts, request: Request, lang: Lang) -> Told<Call> {
    let (parts, body) = request.into_parts();
    let mut pairs = said(decode::pairs(parts.uri.query().unwrap_or_default().as_bytes())?);
    let (mut photos, mut keys) = (Vec::new(), Keys::of(&parts));
    if parts.method == Method::POST {
        if decode::is_packed(&parts.headers) {
            return Err(Trouble::bad("api.refused.packed"));
        }
        if is_multipart(&parts.headers) {
            keys.beside(districts, &parts, &Form::from_pairs(pairs.clone())).await?;
            let whole = Request::from_parts(parts.clone(), body);
            let (form, files) = multipart(whole).await?;
            pairs.extend(form.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())));
            photos = files;
        } else {
            let bytes = page::whole(body, MOST_FORM).await.map_err(|unread| match unread {
                Unread::TooLarge => Trouble::bad("api.open311.too_large"),
                Unread::BrokenOff => Trouble::bad("api.open311.broken_form"),
            })?;
            pairs.extend(decode::pairs(&bytes)?);
        }
    }
    let form = Form::from_pairs(said(pairs));
    let district = district_of(districts, &parts, form.get("jurisdiction_id"))?;
    // The terminal may have adopted another procedure since the last call.
    let processes = district.processes.clone();
    district.store().read(move |tx| processes.refresh(tx)).await?;
    Ok(Call { district, lang, form, headers: parts.headers, photos, keys })
}

/// Whether a part of a form holds a photo.
fn is_photo(name: &str) -> bool {
    name == "media"
        || name == "photo"
        || name
            .strip_prefix("photo")
            .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

async fn multipart(request: Request) -> Told<(Form, Vec<Upload>)> {
    let posted: Posted = file::read(Bringing::from(request), Some("media")).await;
    if posted.problems.all.iter().any(|problem| problem.code == page::UNREADABLE) {
        return Err(Trouble::bad("api.open311.broken_form"));
    }
    if !posted.problems.is_empty() {
        return Err(Failure::Invalid(posted.problems.all).into());
    }
    if let Some(other) = posted.files.iter().find(|file| !is_photo(&file.field)) {
        return Err(Trouble::bad("api.open311.which_file").of(&other.field));
    }
    if posted.files.len() > MOST_PHOTOS {
        let too_many = FieldProblem::new("media", "too_many_photos").with("max", MOST_PHOTOS);
        return Err(too_many.into());
    }
    Ok((posted.form, posted.files))
}

/// The district a call is for: the jurisdiction it names, else the one of the host.
fn district_of(districts: &Districts, parts: &Parts, named: &str) -> Told<Arc<District>> {
    if !named.is_empty() {
        let fits = |one: &&Hosted| {
            let config = one.config();
            config.code == named
                || config.origin == named
                || config.hosts.iter().any(|host| host.eq_ignore_ascii_case(named))
        };
        let found = districts.all().find(fits);
        let found = found.ok_or(Trouble::missing("api.open311.no_jurisdiction"))?;
        return Ok(Arc::clone(found.served()?));
    }
    if districts.all().count() > 1 && districts.named(&parts.headers).is_none() {
        return Err(Trouble::bad("api.open311.missing").of("jurisdiction_id"));
    }
    let found = districts.hosted(&parts.headers);
    let found = found.ok_or(Trouble::missing("api.open311.no_jurisdiction"))?;
    Ok(Arc::clone(found.served()?))
}

/// `locale` of the query, else the language of the header, else Chinese.
fn asked_language(headers: &HeaderMap, query: &str) -> Lang {
    let pairs = said(decode::pairs(query.as_bytes()).unwrap_or_default());
    let named = pairs.iter().find(|(name, _)| name == "locale");
    named
        .and_then(|(_, code)| Lang::from_code(code))
        .or_else(|| page::accepted_language(headers))
        .unwrap_or_default()
}
