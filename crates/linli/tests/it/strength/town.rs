//! A small district on disk that a process of its own can serve: one place, the catalogue, a
//! clerk's post and the key of a program that reports.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use linli::act::{Actor, Answer, Done, Order};
use linli::affairs::appeal::report::{self, Fixed, Report};
use linli::base::{Clock, Id};
use linli::district::{Config, District};
use linli::matter::Moved;
use linli::people::keys::{self, CreateKey};
use linli::people::{APPOINTMENT, BODY, PERSON, POST, remit};
use linli::record::cli as audit;
use linli::store::schema::Table;
use linli::store::{ReadTx, Store, StoreError, Value};
use linli::testing::{Plant, staff};
use linli::{app, catalogue, disclosure};

/// The code of the only place.
pub const CODE: &str = "990101";
pub const KEY: &str = "a-key-for-the-strength-tests";

/// Keys of the officers whom [`Town::employ`] appoints.
pub const CLERK_KEY: &str = "a-clerk's-key-for-the-strength-tests";
pub const DISPATCHER_KEY: &str = "a-dispatcher's-key-for-the-strength-tests";
pub const OFFICER_KEY: &str = "an-officer's-key-for-the-strength-tests";

pub struct Town {
    pub dir: PathBuf,
    engine: &'static str,
    schema: Option<(String, String)>,
    _folder: Option<tempfile::TempDir>,
}

/// The connection string of the tests' PostgreSQL.
pub fn postgres_url() -> Option<String> {
    std::env::var("LINLI_TEST_PG").ok().filter(|url| !url.is_empty())
}

/// One town an engine: SQLite, and PostgreSQL where one is given.
pub fn towns() -> Vec<Town> {
    let mut out = vec![Town::in_a_file()];
    out.extend(postgres_url().map(|url| Town::in_a_schema(&url)));
    out
}

fn random_name() -> String {
    Id::new(Clock::default().now()).as_str().to_lowercase().replace('-', "")
}

impl Town {
    pub fn in_a_file() -> Town {
        let folder = tempfile::tempdir().unwrap();
        let town = Town {
            dir: folder.path().to_owned(),
            engine: "sqlite",
            schema: None,
            _folder: Some(folder),
        };
        town.found(Config::new("测试区", CODE));
        town
    }

    /// An SQLite district in a folder that somebody else takes away.
    pub fn at(dir: &Path) -> Town {
        let (dir, engine) = (dir.to_owned(), "sqlite");
        let town = Town { dir, engine, schema: None, _folder: None };
        town.found(Config::new("测试区", CODE));
        town
    }

    pub fn in_a_schema(url: &str) -> Town {
        let folder = tempfile::tempdir().unwrap();
        let name = format!("strength_{}", random_name());
        let town = Town {
            dir: folder.path().to_owned(),
            engine: "postgresql",
            schema: Some((url.to_owned(), name.clone())),
            _folder: Some(folder),
        };
        let store = with_schema(url, &name);
        town.found(Config { store, ..Config::new("测试区", CODE) });
        town
    }

    /// The same database by another way, such as through a proxy.
    pub fn reached_by(&self, url: &str) {
        let (_, schema) = self.schema.as_ref().unwrap();
        let config = Config { store: with_schema(url, schema), ..Config::read(&self.dir).unwrap() };
        config.write(&self.dir).unwrap();
    }

