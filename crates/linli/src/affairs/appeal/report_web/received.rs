//! The confirmation: the number, who has it, until when they look at it, and what comes next.

use askama::Template;
use axum::extract::Path;
use axum::http::HeaderMap;

use super::super::kit;
use super::super::report::is_attended;
use super::super::store as cases;
use super::super::view::time;
use super::{asked, open};
use crate::act::{Done, Failure, Refusal};
use crate::base::{Id, Instant};
use crate::catalogue::{self, Standard};
use crate::matter::pace::Outlook;
use crate::matter::{self, CASES, Matter, timeline as lines};
use crate::page::{Frame, Page, Visitor, render};
use crate::people::store as people;
use crate::territory;

#[derive(Template)]
#[template(path = "affairs/appeal/pages/report_received.html")]
struct ReceivedPage {
    f: Frame,
    number: String,
    title: String,
    due: Option<String>,
    /// When the whole of it is done at the latest, if each step takes all its time.
    expected: Option<String>,
    /// Years whose holidays the due time does without.
    guessed: Option<String>,
    body: Option<String>,
    limit: Option<String>,
    /// Somebody is in post who takes it.
    attended: bool,
    /// Its reporter can follow it under their own name.
    mine: bool,
    /// The visitor is the reporter, not the clerk who wrote it for them.
    own: bool,
    is_public: bool,
    receipt: Option<Id>,
    /// When it came, and where it is.
    opened: String,
    place: String,
    /// The telephone of the body that has it.
    phone: Option<String>,
    /// Where the district is served, for paper.
    address: String,
}

struct Found {
    matter: Matter,
    body: Option<people::Body>,
    place: String,
    /// The act by which it was reported.
    reported: Option<Id>,
    limit: Option<(String, i64)>,
    expected: Option<Instant>,
    guessed: Option<String>,
    attended: bool,
    mine: bool,
    for_other: bool,
}

pub async fn show(visitor: Visitor, headers: HeaderMap, Path(number): Path<String>) -> Page {
    let pad = open(&visitor, &headers, &asked(&visitor)).await?;
    let pad = pad.filter(|pad| pad.draft.sent.as_ref() == Some(&number));
    let mut found = find(&visitor, number, pad.is_some()).await?;
    found.for_other = pad.as_ref().is_some_and(|pad| pad.draft.behalf(&visitor).is_some());
    let (lang, district) = (visitor.lang, &visitor.district);
    let offset = district.config.offset_minutes;
    let short = |at: Instant| time::short(lang, at, district.now(), offset);
    render(&ReceivedPage {
        f: visitor.frame(lang.say("report.received.title")),
        due: found.matter.due_at.filter(|_| found.attended).map(short),
        expected: found.expected.filter(|_| found.attended).map(short),
        attended: found.attended,
        guessed: found.guessed,
        phone: found.body.as_ref().and_then(|body| body.phone.clone()),
        body: found.body.map(|body| body.name),
        opened: district.local(found.matter.opened_at),
        address: district.config.address.trim_end_matches('/').to_owned(),
        place: found.place,
        limit: found.limit.map(|(kind, n)| time::limit(lang, &kind, n)),
        is_public: found.matter.publicity == "public",
        receipt: match (found.mine, found.for_other) {
            (true, _) => found.reported,
            (false, true) => pad.map(|pad| pad.key),
            (false, false) => None,
        },
        mine: found.mine || found.for_other,
        own: found.mine,
        number: found.matter.number,
        title: found.matter.title,
    })
}

/// Shown to the browser that sent it, and to whom it belongs.
async fn find(visitor: &Visitor, number: String, sent_here: bool) -> Done<Found> {
    let person = visitor.actor.person.clone();
    let (duties, actor) = (visitor.duties.clone(), visitor.actor.clone());
    let (district, now) = (visitor.district.clone(), visitor.district.now());
    let known = kit(&district).ok_or_else(|| Refusal::new("no_procedure"))?;
    visitor
        .read(move |tx| {
            let id = matter::store::id_of(tx, &number)?.ok_or(Failure::Hidden)?;
            let matter = matter::store::matter(tx, id.as_str())?.ok_or(Failure::Hidden)?;
            let mine = person.is_some() && matter.owner == person;
            let reach = CASES.reach(tx, id.as_str())?.ok_or(Failure::Hidden)?;
            let sees = mine && duties.decide(&actor, CASES.see, &reach).granted();
            if !sees && !sent_here {
                return Err(Failure::Hidden);
            }
            let body = match &matter.body {
                Some(body) => people::body(tx, body)?,
                None => None,
            };
            let standard = match cases::known(tx, &id)?.standard {
                Some(standard) => catalogue::store::standard(tx, &standard)?,
                None => None,
            };
            let pace = standard.as_ref().map(Standard::pace).unwrap_or_default();
            let mut told = lines::entries(tx, &id)?.into_iter();
            let guessed = matter::clock::guessed(tx, &id, matter.due_at)?;
            let expected = Outlook::new(&known, now).expected(tx, &matter, &pace)?;
            Ok(Found {
                body,
                place: territory::name_of_path(&district, tx, &matter.place_path)?,
                reported: told.next().map(|first| first.act_id),
                limit: standard
                    .map(|s| s.time())
                    .map(|limit| (limit.kind.name().to_owned(), i64::from(limit.n))),
                guessed: match &expected {
                    Some(expected) => expected.and_guessed(guessed),
                    None => guessed,
                },
                expected: expected.map(|expected| expected.at),
                attended: is_attended(tx, &duties, matter.reach(), now)?,
                mine,
                for_other: false,
                matter,
            })
        })
        .await
}
