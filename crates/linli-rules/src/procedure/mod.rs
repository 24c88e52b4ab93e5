//! A procedure (办理程序) is data: the stages a matter goes through and the moves between them.
//!
//! One file says what people see (stages), what may be done (moves), what must hold (guards), what
//! must be put down (the record), what follows (effects) and who is told. The engine, the check
//! list, the exhaustive test and the drawing all come from it. There is no expression language: a
//! guard or an effect is a name that the program knows, with parameters.

mod check;
mod clocks;
mod compare;
mod draw;
mod guard;
mod link;
mod onward;
mod read;
mod sheet;

pub use guard::{Signature, Takes, What};

use crate::Words;
use crate::calendar::Limit;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

pub use compare::{Difference, MovePart, StagePart};
pub use draw::{Leads, Way};
pub use link::Link;

/// The names a procedure file may use, given by the program that will run it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    pub guards: &'a [Signature<'a>],
    pub effects: &'a [&'a str],
    /// Who can be told: `reporter`, `responsible_body` and so on.
    pub who: &'a [&'a str],
    /// Names of notices; `None` leaves them unchecked.
    pub notices: Option<&'a [&'a str]>,
    /// What a stage may disclose; `None` leaves it unchecked.
    pub disclose: Option<&'a [&'a str]>,
    /// Fields of the record that an effect reads, by name and kind.
    pub fields: &'a [(&'a str, &'a str, FieldKind)],
    /// Acts the program performs by itself: each must be a move, those marked one that begins.
    pub acts: &'a [(&'a str, bool)],
    /// The guard that only whoever a matter belongs to passes; empty where there is none.
    pub owner: &'a str,
    /// Acts that are theirs alone: each move of these must have that guard.
    pub owners: &'a [&'a str],
}

/// What is wrong in a procedure file, and on which line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    pub line: usize,
    pub reason: Words,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason.en)
    }
}

impl std::error::Error for Problem {}

/// A checked procedure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    pub id: String,
    pub version: u32,
    /// What a matter of this procedure is called in the duty list: `case`.
    pub subject: String,
    pub title: Words,
    /// Where the procedure is written.
    pub source: String,
    pub clocks: Vec<Clock>,
    pub stages: Vec<Stage>,
    pub moves: Vec<Move>,
}

/// The few phases that the kernel and the measures know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    Reported,
    Open,
    Waiting,
    Answered,
    Closed,
    Withdrawn,
}

impl Phase {
    pub const ALL: [(&'static str, Phase); 6] = [
        ("reported", Phase::Reported),
        ("open", Phase::Open),
        ("waiting", Phase::Waiting),
        ("answered", Phase::Answered),
        ("closed", Phase::Closed),
        ("withdrawn", Phase::Withdrawn),
    ];

    pub fn name(self) -> &'static str {
        Phase::ALL.iter().find(|(_, phase)| *phase == self).map_or("", |(name, _)| *name)
    }

    /// A matter may rest here for good.
    pub fn is_final(self) -> bool {
        matches!(self, Phase::Closed | Phase::Withdrawn)
    }
}

/// Where a matter stands (办理阶段).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    pub id: String,
    pub title: Words,
    /// What the person who reported it is told.
    pub plain: Words,
    /// What everybody else is told, where it is not the same.
    pub others: Option<Words>,
    pub phase: Phase,
    pub link: Option<Link>,
    pub limit: Option<StageLimit>,
    /// The stage that comes next where nothing goes amiss. From it everybody is told by when the
    /// whole is done.
    pub next: Option<String>,
    /// What everyone may see at this stage.
    pub disclose: Vec<String>,
}

impl Stage {
    /// How the stage is put to whoever reads: its reporter, or anybody else.
    pub fn told(&self, mine: bool) -> &Words {
        match &self.others {
            Some(others) if !mine => others,
            _ => &self.plain,
        }
    }
}

/// How long a matter may stay at a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageLimit {
    /// Which clock it is: the id of one of [`Process::clocks`].
    pub clock: String,
    pub rule: LimitRule,
}

