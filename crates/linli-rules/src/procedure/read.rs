//! From the text of a procedure file to its types. What the names mean is checked in `check`.

use super::sheet::{Row, Sheet, whole};
use super::{
    Call, Choice, Clock, Field, FieldKind, LimitRule, Link, Move, Param, Phase, Problem, Process,
    Stage, StageLimit, Tell,
};
use crate::calendar::{Limit, LimitKind};
use std::collections::BTreeMap;
use toml::de::DeTable;

/// The line on which each clock, stage and move begins.
#[derive(Default)]
pub(super) struct Lines {
    pub procedure: usize,
    pub clocks: Vec<usize>,
    pub stages: Vec<usize>,
    pub moves: Vec<usize>,
    /// Of each move the lines of its guards: those of `when`, then those of `needs`.
    pub calls: Vec<Vec<usize>>,
}

pub(super) fn process(text: &str) -> (Option<Process>, Lines, Vec<Problem>) {
    let mut sheet = Sheet::new(text);
    let mut lines = Lines::default();
    let document = match DeTable::parse(text) {
        Ok(document) => document,
        Err(e) => {
            let line = e.span().map_or(1, |span| sheet.line_of(span.start));
            let said = e.message();
            sheet.say(line, format!("不合 TOML 格式：{said}"), format!("not TOML: {said}"));
            return (None, lines, sheet.problems);
        }
    };
    let mut top = sheet.open(document.get_ref(), 0);
    let Some(mut head) = sheet.row(&mut top, "procedure") else {
        if sheet.problems.is_empty() {
            sheet.missing(1, "[procedure]");
        }
        return (None, lines, sheet.problems);
    };
    lines.procedure = head.line;
    let mut process = Process {
        id: sheet.need_id(&mut head, "id"),
        version: sheet.number(&mut head, "version", 1..=u32::MAX).unwrap_or(1),
        subject: sheet.need_id(&mut head, "subject"),
        title: sheet.need_words(&mut head, "title"),
        source: sheet.need_text(&mut head, "source"),
        clocks: vec![],
        stages: vec![],
        moves: vec![],
    };
    sheet.close(head);
    for row in sheet.rows(&mut top, "clock") {
        lines.clocks.push(row.line);
        process.clocks.push(clock(&mut sheet, row));
    }
    for row in sheet.rows(&mut top, "stage") {
        lines.stages.push(row.line);
        process.stages.push(stage(&mut sheet, row));
    }
    for row in sheet.rows(&mut top, "move") {
        lines.moves.push(row.line);
        let (by, calls) = movement(&mut sheet, row);
        process.moves.push(by);
        lines.calls.push(calls);
    }
    sheet.close(top);
    (Some(process), lines, sheet.problems)
}

fn stage(sheet: &mut Sheet, mut row: Row) -> Stage {
    let id = sheet.need_id(&mut row, "id");
    let before = sheet.problems.len();
    let phase = sheet.named(&mut row, "phase", &Phase::ALL);
    if phase.is_none() && sheet.problems.len() == before {
        sheet.missing(row.line, "phase");
    }
    let stage = Stage {
        id,
        title: sheet.need_words(&mut row, "title"),
        plain: sheet.need_words(&mut row, "plain"),
        others: sheet.words(&mut row, "others"),
        phase: phase.unwrap_or(Phase::Open),
        link: sheet.named(&mut row, "link", &Link::ALL),
        limit: limit(sheet, &mut row),
        next: sheet.text(&mut row, "next"),
        disclose: sheet.texts(&mut row, "disclose"),
    };
    sheet.close(row);
    stage
}

fn clock(sheet: &mut Sheet, mut row: Row) -> Clock {
    let clock = Clock {
        id: sheet.need_id(&mut row, "id"),
        title: sheet.need_words(&mut row, "title"),
        limit: fixed_limit(sheet, &mut row),
        when: sheet.rows(&mut row, "when").into_iter().map(|row| call(sheet, row)).collect(),
        warns: sheet.texts(&mut row, "warns"),
        late: sheet.texts(&mut row, "late"),
    };
    sheet.close(row);
    clock
}

/// The limit of a clock beside the stages.
fn fixed_limit(sheet: &mut Sheet, row: &mut Row) -> Option<Limit> {
    let mut row = sheet.row(row, "limit")?;
    let kinds = LimitKind::ALL.map(|kind| (kind.name(), kind));
    let kind = sheet.named(&mut row, "kind", &kinds);
    let n = sheet.number(&mut row, "n", 1..=Limit::MOST);
    if kind.is_none() || n.is_none() {
        sheet.say(
            row.line,
            "计时的时限要写 kind 和 n".to_owned(),
            "the limit of a clock has kind and n".to_owned(),
        );
    }
    sheet.close(row);
    Some(Limit { kind: kind?, n: n? })
}

