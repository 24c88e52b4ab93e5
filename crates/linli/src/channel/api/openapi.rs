//! The description of the interface (OpenAPI 3.1), made from the code that answers, and a page
//! that people can read.

use askama::Template;
use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{self, ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use super::{cases, follow, moves, photos, remits, unmask, world};
use crate::district::Districts;
use crate::page::{Frame, Page, Visitor, render};

#[derive(OpenApi)]
#[openapi(
    info(title = "Linli", version = "1", description = "Cases of a district, for programs."),
    paths(
        cases::list, cases::create, cases::one, moves::make, follow::read, follow::start,
        follow::stop, photos::take, photos::picture, unmask::open, world::classes, world::class,
        world::places, world::duties, remits::list, world::me, world::notices
    ),
    servers((url = "/", description = "where this description is served")),
    tags(
        (name = "cases", description = "cases: read, reported, moved, followed"),
        (name = "photos", description = "photos, sent ahead and looked at"),
        (name = "catalogue", description = "classes, places and the duty list"),
        (name = "me", description = "the caller and their notices"),
    ),
    modifiers(&Keys, &Refusals),
    security((), ("key" = []))
)]
struct Document;

struct Keys;

impl Modify for Keys {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme("key", SecurityScheme::Http(bearer));
    }
}

/// What may be refused wherever one asks, and wherever one writes; and what every answer means.
struct Refusals;

const ANYWHERE: [(&str, &str); 6] = [
    ("400", "a parameter or the body could not be read"),
    ("401", "the key or the session is not known"),
    ("403", "not among the caller's duties"),
    ("429", "asked too often: see Retry-After"),
    ("500", "a fault of ours, noted under the number that is given"),
    ("503", "busy, nothing was written: see Retry-After"),
];
const WRITING: [(&str, &str); 3] = [
    ("409", "what was looked at has changed"),
    ("413", "the body is too large"),
    ("415", "the body is not said to be JSON, or is packed"),
];
/// What the others mean.
const MEANINGS: [(&str, &str); 7] = [
    ("200", "as asked"),
    ("201", "begun"),
    ("304", "unchanged since If-None-Match"),
    ("404", "not there, or not for the caller to see"),
    ("412", "If-Match names nothing that is there for the caller"),
    ("422", "content is missing or wrong: see errors"),
    ("428", "neither If-Match nor seen says what was looked at"),
];

impl Modify for Refusals {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for item in document.paths.paths.values_mut() {
            let reads = [(item.get.as_mut(), false)];
            let writes = [item.post.as_mut(), item.put.as_mut(), item.delete.as_mut()];
            for (operation, writes) in reads.into_iter().chain(writes.map(|one| (one, true))) {
                let Some(operation) = operation else { continue };
                let more = WRITING.iter().filter(|_| writes);
                for (status, what) in ANYWHERE.iter().chain(more) {
                    let known = &mut operation.responses.responses;
                    known.entry((*status).to_owned()).or_insert_with(|| problem(what));
                }
                for (status, response) in &mut operation.responses.responses {
                    complete(status, response);
                }
            }
        }
    }
}

/// Says what an answer means, and in which form a refusal comes.
fn complete(status: &str, response: &mut RefOr<openapi::Response>) {
    let RefOr::T(known) = response else { return };
    let mut all = ANYWHERE.iter().chain(&WRITING).chain(&MEANINGS);
    if known.description.is_empty()
        && let Some((_, what)) = all.find(|(of, _)| *of == status)
    {
        known.description = (*what).to_owned();
    }
    if status.starts_with(['4', '5']) {
        let said = known.description.clone();
        *response = problem(&said);
    }
}

fn problem(what: &str) -> RefOr<openapi::Response> {
    let schema = Ref::from_schema_name("ProblemBody");
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let response = ResponseBuilder::new().description(what);
    RefOr::T(response.content("application/problem+json", content).build())
}

