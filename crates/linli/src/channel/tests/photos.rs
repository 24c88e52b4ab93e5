//! Photos by program: sent ahead, named by a report or a move, and looked at.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use super::api::{V1, bearer, get, post, problem};
use super::{CLERK_KEY, KEY, STRANGER, Told, Town, stranger, with_town};
use crate::file::tests::{age, jpeg, with_exif};
use crate::file::{MOST_BYTES, Shelf, sweep};

fn send(town: &Town<'_>, key: &str, kind: &str, bytes: Vec<u8>) -> Told {
    let request = Request::post(format!("{V1}/photos"))
        .header("host", "localhost")
        .header("authorization", bearer(key))
        .header("content-type", kind);
    town.send(request.body(Body::from(bytes)).unwrap())
}

/// A form with these fields, the last of them a file.
fn in_form(fields: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, bytes) in fields {
        let head = "--b\r\nContent-Disposition: form-data; filename=\"a.jpg\"; name=";
        out.extend(format!("{head}\"{name}\"\r\n\r\n").into_bytes());
        out.extend(*bytes);
        out.extend(b"\r\n");
    }
    out.extend(b"--b--\r\n");
    out
}

const FORM: &str = "multipart/form-data; boundary=b";

fn sent(town: &Town<'_>, key: &str, side: u32) -> String {
    let told = send(town, key, "image/jpeg", jpeg(side, 20));
    assert_eq!(told.status, 201, "{}", told.text());
    told.json()["id"].as_str().unwrap().to_owned()
}

fn urls(case: &Value) -> Vec<String> {
    let url = |photo: &Value| photo["url"].as_str().unwrap().strip_prefix(V1).unwrap().to_owned();
    case["photos"].as_array().unwrap().iter().map(url).collect()
}

fn refused(told: &Told) -> (u16, Vec<String>, String) {
    let (status, _, places) = problem(told);
    let code = told.json()["errors"][0]["code"].as_str().unwrap_or_default().to_owned();
    (status, places, code)
}

#[test]
fn photos_are_sent_ahead_named_by_a_report_and_shown_to_who_may_see_them() {
    with_town(|town| {
        stranger(town);
        town.key(STRANGER, crate::base::Id::derived("a stranger"), None);
        let original = with_exif(&jpeg(400, 200));
        let told = send(town, KEY, "image/jpeg", original.clone());
        assert_eq!(told.status, 201, "{}", told.text());
        let id = told.json()["id"].as_str().unwrap().to_owned();
        let place = told.header("location").strip_prefix(V1).unwrap().to_owned();
        assert_eq!(
            (told.json()["width"].as_i64(), told.json()["height"].as_i64()),
            (Some(200), Some(400))
        );
        // The same photo is the same one, however it is sent.
        let again = send(town, KEY, FORM, in_form(&[("photo", &original)]));
        assert_eq!(again.json()["id"], id.as_str(), "{}", again.text());
        // Nobody but its sender sees it before it is named.
        for (key, status) in [(KEY, 200), (STRANGER, 404), (CLERK_KEY, 404)] {
            assert_eq!(get(town, key, &place).status, status, "{key}");
        }
        let bare = format!("/photos/{}.jpg", id.split_once('.').unwrap().0);
        assert_eq!(get(town, STRANGER, &bare).status, 404);
        let body = json!({"words": "路灯不亮", "class": town.class(), "photos": [id, id]});
        let told = post(town, KEY, "/cases", &[("idempotency-key", "lamp")], &body);
        assert_eq!(told.status, 201, "{}", told.text());
        let twice = post(town, KEY, "/cases", &[("idempotency-key", "lamp")], &body);
        assert_eq!(twice.json()["number"], told.json()["number"], "{}", twice.text());
        let path = format!("/cases/{}", told.json()["number"].as_str().unwrap());
        let case = get(town, KEY, &path).json();
        let photo = &case["photos"][0];
        assert_eq!(case["photos"].as_array().unwrap().len(), 1, "{case}");
        assert_eq!((&photo["field"], &photo["title"]), (&json!("photos"), &json!("照片")));
        assert_eq!(photo["act"], case["timeline"][0]["id"]);
        let url = urls(&case).remove(0);
        let whole = get(town, KEY, &url);
        assert_eq!((whole.status.as_u16(), whole.header("content-type")), (200, "image/jpeg"));
        assert!(!whole.body.windows(9).any(|part| part == b"SecretCam"));
        assert!(get(town, KEY, &format!("{url}?w=320")).body.len() < whole.body.len());
        assert_eq!(get(town, KEY, &format!("{url}?w=12")).status, 400);
        assert_eq!(get(town, CLERK_KEY, &url).status, 200, "the office handles it");
        assert_eq!(urls(&get(town, CLERK_KEY, &path).json()), std::slice::from_ref(&url));
        // Public as the case is, nobody has released its photo.
        let public = get(town, STRANGER, &path);
        assert_eq!((public.status.as_u16(), urls(&public.json())), (200, vec![]));
        assert_eq!(get(town, STRANGER, &url).status, 404);
        let nobody = town.get(&format!("{V1}{url}"));
        assert_eq!(nobody.status, 404);
        // A move takes photos where its record has a field for them.
        let (mine, more) = (sent(town, KEY, 40), sent(town, KEY, 44));
        let add = |photos: Value| {
            let fields = json!({"words": "还是不亮", "photos": photos});
            let body = json!({"act": "add_info", "fields": fields});
            post(town, KEY, &format!("{path}/moves"), &[("if-match", "*")], &body)
        };
        let others = sent(town, CLERK_KEY, 48);
        let told = add(json!([mine, others]));
        let wrong = (422, vec!["/fields/photos/1".to_owned()], "photo_not_sent".to_owned());
        assert_eq!(refused(&told), wrong);
        let told = add(json!([mine, more]));
        assert_eq!(told.status, 200, "{}", told.text());
        assert_eq!(urls(&get(town, KEY, &path).json()).len(), 3);
    });
}

