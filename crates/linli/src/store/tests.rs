//! What both engines must answer alike, and what only one of them must be told.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::*;
use crate::params;
use crate::store::upkeep::NUMBER_BLOCK;
use crate::testing::{both_engines, wiring, worlds};

#[test]
fn a_place_is_a_file_or_a_named_schema() {
    let schema = |t: &str| Place::parse(t).map_err(|fault| fault.to_string());
    assert_eq!(
        schema("postgres://u@h/db?schema=d1"),
        Ok(Place::Schema { url: "postgres://u@h/db".into(), schema: "d1".into() })
    );
    assert_eq!(
        schema("postgres://u@h/db?schema=d1&host=/tmp"),
        Ok(Place::Schema { url: "postgres://u@h/db?host=/tmp".into(), schema: "d1".into() })
    );
    assert!(schema("postgres://u@h/db").is_err());
    let told = schema("postgres://u:s3cr3t@h/db?currentschema=d1").unwrap_err();
    assert!(!told.contains("s3cr3t"), "{told}");
    assert!(schema("postgres://u@h/db?schema=a;drop").is_err());
    for other in ["", " ", "mysql://u:s3cr3t@h/db", "postgress://u:s3cr3t@h/db?schema=d1"] {
        let told = Place::parse(other).unwrap_err();
        assert_eq!(told.code(), Some("wrong_store"), "{other}");
        assert!(!told.to_string().contains("s3cr3t"), "{told}");
    }
    assert_eq!(schema("var/a.db"), Ok(Place::File("var/a.db".into())));
}

#[test]
fn parameters_stand_for_their_numbers_not_for_their_order() {
    both_engines(|world| {
        let sql = "select cast($2 as text), cast($1 as bigint), cast($2 as text)";
        let found = world.read(move |tx| {
            tx.row(sql, params![7_i64, "zwei"], |row| {
                Ok((row.get::<String>(0)?, row.get::<i64>(1)?, row.get::<String>(2)?))
            })
        });
        assert_eq!(found, Some(("zwei".to_owned(), 7, "zwei".to_owned())));
    });
}

/// A search binds every place of a name, every class and every body it is asked for.
#[test]
fn a_statement_may_have_a_hundred_parameters() {
    both_engines(|world| {
        let marks: Vec<String> = (1..=100).map(|n| format!("cast(${n} as bigint)")).collect();
        let in_order = format!("select {}", marks.join(" + "));
        let backwards: Vec<String> = marks.into_iter().rev().collect();
        let backwards = format!("select {} * 0 + $100", backwards.join(" * 0 + "));
        let found = world.read(move |tx| {
            let bound: Vec<Param<'_>> = (1..=100).map(Param::Int).collect();
            Ok((tx.count(&in_order, &bound)?, tx.count(&backwards, &bound)?))
        });
        assert_eq!(found, (5_050, 100));
    });
}

#[test]
fn nothing_more_is_asked_after_a_statement_has_failed() {
    both_engines(|world| {
        let told = world.district.store().read_blocking(|tx| {
            assert!(tx.count("select count(*) from nowhere", &[]).is_err());
            tx.count("select count(*) from number_block", &[])
        });
        assert!(matches!(told, Err(StoreError::Fault(_))), "{told:?}");
    });
}

#[test]
fn a_long_answer_is_visited_row_by_row_and_may_be_left_early() {
    both_engines(|world| {
        let sql = "with recursive n (i) as (
            select cast(1 as bigint) union all select i + 1 from n where i < 20000)
            select i from n";
        let store = world.district.store();
        let seen = store.read_blocking(move |tx| {
            let mut seen = 0_i64;
            tx.visit(sql, &[], &mut |row| {
                seen += row.get::<i64>(0)?;
                Ok(())
            })?;
            Ok::<_, StoreError>(seen)
        });
        assert_eq!(seen.unwrap(), 20_000 * 20_001 / 2);
        let left = store
            .read_blocking(move |tx| tx.visit(sql, &[], &mut |_| Err(Fault::new("enough").into())));
        assert!(matches!(left, Err(StoreError::Fault(_))));
        assert_eq!(world.read(|tx| tx.count("select count(*) from number_block", &[])), 0);
    });
}

/// The same act, sent twice, may find the other's business key before the other's act id.
#[test]
fn an_act_that_finds_its_key_taken_is_run_once_more() {
    let last = worlds(&wiring()).pop().unwrap();
    let store = last.district.store();
    let Ok(Place::Schema { url, schema }) = Place::parse(&last.district.config.store) else {
        return;
    };
    let runs = Arc::new(AtomicI64::new(0));
    let counted = Arc::clone(&runs);
    let told = store.upkeep_blocking(move |door| {
        if counted.fetch_add(1, Ordering::SeqCst) == 0 {
            let mut other = postgres::Client::connect(&url, postgres::NoTls)?;
            let sql = format!("insert into {schema}.number_block (id, next) values ('k', 7)");
            other.batch_execute(&sql)?;
        } else {
            return door.read().count("select next from number_block where id = 'k'", &[]);
        }
        let sql = "insert into number_block (id, next) values ('k', 8)";
        door.write(NUMBER_BLOCK, sql, &[])?;
        Ok(8)
    });
    assert_eq!(told.unwrap(), 7, "the second run finds what the first was crossed by");
    assert_eq!(runs.load(Ordering::SeqCst), 2);
}

