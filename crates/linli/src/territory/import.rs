//! A file of boundaries, looked at before anything is changed: which feature is which place, and
//! what is wrong with each. The same is decided again inside the act.

use std::collections::{HashMap, HashSet};

use linli_rules::codes::DivisionCode;
use serde::Serialize;
use serde_json::Value;

use super::area::{self, ShapeProblem};
use super::rules::{self, Named};
use super::{Area, Place, path_under, store};
use crate::act::{Done, FieldProblem};
use crate::base::{Fault, Id};
use crate::page;
use crate::store::ReadTx;

/// Features of one file: each leaves up to three marks in one leaf of the record, the place, the
/// boundary of before and that of now.
pub const MOST_FEATURES: usize = 350;
/// Bytes of one file.
pub const MOST_BYTES: usize = 4 * 1024 * 1024;

/// One feature as the file has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Feature {
    pub code: String,
    pub name: String,
    pub level: String,
    pub parent: String,
    /// The geometry as text; empty where the file has none.
    pub shape: String,
}

/// What becomes of a feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The boundary is set or replaced.
    Draw(Id),
    /// The place is entered, with its boundary if there is one.
    New,
    /// Nothing changes.
    Same,
    /// It could not be told which place it is.
    Unknown,
}

/// A feature with the place it is for and what is wrong with it.
#[derive(Clone, Debug)]
pub struct PlanRow {
    pub number: usize,
    pub kind: Kind,
    pub code: String,
    pub name: String,
    pub level: String,
    /// Code of the place above, for a new one.
    pub parent: Option<String>,
    pub path: String,
    pub area: Option<Area>,
    pub problems: Vec<FieldProblem>,
}

impl PlanRow {
    /// Whether it brings the place at this path another boundary.
    fn changes(&self, path: &str) -> bool {
        self.kind != Kind::Same && self.area.is_some() && self.path == path
    }
}

/// Ground of a place that none of the places in it covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub place: String,
    pub square_metres: i64,
}

/// What an import would do.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub rows: Vec<PlanRow>,
    pub gaps: Vec<Gap>,
}

impl Plan {
    pub fn is_right(&self) -> bool {
        self.rows.iter().all(|row| row.problems.is_empty())
    }

    pub fn creates(&self) -> bool {
        self.rows.iter().any(|row| row.kind == Kind::New)
    }
}

/// Reads a GeoJSON FeatureCollection (or a single Feature).
pub fn features(field: &str, text: &str) -> Result<Vec<Feature>, FieldProblem> {
    let wrong = |problem: ShapeProblem| rules::shape_problem(field, problem);
    if text.len() > MOST_BYTES {
        return Err(page::too_big(field, MOST_BYTES));
    }
    let value: Value = serde_json::from_str(text).map_err(|_| wrong(ShapeProblem::NotGeoJson))?;
    area::named_system_is_ours(&value).map_err(wrong)?;
    let all = match value.get("type").and_then(Value::as_str) {
        Some("Feature") => std::slice::from_ref(&value),
        Some("FeatureCollection") => {
            let all = value.get("features").and_then(Value::as_array);
            all.ok_or_else(|| wrong(ShapeProblem::NotGeoJson))?
        }
        _ => return Err(FieldProblem::new(field, "import_not_features")),
    };
    match all.len() {
        0 => Err(FieldProblem::new(field, "import_empty")),
        n if n > MOST_FEATURES => {
            Err(FieldProblem::new(field, "import_too_many").with("n", n).with("max", MOST_FEATURES))
        }
        _ => Ok(all.iter().map(feature).collect()),
    }
}

fn feature(value: &Value) -> Feature {
    let property = |names: [&str; 2]| {
        let found = names.iter().find_map(|name| value.get("properties")?.get(name));
        match found {
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        }
    };
    let geometry = value.get("geometry").filter(|geometry| !geometry.is_null());
    Feature {
        code: property(["code", "代码"]),
        name: property(["name", "名称"]),
        level: property(["level", "层级"]),
        parent: property(["parent", "上级"]),
        shape: geometry.map(Value::to_string).unwrap_or_default(),
    }
}

