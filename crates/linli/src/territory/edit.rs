//! The pages on which officials change places: name, boundary, split, merge, new places.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use serde::Deserialize;

use super::acts::{self, ChangePlace, ClosePlace, CreatePlaces, DrawPlace, MovePlace, NewPlace};
use super::{Area, Below, Ground, HangingOn, PLACES, Place, Remits};
use super::{ground, redraw, rules, store, view};
use crate::act::{self, Done, Failure, FieldProblem, Reach, Subject};
use crate::base::Id;
use crate::page::{self, Form, Frame, Page, Problems, Visitor, not_found, render, see_other};
use crate::words::Lang;

/// What can be done on the page of a place, and the act it takes.
pub(super) const TASKS: [(&str, &str); 9] = [
    ("change", "place.change"),
    ("draw", "place.draw"),
    ("split", "grid.split"),
    ("merge", "grid.merge"),
    ("new", "place.create"),
    ("import", "place.draw"),
    ("addresses", "address.import"),
    ("move", "place.move"),
    ("close", "place.close"),
];

/// Whether the duty list gives this visitor an act at the place at a path.
pub(super) fn may(visitor: &Visitor, act: &str, path: &str) -> bool {
    let reach = Reach { publicity: "public".to_owned(), ..Reach::at(path) };
    visitor.duties.decide(&visitor.actor, act, &reach).granted()
}

/// The tasks the duty list gives this visitor at this place.
pub(super) fn tasks(visitor: &Visitor, place: &Place) -> Vec<&'static str> {
    let may = |act: &str| may(visitor, act, &place.path);
    let fits = |task: &str| place.parent.is_some() || !matches!(task, "split" | "move" | "close");
    TASKS.iter().filter(|(task, act)| fits(task) && may(act)).map(|(task, _)| *task).collect()
}

/// Those of the tasks that can be done to a place with these below it: what is split has none
/// below, what is merged are two of one level.
fn doable(tasks: Vec<&'static str>, children: &[Place]) -> Vec<&'static str> {
    let alike = |(at, one): (usize, &Place)| children[..at].iter().any(|b| b.level == one.level);
    let can = |task: &&'static str| match *task {
        "split" => children.is_empty(),
        "merge" => children.iter().enumerate().any(alike),
        _ => true,
    };
    tasks.into_iter().filter(can).collect()
}

/// The place of this code, if the visitor may change anything about it.
pub(super) async fn editable(visitor: &Visitor, code: String) -> Done<Place> {
    visitor.person()?;
    let place = visitor.read(move |tx| Ok(store::place_by_code(tx, &code)?)).await?;
    match place {
        Some(place) if !tasks(visitor, &place).is_empty() => Ok(place),
        _ => not_found(),
    }
}

/// As [`editable`], for a form with this act id: sent again it is about the place it was about the
/// first time, whose code may have changed or ended with it.
async fn editable_again(visitor: &Visitor, code: String, id: &Id) -> Done<Place> {
    visitor.person()?;
    let (of, asked) = (id.clone(), code.clone());
    let earlier = visitor.read(move |tx| {
        let done_to = act::done_to(tx, &of, PLACES.kind)?.and_then(|id| Id::parse(&id));
        let place = match done_to {
            Some(id) => store::place_by_id(tx, &id)?,
            None => None,
        };
        Ok(place.filter(|place| !place.stands() || place.code != asked))
    });
    match earlier.await? {
        Some(place) if !tasks(visitor, &place).is_empty() => Ok(place),
        _ => editable(visitor, code).await,
    }
}

#[derive(Template)]
#[template(path = "territory/pages/edit.html")]
struct EditPage {
    f: Frame,
    place: Place,
    tasks: Vec<&'static str>,
    task: String,
    form: Form,
    problems: Problems,
    act_id: Id,
    /// Boundaries around it, for the map.
    near: String,
    /// The base map shows the demonstration's land and not the district's.
    demo_map: bool,
    drawn: bool,
    children: Vec<Place>,
    /// Levels to choose from, with their names.
    levels: Vec<(String, String)>,
    /// Where it could lie instead: code and name.
    parents: Vec<(String, String)>,
    /// The posts of a grid that is to be split.
    posts: Vec<redraw::Offered>,
}

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default, rename = "do")]
    task: String,
}

