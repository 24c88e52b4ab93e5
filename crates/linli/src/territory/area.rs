//! An area of the ground in whole ten-millionths of a degree, WGS-84 (about one centimetre), so
//! that asking whether a point lies in it has one exact answer on every machine.

use geo::{Coord, LineString, MultiPolygon, Polygon};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A point: latitude and longitude in ten-millionths of a degree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Point {
    pub lat_e7: i64,
    pub lng_e7: i64,
}

/// Corners of one area at most: a district's outline along a river has a few thousand.
pub const MOST_CORNERS: usize = 20_000;

const E7: f64 = 1e7;
/// Metres in a ten-millionth of a degree of latitude.
const METRES: f64 = 0.011_131_949;

type Ring = Vec<Point>;

/// One or more polygons, each an outer ring and its holes; rings are closed (first = last).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    polygons: Vec<Vec<Ring>>,
}

/// Why a text is no area we can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShapeProblem {
    NotGeoJson,
    /// A point or a line where an area is needed.
    NotAnArea,
    TooManyCorners,
    /// Fewer than three corners, or no extent.
    TooSmall,
    /// Latitude and longitude stand in the wrong order.
    Swapped,
    /// Numbers that are no degrees: metres of a projection, most often.
    NotDegrees,
    /// The file names a coordinate system that is not WGS-84.
    OtherSystem,
    /// The outline crosses itself, or a hole lies outside.
    Crossed,
    /// Some of it lies outside the frame of this country.
    Abroad,
}

impl ShapeProblem {
    /// The sentence in the messages: `problem.CODE`.
    pub fn code(self) -> &'static str {
        match self {
            ShapeProblem::NotGeoJson => "shape_not_geojson",
            ShapeProblem::NotAnArea => "shape_not_area",
            ShapeProblem::TooManyCorners => "shape_too_many_corners",
            ShapeProblem::TooSmall => "shape_too_small",
            ShapeProblem::Swapped => "shape_swapped",
            ShapeProblem::NotDegrees => "shape_not_degrees",
            ShapeProblem::OtherSystem => "shape_other_system",
            ShapeProblem::Crossed => "shape_crossed",
            ShapeProblem::Abroad => "shape_abroad",
        }
    }
}

impl Point {
    pub fn new(lat_e7: i64, lng_e7: i64) -> Point {
        Point { lat_e7, lng_e7 }
    }

    /// From a GeoJSON position, longitude first.
    pub fn from_position(value: &Value) -> Result<Point, ShapeProblem> {
        let part = |at: usize| value.get(at).and_then(Value::as_f64);
        let (Some(lng), Some(lat)) = (part(0), part(1)) else {
            return Err(ShapeProblem::NotGeoJson);
        };
        let point = Point::new((lat * E7).round() as i64, (lng * E7).round() as i64);
        if point.looks_swapped() {
            return Err(ShapeProblem::Swapped);
        }
        if !(-180.0..=180.0).contains(&lng) || !(-90.0..=90.0).contains(&lat) {
            return Err(ShapeProblem::NotDegrees);
        }
        Ok(point)
    }

    /// Whether it would lie in this country with latitude and longitude the other way round, and
    /// does not as it is.
    pub fn looks_swapped(self) -> bool {
        Point::new(self.lng_e7, self.lat_e7).in_this_country()
    }

    /// Whether it lies in the frame of this country: 3° to 54° north, 73° to 136° east.
    pub fn in_this_country(self) -> bool {
        (30_000_000..540_000_000).contains(&self.lat_e7)
            && (730_000_000..1_360_000_000).contains(&self.lng_e7)
    }

    /// Degrees as people and GeoJSON write them.
    pub fn degrees(e7: i64) -> String {
        let (sign, n) = (if e7 < 0 { "-" } else { "" }, e7.unsigned_abs());
        let text = format!("{sign}{}.{:07}", n / 10_000_000, n % 10_000_000);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }

    /// From latitude and longitude in degrees, with a comma between them.
    pub fn written(text: &str) -> Option<Point> {
        let (lat, lng) = text.split_once(',')?;
        Some(Point::new(parse_e7(lat, 90)?, parse_e7(lng, 180)?))
    }

    /// How far another point is, in metres: by the flat map, which does for a walk.
    pub fn metres_to(self, other: Point) -> i64 {
        let middle = (self.lat_e7 + other.lat_e7) as f64 / 2.0 / E7;
        let north = (self.lat_e7 - other.lat_e7) as f64;
        let east = (self.lng_e7 - other.lng_e7) as f64 * middle.to_radians().cos();
        (north.hypot(east) * METRES).round() as i64
    }

    fn coord(self) -> Coord<f64> {
        Coord { x: self.lng_e7 as f64, y: self.lat_e7 as f64 }
    }
}

/// Degrees as a decimal number, in ten-millionths, exactly: further places are cut off. `None`
/// beyond `most` degrees either way, or for what is no number.
pub fn parse_e7(degrees: &str, most: i64) -> Option<i64> {
    let (minus, number) = match degrees.trim().strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, degrees.trim()),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || part.len() > 20 || !digits(whole) || !digits(part) {
        return None;
    }
    let part: String = part.chars().chain("0000000".chars()).take(7).collect();
    let e7 = whole.parse::<i64>().ok()? * 10_000_000 + part.parse::<i64>().ok()?;
    (e7 <= most * 10_000_000).then_some(if minus { -e7 } else { e7 })
}

impl Area {
    /// Reads a GeoJSON Polygon or MultiPolygon, or a Feature around one.
    pub fn parse(text: &str) -> Result<Area, ShapeProblem> {
        let value: Value = serde_json::from_str(text).map_err(|_| ShapeProblem::NotGeoJson)?;
        Area::from_json(&value)
    }

    pub fn from_json(value: &Value) -> Result<Area, ShapeProblem> {
        let area = Area::shaped(value)?;
        area.sound()?;
        Ok(area)
    }

    /// Reads a boundary that was looked at before it was kept: whether it is sound is not asked
    /// again.
    pub fn kept(text: &str) -> Result<Area, ShapeProblem> {
        let value: Value = serde_json::from_str(text).map_err(|_| ShapeProblem::NotGeoJson)?;
        Area::shaped(&value)
    }

    fn shaped(value: &Value) -> Result<Area, ShapeProblem> {
        named_system_is_ours(value)?;
        let value = match value.get("type").and_then(Value::as_str) {
            Some("Feature") => value.get("geometry").ok_or(ShapeProblem::NotGeoJson)?,
            Some(_) => value,
            None => return Err(ShapeProblem::NotGeoJson),
        };
        let coordinates = value.get("coordinates");
        fn list(value: Option<&Value>) -> Result<&Vec<Value>, ShapeProblem> {
            value.and_then(Value::as_array).ok_or(ShapeProblem::NotGeoJson)
        }
        let polygons = match value.get("type").and_then(Value::as_str) {
            Some("Polygon") => vec![polygon(list(coordinates)?)?],
            Some("MultiPolygon") => list(coordinates)?
                .iter()
                .map(|one| polygon(list(Some(one))?))
                .collect::<Result<_, _>>()?,
            _ => return Err(ShapeProblem::NotAnArea),
        };
        Ok(Area { polygons })
    }

    /// Rounds what the geometry library worked out; specks under a square metre fall away.
    pub fn from_geo(shape: &MultiPolygon<f64>) -> Area {
        let ring = |line: &LineString<f64>| {
            let mut ring: Ring = line
                .coords()
                .map(|c| Point { lat_e7: c.y.round() as i64, lng_e7: c.x.round() as i64 })
                .collect();
            ring.dedup();
            ring
        };
        let polygons = shape.iter().map(|p| {
            let outer = std::iter::once(p.exterior()).chain(p.interiors());
            outer.map(ring).filter(|r| r.len() > 3).collect::<Vec<Ring>>()
        });
        let kept = polygons.filter(|rings| {
            !rings.is_empty() && Area { polygons: vec![rings.clone()] }.square_metres() > 0
        });
        Area { polygons: kept.collect() }
    }

