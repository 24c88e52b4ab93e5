//! What a place is, and which one a point falls to.

use super::*;
use crate::territory::acts::{ChangePlace, ClosePlace, ImportAddresses, MovePlace};

const PLACES_FILE: &str = include_str!("../../../data/demo/places.geojson");
const ADDRESSES_FILE: &str = include_str!("../../../data/demo/addresses.tsv");

#[test]
fn kongtong_is_founded_from_the_shipped_table() {
    both_engines(|world| {
        assert_eq!(found::found(world.door(), "620802").unwrap(), 299);
        let all = world.read(|tx| store::under(tx, "/620802/"));
        let count = |level: &str| all.iter().filter(|p| p.level == level).count();
        assert_eq!((count(DISTRICT), count(STREET), count(COMMUNITY)), (1, 21, 277));
        assert_eq!(all[0].name, "崆峒区");
        let first = all.iter().find(|p| p.code == "620802001").unwrap();
        assert_eq!(first.path, "/620802/620802001/");
        let up = world.read(|tx| ancestors(tx, "/620802/620802001/620802001001/"));
        assert_eq!(up.len(), 3);
        let failure = found::found(world.door(), "620802").unwrap_err();
        assert_eq!(codes(failure), ["code_used"]);
        assert_eq!(codes(found::found(world.door(), "629999").unwrap_err()), ["division_unknown"]);
    });
}

#[test]
fn a_point_falls_to_its_grid_and_else_to_the_smallest_place() {
    both_engines(|world| {
        found_small(world);
        assert_eq!(at(world, 31.005, 121.005), None);
        draw(world, "91", box_of(31.0, 121.0, 31.1, 121.1)).unwrap();
        assert_eq!(at(world, 31.005, 121.005).as_deref(), Some("91"));
        draw(world, "911", box_of(31.0, 121.0, 31.05, 121.05)).unwrap();
        draw(world, "91101", box_of(31.0, 121.0, 31.02, 121.02)).unwrap();
        assert_eq!(at(world, 31.005, 121.005).as_deref(), Some("91101"));
        assert_eq!(at(world, 31.03, 121.03).as_deref(), Some("911"));
        assert_eq!(at(world, 31.09, 121.09).as_deref(), Some("91"));
        assert_eq!(at(world, 30.0, 121.0), None);
        let (a, b) = (place(world, "91101"), place(world, "9"));
        let district = std::sync::Arc::clone(&world.district);
        let names = world.read(move |tx| {
            Ok((name_of_path(&district, tx, &a.path)?, name_of_path(&district, tx, &b.path)?))
        });
        assert_eq!(names, ("street91·community911·grid91101".into(), "district9".into()));
    });
}

#[test]
fn a_place_stays_the_same_place_under_a_new_name() {
    both_engines(|world| {
        found_small(world);
        let before = place(world, "911");
        let id = before.id.clone();
        let change = |seen, code: &str| ChangePlace {
            place: id.clone(),
            seen,
            code: code.to_owned(),
            level: "工行委".to_owned(),
            name: "新桥社区".to_owned(),
        };
        world.perform(&Actor::operator(), change(1, "911-L")).unwrap();
        let after = place(world, "911-L");
        assert_eq!((&after.id, &after.path), (&id, &before.path));
        let past = world.read(move |tx| store::past(tx, &before.id));
        assert_eq!(past.len(), 1);
        assert_eq!((past[0].code.as_str(), past[0].name.as_str()), ("911", "community911"));
        assert_eq!((after.level.as_str(), after.name.as_str()), ("工行委", "新桥社区"));
        let failure = world.perform(&Actor::operator(), change(1, "911-M")).unwrap_err();
        assert_eq!(codes(failure), ["changed_meanwhile"]);
        let failure = world.perform(&Actor::operator(), change(2, "91")).unwrap_err();
        assert_eq!(codes(failure), ["code_used"]);
        assert_eq!(place(world, "911").code, "911-L", "the code of before leads there");
        let mut same = change(2, "911-L");
        let failure = world.perform(&Actor::operator(), same.clone()).unwrap_err();
        assert_eq!(codes(failure), ["nothing_changed"]);
        same.name = "北桥社区".to_owned();
        world.perform(&Actor::operator(), same).unwrap();
        let now = place(world, "911-L");
        let told = world.read(move |tx| view::history(tx, &now, crate::words::Lang::Zh));
        let told: Vec<String> = told.into_iter().map(|event| event.words).collect();
        assert_eq!(
            told,
            [
                "设立，名为“community911”",
                "由“community911”变更为“新桥社区”",
                "代码由 911 变更为 911-L",
                "层级由“社区（村）”变更为“工行委”",
                "由“新桥社区”变更为“北桥社区”",
            ]
        );
    });
}

