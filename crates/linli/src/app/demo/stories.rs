//! What happened in the demonstration: each story a report and the moves made since.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::people::Cast;
use super::{bytes, init, text};
use crate::act::{Actor, Failure, Order};
use crate::affairs::appeal::release::ReleasePhotos;
use crate::affairs::appeal::{self, closing, report};
use crate::base::{Fault, Id, Instant};
use crate::district::District;
use crate::file::{self, shelf::Shelf};
use crate::matter::{Begin, CASES, Conduct, Moved, Photo, Put, Seen, timeline};
use crate::store::ReadTx;

#[derive(Deserialize)]
struct File {
    story: Vec<Story>,
}

#[derive(Deserialize)]
struct Story {
    id: String,
    class: String,
    by: String,
    #[serde(default)]
    at: String,
    lat: Option<f64>,
    lng: Option<f64>,
    grid: String,
    #[serde(default)]
    complains_of: String,
    days_ago: i64,
    #[serde(default)]
    hour: i64,
    #[serde(default)]
    minutes_ago: i64,
    text: String,
    /// Answers to the questions of the class.
    #[serde(default)]
    answers: BTreeMap<String, String>,
    #[serde(default)]
    photo: String,
    moves: Vec<Step>,
}

/// A move, or the single act by which a grid worker reports what was put right at once.
#[derive(Deserialize)]
struct Step {
    act: String,
    after_min: i64,
    by: String,
    #[serde(flatten)]
    fields: toml::Table,
}

/// Plays every story that has not been played yet.
pub fn play(district: &Arc<District>, cast: &Cast, data: &str) -> Result<(), Fault> {
    let file: File = toml::from_str(data).map_err(|e| Fault::new(format!("stories.toml: {e}")))?;
    let now = district.now();
    let mut stories: Vec<(Instant, Story)> =
        file.story.into_iter().map(|story| (begun(&story, now, district), story)).collect();
    stories.sort_by(|a, b| (a.0, &a.1.id).cmp(&(b.0, &b.1.id)));
    for (number, (at, story)) in stories.iter().enumerate() {
        tell_story(district, cast, number, *at, story)
            .map_err(|fault| fault.context(format!("story {}", story.id)))?;
    }
    Ok(())
}

/// The hour of the day so many days ago; minutes ago for a report of today.
fn begun(story: &Story, now: Instant, district: &Arc<District>) -> Instant {
    if story.days_ago == 0 {
        return now.plus_minutes(-story.minutes_ago);
    }
    let offset = district.config.offset_minutes;
    let day = now.plus_days(-story.days_ago).day(offset);
    day.start(offset).plus_hours(story.hour)
}

fn tell_story(
    district: &Arc<District>,
    cast: &Cast,
    number: usize,
    at: Instant,
    story: &Story,
) -> Result<(), Fault> {
    let handled = story.moves.first().filter(|step| step.act == "report_handled");
    let mut case = match handled {
        Some(step) => begin(district, cast, number, at, story, Some(step))?,
        None => begin(district, cast, number, at, story, None)?,
    };
    let steps = story.moves.iter().skip(usize::from(handled.is_some()));
    let mut last = handled.map(|step| (at, step));
    for (nth, step) in steps.enumerate() {
        let when = at.plus_minutes(step.after_min);
        case = make(district, cast, story, nth, when, step, &case)?;
        last = Some((when, step)).filter(|_| closes(step)).or(last);
    }
    match last {
        Some((when, step)) => release(district, cast.actors(&step.by), story, when, &case),
        None => Ok(()),
    }
}

/// Somebody looked whether it was done, or asked.
fn closes(step: &Step) -> bool {
    matches!(step.act.as_str(), "verify" | "verify_by_call")
}

/// Whoever closed the case looked at its photos: the drawings of the demonstration show nobody.
fn release(
    district: &Arc<District>,
    actors: &[Actor],
    story: &Story,
    at: Instant,
    case: &Moved,
) -> Result<(), Fault> {
    let matter = case.matter.clone();
    let look = move |tx: &ReadTx<'_>| Ok(timeline::attached(tx, &matter)?);
    let all = district.store().read_blocking(look).map_err(init::said)?;
    if all.is_empty() {
        return Ok(());
    }
    let shown: Vec<Id> = all.into_iter().map(|photo| photo.id).collect();
    let id = Id::derived(&format!("demo story {} photos", story.id));
    try_each(actors, |actor| {
        let act =
            ReleasePhotos { case: case.matter.clone(), seen: Seen::Any, shown: shown.clone() };
        let order = Order::new(id.clone(), act).happened(at);
        district.door.perform_blocking(actor, order)?;
        Ok(())
    })
}

