//! A district with so many cases, made offline through the same door as all else, so that its
//! record is whole: the closed cases come in chunks like those of an import, each with the six
//! steps of its way.

use std::path::Path;

use linli::act::{Actor, Order};
use linli::affairs::appeal::import::{AdoptCases, StageCases, StagedCase};
use linli::affairs::appeal::{APPEAL, CaseFile};
use linli::app::init::{self, Asked};
use linli::base::{Fault, Id, Instant};
use linli::catalogue::{self, Class};
use linli::district::District;
use linli::matter::Matter;
use linli::matter::batch::{Batch, Past};
use linli::store::StoreError;
use linli::territory::Place;

use crate::town::{self, said};
use crate::words::{Dice, reply, report, title};

/// Cases of one chunk: an act, and so a leaf, holds some seven hundred rows.
const CHUNK: usize = 60;
/// Open cases in each grid that is looked at: the same at every size of the district.
const OPEN: usize = 12;
/// Closed cases of a grid that are looked at.
const CLOSED: usize = 20;
const DAY: i64 = 86_400_000_000;

/// One way a closed case has gone: act, stage it led to, hours after the report.
const WAY: [(&str, &str, i64); 6] = [
    ("report", "reported", 0),
    ("accept", "awaiting_dispatch", 1),
    ("dispatch", "dispatched", 3),
    ("sign", "handling", 5),
    ("answer", "answered", 30),
    ("verify", "closed", 54),
];

struct Seeder<'d> {
    district: &'d District,
    classes: Vec<Class>,
    dice: Dice,
    batch: Batch,
    numbers: std::ops::Range<i64>,
    first: Instant,
}

/// Makes the district in `dir` with so many cases.
pub fn run(dir: &Path, cases: usize, store: Option<&str>) -> Result<(), Fault> {
    let district = init::district(&Asked {
        dir: dir.to_owned(),
        division: town::CODE.to_owned(),
        store: store.map(str::to_owned),
        ..Asked::default()
    })?;
    let (communities, grids) = town::ground(&district)?;
    let mut town = town::people(&district, &communities, &grids)?;
    let mut seeder = Seeder::new(&district, cases)?;
    let flat: Vec<&Place> = grids.iter().flatten().collect();
    let mut staged = Vec::with_capacity(CHUNK);
    let mut chunk = 0;
    let mut made = 0;
    for looker in &mut town.lookers {
        let grid = flat.iter().find(|grid| grid.path == looker.grid);
        let grid = *grid.ok_or_else(|| Fault::new("a grid is missing"))?;
        for n in 0..OPEN + CLOSED {
            let case = seeder.case(grid, n >= OPEN)?;
            looker.cases.push(case.matter.number.clone());
            staged.push(case);
        }
        made += OPEN + CLOSED;
        if staged.len() >= CHUNK - OPEN - CLOSED {
            seeder.stage(std::mem::take(&mut staged), &mut chunk)?;
        }
    }
    while made < cases {
        let grid = flat[made % flat.len()];
        staged.push(seeder.case(grid, true)?);
        made += 1;
        if staged.len() >= CHUNK {
            seeder.stage(std::mem::take(&mut staged), &mut chunk)?;
            if chunk % 500 == 0 {
                eprintln!("{made} of {cases} cases");
            }
        }
    }
    seeder.stage(staged, &mut chunk)?;
    seeder.adopt(made)?;
    let fault = |e: StoreError| Fault::new(e.to_string());
    let leaves = district.sequencer.drain_blocking(district.now()).map_err(fault)?;
    district.store().take_stock().map_err(fault)?;
    eprintln!("{made} cases, {leaves} leaves placed");
    town.write(dir)
}

