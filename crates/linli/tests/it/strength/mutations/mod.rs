//! Whatever is changed behind the application's back is named by the audit, at its place, and
//! nothing else is: rows and their fields, seals, leaves, tiles, checkpoints, photos.
//!
//! 60 changes an engine; `LINLI_MUTATIONS` asks for more and `LINLI_SEED` for others.

mod log;
mod photo;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant;

use linli::act::{Actor, Order};
use linli::app::demo;
use linli::base::Id;
use linli::base::secret::Keys;
use linli::disclosure::acts::proposal::Propose;
use linli::disclosure::{NewDuty, rules};
use linli::district::{Config, District};
use linli::file::check;
use linli::people::acts::Unmask;
use linli::record::{ENGRAVED, Finding, RECORDED, Verifier, audit, seen, signer};
use linli::store::schema::{SEAL, sealed};
use linli::store::{Place, Store, Value};
use linli::testing::staff;
use linli_record::leaf::Leaf;
use linli_record::seal::{CHECK_LEN, Field, Salt, Seal};

use super::behind::{Hand, Known, kind_of};
use super::kill::{next, number};
use super::town::postgres_url;

/// Changes of rows that are made before one audit; each is on a row of its own.
const TOGETHER: u64 = 20;

/// A demonstration with everything in it, and a hand in its database.
struct Ground {
    dir: PathBuf,
    store: Store,
    place: Place,
    key: Verifier,
    notes: Vec<String>,
    hand: Hand,
    tables: Vec<Known>,
    leaves: u64,
    seed: u64,
    _folder: tempfile::TempDir,
}

/// The demonstration proposes no change of its duty list; here one waits.
fn propose(district: &District) {
    let row = NewDuty {
        post_kind: "resident".to_owned(),
        act: "log.see".to_owned(),
        scope: "my_district".to_owned(),
        ground: "公开规则（示例）第1项".to_owned(),
    };
    let door = district.door.clone();
    let seen = district.store().read_blocking(move |tx| door.duty_list(tx)).unwrap().version;
    let change = rules::Change { added: vec![row], ..rules::Change::default() };
    let (reason, processes) = ("居民要看".to_owned(), district.processes.clone());
    let act = Propose { seen, change, reason, processes };
    let by = staff("security_admin", "/990101/", Id::derived("staff minshouan"));
    district.door.perform_blocking(&by, Order::new(district.new_id(), act)).unwrap();
}

/// Somebody looks at a resident's number, which is noted.
fn look(district: &District) {
    let person = "select id from person where kind = 'resident' order by id";
    let person: Option<Id> =
        district.store().read_blocking(move |tx| tx.row(person, &[], |row| row.get(0))).unwrap();
    let act = Unmask { person: person.unwrap(), reason: "回访".to_owned() };
    let order = Order::new(district.new_id(), act);
    district.door.perform_blocking(&Actor::operator(), order).unwrap();
}

impl Drop for Ground {
    fn drop(&mut self) {
        if let (Hand::Pg(client), Place::Schema { schema, .. }) = (&mut self.hand, &self.place) {
            let _ = client.batch_execute(&format!("drop schema if exists {schema} cascade"));
        }
    }
}

impl Ground {
    fn lay(store: Option<String>, seed: u64) -> Ground {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("demo");
        std::fs::create_dir(&dir).unwrap();
        demo::run(&dir, &demo::Asked { store, address: None }).unwrap();
        let config = Config::read(&dir).unwrap();
        let district =
            District::open(&dir, linli::base::Clock::default(), &linli::app::wiring().unwrap())
                .unwrap();
        propose(&district);
        look(&district);
        district.sequencer.drain_blocking(district.now()).unwrap();
        drop(district);
        let keys = Keys::open(&config.key_file(&dir)).unwrap();
        let place = config.store_place(&dir).unwrap();
        let store = Store::open(&place).unwrap();
        seen::keep_newest(&dir, &store, true).unwrap();
        let mut hand = Hand::on(&place);
        let all = RECORDED.iter().chain(ENGRAVED);
        let mut tables: Vec<Known> = all.map(|name| Known::of(&mut hand, name)).collect();
        tables.retain(|table| !table.rows.is_empty());
        for table in tables.iter().map(|t| t.name).chain(["leaf", "tile", "checkpoint"]) {
            hand.remember(table);
        }
        let leaves = store.read_blocking(|tx| tx.count("select count(*) from leaf", &[])).unwrap();
        Ground {
            key: signer(&config, &keys).unwrap().verifier(),
            notes: seen::read(&seen::path(&dir)).unwrap(),
            leaves: leaves.cast_unsigned(),
            _folder: folder,
            dir,
            store,
            place,
            hand,
            tables,
            seed,
        }
    }

