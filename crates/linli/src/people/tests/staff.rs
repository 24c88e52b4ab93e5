use axum::http::StatusCode;

use super::posts::{appoint, post};
use super::{ROOT, Town, each_town};
use crate::act::Actor;
use crate::base::Id;
use crate::people::seed::{self, StaffRow};
use crate::people::totp::TotpSecret;
use crate::people::{password, store};
use crate::store::StoreError;

pub(super) const PASSWORD: &str = "quiet lamp by the pier";

/// A member of staff with an app of their own.
pub(super) async fn hired(town: &Town, username: &str) -> (Id, TotpSecret) {
    hired_as(town, username, "司马相如").await
}

pub(super) async fn hired_as(town: &Town, username: &str, name: &str) -> (Id, TotpSecret) {
    let secret = TotpSecret::fresh();
    let row = StaffRow {
        username,
        name,
        phone: None,
        password_hash: password::hash(PASSWORD.to_owned()).await.unwrap(),
        totp: Some(secret.clone()),
    };
    let act = seed::staff(&town.district, row);
    (town.act(&Actor::operator(), act).await.unwrap(), secret)
}

/// Signs in and gives the cookie.
pub(super) async fn enter(town: &Town, username: &str, secret: &TotpSecret) -> String {
    let code = town.totp(secret);
    let form = [("username", username), ("password", PASSWORD), ("code", code.as_str())];
    let got = town.post("/sign-in/staff", "", &form).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.text);
    got.cookie.unwrap()
}

#[test]
fn an_app_code_opens_once() {
    each_town(async |town| {
        let (_, secret) = hired(town, "simaxr").await;
        let code = town.totp(&secret);
        let form = [("username", "SimaXR"), ("password", PASSWORD), ("code", code.as_str())];
        assert!(town.post("/sign-in/staff", "", &form).await.cookie.is_some());
        let again = town.post("/sign-in/staff", "", &form).await;
        assert!(again.cookie.is_none() && again.text.contains("code-error"), "a replay is refused");
        let next = town.totp(&secret);
        let form = [form[0], form[1], ("code", next.as_str())];
        assert!(town.post("/sign-in/staff", "", &form).await.cookie.is_some());
    });
}

#[test]
fn wrong_names_passwords_and_codes_get_one_answer_and_few_tries() {
    each_town(async |town| {
        let (_, secret) = hired(town, "simaxr").await;
        let sentence = |text: &str| {
            let at = text.find("username-error").unwrap();
            text[at..].split("</p>").next().unwrap().to_owned()
        };
        let code = town.totp(&secret);
        let wrong_password = [("username", "simaxr"), ("password", "no"), ("code", code.as_str())];
        let first = town.post("/sign-in/staff", "", &wrong_password).await;
        let nobody = [("username", "nobody"), ("password", PASSWORD), ("code", code.as_str())];
        let second = town.post("/sign-in/staff", "", &nobody).await;
        let no_code = [("username", "simaxr"), ("password", PASSWORD), ("code", "")];
        let third = town.post("/sign-in/staff", "", &no_code).await;
        assert_eq!(sentence(&first.text), sentence(&second.text));
        assert_eq!(sentence(&first.text), sentence(&third.text));
        for _ in 0..8 {
            town.post("/sign-in/staff", "", &wrong_password).await;
        }
        let right = [("username", "simaxr"), ("password", PASSWORD), ("code", code.as_str())];
        assert!(town.post("/sign-in/staff", "", &right).await.cookie.is_none(), "held up");
        town.clock.shift(16 * 60 * 1_000_000);
        enter(town, "simaxr", &secret).await;
    });
}

#[test]
fn the_first_sign_in_changes_the_password_and_ties_the_app() {
    each_town(async |town| {
        let district = town.district.clone();
        let made = tokio::task::spawn_blocking(move || {
            crate::people::admin::create(&district, "newhand", "东方朔", None).unwrap()
        });
        let (_, one_time) = made.await.unwrap();
        let form = [("username", "newhand"), ("password", one_time.as_str()), ("code", "")];
        let page = town.post("/sign-in/staff", "", &form).await;
        assert!(page.cookie.is_none() && page.text.contains("<svg"), "{}", page.text);
        let (ticket, act_id) = (page.field("ticket"), page.field("act_id"));
        let at = page.text.find("class=\"code\">").unwrap() + 13;
        let words = page.text[at..].split('<').next().unwrap().replace(' ', "");
        let secret = TotpSecret::from_base32(&words).unwrap();
        let code = secret.code(town.clock.now()).unwrap();
        let fill = |password: &'static str| {
            [
                ("ticket", ticket.clone()),
                ("act_id", act_id.clone()),
                ("code", code.clone()),
                ("password", password.to_owned()),
                ("again", password.to_owned()),
            ]
        };
        let send = async |password| {
            let form = fill(password);
            let pairs: Vec<(&str, &str)> = form.iter().map(|(k, v)| (*k, v.as_str())).collect();
            town.post("/sign-in/first", "", &pairs).await
        };
        assert!(send("newhand-1234").await.text.contains("password-error"));
        assert!(send(PASSWORD).await.cookie.is_some());
        // A browser that heard nothing sends the same again; another password is another form.
        assert!(send(PASSWORD).await.cookie.is_some());
        let another = send("quiet lamp by the quay").await;
        assert_eq!(another.status, StatusCode::CONFLICT, "{}", another.text);
        assert!(another.cookie.is_none() && another.text.contains("编号已经用过"));
        let old = town.post("/sign-in/staff", "", &form).await;
        assert!(old.cookie.is_none() && old.text.contains("username-error"), "once only");
        enter(town, "newhand", &secret).await;
    });
}

