//! What is told at the end, and whether what was acknowledged is there.

use std::path::Path;

use linli::act::Done;
use linli::base::{Clock, Fault};
use linli::district::District;

use crate::rounds::Figures;
use crate::town::said;

/// What stands in a district.
pub struct Counted {
    pub engine: &'static str,
    pub cases: i64,
    reported: i64,
    moved: i64,
}

impl Counted {
    pub fn of(dir: &Path) -> Result<Counted, Fault> {
        let district = District::open(dir, Clock::default(), &linli::app::wiring()?)?;
        let engine = district.store().engine_name();
        let counted = district.store().read_blocking(move |tx| -> Done<Counted> {
            Ok(Counted {
                engine,
                cases: tx.count("select count(*) from matter", &[])?,
                reported: tx.count("select count(*) from matter where source = 'api'", &[])?,
                moved: tx.count(
                    "select count(*) from act where name in ('case.accept', 'case.dispatch',
                        'case.sign', 'case.answer', 'case.verify_by_call')",
                    &[],
                )?,
            })
        });
        counted.map_err(said)
    }
}

/// Exactly what was acknowledged is there: no report or move lost, none made twice.
pub fn check(figures: &Figures, before: &Counted, after: &Counted) -> Result<(), Fault> {
    let told = |name| figures.right.get(name).copied().unwrap_or_default() as i64;
    let there = (after.reported - before.reported, after.moved - before.moved);
    let told = (told("W1"), told("W4"));
    if told != there {
        return Err(Fault::new(format!("{told:?} acknowledged, {there:?} there")));
    }
    if figures.wrong > 0 {
        return Err(Fault::new(format!("{} wrong answers", figures.wrong)));
    }
    Ok(())
}

/// The table, as Markdown: the median of the rounds, and the spread.
pub fn print(figures: &Figures, counted: &Counted) {
    println!("{} cases on {}; {} wrong answers.\n", counted.cases, counted.engine, figures.wrong);
    println!("| figure | median | least | most |");
    println!("|---|---|---|---|");
    for name in figures.all.keys() {
        if let Some((median, least, most)) = figures.of(name) {
            let show = |value: f64| {
                if value < 100.0 { format!("{value:.1}") } else { format!("{value:.0}") }
            };
            println!("| {name} | {} | {} | {} |", show(median), show(least), show(most));
        }
    }
}
