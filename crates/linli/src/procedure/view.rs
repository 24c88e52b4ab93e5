//! A procedure in words: stages, moves with who may make them, differences of another version.

mod diff;

use std::collections::BTreeMap;

use linli_rules::Words;
use linli_rules::procedure::{
    Call, Clock, Field, FieldKind, Leads, LimitRule, Move, Param, Process, Stage, Way,
};

pub use diff::differences;

use crate::act::DutyList;
use crate::people::store::PostKind;
use crate::words::Lang;

/// A stage as the page shows it.
pub struct StageLine {
    pub id: String,
    pub title: String,
    pub plain: String,
    pub phase: String,
    pub limit: String,
    pub disclose: String,
}

/// A stage of the drawing where it is read from above to below.
pub struct OutlineLine {
    pub id: String,
    pub title: String,
    /// Moves that begin a matter here.
    pub begins: String,
    /// Moves that lead on: the move, the id and the title of the stage.
    pub onward: Vec<(String, String, String)>,
    /// Moves that leave it here.
    pub stays: String,
}

/// The drawing as a list, for where it is too wide to be read.
pub fn outline(lang: Lang, process: &Process) -> Vec<OutlineLine> {
    let line = |(stage, ways): (&Stage, Vec<Way>)| {
        let (mut begins, mut onward, mut stays) = (Vec::new(), Vec::new(), Vec::new());
        for way in ways {
            match way.to {
                Leads::Here => begins.push(way.title),
                Leads::To { id, title } => onward.push((way.title, id, title)),
                Leads::Nowhere => stays.push(way.title),
            }
        }
        OutlineLine {
            id: stage.id.clone(),
            title: words(lang, &stage.title),
            begins: list(lang, begins),
            onward,
            stays: list(lang, stays),
        }
    };
    process.outline(lang.code()).into_iter().map(line).collect()
}

/// A clock as the page shows it.
pub struct ClockLine {
    pub title: String,
    pub limit: String,
    /// At which stages, or from which moves to which, and under what conditions.
    pub runs: Vec<String>,
}

/// A move as the page shows it.
pub struct MoveLine {
    pub title: String,
    pub from: String,
    pub to: String,
    /// Posts that have the act by the duty list.
    pub posts: String,
    /// Label and what stands by it.
    pub parts: Vec<(&'static str, Vec<String>)>,
}

/// What a reader of a procedure needs besides it.
pub struct Telling<'a> {
    pub lang: Lang,
    pub duties: &'a DutyList,
    pub kinds: &'a [PostKind],
}

fn words(lang: Lang, words: &Words) -> String {
    words.in_lang(lang.code()).to_owned()
}

fn named(lang: Lang, of: &str, name: &str) -> String {
    lang.find(&format!("process.{of}.{name}")).unwrap_or_else(|| name.to_owned())
}

fn list(lang: Lang, all: impl IntoIterator<Item = String>) -> String {
    all.into_iter().collect::<Vec<_>>().join(lang.pick("、", ", "))
}

/// How long a limit is, in words: `2 个工作时`.
pub fn length(lang: Lang, kind: &str, n: i64) -> String {
    let key = if n == 1 { "process.limit_one" } else { "process.limit_of" };
    lang.with(&format!("{key}.{kind}"), &n)
}

pub fn limit(lang: Lang, rule: Option<LimitRule>) -> String {
    match rule {
        None => lang.say("process.no_limit"),
        Some(LimitRule::Standard) => lang.say("process.by_standard"),
        Some(LimitRule::Fixed(limit)) => length(lang, limit.kind.name(), i64::from(limit.n)),
    }
}

fn titles(process: &Process, clocks: &[String], lang: Lang) -> Vec<String> {
    clocks.iter().filter_map(|id| process.clock(id)).map(|c| words(lang, &c.title)).collect()
}

