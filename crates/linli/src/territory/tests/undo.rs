//! An import of boundaries taken back.

use super::*;
use crate::base::Id;
use crate::record;
use crate::store::{ReadTx, StoreError, schema};
use crate::territory::acts::{
    ChangePlace, ImportAddresses, MovePlace, NewAddress, UndoImport, Undone,
};
use crate::testing::contents;
use crate::words::Lang;

fn nothing(_: &ReadTx<'_>, _: &str, _: crate::base::Instant) -> Result<Hanging, StoreError> {
    Ok(Hanging::default())
}

fn undo_with(world: &World, import: &Id, hanging: HangingOn) -> Done<Undone> {
    let act = UndoImport { within: place(world, "9").id, import: import.clone(), hanging };
    Ok(world.perform(&Actor::operator(), act)?.outcome)
}

fn undo(world: &World, import: &Id) -> Done<Undone> {
    undo_with(world, import, nothing)
}

/// A file that redraws the first grid, draws the second, and enters a third with one below it.
fn file() -> String {
    let one = |code: &str, parent: &str, shape: &str| {
        format!(
            r#"{{"type":"Feature","properties":{{"code":"{code}","name":"n{code}",
            "parent":"{parent}"}},"geometry":{shape}}}"#
        )
    };
    let all = [
        one("91101", "", &box_of(31.0, 121.0, 31.02, 121.02)),
        one("91102", "", &box_of(31.0, 121.02, 31.02, 121.04)),
        one("91103", "911", &box_of(31.0, 121.04, 31.02, 121.06)),
        one("9110301", "91103", "null"),
    ];
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, all.join(","))
}

/// The ground before: one grid drawn by hand. Gives the import.
fn imported(world: &World) -> Id {
    found_small(world);
    draw(world, "91101", box_of(31.0, 121.0, 31.02, 121.01)).unwrap();
    import_at(world, "9", &file()).unwrap().import.unwrap()
}

/// All that is kept of the ground, but for how often it was written and sealed.
fn ground_tables(world: &World) -> Vec<String> {
    let rows = |table: &'static str| {
        let columns = schema::sealed(table).iter().filter(|column| **column != "version");
        let columns: Vec<&str> = columns.map(String::as_str).collect();
        let sql = format!("select {} from {table} order by id", columns.join(", "));
        world.read(move |tx| {
            tx.rows(&sql, &[], |row| {
                let cells = (0..columns.len()).map(|at| row.any(at));
                let cells: Result<Vec<_>, StoreError> = cells.collect();
                Ok(format!("{:?}", cells?))
            })
        })
    };
    ["boundary", "place_past", "place_descent", "place"].into_iter().flat_map(rows).collect()
}

#[test]
fn an_import_undone_leaves_the_ground_as_it_was() {
    both_engines(|world| {
        found_small(world);
        draw(world, "91101", box_of(31.0, 121.0, 31.02, 121.01)).unwrap();
        let before = ground_tables(world);
        let import = import_at(world, "9", &file()).unwrap().import.unwrap();
        assert_eq!(at(world, 31.01, 121.05).as_deref(), Some("91103"));
        assert_eq!(at(world, 31.01, 121.015).as_deref(), Some("91101"));
        assert_ne!(ground_tables(world), before);
        assert_eq!(undo(world, &import).unwrap(), Undone { removed: 2, redrawn: 2 });
        assert_eq!(ground_tables(world), before, "valid_from and valid_to among them");
        assert_eq!(at(world, 31.01, 121.05), None);
        assert_eq!(at(world, 31.01, 121.005).as_deref(), Some("91101"));
        assert_eq!(at(world, 31.01, 121.015), None, "the smaller boundary is in force again");
        assert_eq!(codes(undo(world, &import).unwrap_err()), ["import_undone"]);
        let again = import_at(world, "9", &file()).unwrap();
        assert_eq!((again.created, again.drawn), (2, 3), "the codes are free again");
        let district = &world.district;
        let key = record::signer(&district.config, &district.keys).unwrap().verifier();
        district.sequencer.drain_blocking(district.now()).unwrap();
        let report = record::audit::run(district.store(), &key, None, &[]).unwrap();
        assert!(report.findings.is_empty(), "{:?}", report.findings);
    });
}

