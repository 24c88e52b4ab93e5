//! What makes a place and a boundary right, decided without a database.

use geo::{BooleanOps as _, Coord, LineString, MultiPolygon, Polygon};

use super::area::ShapeProblem;
use super::{Area, Point, crossing};
use crate::act::FieldProblem;
use crate::base::text;

pub const NAME_MAX: usize = 40;
pub const CODE_MAX: usize = 24;
pub const LEVEL_MAX: usize = 12;

/// Boundaries drawn by hand or taken from two maps never meet exactly: what is smaller than this,
/// or than a two-hundredth of the smaller area, is no overlap and no gap.
pub const TOLERANCE_M2: i64 = 100;
const TOLERANCE_PART: i64 = 200;

/// The tolerance between areas of which the smaller has `smaller_m2`.
pub fn tolerance(smaller_m2: i64) -> i64 {
    TOLERANCE_M2.max(smaller_m2 / TOLERANCE_PART)
}

/// A code is letters, digits, `.` and `-`: official codes are digits only, local ones need not be.
pub fn check_code(field: &str, code: &str) -> Result<String, FieldProblem> {
    let code = code.trim();
    let shaped = code.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    let dots = code.bytes().all(|b| b == b'.');
    if code.is_empty() {
        Err(FieldProblem::new(field, "missing"))
    } else if code.len() > CODE_MAX || !shaped || dots {
        Err(FieldProblem::new(field, "code_shape").with("max", CODE_MAX))
    } else {
        Ok(code.to_owned())
    }
}

pub fn check_name(field: &str, name: &str) -> Result<String, FieldProblem> {
    check_text(field, name, NAME_MAX)
}

/// A level is a word: one of ours, or one of the place itself such as 工行委.
pub fn check_level(field: &str, level: &str) -> Result<String, FieldProblem> {
    check_text(field, level, LEVEL_MAX)
}

fn check_text(field: &str, value: &str, max: usize) -> Result<String, FieldProblem> {
    text::clean(&value.replace(['\n', '\t', '/'], " "), max).map_err(|problem| match problem {
        text::TextProblem::Missing => FieldProblem::new(field, "missing"),
        text::TextProblem::TooLong { max } => FieldProblem::new(field, "too_long").with("max", max),
    })
}

/// Reads an area; the problem stands by `field`.
pub fn check_area(field: &str, geojson: &str) -> Result<Area, FieldProblem> {
    let area = Area::parse(geojson).map_err(|problem| shape_problem(field, problem))?;
    if area.in_this_country() {
        return Ok(area);
    }
    Err(shape_problem(field, ShapeProblem::Abroad))
}

/// A boundary that was worked out from others, held to the same as one that is brought: rounding
/// can pinch it, and several together can have too many corners.
pub fn worked_out(field: &str, area: Area) -> Result<Area, FieldProblem> {
    match area.sound() {
        Ok(()) => Ok(area),
        // Nobody drew it here: what is to be mended are the boundaries it was made of.
        Err(ShapeProblem::TooManyCorners) => {
            Err(shape_problem(field, ShapeProblem::TooManyCorners))
        }
        Err(_) => Err(FieldProblem::new(field, "worked_out_unsound")),
    }
}

pub fn shape_problem(field: &str, problem: ShapeProblem) -> FieldProblem {
    let said = FieldProblem::new(field, problem.code());
    match problem {
        ShapeProblem::TooManyCorners => said.with("max", super::area::MOST_CORNERS),
        _ => said,
    }
}

/// Square metres of the first that the second does not cover.
pub fn outside(inner: &Area, outer: &Area) -> i64 {
    Area::from_geo(&inner.to_geo().difference(&outer.to_geo())).square_metres_or_none()
}

/// Square metres that both cover.
pub fn overlap(a: &Area, b: &Area) -> i64 {
    if !frames_meet(a, b) {
        return 0;
    }
    Area::from_geo(&a.to_geo().intersection(&b.to_geo())).square_metres_or_none()
}

fn frames_meet(a: &Area, b: &Area) -> bool {
    let ((al, ah), (bl, bh)) = (a.bounds(), b.bounds());
    al.lat_e7 <= bh.lat_e7
        && bl.lat_e7 <= ah.lat_e7
        && al.lng_e7 <= bh.lng_e7
        && bl.lng_e7 <= ah.lng_e7
}

