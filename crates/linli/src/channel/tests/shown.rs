//! Whose asking is counted, and how: a key once it has proved right, else the address.

use std::net::SocketAddr;
use std::num::NonZeroU32;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use tower::ServiceExt as _;

use super::api::bearer;
use super::{CLERK_KEY, KEY, Town, with_town};
use crate::act::Actor;
use crate::affairs::appeal::leave;
use crate::base::Id;
use crate::channel::shown::Shown;
use crate::channel::{api, open311};
use crate::page::{Limit, Room};
use crate::people::acts::Close;

const TOO_MANY: StatusCode = StatusCode::TOO_MANY_REQUESTS;
/// More than a few, however slowly they come.
const MANY: usize = 60;

fn few() -> Limit {
    Limit::new(NonZeroU32::MIN, NonZeroU32::new(3).unwrap())
}

/// What a program is told that shows a key from an address.
fn ask(town: &Town<'_>, app: &Router, key: &str, from: [u8; 4]) -> Response {
    let request = Request::get("/api/v1/me")
        .header("host", "localhost")
        .header("authorization", bearer(key))
        .extension(ConnectInfo(SocketAddr::from((from, 9))));
    town.wait(app.clone().oneshot(request.body(Body::empty()).unwrap())).unwrap()
}

/// Tries keys that nobody was given, each once, until it is told to wait.
fn guess(town: &Town<'_>, app: &Router, from: [u8; 4]) -> Response {
    let mut told = (0..MANY).map(|nth| ask(town, app, &format!("made up {nth}"), from));
    told.find(|told| told.status() != StatusCode::UNAUTHORIZED).unwrap()
}

const HERE: [u8; 4] = [192, 0, 2, 1];
const THERE: [u8; 4] = [192, 0, 2, 2];

#[test]
fn keys_that_are_made_up_get_no_allowance_of_their_own() {
    with_town(|town| {
        let app = api::routes_within(few(), Shown::default());
        let app = app.with_state(town.world.districts());
        assert_eq!(ask(town, &app, KEY, HERE).status(), StatusCode::OK);
        let refused = guess(town, &app, HERE);
        assert_eq!(refused.status(), TOO_MANY);
        let wait = refused.headers()["retry-after"].to_str().unwrap();
        assert!(wait.parse::<u64>().unwrap() >= 1);
        // Whose key proved right is not held up by the neighbours, but by their own haste.
        assert_eq!(ask(town, &app, KEY, HERE).status(), StatusCode::OK);
        assert!((0..MANY).any(|_| ask(town, &app, KEY, HERE).status() == TOO_MANY));
        assert_eq!(ask(town, &app, CLERK_KEY, THERE).status(), StatusCode::OK);
    });
}

#[test]
fn an_address_tries_so_many_keys_and_no_more() {
    with_town(|town| {
        let shown = Shown::within(few());
        let wide = || Limit::new(NonZeroU32::MAX, NonZeroU32::MAX);
        let app = api::routes_within(wide(), shown.clone())
            .merge(open311::routes_within(wide(), shown, Room::default()))
            .with_state(town.world.districts());
        assert_eq!(ask(town, &app, KEY, HERE).status(), StatusCode::OK);
        let refused = guess(town, &app, HERE);
        assert_eq!(refused.status(), TOO_MANY);
        let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=2).contains(&wait), "one a second: {wait}");
        let in_form = |key: &str, from: [u8; 4]| {
            let request = Request::post("/open311/v2/requests.json")
                .header("host", "localhost")
                .header("content-type", "application/x-www-form-urlencoded")
                .extension(ConnectInfo(SocketAddr::from((from, 9))))
                .body(Body::from(format!("api_key={key}")));
            town.wait(app.clone().oneshot(request.unwrap())).unwrap().status()
        };
        // One count for all interfaces; a key that was right before is right now.
        assert!((0..MANY).any(|nth| in_form(&format!("other{nth}"), HERE) == TOO_MANY));
        assert_eq!(in_form(KEY, HERE), StatusCode::BAD_REQUEST, "only its content is wrong");
        assert_eq!(ask(town, &app, KEY, HERE).status(), StatusCode::OK);
        assert_eq!(in_form("other", THERE), StatusCode::FORBIDDEN);
    });
}

#[test]
fn a_key_ends_with_the_account_of_its_holder() {
    with_town(|town| {
        let holder = Id::derived("somebody with a telephone");
        town.key_of_a_telephone("a neighbour's key");
        let app = api::routes_within(Limit::generous(), Shown::default());
        let app = app.with_state(town.world.districts());
        let asked = || ask(town, &app, "a neighbour's key", HERE).status();
        assert_eq!(asked(), StatusCode::OK);
        let close = Close {
            person: holder.clone(),
            gone: "已注销".to_owned(),
            known: Vec::new(),
            leave: leave::matters,
        };
        assert!(town.world.perform(&Actor::resident(holder), close).unwrap().outcome);
        assert_eq!(asked(), StatusCode::UNAUTHORIZED);
        assert_eq!(ask(town, &app, KEY, HERE).status(), StatusCode::OK, "another's goes on");
        let keys = "select count(*) from api_key where ended_at is not null";
        assert_eq!(town.world.read(|tx| tx.count(keys, &[])), 1);
    });
}
