//! Files of boundaries, right and wrong.

use proptest::prelude::*;

use super::*;
use crate::act::DutyBook;
use crate::disclosure::NewDuty;
use crate::disclosure::acts::change::ChangeDuties;
use crate::disclosure::rules::Change;

#[test]
fn an_import_tells_what_is_wrong_with_each_feature_and_is_all_or_nothing() {
    both_engines(|world| {
        found_small(world);
        let within = place(world, "911");
        let (left, right) =
            (box_of(31.0, 121.0, 31.02, 121.02), box_of(31.0, 121.01, 31.02, 121.04));
        let look = |text: &str| {
            let (features, within) = (import::features("file", text).unwrap(), within.clone());
            let dry = features.clone();
            let plan = world
                .door()
                .store
                .read_blocking(move |tx| import::plan(tx, &within, &dry))
                .unwrap();
            (plan, features)
        };
        let wrong: Vec<(usize, Vec<&str>)> = look(&collection(&[
            ("", "grid91101", &left),
            ("91102", "", &right),
            ("91102", "", &left),
            ("", "nowhere", &left),
            ("x-9", "orphan", &left),
            ("9", "", &left),
            ("", "grid91102", r#"{"type":"Point","coordinates":[121,31]}"#),
        ]))
        .0
        .rows
        .iter()
        .map(|row| (row.number, row.problems.iter().map(|p| p.code).collect()))
        .collect();
        let of = |number: usize| wrong.iter().find(|(n, _)| *n == number).unwrap().1.clone();
        assert_eq!(of(3)[0], "import_twice");
        assert_eq!(of(4), ["import_unknown"]);
        assert_eq!(of(5), ["import_no_parent"]);
        assert_eq!(of(6), ["import_beyond"]);
        assert_eq!(of(7)[0], "shape_not_area");
        let (plan, features) = look(&collection(&[("91101", "", &left), ("91102", "", &right)]));
        assert!(!plan.is_right());
        let act = |features| ImportBoundaries {
            within: within.id.clone(),
            seen: None,
            features,
            creates: false,
        };
        let failure = world.perform(&Actor::operator(), act(features)).unwrap_err();
        assert_eq!(codes(failure), ["shape_overlaps", "shape_overlaps"]);
        assert_eq!(at(world, 31.005, 121.005), None, "nothing was taken");
        let east = box_of(31.0, 121.02, 31.02, 121.04);
        let (plan, features) = look(&collection(&[("91101", "", &left), ("91102", "", &east)]));
        assert!(plan.is_right() && !plan.creates());
        let done = world.perform(&Actor::operator(), act(features.clone())).unwrap().outcome;
        assert_eq!((done.created, done.drawn, done.unchanged), (0, 2, 0));
        let done = world.perform(&Actor::operator(), act(features)).unwrap().outcome;
        assert_eq!((done.created, done.drawn, done.unchanged), (0, 0, 2));
        assert_eq!(at(world, 31.005, 121.03).as_deref(), Some("91102"));
    });
}

#[test]
fn a_feature_whose_code_or_path_is_taken_is_told_when_it_is_looked_at() {
    both_engines(|world| {
        found_small(world);
        let Place { id, version: seen, .. } = place(world, "91102");
        let hanging = |_: &ReadTx<'_>, _: &str, _| Ok(Hanging::default());
        let close = super::acts::ClosePlace { place: id, seen, hanging };
        world.perform(&Actor::operator(), close).unwrap();
        let under = Some(place(world, "9").id);
        let places = vec![new_place("92", STREET, Some("9")), new_place("K", GRID, Some("92"))];
        world.perform(&Actor::operator(), CreatePlaces { under, places }).unwrap();
        let new = |code: &str, parent: &str| import::Feature {
            code: code.to_owned(),
            name: format!("新{code}"),
            parent: parent.to_owned(),
            ..import::Feature::default()
        };
        let look = |within: &str, features: Vec<import::Feature>| -> Vec<Vec<&'static str>> {
            let within = place(world, within);
            let plan = move |tx: &ReadTx<'_>| import::plan(tx, &within, &features);
            let mut plan = world.door().store.read_blocking(plan).unwrap();
            plan.rows.sort_by_key(|row| row.number);
            let codes = |row: import::PlanRow| row.problems.into_iter().map(|p| p.code).collect();
            plan.rows.into_iter().map(codes).collect()
        };
        let used = || vec!["code_used"];
        assert_eq!(look("911", vec![new("91102", "911")]), [used()], "its path was used");
        assert_eq!(look("911", vec![new("K", "911")]), [used()], "another has its code");
        let twice = vec![new("T", "911"), new("T", "92")];
        assert_eq!(look("9", twice), [Vec::new(), used()], "one code under two");
        assert_eq!(look("911", vec![new("91103", "911")]), [Vec::<&str>::new()]);
    });
}

