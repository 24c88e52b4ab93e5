//! For tests: the invented district's ground, a few bodies and people, and a browser to go about.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use tower::ServiceExt as _;

use crate::base::Id;
use crate::district::District;
use crate::people::remit::REMIT;
use crate::people::sealed::SealedName;
use crate::people::session::{self, Opening};
use crate::people::{APPOINTMENT, BODY, PERSON, POST};
use crate::store::Value;
use crate::territory::found;
use crate::testing::{World, worlds};
use crate::{app, catalogue};

const PLACES: &str = include_str!("../../../../data/demo/places.geojson");
const ADDRESSES: &str = include_str!("../../../../data/demo/addresses.tsv");

pub(crate) struct Town {
    pub world: World,
    pub district: Arc<District>,
    router: Router,
}

/// Runs a test over a town on each engine there is.
pub(crate) fn each_town(test: impl AsyncFn(&Town)) {
    for world in worlds(&app::wiring().unwrap()) {
        let town = town(world);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(test(&town));
        drop(runtime);
    }
}

fn town(world: World) -> Town {
    let district = Arc::clone(&world.district);
    found::seed_demo(world.door(), PLACES, ADDRESSES).unwrap();
    catalogue::seed::seed(world.door()).unwrap();
    let root = found::root(world.door()).unwrap();
    let body = |name: &str, kind: &str| {
        let columns = vec![
            ("kind", Value::from(kind)),
            ("name", name.into()),
            ("sort_key", name.into()),
            ("place_id", (&root).into()),
            ("place_path", "/990101/".into()),
            ("version", 1_i64.into()),
        ];
        (Id::derived(name), columns)
    };
    let bodies = [("北桥社区居委会", "community_committee"), ("市政水务中心", "municipal_works")];
    world.plant(BODY, bodies.iter().map(|(name, kind)| body(name, kind)).collect());
    let remit = |name: &str, kind: &str| {
        let columns = vec![
            ("body_id", (&Id::derived(name)).into()),
            ("kind", Value::from(kind)),
            ("place_path", "/990101/".into()),
            ("ground", "示例".into()),
        ];
        (Id::derived(&format!("remit {name}")), columns)
    };
    world.plant(REMIT, bodies.iter().map(|(name, kind)| remit(name, kind)).collect());
    let on_duty = "当班";
    let person = Id::derived(&format!("person {on_duty}"));
    world.plant(PERSON, vec![(person, person_columns(on_duty))]);
    seat(&world, "on duty", COMMUNITY_CLERK, on_duty);
    let router = app::router(world.districts());
    Town { world, district, router }
}

/// A browser with its cookies.
pub(crate) struct Browser<'t> {
    town: &'t Town,
    cookies: RefCell<BTreeMap<String, String>>,
}

/// What came back.
pub(crate) struct Got {
    pub status: StatusCode,
    pub location: String,
    pub text: String,
    pub bytes: Vec<u8>,
}

impl Got {
    /// Every value of an input of this name.
    pub fn fields(&self, name: &str) -> Vec<String> {
        let mark = format!("name=\"{name}\"");
        let value = |rest: &str| {
            let tag = &rest[..rest.find('>').unwrap_or(rest.len())];
            let from = tag.find("value=\"")? + 7;
            Some(tag[from..].split('"').next().unwrap_or_default().to_owned())
        };
        self.text.split(&mark).skip(1).filter_map(value).collect()
    }

    pub fn field(&self, name: &str) -> String {
        let all = self.fields(name);
        all.first().cloned().unwrap_or_else(|| panic!("no {name} in {}", self.text))
    }

    /// The page holds these words.
    pub fn says(&self, words: &str) -> &Got {
        assert!(self.text.contains(words), "“{words}” is not in {}", self.text);
        self
    }
}

impl Town {
    pub fn browser(&self) -> Browser<'_> {
        Browser { town: self, cookies: RefCell::default() }
    }

    /// A browser in which this resident is signed in.
    pub async fn resident(&self, name: &str) -> Browser<'_> {
        self.signed_in(name, None).await
    }

    /// A browser in which a clerk of the first community is signed in.
    pub async fn clerk(&self, name: &str) -> Browser<'_> {
        drop(self.resident(name).await);
        let seat = seat(&self.world, "clerk's", COMMUNITY_CLERK, name);
        self.signed_in(name, Some(seat)).await
    }

    /// A browser in which a worker of the first grid is signed in.
    pub async fn grid_worker(&self, name: &str) -> Browser<'_> {
        drop(self.resident(name).await);
        let seat = seat(&self.world, "worker's", GRID_WORKER, name);
        self.signed_in(name, Some(seat)).await
    }

    async fn signed_in(&self, name: &str, appointment: Option<Id>) -> Browser<'_> {
        let person = Id::derived(&format!("person {name}"));
        if self.world.read({
            let person = person.clone();
            move |tx| tx.count("select count(*) from person where id = $1", crate::params![person])
        }) == 0
        {
            let sealed = SealedName::of(&self.district.keys, name).sealed;
            let columns = [person_columns(name), vec![("name_sealed", sealed.into())]].concat();
            self.world.plant(PERSON, vec![(person.clone(), columns)]);
        }
        let opening =
            Opening { person, appointment, proved: "password+totp", device: "Firefox".to_owned() };
        let store = self.district.store();
        let token = session::open(store, opening, self.district.now()).await.unwrap();
        let browser = self.browser();
        browser.cookies.borrow_mut().insert("linli".to_owned(), token);
        browser
    }
}

