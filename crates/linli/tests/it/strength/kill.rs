//! kill -9 under load: what was acknowledged is there, once and whole; what was not can be sent
//! again and is then there once. A sync that was left out cannot be seen this way: see `sync`.
//!
//! 20 kills an engine; `LINLI_KILLS` asks for more and `LINLI_SEED` for other moments.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use linli::store::{ReadTx, StoreError};

use super::served::{Client, Served, free_port};
use super::town::{Town, class, towns};

const CLIENTS: usize = 4;

/// What the clients remember: their order, and the number of the case where they heard of it.
type Journal = BTreeMap<String, Option<String>>;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// A small generator whose numbers follow from its seed (xorshift).
fn next(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

/// The words of an order: the order can be told from the case.
fn words(order: &str) -> String {
    format!("路灯不亮 {order}")
}

/// Reports until it is told to stop or hears no more.
fn go_on(port: u16, class: &str, name: &str, stop: &AtomicBool) -> Journal {
    let client = Client::new(port);
    let mut journal = Journal::new();
    for n in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let order = format!("{name}-{n}");
        let told = client.report(class, &order, &words(&order));
        let heard = told.as_ref().filter(|told| told.status == 200);
        journal.insert(order, heard.map(|told| told.number()));
        if told.is_none() {
            break;
        }
    }
    journal
}

/// Clients report while the server runs; it is killed in the midst of it.
fn load_and_kill(served: Served, class: &str, round: u64, after: Duration) -> Journal {
    let (port, stop) = (served.port, AtomicBool::new(false));
    thread::scope(|scope| {
        let stop = &stop;
        let clients: Vec<_> = (0..CLIENTS)
            .map(|n| scope.spawn(move || go_on(port, class, &format!("r{round}-c{n}"), stop)))
            .collect();
        thread::sleep(after);
        served.kill();
        stop.store(true, Ordering::Relaxed);
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    })
}

/// Sends again what was not acknowledged, and some that was: the same orders, the same answers.
fn send_again(port: u16, class: &str, journal: &mut Journal) {
    let client = Client::new(port);
    for (n, (order, heard)) in journal.iter_mut().enumerate() {
        if heard.is_some() && n % 10 != 0 {
            continue;
        }
        let told = client.report(class, order, &words(order)).unwrap();
        assert_eq!(told.status, 200, "{order}: {}", told.body);
        let number = told.number();
        assert_eq!(*heard.get_or_insert(number.clone()), number, "{order} was doubled or lost");
    }
}

/// Nothing half-done: a case has its facts and its entry, an act its leaf.
fn nothing_is_half_done(town: &Town) {
    let database = town.database();
    for none in [
        "select count(*) from matter m where not exists (
            select 1 from entry e where e.matter_id = m.id)",
        "select count(*) from matter m where not exists (
            select 1 from case_file c where c.id = m.id)",
        "select count(*) from matter m where not exists (
            select 1 from act a where a.subject_id = m.id)",
        "select count(*) from entry e where not exists (
            select 1 from leaf l where l.act_id = e.act_id)",
        "select count(*) from act a where not exists (
            select 1 from leaf l where l.act_id = a.id)",
        "select count(*) from leaf l where not exists (
            select 1 from act a where a.id = l.act_id)",
        "select count(*) from outbox o where not exists (
            select 1 from act a where a.id = o.act_id)",
    ] {
        let found = database.read_blocking(move |tx| tx.count(none, &[])).unwrap();
        assert_eq!(found, 0, "{}: {none}", town.engine());
    }
}

/// Every order of the journal is there exactly once, under the number its client heard.
fn all_are_there_once(town: &Town, journal: &Journal) {
    let cases = "
        select c.words, m.number from case_file c join matter m on m.id = c.id order by m.id";
    let read = |tx: &ReadTx<'_>| -> Result<_, StoreError> {
        tx.rows(cases, &[], |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?)))
    };
    let found: Vec<(String, String)> = town.database().read_blocking(read).unwrap();
    let there: BTreeMap<&str, &str> =
        found.iter().map(|(words, number)| (words.as_str(), number.as_str())).collect();
    assert_eq!(there.len(), found.len(), "{}: an order was carried out twice", town.engine());
    assert_eq!(there.len(), journal.len(), "{}: cases nobody asked for", town.engine());
    for (order, heard) in journal {
        let number = there.get(words(order).as_str()).copied();
        assert_eq!(number, heard.as_deref(), "{}: {order}", town.engine());
    }
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let (kills, mut seed) = (number("LINLI_KILLS", 20), number("LINLI_SEED", 0x11_22) | 1);
    for town in towns() {
        let class = class(&town.open());
        let (mut journal, mut slowest, mut acked) = (Journal::new(), Duration::ZERO, 0);
        let began = Instant::now();
        let port = free_port();
        let mut served = Served::start(&town, port);
        for round in 0..kills {
            let after = Duration::from_millis(30 + next(&mut seed) % 470);
            let mut heard = load_and_kill(served, &class, round, after);
            acked += heard.values().flatten().count();
            served = Served::start(&town, port);
            nothing_is_half_done(&town);
            slowest = slowest.max(served.ready_after);
            send_again(port, &class, &mut heard);
            journal.extend(heard);
            if round % 50 == 49 {
                all_are_there_once(&town, &journal);
            }
        }
        served.kill();
        all_are_there_once(&town, &journal);
        nothing_is_half_done(&town);
        town.verify();
        assert!(acked as u64 > kills, "{}: hardly any load: {acked}", town.engine());
        eprintln!(
            "{}: {kills} kills, {} orders, {acked} acknowledged before a kill, 0 lost, \
             0 half-done, 0 doubled; ready again in {} ms at the most; {} s in all",
            town.engine(),
            journal.len(),
            slowest.as_millis(),
            began.elapsed().as_secs(),
        );
    }
}