/// A clerk who may enter places, and may not draw those that are there.
fn clerk_who_enters(world: &World) -> Actor {
    let duty = NewDuty {
        post_kind: "community_clerk".to_owned(),
        act: "place.create".to_owned(),
        scope: "my_place_and_below".to_owned(),
        ground: "社区工作职责清单（示例）第99项".to_owned(),
    };
    let seen = world.read(|tx| Ok(DutyBook::default().current(tx)?.version));
    let processes = world.district.processes.clone();
    let change = Change { added: vec![duty], ..Change::default() };
    let keeper = staff("security_admin", "/9/", Id::derived("security"));
    world.perform(&keeper, ChangeDuties { seen, change, processes }).unwrap();
    staff("community_clerk", "/9/91/911/", Id::derived("clerk"))
}

#[test]
fn a_file_with_new_places_redraws_others_only_for_who_may_draw() {
    both_engines(|world| {
        found_small(world);
        let clerk = clerk_who_enters(world);
        let (left, right) =
            (box_of(31.0, 121.0, 31.02, 121.02), box_of(31.0, 121.02, 31.02, 121.04));
        let act = |features: &[(&str, &str, &str)]| ImportBoundaries {
            within: place(world, "911").id,
            seen: None,
            features: import::features("file", &collection(features)).unwrap(),
            creates: true,
        };
        let mut new = act(&[("91103", "第三网格", &right)]);
        new.features[0].parent = "911".to_owned();
        let mut both = act(&[("91103", "第三网格", &right), ("91101", "", &left)]);
        both.features[0].parent = "911".to_owned();
        let refused = world.perform(&clerk, both).unwrap_err();
        assert_eq!(codes(refused), ["not_your_duty"]);
        assert_eq!(at(world, 31.005, 121.005), None, "nothing was drawn");
        assert_eq!(world.perform(&clerk, new).unwrap().outcome.created, 1);
    });
}

#[test]
fn files_that_are_no_boundaries_are_told_apart() {
    let code = |text: &str| import::features("file", text).unwrap_err().code;
    assert_eq!(code(""), "shape_not_geojson");
    assert_eq!(code("[1,2]"), "import_not_features");
    assert_eq!(code(r#"{"type":"FeatureCollection","features":[]}"#), "import_empty");
    assert_eq!(code(&"x".repeat(import::MOST_BYTES + 1)), "file_too_big");
    let many = collection(&vec![("1", "a", "null"); import::MOST_FEATURES + 1]);
    assert_eq!(code(&many), "import_too_many");
    assert_eq!(code(&"[".repeat(10_000)), "shape_not_geojson");
    let other = r#"{"type":"FeatureCollection","crs":{"properties":{"name":"EPSG:4490"}},
        "features":[]}"#;
    assert_eq!(code(other), "shape_other_system");
}

proptest! {
    #[test]
    fn no_text_breaks_the_readers(
        text in "\\PC{0,60}",
        numbers in prop::collection::vec(-400.0..400.0_f64, 0..12),
    ) {
        let _ = Area::parse(&text);
        let _ = rules::Knife::parse(&text);
        let _ = import::features("file", &text);
        let pairs: Vec<String> =
            numbers.chunks(2).map(|pair| format!("{pair:?}")).collect();
        for kind in ["Polygon", "LineString", "MultiPolygon"] {
            let ring = pairs.join(",");
            let (one, two, three) =
                (format!("[{ring}]"), format!("[[{ring}]]"), format!("[[[{ring}]]]"));
            for coordinates in [one, two, three] {
                let shape = format!(r#"{{"type":"{kind}","coordinates":{coordinates}}}"#);
                if let Ok(area) = Area::parse(&shape) {
                    prop_assert_eq!(Area::parse(&area.geojson()), Ok(area));
                }
                let _ = rules::Knife::parse(&shape);
            }
        }
    }
}
