//! Grids split and merged.

use proptest::prelude::*;

use super::*;
use crate::params;
use crate::territory::acts::{
    ClosePlace, ImportAddresses, MergeGrids, NewAddress, Part, SplitGrid,
};

fn nobody(_: &ReadTx<'_>, _: &str, _: Instant) -> Result<Vec<view::Posted>, StoreError> {
    Ok(Vec::new())
}

fn stays(_: &mut Acting<'_, '_>, _: &Id, _: &Place, _: i64) -> Done<bool> {
    Ok(false)
}

fn nothing(_: &ReadTx<'_>, _: &str, _: Instant) -> Result<Hanging, StoreError> {
    Ok(Hanging::default())
}

fn area(world: &World, code: &str) -> Area {
    let id = place(world, code).id;
    let text = world.read(move |tx| store::last_outline(tx, &id)).unwrap();
    Area::parse(&text).unwrap()
}

fn split(world: &World, code: &str, knife: &str, new: [&str; 2]) -> Done<Vec<Id>> {
    let old = place(world, code);
    let knife = rules::Knife::parse(knife).unwrap();
    let (a, b) = rules::cut(&area(world, code), &knife).unwrap();
    let part = |code: &str, area: &Area| Part {
        code: code.to_owned(),
        name: format!("新{code}"),
        shape: Some(area.geojson()),
    };
    let parts = vec![part(new[0], &a), part(new[1], &b)];
    let (grid, seen, goes) = (old.id, old.version, Vec::new());
    let act =
        SplitGrid { grid, seen, parts, heir: 0, goes, posts: nobody, put: stays, hanging: nothing };
    Ok(world.perform(&Actor::operator(), act)?.outcome)
}

#[test]
fn a_split_and_a_merge_keep_the_ground_and_the_history() {
    both_engines(|world| {
        found_small(world);
        draw(world, "91101", box_of(31.0, 121.0, 31.02, 121.02)).unwrap();
        let whole = area(world, "91101");
        let line = r#"{"type":"LineString","coordinates":[[121.01,30.99],[121.011,31.03]]}"#;
        let ids = split(world, "91101", line, ["91103", "91104"]).unwrap();
        let (east, west) = (area(world, "91103"), area(world, "91104"));
        let sum = east.square_metres() + west.square_metres();
        assert!((whole.square_metres() - sum).abs() <= 2, "{sum}");
        let old = place(world, "91101");
        assert!(!old.stands());
        let came = |id: Id| {
            world.read(move |tx| Ok((successors(tx, &id)?.len(), predecessors(tx, &id)?.len())))
        };
        assert_eq!(came(old.id.clone()), (2, 0));
        assert_eq!(came(ids[0].clone()), (0, 1));
        assert_eq!(at(world, 31.005, 121.015).as_deref(), Some("91103"));
        assert_eq!(at(world, 31.005, 121.005).as_deref(), Some("91104"));
        let seen = |code: &str| (place(world, code).id, place(world, code).version);
        let merge = |grids: Vec<(Id, i64)>| MergeGrids {
            parent: place(world, "911").id,
            grids,
            code: "91105".to_owned(),
            name: "合并".to_owned(),
            remits_seen: "lamps".to_owned(),
            posts: nobody,
            hanging: nothing,
            remits: LAMPS,
        };
        let undrawn = merge(vec![seen("91103"), seen("91102")]);
        let failure = world.perform(&Actor::operator(), undrawn).unwrap_err();
        assert_eq!(codes(failure), ["grid_not_drawn"]);
        let one = merge(vec![seen("91103")]);
        assert_eq!(codes(world.perform(&Actor::operator(), one).unwrap_err()), ["merge_count"]);
        let both = merge(vec![seen("91103"), seen("91104")]);
        let id = world.perform(&Actor::operator(), both).unwrap().outcome;
        assert_eq!(came(id), (0, 2));
        assert!((area(world, "91105").square_metres() - whole.square_metres()).abs() <= 2);
        let district = std::sync::Arc::clone(&world.district);
        let path = place(world, "91101").path;
        let name = world.read(move |tx| name_of_path(&district, tx, &path));
        assert!(name.ends_with("grid91101"), "an old case still finds its grid: {name}");
        assert_eq!(
            codes(split(world, "91101", line, ["91106", "91107"]).unwrap_err()),
            ["place_ended"]
        );
    });
}

