//! What is said beside the form of a move: before it is made, and when it was not taken.

use linli_rules::procedure::{FieldKind, Move, Process};

use super::affair;
use super::offer::Offers;
use crate::act::{Done, FieldProblem};
use crate::words::Lang;

impl Offers<'_, '_> {
    /// What to know before a move is made: that it is final, or does less than it may seem to.
    pub(super) fn before(&self, by: &Move) -> Done<Option<String>> {
        let lang = self.looker.lang;
        let key = format!("case.before.{}", by.act);
        let all = self.process.candidates(&by.act, &self.case.matter.stage);
        let mut guards = all.iter().flat_map(|by| &by.when);
        let Some(window) = guards.find(|call| call.guard == "reopen_window") else {
            return Ok(lang.find(&key));
        };
        let days = window.number("days").unwrap_or(7);
        let now = (self.now, self.looker.district.config.offset_minutes);
        let open = affair::within_window(self.tx, &self.case.matter, days, now)?;
        let late = lang.find(&key).filter(|_| !open);
        Ok(late.map(|_| lang.fill(&key, &[("days", days.to_string())])))
    }
}

/// The fields that a refusal speaks of: what one of them should say is told there.
pub fn pointed_at(refusal: &str) -> Vec<FieldProblem> {
    match refusal {
        "cites_duty_or_gap" => vec![
            FieldProblem::new("cited_duty", "cite_duty"),
            FieldProblem::new("gap", "or_say_gap"),
        ],
        _ => Vec::new(),
    }
}

/// Fields left empty are told by their names: a form may lack several.
pub fn named(
    lang: Lang,
    process: &Process,
    act: &str,
    problems: Vec<FieldProblem>,
) -> Vec<FieldProblem> {
    let field = |name: &str| {
        let mut moves = process.moves.iter().filter(|by| by.act == act);
        moves.find_map(|by| by.record.iter().find(|field| field.name == name))
    };
    let name = |problem: FieldProblem| {
        let empty = ["missing", "photo_missing"].contains(&problem.code);
        let Some(field) = field(&problem.field).filter(|_| empty) else { return problem };
        let code = match field.kind {
            FieldKind::Text | FieldKind::Longtext | FieldKind::Number => "fill_in",
            FieldKind::Photos => "attach",
            FieldKind::Checks => "tick",
            _ => "choose",
        };
        FieldProblem::new(problem.field, code).with("n", field.title.in_lang(lang.code()))
    };
    problems.into_iter().map(name).collect()
}
