//! Several districts in one process: each is asked by its jurisdiction or by its host, and what one
//! of them gave somebody opens nothing in another.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use super::api::{V1, bearer, problem};
use super::open311::error;
use super::{CODE, KEY, Told, Town, person_id};
use crate::base::Id;
use crate::catalogue;
use crate::district::{Districts, Wiring};
use crate::file::tests::jpeg;
use crate::file::{Shelf, pass};
use crate::people::session::{self, Opening};
use crate::people::{APPOINTMENT, POST};
use crate::store::Value;
use crate::store::schema::Table;
use crate::testing::{World, contents, rows_with, worlds, worlds_with};

const V2: &str = "/open311/v2";
const OTHER: &str = "990102";

/// The host of the other district.
const OTHER_HOST: &str = "other.example";
const HOME: &str = "localhost";

/// The other district, on each engine.
fn others(wiring: &Wiring, code: &str) -> Vec<World> {
    worlds_with(wiring, |config| {
        code.clone_into(&mut config.code);
        config.origin = format!("localhost/{OTHER}");
        config.hosts = vec![OTHER_HOST.to_owned()];
    })
}

/// A town, and beside it in the same process a district that has nothing but its classes.
fn with_two(test: impl Fn(&Town<'_>, &Town<'_>)) {
    let wiring = crate::app::wiring().unwrap();
    let others = others(&wiring, OTHER);
    for (world, other) in worlds(&wiring).iter().zip(&others) {
        catalogue::seed::seed(other.door()).unwrap();
        let both = [&world.district, &other.district].map(std::sync::Arc::clone);
        let mut town = Town::found(world);
        town.app = crate::app::router(Districts::new(both.to_vec()));
        let bare = Town {
            world: other,
            app: town.app.clone(),
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(),
        };
        test(&town, &bare);
    }
}

fn ask(town: &Town<'_>, host: &str, path: &str) -> Told {
    town.send(Request::get(path).header("host", host).body(Body::empty()).unwrap())
}

fn report(town: &Town<'_>, jurisdiction: &str) -> Told {
    let fields = [
        ("jurisdiction_id", jurisdiction),
        ("api_key", KEY),
        ("service_code", &town.class()),
        ("address_string", "南苑二村"),
        ("description", "三号楼前路灯不亮"),
    ];
    town.form(&format!("{V2}/requests.json"), &fields)
}

#[test]
fn where_several_districts_are_served_a_call_says_which() {
    with_two(|town, other| {
        for path in ["discovery", "services", "requests"] {
            let unsaid = ask(town, "localhost", &format!("{V2}/{path}.json"));
            assert_eq!(error(&unsaid), (400, 400), "{path}");
            assert!(unsaid.text().contains("jurisdiction_id"), "{}", unsaid.text());
            for named in [CODE, OTHER, "other.example", "OTHER.example", "localhost/990102"] {
                let query = format!("{V2}/{path}.json?jurisdiction_id={named}");
                assert_eq!(ask(town, "localhost", &query).status.as_u16(), 200, "{query}");
            }
            let unknown = ask(town, "localhost", &format!("{V2}/{path}.json?jurisdiction_id=x"));
            assert_eq!(error(&unknown), (404, 404), "{path}");
            let by_host = ask(town, "other.example", &format!("{V2}/{path}.json"));
            assert_eq!(by_host.status.as_u16(), 200, "a host of its own says it too");
        }
        let counts = || (town.count("matter"), other.count("matter"));
        assert_eq!(error(&report(town, "")), (400, 400));
        assert_eq!(error(&report(town, "x")), (404, 404));
        assert_eq!(error(&report(town, OTHER)), (403, 403), "a key opens its own district");
        assert_eq!(counts(), (0, 0));
        let made = report(town, CODE);
        assert_eq!(made.status.as_u16(), 200, "{}", made.text());
        assert_eq!(counts(), (1, 0));
        let number = made.json()[0]["service_request_id"].as_str().unwrap().to_owned();
        let here = format!("{V2}/requests/{number}.json?jurisdiction_id={CODE}");
        assert_eq!(ask(town, "other.example", &here).status.as_u16(), 200, "the name goes first");
        let there = format!("{V2}/requests/{number}.json?jurisdiction_id={OTHER}");
        assert_eq!(error(&ask(town, "localhost", &there)), (404, 404));
    });
}

