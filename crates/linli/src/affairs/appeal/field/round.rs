//! The round: open cases of the grid, those that wait for me first.

use askama::Template;
use serde_json::json;

use super::super::desk::Filter;
use super::super::desk::filter::OPEN;
use super::super::desk::list::{COUNTED, Lists, Row};
use super::super::kit;
use super::super::view::Looker;
use super::Gone;
use crate::act::{Done, Refusal};
use crate::matter::Kit;
use crate::page::{Frame, Page, Visitor, render};
use crate::store::ReadTx;
use crate::territory::{self, Point};
use crate::words::Lang;

/// Cases on the page of a phone.
const MOST: usize = 100;

/// One case on the round.
struct Stop {
    row: Row,
    /// The move that waits for the looker, `handle_here` or `verify`, and what its button says: to
    /// verify is to go and look, whatever is found.
    todo: Option<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "affairs/appeal/pages/round.html", blocks = ["round"])]
struct Round {
    f: Frame,
    grid: String,
    stops: Vec<Stop>,
    waiting: usize,
    late: String,
    open: String,
    /// What cannot be put right on the spot may be reported.
    reports: bool,
    /// Only the list is asked for; the figures above the map come along with it.
    part: bool,
    /// Says that the list is not the whole, where it is not.
    some_of: Option<String>,
    /// What the map shows, as JSON; none where no case has a place on it.
    points: Option<String>,
    /// Cases of the list that the map does not show, for they have an address and no point.
    off_map: usize,
}

/// The grid one went round is no more: it was split or merged.
#[derive(Template)]
#[template(path = "affairs/appeal/pages/round_gone.html")]
struct GonePage {
    f: Frame,
    gone: Gone,
}

pub async fn round(visitor: Visitor) -> Page {
    super::on_round(&visitor)?;
    let looker = Looker::from(&visitor);
    let kit = kit(&visitor.district).ok_or_else(|| Refusal::new("no_procedure"))?;
    if let Some(gone) = super::gone(&visitor).await? {
        return render(&GonePage { f: visitor.frame(visitor.lang.say("field.title")), gone });
    }
    let read = visitor.read(move |tx| read(tx, &looker, &kit)).await?;
    let Read { grid, mut stops, points, all, late: of_all } = read;
    stops.sort_by_key(|stop| stop.todo.is_none());
    let late = |stop: &&Stop| stop.row.late();
    let points = (!points.is_empty()).then(|| on_map(&points));
    let frame = visitor.frame(visitor.lang.say("field.title"));
    let page = Round {
        f: if points.is_some() { frame.with_map() } else { frame },
        waiting: stops.iter().filter(|stop| stop.todo.is_some()).count(),
        late: counted(of_all, stops.iter().filter(late).count()),
        open: counted(all, stops.len()),
        off_map: stops.iter().filter(|stop| stop.row.point.is_none()).count(),
        reports: visitor.may("case.report"),
        part: visitor.wants("round"),
        some_of: all.map(|all| some_of(visitor.lang, all)),
        grid,
        stops,
        points,
    };
    if page.part { render(&page.as_round()) } else { render(&page) }
}

struct Read {
    grid: String,
    stops: Vec<Stop>,
    points: Vec<serde_json::Value>,
    /// How many there are, where the stops are not all of them.
    all: Option<i64>,
    /// And how many of them are late.
    late: Option<i64>,
}

fn read(tx: &ReadTx<'_>, looker: &Looker, kit: &Kit) -> Done<Read> {
    let lists = Lists { tx, looker, process: &kit.process, now: looker.district.now() };
    let ground = territory::ground(&looker.district, tx)?;
    let place = ground.by_path(&looker.actor.place_path);
    let place = place.map(|place| place.code.clone()).unwrap_or_default();
    let filter = Filter { tab: "open".to_owned(), place, ..Filter::parse("") };
    let turns = lists.my_turns();
    let (mut stops, mut points) = (Vec::new(), Vec::new());
    let (rows, all) = stops_of(&lists, &filter)?;
    let late = Filter { tab: "late".to_owned(), ..filter };
    let late = if all.is_some() { Some(lists.count(&late)?) } else { None };
    for row in rows {
        let waits = lists.waits(&turns, &row.matter)?;
        let todo = waits.then(|| {
            if row.matter.phase == "answered" {
                return ("verify", looker.lang.say("field.go_verify"));
            }
            let title = looker.district.processes.act_title("case.handle_here", looker.lang);
            ("handle_here", title)
        });
        if let Some((lat, lng)) = row.point {
            points.push(point(&row, lat, lng));
        }
        stops.push(Stop { todo, row });
    }
    let grid = ground.name_of_path(&looker.actor.place_path);
    Ok(Read { grid, stops, points, all, late })
}

/// The rows of the round, and how many there are where they are not all: then those that wait for
/// the looker come before all others, so that none of them falls off the end.
fn stops_of(lists: &Lists<'_, '_>, filter: &Filter) -> Done<(Vec<Row>, Option<i64>)> {
    let (rows, more) = lists.rows(filter, "case.see", MOST)?;
    if more.is_none() {
        return Ok((rows, None));
    }
    let todo = Filter { tab: "todo".to_owned(), ..filter.clone() };
    let (mut first, _) = lists.rows(&todo, "case.see", MOST)?;
    first.retain(|row| OPEN.contains(&row.matter.phase.as_str()));
    let waits = |row: &Row| first.iter().any(|known| known.number == row.number);
    let others: Vec<Row> = rows.into_iter().filter(|row| !waits(row)).collect();
    first.extend(others);
    first.truncate(MOST);
    Ok((first, Some(lists.count(filter)?)))
}

/// A figure of the whole round: of all where the list is not all of them.
fn counted(all: Option<i64>, listed: usize) -> String {
    match all {
        None => listed.to_string(),
        Some(many) if many > COUNTED => format!("{COUNTED}+"),
        Some(all) => all.to_string(),
    }
}

fn some_of(lang: Lang, all: i64) -> String {
    let all = if all > COUNTED {
        lang.with("desk.more_than", &COUNTED)
    } else {
        lang.with("desk.total", &all)
    };
    lang.fill("field.some_of", &[("most", MOST.to_string()), ("all", all)])
}

fn point(row: &Row, lat: i64, lng: i64) -> serde_json::Value {
    let number = |e7: i64| Point::degrees(e7).parse::<serde_json::Number>().ok();
    json!({
        "lat": number(lat),
        "lng": number(lng),
        "title": row.title,
        "text": row.sla.as_ref().map(|sla| sla.text.as_str()),
        "href": format!("/cases/{}", row.number),
        "tone": row.sla.as_ref().map_or("grey", |sla| sla.tone),
    })
}

/// As JSON that may stand inside a `<script>`.
fn on_map(points: &[serde_json::Value]) -> String {
    json!({ "points": points, "fit": true }).to_string().replace('<', "\\u003c")
}