#[test]
fn a_map_opened_before_an_import_is_stale_after_it_and_after_its_undo() {
    both_engines(|world| {
        found_small(world);
        let draws = |seen: i64| {
            let (place, shape) = (place(world, "91101").id, box_of(31.0, 121.0, 31.01, 121.01));
            world.perform(&Actor::operator(), DrawPlace { place, seen, shape }).map(drop)
        };
        let opened = place(world, "91101").version;
        let import = import_at(world, "9", &file()).unwrap().import.unwrap();
        assert_eq!(codes(draws(opened).unwrap_err()), ["changed_meanwhile"]);
        let opened = place(world, "91101").version;
        undo(world, &import).unwrap();
        assert_eq!(codes(draws(opened).unwrap_err()), ["changed_meanwhile"]);
        let opened = place(world, "91101").version;
        let same = import_at(world, "9", &file()).unwrap().import.unwrap();
        import_at(world, "9", &file()).unwrap();
        assert_eq!(place(world, "91101").version, opened + 1, "a file that changes nothing");
        undo(world, &same).unwrap();
        draws(place(world, "91101").version).unwrap();
    });
}

#[test]
fn a_map_opened_before_a_community_moved_is_stale_for_both_its_streets() {
    both_engines(|world| {
        found_small(world);
        let places = vec![new_place("92", STREET, Some("9")), new_place("93", STREET, Some("9"))];
        world.perform(&Actor::operator(), CreatePlaces { under: None, places }).unwrap();
        let wide = |west: f64, east: f64| box_of(31.0, west, 31.04, east);
        draw(world, "91", wide(121.0, 121.04)).unwrap();
        draw(world, "911", wide(121.0, 121.02)).unwrap();
        draw(world, "92", wide(121.04, 121.08)).unwrap();
        let opened = || ["91", "92", "93"].map(|code| place(world, code));
        // What now stands is drawn again, from the page that was opened before.
        let stale = |opened: &Place| {
            let (id, code) = (opened.id.clone(), &opened.code);
            let stands = world.read(move |tx| store::outline(tx, &id));
            let shape = stands.map_or_else(|| wide(121.2, 121.22), |(_, shape)| shape);
            let act = DrawPlace { place: opened.id.clone(), seen: opened.version, shape };
            let failure = world.perform(&Actor::operator(), act).unwrap_err();
            assert_eq!(codes(failure), ["changed_meanwhile"], "{code}");
        };
        let moves = |to: &str| {
            let Place { id: place, version: seen, .. } = place(world, "911");
            let act = MovePlace { place, seen, to: to.to_owned(), hanging: nothing, remits: LAMPS };
            world.perform(&Actor::operator(), act).unwrap();
        };
        let [from, to, undrawn] = opened();
        moves("92");
        stale(&from);
        stale(&to);
        assert_eq!(place(world, "93").version, undrawn.version);
        let [_, from, to] = opened();
        moves("93");
        stale(&from);
        assert_eq!(place(world, "93").version, to.version, "a street without a boundary gets none");
        draw(world, "93", wide(121.0, 121.02)).unwrap();
        let [to, _, from] = opened();
        // All the ground of the street goes: its boundary ends.
        moves("91");
        stale(&from);
        stale(&to);
        assert!(world.read(move |tx| store::outline(tx, &from.id)).is_none());
    });
}

