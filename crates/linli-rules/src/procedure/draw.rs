//! The drawing of a procedure. Down the left stands the ordinary way of a matter, from beginning
//! to end; what it may turn to stands beside it. Each box has a line for every move, and each way
//! begins at that line, so that it needs no word of its own.
//!
//! Ways run only beside the boxes: left of the ordinary way, between the two columns, and right of
//! the other. All ways to one stage share a lane there; those that lead back have one of their own,
//! in a paler colour.

mod layout;

use self::layout::{Edge, Placed, Plan};
use super::{Move, Process, Stage};
use crate::Words;
use std::fmt::Write;

const WIDTH: i32 = 1000;
const MARGIN: i32 = 12;
/// Lanes stand so far apart.
const PITCH: i32 = 9;
/// Between one row of boxes and the next.
const GAP: i32 = 30;
const LINE: i32 = 20;
const FONT: i32 = 14;
const PAD: i32 = 10;

/// How a way looks: what it is called, its colour, and how wide its line is.
const NEXT: (&str, &str, &str) = ("next", "#0b5563", "2.5");
const WAY: (&str, &str, &str) = ("way", "#5b7c99", "1.4");
const BACK: (&str, &str, &str) = ("back", "#8a99a6", "1.2");

/// A line of text in a box: its words, each with the act they stand for.
struct Line {
    class: &'static str,
    words: Vec<(String, String)>,
    /// The stage that the move of this line leads to.
    to: Option<String>,
}

pub(super) fn svg(process: &Process, lang: &str) -> String {
    let plan = Plan::of(process, lang);
    let mut out = String::new();
    let (title, id, height) = (escape(process.title.in_lang(lang)), &process.id, plan.height);
    let described = escape(&described(process, lang));
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         width=\"{WIDTH}\" height=\"{height}\" role=\"img\" aria-labelledby=\"t-{id} d-{id}\" \
         font-family=\"sans-serif\" font-size=\"{FONT}\">\n\
         <title id=\"t-{id}\">{title}</title>\n<desc id=\"d-{id}\">{described}</desc>\n<defs>"
    );
    for (name, colour, _) in [NEXT, WAY, BACK] {
        let _ = writeln!(
            out,
            "<marker id=\"{name}-{id}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" \
             markerUnits=\"userSpaceOnUse\" markerWidth=\"9\" markerHeight=\"9\" \
             orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"{colour}\"/></marker>"
        );
    }
    out.push_str("</defs>\n");
    // What leads back lies under what leads on.
    let (back, on): (Vec<&Edge>, Vec<&Edge>) = plan.edges.iter().partition(|edge| edge.back);
    for edge in back.into_iter().chain(on) {
        draw_edge(&mut out, id, &plan, edge);
    }
    plan.placed.iter().for_each(|place| draw_box(&mut out, place, lang));
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

/// The lines of text in the box of a stage. What leaves a matter where it is needs no line each.
fn lines_of(
    process: &Process,
    stage: &Stage,
    next: Option<&str>,
    width: i32,
    lang: &str,
) -> Vec<Line> {
    let mut lines: Vec<Line> = vec![];
    let mut stays: Vec<(String, String)> = vec![];
    let mut add = |class, act: &str, text: &str, to: Option<&str>| {
        for (nth, part) in wrapped(text, width).into_iter().enumerate() {
            let to = to.filter(|_| nth == 0).map(str::to_owned);
            lines.push(Line { class, words: vec![(act.to_owned(), part)], to });
        }
    };
    add("name", "", stage.title.in_lang(lang), None);
    for way in ways(process, stage, lang) {
        match way.to {
            Leads::Here => add("in", &way.act, &format!("▸ {}", way.title), None),
            Leads::To { id, title } => {
                let class = if next == Some(id.as_str()) { "main" } else { "out" };
                add(class, &way.act, &format!("{} → {title}", way.title), Some(&id));
            }
            Leads::Nowhere => stays.push((way.act, way.title)),
        }
    }
    lines.extend(flowing(stays, width, lang));
    lines
}

/// Words one after the other, as many as a line holds.
fn flowing(words: Vec<(String, String)>, width: i32, lang: &str) -> Vec<Line> {
    let comma = if lang == "zh" { "、" } else { ", " };
    let last = words.len().saturating_sub(1);
    let mut lines: Vec<Line> = vec![];
    let mut used = 0;
    for (nth, (act, mut text)) in words.into_iter().enumerate() {
        if nth == 0 {
            text = format!("· {text}");
        }
        if nth < last {
            text.push_str(comma);
        }
        let wide = text_width(&text);
        match lines.last_mut() {
            Some(line) if used + wide <= width => line.words.push((act, text)),
            _ => {
                let parts = wrapped(&text, width);
                let line = |part| Line { class: "dim", words: vec![(act.clone(), part)], to: None };
                lines.extend(parts.into_iter().map(line));
                used = 0;
            }
        }
        used += lines.last().filter(|_| used == 0).map_or(wide, Line::width);
    }
    lines
}