fn begin(
    district: &Arc<District>,
    cast: &Cast,
    number: usize,
    at: Instant,
    story: &Story,
    handled: Option<&Step>,
) -> Result<Moved, Fault> {
    let by = handled.map_or(story.by.as_str(), |step| step.by.as_str());
    let address = address_of(&story.at)?;
    let (lat, lng) = match &address {
        Some((_, lat, lng)) => (Some(*lat), Some(*lng)),
        None => (story.lat.map(e7), story.lng.map(e7)),
    };
    let actors = cast.actors(by);
    let owner = actors.iter().find(|a| a.post.is_none()).and_then(|a| a.person.clone());
    let mut photos = match handled {
        Some(step) => step_photos(district, step)?,
        None => Vec::new(),
    };
    if !story.photo.is_empty() && handled.is_none() {
        photos.push(photo(district, "photos", &story.photo)?);
    }
    let report = report::Report {
        words: story.text.clone(),
        class: Some(story.class.clone()),
        place: Some(story.grid.clone()),
        address: address.map(|(text, _, _)| text),
        lat_e7: lat,
        lng_e7: lng,
        answers: story.answers.clone(),
        photos,
        source: if handled.is_some() { "field" } else { "web" }.to_owned(),
        language: if story.text.is_ascii() { "en" } else { "zh" }.to_owned(),
        owner,
        vouched: handled.is_some(),
        about_body: match story.complains_of.as_str() {
            "" => None,
            body => Some(cast.body(body)),
        },
        ..report::Report::default()
    };
    let act = if handled.is_some() { "report_handled" } else { "report" };
    let everyone = [Actor::public()];
    let actors = if actors.is_empty() { &everyone[..] } else { actors };
    let id = Id::derived(&format!("demo story {}", story.id));
    let number = crate::matter::number(at, district.config.offset_minutes, number as i64 + 1);
    try_each(actors, |actor| {
        let fixed = report::Fixed { case: id.clone(), number: number.clone(), now: at };
        let begin = prepared(district, fixed, act, &report)?;
        let order = Order::new(id.clone(), begin).happened(at);
        Ok(district.door.perform_blocking(actor, order)?.outcome)
    })
}

fn prepared(
    district: &Arc<District>,
    fixed: report::Fixed,
    act: &'static str,
    report: &report::Report,
) -> Result<Begin, Failure> {
    let (reader, mut report) = (Arc::clone(district), report.clone());
    let store = district.store();
    store.read_blocking(move |tx| {
        if act == "report_handled" {
            let class = report.class.clone().unwrap_or_default();
            report.checked = closing::of_class(tx, &Put::default().with("class", class))?;
        }
        report::begin(&reader, tx, &fixed, act, &report)
    })
}

fn make(
    district: &Arc<District>,
    cast: &Cast,
    story: &Story,
    nth: usize,
    at: Instant,
    step: &Step,
    case: &Moved,
) -> Result<Moved, Fault> {
    let name = if step.by.is_empty() { &story.by } else { &step.by };
    let mut put = Put { photos: step_photos(district, step)?, ..Put::default() };
    for (field, value) in &step.fields {
        if let Some(text) = value.as_str() {
            let text = match field.as_str() {
                "body" => cast.body(text).to_string(),
                _ => text.to_owned(),
            };
            put = put.with(field, text);
        }
    }
    if step.act == "accept" {
        put = put.with("class", story.class.clone());
    }
    let kit = appeal::kit(district).ok_or_else(|| Fault::new("no procedure for cases"))?;
    let (process, matter, act) = (kit.process.clone(), case.matter.clone(), step.act.clone());
    let tick = move |tx: &ReadTx<'_>| closing::all_ticked(tx, &process, &matter, &act, put);
    let put = district.store().read_blocking(tick).map_err(init::said)?;
    let id = Id::derived(&format!("demo story {} move {nth}", story.id));
    try_each(cast.actors(name), |actor| {
        let conduct = Conduct {
            kit: kit.clone(),
            of: CASES,
            matter: case.matter.clone(),
            seen: Seen::Any,
            act: step.act.clone(),
            put: put.clone(),
        };
        let order = Order::new(id.clone(), conduct).happened(at);
        Ok(district.door.perform_blocking(actor, order)?.outcome)
    })
    .map_err(|fault| fault.context(format!("{} by {name}", step.act)))
}

/// The first of somebody's posts that may do it.
fn try_each<T>(
    actors: &[Actor],
    mut attempt: impl FnMut(&Actor) -> Result<T, Failure>,
) -> Result<T, Fault> {
    let mut last = Fault::new("nobody to act");
    for actor in actors {
        match attempt(actor) {
            Ok(done) => return Ok(done),
            Err(failure) => last = init::said(failure).context(actor.kind.clone()),
        }
    }
    Err(last)
}

fn step_photos(district: &Arc<District>, step: &Step) -> Result<Vec<Photo>, Fault> {
    let mut out = Vec::new();
    for role in ["photos", "before", "after"] {
        let names = step.fields.get(role).and_then(toml::Value::as_array);
        for name in names.into_iter().flatten().filter_map(toml::Value::as_str) {
            out.push(photo(district, role, name)?);
        }
    }
    Ok(out)
}

fn photo(district: &Arc<District>, role: &str, name: &str) -> Result<Photo, Fault> {
    let shelf = Shelf::of(district);
    let stored = file::take_blocking(&shelf, role, bytes(name)?).map_err(init::said)?;
    Ok(Photo { file: stored.hash, role: role.to_owned() })
}

/// Text and coordinates of an address of the data.
fn address_of(id: &str) -> Result<Option<(String, i64, i64)>, Fault> {
    if id.is_empty() {
        return Ok(None);
    }
    for line in text("addresses.tsv")?.lines().skip(1) {
        let parts: Vec<&str> = line.split('\t').collect();
        if let [key, _, _, address, _, lat, lng] = parts[..]
            && key == id
        {
            let degrees = |text: &str| text.parse::<f64>().map(e7);
            let wrong = |_| Fault::new(format!("address {id} has no coordinates"));
            let (lat, lng) = (degrees(lat).map_err(wrong)?, degrees(lng).map_err(wrong)?);
            return Ok(Some((address.to_owned(), lat, lng)));
        }
    }
    Err(Fault::new(format!("the demo has no address {id}")))
}

/// Degrees × 10⁷.
fn e7(degrees: f64) -> i64 {
    (degrees * 1e7).round() as i64
}
