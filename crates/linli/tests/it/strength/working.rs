//! Officers and residents at work over HTTP, each with a key: reports that are accepted,
//! dispatched, signed for, answered, verified and rated, and what each client remembers of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use linli::base::Id;
use linli::store::{ReadTx, StoreError};
use serde_json::{Value as Json, json};

use super::kill::next;
use super::served::Client;
use super::town::{CLERK_KEY, DISPATCHER_KEY, KEY, OFFICER_KEY, Town};

/// What happens to a case after it was reported, by whose key.
const STEPS: [(&str, &str); 6] = [
    ("accept", CLERK_KEY),
    ("dispatch", DISPATCHER_KEY),
    ("sign", OFFICER_KEY),
    ("answer", OFFICER_KEY),
    ("verify_by_call", CLERK_KEY),
    ("rate", KEY),
];

/// The stages that these steps lead to, the report first.
const STAGES: [&str; 7] =
    ["reported", "awaiting_dispatch", "dispatched", "handling", "answered", "closed", "rated"];

/// What a client remembers of an order: how it was answered to, step by step.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    pub number: Option<String>,
    /// The version each answer gave, the report's first.
    pub heard: Vec<i64>,
    /// Sent, and no answer came: it may or may not have happened.
    pub open: bool,
}

/// Orders by their names.
pub type Journal = BTreeMap<String, Memory>;

/// The words of an order: the order can be told from the case.
pub fn words(order: &str) -> String {
    format!("路灯不亮 {order}")
}

fn fields(act: &str, class: &str) -> Json {
    match act {
        "accept" => json!({ "class": class }),
        "dispatch" => json!({ "body": Id::derived("works").as_str(), "reason": "路灯归你们" }),
        "answer" => json!({ "reply": "已经修好", "checked": closing(class) }),
        "verify_by_call" => {
            json!({ "spoken_to": "反映人", "finding": "亮了", "checked": closing(class) })
        }
        "rate" => json!({ "contacted": "yes", "solved": "yes", "satisfied": "very" }),
        _ => json!({}),
    }
}

/// The closing list of a class that ships.
fn closing(class: &str) -> Json {
    let shipped: toml::Table = toml::from_str(include_str!("../../../data/classes.toml")).unwrap();
    let mut classes = shipped["class"].as_array().unwrap().iter();
    let found = classes.find(|one| one["code"].as_str() == Some(class)).unwrap();
    json!(found["closing"])
}

/// A client who goes on with orders of its own.
pub struct Work<'a> {
    pub client: Client,
    pub class: &'a str,
}

