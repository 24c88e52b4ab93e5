//! Many cases at once: first what would happen to each, then, once confirmed, one act a case.
//!
//! The id of each act follows from the batch and the case, so confirming twice does it once.
//! A notice that went out cannot be called back, so undoing is a move of its own (`undo`): a
//! dispatch nobody has signed for is recalled, an acceptance taken back, whoever was told is told
//! so, and both stay in the timeline. Signing has no move back, so the preview says so beforehand.

use std::collections::HashSet;

use super::super::answering;
use super::super::case_web::asked_for;
use super::super::view::{self, CaseView, Looker};
use super::list::{Lists, Row};
use crate::act::{Done, Failure, Refusal};
use crate::base::Id;
use crate::catalogue;
use crate::matter::{CASES, Conduct, Kit, Put, Seen};
use crate::page::{Form, Visitor};
use crate::people::remit::Answering;
use crate::store::ReadTx;

/// Acts that can be done to many at once.
pub const ACTS: [&str; 4] = ["accept", "dispatch", "recall", "sign"];
/// Acts that ask for a reason, which is the same for all.
pub const REASONED: [&str; 3] = ["dispatch", "recall", "unaccept"];
/// Cases in one go.
pub const MOST: usize = 100;

/// Marks each row of a page with the acts it can take along with others, and gives the bodies that
/// some row may be dispatched to.
pub fn mark(lists: &Lists<'_, '_>, rows: &mut [Row]) -> Done<Vec<Answering>> {
    let turns = ACTS.map(|act| (act, [lists.turn(act)]));
    let book = catalogue::book(&lists.looker.district, lists.tx)?;
    let mut asked = HashSet::new();
    let mut bodies: Vec<Answering> = Vec::new();
    for row in rows {
        for (act, turn) in &turns {
            if lists.waits(turn, &row.matter)? {
                row.can.push(*act);
            }
        }
        if !row.can.contains(&"dispatch") {
            continue;
        }
        let kind = answering::kind_of(row.class_id.as_ref().and_then(|id| book.by_id(id)));
        let about = row.matter.about_body.as_ref();
        if !asked.insert((kind, row.matter.place_path.clone(), about.cloned())) {
            continue;
        }
        for body in answering::at(lists.tx, kind, &row.matter.place_path, about)?.bodies {
            if bodies.iter().all(|known| known.id != body.id) {
                bodies.push(body);
            }
        }
    }
    Ok(bodies)
}

/// What would happen to one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub number: String,
    pub title: String,
    /// Where it goes, in words: a class or a body.
    pub to: String,
    /// The same as the act is told it.
    pub value: String,
    pub seen: i64,
    /// Why it will not be done; empty when it can.
    pub refused: String,
}

impl Line {
    pub fn can(&self) -> bool {
        self.refused.is_empty()
    }
}

/// What is asked for a number of cases.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub act: String,
    pub numbers: Vec<String>,
    /// The body all are to go to; each its own by the duty list where it is left out.
    pub body: Option<Id>,
}

impl Asked {
    /// As a form asks for it; refused where it names a body that is none, for then each would go to
    /// its own.
    pub fn of(form: &Form) -> Done<Asked> {
        let mut numbers = form.all("id").to_vec();
        numbers.dedup();
        let body = form.row("to", "no_such_body")?;
        Ok(Asked { act: form.get("do").to_owned(), numbers, body })
    }
}

/// More than can be done in one go are refused: what was ticked is not silently less.
fn in_one_go(cases: usize) -> Done<()> {
    match cases {
        n if n > MOST => Err(Refusal::new("too_many_at_once").with("max", MOST.to_string()).into()),
        _ => Ok(()),
    }
}

