//! What must be true of a procedure before anybody is bound by it.

use super::read::Lines;
use super::{Call, Field, FieldKind, Known, Move, Problem, Process};
use crate::Words;
use std::collections::BTreeSet;

pub(super) struct Checking<'a> {
    pub(super) process: &'a Process,
    pub(super) known: &'a Known<'a>,
    problems: Vec<Problem>,
}

pub(super) fn problems(process: &Process, lines: &Lines, known: &Known) -> Vec<Problem> {
    let mut check = Checking { process, known, problems: vec![] };
    check.beginning(lines.procedure);
    check.clocks(&lines.clocks);
    check.stages(&lines.stages);
    for (n, (by, line)) in process.moves.iter().zip(&lines.moves).enumerate() {
        check.one_move(by, *line);
        let calls = by.when.iter().chain(&by.needs);
        for (call, line) in calls.zip(lines.calls.get(n).into_iter().flatten()) {
            check.call(call, by, *line);
        }
    }
    check.choices(&lines.moves);
    check.acts(lines.procedure);
    if check.problems.is_empty() {
        check.ways(&lines.stages);
        check.onward(&lines.stages);
    }
    check.problems
}

impl Checking<'_> {
    pub(super) fn say(&mut self, line: usize, zh: String, en: String) {
        self.problems.push(Problem { line, reason: Words { zh, en } });
    }

    /// A name that must be among those known.
    pub(super) fn known(&mut self, line: usize, what: (&str, &str), name: &str, names: &[&str]) {
        if !names.contains(&name) {
            let (zh, en) = what;
            self.say(line, format!("不认识的{zh}：{name}"), format!("unknown {en}: {name}"));
        }
    }

    fn stage_is_there(&mut self, line: usize, id: &str) {
        if self.process.stage(id).is_none() {
            self.say(line, format!("没有这个阶段：{id}"), format!("there is no stage {id}"));
        }
    }

    fn beginning(&mut self, line: usize) {
        if self.process.stages.is_empty() {
            self.say(line, "没有任何阶段".to_owned(), "there are no stages".to_owned());
        }
        if self.process.creating().is_none() {
            self.say(
                line,
                "没有一个动作能新建事项（不写 from 的动作）".to_owned(),
                "no move makes a matter (a move without from)".to_owned(),
            );
        }
    }

    /// Acts that the program performs by itself.
    fn acts(&mut self, line: usize) {
        for (act, begins) in self.known.acts {
            let is = |by: &Move| by.act == *act && by.creates() == *begins;
            if self.process.moves.iter().any(is) {
                continue;
            }
            let (zh, en) = if *begins { ("新建事项的", "that begins ") } else { ("", "") };
            self.say(line, format!("缺少{zh}动作 {act}"), format!("there is no move {en}{act}"));
        }
    }

    /// An effect reads what its move puts down.
    fn effect(&mut self, effect: &str, by: &Move, line: usize) {
        self.known(line, ("效果", "effect"), effect, self.known.effects);
        for (of, name, kind) in self.known.fields.iter().filter(|(of, ..)| *of == effect) {
            let there = |field: &&Field| field.kind == *kind && field.required;
            if by.field(name).filter(there).is_none() {
                let kind = kind.name();
                self.say(
                    line,
                    format!("效果 {of} 需要必填的存证项 {name}（{kind}）"),
                    format!("{of} needs a required field {name} of the kind {kind}"),
                );
            }
        }
    }

    fn stages(&mut self, lines: &[usize]) {
        let mut seen = BTreeSet::new();
        for (stage, line) in self.process.stages.iter().zip(lines) {
            if !seen.insert(&stage.id) {
                let id = &stage.id;
                self.say(*line, format!("阶段重复：{id}"), format!("stage {id} is there twice"));
            }
            if let Some(limit) = &stage.limit {
                self.runs(*line, &limit.clock, false);
            }
            for name in &stage.disclose {
                if let Some(names) = self.known.disclose {
                    self.known(*line, ("公开内容", "thing to disclose"), name, names);
                }
            }
        }
    }

    fn one_move(&mut self, by: &Move, line: usize) {
        let mut seen = BTreeSet::new();
        for from in &by.from {
            self.stage_is_there(line, from);
            if !seen.insert(from) {
                self.say(
                    line,
                    format!("from 里 {from} 写了两次"),
                    format!("{from} is twice in from"),
                );
            }
        }
        match &by.to {
            Some(to) => self.stage_is_there(line, to),
            None if by.creates() => self.say(
                line,
                format!("{} 新建事项，必须写 to", by.act),
                format!("{} makes a matter and must have a to", by.act),
            ),
            None => {}
        }
        if self.known.owners.contains(&by.act.as_str()) && !self.is_owners(by) {
            let (act, guard) = (&by.act, self.known.owner);
            self.say(
                line,
                format!("{act} 是反映人自己的动作，needs 里要有 {guard}"),
                format!("{act} is its reporter's own and needs the guard {guard}"),
            );
        }
        self.record(&by.record, line);
        for effect in &by.does {
            self.effect(effect, by, line);
        }
        self.turns(by, line);
        for tell in &by.tell {
            self.known(line, ("通知对象", "person to tell"), &tell.who, self.known.who);
            if let Some(names) = self.known.notices {
                self.known(line, ("通知", "notice"), &tell.notice, names);
            }
        }
    }

    /// Only whoever the matter belongs to makes this move.
    fn is_owners(&self, by: &Move) -> bool {
        by.needs.iter().any(|call| call.guard == self.known.owner)
    }

    fn record(&mut self, record: &[Field], line: usize) {
        let mut seen = BTreeSet::new();
        for field in record {
            let name = &field.name;
            if !seen.insert(name) {
                self.say(
                    line,
                    format!("存证项重复：{name}"),
                    format!("{name} is twice in the record"),
                );
            }
            let values: BTreeSet<_> = field.options.iter().map(|o| &o.value).collect();
            let choice = field.kind == FieldKind::Choice;
            if values.len() != field.options.len() || choice != (values.len() >= 2) {
                self.say(
                    line,
                    format!("{name}：choice 至少两个不同选项，其他类型没有选项"),
                    format!("{name}: a choice has two or more different options, others none"),
                );
            }
        }
    }

    fn call(&mut self, call: &Call, by: &Move, line: usize) {
        self.signature(call, by, line);
        if let Some(act) = &call.otherwise
            && !self.process.moves.iter().any(|m| m.act == *act)
        {
            self.say(
                line,
                format!("else 指向的动作不存在：{act}"),
                format!("no act {act} for else"),
            );
        }
    }

    /// Of several moves of one act at one stage, each but the last must say when it is meant.
    fn choices(&mut self, lines: &[usize]) {
        let moves: Vec<(&Move, usize)> =
            self.process.moves.iter().zip(lines.iter().copied()).collect();
        for (later, (by, line)) in moves.iter().enumerate() {
            for (before, _) in &moves[..later] {
                let both = before.act == by.act
                    && (before.creates() && by.creates()
                        || before.from.iter().any(|from| by.from.contains(from)));
                if both && (before.when.is_empty() || before.when == by.when) {
                    let act = &by.act;
                    self.say(
                        *line,
                        format!("{act} 与前面的同名动作分不清：前一个要写 when，两个 when 要不同"),
                        format!("{act} cannot be told from an earlier one: it needs its own when"),
                    );
                    break;
                }
            }
        }
    }

    /// Every stage can be come to, and left unless it is an end; and left by more than the will of
    /// its owner, or whoever has to do with it is stuck.
    fn ways(&mut self, lines: &[usize]) {
        let layers = self.process.layers();
        let ending = self.ending();
        for (stage, line) in self.process.stages.iter().zip(lines) {
            let id = &stage.id;
            if !layers.iter().flatten().any(|s| s.id == *id) {
                self.say(*line, format!("到不了这个阶段：{id}"), format!("no way leads to {id}"));
            }
            if stage.phase.is_final() {
                continue;
            }
            let process = self.process;
            let out: Vec<&Move> =
                process.moves_from(id).filter(|by| by.leads_to(id) != id).collect();
            if out.is_empty() {
                self.say(
                    *line,
                    format!("{id} 没有出路，又不是办结或撤回阶段"),
                    format!("no way leads out of {id}, and it is no end"),
                );
            } else if out.iter().all(|by| self.is_owners(by)) {
                self.say(
                    *line,
                    format!("{id} 只有反映人自己能离开，经办的人没有出路"),
                    format!("only its reporter can lead out of {id}: whoever handles it is stuck"),
                );
            } else if !ending.contains(id.as_str()) {
                self.say(
                    *line,
                    format!("从 {id} 走不到任何办结的阶段，除非反映人自己来办"),
                    format!("no way leads from {id} to an end, but for those of its reporter"),
                );
            }
        }
    }
}

impl<'a> Checking<'a> {
    /// The stages from which a matter comes to an end by more than the will of its owner.
    fn ending(&self) -> BTreeSet<&'a str> {
        let process = self.process;
        let ends = process.stages.iter().filter(|stage| stage.phase.is_final());
        let mut ending: BTreeSet<&'a str> = ends.map(|stage| stage.id.as_str()).collect();
        let steps = process.transitions();
        let steps: Vec<_> = steps.iter().filter(|step| !self.is_owners(step.by)).collect();
        loop {
            let before = ending.len();
            for step in &steps {
                if ending.contains(step.to.id.as_str()) {
                    ending.extend(step.from.map(|from| from.id.as_str()));
                }
            }
            if ending.len() == before {
                return ending;
            }
        }
    }
}
