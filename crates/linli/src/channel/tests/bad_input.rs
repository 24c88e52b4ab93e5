//! Bad input to every call of the API that writes: the list is taken from its own description, so
//! that a new one cannot be forgotten. Each is told by its status, its code and its place in the
//! body, and nothing of the district is changed.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use super::api::problem;
use super::{CLERK_KEY, KEY, STRANGER, Told, Town, stranger, with_town};
use crate::testing::contents;

/// A call as it is right.
struct Right {
    key: &'static str,
    body: Value,
}

/// Calls by method and path, each with a body that is taken.
fn right() -> BTreeMap<String, Right> {
    let moving = json!({"act": "add_info", "seen": 1, "fields": {"words": "还没有人来"}});
    let looking = json!({"what": "contact", "reason": "问清是哪盏灯"});
    let all = [
        ("POST /api/v1/cases", KEY, json!({"words": "路灯不亮"})),
        ("POST /api/v1/cases/{number}/moves", KEY, moving),
        ("POST /api/v1/cases/{number}/unmask", CLERK_KEY, looking),
        ("PUT /api/v1/cases/{number}/follow", STRANGER, json!({"texts": false})),
        ("DELETE /api/v1/cases/{number}/follow", STRANGER, Value::Null),
    ];
    all.map(|(call, key, body)| (call.to_owned(), Right { key, body })).into()
}

/// What the description says of a call's body: each property, and whether it is a text. Photos are
/// spoilt in a way of their own ([`super::photos`]).
type Properties = BTreeMap<String, bool>;

fn described(town: &Town<'_>) -> BTreeMap<String, Option<Properties>> {
    let document = town.get("/api/openapi.json").json();
    let mut out = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, call) in item.as_object().unwrap().iter().filter(|(m, _)| *m != "get") {
            let content = &call["requestBody"]["content"];
            if content["image/jpeg"].is_object() {
                continue;
            }
            let schema = &content["application/json"]["schema"]["$ref"];
            let properties = schema.as_str().map(|name| {
                let name = name.rsplit('/').next().unwrap();
                let all = document["components"]["schemas"][name]["properties"].as_object();
                let text = |property: &Value| property["type"].to_string().contains("\"string\"");
                all.unwrap().iter().map(|(name, p)| (name.clone(), text(p))).collect()
            });
            out.insert(format!("{} {path}", method.to_uppercase()), properties);
        }
    }
    out
}

