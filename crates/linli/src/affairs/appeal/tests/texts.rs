//! News of a case by text message: to whom asked for it, once, and nothing personal in it.

use std::sync::{Arc, Mutex};

use super::town::{LAMP, Town, body, person, runtime};
use crate::affairs::appeal::report::Report;
use crate::app;
use crate::base::{Id, Instant};
use crate::matter::{Moved, Put};
use crate::notice;
use crate::people::sms::{self, SmsError, SmsProvider};
use crate::testing::{World, both_engines_wired};

/// Keeps what it was given, and fails as often as it is told to.
#[derive(Clone, Default)]
pub(super) struct Book {
    pub sent: Arc<Mutex<Vec<(String, String)>>>,
    failures: Arc<Mutex<usize>>,
}

impl SmsProvider for Book {
    fn name(&self) -> &'static str {
        "book"
    }

    fn send(&self, phone: &str, text: &str, _: Instant) -> Result<(), SmsError> {
        let mut failures = self.failures.lock().unwrap();
        if *failures > 0 {
            *failures -= 1;
            return Err(SmsError::Failed("busy".to_owned()));
        }
        self.sent.lock().unwrap().push((phone.to_owned(), text.to_owned()));
        Ok(())
    }
}

fn report(town: &Town<'_>, texts: bool, owner: Option<Id>) -> Moved {
    let report = Report {
        words: "周小满说路灯坏了，电话13800000001".to_owned(),
        class: Some(LAMP.to_owned()),
        place: Some("99010100100101".to_owned()),
        source: "web".to_owned(),
        language: "zh".to_owned(),
        owner,
        texts,
        ..Report::default()
    };
    town.report_as(&town.resident("zhou"), "report", report).unwrap().outcome
}

pub(super) fn deliver(world: &World) {
    while runtime().block_on(notice::deliver(&world.district)).unwrap() > 0 {}
}

fn waiting(world: &World) -> i64 {
    let sql = "select count(*) from notice where tries is not null and sent_at is null";
    world.read(move |tx| tx.count(sql, &[]))
}

#[test]
fn who_asked_for_it_is_told_by_text_at_the_steps_that_matter() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let (town, book) = (Town::build(world), Book::default());
        sms::use_provider(&world.district, Box::new(book.clone()));
        let moved = report(&town, true, Some(person("zhou")));
        let silent = report(&town, false, Some(person("zhou")));
        report(&town, true, None);
        deliver(world);
        let all = || book.sent.lock().unwrap().clone();
        assert_eq!(all().len(), 1, "one asked for it: {:?}", all());
        let go = |kind: &str, act: &str, put: Put| {
            town.go(&town.by(kind), &moved.matter, act, put).unwrap();
            deliver(world);
        };
        go("community_clerk", "accept", Put::default().with("class", LAMP));
        let to = Put::default().with("body", body("works").to_string()).with("reason", "归市政");
        go("dispatcher", "dispatch", to);
        go("department_officer", "sign", Put::default());
        assert_eq!(all().len(), 1, "what is on the way is on the site");
        go("department_officer", "answer", Put::default().with("reply", "周小满家门口已修好"));
        go("grid_worker", "verify", Put::default().with("finding", "亮了"));
        let told = all();
        assert_eq!(told.len(), 3, "{told:?}");
        for (phone, text) in &told {
            assert_eq!(phone, "13800000001");
            assert!(text.contains(&moved.number) && !text.contains(&silent.number), "{text}");
            for secret in ["周小满", "路灯", "13800000001", "修好", "{"] {
                assert!(!text.contains(secret), "{secret} in {text}");
            }
        }
        assert!(told[0].1.contains("已收到") && told[2].1.contains("评价"), "{told:?}");
        assert_eq!(waiting(world), 0);
    });
}

