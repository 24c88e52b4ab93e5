//! What is sent where there is no room for it.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::api::{bearer, problem};
use super::open311::{V2, error, report};
use super::{KEY, Told, Town};
use crate::page::Room;
use crate::testing::both_engines_wired;
use crate::words::Lang;

fn send(town: &Town<'_>, path: &str, kind: &str, body: &[u8]) -> Told {
    let request = Request::post(path).header("host", "localhost");
    let request = request.header("content-type", kind).header("authorization", bearer(KEY));
    town.send(request.body(Body::from(body.to_vec())).unwrap())
}

#[test]
fn who_sends_where_there_is_no_room_is_told_in_their_own_form() {
    both_engines_wired(&crate::app::wiring().unwrap(), |world| {
        let mut town = Town::found(world);
        let long = Duration::from_secs(60);
        let full = Room::new(0, long, long);
        town.app = crate::app::router_within(world.districts(), full);
        let photo = vec![7; 300_000];
        let head = "--b\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"a\"\r\n\r\n";
        let form = [head.as_bytes(), &photo, b"\r\n--b--\r\n"].concat();
        let parts = "multipart/form-data; boundary=b";
        let page = send(&town, "/cases/new", parts, &form);
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", page.text());
        assert!(page.text().contains("<html"), "{}", page.text());
        let told = send(&town, "/api/v1/photos", "image/jpeg", &photo);
        assert_eq!((problem(&told).0, problem(&told).1.as_str()), (503, "unavailable"));
        let told = send(&town, &format!("{V2}/requests.json"), parts, &form);
        assert_eq!(error(&told), (503, 503));
        assert_eq!(told.header("access-control-allow-origin"), "*");
        assert!(!told.header("retry-after").is_empty());
        assert_eq!(town.count("file"), 0);
        assert_eq!(report(&town, &[]).status, StatusCode::OK, "what is typed gets through");
        // There is room for this photo twice, and a caller has half of it at most.
        let half = Room::new(2 * (photo.len() - 262_144) - 2, long, long);
        town.app = crate::app::router_within(world.districts(), half);
        let page = send(&town, "/cases/new", parts, &form);
        assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS, "{}", page.text());
        let again = Lang::Zh.say("page.failure.send_again");
        assert!(page.text().contains(&again), "{}", page.text());
        let told = send(&town, "/api/v1/photos", "image/jpeg", &photo);
        assert_eq!((problem(&told).0, problem(&told).1.as_str()), (429, "too_much_at_once"));
        assert!(!told.header("retry-after").is_empty());
        let told = send(&town, &format!("{V2}/requests.json"), parts, &form);
        assert_eq!(error(&told), (429, 429));
    });
}
