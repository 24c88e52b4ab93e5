//! A client that hears nothing sends its order again. However often and from however many sides it
//! comes, it has one effect and gets one answer.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;

use linli::act::Failure;
use linli::base::Id;

use super::town::{count, report, towns};

const THREADS: usize = 8;
const TIMES: usize = 50;

/// Runs `ask` fifty times from eight threads that start together.
fn storm<T: Send>(ask: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(THREADS);
    let run = |thread: usize| {
        start.wait();
        (0..TIMES).filter(|n| n % THREADS == thread).map(&ask).collect::<Vec<T>>()
    };
    thread::scope(|scope| {
        let run = &run;
        let all: Vec<_> = (0..THREADS).map(|n| scope.spawn(move || run(n))).collect();
        all.into_iter().flat_map(|one| one.join().unwrap()).collect()
    })
}

#[test]
fn the_same_act_fifty_times_has_one_effect_and_one_answer() {
    for town in towns() {
        let district = town.open();
        for round in 0..5 {
            let act = Id::derived(&format!("the same order {round}"));
            let before = count(&district, "select count(*) from matter");
            let answers = storm(|n| {
                let number = format!("2026-{round}{n:05}");
                report(&district, &act, &number, "三号楼前路灯不亮")
                    .unwrap_or_else(|e| panic!("{}: {e}", town.engine()))
            });
            assert_eq!(answers.len(), TIMES);
            let numbers: BTreeSet<&str> =
                answers.iter().map(|answer| answer.outcome.number.as_str()).collect();
            assert_eq!(numbers.len(), 1, "{}: {numbers:?}", town.engine());
            let first = answers.iter().filter(|answer| !answer.repeated).count();
            assert_eq!(first, 1, "{}: one of them is the first", town.engine());
            assert!(answers.iter().all(|answer| answer.at == answers[0].at));
            assert_eq!(count(&district, "select count(*) from matter"), before + 1);
        }
        assert_eq!(count(&district, "select count(*) from entry"), 5);
        assert_eq!(count(&district, "select count(*) from case_file"), 5);
        drop(district);
        town.verify();
    }
}

#[test]
fn of_two_orders_under_one_id_exactly_one_is_taken() {
    for town in towns() {
        let district = town.open();
        for round in 0..5 {
            let act = Id::derived(&format!("two orders {round}"));
            let words = ["路灯不亮", "井盖丢了"];
            let answers = storm(|n| {
                let number = format!("2026-{round}{n:05}");
                (n % 2, report(&district, &act, &number, words[n % 2]))
            });
            let taken: BTreeSet<usize> =
                answers.iter().filter(|(_, done)| done.is_ok()).map(|(which, _)| *which).collect();
            assert_eq!(taken.len(), 1, "{}: one of the two wins", town.engine());
            for (which, done) in &answers {
                match done {
                    Ok(_) => assert!(taken.contains(which)),
                    Err(Failure::Refused(refusal)) => {
                        assert_eq!(refusal.code, "act_id_used", "{}", town.engine());
                        assert!(!taken.contains(which));
                    }
                    Err(other) => panic!("{}: {other}", town.engine()),
                }
            }
        }
        assert_eq!(count(&district, "select count(*) from matter"), 5);
        drop(district);
        town.verify();
    }
}
