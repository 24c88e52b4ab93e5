//! 涂黑: a copy of a photo in which faces, plates and doors are black takes its place for everyone.

use std::borrow::Cow;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query};
use axum::routing::get;
use serde::Deserialize;

use super::case_web::{self, escaped};
use crate::act::{Act, Acting, Done, Failure, FieldProblem, Subject};
use crate::base::{Fault, Id};
use crate::district::Districts;
use crate::file::{self, Shelf, redact};
use crate::matter::timeline::{self, Attached};
use crate::matter::{CASES, Matter, Seen, store as matters};
use crate::page::{Form, Frame, Page, Problems, Visitor, render_form, see_other};
use crate::store::ReadTx;

/// The copy is public from now on; the photo itself, and an earlier copy of it, are not.
pub struct Redact {
    pub case: Id,
    /// The version of the case that was looked at.
    pub seen: Seen,
    /// The photo, as it hangs on the case.
    pub photo: Id,
    /// The copy, as it lies on the shelf.
    pub copy: String,
    pub shelf: Shelf,
}

impl Act for Redact {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        // It decides, as the ticks do, what everyone may see.
        "case.release_photos".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&(&self.case, &self.seen, &self.photo, &self.copy))?)
    }

    fn subject(&self) -> Subject {
        Subject::row(CASES, &self.case)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        let mut case = matters::seen(cx.read(), &self.case, &self.seen)?;
        let all = timeline::attached(cx.read(), &case.id)?;
        let original = original(&all, &self.photo)?;
        let before = timeline::copy_of(&all, &original.id);
        for photo in before.into_iter().chain(original.released.then_some(original)) {
            matters::release(cx, &photo.id, false)?;
        }
        file::keep(cx, &self.shelf, "areas", &self.copy)?;
        matters::attach_redacted(cx, &case.id, original, &self.copy)?;
        case.updated_at = cx.now();
        matters::save(cx, &mut case)
    }
}

/// A photo of the case that is no copy itself.
fn original<'a>(all: &'a [Attached], photo: &Id) -> Done<&'a Attached> {
    let found = all.iter().find(|one| one.id == *photo && one.redacts.is_none());
    found.ok_or(Failure::Hidden)
}

pub fn routes() -> Router<Districts> {
    Router::new().route("/cases/{number}/photos/{photo}/redact", get(show).post(take))
}

#[derive(Template)]
#[template(path = "affairs/appeal/pages/redact.html")]
struct RedactPage {
    f: Frame,
    problems: Problems,
    back: String,
    act_id: Id,
    seen: i64,
    href: String,
    areas: String,
}

/// The case and the photo, for whoever decides which everyone may see.
async fn asked_for(visitor: &Visitor, number: &str, photo: &str) -> Done<(Matter, Attached)> {
    visitor.person()?;
    let photo = Id::parse(photo).ok_or(Failure::Hidden)?;
    let case = case_web::id_behind(visitor, number, "release_photos").await?;
    let subject = Subject::row(CASES, &case);
    visitor.entitled("case.release_photos", subject).await?;
    let read = move |tx: &ReadTx<'_>| -> Done<(Matter, Attached)> {
        let found = original(&timeline::attached(tx, &case)?, &photo)?.clone();
        Ok((matters::known(tx, &case)?, found))
    };
    visitor.read(read).await
}

/// The form that a photo was redacted from: of a move, else that of the photos themselves.
#[derive(Deserialize)]
struct Opened {
    #[serde(default = "of_photos", rename = "do")]
    form: String,
}

fn of_photos() -> String {
    case_web::PHOTOS.to_owned()
}

impl Opened {
    /// The page of the case with that form open.
    fn link(&self, number: &str, done: &str) -> String {
        let form = escaped(&self.form);
        let place = if self.form == case_web::PHOTOS { "" } else { "do-" };
        format!("/cases/{number}?do={form}{done}#{place}{form}")
    }
}

async fn show(
    visitor: Visitor,
    Path((number, photo)): Path<(String, String)>,
    Query(from): Query<Opened>,
) -> Page {
    let found = asked_for(&visitor, &number, &photo).await?;
    page(&visitor, &found, &from, Problems::default(), &Form::default())
}

fn page(
    visitor: &Visitor,
    (case, photo): &(Matter, Attached),
    from: &Opened,
    problems: Problems,
    form: &Form,
) -> Page {
    let page = RedactPage {
        f: visitor.frame(visitor.lang.say("case.redact.title")),
        problems,
        back: from.link(&case.number, ""),
        act_id: form.act_id(visitor.district.new_id()),
        seen: case.version,
        href: format!("/files/{}.jpg", photo.file),
        areas: form.get("areas").to_owned(),
    };
    render_form(&page, &page.problems)
}

async fn take(
    visitor: Visitor,
    Path((number, photo)): Path<(String, String)>,
    Query(from): Query<Opened>,
    form: Form,
) -> Page {
    let found = asked_for(&visitor, &number, &photo).await?;
    let (case, photo) = &found;
    let made = match redact::areas("areas", form.get("areas")) {
        Ok(areas) => redact::copy(&visitor.district, photo.file.clone(), areas).await,
        Err(problem) => Err(problem.into()),
    };
    let copy = match made {
        Ok(copy) => copy.hash,
        Err(Failure::Invalid(wrong)) => {
            return page(&visitor, &found, &from, wrong.into(), &form);
        }
        Err(other) => return Err(other),
    };
    let shelf = Shelf::of(&visitor.district);
    let seen = Seen::said(form.get("seen"));
    let act = Redact { case: case.id.clone(), seen, photo: photo.id.clone(), copy, shelf };
    match visitor.perform(form.act_id(visitor.district.new_id()), act).await {
        Ok(_) => Ok(see_other(&from.link(&case.number, "&done=release_photos"))),
        // What was drawn stays, to be looked at again beside what has changed.
        Err(Failure::Refused(refusal)) if refusal.code == "changed_meanwhile" => {
            let problem = FieldProblem::new("areas", refusal.code);
            page(&visitor, &found, &from, vec![problem].into(), &form)
        }
        Err(other) => Err(other),
    }
}
