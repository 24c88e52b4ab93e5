//! Whether outlines cross: themselves, or one another. It holds what the geometry library's own
//! check holds (OGC 06-103r4, 6.1.11), which compares every edge of a ring with every other: 400
//! million pairs for the longest outline that is taken.

use geo::coordinate_position::CoordPos;
use geo::dimensions::Dimensions;
use geo::relate::IntersectionMatrix;
use geo::{BoundingRect as _, LineString, MultiPolygon, Polygon};
use geo::{PreparedGeometry, Relate as _};

use super::Point;

/// Whether a closed ring meets itself elsewhere than where one edge follows the other.
pub fn crosses_itself(ring: &[Point]) -> bool {
    let mut edges: Vec<(Point, Point)> = ring.windows(2).map(|w| (w[0], w[1])).collect();
    // From west to east, those whose frames do not meet are never compared.
    edges.sort_by_key(|(a, b)| a.lng_e7.min(b.lng_e7));
    let meets = |a: &(Point, Point), b: &(Point, Point)| {
        a.0 != b.1 && a.1 != b.0 && frames_meet(*a, *b) && edges_meet(*a, *b)
    };
    edges.iter().enumerate().any(|(at, edge)| {
        let east = edge.0.lng_e7.max(edge.1.lng_e7);
        let rest = edges.iter().skip(at + 1);
        rest.take_while(|next| next.0.lng_e7.min(next.1.lng_e7) <= east).any(|o| meets(edge, o))
    })
}

fn frames_meet(a: (Point, Point), b: (Point, Point)) -> bool {
    let meet =
        |a: (i64, i64), b: (i64, i64)| a.0.min(a.1) <= b.0.max(b.1) && b.0.min(b.1) <= a.0.max(a.1);
    meet((a.0.lat_e7, a.1.lat_e7), (b.0.lat_e7, b.1.lat_e7))
        && meet((a.0.lng_e7, a.1.lng_e7), (b.0.lng_e7, b.1.lng_e7))
}

/// Of edges whose frames meet: each has an end on either side of the other, or on it.
fn edges_meet(a: (Point, Point), b: (Point, Point)) -> bool {
    side(a, b.0) * side(a, b.1) <= 0 && side(b, a.0) * side(b, a.1) <= 0
}

/// 1 where the point lies to the left of the edge, -1 to the right, 0 in line with it.
fn side((from, to): (Point, Point), p: Point) -> i128 {
    let part = |a: i64, b: i64| i128::from(a) - i128::from(b);
    let left = part(to.lng_e7, from.lng_e7) * part(p.lat_e7, from.lat_e7);
    let right = part(to.lat_e7, from.lat_e7) * part(p.lng_e7, from.lng_e7);
    (left - right).signum()
}

/// Whether holes lie in their outlines, and neither holes nor pieces overlap or touch along a line.
/// No ring crosses itself.
pub fn rings_are_apart(pieces: &MultiPolygon<f64>) -> bool {
    pieces.iter().all(holes_lie_inside) && are_apart(&pieces.0)
}

fn holes_lie_inside(piece: &Polygon<f64>) -> bool {
    if piece.interiors().is_empty() {
        return true;
    }
    let bare = |ring: &LineString<f64>| Polygon::new(ring.clone(), Vec::new());
    let outer = bare(piece.exterior());
    let outer = PreparedGeometry::from(&outer);
    let holes: Vec<Polygon<f64>> = piece.interiors().iter().map(bare).collect();
    let inside = |hole: &Polygon<f64>| {
        let met = outer.relate(hole);
        met.is_contains() && !touch_along_a_line(&met)
    };
    holes.iter().all(inside) && are_apart(&holes)
}

fn are_apart(pieces: &[Polygon<f64>]) -> bool {
    let mut framed: Vec<_> = pieces.iter().filter_map(|p| Some((p.bounding_rect()?, p))).collect();
    framed.sort_by(|(a, _), (b, _)| a.min().x.total_cmp(&b.min().x));
    framed.iter().enumerate().all(|(at, (frame, piece))| {
        let rest = framed.iter().skip(at + 1);
        let near = rest.take_while(|(other, _)| other.min().x <= frame.max().x);
        let near = near.filter(|(o, _)| o.min().y <= frame.max().y && frame.min().y <= o.max().y);
        near.map(|(_, other)| piece.relate(*other)).all(|met| {
            let both = met.get(CoordPos::Inside, CoordPos::Inside);
            both != Dimensions::TwoDimensional && !touch_along_a_line(&met)
        })
    })
}

fn touch_along_a_line(met: &IntersectionMatrix) -> bool {
    met.get(CoordPos::OnBoundary, CoordPos::OnBoundary) == Dimensions::OneDimensional
}

#[cfg(test)]
mod tests {
    use geo::Validation as _;
    use proptest::prelude::*;

    use super::*;

    fn ring(corners: &[(i64, i64)]) -> Vec<Point> {
        let mut ring: Vec<Point> =
            corners.iter().map(|(lat, lng)| Point::new(*lat, *lng)).collect();
        ring.dedup();
        ring.extend(ring.first().copied().filter(|first| ring.last() != Some(first)));
        ring
    }

    fn line(ring: &[Point]) -> LineString<f64> {
        ring.iter().map(|p| (p.lng_e7 as f64, p.lat_e7 as f64)).collect()
    }

    fn corners() -> impl Strategy<Value = Vec<(i64, i64)>> {
        proptest::collection::vec((0..9_i64, 0..9_i64), 3..7)
    }

    proptest! {
        #[test]
        fn an_outline_is_sound_where_the_geometry_library_finds_it_so(
            outer in corners(), holes in proptest::collection::vec(corners(), 0..3),
        ) {
            let rings = std::iter::once(&outer).chain(&holes).map(|one| ring(one));
            let rings: Vec<Vec<Point>> = rings.filter(|ring| ring.len() > 3).collect();
            let sound = !rings.iter().any(|ring| crosses_itself(ring));
            let mut lines = rings.iter().map(|ring| line(ring));
            let alone: MultiPolygon<f64> =
                lines.clone().map(|line| Polygon::new(line, Vec::new())).collect();
            prop_assert_eq!(sound && rings_are_apart(&alone), alone.is_valid());
            let outer = lines.next().unwrap_or_else(LineString::empty);
            let whole = Polygon::new(outer, lines.collect());
            let whole = MultiPolygon::new(vec![whole]);
            prop_assert_eq!(sound && rings_are_apart(&whole), whole.is_valid());
        }
    }
}