/// A kind of post, its title, and its place: the first community, and the first grid in it.
const COMMUNITY_CLERK: [&str; 3] =
    ["community_clerk", "社区工作者", "/990101/990101001/990101001001/"];
const GRID_WORKER: [&str; 3] =
    ["grid_worker", "网格员", "/990101/990101001/990101001001/99010100100101/"];

/// Puts a person in post, and gives their seat.
fn seat(world: &World, whose: &str, [kind, title, path]: [&str; 3], name: &str) -> Id {
    let (post, seat) =
        (Id::derived(&format!("{whose} post")), Id::derived(&format!("{whose} seat")));
    let post_row = vec![
        ("kind", kind.into()),
        ("title", title.into()),
        ("place_id", (&found::root(world.door()).unwrap()).into()),
        ("place_path", path.into()),
        ("version", 1_i64.into()),
    ];
    world.plant(POST, vec![(post.clone(), post_row)]);
    let seat_row = vec![
        ("post_id", (&post).into()),
        ("person_id", (&Id::derived(&format!("person {name}"))).into()),
        ("holder_name", name.into()),
        ("term_from", "2026-01-01".into()),
        ("since", 0_i64.into()),
        ("version", 1_i64.into()),
    ];
    world.plant(APPOINTMENT, vec![(seat.clone(), seat_row)]);
    seat
}

fn person_columns(name: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("kind", "resident".into()),
        ("name_masked", linli_rules::mask::name(name).into()),
        ("place_path", "/990101/".into()),
        ("language", "zh".into()),
        ("consent", "示例".into()),
        ("created_at", 0_i64.into()),
        ("version", 1_i64.into()),
    ]
}

const EDGE: &str = "----linli-edge";

impl Browser<'_> {
    /// Who is signed in at the other browser signs in at this one, which keeps what else it has.
    pub fn takes_over(&self, other: &Browser<'_>) {
        let session = other.cookies.borrow()["linli"].clone();
        self.cookies.borrow_mut().insert("linli".to_owned(), session);
    }

    pub async fn get(&self, path: &str) -> Got {
        self.ask(Request::get(path), Vec::new()).await
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Got {
        let body = serde_urlencoded::to_string(form).unwrap();
        let kind = "application/x-www-form-urlencoded";
        let request = Request::post(path).header(header::CONTENT_TYPE, kind);
        self.ask(request, body.into_bytes()).await
    }

    /// A form with files, as a browser without script sends it.
    pub async fn upload(&self, path: &str, form: &[(&str, &str)], files: &[(&str, &[u8])]) -> Got {
        let mut body = Vec::new();
        for (name, value) in form {
            let head =
                format!("--{EDGE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend([head.as_bytes(), value.as_bytes(), b"\r\n"].concat());
        }
        for (name, bytes) in files {
            let head = format!(
                "--{EDGE}\r\nContent-Disposition: form-data; name=\"{name}\"; \
                 filename=\"照片.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"
            );
            body.extend([head.as_bytes(), bytes, b"\r\n"].concat());
        }
        body.extend(format!("--{EDGE}--\r\n").as_bytes());
        self.raw(path, &format!("multipart/form-data; boundary={EDGE}"), body).await
    }

    pub async fn raw(&self, path: &str, kind: &str, body: Vec<u8>) -> Got {
        self.ask(Request::post(path).header(header::CONTENT_TYPE, kind), body).await
    }

    /// Posts and goes where it is sent.
    pub async fn post_on(&self, path: &str, form: &[(&str, &str)]) -> Got {
        let got = self.post(path, form).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.text);
        self.get(&got.location).await
    }

    async fn ask(&self, request: axum::http::request::Builder, body: Vec<u8>) -> Got {
        let jar = self.cookies.borrow().clone();
        let cookies: Vec<String> = jar.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let request = request
            .header(header::HOST, "localhost:8080")
            .header(header::ACCEPT_LANGUAGE, "zh-CN")
            .header(header::COOKIE, cookies.join("; "))
            .header(header::CONTENT_LENGTH, body.len())
            .body(Body::from(body))
            .unwrap();
        let response = self.town.router.clone().oneshot(request).await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
        }
        let location = response.headers().get(header::LOCATION);
        let location = location.and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 16 << 20).await.unwrap().to_vec();
        Got { status, location, text: String::from_utf8_lossy(&bytes).into_owned(), bytes }
    }
}
