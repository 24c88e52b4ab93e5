//! People as they are met over HTTP, on both engines.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use tower::ServiceExt as _;

use crate::act::{Act, Actor, Done, Order};
use crate::base::{Clock, Id};
use crate::district::District;
use crate::people::totp::TotpSecret;
use crate::people::{routes, sms};
use crate::store::Value;
use crate::store::schema::Table;
use crate::testing::{World, demo_worlds};

mod closing;
mod first_run;
mod keys;
mod long_lists;
mod offices;
mod own;
mod posts;
mod pruning;
mod remits;
mod residents;
mod staff;
mod sorted;
mod standing_in;
mod telephone;
mod terms;
mod tries;

/// A demonstration with two places and a router.
pub(super) struct Town {
    _world: World,
    pub district: Arc<District>,
    pub clock: Clock,
    router: Router,
}

/// Runs a test over a town on each engine there is.
pub(super) fn each_town(test: impl AsyncFn(&Town)) {
    for world in demo_worlds() {
        let town = town(world);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(test(&town));
        drop(runtime);
    }
}

fn town(world: World) -> Town {
    let district = Arc::clone(&world.district);
    let now = district.now();
    let place = |code: &str, level: &str, name: &str, path: &str| {
        let columns = vec![
            ("code", Value::from(code)),
            ("level", level.into()),
            ("name", name.into()),
            ("path", path.into()),
            ("sort_key", name.into()),
            ("valid_from", now.into()),
            ("version", 1.into()),
        ];
        (Id::derived(path), columns)
    };
    let places = vec![
        place("990101", "district", "测试区", ROOT),
        place("99010100100101", "grid", "第一网格", GRID),
    ];
    world.plant(Table::recorded("place"), places);
    let districts = world.districts();
    use axum::middleware::from_fn_with_state as layer;
    let router = routes(super::Asked {
        of_matters: super::OfMatters {
            own_row: |_, _, _, row| Ok(Some(row)),
            begun: |_, _, _| Ok(Vec::new()),
            leave: |_, _, _| Ok(true),
        },
        open_of: |_, _| Ok(0),
        missing: |_, _, _| Ok(Vec::new()),
        body_kinds: |_| vec![("power".to_owned(), "供电".to_owned())],
        two: crate::disclosure::take_two,
    })
    .merge(super::keys::routes())
    .layer(layer(districts.clone(), super::note_seen))
    .layer(layer(districts.clone(), crate::page::render_failures))
    .layer(axum::middleware::from_fn(crate::page::cross_site_guard))
    .with_state(districts);
    Town { clock: district.door.clock.clone(), district, _world: world, router }
}

pub(super) const ROOT: &str = "/990101/";
pub(super) const GRID: &str = "/990101/001/001/01/";

/// What came back.
pub(super) struct Got {
    pub status: StatusCode,
    pub location: String,
    pub text: String,
    pub cookie: Option<String>,
}

impl Got {
    /// The value of a hidden or visible input of the page.
    pub fn field(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\"");
        let at = self.text.find(&mark).unwrap_or_else(|| panic!("no {name} in {}", self.text));
        let rest = &self.text[at..];
        let rest = &rest[rest.find("value=\"").unwrap() + 7..];
        rest[..rest.find('"').unwrap()].to_owned()
    }
}

impl Town {
    pub async fn get(&self, path: &str, cookie: &str) -> Got {
        self.ask(Request::get(path), cookie, Body::empty()).await
    }

    pub async fn post(&self, path: &str, cookie: &str, form: &[(&str, &str)]) -> Got {
        let body = serde_urlencoded::to_string(form).unwrap();
        let kind = "application/x-www-form-urlencoded";
        let request = Request::post(path).header(header::CONTENT_TYPE, kind);
        self.ask(request, cookie, Body::from(body)).await
    }

    async fn ask(&self, request: axum::http::request::Builder, cookie: &str, body: Body) -> Got {
        let request = request
            .header(header::HOST, "localhost:8080")
            .header(header::USER_AGENT, "Firefox on Linux")
            .header(header::COOKIE, format!("linli={cookie}"))
            .body(body)
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let text = |name| {
            response.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or("").to_owned()
        };
        let cookie = text(header::SET_COOKIE)
            .strip_prefix("linli=")
            .and_then(|c| c.split(';').next().map(str::to_owned));
        let (status, location) = (response.status(), text(header::LOCATION));
        let bytes = axum::body::to_bytes(response.into_body(), 4 << 20).await.unwrap();
        Got { status, location, cookie, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// The last code "sent" to a number.
    pub fn last_code(&self, phone: &str) -> String {
        let fake = sms::gate(&self.district).fake.as_ref().unwrap().all();
        let text = fake.into_iter().find(|m| m.phone == phone).unwrap().text;
        text.chars().filter(char::is_ascii_digit).take(6).collect()
    }

    /// Signs a resident in, new or known, and gives the cookie.
    pub async fn resident(&self, phone: &str) -> String {
        self.post("/sign-in/code", "", &[("phone", phone)]).await;
        let code = self.last_code(phone);
        let got = self.post("/sign-in", "", &[("phone", phone), ("code", &code)]).await;
        if got.status == StatusCode::SEE_OTHER {
            return got.cookie.unwrap();
        }
        let (ticket, act_id) = (got.field("ticket"), got.field("act_id"));
        let form = [
            ("ticket", ticket.as_str()),
            ("act_id", &act_id),
            ("consent", "yes"),
            ("name", "欧阳明珠"),
        ];
        let got = self.post("/sign-in/join", "", &form).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.text);
        got.cookie.unwrap()
    }

    pub async fn act<A: Act>(&self, actor: &Actor, act: A) -> Done<A::Outcome> {
        let order = Order::new(self.district.new_id(), act);
        Ok(self.district.door.perform(actor, order).await?.outcome)
    }

    /// The code an app shows now; each call moves the clock on, for a code is good once.
    pub fn totp(&self, secret: &TotpSecret) -> String {
        self.clock.shift(30_000_000);
        secret.code(self.clock.now()).unwrap()
    }
}
