//! What is asked of a report is asked whichever way it comes: by our own interface, by Open311, and
//! by a program that names no class.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use super::api::{problem, reported};
use super::open311::{error, report};
use super::{CLERK_KEY, KEY, Told, Town, with_town};
use crate::act::Actor;
use crate::base::Id;
use crate::catalogue::Class;
use crate::territory::acts::DrawPlace;

fn send(town: &Town<'_>, key: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Told {
    let mut request = Request::post(format!("/api/v1{path}")).header("host", "localhost");
    request = request.header("authorization", format!("Bearer {key}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    town.send(request.body(Body::from(body.to_owned())).unwrap())
}

fn begin(town: &Town<'_>, body: &Value) -> Told {
    send(town, KEY, "/cases", &[("content-type", "application/json")], &body.to_string())
}

/// Code and place of each thing that is wrong.
fn wrong(told: &Told) -> Vec<(String, String)> {
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told.text());
    let errors = told.json()["errors"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    errors.iter().map(|e| (text(&e["code"]), text(&e["pointer"]))).collect()
}

fn gas(town: &Town<'_>) -> Class {
    town.class_that(|class| class.code == "E0401")
}

#[test]
fn a_class_that_is_proposed_asks_its_questions_like_one_that_is_named() {
    with_town(|town| {
        let words = "闻到煤气味很浓，头晕";
        let (missing, asks) = (|at: &str| ("missing".to_owned(), at.to_owned()), "class_asks");
        let told = begin(town, &json!({"words": words}));
        let danger = [missing("/answers/danger"), missing("/answers/where")];
        assert_eq!(wrong(&told)[..2], danger);
        assert_eq!(wrong(&told)[2], (asks.to_owned(), "/class".to_owned()));
        assert!(told.json()["errors"][2]["detail"].as_str().unwrap().contains("E0401"));
        let named = begin(town, &json!({"words": words, "class": gas(town).code}));
        assert_eq!(wrong(&named), danger);
        let stop = json!({"words": words, "answers": {"danger": "yes", "where": "home"}});
        let told = begin(town, &stop);
        assert_eq!(wrong(&told)[0], ("stopped".to_owned(), "/class".to_owned()));
        assert!(told.json()["errors"][0]["detail"].as_str().unwrap().contains("119"));
        assert_eq!(town.count("matter"), 0);
        let good = json!({"words": words, "answers": {"danger": "no", "where": "home"}});
        assert_eq!(begin(town, &good).status, StatusCode::CREATED);
    });
}

#[test]
fn an_answer_to_nothing_is_refused_with_and_without_a_class() {
    with_town(|town| {
        let unknown = |at: &str| vec![("unknown_field".to_owned(), at.to_owned())];
        for (body, at) in [
            (json!({"words": "嗯嗯嗯", "answers": {"a/b": "1"}}), "/answers/a~1b"),
            (json!({"words": "嗯", "class": town.class(), "answers": {"x": "1"}}), "/answers/x"),
            (
                json!({"words": "嗯", "answers": {"media_url": "https://example.com/a.jpg"}}),
                "/answers/media_url",
            ),
        ] {
            assert_eq!(wrong(&begin(town, &body)), unknown(at), "{body}");
        }
        let link = [("attribute[media_url]", "https://example.com/a.jpg")];
        assert_eq!(error(&report(town, &link)).0, 400);
        assert_eq!(town.count("matter"), 0);
    });
}

#[test]
fn a_pin_lies_in_the_district_by_whatever_channel() {
    with_town(|town| {
        let at = |lat: f64, long: f64| {
            begin(
                town,
                &json!({"words": "路灯不亮", "class": town.class(), "lat": lat, "long": long}),
            )
        };
        assert_eq!(at(51.5, 0.0).status, StatusCode::CREATED, "nothing is drawn yet");
        let ring = "[[106.6,35.5],[106.75,35.5],[106.75,35.6],[106.6,35.6],[106.6,35.5]]";
        let shape = format!(r#"{{"type":"Polygon","coordinates":[{ring}]}}"#);
        let draw = DrawPlace { place: Id::derived("place"), seen: 1, shape };
        town.world.perform(&Actor::operator(), draw).unwrap();
        let before = town.count("matter");
        for (lat, long) in [("51.5", "0"), ("0", "0"), ("-35.541", "106.683")] {
            let told = at(lat.parse().unwrap(), long.parse().unwrap());
            assert_eq!(wrong(&told), [("point_outside".to_owned(), "/lat".to_owned())]);
            let told = report(town, &[("lat", lat), ("long", long)]);
            assert_eq!(error(&told).0, 400, "{}", told.text());
            assert!(told.text().contains("lat: "), "{}", told.text());
            // A place that is named beside it makes it no better.
            let told = report(town, &[("lat", lat), ("long", long), ("address_id", super::CODE)]);
            assert_eq!(error(&told).0, 400, "{}", told.text());
        }
        assert_eq!(town.count("matter"), before);
        assert_eq!(at(35.541, 106.683).status, StatusCode::CREATED);
        assert_eq!(report(town, &[]).status, StatusCode::OK);
    });
}

#[test]
fn if_match_is_a_list_of_whole_tags() {
    with_town(|town| {
        let number = reported(town);
        let path = format!("/cases/{number}/moves");
        let tag = || {
            let request = Request::get(format!("/api/v1/cases/{number}"))
                .header("host", "localhost")
                .header("authorization", format!("Bearer {CLERK_KEY}"));
            town.send(request.body(Body::empty()).unwrap()).header("etag").to_owned()
        };
        let first = tag();
        let note = json!({"act": "note", "fields": {"words": "看过了"}});
        let told = |matched: &str, act: &Value| {
            let headers = [("content-type", "application/json"), ("if-match", matched)];
            send(town, CLERK_KEY, &path, &headers, &act.to_string())
        };
        let hash = first.trim_matches('"').split_once('-').unwrap().1.to_owned();
        for stale in [
            format!("W/{first}"),
            format!("\"99-zzz\", W/{first}"),
            format!("\"{}-zzz\"", &first[1..2]),
            format!("\"{}\"", &first[1..2]),
            format!("*, \"99-{hash}\""),
            format!("\"98-{hash}\", \"99-{hash}\""),
            String::new(),
        ] {
            assert_eq!(problem(&told(&stale, &note)).0, 412, "{stale}");
        }
        let accept = json!({"act": "accept", "fields": {"class": town.class()}});
        let good = told(&format!("\"99-zzz\", {first}"), &accept);
        assert_eq!(good.status, StatusCode::OK, "{}", good.text());
        assert_ne!(tag(), first);
        let late = told(&format!("{first},{}", tag()), &note);
        assert_eq!(late.status, StatusCode::OK, "one of them is there: {}", late.text());
        assert_eq!(problem(&told(&first, &note)).0, 412);
        let any = told("*", &note);
        assert_eq!(any.status, StatusCode::OK, "{}", any.text());
        // The same list under the same key is the same request, whatever has happened since.
        let (list, key) = (format!("{first},{}", tag()), Id::derived("twice").to_string());
        let send = || {
            let headers = [
                ("content-type", "application/json"),
                ("if-match", list.as_str()),
                ("idempotency-key", key.as_str()),
            ];
            send(town, CLERK_KEY, &path, &headers, &note.to_string())
        };
        let once = send();
        assert_eq!(once.status, StatusCode::OK, "{}", once.text());
        let entries = town.count("entry");
        let twice = send();
        let repeated = once.text().replace("\"repeated\":false", "\"repeated\":true");
        assert_eq!((twice.status, twice.text()), (once.status, repeated));
        assert_eq!(town.count("entry"), entries);
    });
}

#[test]
fn a_body_is_json_and_says_so_and_says_nothing_twice() {
    with_town(|town| {
        let body = json!({"words": "路灯不亮", "class": town.class()}).to_string();
        for (media, taken) in [
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("application/xml", false),
            ("jsonish", false),
            ("application/json; charset=utf-8", true),
            ("Application/JSON", true),
            ("application/vnd.linli+json", true),
        ] {
            let told = send(town, KEY, "/cases", &[("content-type", media)], &body);
            if taken {
                assert_eq!(told.status, StatusCode::CREATED, "{media} {}", told.text());
            } else {
                assert_eq!(problem(&told).0, 415, "{media}");
            }
        }
        assert_eq!(send(town, KEY, "/cases", &[], &body).status, StatusCode::CREATED, "unsaid");
        let before = town.count("matter");
        for (body, at) in [
            (r#"{"words": "一", "words": "二"}"#, "/words"),
            (r#"{"words": "一", "answers": {"a": "1", "a": "2"}}"#, "/answers/a"),
        ] {
            let told = send(town, KEY, "/cases", &[], body);
            assert_eq!(wrong(&told), [("said_twice".to_owned(), at.to_owned())], "{body}");
        }
        assert_eq!(town.count("matter"), before);
    });
}

/// A report with files, each under a name.
fn with_files(town: &Town<'_>, files: &[(&str, Vec<u8>)]) -> Told {
    let class = town.class();
    let fields = [("api_key", KEY), ("service_code", &class), ("address_string", "幸福路3号")];
    let mut body = Vec::new();
    for (name, value) in fields {
        let head = format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"");
        body.extend(format!("{head}\r\n\r\n{value}\r\n").bytes());
    }
    for (name, bytes) in files {
        let head =
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a\"");
        body.extend(format!("{head}\r\n\r\n").bytes());
        body.extend(bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--b--\r\n");
    let request = Request::post("/open311/v2/requests.json")
        .header("host", "localhost")
        .header("content-type", "multipart/form-data; boundary=b");
    town.send(request.body(Body::from(body)).unwrap())
}

#[test]
fn no_photo_is_dropped_unsaid() {
    with_town(|town| {
        let photo = |n: u32| crate::file::tests::jpeg(20 + n, 20);
        let many = |n: u32| (0..n).map(|n| ("media", photo(n))).collect::<Vec<_>>();
        for (files, says) in [
            (many(20), "media: "),
            (many(10), "media: "),
            (vec![("photos[]", photo(0))], "photos[]"),
            (vec![("media", photo(0)), ("attachment", photo(1))], "attachment"),
        ] {
            let told = with_files(town, &files);
            assert_eq!(error(&told).0, 400, "{}", told.text());
            assert!(told.text().contains(says), "{}", told.text());
        }
        assert_eq!((town.count("matter"), town.count("attachment")), (0, 0));
        let told = with_files(town, &many(9));
        assert_eq!(told.status, StatusCode::OK, "{}", told.text());
        assert_eq!(town.count("attachment"), 9);
    });
}

#[test]
fn ninety_days_are_ninety_days_but_for_the_last_one_as_a_whole() {
    with_town(|town| {
        let told = |query: &str| town.get(&format!("/open311/v2/requests.json?{query}")).status;
        for (ends, status) in [
            ("2026-09-29", 200),
            ("2026-09-30", 400),
            ("2026-09-29T00:00:00Z", 200),
            ("2026-09-29T00:00:01Z", 400),
        ] {
            let starts = if ends.ends_with('Z') { "2026-07-01T00:00:00Z" } else { "2026-07-01" };
            let query = format!("start_date={starts}&end_date={ends}");
            assert_eq!(told(&query).as_u16(), status, "{query}");
        }
    });
}
