//! The drawing of a procedure: stages in layers, each with its moves, and lines to where they lead.
//!
//! Text stands only inside boxes, and lines run only between them: down from a box into the gap
//! under its layer, sideways there, and, unless the next layer is meant, along a lane to the right
//! of all boxes. So no line ever crosses a word, however many moves there are.

use super::{Move, Process, Stage};
use crate::Words;
use std::fmt::Write;

const WIDTH: i32 = 1000;
const MARGIN: i32 = 16;
/// Lanes stand so far apart, and so do lines in a gap.
const PITCH: i32 = 9;
const MOST_IN_A_ROW: usize = 3;
const LINE: i32 = 20;
const FONT: i32 = 14;
const PAD: i32 = 10;
const WAY: &str = "fill=\"none\" stroke=\"#5b7c99\" stroke-width=\"1.4\"";

struct Placed<'a> {
    stage: &'a Stage,
    row: usize,
    x: i32,
    y: i32,
    width: i32,
    height: i32,
    lines: Vec<(&'static str, String, String)>,
}

/// All moves between two stages are one line.
struct Edge {
    from: usize,
    to: usize,
    title: String,
}

pub(super) fn svg(process: &Process, lang: &str) -> String {
    let rows: Vec<Vec<&Stage>> = process
        .layers()
        .iter()
        .flat_map(|layer| layer.chunks(MOST_IN_A_ROW).map(<[_]>::to_vec).collect::<Vec<_>>())
        .collect();
    let mut placed = boxes(process, &rows, lang);
    let edges = edges(process, &placed, lang);
    let height = heights(&mut placed, &edges, rows.len());
    let mut out = String::new();
    let title = escape(process.title.in_lang(lang));
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         width=\"{WIDTH}\" height=\"{height}\" role=\"img\" aria-labelledby=\"t-{id} d-{id}\" \
         font-family=\"sans-serif\" font-size=\"{FONT}\">\n\
         <title id=\"t-{id}\">{title}</title>\n<desc id=\"d-{id}\">{described}</desc>\n\
         <defs><marker id=\"head-{id}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" \
         markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">\
         <path d=\"M0 0L8 4L0 8z\" fill=\"#5b7c99\"/></marker></defs>\n",
        id = process.id,
        described = escape(&described(process, lang)),
    );
    draw_edges(&mut out, &process.id, &placed, &edges);
    placed.iter().for_each(|place| draw_box(&mut out, place, lang));
    out.push_str("</svg>\n");
    out
}

/// The drawing in words, for those who hear it.
fn described(process: &Process, lang: &str) -> String {
    let mut words = vec![];
    for step in process.transitions() {
        let from = step.from.map_or("", |from| from.title.in_lang(lang));
        let to = step.to.title.in_lang(lang);
        words.push(format!("{from} → {to}: {}", step.by.title.in_lang(lang)).trim().to_owned());
    }
    words.join("; ")
}

