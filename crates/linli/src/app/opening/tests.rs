//! Of two districts one cannot be opened: the other is served as if nothing were.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use tower::ServiceExt as _;

use super::*;
use crate::app::{router, upgrade};
use crate::record::tests::behind_the_door;
use crate::testing::{World, worlds_with};
use crate::words::Lang;

const HERE: &str = "here.example";
const THERE: &str = "there.example";
const SOON: Duration = Duration::from_millis(10);

fn named(host: &str) -> Config {
    Config { hosts: vec![host.to_owned()], ..Config::new("区", "1") }
}

#[test]
fn two_districts_share_neither_a_host_name_nor_a_database() {
    let (one, same, other) = (named("a.example.cn"), named("A.example.cn"), named("b.cn"));
    let apart =
        |dir, second| told_apart([(Path::new("one"), &one), (Path::new(dir), second)].into_iter());
    assert!(apart("two", &other).is_ok());
    let told = apart("two", &same).unwrap_err().to_string();
    assert!(told.contains("one") && told.contains("two"), "{told}");
    let told = apart("one", &other).unwrap_err().to_string();
    assert!(told.contains("linli serve takes a database once"), "{told}");
}

/// Two districts on each engine, known by two hosts.
fn pairs() -> Vec<(World, World)> {
    let of = |code: &'static str, host: &'static str, name: &'static str| {
        worlds_with(&wiring().unwrap(), move |config| {
            (config.code, config.name) = (code.to_owned(), name.to_owned());
            config.origin = format!("localhost/{code}");
            config.hosts = vec![host.to_owned()];
        })
    };
    of("990101", HERE, "此区").into_iter().zip(of("990102", THERE, "彼区")).collect()
}

fn dirs(one: &World, other: &World) -> Vec<PathBuf> {
    [one, other].map(|world| world.dir().to_owned()).to_vec()
}

struct Got {
    status: u16,
    kind: String,
    retries: bool,
    text: String,
}

fn ask(app: &Router, host: &str, path: &str) -> Got {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let request = Request::get(path).header(header::HOST, host).body(Body::empty()).unwrap();
    runtime.block_on(async {
        let (head, body) = app.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = axum::body::to_bytes(body, 1 << 24).await.unwrap();
        let kind = head.headers.get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap());
        Got {
            status: head.status.as_u16(),
            kind: kind.unwrap_or_default().to_owned(),
            retries: head.headers.contains_key(header::RETRY_AFTER),
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    })
}

/// What comes of the addresses of both while that of [`THERE`] is shut.
fn only_one_is_served(app: &Router) {
    assert_eq!(ask(app, HERE, "/").status, 200);
    let page = ask(app, THERE, "/");
    assert_eq!((page.status, page.retries), (503, true), "{}", page.text);
    assert!(page.text.contains("<main") && page.text.contains("彼区"), "{}", page.text);
    assert!(!page.text.contains("此区"), "{}", page.text);
    let problem = ask(app, THERE, "/api/v1/classes");
    assert_eq!((problem.status, problem.retries), (503, true), "{}", problem.text);
    assert!(problem.kind.starts_with("application/problem+json"), "{}", problem.kind);
    assert_eq!(ask(app, THERE, "/log/checkpoint").status, 503);
    assert_eq!(ask(app, THERE, "/map.pmtiles").status, 503);
    let call = "/open311/v2/discovery.json";
    assert_eq!(ask(app, THERE, call).status, 503);
    for (code, status) in [("990101", 200), ("990102", 503)] {
        let told = ask(app, "localhost", &format!("{call}?jurisdiction_id={code}"));
        assert_eq!(told.status, status, "{code}: {}", told.text);
    }
    // Which of the two a call is for has to be said, though one alone is open.
    assert_eq!(ask(app, "localhost", call).status, 400);
    assert_eq!(ask(app, "localhost", "/livez").status, 200);
    let ready = |host: &str| (ask(app, host, "/readyz").status, ask(app, host, "/readyz").text);
    assert_eq!(ready(HERE), (200, "ok".to_owned()));
    assert_eq!(ready(THERE), (503, "not ready: 彼区".to_owned()));
    assert_eq!(ready("127.0.0.1:8080"), (200, "not ready: 彼区".to_owned()));
}

/// It is tried again until what keeps it shut is gone.
fn opened_late(districts: &Districts) -> Arc<District> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { late(districts, SOON).await })
}