#[test]
fn a_split_with_a_gap_an_overlap_or_a_used_code_is_refused() {
    both_engines(|world| {
        found_small(world);
        draw(world, "91101", box_of(31.0, 121.0, 31.02, 121.02)).unwrap();
        let old = place(world, "91101");
        let part = |code: &str, shape: String| Part {
            code: code.to_owned(),
            name: code.to_owned(),
            shape: Some(shape),
        };
        let try_parts = |parts: Vec<Part>| {
            let act = SplitGrid {
                grid: old.id.clone(),
                seen: old.version,
                parts,
                heir: 0,
                goes: Vec::new(),
                posts: nobody,
                put: stays,
                hanging: nothing,
            };
            codes(world.perform(&Actor::operator(), act).unwrap_err())
        };
        let west = || part("a1", box_of(31.0, 121.0, 31.02, 121.01));
        let gap = part("a2", box_of(31.0, 121.012, 31.02, 121.02));
        assert_eq!(try_parts(vec![west(), gap]), ["split_gap"]);
        let over = part("a2", box_of(31.0, 121.005, 31.02, 121.02));
        assert_eq!(try_parts(vec![west(), over]), ["shape_overlaps"]);
        let beyond = part("a2", box_of(31.0, 121.01, 31.02, 121.03));
        assert_eq!(try_parts(vec![west(), beyond]), ["shape_outside"]);
        let used = part("91102", box_of(31.0, 121.01, 31.02, 121.02));
        assert_eq!(try_parts(vec![west(), used]), ["code_used"]);
        assert_eq!(try_parts(vec![west()]), ["split_parts"]);
        assert!(place(world, "91101").stands(), "nothing was changed");
        assert_eq!(at(world, 31.005, 121.005).as_deref(), Some("91101"));
    });
}

fn a_body(_: &ReadTx<'_>, path: &str, _: Instant) -> Result<Hanging, StoreError> {
    let bodies = i64::from("/9/91/911/91101/".starts_with(path));
    Ok(Hanging { bodies, ..Hanging::default() })
}

#[test]
fn a_place_with_a_body_is_neither_split_nor_merged_and_one_with_a_remit_not_split() {
    both_engines(|world| {
        found_small(world);
        let (one, two) = (place(world, "91101"), place(world, "91102"));
        let undrawn =
            |code: &str| Part { code: code.to_owned(), name: code.to_owned(), shape: None };
        let split = |grid: &Place, hanging: HangingOn| SplitGrid {
            grid: grid.id.clone(),
            seen: grid.version,
            parts: vec![undrawn(&format!("{}a", grid.code)), undrawn(&format!("{}b", grid.code))],
            heir: 0,
            goes: Vec::new(),
            posts: nobody,
            put: stays,
            hanging,
        };
        let refused = world.perform(&Actor::operator(), split(&one, a_body)).unwrap_err();
        assert_eq!(codes(refused), ["place_has_bodies"]);
        let a_remit: HangingOn = |_, _, _| Ok(Hanging { remits: 1, ..Hanging::default() });
        let refused = world.perform(&Actor::operator(), split(&one, a_remit)).unwrap_err();
        assert_eq!(codes(refused), ["place_has_remits"]);
        let merge = MergeGrids {
            parent: place(world, "911").id,
            grids: vec![(two.id.clone(), two.version), (one.id.clone(), one.version)],
            code: "91105".to_owned(),
            name: "合并".to_owned(),
            remits_seen: "lamps".to_owned(),
            posts: nobody,
            hanging: a_body,
            remits: LAMPS,
        };
        let refused = world.perform(&Actor::operator(), merge).unwrap_err();
        assert_eq!(codes(refused), ["place_has_bodies"]);
        assert!(place(world, "91101").stands() && place(world, "91102").stands());
        world.perform(&Actor::operator(), split(&two, a_body)).unwrap();
    });
}

