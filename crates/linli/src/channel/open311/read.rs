//! Cases as service requests: what everyone may see, masked.

use std::sync::Arc;

use linli_rules::procedure::Stage;

use super::answer::{Answer, Told, Trouble};
use super::node::Node;
use super::{Call, dates, services};
use crate::act::{Actor, Done};
use crate::affairs::appeal::APPEAL;
use crate::affairs::appeal::view::Looker;
use crate::base::{Id, Instant};
use crate::channel::cases::{self, CaseRow, Span, Square, Wanted};
use crate::channel::decode::{degrees, degrees_e7};
use crate::store::ReadTx;

/// Service requests in one answer.
pub(super) const MOST: i64 = 1000;
/// How far around a point is looked when no radius is given, in metres.
const NEAR: i64 = 500;
/// The widest circle, in metres.
const FAR: i64 = 50_000;
/// Rows read in one go: beyond them others have their turn first.
const AT_ONCE: i64 = 1000;
/// Services in one question.
const MOST_SERVICES: usize = 100;

pub(super) async fn list(call: &Call) -> Told<Answer> {
    let Found { rows, .. } = found(call, MOST).await?;
    let rows = reckoned(call, rows).await?;
    let detailed = call.get("extensions") == Some("true");
    let nodes = rows.iter().map(|row| request(call, row, detailed)).collect();
    Ok(Answer::list("service_requests", "request", nodes))
}

pub(super) async fn one(call: &Call, number: &str) -> Told<Answer> {
    let wanted = Wanted { numbers: vec![number.to_owned()], limit: 1, ..Wanted::default() };
    let rows = reckoned(call, published(call, wanted).await?.rows).await?;
    let row = rows.first().ok_or(Trouble::missing("api.open311.no_request"))?;
    let detailed = call.get("extensions") == Some("true");
    let node = request(call, row, detailed);
    Ok(Answer::list("service_requests", "request", vec![node]))
}

/// We number a report at once, so the number is its token.
pub(super) async fn token(call: &Call, token: &str) -> Told<Answer> {
    let unknown = || Trouble::missing("api.open311.no_token");
    let numbers = vec![token.to_owned()];
    let rows = published(call, Wanted { numbers, limit: 1, ..Wanted::default() }).await?.rows;
    let row = rows.first().ok_or_else(unknown)?;
    let node = Node::Fields(vec![
        ("service_request_id", Node::text(row.matter.number.as_str())),
        ("token", Node::text(token)),
    ]);
    Ok(Answer::list("service_requests", "request", vec![node]))
}

/// What a query asks for.
#[derive(Default)]
pub(super) struct Found {
    pub rows: Vec<CaseRow>,
    /// The page with what comes after these, where there is more.
    pub next: Option<i64>,
}

/// The cases a query asks for, at most `most` of them.
pub(super) async fn found(call: &Call, most: i64) -> Told<Found> {
    let numbers = call.list("service_request_id");
    if !numbers.is_empty() {
        if numbers.len() as i64 > MOST {
            return Err(Trouble::bad("api.open311.bad_value").of("service_request_id"));
        }
        let wanted = Wanted { numbers, limit: most, ..Wanted::default() };
        let rows = published(call, wanted).await?.rows;
        return Ok(Found { rows, next: None });
    }
    let (page, size) = page_of(call, most)?;
    let mut wanted = wanted(call).await?;
    let skipped = (page - 1).saturating_mul(size);
    let (rows, more) = match circle(call)? {
        None => {
            wanted.offset = skipped;
            told(call, wanted, size).await?
        }
        Some(circle) => {
            wanted.square = Some(circle.square());
            inside(call, wanted, (&circle, skipped), size).await?
        }
    };
    Ok(Found { rows, next: more.then_some(page + 1) })
}

/// Rows of a list, newest first, and whether there are more than `size`.
async fn told(call: &Call, wanted: Wanted, size: i64) -> Told<(Vec<CaseRow>, bool)> {
    let (mut rows, mut wanted, mut read) = (Vec::new(), wanted, 0);
    while read < size {
        wanted.limit = (size - read).min(AT_ONCE);
        let page = published(call, wanted.clone()).await?;
        read += wanted.limit;
        rows.extend(page.rows);
        let Some(last) = page.last else { return Ok((rows, false)) };
        (wanted.after, wanted.offset) = (Some(last), 0);
    }
    let one = Wanted { limit: 1, ..wanted };
    Ok((rows, published(call, one).await?.last.is_some()))
}