    pub fn engine(&self) -> &'static str {
        self.engine
    }

    fn found(&self, config: Config) {
        config.write(&self.dir).unwrap();
        let wiring = app::wiring().unwrap();
        let district = District::found(&self.dir, Clock::default(), &wiring).unwrap();
        disclosure::seed(&district.door).unwrap();
        catalogue::seed::seed(&district.door).unwrap();
        let place = vec![
            ("code", CODE.into()),
            ("level", "district".into()),
            ("name", "测试区".into()),
            ("path", format!("/{CODE}/").as_str().into()),
            ("sort_key", "1".into()),
            ("valid_from", 1_i64.into()),
            ("version", 1_i64.into()),
        ];
        plant(&district, Table::recorded("place"), "place", place);
        let person = vec![
            ("kind", "resident".into()),
            ("name_masked", "张*".into()),
            ("username", "an_app".into()),
            ("place_path", format!("/{CODE}/").as_str().into()),
            ("language", "zh".into()),
            ("consent", "{}".into()),
            ("created_at", 1_i64.into()),
            ("version", 1_i64.into()),
        ];
        plant(&district, PERSON, "reporter", person);
        let act = CreateKey {
            id: Id::derived(KEY),
            title: "测试".to_owned(),
            person: reporter(),
            appointment: None,
            hash: keys::hash(KEY),
        };
        perform(&district, &Actor::operator(), act).unwrap();
    }

    /// Appoints a clerk, a dispatcher and an officer of the works department, each with a key.
    pub fn employ(&self) {
        let (district, path) = (self.open(), format!("/{CODE}/"));
        let text = |text: &str| Value::from(text);
        let class = class_itself(&district);
        for (id, kind) in [("committee", "community_committee"), ("works", "municipal_works")] {
            body(&district, id, kind);
        }
        let remit = vec![
            ("body_id", Value::from(&Id::derived("works"))),
            ("kind", text(class.body_kind.as_deref().unwrap_or("municipal_works"))),
            ("place_path", text(&path)),
            ("ground", text("测试")),
        ];
        plant(&district, remit::REMIT, "remit", remit);
        for (name, kind, body, key) in [
            ("clerk", "community_clerk", "committee", CLERK_KEY),
            ("dispatcher", "district_dispatcher", "committee", DISPATCHER_KEY),
            ("officer", "department_officer", "works", OFFICER_KEY),
        ] {
            self.appoint(&district, name, kind, body, key);
        }
    }

    fn appoint(&self, district: &District, name: &str, kind: &str, body: &str, key: &str) {
        let path = format!("/{CODE}/");
        let text = |text: &str| Value::from(text);
        let person = vec![
            ("kind", text("staff")),
            ("name_masked", text("张*")),
            ("username", text(name)),
            ("place_path", text(&path)),
            ("language", text("zh")),
            ("consent", text("{}")),
            ("created_at", 1_i64.into()),
            ("version", 1_i64.into()),
        ];
        plant(district, PERSON, name, person);
        let post = vec![
            ("kind", text(kind)),
            ("title", text(kind)),
            ("place_id", Value::from(&Id::derived("place"))),
            ("place_path", text(&path)),
            ("body_id", Value::from(&Id::derived(body))),
            ("version", 1_i64.into()),
        ];
        plant(district, POST, &format!("post of {name}"), post);
        let appointment = vec![
            ("post_id", Value::from(&Id::derived(&format!("post of {name}")))),
            ("person_id", Value::from(&Id::derived(name))),
            ("term_from", text("2020-01-01")),
            ("since", 1_i64.into()),
            ("version", 1_i64.into()),
            ("holder_name", text("张*")),
        ];
        plant(district, APPOINTMENT, &format!("appointment of {name}"), appointment);
        let act = CreateKey {
            id: Id::derived(key),
            title: "测试".to_owned(),
            person: Id::derived(name),
            appointment: Some(Id::derived(&format!("appointment of {name}"))),
            hash: keys::hash(key),
        };
        perform(district, &Actor::operator(), act).unwrap();
    }

    /// Opens the district in this process; it is closed when the last of them is dropped.
    pub fn open(&self) -> Arc<District> {
        let wiring = app::wiring().unwrap();
        Arc::new(District::open(&self.dir, Clock::default(), &wiring).unwrap())
    }

    /// The bare database, as nobody serves it.
    pub fn database(&self) -> Store {
        let place = Config::read(&self.dir).unwrap().store_place(&self.dir).unwrap();
        Store::open(&place).unwrap()
    }

    /// Writes to the database by a connection of its own.
    pub fn behind_the_door(&self, sql: &str) {
        match &self.schema {
            None => {
                let conn = rusqlite::Connection::open(self.dir.join("linli.db")).unwrap();
                conn.execute_batch(sql).unwrap();
            }
            Some((url, name)) => {
                let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
                client.batch_execute(&format!("set search_path = {name}; {sql}")).unwrap();
            }
        }
    }

    /// Audits record, rows and files; panics with the findings when they are not as they were.
    pub fn verify(&self) {
        let mut told = Vec::new();
        let asked = audit::Asked::default();
        let outcome = audit::verify(&self.dir, &asked, &mut told).unwrap();
        assert!(outcome.is_clean(), "{}: {}", self.engine, String::from_utf8_lossy(&told));
    }
}