    fn below(&mut self, n: u64) -> u64 {
        next(&mut self.seed) % n
    }

    fn findings(&self) -> Vec<Finding> {
        audit::run(&self.store, &self.key, None, &self.notes).unwrap().findings
    }

    fn pick(&mut self) -> (usize, Vec<String>) {
        let tables = self.tables.len() as u64;
        let table = usize::try_from(self.below(tables)).unwrap();
        let rows = self.tables[table].rows.len() as u64;
        let row = usize::try_from(self.below(rows)).unwrap();
        (table, self.tables[table].rows[row].clone())
    }

    /// Another value for a field, as SQL.
    fn other(&mut self, table: &str, column: &str) -> String {
        let n = self.below(1000) + 1;
        match (kind_of(table, column).as_str(), self.below(4)) {
            (_, 0) => "null".to_owned(),
            ("bigint", 1) => format!("-coalesce({column}, 0) - {n}"),
            ("bigint", _) => format!("coalesce({column}, 0) + {n}"),
            ("text", 1) => format!("'{n}' || coalesce({column}, '')"),
            ("text", _) => format!("coalesce({column}, '') || '改{n}'"),
            _ => self.hand.literal(&n.to_be_bytes()),
        }
    }

    /// Changes one row in some way, and says what must be found. `None` when the database's own
    /// checks did not let it happen.
    fn change_row(&mut self, table: usize, row: &[String]) -> Option<Change> {
        let known = &self.tables[table];
        let (name, at) = (known.name, known.at(row));
        let spot = Spot { table: name.to_owned(), id: row.join("/") };
        let columns = sealed(name);
        let field = columns[usize::try_from(next(&mut self.seed)).unwrap() % columns.len()].clone();
        let mut change = Change { table, row: row.to_vec(), also: Vec::new(), found: Vec::new() };
        match self.below(20) {
            0 | 1 => {
                self.did(&format!("delete from {name} where {at}"))?;
                change.found = vec![spot.deleted()];
            }
            2 | 3 => self.copy(&mut change)?,
            4 => {
                self.did(&format!("update {name} set {SEAL} = null where {at}"))?;
                change.found = vec![spot.seal_missing()];
            }
            5 => self.spoil_check(&spot, columns, &at, &mut change)?,
            6 => self.spoil_salt(&spot, &at, &mut change)?,
            7 => self.reseal(&spot, columns, &mut change)?,
            _ if self.tables[table].key.contains(&field) => self.rename(&field, &mut change)?,
            _ => {
                let value = self.other(name, &field);
                let differs = format!("{at} and {field} is not null");
                let at = if value == "null" { differs } else { at };
                self.did(&format!("update {name} set {field} = {value} where {at}"))?;
                change.found = vec![spot.changed(&field)];
            }
        }
        Some(change)
    }

    /// One row changed, or the database said no.
    fn did(&mut self, sql: &str) -> Option<()> {
        (self.hand.run(sql).ok()? == 1).then_some(())
    }

    /// A row put in beside another.
    fn copy(&mut self, change: &mut Change) -> Option<()> {
        let known = &self.tables[change.table];
        let (name, at, key) = (known.name, known.at(&change.row), known.key[0].clone());
        let other = format!("intruder{}", self.below(1_000_000_000));
        let all = linli::store::schema::columns(name).join(", ");
        let with: Vec<String> = linli::store::schema::columns(name)
            .iter()
            .map(|column| if *column == key { format!("'{other}'") } else { column.clone() })
            .collect();
        let with = with.join(", ");
        self.did(&format!("insert into {name} ({all}) select {with} from {name} where {at}"))?;
        let row = [&[other][..], &change.row[1..]].concat();
        change.found = vec![Spot { table: name.to_owned(), id: row.join("/") }.inserted()];
        change.also = vec![row];
        Some(())
    }

