//! Splitting and merging in the browser: first what would come of it, then the act.

use std::collections::BTreeMap;

use askama::Template;

use super::acts::{Goes, MergeGrids, Part, SplitGrid, post_field};
use super::acts::{few_remits, no_body_at, no_remit_at};
use super::rules::{self, Knife};
use super::view::{Posted, PostsBelow, PutPost};
use super::{Area, HangingOn, Looked, OpenCases, PLACES, Passes, Place, Remit, Remits};
use super::{edit, store};
use crate::act::{Done, Failure, FieldProblem, Subject};
use crate::base::{Id, Instant};
use crate::page::{Form, Frame, Page, Visitor, render};
use crate::store::ReadTx;

/// The field that brings back what was looked at.
const REMITS_SEEN: &str = "remits_seen";

/// What is asked for on the page of a place: `split` or `merge`.
pub(super) struct Asked<'a> {
    pub place: &'a Place,
    pub task: &'a str,
    pub form: &'a Form,
    pub act_id: &'a Id,
}

/// One of the places that would begin.
struct Begun {
    name: String,
    code: String,
    area_km2: String,
    /// Open cases that would go to it.
    cases: usize,
}

/// A post of what ends: where it goes, or nowhere yet.
struct Waiting {
    title: String,
    holders: String,
    /// The name of the part it goes to; empty where it waits to be placed anew.
    to: String,
}

#[derive(Template)]
#[template(path = "territory/pages/redraw.html")]
struct RedrawPage {
    f: Frame,
    place: Place,
    task: String,
    act_id: Id,
    olds: Vec<String>,
    begun: Vec<Begun>,
    /// Posts that go along.
    going: Vec<Waiting>,
    waiting: Vec<Waiting>,
    /// What bodies answer for, as it goes along.
    looked: Looked,
    /// The fields of the form, to be sent again.
    fields: Vec<(String, String)>,
}

/// What the page is made of.
struct Found {
    olds: Vec<Place>,
    areas: Vec<Option<Area>>,
    points: Vec<Option<super::Point>>,
    waiting: Vec<Waiting>,
    looked: Looked,
}

impl RedrawPage {
    /// What a body answers for, on what ground, where it does so far, and where besides.
    fn remit(&self, one: &Remit) -> String {
        let params = [
            ("body", one.body.as_str()),
            ("kind", &one.kind),
            ("kind_en", &one.kind_en),
            ("ground", &one.ground),
            ("places", &one.from.join("、")),
            ("added", &one.added.join("、")),
        ];
        if one.added.is_empty() {
            return self.f.lang.fill("territory.redraw.remit", &params);
        }
        self.f.lang.fill("territory.redraw.remit_widens", &params)
    }

    fn kind<'a>(&self, one: &'a Passes) -> &'a str {
        self.f.lang.pick(&one.kind, &one.kind_en)
    }

    fn places(&self, one: &Passes) -> String {
        one.places.join(self.f.lang.pick("、", ", "))
    }
}

