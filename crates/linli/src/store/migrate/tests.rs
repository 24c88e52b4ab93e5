//! A migration that is cut in the middle leaves nothing of itself, and is run again.

use super::*;
use crate::testing::both_engines;

fn two(second: &str) -> Vec<Migration> {
    let made = |n: i64, statements: &[&str]| Migration {
        version: 9000 + n,
        name: format!("test {n}"),
        statements: statements.iter().map(|s| (*s).to_owned()).collect(),
    };
    vec![
        made(1, &["create table made_first (id bigint primary key)"]),
        made(2, &["create table made_second (id bigint primary key)", second]),
    ]
}

#[test]
fn an_interrupted_migration_leaves_nothing_of_itself_and_resumes() {
    both_engines(|world| {
        let store = world.district.store();
        assert!(run(store, two("alter table nowhere add column x bigint")).is_err());
        assert_eq!(version(store).unwrap(), 9001, "the first is kept");
        let gone = store.read_blocking(|tx| tx.count("select count(*) from made_second", &[]));
        assert!(gone.is_err(), "nothing of the second is");
        let whole = two("alter table made_second add column x bigint");
        assert_eq!(run(store, whole).unwrap(), ["test 2"]);
        assert_eq!(version(store).unwrap(), 9002);
    });
}

#[test]
fn of_many_that_migrate_at_once_each_migration_is_run_by_one() {
    both_engines(|world| {
        let store = world.district.store();
        let whole = || two("alter table made_second add column x bigint");
        let ran: Vec<String> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..4).map(|_| scope.spawn(|| run(store, whole()))).collect();
            all.into_iter().flat_map(|one| one.join().unwrap().unwrap()).collect()
        });
        assert_eq!(ran.len(), 2, "{ran:?}");
        assert_eq!(version(store).unwrap(), 9002);
    });
}

#[test]
fn a_migration_may_take_longer_than_a_request() {
    both_engines(|world| {
        let store = world.district.store();
        if store.engine_name() == "sqlite" {
            return;
        }
        let seen = "create table limits as select current_setting('statement_timeout') as t";
        run(store, two(seen)).unwrap();
        let limit = world.read(|tx| tx.row("select t from limits", &[], |row| row.get(0)));
        assert_eq!(limit, Some("0".to_owned()));
    });
}

#[test]
fn looking_at_the_version_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("empty.db");
    let store = Store::create(&Place::File(file)).unwrap();
    assert_eq!(version(&store).unwrap(), 0);
    assert!(!pending(&store).unwrap().is_empty());
    let tables = "select count(*) from sqlite_master";
    assert_eq!(store.read_blocking(|tx| tx.count(tables, &[])).unwrap(), 0);
}
