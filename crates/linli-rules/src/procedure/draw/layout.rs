//! Where the boxes of a drawing stand, and which way each line takes.

use super::{FONT, GAP, LINE, Line, MARGIN, PAD, PITCH, WIDTH, lines_of};
use crate::procedure::{Process, Stage};

/// A stage with its box.
pub struct Placed<'a> {
    pub stage: &'a Stage,
    /// On the ordinary way, or beside it.
    column: Column,
    row: usize,
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
    pub(super) lines: Vec<Line>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Main,
    Beside,
}

/// All moves of one line of a box to another box.
pub struct Edge {
    pub from: usize,
    pub to: usize,
    pub title: String,
    /// The next step of the ordinary way.
    pub next: bool,
    /// It leads to what came before.
    pub back: bool,
    pub path: String,
    /// Where it comes into a lane that others use too.
    pub joins: Option<(i32, i32)>,
    lane: Option<Lane>,
}

/// A straight way beside the boxes, to one side of one stage.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Lane {
    gutter: Gutter,
    to: usize,
    back: bool,
}

/// Where lanes run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gutter {
    Left,
    Middle,
    Right,
}

/// The whole drawing.
pub struct Plan<'a> {
    pub placed: Vec<Placed<'a>>,
    pub edges: Vec<Edge>,
    pub height: i32,
}

/// The ordinary way of a matter: at each stage the first act of the file that leads on to a stage
/// not yet passed, by its ordinary move. From where it may rest it only goes to where it may rest.
fn ordinary(process: &Process) -> Vec<&Stage> {
    let begin = process.creating().and_then(|by| by.to.as_deref());
    let mut way: Vec<&Stage> = begin.and_then(|id| process.stage(id)).into_iter().collect();
    while let Some(at) = way.last().copied() {
        let next = process.moves_from(&at.id).find_map(|by| {
            let by = process.candidates(&by.act, &at.id).last().copied()?;
            let to = process.stage(by.leads_to(&at.id))?;
            let passed = way.iter().any(|stage| stage.id == to.id);
            let rests = at.phase.is_final() && !to.phase.is_final();
            (!passed && !rests).then_some(to)
        });
        match next {
            Some(next) => way.push(next),
            None => break,
        }
    }
    way
}

/// The stages beside the ordinary way, each with the row of the last stage that leads to it.
fn beside<'a>(process: &'a Process, way: &[&Stage]) -> Vec<(usize, &'a Stage)> {
    let row_of = |id: &str| way.iter().position(|stage| stage.id == id);
    let mut rows: Vec<(usize, &Stage)> = Vec::new();
    let all = process.transitions();
    let others: Vec<&Stage> =
        process.layers().concat().into_iter().filter(|s| row_of(&s.id).is_none()).collect();
    for stage in others {
        let before = all.iter().filter(|step| step.to.id == stage.id).filter_map(|step| step.from);
        let before: Vec<&Stage> = before.collect();
        let by_way = before.iter().filter_map(|from| row_of(&from.id)).max();
        let by_other = || {
            let known = before.iter().filter_map(|from| rows.iter().find(|(_, s)| s.id == from.id));
            known.map(|(row, _)| *row).max()
        };
        rows.push((by_way.or_else(by_other).unwrap_or(0), stage));
    }
    rows.sort_by_key(|(row, _)| *row);
    rows
}

