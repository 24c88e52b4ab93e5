//! Keys in somebody's name: they hear of them, see them and end them.

use axum::http::StatusCode;

use super::staff::{enter, hired};
use super::{ROOT, Town, each_town};
use crate::act::Actor;
use crate::base::Id;
use crate::notice;
use crate::people::acts::Reset;
use crate::people::keys::{self, CreateKey};
use crate::store::{ReadTx, StoreError};
use crate::testing::staff;

async fn given(town: &Town, by: &Actor, person: &Id, title: &str) -> Id {
    let act = CreateKey {
        id: town.district.new_id(),
        title: title.to_owned(),
        person: person.clone(),
        appointment: None,
        hash: keys::hash(title),
    };
    town.act(by, act).await.unwrap()
}

async fn good(town: &Town, title: &str) -> bool {
    let (hash, now) = (keys::hash(title), town.clock.now());
    let look = move |tx: &ReadTx<'_>| -> Result<_, StoreError> {
        Ok(keys::store::holder(tx, &hash, now)?.is_some())
    };
    town.district.store().read(look).await.unwrap()
}

#[test]
fn whose_name_a_key_is_in_hears_of_it_and_ends_it() {
    each_town(async |town| {
        let system = staff("system_admin", ROOT, Id::derived("the system administrator"));
        let (officer, app) = hired(town, "officer").await;
        let (other, others) = hired(town, "other").await;
        let (mine, theirs) =
            (enter(town, "officer", &app).await, enter(town, "other", &others).await);
        assert!(!town.get("/me", &mine).await.text.contains("/me/keys"));
        let key = given(town, &system, &officer, "巡查程序").await;
        while notice::deliver(&town.district).await.unwrap() > 0 {}
        let person = officer.clone();
        let told = move |tx: &ReadTx<'_>| notice::page_of_person(tx, &person, None, 9);
        let told = town.district.store().read(told).await.unwrap();
        assert!(told.iter().any(|one| one.kind == "key.given"), "{told:?}");
        assert!(town.get("/me", &mine).await.text.contains("/me/keys"));
        assert!(town.get("/me/keys", &mine).await.text.contains("巡查程序"));
        assert!(!town.get("/me/keys", &theirs).await.text.contains("巡查程序"));
        let end = [("key", key.as_str()), ("act_id", &"5".repeat(26))];
        let refused = town.post("/me/keys/end", &theirs, &end).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "another's is none: {}", refused.text);
        assert!(good(town, "巡查程序").await);
        for _ in 0..2 {
            let got = town.post("/me/keys/end", &mine, &end).await;
            assert_eq!(got.location, "/me/keys", "{}", got.text);
        }
        assert!(!good(town, "巡查程序").await);
        assert_ne!(other, officer);
    });
}

#[test]
fn with_a_new_one_time_password_the_keys_of_an_account_end() {
    each_town(async |town| {
        let (officer, _) = hired(town, "officer").await;
        given(town, &Actor::operator(), &officer, "巡查程序").await;
        let keeper = staff("security_admin", ROOT, Id::derived("the security administrator"));
        let act = Reset {
            person: officer,
            password_hash: String::new(),
            password_until: town.clock.now().plus_days(3),
            reason: "手机丢了".to_owned(),
        };
        assert!(good(town, "巡查程序").await);
        town.act(&keeper, act).await.unwrap();
        assert!(!good(town, "巡查程序").await);
    });
}