pub(super) async fn show(
    visitor: Visitor,
    Path(code): Path<String>,
    Query(asked): Query<Asked>,
    Extension(Below { posts, .. }): Extension<Below>,
) -> Page {
    let place = editable(&visitor, code).await?;
    let of = place.id.clone();
    let children = visitor.read(move |tx| Ok(store::children(tx, Some(&of))?)).await?;
    let tasks = doable(tasks(&visitor, &place), &children);
    let task = tasks.iter().find(|task| **task == asked.task).or(tasks.first());
    let task = task.map_or("", |task| *task);
    let form = first_values(&visitor, &place, task).await?;
    page(&visitor, (place, posts), task, form, Problems::default()).await
}

/// The form as it is before anybody has typed.
async fn first_values(visitor: &Visitor, place: &Place, task: &str) -> Done<Form> {
    let (district, asked) = (visitor.district.clone(), place.clone());
    let (ground, children) = visitor
        .read(move |tx| -> Done<_> {
            Ok((ground(&district, tx)?, store::children(tx, Some(&asked.id))?))
        })
        .await?;
    let shape = ground.area_of(&place.id).map(Area::geojson).unwrap_or_default();
    let pairs = match task {
        "change" => vec![
            ("code", place.code.clone()),
            ("level", place.level.clone()),
            ("name", place.name.clone()),
        ],
        "draw" => vec![("shape", shape)],
        "split" => {
            let parent = place.parent.as_ref().and_then(|id| ground.by_id(id));
            let used = parent.map_or(0, |parent| next_number(&ground, parent));
            let under = parent.map_or("", |parent| &parent.code);
            vec![
                ("code0", format!("{under}{used:02}")),
                ("code1", format!("{under}{:02}", used + 1)),
            ]
        }
        "merge" => vec![("code0", format!("{}{:02}", place.code, next_number(&ground, place)))],
        "new" => {
            let level = children.first().map_or_else(|| below(&place.level), |c| c.level.as_str());
            vec![("level", level.to_owned())]
        }
        _ => Vec::new(),
    };
    Ok(Form::from_pairs(pairs.into_iter().map(|(name, value)| (name.to_owned(), value))))
}

fn below(level: &str) -> &'static str {
    match level {
        super::DISTRICT => super::STREET,
        super::STREET => super::COMMUNITY,
        _ => super::GRID,
    }
}

/// The first free two-digit number of a grid under `parent`, past ones counted.
fn next_number(ground: &Ground, parent: &Place) -> usize {
    let free = |n: &usize| {
        let code = format!("{}{n:02}", parent.code);
        let path = super::path_under(&parent.path, &code);
        ground.by_code(&code).is_none() && ground.by_path(&path).is_none()
    };
    (1..1000).find(|n| free(n) && free(&(n + 1))).unwrap_or(1)
}

