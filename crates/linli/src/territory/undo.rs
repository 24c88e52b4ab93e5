//! An import of boundaries taken back: what would go, what would be in force again, and what stands
//! in the way. It is looked at on the page and decided again inside the act.

use super::import::Ledger;
use super::store::import::{Import, Outline};
use super::{Area, HangingOn, Place, store};
use crate::act::{Done, FieldProblem};
use crate::base::{Fault, Id, Instant};
use crate::store::ReadTx;

/// A boundary that goes, and the one its place had before.
#[derive(Clone, Debug)]
pub struct Drawn {
    pub outline: Id,
    pub place: Place,
    pub before: Option<(Id, Area)>,
}

/// What undoing an import would do.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Places that go, the deepest first.
    pub entered: Vec<Place>,
    pub drawn: Vec<Drawn>,
    /// What has been built on it: with one of these it stays.
    pub problems: Vec<FieldProblem>,
}

impl Plan {
    fn enters(&self, place: &Id) -> bool {
        self.entered.iter().any(|entered| entered.id == *place)
    }

    /// Boundaries of places that stay.
    pub fn redrawn(&self) -> impl Iterator<Item = &Drawn> {
        self.drawn.iter().filter(|drawn| !self.enters(&drawn.place.id))
    }
}

/// What undoing this import would do now.
pub fn plan(tx: &ReadTx<'_>, import: &Import, hanging: HangingOn, now: Instant) -> Done<Plan> {
    let mut plan = Plan { entered: store::import::entered(tx, &import.id)?, ..Plan::default() };
    for outline in store::import::drawn(tx, &import.id)? {
        let drawn = drawn(tx, &outline)?;
        if outline.valid_to.is_some() && !plan.enters(&drawn.place.id) {
            plan.problems.push(problem("undo_redrawn", &drawn.place));
        }
        plan.drawn.push(drawn);
    }
    for place in &plan.entered {
        plan.problems.extend(built_on(tx, place, &import.id)?);
    }
    plan.problems.extend(hangs(tx, &plan.entered, hanging, now)?);
    if plan.problems.is_empty() {
        plan.problems = unfitting(tx, import, &plan)?;
    }
    Ok(plan)
}

fn problem(code: &'static str, place: &Place) -> FieldProblem {
    FieldProblem::new("import", code).with("place", &place.name)
}

fn drawn(tx: &ReadTx<'_>, outline: &Outline) -> Done<Drawn> {
    let place = store::place_by_id(tx, &outline.place)?
        .ok_or_else(|| Fault::new(format!("boundary {} has no place", outline.id)))?;
    let before = match store::import::before(tx, outline)? {
        None => None,
        Some((id, geojson)) => {
            let area = Area::kept(&geojson);
            Some((id, area.map_err(|p| Fault::new(format!("{}: {}", place.code, p.code())))?))
        }
    };
    Ok(Drawn { outline: outline.id.clone(), place, before })
}

/// What became of an entered place itself.
fn built_on(tx: &ReadTx<'_>, place: &Place, import: &Id) -> Done<Option<FieldProblem>> {
    if !place.stands() || store::import::changes(tx, &place.id)? > 0 {
        return Ok(Some(problem("undo_changed", place)));
    }
    if store::import::others_drawn(tx, &place.id, import)? > 0 {
        return Ok(Some(problem("undo_redrawn", place)));
    }
    if store::import::others_below(tx, &place.id, import)? > 0 {
        return Ok(Some(problem("place_not_empty", place)));
    }
    let addresses = store::import::addresses_in(tx, &place.id)?;
    Ok((addresses > 0).then(|| problem("undo_addresses", place).with("n", addresses)))
}

/// Cases, people and bodies at the entered places, each told of the deepest it is at.
fn hangs(
    tx: &ReadTx<'_>,
    entered: &[Place],
    hanging: HangingOn,
    now: Instant,
) -> Done<Vec<FieldProblem>> {
    let mut told: Vec<&Place> = Vec::new();
    let mut out = Vec::new();
    for place in entered {
        if told.iter().any(|below| below.within(&place.path)) {
            continue;
        }
        let left = hanging(tx, &place.path, now)?;
        let all = [
            ("place_has_open_cases", left.open_cases),
            ("place_has_holders", left.holders),
            ("place_has_bodies", left.bodies),
            ("place_has_remits", left.remits),
            ("undo_remembered", left.past),
        ];
        if let Some((code, n)) = all.into_iter().find(|(_, n)| *n > 0) {
            out.push(problem(code, place).with("n", n));
            told.push(place);
        }
    }
    Ok(out)
}

/// Boundaries that would be in force again and no longer fit what others drew meanwhile.
fn unfitting(tx: &ReadTx<'_>, import: &Import, plan: &Plan) -> Done<Vec<FieldProblem>> {
    let Some(within) = store::place_by_id(tx, &import.place)? else { return Ok(Vec::new()) };
    let mut ledger = Ledger::read(tx, &within)?;
    for drawn in &plan.drawn {
        let area = drawn.before.as_ref().map(|(_, area)| area.clone());
        ledger.set(&drawn.place, area);
    }
    let mut out = Vec::new();
    for drawn in plan.redrawn() {
        if let Some((_, area)) = &drawn.before {
            let wrong = ledger.fits_at("import", &drawn.place.path, area);
            if !wrong.is_empty() {
                out.push(problem("undo_unfitting", &drawn.place));
                out.extend(wrong);
            }
        }
    }
    Ok(out)
}
