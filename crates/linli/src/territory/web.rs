//! The public pages of places: the map and list, one place, choosers of places and addresses.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query};
use serde::Deserialize;

use super::view::{self, Block, Event, Line, PostsBelow};
use super::{Area, Below, Ground, Place, Point, edit, ground, store, succession};
use crate::act::{Done, Failure};
use crate::base::Id;
use crate::district::District;
use crate::page::{Frame, Page, Visitor, not_found, render, see_other};
use crate::store::ReadTx;

#[derive(Template)]
#[template(path = "territory/pages/place.html")]
struct PlacePage {
    f: Frame,
    place: Place,
    level: String,
    /// The places above, from the root down.
    above: Vec<Place>,
    head: Option<Line>,
    blocks: Vec<Block>,
    totals: Totals,
    map: String,
    events: Vec<(String, Event)>,
    may_edit: bool,
    area_km2: String,
}

/// How many places of the page want what.
struct Totals {
    leaves: usize,
    wanting: usize,
    undrawn: usize,
}

pub(super) async fn root(
    visitor: Visitor,
    Extension(Below { posts, .. }): Extension<Below>,
) -> Page {
    let roots = visitor.read(|tx| Ok(store::children(tx, None)?)).await?;
    match roots.into_iter().next() {
        Some(place) => place_page(visitor, place, posts).await,
        None => render(&NoPlace { f: visitor.frame(visitor.lang.say("territory.title")) }),
    }
}

#[derive(Template)]
#[template(path = "territory/pages/none.html")]
struct NoPlace {
    f: Frame,
}

pub(super) async fn place(
    visitor: Visitor,
    Path(code): Path<String>,
    Extension(Below { posts, .. }): Extension<Below>,
) -> Page {
    let asked = code.clone();
    match visitor.read(move |tx| Ok(store::place_by_code_ever(tx, &code)?)).await? {
        Some(place) if place.code != asked && place.stands() => {
            Ok(see_other(&format!("/grids/{}", place.code)))
        }
        Some(place) => place_page(visitor, place, posts).await,
        None => not_found(),
    }
}

async fn place_page(visitor: Visitor, place: Place, posts: PostsBelow) -> Page {
    let (district, lang, now) = (visitor.district.clone(), visitor.lang, visitor.district.now());
    let wanted = place.clone();
    let (ground, posts, events) = visitor
        .read(move |tx| -> Done<_> {
            let ground = ground(&district, tx)?;
            let posts = posts(tx, &wanted.path, now)?;
            Ok((ground, posts, view::history(tx, &wanted, lang)?))
        })
        .await?;
    let lines =
        if place.stands() { view::lines(&ground, &place.path, &posts, lang) } else { Vec::new() };
    let mut above: Vec<Place> = ground.ancestors(&place.path).into_iter().cloned().collect();
    above.retain(|other| other.path != place.path);
    let leaves = || lines.iter().filter(|line| line.is_leaf);
    let totals = Totals {
        leaves: leaves().count(),
        wanting: leaves().filter(|line| line.staffing != view::Staffing::Good).count(),
        undrawn: lines.iter().filter(|line| !line.drawn).count(),
    };
    let date = |event: Event| (visitor.district.local(event.at), event);
    render(&PlacePage {
        f: visitor.frame(place.name.clone()).with_map(),
        level: view::level_word(lang, &place.level),
        blocks: view::blocks(&lines),
        map: view::map_json(&ground, &lines, lang),
        area_km2: extent(&ground, &place.id),
        head: lines.into_iter().next(),
        events: events.into_iter().map(date).collect(),
        may_edit: place.stands() && !edit::tasks(&visitor, &place).is_empty(),
        above,
        totals,
        place,
    })
}

/// Square kilometres with two places, or nothing.
fn extent(ground: &Ground, id: &Id) -> String {
    ground.area_of(id).map(square_km).unwrap_or_default()
}

pub(super) fn square_km(area: &Area) -> String {
    let m2 = area.square_metres();
    format!("{}.{:02}", m2 / 1_000_000, m2 / 10_000 % 100)
}

#[derive(Deserialize)]
pub(super) struct Under {
    #[serde(default)]
    parent: String,
    #[serde(default)]
    name: String,
}