    /// A row under another key.
    fn rename(&mut self, field: &str, change: &mut Change) -> Option<()> {
        let known = &self.tables[change.table];
        let (name, at) = (known.name, known.at(&change.row));
        let part = known.key.iter().position(|key| key == field)?;
        let other = format!("renamed{}", self.below(1_000_000_000));
        self.did(&format!("update {name} set {field} = '{other}' where {at}"))?;
        let spot = |row: &[String]| Spot { table: name.to_owned(), id: row.join("/") };
        let mut row = change.row.clone();
        row[part] = other;
        change.found = vec![spot(&change.row).deleted(), spot(&row).inserted()];
        change.also = vec![row];
        Some(())
    }

    /// Writes other bytes where the seal is.
    fn write_bytes(&mut self, table: &str, column: &str, at: &str, bytes: &[u8]) -> Option<()> {
        let value = self.hand.literal(bytes);
        self.did(&format!("update {table} set {column} = {value} where {at}"))
    }

    fn spoil_check(
        &mut self,
        spot: &Spot,
        columns: &[String],
        at: &str,
        change: &mut Change,
    ) -> Option<()> {
        let mut bytes = self.hand.bytes(&spot.table, SEAL, at);
        let checks = bytes.len() - size_of::<Salt>();
        let place = usize::try_from(self.below(checks as u64)).unwrap();
        bytes[size_of::<Salt>() + place] ^= 1 << self.below(8);
        self.write_bytes(&spot.table, SEAL, at, &bytes)?;
        change.found = vec![spot.seal_altered(&columns[place / CHECK_LEN])];
        Some(())
    }

    /// With another salt no field fits its digest any more.
    fn spoil_salt(&mut self, spot: &Spot, at: &str, change: &mut Change) -> Option<()> {
        let mut bytes = self.hand.bytes(&spot.table, SEAL, at);
        bytes[usize::try_from(self.below(size_of::<Salt>() as u64)).unwrap()] ^= 1;
        self.write_bytes(&spot.table, SEAL, at, &bytes)?;
        change.found = vec![spot.rewritten()];
        Some(())
    }

    /// A thief who knows how seals are made changes a row and seals it anew.
    fn reseal(
        &mut self,
        spot: &Spot,
        columns: &'static [String],
        change: &mut Change,
    ) -> Option<()> {
        let known = &self.tables[change.table];
        let (name, row, key) = (known.name, known.at(&change.row), known.key.clone());
        let free: Vec<&String> = columns.iter().filter(|c| !key.contains(c)).collect();
        let field = free[usize::try_from(self.below(free.len() as u64)).unwrap()].clone();
        let value = self.other(name, &field);
        let differs =
            if value == "null" { format!(" and {field} is not null") } else { String::new() };
        self.did(&format!("update {name} set {field} = {value} where {row}{differs}"))?;
        let sql = format!("select {} from {name} where {row}", columns.join(", "));
        let values: Vec<Value> = self
            .store
            .read_blocking(move |tx| {
                tx.row(&sql, &[], |row| (0..columns.len()).map(|at| row.any(at)).collect())
            })
            .unwrap()
            .unwrap();
        let salt = next(&mut self.seed).to_be_bytes().repeat(2);
        let fields: Vec<(&str, Field<'_>)> = columns
            .iter()
            .zip(&values)
            .map(|(name, value)| (name.as_str(), field_of(value)))
            .collect();
        let seal = Seal::of(name, &spot.id, &salt[..].try_into().unwrap(), &fields);
        self.write_bytes(name, SEAL, &row, &[&salt[..], &seal.checks].concat())?;
        change.found = vec![spot.rewritten()];
        Some(())
    }

    fn undo_row(&mut self, change: &Change) {
        let known = &self.tables[change.table];
        let mut at = vec![known.at(&change.row)];
        at.extend(change.also.iter().map(|row| known.at(row)));
        self.hand.put_back(known.name, &at.join(" or "));
    }
}

fn field_of(value: &Value) -> Field<'_> {
    match value {
        Value::Null => Field::Null,
        Value::Int(n) => Field::Int(*n),
        Value::Text(text) => Field::Text(text),
        Value::Blob(bytes) => Field::Blob(bytes),
    }
}

