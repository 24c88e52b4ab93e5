//! What was changed in the list, as it is published: each change with the rows it ended and began.

use std::collections::BTreeMap;

use super::{Words, scope_title};
use crate::act::Scope;
use crate::act::duty::WallCondition;
use crate::base::Instant;
use crate::disclosure::store::{DutyRow, Origin, Past, PastWall};

/// Changes that one page shows.
const MOST: usize = 100;

/// One change of the list.
pub struct PastChange {
    pub at: Instant,
    pub lines: Vec<PastLine>,
}

/// What it did for one post and act, or with one wall.
pub struct PastLine {
    pub mark: String,
    pub tone: &'static str,
    pub said: String,
    /// Scopes with their grounds: those that ended, those that began.
    pub before: Vec<(String, String)>,
    pub after: Vec<(String, String)>,
    /// Why a right was cut; empty where none was.
    pub why: String,
}

/// What a change did for one post and act.
#[derive(Default)]
struct Turn<'a> {
    before: Vec<&'a DutyRow>,
    after: Vec<&'a DutyRow>,
    /// What came with a newer program.
    brought: bool,
    why: &'a str,
}

type Turns<'a> = BTreeMap<(&'a str, &'a str), Turn<'a>>;

/// The changes, the newest first. What the list began with is none.
pub fn past(rows: &[Past], walls: &[PastWall], words: &Words<'_>) -> Vec<PastChange> {
    let mut turns: BTreeMap<Instant, Turns<'_>> = BTreeMap::new();
    for Past { row, origin, until, why } in rows {
        let of = (row.post_kind.as_str(), row.act.as_str());
        if *origin != Origin::Began {
            let turn = turns.entry(row.since).or_default().entry(of).or_default();
            turn.after.push(row);
            turn.brought |= *origin == Origin::Brought;
        }
        if let Some(until) = until {
            let turn = turns.entry(*until).or_default().entry(of).or_default();
            turn.before.push(row);
            turn.why = why.as_deref().unwrap_or(turn.why);
        }
    }
    let mut out: BTreeMap<Instant, Vec<PastLine>> = turns
        .into_iter()
        .map(|(at, turns)| (at, turns.into_values().map(|turn| line(&turn, words)).collect()))
        .collect();
    for wall in walls {
        if wall.origin != Origin::Began {
            out.entry(wall.since).or_default().push(wall_line(wall, true, words));
        }
        if let Some(until) = wall.until {
            out.entry(until).or_default().push(wall_line(wall, false, words));
        }
    }
    let newest = out.into_iter().rev().take(MOST);
    newest.map(|(at, lines)| PastChange { at, lines }).collect()
}

fn line(turn: &Turn<'_>, words: &Words<'_>) -> PastLine {
    let lang = words.lang;
    let scopes = |rows: &[&DutyRow]| {
        rows.iter().map(|row| (scope_title(lang, &row.scope), row.ground.clone())).collect()
    };
    let any = turn.before.iter().chain(&turn.after).next();
    let post = any.map_or("", |row| lang.pick(&row.title_zh, &row.title_en));
    let act = any.map(|row| words.act(&row.act)).unwrap_or_default();
    let same = || turn.before.iter().map(|row| &row.scope).eq(turn.after.iter().map(|r| &r.scope));
    let (mark, tone) = match (turn.before.is_empty(), turn.after.is_empty()) {
        (true, _) if turn.brought => ("duty.past.brought", "chip--yellow"),
        (true, _) => ("duty.past.begun", "chip--yellow"),
        (_, true) => ("duty.past.ended", "chip--blue"),
        _ if same() => ("duty.preview.only_ground", ""),
        _ => ("duty.preview.changes", "chip--teal"),
    };
    PastLine {
        mark: lang.say(mark),
        tone,
        said: lang.fill("duty.past.of", &[("post", post), ("act", &act)]),
        before: scopes(&turn.before),
        after: scopes(&turn.after),
        why: turn.why.to_owned(),
    }
}

fn wall_line(wall: &PastWall, begins: bool, words: &Words<'_>) -> PastLine {
    let unless = wall.unless_scope.as_deref().and_then(Scope::from_name);
    let when = WallCondition::from_name(&wall.condition);
    let when = when.map(|condition| words.when((condition, unless))).unwrap_or_default();
    let said = [("act", words.wall(&wall.act)), ("when", when)];
    let (mark, tone) = match begins {
        true if wall.origin == Origin::Brought => ("duty.past.wall_brought", "chip--blue"),
        true => ("duty.past.wall_begun", "chip--blue"),
        false => ("duty.past.wall_ended", "chip--yellow"),
    };
    PastLine {
        mark: words.lang.say(mark),
        tone,
        said: words.lang.fill("duty.preview.wall", &said),
        before: Vec::new(),
        after: vec![(String::new(), wall.ground.clone())],
        why: String::new(),
    }
}
