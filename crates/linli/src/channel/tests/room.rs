//! What is sent where there is no room for it.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::api::{bearer, problem};
use super::open311::{V2, error, report};
use super::{KEY, Town};
use crate::page::Room;
use crate::testing::both_engines_wired;

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
        let send = |path: &str, kind: &str, body: &[u8]| {
            let request = Request::post(path).header("host", "localhost");
            let request = request.header("content-type", kind).header("authorization", bearer(KEY));
            town.send(request.body(Body::from(body.to_vec())).unwrap())
        };
        let parts = "multipart/form-data; boundary=b";
        let page = send("/cases/new", parts, &form);
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", page.text());
        assert!(page.text().contains("<html"), "{}", page.text());
        let told = send("/api/v1/photos", "image/jpeg", &photo);
        assert_eq!((problem(&told).0, problem(&told).1.as_str()), (503, "unavailable"));
        let told = send(&format!("{V2}/requests.json"), parts, &form);
        assert_eq!(error(&told), (503, 503));
        assert_eq!(told.header("access-control-allow-origin"), "*");
        assert!(!told.header("retry-after").is_empty());
        assert_eq!(town.count("file"), 0);
        assert_eq!(report(&town, &[]).status, StatusCode::OK, "what is typed gets through");
    });
}