/// The places a file is held against, and what it adds to them.
pub(super) struct Ledger {
    places: Vec<Place>,
    /// Name and boundary of each place by its path, as they would be afterwards.
    drawn: HashMap<String, (String, Area)>,
    /// Path of every place by its code, new ones included.
    paths: HashMap<String, String>,
    /// The frames of all other boundaries of the district.
    elsewhere: Vec<rules::Bounds>,
    within: String,
}

/// What an import of these features would do to the places in `within`.
pub fn plan(tx: &ReadTx<'_>, within: &Place, features: &[Feature]) -> Done<Plan> {
    let mut ledger = Ledger::read(tx, within)?;
    let before: HashMap<String, Area> =
        ledger.drawn.iter().map(|(path, (_, area))| (path.clone(), area.clone())).collect();
    let mut rows: Vec<PlanRow> = Vec::new();
    // A boundary is long: it is read once, however often its place is looked for.
    let read = |(at, feature)| (at + 1, feature, area_of(at + 1, feature));
    let mut waiting: Vec<(usize, &Feature, Boundary)> =
        features.iter().enumerate().map(read).collect();
    // A place may come before the one it lies in: go round until nothing more is found.
    loop {
        let left = waiting.len();
        waiting.retain(|(number, feature, area)| match ledger.placed(*number, feature, area) {
            Some(row) => {
                ledger.paths.insert(row.code.clone(), row.path.clone());
                rows.push(row);
                false
            }
            None => true,
        });
        if waiting.is_empty() || waiting.len() == left {
            break;
        }
    }
    rows.extend(waiting.into_iter().map(|(number, feature, _)| unknown(number, feature)));
    refuse_twice(&mut rows);
    refuse_used(tx, &mut rows)?;
    for row in &mut rows {
        if let Some(area) = &row.area {
            if before.get(&row.path) == Some(area) {
                row.kind = Kind::Same;
            }
            ledger.drawn.insert(row.path.clone(), (row.name.clone(), area.clone()));
        } else if let Kind::Draw(_) = row.kind
            && row.problems.is_empty()
        {
            row.kind = Kind::Same;
        }
    }
    let stay = ledger.bounds_but(|path| rows.iter().any(|row| row.changes(path)));
    for row in rows.iter_mut().filter(|row| row.problems.is_empty() && row.kind != Kind::Same) {
        row.problems = ledger.fits(row);
        if row.problems.is_empty() {
            row.problems.extend(ledger.far(row, &stay));
        }
    }
    let gaps = ledger.gaps(&rows);
    // Those without a fault stay in the order in which they can be entered: parents first.
    rows.sort_by_key(|row| (row.path.matches('/').count(), row.number));
    Ok(Plan { rows, gaps })
}

/// The boundary of a feature, none, or what is wrong with it.
type Boundary = Result<Option<Area>, FieldProblem>;

fn area_of(number: usize, feature: &Feature) -> Boundary {
    match feature.shape.as_str() {
        "" => Ok(None),
        shape => rules::check_area(&field(number), shape).map(Some),
    }
}

fn unknown(number: usize, feature: &Feature) -> PlanRow {
    let field = field(number);
    let problem = if feature.code.is_empty() || feature.name.is_empty() {
        FieldProblem::new(field, "import_unknown").with("name", label(feature))
    } else {
        FieldProblem::new(field, "import_no_parent").with("name", label(feature))
    };
    PlanRow {
        number,
        kind: Kind::Unknown,
        code: feature.code.clone(),
        name: feature.name.clone(),
        level: feature.level.clone(),
        parent: None,
        path: String::new(),
        area: None,
        problems: vec![problem],
    }
}

fn field(number: usize) -> String {
    format!("feature{number}")
}

fn label(feature: &Feature) -> String {
    let both = format!("{} {}", feature.name, feature.code);
    both.trim().to_owned()
}

/// Two features for one place: the second is wrong.
fn refuse_twice(rows: &mut [PlanRow]) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for row in rows.iter_mut().filter(|row| !row.path.is_empty()) {
        if let Some(first) = seen.get(&row.path) {
            let problem = FieldProblem::new(field(row.number), "import_twice");
            row.problems.push(problem.with("name", &row.name).with("n", first));
        } else {
            seen.insert(row.path.clone(), row.number);
        }
    }
}