impl Line {
    fn width(&self) -> i32 {
        self.words.iter().map(|(_, text)| text_width(text)).sum()
    }
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

fn draw_edge(out: &mut String, id: &str, plan: &Plan<'_>, edge: &Edge) {
    let (from, to) = (&plan.placed[edge.from], &plan.placed[edge.to]);
    let (name, colour, width) = match (edge.next, edge.back) {
        (true, _) => NEXT,
        (false, false) => WAY,
        (false, true) => BACK,
    };
    let _ = writeln!(
        out,
        "<path class=\"{name}\" d=\"{}\" fill=\"none\" stroke=\"{colour}\" \
         stroke-width=\"{width}\" marker-end=\"url(#{name}-{id})\">\
         <title>{} → {}: {}</title></path>",
        edge.path,
        escape(&from.stage.id),
        escape(&to.stage.id),
        escape(&edge.title)
    );
    if let Some((x, y)) = edge.joins {
        let _ = writeln!(out, "<circle cx=\"{x}\" cy=\"{y}\" r=\"2.5\" fill=\"{colour}\"/>");
    }
}

fn draw_box(out: &mut String, place: &Placed<'_>, lang: &str) {
    let begin = place.lines.iter().any(|line| line.class == "in");
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
    for (i, line) in place.lines.iter().enumerate() {
        let (tx, ty) = (x + PAD, y + PAD + i as i32 * LINE + FONT);
        let _ = write!(
            out,
            "<text class=\"{}\" x=\"{tx}\" y=\"{ty}\"{}>",
            line.class,
            look(line.class)
        );
        for (act, text) in &line.words {
            let act = if act.is_empty() { String::new() } else { format!(" data-act=\"{act}\"") };
            let _ = write!(out, "<tspan{act}>{}</tspan>", escape(text));
        }
        out.push_str("</text>\n");
    }
    out.push_str("</g>\n");
}

/// How a line of text looks. It stands in the element itself: a page that allows no styles of its
/// own can hold the drawing.
fn look(class: &str) -> &'static str {
    match class {
        "name" => " font-weight=\"bold\"",
        "main" => " font-weight=\"bold\" fill=\"#0b5563\"",
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
                let words =
                    line.split("<tspan").skip(1).map(|w| w.split(['>', '<']).nth(1).unwrap());
                let text = words.collect::<String>();
                let (x, y) = (number(line, "x"), number(line, "y"));
                let end = x + text_width(&text);
                let held = rects.iter().any(|r| {
                    x > r[0] && end <= r[0] + r[2] && y > r[1] + FONT / 2 && y < r[1] + r[3]
                });
                assert!(held, "{line}");
            }
        }
    }

    /// Every straight piece of every way stays out of every box.
    #[test]
    fn no_way_runs_through_a_box() {
        for lang in ["zh", "en"] {
            let svg = appeal().svg(lang);
            let rects = rects(&svg);
            let mut ways = 0;
            for line in svg.lines().filter(|l| l.starts_with("<path class=")) {
                let d = line.split(" d=\"").nth(1).unwrap().split('"').next().unwrap();
                let spaced = d.replace('M', "").replace('V', " V").replace('H', " H");
                let mut parts = spaced.split_whitespace();
                let mut number = || parts.next().map(str::to_owned);
                let (mut x, mut y): (i32, i32) =
                    (number().unwrap().parse().unwrap(), number().unwrap().parse().unwrap());
                while let Some(piece) = number() {
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
                ways += 1;
            }
            assert!(ways > 20, "{ways}");
        }
    }

    #[test]
    fn the_ordinary_way_stands_in_one_column_from_its_beginning_to_its_end() {
        let process = appeal();
        let plan = Plan::of(&process, "zh");
        let left = plan.placed.iter().map(|place| place.x).min().unwrap();
        let main: Vec<&str> =
            plan.placed.iter().filter(|p| p.x == left).map(|p| p.stage.id.as_str()).collect();
        let way = ["reported", "awaiting_dispatch", "dispatched", "handling", "answered"];
        assert_eq!(main[..5], way, "{main:?}");
        assert_eq!(main.last(), Some(&"rated"), "{main:?}");
        assert_eq!(plan.edges.iter().filter(|edge| edge.next).count(), main.len() - 1);
    }
}
