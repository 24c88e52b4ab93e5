//! Who asks: the holder of a key, or whoever a session belongs to.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;

use super::problem::{At, Problem, Told};
use crate::act::FieldProblem;
use crate::affairs::appeal::APPEAL;
use crate::base::{Id, secret};
use crate::channel::shown::Shown;
use crate::channel::{bearer, decode, idempotency_key};
use crate::district::Districts;
use crate::page::limit::address;
use crate::page::{self, Form, Visitor, has_tag};
use crate::words::Lang;

/// The one who asks, with what their request says of itself.
pub struct Caller {
    pub visitor: Visitor,
    pub headers: HeaderMap,
    query: Form,
}

impl Caller {
    async fn of(parts: &Parts, districts: &Districts) -> Told<Caller> {
        let path = parts.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
        let mut visitor = page::visitor_of(&parts.headers, path, districts).await?;
        let with_key = parts.headers.contains_key(header::AUTHORIZATION);
        if with_key {
            let refused = || Problem::new(StatusCode::UNAUTHORIZED, "wrong_key");
            let key = bearer(&parts.headers).ok_or_else(refused)?;
            let shown = parts.extensions.get::<Shown>().cloned().unwrap_or_default();
            let from = address(&parts.headers, &parts.extensions);
            let holder = shown.holder(&visitor.district, key, &from).await?.ok_or_else(refused)?;
            visitor.actor = holder.actor;
            visitor.signed_in = None;
        }
        let writes = !matches!(parts.method, Method::GET | Method::HEAD);
        if writes && !with_key && !page::same_site(&parts.headers) {
            return Err(Problem::new(StatusCode::FORBIDDEN, "cross_site"));
        }
        if writes && visitor.actor.person.is_none() {
            return Err(Problem::new(StatusCode::UNAUTHORIZED, "sign_in_first"));
        }
        let query = parts.uri.query().unwrap_or_default();
        let pairs = decode::pairs(query.as_bytes())
            .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "not_utf8"))?;
        Ok(Caller { visitor, headers: parts.headers.clone(), query: Form::from_pairs(pairs) })
    }

    pub fn lang(&self) -> Lang {
        self.visitor.lang
    }

    /// The person who asks; 401 when it is nobody.
    pub fn person(&self) -> Told<Id> {
        let person = self.visitor.actor.person.clone();
        person.ok_or_else(|| Problem::new(StatusCode::UNAUTHORIZED, "sign_in_first"))
    }

    /// A parameter of the query; an empty one is none.
    pub fn get(&self, name: &str) -> Option<&str> {
        Some(self.query.get(name)).filter(|value| !value.is_empty())
    }

    /// Refuses parameters that mean nothing here, for a misspelt filter must not list everything;
    /// and those that are given two values, for nobody knows which one is meant.
    pub fn only(&self, known: &[&str]) -> Told<()> {
        let unknown = self.query.pairs().filter(|(name, _)| !known.contains(name));
        let unknown = unknown.map(|(name, _)| FieldProblem::new(name, "unknown_field"));
        let twice = known.iter().filter(|name| {
            let all = self.query.all(name);
            all.iter().any(|value| Some(value) != all.first())
        });
        let twice = twice.map(|name| FieldProblem::new(*name, "said_twice"));
        let wrong: Vec<FieldProblem> = unknown.chain(twice).collect();
        if wrong.is_empty() { Ok(()) } else { Err(Problem::fields(At::Query, wrong)) }
    }

    pub fn bad(name: &str) -> Problem {
        Problem::fields(At::Query, vec![FieldProblem::new(name, "wrong_kind")])
    }

    /// The entity tag of a case at a version: what it shows depends on who asks, by which duties,
    /// by which procedure, and in which language.
    pub fn tag(&self, version: i64) -> HeaderValue {
        let actor = &self.visitor.actor;
        let post = actor.post.as_ref().map_or("", |post| post.as_str());
        let (duties, lang) = (self.visitor.duties.version, self.lang().code());
        let procedure = self.visitor.district.process(APPEAL).map_or(0, |process| process.version);
        let who = format!("{} {} {post} {duties} {procedure} {lang}", actor.kind, actor.key());
        let who = secret::sha256_hex(who.as_bytes());
        let tag = format!("\"{version}-{}\"", who.get(..12).unwrap_or_default());
        HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\""))
    }

    /// Whether the caller has what bears this tag.
    pub fn has(&self, tag: &HeaderValue) -> bool {
        has_tag(&self.headers, tag.as_bytes())
    }

    /// Whether the request says which order it is.
    pub fn names_order(&self) -> bool {
        self.headers.contains_key("idempotency-key")
    }

    /// The act's id: the same for the same `Idempotency-Key` of the same person.
    pub fn act_id(&self, what: &str) -> Told<Id> {
        let key = idempotency_key(&self.headers)
            .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "bad_idempotency_key"))?;
        let who = self.visitor.actor.key();
        Ok(match key {
            Some(key) => Id::derived(&format!("api {who} {what} {key}")),
            None => self.visitor.district.new_id(),
        })
    }
}

/// A piece of the address; one that is no text names nothing that is there.
pub struct Piece(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Piece {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Piece, Response> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(text)) if !text.contains('\0') => Ok(Piece(text)),
            _ => {
                let nothing = Problem::new(StatusCode::NOT_FOUND, "not_found");
                Err(nothing.told(header_language(&parts.headers)))
            }
        }
    }
}

impl FromRequestParts<Districts> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &Districts) -> Result<Self, Response> {
        let lang = header_language(&parts.headers);
        Caller::of(parts, state).await.map_err(|problem| problem.told(lang))
    }
}

/// The language of the header, else Chinese.
pub fn header_language(headers: &HeaderMap) -> Lang {
    page::accepted_language(headers).unwrap_or_default()
}