/// A new place whose code another has, or whose path another had: a path is given once.
fn refuse_used(tx: &ReadTx<'_>, rows: &mut [PlanRow]) -> Done<()> {
    let mut new: HashSet<String> = HashSet::new();
    for row in rows.iter_mut().filter(|row| row.kind == Kind::New && row.problems.is_empty()) {
        let used = !new.insert(row.code.clone())
            || store::code_is_used(tx, &row.code)?
            || store::path_is_used(tx, &row.path)?;
        if used {
            let problem = FieldProblem::new(field(row.number), "code_used");
            row.problems.push(problem.with("code", &row.code));
        }
    }
    Ok(())
}

impl Ledger {
    /// The places in `within`, those it lies in, and those beside it.
    pub fn read(tx: &ReadTx<'_>, within: &Place) -> Done<Ledger> {
        let mut places = store::under(tx, &within.path)?;
        if let Some(parent) = &within.parent {
            let beside = store::children(tx, Some(parent))?;
            places.extend(beside.into_iter().filter(|place| place.id != within.id));
        }
        let above = store::ancestors(tx, &within.path)?;
        places.extend(above.into_iter().filter(|place| place.id != within.id));
        let (mut drawn, mut elsewhere) = (HashMap::new(), Vec::new());
        let by_id: HashMap<&Id, &Place> = places.iter().map(|p| (&p.id, p)).collect();
        for (id, geojson) in store::outlines(tx)? {
            let area = Area::kept(&geojson);
            let Some(place) = by_id.get(&id) else {
                // One that cannot be read says nothing of where the district lies.
                elsewhere.extend(area.ok().map(|area| area.bounds()));
                continue;
            };
            let area = area.map_err(|problem| {
                Fault::new(format!("the boundary of {}: {}", place.code, problem.code()))
            })?;
            drawn.insert(place.path.clone(), (place.name.clone(), area));
        }
        let paths = places.iter().map(|p| (p.code.clone(), p.path.clone())).collect();
        Ok(Ledger { drawn, paths, elsewhere, within: within.path.clone(), places })
    }

    /// The feature with its place; `None` while the place above it is not known.
    fn placed(&self, number: usize, feature: &Feature, area: &Boundary) -> Option<PlanRow> {
        let (area, mut problems) = match area {
            Ok(area) => (area.clone(), Vec::new()),
            Err(problem) => (None, vec![problem.clone()]),
        };
        if let Some(place) = self.known(feature, number, &mut problems) {
            if !place.within(&self.within) {
                let beyond = FieldProblem::new(field(number), "import_beyond");
                problems.push(beyond.with("name", &place.name));
            }
            return Some(PlanRow {
                number,
                kind: Kind::Draw(place.id.clone()),
                code: place.code.clone(),
                name: place.name.clone(),
                level: place.level.clone(),
                parent: None,
                path: place.path.clone(),
                area,
                problems,
            });
        }
        if feature.code.is_empty() || feature.name.is_empty() {
            return None;
        }
        self.new_row(number, feature, area, problems)
    }

    /// The place that a feature means: by its code, else by a name that only one place has.
    fn known(
        &self,
        feature: &Feature,
        number: usize,
        problems: &mut Vec<FieldProblem>,
    ) -> Option<&Place> {
        if !feature.code.is_empty() {
            return self.places.iter().find(|place| place.code == feature.code);
        }
        let inside = |p: &&Place| p.name == feature.name && p.within(&self.within);
        let mut named = self.places.iter().filter(inside);
        let first = named.next()?;
        if named.next().is_some() {
            let twice = FieldProblem::new(field(number), "import_name_twice");
            problems.push(twice.with("name", &feature.name));
        }
        Some(first)
    }

