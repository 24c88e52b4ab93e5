//! Whether the rings of an area make an outline: none crosses or touches itself, none runs along
//! another, every hole lies in its own piece and no piece in another.
//!
//! In whole numbers, so that the answer is exact; through a tree of frames, since a district's
//! outline has thousands of corners and each edge is near few others.

use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, Envelope as _, RTree};

use super::Point;
use super::area::lies_east;

type Ring = Vec<Point>;

/// One edge: its piece, its ring in the piece, and its place in the ring.
#[derive(Clone, Copy)]
struct Edge {
    /// The corner before `from`.
    before: Point,
    from: Point,
    to: Point,
    piece: usize,
    ring: usize,
    at: usize,
    /// Edges of its ring.
    of: usize,
}

impl Edge {
    /// Whether both are edges of one ring that share a corner.
    fn is_next_to(&self, other: &Edge) -> bool {
        let apart = self.at.abs_diff(other.at);
        self.is_of_one_ring(other) && (apart == 1 || apart + 1 == self.of)
    }

    /// Whether a point on its line lies on the edge itself.
    fn has(&self, point: Point) -> bool {
        is_between(self.from, self.to, point)
    }

    fn is_of_one_ring(&self, other: &Edge) -> bool {
        (self.piece, self.ring) == (other.piece, other.ring)
    }
}

/// Closed rings: of each piece the outer one, then its holes.
pub fn is_sound(pieces: &[Vec<Ring>]) -> bool {
    let edges = edges(pieces);
    let framed = edges.iter().enumerate().map(|(at, edge)| {
        let corners = (plane(edge.from), plane(edge.to));
        GeomWithData::new(Rectangle::from_aabb(AABB::from_corners(corners.0, corners.1)), at)
    });
    let tree = RTree::bulk_load(framed.collect::<Vec<_>>());
    for (at, edge) in edges.iter().enumerate() {
        let frame = AABB::from_corners(plane(edge.from), plane(edge.to));
        let near = tree.locate_in_envelope_intersecting(frame);
        let mut near = near.filter(|other| other.data > at).map(|other| &edges[other.data]);
        if near.any(|other| is_wrong(edge, other)) {
            return false;
        }
    }
    are_nested(pieces)
}

fn edges(pieces: &[Vec<Ring>]) -> Vec<Edge> {
    let mut out = Vec::new();
    for (piece, rings) in pieces.iter().enumerate() {
        for (ring, corners) in rings.iter().enumerate() {
            let of = corners.len().saturating_sub(1);
            out.extend(corners.windows(2).enumerate().map(|(at, two)| {
                let (from, to) = (two[0], two[1]);
                // The last corner of a ring is its first again.
                let before = corners[if at == 0 { of - 1 } else { at - 1 }];
                Edge { before, from, to, piece, ring, at, of }
            }));
        }
    }
    out
}

fn plane(point: Point) -> [i64; 2] {
    [point.lng_e7, point.lat_e7]
}

/// On which side of a line a point lies: 1, −1, or 0 on it.
fn side(from: Point, to: Point, point: Point) -> i128 {
    let along = i128::from(to.lng_e7 - from.lng_e7) * i128::from(point.lat_e7 - from.lat_e7);
    let aside = i128::from(to.lat_e7 - from.lat_e7) * i128::from(point.lng_e7 - from.lng_e7);
    (along - aside).signum()
}

/// Whether a point on the line of an edge lies on the edge itself.
fn is_between(from: Point, to: Point, point: Point) -> bool {
    let (low, high) = (from.min(to), from.max(to));
    let lng = [from.lng_e7, to.lng_e7];
    (low.lat_e7..=high.lat_e7).contains(&point.lat_e7)
        && (lng[0].min(lng[1])..=lng[0].max(lng[1])).contains(&point.lng_e7)
}

/// Whether the ring of an edge passes through another at the corner where the edge begins: one of
/// its two ways from there leads into the angle of the other, and one does not.
fn passes_through(edge: &Edge, other: &Edge) -> bool {
    let corner = edge.from;
    // Where the other ends, another edge of its ring begins.
    let is_met = side(other.from, other.to, corner) == 0 && other.has(corner);
    if !is_met || corner == other.to {
        return false;
    }
    let ways = (if corner == other.from { other.before } else { other.from }, other.to);
    is_within(corner, ways, edge.before) != is_within(corner, ways, edge.to)
}