impl Telling<'_> {
    pub fn stages(&self, process: &Process) -> Vec<StageLine> {
        process.stages.iter().map(|stage| self.stage(stage)).collect()
    }

    fn stage(&self, stage: &Stage) -> StageLine {
        let lang = self.lang;
        StageLine {
            id: stage.id.clone(),
            title: words(lang, &stage.title),
            plain: words(lang, &stage.plain),
            phase: named(lang, "phase", stage.phase.name()),
            limit: limit(lang, stage.limit.as_ref().map(|limit| limit.rule)),
            disclose: list(lang, stage.disclose.iter().map(|item| named(lang, "disclose", item))),
        }
    }

    pub fn clocks(&self, process: &Process) -> Vec<ClockLine> {
        process.clocks.iter().map(|clock| self.clock(process, clock)).collect()
    }

    fn clock(&self, process: &Process, clock: &Clock) -> ClockLine {
        let lang = self.lang;
        let stages = process
            .stages
            .iter()
            .filter(|stage| stage.limit.as_ref().is_some_and(|limit| limit.clock == clock.id));
        let at = list(lang, stages.map(|stage| words(lang, &stage.title)));
        let moves = |turns: fn(&Move) -> &Vec<String>| {
            let turning = process.moves.iter().filter(|by| turns(by).contains(&clock.id));
            list(lang, turning.map(|by| words(lang, &by.title)))
        };
        let when = process.moves.iter().find(|by| by.starts.contains(&clock.id));
        let when =
            when.into_iter().flat_map(|by| clock.when.iter().map(|c| guard(lang, process, c, by)));
        let when = list(lang, when);
        let between = || {
            let turns = [("starts", moves(|by| &by.starts)), ("stops", moves(|by| &by.stops))];
            lang.fill("process.between", &turns)
        };
        let mut runs = vec![match clock.limit {
            None => lang.with("process.at_stages", &at),
            Some(_) => between(),
        }];
        if !when.is_empty() {
            runs.push(lang.with("process.only_when", &when));
        }
        ClockLine {
            title: words(lang, &clock.title),
            limit: match clock.limit {
                None => lang.say("process.by_stage"),
                fixed => limit(lang, fixed.map(LimitRule::Fixed)),
            },
            runs,
        }
    }

    pub fn moves(&self, process: &Process) -> Vec<MoveLine> {
        process.moves.iter().map(|by| self.one_move(process, by)).collect()
    }

    fn one_move(&self, process: &Process, by: &Move) -> MoveLine {
        let lang = self.lang;
        let title = |id: &String| process.stage(id).map(|stage| words(lang, &stage.title));
        let from = list(lang, by.from.iter().filter_map(title));
        let to = by.to.as_ref().and_then(title);
        let goes_on = by.resumes.then(|| lang.say("process.resumes"));
        let parts = [
            ("process.when", by.when.iter().map(|call| guard(lang, process, call, by)).collect()),
            ("process.needs", by.needs.iter().map(|call| guard(lang, process, call, by)).collect()),
            ("process.record", by.record.iter().map(|field| field_in_words(lang, field)).collect()),
            ("process.does", by.does.iter().map(|name| named(lang, "effect", name)).collect()),
            ("process.turns", goes_on.into_iter().collect()),
            ("process.starts", titles(process, &by.starts, lang)),
            ("process.stops", titles(process, &by.stops, lang)),
            ("process.drops", titles(process, &by.drops, lang)),
            ("process.tells", by.tell.iter().map(|tell| named(lang, "who", &tell.who)).collect()),
        ];
        MoveLine {
            title: words(lang, &by.title),
            from: if by.creates() { lang.say("process.begins") } else { from },
            to: to.unwrap_or_else(|| lang.say("process.stays")),
            posts: self.posts(&process.act_name(by)),
            parts: parts.into_iter().filter(|(_, said): &(_, Vec<_>)| !said.is_empty()).collect(),
        }
    }

    fn posts(&self, act: &str) -> String {
        let has = |kind: &&PostKind| self.duties.of(&kind.id, act).next().is_some();
        let titles = self.kinds.iter().filter(has);
        let title = |kind: &PostKind| self.lang.pick(&kind.title_zh, &kind.title_en).to_owned();
        let all = list(self.lang, titles.map(title));
        if all.is_empty() { self.lang.say("process.nobody") } else { all }
    }

    /// Acts of a new version that nobody has by the duty list.
    pub fn nobodys(&self, process: &Process) -> Vec<String> {
        let mut out: BTreeMap<String, String> = BTreeMap::new();
        for by in &process.moves {
            let act = process.act_name(by);
            if self.kinds.iter().all(|kind| self.duties.of(&kind.id, &act).next().is_none()) {
                out.insert(act, words(self.lang, &by.title));
            }
        }
        out.into_values().collect()
    }
}

/// A guard with its parameters: fields, options and clocks by their titles.
fn guard(lang: Lang, process: &Process, call: &Call, by: &Move) -> String {
    let field = call.text("field").and_then(|name| by.field(name));
    let shown = |(name, param): (&String, &Param)| {
        let text = match param {
            Param::Number(n) => n.to_string(),
            Param::Text(text) => text.clone(),
        };
        let option = field.and_then(|f| f.options.iter().find(|o| o.value == text));
        let said = match name.as_str() {
            "field" => field.map(|field| words(lang, &field.title)),
            "value" => option.map(|option| words(lang, &option.title)),
            "act" => {
                let by = process.moves.iter().rfind(|by| by.act == text);
                by.map(|by| words(lang, &by.title))
            }
            "clock" => process.clock(&text).map(|clock| words(lang, &clock.title)),
            _ => None,
        };
        (name.clone(), said.unwrap_or(text))
    };
    let params: Vec<(String, String)> = call.params.iter().map(shown).collect();
    let key = format!("process.guard.{}", call.guard);
    if lang.find(&key).is_some() { lang.fill(&key, &params) } else { call.guard.clone() }
}

fn field_in_words(lang: Lang, field: &Field) -> String {
    let mut marks = Vec::new();
    if field.required {
        marks.push(lang.say("process.required"));
    }
    if field.public {
        marks.push(lang.say("process.public"));
    }
    if field.kind == FieldKind::Photos {
        marks.push(lang.say("process.photos"));
    }
    let title = words(lang, &field.title);
    match marks.is_empty() {
        true => title,
        false => lang.fill("process.marked", &[("title", title), ("marks", list(lang, marks))]),
    }
}
