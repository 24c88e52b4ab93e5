//! 随手处置: found and put right, in one form with photos before and after.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use linli_rules::procedure::{Field, FieldKind, Process};
use serde::Deserialize;

use super::super::closing::{self, CHECKED};
use super::super::offer::most_photos;
use super::super::report::{Fixed, Report, begin};
use super::super::report_web::middle;
use super::super::upload::{self, Filled, Kept};
use super::super::{APPEAL, kit};
use crate::act::{Done, Failure, FieldProblem, Order, Refusal, repeated};
use crate::base::secret::Keys;
use crate::base::{Id, text};
use crate::catalogue::{self, Class, gloss};
use crate::district::District;
use crate::file;
use crate::matter::{Begin, CASES, Moved, Photo, Put};
use crate::page::{Bringing, Form, Frame, Page, Problems, Visitor, render, see_other};
use crate::store::ReadTx;
use crate::territory::{self, parse_e7};
use crate::words::Lang;

const ACT: &str = "report_handled";
const PHOTOS: [&str; 2] = ["before", "after"];

/// Title and hint of one field, as the procedure has them.
struct Titles {
    name: String,
    title: String,
    hint: String,
    /// How many photos it may hold.
    most: usize,
}

/// A line of the closing list with its tick.
struct Line {
    /// As it was adopted, and as it is sent.
    value: String,
    title: String,
    ticked: bool,
}

#[derive(Template)]
#[template(path = "affairs/appeal/pages/handled.html", blocks = ["closing"])]
struct HandledPage {
    f: Frame,
    act_id: Id,
    titles: Vec<Titles>,
    form: Form,
    filled: Filled,
    problems: Problems,
    /// The closing list of the class that was chosen, each line with its tick.
    closing: Vec<Line>,
    classes: Vec<Class>,
    places: Vec<(String, String)>,
    /// The middle of the map: the pin, else of the ground one goes round.
    middle: Option<(String, String)>,
    keys: Keys,
    /// Whoever fills it in may make the photos public.
    releases: bool,
}

impl HandledPage {
    fn title(&self, name: &str) -> &str {
        self.titles.iter().find(|t| t.name == name).map_or("", |t| t.title.as_str())
    }

    fn hint(&self, name: &str) -> &str {
        self.titles.iter().find(|t| t.name == name).map_or("", |t| t.hint.as_str())
    }

    fn problem(&self, name: &str) -> String {
        self.problems.at(&self.f.lang, name)
    }

    /// Photos of a field that are here already.
    fn kept(&self, name: &str) -> Vec<Kept> {
        let of = |photo: &&Photo| photo.role == name;
        let photos = self.filled.put.photos.iter().filter(of);
        photos.map(|photo| Kept::of(&self.keys, &photo.file)).collect()
    }

    fn most(&self, name: &str) -> usize {
        self.titles.iter().find(|t| t.name == name).map_or(0, |t| t.most)
    }

    /// Whether the photos of a field are to be public, for who decides that.
    fn opens(&self, name: &str) -> Option<bool> {
        self.releases.then(|| self.filled.put.opened.iter().any(|opened| opened == name))
    }

    fn photo_fields(&self) -> [&'static str; 2] {
        PHOTOS
    }

    fn name_of<'a>(&self, class: &'a Class) -> &'a str {
        class.title.pick(self.f.lang)
    }
}

#[derive(Deserialize)]
pub struct Asked {
    /// The class whose closing list is to be shown.
    #[serde(default)]
    class: String,
}

pub async fn form(visitor: Visitor, Query(asked): Query<Asked>) -> Page {
    super::on_round(&visitor)?;
    if super::gone(&visitor).await?.is_some() {
        return Ok(see_other("/field"));
    }
    let put = Put::default().with("class", asked.class);
    let filled = Filled { put, ..Filled::default() };
    page(&visitor, Form::default(), filled, Problems::default()).await
}

async fn page(visitor: &Visitor, form: Form, filled: Filled, problems: Problems) -> Page {
    let (district, actor) = (visitor.district.clone(), visitor.actor.clone());
    let pin = parse_e7(form.get("lat"), 90).zip(parse_e7(form.get("lng"), 180));
    let process = visitor.district.process(APPEAL).ok_or_else(|| Refusal::new("no_procedure"))?;
    let checks = fields(&process).any(|field| field.kind == FieldKind::Checks);
    let (put, lang) = (filled.put.clone(), visitor.lang);
    let (classes, places, middle, closing) = visitor
        .read(move |tx| {
            let ground = territory::ground(&district, tx)?;
            let middle = middle(&ground, &actor.place_path, pin);
            let mine = ground.places().filter(|place| place.within(&actor.place_path));
            let named = mine.map(|place| (place.code.clone(), ground.name_of_path(&place.path)));
            let closing = if checks { ticks(tx, lang, &put)? } else { Vec::new() };
            Ok((catalogue::store::all(tx)?, named.collect::<Vec<_>>(), middle, closing))
        })
        .await?;
    let page = HandledPage {
        f: visitor.frame(visitor.lang.say("field.handled.title")),
        act_id: form.act_id(visitor.district.new_id()),
        titles: fields(&process).map(|field| titles(visitor, field)).collect(),
        keys: visitor.district.keys.clone(),
        releases: visitor.may("case.release_photos"),
        form,
        filled,
        problems,
        closing,
        classes,
        places,
        middle,
    };
    if visitor.wants("closing") { render(&page.as_closing()) } else { render(&page) }
}