#[derive(Template)]
#[template(path = "territory/pages/chooser.html")]
struct Chooser {
    f: Frame,
    field: String,
    places: Vec<Place>,
}

/// The places right under one, as a select for a form that asks level by level.
pub(super) async fn chooser(visitor: Visitor, Query(under): Query<Under>) -> Page {
    let parent = under.parent.clone();
    let places = visitor
        .read(move |tx| -> Done<_> {
            if parent.is_empty() {
                return Ok(store::children(tx, None)?);
            }
            let above = store::place_by_code(tx, &parent)?.ok_or(Failure::Hidden)?;
            Ok(store::children(tx, Some(&above.id))?)
        })
        .await?;
    let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    let field: String = under.name.chars().filter(plain).take(30).collect();
    let field = if field.is_empty() { "place".to_owned() } else { field };
    render(&Chooser { f: visitor.frame(""), field, places })
}

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
}

/// An address with the grid it lies in today.
pub struct Offer {
    pub id: Id,
    pub text: String,
    /// The name of the grid, and its code.
    pub grid: String,
    pub code: String,
    pub point: Option<Point>,
}

/// Addresses shown at once.
const OFFERED: i64 = 8;

/// The addresses that fit what was typed.
pub fn offers(district: &District, tx: &ReadTx<'_>, typed: &str) -> Done<Vec<Offer>> {
    let ground = ground(district, tx)?;
    let all = store::addresses_matching(tx, "/", typed, OFFERED)?;
    all.into_iter().map(|one| today(tx, &ground, one)).collect()
}

/// The address that was typed to the letter, where all rows with it that lie in a grid today lie in
/// one: for programs, whom nobody can ask which one was meant.
pub fn known(district: &District, tx: &ReadTx<'_>, typed: &str) -> Done<Option<Offer>> {
    let rows = store::addresses_named(tx, typed.trim())?;
    if rows.is_empty() {
        return Ok(None);
    }
    let ground = ground(district, tx)?;
    let mut same = rows.into_iter().map(|one| today(tx, &ground, one)).collect::<Done<Vec<_>>>()?;
    same.retain(|one| !one.code.is_empty());
    let one_grid = same.windows(2).all(|two| two[0].code == two[1].code);
    Ok(same.into_iter().next().filter(|_| one_grid))
}

/// The address that was chosen, `None` where it is not in the table any more.
pub fn offer(district: &District, tx: &ReadTx<'_>, id: &Id) -> Done<Option<Offer>> {
    let ground = ground(district, tx)?;
    store::address_by_id(tx, id)?.map(|one| today(tx, &ground, one)).transpose()
}

#[derive(Template)]
#[template(path = "territory/pages/addresses.html")]
struct Addresses {
    f: Frame,
    asked: bool,
    found: Vec<Offer>,
}

/// Addresses offered while one types: a part of a form, brought by htmx.
pub(super) async fn addresses(visitor: Visitor, Query(asked): Query<Asked>) -> Page {
    let (district, q) = (visitor.district.clone(), asked.q.clone());
    let found = visitor.read(move |tx| offers(&district, tx, &q)).await?;
    let asked = !asked.q.trim().is_empty();
    render(&Addresses { f: visitor.frame(""), asked, found })
}

/// By its point; else the place it was entered in, or what took that place over. Where nothing did,
/// the name of before stands without a code.
fn today(tx: &ReadTx<'_>, ground: &Ground, address: store::Address) -> Done<Offer> {
    let by_point = address.point.and_then(|p| ground.grid_at(p.lat_e7, p.lng_e7));
    let entered = || ground.by_path(&address.place_path).filter(|place| place.stands());
    let place = match by_point.or_else(entered) {
        Some(place) => Some(place.clone()),
        None => succession::heir_of(tx, ground, &address.place, address.point)?,
    };
    let path = place.as_ref().map_or(&address.place_path, |place| &place.path);
    Ok(Offer {
        grid: ground.name_of_path(path),
        code: place.map(|place| place.code).unwrap_or_default(),
        id: address.id,
        text: address.text,
        point: address.point,
    })
}
