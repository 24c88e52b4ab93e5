//! The first page: what happened, in words, with photos.

use askama::Template;
use axum::http::{HeaderMap, StatusCode};

use super::super::report::WORDS_MAX;
use super::super::upload::{self, Kept};
use super::{Draft, asked, gone, held_or_new, latest, open, store};
use crate::act::{Done, Failure};
use crate::base::{Id, text};
use crate::file::{self, MOST_PHOTOS};
use crate::page::{Bringing, Form, Frame, Page, Problems, Upload, Visitor, render};

#[derive(Template)]
#[template(path = "affairs/appeal/pages/report_words.html")]
struct WordsPage {
    f: Frame,
    key: Id,
    words: String,
    photos: Vec<Kept>,
    most: usize,
    max: usize,
    problems: Problems,
    gone: bool,
    back: String,
    begun: Option<Begun>,
}

/// Letters of a report by which its writer knows it again.
const GLANCE: usize = 40;

/// A report that was begun here and not sent.
struct Begun {
    words: String,
    /// The step at which it was left.
    go_on: String,
}

impl WordsPage {
    /// `aria-describedby` of the photos.
    fn photos_described(&self) -> &'static str {
        match self.problems.at(&self.f.lang, "photos").is_empty() {
            true => "photos-hint",
            false => "photos-hint photos-error",
        }
    }
}

pub(super) fn shown(visitor: &Visitor, hashes: &[String]) -> Vec<Kept> {
    hashes.iter().map(|hash| Kept::of(&visitor.district.keys, hash)).collect()
}

pub async fn show(visitor: Visitor, headers: HeaderMap) -> Page {
    let query = asked(&visitor);
    let pad = open(&visitor, &headers, &query).await?.filter(|pad| pad.draft.sent.is_none());
    let gone = !query.get("gone").is_empty();
    let anew = !query.get("anew").is_empty();
    let begun = match (&pad, anew) {
        (None, false) => begun(&visitor, &headers).await?,
        _ => None,
    };
    let (key, draft) = match pad {
        Some(pad) => (pad.key, pad.draft),
        None => (visitor.district.new_id(), Draft::default()),
    };
    let page = page(&visitor, key, &draft, Problems::default(), gone);
    let mut response = render(&WordsPage { begun, ..page })?;
    if anew {
        store::forget(&mut response, &visitor.district.config);
    }
    Ok(response)
}

async fn begun(visitor: &Visitor, headers: &HeaderMap) -> Done<Option<Begun>> {
    let Some(pad) = latest(visitor, headers).await? else { return Ok(None) };
    let go_on = pad.next(visitor).await?;
    Ok(Some(Begun { words: text::shorten(&pad.draft.words, GLANCE), go_on }))
}

fn page(visitor: &Visitor, key: Id, draft: &Draft, problems: Problems, gone: bool) -> WordsPage {
    let seen = draft.class.is_some();
    WordsPage {
        f: visitor.frame(visitor.lang.say("report.words.title")),
        back: if seen { format!("/cases/new/check?d={key}") } else { "/".to_owned() },
        key,
        words: draft.words.clone(),
        photos: shown(visitor, &draft.photos),
        most: MOST_PHOTOS,
        max: WORDS_MAX,
        problems,
        gone,
        begun: None,
    }
}

pub async fn save(visitor: Visitor, headers: HeaderMap, brought: Bringing) -> Page {
    let posted = file::read(brought, Some("photos")).await;
    let config = &visitor.district.config;
    let token = store::token_or_new(&headers, config);
    let key = Id::parse(posted.form.get("d")).unwrap_or_else(|| visitor.district.new_id());
    let Some(mut pad) = held_or_new(&visitor, &token, key.clone()).await? else {
        return Ok(gone());
    };
    let mut problems = posted.problems;
    pad.draft.take_words(&posted.form, &mut problems);
    pad.draft.photos = kept_photos(&visitor, &posted.form);
    take_photos(&visitor, posted.files, &mut pad.draft.photos, &mut problems).await?;
    let mut response = if problems.is_empty() {
        pad.onward(&visitor).await?
    } else {
        store::save(&visitor, &pad.row, &pad.draft).await?;
        let mut again = render(&page(&visitor, pad.key, &pad.draft, problems, false))?;
        *again.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        again
    };
    store::remember(&mut response, config, &token, &key);
    Ok(response)
}

/// Photos taken in before that the form still names and nobody crossed out.
pub(super) fn kept_photos(visitor: &Visitor, form: &Form) -> Vec<String> {
    let mut kept = upload::kept(&visitor.district, form, "photos");
    kept.truncate(MOST_PHOTOS);
    kept
}

/// Takes new photos in; one that cannot be taken is said at the field, the others are kept.
pub(super) async fn take_photos(
    visitor: &Visitor,
    files: Vec<Upload>,
    kept: &mut Vec<String>,
    problems: &mut Problems,
) -> Done<()> {
    for upload in files.into_iter().filter(|upload| upload.field == "photos") {
        match file::take(&visitor.district, "photos", upload.bytes).await {
            Ok(stored) if kept.contains(&stored.hash) => {}
            Ok(_) if kept.len() >= MOST_PHOTOS => {
                let too_many = crate::act::FieldProblem::new("photos", "too_many_photos");
                problems.add(too_many.with("max", MOST_PHOTOS));
            }
            Ok(stored) => kept.push(stored.hash),
            Err(Failure::Invalid(wrong)) => wrong.into_iter().for_each(|p| problems.add(p)),
            Err(other) => return Err(other),
        }
    }
    Ok(())
}