#[test]
fn who_sends_an_update_is_kept_nowhere() {
    super::with_town(|town| {
        let number = super::open311::reported(town);
        let fields = [
            ("api_key", KEY),
            ("service_request_id", number.as_str()),
            ("status", "open"),
            ("updated_datetime", "2026-01-01T00:00:00+08:00"),
            ("description", "还没有人来"),
            ("first_name", "端"),
            ("last_name", "皇甫端"),
            ("email", "huangfu@example.com"),
            ("phone", "13912345678"),
        ];
        let told = town.form(&format!("{V2}/servicerequestupdates.json"), &fields);
        assert_eq!(told.status.as_u16(), 200, "{}", told.text());
        for words in ["皇甫端", "huangfu@example.com", "13912345678"] {
            let found = town.world.read(move |tx| rows_with(tx, words));
            assert_eq!(found, Vec::<String>::new());
        }
        assert_eq!(town.count("contact"), 0, "the case is its reporter's, not the sender's");
    });
}

/// Two towns of one code in one process in which the same people live, with the same ids: what
/// keeps them apart is then nothing but the wall between districts.
fn with_twins(test: impl Fn(&Town<'_>, &Town<'_>)) {
    let wiring = crate::app::wiring().unwrap();
    let others = others(&wiring, CODE);
    for (world, other) in worlds(&wiring).iter().zip(&others) {
        let (mut town, mut twin) = (Town::found(world), Town::found(other));
        let both = [world, other].map(|world| std::sync::Arc::clone(&world.district));
        town.app = crate::app::router(Districts::new(both.to_vec()));
        twin.app = town.app.clone();
        test(&town, &twin);
    }
}

