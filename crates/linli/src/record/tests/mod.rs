mod audited;
mod behind;
mod served;

use linli_record::leaf::Leaf;

use crate::base::{Id, secret};
use crate::people::PERSON;
use crate::store::{Place, Value};
use crate::testing::{PlantedRow, World};

/// A person nobody knows, as a row.
pub(crate) fn person(world: &World, name: &str) -> PlantedRow {
    let columns = vec![
        ("kind", "resident".into()),
        ("name_sealed", Value::Blob(world.district.keys.seal(name))),
        ("name_masked", name.into()),
        ("place_path", "/990101/".into()),
        ("language", "zh".into()),
        ("consent", "{}".into()),
        ("created_at", Value::Int(1_790_000_000_000_000)),
        ("version", Value::Int(1)),
    ];
    (world.new_id(), columns)
}

/// `count` persons, each by an act of its own, with their places in the record.
pub(crate) fn populate(world: &World, count: usize) -> Vec<Id> {
    let mut ids = Vec::new();
    for n in 0..count {
        let row = person(world, &format!("张{n}"));
        ids.push(row.0.clone());
        world.plant(PERSON, vec![row]);
    }
    sequence(world);
    ids
}

pub(crate) fn sequence(world: &World) {
    world.district.sequencer.drain_blocking(world.district.now()).unwrap();
}

/// The last leaf that has its place.
pub(crate) fn newest(world: &World) -> Leaf {
    let sql = "select body from leaf where idx is not null order by idx desc limit 1";
    let last: Option<Vec<u8>> = world.read(|tx| tx.row(sql, &[], |row| row.get(0)));
    Leaf::decode(&last.unwrap()).unwrap()
}

/// Puts a leaf in without a stamp.
pub(crate) fn put_in(world: &World, leaf: &Leaf) {
    let body = secret::hex(&leaf.encode().unwrap());
    let body = match world.district.store().engine_name() {
        "sqlite" => format!("x'{body}'"),
        _ => format!("'\\x{body}'::bytea"),
    };
    let put = format!("insert into leaf (act_id, body) values ('{}', {body})", leaf.act_id);
    behind_the_door(world, &put);
}

/// SQL by a connection of its own, past the application. References are not minded.
pub(crate) fn behind_the_door(world: &World, sql: &str) -> u64 {
    match world.district.config.store_place(world.dir()).unwrap() {
        Place::File(path) => {
            let conn = rusqlite::Connection::open(path).unwrap();
            conn.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
            conn.execute_batch("pragma foreign_keys = off").unwrap();
            conn.execute(sql, []).unwrap() as u64
        }
        Place::Schema { url, schema } => {
            let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
            client
                .batch_execute(&format!(
                    "set search_path = {schema}; set session_replication_role = replica"
                ))
                .unwrap();
            client.execute(sql, &[]).unwrap()
        }
    }
}