impl<'a> Plan<'a> {
    pub fn of(process: &'a Process, lang: &str) -> Plan<'a> {
        let way = ordinary(process);
        let main = way.iter().enumerate().map(|(row, stage)| (Column::Main, row, *stage));
        let others = beside(process, &way).into_iter();
        let others = others.map(|(row, stage)| (Column::Beside, row, stage));
        let stages: Vec<(Column, usize, &Stage)> = main.chain(others).collect();
        // Which lanes there are depends on no width, so they are counted before the boxes are cut.
        let draft = boxes(process, &stages, &[0, 0, 0], lang);
        let (_, lanes) = edges(process, &draft, lang);
        let count = |gutter| lanes.iter().filter(|lane| lane.gutter == gutter).count() as i32;
        let counts = [Gutter::Left, Gutter::Middle, Gutter::Right].map(count);
        let mut placed = boxes(process, &stages, &counts, lang);
        let height = stack(&mut placed);
        let (mut edges, lanes) = edges(process, &placed, lang);
        for n in 0..edges.len() {
            route(&placed, &mut edges, n, &lanes, &counts);
        }
        Plan { placed, edges, height }
    }
}

/// How wide a gutter is with so many lanes; one without any still keeps boxes apart.
fn room(lanes: i32) -> i32 {
    (lanes + 2) * PITCH
}

fn boxes<'a>(
    process: &'a Process,
    stages: &[(Column, usize, &'a Stage)],
    lanes: &[i32; 3],
    lang: &str,
) -> Vec<Placed<'a>> {
    let width = (WIDTH - 2 * MARGIN - lanes.iter().map(|n| room(*n)).sum::<i32>()) / 2;
    let next_of = |column: Column, row: usize| {
        let mut next = stages.iter().filter(|(c, r, _)| *c == column && *r == row + 1);
        next.next().filter(|_| column == Column::Main).map(|(.., stage)| stage.id.as_str())
    };
    let place = |(column, row, stage): &(Column, usize, &'a Stage)| {
        let lines = lines_of(process, stage, next_of(*column, *row), width - 2 * PAD, lang);
        let left = MARGIN + room(lanes[0]);
        Placed {
            stage,
            column: *column,
            row: *row,
            x: if *column == Column::Main { left } else { left + width + room(lanes[1]) },
            y: 0,
            width,
            height: lines.len() as i32 * LINE + 2 * PAD,
            lines,
        }
    };
    stages.iter().map(place).collect()
}

/// Puts the boxes below one another, row by row; gives the height of all.
fn stack(placed: &mut [Placed<'_>]) -> i32 {
    let rows = placed.iter().map(|place| place.row + 1).max().unwrap_or(0);
    let mut y = MARGIN;
    for row in 0..rows {
        let mut lowest = y;
        for column in [Column::Main, Column::Beside] {
            let mut top = y;
            for place in placed.iter_mut().filter(|p| p.row == row && p.column == column) {
                place.y = top;
                lowest = lowest.max(top + place.height);
                top += place.height + MARGIN;
            }
        }
        y = lowest + GAP;
    }
    y - GAP + MARGIN
}

/// Every way between two boxes, one for each line of text, and the lanes they need.
fn edges(process: &Process, placed: &[Placed<'_>], lang: &str) -> (Vec<Edge>, Vec<Lane>) {
    let (mut edges, mut lanes): (Vec<Edge>, Vec<Lane>) = (Vec::new(), Vec::new());
    for (from, place) in placed.iter().enumerate() {
        for (to, title) in targets(process, place, placed, lang) {
            let other = &placed[to];
            let next = place.column == Column::Main
                && other.column == Column::Main
                && other.row == place.row + 1;
            let order = |at: usize| (placed[at].row, placed[at].column == Column::Beside, at);
            let back = order(to) < order(from);
            let lane = Lane { gutter: gutter(place, other), to, back };
            let lane = (!next).then_some(lane);
            if let Some(lane) = lane.filter(|lane| !lanes.contains(lane)) {
                lanes.push(lane);
            }
            edges.push(Edge {
                from,
                to,
                title,
                next,
                back,
                path: String::new(),
                joins: None,
                lane,
            });
        }
    }
    (edges, lanes)
}

/// The boxes that a box leads to, each with the titles of the moves that do.
fn targets(
    process: &Process,
    place: &Placed<'_>,
    placed: &[Placed<'_>],
    lang: &str,
) -> Vec<(usize, String)> {
    let mut out: Vec<(usize, String)> = Vec::new();
    for line in &place.lines {
        let Some(to) = &line.to else { continue };
        let Some(at) = placed.iter().position(|p| p.stage.id == *to) else { continue };
        if out.iter().any(|(known, _)| *known == at) {
            continue;
        }
        let leads =
            process.moves_from(&place.stage.id).filter(|by| by.leads_to(&place.stage.id) == to);
        let titles: Vec<&str> = leads.map(|by| by.title.in_lang(lang)).collect();
        out.push((at, titles.join(" / ")));
    }
    out
}

fn gutter(from: &Placed<'_>, to: &Placed<'_>) -> Gutter {
    match (from.column, to.column) {
        (Column::Main, Column::Main) => Gutter::Left,
        (Column::Beside, Column::Beside) => Gutter::Right,
        _ => Gutter::Middle,
    }
}

/// The path of an edge: from its line of text into its lane, along it, and to the box it leads to.
fn route(placed: &[Placed<'_>], edges: &mut [Edge], n: usize, lanes: &[Lane], counts: &[i32; 3]) {
    let edge = &edges[n];
    let (from, to) = (&placed[edge.from], &placed[edge.to]);
    let Some(lane) = edge.lane else {
        let x = from.x + from.width / 2;
        edges[n].path = format!("M{x} {}V{}", from.y + from.height, to.y);
        return;
    };
    let line = from.lines.iter().position(|line| line.to.as_ref() == Some(&to.stage.id));
    let start = from.y + PAD + line.unwrap_or(0) as i32 * LINE + FONT - 5;
    let end = to.y + if edge.back { PAD + FONT + 4 } else { PAD + 2 };
    let of_gutter = lanes.iter().filter(|other| other.gutter == lane.gutter);
    let nth = of_gutter.clone().position(|other| *other == lane).unwrap_or(0) as i32;
    let main = placed.iter().find(|place| place.column == Column::Main).unwrap_or(from);
    let x = match lane.gutter {
        Gutter::Left => main.x - (nth + 2) * PITCH,
        Gutter::Middle => main.x + main.width + (nth + 1) * PITCH + PITCH / 2,
        Gutter::Right => main.x + 2 * main.width + room(counts[1]) + (nth + 2) * PITCH,
    };
    let side = |place: &Placed<'_>| match (lane.gutter, place.column) {
        (Gutter::Left, _) | (Gutter::Middle, Column::Beside) => place.x,
        _ => place.x + place.width,
    };
    let shared = edges.iter().filter(|other| other.lane == Some(lane)).count() > 1;
    let path = format!("M{} {start}H{x}V{end}H{}", side(from), side(to));
    edges[n].path = path;
    edges[n].joins = shared.then_some((x, start));
}
