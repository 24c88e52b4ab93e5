//! The page that takes a table of addresses: first it is looked at, then all of it is entered.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;

use super::acts::ImportAddresses;
use super::address_file::{self, Line, Looked};
use super::import::MOST_BYTES;
use super::{Place, edit, ground};
use crate::act::{Done, Failure, FieldProblem};
use crate::base::Id;
use crate::page::{Bringing, Brought, Frame, Page, Problems, Visitor, aside, render, see_other};

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

pub(super) async fn show(visitor: Visitor, Path(code): Path<String>) -> Page {
    let place = editable(&visitor, code).await?;
    page(&visitor, place, &Sent::default(), Problems::default(), &[])
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
        return page(&visitor, place, &sent, problems, &[]);
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
    page(&visitor, place, &sent, problems, &looked)
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
    looked: &[Looked],
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
        place,
        problems,
    })?;
    if unread || wrong > 0 {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}
