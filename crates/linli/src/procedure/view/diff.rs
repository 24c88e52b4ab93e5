//! What another version of a procedure changes, in words: as it was, and as it will be.

use linli_rules::Words;
use linli_rules::procedure::{Call, Difference, Move, MovePart, Process};

use super::{field_in_words, guard, limit, list, named, titles, words};
use crate::words::Lang;

/// What a new version changes, as sentences, each with the tone of its mark.
pub fn differences(
    lang: Lang,
    old: &Process,
    new: &Process,
) -> Vec<(&'static str, String, String)> {
    let mut out: Vec<(&'static str, String, String)> = Vec::new();
    let mut last: Option<(bool, Words)> = None;
    for one in &old.differences(new) {
        let one = &match one {
            Difference::MoveChanged { by, parts, before, after } => {
                let both = ((old, before.as_ref()), (new, after.as_ref()));
                let (said, rest) = turned(lang, parts, both);
                out.extend(said);
                if rest.is_empty() {
                    last = None;
                    continue;
                }
                let (by, before, after) = (by.clone(), before.clone(), after.clone());
                Difference::MoveChanged { by, parts: rest, before, after }
            }
            other => other.clone(),
        };
        let way = match one {
            Difference::WayAdded { by, .. } => Some((true, by.clone())),
            Difference::WayGone { by, .. } => Some((false, by.clone())),
            _ => None,
        };
        let (tone, mark, said) = difference(lang, one);
        match out.last_mut() {
            // The ways of one move stand in one line.
            Some((.., line)) if way.is_some() && way == last => {
                line.push_str(lang.pick("；", "; "));
                line.push_str(&way_of(lang, one));
            }
            _ => out.push((tone, mark, said)),
        }
        last = way;
    }
    out
}

/// A move of a version.
type Of<'a> = (&'a Process, &'a Move);

/// The parts of a move that can be told as they were and as they will be; and those that cannot.
fn turned(
    lang: Lang,
    parts: &[MovePart],
    (before, after): (Of<'_>, Of<'_>),
) -> (Vec<(&'static str, String, String)>, Vec<MovePart>) {
    let (mut said, mut rest) = (Vec::new(), Vec::new());
    for part in parts {
        match (part_of(lang, *part, before), part_of(lang, *part, after)) {
            (Some(was), Some(is)) if was != is => {
                let params = [
                    ("move", words(lang, &before.1.title)),
                    ("part", named(lang, "part", part.name())),
                    ("before", was),
                    ("after", is),
                ];
                let mark = lang.say("process.diff.changed");
                said.push(("chip--blue", mark, lang.fill("process.diff.turned", &params)));
            }
            _ => rest.push(*part),
        }
    }
    (said, rest)
}

/// A part of a move in words; `None` for what is no list of words.
fn part_of(lang: Lang, part: MovePart, (process, by): Of<'_>) -> Option<String> {
    let guards = |calls: &[Call]| calls.iter().map(|call| guard(lang, process, call, by)).collect();
    let all: Vec<String> = match part {
        MovePart::Title => vec![words(lang, &by.title)],
        MovePart::When => guards(&by.when),
        MovePart::Needs => guards(&by.needs),
        MovePart::Record => by.record.iter().map(|field| field_in_words(lang, field)).collect(),
        MovePart::Does => by.does.iter().map(|name| named(lang, "effect", name)).collect(),
        MovePart::Starts => titles(process, &by.starts, lang),
        MovePart::Stops => titles(process, &by.stops, lang),
        MovePart::Drops => titles(process, &by.drops, lang),
        MovePart::Tell => by.tell.iter().map(|tell| named(lang, "who", &tell.who)).collect(),
        MovePart::Resumes => return None,
    };
    Some(if all.is_empty() { lang.say("process.diff.nothing") } else { list(lang, all) })
}

/// From where to where, without the move.
fn way_of(lang: Lang, one: &Difference) -> String {
    let (Difference::WayAdded { from, to, .. } | Difference::WayGone { from, to, .. }) = one else {
        return String::new();
    };
    let from = from.as_ref().map_or_else(|| lang.say("process.begins"), |from| words(lang, from));
    let to = words(lang, to);
    if from == to { from } else { format!("{from} → {to}") }
}

fn difference(lang: Lang, one: &Difference) -> (&'static str, String, String) {
    let (added, gone, changed) = ("chip--green", "chip--yellow", "chip--blue");
    let mark = |tone: &str| {
        lang.say(match tone {
            "chip--green" => "process.diff.added",
            "chip--yellow" => "process.diff.gone",
            _ => "process.diff.changed",
        })
    };
    let said = |key: &str, params: &[(&str, String)]| lang.fill(key, params);
    let way = |by: &Words| {
        said("process.diff.way", &[("move", words(lang, by)), ("way", way_of(lang, one))])
    };
    let parts = |names: Vec<&'static str>| {
        list(lang, names.into_iter().map(|name| named(lang, "part", name)))
    };
    let (tone, text) = match one {
        Difference::StageAdded(stage) => {
            (added, said("process.diff.stage", &[("stage", words(lang, stage))]))
        }
        Difference::StageGone(stage) => {
            (gone, said("process.diff.stage", &[("stage", words(lang, stage))]))
        }
        Difference::ClockAdded(clock) => {
            (added, said("process.diff.clock", &[("clock", words(lang, clock))]))
        }
        Difference::ClockGone(clock) => {
            (gone, said("process.diff.clock", &[("clock", words(lang, clock))]))
        }
        Difference::ClockRenamed { before, after } => {
            let params = [("before", words(lang, before)), ("after", words(lang, after))];
            (changed, said("process.diff.clock_renamed", &params))
        }
        Difference::ClockChanged(clock) => {
            (changed, said("process.diff.clock_changed", &[("clock", words(lang, clock))]))
        }
        Difference::LimitChanged { of, before, after } => {
            let (before, after) = (limit(lang, *before), limit(lang, *after));
            let stage = words(lang, of);
            let params = [("stage", stage), ("before", before), ("after", after)];
            (changed, said("process.diff.limit", &params))
        }
        Difference::StageChanged { stage, parts: all } => {
            let parts = parts(all.iter().map(|part| part.name()).collect());
            let params = [("stage", words(lang, stage)), ("parts", parts)];
            (changed, said("process.diff.stage_parts", &params))
        }
        Difference::WayAdded { by, .. } => (added, way(by)),
        Difference::WayGone { by, .. } => (gone, way(by)),
        Difference::MoveChanged { by, parts: all, .. } => {
            let parts = parts(all.iter().map(|part| part.name()).collect());
            let params = [("move", words(lang, by)), ("parts", parts)];
            (changed, said("process.diff.move_parts", &params))
        }
        Difference::OrderChanged(by) => {
            (changed, said("process.diff.order", &[("move", words(lang, by))]))
        }
        Difference::HeadChanged => (changed, lang.say("process.diff.head")),
    };
    (tone, mark(tone), text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::affairs::appeal;

    #[test]
    fn a_clock_that_is_called_otherwise_is_told_by_both_names() {
        let old = appeal::shipped().unwrap();
        let mut new = old.clone();
        let clock = new.clocks.iter_mut().find(|clock| clock.title.zh == "首次联系").unwrap();
        clock.title.zh = "首次回应".to_owned();
        let told = differences(Lang::Zh, &old, &new);
        let said = told.iter().map(|(.., said)| said.as_str()).collect::<Vec<_>>();
        assert_eq!(said, ["计时的名称：首次联系 → 首次回应"]);
    }
}