/// Something that is timed (计时), and what people call it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    pub id: String,
    pub title: Words,
    /// `None`: it runs at stages, each of which says how long. Else it runs beside the stages, from
    /// a move that starts it to one that stops it, wherever the matter goes meanwhile.
    pub limit: Option<Limit>,
    /// Must hold when a move would start it; where it does not, nothing is timed.
    pub when: Vec<Call>,
    /// Who is warned (预警): at half of its time, at four fifths, and when it is due.
    #[serde(default)]
    pub warns: Vec<String>,
    /// Who is told as well when it is due.
    #[serde(default)]
    pub late: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitRule {
    Fixed(Limit),
    /// The standard (立案标准) of the matter's class says how long.
    Standard,
}

/// Something that may be done with a matter (环节动作).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    pub act: String,
    pub title: Words,
    /// Stages it is done at; none when it makes the matter.
    pub from: Vec<String>,
    /// Stage it leads to; `None` when the matter stays where it is.
    pub to: Option<String>,
    /// Chooses between moves of one act at one stage.
    pub when: Vec<Call>,
    /// Must hold, else the act is refused.
    pub needs: Vec<Call>,
    /// The stage it leads to goes on with the clock that stopped when the matter last left that
    /// stage: with what was left of it, and no new limit.
    pub resumes: bool,
    /// What is put down with it.
    pub record: Vec<Field>,
    /// Named effects, in order.
    pub does: Vec<String>,
    /// Clocks beside the stages that it sets going; one that runs already runs on.
    pub starts: Vec<String>,
    /// Clocks beside the stages that it stops: what they time is done.
    pub stops: Vec<String>,
    /// Clocks that it ends though what they time was not done: nobody has it to do any more.
    pub drops: Vec<String>,
    pub tell: Vec<Tell>,
}

impl Move {
    pub fn creates(&self) -> bool {
        self.from.is_empty()
    }

    /// Where the matter stands after this move made at `stage`.
    pub fn leads_to<'a>(&'a self, stage: &'a str) -> &'a str {
        self.to.as_deref().unwrap_or(stage)
    }

    pub fn field(&self, name: &str) -> Option<&Field> {
        self.record.iter().find(|field| field.name == name)
    }
}

/// A guard by name, with its parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    pub guard: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, Param>,
    /// Act to offer instead when the guard does not hold (`else` in the file).
    #[serde(default, rename = "else", skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<String>,
}

impl Call {
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.params.get(name) {
            Some(Param::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        match self.params.get(name) {
            Some(Param::Number(n)) => Some(*n),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Param {
    Number(i64),
    Text(String),
}

/// One thing put down with a move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    pub name: String,
    pub kind: FieldKind,
    pub required: bool,
    /// Whether everyone who may see the matter may see it; otherwise it is for the office.
    pub public: bool,
    /// Most characters of a text, photos of a set, or the largest number.
    pub max: Option<u32>,
    pub title: Words,
    pub hint: Option<Words>,
    pub options: Vec<Choice>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    Text,
    Longtext,
    Choice,
    Body,
    Class,
    Day,
    Photos,
    Number,
    Place,
    /// Where whoever makes the move stands, if they say so: `31.23041,121.47370`.
    Position,
    Duty,
    /// A check-list that the matter brings along, each line to be ticked.
    Checks,
}

impl Field {
    /// Photos that residents may see, once somebody has released them.
    pub fn takes_public_photos(&self) -> bool {
        self.public && self.kind == FieldKind::Photos
    }
}

impl FieldKind {
    pub const ALL: [(&'static str, FieldKind); 12] = [
        ("text", FieldKind::Text),
        ("longtext", FieldKind::Longtext),
        ("choice", FieldKind::Choice),
        ("body", FieldKind::Body),
        ("class", FieldKind::Class),
        ("day", FieldKind::Day),
        ("photos", FieldKind::Photos),
        ("number", FieldKind::Number),
        ("place", FieldKind::Place),
        ("position", FieldKind::Position),
        ("duty", FieldKind::Duty),
        ("checks", FieldKind::Checks),
    ];

    pub fn name(self) -> &'static str {
        FieldKind::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| *name)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub value: String,
    pub title: Words,
}

/// Who is told with which notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tell {
    pub who: String,
    pub notice: String,
}

/// A move at one of the stages it may be made at. `from` is `None` when it makes the matter.
#[derive(Clone, Copy, Debug)]
pub struct Transition<'a> {
    pub from: Option<&'a Stage>,
    pub by: &'a Move,
    pub to: &'a Stage,
}

impl Process {
    /// Reads and checks a procedure file. All problems are told at once, in order of lines.
    pub fn parse(text: &str, known: &Known) -> Result<Process, Vec<Problem>> {
        let (process, lines, mut problems) = read::process(text);
        if let (Some(process), true) = (&process, problems.is_empty()) {
            problems = check::problems(process, &lines, known);
        }
        problems.sort();
        problems.dedup();
        match process {
            Some(process) if problems.is_empty() => Ok(process),
            _ => Err(problems),
        }
    }