    /// In ten-millionths of a degree, as the geometry library takes it.
    pub fn to_geo(&self) -> MultiPolygon<f64> {
        fn line(ring: &Ring) -> LineString<f64> {
            LineString::from_iter(ring.iter().map(|p| p.coord()))
        }
        let polygon = |rings: &Vec<Ring>| {
            let mut lines = rings.iter().map(line);
            Polygon::new(lines.next().unwrap_or_else(LineString::empty), lines.collect())
        };
        self.polygons.iter().map(polygon).collect()
    }

    /// Whether it may be a boundary.
    pub fn sound(&self) -> Result<(), ShapeProblem> {
        let corners: usize = self.polygons.iter().flatten().map(Vec::len).sum();
        if corners > MOST_CORNERS {
            return Err(ShapeProblem::TooManyCorners);
        }
        let no_ring = self.polygons.iter().any(|rings| rings.iter().any(|r| r.len() < 4));
        if self.polygons.is_empty() || no_ring {
            return Err(ShapeProblem::TooSmall);
        }
        if !super::crossing::is_sound(&self.polygons) {
            return Err(ShapeProblem::Crossed);
        }
        if self.square_metres() < 1 { Err(ShapeProblem::TooSmall) } else { Ok(()) }
    }

    pub fn is_empty(&self) -> bool {
        self.polygons.is_empty()
    }

    /// How many separate pieces of land it is.
    pub fn pieces(&self) -> usize {
        self.polygons.len()
    }