pub(super) fn send(
    town: &Town<'_>,
    call: &str,
    number: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Told {
    let (method, path) = call.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(path.replace("{number}", number));
    request = request.header("host", "localhost").header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    town.send(request.body(Body::from(body.to_owned())).unwrap())
}

fn with(body: &Value, name: &str, value: Value) -> Vec<u8> {
    let mut body = body.clone();
    body[name] = value;
    body.to_string().into_bytes()
}

/// Bodies that cannot be read at all, with the answer to each.
fn unreadable() -> Vec<(Vec<u8>, u16, &'static str)> {
    vec![
        (Vec::new(), 400, "not_json"),
        (b"{".to_vec(), 400, "not_json"),
        (b"[1]".to_vec(), 400, "not_an_object"),
        (b"\"words\"".to_vec(), 400, "not_an_object"),
        (b"{\"words\": \"caf\xe9\"}".to_vec(), 400, "not_utf8"),
        (b"{\"words\": \"\xc2\xb7\xb5\xc6\"}".to_vec(), 400, "not_utf8"),
        (vec![b' '; 300_000], 413, "too_large"),
    ]
}

/// What is wrong in one property, with where it is to be told.
fn misfits(body: &Value, properties: &Properties) -> Vec<(Vec<u8>, String)> {
    let mut out = vec![(with(body, "sparkling", json!(1)), "/sparkling".to_owned())];
    for (name, is_text) in properties {
        let place = format!("/{name}");
        out.push((with(body, name, json!({"a": [1]})), place.clone()));
        out.push((with(body, name, json!([[]])), place.clone()));
        if *is_text {
            out.push((with(body, name, json!("字".repeat(5000))), place.clone()));
            out.push((with(body, name, json!("a\u{0}b")), place));
        }
    }
    out
}

#[test]
fn every_call_that_writes_is_tried_with_what_it_cannot_take() {
    with_town(|town| {
        town.key(STRANGER, stranger(town), None);
        let number = super::api::reported(town);
        let (right, described) = (right(), described(town));
        let known: BTreeSet<&String> = right.keys().collect();
        assert_eq!(known, described.keys().collect(), "a call without a right body to spoil");
        let before = town.world.read(contents);
        let same = |told: &str| assert_eq!(town.world.read(contents), before, "{told}");
        for (call, Right { key, body }) in &right {
            let bearer = format!("Bearer {key}");
            let mine = [("authorization", bearer.as_str())];
            let good = body.to_string().into_bytes();
            for headers in [vec![], vec![("authorization", "Bearer nobody")]] {
                let told = send(town, call, &number, &headers, &good);
                assert_eq!(problem(&told).0, 401, "{call} without a key");
            }
            if call.contains("{number}") {
                let told = send(town, call, "1999-000001", &mine, &good);
                assert_eq!(problem(&told).0, 404, "{call} of no case");
            }
            same(call);
            let Some(properties) = &described[call] else { continue };
            for (bad, status, code) in unreadable() {
                let (got, said, _) = problem(&send(town, call, &number, &mine, &bad));
                assert_eq!((got, said.as_str()), (status, code), "{call}");
            }
            for (bad, place) in misfits(body, properties) {
                let told = send(town, call, &number, &mine, &bad);
                let shown = String::from_utf8_lossy(&bad[..bad.len().min(80)]).into_owned();
                let (status, code, places) = problem(&told);
                assert_eq!((status, code.as_str()), (422, "invalid"), "{call} {shown}");
                let named = places.iter().any(|at| at.starts_with(&place));
                assert!(named, "{call} {shown}: {places:?}");
            }
            same(call);
        }
        for (call, Right { key, body }) in right.iter().rev() {
            let bearer = format!("Bearer {key}");
            let good = body.to_string().into_bytes();
            let told = send(town, call, &number, &[("authorization", bearer.as_str())], &good);
            assert!(told.status.is_success(), "{call} is right: {}", told.text());
        }
    });
}

#[test]
fn what_is_stale_or_sent_twice_changes_nothing() {
    with_town(|town| {
        let number = super::api::reported(town);
        let bearer = format!("Bearer {KEY}");
        let call = "POST /api/v1/cases/{number}/moves";
        let old = json!({"act": "add_info", "seen": 0, "fields": {"words": "还没有人来"}});
        let old = old.to_string().into_bytes();
        let before = town.world.read(contents);
        let mut headers = vec![("authorization", bearer.as_str())];
        let (status, code, _) = problem(&send(town, call, &number, &headers, &old));
        assert_eq!((status, code.as_str()), (409, "changed_meanwhile"));
        headers.push(("if-match", "\"0\""));
        let (status, code, _) = problem(&send(town, call, &number, &headers, &old));
        assert_eq!((status, code.as_str()), (412, "changed_meanwhile"));
        assert_eq!(town.world.read(contents), before);
        headers[1] = ("idempotency-key", "once");
        let new = json!({"words": "路灯又不亮"}).to_string().into_bytes();
        let cases = "POST /api/v1/cases";
        assert_eq!(send(town, cases, "", &headers, &new).status.as_u16(), 201);
        let after = town.world.read(contents);
        let again = send(town, cases, "", &headers, &new);
        assert!(again.status.is_success(), "{}", again.text());
        let other = json!({"words": "别的事"}).to_string().into_bytes();
        let (status, code, _) = problem(&send(town, cases, "", &headers, &other));
        assert_eq!((status, code.as_str()), (422, "idempotency_key_used"));
        assert_eq!(town.world.read(contents), after);
    });
}