#[test]
fn an_import_of_the_most_features_fits_one_leaf_and_so_does_its_undo() {
    both_engines(|world| {
        found_small(world);
        let most = import::MOST_FEATURES;
        let file = |width: f64| {
            let one = |n: usize| {
                let (row, column) = ((n / 20) as f64 / 100.0, (n % 20) as f64 / 100.0);
                let (south, west) = (31.1 + row, 121.1 + column);
                let shape = box_of(south, west, south + 0.009, west + width);
                format!(
                    r#"{{"type":"Feature","properties":{{"code":"99010100100{n:03}","name":"n{n}",
                    "parent":"911"}},"geometry":{shape}}}"#
                )
            };
            let all: Vec<String> = (0..most).map(one).collect();
            format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, all.join(","))
        };
        let first = import_at(world, "9", &file(0.009)).unwrap();
        assert_eq!((first.created, first.drawn), (most, most));
        let second = import_at(world, "9", &file(0.008)).unwrap();
        assert_eq!((second.created, second.drawn), (0, most));
        for import in [second.import, first.import] {
            undo(world, &import.unwrap()).unwrap();
        }
        let longest = "select cast(max(length(body)) as bigint) from leaf";
        let longest = world.read(move |tx| tx.count(longest, &[]));
        assert!(longest > 60_000, "the test does not come near the limit: {longest}");
    });
}

#[test]
fn an_import_that_was_built_on_stays() {
    both_engines(|world| {
        let import = imported(world);
        let stays = |code: &str| {
            let before = world.read(contents);
            assert_eq!(codes(undo(world, &import).unwrap_err()), [code]);
            assert_eq!(world.read(contents), before, "{code}");
        };
        let id = |code: &str| place(world, code).id;
        let address =
            NewAddress { text: "新路1号".to_owned(), place: "9110301".to_owned(), point: None };
        let within = id("9");
        let act = ImportAddresses { within, addresses: vec![address] };
        world.perform(&Actor::operator(), act).unwrap();
        stays("undo_addresses");
    });
    both_engines(|world| {
        let import = imported(world);
        draw(world, "91102", box_of(31.0, 121.02, 31.02, 121.03)).unwrap();
        assert_eq!(codes(undo(world, &import).unwrap_err()), ["undo_redrawn"]);
    });
    both_engines(|world| {
        let import = imported(world);
        draw(world, "91103", box_of(31.0, 121.04, 31.02, 121.05)).unwrap();
        assert_eq!(codes(undo(world, &import).unwrap_err()), ["undo_redrawn"]);
    });
    both_engines(|world| {
        let import = imported(world);
        let Place { id: place, version: seen, level, .. } = place(world, "9110301");
        let (code, name) = ("9110301".to_owned(), "另一个名字".to_owned());
        world.perform(&Actor::operator(), ChangePlace { place, seen, code, level, name }).unwrap();
        assert_eq!(codes(undo(world, &import).unwrap_err()), ["undo_changed"]);
    });
    both_engines(|world| {
        let import = imported(world);
        let under = Some(place(world, "9").id);
        let places = vec![new_place("9110302", "grid", Some("91103"))];
        world.perform(&Actor::operator(), CreatePlaces { under, places }).unwrap();
        assert_eq!(codes(undo(world, &import).unwrap_err()), ["place_not_empty"]);
    });
}

#[test]
fn an_import_stays_where_cases_or_people_hang_on_it() {
    fn at_the_deepest(path: &str) -> i64 {
        i64::from("/9/91/911/91103/9110301/".starts_with(path))
    }
    let cases: [(HangingOn, &str); 5] = [
        (
            |_, path, _| Ok(Hanging { open_cases: at_the_deepest(path), ..Hanging::default() }),
            "place_has_open_cases",
        ),
        (
            |_, path, _| Ok(Hanging { holders: at_the_deepest(path), ..Hanging::default() }),
            "place_has_holders",
        ),
        (
            |_, path, _| Ok(Hanging { bodies: at_the_deepest(path), ..Hanging::default() }),
            "place_has_bodies",
        ),
        (
            |_, path, _| Ok(Hanging { remits: at_the_deepest(path), ..Hanging::default() }),
            "place_has_remits",
        ),
        (
            |_, path, _| Ok(Hanging { past: at_the_deepest(path), ..Hanging::default() }),
            "undo_remembered",
        ),
    ];
    both_engines(|world| {
        let import = imported(world);
        let before = world.read(contents);
        for (hanging, code) in cases {
            let failure = undo_with(world, &import, hanging).unwrap_err();
            let Failure::Invalid(problems) = &failure else { panic!("{failure}") };
            let named = problems[0].params.iter().any(|(_, value)| value == "n9110301");
            assert!(named, "the deepest place is named: {problems:?}");
            assert_eq!(codes(failure), [code]);
        }
        assert_eq!(world.read(contents), before);
        undo(world, &import).unwrap();
    });
}

