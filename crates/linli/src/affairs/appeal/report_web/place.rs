//! Where it is: on the map, by address, by community or grid, or not said at all.

use std::sync::Arc;

use askama::Template;
use axum::http::HeaderMap;
use axum::response::IntoResponse as _;

use super::super::report::ADDRESS_MAX;
use super::class::unprocessable;
use super::draft::Spot;
use super::{Pad, asked, gone, open};
use crate::act::{Done, FieldProblem};
use crate::base::Id;
use crate::page::{Form, Frame, Page, Problems, Visitor, render};
use crate::people;
use crate::store::ReadTx;
use crate::territory::{self, GRID, Ground, Offer, Place, Point, parse_e7};

#[derive(Template)]
#[template(path = "affairs/appeal/pages/report_place.html")]
struct PlacePage {
    f: Frame,
    pad: Pad,
    back: String,
    spot: Spot,
    lat: String,
    lng: String,
    /// The middle of the map; none for a district whose land is not drawn.
    middle: Option<(String, String)>,
    steps: Steps,
    /// Whether an address was looked for, and what fits it.
    asked: bool,
    found: Vec<Offer>,
    max: usize,
    problems: Problems,
}

/// The place by name, one level after the other: street, community, grid.
#[derive(Default)]
struct Steps {
    /// What was chosen so far, the largest first.
    within: Vec<String>,
    /// The smallest of them: whoever knows no more leaves it at that.
    at: Option<(String, String)>,
    /// What lies right below: code and name.
    options: Vec<(String, String)>,
    /// Some of them have others below.
    goes_on: bool,
}

impl Steps {
    /// At what was chosen, to go on below it; else beside it.
    fn of(ground: &Ground, chosen: Option<&str>, below: bool) -> Steps {
        let chosen = chosen.and_then(|code| ground.by_code(code)).filter(|place| place.stands());
        let under = |place: &Place| {
            let id = place.id.clone();
            ground.places().filter(move |one| one.parent.as_ref() == Some(&id))
        };
        let deeper = |place: &&Place| below && under(place).next().is_some();
        let above = |place: &Place| place.parent.as_ref().and_then(|id| ground.by_id(id));
        let at = chosen.and_then(|place| Some(place).filter(deeper).or_else(|| above(place)));
        let root = || ground.places().find(|place| place.parent.is_none());
        let Some(at) = at.or_else(root) else { return Steps::default() };
        let name = |place: &Place| place.name.clone();
        Steps {
            within: ground.ancestors(&at.path).into_iter().skip(1).map(name).collect(),
            at: at.parent.is_some().then(|| (at.code.clone(), name(at))),
            options: under(at).map(|place| (place.code.clone(), name(place))).collect(),
            goes_on: under(at).any(|place| under(place).next().is_some()),
        }
    }
}

pub async fn show(visitor: Visitor, headers: HeaderMap) -> Page {
    let Some(pad) = open(&visitor, &headers, &asked(&visitor)).await? else { return Ok(gone()) };
    render(&page(&visitor, pad, Problems::default(), false).await?)
}

/// The page again, with what lies below the place that was chosen, or from the top.
async fn step(visitor: &Visitor, mut pad: Pad, again: bool) -> Page {
    if let Some(spot) = pad.draft.spot.as_mut().filter(|_| again) {
        spot.place = None;
    }
    render(&page(visitor, pad, Problems::default(), true).await?)
}

/// The page again, with the addresses that fit what was typed: the search without script.
async fn find(visitor: &Visitor, pad: Pad) -> Page {
    let typed = pad.draft.spot.clone().and_then(|spot| spot.address).unwrap_or_default();
    let district = visitor.district.clone();
    let mut page = page(visitor, pad, Problems::default(), false).await?;
    page.asked = !typed.is_empty();
    page.found = visitor.read(move |tx| territory::offers(&district, tx, &typed)).await?;
    render(&page)
}

async fn page(visitor: &Visitor, pad: Pad, problems: Problems, below: bool) -> Done<PlacePage> {
    let (ground, home) = ground_and_home(visitor).await?;
    let spot = pad.draft.spot.clone().unwrap_or_default();
    let pin = spot.lat_e7.zip(spot.lng_e7);
    let degrees = |e7: Option<i64>| e7.map_or_else(String::new, Point::degrees);
    Ok(PlacePage {
        f: visitor.frame(visitor.lang.say("report.place.title")),
        back: pad.link("/class"),
        lat: degrees(spot.lat_e7),
        lng: degrees(spot.lng_e7),
        middle: middle(&ground, &home, pin).or_else(|| middle(&ground, "/", pin)),
        steps: Steps::of(&ground, spot.place.as_deref(), below),
        asked: false,
        found: Vec::new(),
        max: ADDRESS_MAX,
        spot,
        pad,
        problems,
    })
}

/// The ground, and where on it the visitor is at home: their post's place, or their own grid. The
/// map opens there and chooses nothing, since what is reported may be anywhere.
async fn ground_and_home(visitor: &Visitor) -> Done<(Arc<Ground>, String)> {
    let (district, post) = (visitor.district.clone(), visitor.actor.place_path.clone());
    let resident = visitor.signed_in.as_ref().filter(|_| visitor.actor.post.is_none());
    let person = resident.map(|signed_in| signed_in.person.clone());
    let look = move |tx: &ReadTx<'_>| -> Done<_> {
        let ground = territory::ground(&district, tx)?;
        let person = match person {
            Some(person) => people::store::person(tx, &person)?,
            None => None,
        };
        Ok((ground, person.map_or(post, |person| person.place_path)))
    };
    visitor.read(look).await
}

