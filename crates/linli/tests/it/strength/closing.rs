//! The public record keeps up with the acts: a leaf has its place under a signed checkpoint within
//! the promised time, no checkpoint stands for more than 1,024 new ones, and a server that ends in
//! order leaves none without.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use linli::base::Id;

use super::served::{Client, Served, free_port};
use super::town::{CODE, a_body, class, count, look, report, towns};
use super::working::{Journal, Work, heard};

/// Between an act and its checkpoint lie 200 ms at the most, on a machine that does nothing else.
/// It does much else while tests run: half of the steps keep the promise all the same, and of
/// twenty not more than one waits longer than a second.
const PROMISED: Duration = Duration::from_millis(200);
const GRACE: Duration = Duration::from_millis(800);

#[test]
fn a_leaf_has_its_place_within_the_promised_time() {
    for town in towns() {
        town.employ();
        let (class, port) = (class(&town.open()), free_port());
        let served = Served::start(&town, port);
        let stop = AtomicBool::new(false);
        let journals: Vec<Journal> = thread::scope(|scope| {
            let (stop, class) = (&stop, class.as_str());
            let clients: Vec<_> = (0..4)
                .map(|n| {
                    let work = Work { client: Client::new(port), class };
                    scope.spawn(move || work.go_on(&format!("c{n}"), Journal::new(), n + 3, stop))
                })
                .collect();
            thread::sleep(Duration::from_secs(3));
            stop.store(true, Ordering::Relaxed);
            clients.into_iter().map(|client| client.join().unwrap()).collect()
        });
        let acts: usize = journals.iter().map(heard).sum();
        thread::sleep(PROMISED + GRACE);
        let figures = Client::new(port).get("/metrics").unwrap().body;
        let record = |end: &str| {
            let line =
                format!("linli_record_delay_seconds_bucket{{district=\"{CODE}\",le=\"{end}\"}} ");
            let count = figures.split(&line).nth(1).and_then(|rest| rest.lines().next());
            count.unwrap_or_else(|| panic!("no {line} in {figures}")).parse::<usize>().unwrap()
        };
        let (steps, kept, last) = (record("+Inf"), record("0.200000"), record("1.000000"));
        let none = format!("linli_leaves_unsequenced{{district=\"{}\"}} 0\n", CODE);
        assert!(figures.contains(&none), "{figures}");
        served.kill();
        assert!(acts > 20, "{acts}");
        // By the server's own clock, of every step the leaf that waited longest, to the commit.
        eprintln!("{}: {kept} of {steps} steps were in time for every leaf", town.engine());
        assert!(steps > 10 && kept * 2 > steps, "{}: {kept} of {steps}", town.engine());
        // What was there before the server came had to wait for it, in the first step.
        assert!(
            last + 1 + steps / 20 >= steps,
            "{}: {last} of {steps} within a second",
            town.engine()
        );
    }
}

#[test]
fn a_server_that_ends_in_order_leaves_no_leaf_without_a_checkpoint() {
    for town in towns() {
        let port = free_port();
        let served = Served::start(&town, port);
        let class = class(&town.open());
        let taken = thread::scope(|scope| {
            // One client works until nobody answers any more; another holds a connection open.
            let working = scope.spawn(|| {
                let client = Client::new(port);
                let one = |n: i32| client.report(&class, &format!("order {n}"), "路灯不亮");
                (0..)
                    .map(one)
                    .take_while(|told| told.as_ref().is_some_and(|t| t.status == 200))
                    .count()
            });
            let idle = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
            thread::sleep(Duration::from_millis(700));
            let (well, after) = served.stop();
            assert!(well, "{}", town.engine());
            assert!(after < Duration::from_secs(10), "{}: it took {after:?}", town.engine());
            drop(idle);
            working.join().unwrap()
        });
        let district = town.open();
        assert!(taken > 0);
        assert!(
            count(&district, "select count(*) from case_file") >= i64::try_from(taken).unwrap()
        );
        assert_eq!(count(&district, "select count(*) from leaf where idx is null"), 0);
        let leaves = count(&district, "select count(*) from leaf");
        assert_eq!(count(&district, "select max(size) from checkpoint"), leaves);
        let seen = linli::record::seen::read(&linli::record::seen::path(&town.dir)).unwrap();
        let newest = linli::record::seen::newest(district.store()).unwrap();
        assert_eq!(seen.last(), newest.as_ref(), "the last one is kept beside the database");
        town.verify();
    }
}

/// A server that comes after one that was killed leads the record at once, though the other's lease
/// still runs.
#[test]
fn the_next_server_goes_on_with_the_record_at_once() {
    for town in towns() {
        let port = free_port();
        let first = Served::start(&town, port);
        first.kill();
        let district = town.open();
        report(&district, &Id::derived("meanwhile"), "2026-000001", "路灯不亮").unwrap();
        let served = Served::start(&town, port);
        thread::sleep(Duration::from_millis(1500));
        assert_eq!(count(&district, "select count(*) from leaf where idx is null"), 0);
        served.kill();
    }
}

#[test]
fn no_checkpoint_stands_for_more_than_1024_new_leaves() {
    for town in towns() {
        let district = town.open();
        let many = count(&district, "select count(*) from leaf");
        for n in 0..(1_100 - many).max(0) {
            a_body(&district, &format!("body {n}"));
        }
        district.sequencer.drain_blocking(district.now()).unwrap();
        let sizes = look(&district, |tx| {
            tx.rows("select size from checkpoint order by size", &[], |row| row.get::<i64>(0))
        });
        let steps = std::iter::once(0).chain(sizes.iter().copied()).zip(&sizes);
        assert!(steps.clone().all(|(before, after)| after - before <= 1024), "{sizes:?}");
        assert!(sizes.len() >= 2, "{sizes:?}");
    }
}