/// Whoever asks: by nothing, by a session or by a key.
#[derive(Clone, Copy)]
enum By<'a> {
    Nobody,
    Session(&'a str),
    Key(&'a str),
}

/// Asks, and sends a body where there is one.
fn send(
    town: &Town<'_>,
    host: &str,
    path: &str,
    by: By<'_>,
    body: Option<(&str, Vec<u8>)>,
) -> Told {
    let method = if body.is_some() { "POST" } else { "GET" };
    let request = Request::builder().method(method).uri(path).header("host", host);
    let request = match by {
        By::Nobody => request,
        By::Session(cookie) => request.header("cookie", format!("linli={cookie}")),
        By::Key(key) => request.header("authorization", bearer(key)),
    };
    let (kind, bytes) = body.unwrap_or_default();
    let request = if kind.is_empty() { request } else { request.header("content-type", kind) };
    town.send(request.body(Body::from(bytes)).unwrap())
}

fn status(town: &Town<'_>, host: &str, path: &str, by: By<'_>) -> u16 {
    send(town, host, path, by, None).status.as_u16()
}

fn session_of(town: &Town<'_>, person: Id, appointment: Option<Id>) -> String {
    let opening = Opening { person, appointment, proved: "password+totp", device: String::new() };
    let district = &town.world.district;
    town.wait(session::open(district.store(), opening, district.now())).unwrap()
}

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

#[test]
fn a_session_and_a_key_of_one_district_are_none_in_another() {
    with_twins(|town, twin| {
        let cookie = session_of(town, person_id(), None);
        let by = By::Session(&cookie);
        assert_eq!(status(town, HOME, "/me", by), 200);
        let strange = send(town, OTHER_HOST, "/me", by, None);
        assert_eq!(
            (strange.status.as_u16(), strange.header("location")),
            (303, "/sign-in?next=%2Fme")
        );
        let there = session_of(twin, person_id(), None);
        assert_eq!(status(town, OTHER_HOST, "/me", By::Session(&there)), 200);
        assert_eq!(status(town, HOME, "/me", By::Session(&there)), 303);
        let before = twin.world.read(contents);
        let key = "a-key-of-the-town-alone";
        town.key(key, person_id(), None);
        let report = json!({"words": "路灯不亮", "class": town.class()}).to_string().into_bytes();
        let cases = format!("{V1}/cases");
        let sent = |host, key| send(town, host, &cases, By::Key(key), Some((JSON, report.clone())));
        assert_eq!(status(town, HOME, &format!("{V1}/me"), By::Key(key)), 200);
        assert_eq!(
            problem(&send(town, OTHER_HOST, &format!("{V1}/me"), By::Key(key), None)).0,
            401
        );
        assert_eq!(problem(&sent(OTHER_HOST, key)).0, 401);
        let form = Some((FORM, b"version=1&place=".to_vec()));
        let changed = send(town, OTHER_HOST, "/me/place", by, form);
        assert!(changed.header("location").starts_with("/sign-in"), "{}", changed.text());
        assert_eq!(twin.world.read(contents), before);
        assert_eq!(sent(HOME, key).status.as_u16(), 201);
    });
}

#[test]
fn a_receipt_is_shown_by_the_district_that_gave_it_alone() {
    with_twins(|town, twin| {
        let here = session_of(town, person_id(), None);
        let there = session_of(twin, person_id(), None);
        let report = json!({"words": "路灯不亮", "class": town.class()}).to_string().into_bytes();
        let path = format!("{V1}/cases");
        let told = send(town, HOME, &path, By::Key(KEY), Some((JSON, report.clone())));
        assert_eq!(told.status.as_u16(), 201, "{}", told.text());
        send(town, OTHER_HOST, &path, By::Key(KEY), Some((JSON, report)));
        let act = |town: &Town<'_>| {
            let sql = "select id from act where name = 'case.report' order by id";
            town.world.read(move |tx| tx.row(sql, &[], |row| row.get::<Id>(0))).unwrap()
        };
        let (mine, theirs) = (act(town), act(twin));
        for end in ["", ".json", ".pdf"] {
            let receipt = format!("/receipts/{mine}{end}");
            assert_eq!(status(town, HOME, &receipt, By::Session(&here)), 200, "{receipt}");
            for by in [By::Nobody, By::Session(&here), By::Session(&there)] {
                assert_eq!(status(town, OTHER_HOST, &receipt, by), 404, "{receipt}");
            }
            let receipt = format!("/receipts/{theirs}{end}");
            assert_eq!(status(town, OTHER_HOST, &receipt, By::Session(&there)), 200);
            assert_eq!(status(town, HOME, &receipt, By::Session(&here)), 404);
        }
    });
}

#[test]
fn a_photo_sent_ahead_to_one_district_is_named_in_no_other() {
    with_twins(|town, twin| {
        let photo = |host| {
            let path = format!("{V1}/photos");
            let told = send(town, host, &path, By::Key(KEY), Some(("image/jpeg", jpeg(40, 20))));
            assert_eq!(told.status.as_u16(), 201, "{}", told.text());
            told.json()["id"].as_str().unwrap().to_owned()
        };
        // The very same picture lies on both shelves.
        let (mine, theirs) = (photo(HOME), photo(OTHER_HOST));
        assert_ne!(mine, theirs);
        let report = |host, photo: &str| {
            let body = json!({"words": "路灯不亮", "class": town.class(), "photos": [photo]});
            let body = Some((JSON, body.to_string().into_bytes()));
            send(town, host, &format!("{V1}/cases"), By::Key(KEY), body)
        };
        for (host, strange) in [(OTHER_HOST, &mine), (HOME, &theirs)] {
            let told = report(host, strange);
            assert_eq!(told.json()["errors"][0]["code"], "photo_not_sent", "{}", told.text());
            assert_eq!(told.status.as_u16(), 422);
        }
        let hash = mine.split_once('.').unwrap().0;
        let [here, there] = [town, twin].map(|town| &town.world.district);
        assert!(Shelf::of(here).find(hash).is_some() && Shelf::of(there).find(hash).is_some());
        let ticket = pass::ticket(&here.keys, hash);
        assert!(pass::redeem(here, &ticket).is_some());
        assert!(pass::redeem(there, &ticket).is_none());
        let own = pass::of(&here.keys, hash);
        let shown = format!("/files/{hash}.jpg?k={own}");
        assert_eq!(status(town, HOME, &shown, By::Nobody), 200);
        assert_eq!(status(town, OTHER_HOST, &shown, By::Nobody), 404);
        for (host, photo) in [(HOME, &mine), (OTHER_HOST, &theirs)] {
            assert_eq!(report(host, photo).status.as_u16(), 201, "{host}");
        }
    });
}

