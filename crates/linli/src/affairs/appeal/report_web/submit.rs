//! Handing it in: the draft becomes the act that begins a case. Sent twice, it is one case.

use axum::http::HeaderMap;
use axum::response::Response;

use super::super::answers::stop;
use super::super::report::{Fixed, begin};
use super::class::{UNKNOWN, unprocessable};
use super::words::{kept_photos, take_photos};
use super::{Draft, Pad, check, gone, open, store};
use crate::act::{Actor, Done, Failure, FieldProblem, Order};
use crate::base::Id;
use crate::file::Posted;
use crate::matter::Moved;
use crate::page::{Page, Problems, Visitor, render, see_other};

/// From the check page, or from a form that has everything in it at once.
pub async fn submit(visitor: Visitor, headers: HeaderMap, posted: Posted) -> Page {
    let config = &visitor.district.config;
    if posted.form.pairs().any(|(name, _)| name == "words") {
        let token = store::token_or_new(&headers, config);
        let (pad, problems) = at_once(&visitor, &token, posted).await?;
        store::save(&visitor, &pad.row, &pad.draft).await?;
        let mut response = hand_in(&visitor, pad, problems).await?;
        store::remember(&mut response, config, &token);
        return Ok(response);
    }
    match open(&visitor, &headers, &posted.form).await? {
        Some(mut pad) => {
            pad.draft.texts = posted.form.get("texts") == "yes";
            hand_in(&visitor, pad, Problems::default()).await
        }
        None => Ok(gone()),
    }
}

/// A draft of a single form: words, photos, class, answers, place.
async fn at_once(visitor: &Visitor, token: &str, posted: Posted) -> Done<(Pad, Problems)> {
    let form = &posted.form;
    let given = if form.get("d").is_empty() { "act_id" } else { "d" };
    let key = Id::parse(form.get(given)).unwrap_or_else(|| visitor.district.new_id());
    let row = store::row_of(token, &key);
    let earlier = store::load(visitor, &row).await?;
    let mut pad = Pad { key, row, draft: Draft::default() };
    let mut problems = Problems::default();
    pad.draft.sent = earlier.and_then(|draft| draft.sent);
    pad.draft.take_words(form, &mut problems);
    pad.draft.photos = kept_photos(visitor, form);
    let class = form.get("class");
    pad.draft.class = Some(if class == UNKNOWN { "" } else { class }.to_owned());
    pad.draft.take_spot(form, &mut problems);
    pad.draft.about = Id::parse(form.get("about"));
    pad.draft.texts = form.get("texts") == "yes";
    pad.draft.named = Some(form.get("named") != "no");
    if visitor.signed_in.is_none() {
        pad.draft.named = Some(false);
    }
    if let Some(class) = pad.class(visitor).await? {
        pad.draft.take_answers(&class, form, &mut problems);
        if let Some(message) = stop(&class, &pad.draft.answers, visitor.lang) {
            problems.add(FieldProblem::new("class", "stopped").with("message", message));
        }
    }
    take_photos(visitor, posted.files, &mut pad.draft.photos, &mut problems).await?;
    Ok((pad, problems))
}

async fn hand_in(visitor: &Visitor, mut pad: Pad, problems: Problems) -> Done<Response> {
    if let Some(number) = &pad.draft.sent {
        return Ok(received(number, &pad.key));
    }
    if !problems.is_empty() {
        return again(visitor, pad, problems).await;
    }
    let class = pad.class(visitor).await?;
    let missing = pad.draft.missing(class.as_ref(), visitor);
    if missing != "/check" {
        return Ok(see_other(&pad.link(missing)));
    }
    match perform(visitor, &pad).await {
        Ok(moved) => {
            let (sent, behalf) = (Some(moved.number.clone()), pad.draft.behalf.take());
            pad.draft = Draft { sent, behalf, ..Draft::default() };
            store::save(visitor, &pad.row, &pad.draft).await?;
            Ok(received(&moved.number, &pad.key))
        }
        Err(Failure::Invalid(wrong)) => again(visitor, pad, Problems::from(wrong)).await,
        Err(other) => Err(other),
    }
}

async fn again(visitor: &Visitor, pad: Pad, problems: Problems) -> Done<Response> {
    Ok(unprocessable(render(&check::page(visitor, pad, problems).await?)?))
}

fn received(number: &str, key: &Id) -> Response {
    see_other(&format!("/cases/{number}/received?d={key}"))
}

/// Who wants no name is not in the act either: it is then the act of anyone.
async fn perform(visitor: &Visitor, pad: &Pad) -> Done<Moved> {
    let district = &visitor.district;
    let named = pad.draft.is_named(visitor);
    let actor = if named { visitor.actor.clone() } else { Actor::public() };
    let number = number(visitor).await?;
    let fixed = Fixed { case: district.new_id(), number, now: district.now() };
    let (own, report) = (district.clone(), pad.draft.report(visitor));
    let act = visitor.read(move |tx| begin(&own, tx, &fixed, "report", &report)).await?;
    Ok(district.door.perform(&actor, Order::new(pad.key.clone(), act)).await?.outcome)
}

/// Year and number: `2026-001042`.
async fn number(visitor: &Visitor) -> Done<String> {
    let district = &visitor.district;
    let year = district.now().day(district.config.offset_minutes).year();
    Ok(format!("{year}-{:06}", district.next_number().await?))
}
