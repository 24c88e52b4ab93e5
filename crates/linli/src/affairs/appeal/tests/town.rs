//! A small town for tests: two streets with their communities and grids, bodies that answer for
//! lamps and stalls, and one person in each post.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use linli_rules::procedure::{Call, FieldKind, Move};

use crate::act::{Actor, Answer, Done, Failure, Order};
use crate::affairs::appeal::closing::{self, CHECKED};
use crate::affairs::appeal::kit;
use crate::affairs::appeal::leave;
use crate::affairs::appeal::report::{self, Fixed, Report};
use crate::base::Id;
use crate::catalogue;
use crate::file;
use crate::matter::{CASES, Conduct, Matter, Moved, Photo, Put, store as matters};
use crate::people::acts::Close;
use crate::people::{APPOINTMENT, BODY, PERSON, POST, erased, remit, session};
use crate::store::{ReadTx, Value};
use crate::territory::acts::{CreatePlaces, NewPlace};
use crate::testing::{World, staff};

pub const STREET: &str = "/990101/990101001/";
pub const COMMUNITY: &str = "/990101/990101001/990101001001/";
pub const GRID: &str = "/990101/990101001/990101001001/99010100100101/";
pub const OTHER_STREET: &str = "/990101/990101002/";

/// Class of a lamp that is out; the municipal works answer for it.
pub const LAMP: &str = "C1101";

/// Class of a stall on the pavement; urban management answers for it.
pub const STALL: &str = "E0101";

static NUMBERS: AtomicI64 = AtomicI64::new(1);

pub struct Town<'w> {
    pub world: &'w World,
}

pub fn body(name: &str) -> Id {
    Id::derived(&format!("body {name}"))
}

/// The entry of the remit that a body has.
pub fn entry(body: &str) -> Id {
    Id::derived(&format!("remit {body}"))
}

pub fn person(name: &str) -> Id {
    Id::derived(&format!("person {name}"))
}

