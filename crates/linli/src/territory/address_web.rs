//! The page of the addresses of a place. A table of them is first looked at, then all of it is
//! entered; those that are there are found, ticked and taken out.

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use serde::Deserialize;

use super::acts::{ImportAddresses, REMOVE, RemoveAddresses};
use super::address_file::{self, Line, Looked};
use super::import::MOST_BYTES;
use super::{Place, edit, ground, store};
use crate::act::{Done, Failure, FieldProblem};
use crate::base::Id;
use crate::page::{
    Bringing, Brought, Form, Frame, Page, Problems, Visitor, aside, render, see_other,
};

#[derive(Template)]
#[template(path = "territory/pages/address_import.html")]
struct AddressPage {
    f: Frame,
    place: Place,
    problems: Problems,
    act_id: Id,
    system: String,
    /// The table as text, for the form that confirms it.
    text: String,
    rows: Vec<Row>,
    wrong: usize,
    new: usize,
    known: usize,
    there: There,
}

/// Addresses of the place that were entered before, for whoever may take them out.
#[derive(Default)]
struct There {
    may_remove: bool,
    q: String,
    /// Each with the name of the place it lies in.
    found: Vec<(store::Address, String)>,
    /// How many are shown, where there are more.
    cut: Option<usize>,
    act_id: Option<Id>,
}

/// Addresses of a place that are shown at once.
const SHOWN: usize = 100;

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
}

/// One line, as the report tells it.
struct Row {
    number: usize,
    text: String,
    place: String,
    known: bool,
    problems: Vec<String>,
}

/// What the form sent.
#[derive(Default)]
struct Sent {
    lines: Vec<Line>,
    system: String,
    confirmed: bool,
    act_id: Option<Id>,
}

pub(super) async fn show(
    visitor: Visitor,
    Path(code): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let place = editable(&visitor, code).await?;
    let there = there(&visitor, &place, asked.q).await?;
    page(&visitor, place, &Sent::default(), Problems::default(), (&[], there))
}

async fn there(visitor: &Visitor, place: &Place, q: String) -> Done<There> {
    if !edit::may(visitor, REMOVE, &place.path) {
        return Ok(There::default());
    }
    let (district, path, wanted) = (visitor.district.clone(), place.path.clone(), q.clone());
    let mut found = visitor
        .read(move |tx| {
            let ground = ground(&district, tx)?;
            let most = SHOWN as i64 + 1;
            let found = match wanted.trim() {
                "" => store::addresses_under(tx, &path, most)?,
                q => store::addresses_matching(tx, &path, q, most)?,
            };
            let named = found.into_iter().map(|one| {
                let place = ground.name_of_path(&one.place_path);
                (one, place)
            });
            Ok(named.collect::<Vec<_>>())
        })
        .await?;
    let cut = (found.len() > SHOWN).then_some(SHOWN);
    found.truncate(SHOWN);
    Ok(There { may_remove: true, q, found, cut, act_id: Some(visitor.district.new_id()) })
}

/// Takes out the addresses that were ticked.
pub(super) async fn remove(visitor: Visitor, Path(code): Path<String>, form: Form) -> Page {
    let place = editable(&visitor, code).await?;
    let addresses = form.ids("address").ok_or(Failure::Hidden)?;
    let act = RemoveAddresses { within: place.id.clone(), addresses };
    let id = form.act_id(visitor.district.new_id());
    match visitor.perform(id, act).await {
        Ok(done) => Ok(see_other(&format!(
            "/admin/places/{}/addresses?done={REMOVE}&removed={}",
            place.code, done.outcome
        ))),
        Err(Failure::Invalid(wrong)) => {
            let there = there(&visitor, &place, form.get("q").to_owned()).await?;
            page(&visitor, place, &Sent::default(), wrong.into(), (&[], there))
        }
        Err(other) => Err(other),
    }
}

