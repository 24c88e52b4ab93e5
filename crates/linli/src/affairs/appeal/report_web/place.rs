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
use crate::words::Lang;

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
    zoom: u8,
    /// The place where the visitor is at home or goes round: code, and how it is offered.
    home: Option<(String, String)>,
    steps: Steps,
    /// Whether an address was looked for, and what fits it.
    asked: bool,
    found: Vec<Offer>,
    max: usize,
    problems: Problems,
}

/// The list of places, one step down the tree at a time: streets, then communities, then grids.
struct Steps {
    /// What has been chosen above the list.
    trail: String,
    /// Code and name of each choice, the first for who goes no further.
    options: Vec<(String, String)>,
    /// Some of them have places below.
    deeper: bool,
}

pub async fn show(visitor: Visitor, headers: HeaderMap) -> Page {
    let Some(pad) = open(&visitor, &headers, &asked(&visitor)).await? else { return Ok(gone()) };
    render(&page(&visitor, pad, Problems::default()).await?)
}

/// The page again, with the addresses that fit what was typed: the search without script.
async fn find(visitor: &Visitor, pad: Pad) -> Page {
    let typed = pad.draft.spot.clone().and_then(|spot| spot.address).unwrap_or_default();
    let mut page = page(visitor, pad, Problems::default()).await?;
    page.asked = !typed.is_empty();
    page.found = fitting(visitor, typed).await?;
    render(&page)
}

async fn fitting(visitor: &Visitor, typed: String) -> Done<Vec<Offer>> {
    let district = visitor.district.clone();
    visitor.read(move |tx| territory::offers(&district, tx, &typed)).await
}

async fn page(visitor: &Visitor, pad: Pad, problems: Problems) -> Done<PlacePage> {
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
        zoom: if home == "/" { 15 } else { 17 },
        home: own_place(visitor, &ground, &home),
        steps: steps(&ground, spot.place.as_deref(), visitor.lang),
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

/// One's own grid or community, which is offered first.
fn own_place(visitor: &Visitor, ground: &Ground, home: &str) -> Option<(String, String)> {
    let place = ground.by_path(home).filter(|place| place.stands() && place.depth() > 1)?;
    let words = match visitor.actor.post {
        Some(_) if place.level != GRID => return None,
        Some(_) => "report.place.own_grid",
        None => "report.place.home",
    };
    Some((place.code.clone(), visitor.lang.with(words, &place.name)))
}

/// The list one step below what was chosen, or beside it where nothing lies below. A level that has
/// one place only is passed over.
fn steps(ground: &Ground, chosen: Option<&str>, lang: Lang) -> Steps {
    let below = |path: &str| -> Vec<&Place> {
        let depth = path.matches('/').count();
        let all = ground.places().filter(|place| place.within(path) && place.path != path);
        all.filter(|place| place.path.matches('/').count() == depth + 1).collect()
    };
    let mut top = "/";
    while let [only] = below(top)[..] {
        top = &only.path;
    }
    let chosen = chosen.and_then(|code| ground.by_code(code)).filter(|place| place.stands());
    let at = chosen.map(|place| match ground.ancestors(&place.path)[..] {
        [.., above, _] if below(&place.path).is_empty() => above,
        _ => place,
    });
    let at = at.filter(|place| place.path.len() > top.len());
    let choices = below(at.map_or(top, |place| &place.path));
    let first = match at {
        None => (String::new(), lang.say("report.place.not_sure")),
        Some(at) => (at.code.clone(), lang.with("report.place.no_further", &at.name)),
    };
    let option = |place: &&Place| (place.code.clone(), place.name.clone());
    Steps {
        trail: at.map_or_else(String::new, |at| ground.name_of_path(&at.path)),
        deeper: choices.iter().any(|place| !below(&place.path).is_empty()),
        options: std::iter::once(first).chain(choices.iter().map(option)).collect(),
    }
}

pub async fn save(visitor: Visitor, headers: HeaderMap, form: Form) -> Page {
    let Some(mut pad) = open(&visitor, &headers, &form).await? else { return Ok(gone()) };
    let mut problems = Problems::default();
    match form.get("home") {
        "" => pad.draft.take_spot(&form, &mut problems),
        // One's own place: an address that was written before stays, a pin elsewhere does not.
        home => {
            let address = pad.draft.spot.take().and_then(|spot| spot.address);
            let place = Some(home.to_owned());
            pad.draft.spot = Some(Spot { address, place, ..Spot::default() });
        }
    }
    if !form.get("find").is_empty() {
        return find(&visitor, pad).await;
    }
    if !form.get("down").is_empty() {
        return step(&visitor, &form, pad).await;
    }
    take_address(&visitor, &form, &mut pad).await?;
    let found = look_up(&visitor, &form, &mut pad).await?;
    if !found.is_empty() {
        let problems = Problems::from(vec![FieldProblem::new("address", "which_address")]);
        let page = PlacePage { asked: true, found, ..page(&visitor, pad, problems).await? };
        return Ok(unprocessable(render(&page)?));
    }
    check(&visitor, &pad, &mut problems).await?;
    if problems.is_empty() {
        return pad.onward(&visitor).await;
    }
    Ok(unprocessable(render(&page(&visitor, pad, problems).await?)?))
}

/// An address chosen among those offered fixes the grid, and the point where nothing was pinned.
/// Words that go on after it (unit, floor) are kept; one that is gone stays what was typed.
async fn take_address(visitor: &Visitor, form: &Form, pad: &mut Pad) -> Done<()> {
    let Some(id) = Id::parse(form.get("address_id")) else { return Ok(()) };
    let district = visitor.district.clone();
    let chosen = visitor.read(move |tx| territory::offer(&district, tx, &id)).await?;
    if let (Some(chosen), Some(spot)) = (chosen, &mut pad.draft.spot) {
        put_down(chosen, spot);
    }
    Ok(())
}

fn put_down(chosen: Offer, spot: &mut Spot) {
    let typed = spot.address.take().filter(|typed| typed.contains(&chosen.text));
    spot.address = Some(typed.unwrap_or(chosen.text));
    spot.place = Some(chosen.code).filter(|code| !code.is_empty()).or(spot.place.take());
    if let (Some(point), None) = (chosen.point, spot.lat_e7) {
        (spot.lat_e7, spot.lng_e7) = (Some(point.lat_e7), Some(point.lng_e7));
    }
}

/// What was typed and not looked up is looked up now, where nothing else says the place. An address
/// that is the same is taken, and the only one that goes by that number; any other is asked about.
async fn look_up(visitor: &Visitor, form: &Form, pad: &mut Pad) -> Done<Vec<Offer>> {
    let Some(spot) = &mut pad.draft.spot else { return Ok(Vec::new()) };
    let said = spot.place.is_some() || spot.lat_e7.is_some();
    let Some(typed) = spot.address.clone().filter(|_| !said && form.get("address_id").is_empty())
    else {
        return Ok(Vec::new());
    };
    let mut found = fitting(visitor, typed.clone()).await?;
    let numbered = typed.chars().any(char::is_numeric);
    let same = found.iter().position(|one| one.text == typed);
    if let Some(at) = same.or((found.len() == 1 && numbered).then_some(0)) {
        put_down(found.swap_remove(at), spot);
        found.clear();
    }
    Ok(found)
}

/// The page again, with the list one step further down or at its top.
async fn step(visitor: &Visitor, form: &Form, mut pad: Pad) -> Page {
    if let (Some(spot), "top") = (&mut pad.draft.spot, form.get("down")) {
        spot.place = None;
    }
    render(&page(visitor, pad, Problems::default()).await?)
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
