//! Who asks too often is told so before anything they send is read.

use std::num::NonZeroU32;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::middleware;
use tower::ServiceExt as _;

use crate::page::{Limit, render_failures};

#[test]
fn who_sends_or_asks_too_often_is_told_when_to_come_back() {
    let world = &crate::testing::worlds(&crate::app::wiring().unwrap())[0];
    let few = || Limit::new(NonZeroU32::MIN, NonZeroU32::MIN);
    let told = middleware::from_fn_with_state(world.districts(), render_failures);
    let app = super::routes_within(few(), few()).layer(told).with_state(world.districts());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let send = |method: &str, path: &str| {
        let request = Request::builder().method(method).uri(path).header(header::HOST, "localhost");
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let unread = async_stream::stream! {
            // Another kind of form than it says would be told; nothing at all is.
            yield Err::<Vec<u8>, _>(std::io::Error::other("was read"));
        };
        let body = if method == "GET" { Body::empty() } else { Body::from_stream(unread) };
        runtime.block_on(async {
            let response = app.clone().oneshot(request.body(body).unwrap()).await.unwrap();
            let status = response.status();
            let wait = response.headers().get(header::RETRY_AFTER).cloned();
            let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
            (status, wait, String::from_utf8(bytes.to_vec()).unwrap())
        })
    };
    for (method, first, path) in [
        ("POST", "/cases", "/cases/new"),
        ("GET", "/cases/new/grid?lat=1&lng=1", "/cases/new/grid?lat=1&lng=1"),
    ] {
        assert_ne!(send(method, first).0, StatusCode::TOO_MANY_REQUESTS, "{first}");
        let (status, wait, page) = send(method, path);
        assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{path}");
        let seconds: u64 = wait.unwrap().to_str().unwrap().parse().unwrap();
        assert!((1..=2).contains(&seconds), "{seconds}");
        let told = format!("您这里的请求太多了，请过 {seconds} 秒再试。");
        assert!(page.contains(&told), "{page}");
    }
    // What only shows a page is for everybody.
    assert_eq!(send("GET", "/cases/new").0, StatusCode::OK);
}