/// Whether the way from a corner to a point lies to the left of the first way and to the right of
/// the second, turning from one to the other.
fn is_within(corner: Point, (first, second): (Point, Point), point: Point) -> bool {
    let (left, right) = (side(corner, first, point) > 0, side(corner, second, point) < 0);
    match side(corner, first, second) {
        0 => left,
        1 => left && right,
        _ => left || right,
    }
}

/// Two edges may meet in the corner between them; those of different rings may touch in a point.
fn is_wrong(a: &Edge, b: &Edge) -> bool {
    let of_a = [side(a.from, a.to, b.from), side(a.from, a.to, b.to)];
    let of_b = [side(b.from, b.to, a.from), side(b.from, b.to, a.to)];
    if of_a == [0, 0] {
        return run_together(a, b);
    }
    if of_a[0] * of_a[1] < 0 && of_b[0] * of_b[1] < 0 {
        return true;
    }
    if !a.is_of_one_ring(b) {
        return passes_through(a, b) || passes_through(b, a);
    }
    let touches = of_a[0] == 0 && a.has(b.from)
        || of_a[1] == 0 && a.has(b.to)
        || of_b[0] == 0 && b.has(a.from)
        || of_b[1] == 0 && b.has(a.to);
    touches && !a.is_next_to(b)
}

/// Whether two edges on one line have more than a corner in common; of one ring, that corner too
/// where they do not follow one another.
fn run_together(a: &Edge, b: &Edge) -> bool {
    let mut shared: Vec<Point> = [b.from, b.to].into_iter().filter(|p| a.has(*p)).collect();
    shared.extend([a.from, a.to].into_iter().filter(|p| b.has(*p)));
    shared.sort_unstable();
    shared.dedup();
    match shared.len() {
        0 => false,
        1 => a.is_of_one_ring(b) && !a.is_next_to(b),
        _ => true,
    }
}

/// A ring and the frame around it.
struct Framed<'a> {
    ring: &'a Ring,
    frame: AABB<[i64; 2]>,
}

impl Framed<'_> {
    fn of(ring: &Ring) -> Framed<'_> {
        let corners: Vec<[i64; 2]> = ring.iter().map(|point| plane(*point)).collect();
        Framed { ring, frame: AABB::from_points(&corners) }
    }

    /// Whether it lies inside another that it does not cross: told by the middle of an edge, since
    /// a corner may lie on the other.
    fn lies_in(&self, outer: &Framed<'_>) -> bool {
        if !outer.frame.contains_envelope(&self.frame) {
            return false;
        }
        let twice = |point: &Point| Point::new(2 * point.lat_e7, 2 * point.lng_e7);
        let outer: Ring = outer.ring.iter().map(twice).collect();
        let is_on = |point: &Point| {
            outer
                .windows(2)
                .any(|two| side(two[0], two[1], *point) == 0 && is_between(two[0], two[1], *point))
        };
        let middles = self
            .ring
            .windows(2)
            .map(|two| Point::new(two[0].lat_e7 + two[1].lat_e7, two[0].lng_e7 + two[1].lng_e7));
        let Some(point) = middles.into_iter().find(|point| !is_on(point)) else { return false };
        outer.windows(2).filter(|two| lies_east(two[0], two[1], point)).count() % 2 == 1
    }
}