/// The description as JSON.
pub fn document() -> String {
    Document::openapi().to_json().unwrap_or_default()
}

pub fn routes() -> Router<Districts> {
    Router::new().route("/api/openapi.json", get(described)).route("/api", get(page))
}

async fn described() -> Response {
    let kind = "application/json; charset=utf-8";
    ([(header::CONTENT_TYPE, kind), (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")], document())
        .into_response()
}

/// Method, address and what it does, of every resource.
fn lines() -> Vec<(String, String, String)> {
    let mut out = Vec::new();
    for (path, item) in &Document::openapi().paths.paths {
        let operations = [
            ("GET", &item.get),
            ("POST", &item.post),
            ("PUT", &item.put),
            ("DELETE", &item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                let what = operation.summary.clone().unwrap_or_default();
                out.push((method.to_owned(), path.clone(), what));
            }
        }
    }
    out
}

/// What holds for all resources, in the order of the page.
const RULES: [&str; 10] = [
    "key", "problems", "versions", "closing", "repeats", "pages", "photos", "limits", "classes",
    "numbers",
];

#[derive(Template)]
#[template(path = "channel/api/pages/about.html")]
struct About {
    f: Frame,
    /// Method, address, what it does.
    resources: Vec<(String, String, String)>,
    /// Each with its name.
    rules: Vec<(String, String)>,
}

async fn page(v: Visitor) -> Page {
    let say = |rule: &str, part: &str| v.lang.say(&format!("api.about.{rule}.{part}"));
    let rules = RULES.map(|rule| (say(rule, "name"), say(rule, "rule"))).to_vec();
    let f = v.frame(v.lang.say("api.about.title")).wide();
    render(&About { f, resources: lines(), rules })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_resource_is_described() {
        let json: serde_json::Value = serde_json::from_str(&document()).unwrap();
        assert!(json["openapi"].as_str().unwrap().starts_with("3.1"), "{}", json["openapi"]);
        assert!(json["paths"]["/api/v1/cases/{number}/moves"]["post"].is_object());
        assert!(json["components"]["schemas"]["CaseInFull"].is_object());
        assert!(lines().len() >= 10);
        for (path, item) in json["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let told = |status: &str| operation["responses"][status].is_object();
                let here = ["400", "401", "403", "429", "503"].into_iter().all(told);
                let writes = method == "get" || (told("409") && told("413"));
                assert!(here && writes, "{method} {path}");
            }
        }
        // What a linter asks for: where it is served, and what every tag means.
        assert_eq!(json["servers"][0]["url"], "/");
        let known: Vec<&serde_json::Value> =
            json["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
        let mut names = std::collections::BTreeSet::new();
        for item in json["paths"].as_object().unwrap().values() {
            for operation in item.as_object().unwrap().values() {
                let name = operation["operationId"].as_str().unwrap();
                assert!(names.insert(name), "{name} names two operations");
                assert!(known.contains(&&operation["tags"][0]), "{}", operation["tags"]);
            }
        }
        // Unknown names are refused, so the description says that there are none.
        for name in ["NewCase", "NewMove", "NewFollowing", "NewLook"] {
            assert_eq!(json["components"]["schemas"][name]["additionalProperties"], false);
        }
        let listed = &json["paths"]["/api/v1/cases"]["get"]["parameters"];
        let limit = listed.as_array().unwrap().iter().find(|one| one["name"] == "limit").unwrap();
        assert_eq!(
            (limit["schema"]["minimum"].as_f64(), limit["schema"]["maximum"].as_f64()),
            (Some(1.0), Some(200.0))
        );
        let (case, new) = ("CaseInFull", "NewCase");
        assert!(json["components"]["schemas"][new]["properties"]["lat"]["type"][0] == "number");
        assert!(json["components"]["schemas"]["Case"]["properties"]["lat"]["type"][0] == "number");
        assert!(json["components"]["schemas"][case].is_object());
    }
}
