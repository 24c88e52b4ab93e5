//! What a code by text message opens, and what it does not.

use axum::http::StatusCode;

use super::posts::{appoint, post};
use super::staff::{enter, hired};
use super::{Got, ROOT, Town, each_town};
use crate::act::Actor;
use crate::base::{Id, secret};
use crate::params;
use crate::people::acts::CorrectPhone;
use crate::people::sealed::SealedPhone;
use crate::people::{code, fields, seed, store};
use crate::store::upkeep::SESSION;
use crate::store::{ReadTx, StoreError};

const PHONE: &str = "13800009031";
const TITLE: &str = "测试dispatcher";

async fn person(town: &Town, id: &Id) -> store::Person {
    let id = id.clone();
    let look = move |tx: &ReadTx<'_>| -> Result<_, StoreError> { store::person(tx, &id) };
    town.district.store().read(look).await.unwrap().unwrap()
}

#[test]
fn a_code_by_text_message_opens_no_post() {
    each_town(async |town| {
        let (officer, app) = hired(town, "simaxr").await;
        let seat = post(town, "dispatcher", ROOT).await;
        let act = appoint(town, &seat, &officer);
        let appointment = town.act(&Actor::operator(), act).await.unwrap();
        let phone = SealedPhone::of(&town.district.keys, PHONE);
        let act = CorrectPhone { person: officer.clone(), phone, version: 1 };
        town.act(&Actor::resident(officer), act).await.unwrap();
        let cookie = town.resident(PHONE).await;
        let seats = town.get("/me/post", &cookie).await.text;
        assert!(seats.contains("/sign-in/staff") && !seats.contains(appointment.as_str()));
        let form = [("appointment", appointment.as_str()), ("next", "/privacy")];
        let refused = town.post("/me/post", &cookie, &form).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
        assert!(refused.text.contains("/sign-in/staff"), "it says where: {}", refused.text);
        assert!(!town.get("/privacy", &cookie).await.text.contains(TITLE));
        // Nor does it where the row of the session says otherwise.
        let (hash, seat) = (secret::sha256_hex(cookie.as_bytes()), appointment.clone());
        let set = "update session set appointment_id = $2, as_kind = 'post' where id = $1";
        let store = town.district.store();
        let done: Result<u64, StoreError> =
            store.upkeep(move |door| door.write(SESSION, set, crate::params![hash, seat])).await;
        assert_eq!(done.unwrap(), 1);
        assert!(!town.get("/privacy", &cookie).await.text.contains(TITLE));
        // A password and the code of their app do.
        let cookie = enter(town, "simaxr", &app).await;
        assert!(town.get("/privacy", &cookie).await.text.contains(TITLE));
        assert_eq!(town.post("/me/post", &cookie, &form).await.location, "/privacy");
    });
}

#[test]
fn whether_a_number_has_an_account_is_told_to_nobody_without_the_duty() {
    each_town(async |town| {
        town.resident(PHONE).await;
        let (officer, app) = hired(town, "simaxr").await;
        let seat = post(town, "dispatcher", ROOT).await;
        town.act(&Actor::operator(), appoint(town, &seat, &officer)).await.unwrap();
        let dispatcher = enter(town, "simaxr", &app).await;
        let resident = town.resident("13800009032").await;
        for cookie in ["", &resident, &dispatcher] {
            let mut told = Vec::new();
            for phone in [PHONE, "13800009033"] {
                let form = [("name", "来客"), ("consent", "yes"), ("phone", phone)];
                let got = town.post("/admin/people/register", cookie, &form).await;
                told.push((got.status, got.location, got.text));
            }
            assert!(told[0] == told[1], "{told:?}");
        }
    });
}

/// Somebody whom a counter has registered.
async fn registered(town: &Town) -> Id {
    let (id, district, name) = (town.district.new_id(), &town.district, "欧阳明珠");
    let act =
        seed::find_or_create_reporter(district, id.clone(), name, Some(PHONE), None, "counter");
    town.act(&Actor::operator(), act).await.unwrap();
    id
}