impl<'w> Town<'w> {
    pub fn build(world: &'w World) -> Town<'w> {
        let town = Town { world };
        town.places();
        catalogue::seed::seed(world.door()).unwrap();
        town.bodies();
        for (kind, path, of) in POSTS {
            town.post(kind, path, of);
        }
        for resident in ["zhou", "lin"] {
            town.person(resident, "resident", GRID);
        }
        town
    }

    fn places(&self) {
        let place = |code: &str, level: &str, name: &str, parent: Option<&str>| NewPlace {
            code: code.to_owned(),
            level: level.to_owned(),
            name: name.to_owned(),
            parent: parent.map(str::to_owned),
            seat: None,
        };
        let places = vec![
            place("990101", "district", "测试区", None),
            place("990101001", "street", "东关街道", Some("990101")),
            place("990101002", "street", "西河街道", Some("990101")),
            place("990101001001", "community", "南苑社区", Some("990101001")),
            place("990101002001", "community", "柳湖社区", Some("990101002")),
            place("99010100100101", "grid", "第一网格", Some("990101001001")),
            place("99010100100102", "grid", "第二网格", Some("990101001001")),
            place("99010100200101", "grid", "第一网格", Some("990101002001")),
        ];
        self.world.perform(&Actor::operator(), CreatePlaces { under: None, places }).unwrap();
    }

    fn place_id(&self, path: &str) -> Id {
        let path = path.to_owned();
        self.world.read(move |tx| crate::territory::place_by_path(tx, &path)).unwrap().id
    }

    fn bodies(&self) {
        let all = [
            ("centre", "command_centre", "区运行中心", "/990101/"),
            ("works", "municipal_works", "区市政所", "/990101/"),
            ("order", "urban_management", "区城管局", "/990101/"),
            ("street", "street_office", "东关街道办事处", STREET),
            ("committee", "community_committee", "南苑社区居委会", COMMUNITY),
            ("homes", "property_company", "安居物业", COMMUNITY),
        ];
        let mut rows = Vec::new();
        let mut remits = Vec::new();
        for (name, kind, title, path) in all {
            let place = self.place_id(path);
            rows.push((
                body(name),
                vec![
                    ("kind", Value::from(kind)),
                    ("name", title.into()),
                    ("sort_key", title.into()),
                    ("place_id", Value::from(&place)),
                    ("place_path", path.into()),
                    ("version", 1_i64.into()),
                ],
            ));
            remits.push((
                entry(name),
                vec![
                    ("body_id", Value::from(&body(name))),
                    ("kind", kind.into()),
                    ("place_path", path.into()),
                    ("ground", "权责清单（示例）第1项".into()),
                ],
            ));
        }
        self.world.plant(BODY, rows);
        self.world.plant(remit::REMIT, remits);
    }

    fn person(&self, name: &str, kind: &str, path: &str) {
        let row = vec![
            ("kind", Value::from(kind)),
            ("name_masked", "周**".into()),
            ("name_sealed", Value::Blob(self.world.district.keys.seal("周小满"))),
            ("phone_masked", "138****0001".into()),
            ("phone_sealed", Value::Blob(self.world.district.keys.seal("13800000001"))),
            ("place_path", path.into()),
            ("language", "zh".into()),
            ("consent", "{}".into()),
            ("created_at", self.world.district.now().into()),
            ("version", 1_i64.into()),
        ];
        self.world.plant(PERSON, vec![(person(name), row)]);
    }

    fn post(&self, kind: &str, path: &str, of: &str) {
        let name = name_of(kind, path);
        self.person(&name, "staff", path);
        let place = self.place_id(path);
        let actor = self.actor(kind, path, of);
        let post = actor.post.unwrap();
        let row = vec![
            ("kind", Value::from(kind)),
            ("title", Value::from(kind)),
            ("place_id", Value::from(&place)),
            ("place_path", path.into()),
            ("body_id", if of.is_empty() { Value::Null } else { Value::from(&body(of)) }),
            ("version", 1_i64.into()),
        ];
        self.world.plant(POST, vec![(post.clone(), row)]);
        let row = vec![
            ("post_id", Value::from(&post)),
            ("person_id", Value::from(&person(&name))),
            ("holder_name", "周小满".into()),
            ("term_from", "2026-01-01".into()),
            ("since", 0_i64.into()),
            ("version", 1_i64.into()),
        ];
        self.world.plant(APPOINTMENT, vec![(appointment(kind, path), row)]);
    }

    /// A photo that was taken in, and lies on the shelf for an act to name.
    pub fn photo(&self, shade: u8) -> String {
        let mut picture = std::io::Cursor::new(Vec::new());
        let image = image::RgbImage::from_pixel(8, 8, image::Rgb([shade; 3]));
        image.write_to(&mut picture, image::ImageFormat::Png).unwrap();
        let shelf = file::Shelf::of(&self.world.district);
        file::take_blocking(&shelf, "photos", picture.get_ref()).unwrap().hash
    }

    /// The closing list of a lamp.
    pub fn lamp_list(&self) -> Vec<String> {
        let put = Put::default().with("class", LAMP);
        let store = self.world.district.store();
        store.read_blocking(move |tx| closing::of_class(tx, &put)).unwrap()
    }

    pub fn actor(&self, kind: &str, path: &str, of: &str) -> Actor {
        let body = (!of.is_empty()).then(|| body(of));
        Actor { body, ..staff(kind, path, person(&name_of(kind, path))) }
    }

    pub fn resident(&self, name: &str) -> Actor {
        Actor::resident(person(name))
    }

    /// Every actor of the town, the resident who reports first.
    pub fn actors(&self) -> Vec<Actor> {
        let posts = POSTS.iter().map(|(kind, path, of)| self.actor(kind, path, of));
        let by_itself = [self.resident("zhou"), Actor::clock()];
        by_itself.into_iter().chain(posts).collect()
    }

    pub fn by(&self, kind: &str) -> Actor {
        self.actors().into_iter().find(|actor| actor.kind == kind).unwrap()
    }

    /// Somebody closes their account; whether that is all.
    pub fn close(&self, actor: &Actor) -> bool {
        let (person, gone) = (actor.person.clone().unwrap(), "已注销".to_owned());
        let (keys, who) = (self.world.district.keys.clone(), person.clone());
        let known = self.world.read(move |tx| erased::known_by(tx, &keys, &who));
        let close = Close { person, gone, known, leave: leave::matters };
        self.world.perform(actor, close).unwrap().outcome
    }

    /// The cookie of a session as this actor.
    pub fn sign_in(&self, actor: &Actor) -> String {
        let appointment = actor.post.as_ref().map(|_| appointment(&actor.kind, &actor.place_path));
        let opening = session::Opening {
            person: actor.person.clone().unwrap(),
            appointment,
            proved: "password+totp",
            device: "test".to_owned(),
        };
        let (store, now) = (self.world.district.store().clone(), self.world.district.now());
        let token = runtime().block_on(session::open(&store, opening, now)).unwrap();
        format!("linli={token}")
    }

    pub fn report(&self, words: &str) -> Moved {
        self.report_of(Some(LAMP), words)
    }

    /// 周小满 reports something of this class at home.
    pub fn report_of(&self, class: Option<&str>, words: &str) -> Moved {
        let report = Report {
            words: words.to_owned(),
            class: class.map(str::to_owned),
            place: Some("99010100100101".to_owned()),
            source: "web".to_owned(),
            language: "zh".to_owned(),
            owner: Some(person("zhou")),
            ..Report::default()
        };
        self.report_as(&self.resident("zhou"), "report", report).unwrap().outcome
    }

    pub fn report_as(&self, actor: &Actor, act: &str, report: Report) -> Done<Answer<Moved>> {
        let district = Arc::clone(&self.world.district);
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let fixed = Fixed {
            case: self.world.new_id(),
            number: format!("2026-{number:06}"),
            now: district.now(),
        };
        let act = act.to_owned();
        let store = district.store().clone();
        let begin = store.read_blocking(move |tx| -> Done<_> {
            report::begin(&district, tx, &fixed, &act, &report)
        })?;
        self.world.perform(actor, begin)
    }

    pub fn matter(&self, id: &Id) -> Matter {
        let id = id.clone();
        self.world.read(move |tx| matters::matter(tx, id.as_str())).unwrap()
    }

    pub fn go(&self, actor: &Actor, id: &Id, act: &str, put: Put) -> Done<Moved> {
        self.go_seen(actor, id, act, put, None)
    }

    pub fn go_seen(
        &self,
        actor: &Actor,
        id: &Id,
        act: &str,
        put: Put,
        seen: Option<i64>,
    ) -> Done<Moved> {
        let put = self.ticked(id, act, put);
        let conduct = |put| Conduct {
            kit: kit(&self.world.district).unwrap(),
            of: CASES,
            matter: id.clone(),
            seen: seen.into(),
            act: act.to_owned(),
            put,
        };
        let order = self.world.new_id();
        let send = |by: &Actor, put: Put| {
            self.world.door().perform_blocking(by, Order::new(order.clone(), conduct(put)))
        };
        let done = send(actor, put.clone())?;
        // Whatever is done in these tests is sent again: as it was, with something else put down,
        // and by the same person in another post.
        let repeat = send(actor, put.clone())?;
        assert!(repeat.repeated, "{act} had two effects");
        assert_eq!(repeat.outcome.version, done.outcome.version, "{act}");
        let elsewhere = Actor { post: Some(self.world.new_id()), ..actor.clone() };
        for (by, put) in [(actor, put.clone().with("other", "words")), (&elsewhere, put)] {
            assert_eq!(code(&send(by, put).unwrap_err()), "act_id_used", "{act}");
        }
        Ok(done.outcome)
    }

    /// What these tests have done they have seen to: every line of the closing list is ticked,
    /// and whoever verifies has a photo, where the test does not say which.
    fn ticked(&self, id: &Id, act: &str, mut put: Put) -> Put {
        if act == "verify" && put.photos.is_empty() {
            put.photos = vec![Photo { file: self.photo(200), role: "photos".to_owned() }];
        }
        if put.fields.contains_key(CHECKED) {
            return put;
        }
        let process = kit(&self.world.district).unwrap().process;
        let (id, act) = (id.clone(), act.to_owned());
        let tick = move |tx: &ReadTx<'_>| closing::all_ticked(tx, &process, &id, &act, put);
        self.world.district.store().read_blocking(tick).unwrap()
    }

    /// A record that a move takes: each field filled in as its kind wants it.
    pub fn put(&self, by: &Move) -> Put {
        let mut put = Put::default();
        for field in &by.record {
            let wanted = by.when.iter().find_map(|call| told(call, &field.name));
            let value = match field.kind {
                // A case that goes from one body to another has been with the works.
                FieldKind::Body if by.act == "redispatch" => body("order").to_string(),
                FieldKind::Body => body("works").to_string(),
                FieldKind::Duty => entry("order").to_string(),
                FieldKind::Class if by.act == "redispatch" => STALL.to_owned(),
                FieldKind::Class => LAMP.to_owned(),
                FieldKind::Place => "99010100100101".to_owned(),
                FieldKind::Day => "2026-10-09".to_owned(),
                FieldKind::Position => "30.25001,120.16002".to_owned(),
                FieldKind::Number => "1".to_owned(),
                FieldKind::Choice => field.options[0].value.clone(),
                FieldKind::Text | FieldKind::Longtext => "写明情况".to_owned(),
                FieldKind::Checks => continue,
                FieldKind::Photos => {
                    let file = self.photo(90);
                    put.photos.push(Photo { file, role: field.name.clone() });
                    continue;
                }
            };
            put.fields.insert(field.name.clone(), wanted.unwrap_or(value));
        }
        put
    }
}

fn told(call: &Call, field: &str) -> Option<String> {
    (call.text("field") == Some(field)).then(|| call.text("value").map(str::to_owned))?
}

/// Kind of post, where, and of which body.
const POSTS: [(&str, &str, &str); 12] = [
    ("community_clerk", COMMUNITY, "committee"),
    ("dispatcher", STREET, "street"),
    ("department_officer", "/990101/", "works"),
    ("grid_worker", GRID, ""),
    ("street_supervisor", STREET, "street"),
    ("district_dispatcher", "/990101/", "centre"),
    ("district_supervisor", "/990101/", "centre"),
    ("property_officer", COMMUNITY, "homes"),
    ("auditor", "/990101/", ""),
    ("supervision_committee", COMMUNITY, "committee"),
    ("system_admin", "/990101/", ""),
    ("dispatcher", OTHER_STREET, ""),
];

fn name_of(kind: &str, path: &str) -> String {
    format!("{kind} {path}")
}

fn appointment(kind: &str, path: &str) -> Id {
    Id::derived(&format!("appointment {kind} {path}"))
}

/// The stable code of a failure.
pub fn code(failure: &Failure) -> String {
    match failure {
        Failure::Refused(refusal) => refusal.code.to_owned(),
        Failure::Hidden => "hidden".to_owned(),
        Failure::Invalid(all) => {
            all.iter().map(|p| format!("{}:{}", p.field, p.code)).collect::<Vec<_>>().join(",")
        }
        other => other.to_string(),
    }
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