#[test]
fn beyond_what_is_enough_nothing_is_texted_and_the_site_says_so() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let (town, book) = (Town::build(world), Book::default());
        sms::use_provider(&world.district, Box::new(book.clone()));
        let all = || book.sent.lock().unwrap().len();
        let a_day = usize::try_from(world.district.config.texts_a_day).unwrap();
        for _ in 0..=a_day {
            report(&town, true, Some(person("zhou")));
            deliver(world);
        }
        assert_eq!((a_day, all()), (5, 5), "one was one too many");
        let held = "select count(*) from notice where error = 'held_back' and sent_at is null";
        let held = || world.read(move |tx| tx.count(held, &[]));
        assert_eq!(held(), 1);
        let told = || world.read(|tx| notice::page_of_person(tx, &person("zhou"), None, 100));
        let first = told().into_iter().next().unwrap().text.unwrap();
        assert_eq!(first, (notice::Texted::HeldBack, "138****0001".to_owned()));
        assert_eq!(told().len(), a_day + 1, "on the site is everything");
        let page = town.get(&town.resident("zhou"), "/me/notices").text;
        assert!(page.contains("没有再发短信") && page.contains("短信也发到了"), "{page}");
        // The next day there is room again, but not about the same case without end.
        world.door().clock.shift(86_400_000_000);
        let moved = report(&town, true, Some(person("zhou")));
        deliver(world);
        assert_eq!((all(), held()), (6, 1));
        let go = |kind: &str, act: &str, put: Put| {
            town.go(&town.by(kind), &moved.matter, act, put).unwrap();
            let most = notice::Most { a_day: 100, a_case: 1, offset: 480 };
            while runtime().block_on(notice::deliver_within(&world.district, most)).unwrap() > 0 {}
        };
        go("community_clerk", "accept", Put::default().with("class", LAMP));
        let to = Put::default().with("body", body("works").to_string()).with("reason", "归市政");
        go("dispatcher", "dispatch", to);
        go("department_officer", "sign", Put::default());
        go("department_officer", "answer", Put::default().with("reply", "已修好"));
        assert_eq!((all(), held()), (6, 2), "one about this case was enough");
        let case = moved.matter.clone();
        let ledger = world.read(move |tx| notice::about(tx, &case));
        assert!(ledger.iter().any(|sent| sent.held && sent.channel == "sms" && !sent.sent));
    });
}

#[test]
fn a_message_that_fails_waits_and_one_that_cannot_go_is_given_up() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let (town, book) = (Town::build(world), Book::default());
        let state = || {
            let sql = "select tries, error from notice where tries is not null order by news";
            world.read(move |tx| tx.rows(sql, &[], |row| Ok((row.get(0)?, row.get(1)?))))
        };
        let has = |tries: i64, error: Option<&str>| state() == [(tries, error.map(str::to_owned))];
        sms::use_provider(&world.district, Box::new(book.clone()));
        *book.failures.lock().unwrap() = 1;
        report(&town, true, Some(person("zhou")));
        deliver(world);
        deliver(world);
        assert!(has(1, Some("failed")), "no sooner than in a minute: {:?}", state());
        world.door().clock.shift(61_000_000);
        deliver(world);
        assert_eq!((book.sent.lock().unwrap().len(), waiting(world)), (1, 0));
        assert!(has(2, None), "{:?}", state());
        deliver(world);
        assert_eq!(book.sent.lock().unwrap().len(), 1, "sent once");
    });
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        report(&town, true, Some(person("zhou")));
        deliver(world);
        let sql = "select error from notice where tries = 5";
        let why = world.read(move |tx| tx.row(sql, &[], |row| row.get::<String>(0)));
        assert_eq!(why.as_deref(), Some("sms_not_set_up"), "nobody sends for this district");
    });
}

#[test]
fn messages_whose_time_has_not_come_hold_up_nobody_else() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let (town, book) = (Town::build(world), Book::default());
        sms::use_provider(&world.district, Box::new(book.clone()));
        *book.failures.lock().unwrap() = usize::MAX;
        let most = notice::Most { a_day: 1000, a_case: 1000, offset: 480 };
        let deliver = || {
            for _ in 0..3 {
                runtime().block_on(notice::deliver_within(&world.district, most)).unwrap();
            }
        };
        for _ in 0..51 {
            report(&town, true, Some(person("zhou")));
        }
        for minutes in [0, 1, 10] {
            world.door().clock.shift(minutes * 60_000_000);
            deliver();
        }
        let thrice = "select count(*) from notice where tries = 3 and sent_at is null";
        assert_eq!(town.count(thrice), 51, "all of them wait for an hour to be over");
        *book.failures.lock().unwrap() = 0;
        let fresh = report(&town, true, Some(person("zhou")));
        deliver();
        let sent = book.sent.lock().unwrap().clone();
        assert!(sent.len() == 1 && sent[0].1.contains(&fresh.number), "{sent:?}");
    });
}
