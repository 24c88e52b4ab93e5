//! The four who carry a case and those who say how it was, each with a session of their own, and
//! what they do over HTTP.

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use linli::act::{Actor, Order};
use linli::base::Id;
use linli::catalogue::seed;
use linli::people::remit::REMIT;
use linli::people::session::{self, Opening};
use linli::people::{APPOINTMENT, BODY, PERSON, POST};
use linli::store::schema::Table;
use linli::testing::{Plant, PlantedRow};
use tower::ServiceExt as _;

use crate::district::{CODE, Ground};

/// What the resident says of work well done, and of work that was not.
pub const RATED: [(&str, &str); 3] =
    [("contacted", "yes"), ("solved", "yes"), ("satisfied", "very")];
pub const UNSOLVED: [(&str, &str); 3] =
    [("contacted", "yes"), ("solved", "no"), ("satisfied", "no")];

/// Somebody signed in.
pub struct Desk {
    cookie: String,
}

pub struct Personas {
    pub clerk: Desk,
    pub dispatcher: Desk,
    pub officer: Desk,
    pub grid_worker: Desk,
    pub resident: Desk,
    /// Asks by telephone whoever has no account here.
    pub caller: Desk,
    /// The id of the officer's body.
    pub department: String,
}

impl Desk {
    /// The cookie a browser sends.
    pub fn cookie(&self) -> String {
        format!("linli={}", self.cookie)
    }

    /// The version of the case that its page says its forms are made from; none where it has none.
    fn seen(&self, ground: &Ground, number: &str) -> String {
        let page = self.page(ground, &format!("/cases/{number}"));
        let said = page.split("name=\"seen\" value=\"").nth(1);
        said.and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
    }

    /// Sends the form of a move, as a browser does.
    pub fn make(
        &self,
        ground: &Ground,
        number: &str,
        act: &str,
        fields: &[(&str, &str)],
    ) -> StatusCode {
        let seen = self.seen(ground, number);
        let fields: Vec<(&str, &str)> =
            fields.iter().copied().chain([("seen", seen.as_str())]).collect();
        let body = serde_urlencoded::to_string(fields).unwrap();
        let kind = "application/x-www-form-urlencoded";
        self.post(ground, &format!("/cases/{number}/moves/{act}"), kind, body).status()
    }

    /// Verifies with a photo taken on the spot.
    pub fn verify(&self, ground: &Ground, number: &str, fields: &[(&str, &str)]) -> StatusCode {
        let photo = include_bytes!("../../data/demo/photos/lamp_after.jpg");
        let seen = self.seen(ground, number);
        let fields = fields.iter().copied().chain([("seen", seen.as_str())]);
        let mut body = fields.map(part).collect::<String>().into_bytes();
        let head = "--cut\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"1.jpg\"";
        body.extend_from_slice(format!("{head}\r\n\r\n").as_bytes());
        body.extend_from_slice(photo);
        body.extend_from_slice(b"\r\n--cut--\r\n");
        let kind = "multipart/form-data; boundary=cut";
        self.post(ground, &format!("/cases/{number}/moves/verify"), kind, body).status()
    }

    /// Reports in one form, as a browser without script may; gives the number of the case.
    pub fn report(&self, ground: &Ground, words: &str, class: &str) -> String {
        let act = ground.district.new_id().to_string();
        let fields = [
            ("words", words),
            ("class", class),
            ("place", &ground.community.code),
            ("act_id", &act),
        ];
        let body = format!("{}--cut--\r\n", fields.map(part).concat());
        let answer = self.post(ground, "/cases", "multipart/form-data; boundary=cut", body);
        let to = answer.headers().get(header::LOCATION).unwrap().to_str().unwrap();
        to.split('/').nth(2).unwrap().to_owned()
    }

    fn page(&self, ground: &Ground, path: &str) -> String {
        let request = Request::get(path)
            .header(header::HOST, "localhost")
            .header(header::COOKIE, self.cookie())
            .body(Body::empty())
            .unwrap();
        ground.runtime.block_on(async {
            let answer = ground.router.clone().oneshot(request).await.unwrap();
            let bytes = to_bytes(answer.into_body(), 4 << 20).await.unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        })
    }

    fn post(&self, ground: &Ground, path: &str, kind: &str, body: impl Into<Body>) -> Response {
        let request = Request::post(path)
            .header(header::HOST, "localhost")
            .header(header::COOKIE, self.cookie())
            .header(header::CONTENT_TYPE, kind)
            .header("sec-fetch-site", "same-origin")
            .body(body.into())
            .unwrap();
        ground.runtime.block_on(ground.router.clone().oneshot(request)).unwrap()
    }
}

/// A field of a form that is sent in parts.
fn part((name, value): (&str, &str)) -> String {
    format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
}

fn id(seed: &str) -> Id {
    Id::derived(&format!("accept {seed}"))
}