impl<'d> Seeder<'d> {
    fn new(district: &'d District, cases: usize) -> Result<Seeder<'d>, Fault> {
        let fault = |e: StoreError| Fault::new(e.to_string());
        let now = district.now();
        let total = i64::try_from(cases).unwrap_or(i64::MAX);
        // Cases that are looked at come on top of a small district.
        let numbers = district.take_numbers_blocking(total + 4000).map_err(fault)?;
        Ok(Seeder {
            district,
            classes: district.store().read_blocking(catalogue::store::all).map_err(fault)?,
            dice: Dice::of(0),
            batch: Batch {
                id: town::id("batch"),
                kind: "cases".to_owned(),
                file_name: "bench".to_owned(),
                file_hash: String::new(),
                rows: total,
                at: now,
                by: "bench".to_owned(),
                adopted_at: None,
                undone_at: None,
            },
            numbers,
            first: now.plus_micros(-360 * DAY),
        })
    }

    fn case(&mut self, grid: &Place, closed: bool) -> Result<StagedCase, Fault> {
        let n = self.numbers.next().ok_or_else(|| Fault::new("out of numbers"))?;
        let class = &self.classes[self.dice.below(self.classes.len())];
        let days = if closed { self.dice.below(350) } else { 358 };
        let at =
            self.first.plus_micros(days as i64 * DAY + self.dice.below(3600) as i64 * 1_000_000);
        let hours = |hours: i64| at.plus_micros(hours * DAY / 24);
        let steps = if closed { &WAY[..] } else { &WAY[..1] };
        let last = steps.last().map_or(at, |step| hours(step.2));
        let stage = steps.last().map_or("reported", |step| step.1);
        let words = report(&mut self.dice);
        let answer = closed.then(|| reply(&mut self.dice));
        let year = at.day(self.district.config.offset_minutes).year();
        let id = self.district.new_id();
        let matter = Matter {
            id: id.clone(),
            number: format!("{year}-{n:06}"),
            kind: "case".to_owned(),
            process: APPEAL.to_owned(),
            process_version: 1,
            stage: stage.to_owned(),
            phase: stage.to_owned(),
            version: 1,
            title: title(&words),
            place_id: Some(grid.id.clone()),
            place_path: grid.path.clone(),
            owner: None,
            body: Some(town::central()),
            about_body: None,
            publicity: class.publicity.clone(),
            source: "import".to_owned(),
            opened_at: at,
            stage_since: last,
            due_at: None,
            beside: None,
            updated_at: last,
            closed_at: closed.then_some(last),
            batch: Some(self.batch.id.clone()),
        };
        let file = file_of(id, class, words, answer.clone(), last, n);
        let mut from = None;
        let mut past = Vec::with_capacity(steps.len());
        for (act, to, after) in steps {
            past.push(Past {
                act: (*act).to_owned(),
                at: hours(*after),
                from_stage: from.replace(*to).map(str::to_owned),
                to_stage: (*to).to_owned(),
                label: "网格员".to_owned(),
                said: answer.clone().filter(|_| *act == "answer"),
                facts: "{}".to_owned(),
            });
        }
        Ok(StagedCase { matter, file, contact: None, past })
    }

    fn stage(&self, cases: Vec<StagedCase>, chunk: &mut usize) -> Result<(), Fault> {
        if cases.is_empty() {
            return Ok(());
        }
        let act = StageCases {
            kit: StageCases::kit_of(self.district).map_err(said)?,
            batch: self.batch.clone(),
            chunk: *chunk,
            place_path: format!("/{}/", town::CODE),
            cases,
        };
        let order = Order::new(self.district.new_id(), act);
        self.district.door.perform_blocking(&Actor::operator(), order).map_err(said)?;
        *chunk += 1;
        Ok(())
    }

    fn adopt(&self, cases: usize) -> Result<(), Fault> {
        let act = AdoptCases {
            kit: StageCases::kit_of(self.district).map_err(said)?,
            batch: self.batch.id.clone(),
            place_path: format!("/{}/", town::CODE),
            cases: i64::try_from(cases).unwrap_or(i64::MAX),
        };
        let order = Order::new(self.district.new_id(), act);
        self.district.door.perform_blocking(&Actor::operator(), order).map_err(said)?;
        Ok(())
    }
}

fn file_of(
    id: Id,
    class: &Class,
    words: String,
    answer: Option<String>,
    at: Instant,
    n: i64,
) -> CaseFile {
    CaseFile {
        class: Some(class.id.clone()),
        address: Some(format!("示例路{}号", n % 900 + 1)),
        answered_at: answer.as_ref().map(|_| at),
        answer,
        external_id: Some(format!("bench:{n}")),
        ..CaseFile::fresh(id, words, "zh")
    }
}
