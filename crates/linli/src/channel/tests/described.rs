//! The description of the interface tells what is served: every answer says what it means, and a
//! refusal comes with the status and in the form that stand there.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use super::api::reported;
use super::{KEY, Told, Town, with_town};

const PROBLEM: &str = "application/problem+json";

fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut out = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            out.push((method.to_uppercase(), path.clone(), operation.clone()));
        }
    }
    out
}

/// What is wrong with a call, the headers and the body that it sends.
type Wrong = (&'static str, Vec<(&'static str, String)>, String);

/// What a program may get wrong with any call.
fn wrongs() -> Vec<Wrong> {
    let key = || ("authorization", format!("Bearer {KEY}"));
    let json = || ("content-type", "application/json".to_owned());
    vec![
        ("no such key", vec![("authorization", "Bearer nobody".to_owned())], "{}".to_owned()),
        ("no JSON", vec![key(), json()], "{".to_owned()),
        ("unknown names", vec![key(), json()], json!({"sparkling": 1}).to_string()),
        ("another form", vec![key(), ("content-type", "text/plain".to_owned())], "{}".to_owned()),
        ("too much", vec![key(), json()], " ".repeat(300_000)),
        ("another site", vec![("sec-fetch-site", "cross-site".to_owned())], "{}".to_owned()),
        (
            "stale",
            vec![key(), json(), ("if-match", "\"99-zzz\"".to_owned())],
            json!({"act": "add_info", "fields": {"words": "还没有人来"}}).to_string(),
        ),
        (
            "nothing seen",
            vec![key(), json()],
            json!({"act": "add_info", "fields": {"words": "还没有人来"}}).to_string(),
        ),
    ]
}

fn send(
    town: &Town<'_>,
    (method, path): (&str, &str),
    headers: &[(&str, String)],
    body: &str,
) -> Told {
    let mut request = Request::builder().method(method).uri(path).header("host", "localhost");
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    town.send(request.body(Body::from(body.to_owned())).unwrap())
}

/// The media type, without its parameters.
fn media(told: &Told) -> &str {
    told.header("content-type").split(';').next().unwrap()
}

#[test]
fn every_answer_says_what_it_means_and_every_refusal_is_a_problem() {
    with_town(|town| {
        let document = town.get("/api/openapi.json").json();
        let mut seen = 0;
        for (method, path, operation) in operations(&document) {
            for (status, response) in operation["responses"].as_object().unwrap() {
                let what = format!("{method} {path} {status}: {response}");
                assert!(response["description"].as_str().is_some_and(|s| !s.is_empty()), "{what}");
                let kinds: Vec<&String> =
                    response["content"].as_object().map_or(vec![], |c| c.keys().collect());
                match status.as_bytes()[0] {
                    b'4' | b'5' => assert_eq!(kinds, [PROBLEM], "{what}"),
                    _ => {
                        let known = ["application/json", "image/jpeg"];
                        assert!(kinds.iter().all(|kind| known.contains(&kind.as_str())), "{what}");
                    }
                }
                seen += 1;
            }
        }
        assert!(seen > 90, "{seen} answers in all");
    });
}

#[test]
fn what_is_refused_is_refused_as_described() {
    with_town(|town| {
        let number = reported(town);
        let document = town.get("/api/openapi.json").json();
        let mut refused = std::collections::BTreeSet::new();
        for (method, path, operation) in operations(&document) {
            for number in [number.as_str(), "1999-000001"] {
                let path = path
                    .replace("{number}", number)
                    .replace("{code}", "NOPE")
                    .replace("{photo}", "NOPE");
                for (what, headers, body) in wrongs() {
                    let query = if method == "GET" { "?sparkling=1" } else { "" };
                    let path = format!("{path}{query}");
                    let told = send(town, (method.as_str(), path.as_str()), &headers, &body);
                    let status = told.status.as_str().to_owned();
                    if told.status.is_success() {
                        continue;
                    }
                    let declared = operation["responses"][&status]["content"].as_object();
                    let said = format!("{method} {path}, {what}: {status} {}", told.text());
                    assert!(
                        declared.is_some_and(|kinds| kinds.contains_key(media(&told))),
                        "{said}"
                    );
                    refused.insert(status);
                }
            }
        }
        let wanted = ["400", "401", "403", "404", "412", "413", "415", "422", "428"];
        for status in wanted {
            assert!(refused.contains(status), "{status} was not met: {refused:?}");
        }
    });
}

#[test]
fn what_is_not_there_is_told_in_the_language_that_was_asked_for() {
    with_town(|town| {
        for (method, path, status) in
            [("GET", "/api/v1/nothing", 404), ("GET", "/api/v1", 404), ("PATCH", "/api/v1/me", 405)]
        {
            let detail = |lang: &str| {
                let told = send(town, (method, path), &[("accept-language", lang.to_owned())], "");
                assert_eq!((told.status.as_u16(), media(&told)), (status, PROBLEM), "{path}");
                told.json()["detail"].as_str().unwrap().to_owned()
            };
            assert!(detail("en").is_ascii() && !detail("zh").is_ascii(), "{path}");
        }
    });
}