/// The closing list of the class that is put down; the ticks that came with another are gone.
fn ticks(tx: &ReadTx<'_>, lang: Lang, put: &Put) -> Done<Vec<Line>> {
    let ticked = |line: &String| text::choices(put.get(CHECKED)).any(|one| one == line);
    let line =
        |line: String| Line { ticked: ticked(&line), title: gloss::said(lang, &line), value: line };
    Ok(closing::of_class(tx, put)?.into_iter().map(line).collect())
}

fn fields(process: &Process) -> impl Iterator<Item = &Field> {
    process.creating_by(ACT).into_iter().flat_map(|by| &by.record)
}

fn titles(visitor: &Visitor, field: &Field) -> Titles {
    let lang = visitor.lang.code();
    let hint = field.hint.as_ref().map_or("", |hint| hint.in_lang(lang)).to_owned();
    Titles {
        name: field.name.clone(),
        title: field.title.in_lang(lang).to_owned(),
        hint,
        most: most_photos(field),
    }
}

pub async fn hand_in(visitor: Visitor, brought: Bringing) -> Page {
    super::on_round(&visitor)?;
    let posted = file::read(brought, Some(PHOTOS[0])).await;
    let asked = file::asked("field", &posted.form, &posted.files)?;
    let id = posted.form.act_id(visitor.district.new_id());
    // What came whole may have come before.
    if posted.problems.is_empty()
        && let Some(number) = told_before(&visitor, &id, &asked).await?
    {
        return Ok(see_other(&format!("/cases/{number}?done={ACT}")));
    }
    let kit = kit(&visitor.district).ok_or_else(|| Refusal::new("no_procedure"))?;
    let filled = upload::fill(&visitor.district, &kit.process, ACT, &posted).await?;
    let filled = filled.ok_or(Failure::Hidden)?;
    match perform(&visitor, &filled, &posted.form, (id, asked)).await {
        Ok(moved) => Ok(see_other(&format!("/cases/{}?done={ACT}", moved.number))),
        Err(Failure::Invalid(problems)) => {
            let problems = Problems::from(problems);
            Ok(unprocessable(page(&visitor, posted.form, filled, problems).await?))
        }
        Err(other) => Err(other),
    }
}

fn unprocessable(mut response: Response) -> Response {
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    response
}

/// A pin lies on the ground the officer goes round, where that is drawn.
fn on_my_ground(district: &District, tx: &ReadTx<'_>, walked: &str, report: &Report) -> Done<()> {
    let Some((lat, lng)) = report.lat_e7.zip(report.lng_e7) else { return Ok(()) };
    let ground = territory::ground(district, tx)?;
    let drawn = ground.areas().any(|(place, _)| place.within(walked));
    if drawn && !ground.grid_at(lat, lng).is_some_and(|grid| grid.within(walked)) {
        return Err(FieldProblem::new("place", "point_outside").into());
    }
    Ok(())
}

/// The number that the same form was given when it was sent before.
async fn told_before(visitor: &Visitor, id: &Id, asked: &[u8]) -> Done<Option<String>> {
    let (id, actor, asked) = (id.clone(), visitor.actor.clone(), asked.to_owned());
    let name = format!("{}.{ACT}", CASES.kind);
    let look = move |tx: &ReadTx<'_>| repeated::<Moved>(tx, &id, &actor, &name, &asked);
    Ok(visitor.read(look).await?.map(|answer| answer.outcome.number))
}

async fn perform(
    visitor: &Visitor,
    filled: &Filled,
    form: &Form,
    (id, asked): (Id, Vec<u8>),
) -> Done<Moved> {
    if !filled.problems.is_empty() {
        return Err(Failure::Invalid(filled.problems.clone()));
    }
    let put = &filled.put;
    let given = |name: &str| Some(put.get(name).to_owned()).filter(|text| !text.is_empty());
    let report = Report {
        words: put.get("words").to_owned(),
        class: given("class"),
        place: given("place"),
        lat_e7: parse_e7(form.get("lat"), 90),
        lng_e7: parse_e7(form.get("lng"), 180),
        photos: put.photos.clone(),
        opened: put.opened.clone(),
        checked: text::choices(put.get(CHECKED)).map(str::to_owned).collect(),
        source: "field".to_owned(),
        vouched: true,
        language: visitor.lang.code().to_owned(),
        ..Report::default()
    };
    let district = &visitor.district;
    let now = district.now();
    let year = now.day(district.config.offset_minutes).year();
    let number = format!("{year}-{:06}", district.next_number().await?);
    let fixed = Fixed { case: district.new_id(), number, now };
    let own = district.clone();
    let walked = visitor.actor.place_path.clone();
    let act = visitor
        .read(move |tx| {
            on_my_ground(&own, tx, &walked, &report)?;
            begin(&own, tx, &fixed, ACT, &report)
        })
        .await?;
    let order = Order::new(id, Begin { asked, ..act });
    Ok(district.door.perform(&visitor.actor, order).await?.outcome)
}