#[test]
fn an_address_of_a_grid_that_was_split_without_a_map_goes_with_its_heir() {
    both_engines(|world| {
        found_small(world);
        let new = |text: &str| NewAddress {
            text: text.to_owned(),
            place: "91101".to_owned(),
            point: None,
        };
        let addresses = vec![new("1号院a3栋"), new("A3栋")];
        let act = ImportAddresses { within: place(world, "9").id, addresses };
        world.perform(&Actor::operator(), act).unwrap();
        let offered = || {
            let district = std::sync::Arc::clone(&world.district);
            let all = world.read(move |tx| Ok(offers(&district, tx, "A3栋").unwrap()));
            all.into_iter().map(|one| (one.text, one.code)).collect::<Vec<_>>()
        };
        let told = |code: &str| ["A3栋", "1号院a3栋"].map(|text| (text.into(), code.into()));
        assert_eq!(offered(), told("91101"), "what begins so comes first on either engine");
        let old = place(world, "91101");
        let part = |code: &str| Part { code: code.to_owned(), name: code.to_owned(), shape: None };
        let (parts, goes) = (vec![part("91103"), part("91104")], Vec::new());
        let (grid, seen) = (old.id, old.version);
        let act = SplitGrid {
            grid,
            seen,
            parts,
            heir: 1,
            goes,
            posts: nobody,
            put: stays,
            hanging: nothing,
        };
        world.perform(&Actor::operator(), act).unwrap();
        assert_eq!(offered(), told("91104"));
        let last = place(world, "91104");
        let (place, seen) = (last.id, last.version);
        let close = ClosePlace { place, seen, hanging: nothing };
        world.perform(&Actor::operator(), close).unwrap();
        assert_eq!(offered(), told("91103"), "the other part is left to take it");
    });
}

#[test]
fn an_address_of_a_grid_that_is_closed_does_not_make_another_doubtful() {
    both_engines(|world| {
        found_small(world);
        let new = |grid: &str| NewAddress {
            text: "北桥路1号".to_owned(),
            place: grid.to_owned(),
            point: None,
        };
        let act = ImportAddresses {
            within: place(world, "9").id,
            addresses: vec![new("91101"), new("91102")],
        };
        world.perform(&Actor::operator(), act).unwrap();
        let known = || {
            let district = std::sync::Arc::clone(&world.district);
            let found = world.read(move |tx| Ok(known(&district, tx, "北桥路1号").unwrap()));
            found.map(|one| one.code)
        };
        assert_eq!(known(), None, "nobody can say which of the two");
        let close = |code: &str| {
            let Place { id: place, version: seen, .. } = place(world, code);
            let act = ClosePlace { place, seen, hanging: nothing };
            world.perform(&Actor::operator(), act).unwrap();
        };
        close("91101");
        assert_eq!(known().as_deref(), Some("91102"));
        close("91102");
        assert_eq!(known(), None, "it lies in no grid any more");
    });
}

#[test]
fn an_address_is_found_by_its_text_without_reading_the_whole_table() {
    both_engines(|world| {
        if world.district.store().engine_name() != "sqlite" {
            return;
        }
        let asked = "explain query plan select id from address where text = $1 order by id";
        let plan = world.read(|tx| tx.rows(asked, params!["北桥路1号"], |row| row.get(3)));
        let plan: Vec<String> = plan;
        assert!(plan.iter().all(|step| step.contains("address_by_text")), "{plan:?}");
    });
}

proptest! {
    #[test]
    fn cutting_loses_no_ground(
        a in (-20_000_i64..120_000, -20_000_i64..120_000),
        b in (-20_000_i64..120_000, -20_000_i64..120_000),
    ) {
        let whole = Area::parse(&box_of(31.0, 121.0, 31.01, 121.01)).unwrap();
        let point = |(y, x): (i64, i64)| Point::new(310_000_000 + y, 1_210_000_000 + x);
        prop_assume!(a != b);
        let knife = rules::Knife::Line(vec![point(a), point(b)]);
        if let Some((one, two)) = rules::cut(&whole, &knife) {
            // Exactly, but for the rounding of the new corners to a centimetre.
            let lost = whole.twice_extent() - one.twice_extent() - two.twice_extent();
            prop_assert!(lost.abs() <= 2, "{lost} lost");
            prop_assert_eq!(rules::overlap(&one, &two), 0);
        }
    }
}
