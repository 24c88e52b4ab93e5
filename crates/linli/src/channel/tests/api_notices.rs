//! What programs are told by notices, and when texts go with them.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::api::{V1, at_home, get, post, problem};
use super::{CLERK_KEY, KEY, Told, with_town};
use crate::act::{Audience, Tell};
use crate::base::{Id, Instant};

#[test]
fn texts_come_to_who_reports_for_themself_with_a_telephone() {
    with_town(|town| {
        town.key_of_a_telephone("a telephone");
        let body = |texts: Value| json!({"words": "灯", "class": town.class(), "texts": texts});
        let texts = |told: &Told| {
            let number = told.json()["number"].as_str().unwrap().to_owned();
            town.world.read(move |tx| {
                let id = crate::matter::store::id_of(tx, &number)?.unwrap();
                Ok(crate::affairs::appeal::store::file(tx, &id)?.is_some_and(|file| file.texts))
            })
        };
        for (said, wanted) in [(json!(true), true), (json!(false), false), (Value::Null, false)] {
            let told = post(town, "a telephone", "/cases", &[], &body(said));
            assert_eq!(told.status, StatusCode::CREATED, "{}", told.text());
            assert_eq!(texts(&told), wanted);
        }
        let before = town.count("matter");
        for key in [KEY, CLERK_KEY] {
            let told = problem(&post(town, key, "/cases", &[], &body(json!(true))));
            assert_eq!((told.0, told.2), (422, vec!["/texts".to_owned()]));
        }
        let wrong = problem(&post(town, "a telephone", "/cases", &[], &body(json!("yes"))));
        assert_eq!((wrong.0, wrong.2), (422, vec!["/texts".to_owned()]));
        assert_eq!(town.count("matter"), before);
    });
}

#[test]
fn no_notice_holds_the_number_that_somebody_wrote() {
    with_town(|town| {
        at_home(town);
        town.wait(crate::notice::deliver(&town.world.district)).unwrap();
        let told = |key: &str| get(town, key, "/notices").text();
        let mine = told(KEY);
        assert!(mine.contains("138****1234") && !mine.contains("13800001234"), "{mine}");
        let clerk = told(CLERK_KEY);
        assert!(clerk.contains("138****1234") && !clerk.contains("13800001234"), "{clerk}");
    });
}

#[test]
fn notices_follow_one_another_page_by_page() {
    with_town(|town| {
        let waiting = |n: i64| {
            let tell = Tell {
                to: Audience::Person(super::person_id()),
                kind: "case.reported".to_owned(),
                matter: None,
                params: Vec::new(),
                at: Instant(1_000 + n / 2),
                texts: false,
            };
            let columns = vec![
                ("act_id", format!("act {n}").into()),
                ("kind", "notice".into()),
                ("payload", serde_json::to_string(&tell).unwrap().into()),
                ("due_at", tell.at.into()),
            ];
            (Id::derived(&format!("waiting {n}")), columns)
        };
        town.world.plant(crate::store::upkeep::OUTBOX, (0..230).map(waiting).collect());
        while town.wait(crate::notice::deliver(&town.world.district)).unwrap() > 0 {}
        let (mut path, mut seen) = ("/notices".to_owned(), Vec::new());
        loop {
            let told = get(town, KEY, &path);
            let items = told.json()["items"].as_array().unwrap().clone();
            seen.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
            let link = told.header("link").to_owned();
            let Some(next) = link.strip_prefix('<').and_then(|l| l.split('>').next()) else {
                break;
            };
            path = next.strip_prefix(V1).unwrap().to_owned();
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 230);
    });
}
