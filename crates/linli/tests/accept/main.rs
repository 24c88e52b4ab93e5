//! The acceptance run: the real class table and the real messages come into a real district, and
//! some of them are carried through the loop by four people over HTTP, on both engines.
//!
//! `bin/accept` sets `LINLI_ACCEPT=all`; otherwise a smaller slice takes the same way.

#![allow(clippy::unwrap_used)]

mod browser;
mod district;
mod people;

use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant as Stopwatch;

use axum::http::StatusCode;
use linli::act::Actor;
use linli::affairs::appeal::{closing, undo};
use linli::base::Id;
use linli::catalogue;
use linli::channel::sheet::check::{Checked, check};
use linli::channel::sheet::{Kind, out, run};
use linli::matter::Put;
use linli::matter::batch::{self, Batch};
use linli::{notice, record};

use district::Ground;
use people::{Desk, Personas};

/// How much of the data a run takes.
struct Size {
    messages: usize,
    carried: usize,
}

fn size() -> Size {
    match std::env::var("LINLI_ACCEPT").as_deref() {
        Ok("all") => Size { messages: usize::MAX, carried: 200 },
        _ => Size { messages: 300, carried: 12 },
    }
}

fn data(path: &str) -> Option<Vec<u8>> {
    let root = std::env::var("LINLI_DATA").unwrap_or_else(|_| "../../../shared/data".to_owned());
    let path = PathBuf::from(root).join(path);
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        println!("SKIP-DATA: {}", path.display());
    }
    bytes
}

/// The first lines of a packed file.
fn lines(packed: &[u8], most: usize) -> Vec<String> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    text.lines().take(most).map(str::to_owned).collect()
}

fn import(ground: &Ground, kind: Kind, bytes: &[u8], place: &str) -> Batch {
    let actor = Actor::operator();
    let file = ("file", bytes);
    let (run, checked) = run::dry_run(&ground.district, &actor, kind, file, Some(place)).unwrap();
    assert!(checked.report.is_good(), "{:?}", checked.report.remarks);
    run::adopt(&ground.district, &actor, &run, &mut |_, _| {}).unwrap()
}

fn checked(ground: &Ground, kind: Kind, bytes: &[u8]) -> Checked {
    check(&ground.district, kind, bytes).unwrap()
}

/// The same messages as an Excel file, made from the lines.
fn as_excel(lines: &[String]) -> Vec<u8> {
    let keys = ["id", "user", "title", "text", "time", "reply", "reply_time"];
    let heads = keys.map(str::to_owned);
    let rows: Vec<Vec<String>> = lines
        .iter()
        .map(|line| {
            let object: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = |key: &str| match &object[key] {
                serde_json::Value::String(text) => text.clone(),
                serde_json::Value::Null => String::new(),
                other => other.to_string(),
            };
            keys.map(text).to_vec()
        })
        .collect();
    out::xlsx("messages", &heads, &rows).unwrap()
}

#[test]
fn a_district_takes_over_real_messages_and_works_on_them() {
    let Some(table) = data("case-standards/component-event-standards.xlsx") else { return };
    let Some(hot) = data("citizen-messages/hot_topics_4326.jsonl.gz") else { return };
    let Some(replies) = data("citizen-messages/replies_2816.jsonl.gz") else { return };
    let size = size();
    let (hot, replies) = (lines(&hot, size.messages), lines(&replies, size.messages));
    for ground in district::both() {
        let mut times = Times::begin(ground.district.store().engine_name());
        classes_come_in(&ground, &table);
        times.lap("classes", 522);
        let batch = messages_come_in(&ground, &hot, &replies);
        times.lap("messages", hot.len() + replies.len());
        let carried = size.carried.min(hot.len());
        let loops = Loops { fresh: carried.div_ceil(10), imported: carried - carried.div_ceil(10) };
        cases_are_carried(&ground, &loops);
        times.lap("loops", carried);
        notices_are_told_once(&ground, &loops);
        times.lap("notices", carried);
        record_is_whole(&ground);
        times.lap("audit", hot.len() + replies.len());
        the_rest_is_undone(&ground, &batch, hot.len(), loops.imported);
        times.lap("undo", hot.len());
        record_is_whole(&ground);
        times.lap("audit again", replies.len() + carried);
    }
}

/// How long each part took, for docs/figures/accept.md.
struct Times {
    engine: &'static str,
    since: Stopwatch,
}

impl Times {
    fn begin(engine: &'static str) -> Times {
        Times { engine, since: Stopwatch::now() }
    }

