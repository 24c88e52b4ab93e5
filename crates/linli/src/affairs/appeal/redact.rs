//! 涂黑: a copy of a photo in which faces, plates and doors are black takes its place for everyone.

use std::borrow::Cow;

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::routing::get;

use super::case_web::escaped;
use crate::act::{Act, Acting, Done, Failure, Subject};
use crate::base::{Fault, Id};
use crate::district::Districts;
use crate::file::{self, Shelf, redact};
use crate::matter::timeline::{self, Attached};
use crate::matter::{CASES, store as matters};
use crate::page::{Form, Frame, Page, Problems, Visitor, render_form, see_other};

/// The copy is public from now on; the photo itself, and an earlier copy of it, are not.
pub struct Redact {
    pub case: Id,
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
        Ok(serde_json::to_vec(&(&self.case, &self.photo, &self.copy))?)
    }

    fn subject(&self) -> Subject {
        Subject::row(CASES, &self.case)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        let mut case = matters::known(cx.read(), &self.case)?;
        let all = timeline::attached(cx.read(), &case.id)?;
        let original = original(&all, &self.photo)?;
        let of_it = |photo: &&Attached| {
            photo.id == original.id || photo.redacts.as_ref() == Some(&original.id)
        };
        for photo in all.iter().filter(of_it).filter(|photo| photo.released) {
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
    Ok(found.ok_or(Failure::Hidden)?)
}

pub fn routes() -> Router<Districts> {
    Router::new().route("/cases/{number}/photos/{photo}/redact", get(show).post(take))
}

#[derive(Template)]
#[template(path = "affairs/appeal/pages/redact.html")]
struct RedactPage {
    f: Frame,
    problems: Problems,
    number: String,
    act_id: Id,
    href: String,
    areas: String,
}

/// The case and the photo, for whoever decides which everyone may see.
async fn asked_for(visitor: &Visitor, number: &str, photo: &str) -> Done<(Id, Attached)> {
    visitor.person()?;
    let photo = Id::parse(photo).ok_or(Failure::Hidden)?;
    let case = super::case_web::id_behind(visitor, number, "release_photos").await?;
    let subject = Subject::row(CASES, &case);
    visitor.entitled("case.release_photos", subject).await?;
    let of = case.clone();
    let found = visitor
        .read(move |tx| -> Done<Attached> {
            Ok(original(&timeline::attached(tx, &of)?, &photo)?.clone())
        })
        .await?;
    Ok((case, found))
}

async fn show(visitor: Visitor, Path((number, photo)): Path<(String, String)>) -> Page {
    let (_, photo) = asked_for(&visitor, &number, &photo).await?;
    page(&visitor, number, &photo, (Problems::default(), &Form::default()))
}

fn page(
    visitor: &Visitor,
    number: String,
    photo: &Attached,
    (problems, form): (Problems, &Form),
) -> Page {
    let page = RedactPage {
        f: visitor.frame(visitor.lang.say("case.redact.title")),
        problems,
        number,
        act_id: form.act_id(visitor.district.new_id()),
        href: format!("/files/{}.jpg", photo.file),
        areas: form.get("areas").to_owned(),
    };
    render_form(&page, &page.problems)
}

async fn take(visitor: Visitor, Path((number, photo)): Path<(String, String)>, form: Form) -> Page {
    let (case, photo) = asked_for(&visitor, &number, &photo).await?;
    let made = match redact::areas("areas", form.get("areas")) {
        Ok(areas) => redact::copy(&visitor.district, photo.file.clone(), areas).await,
        Err(problem) => Err(problem.into()),
    };
    let copy = match made {
        Ok(copy) => copy.hash,
        Err(Failure::Invalid(wrong)) => {
            return page(&visitor, number, &photo, (wrong.into(), &form));
        }
        Err(other) => return Err(other),
    };
    let shelf = Shelf::of(&visitor.district);
    let act = Redact { case, photo: photo.id, copy, shelf };
    visitor.perform(form.act_id(visitor.district.new_id()), act).await?;
    Ok(see_other(&format!("/cases/{}?done=release_photos#photos", escaped(&number))))
}