/// A line for each case asked about; cases out of sight are left out.
pub fn preview(tx: &ReadTx<'_>, looker: &Looker, kit: &Kit, asked: &Asked) -> Done<Vec<Line>> {
    in_one_go(asked.numbers.len())?;
    let mut lines = Vec::new();
    for number in &asked.numbers {
        match view::look(tx, looker, number) {
            Ok(case) => lines.push(line(tx, looker, kit, asked, &case)?),
            Err(Failure::Hidden) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(lines)
}

fn line(tx: &ReadTx<'_>, looker: &Looker, kit: &Kit, asked: &Asked, case: &CaseView) -> Done<Line> {
    let lang = looker.lang;
    let mut line = Line {
        number: case.matter.number.clone(),
        title: case.title.clone(),
        to: String::new(),
        value: String::new(),
        seen: case.matter.version,
        refused: String::new(),
    };
    let stage = [("stage", case.stage.as_str())];
    if kit.process.candidates(&asked.act, &case.matter.stage).is_empty() {
        line.refused = lang.fill("refusal.not_at_this_stage", &stage);
    } else if !looker.may(&format!("case.{}", asked.act), &case.reach) {
        line.refused = lang.say("desk.bulk.not_yours");
    } else {
        match asked.act.as_str() {
            "accept" => to_class(looker, case, &mut line),
            "dispatch" => to_body(tx, looker, asked, case, &mut line)?,
            _ => {}
        }
    }
    Ok(line)
}

fn to_class(looker: &Looker, case: &CaseView, line: &mut Line) {
    match &case.class {
        Some(class) => {
            line.to = class.title.pick(looker.lang).to_owned();
            line.value = class.code.clone();
        }
        None => line.refused = looker.lang.say("desk.bulk.no_class"),
    }
}

fn to_body(
    tx: &ReadTx<'_>,
    looker: &Looker,
    asked: &Asked,
    case: &CaseView,
    line: &mut Line,
) -> Done<()> {
    let found = answering::of_matter(tx, case.class.as_ref(), &case.matter)?;
    let chosen = match &asked.body {
        Some(body) => found.bodies.iter().find(|known| known.id == *body),
        None => found.proposed(),
    };
    match chosen {
        Some(body) => {
            line.to = body.name.clone();
            line.value = body.id.to_string();
        }
        None if asked.body.is_some() => line.refused = looker.lang.say("refusal.body_has_duty"),
        None => line.refused = looker.lang.say("desk.bulk.no_body"),
    }
    Ok(())
}

/// What became of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub number: String,
    pub to: String,
    /// The version it has now, for undoing just this.
    pub version: i64,
    pub refused: String,
}

/// Does what was confirmed, one act a case. Lines come as `number|version|value`.
pub async fn confirm(visitor: &Visitor, kit: &Kit, batch: &Id, form: &Form) -> Done<Vec<Outcome>> {
    let act = form.get("do");
    in_one_go(form.all("line").len())?;
    let mut out = Vec::new();
    for line in form.all("line") {
        let mut parts = line.splitn(4, '|');
        let mut next = || parts.next().unwrap_or_default().to_owned();
        let (number, seen, value, to) = (next(), next(), next(), next());
        let done = one(visitor, kit, act, batch, (&number, &seen, &value), form).await;
        let (version, refused) = match done {
            Ok(version) => (version, String::new()),
            Err(failure) => (0, super::web::in_words(visitor, kit, &failure)),
        };
        out.push(Outcome { number, to, version, refused });
    }
    Ok(out)
}

async fn one(
    visitor: &Visitor,
    kit: &Kit,
    act: &str,
    batch: &Id,
    (number, seen, value): (&str, &str, &str),
    form: &Form,
) -> Done<i64> {
    let put = match act {
        "accept" => Put::default().with("class", value),
        "dispatch" => Put::default().with("body", value).with("reason", form.get("reason")),
        "recall" | "unaccept" => Put::default().with("reason", form.get("reason")),
        _ => Put::default(),
    };
    let id = Id::derived(&format!("bulk {batch} {act} {number}"));
    let (kit, seen, act) = (kit.clone(), Seen::said(seen), act.to_owned());
    let make = move |matter| Conduct { kit, of: CASES, matter, seen, act, put };
    let conduct = asked_for(visitor, number, &id, make).await?;
    Ok(visitor.perform(id, conduct).await?.outcome.version)
}
