//! What is masked, opened over the interface for programs: as on the page, and refused as there.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;

use crate::store::schema::Table;

use super::{CLERK_KEY, KEY, STRANGER, Told, Town, with_town};

const PHONE: &str = "13800001234";

fn post(town: &Town<'_>, key: &str, path: &str, order: &str, body: &serde_json::Value) -> Told {
    let request = Request::post(format!("/api/v1{path}"))
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {key}"))
        .header("idempotency-key", order)
        .body(Body::from(body.to_string()));
    town.send(request.unwrap())
}

fn reported(town: &Town<'_>) -> String {
    let body = json!({"words": format!("路灯不亮，电话 {PHONE}"), "class": town.class()});
    let told = post(town, KEY, "/cases", "a report", &body);
    assert_eq!(told.status, StatusCode::CREATED, "{}", told.text());
    told.json()["number"].as_str().unwrap().to_owned()
}

fn looks(town: &Town<'_>) -> (i64, i64) {
    let words = "select count(*) from access where what = 'case.unmask' and reason = '核实'";
    let contact =
        "select count(*) from access where what = 'case.unmask_contact' and reason = '核实'";
    town.world.read(move |tx| Ok((tx.count(words, &[])?, tx.count(contact, &[])?)))
}

#[test]
fn a_program_opens_words_and_contact_apart_for_a_reason_that_is_kept() {
    with_town(|town| {
        let number = reported(town);
        let path = format!("/cases/{number}/unmask");
        let ask = |order: &str, what: &str| {
            let told =
                post(town, CLERK_KEY, &path, order, &json!({"what": what, "reason": "核实"}));
            assert_eq!(told.status, StatusCode::OK, "{}", told.text());
            told.json()
        };
        let words = ask("1", "words");
        assert!(words["texts"][0]["text"].as_str().unwrap().contains(PHONE), "{words}");
        assert!(words["phone"].is_null() && words["name"].is_null(), "{words}");
        let contact = ask("2", "contact");
        assert!(!contact["name"].is_null() && contact["texts"] == json!([]), "{contact}");
        assert_eq!(looks(town), (1, 1));
        assert_eq!(ask("1", "words"), words, "sent again");
        assert_eq!(looks(town), (1, 1), "one look");
        let other = post(town, CLERK_KEY, &path, "1", &json!({"what": "words", "reason": "别的"}));
        assert_eq!(other.json()["code"], "idempotency_key_used");
        // Nobody speaks to the reporter any more, and an old order opens nothing.
        let rated = "update matter set stage = 'rated', phase = 'closed'";
        town.world.tamper(crate::matter::MATTER, rated, &[]);
        let late = post(town, CLERK_KEY, &path, "2", &json!({"what": "contact", "reason": "核实"}));
        assert_eq!(late.json()["code"], "nobody_to_call", "{}", late.text());
        // A while later it is another look: the same order opens nothing more.
        let earlier = "update act set at = at - 660000000 where name like 'case.unmask%'";
        town.world.tamper(Table::engraved("act"), earlier, &[]);
        for (order, what) in [("1", "words"), ("2", "contact")] {
            let body = json!({"what": what, "reason": "核实"});
            let told = post(town, CLERK_KEY, &path, order, &body);
            assert_eq!(told.json()["code"], "looked_before", "{}", told.text());
            assert!(!told.text().contains(PHONE));
        }
    });
}

#[test]
fn who_may_not_look_opens_nothing() {
    with_town(|town| {
        let number = reported(town);
        let path = format!("/cases/{number}/unmask");
        let body = json!({"what": "words", "reason": "核实"});
        let refused = |key: &str, path: &str, body: &serde_json::Value| {
            let told = post(town, key, path, "x", body);
            assert!(!told.text().contains(PHONE), "{}", told.text());
            (told.status.as_u16(), told.json()["code"].as_str().unwrap().to_owned())
        };
        let code = |status, code: &str| (status, code.to_owned());
        super::stranger(town);
        town.key(STRANGER, crate::base::Id::derived("a stranger"), None);
        for key in [KEY, STRANGER] {
            assert_eq!(refused(key, &path, &body), code(403, "not_your_duty"), "{key}");
        }
        assert_eq!(refused(CLERK_KEY, "/cases/2026-999999/unmask", &body), code(404, "not_found"));
        for wrong in [
            json!({"what": "all", "reason": "核实"}),
            json!({"what": "words", "reason": " "}),
            json!({"what": "words", "reason": "长".repeat(201)}),
            json!({"what": "words"}),
            json!({"reason": "核实"}),
            json!({"what": "words", "reason": "核实", "loud": true}),
        ] {
            assert_eq!(refused(CLERK_KEY, &path, &wrong), code(422, "invalid"), "{wrong}");
        }
        assert_eq!(looks(town), (0, 0));
    });
}