#[test]
fn a_place_does_not_move_onto_the_path_of_another() {
    both_engines(|world| {
        found_small(world);
        let Place { id, version: seen, .. } = place(world, "911");
        let (code, level) = ("911-L".to_owned(), COMMUNITY.to_owned());
        let name = "北桥社区".to_owned();
        let change = ChangePlace { place: id.clone(), seen, code, level, name };
        world.perform(&Actor::operator(), change).unwrap();
        let under = Some(place(world, "9").id);
        let places =
            vec![new_place("92", STREET, Some("9")), new_place("911", COMMUNITY, Some("92"))];
        world.perform(&Actor::operator(), CreatePlaces { under, places }).unwrap();
        let (to, hanging) = ("92".to_owned(), |_: &ReadTx<'_>, _: &str, _| Ok(Hanging::default()));
        let move_on = || MovePlace {
            place: id.clone(),
            seen: seen + 1,
            to: to.clone(),
            hanging,
            remits: LAMPS,
        };
        let failure = world.perform(&Actor::operator(), move_on()).unwrap_err();
        assert_eq!(codes(failure), ["code_used"]);
        assert!(place(world, "911-L").path.starts_with("/9/91/"), "nothing was moved");
        // One that was closed there leaves its path to nobody else.
        let Place { id: closed, version: seen, .. } = place(world, "911");
        let close = ClosePlace { place: closed, seen, hanging };
        world.perform(&Actor::operator(), close).unwrap();
        let failure = world.perform(&Actor::operator(), move_on()).unwrap_err();
        assert_eq!(codes(failure), ["code_used"]);
    });
}

#[test]
fn the_demo_district_stands_on_its_map() {
    both_engines(|world| {
        found::seed_demo(world.door(), PLACES_FILE, ADDRESSES_FILE).unwrap();
        let all = world.read(|tx| store::under(tx, "/990101/"));
        let count = |level: &str| all.iter().filter(|p| p.level == level).count();
        assert_eq!((count(DISTRICT), count(STREET), count(COMMUNITY)), (1, 2, 6));
        assert!(count(GRID) > 10);
        let addresses = found::read_addresses(ADDRESSES_FILE).unwrap();
        for address in &addresses {
            let point = address.point.unwrap();
            let found = at(world, point.lat_e7 as f64 / 1e7, point.lng_e7 as f64 / 1e7);
            assert_eq!(found.as_deref(), Some(address.place.as_str()), "{}", address.text);
        }
        let matching = |q: &str| {
            let q = q.to_owned();
            world.read(move |tx| store::addresses_matching(tx, "/990101/", &q, 100)).len()
        };
        assert_eq!(matching("梧桐里1号楼"), 1);
        assert_eq!(matching("wcl20hwtl1hl"), 1);
        assert_eq!(matching("WangChaoLu20"), 1);
        assert!(matching("1号楼") > 10);
        assert_eq!((matching("%"), matching("' or 1=1"), matching("没有这里")), (0, 0, 0));
        let again = ImportAddresses { within: all[0].id.clone(), addresses: addresses.clone() };
        assert_eq!(world.perform(&Actor::operator(), again).unwrap().outcome, 0);
    });
}