fn limit(sheet: &mut Sheet, row: &mut Row) -> Option<StageLimit> {
    let mut row = sheet.row(row, "limit")?;
    let clock = sheet.need_id(&mut row, "clock");
    let kinds = LimitKind::ALL.map(|kind| (kind.name(), kind));
    let standard = sheet.named(&mut row, "from", &[("standard", LimitRule::Standard)]);
    let kind = sheet.named(&mut row, "kind", &kinds);
    let n = sheet.number(&mut row, "n", 1..=Limit::MOST);
    let rule = match (standard, kind, n) {
        (Some(standard), None, None) => Some(standard),
        (None, Some(kind), Some(n)) => Some(LimitRule::Fixed(Limit { kind, n })),
        _ => {
            sheet.say(
                row.line,
                "时限要么写 kind 和 n，要么写 from = \"standard\"".to_owned(),
                "a limit has either kind and n, or from = \"standard\"".to_owned(),
            );
            None
        }
    };
    sheet.close(row);
    rule.map(|rule| StageLimit { clock, rule })
}

/// A move, and the lines of its guards.
fn movement(sheet: &mut Sheet, mut row: Row) -> (Move, Vec<usize>) {
    let mut lines = vec![];
    let mut calls = |sheet: &mut Sheet, row: &mut Row, key| {
        let rows = sheet.rows(row, key);
        lines.extend(rows.iter().map(|row| row.line));
        rows.into_iter().map(|row| call(sheet, row)).collect()
    };
    let by = Move {
        act: sheet.need_id(&mut row, "act"),
        title: sheet.need_words(&mut row, "title"),
        from: sheet.some_texts(&mut row, "from"),
        to: sheet.text(&mut row, "to"),
        when: calls(sheet, &mut row, "when"),
        needs: calls(sheet, &mut row, "needs"),
        resumes: sheet.flag(&mut row, "resumes"),
        record: sheet.rows(&mut row, "record").into_iter().map(|r| field(sheet, r)).collect(),
        does: sheet.texts(&mut row, "does"),
        starts: sheet.texts(&mut row, "starts"),
        stops: sheet.texts(&mut row, "stops"),
        drops: sheet.texts(&mut row, "drops"),
        tell: sheet.rows(&mut row, "tell").into_iter().map(|r| tell(sheet, r)).collect(),
    };
    sheet.close(row);
    (by, lines)
}

fn call(sheet: &mut Sheet, mut row: Row) -> Call {
    let guard = sheet.need_id(&mut row, "guard");
    let otherwise = sheet.text(&mut row, "else");
    let mut params = BTreeMap::new();
    for (key, line, value) in sheet.rest(&mut row) {
        let value = value.get_ref();
        let text = value.as_str().map(|text| Param::Text(text.to_owned()));
        match text.or_else(|| whole(value).map(Param::Number)) {
            Some(param) => {
                params.insert(key, param);
            }
            None => sheet.say(
                line,
                format!("参数 {key} 应为文字或整数"),
                format!("the parameter {key} must be text or a whole number"),
            ),
        }
    }
    Call { guard, params, otherwise }
}

fn field(sheet: &mut Sheet, mut row: Row) -> Field {
    let name = sheet.need_id(&mut row, "name");
    let before = sheet.problems.len();
    let kind = sheet.named(&mut row, "kind", &FieldKind::ALL);
    if kind.is_none() && sheet.problems.len() == before {
        sheet.missing(row.line, "kind");
    }
    let field = Field {
        name,
        kind: kind.unwrap_or(FieldKind::Text),
        required: sheet.flag(&mut row, "required"),
        public: sheet.flag(&mut row, "public"),
        max: sheet.number(&mut row, "max", 1..=u32::MAX),
        title: sheet.need_words(&mut row, "title"),
        hint: sheet.words(&mut row, "hint"),
        options: sheet.rows(&mut row, "options").into_iter().map(|r| choice(sheet, r)).collect(),
    };
    sheet.close(row);
    field
}

fn choice(sheet: &mut Sheet, mut row: Row) -> Choice {
    let choice = Choice {
        value: sheet.need_id(&mut row, "value"),
        title: sheet.need_words(&mut row, "title"),
    };
    sheet.close(row);
    choice
}

fn tell(sheet: &mut Sheet, mut row: Row) -> Tell {
    let tell =
        Tell { who: sheet.need_id(&mut row, "who"), notice: sheet.need_text(&mut row, "notice") };
    sheet.close(row);
    tell
}