#[test]
fn a_district_that_cannot_be_opened_keeps_no_other_from_being_served() {
    type Turn = fn(&World);
    let spoil: [(&str, Turn, Turn); 3] = [
        (
            "a newer schema",
            |world| alter(world, "insert into schema_version values (999)"),
            |world| alter(world, "delete from schema_version where version = 999"),
        ),
        (
            "no key file",
            |world| std::fs::rename(key_file(world), aside(world)).unwrap(),
            |world| std::fs::rename(aside(world), key_file(world)).unwrap(),
        ),
        (
            "a procedure that is refused",
            |world| alter(world, REFUSED),
            |world| alter(world, "delete from process"),
        ),
    ];
    for (one, other) in pairs() {
        for (why, break_it, mend_it) in spoil {
            break_it(&other);
            let dirs = dirs(&one, &other);
            let districts = open(&dirs, &Clock::default()).unwrap();
            assert_eq!(districts.iter().count(), 1, "{why}");
            only_one_is_served(&router(districts.clone()));
            assert!(try_again(&districts).is_none(), "{why}");
            let alone = open(&dirs[1..], &Clock::default()).err();
            assert!(alone.is_some(), "{why}: the only one ends it");
            mend_it(&other);
            assert_eq!(opened_late(&districts).config.name, "彼区", "{why}");
            let app = router(districts);
            assert_eq!(ask(&app, THERE, "/").status, 200, "{why}");
            assert_eq!(ask(&app, "localhost", "/readyz").text, "ok", "{why}");
        }
    }
}

fn alter(world: &World, sql: &str) {
    assert_eq!(behind_the_door(world, sql), 1);
}

fn key_file(world: &World) -> PathBuf {
    world.district.config.key_file(world.dir())
}

fn aside(world: &World) -> PathBuf {
    world.dir().join("keys.aside")
}

/// A version in force of which nothing can be read.
const REFUSED: &str = "insert into process (id, process, version, text, since, by_label)
    values ('spoiled', 'appeal', 9, 'no procedure', 1, 'x')";

#[test]
fn the_hosts_of_one_that_is_shut_lead_to_no_other() {
    for (one, other) in pairs() {
        // The first of a process takes the hosts that nobody names, open or not.
        let dirs = dirs(&other, &one);
        behind_the_door(&other, "insert into schema_version values (999)");
        let districts = open(&dirs, &Clock::default()).unwrap();
        let app = router(districts.clone());
        assert_eq!(ask(&app, "anywhere.example", "/").status, 503);
        assert_eq!(ask(&app, HERE, "/").status, 200);
        // A name that was given to both while one was shut is not served twice.
        behind_the_door(&other, "delete from schema_version where version = 999");
        let own = other.district.config.clone();
        let same = Config { hosts: vec![HERE.to_owned()], ..own.clone() };
        same.write(other.dir()).unwrap();
        assert!(try_again(&districts).is_none());
        own.write(other.dir()).unwrap();
        assert!(try_again(&districts).is_some());
    }
}

#[test]
fn one_that_another_process_has_is_served_when_that_lets_go() {
    for (one, other) in pairs() {
        let place = other.district.config.store_place(other.dir()).unwrap();
        let hold = crate::store::Hold::take(&place, "copy").unwrap();
        let districts = open(&dirs(&one, &other), &Clock::default()).unwrap();
        assert_eq!(districts.iter().count(), 1);
        only_one_is_served(&router(districts.clone()));
        drop(hold);
        assert_eq!(opened_late(&districts).config.name, "彼区");
    }
}

#[test]
fn where_none_can_be_opened_it_is_the_first_that_is_told() {
    for (one, other) in pairs() {
        for world in [&one, &other] {
            behind_the_door(world, "insert into schema_version values (999)");
        }
        let told = open(&dirs(&one, &other), &Clock::default()).err().unwrap();
        assert_eq!(told.code(), Some("newer_database"));
        assert!(told.to_string().contains("此区"), "{told}");
        std::fs::remove_file(other.dir().join("district.toml")).unwrap();
        let told = open(&dirs(&one, &other), &Clock::default()).err().unwrap();
        assert_eq!(told.code(), Some("no_district"), "nobody knows its hosts");
    }
}

/// As a district of an earlier program has it, whose list has never heard of the act.
fn unheard(world: &World) -> bool {
    behind_the_door(world, "delete from duty where act = 'person.consent'") > 0
}

fn heard(world: &World) -> i64 {
    let sql = "select count(*) from duty where act = 'person.consent' and until is null";
    world.read(move |tx| tx.count(sql, &[]))
}

#[test]
fn what_this_program_brings_is_in_the_duty_list_once_a_district_is_served() {
    for world in worlds_with(&wiring().unwrap(), |_| {}) {
        let before = heard(&world);
        assert!(unheard(&world) && heard(&world) == 0);
        let districts = open(&[world.dir().to_owned()], &Clock::default()).unwrap();
        assert_eq!((heard(&world), districts.iter().count()), (before, 1));
    }
}

#[test]
fn migrate_brings_it_too_and_a_dry_run_only_says_so() {
    for world in worlds_with(&wiring().unwrap(), |_| {}) {
        let before = heard(&world);
        let migrate = |dry_run: bool| {
            let mut out = Vec::new();
            upgrade::run(world.dir(), dry_run, Lang::En, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert!(!migrate(true).contains("duty list"));
        assert!(unheard(&world));
        assert!(migrate(true).contains("waits to be added: person.consent"));
        assert_eq!(heard(&world), 0);
        assert!(migrate(false).contains("brings now: person.consent"));
        assert_eq!(heard(&world), before);
        assert!(!migrate(false).contains("duty list"));
    }
}