    pub fn stage(&self, id: &str) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.id == id)
    }

    pub fn clock(&self, id: &str) -> Option<&Clock> {
        self.clocks.iter().find(|clock| clock.id == id)
    }

    /// The name of an act in the duty list: `case.dispatch`.
    pub fn act_name(&self, by: &Move) -> String {
        format!("{}.{}", self.subject, by.act)
    }

    /// Every act of the procedure once, in the order of the file, without the subject.
    pub fn acts(&self) -> Vec<&str> {
        let mut acts: Vec<&str> = vec![];
        for by in &self.moves {
            if !acts.contains(&by.act.as_str()) {
                acts.push(&by.act);
            }
        }
        acts
    }

    /// Moves that may be made at a stage, in the order of the file.
    pub fn moves_from<'a>(&'a self, stage: &'a str) -> impl Iterator<Item = &'a Move> + 'a {
        self.moves.iter().filter(move |by| by.from.iter().any(|from| from == stage))
    }

    /// Moves of one act at a stage, in the order in which their `when` is tried.
    pub fn candidates(&self, act: &str, stage: &str) -> Vec<&Move> {
        let here = |by: &&Move| by.act == act && by.from.iter().any(|from| from == stage);
        self.moves.iter().filter(here).collect()
    }

    /// The move by which a matter ordinarily begins: the first of the file that makes one.
    pub fn creating(&self) -> Option<&Move> {
        self.moves.iter().find(|by| by.creates())
    }

    /// All moves of an act that make a matter, in the order in which their `when` is tried.
    pub fn creating_by(&self, act: &str) -> Vec<&Move> {
        self.moves.iter().filter(|by| by.creates() && by.act == act).collect()
    }

    /// Every move at every stage it may be made at: what an exhaustive test goes through.
    pub fn transitions(&self) -> Vec<Transition<'_>> {
        let mut all = vec![];
        for by in &self.moves {
            if by.creates() {
                let to = by.to.as_deref().and_then(|to| self.stage(to));
                all.extend(to.map(|to| Transition { from: None, by, to }));
            }
            for from in by.from.iter().filter_map(|from| self.stage(from)) {
                let to = self.stage(by.leads_to(&from.id));
                all.extend(to.map(|to| Transition { from: Some(from), by, to }));
            }
        }
        all
    }

    /// Stages in layers by the number of moves from the beginning; unreachable ones left out.
    pub fn layers(&self) -> Vec<Vec<&Stage>> {
        let mut layers: Vec<Vec<&Stage>> = vec![];
        let mut placed: Vec<&str> = vec![];
        let all = self.transitions();
        loop {
            let mut layer: Vec<&Stage> = vec![];
            for step in &all {
                let ready = step.from.is_none_or(|from| placed.contains(&from.id.as_str()));
                let new = !placed.contains(&step.to.id.as_str());
                if ready && new && !layer.iter().any(|s| s.id == step.to.id) {
                    layer.push(step.to);
                }
            }
            if layer.is_empty() {
                return layers;
            }
            placed.extend(layer.iter().map(|s| s.id.as_str()));
            layers.push(layer);
        }
    }

    /// What `new` changes in this procedure, in the order of a reader's interest.
    pub fn differences(&self, new: &Process) -> Vec<Difference> {
        compare::differences(self, new)
    }

    /// The drawing of the procedure, 1000 wide, in `zh` or `en`.
    pub fn svg(&self, lang: &str) -> String {
        draw::svg(self, lang)
    }

    /// What the drawing says, for where it is too wide: each stage as the file has them, with what
    /// may be done there and where that leads.
    pub fn outline(&self, lang: &str) -> Vec<(&Stage, Vec<Way>)> {
        self.stages.iter().map(|stage| (stage, draw::ways(self, stage, lang))).collect()
    }
}

#[cfg(test)]
mod tests;
