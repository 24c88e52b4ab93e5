//! Photos: sent ahead of the report or the move that names them, and looked at.
//!
//! A photo that was sent lies on the shelf like that of an unfinished form, for a day. Only who
//! sent it can name it; its content makes its name, so sent again it is the same photo.

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::Response;
use linli_rules::procedure::FieldKind;

use super::caller::{Caller, Piece};
use super::problem::{At, Problem, Told};
use super::view::{self, Taken};
use crate::act::{Failure, FieldProblem, Refusal};
use crate::affairs::appeal::APPEAL;
use crate::affairs::appeal::view::disclose::shows_photo;
use crate::channel::decode;
use crate::file::{self, MOST_BYTES, pass};
use crate::page::{self, Bringing, Unread, is_multipart};
use crate::store::ReadTx;

/// The field of the photo, where it comes in a form.
const FIELD: &str = "photo";
const KINDS: [&str; 3] = ["image/jpeg", "image/png", "image/webp"];

/// Sends a photo ahead. Its id may then be named, within a day and by its sender alone, among the
/// `photos` of a report and in the fields of a move that take photos. It is kept without what the
/// camera noted, and no larger than 1600 by 1600. The same photo has the same id; for a day an
/// `Idempotency-Key` stands for the photo it was first sent with.
#[utoipa::path(post, path = "/api/v1/photos", tag = "photos",
    request_body(content(
        (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "image/webp"),
        (view::NewPhoto = "multipart/form-data"),
    ), description = "at most 12 MB"),
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters",
        pattern = "^[!#-~]{1,255}$")),
    responses(
        (status = 201, body = view::Taken, headers(("Location" = String))),
        (status = 400, description = "the body broke off"),
        (status = 401, body = super::problem::ProblemBody),
        (status = 415, description = "the body is not said to be a photo, or is packed"),
        (status = 422, body = super::problem::ProblemBody),
    ))]
pub async fn take(caller: Caller, request: Request) -> Response {
    let lang = caller.lang();
    taken(&caller, request).await.unwrap_or_else(|problem| problem.told(lang))
}

async fn taken(caller: &Caller, request: Request) -> Told<Response> {
    caller.only(&[])?;
    let person = caller.person()?;
    may_send(caller)?;
    let order = caller.act_id("photo")?;
    let (field, bytes) = sent(request).await?;
    let district = &caller.visitor.district;
    let stored = if caller.names_order() {
        file::take_once(district, field, bytes, &order).await?
    } else {
        file::take(district, field, bytes).await?
    };
    let id = pass::named_by(&district.keys, &person, &stored.hash);
    let place = format!("/api/v1/photos/{id}");
    let (size, width, height) = (stored.size, stored.width, stored.height);
    let told = Taken { id, url: place.clone(), size, width, height };
    let mut response = view::json(StatusCode::CREATED, &told)?;
    if let Ok(place) = place.parse() {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// Whoever has nothing to put photos on sends none.
fn may_send(caller: &Caller) -> Told<()> {
    let process = caller.visitor.district.process(APPEAL);
    let photos = process.iter().flat_map(|process| &process.moves);
    let photos = photos.filter(|by| by.record.iter().any(|f| f.kind == FieldKind::Photos));
    let mut acts = photos.map(|by| format!("case.{}", by.act));
    if acts.any(|act| caller.visitor.may(&act)) {
        return Ok(());
    }
    Err(Refusal::new("not_your_duty").with("act", "case.report").into())
}

/// The bytes as they came, and where what is wrong with them is told: the whole body, or the field
/// of the form.
async fn sent(request: Request) -> Told<(&'static str, Vec<u8>)> {
    if decode::is_packed(request.headers()) {
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "packed"));
    }
    if is_multipart(request.headers()) {
        let posted = file::read_some(Bringing::from(request), Some(FIELD), 1).await;
        let mut problems = posted.problems.all;
        let others = posted.files.iter().map(|file| file.field.as_str());
        let others = others.chain(posted.form.pairs().map(|(name, _)| name));
        let unknown = others.filter(|name| *name != FIELD);
        problems.extend(unknown.map(|name| FieldProblem::new(name, "unknown_field")));
        if posted.files.len() > 1 {
            problems.push(FieldProblem::new(FIELD, "too_many_photos").with("max", 1));
        }
        return match posted.files.into_iter().next() {
            _ if !problems.is_empty() => Err(Problem::fields(At::Body(""), problems)),
            Some(file) => Ok((FIELD, file.bytes)),
            None => Err(FieldProblem::new(FIELD, "missing").into()),
        };
    }
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !KINDS.iter().any(|known| kind.eq_ignore_ascii_case(known)) {
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong_photo_media"));
    }
    let bytes = page::whole(request.into_body(), MOST_BYTES).await;
    let bytes = bytes.map_err(|unread| match unread {
        Unread::TooLarge => Problem::from(file::too_large("")),
        Unread::BrokenOff => Problem::broken_off(),
    })?;
    Ok(("", bytes.to_vec()))
}

/// A photo of a case that shows it to the caller, or one they sent ahead.
#[utoipa::path(get, path = "/api/v1/photos/{photo}", tag = "photos",
    params(
        ("photo" = String, Path, description = "as the url of a photo says it"),
        ("w" = Option<i64>, Query, description = "320 for the small picture",
            minimum = 320, maximum = 320),
    ),
    responses(
        (status = 200, body = Vec<u8>, content_type = "image/jpeg"),
        (status = 404, body = super::problem::ProblemBody),
    ))]
pub async fn picture(caller: Caller, Piece(photo): Piece) -> Response {
    let lang = caller.lang();
    found(&caller, photo).await.unwrap_or_else(|problem| problem.told(lang))
}

async fn found(caller: &Caller, photo: String) -> Told<Response> {
    caller.only(&["w"])?;
    let small = match caller.get("w") {
        None => false,
        Some("320") => true,
        Some(_) => return Err(Caller::bad("w")),
    };
    let visitor = &caller.visitor;
    let hash = match (photo.strip_suffix(".jpg"), &visitor.actor.person) {
        (Some(hash), _) => {
            let (wanted, asks) = (hash.to_owned(), visitor.clone());
            let look = move |tx: &ReadTx<'_>| {
                shows_photo(tx, &asks.district, (&asks.actor, &asks.duties), &wanted)
            };
            visitor.read(look).await?.then(|| hash.to_owned())
        }
        (None, Some(person)) => {
            pass::redeem_named(&visitor.district, person, &photo).map(|stored| stored.hash)
        }
        (None, None) => None,
    };
    let hash = hash.ok_or(Failure::Hidden)?;
    Ok(file::web::picture(&visitor.district, hash, small).await?)
}

/// The photos that a caller names for a field: each one they sent, and what is wrong with the
/// others, by their place in the list.
pub fn named(
    caller: &Caller,
    (field, role): (&str, &str),
    ids: &[String],
) -> Result<Vec<crate::matter::Photo>, Vec<FieldProblem>> {
    let (mut out, mut wrong) = (Vec::new(), Vec::new());
    let person = caller.visitor.actor.person.as_ref();
    for (at, id) in ids.iter().enumerate() {
        let found = person
            .and_then(|person| pass::redeem_named(&caller.visitor.district, person, id.trim()));
        match found {
            Some(stored) => {
                let photo = crate::matter::Photo { file: stored.hash, role: role.to_owned() };
                if !out.contains(&photo) {
                    out.push(photo);
                }
            }
            None => wrong.push(FieldProblem::new(format!("{field}/{at}"), "photo_not_sent")),
        }
    }
    if wrong.is_empty() { Ok(out) } else { Err(wrong) }
}
