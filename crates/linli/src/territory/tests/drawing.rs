//! Who draws a boundary, and how it must fit.

use super::*;

#[test]
fn a_boundary_that_does_not_fit_is_refused_by_name() {
    both_engines(|world| {
        found_small(world);
        draw(world, "911", box_of(31.0, 121.0, 31.05, 121.05)).unwrap();
        draw(world, "91101", box_of(31.0, 121.0, 31.02, 121.02)).unwrap();
        let wrong = |shape: String| codes(draw(world, "91102", shape).unwrap_err());
        assert_eq!(wrong(box_of(31.0, 121.01, 31.02, 121.04)), ["shape_overlaps"]);
        assert_eq!(wrong(box_of(31.03, 121.03, 31.06, 121.05)), ["shape_outside"]);
        assert_eq!(wrong("{".into()), ["shape_not_geojson"]);
        assert_eq!(wrong(r#"{"type":"Point","coordinates":[121,31]}"#.into()), ["shape_not_area"]);
        assert_eq!(wrong(box_of(121.0, 31.0, 121.02, 31.02)), ["shape_swapped"]);
        assert_eq!(
            wrong(box_of(3_440_000.0, 440_000.0, 3_450_000.0, 450_000.0)),
            ["shape_not_degrees"]
        );
        let bow = "[[[121.0,31.0],[121.01,31.01],[121.01,31.0],[121.0,31.01],[121.0,31.0]]]";
        let bow = format!(r#"{{"type":"Polygon","coordinates":{bow}}}"#);
        assert_eq!(wrong(bow), ["shape_crossed"]);
        let gcj = box_of(31.0, 121.02, 31.02, 121.04).replacen(
            '{',
            r#"{"crs":{"properties":{"name":"GCJ-02"}},"#,
            1,
        );
        assert_eq!(wrong(gcj), ["shape_other_system"]);
        assert_eq!(at(world, 31.005, 121.03).as_deref(), Some("911"), "nothing was changed");
        draw(world, "91102", box_of(31.0, 121.02, 31.02, 121.04)).unwrap();
        let outer = codes(draw(world, "911", box_of(31.0, 121.0, 31.02, 121.03)).unwrap_err());
        assert_eq!(outer, ["shape_leaves_out"]);
    });
}

#[test]
fn who_may_not_draw_is_refused() {
    both_engines(|world| {
        found_small(world);
        let place = place(world, "91101").id;
        let shape = box_of(31.0, 121.0, 31.02, 121.02);
        let draw = || DrawPlace { place: place.clone(), seen: 1, shape: shape.clone() };
        let mine = staff("street_supervisor", "/9/91/", world.new_id());
        let other = staff("street_supervisor", "/9/92/", world.new_id());
        assert_eq!(codes(world.perform(&Actor::public(), draw()).unwrap_err()), ["not_your_duty"]);
        assert_eq!(codes(world.perform(&other, draw()).unwrap_err()), ["beyond_your_place"]);
        world.perform(&mine, draw()).unwrap();
        let create = || CreatePlaces {
            under: Some(super::place(world, "911").id),
            places: vec![new_place("921", COMMUNITY, Some("9"))],
        };
        assert_eq!(codes(world.perform(&mine, create()).unwrap_err()), ["not_your_duty"]);
        let admin = staff("system_admin", "/9/", world.new_id());
        assert_eq!(codes(world.perform(&admin, create()).unwrap_err()), ["beyond_your_place"]);
    });
}

#[test]
fn a_boundary_that_somebody_else_drew_meanwhile_is_not_drawn_over() {
    both_engines(|world| {
        found_small(world);
        let Place { id: place, version: seen, .. } = place(world, "91101");
        let left = box_of(31.0, 121.0, 31.02, 121.02);
        let draw = |seen, shape: &str| {
            let act = DrawPlace { place: place.clone(), seen, shape: shape.to_owned() };
            world.perform(&Actor::operator(), act)
        };
        let ground = world.read(store::version);
        draw(seen, &left).unwrap();
        let smaller = box_of(31.0, 121.0, 31.01, 121.01);
        assert_eq!(codes(draw(seen, &smaller).unwrap_err()), ["changed_meanwhile"]);
        assert_eq!(at(world, 31.015, 121.015).as_deref(), Some("91101"));
        let file = collection(&[("91101", "", &smaller)]);
        let features = import::features("file", &file).unwrap();
        let import = |seen| {
            let (within, features) = (super::place(world, "9").id, features.clone());
            let act = ImportBoundaries { within, seen: Some(seen), features, creates: false };
            world.perform(&Actor::operator(), act)
        };
        assert_eq!(codes(import(ground).unwrap_err()), ["changed_meanwhile"]);
        assert_eq!(at(world, 31.015, 121.015).as_deref(), Some("91101"));
        import(world.read(store::version)).unwrap();
        assert_eq!(at(world, 31.015, 121.015), None);
    });
}

#[test]
fn a_boundary_on_another_map_is_refused() {
    both_engines(|world| {
        found_small(world);
        let wrong = |code: &str, shape: String| codes(draw(world, code, shape).unwrap_err());
        assert_eq!(wrong("91101", box_of(0.0, 0.0, 0.01, 0.01)), ["shape_abroad"]);
        assert_eq!(wrong("91101", box_of(35.5, 135.9, 35.6, 136.1)), ["shape_abroad"]);
        draw(world, "91101", box_of(35.54, 106.68, 35.55, 106.69)).unwrap();
        // Pingliang is some 1,400 km from the demonstration's land.
        assert_eq!(wrong("91102", box_of(31.23, 121.49, 31.24, 121.5)), ["shape_far"]);
        assert_eq!(wrong("9", box_of(31.0, 121.0, 31.5, 121.6)), ["shape_far"]);
        draw(world, "91102", box_of(35.54, 106.69, 35.55, 106.7)).unwrap();
        let file = |shapes: &[(&str, &str, &str)]| import_at(world, "9", &collection(shapes));
        let (west, east) =
            (box_of(31.23, 121.48, 31.24, 121.49), box_of(31.23, 121.49, 31.24, 121.5));
        let told = codes(file(&[("91102", "", &east)]).unwrap_err());
        assert_eq!(told, ["shape_far"]);
        let abroad = box_of(0.0, 0.0, 0.01, 0.01);
        let told = codes(file(&[("91102", "", &abroad)]).unwrap_err());
        assert_eq!(told, ["shape_abroad"]);
        // All that was drawn on a wrong map is brought anew in one file.
        file(&[("91101", "", &west), ("91102", "", &east)]).unwrap();
        // A file for one street is held against what is drawn in the others.
        let (under, places) = (place(world, "9").id, vec![new_place("92", STREET, Some("9"))]);
        let street = CreatePlaces { under: Some(under), places };
        world.perform(&Actor::operator(), street).unwrap();
        let street = collection(&[("92", "", &box_of(35.54, 106.68, 35.55, 106.69))]);
        assert_eq!(codes(import_at(world, "92", &street).unwrap_err()), ["shape_far"]);
    });
}
