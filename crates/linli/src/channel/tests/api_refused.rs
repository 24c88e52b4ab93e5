//! Bodies and queries of programs that cannot be taken, and where they are told wrong.

use axum::http::StatusCode;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::api::{bearer, call, get, post, problem, reported};
use super::{KEY, with_town};

#[test]
fn nonsense_is_named_by_its_pointer_and_changes_nothing() {
    with_town(|town| {
        let number = reported(town);
        let version = get(town, KEY, &format!("/cases/{number}")).json()["version"].clone();
        let moves = format!("/cases/{number}/moves");
        let (cases, entries) = (town.count("matter"), town.count("entry"));
        let class = town.class();
        let pairs: Vec<(&str, Value, u16, Vec<&str>)> = vec![
            ("/cases", json!({}), 422, vec!["/words"]),
            ("/cases", json!({"words": " "}), 422, vec!["/words"]),
            ("/cases", json!({"words": 7}), 422, vec!["/words"]),
            ("/cases", json!({"words": "x", "status": "sparkling"}), 422, vec!["/status"]),
            ("/cases", json!({"words": "x", "class": "NOPE"}), 422, vec!["/class"]),
            ("/cases", json!({"words": "x", "place": "NOPE"}), 422, vec!["/place"]),
            ("/cases", json!({"words": "x", "lat": 91, "long": 1}), 422, vec!["/lat"]),
            ("/cases", json!({"words": "x", "lat": 1}), 422, vec!["/long"]),
            ("/cases", json!({"words": "x", "lat": "31", "long": 1}), 422, vec!["/lat"]),
            (
                "/cases",
                json!({"words": "x", "class": class, "answers": {"a/b": "1"}}),
                422,
                vec!["/answers/a~1b"],
            ),
            ("/cases", json!({"words": "字".repeat(4001)}), 422, vec!["/words"]),
            ("/cases", json!([1]), 400, vec![]),
            (&moves, json!({"act": "sparkle", "seen": version}), 422, vec!["/act"]),
            (&moves, json!({"act": "report", "seen": version}), 422, vec!["/act"]),
            (
                &moves,
                json!({"act": "withdraw", "fields": {"stage": "closed"}, "seen": version}),
                422,
                vec!["/fields/stage"],
            ),
            (
                &moves,
                json!({"act": "add_info", "fields": {}, "seen": version}),
                422,
                vec!["/fields/words"],
            ),
            (&moves, json!({"act": "add_info", "seen": "two"}), 422, vec!["/seen"]),
            (
                &moves,
                json!({"act": "rate", "seen": version, "fields":
                {"contacted": "yes", "solved": "maybe", "satisfied": "very"}}),
                409,
                vec![],
            ),
            (&moves, json!({"act": "accept", "seen": version}), 403, vec![]),
        ];
        for (path, body, status, places) in pairs {
            let told = post(town, KEY, path, &[], &body);
            let (got, _, pointers) = problem(&told);
            assert_eq!(
                (got, pointers),
                (status, places.iter().map(|p| (*p).to_owned()).collect()),
                "{path} {body} {}",
                told.text()
            );
        }
        for (raw, code) in [
            ("{", "not_json"),
            ("", "not_json"),
            ("\u{0}", "not_utf8"),
            (r#"{"words": "x", "lat": 1e400, "long": 1}"#, "number_too_large"),
        ] {
            let told = call(town, "POST", "/cases", &[("authorization", &bearer(KEY))], raw);
            assert_eq!((problem(&told).0, problem(&told).1.as_str()), (400, code));
        }
        let huge = json!({"words": "x".repeat(300_000)});
        assert_eq!(problem(&post(town, KEY, "/cases", &[], &huge)).0, 413);
        assert_eq!((town.count("matter"), town.count("entry")), (cases, entries));
    });
}

#[test]
fn no_body_and_no_query_is_a_fault_of_ours() {
    with_town(|town| {
        let number = reported(town);
        let paths = [
            "/cases".to_owned(),
            format!("/cases/{number}"),
            format!("/cases/{number}/moves"),
            "/classes".to_owned(),
            "/places".to_owned(),
            "/notices".to_owned(),
        ];
        let config = ProptestConfig { cases: 64, ..ProptestConfig::default() };
        let word = "(words|act|fields|seen|class|lat|long|x)";
        let body = format!(
            "\\{{(\"{word}\":(\"\\PC{{0,8}}\"|-?[0-9]{{1,20}}|null|\\[\\]),?)\
                            {{0,4}}\\}}?"
        );
        let asked = (0..paths.len(), body.as_str(), "[a-z_]{0,10}=[%0-9a-zA-Z:.-]{0,12}");
        proptest!(config, |((at, body, query) in asked)| {
            let path = format!("{}?{query}", paths[at]);
            for method in ["GET", "POST"] {
                let headers = [("authorization", &*bearer(KEY)), ("if-match", "*")];
                let told = call(town, method, &path, &headers, &body);
                prop_assert!(told.status.as_u16() < 500, "{} {} {}", method, path, body);
            }
        });
    });
}

#[test]
fn answers_are_held_to_their_questions_and_nothing_is_cut() {
    with_town(|town| {
        let asks = |c: &crate::catalogue::Class| {
            c.publicity == "public" && c.questions.iter().any(|q| q.stop.is_some())
        };
        let class = town.class_that(asks);
        let stops = class.questions.iter().find(|q| q.stop.is_some()).unwrap();
        let good: serde_json::Map<String, Value> = class
            .questions
            .iter()
            .filter(|q| q.required || q.code == stops.code)
            .map(|q| {
                let stop = q.stop.as_ref().map(|s| s.value.as_str()).unwrap_or_default();
                let option = q.options.iter().find(|o| o.value != stop);
                let value = option.map_or("1", |o| o.value.as_str());
                (q.code.clone(), json!(value))
            })
            .collect();
        let mut ends = good.clone();
        ends.insert(stops.code.clone(), json!(stops.stop.as_ref().unwrap().value));
        let mut nonsense = good.clone();
        nonsense.insert(stops.code.clone(), json!("no such thing"));
        let place = format!("/answers/{}", stops.code);
        let cases = town.count("matter");
        let long = "路".repeat(201);
        for (answers, address, wrong) in [
            (&ends, "", "/class"),
            (&nonsense, "", place.as_str()),
            (&good, long.as_str(), "/address"),
        ] {
            let body = json!({"words": "有事", "class": class.code, "answers": answers,
                "address": address});
            let told = post(town, KEY, "/cases", &[], &body);
            assert_eq!(problem(&told).2, [wrong], "{}", told.text());
        }
        assert_eq!(town.count("matter"), cases);
        let body = json!({"words": "有事", "class": class.code, "answers": good});
        let told = post(town, KEY, "/cases", &[], &body);
        assert_eq!(told.status, StatusCode::CREATED, "{}", told.text());
    });
}

#[test]
fn a_list_of_classes_has_an_end() {
    with_town(|town| {
        let number = super::open311::reported(town);
        let class = town.class();
        let listed = |classes: &str| town.get(&format!("/api/v1/cases?class={classes}"));
        let told = listed(&format!(",{class},,NOPE,")).json();
        assert_eq!(told["items"][0]["number"], number.as_str(), "{told}");
        let hundred = vec!["NOPE"; 100].join(",");
        assert_eq!(listed(&hundred).json()["items"], json!([]));
        for endless in [format!("{hundred},{class}"), ",".repeat(33_000), ",,".to_owned()] {
            let told = listed(&endless);
            let (status, _, places) = problem(&told);
            assert_eq!((status, places), (400, vec!["class".to_owned()]), "{}", told.text());
        }
        for (query, name) in [("limit=5&limit=7", "limit"), ("status=&status=open", "status")] {
            let told = town.get(&format!("/api/v1/cases?{query}"));
            let (status, _, places) = problem(&told);
            assert_eq!((status, places), (400, vec![name.to_owned()]), "{}", told.text());
            assert_eq!(told.json()["errors"][0]["code"], "said_twice", "{query}");
        }
        let same = town.get("/api/v1/cases?limit=5&limit=5");
        assert_eq!(same.status, StatusCode::OK, "{}", same.text());
        let unknown = town.get(&format!("/api/v1/classes/{class}?languge=en"));
        assert_eq!(problem(&unknown).2, ["languge"]);
    });
}

#[test]
fn a_parameter_with_two_values_is_refused_and_not_chosen_from() {
    with_town(|town| {
        reported(town);
        for (query, name) in [
            ("status=closed&status=open", "status"),
            ("limit=1&limit=2", "limit"),
            ("class=&class=NOPE", "class"),
        ] {
            let told = town.get(&format!("/api/v1/cases?{query}"));
            let (status, _, places) = problem(&told);
            assert_eq!((status, places), (400, vec![name.to_owned()]), "{query} {}", told.text());
        }
        assert_eq!(town.get("/api/v1/cases?status=open&status=open").status, StatusCode::OK);
    });
}

#[test]
fn two_orders_in_one_request_are_none() {
    with_town(|town| {
        let body = json!({"words": "有事", "class": town.class()});
        let keys = [("idempotency-key", "a"), ("idempotency-key", "b")];
        let told = post(town, KEY, "/cases", &keys, &body);
        let (status, code, _) = problem(&told);
        assert_eq!((status, code.as_str()), (400, "bad_idempotency_key"), "{}", told.text());
        let told = post(town, KEY, "/cases", &[keys[0], keys[0]], &body);
        assert_eq!(told.status, StatusCode::CREATED, "{}", told.text());
    });
}
