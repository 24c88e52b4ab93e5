//! What another version of a procedure changes, for whoever decides about it.

use super::{Clock, LimitRule, Move, Process, Stage, Transition};
use crate::Words;
use std::collections::BTreeSet;

/// One thing that differs between two versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    StageAdded(Words),
    StageGone(Words),
    ClockAdded(Words),
    ClockGone(Words),
    ClockRenamed {
        before: Words,
        after: Words,
    },
    /// When a clock runs, or who is warned.
    ClockChanged(Words),
    /// Of a stage, or of a clock beside the stages.
    LimitChanged {
        of: Words,
        before: Option<LimitRule>,
        after: Option<LimitRule>,
    },
    StageChanged {
        stage: Words,
        parts: Vec<StagePart>,
    },
    /// A move that can be made where it could not; `from` is `None` when it makes a matter.
    WayAdded {
        by: Words,
        from: Option<Words>,
        to: Words,
    },
    WayGone {
        by: Words,
        from: Option<Words>,
        to: Words,
    },
    MoveChanged {
        by: Words,
        parts: Vec<MovePart>,
        before: Box<Move>,
        after: Box<Move>,
    },
    /// Which of several moves of one act is tried first, or which one begins a matter.
    OrderChanged(Words),
    /// The title of the procedure, or where it is written.
    HeadChanged,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StagePart {
    Title,
    Plain,
    Others,
    Phase,
    Link,
    /// Which clock it is.
    Clock,
    /// What comes next where nothing goes amiss.
    Next,
    Disclose,
}