async fn page(
    visitor: &Visitor,
    (place, posts): (Place, view::PostsBelow),
    task: &str,
    form: Form,
    problems: Problems,
) -> Page {
    let (district, asked, now) = (visitor.district.clone(), place.clone(), visitor.district.now());
    let split = task == "split";
    let (ground, children, there) = visitor
        .read(move |tx| -> Done<_> {
            let there = if split { posts(tx, &asked.path, now)? } else { Vec::new() };
            Ok((ground(&district, tx)?, store::children(tx, Some(&asked.id))?, there))
        })
        .await?;
    let frame = visitor.frame(visitor.lang.with("territory.edit.title", &place.name));
    let on_map = matches!(task, "draw" | "split");
    let around = if split { own_json(&ground, &place) } else { String::new() };
    let wrong = !problems.is_empty();
    let mut response = render(&EditPage {
        f: if on_map { frame.with_drawing() } else { frame },
        tasks: doable(tasks(visitor, &place), &children),
        task: task.to_owned(),
        posts: redraw::offered(&form, there),
        form,
        problems,
        act_id: visitor.district.new_id(),
        near: if split { around } else { view::neighbours_json(&ground, &place) },
        demo_map: on_map && page::shows_demo_map(&visitor.district),
        drawn: ground.area_of(&place.id).is_some(),
        children,
        parents: other_parents(&ground, &place),
        levels: levels(&ground, &place, visitor.lang),
        place,
    })?;
    if wrong {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// Ours, and the words of the place itself that are in use; a root keeps what it is.
fn levels(ground: &Ground, place: &Place, lang: Lang) -> Vec<(String, String)> {
    let mut all = vec![super::STREET, super::COMMUNITY, super::GRID];
    let in_use = ground.places().filter(|other| other.parent.is_some());
    for level in in_use.map(|other| other.level.as_str()).chain([place.level.as_str()]) {
        if !all.contains(&level) {
            all.push(level);
        }
    }
    all.into_iter().map(|level| (level.to_owned(), view::level_word(lang, level))).collect()
}

/// A problem with the level stands by the field it was given in.
fn at_level(failure: Failure, field: &str) -> Failure {
    match failure {
        Failure::Invalid(mut all) => {
            for problem in all.iter_mut().filter(|problem| problem.field == "level") {
                field.clone_into(&mut problem.field);
            }
            Failure::Invalid(all)
        }
        other => other,
    }
}

/// The grid itself, to be cut.
fn own_json(ground: &Ground, place: &Place) -> String {
    let lines = view::lines(ground, &place.path, &[], Lang::Zh);
    let all = view::map_json(ground, &lines, Lang::Zh);
    if all.is_empty() { view::neighbours_json(ground, place) } else { all }
}

pub(super) async fn take(
    visitor: Visitor,
    Path(code): Path<String>,
    Extension(below): Extension<Below>,
    form: Form,
) -> Page {
    let Below { posts, put, hanging, open, remits } = below;
    let id = form.act_id(visitor.district.new_id());
    let place = editable_again(&visitor, code, &id).await?;
    let task = form.get("do").to_owned();
    let redraws = matches!(task.as_str(), "split" | "merge");
    if redraws && form.get("sure") == "back" {
        return page(&visitor, (place, posts), &task, form, Problems::default()).await;
    }
    if redraws && form.get("sure") != "yes" {
        let asked = redraw::Asked { place: &place, task: &task, form: &form, act_id: &id };
        let looked = asked.look(&visitor, (posts, open), (hanging, remits)).await;
        return match looked {
            Ok(shown) => Ok(shown),
            Err(failure) => again(&visitor, (place, posts), &task, form, failure).await,
        };
    }
    let done = match task.as_str() {
        "change" => change(&visitor, id, &place, &form).await,
        "draw" => draw(&visitor, id, &place, &form).await,
        "split" => redraw::split(&visitor, id, &place, &form, (posts, put, hanging)).await,
        "merge" => redraw::merge(&visitor, id, &place, &form, (posts, hanging, remits)).await,
        "new" => create(&visitor, id, &place, &form).await,
        "move" => relocate(&visitor, id, &place, &form, (hanging, remits)).await,
        "close" => close(&visitor, id, &place, &form, hanging).await,
        _ => not_found(),
    };
    match done {
        Ok(code) => Ok(see_other(&format!("/grids/{code}"))),
        Err(failure) => again(&visitor, (place, posts), &task, form, failure).await,
    }
}

/// The page with what is wrong, where it can be mended.
async fn again(
    visitor: &Visitor,
    of: (Place, view::PostsBelow),
    task: &str,
    form: Form,
    failure: Failure,
) -> Page {
    let wrong = match failure {
        Failure::Invalid(wrong) => wrong,
        Failure::Refused(refusal) if STAYS.contains(&refusal.code) => {
            let mut problem = FieldProblem::new("place", refusal.code);
            problem.params = refusal.params;
            vec![problem]
        }
        other => return Err(other),
    };
    page(visitor, of, task, form, wrong.into()).await
}

/// Why a place cannot be ended, merged or moved yet; told on the page, for it can be mended.
const STAYS: [&str; 8] = [
    "place_not_empty",
    "place_has_open_cases",
    "place_has_holders",
    "place_has_bodies",
    "place_has_remits",
    "remits_differ",
    "remit_widens",
    "too_many_remits",
];

pub(super) fn seen(form: &Form) -> i64 {
    form.get("seen").parse().unwrap_or(0)
}

async fn change(visitor: &Visitor, id: Id, place: &Place, form: &Form) -> Done<String> {
    let code = form.get("code").to_owned();
    let ((field, level), name) = (form.chosen("level"), form.get("name").to_owned());
    let (place, level) = (place.id.clone(), level.to_owned());
    let act = ChangePlace { place, seen: seen(form), code, level, name };
    visitor.perform(id, act).await.map_err(|failure| at_level(failure, &field))?;
    Ok(form.get("code").to_owned())
}

/// Asks back where ground would belong to nothing any more: a slip of the hand is saved at once.
async fn draw(visitor: &Visitor, id: Id, place: &Place, form: &Form) -> Done<String> {
    let left = left_out(visitor, place, form).await?;
    if left > 0 && form.get("sure") != left.to_string() {
        let level = view::level_word(visitor.lang, &place.level);
        let said = FieldProblem::new("sure", LEAVES).with("m2", left).with("level", level);
        return Err(said.into());
    }
    let (seen, shape) = (seen(form), form.get("shape").to_owned());
    let act = DrawPlace { place: place.id.clone(), seen, shape };
    visitor.perform(id, act).await?;
    Ok(format!("{}?done=place.draw", place.code))
}

/// A boundary that leaves out ground of before.
const LEAVES: &str = "draw_leaves_ground";

/// How many square metres a boundary leaves to no place; none for one that the act will refuse, or
/// that was sent before.
async fn left_out(visitor: &Visitor, place: &Place, form: &Form) -> Done<i64> {
    visitor.entitled("place.draw", Subject::row(PLACES, &place.id)).await?;
    let Ok(area) = rules::check_area("shape", form.get("shape")) else { return Ok(0) };
    if seen(form) != place.version {
        return Ok(0);
    }
    let place = place.clone();
    let left = visitor.read(move |tx| -> Done<i64> {
        if !acts::fits(tx, "shape", &place, &area, &[])?.is_empty() {
            return Ok(0);
        }
        acts::left_out(tx, &place, &area)
    });
    left.await
}

async fn create(visitor: &Visitor, id: Id, place: &Place, form: &Form) -> Done<String> {
    let (field, level) = form.chosen("level");
    let new = NewPlace {
        code: form.get("code").to_owned(),
        level: level.to_owned(),
        name: form.get("name").to_owned(),
        parent: Some(place.code.clone()),
        seat: None,
    };
    let act = CreatePlaces { under: Some(place.id.clone()), places: vec![new] };
    visitor.perform(id, act).await.map_err(|failure| at_level(failure, &field))?;
    Ok(place.code.clone())
}

async fn relocate(
    visitor: &Visitor,
    id: Id,
    place: &Place,
    form: &Form,
    (hanging, remits): (HangingOn, Remits),
) -> Done<String> {
    let to = form.get("to").to_owned();
    if to.is_empty() {
        return Err(FieldProblem::new("to", "missing").into());
    }
    let act = MovePlace { place: place.id.clone(), seen: seen(form), to, hanging, remits };
    visitor.perform(id, act).await?;
    Ok(place.code.clone())
}

async fn close(
    visitor: &Visitor,
    id: Id,
    place: &Place,
    form: &Form,
    hanging: HangingOn,
) -> Done<String> {
    let act = ClosePlace { place: place.id.clone(), seen: seen(form), hanging };
    visitor.perform(id, act).await?;
    Ok(place.code.clone())
}

/// Other places of the level of its parent, the deepest names in full.
fn other_parents(ground: &Ground, place: &Place) -> Vec<(String, String)> {
    let Some(parent) = place.parent.as_ref().and_then(|id| ground.by_id(id)) else {
        return Vec::new();
    };
    let others = ground.places().filter(|other| other.level == parent.level);
    others
        .filter(|other| other.id != parent.id && !other.within(&place.path))
        .map(|other| (other.code.clone(), ground.name_of_path(&other.path)))
        .collect()
}

impl EditPage {
    /// How many square metres a boundary as it is drawn leaves to no place; empty where it leaves
    /// none.
    fn left(&self) -> &str {
        let left = self.problems.all.iter().find(|problem| problem.code == LEAVES);
        let m2 = left.and_then(|left| left.params.iter().find(|(name, _)| *name == "m2"));
        m2.map_or("", |(_, m2)| m2.as_str())
    }

    /// Whether this child was ticked.
    fn ticked(&self, child: &Place) -> bool {
        let id = child.id.to_string();
        self.form.all("grids").iter().any(|text| text.starts_with(&id))
    }
}