/// The same within a circle, behind those that are skipped: how many of a square lie inside is
/// known only when they have been read.
async fn inside(
    call: &Call,
    wanted: Wanted,
    (circle, skipped): (&Circle, i64),
    size: i64,
) -> Told<(Vec<CaseRow>, bool)> {
    let (mut rows, mut wanted, mut left) = (Vec::new(), wanted, skipped);
    wanted.limit = AT_ONCE;
    loop {
        let page = published(call, wanted.clone()).await?;
        for row in page.rows.into_iter().filter(|row| circle.holds(row)) {
            match left {
                0 if rows.len() as i64 == size => return Ok((rows, true)),
                0 => rows.push(row),
                _ => left -= 1,
            }
        }
        let Some(last) = page.last else { return Ok((rows, false)) };
        wanted.after = Some(last);
    }
}

async fn wanted(call: &Call) -> Told<Wanted> {
    let mut wanted = Wanted { classes: known_classes(call).await?, ..Wanted::default() };
    wanted.running = running(call)?;
    wanted.updated = Span {
        from: time(call, "updated_after", dates::Edge::Start)?.map(dates::from_edge),
        to: time(call, "updated_before", dates::Edge::End)?,
    };
    let dated = call.get("start_date").is_some() || call.get("end_date").is_some();
    if dated || wanted.updated == Span::default() {
        wanted.opened = window(call)?;
    }
    Ok(wanted)
}

/// The asked stretch of time, at most 90 days.
pub(super) fn window(call: &Call) -> Told<Span> {
    let from = time(call, "start_date", dates::Edge::Start)?;
    let to = time(call, "end_date", dates::Edge::End)?;
    let last = dates::Last::of(call.get("end_date").unwrap_or_default());
    let window = dates::window(from, to, call.district.now(), last);
    let (from, to) = window.ok_or(Trouble::bad("api.open311.window"))?;
    Ok(Span { from: Some(from), to: Some(to) })
}

fn time(call: &Call, name: &'static str, edge: dates::Edge) -> Told<Option<Instant>> {
    let Some(text) = call.get(name) else { return Ok(None) };
    let read = dates::read(text, call.district.config.offset_minutes, edge);
    read.map(Some).ok_or(Trouble::bad("api.open311.bad_time").of(name))
}

/// The named services that there are; none of them there is an error.
async fn known_classes(call: &Call) -> Told<Vec<String>> {
    let mut known = Vec::new();
    let named = call.list("service_code");
    if named.len() > MOST_SERVICES {
        return Err(Trouble::bad("api.open311.bad_value").of("service_code"));
    }
    for code in &named {
        match services::offered(call, code).await {
            Ok(class) => known.push(class.code),
            Err(Trouble::Said(..)) => {}
            Err(failed) => return Err(failed),
        }
    }
    if known.is_empty() && !named.is_empty() {
        return Err(Trouble::missing("api.open311.no_service"));
    }
    Ok(known)
}

fn running(call: &Call) -> Told<Option<bool>> {
    let (mut open, mut closed) = (false, false);
    for status in call.list("status") {
        match status.to_ascii_lowercase().as_str() {
            "open" => open = true,
            "closed" => closed = true,
            _ => return Err(Trouble::bad("api.open311.bad_status").of(status)),
        }
    }
    Ok((open != closed).then_some(open))
}

/// Which page of an answer is asked for, and how long pages are.
pub(super) fn page_of(call: &Call, most: i64) -> Told<(i64, i64)> {
    let whole = |name: &'static str, default: i64| match call.get(name) {
        None => Ok(default),
        Some(text) => text
            .parse::<i64>()
            .ok()
            .filter(|n| (1..=1_000_000).contains(n))
            .ok_or(Trouble::bad("api.open311.bad_value").of(name)),
    };
    Ok((whole("page", 1)?, whole("page_size", most)?.min(most)))
}