impl Asked<'_> {
    /// What would come of it; nothing is written.
    pub(super) async fn look(
        self,
        v: &Visitor,
        (posts, open): (PostsBelow, OpenCases),
        (hanging, remits): (HangingOn, Remits),
    ) -> Page {
        let subject = Subject::row(PLACES, &self.place.id);
        v.entitled(act_of(self.task), subject).await?;
        let (place, form, task) = (self.place.clone(), self.form.clone(), self.task.to_owned());
        let now = v.district.now();
        let found = v
            .read(move |tx| {
                named(tx, &form, if task == "split" { 2 } else { 1 })?;
                let (olds, areas) = match task.as_str() {
                    "split" => (vec![place.clone()], cut(tx, &place, &form)?),
                    _ => (merged(tx, &place, &form)?, vec![None]),
                };
                let (mut points, mut waiting) = (Vec::new(), Vec::new());
                for old in &olds {
                    no_body_at(tx, old, hanging, now)?;
                    points.extend(open(tx, &old.path)?);
                    let there = posts(tx, &old.path, now)?;
                    waiting.extend(there.into_iter().map(|post| {
                        Waiting {
                            to: part_of(&form, &post)
                                .map(|(part, _)| form.get(&format!("name{part}")).to_owned())
                                .unwrap_or_default(),
                            title: post.title,
                            holders: names(post.holders),
                        }
                    }));
                }
                let looked = remits_of(tx, (&olds, &task), (hanging, remits), now)?;
                Ok(Found { olds, areas, points, waiting, looked })
            })
            .await?;
        if let Some(refusal) = found.looked.widens()
            && !edit::may(v, "remit.add", &self.place.path)
        {
            return Err(refusal.into());
        }
        let begun = self.begun(&found);
        let (waiting, going) = found.waiting.into_iter().partition(|post| post.to.is_empty());
        render(&RedrawPage {
            f: v.frame(v.lang.with("territory.edit.title", &self.place.name)),
            place: self.place.clone(),
            task: self.task.to_owned(),
            act_id: self.act_id.clone(),
            olds: found.olds.into_iter().map(|old| old.name).collect(),
            begun,
            going,
            waiting,
            looked: found.looked,
            fields: self
                .form
                .pairs()
                .filter(|(name, _)| !["act_id", "sure", REMITS_SEEN].contains(name))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        })
    }

    fn begun(&self, found: &Found) -> Vec<Begun> {
        let heir = heir_of(self.form).min(found.areas.len().saturating_sub(1));
        let goes = |point: &Option<super::Point>| {
            let lies = |area: &Option<Area>| match (area, point) {
                (Some(area), Some(point)) => area.contains(*point),
                _ => false,
            };
            found.areas.iter().position(lies).unwrap_or(heir)
        };
        let to: Vec<usize> = found.points.iter().map(goes).collect();
        let one = |(at, area): (usize, &Option<Area>)| Begun {
            name: self.form.get(&format!("name{at}")).to_owned(),
            code: self.form.get(&format!("code{at}")).to_owned(),
            area_km2: area.as_ref().map(super::web::square_km).unwrap_or_default(),
            cases: to.iter().filter(|part| **part == at).count(),
        };
        found.areas.iter().enumerate().map(one).collect()
    }
}

/// What bodies answer for at the places, as it would stand at the one they become; a place that is
/// split has none.
fn remits_of(
    tx: &ReadTx<'_>,
    (olds, task): (&[Place], &str),
    (hanging, remits): (HangingOn, Remits),
    now: Instant,
) -> Done<Looked> {
    if task == "merge" {
        few_remits(tx, olds, hanging, now)?;
        return (remits.look)(tx, olds);
    }
    olds.iter().try_for_each(|old| no_remit_at(tx, old, hanging, now))?;
    Ok(Looked::default())
}

fn act_of(task: &str) -> &'static str {
    if task == "split" { "grid.split" } else { "grid.merge" }
}

fn names(holders: Vec<(Id, String)>) -> String {
    holders.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join("、")
}

fn heir_of(form: &Form) -> usize {
    form.get("heir").parse().unwrap_or(0)
}

/// The part that the form sends a post to, and the version it was seen in.
fn part_of(form: &Form, post: &Posted) -> Option<(usize, i64)> {
    let (part, seen) = form.get(&post_field(&post.id)).split_once(':')?;
    Some((part.parse().ok().filter(|part| *part < 2)?, seen.parse().ok()?))
}

/// What the form of a split offers for one post: its two parts, and none of them.
pub(super) struct Offered {
    pub field: String,
    pub title: String,
    pub holders: String,
    pub version: i64,
    /// The part that is chosen; none where it is to wait.
    pub part: Option<usize>,
}

/// Before anybody has chosen, posts of one kind are dealt out in turn, so that neither part is left
/// without; the first goes with the open cases.
pub(super) fn offered(form: &Form, posts: Vec<Posted>) -> Vec<Offered> {
    let mut dealt: BTreeMap<String, usize> = BTreeMap::new();
    let offer = |post: Posted| {
        let nth = dealt.entry(post.kind.clone()).or_default();
        *nth += 1;
        let field = post_field(&post.id);
        let part = match form.all(&field).first() {
            None => Some((heir_of(form) + *nth - 1) % 2),
            Some(_) => part_of(form, &post).map(|(part, _)| part),
        };
        let version = post.version;
        Offered { field, part, version, title: post.title, holders: names(post.holders) }
    };
    posts.into_iter().map(offer).collect()
}

/// Names and codes as the act will ask for them, so that nobody confirms what is refused.
fn named(tx: &ReadTx<'_>, form: &Form, parts: usize) -> Done<()> {
    let mut wrong = Vec::new();
    for at in 0..parts {
        let (name, code) = (format!("name{at}"), format!("code{at}"));
        wrong.extend(rules::check_name(&name, form.get(&name)).err());
        match rules::check_code(&code, form.get(&code)) {
            Err(problem) => wrong.push(problem),
            Ok(given) if store::code_is_used(tx, &given)? => {
                wrong.push(FieldProblem::new(code, "code_used").with("code", given));
            }
            Ok(_) => {}
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Failure::Invalid(wrong)) }
}

