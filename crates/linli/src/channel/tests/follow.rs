//! Following over the interface for programs.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use super::{CLERK_KEY, KEY, Told, Town, with_town};

const FOLLOWER: &str = "a-follower's-key";

fn call(town: &Town<'_>, key: &str, method: &str, path: &str, body: &str) -> Told {
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header("host", "localhost")
        .header("authorization", format!("Bearer {key}"))
        .body(Body::from(body.to_owned()));
    town.send(request.unwrap())
}

fn reported(town: &Town<'_>) -> String {
    let body = json!({"words": "路灯不亮，电话 13800001234", "class": town.class()}).to_string();
    let told = call(town, KEY, "POST", "/cases", &body);
    assert_eq!(told.status, StatusCode::CREATED, "{}", told.text());
    told.json()["number"].as_str().unwrap().to_owned()
}

#[test]
fn a_program_follows_for_its_holder_and_lists_what_they_follow() {
    with_town(|town| {
        town.key_of_a_telephone(FOLLOWER);
        let (number, other) = (reported(town), reported(town));
        let path = format!("/cases/{number}/follow");
        let state = |following, texts| json!({"following": following, "texts": texts});
        assert_eq!(call(town, FOLLOWER, "GET", &path, "").json(), state(false, false));
        let put = |body: &str| call(town, FOLLOWER, "PUT", &path, body).json();
        assert_eq!(put("{}"), state(true, false));
        assert_eq!(put(r#"{"texts": true}"#), state(true, true));
        assert_eq!(call(town, FOLLOWER, "GET", &path, "").json(), state(true, true));
        let followed =
            || -> Value { call(town, FOLLOWER, "GET", "/cases?followed=true", "").json() };
        let items = followed()["items"].as_array().unwrap().clone();
        assert_eq!(items.len(), 1, "not {other}");
        assert_eq!((&items[0]["number"], &items[0]["masked"]), (&json!(number), &json!(true)));
        assert_eq!(call(town, FOLLOWER, "DELETE", &path, "").json(), state(false, false));
        assert_eq!(call(town, FOLLOWER, "DELETE", &path, "").json(), state(false, false));
        assert_eq!(followed()["items"].as_array().unwrap().len(), 0);
    });
}

#[test]
fn what_cannot_be_followed_is_said() {
    with_town(|town| {
        let number = reported(town);
        let path = format!("/cases/{number}/follow");
        let refused = |key: &str, path: &str, body: &str| {
            let told = call(town, key, "PUT", path, body);
            (told.status.as_u16(), told.json()["code"].as_str().unwrap().to_owned())
        };
        let code = |status, code: &str| (status, code.to_owned());
        assert_eq!(refused(KEY, &path, "{}"), code(403, "told_anyway"));
        assert_eq!(refused(CLERK_KEY, &path, "{}"), code(403, "not_your_duty"));
        assert_eq!(refused(KEY, "/cases/2026-999999/follow", "{}"), code(404, "not_found"));
        super::stranger(town);
        town.key("a-stranger's-key", crate::base::Id::derived("a stranger"), None);
        let texts = refused("a-stranger's-key", &path, r#"{"texts": true}"#);
        assert_eq!(texts, code(422, "invalid"), "there is no number to text to");
        assert_eq!(refused(KEY, &path, r#"{"loud": true}"#), code(422, "invalid"));
        assert_eq!(refused(KEY, &path, ""), code(400, "not_json"));
        let bare = Request::put(format!("/api/v1{path}")).header("host", "localhost");
        let nobody = town.send(bare.body(Body::from("{}")).unwrap()).status;
        assert!(nobody.is_client_error(), "{nobody}");
    });
}
