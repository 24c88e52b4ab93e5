//! Whether the clocks of a procedure can do what they are for: a clock that nothing starts times
//! nothing, and one that nothing stops runs over in every matter.

use super::check::Checking;
use super::{Clock, Move, Stage};
use std::collections::BTreeSet;

impl Checking<'_> {
    pub(super) fn clocks(&mut self, lines: &[usize]) {
        let mut seen = BTreeSet::new();
        for (clock, line) in self.process.clocks.iter().zip(lines) {
            let id = &clock.id;
            if !seen.insert(id) {
                self.say(*line, format!("计时重复：{id}"), format!("clock {id} is there twice"));
            }
            for who in clock.warns.iter().chain(&clock.late) {
                self.known(*line, ("通知对象", "person to tell"), who, self.known.who);
            }
            match clock.limit {
                Some(_) => self.beside(clock, *line),
                None => self.at_stages(clock, *line),
            }
        }
    }

    fn beside(&mut self, clock: &Clock, line: usize) {
        let id = &clock.id;
        let process = self.process;
        let starting = |by: &&Move| by.starts.contains(id);
        if !process.moves.iter().any(|by| starting(&by)) {
            self.say(
                line,
                format!("没有动作起算（starts）{id}"),
                format!("no move starts the clock {id}"),
            );
        }
        if !process.moves.iter().any(|by| by.stops.contains(id)) {
            self.say(
                line,
                format!("没有动作停止（stops）{id}"),
                format!("no move stops the clock {id}"),
            );
        }
        for by in process.moves.iter().filter(starting) {
            for call in &clock.when {
                self.signature(call, by, line);
            }
        }
    }

    fn at_stages(&mut self, clock: &Clock, line: usize) {
        let id = &clock.id;
        let mut limits = self.process.stages.iter().filter_map(|stage| stage.limit.as_ref());
        if !limits.any(|limit| limit.clock == *id) {
            self.say(
                line,
                format!("没有阶段用 {id} 计时，它自己又没有 limit"),
                format!("no stage has the clock {id}, and it has no limit of its own"),
            );
        }
        if !clock.when.is_empty() {
            self.say(
                line,
                format!("{id} 随阶段计时，不能写 when"),
                format!("{id} runs at stages and can have no when"),
            );
        }
    }

    /// A clock that is named is there, and is of the kind that is meant.
    pub(super) fn runs(&mut self, line: usize, id: &str, beside: bool) {
        let Some(clock) = self.process.clock(id) else {
            self.say(line, format!("没有这个计时：{id}"), format!("there is no clock {id}"));
            return;
        };
        match (beside, clock.limit.is_some()) {
            (true, false) => self.say(
                line,
                format!("{id} 随阶段计时，动作不能起算或停止它"),
                format!("{id} runs at stages; no move starts or stops it"),
            ),
            (false, true) => self.say(
                line,
                format!("{id} 有自己的时限，不能当阶段的计时"),
                format!("{id} has a limit of its own and cannot be the clock of a stage"),
            ),
            _ => {}
        }
    }

    /// A clock that a move drops is there, and runs where the move is made from; that of a stage
    /// ends only as the stage is left.
    fn ends(&mut self, by: &Move, id: &str, line: usize) {
        let process = self.process;
        let Some(clock) = process.clock(id) else {
            self.say(line, format!("没有这个计时：{id}"), format!("there is no clock {id}"));
            return;
        };
        let timed = |from: &String| {
            let limit = process.stage(from).and_then(|stage| stage.limit.as_ref());
            limit.is_some_and(|limit| limit.clock == id) && by.leads_to(from) != from
        };
        if clock.limit.is_none() && !by.from.iter().all(timed) {
            let act = &by.act;
            self.say(
                line,
                format!("{act} 不离开用 {id} 计时的阶段，不能写 drops"),
                format!("{act} does not leave the stages timed by {id} and cannot drop it"),
            );
        }
    }

    pub(super) fn turns(&mut self, by: &Move, line: usize) {
        for id in by.starts.iter().chain(&by.stops) {
            self.runs(line, id, true);
        }
        for id in &by.drops {
            self.ends(by, id, line);
        }
        for id in by.starts.iter().filter(|id| by.stops.contains(id)) {
            self.say(
                line,
                format!("{} 不能又起算又停止 {id}", by.act),
                format!("{} cannot both start and stop {id}", by.act),
            );
        }
        let to = by.to.as_deref().and_then(|to| self.process.stage(to));
        let again = |to: &Stage| to.limit.is_some() && !by.creates() && !by.from.contains(&to.id);
        if by.resumes && !to.is_some_and(again) {
            self.say(
                line,
                format!("{} 要接着计时（resumes），只能到另一个有时限的阶段", by.act),
                format!("{} resumes a clock and must lead to another stage with a limit", by.act),
            );
        }
        if !by.starts.is_empty() && to.is_some_and(|to| to.phase.is_final()) {
            self.say(
                line,
                format!("{} 办结事项，不能再起算计时", by.act),
                format!("{} ends the matter and can start no clock", by.act),
            );
        }
    }
}
