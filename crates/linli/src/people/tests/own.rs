use axum::http::StatusCode;

use super::staff::{PASSWORD, enter, hired};
use super::{GRID, Town, each_town};
use crate::act::Actor;
use crate::base::Id;
use crate::people::acts::Unmask;
use crate::people::store;
use crate::store::StoreError;

const OLD: &str = "13800009011";
const NEW: &str = "13800009012";

async fn the_resident(town: &Town) -> store::Person {
    let blind = crate::people::code::phone_blind(&town.district, OLD);
    let found = town
        .district
        .store()
        .read(move |tx| -> Result<_, StoreError> {
            let id = store::id_of_phone(tx, &blind)?.unwrap();
            store::person(tx, &id)
        })
        .await;
    found.unwrap().unwrap()
}

#[test]
fn a_number_is_changed_by_a_code_sent_to_the_new_one() {
    each_town(async |town| {
        let me = town.resident(OLD).await;
        let asked = town.post("/me/phone/code", &me, &[("phone", NEW)]).await;
        assert_eq!(asked.status, StatusCode::OK, "{}", asked.text);
        let wrong = town.post("/me/phone", &me, &[("phone", NEW), ("code", "12")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text.contains("code-error"));
        let code = town.last_code(NEW);
        let done = town.post("/me/phone", &me, &[("phone", NEW), ("code", &code)]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        assert!(town.get("/me", &me).await.text.contains(NEW));
        // The new number opens the same account; the old one opens none.
        town.post("/sign-in/code", "", &[("phone", NEW)]).await;
        let code = town.last_code(NEW);
        let got = town.post("/sign-in", "", &[("phone", NEW), ("code", &code)]).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.text);
        town.post("/sign-in/code", "", &[("phone", OLD)]).await;
        let code = town.last_code(OLD);
        let got = town.post("/sign-in", "", &[("phone", OLD), ("code", &code)]).await;
        assert!(got.text.contains("name=\"consent\""), "nobody's number now");
        // A number somebody else has is theirs.
        let other = town.resident("13800009013").await;
        town.post("/me/phone/code", &other, &[("phone", NEW)]).await;
        let code = town.last_code(NEW);
        let taken = town.post("/me/phone", &other, &[("phone", NEW), ("code", &code)]).await;
        assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(taken.text.contains("phone-error"), "{}", taken.text);
    });
}

#[test]
fn a_resident_says_where_they_live() {
    each_town(async |town| {
        let me = town.resident(OLD).await;
        let none = town.post("/me/place", &me, &[]).await;
        assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
        let version = none.field("version");
        let grid = Id::derived(GRID).to_string();
        let form = [("place", grid.as_str()), ("version", version.as_str())];
        assert_eq!(town.post("/me/place", &me, &form).await.status, StatusCode::SEE_OTHER);
        assert_eq!(the_resident(town).await.place_path, GRID);
        let stale = town.post("/me/place", &me, &form).await;
        assert_eq!(stale.status, StatusCode::CONFLICT);
    });
}

#[test]
fn staff_change_their_password_with_the_old_one() {
    each_town(async |town| {
        let (_, secret) = hired(town, "simaxr").await;
        let (mine, elsewhere) =
            (enter(town, "simaxr", &secret).await, enter(town, "simaxr", &secret).await);
        let form = |old: &'static str, new: &'static str| {
            [("old", old), ("password", new), ("again", new)]
        };
        let fresh = "three herons over the weir";
        let wrong = town.post("/me/password", &mine, &form("not it at all", fresh)).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text.contains("old-error") && !wrong.text.contains(fresh));
        let easy = town.post("/me/password", &mine, &form(PASSWORD, "short")).await;
        assert!(easy.text.contains("password-error"));
        let done = town.post("/me/password", &mine, &form(PASSWORD, fresh)).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        assert_eq!(town.get("/me", &mine).await.status, StatusCode::OK);
        assert_eq!(town.get("/me", &elsewhere).await.location, "/sign-in?next=%2Fme");
        let sign_in = async |password: &'static str| {
            let code = town.totp(&secret);
            let form = [("username", "simaxr"), ("password", password), ("code", code.as_str())];
            town.post("/sign-in/staff", "", &form).await.status
        };
        assert_eq!(sign_in(PASSWORD).await, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(sign_in(fresh).await, StatusCode::SEE_OTHER);
        let resident = town.resident(OLD).await;
        assert_eq!(town.get("/me/password", &resident).await.status, StatusCode::NOT_FOUND);
    });
}

#[test]
fn what_was_typed_comes_back_with_what_is_wrong() {
    each_town(async |town| {
        let me = town.resident(OLD).await;
        let long = "长".repeat(41);
        let got = town.post("/me", &me, &[("name", &long)]).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(got.text.contains("name-error") && got.text.contains(&long));
        let got = town.post("/sign-in/code", "", &[("phone", "12 34")]).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(got.text.contains("12 34"));
        let got = town.post("/me/delegation", &me, &[("from", "2026-02-30")]).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    });
}

#[test]
fn who_looked_is_said_whoever_it_was_page_by_page() {
    each_town(async |town| {
        let me = town.resident(OLD).await;
        let person = the_resident(town).await.id;
        for n in 0..=store::LOOKS_A_PAGE {
            let act = Unmask { person: person.clone(), reason: format!("核对第{n}次。") };
            town.act(&Actor::operator(), act).await.unwrap();
            town.clock.shift(1_000_000);
        }
        let newest = town.get("/me", &me).await.text;
        assert!(newest.contains("本机管理终端"), "the operator is named: {newest}");
        assert!(newest.contains("核对第50次。") && !newest.contains("核对第0次。"));
        assert!(newest.contains("/me?looks=1"));
        let oldest = town.get("/me?looks=1", &me).await.text;
        assert!(oldest.contains("核对第0次。") && !oldest.contains("核对第1次。"));
        assert!(oldest.contains("/me?looks=0"));
    });
}
