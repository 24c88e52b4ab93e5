//! Walls put up and taken down: the walls in force, a new one, whom it stops or sets free.

use askama::Template;
use axum::response::IntoResponse as _;

use super::change::{Desk, desk, judged, preview_page};
use crate::act::duty::{Wall, WallCondition};
use crate::act::{Failure, FieldProblem, Refusal};
use crate::disclosure::NewWall;
use crate::disclosure::rules::Change;
use crate::disclosure::rules::walls::{self, Shift};
use crate::disclosure::view::{self, Choice, Words};
use crate::page::{Form, Frame, Page, Problems, Visitor, render};

/// A wall in force as the form shows it.
struct WallRow {
    id: String,
    act: String,
    when: String,
    ground: String,
    ends: bool,
}

#[derive(Template)]
#[template(path = "disclosure/pages/walls.html")]
struct WallsPage {
    f: Frame,
    problems: Problems,
    seen: i64,
    rows: Vec<WallRow>,
    acts: Vec<Choice>,
    conditions: Vec<Choice>,
    scopes: Vec<Choice>,
    ground: String,
}

/// Whom a wall stops or sets free, in words.
pub(super) struct WallShift {
    pub mark: String,
    pub tone: &'static str,
    pub post: String,
    pub when: String,
    pub acts: String,
    pub posts: String,
    pub persons: String,
}

pub async fn edit(visitor: Visitor) -> Page {
    let desk = desk(&visitor).await?;
    edit_page(&visitor, &desk, &Form::default(), Problems::default())
}

fn edit_page(visitor: &Visitor, desk: &Desk, form: &Form, problems: Problems) -> Page {
    let (lang, words) = (visitor.lang, Words::from(visitor));
    let row = |wall: &Wall| WallRow {
        id: wall.id.to_string(),
        act: words.wall(&wall.act),
        when: words.when((wall.condition, wall.unless)),
        ground: wall.ground.clone(),
        ends: form.all("ends").contains(&wall.id.to_string()),
    };
    let condition = |condition: WallCondition| Choice {
        value: condition.name().to_owned(),
        title: lang.say(&format!("duty.when.{}", condition.name())),
        chosen: form.get("wall_when") == condition.name(),
    };
    render(&WallsPage {
        f: visitor.frame(lang.say("duty.walls_edit.title")),
        problems,
        seen: desk.list.version,
        rows: desk.list.walls.iter().map(row).collect(),
        acts: acts(desk, form.get("wall_act"), &words),
        conditions: WallCondition::ALL.into_iter().map(condition).collect(),
        scopes: view::scope_choices(form.get("wall_unless"), lang),
        ground: form.get("wall_ground").to_owned(),
    })
}

/// All acts of a kind come before the single ones.
fn acts(desk: &Desk, chosen: &str, words: &Words<'_>) -> Vec<Choice> {
    let kinds = desk.known.acts.iter().filter_map(|act| act.split_once('.'));
    let mut all: Vec<String> = kinds.map(|(of, _)| format!("{of}.*")).collect();
    all.dedup();
    let all = all.into_iter().map(|act| Choice {
        title: words.wall(&act),
        chosen: act == chosen,
        value: act,
    });
    all.chain(view::act_choices(desk.known.acts.iter().cloned(), chosen, words)).collect()
}

/// What the form proposes: walls that end, and at most one that begins.
fn proposed(desk: &Desk, form: &Form) -> Change {
    let mut change = Change::default();
    let ends = form.all("ends");
    let chosen = desk.list.walls.iter().filter(|wall| ends.contains(&wall.id.to_string()));
    change.walls_ended = chosen.map(|wall| wall.id.clone()).collect();
    if !form.get("wall_act").is_empty() || !form.get("wall_ground").is_empty() {
        change.walls_added.push(NewWall {
            act: form.get("wall_act").to_owned(),
            condition: form.get("wall_when").to_owned(),
            unless_scope: Some(form.get("wall_unless").to_owned()).filter(|s| !s.is_empty()),
            ground: form.get("wall_ground").to_owned(),
        });
    }
    change
}

/// The form has one new wall: its fields carry no number.
fn by_field(problem: FieldProblem) -> FieldProblem {
    let field = problem.field.trim_end_matches(".0").to_owned();
    FieldProblem { field, ..problem }
}

pub async fn preview(visitor: Visitor, form: Form) -> Page {
    let desk = desk(&visitor).await?;
    if form.get("seen") != desk.list.version.to_string() {
        return Err(Refusal::new("changed_meanwhile").into());
    }
    let stands = |id: &String| desk.list.walls.iter().any(|wall| wall.id.as_str() == id);
    if !form.all("ends").iter().all(stands) {
        return Err(FieldProblem::new("ends", "not_an_option").into());
    }
    let change = proposed(&desk, &form);
    match judged(&visitor, &desk, &change).await? {
        Ok(second) => preview_page(&visitor, &desk, &change, second),
        Err(Failure::Invalid(problems)) => {
            let problems: Vec<FieldProblem> = problems.into_iter().map(by_field).collect();
            let page = edit_page(&visitor, &desk, &form, problems.into())?;
            Ok((axum::http::StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(failure) => Err(failure),
    }
}

/// The walls that end and begin, each in words, with its ground.
pub(super) fn named(
    desk: &Desk,
    change: &Change,
    words: &Words<'_>,
) -> Vec<(String, String, String)> {
    let lang = words.lang;
    let line = |mark: &str, wall: &Wall| {
        let when = words.when((wall.condition, wall.unless));
        let said = [("act", words.wall(&wall.act)), ("when", when)];
        (lang.say(mark), lang.fill("duty.preview.wall", &said), wall.ground.clone())
    };
    let ended = desk.list.walls.iter().filter(|wall| change.walls_ended.contains(&wall.id));
    let begun = change.walls_added.iter().filter_map(walls::wall_of);
    let ended = ended.map(|wall| line("duty.edit.end", wall));
    ended.chain(begun.map(|wall| line("duty.walls_edit.add", &wall))).collect()
}

/// Whom a change of the walls stops, and whom it sets free, post by post.
pub(super) fn shifts(desk: &Desk, change: &Change, words: &Words<'_>) -> Vec<WallShift> {
    let lang = words.lang;
    let line = |shift: &Shift| {
        let (mark, tone) = if shift.stops {
            ("duty.preview.loses", "chip--blue")
        } else {
            ("duty.preview.gains", "chip--yellow")
        };
        let kind = desk.kinds.iter().find(|kind| kind.id == shift.post_kind);
        let held = desk.held.get(&shift.post_kind).copied().unwrap_or_default();
        let acts: Vec<String> = shift.acts.iter().map(|act| words.act(act)).collect();
        WallShift {
            mark: lang.say(mark),
            tone,
            post: kind.map_or_else(String::new, |k| lang.pick(&k.title_zh, &k.title_en).to_owned()),
            when: words.when(shift.when),
            acts: acts.join(lang.pick("、", ", ")),
            posts: held.posts.to_string(),
            persons: held.persons.to_string(),
        }
    };
    walls::shifts(&desk.list, change, &desk.known.names()).iter().map(line).collect()
}
