//! Open311 of several districts in one process: each is asked by its jurisdiction or by its host.

use axum::body::Body;
use axum::http::Request;

use super::open311::error;
use super::{CODE, KEY, Told, Town};
use crate::catalogue;
use crate::district::Districts;
use crate::testing::{rows_with, worlds, worlds_with};

const V2: &str = "/open311/v2";
const OTHER: &str = "990102";

/// A town, and beside it in the same process a district that has nothing but its classes.
fn with_two(test: impl Fn(&Town<'_>, &Town<'_>)) {
    let wiring = crate::app::wiring().unwrap();
    let others = worlds_with(&wiring, |config| {
        OTHER.clone_into(&mut config.code);
        config.origin = format!("localhost/{OTHER}");
        config.hosts = vec!["other.example".to_owned()];
    });
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