/// Reads one row and writes another, while somebody else does it the other way round and is
/// quicker, the first `times` times: no order of the two would do, and PostgreSQL says so when this
/// one commits. Gives what came of it, how often it ran, and the row it writes.
fn crossed_at_the_commit(times: i64) -> Option<(Result<i64, StoreError>, i64, i64)> {
    let last = worlds(&wiring()).pop()?;
    let store = last.district.store();
    let Ok(Place::Schema { url, schema }) = Place::parse(&last.district.config.store) else {
        return None;
    };
    let put = "insert into number_block (id, next) values ('a', 1), ('b', 1)";
    store.upkeep_blocking(move |door| door.write(NUMBER_BLOCK, put, &[])).unwrap();
    let runs = Arc::new(AtomicI64::new(0));
    let counted = Arc::clone(&runs);
    let told = store.upkeep_blocking(move |door| {
        let seen = door.read().count("select next from number_block where id = 'a'", &[])?;
        let sql = "update number_block set next = next + 1 where id = 'b'";
        door.write(NUMBER_BLOCK, sql, &[])?;
        if counted.fetch_add(1, Ordering::SeqCst) < times {
            let mut other = postgres::Client::connect(&url, postgres::NoTls)?;
            other.batch_execute(&format!(
                "set search_path = {schema}; begin isolation level serializable;
                 select next from number_block where id = 'b';
                 update number_block set next = next + 1 where id = 'a'; commit"
            ))?;
        }
        Ok(seen)
    });
    let b = last.read(|tx| tx.count("select next from number_block where id = 'b'", &[]));
    Some((told, runs.load(Ordering::SeqCst), b))
}

#[test]
fn an_act_that_is_crossed_at_its_commit_is_run_again() {
    let Some((told, runs, b)) = crossed_at_the_commit(1) else { return };
    assert_eq!(told.unwrap(), 2, "the second run sees what the other did");
    assert_eq!((runs, b), (2, 2), "and what it writes is there once");
}

#[test]
fn an_act_that_is_crossed_again_and_again_leaves_nothing_and_is_told_to_come_again() {
    let Some((told, runs, b)) = crossed_at_the_commit(i64::MAX) else { return };
    assert!(
        matches!(&told, Err(StoreError::Unavailable(why)) if why.contains("crossed")),
        "{told:?}"
    );
    assert_eq!((runs, b), (12, 1));
}

#[test]
fn who_is_turned_away_hears_why() {
    let (full, _jobs) = crossbeam_channel::bounded(0);
    let told = not_queued(&full.try_send(()).unwrap_err(), "the writer");
    assert!(told.to_string().ends_with("too many wait for the writer"), "{told}");
    drop(_jobs);
    let told = not_queued(&full.try_send(()).unwrap_err(), "the writer");
    assert!(told.to_string().ends_with("the writer has ended"), "{told}");
}

#[test]
fn a_key_that_stays_taken_is_told_after_the_second_run() {
    both_engines(|world| {
        let runs = Arc::new(AtomicI64::new(0));
        let store = world.district.store();
        let counted = Arc::clone(&runs);
        let told = store.upkeep_blocking(move |door| {
            counted.fetch_add(1, Ordering::SeqCst);
            let sql = "insert into number_block (id, next) values ('k', 8)";
            door.write(NUMBER_BLOCK, sql, &[])?;
            door.write(NUMBER_BLOCK, sql, &[])
        });
        assert!(matches!(told, Err(StoreError::Unique(_))), "{told:?}");
        let expected = if store.engine_name() == "sqlite" { 1 } else { 2 };
        assert_eq!(runs.load(Ordering::SeqCst), expected);
    });
}

#[test]
fn a_mistyped_schema_is_refused_and_not_made() {
    let last = worlds(&wiring()).pop().unwrap();
    let Ok(Place::Schema { url, schema }) = Place::parse(&last.district.config.store) else {
        return;
    };
    let wrong = Place::Schema { url, schema: format!("{schema}x") };
    for _ in 0..2 {
        let fault = Store::open(&wrong).err().unwrap().into_fault();
        assert_eq!(fault.code(), Some("no_database"));
        let told = fault.to_string();
        assert!(told.contains("there is no district in the schema"), "{told}");
    }
}

#[test]
fn a_connection_keeps_so_many_statements_and_no_more() {
    both_engines(|world| {
        if world.district.store().engine_name() != "postgresql" {
            return;
        }
        let kept = world.read(|tx| {
            for n in 0..1100 {
                let sql = format!("select count(*) from outbox where 1 = {n}");
                tx.count(&sql, &[])?;
            }
            tx.count("select count(*) from pg_prepared_statements", &[])
        });
        assert!((1..=1000).contains(&kept), "{kept}");
    });
}

#[test]
fn a_long_read_holds_nobody_up() {
    both_engines(|world| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let store = world.district.store().clone();
        runtime.block_on(async {
            let (tell, told) = std::sync::mpsc::channel::<()>();
            let long = store.read_long(move |_| {
                Ok::<_, StoreError>(told.recv_timeout(Duration::from_secs(10)).is_ok())
            });
            let beside = async { tell.send(()).unwrap() };
            let (heard, ()) = tokio::join!(long, beside);
            assert!(heard.unwrap(), "nobody could say a word meanwhile");
        });
    });
}
