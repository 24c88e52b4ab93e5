//! Whether a procedure is one for cases.
//!
//! What the program does by itself, counts or asks for by name stands here. A version that calls it
//! otherwise is right in itself, and yet would lose limits, reminders or whole reports without a
//! word: so it is refused, with line and reason (decision 12).

use std::collections::BTreeSet;

use linli_rules::Words;
use linli_rules::procedure::{FieldKind, Move, Phase, Problem, Process};

use super::affair::{BY_A_SUPERVISOR, DISPUTED, REOPENED};
use super::figures::store::CLOCKS;
use super::{APPEAL, TO_BE_RATED};
use crate::words::Lang;

/// What reports put down, whichever channel they come by, and what the clock does when grids
/// change.
const RECORDS: [(&str, &str, FieldKind); 10] = [
    ("report", "words", FieldKind::Longtext),
    ("report", "photos", FieldKind::Photos),
    ("report", "place", FieldKind::Place),
    ("report", "class", FieldKind::Class),
    ("report_handled", "words", FieldKind::Longtext),
    ("report_handled", "before", FieldKind::Photos),
    ("report_handled", "after", FieldKind::Photos),
    ("report_handled", "place", FieldKind::Place),
    ("report_handled", "class", FieldKind::Class),
    (FOLLOW_GRID, "place", FieldKind::Place),
];
/// A guard that counts, and the stage whose lines it counts.
const COUNTED: [(&str, &str); 2] = [("reopen_window", REOPENED), ("dispute_window", DISPUTED)];
/// By these a case comes to its answer or its end: who made one handled it, and what they said is
/// its answer.
const ANSWERS: [&str; 4] = ["answer", "handle_here", "reject", "uphold"];
/// Who takes a case up by this handles it, and does not verify it. Its clock bears the same name.
const SIGN: &str = "sign";
/// Who makes one of these verifies a case, and so did not handle it.
const VERIFIES: [&str; 2] = ["verify", "verify_by_call"];
const NOT_THE_HANDLER: &str = "not_the_handler";
/// What this puts down is for the office alone, whatever a file says.
const NOTE: &str = "note";
const RATINGS: [&str; 2] = ["rate", "rate_by_call"];
const FOLLOW_GRID: &str = "follow_grid";

/// What is right in itself and yet no procedure for cases, each with its line.
pub(super) fn misfits(text: &str, process: &Process) -> Vec<Problem> {
    let mut check = Check { text, process, found: Vec::new() };
    check.names();
    check.notices();
    check.records();
    check.counted();
    check.answers();
    check.verified();
    check.inside();
    check.ratings();
    check.grids();
    check.clocks();
    check.found
}

struct Check<'a> {
    text: &'a str,
    process: &'a Process,
    found: Vec<Problem>,
}