impl StagePart {
    pub fn name(self) -> &'static str {
        match self {
            StagePart::Title => "title",
            StagePart::Plain => "plain",
            StagePart::Others => "others",
            StagePart::Phase => "phase",
            StagePart::Link => "link",
            StagePart::Clock => "clock",
            StagePart::Next => "next",
            StagePart::Disclose => "disclose",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MovePart {
    Title,
    When,
    Needs,
    Resumes,
    Record,
    Does,
    Starts,
    Stops,
    Drops,
    Tell,
}

impl MovePart {
    pub fn name(self) -> &'static str {
        match self {
            MovePart::Title => "title",
            MovePart::When => "when",
            MovePart::Needs => "needs",
            MovePart::Resumes => "resumes",
            MovePart::Record => "record",
            MovePart::Does => "does",
            MovePart::Starts => "starts",
            MovePart::Stops => "stops",
            MovePart::Drops => "drops",
            MovePart::Tell => "tell",
        }
    }
}

pub(super) fn differences(old: &Process, new: &Process) -> Vec<Difference> {
    let mut out = vec![];
    let missing = |of: &Process, stage: &&Stage| of.stage(&stage.id).is_none();
    let added = new.stages.iter().filter(|s| missing(old, s));
    out.extend(added.map(|stage| Difference::StageAdded(stage.title.clone())));
    let gone = old.stages.iter().filter(|s| missing(new, s));
    out.extend(gone.map(|stage| Difference::StageGone(stage.title.clone())));
    let both = old.stages.iter().filter_map(|stage| Some((stage, new.stage(&stage.id)?)));
    for (before, after) in both {
        stage(before, after, &mut out);
    }
    clocks(old, new, &mut out);
    ways(old, new, &mut out);
    for act in old.acts() {
        moves(old, new, act, &mut out);
    }
    let (began, begins) = (old.creating(), new.creating());
    if let (Some(began), Some(begins)) = (began, begins)
        && began.act != begins.act
    {
        out.push(Difference::OrderChanged(begins.title.clone()));
    }
    if (&old.title, &old.source) != (&new.title, &new.source) {
        out.push(Difference::HeadChanged);
    }
    out
}

fn stage(before: &Stage, after: &Stage, out: &mut Vec<Difference>) {
    let rule = |stage: &Stage| stage.limit.as_ref().map(|limit| limit.rule);
    if rule(before) != rule(after) {
        let (of, before, after) = (before.title.clone(), rule(before), rule(after));
        out.push(Difference::LimitChanged { of, before, after });
    }
    let clock = |stage: &Stage| stage.limit.as_ref().map(|limit| limit.clock.clone());
    let both_run = before.limit.is_some() && after.limit.is_some();
    let differ = [
        (StagePart::Title, before.title != after.title),
        (StagePart::Plain, before.plain != after.plain),
        (StagePart::Others, before.others != after.others),
        (StagePart::Phase, before.phase != after.phase),
        (StagePart::Link, before.link != after.link),
        (StagePart::Clock, both_run && clock(before) != clock(after)),
        (StagePart::Next, before.next != after.next),
        (StagePart::Disclose, before.disclose != after.disclose),
    ];
    let parts: Vec<StagePart> =
        differ.into_iter().filter(|(_, differs)| *differs).map(|(part, _)| part).collect();
    if !parts.is_empty() {
        out.push(Difference::StageChanged { stage: before.title.clone(), parts });
    }
}

fn clocks(old: &Process, new: &Process, out: &mut Vec<Difference>) {
    let missing = |of: &Process, clock: &&Clock| of.clock(&clock.id).is_none();
    let added = new.clocks.iter().filter(|c| missing(old, c));
    out.extend(added.map(|clock| Difference::ClockAdded(clock.title.clone())));
    let gone = old.clocks.iter().filter(|c| missing(new, c));
    out.extend(gone.map(|clock| Difference::ClockGone(clock.title.clone())));
    let both = old.clocks.iter().filter_map(|clock| Some((clock, new.clock(&clock.id)?)));
    for (before, after) in both {
        let of = before.title.clone();
        if before.limit != after.limit {
            let rule = |clock: &Clock| clock.limit.map(LimitRule::Fixed);
            let (before, after) = (rule(before), rule(after));
            out.push(Difference::LimitChanged { of: of.clone(), before, after });
        }
        if before.title != after.title {
            let (before, after) = (before.title.clone(), after.title.clone());
            out.push(Difference::ClockRenamed { before, after });
        }
        let parts = |clock: &Clock| (clock.when.clone(), clock.warns.clone(), clock.late.clone());
        if parts(before) != parts(after) {
            out.push(Difference::ClockChanged(of));
        }
    }
}

/// The moves of one act: each with the one of before that it most likely was. What is left over on
/// one side came or went, though another may make the same way.
fn moves(old: &Process, new: &Process, act: &str, out: &mut Vec<Difference>) {
    let of = |process: &Process| -> Vec<Move> {
        process.moves.iter().filter(|by| by.act == act).cloned().collect()
    };
    let (had, has) = (of(old), of(new));
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    let alike: [fn(&Move, &Move) -> bool; 4] = [
        |a, b| a == b,
        |a, b| (&a.from, &a.to, &a.when) == (&b.from, &b.to, &b.when),
        |a, b| (&a.from, &a.to) == (&b.from, &b.to),
        |a, b| a.from.is_empty() == b.from.is_empty(),
    ];
    for alike in alike {
        for (at, before) in had.iter().enumerate() {
            let free = |n: &usize| pairs.iter().all(|(_, taken)| taken != n);
            if pairs.iter().any(|(taken, _)| *taken == at) {
                continue;
            }
            let found = (0..has.len()).filter(free).find(|n| alike(before, &has[*n]));
            pairs.extend(found.map(|n| (at, n)));
        }
    }
    pairs.sort_unstable();
    for (before, after) in pairs.iter().map(|(at, n)| (&had[*at], &has[*n])) {
        changed(before, after, out);
    }
    if pairs.windows(2).any(|two| two[0].1 > two[1].1) {
        out.extend(had.first().map(|by| Difference::OrderChanged(by.title.clone())));
    }
    let gone = (0..had.len()).filter(|at| pairs.iter().all(|(taken, _)| taken != at));
    for by in gone.map(|at| &had[at]) {
        let told = |(from, to)| Difference::WayGone { by: by.title.clone(), from, to };
        out.extend(other_ways(old, new, by).into_iter().map(told));
    }
    let come = (0..has.len()).filter(|n| pairs.iter().all(|(_, taken)| taken != n));
    for by in come.map(|n| &has[n]) {
        let told = |(from, to)| Difference::WayAdded { by: by.title.clone(), from, to };
        out.extend(other_ways(new, old, by).into_iter().map(told));
        changed(&bare(by), by, out);
    }
}

/// The ways of a move that another version has as well, by another move.
fn other_ways(of: &Process, other: &Process, by: &Move) -> Vec<(Option<Words>, Words)> {
    let known: BTreeSet<Way> = other.transitions().iter().map(way).collect();
    let steps = of.transitions().into_iter().filter(|step| step.by == by);
    steps
        .filter(|step| known.contains(&way(step)))
        .map(|step| (step.from.map(|from| from.title.clone()), step.to.title.clone()))
        .collect()
}

/// A move that makes the same ways, and nothing else.
fn bare(by: &Move) -> Move {
    Move {
        act: by.act.clone(),
        title: by.title.clone(),
        from: by.from.clone(),
        to: by.to.clone(),
        when: Vec::new(),
        needs: Vec::new(),
        resumes: false,
        record: Vec::new(),
        does: Vec::new(),
        starts: Vec::new(),
        stops: Vec::new(),
        drops: Vec::new(),
        tell: Vec::new(),
    }
}

fn changed(before: &Move, after: &Move, out: &mut Vec<Difference>) {
    let parts = parts_of_move(before, after);
    if !parts.is_empty() {
        let by = before.title.clone();
        let (before, after) = (Box::new(before.clone()), Box::new(after.clone()));
        out.push(Difference::MoveChanged { by, parts, before, after });
    }
}

type Way = (Option<String>, String, String);

fn way(step: &Transition<'_>) -> Way {
    (step.from.map(|from| from.id.clone()), step.by.act.clone(), step.to.id.clone())
}

fn ways(old: &Process, new: &Process, out: &mut Vec<Difference>) {
    let (before, after) = (old.transitions(), new.transitions());
    let known = |of: &[Transition<'_>]| of.iter().map(way).collect::<BTreeSet<Way>>();
    let (had, has) = (known(&before), known(&after));
    let told = |step: &Transition<'_>| {
        (step.by.title.clone(), step.from.map(|from| from.title.clone()), step.to.title.clone())
    };
    for (by, from, to) in after.iter().filter(|step| !had.contains(&way(step))).map(told) {
        out.push(Difference::WayAdded { by, from, to });
    }
    for (by, from, to) in before.iter().filter(|step| !has.contains(&way(step))).map(told) {
        out.push(Difference::WayGone { by, from, to });
    }
}

fn parts_of_move(before: &Move, after: &Move) -> Vec<MovePart> {
    let differ = [
        (MovePart::Title, before.title != after.title),
        (MovePart::When, before.when != after.when),
        (MovePart::Needs, before.needs != after.needs),
        (MovePart::Resumes, before.resumes != after.resumes),
        (MovePart::Record, before.record != after.record),
        (MovePart::Does, before.does != after.does),
        (MovePart::Starts, before.starts != after.starts),
        (MovePart::Stops, before.stops != after.stops),
        (MovePart::Drops, before.drops != after.drops),
        (MovePart::Tell, before.tell != after.tell),
    ];
    differ.into_iter().filter(|(_, differs)| *differs).map(|(part, _)| part).collect()
}
