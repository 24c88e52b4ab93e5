//! Check your answers: everything at a glance, each with a way to change it, and what will happen.

use askama::Template;
use axum::http::HeaderMap;

use super::super::answers::choices;
use super::super::report::{is_attended, place_of, proposed};
use super::super::upload::Kept;
use super::super::view::time;
use super::words::shown;
use super::{Pad, asked, gone, open, place};
use crate::act::{Done, FieldProblem, Reach};
use crate::catalogue::{self, Class};
use crate::page::{Frame, Page, Problems, Visitor, render, see_other};
use crate::people::remit;
use crate::territory;

#[derive(Template)]
#[template(path = "affairs/appeal/pages/report_check.html")]
pub(super) struct CheckPage {
    f: Frame,
    pad: Pad,
    back: String,
    photos: Vec<Kept>,
    class: Option<String>,
    /// The class that will be taken when none was chosen.
    guess: Option<String>,
    answers: Vec<(String, String)>,
    place: String,
    about: Option<String>,
    who: Option<String>,
    /// The masked number that news may be sent to.
    phone: Option<String>,
    /// Who gets it first, and how long the work on it may take.
    body: Option<String>,
    limit: Option<String>,
    /// Somebody is in post who takes it.
    attended: bool,
    /// Others will be able to read a masked copy.
    is_public: bool,
    problems: Problems,
}

pub async fn show(visitor: Visitor, headers: HeaderMap) -> Page {
    let Some(pad) = open(&visitor, &headers, &asked(&visitor)).await? else { return Ok(gone()) };
    if let Some(number) = &pad.draft.sent {
        return Ok(see_other(&format!("/cases/{number}/received?d={}", pad.key)));
    }
    let class = pad.class(&visitor).await?;
    let missing = pad.draft.missing(class.as_ref(), &visitor);
    if missing != "/check" {
        return Ok(see_other(&pad.link(missing)));
    }
    render(&page(&visitor, pad, Problems::default()).await?)
}

/// What the check page says that has to be looked up.
struct Facts {
    class: Option<Class>,
    guessed: bool,
    place: String,
    about: Option<String>,
    body: Option<String>,
    limit: Option<(String, i64)>,
    attended: bool,
}

async fn facts(visitor: &Visitor, pad: &Pad) -> Done<Facts> {
    let (district, draft) = (visitor.district.clone(), pad.draft.clone());
    let (duties, now) = (visitor.duties.clone(), visitor.district.now());
    let report = draft.report(visitor);
    let look = move |tx: &crate::store::ReadTx<'_>| -> Done<Facts> {
        let ground = territory::ground(&district, tx)?;
        let path = place_of(&district, tx, &report)?.path;
        let class = match &report.class {
            Some(code) => catalogue::store::by_code(tx, code)?,
            None => proposed(&district, tx, &report.words)?,
        };
        let standard = match &class {
            Some(class) => catalogue::store::standards(tx, &class.id)?.into_iter().next(),
            None => None,
        };
        let about = match &draft.about {
            Some(about) => {
                let bodies = remit::answering(tx, None, &path)?;
                bodies.into_iter().find(|body| body.id == *about)
            }
            None => None,
        };
        let row = Reach { about_body: draft.about.clone(), ..Reach::at(&path) };
        Ok(Facts {
            guessed: report.class.is_none(),
            attended: is_attended(tx, &duties, row, now)?,
            place: place::said(&ground, &draft.spot.unwrap_or_default()),
            about: about.map(|body| body.name),
            body: remit::first_contact(tx, &path, draft.about.as_ref())?.map(|body| body.name),
            limit: standard
                .map(|s| s.time())
                .map(|limit| (limit.kind.name().to_owned(), i64::from(limit.n))),
            class,
        })
    };
    visitor.read(look).await
}

pub(super) async fn page(visitor: &Visitor, pad: Pad, mut problems: Problems) -> Done<CheckPage> {
    let facts = facts(visitor, &pad).await?;
    // The body may have been chosen before the place was changed to where it answers for nothing.
    if pad.draft.about.is_some() && facts.about.is_none() {
        problems.add(FieldProblem::new("about", "not_answering_there"));
    }
    let lang = visitor.lang;
    let title = facts.class.as_ref().map(|class| class.title.pick(lang).to_owned());
    let (class, guess) = if facts.guessed { (None, title) } else { (title, None) };
    let named = pad.draft.is_named(visitor);
    let own = visitor.signed_in.as_ref().map(|signed_in| signed_in.name.clone());
    let name = pad.draft.behalf(visitor).map(|behalf| behalf.name.clone()).or(own);
    Ok(CheckPage {
        f: visitor.frame(lang.say("report.check.title")),
        back: pad.link("/place"),
        photos: shown(visitor, &pad.draft.photos),
        answers: answers(visitor, facts.class.as_ref(), &pad),
        class,
        guess,
        place: facts.place,
        about: facts.about,
        who: name.filter(|_| named),
        phone: phone(visitor, &pad).await?,
        body: facts.body,
        limit: facts.limit.map(|(kind, n)| time::limit(lang, &kind, n)),
        attended: facts.attended,
        is_public: facts.class.is_some_and(|class| class.publicity == "public"),
        pad,
        problems,
    })
}

/// The number of whose report it is, where they have proved one and gave their name. Of whom a
/// clerk writes for nobody knows that the number is theirs.
async fn phone(visitor: &Visitor, pad: &Pad) -> Done<Option<String>> {
    let owner = pad.draft.report(visitor).owner;
    let Some(owner) = owner.filter(|_| pad.draft.behalf(visitor).is_none()) else {
        return Ok(None);
    };
    visitor.read(move |tx| Ok(remit::masked(tx, &owner)?.and_then(|(_, phone)| phone))).await
}

/// Questions and answers in words.
fn answers(visitor: &Visitor, class: Option<&Class>, pad: &Pad) -> Vec<(String, String)> {
    let Some(class) = class else { return Vec::new() };
    let comma = visitor.lang.pick("、", ", ");
    let one = |question: &catalogue::Question| {
        let given = pad.draft.answers.get(&question.code)?;
        let title = |value: &str| {
            let option = question.options.iter().find(|option| option.value == value);
            option.map_or(value.to_owned(), |option| option.title(visitor.lang).to_owned())
        };
        let said = match question.kind.as_str() {
            "choice" => title(given),
            "multi" => choices(given).map(title).collect::<Vec<_>>().join(comma),
            _ => given.clone(),
        };
        Some((question.title.pick(visitor.lang).to_owned(), said))
    };
    class.questions.iter().filter_map(one).collect()
}
