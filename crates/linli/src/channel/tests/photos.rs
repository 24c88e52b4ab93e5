//! Photos by program: sent ahead, named by a report or a move, and looked at.

use std::path::Path;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use super::api::{V1, bearer, get, post, problem, reported};
use super::{CLERK_KEY, KEY, OFFICER_KEY, STRANGER, Told, Town, stranger, with_town};
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

/// Sends a photo under the name of an order.
fn ordered(town: &Town<'_>, key: &str, order: &str, (kind, body): (&str, Body)) -> Told {
    let request = Request::post(format!("{V1}/photos"))
        .header("host", "localhost")
        .header("authorization", bearer(key))
        .header("idempotency-key", order)
        .header("content-type", kind);
    town.send(request.body(body).unwrap())
}

/// The names of the orders that are kept.
fn orders_in(folder: &Path) -> Vec<String> {
    let lying = std::fs::read_dir(folder).unwrap().map(|one| one.unwrap().path());
    let names = lying.flat_map(|path| match path.is_dir() {
        true => orders_in(&path),
        false => {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.strip_suffix(".order").map(str::to_owned).into_iter().collect()
        }
    });
    names.collect()
}

#[test]
fn an_order_given_again_is_the_same_photo_and_no_other() {
    with_town(|town| {
        let (one, other) = (jpeg(90, 20), jpeg(91, 20));
        let give = |key: &str, order: &str, bytes: &[u8]| {
            ordered(town, key, order, ("image/jpeg", Body::from(bytes.to_vec())))
        };
        let first = give(KEY, "lamp", &one);
        assert_eq!(first.status, 201, "{}", first.text());
        let again = give(KEY, "lamp", &one);
        assert_eq!((again.status.as_u16(), again.json()), (201, first.json()));
        let form = ordered(town, KEY, "lamp", (FORM, Body::from(in_form(&[("photo", &one)]))));
        assert_eq!(form.json(), first.json(), "however it is sent");
        let another = give(KEY, "lamp", &other);
        let (status, code, _) = problem(&another);
        assert_eq!((status, code.as_str()), (422, "idempotency_key_used"), "{}", another.text());
        assert_eq!(give(KEY, "lamp", &one).json(), first.json(), "the first still stands");
        // Another's order has nothing to do with it, nor an order without effect.
        assert_eq!(give(CLERK_KEY, "lamp", &other).status, 201);
        assert_eq!(problem(&give(KEY, "bench", b"no photo")).0, 422);
        assert_eq!(give(KEY, "bench", &other).status, 201);
        assert_eq!(problem(&give(KEY, " ", &one)).1, "bad_idempotency_key");
        // After a day nobody waits for an answer any more.
        let orders = || orders_in(&town.world.dir().join("files"));
        assert_eq!(orders().len(), 3);
        for order in orders() {
            age(town.world, &order, 25);
        }
        town.wait(sweep(&town.world.district)).unwrap();
        assert_eq!(orders(), Vec::<String>::new());
        assert_eq!(give(KEY, "lamp", &other).status, 201);
    });
}

#[test]
fn what_breaks_off_is_told_as_that_and_not_as_too_large() {
    with_town(|town| {
        let cut = || {
            Body::from_stream(async_stream::stream! {
                yield Ok(jpeg(20, 20)[..100].to_vec());
                yield Err(std::io::Error::other("gone"));
            })
        };
        let told = ordered(town, KEY, "cut", ("image/jpeg", cut()));
        let (status, code, _) = problem(&told);
        assert_eq!((status, code.as_str()), (400, "broken_off"), "{}", told.text());
        let whole = ordered(town, KEY, "cut", ("image/jpeg", Body::from(jpeg(20, 20))));
        assert_eq!(whole.status, 201, "the order had no effect yet: {}", whole.text());
        for (path, kind, status, said) in [
            ("/api/v1/cases", "application/json", 400, "broken_off"),
            ("/open311/v2/requests.json", "application/x-www-form-urlencoded", 400, "不完整"),
        ] {
            let request = Request::post(path)
                .header("host", "localhost")
                .header("authorization", bearer(KEY))
                .header("content-type", kind);
            let told = town.send(request.body(cut()).unwrap());
            let text = told.text();
            assert!(told.status.as_u16() == status && text.contains(said), "{path} {text}");
        }
        let over = ordered(town, KEY, "over", ("image/jpeg", Body::from(vec![0; MOST_BYTES + 1])));
        assert_eq!(refused(&over), (422, vec![String::new()], "photo_too_large".to_owned()));
    });
}

#[test]
fn who_verifies_sends_the_photos_of_the_spot_ahead_and_names_them() {
    with_town(|town| {
        let number = reported(town);
        town.lead_to_handling(&number);
        let path = format!("/cases/{number}");
        let make = |key: &str, act: &str, fields: Value| {
            let body = json!({"act": act, "fields": fields});
            post(town, key, &format!("{path}/moves"), &[("if-match", "*")], &body)
        };
        // The fields that a move offers, and the closing list among them.
        let offered = |key: &str, act: &str| {
            let case = get(town, key, &path).json();
            let moves = case["moves"].as_array().unwrap().clone();
            let offer = moves.into_iter().find(|offer| offer["act"] == act).unwrap();
            let fields = offer["fields"].as_array().unwrap().clone();
            let field = move |name: &str| fields.iter().find(|f| f["name"] == name).cloned();
            (field("photos"), field("checked").map_or(json!([]), |field| field["lines"].clone()))
        };
        let (_, lines) = offered(OFFICER_KEY, "answer");
        let answered = make(OFFICER_KEY, "answer", json!({"reply": "灯已换", "checked": lines}));
        assert_eq!(answered.status, 200, "{}", answered.text());
        let (photos, lines) = offered(CLERK_KEY, "verify");
        let photos = photos.unwrap();
        assert_eq!((&photos["kind"], &photos["required"]), (&json!("photos"), &json!(true)));
        let verify = |photos: Value| {
            let found = json!({"finding": "亮了", "checked": lines, "photos": photos});
            make(CLERK_KEY, "verify", found)
        };
        let at = |place: &str, code: &str| (422, vec![place.to_owned()], code.to_owned());
        assert_eq!(refused(&verify(json!([]))), at("/fields/photos", "photo_missing"));
        let theirs = sent(town, OFFICER_KEY, 72);
        assert_eq!(refused(&verify(json!([theirs]))), at("/fields/photos/0", "photo_not_sent"));
        let mine = [sent(town, CLERK_KEY, 73), sent(town, CLERK_KEY, 74)];
        let told = verify(json!(mine));
        assert_eq!(told.status, 200, "{}", told.text());
        assert_eq!(told.json()["stage"], "closed");
        let case = get(town, CLERK_KEY, &path).json();
        let shown = urls(&case);
        assert_eq!(shown.len(), 2, "{case}");
        assert_eq!(
            (&case["photos"][0]["title"], case["stage"]["code"].as_str()),
            (&json!("现场照片"), Some("closed"))
        );
        assert_eq!(get(town, CLERK_KEY, &shown[0]).header("content-type"), "image/jpeg");
        assert_eq!(
            get(town, KEY, &shown[0]).status,
            200,
            "whoever reported it sees what was found"
        );
    });
}