impl Work<'_> {
    /// The next step of an order, or the one that is open once more; `None` when no answer came.
    pub fn step(&self, order: &str, memory: &mut Memory) -> Option<u16> {
        memory.open = true;
        let done = memory.heard.len();
        let told = if done == 0 {
            let body = json!({ "words": words(order), "class": self.class });
            self.client.post("/api/v1/cases", KEY, &format!("{order} report"), &body)?
        } else {
            let (act, key) = STEPS[done - 1];
            let seen = memory.heard[done - 1];
            let body = json!({ "act": act, "fields": fields(act, self.class), "seen": seen });
            let path = format!("/api/v1/cases/{}/moves", memory.number.as_ref().unwrap());
            self.client.post(&path, key, &format!("{order} {act}"), &body)?
        };
        if ![200, 201].contains(&told.status) {
            assert_eq!(told.status, 503, "{order} after {done}: {}", told.body);
            assert!(told.retry_after.is_some(), "{order}: when to come again");
            return Some(told.status);
        }
        let json: Json = serde_json::from_str(&told.body).unwrap();
        memory.number.get_or_insert(json["number"].as_str().unwrap().to_owned());
        memory.heard.push(json["version"].as_i64().unwrap());
        memory.open = false;
        Some(told.status)
    }

    /// Works until it is told to stop or hears no more: new orders, and those begun go on.
    pub fn go_on(&self, name: &str, mut mine: Journal, seed: u64, stop: &AtomicBool) -> Journal {
        let mut seed = seed | 1;
        for n in 0.. {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let begun: Vec<String> = mine
                .iter()
                .filter(|(_, memory)| memory.heard.len() <= STEPS.len())
                .map(|(order, _)| order.clone())
                .collect();
            let new = begun.is_empty() || next(&mut seed).is_multiple_of(4);
            let order = if new {
                format!("{name}-{n}")
            } else {
                begun[usize::try_from(next(&mut seed)).unwrap() % begun.len()].clone()
            };
            let memory = mine.entry(order.clone()).or_default();
            match self.step(&order, memory) {
                None => break,
                Some(503) => std::thread::sleep(std::time::Duration::from_millis(20)),
                Some(_) => {}
            }
        }
        mine
    }

    /// As a client does that is told to come again.
    fn until_done(&self, order: &str, memory: &mut Memory) {
        for _ in 0..50 {
            match self.step(order, memory) {
                Some(503) => std::thread::sleep(std::time::Duration::from_millis(100)),
                told => return assert!(matches!(told, Some(200 | 201)), "{order}: {told:?}"),
            }
        }
        panic!("{order}: told to come again for 5 s");
    }

    /// Sends again what was not answered; and some that was answered: the same answer comes.
    pub fn send_again(&self, journal: &mut Journal) {
        for (n, (order, memory)) in journal.iter_mut().enumerate() {
            if memory.open {
                self.until_done(order, memory);
            } else if n % 10 == 0 && !memory.heard.is_empty() {
                let mut again = memory.clone();
                again.heard.pop();
                self.until_done(order, &mut again);
                assert_eq!(again.heard, memory.heard, "{order}: another answer than the first");
                assert_eq!(again.number, memory.number, "{order} was doubled or lost");
            }
        }
    }
}

/// How many answers the clients heard.
pub fn heard(journal: &Journal) -> usize {
    journal.values().map(|memory| memory.heard.len()).sum()
}

/// Every order is there exactly once under its number, with exactly the steps that were answered.
pub fn all_are_there_once(town: &Town, journal: &Journal) {
    let cases = "
        select c.words, m.number, m.stage, m.version, m.id from case_file c
        join matter m on m.id = c.id order by m.id";
    let read = |tx: &ReadTx<'_>| -> Result<_, StoreError> {
        tx.rows(cases, &[], |row| {
            let at = (row.get::<String>(2)?, row.get::<i64>(3)?, row.get::<String>(4)?);
            Ok((row.get::<String>(0)?, row.get::<String>(1)?, at))
        })
    };
    let database = town.database();
    let found: Vec<(String, String, (String, i64, String))> = database.read_blocking(read).unwrap();
    let there: BTreeMap<&str, _> =
        found.iter().map(|(words, number, at)| (words.as_str(), (number, at))).collect();
    let engine = town.engine();
    assert_eq!(there.len(), found.len(), "{engine}: an order was carried out twice");
    assert_eq!(there.len(), journal.len(), "{engine}: cases nobody asked for, or lost ones");
    let moves = "select matter_id, move from entry order by matter_id, recorded_at, id";
    let read = |tx: &ReadTx<'_>| -> Result<_, StoreError> {
        tx.rows(moves, &[], |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?)))
    };
    let mut made: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (matter, act) in database.read_blocking(read).unwrap() {
        made.entry(matter).or_default().push(act);
    }
    for (order, memory) in journal {
        let (number, (stage, version, id)) = there[words(order).as_str()];
        assert_eq!(Some(number), memory.number.as_ref(), "{engine}: {order}");
        assert_eq!(Some(version), memory.heard.last(), "{engine}: {order}");
        let steps = memory.heard.len();
        assert_eq!(stage, STAGES[steps - 1], "{engine}: {order}");
        let mut wanted = vec!["report"];
        wanted.extend(STEPS[..steps - 1].iter().map(|(act, _)| *act));
        assert_eq!(made[id], wanted, "{engine}: {order}");
    }
}
