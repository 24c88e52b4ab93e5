//! Worlds for tests: a fresh district of its own on either engine, gone when the test ends.
//!
//! `LINLI_TEST_PG` is a PostgreSQL connection string; without it tests run on SQLite only. Raw
//! rows go through the door like everything else, as an act of the machine's own terminal.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::act::{Act, Acting, Actor, Answer, Done, Door, Order, Reach, Subject};
use crate::base::{Clock, Fault, Id, random, secret};
use crate::disclosure;
use crate::district::{Config, District, Districts, Wiring};
use crate::people::session;
use crate::store::schema::{self, Table};
use crate::store::{Param, ReadTx, StoreError, Value};
use crate::territory;

/// A district with its duty list, and nothing else in it.
pub struct World {
    pub district: Arc<District>,
    _folder: Folder,
    _schema: Option<Schema>,
}

/// Runs a test on SQLite, and on PostgreSQL where one is given.
pub fn both_engines(test: impl Fn(&World)) {
    for world in worlds(&wiring()) {
        test(&world);
    }
}

/// As [`both_engines`], wired as the application would do it.
pub fn both_engines_wired(wiring: &Wiring, test: impl Fn(&World)) {
    for world in worlds(wiring) {
        test(&world);
    }
}

/// One world an engine.
pub fn worlds(wiring: &Wiring) -> Vec<World> {
    worlds_with(wiring, |_| ())
}

/// One demonstration an engine: its text messages are shown, not sent.
pub fn demo_worlds() -> Vec<World> {
    worlds_with(&wiring(), |config| config.demo = true)
}

/// One world an engine, with settings of its own.
pub fn worlds_with(wiring: &Wiring, set: impl Fn(&mut Config)) -> Vec<World> {
    let mut config = Config::new("测试区", "990101");
    set(&mut config);
    let mut out = vec![must(World::open(wiring, None, &config), "an SQLite district")];
    if let Some(url) = postgres_url() {
        out.push(must(World::open(wiring, Some(&url), &config), "a PostgreSQL district"));
    }
    out
}

/// Sessions are known, procedures are none.
pub fn wiring() -> Wiring {
    Wiring {
        who_is: |tx, hash, now| session::who_is(tx, hash, now),
        belongs: territory::refuse_other_district,
        processes: Vec::new(),
    }
}

fn postgres_url() -> Option<String> {
    std::env::var("LINLI_TEST_PG").ok().filter(|url| !url.is_empty())
}

fn must<T, E: std::fmt::Display>(result: Result<T, E>, what: &str) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{what}: {error}"),
    }
}

/// Holder of a post of this kind at this place.
pub fn staff(kind: &str, place_path: &str, person: Id) -> Actor {
    Actor {
        kind: kind.to_owned(),
        post: Some(Id::derived(&format!("post {kind} {place_path}"))),
        place_path: place_path.to_owned(),
        administrator: kind.ends_with("_admin"),
        label: kind.to_owned(),
        ..Actor::resident(person)
    }
}

impl World {
    fn open(wiring: &Wiring, url: Option<&str>, config: &Config) -> Result<World, Fault> {
        let folder = Folder::fresh()?;
        let mut config = config.clone();
        let schema = url.map(|url| Schema {
            url: url.to_owned(),
            name: format!("test_{}", secret::hex(&random::bytes::<8>())),
        });
        if let Some(Schema { url, name }) = &schema {
            let joint = if url.contains('?') { '&' } else { '?' };
            config.store = format!("{url}{joint}schema={name}");
        }
        config.write(&folder.0)?;
        let district = Arc::new(District::found(&folder.0, Clock::default(), wiring)?);
        disclosure::seed(&district.door).map_err(|e| Fault::new(e.to_string()))?;
        Ok(World { district, _folder: folder, _schema: schema })
    }

    pub fn door(&self) -> &Door {
        &self.district.door
    }

    /// Changes rows without an act.
    pub fn tamper(&self, table: Table, sql: &'static str, with: &[&str]) {
        let with: Vec<Value> = with.iter().map(|value| Value::from(*value)).collect();
        let tampered = self.district.store().write_blocking(move |tx| {
            let params: Vec<Param<'_>> = with.iter().map(Param::from).collect();
            tx.write_sealed(table, sql, &params)
        });
        assert!(must(tampered, sql) > 0, "{sql}");
    }

