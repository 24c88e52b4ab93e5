//! A NUL is in no text of ours, and PostgreSQL takes none: where one is asked for nothing is found,
//! and a form that has one is no form.

use axum::http::StatusCode;

use crate::demo::demos;

#[test]
fn a_nul_leads_nowhere_and_is_in_no_form() {
    for demo in demos() {
        let (desk, resident) = (demo.staff("nieguanhai"), demo.resident("r01"));
        for path in [
            "/public?q=%00",
            "/public?place=%00",
            "/cases/%00",
            "/cases/2026-000001%00",
            "/places/%00",
            "/receipts/%00",
            "/desk?class=%00",
            "/desk?q=a%00b",
            "/files/%00.jpg",
            "/classes/%00",
            "/sign-in/begin/%00",
        ] {
            for cookie in [&desk, &resident] {
                let got = demo.get(cookie, path);
                // A path names nothing; a question cannot be read.
                let wanted = match path.contains('?') {
                    true => StatusCode::BAD_REQUEST,
                    false => StatusCode::NOT_FOUND,
                };
                assert_eq!(got.status, wanted, "{}: {path}", demo.engine);
            }
        }
        assert_eq!(demo.get(&desk, "/desk?class=%2500").status, StatusCode::OK);
        let form = [("username", "a\0"), ("password", "b\0"), ("phone", "\0"), ("words", "\0")];
        for path in ["/sign-in/staff", "/sign-in", "/cases/new", "/cases/new/place"] {
            for got in [demo.post(&resident, path, &form), demo.parts(&resident, path, &form, &[])]
            {
                let refused = got.status.is_client_error();
                assert!(refused, "{}: {path}: {}", demo.engine, got.status);
            }
        }
    }
}
