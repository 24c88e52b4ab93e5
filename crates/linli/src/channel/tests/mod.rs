//! The interfaces over HTTP, on both engines, as a stranger's program would use them.

mod addresses;
mod api;
mod api_notices;
mod api_refused;
mod api_remits;
mod bad_input;
mod described;
mod export;
mod follow;
mod jurisdiction;
mod key_pages;
mod metrics;
mod named;
mod one_rule;
mod open311;
mod open311_read;
mod open311_refused;
mod open311_sent;
mod passed_on;
mod photos;
mod room;
mod shown;
mod steps;
mod strict;
mod unmask;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use tower::ServiceExt as _;

use crate::act::Actor;
use crate::affairs::appeal;
use crate::base::Id;
use crate::catalogue;
use crate::matter::{CASES, Conduct, Put, Seen};
use crate::people::keys::{self, CreateKey};
use crate::people::sealed::SealedPhone;
use crate::people::{APPOINTMENT, BODY, PERSON, POST, remit};
use crate::store::Value;
use crate::store::schema::Table;
use crate::territory::store::PLACE;
use crate::testing::{World, both_engines_wired};

/// The place everything happens in.
pub const CODE: &str = "990101";
pub const KEY: &str = "a-key-of-the-tests";
/// A key whose holder is the clerk of the community.
pub const CLERK_KEY: &str = "a-clerk's-key";

/// A key whose holder is an officer of the works.
pub const OFFICER_KEY: &str = "an-officer's-key";

/// A key of somebody who has nothing to do with anything.
pub const STRANGER: &str = "a-stranger's-key";

/// An answer, read to its end.
pub struct Told {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Told {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
}

/// A district with a place, bodies, a clerk, an officer, the catalogue and keys; and its router.
pub struct Town<'w> {
    pub world: &'w World,
    app: Router,
    runtime: tokio::runtime::Runtime,
}

