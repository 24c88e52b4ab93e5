//! Ids and codes that programs name: what is there and not for whoever asks is told like what never
//! was, and nothing is done.

use serde_json::json;

use super::{CLERK_KEY, KEY, OFFICER_KEY, STRANGER, Told, Town, stranger, with_town};
use crate::base::Id;
use crate::matter::MATTER;
use crate::testing::contents;

const V2: &str = "/open311/v2";
const NOWHERE: &str = "1999-000001";

/// What was answered, whichever row was named.
fn nameless(told: &Told, row: &str) -> (u16, String) {
    (told.status.as_u16(), told.text().replace(row, "·"))
}

/// Asks by a row that is there, and by one that never was.
fn alike(town: &Town<'_>, what: &str, (there, never): (&str, &str), ask: impl Fn(&str) -> Told) {
    let before = town.world.read(contents);
    let (yes, no) = (ask(there), ask(never));
    assert_eq!(nameless(&yes, there), nameless(&no, never), "{what}");
    assert!(!no.status.is_server_error(), "{what}: {}", no.text());
    assert!(town.world.read(contents) == before, "{what} did something");
}

/// A case that only its reporter and the officers see: number and id.
fn hidden(town: &Town<'_>) -> (String, String) {
    let number = super::api::reported(town);
    town.world.tamper(MATTER, "update matter set publicity = $1", &["private"]);
    let of = number.clone();
    let id = town.world.read(move |tx| crate::matter::store::id_of(tx, &of)).unwrap();
    (number, id.to_string())
}

fn version(town: &Town<'_>, number: &str) -> i64 {
    let number = number.to_owned();
    town.world.read(move |tx| {
        let id = crate::matter::store::id_of(tx, &number)?.unwrap();
        Ok(crate::matter::store::matter(tx, id.as_str())?.unwrap().version)
    })
}

#[test]
fn what_a_call_of_open311_names_is_told_like_what_never_was() {
    with_town(|town| {
        town.key(STRANGER, stranger(town), None);
        let (number, id) = hidden(town);
        let (class, never) = (town.class(), Id::derived("nobody has this id").to_string());
        let private = town.class_that(|class| class.publicity == "private").code;
        for format in ["json", "xml"] {
            let post = |call: &str, pairs: &[(&str, &str)]| {
                town.form(&format!("{V2}/{call}.{format}"), pairs)
            };
            let place = ("address_string", "幸福路3号");
            alike(town, "service_code", (&private, "NO01"), |code| {
                post("requests", &[("api_key", KEY), ("service_code", code), place])
            });
            for key in [STRANGER, "no key at all"] {
                alike(town, "service_request_id", (&number, NOWHERE), |number| {
                    let of = ("service_request_id", number);
                    let said = [("status", "open"), ("description", "看过了")];
                    post("servicerequestupdates", &[&[("api_key", key), of], &said[..]].concat())
                });
            }
            alike(town, "address_id", (&number, NOWHERE), |place| {
                let place = ("address_id", place);
                post("requests", &[("api_key", KEY), ("service_code", &class), place])
            });
            for path in ["requests/ID.", "requests.", "servicerequestupdates."] {
                alike(town, path, (&number, NOWHERE), |number| {
                    let query = format!("service_request_id={number}&api_key={STRANGER}");
                    town.get(&format!("{V2}/{}{format}?{query}", path.replace("ID", number)))
                });
            }
            for known in [&id, &number] {
                alike(town, "a token", (known, &never), |known| {
                    town.get(&format!("{V2}/tokens/{known}.{format}"))
                });
            }
        }
    });
}

#[test]
fn what_a_body_of_the_api_names_is_told_like_what_never_was() {
    with_town(|town| {
        town.key(STRANGER, stranger(town), None);
        let open = super::api::reported(town);
        let (number, id) = hidden(town);
        let visible = super::api::reported(town);
        let never = Id::derived("nobody has this id").to_string();
        let send = |key: &str, call: &str, number: &str, body: serde_json::Value| {
            let bearer = format!("Bearer {key}");
            let headers = [("authorization", bearer.as_str())];
            super::bad_input::send(town, call, number, &headers, body.to_string().as_bytes())
        };
        let moves = "POST /api/v1/cases/{number}/moves";
        for key in [STRANGER, "no key at all"] {
            alike(town, "a move", (&number, NOWHERE), |number| {
                let body = json!({"act": "add_info", "seen": 1, "fields": {"words": "没人来"}});
                send(key, moves, number, body)
            });
            alike(town, "following", (&number, NOWHERE), |number| {
                send(key, "PUT /api/v1/cases/{number}/follow", number, json!({"texts": false}))
            });
        }
        for (name, there, none) in [("class", &*id, &*never), ("place", &number, NOWHERE)] {
            alike(town, name, (there, none), |row| {
                let mut body = json!({"words": "路灯不亮"});
                body[name] = json!(row);
                send(STRANGER, "POST /api/v1/cases", "", body)
            });
        }
        town.lead_to_handling(&open);
        // A case is no body, no standard and no remit, whoever names it.
        for (key, at, act, field) in [
            (CLERK_KEY, &visible, "accept", "class"),
            (CLERK_KEY, &visible, "accept", "standard"),
            (CLERK_KEY, &visible, "dispatch", "body"),
            (OFFICER_KEY, &open, "send_back", "cited_duty"),
        ] {
            alike(town, field, (&id, &never), |row| {
                let mut fields = json!({"reason": "不归我们"});
                fields[field] = json!(row);
                let seen = version(town, at);
                send(key, moves, at, json!({"act": act, "seen": seen, "fields": fields}))
            });
        }
    });
}
