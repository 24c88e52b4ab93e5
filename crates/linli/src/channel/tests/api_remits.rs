//! Which body answers for what, as programs read it.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::Value;

use super::api::{V1, problem};
use super::{CODE, Told, Town, with_town};

/// Asks as somebody without a key does.
fn get(town: &Town<'_>, query: &str, headers: &[(&str, &str)]) -> Told {
    let request = Request::get(format!("{V1}/remits{query}")).header("host", "localhost");
    let with = |request: axum::http::request::Builder, (name, value): &(&str, &str)| {
        request.header(*name, *value)
    };
    town.send(headers.iter().fold(request, with).body(Body::empty()).unwrap())
}

#[test]
fn remits_are_read_without_a_key_page_by_page_and_in_either_language() {
    with_town(|town| {
        let all = get(town, "", &[]);
        assert_eq!((all.status, all.header("link")), (StatusCode::OK, ""), "{}", all.text());
        let items = all.json()["items"].as_array().unwrap().clone();
        assert_eq!((items.len(), &all.json()["next"]), (2, &Value::Null));
        let works = items.iter().find(|item| item["body"] == "municipal_works").unwrap();
        assert_eq!(works["kind"]["code"], "municipal_works");
        assert_eq!(works["kind"]["title"], "市政设施");
        assert_eq!(
            (&works["place"]["code"], &works["place"]["title"]),
            (&CODE.into(), &"测试区".into())
        );
        assert_eq!((&works["ground"], &works["phone"]), (&"测试".into(), &Value::Null));
        let english = get(town, "", &[("accept-language", "en")]);
        assert!(english.text().contains("Municipal works"), "{}", english.text());
        let first = get(town, "?limit=1", &[]);
        let next = first.json()["next"].as_str().unwrap().to_owned();
        let link = format!("<{V1}/remits?limit=1&cursor={next}>; rel=\"next\"");
        assert_eq!(first.header("link"), link);
        let second = get(town, &format!("?limit=1&cursor={next}"), &[]);
        assert_eq!(second.json()["next"], Value::Null);
        let both = [&first.json()["items"][0], &second.json()["items"][0]].map(Value::clone);
        assert_eq!(both.to_vec(), items);
    });
}

#[test]
fn a_list_of_remits_that_is_unchanged_is_not_sent_again() {
    with_town(|town| {
        let tag = get(town, "", &[]).header("etag").to_owned();
        let again = get(town, "", &[("if-none-match", &tag)]);
        assert_eq!((again.status, again.header("etag")), (StatusCode::NOT_MODIFIED, &*tag));
        assert_ne!(get(town, "", &[("accept-language", "en")]).header("etag"), tag);
        assert_ne!(get(town, "?limit=1", &[]).header("etag"), tag);
    });
}

#[test]
fn a_wrong_page_of_remits_is_told_by_its_parameter() {
    with_town(|town| {
        for (query, at) in [
            ("?limit=0", "limit"),
            ("?limit=201", "limit"),
            ("?cursor=x", "cursor"),
            ("?of=x", "of"),
        ] {
            let told = problem(&get(town, query, &[]));
            assert_eq!((told.0, told.2), (400, vec![at.to_owned()]), "{query}");
        }
    });
}
