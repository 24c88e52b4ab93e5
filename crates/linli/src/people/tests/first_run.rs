use axum::http::StatusCode;

use super::Town;
use super::each_town;
use crate::people::first_run::{self, State};
use crate::people::totp::TotpSecret;

fn state(town: &Town) -> State {
    town.district.store().read_blocking(first_run::state).unwrap()
}

/// The path of the link that the terminal prints.
fn path(town: &Town) -> String {
    let link =
        first_run::link(&town.district, "http://localhost").unwrap().expect("nobody is there yet");
    link.split_once("/sign-in").map(|(_, rest)| format!("/sign-in{rest}")).unwrap()
}

/// The secret that the page shows for typing by hand.
fn secret(text: &str) -> TotpSecret {
    let rest = &text[text.rfind("class=\"code\">").unwrap() + 13..];
    let words: String = rest.chars().take_while(|c| *c != '<').filter(|c| *c != ' ').collect();
    TotpSecret::from_base32(&words).unwrap()
}

const WHO: [(&str, &str); 2] = [("name", "皇甫端"), ("username", "huangfu")];

#[test]
fn the_printed_link_makes_one_administrator_who_sets_a_password_of_their_own() {
    each_town(async |town| {
        let path = path(town);
        assert_eq!(town.get(&path, "").await.status, StatusCode::OK);
        let nameless = town.post(&path, "", &[("name", ""), ("username", "王")]).await;
        assert_eq!(nameless.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(nameless.text.contains("name-error") && nameless.text.contains("username-error"));
        assert_eq!(state(town), State::Nobody);
        let first = town.post(&path, "", &WHO).await;
        assert!(first.text.contains("/sign-in/first"), "{}", first.text);
        // The browser was closed: the same link goes on with the same account.
        assert_eq!(state(town), State::Begun { username: "huangfu".to_owned() });
        assert!(town.get(&path, "").await.text.contains("huangfu"));
        let again = town.post(&path, "", &[("name", "别人"), ("username", "other")]).await;
        let code = town.totp(&secret(&again.text));
        let form = [
            ("ticket", again.field("ticket")),
            ("next", "/".to_owned()),
            ("password", "quiet lamp by the pier".to_owned()),
            ("again", "quiet lamp by the pier".to_owned()),
            ("code", code),
        ];
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let entered = town.post("/sign-in/first", "", &form).await;
        let cookie = entered.cookie.unwrap();
        assert_eq!(town.get("/admin/people", &cookie).await.status, StatusCode::OK);
        assert_eq!(state(town), State::Over);
        let used = town.get(&path, "").await;
        assert_eq!(used.status, StatusCode::GONE, "the link is used up");
        assert_eq!(town.post(&path, "", &WHO).await.status, StatusCode::GONE);
        assert_eq!(first_run::link(&town.district, "http://localhost").unwrap(), None);
        let staff = "select count(*) from person where kind = 'staff'";
        let count = town.district.store().read_blocking(|tx| tx.count(staff, &[])).unwrap();
        assert_eq!(count, 1);
    });
}

#[test]
fn a_link_runs_out_and_no_other_is_one() {
    each_town(async |town| {
        let path = path(town);
        town.clock.shift(first_run::GOOD_FOR_MINUTES * 60_000_000 + 1);
        assert_eq!(town.post(&path, "", &WHO).await.status, StatusCode::GONE);
        let made_up = town.post("/sign-in/begin/AAAA", "", &WHO).await;
        assert_eq!(made_up.status, StatusCode::GONE);
        assert_eq!(state(town), State::Nobody);
    });
}
