//! Every transition of the procedure file is reached and made by somebody in a real post.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};

use linli_rules::procedure::{Process, Transition};
use linli_rules::time::MICROS_PER_HOUR;

use super::town::{Town, code};
use crate::act::{Act, Acting, Actor, Done, Reach, Subject};
use crate::affairs::appeal::report::Report;
use crate::affairs::appeal::{closing, kit, tests::town};
use crate::app;
use crate::base::{Fault, Id};
use crate::matter::{GUARDS, Seen, clock, store as matters, timeline};
use crate::testing::both_engines_wired;

#[test]
fn every_transition_of_the_file_is_made_by_somebody_in_post() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        go_every_way(&Town::build(world));
    });
}

/// Makes every transition of the procedure in force, each with a case of its own.
pub(super) fn go_every_way(town: &Town<'_>) {
    let kit = kit(&town.world.district).unwrap();
    let process = kit.process.as_ref();
    let ways = ways(process);
    let all = process.transitions();
    assert!(all.len() > 40, "the file has {} transitions", all.len());
    for step in &all {
        let Some(from) = step.from else {
            begin(town, step);
            continue;
        };
        let case = led_to(town, &ways, &from.id);
        assert_eq!(town.matter(&case).stage, from.id);
        make(town, &case, step);
        assert_eq!(town.matter(&case).process_version, i64::from(process.version));
    }
}

#[test]
fn what_the_file_does_not_have_is_refused_at_every_stage() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let kit = kit(&world.district).unwrap();
        let process = kit.process.as_ref();
        let ways = ways(process);
        let mut tried = 0;
        for stage in &process.stages {
            let case = led_to(&town, &ways, &stage.id);
            for act in process.acts() {
                if !process.candidates(act, &stage.id).is_empty() {
                    continue;
                }
                let by = process.moves.iter().find(|by| by.act == act).unwrap();
                let told = town.go(&Actor::operator(), &case, act, town.put(by)).unwrap_err();
                assert_eq!(code(&told), "not_at_this_stage", "{act} at {}", stage.id);
                tried += 1;
            }
            assert_eq!(town.matter(&case).stage, stage.id);
        }
        let all: usize = process.stages.len() * process.acts().len();
        assert!(tried > all / 2, "{tried} of {all} pairs are outside the file");
    });
}

#[test]
fn each_guard_of_the_file_refuses_where_it_does_not_hold() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let kit = kit(&world.district).unwrap();
        let process = kit.process.as_ref();
        let ways = ways(process);
        let known: Vec<_> = GUARDS.iter().chain(kit.affair.guards()).collect();
        for step in process.transitions() {
            let Some(from) = step.from else { continue };
            for call in &step.by.needs {
                let case = led_to(&town, &ways, &from.id);
                let told = falsified(&town, &case, &step, &call.guard);
                let guard = known.iter().find(|known| known.name == call.guard).unwrap();
                let at = format!("{} of {} at {}", call.guard, step.by.act, from.id);
                assert_eq!(told, guard.refusal, "{at}");
                assert_eq!(town.matter(&case).stage, from.id, "{at}");
            }
        }
    });
}

/// Makes the step so that the one guard does not hold, and gives the code of the refusal.
fn falsified(town: &Town<'_>, case: &Id, step: &Transition<'_>, guard: &str) -> String {
    let act = step.by.act.as_str();
    let mut put = town.put(step.by);
    let mut actor = Actor::operator();
    match guard {
        // Somebody who may do this to the case by the duty list, and yet is not the one.
        "is_reporter" => actor.person = Some(town::person("lin")),
        "not_the_handler" => {
            actor.person = Some(who_made(town, case, &["sign", "answer", "handle_here"]));
        }
        "not_who_rejected" => actor.person = Some(who_made(town, case, &["reject"])),
        "can_be_reached" => {
            town.world.perform(&actor, Nobodys(case.clone())).unwrap();
        }
        "body_has_duty" => put = put.with("body", town::body("homes").to_string()),
        "another_body" => put = put.with("body", town.matter(case).body.unwrap().to_string()),
        "cites_duty_or_gap" => {
            put = put.with("gap", "").with("cited_duty", town::entry("works").to_string());
        }
        "reopen_window" | "dispute_window" => {
            actor = town.resident("zhou");
            town.world.district.door.clock.shift(8 * 24 * MICROS_PER_HOUR);
        }
        "within_clock" => {
            let due = town.matter(case).due_at.unwrap();
            let door = &town.world.district.door;
            door.clock.shift(due - town.world.district.now() + 1);
        }
        "right_after" => town.world.district.door.clock.shift(MICROS_PER_HOUR),
        "at_most_every" => {
            actor = town.resident("zhou");
            town.go(&actor, case, act, put.clone()).unwrap();
        }
        other => panic!("nothing is known of {other}"),
    }
    code(&town.go(&actor, case, act, put).unwrap_err())
}