/// The place, if the visitor may enter addresses there.
async fn editable(visitor: &Visitor, code: String) -> Done<Place> {
    let place = edit::editable(visitor, code).await?;
    if edit::tasks(visitor, &place).contains(&"addresses") {
        Ok(place)
    } else {
        Err(Failure::Hidden)
    }
}

pub(super) async fn take(visitor: Visitor, Path(code): Path<String>, brought: Bringing) -> Page {
    let place = editable(&visitor, code).await?;
    let (sent, mut problems) = read(brought).await?;
    let pointed = sent.lines.iter().any(|line| !line.lat.is_empty() || !line.lng.is_empty());
    match sent.system.as_str() {
        "wgs84" => {}
        _ if !pointed => {}
        "" => problems.add(FieldProblem::new("system", "import_choose_system")),
        _ => problems.add(FieldProblem::new("system", "import_system")),
    }
    if sent.lines.is_empty() && problems.is_empty() {
        problems.add(FieldProblem::new("file", "import_empty"));
    }
    if !problems.is_empty() {
        return page(&visitor, place, &sent, problems, (&[], There::default()));
    }
    let looked = look(&visitor, &place, sent.lines.clone()).await?;
    let right = looked.iter().all(|one| one.problems.is_empty());
    if sent.confirmed && right {
        let id = sent.act_id.clone().unwrap_or_else(|| visitor.district.new_id());
        let addresses = address_file::to_enter(&looked);
        let act = ImportAddresses { within: place.id.clone(), addresses };
        visitor.perform(id, act).await?;
        return Ok(see_other(&format!("/grids/{}", place.code)));
    }
    page(&visitor, place, &sent, problems, (&looked, There::default()))
}

async fn look(visitor: &Visitor, place: &Place, lines: Vec<Line>) -> Done<Vec<Looked>> {
    let (district, within) = (visitor.district.clone(), place.clone());
    visitor
        .read(move |tx| {
            let ground = ground(&district, tx)?;
            Ok(address_file::look(tx, &ground, &within, &lines)?)
        })
        .await
}

/// Reads the form: a file, or the text that was looked at before.
async fn read(brought: Bringing) -> Done<(Sent, Problems)> {
    let brought = brought.file(MOST_BYTES, Some("text")).await;
    let Brought { mut form, file, mut problems, .. } = brought;
    let text = form.take("text");
    let read = aside(move || {
        Ok(match (file.as_slice(), text.as_str()) {
            ([], "") => Err(FieldProblem::new("file", "no_file")),
            ([], text) => address_file::lines_of_text(text),
            (file, _) => address_file::lines(file),
        })
    });
    let lines = read.await?.unwrap_or_else(|problem| {
        problems.add(problem);
        Vec::new()
    });
    let system = form.get("system").to_owned();
    let act_id = Id::parse(form.get("act_id"));
    Ok((Sent { lines, system, confirmed: form.get("step") == "do", act_id }, problems))
}

fn page(
    visitor: &Visitor,
    place: Place,
    sent: &Sent,
    problems: Problems,
    (looked, there): (&[Looked], There),
) -> Page {
    let lang = visitor.lang;
    let row = |one: &Looked| Row {
        number: one.number,
        text: one.text.clone(),
        place: one.place.as_ref().map(|place| place.name.clone()).unwrap_or_default(),
        known: one.known,
        problems: one.problems.iter().map(|problem| lang.problem(problem)).collect(),
    };
    let wrong = looked.iter().filter(|one| !one.problems.is_empty()).count();
    let known = looked.iter().filter(|one| one.known).count();
    let unread = !problems.is_empty();
    let mut response = render(&AddressPage {
        f: visitor.frame(lang.with("territory.addresses.title", &place.name)),
        act_id: visitor.district.new_id(),
        system: sent.system.clone(),
        text: address_file::as_text(&sent.lines),
        rows: looked.iter().map(row).collect(),
        new: looked.len().saturating_sub(known + wrong),
        wrong,
        known,
        there,
        place,
        problems,
    })?;
    if unread || wrong > 0 {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}
