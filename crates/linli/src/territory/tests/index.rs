//! The index from a point to its place.

use std::time::Instant;

use geo::{Contains as _, Coord};
use proptest::prelude::*;

use super::*;

/// A patchwork of cells whose corners are shaken, so that no two of them are alike.
fn patchwork(shake: &[(i64, i64)], side: usize) -> Vec<(Id, Area)> {
    let corner = |row: usize, col: usize| {
        let (dx, dy) = shake[(row * (side + 1) + col) % shake.len()];
        let (lat, lng) = (310_000_000 + row as i64 * 10_000, 1_210_000_000 + col as i64 * 10_000);
        format!("[{},{}]", Point::degrees(lng + dx), Point::degrees(lat + dy))
    };
    let mut out = Vec::new();
    for row in 0..side {
        for col in 0..side {
            let ring = [
                corner(row, col),
                corner(row, col + 1),
                corner(row + 1, col + 1),
                corner(row + 1, col),
                corner(row, col),
            ];
            let text = format!(r#"{{"type":"Polygon","coordinates":[[{}]]}}"#, ring.join(","));
            let id = Id::derived(&format!("cell {row} {col}"));
            out.push((id, Area::parse(&text).unwrap()));
        }
    }
    out
}

fn ground_of(cells: &[(Id, Area)]) -> Ground {
    let places = cells.iter().map(|(id, _)| Place {
        id: id.clone(),
        code: id.to_string(),
        level: GRID.to_owned(),
        name: id.to_string(),
        parent: None,
        path: format!("/{id}/"),
        seat: None,
        valid_from: crate::base::Instant(0),
        valid_to: None,
        version: 1,
    });
    Ground::new(1, places.collect(), cells.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_index_agrees_with_looking_at_every_cell(
        shake in prop::collection::vec((-3_000_i64..3_000, -3_000_i64..3_000), 49),
        points in prop::collection::vec((-5_000_i64..70_000, -5_000_i64..70_000), 200),
    ) {
        let cells = patchwork(&shake, 6);
        let ground = ground_of(&cells);
        for (dy, dx) in points {
            let point = Point::new(310_000_000 + dy, 1_210_000_000 + dx);
            let hits: Vec<&Id> =
                cells.iter().filter(|(_, a)| a.contains(point)).map(|(id, _)| id).collect();
            prop_assert!(hits.len() <= 1, "a point lies in one cell");
            let found = ground.grid_at(point.lat_e7, point.lng_e7).map(|p| &p.id);
            prop_assert_eq!(found, hits.first().copied());
            // A second opinion by another library, for points that lie on no line.
            let coord = Coord { x: point.lng_e7 as f64, y: point.lat_e7 as f64 };
            let inside: Vec<&Id> = cells
                .iter()
                .filter(|(_, area)| area.to_geo().contains(&coord))
                .map(|(id, _)| id)
                .collect();
            if let Some(only) = inside.first() {
                prop_assert_eq!(found, Some(*only));
            }
        }
    }
}

#[test]
fn a_point_on_a_shared_line_lies_in_exactly_one_cell() {
    let cells = patchwork(&[(0, 0)], 4);
    for step in 0..40_000 {
        let point = Point::new(310_010_000, 1_210_000_000 + step);
        let hits = cells.iter().filter(|(_, area)| area.contains(point)).count();
        assert_eq!(hits, 1);
    }
}

#[test]
fn finding_the_grid_takes_microseconds() {
    let shake: Vec<(i64, i64)> = (0..97).map(|n| (n * 31 % 2_000, n * 57 % 2_000)).collect();
    let ground = ground_of(&patchwork(&shake, 40));
    let started = Instant::now();
    let mut found = 0;
    for n in 0..100_000_i64 {
        let point = (310_000_000 + n * 7_919 % 390_000, 1_210_000_000 + n * 104_729 % 390_000);
        found += usize::from(ground.grid_at(point.0, point.1).is_some());
    }
    let nanos = started.elapsed().as_nanos() / 100_000;
    println!("point to grid among {} grids: {nanos} ns", ground.areas().count());
    assert!(found > 95_000);
}
