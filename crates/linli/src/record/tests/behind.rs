//! What somebody does who knows the format of the record, and has no key.

use super::audited::{found, report};
use super::{behind_the_door, newest, person, populate, put_in, sequence};
use crate::people::PERSON;
use crate::record::{Finding, cli, seen};
use crate::testing::{World, both_engines};

/// A district of a few hundred acts has one tile: without it the record stands still.
#[test]
fn tiles_that_are_all_gone_are_missed() {
    both_engines(|world| {
        populate(world, 6);
        behind_the_door(world, "delete from tile");
        let found = found(world);
        assert!(found.contains(&Finding::TileMissing { level: 0, index: 0 }), "{found:?}");
    });
}

/// The file beside the database still covers it, and yet the sequencer would count on from before.
#[test]
fn the_newest_checkpoint_taken_away_is_missed_whatever_else_is_found() {
    both_engines(|world| {
        let people = populate(world, 6);
        assert!(seen::keep_newest(world.dir(), world.district.store(), true).unwrap());
        let size = report(world).leaves;
        behind_the_door(world, &format!("delete from checkpoint where size = {size}"));
        let own = "select coalesce(max(size), 0) from checkpoint";
        let from = world.read(|tx| tx.count(own, &[])).cast_unsigned();
        let unsigned = Finding::Unsigned { from, before: size };
        assert_eq!(found(world), std::slice::from_ref(&unsigned));
        behind_the_door(world, &format!("delete from person where id = '{}'", people[0]));
        assert_eq!(found(world).len(), 2);
        assert!(found(world).contains(&unsigned));
    });
}

/// Somebody changes a row, seals it anew and puts a leaf in that fits, all without a key.
#[test]
fn a_leaf_that_no_act_wrote_gets_no_place_and_is_named() {
    both_engines(|world| {
        let people = populate(world, 2);
        let mut leaf = newest(world);
        leaf.act_id = world.new_id().to_string();
        for row in &mut leaf.rows {
            if row.table == "act" {
                row.id.clone_from(&leaf.act_id);
            }
        }
        assert!(leaf.rows.iter().any(|row| row.id == people[1].as_str()));
        put_in(world, &leaf);
        sequence(world);
        assert_eq!(waiting(world), 1, "no place for it");
        let index = report(world).leaves;
        assert!(verified(world).contains(&Finding::LeafForged { index }));
        // A true one beside it is placed.
        world.plant(PERSON, vec![person(world, "真")]);
        sequence(world);
        assert_eq!(waiting(world), 1);
    });
}

/// A step reads a page; those put in ahead fill several of them.
#[test]
fn leaves_that_no_act_wrote_keep_no_true_one_waiting() {
    both_engines(|world| {
        populate(world, 1);
        let mut leaf = newest(world);
        for _ in 0..10 {
            leaf.act_id = world.new_id().to_string();
            put_in(world, &leaf);
        }
        let sequencer = world.district.sequencer.in_steps_of(4);
        let drain = || sequencer.drain_blocking(world.district.now()).unwrap();
        world.plant(PERSON, vec![person(world, "真")]);
        assert_eq!(drain(), 1, "behind all of them");
        world.plant(PERSON, vec![person(world, "又")]);
        assert_eq!(drain(), 1, "behind those gone past");
        assert_eq!(waiting(world), 10);
        // What commits late has a lower number than those gone past.
        world.plant(PERSON, vec![person(world, "早")]);
        world.plant(PERSON, vec![person(world, "晚")]);
        let first = "select min(seq) from leaf where stamp is not null and idx is null";
        behind_the_door(world, &format!("update leaf set seq = -7 where seq = ({first})"));
        assert_eq!(drain(), 2);
        let place = report(world).leaves - 2;
        let placed = format!("select count(*) from leaf where seq = -7 and idx = {place}");
        assert_eq!(world.read(move |tx| tx.count(&placed, &[])), 1, "before the later one");
    });
}

/// Neither the largest number there is, nor one below none, ends the audit.
#[test]
fn a_place_that_cannot_be_hides_nothing_else() {
    both_engines(|world| {
        let people = populate(world, 2);
        let mut leaf = newest(world);
        leaf.act_id = world.new_id().to_string();
        put_in(world, &leaf);
        let last = report(world).leaves - 1;
        behind_the_door(world, &format!("delete from person where id = '{}'", people[0]));
        for (from, to) in [(last.cast_signed(), i64::MAX), (i64::MAX, -3)] {
            behind_the_door(world, &format!("update leaf set idx = {to} where idx = {from}"));
            let found = verified(world);
            let index = to.cast_unsigned();
            assert!(found.contains(&Finding::LeafMisplaced { index }), "{found:?}");
            assert!(found.iter().any(|f| f.to_string().contains(people[0].as_str())), "{found:?}");
            assert!(found.iter().any(|f| matches!(f, Finding::LeafForged { .. })), "{found:?}");
        }
        behind_the_door(world, "update leaf set idx = -4 - idx");
        assert!(verified(world).iter().any(|f| matches!(f, Finding::LeafForged { .. })));
    });
}

/// What `linli verify` finds, with the district's own keys.
fn verified(world: &World) -> Vec<Finding> {
    let told = cli::verify(world.dir(), &cli::Asked::default(), &mut Vec::new()).unwrap();
    told.report.findings
}

fn waiting(world: &World) -> i64 {
    world.read(|tx| tx.count("select count(*) from leaf where idx is null", &[]))
}
