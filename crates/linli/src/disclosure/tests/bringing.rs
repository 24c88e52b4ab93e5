//! What a district's list begins with, and what a newer program brings to it: rows for what it has
//! never heard of, and for no more.

use super::*;
use crate::act::duty::WallCondition;
use crate::disclosure::acts::bring;
use crate::disclosure::shipped::Rows;
use crate::disclosure::store::Origin;
use crate::record::cli;

const VOTE: &str = "vote.cast";

/// The shipped list of a newer program.
fn newer(rows: &[NewDuty]) -> Rows {
    let mut list = Rows::of(shipped::TEXT).unwrap();
    list.duties.extend(rows.iter().cloned());
    list
}

fn wall(act: &str) -> NewWall {
    NewWall {
        act: act.to_owned(),
        condition: WallCondition::IAmAnAdministrator.name().to_owned(),
        unless_scope: None,
        ground: "民法典 第278条".to_owned(),
    }
}

#[test]
fn a_new_district_has_the_shipped_list_and_beginning_again_changes_nothing() {
    both_engines(|world| {
        let door = world.door();
        let list = door.store.read_blocking(world_list).unwrap();
        let shipped = shipped::parse(shipped::TEXT).unwrap();
        assert_eq!(list.duties.len(), shipped.duty.len());
        assert_eq!(list.walls.len(), shipped.wall.len());
        crate::disclosure::seed(door).unwrap();
        let again = door.store.read_blocking(world_list).unwrap();
        assert_eq!((again.version, &again.duties), (list.version, &list.duties));
        let worker = staff("grid_worker", "/990101/", Id::derived("worker"));
        assert!(again.has(&worker, "case.report_handled"));
        assert!(!again.has(&Actor::public(), "case.report_handled"));
    });
}

#[test]
fn a_newer_program_brings_the_rows_of_its_new_acts() {
    both_engines(|world| {
        let before = world.read(world_list);
        let mut list =
            newer(&[added("resident", VOTE, "own"), added("grid_worker", VOTE, "my_grid")]);
        list.duties.push(added("resident", "case.applaud", "public"));
        list.walls.extend([wall("vote.*"), wall("case.verify"), wall("case.a*")]);
        let waiting = proposals::proposed(world, proposals::to_all());
        assert_eq!(bring::bring_from(&world.district, list.clone()).unwrap(), 4);
        let after = world.read(world_list);
        assert_eq!(after.duties.len(), before.duties.len() + 3);
        let resident = Actor::resident(Id::derived("resident"));
        assert!(after.has(&resident, VOTE) && !before.has(&resident, VOTE));
        // The wall before the new act stands; one before acts the list knows is the district's.
        assert_eq!(after.walls.len(), before.walls.len() + 1);
        assert!(after.walls.iter().any(|wall| wall.act == "vote.*"));
        let found = proposals::find(world, &waiting);
        assert_eq!(found.state, rules::proposals::State::Overtaken);
        let (rows, walls) = world.read(|tx| Ok((store::past(tx)?, store::past_walls(tx)?)));
        let brought = rows.iter().filter(|past| past.origin == Origin::Brought);
        assert!(brought.map(|past| past.row.act.as_str()).eq(["case.applaud", VOTE, VOTE]));
        assert!(rows.iter().all(|past| past.origin != Origin::Changed));
        assert!(walls.iter().any(|past| past.origin == Origin::Brought));
        // A second start finds nothing to bring.
        assert_eq!(bring::bring_from(&world.district, list).unwrap(), 0);
        assert_eq!(world.read(world_list).version, after.version);
        world.district.sequencer.drain_blocking(world.district.now()).unwrap();
        let told = cli::verify(world.dir(), &cli::Asked::default(), &mut Vec::new()).unwrap();
        assert!(told.is_clean());
    });
}

#[test]
fn what_a_district_has_taken_out_of_its_list_is_not_brought_again() {
    both_engines(|world| {
        let list = newer(&[added("resident", VOTE, "own")]);
        bring::bring_from(&world.district, list).unwrap();
        let ended = ids(&world.read(world_list), "resident", VOTE);
        change(world, &keeper(), Change { ended, ..Change::default() }).unwrap();
        let list = newer(&[added("resident", VOTE, "own"), added("grid_worker", VOTE, "my_grid")]);
        assert_eq!(bring::bring_from(&world.district, list).unwrap(), 0);
        // Another post for an act that the list knows is for its keepers to give.
        let list = newer(&[added("auditor", "case.dispatch", "my_district")]);
        assert_eq!(bring::bring_from(&world.district, list).unwrap(), 0);
        assert!(!world.read(world_list).duties.iter().any(|duty| duty.act == VOTE));
    });
}

#[test]
fn a_new_kind_of_post_comes_with_all_that_is_its_and_an_ended_one_gets_nothing() {
    both_engines(|world| {
        let kind = AddKind { seen: seen(world), code: "grid_warden".to_owned(), fields: warden() };
        world.perform(&keeper(), kind).unwrap();
        let end = EndKind { seen: seen(world), code: "grid_warden".to_owned() };
        world.perform(&keeper(), end).unwrap();
        // A kind that the place made itself, and that bears the name of a later one by chance.
        let kind = AddKind { seen: seen(world), code: "grid_nurse".to_owned(), fields: warden() };
        world.perform(&keeper(), kind).unwrap();
        let mut list = newer(&[
            added("grid_medic", "case.see", "my_grid"),
            added("grid_medic", VOTE, "my_grid"),
            added("grid_warden", VOTE, "my_grid"),
            added("grid_warden", "vote.count", "my_grid"),
            added("grid_nurse", VOTE, "my_grid"),
        ]);
        for code in ["grid_medic", "grid_warden", "grid_nurse"] {
            list.kinds.push((code.to_owned(), warden()));
        }
        assert_eq!(bring::bring_from(&world.district, list.clone()).unwrap(), 2);
        let after = world.read(world_list);
        let medic = staff("grid_medic", "/990101/", Id::derived("medic"));
        assert!(after.has(&medic, "case.see") && after.has(&medic, VOTE));
        let others = ["grid_warden", "grid_nurse"];
        assert!(after.duties.iter().all(|duty| !others.contains(&duty.post_kind.as_str())));
        assert_eq!(bring::bring_from(&world.district, list).unwrap(), 0);
    });
}

#[test]
fn a_long_list_comes_in_parts_and_each_act_whole() {
    both_engines(|world| {
        let kinds = ["resident", "grid_worker", "dispatcher", "auditor", "district_supervisor"];
        let rows: Vec<NewDuty> = (0..130)
            .flat_map(|n| kinds.map(|kind| added(kind, &format!("vote.no{n}"), "own")))
            .collect();
        let before = world.read(world_list);
        assert_eq!(bring::bring_from(&world.district, newer(&rows)).unwrap(), rows.len());
        let after = world.read(world_list);
        assert_eq!(after.duties.len(), before.duties.len() + rows.len());
        assert!(after.version - before.version >= 3, "{} parts", after.version - before.version);
    });
}