fn plant(ground: &Ground, table: Table, row: PlantedRow) {
    let order = Order::new(ground.district.new_id(), Plant::one(table, row));
    ground.district.door.perform_blocking(&Actor::operator(), order).unwrap();
}

/// Gives the district a residents' committee, a department that answers for every kind of matter,
/// and the people who carry a case, with their posts.
pub fn settle(ground: &Ground) -> Personas {
    let district = format!("/{CODE}/");
    let community = ground.community.path.clone();
    let place = ground.community.id.clone();
    body(ground, "居委会", "community_committee", (&place, &community));
    body(ground, "综合部门", "urban_management", (&place, &district));
    remit(ground, "居委会", "community_committee", &community);
    for kind in seed::body_kinds().unwrap() {
        remit(ground, "综合部门", &kind.id, &district);
    }
    let post = |kind: &str, path: &str, of: &str| sign_in(ground, kind, (&place, path), of);
    Personas {
        clerk: post("community_clerk", &community, "居委会"),
        dispatcher: post("dispatcher", &district, "居委会"),
        officer: post("department_officer", &district, "综合部门"),
        grid_worker: post("grid_worker", &community, "居委会"),
        resident: resident(ground, &community),
        caller: post("district_dispatcher", &district, "综合部门"),
        department: id("综合部门").to_string(),
    }
}

/// 区主管: may import cases and class tables.
pub fn supervisor(ground: &Ground) -> Desk {
    let (place, path) = (&ground.community.id, format!("/{CODE}/"));
    body(ground, "指挥中心", "command_centre", (place, &path));
    sign_in(ground, "district_supervisor", (place, &path), "指挥中心")
}

/// 系统管理员: may import class tables. Their body is that of the supervisor.
pub fn keeper(ground: &Ground) -> Desk {
    let (place, path) = (&ground.community.id, format!("/{CODE}/"));
    sign_in(ground, "system_admin", (place, &path), "指挥中心")
}

/// A grid worker, who may import nothing.
pub fn stranger(ground: &Ground) -> Desk {
    let (place, path) = (&ground.community.id, ground.community.path.clone());
    sign_in(ground, "grid_worker", (place, &path), "指挥中心")
}

fn body(ground: &Ground, name: &str, kind: &str, (place, path): (&Id, &str)) {
    let columns = vec![
        ("kind", kind.into()),
        ("name", name.into()),
        ("sort_key", name.into()),
        ("place_id", place.into()),
        ("place_path", path.into()),
        ("version", 1_i64.into()),
    ];
    plant(ground, BODY, (id(name), columns));
}

fn remit(ground: &Ground, name: &str, kind: &str, path: &str) {
    let columns = vec![
        ("body_id", (&id(name)).into()),
        ("kind", kind.into()),
        ("place_path", path.into()),
        ("ground", "示例".into()),
    ];
    plant(ground, REMIT, (id(&format!("remit {name} {kind}")), columns));
}

fn sign_in(ground: &Ground, kind: &str, (place, path): (&Id, &str), of: &str) -> Desk {
    let (person, post, appointment) =
        (id(kind), id(&format!("post {kind}")), id(&format!("appointment {kind}")));
    somebody(ground, &person, "staff", path);
    let columns = vec![
        ("kind", kind.into()),
        ("title", kind.into()),
        ("place_id", place.into()),
        ("place_path", path.into()),
        ("body_id", (&id(of)).into()),
        ("version", 1_i64.into()),
    ];
    plant(ground, POST, (post.clone(), columns));
    let columns = vec![
        ("post_id", (&post).into()),
        ("person_id", (&person).into()),
        ("holder_name", "王*".into()),
        ("term_from", "2020-01-01".into()),
        ("since", 0_i64.into()),
        ("version", 1_i64.into()),
    ];
    plant(ground, APPOINTMENT, (appointment.clone(), columns));
    open(ground, person, Some(appointment), "password+totp")
}

/// A resident of the community, signed in by a text message.
fn resident(ground: &Ground, path: &str) -> Desk {
    let person = id("resident");
    somebody(ground, &person, "resident", path);
    open(ground, person, None, "sms")
}

fn somebody(ground: &Ground, person: &Id, kind: &str, path: &str) {
    let columns = vec![
        ("kind", kind.into()),
        ("name_masked", "王*".into()),
        ("place_path", path.into()),
        ("language", "zh".into()),
        ("consent", "{}".into()),
        ("created_at", 0_i64.into()),
        ("version", 1_i64.into()),
    ];
    plant(ground, PERSON, (person.clone(), columns));
}

fn open(ground: &Ground, person: Id, appointment: Option<Id>, proved: &'static str) -> Desk {
    let device = "acceptance".to_owned();
    let opening = Opening { person, appointment, proved, device };
    let (store, now) = (ground.district.store(), ground.district.now());
    let cookie = ground.runtime.block_on(session::open(store, opening, now)).unwrap();
    Desk { cookie }
}