/// The text of every box; where it stands from left to right; its height.
fn boxes<'a>(process: &'a Process, rows: &[Vec<&'a Stage>], lang: &str) -> Vec<Placed<'a>> {
    let count: usize = rows.iter().map(Vec::len).sum();
    let lanes = (count as i32 + 1) * PITCH;
    let room = WIDTH - 2 * MARGIN - lanes;
    let mut placed = vec![];
    for (row, stages) in rows.iter().enumerate() {
        let n = stages.len() as i32;
        let width = ((room - (n - 1) * MARGIN) / n).min(room / 2);
        for (i, stage) in stages.iter().enumerate() {
            let lines = lines_of(process, stage, width - 2 * PAD, lang);
            placed.push(Placed {
                stage,
                row,
                x: MARGIN + i as i32 * (width + MARGIN),
                y: 0,
                width,
                height: lines.len() as i32 * LINE + 2 * PAD,
                lines,
            });
        }
    }
    placed
}

/// Class, act and words of every line of text in a box.
fn lines_of(
    process: &Process,
    stage: &Stage,
    width: i32,
    lang: &str,
) -> Vec<(&'static str, String, String)> {
    let mut lines = vec![];
    let mut add = |class, act: &str, text: &str| {
        for part in wrapped(text, width) {
            lines.push((class, act.to_owned(), part));
        }
    };
    let ways = ways(process, stage, lang);
    add("name", "", stage.title.in_lang(lang));
    for way in ways {
        match way.to {
            Leads::Here => add("in", &way.act, &format!("▸ {}", way.title)),
            Leads::To { title, .. } => add("out", &way.act, &format!("{} → {title}", way.title)),
            Leads::Nowhere => add("dim", &way.act, &format!("· {}", way.title)),
        }
    }
    lines
}

/// What may be done at a stage, in the order it is drawn in.
pub struct Way {
    pub act: String,
    pub title: String,
    pub to: Leads,
}

/// Where a move leads, seen from a stage.
pub enum Leads {
    /// It makes the matter, which begins at this stage.
    Here,
    /// To another stage.
    To { id: String, title: String },
    /// It leaves the matter where it is.
    Nowhere,
}

pub(super) fn ways(process: &Process, stage: &Stage, lang: &str) -> Vec<Way> {
    let way = |by: &Move, to| Way { act: by.act.clone(), title: titled(process, by, lang), to };
    let makes = |by: &&Move| by.creates() && by.to.as_deref() == Some(stage.id.as_str());
    let mut out: Vec<Way> =
        process.moves.iter().filter(makes).map(|by| way(by, Leads::Here)).collect();
    let (gone, stay): (Vec<&Move>, Vec<&Move>) =
        process.moves_from(&stage.id).partition(|by| by.leads_to(&stage.id) != stage.id);
    for by in gone {
        let id = by.leads_to(&stage.id).to_owned();
        let title = process.stage(&id).map_or("", |to| to.title.in_lang(lang)).to_owned();
        out.push(way(by, Leads::To { id, title }));
    }
    out.extend(stay.into_iter().map(|by| way(by, Leads::Nowhere)));
    out
}

/// A move with the clocks it turns: whether that of the stage it leads to goes on, and those
/// beside the stages that it starts and stops.
fn titled(process: &Process, by: &Move, lang: &str) -> String {
    let title = by.title.in_lang(lang);
    let starts = turned(process, &by.starts, Words::new("起算", "starts"), lang);
    let stops = turned(process, &by.stops, Words::new("停止", "stops"), lang);
    let goes_on = Words::new("时限接着算", "its clock goes on");
    let goes_on = by.resumes.then(|| goes_on.in_lang(lang).to_owned());
    let clocks: Vec<String> = goes_on.into_iter().chain(starts).chain(stops).collect();
    match (clocks.is_empty(), lang) {
        (true, _) => title.to_owned(),
        (false, "zh") => format!("{title}（{}）", clocks.join("，")),
        (false, _) => format!("{title} ({})", clocks.join(", ")),
    }
}

fn turned<'a>(
    process: &'a Process,
    clocks: &'a [String],
    word: Words,
    lang: &'a str,
) -> impl Iterator<Item = String> + 'a {
    let titles = clocks.iter().filter_map(|id| process.clock(id));
    titles.map(move |clock| {
        let (word, title) = (word.in_lang(lang), clock.title.in_lang(lang));
        if lang == "zh" { format!("{word}{title}") } else { format!("{word}: {title}") }
    })
}

/// Width of a character in hundredths of the font size, on the safe side.
fn advance(c: char) -> i32 {
    if c.is_ascii() { 62 } else { 104 }
}

pub(super) fn text_width(text: &str) -> i32 {
    text.chars().map(advance).sum::<i32>() * FONT / 100
}

/// Breaks at spaces where there are any, else between characters.
fn wrapped(text: &str, width: i32) -> Vec<String> {
    let mut lines = vec![];
    let mut line = String::new();
    for c in text.chars() {
        line.push(c);
        if text_width(&line) > width && line.chars().count() > 1 {
            let cut = match line.rfind(' ') {
                Some(space) if space > 0 && space + 1 < line.len() => space + 1,
                _ => line.len() - c.len_utf8(),
            };
            let rest = line.split_off(cut);
            lines.push(line.trim_end().to_owned());
            line = rest;
        }
    }
    lines.push(line);
    lines.retain(|line| !line.is_empty());
    lines
}

fn edges(process: &Process, placed: &[Placed], lang: &str) -> Vec<Edge> {
    let find = |id: &str| placed.iter().position(|p| p.stage.id == id);
    let mut edges: Vec<Edge> = vec![];
    for step in process.transitions() {
        let from = step.from.and_then(|from| find(&from.id));
        let (Some(from), Some(to)) = (from, find(&step.to.id)) else {
            continue;
        };
        let title = step.by.title.in_lang(lang);
        match edges.iter_mut().find(|e| e.from == from && e.to == to) {
            _ if from == to => {}
            Some(edge) => {
                edge.title.push_str(" / ");
                edge.title.push_str(title);
            }
            None => edges.push(Edge { from, to, title: title.to_owned() }),
        }
    }
    edges
}

/// Lines of the gap above a row: those that come in, then those that leave the row before.
fn incoming(placed: &[Placed], edges: &[Edge], row: usize) -> Vec<usize> {
    let mut to: Vec<usize> = edges.iter().map(|e| e.to).filter(|t| placed[*t].row == row).collect();
    to.sort_unstable();
    to.dedup();
    to
}