/// To the letter: nothing tells that somebody is known elsewhere in the process.
#[test]
fn who_is_somebody_in_one_district_is_a_stranger_in_another() {
    with_twins(|town, twin| {
        let (here, there) = (keeper(town), keeper(twin));
        let key = "a-key-of-the-town-alone";
        town.key(key, person_id(), None);
        let told = |path: &str, by: By<'_>| {
            let told = send(twin, OTHER_HOST, path, by, None);
            (told.status.as_u16(), told.header("location").to_owned(), told.text())
        };
        let me = format!("{V1}/me");
        for path in ["/", "/me", &me] {
            let stranger = told(path, By::Nobody);
            assert_eq!(told(path, By::Session(&here)), stranger, "{path}");
            assert_ne!(told(path, By::Session(&there)), stranger, "{path}");
        }
        let (cases, notices) = (format!("{V1}/cases"), format!("{V1}/notices"));
        for path in ["/desk", "/field", "/admin/people", "/admin/audit", "/desk/live"] {
            assert_eq!(told(path, By::Session(&here)), told(path, By::Nobody), "{path}");
        }
        for path in [&me, &cases, &notices] {
            assert_eq!(told(path, By::Key(key)), told(path, By::Key("made-up")), "{path}");
        }
    });
}

/// Makes the clerk a system administrator, who may take an import back, and signs them in.
fn keeper(town: &Town<'_>) -> String {
    let (post, seat) = (Id::derived("keeper's post"), Id::derived("keeper's appointment"));
    let columns = vec![
        ("kind", "system_admin".into()),
        ("title", "系统管理员".into()),
        ("place_id", Value::from(&Id::derived("place"))),
        ("place_path", format!("/{CODE}/").into()),
        ("version", Value::Int(1)),
    ];
    town.world.plant(POST, vec![(post.clone(), columns)]);
    let columns = vec![
        ("post_id", Value::from(&post)),
        ("person_id", Value::from(&Id::derived("clerk"))),
        ("holder_name", "张*".into()),
        ("term_from", "2020-01-01".into()),
        ("since", Value::Int(2)),
        ("version", Value::Int(1)),
    ];
    town.world.plant(APPOINTMENT, vec![(seat.clone(), columns)]);
    session_of(town, Id::derived("clerk"), Some(seat))
}

#[test]
fn what_was_imported_in_one_district_is_taken_back_in_no_other() {
    with_twins(|town, twin| {
        let (here, there) = (keeper(town), keeper(twin));
        let import = Id::derived("an import of the town");
        let columns = vec![
            ("place_id", Value::from(&Id::derived("place"))),
            ("at", Value::from(town.world.district.now())),
            ("entered", Value::Int(0)),
            ("drawn", Value::Int(0)),
        ];
        town.world.plant(Table::recorded("boundary_import"), vec![(import.clone(), columns)]);
        let path = format!("/admin/places/{CODE}/imports/{import}");
        assert_eq!(status(town, HOME, &path, By::Session(&here)), 200);
        assert_eq!(status(town, OTHER_HOST, &path, By::Session(&there)), 404);
        let taken_back = || {
            let sql = "select count(*) from boundary_import where undone_at is not null";
            town.world.read(move |tx| tx.count(sql, &[]))
        };
        let before = twin.world.read(contents);
        let sure = |host, by| {
            let form = Some((FORM, b"sure=yes".to_vec()));
            send(town, host, &path, by, form).status.as_u16()
        };
        assert_eq!(sure(OTHER_HOST, By::Session(&there)), 404);
        assert_eq!(sure(OTHER_HOST, By::Session(&here)), 303, "to where one signs in");
        assert_eq!(sure(HOME, By::Session(&there)), 303);
        assert_eq!((taken_back(), twin.world.read(contents) == before), (0, true));
        assert_eq!(sure(HOME, By::Session(&here)), 303);
        assert_eq!(taken_back(), 1);
    });
}
