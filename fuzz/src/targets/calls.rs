//! Calls of programs, through the router of the interfaces. The first line of the bytes is the
//! method and the address, what follows is the body; `CASE` stands for the number of a case.

use std::num::NonZeroU32;
use std::sync::OnceLock;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use linli::act::{Actor, Order};
use linli::base::Id;
use linli::channel::shown::Shown;
use linli::channel::{api as own, open311 as geo};
use linli::district::Districts;
use linli::page::{Limit, Room};
use linli::people::keys::{self, CreateKey};
use linli::people::{PERSON, fields};
use linli::store::Value;
use linli::testing::Plant;
use serde_json::Value as Json;
use tower::ServiceExt as _;

use super::{CODE, district, text};

const KEY: &str = "a-key-of-the-targets";

struct Town {
    router: Router,
    case: String,
}

/// What came back.
struct Told {
    status: StatusCode,
    kind: String,
    body: Vec<u8>,
}

pub fn wait<T>(work: impl Future<Output = T>) -> T {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    let start =
        || tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build();
    RUNTIME.get_or_init(|| start().expect("a runtime starts")).block_on(work)
}

fn town() -> &'static Town {
    static TOWN: OnceLock<Town> = OnceLock::new();
    TOWN.get_or_init(|| {
        let (district, person) = (district(), Id::derived("an app's person"));
        let text = |text: &str| Value::from(text);
        let row = vec![
            ("kind", text("resident")),
            ("name_masked", text("张*")),
            ("username", text("an_app")),
            ("place_path", text(&format!("/{CODE}/"))),
            ("language", text("zh")),
            ("consent", text(fields::NOTICE)),
            ("created_at", Value::Int(1)),
            ("version", Value::Int(1)),
        ];
        let plant = Order::new(Id::derived("plant"), Plant::one(PERSON, (person.clone(), row)));
        district.door.perform_blocking(&Actor::operator(), plant).unwrap();
        let (id, hash) = (Id::derived(KEY), keys::hash(KEY));
        let act = CreateKey { id, title: "测试".into(), person, appointment: None, hash };
        let key = Order::new(Id::derived("key"), act);
        district.door.perform_blocking(&Actor::operator(), key).unwrap();
        let districts = Districts::new(vec![std::sync::Arc::clone(district)]);
        let (limit, shown) = (Limit::new(NonZeroU32::MAX, NonZeroU32::MAX), Shown::default());
        let router = Router::new()
            .merge(own::routes_within(limit.clone(), shown.clone()))
            .merge(geo::routes_within(limit, shown, Room::default()))
            .with_state(districts);
        let report = r#"{"words": "三号楼前路灯不亮", "place": "990101001"}"#;
        let told = send(&router, "POST", "/api/v1/cases", "application/json", report.into());
        let told = told.expect("an address");
        let made: Json = serde_json::from_slice(&told.body).expect("JSON");
        let case = made["number"].as_str().map(str::to_owned);
        Town { router, case: case.unwrap_or_else(|| panic!("no case: {made}")) }
    })
}

/// None where the line is no method and address that a server hands on.
fn send(router: &Router, method: &str, path: &str, kind: &str, body: Vec<u8>) -> Option<Told> {
    let known = ["GET", "POST", "PUT", "DELETE"].contains(&method);
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost")
        .header("authorization", format!("Bearer {KEY}"))
        .header("if-match", "*")
        .header("content-type", kind)
        .body(Body::from(body))
        .ok()
        .filter(|request| known && request.uri().path().starts_with('/'))?;
    let answer = wait(router.clone().oneshot(request)).expect("a router never fails");
    Some(wait(read(answer)))
}

async fn read(answer: Response<Body>) -> Told {
    let (head, body) = answer.into_parts();
    let kind = head.headers.get("content-type").and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().to_owned();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("a whole answer").to_vec();
    Told { status: head.status, kind, body }
}

fn call(under: &str, kind: &str, bytes: &[u8]) -> Option<(Told, Vec<u8>)> {
    let at = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (line, body) = (text(&bytes[..at]), bytes.get(at + 1..).unwrap_or_default().to_vec());
    let (method, path) = line.split_once(' ')?;
    let path = path.replace("CASE", &town().case);
    let told = send(&town().router, method, &path, kind, body.clone());
    let told = told.filter(|_| path.starts_with(under))?;
    assert!(told.status.as_u16() < 500, "{line}: {} {}", told.status, text(&told.body));
    let most = if told.status.is_success() { 8 << 20 } else { 4 * bytes.len() + (64 << 10) };
    assert!(told.body.len() <= most, "{line}: {} bytes", told.body.len());
    Some((told, body))
}

/// A call of our own interface: what is wrong is told as a problem, with its place.
pub fn api(bytes: &[u8]) {
    let Some((told, body)) = call("/api/v1/", "application/json", bytes) else { return };
    if told.status.as_u16() < 400 {
        return;
    }
    assert!(told.kind.starts_with("application/problem+json"), "{}", told.kind);
    let problem: Json = serde_json::from_slice(&told.body).expect("JSON");
    assert_eq!(problem["status"], told.status.as_u16());
    assert!(["type", "title", "detail"].iter().all(|name| problem[name].is_string()), "{problem}");
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    assert_eq!(problem["code"] == "invalid", !errors.is_empty(), "{problem}");
    assert!(errors.len() <= 100);
    let sent: Option<Json> = serde_json::from_slice(&body).ok();
    for error in errors {
        let Some(pointer) = error["pointer"].as_str() else {
            assert!(error["parameter"].is_string(), "{error}");
            continue;
        };
        // What is missing lies in what is there.
        let above = pointer.rsplit_once('/').map_or("", |(above, _)| above);
        let sent = sent.as_ref().expect("a place in a body that was read");
        assert!([pointer, above, ""].iter().any(|at| sent.pointer(at).is_some()), "{error}");
    }
}

/// A call of GeoReport v2, the form in the body.
pub fn open311(bytes: &[u8]) {
    let form = "application/x-www-form-urlencoded";
    let Some((told, _)) = call("/open311/", form, bytes) else { return };
    if told.kind.starts_with("application/json") {
        let answer: Json = serde_json::from_slice(&told.body).expect("JSON");
        let error = &answer[0];
        let told_so = error["code"].is_number() && error["description"].is_string();
        assert!(told.status.is_success() || told_so, "{answer}");
    } else if told.kind.starts_with("text/xml") {
        let answer = String::from_utf8(told.body).expect("UTF-8");
        let sound = answer.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\t' | '\r'));
        assert!(sound && answer.starts_with("<?xml"), "{answer}");
        assert!(told.status.is_success() || answer.contains("<description>"), "{answer}");
    }
}
