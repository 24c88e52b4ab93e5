//! The engine on both engines: one case from report to rating, and what is refused on the way.

use std::sync::Arc;

use super::{CASES, Conduct, Moved, Put};
use crate::act::{Actor, Done, Failure, Order};
use crate::affairs::appeal::{self, report};
use crate::base::Id;
use crate::district::Wiring;
use crate::people::remit::REMIT;
use crate::people::{BODY, PERSON};
use crate::store::schema::Table;
use crate::store::{ReadTx, StoreError};
use crate::testing::{World, both_engines_wired, staff};
use crate::{app, catalogue, params};

const PLACE: Table = Table::recorded("place");

fn wiring() -> Wiring {
    app::wiring().unwrap()
}

fn id(seed: &str) -> Id {
    Id::derived(seed)
}

/// A grid, a residents' committee, a department with a remit, a few people.
fn furnish(world: &World) {
    let levels = ["district", "street", "community", "grid"];
    let codes = ["990101", "990101001", "990101001001", "99010100100101"];
    let mut path = "/".to_owned();
    let mut places = Vec::new();
    for (level, code) in levels.iter().zip(codes) {
        path = format!("{path}{code}/");
        places.push((
            id(code),
            vec![
                ("code", code.into()),
                ("level", (*level).into()),
                ("name", code.into()),
                ("path", path.clone().into()),
                ("sort_key", code.into()),
                ("valid_from", 0_i64.into()),
                ("version", 1_i64.into()),
            ],
        ));
    }
    world.plant(PLACE, places);
    let body = |name: &str, kind: &str| {
        (
            id(name),
            vec![
                ("kind", kind.into()),
                ("name", name.into()),
                ("sort_key", name.into()),
                ("place_id", (&id("990101")).into()),
                ("place_path", "/990101/".into()),
                ("version", 1_i64.into()),
            ],
        )
    };
    world.plant(
        BODY,
        vec![
            body("居委会", "community_committee"),
            body("市政", "municipal_works"),
            body("园林", "greening"),
        ],
    );
    let remit = |name: &str, kind: &str| {
        (
            id(&format!("remit {name}")),
            vec![
                ("body_id", (&id(name)).into()),
                ("kind", kind.into()),
                ("place_path", "/990101/".into()),
                ("ground", "示例".into()),
            ],
        )
    };
    world.plant(
        REMIT,
        vec![
            remit("居委会", "community_committee"),
            remit("市政", "municipal_works"),
            remit("园林", "greening"),
        ],
    );
    let person = |name: &str| {
        (
            id(name),
            vec![
                ("kind", "resident".into()),
                ("name_masked", "张*".into()),
                ("place_path", "/990101/".into()),
                ("language", "zh".into()),
                ("consent", "{}".into()),
                ("created_at", 0_i64.into()),
                ("version", 1_i64.into()),
            ],
        )
    };
    world.plant(PERSON, ["resident", "other"].map(person).into());
    catalogue::seed::seed(world.door()).unwrap();
}

fn report(world: &World, act_id: &Id, words: &str) -> Done<Moved> {
    let report = report::Report {
        words: words.to_owned(),
        place: Some("99010100100101".to_owned()),
        source: "web".to_owned(),
        language: "zh".to_owned(),
        owner: Some(id("resident")),
        ..report::Report::default()
    };
    let fixed = report::Fixed {
        case: Id::derived(act_id.as_str()),
        number: format!("2026-{}", &act_id.as_str()[20..]),
        now: world.district.now(),
    };
    let district = Arc::clone(&world.district);
    let begin = world
        .door()
        .store
        .read_blocking(move |tx| report::begin(&district, tx, &fixed, "report", &report))?;
    let actor = Actor::resident(id("resident"));
    Ok(world.door().perform_blocking(&actor, Order::new(act_id.clone(), begin))?.outcome)
}

/// What is answered and verified here has its closing list ticked.
fn moves(world: &World, who: &Actor, case: &Moved, act: &str, put: Put) -> Done<Moved> {
    let kit = appeal::kit(&world.district).unwrap();
    let (process, id, name) = (Arc::clone(&kit.process), case.matter.clone(), act.to_owned());
    let tick = move |tx: &ReadTx<'_>| appeal::closing::all_ticked(tx, &process, &id, &name, put);
    let put = world.door().store.read_blocking(tick)?;
    let conduct = Conduct {
        kit,
        of: CASES,
        matter: case.matter.clone(),
        seen: Some(case.version).into(),
        act: act.to_owned(),
        put,
    };
    Ok(world.perform(who, conduct)?.outcome)
}