fn with_schema(url: &str, schema: &str) -> String {
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}schema={schema}")
}

impl Drop for Town {
    fn drop(&mut self) {
        let Some((url, name)) = &self.schema else {
            return;
        };
        let Ok(mut client) = postgres::Client::connect(url, postgres::NoTls) else {
            return;
        };
        let _ = client.batch_execute(&format!("drop schema if exists {name} cascade"));
    }
}

fn plant(district: &District, table: Table, id: &str, columns: Vec<(&'static str, Value)>) {
    let act = Plant::one(table, (Id::derived(id), columns));
    perform(district, &Actor::operator(), act).unwrap();
}

fn body(district: &District, id: &str, kind: &str) {
    let columns = vec![
        ("kind", kind.into()),
        ("name", kind.into()),
        ("sort_key", id.into()),
        ("place_id", Value::from(&Id::derived("place"))),
        ("place_path", format!("/{CODE}/").as_str().into()),
        ("version", 1_i64.into()),
    ];
    plant(district, BODY, id, columns);
}

/// One more leaf: a body that answers for nothing.
pub fn a_body(district: &District, id: &str) {
    body(district, id, "municipal_works");
}

/// Performs an act under a fresh id.
pub fn perform<A: linli::act::Act>(
    district: &District,
    actor: &Actor,
    act: A,
) -> Done<Answer<A::Outcome>> {
    district.door.perform_blocking(actor, Order::new(district.new_id(), act))
}

pub fn reporter() -> Id {
    Id::derived("reporter")
}

pub fn clerk() -> Actor {
    staff("community_clerk", &format!("/{CODE}/"), Id::derived("clerk"))
}

/// Reports `words` under an act id, as a channel does: what hangs on the moment, such as the
/// number, is another each time the same order comes in.
pub fn report(
    district: &Arc<District>,
    act: &Id,
    number: &str,
    words: &str,
) -> Done<Answer<Moved>> {
    let fixed = Fixed {
        case: Id::derived(&format!("case of {act}")),
        number: number.to_owned(),
        now: district.now(),
    };
    let classes = district.door.store.read_blocking(catalogue::store::all)?;
    let report = Report {
        words: words.to_owned(),
        class: Some(first_fitting(classes)),
        source: "open311".to_owned(),
        language: "zh".to_owned(),
        owner: Some(reporter()),
        ..Report::default()
    };
    let here = Arc::clone(district);
    let begin = district.door.store.read_blocking(move |tx| -> Done<_> {
        report::begin(&here, tx, &fixed, "report", &report)
    })?;
    district.door.perform_blocking(&Actor::resident(reporter()), Order::new(act.clone(), begin))
}

fn class_itself(district: &District) -> catalogue::Class {
    let classes = look(district, catalogue::store::all);
    let code = first_fitting(classes.clone());
    classes.into_iter().find(|class| class.code == code).unwrap()
}

/// The code of a public class without questions that may be reported without a name.
fn first_fitting(classes: Vec<catalogue::Class>) -> String {
    let fits =
        |c: &catalogue::Class| c.publicity == "public" && c.questions.is_empty() && c.anonymous;
    classes.into_iter().find(fits).unwrap().code
}

/// The class that is reported here.
pub fn class(district: &District) -> String {
    first_fitting(look(district, catalogue::store::all))
}

pub fn look<T: Send + 'static>(
    district: &District,
    read: impl FnOnce(&ReadTx<'_>) -> Result<T, StoreError> + Send + 'static,
) -> T {
    district.door.store.read_blocking(read).unwrap()
}

pub fn count(district: &District, sql: &'static str) -> i64 {
    look(district, move |tx| tx.count(sql, &[]))
}
