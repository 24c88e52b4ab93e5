//! How long a case may take, in words: the step it is at, the whole of it, and the handling of its
//! class.

use linli_rules::procedure::{LimitRule, Move, Stage};

use super::{Sheet, time};
use crate::act::Done;
use crate::catalogue::Standard;
use crate::matter::pace::{Expected, Outlook};
use crate::matter::{Kit, Matter, clock};

impl Sheet<'_, '_> {
    /// By when all is done at the latest. Nothing where the step is late: the chip says how late.
    pub(super) fn expected(&self, kit: &Kit, matter: &Matter) -> Done<Option<Expected>> {
        if !self.open("due") {
            return Ok(None);
        }
        let pace = self.standard.as_ref().map(Standard::pace).unwrap_or_default();
        Outlook::new(kit, self.now).expected(self.tx, matter, &pace)
    }

    pub(super) fn due_title(&self) -> String {
        let lang = self.looker.lang;
        let of_stage = |clock: &&clock::ClockView| clock.stage.is_some() && clock.runs();
        match self.clocks.iter().rfind(of_stage) {
            Some(clock) => {
                let step = self.versions.clock_title(&clock.name, lang);
                lang.with("case.due_of_step", &step)
            }
            None => lang.say("case.due"),
        }
    }

    /// The limit of the standard, and the move from which it is reckoned: `2 个工作日，从签收起算`.
    pub(super) fn limit(&self) -> Option<String> {
        let lang = self.looker.lang;
        let known = self.standard.as_ref()?.time();
        let limit = time::limit(lang, known.kind.name(), i64::from(known.n));
        Some(match self.reckoned_from() {
            Some(by) => lang.fill("case.limit_from", &[("limit", limit), ("by", by)]),
            None => limit,
        })
    }

    /// What the move is called that leads to the stage which the standard times.
    fn reckoned_from(&self) -> Option<String> {
        let by_standard =
            |stage: &&Stage| stage.limit.as_ref().is_some_and(|l| l.rule == LimitRule::Standard);
        let stage = self.process.stages.iter().find(by_standard)?;
        let leads = |by: &&Move| by.to.as_ref() == Some(&stage.id);
        let first = self.process.moves.iter().find(leads)?;
        // Of several moves of one act the last is the ordinary one.
        let by = self.process.moves.iter().rfind(|by| leads(by) && by.act == first.act)?;
        Some(by.title.in_lang(self.looker.lang.code()).to_owned())
    }
}