#[test]
fn a_boundary_of_before_must_still_fit() {
    both_engines(|world| {
        found_small(world);
        draw(world, "91101", box_of(31.0, 121.0, 31.02, 121.02)).unwrap();
        let smaller = collection(&[("91101", "", &box_of(31.0, 121.0, 31.02, 121.01))]);
        let import = import_at(world, "9", &smaller).unwrap().import.unwrap();
        draw(world, "91102", box_of(31.0, 121.01, 31.02, 121.03)).unwrap();
        let told = codes(undo(world, &import).unwrap_err());
        assert_eq!(told, ["undo_unfitting", "shape_overlaps"]);
        assert_eq!(at(world, 31.01, 121.015).as_deref(), Some("91102"));
    });
}

#[test]
fn an_import_is_undone_by_those_whose_duty_it_is_and_where_it_was_made() {
    both_engines(|world| {
        let import = imported(world);
        let undo = |actor: &Actor, within: &str| {
            let (within, import) = (place(world, within).id, import.clone());
            world.perform(actor, UndoImport { within, import, hanging: nothing }).map(drop)
        };
        let grid = staff("grid_worker", "/9/91/911/91101/", world.new_id());
        assert_eq!(codes(undo(&grid, "9").unwrap_err()), ["not_your_duty"]);
        let street = staff("street_supervisor", "/9/91/", world.new_id());
        assert_eq!(codes(undo(&street, "9").unwrap_err()), ["beyond_your_place"]);
        assert!(matches!(undo(&street, "91").unwrap_err(), Failure::Hidden));
        undo(&staff("system_admin", "/9/", world.new_id()), "9").unwrap();
    });
}

#[test]
fn a_street_does_not_draw_its_boundary_over_the_next_one() {
    both_engines(|world| {
        found_small(world);
        let under = Some(place(world, "9").id);
        let places = vec![new_place("92", STREET, Some("9"))];
        world.perform(&Actor::operator(), CreatePlaces { under, places }).unwrap();
        draw(world, "92", box_of(31.0, 121.1, 31.1, 121.2)).unwrap();
        let over = collection(&[("91", "", &box_of(31.0, 121.0, 31.1, 121.15))]);
        assert_eq!(codes(import_at(world, "91", &over).unwrap_err()), ["shape_overlaps"]);
        let theirs = collection(&[("92", "", &box_of(31.0, 121.1, 31.1, 121.15))]);
        assert_eq!(codes(import_at(world, "91", &theirs).unwrap_err()), ["import_beyond"]);
    });
}

#[test]
fn the_terminal_looks_at_a_file_takes_it_over_and_undoes_it() {
    both_engines(|world| {
        found_small(world);
        let path = world.dir().join("grids.geojson");
        std::fs::write(&path, file()).unwrap();
        let mut out = Vec::new();
        let mut import = |wgs84, adopt| {
            let (file, place, lang) = (path.as_path(), Some("9"), Lang::En);
            let wanted = command::Wanted { file, place, wgs84, adopt, lang };
            command::import(&world.district, &wanted, &mut out)
        };
        assert_eq!(codes(import(false, true).unwrap_err()), ["import_say_system"]);
        let before = ground_tables(world);
        assert_eq!(import(true, false).unwrap(), None);
        assert_eq!(ground_tables(world), before, "looking changes nothing");
        let id = import(true, true).unwrap().unwrap();
        assert!(command::is_import(&world.district, &id).unwrap());
        let told = String::from_utf8(out).unwrap();
        assert!(told.contains("n9110301 9110301: enter a new place"), "{told}");
        let mut out = Vec::new();
        command::take_back(&world.district, &id, nothing, Lang::En, &mut out).unwrap();
        let told = String::from_utf8(out).unwrap();
        assert!(told.contains("n9110301 9110301: removed"), "{told}");
        assert_eq!(ground_tables(world), before);
    });
}
