//! kill -9 under load: what was acknowledged is there, once and whole; what was not can be sent
//! again and is then there once. A sync that was left out cannot be seen this way: see `sync`.
//!
//! 20 kills an engine; `LINLI_KILLS` asks for more and `LINLI_SEED` for other moments.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::served::{Client, Served, free_port};
use super::town::{Town, class, towns};
use super::working::{Journal, Memory, Work, all_are_there_once, heard};

const CLIENTS: usize = 4;

fn cloned((order, memory): (&String, &Memory)) -> (String, Memory) {
    (order.clone(), memory.clone())
}

pub fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// A small generator whose numbers follow from its seed (xorshift).
pub fn next(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

/// Clients work while the server runs; it is killed in the midst of it. Each goes on with what it
/// had begun before.
fn load_and_kill(
    served: Served,
    class: &str,
    round: u64,
    after: Duration,
    journals: Vec<Journal>,
) -> Vec<Journal> {
    let (port, stop) = (served.port, AtomicBool::new(false));
    thread::scope(|scope| {
        let stop = &stop;
        let clients: Vec<_> = (0..)
            .zip(journals)
            .map(|(n, mine)| {
                let work = Work { client: Client::new(port), class };
                let name = format!("r{round}-c{n}");
                scope.spawn(move || work.go_on(&name, mine, round * 64 + n + 1, stop))
            })
            .collect();
        thread::sleep(after);
        served.kill();
        stop.store(true, Ordering::Relaxed);
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    })
}

/// Nothing half-done: a case has its facts and its entry, an act its leaf.
pub fn nothing_is_half_done(town: &Town) {
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

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let (kills, mut seed) = (number("LINLI_KILLS", 20), number("LINLI_SEED", 0x11_22) | 1);
    for town in towns() {
        town.employ();
        let class = class(&town.open());
        let (mut journals, mut slowest) = (vec![Journal::new(); CLIENTS], Duration::ZERO);
        let (mut acked, began, port) = (0, Instant::now(), free_port());
        let mut served = Served::start(&town, port);
        for round in 0..kills {
            let after = Duration::from_millis(30 + next(&mut seed) % 470);
            let before: usize = journals.iter().map(heard).sum();
            journals = load_and_kill(served, &class, round, after, journals);
            acked += journals.iter().map(heard).sum::<usize>() - before;
            served = Served::start(&town, port);
            nothing_is_half_done(&town);
            slowest = slowest.max(served.ready_after);
            let again = Work { client: Client::new(port), class: &class };
            journals.iter_mut().for_each(|mine| again.send_again(mine));
            if round % 50 == 49 {
                all_are_there_once(&town, &journals.iter().flatten().map(cloned).collect());
            }
        }
        served.kill();
        let journal: Journal = journals.iter().flatten().map(cloned).collect();
        all_are_there_once(&town, &journal);
        nothing_is_half_done(&town);
        town.verify();
        assert!(acked as u64 > kills, "{}: hardly any load: {acked}", town.engine());
        let rated = journal.values().filter(|memory| memory.heard.len() == 7).count();
        eprintln!(
            "{}: {kills} kills, {} cases ({rated} carried to their rating), {acked} acts \
             acknowledged before a kill, 0 lost, 0 half-done, 0 doubled; ready again in {} ms at \
             the most; {} s in all",
            town.engine(),
            journal.len(),
            slowest.as_millis(),
            began.elapsed().as_secs(),
        );
    }
}