/// Whoever made the last of these moves with the case.
fn who_made(town: &Town<'_>, case: &Id, moves: &[&str]) -> Id {
    let id = case.clone();
    let entries = town.world.read(move |tx| timeline::entries(tx, &id));
    let by = entries.into_iter().rfind(|entry| moves.contains(&entry.act.as_str()));
    by.and_then(|entry| entry.actor).expect("somebody made one")
}

/// Makes a case one that nobody put a name to.
struct Nobodys(Id);

impl Act for Nobodys {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "test.nobodys".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(self.0.as_str().as_bytes().to_vec())
    }

    fn subject(&self) -> Subject {
        Subject::New { kind: "test", id: String::new(), reach: Reach::at("/") }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        let mut matter = matters::seen(cx.read(), &self.0, &Seen::Any)?;
        matter.owner = None;
        matters::save(cx, &mut matter)
    }
}

/// A case that was led to a stage.
pub(super) fn led_to(
    town: &Town<'_>,
    ways: &BTreeMap<&str, Vec<Transition<'_>>>,
    stage: &str,
) -> Id {
    let case = town.report("路灯不亮，13800000001 联系我").matter;
    for step in ways.get(stage).unwrap_or_else(|| panic!("no way to {stage}")) {
        make(town, &case, step);
    }
    case
}

/// The shortest way to each stage from a report, as steps.
pub(super) fn ways(process: &Process) -> BTreeMap<&str, Vec<Transition<'_>>> {
    let all = process.transitions();
    let mut ways: BTreeMap<&str, Vec<Transition<'_>>> = BTreeMap::new();
    let first = process.creating().unwrap().to.as_deref().unwrap();
    ways.insert(process.stage(first).unwrap().id.as_str(), Vec::new());
    let mut queue = VecDeque::from([first]);
    while let Some(at) = queue.pop_front() {
        let so_far = ways[at].clone();
        for step in all.iter().filter(|step| step.from.is_some_and(|from| from.id == at)) {
            let to = process.stage(&step.to.id).unwrap().id.as_str();
            if !ways.contains_key(to) {
                let mut way = so_far.clone();
                way.push(*step);
                ways.insert(to, way);
                queue.push_back(to);
            }
        }
    }
    ways
}

fn begin(town: &Town<'_>, step: &Transition<'_>) {
    let put = town.put(step.by);
    let asked = step.by.field(closing::CHECKED).is_some();
    let report = Report {
        words: "路灯不亮".to_owned(),
        class: Some(town::LAMP.to_owned()),
        place: Some("99010100100101".to_owned()),
        photos: put.photos,
        checked: if asked { town.lamp_list() } else { Vec::new() },
        source: "field".to_owned(),
        language: "zh".to_owned(),
        ..Report::default()
    };
    let actor = town.by("grid_worker");
    let made = town.report_as(&actor, &step.by.act, report);
    let made = made.unwrap_or_else(|e| panic!("{}: {e}", step.by.act)).outcome;
    assert_eq!(made.stage, step.to.id);
}

/// Makes the step as the first person in the town who may.
fn make(town: &Town<'_>, case: &Id, step: &Transition<'_>) {
    let before = town.matter(case);
    let mut told = Vec::new();
    for actor in town.actors() {
        match town.go(&actor, case, &step.by.act, town.put(step.by)) {
            Ok(moved) => return check(town, case, step, before.version, &moved.stage),
            Err(failure) => told.push(format!("{}: {failure}", actor.kind)),
        }
    }
    let from = step.from.map_or("", |stage| stage.id.as_str());
    panic!("nobody makes {} at {from}:\n{}", step.by.act, told.join("\n"));
}

fn check(town: &Town<'_>, case: &Id, step: &Transition<'_>, version: i64, stage: &str) {
    let from = step.from.map_or("", |stage| stage.id.as_str());
    assert_eq!(stage, step.to.id, "{} at {from}", step.by.act);
    let after = town.matter(case);
    assert_eq!(after.phase, step.to.phase.name());
    assert_eq!(after.version, version + 1);
    assert_eq!(after.closed_at.is_some(), step.to.phase.is_final(), "{}", step.to.id);
    let id = case.clone();
    let clocks = town.world.read(move |tx| clock::clocks(tx, &id));
    let running = clocks.iter().filter(|clock| clock.stopped_at.is_none());
    let (beside, running): (Vec<_>, Vec<_>) = running.partition(|clock| clock.stage.is_none());
    let first = beside.iter().map(|clock| clock.due_at).min();
    assert_eq!(after.beside.map(|clock| clock.due_at), first);
    assert!(beside.iter().all(|clock| !step.by.stops.contains(&clock.name)));
    assert!(beside.is_empty() || !step.to.phase.is_final(), "{} rests", step.to.id);
    assert_eq!(running.len(), usize::from(step.to.limit.is_some()), "clocks at {}", step.to.id);
    assert_eq!(after.due_at, running.first().map(|clock| clock.due_at));
}
