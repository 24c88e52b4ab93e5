//! 审计: who looked at what is hidden and why, who changed the duty list, what was done with accounts
//! and posts. For those whose work is to look over the others' shoulders.

use askama::Template;

use super::store::{self, DoneRow};
use crate::act::{Done, OPERATOR};
use crate::base::{Day, Id, Instant};
use crate::page::{Form, Frame, Page, Visitor, render};
use crate::people;
use crate::store::ReadTx;

/// The act of the duty list by which this is looked over.
pub(super) const LOOK_OVER: &str = "log.see";
/// Lines on a page.
const A_PAGE: i64 = 50;
/// Signing in is no matter of the account, nor that residents follow their grid.
const ACCOUNTS: &[&str] = &[
    "staff.",
    "post.",
    "person.register",
    "person.consent",
    "person.correct_own",
    "person.close_own",
    "person.secure_own",
    "body.",
    "remit.",
    "api_key.",
];
/// Looks are read of those who looked; the others of the book of acts, by how their names begin.
const KINDS: [(&str, &[&str]); 3] = [
    ("looks", &[]),
    ("duties", &["duty.", "post_kind.", "process.", "setting."]),
    ("accounts", ACCOUNTS),
];

/// Whether an act is among those listed here, which each have a receipt.
pub(super) fn lists(act: &str) -> bool {
    KINDS.iter().flat_map(|(_, names)| *names).any(|name| act.starts_with(name))
}

#[derive(Template)]
#[template(path = "record/pages/deeds.html")]
struct DeedsPage {
    f: Frame,
    kind: &'static str,
    day: Option<Day>,
    lines: Vec<Line>,
    newer: Option<String>,
    older: Option<String>,
}

impl DeedsPage {
    fn kinds(&self) -> Vec<(&'static str, String)> {
        let title = |(kind, _): &(&'static str, _)| (*kind, self.f.say(&format!("deeds.{kind}")));
        KINDS.iter().map(title).collect()
    }

    fn shown_day(&self) -> String {
        self.day.map(|day| day.to_string()).unwrap_or_default()
    }
}

/// What was done, as it was put down.
struct Raw {
    at: Instant,
    act: String,
    post: String,
    /// A person's id, or the kind of an actor who is no person.
    who: String,
    /// The person's masked name.
    name: String,
    case: Option<String>,
    about: String,
    reason: String,
    receipt: Option<Id>,
}

struct Line {
    at: String,
    what: String,
    who: String,
    case: Option<String>,
    about: String,
    reason: String,
    receipt: Option<Id>,
}

pub async fn show(visitor: Visitor) -> Page {
    visitor.duty(LOOK_OVER)?;
    let query = visitor.path.split_once('?').map_or("", |(_, query)| query);
    let form = Form::parse(query.as_bytes()).unwrap_or_default();
    let asked = KINDS.iter().find(|(kind, _)| *kind == form.get("kind"));
    let (kind, names) = *asked.unwrap_or(&KINDS[0]);
    let day: Option<Day> = form.get("day").parse().ok();
    let page = form.get("page").parse().unwrap_or(0_i64).clamp(0, 100_000);
    let offset = visitor.district.config.offset_minutes;
    let span = day.map_or((Instant(0), Instant(i64::MAX)), |day| {
        (day.start(offset), day.next().start(offset))
    });
    let look = move |tx: &ReadTx<'_>| -> Done<_> {
        let mut all = raw(tx, names, span, page * A_PAGE)?;
        let more = all.len() as i64 > A_PAGE;
        all.truncate(usize::try_from(A_PAGE).unwrap_or_default());
        Ok((all, more))
    };
    let (all, more) = visitor.read(look).await?;
    let at = |page: i64| {
        let day = day.map(|day| format!("&day={day}")).unwrap_or_default();
        format!("/admin/audit?kind={kind}{day}&page={page}")
    };
    render(&DeedsPage {
        f: visitor.frame(visitor.lang.say("deeds.title")).wide(),
        kind,
        day,
        lines: all.into_iter().map(|raw| line(&visitor, raw)).collect(),
        newer: (page > 0).then(|| at(page - 1)),
        older: more.then(|| at(page + 1)),
    })
}

/// One line more than a page has, from the `from`th on.
fn raw(
    tx: &ReadTx<'_>,
    names: &'static [&'static str],
    span: (Instant, Instant),
    from: i64,
) -> Done<Vec<Raw>> {
    if names.is_empty() {
        let looks = people::store::looks_in(tx, span, (from, A_PAGE + 1))?;
        let raw = |look: people::store::LookAt| Raw {
            at: look.at,
            act: look.what,
            post: look.post.unwrap_or_default(),
            who: look.who,
            name: look.name.unwrap_or_default(),
            case: look.case,
            about: look.about.unwrap_or_default(),
            reason: look.reason.unwrap_or_default(),
            receipt: None,
        };
        return Ok(looks.into_iter().map(raw).collect());
    }
    let done = store::done_in(tx, names, span, (from, A_PAGE + 1))?;
    let raw = |done: DoneRow| Raw {
        at: done.at,
        act: done.name,
        post: done.post.unwrap_or_default(),
        who: done.actor,
        name: done.who.unwrap_or_default(),
        case: None,
        about: done.about.unwrap_or_default(),
        reason: String::new(),
        receipt: Some(done.id),
    };
    Ok(done.into_iter().map(raw).collect())
}

fn line(visitor: &Visitor, raw: Raw) -> Line {
    let lang = visitor.lang;
    let (post, person) = (raw.post, raw.name);
    let who = match (post.is_empty(), person.is_empty()) {
        (false, false) => format!("{post} · {person}"),
        (false, true) => post,
        (true, false) => person,
        (true, true) if raw.who == OPERATOR => lang.say("people.look.operator"),
        (true, true) => lang.say("people.look.no_post"),
    };
    let looked = lang.find(&format!("people.look.{}", raw.act.replace('.', "_")));
    Line {
        at: visitor.district.local(raw.at),
        what: looked.unwrap_or_else(|| visitor.act_title(&raw.act)),
        who,
        case: raw.case,
        about: raw.about,
        reason: raw.reason,
        receipt: raw.receipt,
    }
}
