use std::path::Path;

use axum::http::StatusCode;

use super::posts::{appoint, post};
use super::staff::{enter, hired};
use super::{ROOT, each_town};
use crate::act::Actor;
use crate::base::Id;
use crate::people::acts::Relieve;
use crate::people::store;
use crate::store::StoreError;

const PHONE: &str = "13800009007";
const NAME: &str = "欧阳明珠";

/// Whether the bytes are in any file of the folder.
fn in_files(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return in_files(&path, text);
        }
        let bytes = std::fs::read(&path).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[test]
fn a_closed_account_leaves_no_name_and_no_number() {
    each_town(async |town| {
        let cookie = town.resident(PHONE).await;
        let other = town.resident(PHONE).await;
        let page = town.get("/me", &cookie).await;
        assert!(page.text.contains(NAME) && page.text.contains(PHONE), "one's own is shown whole");
        let wrong = town.post("/me/close", &cookie, &[("word", "no")]).await;
        assert!(wrong.text.contains("word-error"));
        let done = town.post("/me/close", &cookie, &[("word", "注销")]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        for cookie in [&cookie, &other] {
            assert_eq!(town.get("/me", cookie).await.location, "/sign-in?next=%2Fme");
        }
        for text in [NAME, PHONE] {
            assert!(!in_files(&town.district.dir, text), "{text} is still in a file");
        }
        let left: Result<i64, StoreError> = town
            .district
            .store()
            .read(|tx| {
                tx.count(
                    "select count(*) from person where closed_at is null or phone_blind is not null
                     or phone_sealed is not null or name_sealed is not null",
                    &[],
                )
            })
            .await;
        assert_eq!(left.unwrap(), 0);
        // The number is free for a new account, which is another person.
        town.resident(PHONE).await;
    });
}

#[test]
fn who_holds_a_post_is_relieved_of_it_before_they_close_their_account() {
    each_town(async |town| {
        let (person, app) = hired(town, "auditor").await;
        let seat = post(town, "audit_admin", ROOT).await;
        let act = appoint(town, &seat, &person);
        let appointment = town.act(&Actor::operator(), act).await.unwrap();
        let close = async || {
            let cookie = enter(town, "auditor", &app).await;
            town.post("/me/close", &cookie, &[("word", "注销")]).await
        };
        let refused = close().await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
        assert!(refused.text.contains("您还在岗"), "{}", refused.text);
        let gone = Relieve { appointment, why: "换人".to_owned() };
        town.act(&Actor::operator(), gone).await.unwrap();
        assert_eq!(close().await.location, "/");
    });
}

#[test]
fn others_see_a_mask_and_a_look_behind_it_is_told() {
    each_town(async |town| {
        let cookie = town.resident(PHONE).await;
        let blind = crate::people::code::phone_blind(&town.district, PHONE);
        let found: Result<Option<Id>, StoreError> =
            town.district.store().read(move |tx| store::id_of_phone(tx, &blind)).await;
        let person = found.unwrap().unwrap();
        let clerk = Actor {
            kind: "community_clerk".to_owned(),
            place_path: ROOT.to_owned(),
            ..Actor::resident(Id::derived("clerk"))
        };
        let act =
            crate::people::acts::Unmask { person: person.clone(), reason: "电话回访".into() };
        town.act(&clerk, act).await.unwrap();
        let page = town.get("/me", &cookie).await;
        assert!(page.text.contains("电话回访"), "the person sees who looked and why");
        let far = Actor { place_path: "/990101/002/".to_owned(), ..clerk };
        let act = crate::people::acts::Unmask { person, reason: "x".into() };
        assert!(matches!(town.act(&far, act).await, Err(crate::act::Failure::Hidden)));
        let export = town.get("/me/export", &cookie).await;
        let all: serde_json::Value = serde_json::from_str(&export.text).unwrap();
        assert_eq!(all["name"], NAME);
        let begun = &all["rows"]["person"][0];
        let at = crate::base::Instant(begun["created_at"].as_i64().unwrap());
        let offset = town.district.config.offset_minutes;
        assert_eq!(begun["created_at_local"], at.local_text(offset), "a clock shows it so");
        assert!(page.text.contains("my-data.json"), "what the file is is said by its link");
        for table in ["person", "session", "access"] {
            assert!(all["rows"][table].as_array().is_some_and(|rows| !rows.is_empty()), "{table}");
        }
        assert!(!export.text.contains("sealed") && !export.text.contains("phone_blind"));
    });
}

#[test]
fn sessions_are_seen_and_ended() {
    each_town(async |town| {
        let first = town.resident(PHONE).await;
        let second = town.resident(PHONE).await;
        let page = town.get("/me/sessions", &first).await;
        assert!(page.text.contains("Firefox · Linux"));
        town.post("/me/sessions/end-others", &first, &[]).await;
        assert_eq!(town.get("/me", &second).await.status, StatusCode::SEE_OTHER);
        assert_eq!(town.get("/me", &first).await.status, StatusCode::OK);
        // Another's session cannot be ended.
        let stranger = town.resident("13800009008").await;
        let id = crate::base::secret::sha256_hex(first.as_bytes());
        town.post("/me/sessions/end", &stranger, &[("session", &id)]).await;
        assert_eq!(town.get("/me", &first).await.status, StatusCode::OK);
    });
}