fn code(result: Done<Moved>) -> String {
    match result {
        Ok(moved) => format!("done: {}", moved.stage),
        Err(Failure::Refused(refusal)) => refusal.code.to_owned(),
        Err(other) => other.to_string(),
    }
}

fn count(world: &World, sql: &'static str) -> i64 {
    world.read(move |tx: &ReadTx<'_>| -> Result<i64, StoreError> { tx.count(sql, params![]) })
}

/// How many open matters a body has.
fn in_hand(world: &World, body: &str) -> i64 {
    let body = id(body);
    world.read(move |tx: &ReadTx<'_>| super::store::open_of(tx, &body))
}

#[test]
fn a_lamp_is_repaired_after_one_return() {
    both_engines_wired(&wiring(), |world| {
        furnish(world);
        let clerk = staff("community_clerk", "/990101/990101001/990101001001/", id("clerk"));
        let dispatcher = staff("dispatcher", "/990101/990101001/", id("dispatcher"));
        let works =
            Actor { body: Some(id("市政")), ..staff("department_officer", "/990101/", id("w")) };
        let parks =
            Actor { body: Some(id("园林")), ..staff("department_officer", "/990101/", id("p")) };
        let resident = Actor::resident(id("resident"));

        let act_id = world.new_id();
        let case = report(world, &act_id, "三号楼前的路灯不亮，晚上看不清台阶").unwrap();
        assert_eq!(case.stage, "reported");
        assert!(case.due_at.is_some());
        assert_eq!(report(world, &act_id, "三号楼前的路灯不亮，晚上看不清台阶").unwrap(), case);
        assert_eq!(code(report(world, &act_id, "另一件事")), "act_id_used");

        let lamp = Put::default().with("class", "C1101");
        let stale = Moved { version: case.version + 5, ..case.clone() };
        assert_eq!(code(moves(world, &clerk, &stale, "accept", lamp.clone())), "changed_meanwhile");
        assert_eq!(code(moves(world, &works, &case, "accept", lamp.clone())), "not found");
        let case = moves(world, &clerk, &case, "accept", lamp).unwrap();
        let to =
            |body: &str| Put::default().with("body", id(body).as_str()).with("reason", "职责清单");
        let twice =
            moves(world, &dispatcher, &case, "dispatch", Put::default().with("reason", "x"));
        assert!(code(twice).starts_with("not taken: body: missing"));
        let case = moves(world, &dispatcher, &case, "dispatch", to("市政")).unwrap();
        assert_eq!(case.body, Some(id("市政")));
        assert_eq!((in_hand(world, "市政"), in_hand(world, "园林")), (1, 0));
        assert_eq!(code(moves(world, &parks, &case, "sign", Put::default())), "not found");
        let bare = Put::default().with("reason", "不归我们");
        let refused = moves(world, &works, &case, "send_back", bare);
        assert_eq!(code(refused), "cites_duty_or_gap");
        let gap = Put::default().with("reason", "说不清").with("gap", "缺门牌号");
        let case = moves(world, &works, &case, "send_back", gap).unwrap();
        let case = moves(world, &dispatcher, &case, "dispatch", to("市政")).unwrap();
        let case = moves(world, &works, &case, "sign", Put::default()).unwrap();
        let case = moves(world, &works, &case, "answer", Put::default().with("reply", "灯泡已换"))
            .unwrap();
        let asked = Put::default().with("spoken_to", "反映人").with("finding", "已亮");
        let case = moves(world, &clerk, &case, "verify_by_call", asked).unwrap();
        assert_eq!(case.stage, "closed");
        assert_eq!(in_hand(world, "市政"), 0);
        let rating = Put::default().with("contacted", "yes").with("solved", "yes");
        assert!(code(moves(world, &resident, &case, "rate", rating.clone())).contains("satisfied"));
        let stranger = Actor::resident(id("other"));
        let full = rating.with("satisfied", "very");
        assert_ne!(code(moves(world, &stranger, &case, "rate", full.clone())), "done: rated");
        let case = moves(world, &resident, &case, "rate", full).unwrap();
        assert_eq!(case.stage, "rated");

        assert_eq!(count(world, "select count(*) from entry"), 9);
        assert_eq!(count(world, "select count(*) from clock where stopped_at is null"), 0);
        let acts = count(world, "select count(*) from act");
        assert_eq!(count(world, "select count(*) from leaf"), acts);
        world.district.sequencer.drain_blocking(world.district.now()).unwrap();
        assert_eq!(count(world, "select count(*) from leaf where idx is null"), 0);
        assert_eq!(count(world, "select coalesce(max(size), 0) from checkpoint"), acts);
    });
}