/// Rings that do not cross lie wholly inside or outside one another.
fn are_nested(pieces: &[Vec<Ring>]) -> bool {
    let pieces: Vec<Vec<Framed<'_>>> =
        pieces.iter().map(|rings| rings.iter().map(Framed::of).collect()).collect();
    let holes_are_in = pieces.iter().all(|rings| {
        let Some((outer, holes)) = rings.split_first() else { return false };
        holes.iter().enumerate().all(|(n, hole)| {
            let mut others = holes.iter().enumerate().filter(|(other, _)| *other != n);
            hole.lies_in(outer) && others.all(|(_, other)| !hole.lies_in(other))
        })
    });
    // A piece may lie in the hole of another, and nowhere else in it.
    let is_in = |inner: &[Framed<'_>], outer: &[Framed<'_>]| {
        let (Some(edge), Some((around, holes))) = (inner.first(), outer.split_first()) else {
            return false;
        };
        edge.lies_in(around) && !holes.iter().any(|hole| edge.lies_in(hole))
    };
    let is_apart = |(n, one): (usize, &Vec<Framed<'_>>)| {
        pieces.iter().enumerate().all(|(other, two)| other == n || !is_in(one, two))
    };
    holes_are_in && pieces.iter().enumerate().all(is_apart)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(corners: &[(i64, i64)]) -> Ring {
        let all = corners.iter().chain(corners.first());
        all.map(|(lat, lng)| Point::new(*lat, *lng)).collect()
    }

    fn square(lat: i64, lng: i64, side: i64) -> Ring {
        ring(&[(lat, lng), (lat, lng + side), (lat + side, lng + side), (lat + side, lng)])
    }

    #[test]
    fn what_crosses_touches_or_runs_along_itself_is_no_outline() {
        let one = |ring: Ring| is_sound(&[vec![ring]]);
        assert!(one(square(0, 0, 10)));
        assert!(one(ring(&[(0, 0), (0, 5), (0, 10), (10, 10)])), "a corner on a straight line");
        assert!(!one(ring(&[(0, 0), (10, 10), (10, 0), (0, 10)])), "a bow");
        assert!(!one(ring(&[(0, 0), (0, 10), (0, 4), (10, 4)])), "a spike");
        assert!(!one(ring(&[(0, 0), (0, 10), (10, 10), (0, 5), (10, 0)])), "touches its own edge");
        let pinched = [(0, 0), (0, 10), (5, 5), (10, 10), (10, 0), (5, 5)];
        assert!(!one(ring(&pinched)), "pinched to a point");
    }

    #[test]
    fn rings_that_pass_through_one_another_at_a_corner_make_no_outline() {
        let big = || square(0, 0, 100);
        let across = ring(&[(50, 50), (40, 100), (50, 150), (60, 100)]);
        assert!(!is_sound(&[vec![big()], vec![across.clone()]]));
        assert!(!is_sound(&[vec![across], vec![big()]]));
        let u = [(0, 0), (0, 100), (100, 100), (100, 60), (20, 60), (20, 40), (100, 40), (100, 0)];
        let hole = ring(&[(50, 20), (40, 40), (50, 55), (60, 40)]);
        assert!(!is_sound(&[vec![ring(&u), hole]]), "a hole that sticks out");
        let corners = ring(&[(50, 50), (100, 100), (150, 150), (150, 50)]);
        assert!(!is_sound(&[vec![big()], vec![corners]]), "in and out by corners");
        let (one, two) = (square(0, 0, 10), ring(&[(10, 10), (5, 20), (20, 5)]));
        assert!(is_sound(&[vec![one], vec![two]]), "a corner that only touches a corner");
        let notch = ring(&[(0, 0), (10, 0), (5, 5), (10, 10), (0, 10)]);
        let wedge = ring(&[(5, 5), (10, 3), (10, 7)]);
        assert!(is_sound(&[vec![notch], vec![wedge]]), "a wedge in a notch");
    }

    #[test]
    fn holes_lie_in_their_piece_and_pieces_beside_one_another() {
        let big = || square(0, 0, 100);
        assert!(is_sound(&[vec![big(), square(10, 10, 10), square(30, 30, 10)]]));
        let touching = ring(&[(0, 50), (10, 40), (10, 60)]);
        assert!(is_sound(&[vec![big(), touching]]), "a hole may touch in a point");
        assert!(!is_sound(&[vec![big(), square(200, 200, 10)]]), "outside");
        assert!(!is_sound(&[vec![big(), square(10, 10, 30), square(20, 20, 5)]]), "in a hole");
        assert!(!is_sound(&[vec![big(), square(0, 10, 10)]]), "along the edge");
        assert!(!is_sound(&[vec![big()], vec![square(10, 10, 10)]]), "within the other");
        assert!(!is_sound(&[vec![big()], vec![square(50, 50, 100)]]), "across the other");
        assert!(!is_sound(&[vec![big()], vec![square(0, 100, 100)]]), "with a border in common");
        assert!(!is_sound(&[vec![big()], vec![big()]]), "twice the same");
        assert!(is_sound(&[vec![big()], vec![square(100, 100, 10)]]), "corner to corner");
        assert!(is_sound(&[vec![big(), square(10, 10, 50)], vec![square(20, 20, 5)]]));
    }
}