    fn edges(rings: &[Ring]) -> impl Iterator<Item = (Point, Point)> + '_ {
        rings.iter().flat_map(|ring| ring.windows(2).map(|w| (w[0], w[1])))
    }

    /// Whether the point lies in it. A point on the line between two areas lies in exactly one.
    pub fn contains(&self, p: Point) -> bool {
        self.polygons
            .iter()
            .any(|rings| Area::edges(rings).filter(|(a, b)| lies_east(*a, *b, p)).count() % 2 == 1)
    }

    /// Whether none of it lies outside the frame of this country.
    pub fn in_this_country(&self) -> bool {
        let (low, high) = self.bounds();
        low.in_this_country() && high.in_this_country()
    }

    /// South, west, north, east.
    pub fn bounds(&self) -> (Point, Point) {
        let (mut low, mut high) = (Point::new(i64::MAX, i64::MAX), Point::new(i64::MIN, i64::MIN));
        for p in self.polygons.iter().flatten().flatten() {
            low = Point::new(low.lat_e7.min(p.lat_e7), low.lng_e7.min(p.lng_e7));
            high = Point::new(high.lat_e7.max(p.lat_e7), high.lng_e7.max(p.lng_e7));
        }
        (low, high)
    }

    /// Twice the extent in squared ten-millionths of a degree, exactly.
    pub fn twice_extent(&self) -> i128 {
        let of = |ring: &Ring| {
            let sum: i128 = ring.windows(2).map(|w| cross(w[0], w[1])).sum();
            sum.abs()
        };
        self.polygons
            .iter()
            .map(|rings| {
                let holes: i128 = rings.iter().skip(1).map(of).sum();
                rings.first().map_or(0, of) - holes
            })
            .sum()
    }

    /// Square metres, as on a map of the neighbourhood.
    pub fn square_metres(&self) -> i64 {
        let (low, high) = self.bounds();
        let middle = (low.lat_e7 as f64 + high.lat_e7 as f64) / 2.0 / E7;
        let scale = METRES * METRES * middle.to_radians().cos() / 2.0;
        (self.twice_extent() as f64 * scale).round() as i64
    }

    /// As [`Area::square_metres`], of what may be nothing at all.
    pub fn square_metres_or_none(&self) -> i64 {
        if self.is_empty() { 0 } else { self.square_metres() }
    }

    /// Without holes of at most `limit` square metres.
    #[must_use]
    pub fn without_small_holes(mut self, limit: i64) -> Area {
        for rings in &mut self.polygons {
            let mut outer = true;
            rings.retain(|ring| {
                let one = Area { polygons: vec![vec![ring.clone()]] };
                std::mem::take(&mut outer) || one.square_metres() > limit
            });
        }
        self
    }

    /// Without pieces of at most `limit` square metres.
    #[must_use]
    pub fn without_small_pieces(mut self, limit: i64) -> Area {
        self = Area::of_pieces(self.each_piece().filter(|piece| piece.square_metres() > limit));
        self
    }

    /// Each piece as an area of its own.
    pub fn each_piece(&self) -> impl Iterator<Item = Area> {
        self.polygons.iter().map(|rings| Area { polygons: vec![rings.clone()] })
    }

    /// Areas that lie apart, as one.
    pub fn of_pieces(pieces: impl Iterator<Item = Area>) -> Area {
        Area { polygons: pieces.flat_map(|piece| piece.polygons).collect() }
    }

    /// The GeoJSON geometry, always written alike.
    pub fn geojson(&self) -> String {
        let position =
            |p: &Point| format!("[{},{}]", Point::degrees(p.lng_e7), Point::degrees(p.lat_e7));
        let ring = |r: &Ring| bracket(r.iter().map(position));
        let polygon = |rings: &Vec<Ring>| bracket(rings.iter().map(ring));
        match &self.polygons[..] {
            [one] => format!(r#"{{"type":"Polygon","coordinates":{}}}"#, polygon(one)),
            many => {
                let all = bracket(many.iter().map(polygon));
                format!(r#"{{"type":"MultiPolygon","coordinates":{all}}}"#)
            }
        }
    }
}

fn bracket(parts: impl Iterator<Item = String>) -> String {
    format!("[{}]", parts.collect::<Vec<_>>().join(","))
}

/// Twice the area between an edge and the origin, with its sign.
fn cross(a: Point, b: Point) -> i128 {
    i128::from(a.lng_e7) * i128::from(b.lat_e7) - i128::from(b.lng_e7) * i128::from(a.lat_e7)
}

/// Whether the ray from `p` to the east meets the edge. Each edge holds its lower end and not its
/// upper one, so a corner is met once.
pub(super) fn lies_east(a: Point, b: Point, p: Point) -> bool {
    if (a.lat_e7 > p.lat_e7) == (b.lat_e7 > p.lat_e7) {
        return false;
    }
    let along = i128::from(p.lat_e7 - a.lat_e7) * i128::from(b.lng_e7 - a.lng_e7);
    let aside = i128::from(p.lng_e7 - a.lng_e7) * i128::from(b.lat_e7 - a.lat_e7);
    if b.lat_e7 > a.lat_e7 { along > aside } else { along < aside }
}

fn polygon(rings: &[Value]) -> Result<Vec<Ring>, ShapeProblem> {
    rings
        .iter()
        .map(|ring| {
            let corners = ring.as_array().ok_or(ShapeProblem::NotGeoJson)?;
            let mut out = corners.iter().map(Point::from_position).collect::<Result<Ring, _>>()?;
            out.dedup();
            if let (Some(first), Some(last)) = (out.first().copied(), out.last())
                && first != *last
            {
                out.push(first);
            }
            Ok(out)
        })
        .collect()
}

/// GeoJSON is WGS-84 (RFC 7946); older files may name a system, and then it must be that one.
pub fn named_system_is_ours(value: &Value) -> Result<(), ShapeProblem> {
    let Some(crs) = value.get("crs").filter(|crs| !crs.is_null()) else { return Ok(()) };
    let name = crs.pointer("/properties/name").and_then(Value::as_str).unwrap_or_default();
    let ours = ["CRS84", "EPSG::4326", "EPSG:4326", "EPSG:4979"];
    if ours.iter().any(|known| name.ends_with(known)) {
        Ok(())
    } else {
        Err(ShapeProblem::OtherSystem)
    }
}