#[test]
fn photos_that_cannot_be_taken_or_named_are_told_where_they_stand() {
    with_town(|town| {
        let count = || town.count("matter") + town.count("file");
        let before = count();
        let at = |place: &str, code: &str| (422, vec![place.to_owned()], code.to_owned());
        let spaces = |n: usize| vec![b' '; n];
        assert_eq!(
            refused(&send(town, KEY, "image/png", spaces(MOST_BYTES))),
            at("", "not_a_photo")
        );
        let over = spaces(MOST_BYTES + 1);
        assert_eq!(refused(&send(town, KEY, "image/png", over.clone())), at("", "photo_too_large"));
        let form = |fields: &[(&str, &[u8])]| refused(&send(town, KEY, FORM, in_form(fields)));
        assert_eq!(form(&[("photo", &over)]), at("/photo", "photo_too_large"));
        assert_eq!(form(&[("photo", b"none")]), at("/photo", "not_a_photo"));
        assert_eq!(form(&[]), at("/photo", "missing"));
        assert_eq!(form(&[("photos", &jpeg(20, 20))]), at("/photos", "unknown_field"));
        let two = jpeg(20, 20);
        assert_eq!(form(&[("photo", &two), ("photo", &two)]), at("/photo", "too_many_photos"));
        let broken = send(town, KEY, FORM, b"--b\r\nContent-Disp".to_vec());
        assert_eq!(refused(&broken), at("/photo", "form_unreadable"));
        assert_eq!(refused(&send(town, KEY, "image/jpeg", vec![])), at("", "photo_empty"));
        for kind in ["text/plain", "application/json", "image/gif", ""] {
            assert_eq!(problem(&send(town, KEY, kind, jpeg(20, 20))).0, 415, "{kind}");
        }
        assert_eq!(problem(&send(town, "nobody", "image/jpeg", jpeg(20, 20))).0, 401);
        let report = |photos: Value| {
            let body = json!({"words": "路灯不亮", "class": town.class(), "photos": photos});
            post(town, KEY, "/cases", &[], &body)
        };
        let theirs = sent(town, CLERK_KEY, 52);
        let mine = sent(town, KEY, 52);
        assert_ne!(theirs, mine, "one photo, two who sent it");
        assert_eq!(refused(&report(json!([mine, theirs]))), at("/photos/1", "photo_not_sent"));
        let hash = mine.split_once('.').unwrap().0;
        for bad in [hash, "", "x.y", "../../a.b"] {
            assert_eq!(refused(&report(json!([bad]))), at("/photos/0", "photo_not_sent"), "{bad}");
        }
        for odd in [json!("x"), json!([1]), json!({})] {
            assert_eq!(refused(&report(odd)), at("/photos", "wrong_kind"));
        }
        let many: Vec<String> = (0..10).map(|n| sent(town, KEY, 60 + n)).collect();
        assert_eq!(refused(&report(json!(many))), at("/photos", "too_many_photos"));
        // What nobody names is gone after a day or so.
        age(town.world, hash, 25);
        town.wait(sweep(&town.world.district)).unwrap();
        assert_eq!(Shelf::of(&town.world.district).find(hash), None);
        assert_eq!(refused(&report(json!([mine]))), at("/photos/0", "photo_not_sent"));
        assert_eq!(count(), before);
    });
}