#[test]
fn a_new_account_begins_in_the_language_chosen_for_it() {
    each_town(async |town| {
        let seat = post(town, "security_admin", ROOT).await;
        let (person, secret) = hired(town, "secadmin").await;
        town.act(&Actor::operator(), appoint(town, &seat, &person)).await.unwrap();
        let cookie = enter(town, "secadmin", &secret).await;
        let other = [("name", "祖冲之"), ("username", "other1"), ("language", "fr")];
        let refused = town.post("/admin/people", &cookie, &other).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
        for (username, language, kept) in [("english1", "en", "en"), ("chinese1", "zh", "zh")] {
            let form = [("name", "祖冲之"), ("username", username), ("language", language)];
            let made = town.post("/admin/people", &cookie, &form).await;
            assert_eq!(made.status, StatusCode::OK, "{}", made.text);
            let of = format!("select count(*) from person where username = '{username}'");
            let of = format!("{of} and language = '{kept}'");
            let count = town.district.store().read_blocking(move |tx| tx.count(&of, &[])).unwrap();
            assert_eq!(count, 1, "{username}");
        }
    });
}

#[test]
fn staff_are_listed_by_the_sound_of_their_names() {
    each_town(async |town| {
        for (username, name) in
            [("aa1", "戚继光"), ("bb1", "凌统"), ("cc1", "裴秀"), ("dd1", "温峤")]
        {
            hired_as(town, username, name).await;
        }
        let seat = post(town, "security_admin", ROOT).await;
        let (person, secret) = hired(town, "secadmin").await;
        town.act(&Actor::operator(), appoint(town, &seat, &person)).await.unwrap();
        let cookie = enter(town, "secadmin", &secret).await;
        for path in ["/admin/people".to_owned(), format!("/admin/posts/{seat}")] {
            let page = town.get(&path, &cookie).await;
            let at = |name: &str| page.text.find(name).unwrap_or_else(|| panic!("{name}: {path}"));
            let places = ["凌统", "裴秀", "戚继光", "温峤"].map(at);
            assert!(places.is_sorted(), "{path}: {places:?}");
        }
    });
}

#[test]
fn an_account_of_staff_is_stopped_and_no_residents() {
    each_town(async |town| {
        let seat = post(town, "security_admin", ROOT).await;
        let (person, app) = hired(town, "secadmin").await;
        town.act(&Actor::operator(), appoint(town, &seat, &person)).await.unwrap();
        let keeper = enter(town, "secadmin", &app).await;
        let phone = "13800009051";
        let resident = town.resident(phone).await;
        let blind = crate::people::code::phone_blind(&town.district, phone);
        let found: Result<Option<Id>, StoreError> =
            town.district.store().read(move |tx| store::id_of_phone(tx, &blind)).await;
        let page = format!("/admin/people/{}", found.unwrap().unwrap());
        assert_eq!(town.get(&page, &keeper).await.status, StatusCode::NOT_FOUND);
        let why = [("suspend_why", "离岗")];
        let stopped = town.post(&format!("{page}/suspend"), &keeper, &why).await;
        assert_eq!(stopped.status, StatusCode::NOT_FOUND, "{}", stopped.text);
        assert_eq!(town.get("/me", &resident).await.status, StatusCode::OK, "still signed in");
        let (officer, _) = hired(town, "officer").await;
        let page = format!("/admin/people/{officer}");
        assert_eq!(town.get(&page, &keeper).await.status, StatusCode::OK);
        let stopped = town.post(&format!("{page}/suspend"), &keeper, &why).await;
        assert_eq!(stopped.status, StatusCode::SEE_OTHER, "{}", stopped.text);
    });
}
