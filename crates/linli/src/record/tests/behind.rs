//! What somebody does who knows the format of the record, and has no key.

use linli_record::leaf::Leaf;

use super::audited::{found, report};
use super::{behind_the_door, person, populate, sequence};
use crate::act::Stamp;
use crate::base::secret;
use crate::people::PERSON;
use crate::record::{Finding, audit, cli, seen};
use crate::testing::both_engines;

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
        let sql = "select body from leaf where idx is not null order by idx desc limit 1";
        let last: Option<Vec<u8>> = world.read(|tx| tx.row(sql, &[], |row| row.get(0)));
        let mut leaf = Leaf::decode(&last.unwrap()).unwrap();
        leaf.act_id = world.new_id().to_string();
        for row in &mut leaf.rows {
            if row.table == "act" {
                row.id.clone_from(&leaf.act_id);
            }
        }
        assert!(leaf.rows.iter().any(|row| row.id == people[1].as_str()));
        let body = secret::hex(&leaf.encode().unwrap());
        let body = match world.district.store().engine_name() {
            "sqlite" => format!("x'{body}'"),
            _ => format!("'\\x{body}'::bytea"),
        };
        let put = format!("insert into leaf (act_id, body) values ('{}', {body})", leaf.act_id);
        let waiting = || world.read(|tx| tx.count(WAITING, &[]));
        behind_the_door(world, &put);
        sequence(world);
        assert_eq!(waiting(), 1, "no place for it");
        let index = report(world).leaves;
        let stamp = Stamp::of(&world.district.keys.record_seed).unwrap();
        let forged = audit::forged(world.district.store(), &stamp).unwrap();
        assert_eq!(forged, [Finding::LeafForged { index }]);
        let told = cli::verify(world.dir(), &cli::Asked::default(), &mut Vec::new()).unwrap();
        assert!(told.report.findings.contains(&Finding::LeafForged { index }));
        // A true one beside it is placed.
        world.plant(PERSON, vec![person(world, "真")]);
        sequence(world);
        assert_eq!(waiting(), 1);
    });
}

const WAITING: &str = "select count(*) from leaf where idx is null";
