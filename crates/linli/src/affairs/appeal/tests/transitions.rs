//! Every transition of the procedure file is reached and made by somebody in a real post.

use std::collections::{BTreeMap, VecDeque};

use linli_rules::procedure::{Process, Transition};

use super::town::Town;
use crate::affairs::appeal::report::Report;
use crate::affairs::appeal::{kit, tests::town};
use crate::app;
use crate::base::Id;
use crate::matter::clock;
use crate::testing::both_engines_wired;

#[test]
fn every_transition_of_the_file_is_made_by_somebody_in_post() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let kit = kit(&world.district).unwrap();
        let process = kit.process.as_ref();
        let ways = ways(process);
        let all = process.transitions();
        assert!(all.len() > 40, "the file has {} transitions", all.len());
        for step in &all {
            let Some(from) = step.from else {
                begin(&town, step);
                continue;
            };
            let way = ways.get(from.id.as_str()).unwrap_or_else(|| panic!("no way to {}", from.id));
            let case = town.report("路灯不亮，13800000001 联系我").matter;
            for before in way {
                make(&town, &case, before);
            }
            assert_eq!(town.matter(&case).stage, from.id);
            make(&town, &case, step);
        }
    });
}

/// The shortest way to each stage from a report, as steps.
fn ways(process: &Process) -> BTreeMap<&str, Vec<Transition<'_>>> {
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
    let report = Report {
        words: "路灯不亮".to_owned(),
        class: Some(town::LAMP.to_owned()),
        place: Some("99010100100101".to_owned()),
        photos: put.photos,
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
    let running: Vec<_> = clocks.iter().filter(|clock| clock.stopped_at.is_none()).collect();
    assert_eq!(running.len(), usize::from(step.to.limit.is_some()), "clocks at {}", step.to.id);
    assert_eq!(after.due_at, running.first().map(|clock| clock.due_at));
}