    fn new_row(
        &self,
        number: usize,
        feature: &Feature,
        area: Option<Area>,
        mut problems: Vec<FieldProblem>,
    ) -> Option<PlanRow> {
        let parent = if feature.parent.is_empty() {
            DivisionCode::parse(&feature.code).ok()?.parent()?.to_string()
        } else {
            feature.parent.clone()
        };
        let above = self.paths.get(&parent)?;
        let path = path_under(above, &feature.code);
        let level = if feature.level.is_empty() { super::GRID } else { &feature.level };
        let name = field(number);
        problems.extend(rules::check_code(&name, &feature.code).err());
        problems.extend(rules::check_name(&name, &feature.name).err());
        problems.extend(rules::check_level(&name, level).err());
        if !path.starts_with(&self.within) {
            problems.push(FieldProblem::new(name, "import_beyond").with("name", &feature.name));
        }
        Some(PlanRow {
            number,
            kind: Kind::New,
            code: feature.code.clone(),
            name: feature.name.clone(),
            level: level.to_owned(),
            parent: Some(parent),
            path,
            area,
            problems,
        })
    }

    fn named(&self, path: &str) -> Option<Named<'_>> {
        self.drawn.get(path).map(|(name, area)| Named { name, area })
    }

    fn beside<'a>(&'a self, parent: &'a str, but: &'a str) -> Vec<Named<'a>> {
        let mut paths: Vec<&String> =
            self.drawn.keys().filter(|path| above(path) == parent && *path != but).collect();
        paths.sort_unstable();
        paths.into_iter().filter_map(|path| self.named(path)).collect()
    }

    fn fits(&self, row: &PlanRow) -> Vec<FieldProblem> {
        let Some(area) = &row.area else { return Vec::new() };
        self.fits_at(&field(row.number), &row.path, area)
    }

    /// Whether nothing above says where it belongs, and it is far from all that stays; from the
    /// rest of the file, where every boundary is brought anew.
    fn far(&self, row: &PlanRow, stay: &[rules::Bounds]) -> Option<FieldProblem> {
        let area = row.area.as_ref().filter(|_| self.named(above(&row.path)).is_none())?;
        let file = if stay.is_empty() { self.bounds_but(|path| path == row.path) } else { vec![] };
        rules::far_from_all(&field(row.number), area, if stay.is_empty() { &file } else { stay })
    }

    fn bounds_but(&self, but: impl Fn(&str) -> bool) -> Vec<rules::Bounds> {
        let others = self.drawn.iter().filter(|(path, _)| !but(path));
        others.map(|(_, (_, area))| area.bounds()).chain(self.elsewhere.iter().copied()).collect()
    }

    /// Whether an area fits at a path: in what is above, beside its sisters, around what is below.
    pub fn fits_at(&self, field: &str, path: &str, area: &Area) -> Vec<FieldProblem> {
        let parent = above(path);
        rules::fits(
            field,
            area,
            self.named(parent).as_ref(),
            &self.beside(parent, path),
            &self.beside(path, ""),
        )
    }

    /// Reckons with another boundary of a place, or with none.
    pub fn set(&mut self, place: &Place, area: Option<Area>) {
        match area {
            Some(area) => drop(self.drawn.insert(place.path.clone(), (place.name.clone(), area))),
            None => drop(self.drawn.remove(&place.path)),
        }
    }

    fn gaps(&self, rows: &[PlanRow]) -> Vec<Gap> {
        let parents: HashSet<&str> = rows
            .iter()
            .filter(|row| row.kind != Kind::Same && row.area.is_some())
            .map(|row| above(&row.path))
            .collect();
        let mut parents: Vec<&str> = parents.into_iter().collect();
        parents.sort_unstable();
        let gap = |path: &str| {
            let whole = self.named(path)?;
            let parts = self.beside(path, "");
            let areas: Vec<&Area> = parts.iter().map(|part| part.area).collect();
            let rest = rules::uncovered(whole.area, &areas);
            (rest > rules::tolerance(whole.area.square_metres()))
                .then(|| Gap { place: whole.name.to_owned(), square_metres: rest })
        };
        parents.into_iter().filter_map(gap).collect()
    }
}

/// The path one level up.
fn above(path: &str) -> &str {
    let cut = path.trim_end_matches('/').rfind('/').map_or(0, |at| at + 1);
    &path[..cut]
}