    /// The folder of the district.
    pub fn dir(&self) -> &Path {
        &self.district.dir
    }

    pub fn new_id(&self) -> Id {
        self.district.new_id()
    }

    /// The district as a router takes it.
    pub fn districts(&self) -> Districts {
        Districts::new(vec![Arc::clone(&self.district)])
    }

    /// Performs an act under a fresh id.
    pub fn perform<A: Act>(&self, actor: &Actor, act: A) -> Done<Answer<A::Outcome>> {
        self.door().perform_blocking(actor, Order::new(self.new_id(), act))
    }

    pub fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&ReadTx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        must(self.door().store.read_blocking(look), "reading")
    }

    /// Puts rows into a table as they are: each a key and its other columns.
    pub fn plant(&self, table: Table, rows: Vec<PlantedRow>) {
        must(self.perform(&Actor::operator(), Plant { table, rows }), "planting rows");
    }
}

/// `table.column` of every text in the district that holds these words: what is sealed holds none.
pub fn rows_with(tx: &ReadTx<'_>, words: &str) -> Result<Vec<String>, StoreError> {
    let mut out = Vec::new();
    for table in schema::tables() {
        for column in schema::columns(&table) {
            let sql = format!("select {column} from {table}");
            let holds = |value: &Value| matches!(value, Value::Text(text) if text.contains(words));
            if tx.rows(&sql, &[], |row| row.any(0))?.iter().any(holds) {
                out.push(format!("{table}.{column}"));
            }
        }
    }
    Ok(out)
}

/// Every table of a district with a digest of its rows, to see that nothing was changed. Numbers
/// that were reserved and not used leave a gap and nothing else.
pub fn contents(tx: &ReadTx<'_>) -> Result<BTreeMap<String, String>, StoreError> {
    let mut out = BTreeMap::new();
    for table in schema::tables().into_iter().filter(|table| table != "number_block") {
        let columns = schema::columns(&table);
        let sql = format!("select {} from {table}", columns.join(", "));
        let mut rows = tx.rows(&sql, &[], |row| {
            let cells = (0..columns.len()).map(|at| row.any(at));
            Ok(format!("{:?}", cells.collect::<Result<Vec<_>, _>>()?))
        })?;
        rows.sort_unstable();
        out.insert(table, secret::sha256_hex(rows.join("\n").as_bytes()));
    }
    Ok(out)
}

/// The key of a row, and its other columns.
pub type PlantedRow = (Id, Vec<(&'static str, Value)>);

/// Rows put in as they are.
pub struct Plant {
    table: Table,
    rows: Vec<PlantedRow>,
}

impl Plant {
    pub fn one(table: Table, row: PlantedRow) -> Plant {
        Plant::some(table, vec![row])
    }

    pub fn some(table: Table, rows: Vec<PlantedRow>) -> Plant {
        Plant { table, rows }
    }
}

impl Act for Plant {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "test.plant".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(format!("{:?}", self.rows).into_bytes())
    }

    fn subject(&self) -> Subject {
        Subject::New { kind: "test", id: String::new(), reach: Reach::at("/") }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        for (id, columns) in &self.rows {
            cx.tx.insert(self.table, id, columns)?;
        }
        Ok(())
    }
}

/// A folder that goes away with its world.
struct Folder(PathBuf);

impl Folder {
    fn fresh() -> Result<Folder, Fault> {
        let name = format!("linli-test-{}", secret::hex(&random::bytes::<8>()));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path)?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// How long a world that ends waits for its server.
const PATIENCE: Duration = Duration::from_secs(5);

/// A schema that goes away with its world.
struct Schema {
    url: String,
    name: String,
}

impl Drop for Schema {
    fn drop(&mut self) {
        // A server that is gone, or somebody who still holds a table, must not hold up the test.
        let Ok(mut config) = self.url.parse::<postgres::Config>() else { return };
        config.connect_timeout(PATIENCE).tcp_user_timeout(PATIENCE);
        let Ok(mut client) = config.connect(postgres::NoTls) else { return };
        let sql = format!(
            "set lock_timeout = '5s'; set statement_timeout = '20s'; \
             drop schema if exists {} cascade",
            self.name,
        );
        let _ = client.batch_execute(&sql);
    }
}