/// A circle on the ground.
struct Circle {
    lat_e7: i64,
    lng_e7: i64,
    metres: i64,
}

/// Both coordinates, or neither.
pub(super) fn point(call: &Call) -> Told<Option<(i64, i64)>> {
    let read = |name: &'static str, most: i64| match call.get(name) {
        None => Ok(None),
        Some(text) => {
            degrees_e7(text, most).map(Some).ok_or(Trouble::bad("api.open311.bad_value").of(name))
        }
    };
    match (read("lat", 90)?, read("long", 180)?) {
        (Some(lat), Some(lng)) => Ok(Some((lat, lng))),
        (None, None) => Ok(None),
        _ => Err(Trouble::bad("api.open311.half_point")),
    }
}

fn circle(call: &Call) -> Told<Option<Circle>> {
    let Some((lat_e7, lng_e7)) = point(call)? else {
        // A circle around nothing would be everything.
        return match call.get("radius") {
            Some(_) => Err(Trouble::bad("api.open311.no_centre").of("radius")),
            None => Ok(None),
        };
    };
    let metres = match call.get("radius") {
        None => NEAR,
        Some(text) => {
            let whole = text.split('.').next().unwrap_or_default();
            let read = whole.parse::<i64>().ok().filter(|metres| (1..=FAR).contains(metres));
            read.ok_or(Trouble::bad("api.open311.bad_value").of("radius"))?
        }
    };
    Ok(Some(Circle { lat_e7, lng_e7, metres }))
}

/// 10⁻⁷ degrees of latitude in a hundred metres, rounded up.
const E7_PER_100_M: i64 = 9000;
/// As far as rounding moves a pin, either way.
const ROUNDING: i64 = 5_000;

impl Circle {
    fn square(&self) -> Square {
        let north = self.metres * E7_PER_100_M / 100;
        let east = (north as f64 / self.narrowing()).min(1.8e9) as i64;
        // Pins are told rounded, and what is told decides; the rows lie as they are.
        Square {
            south: self.lat_e7 - north - ROUNDING,
            north: self.lat_e7 + north + ROUNDING,
            west: self.lng_e7 - east - ROUNDING,
            east: self.lng_e7 + east + ROUNDING,
        }
    }

    /// How much shorter a degree of longitude is here than at the equator.
    fn narrowing(&self) -> f64 {
        (self.lat_e7 as f64 / 1e7).to_radians().cos().max(1e-6)
    }

    fn holds(&self, row: &CaseRow) -> bool {
        let (Some(lat), Some(lng)) = (row.lat_e7, row.lng_e7) else { return false };
        let metres_per_e7 = 0.011_119_5;
        let north = (lat - self.lat_e7) as f64 * metres_per_e7;
        let east = (lng - self.lng_e7) as f64 * metres_per_e7 * self.narrowing();
        north.hypot(east) <= self.metres as f64
    }
}

/// Rows as everyone may see them, masked.
pub(super) struct Published {
    pub rows: Vec<CaseRow>,
    /// Where to read on, if there were as many as were asked for.
    last: Option<(Instant, Id)>,
}

pub(super) async fn published(call: &Call, wanted: Wanted) -> Told<Published> {
    // A case by its number is found at once.
    let one = wanted.numbers.len() == 1;
    let wanted = Wanted { public_class: true, ..wanted };
    let (district, lang) = (Arc::clone(&call.district), call.lang);
    let look = move |tx: &ReadTx<'_>| -> Done<Published> {
        let duties = district.door.duty_list(tx)?;
        let looker = Looker { district, actor: Actor::public(), duties, lang, opened: false };
        let rows = cases::list(tx, &looker.duties, &looker.actor, &wanted)?;
        let last = rows.last().filter(|_| rows.len() as i64 == wanted.limit);
        let last = last.map(|row| (row.matter.opened_at, row.matter.id.clone()));
        let filed = rows
            .into_iter()
            .filter(|row| row.class_code.as_deref().is_some_and(services::is_plain));
        Ok(Published { rows: filed.map(|row| row.shown_to(&looker).0).collect(), last })
    };
    let store = call.district.store();
    Ok(if one { store.read(look).await? } else { store.read_long(look).await? })
}

