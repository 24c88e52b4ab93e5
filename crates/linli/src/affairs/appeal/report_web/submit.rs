//! Handing it in: the draft becomes the act that begins a case. Sent twice, it is one case.

use axum::http::HeaderMap;
use axum::response::Response;

use super::super::report::{Fixed, asked, begin};
use super::class::{UNKNOWN, unprocessable};
use super::words::{kept_photos, take_photos};
use super::{Draft, Pad, about, check, gone, held_or_new, open, store};
use crate::act::{Actor, Done, Failure, Order, repeated};
use crate::base::Id;
use crate::file;
use crate::matter::{Begin, Moved};
use crate::page::{Bringing, Page, Posted, Problems, Visitor, render, see_other};
use crate::store::ReadTx;

/// From the check page, or from a form that has everything in it at once.
pub async fn submit(visitor: Visitor, headers: HeaderMap, brought: Bringing) -> Page {
    let config = &visitor.district.config;
    let posted = file::read(brought, Some("photos")).await;
    if posted.form.pairs().any(|(name, _)| name == "words") {
        let token = store::token_or_new(&headers, config);
        let given = if posted.form.get("d").is_empty() { "act_id" } else { "d" };
        let key = Id::parse(posted.form.get(given)).unwrap_or_else(|| visitor.district.new_id());
        let mut response = at_once(&visitor, &token, key.clone(), posted).await?;
        store::remember(&mut response, config, &token, &key);
        return Ok(response);
    }
    if !posted.problems.is_empty() {
        return Err(Failure::Invalid(posted.problems.all));
    }
    match open(&visitor, &headers, &posted.form).await? {
        Some(mut pad) => {
            if let Some(number) = &pad.draft.sent {
                return Ok(received(number, &pad.key));
            }
            pad.draft.texts = posted.form.get("texts") == "yes";
            let asked = asked("report", &pad.draft.report(&visitor))?;
            match told_before(&visitor, &pad, &asked).await? {
                Some(number) => sent(&visitor, pad, number).await,
                None => hand_in(&visitor, pad, Problems::default(), asked).await,
            }
        }
        None => Ok(gone()),
    }
}

/// A single form: words, photos, class, answers, place. Sent again it is answered before any of it
/// is looked up, so it does not matter that its class has ended meanwhile.
async fn at_once(visitor: &Visitor, token: &str, key: Id, posted: Posted) -> Done<Response> {
    let form = &posted.form;
    let Some(mut pad) = held_or_new(visitor, token, key).await? else { return Ok(gone()) };
    if let Some(number) = std::mem::take(&mut pad.draft).sent {
        return Ok(received(&number, &pad.key));
    }
    pad.draft.named = Some(form.get("named") != "no" && visitor.signed_in.is_some());
    let asked = file::asked("web", form, &posted.files)?;
    // What came whole may have come before.
    if posted.problems.is_empty()
        && let Some(number) = told_before(visitor, &pad, &asked).await?
    {
        return sent(visitor, pad, number).await;
    }
    let problems = put_down(visitor, &mut pad, posted).await?;
    store::save(visitor, &pad.row, &pad.draft).await?;
    hand_in(visitor, pad, problems, asked).await
}

/// What a single form says, and what is wrong with it.
async fn put_down(visitor: &Visitor, pad: &mut Pad, posted: Posted) -> Done<Problems> {
    let form = &posted.form;
    let mut problems = posted.problems;
    pad.draft.take_words(form, &mut problems);
    pad.draft.photos = kept_photos(visitor, form);
    let class = form.get("class");
    pad.draft.class = Some(if class == UNKNOWN { "" } else { class }.to_owned());
    pad.draft.take_spot(form, &mut problems);
    pad.draft.texts = form.get("texts") == "yes";
    if let Some(class) = pad.class(visitor).await? {
        pad.draft.take_answers(&class, form, visitor.lang, &mut problems);
    }
    match about::choose(visitor, pad, form.get("about")).await {
        Ok(wrong) => wrong.all.into_iter().for_each(|problem| problems.add(problem)),
        // Where it is is wrong, and said to be so when the report is handed in.
        Err(Failure::Invalid(_)) => {}
        Err(other) => return Err(other),
    }
    take_photos(visitor, posted.files, &mut pad.draft.photos, &mut problems).await?;
    Ok(problems)
}

/// The number that the same report under the same key was given.
async fn told_before(visitor: &Visitor, pad: &Pad, asked: &[u8]) -> Done<Option<String>> {
    let (id, actor, asked) = (pad.key.clone(), speaker(visitor, pad), asked.to_owned());
    let look = move |tx: &ReadTx<'_>| repeated::<Moved>(tx, &id, &actor, "case.report", &asked);
    Ok(visitor.read(look).await?.map(|answer| answer.outcome.number))
}

async fn hand_in(
    visitor: &Visitor,
    pad: Pad,
    problems: Problems,
    asked: Vec<u8>,
) -> Done<Response> {
    if !problems.is_empty() {
        return again(visitor, pad, problems).await;
    }
    let class = pad.class(visitor).await?;
    let missing = pad.draft.missing(class.as_ref(), visitor);
    if missing != "/check" {
        return Ok(see_other(&pad.link(missing)));
    }
    match perform(visitor, &pad, asked).await {
        Ok(moved) => sent(visitor, pad, moved.number).await,
        Err(Failure::Invalid(wrong)) => again(visitor, pad, Problems::from(wrong)).await,
        Err(other) => Err(other),
    }
}

/// It is a case now: of the draft only its number is kept.
async fn sent(visitor: &Visitor, mut pad: Pad, number: String) -> Done<Response> {
    let behalf = pad.draft.behalf.take();
    pad.draft = Draft { sent: Some(number.clone()), behalf, ..Draft::default() };
    store::save(visitor, &pad.row, &pad.draft).await?;
    Ok(received(&number, &pad.key))
}

async fn again(visitor: &Visitor, pad: Pad, problems: Problems) -> Done<Response> {
    Ok(unprocessable(render(&check::page(visitor, pad, problems).await?)?))
}

fn received(number: &str, key: &Id) -> Response {
    see_other(&format!("/cases/{number}/received?d={key}"))
}

/// Who wants no name is not in the act either: it is then the act of anyone.
fn speaker(visitor: &Visitor, pad: &Pad) -> Actor {
    if pad.draft.is_named(visitor) { visitor.actor.clone() } else { Actor::public() }
}

async fn perform(visitor: &Visitor, pad: &Pad, asked: Vec<u8>) -> Done<Moved> {
    let district = &visitor.district;
    let number = number(visitor).await?;
    let fixed = Fixed { case: district.new_id(), number, now: district.now() };
    let (own, report) = (district.clone(), pad.draft.report(visitor));
    let act = visitor.read(move |tx| begin(&own, tx, &fixed, "report", &report)).await?;
    let order = Order::new(pad.key.clone(), Begin { asked, ..act });
    Ok(district.door.perform(&speaker(visitor, pad), order).await?.outcome)
}

/// Year and number: `2026-001042`.
async fn number(visitor: &Visitor) -> Done<String> {
    let district = &visitor.district;
    let year = district.now().day(district.config.offset_minutes).year();
    Ok(format!("{year}-{:06}", district.next_number().await?))
}