impl Check<'_> {
    /// A problem at the first line that has these letters.
    fn say(&mut self, with: &str, zh: String, en: String) {
        let line = self.text.lines().position(|line| line.contains(with)).unwrap_or_default();
        self.found.push(Problem { line: line + 1, reason: Words { zh, en } });
    }

    fn at(&mut self, by: &Move, zh: String, en: String) {
        self.say(&format!("act = \"{}\"", by.act), zh, en);
    }

    fn names(&mut self) {
        let process = self.process;
        for (key, is, wanted) in
            [("id", &process.id, APPEAL), ("subject", &process.subject, "case")]
        {
            if is != wanted {
                let (zh, en) = (format!("{key} 应为 {wanted}"), format!("{key} must be {wanted}"));
                self.say(&format!("\"{is}\""), zh, en);
            }
        }
    }

    fn notices(&mut self) {
        let tells = self.process.moves.iter().flat_map(|by| &by.tell);
        let told: BTreeSet<&str> = tells.map(|tell| tell.notice.as_str()).collect();
        let missing = |name: &&str| Lang::Zh.find(&format!("notice.{name}")).is_none();
        for notice in told.into_iter().filter(missing) {
            let (zh, en) =
                (format!("没有这个通知：{notice}"), format!("there is no notice {notice}"));
            self.say(&format!("\"{notice}\""), zh, en);
        }
    }

    fn records(&mut self) {
        for by in &self.process.moves {
            for (act, name, kind) in RECORDS {
                let there = by.field(name).is_some_and(|field| field.kind == kind);
                if by.act == act && !there {
                    let kind = kind.name();
                    self.at(
                        by,
                        format!("{act} 需要存证项 {name}（{kind}）"),
                        format!("{act} needs a field {name} of the kind {kind}"),
                    );
                }
            }
        }
    }

    fn counted(&mut self) {
        for by in &self.process.moves {
            let has = |guard: &str| by.when.iter().chain(&by.needs).any(|c| c.guard == guard);
            let (act, to) = (&by.act, by.to.as_deref());
            for (guard, stage) in COUNTED {
                if has(guard) && to != Some(stage) {
                    self.at(
                        by,
                        format!("{act} 有 {guard}，只能到阶段 {stage}：次数按它数"),
                        format!("{act} has {guard} and must lead to {stage}, where it is counted"),
                    );
                }
            }
            if to == Some(REOPENED) && !has(COUNTED[0].0) && act != BY_A_SUPERVISOR {
                self.at(
                    by,
                    format!("到 {REOPENED} 而没有 {} 的动作要叫 {BY_A_SUPERVISOR}", COUNTED[0].0),
                    format!(
                        "{act} leads to {REOPENED} without {}: it must be called {BY_A_SUPERVISOR}",
                        COUNTED[0].0
                    ),
                );
            }
        }
    }

    fn answers(&mut self) {
        let process = self.process;
        let phase = |id: &String| process.stage(id).map(|stage| stage.phase);
        for by in process.moves.iter().filter(|by| !ANSWERS.contains(&by.act.as_str())) {
            let at_work = by.from.iter().filter_map(phase).any(is_at_work);
            let to = by.to.as_ref().and_then(phase);
            if at_work && matches!(to, Some(Phase::Answered | Phase::Closed)) {
                let (act, known) = (&by.act, ANSWERS.join("、"));
                self.at(
                    by,
                    format!("{act} 使案卷有了答复或结果，名称只能是：{known}"),
                    format!("{act} answers or ends a case: it must be one of {known}"),
                );
            }
        }
    }

    /// Nobody verifies their own work.
    fn verified(&mut self) {
        let process = self.process;
        for by in process.moves.iter().filter(|by| VERIFIES.contains(&by.act.as_str())) {
            if !by.when.iter().chain(&by.needs).any(|c| c.guard == NOT_THE_HANDLER) {
                let act = &by.act;
                self.at(
                    by,
                    format!("{act} 需要条件 {NOT_THE_HANDLER}：办理人不能核查自己办的"),
                    format!("{act} needs {NOT_THE_HANDLER}: nobody verifies what they handled"),
                );
            }
        }
    }

    /// An internal note is never shown to everyone.
    fn inside(&mut self) {
        let process = self.process;
        for by in process.moves.iter().filter(|by| by.act == NOTE) {
            for field in by.record.iter().filter(|field| field.public) {
                let name = &field.name;
                self.at(
                    by,
                    format!("{NOTE} 是内部备注，{name} 不能公开"),
                    format!("{NOTE} is an internal note: its {name} cannot be public"),
                );
            }
        }
    }

    fn ratings(&mut self) {
        for by in self.process.moves.iter().filter(|by| RATINGS.contains(&by.act.as_str())) {
            if by.from.iter().any(|from| from != TO_BE_RATED) {
                let act = &by.act;
                self.at(
                    by,
                    format!("{act} 只能从阶段 {TO_BE_RATED} 开始：等评价的案卷按它找"),
                    format!("{act} must lead from {TO_BE_RATED}, where cases wait to be rated"),
                );
            }
        }
    }

    /// A case that is not closed goes along when its grid ends.
    fn grids(&mut self) {
        let process = self.process;
        for stage in &process.stages {
            let open = is_at_work(stage.phase) || stage.phase == Phase::Answered;
            if open && process.candidates(FOLLOW_GRID, &stage.id).is_empty() {
                let id = &stage.id;
                self.say(
                    &format!("act = \"{FOLLOW_GRID}\""),
                    format!("{FOLLOW_GRID} 的 from 里缺少阶段 {id}"),
                    format!("{FOLLOW_GRID} must lead from {id} too"),
                );
            }
        }
    }

    fn clocks(&mut self) {
        for clock in CLOCKS.into_iter().filter(|clock| self.process.clock(clock).is_none()) {
            self.say(
                "[procedure]",
                format!("缺少时限 {clock}：统计要用它"),
                format!("there is no clock {clock}, which the figures count by"),
            );
        }
        let signed = self.process.moves.iter().any(|by| by.act == SIGN);
        if self.process.clock(SIGN).is_some() && !signed {
            self.say(
                &format!("id = \"{SIGN}\""),
                format!("有时限 {SIGN} 就要有叫 {SIGN} 的动作：谁办的按它记"),
                format!("the clock {SIGN} needs a move {SIGN}, which says who handles a case"),
            );
        }
    }
}

fn is_at_work(phase: Phase) -> bool {
    matches!(phase, Phase::Reported | Phase::Open | Phase::Waiting)
}