/// By when each is done, of those whose due time is told.
async fn reckoned(call: &Call, mut rows: Vec<CaseRow>) -> Told<Vec<CaseRow>> {
    let district = Arc::clone(&call.district);
    let one = rows.len() == 1;
    let look = move |tx: &ReadTx<'_>| -> Done<Vec<CaseRow>> {
        cases::reckon(tx, &district, &mut rows)?;
        Ok(rows)
    };
    let store = call.district.store();
    Ok(if one { store.read(look).await? } else { store.read_long(look).await? })
}

/// The stage a case is at, as the procedure describes it.
pub(super) fn stage(call: &Call, id: &str) -> Option<Stage> {
    call.district.process(APPEAL)?.stage(id).cloned()
}

pub(super) fn status(ended: bool) -> &'static str {
    if ended { "closed" } else { "open" }
}

/// What the district tells of a case at its stage: the answer where there is one to tell.
pub(super) fn notes(call: &Call, row: &CaseRow) -> Option<String> {
    let stage = stage(call, &row.matter.stage);
    match &row.answer {
        Some(answer) => Some(answer.clone()),
        None => stage.map(|stage| call.lang.pick(&stage.title.zh, &stage.title.en).to_owned()),
    }
}

pub(super) fn request(call: &Call, row: &CaseRow, detailed: bool) -> Node {
    let offset = call.district.config.offset_minutes;
    let matter = &row.matter;
    let stage = stage(call, &matter.stage);
    let told = stage.as_ref().map(|stage| stage.told(false));
    let mut plain = told.map(|told| call.lang.pick(&told.zh, &told.en).to_owned());
    if let (Some(_), Some(years), Some(plain)) = (matter.due_at, &row.guessed, &mut plain) {
        plain.push_str(&format!(" {}", call.lang.with("calendar.guess", years)));
    }
    let address = services::own_address(call);
    let photo = row.photo.as_ref().map(|hash| format!("{address}/files/{hash}.jpg"));
    let pin = |e7: Option<i64>| e7.map_or(Node::Empty, |e7| Node::number(degrees(e7)));
    let mut fields = vec![
        ("service_request_id", Node::text(matter.number.as_str())),
        ("status", Node::text(status(row.ended()))),
        ("status_notes", Node::maybe(notes(call, row))),
        ("service_name", Node::text(row.class_title.pick(call.lang))),
        ("service_code", Node::maybe(row.class_code.as_deref())),
        ("description", Node::text(row.words.as_str())),
        ("agency_responsible", Node::maybe(row.body.as_deref())),
        ("service_notice", Node::maybe(plain)),
        ("requested_datetime", Node::text(dates::write(matter.opened_at, offset))),
        ("updated_datetime", Node::text(dates::write(matter.updated_at, offset))),
        ("expected_datetime", Node::maybe(row.expected.map(|at| dates::write(at, offset)))),
        ("address", Node::maybe(row.whereabouts())),
        // A case holds its address in words and not the row of the table it may have been chosen
        // from, and nobody in China writes a postcode.
        ("address_id", Node::Empty),
        ("zipcode", Node::Empty),
        ("lat", pin(row.lat_e7)),
        ("long", pin(row.lng_e7)),
        ("media_url", Node::maybe(photo)),
    ];
    if detailed {
        fields.push(("extended_attributes", extended(call, row)));
    }
    Node::Fields(fields)
}

fn extended(call: &Call, row: &CaseRow) -> Node {
    let offset = call.district.config.offset_minutes;
    let closed = row.matter.closed_at.map(|at| dates::write(at, offset));
    Node::Fields(vec![
        ("external_status_code", Node::text(row.matter.stage.as_str())),
        ("phase", Node::text(row.matter.phase.as_str())),
        ("place", Node::maybe(row.place.as_deref())),
        ("place_code", Node::maybe(row.place_code.as_deref())),
        ("service_group", Node::text(row.class_group.pick(call.lang))),
        ("closed_datetime", Node::maybe(closed)),
        ("reopened", Node::number(row.reopened)),
    ])
}