/// The two areas a grid is cut into, where it has one.
fn cut(tx: &ReadTx<'_>, place: &Place, form: &Form) -> Done<Vec<Option<Area>>> {
    let Some(whole) = super::acts::last_area(tx, place)? else { return Ok(vec![None, None]) };
    let knife = Knife::parse(form.get("shape"));
    let knife = knife.map_err(|problem| rules::shape_problem("shape", problem))?;
    let most = super::acts::MOST_PARTS;
    let cut = rules::cut(&whole, &knife)
        .ok_or_else(|| FieldProblem::new("shape", "split_parts").with("max", most))?;
    Ok(vec![Some(cut.0), Some(cut.1)])
}

/// The grids that were ticked, each with the version that was seen.
fn ticked(form: &Form) -> Done<Vec<(Id, i64)>> {
    let pair = |text: &String| {
        let (id, seen) = text.split_once(':')?;
        Some((Id::parse(id)?, seen.parse().ok()?))
    };
    let grids: Option<Vec<(Id, i64)>> = form.all("grids").iter().map(pair).collect();
    Ok(grids.ok_or_else(|| FieldProblem::new("grids", "not_an_option"))?)
}

fn merged(tx: &ReadTx<'_>, parent: &Place, form: &Form) -> Done<Vec<Place>> {
    let grids = ticked(form)?;
    let children = store::children(tx, Some(&parent.id))?;
    let is_ticked = |place: &Place| grids.iter().any(|(id, _)| *id == place.id);
    let olds: Vec<Place> = children.into_iter().filter(is_ticked).collect();
    if olds.len() < 2 {
        let most = super::acts::MOST_MERGED;
        return Err(FieldProblem::new("grids", "merge_count").with("max", most).into());
    }
    Ok(olds)
}

/// The posts that the form sends along, each as `part:version`.
fn going(form: &Form) -> Done<Vec<Goes>> {
    let fields =
        form.pairs().filter_map(|(name, value)| Some((name.strip_prefix("post-")?, value)));
    let one = |(post, value): (&str, &str)| {
        let (part, seen) = value.split_once(':')?;
        let post = Id::parse(post)?;
        Some(Goes { post, part: part.parse().ok()?, seen: seen.parse().ok()? })
    };
    let chosen = fields.filter(|(_, value)| !value.is_empty());
    let all: Option<Vec<Goes>> = chosen.map(one).collect();
    Ok(all.ok_or_else(|| FieldProblem::new("posts", "not_an_option"))?)
}

/// The areas are worked out here, before the door; the act looks whether they are right.
pub(super) async fn split(
    visitor: &Visitor,
    id: Id,
    place: &Place,
    form: &Form,
    (posts, put, hanging): (PostsBelow, PutPost, HangingOn),
) -> Done<String> {
    let (asked, typed) = (place.clone(), form.clone());
    let areas = visitor.read(move |tx| cut(tx, &asked, &typed)).await?;
    let part = |(at, area): (usize, Option<Area>)| Part {
        code: form.get(&format!("code{at}")).to_owned(),
        name: form.get(&format!("name{at}")).to_owned(),
        shape: area.map(|area| area.geojson()),
    };
    let parts = areas.into_iter().enumerate().map(part).collect();
    let goes = going(form)?;
    let (grid, seen, heir) = (place.id.clone(), edit::seen(form), heir_of(form));
    let act = SplitGrid { grid, seen, parts, heir, goes, posts, put, hanging };
    visitor.perform(id, act).await?;
    Ok(format!("{}?done=grid.split", place.code))
}

pub(super) async fn merge(
    visitor: &Visitor,
    id: Id,
    place: &Place,
    form: &Form,
    (posts, hanging, remits): (PostsBelow, HangingOn, Remits),
) -> Done<String> {
    let act = MergeGrids {
        parent: place.id.clone(),
        grids: ticked(form)?,
        code: form.get("code0").to_owned(),
        name: form.get("name0").to_owned(),
        remits_seen: form.get(REMITS_SEEN).to_owned(),
        posts,
        hanging,
        remits,
    };
    visitor.perform(id, act).await?;
    Ok(format!("{}?done=grid.merge", form.get("code0")))
}
