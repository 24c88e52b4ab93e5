//! What the router does around every route.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use tower::ServiceExt as _;

use super::{router, wiring};
use crate::district::Districts;
use crate::page::r#static::VERSION;
use crate::testing::{World, both_engines_wired};

/// An answer and what it says.
async fn told(
    app: &Router,
    request: axum::http::request::Builder,
    body: &str,
) -> (Response, String) {
    let request = request.header("host", "localhost").body(Body::from(body.to_owned())).unwrap();
    let (head, body) = app.clone().oneshot(request).await.unwrap().into_parts();
    let bytes = axum::body::to_bytes(body, 1 << 24).await.unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    (Response::from_parts(head, Body::empty()), text)
}

fn with_app(test: impl AsyncFn(&World, &Router)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    both_engines_wired(&wiring().unwrap(), |world| {
        runtime.block_on(test(world, &router(world.districts())));
    });
}

#[test]
fn a_nul_is_told_alike_whatever_the_database() {
    with_app(async |_, app| {
        for (path, status) in [
            ("/files/%00.jpg", StatusCode::NOT_FOUND),
            ("/cases/%00", StatusCode::NOT_FOUND),
            ("/cases/2026-000001%00/received", StatusCode::NOT_FOUND),
            ("/public?q=%00", StatusCode::BAD_REQUEST),
            ("/public?place=a%00b", StatusCode::BAD_REQUEST),
        ] {
            let (answer, text) = told(app, Request::get(path), "").await;
            assert_eq!(answer.status(), status, "{path}: {text}");
            assert!(text.contains("<html"), "{path}: {text}");
        }
        let parts =
            "--b\r\nContent-Disposition: form-data; name=\"words\"\r\n\r\na\0b\r\n--b--\r\n";
        for (path, kind, body) in [
            ("/sign-in/staff", "application/x-www-form-urlencoded", "username=a%00b&password=x"),
            ("/sign-in/code", "application/x-www-form-urlencoded", "phone=%00"),
            ("/cases/new", "multipart/form-data; boundary=b", parts),
        ] {
            let request = Request::post(path).header(header::CONTENT_TYPE, kind);
            let (answer, text) = told(app, request, body).await;
            assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{path}: {text}");
        }
    });
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    with_app(async |_, app| {
        let version = VERSION.as_str();
        for (path, kept) in [
            (format!("/static/mark.svg?v={version}"), "max-age=31536000"),
            ("/static/mark.svg".to_owned(), "no-cache"),
            ("/static/mark.svg?v=another".to_owned(), "no-cache"),
            ("/map.pmtiles".to_owned(), "max-age=3600"),
        ] {
            let (first, _) = told(app, Request::get(&path), "").await;
            assert_eq!(first.status(), StatusCode::OK, "{path}");
            let told_of = first.headers()[header::CACHE_CONTROL].to_str().unwrap();
            assert!(told_of.ends_with(kept), "{path}: {told_of}");
            let tag = first.headers()[header::ETAG].clone();
            let again = Request::get(&path).header(header::IF_NONE_MATCH, tag);
            let (second, text) = told(app, again, "").await;
            assert_eq!((second.status(), text.as_str()), (StatusCode::NOT_MODIFIED, ""), "{path}");
            assert!(second.headers().contains_key(header::CACHE_CONTROL), "{path}");
        }
        let (_, page) = told(app, Request::get("/public"), "").await;
        let of_it = page.matches("/static/").count();
        let dated = page.matches(&format!("?v={version}\"")).count();
        assert_eq!(of_it, dated, "a page asks for each asset by its version: {page}");
    });
}

#[test]
fn where_no_page_can_be_made_it_is_told_in_the_readers_language() {
    let app = router(Districts::new(Vec::new()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let english = Request::get("/cases/new").header(header::ACCEPT_LANGUAGE, "fr, en;q=0.5");
        let (answer, text) = told(&app, english, "").await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        let chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        assert!(text.contains("<html lang=\"en\"") && !text.contains(chinese), "{text}");
        assert!(!answer.headers().contains_key(header::RETRY_AFTER), "it will not be there later");
    });
}