/// Where a pin lies, in words, for the map beside which they stand.
pub async fn grid(visitor: Visitor) -> Page {
    let query = asked(&visitor);
    let point = parse_e7(query.get("lat"), 90).zip(parse_e7(query.get("lng"), 180));
    let (lat, lng) = point.ok_or_else(|| FieldProblem::new("place", "no_such_point"))?;
    let (lang, district) = (visitor.lang, visitor.district.clone());
    let ground = visitor.read(move |tx| Ok(territory::ground(&district, tx)?)).await?;
    let said = match ground.grid_at(lat, lng) {
        Some(grid) => lang.with("report.place.picked_in", &ground.name_of_path(&grid.path)),
        None if ground.is_beyond(lat, lng) => {
            lang.problem(&FieldProblem::new("place", "point_outside"))
        }
        None => String::new(),
    };
    Ok(said.into_response())
}

/// The pin, else the middle of all that is drawn at or under a path.
pub fn middle(ground: &Ground, path: &str, pin: Option<(i64, i64)>) -> Option<(String, String)> {
    let below = ground.areas().filter(|(place, _)| place.within(path));
    let bounds: Vec<(Point, Point)> = below.map(|(_, area)| area.bounds()).collect();
    let lat = (
        bounds.iter().map(|(low, _)| low.lat_e7).min()?,
        bounds.iter().map(|(_, high)| high.lat_e7).max()?,
    );
    let lng = (
        bounds.iter().map(|(low, _)| low.lng_e7).min()?,
        bounds.iter().map(|(_, high)| high.lng_e7).max()?,
    );
    let (lat, lng) = pin.unwrap_or(((lat.0 + lat.1) / 2, (lng.0 + lng.1) / 2));
    Some((Point::degrees(lat), Point::degrees(lng)))
}

pub async fn save(visitor: Visitor, headers: HeaderMap, form: Form) -> Page {
    let Some(mut pad) = open(&visitor, &headers, &form).await? else { return Ok(gone()) };
    let mut problems = Problems::default();
    pad.draft.take_spot(&form, &mut problems);
    match form.get("find") {
        "" => {}
        "below" => return step(&visitor, pad, false).await,
        "again" => return step(&visitor, pad, true).await,
        _ => return find(&visitor, pad).await,
    }
    take_address(&visitor, &form, &mut pad).await?;
    check(&visitor, &pad, &mut problems).await?;
    if problems.is_empty() {
        return pad.onward(&visitor).await;
    }
    Ok(unprocessable(render(&page(&visitor, pad, problems, false).await?)?))
}

/// An address chosen among those offered fixes the grid, and the point where nothing was pinned.
/// Words that go on after it (unit, floor) are kept; one that is gone stays what was typed.
async fn take_address(visitor: &Visitor, form: &Form, pad: &mut Pad) -> Done<()> {
    let Some(id) = Id::parse(form.get("address_id")) else { return Ok(()) };
    let district = visitor.district.clone();
    let chosen = visitor.read(move |tx| territory::offer(&district, tx, &id)).await?;
    let (Some(chosen), Some(spot)) = (chosen, &mut pad.draft.spot) else { return Ok(()) };
    let typed = spot.address.take().filter(|typed| typed.contains(&chosen.text));
    spot.address = Some(typed.unwrap_or(chosen.text));
    spot.place = Some(chosen.code).filter(|code| !code.is_empty()).or(spot.place.take());
    if let (Some(point), None) = (chosen.point, spot.lat_e7) {
        (spot.lat_e7, spot.lng_e7) = (Some(point.lat_e7), Some(point.lng_e7));
    }
    Ok(())
}

/// A named place must stand; a pin must lie in the district, where its land is drawn.
async fn check(visitor: &Visitor, pad: &Pad, problems: &mut Problems) -> Done<()> {
    let district = visitor.district.clone();
    let ground = visitor.read(move |tx| Ok(territory::ground(&district, tx)?)).await?;
    let spot = pad.draft.spot.clone().unwrap_or_default();
    if let Some(code) = &spot.place
        && !ground.by_code(code).is_some_and(Place::stands)
    {
        problems.add(FieldProblem::new("place", "no_such_place"));
    }
    if let Some((lat, lng)) = spot.lat_e7.zip(spot.lng_e7)
        && ground.is_beyond(lat, lng)
    {
        problems.add(FieldProblem::new("place", "point_outside"));
    }
    Ok(())
}

/// How the place of a draft is said on the check page: address and grid, as far as known.
pub(super) fn said(ground: &Ground, spot: &Spot) -> String {
    let named = spot.place.as_deref().and_then(|code| ground.by_code(code));
    let pinned = || ground.grid_at(spot.lat_e7?, spot.lng_e7?);
    let place = named.or_else(pinned).map(|place| {
        let name = ground.name_of_path(&place.path);
        if place.level == GRID || named.is_some() { name } else { place.name.clone() }
    });
    [spot.address.clone(), place].into_iter().flatten().collect::<Vec<_>>().join("\n")
}
