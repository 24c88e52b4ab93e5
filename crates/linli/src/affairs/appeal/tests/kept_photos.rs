//! How long browsers keep photos: many share one.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use tower::ServiceExt as _;

use super::town::{LAMP, Town, person, runtime};
use crate::affairs::appeal::report::Report;
use crate::app;
use crate::matter::{ATTACHMENT, MATTER, Photo};
use crate::testing::both_engines_wired;

/// Status, how long it is kept, and the tag.
fn asked(town: &Town<'_>, path: &str, cookie: &str, tag: &str) -> (StatusCode, String, String) {
    let request = Request::get(path).header(header::COOKIE, cookie);
    let request = request.header(header::IF_NONE_MATCH, tag).body(Body::empty()).unwrap();
    let router = app::router(town.world.districts());
    let answer = runtime().block_on(router.oneshot(request)).unwrap();
    let of = |name: header::HeaderName| {
        let value = answer.headers().get(name);
        value.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    };
    (answer.status(), of(header::CACHE_CONTROL), of(header::ETAG))
}

#[test]
fn a_photo_that_not_everyone_may_see_is_asked_for_anew_by_whoever_looks() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let file = town.photo(70);
        let report = Report {
            words: "路灯不亮".to_owned(),
            class: Some(LAMP.to_owned()),
            place: Some("99010100100101".to_owned()),
            photos: vec![Photo { file: file.clone(), role: "photos".to_owned() }],
            source: "web".to_owned(),
            language: "zh".to_owned(),
            owner: Some(person("zhou")),
            ..Report::default()
        };
        town.report_as(&town.resident("zhou"), "report", report).unwrap();
        let (mine, other) = (town.resident("zhou"), town.resident("lin"));
        let (mine, other) = (town.sign_in(&mine), town.sign_in(&other));
        let path = format!("/files/{file}.jpg");
        let (status, kept, tag) = asked(&town, &path, &mine, "");
        assert_eq!((status, kept.as_str()), (StatusCode::OK, "private, no-cache"));
        assert_eq!(asked(&town, &path, &mine, &tag).0, StatusCode::NOT_MODIFIED);
        let small = format!("{path}?w=320");
        assert_eq!(asked(&town, &small, &mine, &tag).0, StatusCode::OK, "another picture");
        for cookie in [other.as_str(), ""] {
            let (status, kept, _) = asked(&town, &path, cookie, &tag);
            assert_eq!((status, kept.as_str()), (StatusCode::NOT_FOUND, "no-store"));
        }
        world.tamper(ATTACHMENT, "update attachment set released_at = 1", &[]);
        world.tamper(MATTER, "update matter set stage = 'closed'", &[]);
        for cookie in [mine.as_str(), &other, ""] {
            let (status, kept, _) = asked(&town, &path, cookie, "");
            assert_eq!((status, kept.as_str()), (StatusCode::OK, "public, max-age=3600"));
        }
    });
}
