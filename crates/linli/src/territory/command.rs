//! A file of boundaries from the terminal: looked at, taken over, undone.

use std::io::Write;
use std::path::Path;

use super::acts::{ImportBoundaries, UndoImport, Undone};
use super::store::import as imports;
use super::{HangingOn, import, store, undo, undo_web, upload};
use crate::act::{Actor, Done, Failure, FieldProblem, Order};
use crate::base::{Fault, Id};
use crate::district::District;
use crate::page;
use crate::store::ReadTx;
use crate::words::Lang;

/// What the operator asks for.
pub struct Wanted<'a> {
    pub file: &'a Path,
    /// The code of the place all of it lies in; the district where it is left out.
    pub place: Option<&'a str>,
    /// The coordinates are said to be WGS-84.
    pub wgs84: bool,
    /// Without it the file is only looked at.
    pub adopt: bool,
    pub lang: Lang,
}

/// Looks at a file and tells what it would do, and takes it over when asked to; gives the import.
pub fn import(district: &District, wanted: &Wanted<'_>, out: &mut dyn Write) -> Done<Option<Id>> {
    if !wanted.wgs84 {
        return Err(FieldProblem::new("system", "import_say_system").into());
    }
    let text = page::text_at(wanted.file, import::MOST_BYTES)?;
    let features = import::features("file", &text)?;
    let code = wanted.place.unwrap_or(&district.config.code).to_owned();
    let asked = features.clone();
    let (within, plan, seen) = district.store().read_blocking(move |tx: &ReadTx<'_>| {
        let within = store::place_by_code(tx, &code)?;
        let unknown = FieldProblem::new("place", "place_unknown").with("code", code);
        let within = within.ok_or_else(|| Failure::from(unknown))?;
        let plan = import::plan(tx, &within, &asked)?;
        Ok::<_, Failure>((within, plan, store::version(tx)?))
    })?;
    let lang = wanted.lang;
    tell(&upload::report(&plan, lang), lang, out).map_err(Fault::from)?;
    if !plan.is_right() {
        let all = plan.rows.into_iter().flat_map(|row| row.problems);
        return Err(Failure::Invalid(all.collect()));
    }
    if !wanted.adopt {
        return Ok(None);
    }
    let creates = plan.creates();
    let act = ImportBoundaries { within: within.id, seen: Some(seen), features, creates };
    let order = Order::new(district.new_id(), act);
    let done = district.door.perform_blocking(&Actor::operator(), order)?.outcome;
    if let Some(import) = &done.import {
        let said = lang.fill("import.adopted", &[("batch", import.as_str())]);
        writeln!(out, "{said}").map_err(Fault::from)?;
    }
    Ok(done.import)
}

fn tell(report: &upload::Report, lang: Lang, out: &mut dyn Write) -> std::io::Result<()> {
    let counts = [
        ("draw", report.drawn),
        ("new", report.created),
        ("same", report.unchanged),
        ("wrong", report.wrong),
    ];
    for (what, n) in counts.into_iter().filter(|(_, n)| *n > 0) {
        writeln!(out, "{}", lang.with(&format!("territory.import.n_{what}"), &n))?;
    }
    for row in &report.rows {
        writeln!(out, "{} {} {}: {}", row.number, row.name, row.code, row.what)?;
        for problem in &row.problems {
            writeln!(out, "!! {problem}")?;
        }
    }
    for gap in &report.gaps {
        let size = lang.with("territory.import.gap", &gap.square_metres);
        writeln!(out, ".. {}: {size}", gap.place)?;
    }
    Ok(())
}

/// Whether there was an import of boundaries under this id.
pub fn is_import(district: &District, id: &Id) -> Done<bool> {
    let id = id.clone();
    Ok(district.store().read_blocking(move |tx| imports::by_id(tx, &id))?.is_some())
}

/// Undoes an import of boundaries, and tells what became of each place.
pub fn take_back(
    district: &District,
    id: &Id,
    hanging: HangingOn,
    lang: Lang,
    out: &mut dyn Write,
) -> Done<Undone> {
    let (wanted, now) = (id.clone(), district.now());
    let (within, plan) = district.store().read_blocking(move |tx: &ReadTx<'_>| {
        let import = imports::by_id(tx, &wanted)?.ok_or(Failure::Hidden)?;
        Ok::<_, Failure>((import.place.clone(), undo::plan(tx, &import, hanging, now)?))
    })?;
    let act = UndoImport { within, import: id.clone(), hanging };
    let order = Order::new(district.new_id(), act);
    let undone = district.door.perform_blocking(&Actor::operator(), order)?.outcome;
    for line in undo_web::lines(&plan, lang) {
        writeln!(out, "{} {}: {}", line.name, line.code, line.what).map_err(Fault::from)?;
    }
    Ok(undone)
}