/// A place with its boundary, as neighbours are named in what is wrong.
pub struct Named<'a> {
    pub name: &'a str,
    pub area: &'a Area,
}

/// Whether an area may be the boundary of a place among these: inside the place above, beside its
/// sisters, around what lies in it.
pub fn fits(
    field: &str,
    area: &Area,
    parent: Option<&Named<'_>>,
    sisters: &[Named<'_>],
    inside: &[Named<'_>],
) -> Vec<FieldProblem> {
    let size = area.square_metres();
    let said = |code, place: &str, m2: i64| {
        FieldProblem::new(field, code).with("place", place).with("m2", m2)
    };
    let mut out = Vec::new();
    if let Some(parent) = parent {
        let beyond = outside(area, parent.area);
        if beyond > tolerance(size) {
            out.push(said("shape_outside", parent.name, beyond));
        }
    }
    for sister in sisters {
        let both = overlap(area, sister.area);
        if both > tolerance(size.min(sister.area.square_metres())) {
            out.push(said("shape_overlaps", sister.name, both));
        }
    }
    for child in inside {
        let beyond = outside(child.area, area);
        if beyond > tolerance(child.area.square_metres()) {
            out.push(said("shape_leaves_out", child.name, beyond));
        }
    }
    out
}

/// An outline that lies farther than this from every other of its district was drawn on another
/// map. A wide county is drawn from above: what lies in the outline of the place above is not far.
const FAR_KM: i64 = 300;

/// The frame around an outline: its south-west and north-east corner.
pub type Bounds = (Point, Point);

/// Whether an area lies far from all the others there are; between frames, which is never more
/// than between the outlines.
pub fn far_from_all(field: &str, area: &Area, others: &[Bounds]) -> Option<FieldProblem> {
    let own = area.bounds();
    let metres = others.iter().map(|other| metres_between(own, *other)).min()?;
    let far = metres > FAR_KM * 1000;
    far.then(|| FieldProblem::new(field, "shape_far").with("km", metres / 1000))
}

fn metres_between((low, high): Bounds, (other_low, other_high): Bounds) -> i64 {
    let gap = |low: i64, high: i64, other_low: i64, other_high: i64| {
        (other_low - high).max(low - other_high).max(0)
    };
    let north = gap(low.lat_e7, high.lat_e7, other_low.lat_e7, other_high.lat_e7);
    let east = gap(low.lng_e7, high.lng_e7, other_low.lng_e7, other_high.lng_e7);
    low.metres_to(Point::new(low.lat_e7 + north, low.lng_e7 + east))
}

/// What of `whole` the parts leave uncovered, in square metres.
pub fn uncovered(whole: &Area, parts: &[&Area]) -> i64 {
    let rest = parts.iter().fold(whole.to_geo(), |rest, part| rest.difference(&part.to_geo()));
    Area::from_geo(&rest).square_metres_or_none()
}

/// Several areas as one; hairlines between neighbours that do not meet exactly are closed.
pub fn union(parts: &[&Area]) -> Area {
    let all = parts.iter().fold(MultiPolygon::new(Vec::new()), |all, p| all.union(&p.to_geo()));
    let whole = Area::from_geo(&all);
    let limit = tolerance(parts.iter().map(|p| p.square_metres()).min().unwrap_or(0));
    whole.without_small_holes(limit)
}

/// What of `whole` is left without `part`; empty where nothing is but slivers along an edge that
/// both were drawn by. A piece that lies apart from it stays, however small.
pub fn without(whole: &Area, part: &Area) -> Area {
    let slivers = tolerance(part.square_metres());
    let left = |piece: Area| {
        if overlap(&piece, part) == 0 {
            return piece;
        }
        let left = Area::from_geo(&piece.to_geo().difference(&part.to_geo()));
        left.without_small_pieces(slivers)
    };
    Area::of_pieces(whole.each_piece().map(left))
}

/// A grid cut in two along a line or along the edge of a second area: the part inside (or to the
/// right of the line as drawn), then the rest. `None` when it does not cut.
pub fn cut(whole: &Area, knife: &Knife) -> Option<(Area, Area)> {
    let blade = match knife {
        Knife::Area(area) => area.to_geo(),
        Knife::Line(points) => MultiPolygon::new(vec![right_of(points, whole)?]),
    };
    let inside = Area::from_geo(&whole.to_geo().intersection(&blade));
    let rest = Area::from_geo(&whole.to_geo().difference(&blade));
    let least = tolerance(whole.square_metres());
    let both = inside.square_metres_or_none() > least && rest.square_metres_or_none() > least;
    both.then_some((inside, rest))
}

/// What a grid is cut with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Knife {
    Line(Vec<Point>),
    Area(Area),
}

impl Knife {
    /// A GeoJSON LineString, Polygon or MultiPolygon.
    pub fn parse(text: &str) -> Result<Knife, ShapeProblem> {
        let value: serde_json::Value =
            serde_json::from_str(text).map_err(|_| ShapeProblem::NotGeoJson)?;
        super::area::named_system_is_ours(&value)?;
        let shape = value.get("geometry").unwrap_or(&value);
        if shape.get("type").and_then(|t| t.as_str()) != Some("LineString") {
            return Area::from_json(shape).map(Knife::Area);
        }
        let points = shape.get("coordinates").and_then(|c| c.as_array());
        let points = points.ok_or(ShapeProblem::NotGeoJson)?;
        if points.len() > super::area::MOST_CORNERS {
            return Err(ShapeProblem::TooManyCorners);
        }
        let mut line =
            points.iter().map(Point::from_position).collect::<Result<Vec<_>, ShapeProblem>>()?;
        line.dedup();
        if line.len() < 2 { Err(ShapeProblem::TooSmall) } else { Ok(Knife::Line(line)) }
    }
}

/// The half of the surroundings to the right of a line: its ends are drawn out far beyond the
/// area, and the far ends are joined by a bow around it.
fn right_of(line: &[Point], whole: &Area) -> Option<Polygon<f64>> {
    let (low, high) = whole.bounds();
    let all = line.iter().flat_map(|p| [*p]).chain([low, high]);
    let corners: Vec<Coord<f64>> =
        all.map(|p| Coord { x: p.lng_e7 as f64, y: p.lat_e7 as f64 }).collect();
    let (count, first) = (line.len(), *corners.first()?);
    let span = |c: &Coord<f64>| (c.x - first.x).abs() + (c.y - first.y).abs();
    let far = corners.iter().map(span).fold(1.0, f64::max) * 4.0;
    let (start, before_last) = (corners.get(1)?, corners.get(count.checked_sub(2)?)?);
    let last = *corners.get(count - 1)?;
    let out_of = |from: &Coord<f64>, to: &Coord<f64>| (to.y - from.y).atan2(to.x - from.x);
    let (begin, end) = (out_of(start, &first), out_of(before_last, &last));
    let at = |c: Coord<f64>, angle: f64| Coord {
        x: c.x + far * angle.cos(),
        y: c.y + far * angle.sin(),
    };
    let mut ring = vec![at(first, begin)];
    ring.extend_from_slice(&corners[..count]);
    ring.push(at(last, end));
    let full = std::f64::consts::TAU;
    let turn = (end - begin).rem_euclid(full);
    // Clockwise from the far end back to the far beginning, which leaves the right side inside.
    ring.extend((1..8).map(|n| at(first, end - turn * f64::from(n) / 8.0)));
    let whole = |c: &Coord<f64>| Point::new(c.y.round() as i64, c.x.round() as i64);
    let mut outline: Vec<Point> = ring.iter().map(whole).collect();
    outline.extend(outline.first().copied());
    outline.dedup();
    let shape = Polygon::new(LineString::new(ring), Vec::new());
    crossing::is_sound(&[vec![outline]]).then_some(shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(lat: f64, lng: f64, side: f64) -> Area {
        let (n, e) = (lat + side, lng + side);
        let ring = format!("[{lng},{lat}],[{e},{lat}],[{e},{n}],[{lng},{n}],[{lng},{lat}]");
        Area::parse(&format!(r#"{{"type":"Polygon","coordinates":[[{ring}]]}}"#)).unwrap()
    }

    #[test]
    fn a_line_cuts_in_two_and_no_ground_is_lost() {
        let whole = square(31.0, 121.0, 0.01);
        for line in [
            "[[121.005,30.99],[121.005,31.02]]",
            "[[121.005,31.02],[121.005,30.99]]",
            "[[121.005,31.001],[121.006,31.005],[121.004,31.009]]",
            "[[120.99,31.002],[121.02,31.008]]",
            "[[121.02,31.008],[121.005,31.004],[120.99,31.009]]",
        ] {
            let text = format!(r#"{{"type":"LineString","coordinates":{line}}}"#);
            let (a, b) = cut(&whole, &Knife::parse(&text).unwrap()).expect(line);
            let lost = whole.square_metres() - a.square_metres() - b.square_metres();
            assert!(lost.abs() <= 2, "{line}: {lost} m² lost");
            assert_eq!(overlap(&a, &b), 0, "{line}");
            assert!(outside(&a, &whole) == 0 && outside(&b, &whole) == 0, "{line}");
        }
        let miss = r#"{"type":"LineString","coordinates":[[121.02,30.99],[121.02,31.02]]}"#;
        assert_eq!(cut(&whole, &Knife::parse(miss).unwrap()), None);
    }

    #[test]
    fn the_right_of_a_line_is_the_first_part() {
        let whole = square(31.0, 121.0, 0.01);
        let north = r#"{"type":"LineString","coordinates":[[121.002,30.99],[121.002,31.02]]}"#;
        let (right, left) = cut(&whole, &Knife::parse(north).unwrap()).unwrap();
        assert!(right.square_metres() > left.square_metres());
    }

    #[test]
    fn neighbours_are_named_where_a_boundary_does_not_fit() {
        let (parent, a) = (square(31.0, 121.0, 0.02), square(31.0, 121.0, 0.01));
        let b = square(31.0, 121.009, 0.01);
        let sister = Named { name: "第一网格", area: &a };
        let above = Named { name: "北桥社区", area: &parent };
        let wrong = fits("shape", &b, Some(&above), &[sister], &[]);
        assert_eq!(wrong.len(), 1);
        assert_eq!((wrong[0].code, wrong[0].params[0].1.as_str()), ("shape_overlaps", "第一网格"));
        let away = square(32.0, 121.0, 0.01);
        let wrong = fits("shape", &away, Some(&above), &[], &[Named { name: "x", area: &a }]);
        let codes: Vec<_> = wrong.iter().map(|p| p.code).collect();
        assert_eq!(codes, ["shape_outside", "shape_leaves_out"]);
        let exact = square(31.0, 121.01, 0.01);
        assert!(fits("s", &exact, Some(&above), &[Named { name: "a", area: &a }], &[]).is_empty());
    }

    #[test]
    fn what_is_worked_out_is_held_to_what_is_brought() {
        let left = without(&square(31.0, 121.0, 0.01), &square(31.0, 121.0, 0.009_999_9));
        assert!(left.is_empty(), "a hairline is no land: {}", left.geojson());
        let half = without(&square(31.0, 121.0, 0.01), &square(31.0, 121.005, 0.01));
        assert!(worked_out("to", half).is_ok());
        let far = square(31.5, 121.0, 0.000_1);
        let two = Area::of_pieces([square(31.0, 121.0, 0.01), far.clone()].into_iter());
        assert_eq!(without(&two, &square(31.0, 121.0, 0.01)), far, "an exclave is no sliver");
        let corners = (0..30_000_i32).map(|n| {
            let angle = f64::from(n) / 30_000.0 * std::f64::consts::TAU;
            (1.21e9 + 1e6 * angle.cos(), 3.1e8 + 1e6 * angle.sin())
        });
        let round = Polygon::new(LineString::from_iter(corners), Vec::new());
        let round = Area::from_geo(&MultiPolygon::new(vec![round]));
        assert_eq!(worked_out("to", round).unwrap_err().code, "shape_too_many_corners");
        let bow = r#"{"type":"Polygon","coordinates":[[[1,1],[2,2],[2,1],[1,2],[1,1]]]}"#;
        assert_eq!(Area::parse(bow), Err(ShapeProblem::Crossed));
        assert!(Area::kept(bow).is_ok(), "what is kept is read all the same");
    }

    #[test]
    fn codes_and_names() {
        assert_eq!(check_code("code", " 620802001-G1 "), Ok("620802001-G1".to_owned()));
        for wrong in ["a/b", "", "编号", "..", "1234567890123456789012345"] {
            assert!(check_code("code", wrong).is_err(), "{wrong}");
        }
        assert_eq!(check_name("name", "北桥/第一\n网格").as_deref(), Ok("北桥 第一 网格"));
    }
}