fn outgoing(placed: &[Placed], edges: &[Edge], row: usize) -> Vec<usize> {
    (0..edges.len()).filter(|e| placed[edges[*e].from].row == row).collect()
}

fn heights(placed: &mut [Placed], edges: &[Edge], rows: usize) -> i32 {
    let mut y = MARGIN;
    for row in 0..rows {
        y += (incoming(placed, edges, row).len() as i32 + 2) * PITCH;
        let mut tallest = 0;
        for place in placed.iter_mut().filter(|p| p.row == row) {
            place.y = y;
            tallest = tallest.max(place.height);
        }
        placed.iter_mut().filter(|p| p.row == row).for_each(|p| p.height = tallest);
        y += tallest + (outgoing(placed, edges, row).len() as i32 + 1) * PITCH;
    }
    y + MARGIN
}

fn draw_edges(out: &mut String, id: &str, placed: &[Placed], edges: &[Edge]) {
    for (n, edge) in edges.iter().enumerate() {
        let (from, to) = (&placed[edge.from], &placed[edge.to]);
        let here = outgoing(placed, edges, from.row);
        let mine: Vec<&usize> = here.iter().filter(|e| edges[**e].from == edge.from).collect();
        let port = |list: usize, at: usize, p: &Placed| {
            p.x + p.width * (at as i32 + 1) / (list as i32 + 1)
        };
        let x1 = port(mine.len(), mine.iter().position(|e| **e == n).unwrap_or(0), from);
        let y1 = from.y + from.height;
        let y2 = y1 + (here.iter().position(|e| *e == n).unwrap_or(0) as i32 + 1) * PITCH;
        let above = incoming(placed, edges, to.row);
        let y3 = to.y - (above.iter().position(|t| *t == edge.to).unwrap_or(0) as i32 + 2) * PITCH;
        let x4 = to.x + to.width / 2;
        let mut path = format!("M{x1} {y1}V{y2}");
        if to.row == from.row + 1 {
            let _ = write!(path, "H{x4}V{}", to.y);
        } else {
            let lane = WIDTH - MARGIN - edge.to as i32 * PITCH;
            let _ = write!(path, "H{lane}V{y3}H{x4}V{}", to.y);
        }
        let _ = writeln!(
            out,
            "<path class=\"way\" d=\"{path}\" {WAY} marker-end=\"url(#head-{id})\">\
             <title>{} → {}: {}</title></path>",
            escape(&from.stage.id),
            escape(&to.stage.id),
            escape(&edge.title)
        );
    }
}

fn draw_box(out: &mut String, place: &Placed, lang: &str) {
    let begin = place.lines.iter().any(|line| line.0 == "in");
    let (class, fill, stroke) = match (begin, place.stage.phase.is_final()) {
        (true, true) => ("stage begin end", "#eef2f5", "2.5"),
        (true, false) => ("stage begin", "#fff", "2.5"),
        (false, true) => ("stage end", "#eef2f5", "1"),
        (false, false) => ("stage", "#fff", "1"),
    };
    let (x, y, w, h) = (place.x, place.y, place.width, place.height);
    let _ = writeln!(
        out,
        "<g class=\"{class}\" data-stage=\"{}\"><title>{}</title>\
         <rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"6\" fill=\"{fill}\" \
         stroke=\"#33475b\" stroke-width=\"{stroke}\"/>",
        place.stage.id,
        escape(place.stage.plain.in_lang(lang))
    );
    for (i, (class, act, text)) in place.lines.iter().enumerate() {
        let (tx, ty) = (x + PAD, y + PAD + i as i32 * LINE + FONT);
        let data = if act.is_empty() { String::new() } else { format!(" data-act=\"{act}\"") };
        let _ = writeln!(
            out,
            "<text class=\"{class}\"{data} x=\"{tx}\" y=\"{ty}\"{}>{}</text>",
            look(class),
            escape(text)
        );
    }
    out.push_str("</g>\n");
}