pub fn with_town(test: impl Fn(&Town<'_>)) {
    let wiring = crate::app::wiring().unwrap();
    both_engines_wired(&wiring, |world| test(&Town::found(world)));
}

pub fn person_id() -> Id {
    Id::derived("an app's person")
}

/// Somebody who has nothing to do with anything.
pub fn stranger(town: &Town<'_>) -> Id {
    let id = Id::derived("a stranger");
    town.person(id.clone(), "resident", "a_stranger");
    id
}

fn text(text: &str) -> Value {
    text.into()
}

impl<'w> Town<'w> {
    fn found(world: &'w World) -> Town<'w> {
        let at = Value::Int(1);
        let path = format!("/{CODE}/");
        let plant = |table: Table, id: &str, columns: Vec<(&'static str, Value)>| {
            world.plant(table, vec![(Id::derived(id), columns)]);
        };
        plant(
            PLACE,
            "place",
            vec![
                ("code", text(CODE)),
                ("level", text("district")),
                ("name", text("测试区")),
                ("path", text(&path)),
                ("sort_key", text("1")),
                ("valid_from", at.clone()),
                ("version", Value::Int(1)),
            ],
        );
        for (id, kind) in [("committee", "community_committee"), ("works", "municipal_works")] {
            plant(
                BODY,
                id,
                vec![
                    ("kind", text(kind)),
                    ("name", text(kind)),
                    ("sort_key", text(id)),
                    ("place_id", Value::from(&Id::derived("place"))),
                    ("place_path", text(&path)),
                    ("version", Value::Int(1)),
                ],
            );
            plant(
                remit::REMIT,
                &format!("remit {id}"),
                vec![
                    ("body_id", Value::from(&Id::derived(id))),
                    ("kind", text(kind)),
                    ("place_path", text(&path)),
                    ("ground", text("测试")),
                ],
            );
        }
        catalogue::seed::seed(world.door()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let town = Town { world, app: crate::app::router(world.districts()), runtime };
        town.people(&path);
        town
    }

    fn person(&self, id: Id, kind: &str, username: &str) {
        let columns = vec![
            ("kind", text(kind)),
            ("name_masked", text("张*")),
            ("username", text(username)),
            ("place_path", text(&format!("/{CODE}/"))),
            ("language", text("zh")),
            ("consent", text("{}")),
            ("created_at", Value::Int(1)),
            ("version", Value::Int(1)),
        ];
        self.world.plant(PERSON, vec![(id, columns)]);
    }

    fn people(&self, path: &str) {
        self.person(person_id(), "resident", "an_app");
        self.person(Id::derived("clerk"), "staff", "a_clerk");
        let post = vec![
            ("kind", text("community_clerk")),
            ("title", text("社区工作者")),
            ("place_id", Value::from(&Id::derived("place"))),
            ("place_path", text(path)),
            ("body_id", Value::from(&Id::derived("committee"))),
            ("version", Value::Int(1)),
        ];
        self.world.plant(POST, vec![(Id::derived("post"), post)]);
        let mut appointment = vec![
            ("post_id", Value::from(&Id::derived("post"))),
            ("person_id", Value::from(&Id::derived("clerk"))),
            ("term_from", text("2020-01-01")),
            ("since", Value::Int(1)),
            ("version", Value::Int(1)),
        ];
        let columns = crate::store::schema::columns("appointment");
        if columns.iter().any(|column| column == "holder_name") {
            appointment.push(("holder_name", text("张*")));
        }
        self.world.plant(APPOINTMENT, vec![(Id::derived("appointment"), appointment)]);
        self.key(KEY, person_id(), None);
        self.key(CLERK_KEY, Id::derived("clerk"), Some(Id::derived("appointment")));
    }

    pub fn key(&self, key: &str, person: Id, appointment: Option<Id>) -> Id {
        let id = Id::derived(key);
        let act = CreateKey {
            id: id.clone(),
            title: "测试".to_owned(),
            person,
            appointment,
            hash: keys::hash(key),
        };
        self.world.perform(&Actor::operator(), act).unwrap();
        id
    }

    /// A resident who signed in with a telephone, and a key of theirs.
    pub fn key_of_a_telephone(&self, key: &str) {
        let id = Id::derived("somebody with a telephone");
        let join = crate::people::acts::Join {
            id: id.clone(),
            phone: SealedPhone::of(&self.world.district.keys, "13800009999"),
            name: None,
            language: "zh",
            consent: crate::people::fields::NOTICE.to_owned(),
            place_path: format!("/{CODE}/"),
        };
        self.world.perform(&Actor::public(), join).unwrap();
        self.key(key, id, None);
    }

    pub fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    pub fn send(&self, request: Request<Body>) -> Told {
        self.runtime.block_on(async {
            let answer = self.app.clone().oneshot(request).await.unwrap();
            let (head, body) = answer.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
            Told { status: head.status, headers: head.headers, body }
        })
    }

    pub fn get(&self, path: &str) -> Told {
        self.send(Request::get(path).header("host", "localhost").body(Body::empty()).unwrap())
    }

    pub fn form(&self, path: &str, pairs: &[(&str, &str)]) -> Told {
        let body = serde_urlencoded::to_string(pairs).unwrap();
        let request = Request::post(path)
            .header("host", "localhost")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        self.send(request)
    }

    /// The code of a public class without questions that may be reported without a name.
    pub fn class(&self) -> String {
        let fits =
            |c: &catalogue::Class| c.publicity == "public" && c.questions.is_empty() && c.anonymous;
        self.class_that(fits).code
    }

    pub fn class_that(&self, fits: impl Fn(&catalogue::Class) -> bool) -> catalogue::Class {
        self.world.read(catalogue::store::all).into_iter().find(|c| fits(c)).unwrap()
    }

    /// Makes a move with a case, as the terminal of the machine may.
    pub fn conduct(&self, number: &str, act: &str, put: Put) {
        let number = number.to_owned();
        let id = self.world.read(move |tx| crate::matter::store::id_of(tx, &number)).unwrap();
        let kit = appeal::kit(&self.world.district).unwrap();
        let act = Conduct { kit, of: CASES, matter: id, seen: Seen::Any, act: act.to_owned(), put };
        self.world.perform(&Actor::operator(), act).unwrap();
    }

    /// Accepts a case, dispatches it to the works and has it signed for; an officer of theirs has
    /// `OFFICER_KEY` then.
    pub fn lead_to_handling(&self, number: &str) {
        self.lead_to_dispatch(number);
        self.conduct(number, "sign", Put::default());
    }

    /// As [`Town::lead_to_handling`], to where nobody has signed for it.
    pub fn lead_to_dispatch(&self, number: &str) {
        self.officer();
        let works = Id::derived("works");
        self.conduct(number, "accept", Put::default().with("class", self.class()));
        let to = Put::default().with("body", works.as_str()).with("reason", "归市政");
        self.conduct(number, "dispatch", to);
    }

    fn officer(&self) {
        let appointment = Id::derived("officer's appointment");
        let there = "select count(*) from person where username = 'an_officer'";
        if self.world.read(|tx| tx.count(there, &[])) > 0 {
            return;
        }
        self.person(Id::derived("officer"), "staff", "an_officer");
        let post = vec![
            ("kind", text("department_officer")),
            ("title", text("市政经办")),
            ("place_id", Value::from(&Id::derived("place"))),
            ("place_path", text(&format!("/{CODE}/"))),
            ("body_id", Value::from(&Id::derived("works"))),
            ("version", Value::Int(1)),
        ];
        self.world.plant(POST, vec![(Id::derived("officer's post"), post)]);
        let held = vec![
            ("post_id", Value::from(&Id::derived("officer's post"))),
            ("person_id", Value::from(&Id::derived("officer"))),
            ("holder_name", text("张*")),
            ("term_from", text("2020-01-01")),
            ("since", Value::Int(1)),
            ("version", Value::Int(1)),
        ];
        self.world.plant(APPOINTMENT, vec![(appointment.clone(), held)]);
        self.key(OFFICER_KEY, Id::derived("officer"), Some(appointment));
    }

    pub fn count(&self, table: &'static str) -> i64 {
        self.world.read(move |tx| tx.count(&format!("select count(*) from {table}"), &[]))
    }
}
