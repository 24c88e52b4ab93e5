//! What was put down with a step is given to a program as far as the page of the case shows it to
//! whoever the program asks for.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::api::{get, post, reported};
use super::{CLERK_KEY, KEY, OFFICER_KEY, STRANGER, Town, stranger, with_town};
use crate::matter::MATTER;

const PHONE: &str = "13800005678";

fn moved(town: &Town<'_>, key: &str, number: &str, act: &str, fields: &Value) {
    let seen = get(town, key, &format!("/cases/{number}")).json()["version"].clone();
    let body = json!({"act": act, "seen": seen, "fields": fields});
    let told = post(town, key, &format!("/cases/{number}/moves"), &[], &body);
    assert_eq!(told.status, StatusCode::OK, "{act}: {}", told.text());
}

/// The step of this act, as the case is given to this caller.
fn step(town: &Town<'_>, key: &str, number: &str, act: &str) -> Value {
    let told = get(town, key, &format!("/cases/{number}"));
    assert_eq!(told.status, StatusCode::OK, "{}", told.text());
    let steps = told.json()["timeline"].as_array().unwrap().clone();
    steps.into_iter().find(|step| step["act"] == act).unwrap_or_default()
}

#[test]
fn a_program_is_given_what_the_page_shows_of_a_step() {
    with_town(|town| {
        town.key(STRANGER, stranger(town), None);
        let number = reported(town);
        let added = format!("又灭了一盏，电话 {PHONE}");
        moved(town, KEY, &number, "add_info", &json!({"words": added}));
        let noted = format!("约了 {PHONE}");
        moved(town, CLERK_KEY, &number, "note", &json!({"words": noted}));

        let own = step(town, KEY, &number, "add_info");
        assert_eq!((&own["said"], &own["noted"]), (&json!(added), &Value::Null), "{own}");
        assert_eq!(own["fields"][0]["name"], "words");
        assert_eq!(own["fields"][0]["inside"], false);
        let office = step(town, CLERK_KEY, &number, "add_info");
        assert_eq!(office["noted"], "又灭了一盏，电话 138****5678", "{office}");
        assert_eq!(office["fields"][0]["value"], office["noted"]);
        assert_eq!(office["fields"][0]["inside"], true);
        let note = step(town, CLERK_KEY, &number, "note");
        assert_eq!((&note["said"], &note["noted"]), (&Value::Null, &json!("约了 138****5678")));
        // A note is the office's own; to everyone else there is no such step.
        for key in [KEY, STRANGER] {
            assert_eq!(step(town, key, &number, "note"), Value::Null, "{key}");
        }
        assert_eq!(step(town, STRANGER, &number, "add_info"), Value::Null);
    });
}

#[test]
fn what_is_chosen_is_given_in_words_and_the_body_complained_of_is_told_no_more_than_everyone() {
    with_town(|town| {
        let number = reported(town);
        town.lead_to_handling(&number);
        moved(town, KEY, &number, "add_info", &json!({"words": "还是不亮"}));
        let dispatched = step(town, CLERK_KEY, &number, "dispatch");
        let fields = dispatched["fields"].as_array().unwrap();
        let field = |name: &str| fields.iter().find(|f| f["name"] == name).unwrap();
        assert_eq!(field("body")["value"], "municipal_works", "{dispatched}");
        assert_eq!(field("body")["inside"], false);
        assert_eq!(field("reason")["value"], "归市政");
        assert_eq!(
            (&dispatched["noted"], &field("reason")["inside"]),
            (&json!("归市政"), &json!(true))
        );
        assert_eq!(step(town, KEY, &number, "dispatch")["fields"].as_array().unwrap().len(), 1);
        assert_eq!(step(town, OFFICER_KEY, &number, "add_info")["noted"], "还是不亮");
        let works = crate::base::Id::derived("works");
        town.world.tamper(MATTER, "update matter set about_body_id = $1", &[works.as_str()]);
        let walled = get(town, OFFICER_KEY, &format!("/cases/{number}"));
        assert!(!walled.text().contains("还是不亮"), "{}", walled.text());
        assert!(!walled.text().contains("归市政"), "{}", walled.text());
    });
}