/// How a line of text looks. It stands in the element itself: a page that allows no styles of its
/// own can hold the drawing.
fn look(class: &str) -> &'static str {
    match class {
        "name" => " font-weight=\"bold\"",
        "dim" => " fill=\"#4a5a68\"",
        _ => "",
    }
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::super::tests::appeal;
    use super::*;

    /// The number after `name="` in a tag.
    fn number(tag: &str, name: &str) -> i32 {
        let from = tag.split(&format!(" {name}=\"")).nth(1).unwrap();
        from.split('"').next().unwrap().parse().unwrap()
    }

    fn rects(svg: &str) -> Vec<[i32; 4]> {
        let tags = svg.lines().filter_map(|l| l.split("<rect").nth(1));
        tags.map(|t| ["x", "y", "width", "height"].map(|name| number(t, name))).collect()
    }

    #[test]
    fn every_stage_and_every_move_is_drawn() {
        let process = appeal();
        for lang in ["zh", "en"] {
            let svg = process.svg(lang);
            assert_eq!(svg.matches("<rect").count(), process.stages.len());
            for stage in &process.stages {
                let group = format!("data-stage=\"{}\"", stage.id);
                let part = svg.split(&group).nth(1).unwrap().split("</g>").next().unwrap();
                assert!(part.contains(&escape(stage.plain.in_lang(lang))));
                for by in process.moves_from(&stage.id) {
                    assert!(part.contains(&format!("data-act=\"{}\"", by.act)), "{}", by.act);
                }
            }
            for step in process.transitions() {
                let title = escape(step.by.title.in_lang(lang));
                assert!(svg.contains(&title), "{title}");
                if let Some(from) = step.from.filter(|from| from.id != step.to.id) {
                    let way = format!("<title>{} → {}: ", from.id, step.to.id);
                    assert!(svg.contains(&way), "{way}");
                }
            }
        }
    }

    #[test]
    fn the_outline_says_what_is_drawn_and_every_way_leads_to_a_line_of_it() {
        let process = appeal();
        let outline = process.outline("en");
        assert_eq!(outline.len(), process.stages.len());
        let drawn: Vec<(&str, &str, &str)> = outline
            .iter()
            .flat_map(|(stage, ways)| ways.iter().map(move |way| (stage, way)))
            .map(|(stage, way)| match &way.to {
                Leads::Here => ("", way.act.as_str(), stage.id.as_str()),
                Leads::To { id, .. } => (stage.id.as_str(), way.act.as_str(), id.as_str()),
                Leads::Nowhere => (stage.id.as_str(), way.act.as_str(), stage.id.as_str()),
            })
            .collect();
        for step in process.transitions() {
            let from = step.from.map_or("", |from| from.id.as_str());
            let way = (from, step.by.act.as_str(), step.to.id.as_str());
            assert!(drawn.contains(&way), "{way:?}");
        }
        assert_eq!(drawn.len(), process.transitions().len());
    }

    #[test]
    fn boxes_stand_apart_and_hold_their_words() {
        let process = appeal();
        for lang in ["zh", "en"] {
            let svg = process.svg(lang);
            let rects = rects(&svg);
            for (i, a) in rects.iter().enumerate() {
                assert!(a[0] >= 0 && a[0] + a[2] <= WIDTH);
                for b in &rects[..i] {
                    let apart = a[0] >= b[0] + b[2]
                        || b[0] >= a[0] + a[2]
                        || a[1] >= b[1] + b[3]
                        || b[1] >= a[1] + a[3];
                    assert!(apart, "{a:?} {b:?}");
                }
            }
            for line in svg.lines().filter(|l| l.starts_with("<text")) {
                let text = line.split('>').nth(1).unwrap().split("</text").next().unwrap();
                let (x, y) = (number(line, "x"), number(line, "y"));
                let end = x + text_width(text);
                let held = rects.iter().any(|r| {
                    x > r[0] && end <= r[0] + r[2] && y > r[1] + FONT / 2 && y < r[1] + r[3]
                });
                assert!(held, "{line}");
            }
        }
    }

    /// Every straight piece of every line stays out of every box.
    #[test]
    fn no_line_runs_through_a_box() {
        let svg = appeal().svg("zh");
        let rects = rects(&svg);
        for line in svg.lines().filter(|l| l.starts_with("<path class=\"way\"")) {
            let d = line.split(" d=\"").nth(1).unwrap().split('"').next().unwrap();
            let (start, rest) = d[1..].split_once('V').unwrap();
            let (x, y) = start.split_once(' ').unwrap();
            let (mut x, mut y): (i32, i32) = (x.parse().unwrap(), y.parse().unwrap());
            for piece in format!("V{rest}").replace('V', " V").replace('H', " H").split_whitespace()
            {
                let n: i32 = piece[1..].parse().unwrap();
                let (nx, ny) = if piece.starts_with('H') { (n, y) } else { (x, n) };
                for r in &rects {
                    let through = x.max(nx) > r[0]
                        && x.min(nx) < r[0] + r[2]
                        && y.max(ny) > r[1]
                        && y.min(ny) < r[1] + r[3];
                    assert!(!through, "{line} goes through {r:?}");
                }
                (x, y) = (nx, ny);
            }
            assert!(x > 0 && x < WIDTH && y > 0);
        }
    }
}