    fn lap(&mut self, what: &str, n: usize) {
        let seconds = self.since.elapsed().as_secs_f64();
        println!("FIGURE {} | {what} | {n} | {seconds:.1} s", self.engine);
        self.since = Stopwatch::now();
    }
}

/// Cases that go through the whole loop.
struct Loops {
    /// Reported by a resident on the day, and rated by her at the end.
    fresh: usize,
    /// Taken over from the old system. Nobody here reported them, so no resident rates them: a code
    /// of another system is no proof of who somebody is. Whoever wrote there is asked by telephone.
    imported: usize,
}

fn classes_come_in(ground: &Ground, table: &[u8]) {
    let before = ground.read(catalogue::store::all).len();
    let batch = import(ground, Kind::Classes, table, district::CODE);
    assert_eq!(ground.read(catalogue::store::all).len(), before + 190);
    let (standards, classes) = ground.read(move |tx| catalogue::store::of_batch(tx, &batch.id));
    assert_eq!((standards.len(), classes.len()), (522, 190));
    assert!(checked(ground, Kind::Classes, table).report.earlier.is_some());
}

/// Unanswered messages come to one community, answered ones to the district.
fn messages_come_in(ground: &Ground, hot: &[String], replies: &[String]) -> Batch {
    let bytes = hot.join("\n").into_bytes();
    let batch = import(ground, Kind::Cases, &bytes, &ground.community.code);
    import(ground, Kind::Cases, replies.join("\n").as_bytes(), district::CODE);
    let count = |sql: &'static str| ground.read(move |tx| tx.count(sql, &[]));
    assert_eq!(count("select count(*) from matter"), whole(hot.len() + replies.len()));
    let closed = "select count(*) from matter where stage = 'closed' and closed_at is not null";
    assert_eq!(count(closed), whole(replies.len()));
    let open = "select count(*) from matter where stage = 'reported' and due_at is not null";
    assert_eq!(count(open), whole(hot.len()));
    assert_eq!(count("select count(*) from entry"), whole(hot.len() + 2 * replies.len()));
    assert_eq!(count("select count(*) from outbox"), 0, "nobody is told of the past");
    // The same messages as Excel are the same cases.
    let excel = checked(ground, Kind::Cases, &as_excel(replies)).report;
    assert_eq!((excel.there, excel.made, excel.wrong), (replies.len(), 0, 0));
    batch
}

fn whole(n: usize) -> i64 {
    i64::try_from(n).unwrap()
}

fn cases_are_carried(ground: &Ground, loops: &Loops) {
    let personas = people::settle(ground);
    let open = "select number, id from matter where stage = 'reported' order by opened_at, id";
    let cases = ground
        .read(move |tx| tx.rows(open, &[], |row| Ok((row.get::<String>(0)?, row.get::<Id>(1)?))));
    let district = Arc::clone(&ground.district);
    let book = ground.read(move |tx| catalogue::book(&district, tx));
    for (number, id) in cases.into_iter().take(loops.imported) {
        let file = ground.read(move |tx| linli::affairs::appeal::store::file(tx, &id)).unwrap();
        let proposed = book.proposals(&file.words, 1);
        let class = proposed.first().map_or("E0101", |proposal| proposal.code.as_str());
        carry(ground, &personas, &number, class);
        let rated = personas.resident.make(ground, &number, "rate", &people::RATED);
        assert_ne!(rated, StatusCode::SEE_OTHER, "who did not report it does not rate it");
        let rated = personas.officer.make(ground, &number, "rate_by_call", &people::RATED);
        assert_ne!(rated, StatusCode::SEE_OTHER, "who handled it does not ask how it was");
        made(ground, &personas.caller, &number, "rate_by_call", &people::RATED);
        assert!(stands_at(ground, &number, "rated"), "{number}");
    }
    for nth in 0..loops.fresh {
        let words = format!("东门第{}盏路灯晚上不亮，看不清台阶。", nth + 1);
        let number = personas.resident.report(ground, &words, "E0102");
        carry(ground, &personas, &number, "E0102");
        let first = nth == 0;
        let rating = if first { people::UNSOLVED } else { people::RATED };
        made(ground, &personas.resident, &number, "rate", &rating);
        let stage = if first { "reopened" } else { "rated" };
        assert!(stands_at(ground, &number, stage), "{number}");
    }
    let verified = "select count(*) from entry where move = 'verify'";
    assert_eq!(ground.read(move |tx| tx.count(verified, &[])), whole(loops.fresh + loops.imported));
}