/// The answer to who shows that the number is theirs.
async fn asked(town: &Town) -> Got {
    town.post("/sign-in/code", "", &[("phone", PHONE)]).await;
    let code = town.last_code(PHONE);
    town.post("/sign-in", "", &[("phone", PHONE), ("code", &code)]).await
}

#[test]
fn who_was_registered_by_others_is_asked_when_they_first_come_in() {
    each_town(async |town| {
        let id = registered(town).await;
        let page = asked(town).await;
        assert!(page.cookie.is_none() && page.text.contains("name=\"consent\""), "{}", page.text);
        assert!(!page.text.contains("name=\"name\""), "they have a name here");
        assert!(page.text.contains("请看过再进入") && !page.text.contains("第一次来"));
        let (ticket, act_id) = (page.field("ticket"), page.field("act_id"));
        let no = [("ticket", ticket.as_str()), ("act_id", &act_id)];
        let refused = town.post("/sign-in/join", "", &no).await;
        assert!(refused.cookie.is_none() && refused.text.contains("consent-error"));
        assert!(refused.text.contains("请先勾选同意。"), "{}", refused.text);
        assert_eq!(person(town, &id).await.consent, "counter");
        let yes = [no[0], no[1], ("consent", "yes")];
        for _ in 0..2 {
            let got = town.post("/sign-in/join", "", &yes).await;
            assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.text);
            let page = town.get("/me", &got.cookie.unwrap()).await.text;
            assert!(page.contains("欧阳明珠") && page.contains(PHONE));
        }
        let late = town.post("/sign-in/close", "", &[("ticket", &*ticket)]).await;
        assert!(late.text.contains("phone-error"), "they close it from within: {}", late.text);
        assert!(person(town, &id).await.closed_at.is_none());
        assert_eq!(person(town, &id).await.consent, fields::NOTICE);
        let acts = async |name: &'static str| {
            let look = move |tx: &ReadTx<'_>| -> Result<_, StoreError> {
                tx.count("select count(*) from act where name = $1", params![name])
            };
            town.district.store().read(look).await.unwrap()
        };
        let told = (acts("person.consent").await, acts("person.correct_own").await);
        assert_eq!(told, (1, 0), "the record calls it what it is");
        assert!(asked(town).await.cookie.is_some(), "once is enough");
        let blind = code::phone_blind(&town.district, PHONE);
        let look =
            move |tx: &ReadTx<'_>| -> Result<_, StoreError> { store::id_of_phone(tx, &blind) };
        assert_eq!(town.district.store().read(look).await.unwrap(), Some(id));
    });
}

#[test]
fn who_was_registered_by_others_and_does_not_agree_closes_the_account_without_going_in() {
    each_town(async |town| {
        let id = registered(town).await;
        let page = asked(town).await;
        let (_, form) = page.text.split_once("action=\"/sign-in/close\"").unwrap();
        assert!(form.contains("data-confirm"), "they are asked whether they are sure: {form}");
        let ticket = page.field("ticket");
        let made_up = town.post("/sign-in/close", "", &[("ticket", "AAAA")]).await;
        assert!(made_up.text.contains("phone-error"), "{}", made_up.text);
        assert!(person(town, &id).await.closed_at.is_none());
        let form = [("ticket", ticket.as_str()), ("act_id", &"9".repeat(26))];
        for _ in 0..2 {
            let got = town.post("/sign-in/close", "", &form).await;
            assert_eq!(got.location, "/sign-in?done=person.close_own", "{}", got.text);
            assert!(got.cookie.is_none(), "nobody has gone in");
        }
        assert!(town.get("/sign-in?done=person.close_own", "").await.text.contains("已经注销"));
        let gone = person(town, &id).await;
        assert!(gone.closed_at.is_some() && gone.full_phone(&town.district.keys).is_none());
        // The number is new here, and there is nothing to close.
        let page = asked(town).await;
        assert!(page.text.contains("第一次来") && !page.text.contains("/sign-in/close"));
        let ticket = page.field("ticket");
        let got = town.post("/sign-in/close", "", &[("ticket", &*ticket)]).await;
        assert_eq!(got.status, StatusCode::NOT_FOUND);
    });
}