/// A change that was made, and what must be found of it.
struct Change {
    table: usize,
    row: Vec<String>,
    /// Keys that were not there before.
    also: Vec<Vec<String>>,
    found: Vec<Finding>,
}

/// A row as findings name it.
struct Spot {
    table: String,
    id: String,
}

impl Spot {
    fn both(&self) -> (String, String) {
        (self.table.clone(), self.id.clone())
    }
    fn changed(&self, field: &str) -> Finding {
        let (table, id) = self.both();
        Finding::RowChanged { table, id, field: field.to_owned() }
    }
    fn rewritten(&self) -> Finding {
        let (table, id) = self.both();
        Finding::RowRewritten { table, id }
    }
    fn deleted(&self) -> Finding {
        let (table, id) = self.both();
        Finding::RowDeleted { table, id }
    }
    fn inserted(&self) -> Finding {
        let (table, id) = self.both();
        Finding::RowInserted { table, id }
    }
    fn seal_missing(&self) -> Finding {
        let (table, id) = self.both();
        Finding::SealMissing { table, id }
    }
    fn seal_altered(&self, field: &str) -> Finding {
        let (table, id) = self.both();
        Finding::SealAltered { table, id, fields: vec![field.to_owned()] }
    }
}

/// Up to [`TOGETHER`] rows changed at once: exactly what was done to them is found.
fn rows(ground: &mut Ground, most: u64) -> u64 {
    let (mut touched, mut changes) = (BTreeSet::new(), Vec::new());
    while (changes.len() as u64) < most.min(TOGETHER) {
        let (table, row) = ground.pick();
        if !touched.insert((table, row.clone())) {
            continue;
        }
        match ground.change_row(table, &row) {
            Some(change) => changes.push(change),
            None => {
                let nothing = Change { table, row, also: Vec::new(), found: Vec::new() };
                ground.undo_row(&nothing);
            }
        }
    }
    let mut wanted: Vec<Finding> = changes.iter().flat_map(|change| change.found.clone()).collect();
    wanted.sort();
    let found = ground.findings();
    let odd: Vec<_> = found.iter().filter(|f| !wanted.contains(f)).collect();
    let missed: Vec<_> = wanted.iter().filter(|f| !found.contains(f)).collect();
    assert!(odd.is_empty() && missed.is_empty(), "found {odd:#?}, missed {missed:#?}");
    for change in &changes {
        ground.undo_row(change);
    }
    changes.len() as u64
}

/// What an altered log may say beside naming the place: that some rows cannot be proved now.
fn beside(finding: &Finding) -> bool {
    matches!(finding, Finding::RowUnprovable { .. })
}

#[test]
fn whatever_is_changed_behind_the_back_is_named_at_its_place() {
    let (wanted, seed) = (number("LINLI_MUTATIONS", 60), number("LINLI_SEED", 0x33_44) | 1);
    let schema = |url: String| {
        let joint = if url.contains('?') { '&' } else { '?' };
        let name = Id::new(linli::base::Clock::default().now()).to_string().to_lowercase();
        format!("{url}{joint}schema=mutations_{}", name.replace('-', ""))
    };
    let places = [None].into_iter().chain(postgres_url().map(schema).map(Some));
    for store in places {
        let mut ground = Ground::lay(store, seed);
        let (mut made, mut clean, began) = (0, 1, Instant::now());
        assert_eq!(ground.findings(), []);
        while made < wanted {
            made += match ground.below(8) {
                0..=2 => rows(&mut ground, wanted - made),
                3 if ground.below(4) == 0 => {
                    photo::photo(&mut ground);
                    1
                }
                _ => {
                    log::log(&mut ground);
                    1
                }
            };
            assert_eq!(ground.findings(), [], "after everything was put back");
            clean += 1;
        }
        // One false alarm in a thousand would be seen in a whole drill.
        while clean < wanted / 5 {
            assert_eq!(ground.findings(), []);
            clean += 1;
        }
        eprintln!(
            "{}: {made} changes in {} tables and {} leaves, each named at its place; {clean} clean \
             runs without a false alarm; {} s",
            ground.store.engine_name(),
            ground.tables.len(),
            ground.leaves,
            began.elapsed().as_secs(),
        );
    }
}
