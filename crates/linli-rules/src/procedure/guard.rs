//! What a guard takes. A guard whose parameter is missing or misspelt would hold for everybody or
//! for nobody; so every parameter is checked when the file is read, and the program that runs it
//! may rely on what it finds.

use super::check::Checking;
use super::{Call, FieldKind, Move, Param};

/// A guard that the program knows.
#[derive(Clone, Copy, Debug)]
pub struct Signature<'a> {
    pub name: &'a str,
    pub takes: &'a [Takes<'a>],
    /// The stable code of the refusal where it does not hold.
    pub refusal: &'static str,
}

/// A parameter of a guard.
#[derive(Clone, Copy, Debug)]
pub struct Takes<'a> {
    pub name: &'a str,
    pub what: What,
    pub required: bool,
}

/// What a parameter may be.
#[derive(Clone, Copy, Debug)]
pub enum What {
    /// A whole number, both ends included.
    Number { least: i64, most: i64 },
    /// The name of a field of the move's record, of one of these kinds.
    Field(&'static [FieldKind]),
    /// A value that the guard's `field` can have.
    Value,
    /// The clock of the stages that the move is made at.
    Clock,
    /// An act that leads to the stages that the move is made at.
    Act,
}

impl<'a> Takes<'a> {
    pub const fn need(name: &'a str, what: What) -> Takes<'a> {
        Takes { name, what, required: true }
    }
}

impl Checking<'_> {
    /// The call of a guard against its signature.
    pub(super) fn signature(&mut self, call: &Call, by: &Move, line: usize) {
        let guard = &call.guard;
        let Some(known) = self.known.guards.iter().find(|known| known.name == guard) else {
            self.say(line, format!("不认识的条件：{guard}"), format!("unknown guard: {guard}"));
            return;
        };
        for name in call.params.keys() {
            if !known.takes.iter().any(|takes| takes.name == name) {
                self.say(
                    line,
                    format!("条件 {guard} 没有参数 {name}"),
                    format!("{guard} takes no parameter {name}"),
                );
            }
        }
        for takes in known.takes {
            match call.params.get(takes.name) {
                Some(given) => self.parameter(call, by, takes, given, line),
                None if takes.required => self.say(
                    line,
                    format!("条件 {guard} 缺少参数 {}", takes.name),
                    format!("{guard} lacks the parameter {}", takes.name),
                ),
                None => {}
            }
        }
    }

    fn parameter(&mut self, call: &Call, by: &Move, takes: &Takes, given: &Param, line: usize) {
        let (guard, name) = (&call.guard, takes.name);
        match (takes.what, given) {
            (What::Number { least, most }, Param::Number(n)) => {
                if !(least..=most).contains(n) {
                    self.say(
                        line,
                        format!("条件 {guard} 的 {name} 应在 {least} 到 {most} 之间，而不是 {n}"),
                        format!("{name} of {guard} must be {least} to {most}, not {n}"),
                    );
                }
            }
            (What::Number { .. }, Param::Text(_)) => self.say(
                line,
                format!("条件 {guard} 的 {name} 应为整数"),
                format!("{name} of {guard} must be a whole number"),
            ),
            (What::Field(kinds), Param::Text(field)) => {
                self.looks_at(guard, by, field, kinds, line)
            }
            (What::Value, Param::Text(value)) => self.can_be(call, by, value, line),
            (What::Clock, Param::Text(clock)) => self.is_timed_by(guard, by, clock, line),
            (What::Act, Param::Text(act)) => self.comes_after(guard, by, act, line),
            (What::Field(_) | What::Value | What::Clock | What::Act, Param::Number(_)) => self.say(
                line,
                format!("条件 {guard} 的 {name} 应为文字"),
                format!("{name} of {guard} must be text"),
            ),
        }
    }

    fn looks_at(&mut self, guard: &str, by: &Move, name: &str, kinds: &[FieldKind], line: usize) {
        match by.field(name) {
            None => self.say(
                line,
                format!("条件 {guard} 所看的 {name} 不在存证项里"),
                format!("{guard} looks at {name}, which is not in the record"),
            ),
            Some(field) if !kinds.contains(&field.kind) => {
                let of: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
                let of = of.join("/");
                self.say(
                    line,
                    format!("条件 {guard} 所看的 {name} 应为 {of}，而不是 {}", field.kind.name()),
                    format!("{guard} looks at {name}, which is {}, not {of}", field.kind.name()),
                );
            }
            Some(_) => {}
        }
    }

    fn is_timed_by(&mut self, guard: &str, by: &Move, clock: &str, line: usize) {
        self.runs(line, clock, false);
        let process = self.process;
        let timed = |from: &&String| {
            let limit = process.stage(from).and_then(|stage| stage.limit.as_ref());
            limit.is_some_and(|limit| limit.clock == clock)
        };
        if let Some(from) = by.from.iter().find(|from| !timed(from)) {
            self.say(
                line,
                format!("条件 {guard} 所看的 {clock} 不是阶段 {from} 的计时"),
                format!("{guard} looks at {clock}, which is not the clock of {from}"),
            );
        }
    }

    fn comes_after(&mut self, guard: &str, by: &Move, act: &str, line: usize) {
        let leads = |from: &str| {
            let mut all = self.process.moves.iter();
            all.any(|one| one.act == act && one.to.as_deref() == Some(from))
        };
        if let Some(from) = by.from.iter().find(|from| !leads(from)) {
            self.say(
                line,
                format!("条件 {guard} 所看的 {act} 不通到阶段 {from}"),
                format!("{guard} looks at {act}, which does not lead to {from}"),
            );
        }
    }

    fn can_be(&mut self, call: &Call, by: &Move, value: &str, line: usize) {
        let field = call.text("field").and_then(|name| by.field(name));
        let Some(field) = field.filter(|field| field.kind == FieldKind::Choice) else { return };
        if !field.options.iter().any(|option| option.value == value) {
            let name = &field.name;
            self.say(
                line,
                format!("{name} 没有选项 {value}"),
                format!("{name} has no option {value}"),
            );
        }
    }
}