fn stands_at(ground: &Ground, number: &str, stage: &'static str) -> bool {
    let found = "select count(*) from matter where number = $1 and stage = $2";
    let number = number.to_owned();
    ground.read(move |tx| tx.count(found, linli::params![number, stage])) == 1
}

fn made(ground: &Ground, desk: &Desk, number: &str, act: &str, fields: &[(&str, &str)]) {
    let status = desk.make(ground, number, act, fields);
    assert_eq!(status, StatusCode::SEE_OTHER, "{act} of {number}");
}

/// Accepted by the community, dispatched by the street, signed for and answered by a department,
/// verified by the grid worker; each on their own session.
fn carry(ground: &Ground, personas: &Personas, number: &str, class: &str) {
    let Personas { clerk, dispatcher, officer, grid_worker, department, .. } = personas;
    let seen_to = closing_of(ground, class);
    let ticked = |said: (&'static str, &'static str)| -> Vec<(&str, &str)> {
        let lines = seen_to.iter().map(|line| ("checked", line.as_str()));
        std::iter::once(said).chain(lines).collect()
    };
    let strangers = grid_worker.make(ground, number, "answer", &[("reply", "不该由我答")]);
    assert_ne!(strangers, StatusCode::SEE_OTHER, "only the body in charge answers");
    let dispatched = [("body", department.as_str()), ("reason", "按清单")];
    made(ground, clerk, number, "accept", &[("class", class)]);
    made(ground, dispatcher, number, "dispatch", &dispatched);
    made(ground, officer, number, "sign", &[]);
    if !seen_to.is_empty() {
        let unticked = officer.make(ground, number, "answer", &[("reply", "已处理")]);
        assert_eq!(unticked, StatusCode::UNPROCESSABLE_ENTITY, "{class} has its list");
    }
    made(ground, officer, number, "answer", &ticked(("reply", "已到现场处理，请您看看。")));
    let looked = ticked(("finding", "已看过，办好了。"));
    let unseen = grid_worker.make(ground, number, "verify", &looked);
    assert_eq!(unseen, StatusCode::UNPROCESSABLE_ENTITY, "nobody verifies without a photo");
    assert_eq!(grid_worker.verify(ground, number, &looked), StatusCode::SEE_OTHER, "{number}");
}

/// The closing list of a class.
fn closing_of(ground: &Ground, class: &str) -> Vec<String> {
    let put = Put::default().with("class", class);
    let store = ground.district.store();
    store.read_blocking(move |tx| closing::of_class(tx, &put)).unwrap()
}

/// One notice for each told person and act, and somebody for each case at each step; none is
/// doubled, none is left waiting.
fn notices_are_told_once(ground: &Ground, loops: &Loops) {
    while ground.runtime.block_on(notice::deliver(&ground.district)).unwrap() > 0 {}
    let count = |sql: &'static str| ground.read(move |tx| tx.count(sql, &[]));
    let waiting = "select count(*) from outbox";
    assert_eq!(count(waiting), 0);
    let doubled = "select count(*) from (
        select act_id, person_id, kind from notice join news on news.seq = notice.news
        group by act_id, person_id, kind having count(*) > 1) twice";
    assert_eq!(count(doubled), 0);
    let all = loops.fresh + loops.imported;
    let told = [("case.to_sign", all), ("case.to_verify", all), ("case.to_rate", loops.fresh)];
    for (kind, expected) in told {
        let told = "select count(distinct matter_id) from news where kind = $1";
        let told = ground.read(move |tx| tx.count(told, linli::params![kind]));
        assert_eq!(told, whole(expected), "{kind}");
    }
}

fn record_is_whole(ground: &Ground) {
    let district = &ground.district;
    district.sequencer.drain_blocking(district.now()).unwrap();
    let key = record::signer(&district.config, &district.keys).unwrap().verifier();
    let report = record::audit::run(district.store(), &key, None, &[]).unwrap();
    assert!(report.is_clean(), "{:?}", report.findings.iter().take(5).collect::<Vec<_>>());
}

/// What nobody touched goes, what was worked on stays.
fn the_rest_is_undone(ground: &Ground, batch: &Batch, imported: usize, carried: usize) {
    let undone = undo::undo(&ground.district.door, &Actor::operator(), &batch.id).unwrap();
    assert_eq!(undone.kept, whole(carried));
    assert_eq!(undone.removed, whole(imported - carried));
    let id = batch.id.clone();
    let left = ground.read(move |tx| batch::counts(tx, &id));
    assert_eq!(left, (0, 0));
}
