//! The page on which a year's notice is looked at and taken over, and working hours are set.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::routing::get;
use linli_rules::calendar::{DayKind, Found, Limit, LimitKind, Schedule};

use super::acts::{SetHours, SetUsualLimit, TakeYear};
use super::{CHANGE, MOST_BYTES, SETTINGS, lacking, missing, shipped, store};
use crate::act::{Act, Done, Failure, FieldProblem};
use crate::base::{Day, Id};
use crate::district::Districts;
use crate::page::{
    Bringing, Brought, Form, Frame, Page, Problems, Visitor, page_above, render, see_other,
};
use crate::people;
use crate::words::Lang;

pub fn routes() -> Router<Districts> {
    Router::new()
        .route("/admin/calendar", get(show).post(take))
        .route("/admin/calendar/hours", get(page_above).post(hours))
        .route("/admin/calendar/limit", get(page_above).post(limit))
}

fn allowed(visitor: &Visitor) -> Done<()> {
    visitor.duty(CHANGE)
}

/// A year that the district reckons with.
struct YearLine {
    year: i32,
    /// Empty for one that is shipped.
    source: String,
    since: String,
    off: usize,
    make_up: usize,
}

/// What held once, or was replaced.
struct PastLine {
    what: String,
    said: String,
    since: String,
    until: String,
}

struct HoursLine {
    name: String,
    slots: String,
    reason: String,
    since: String,
}

/// What a file would bring.
struct Preview {
    off: Vec<String>,
    make_up: Vec<String>,
    problems: Vec<String>,
    doubts: Vec<String>,
    elsewhere: usize,
    replaces: bool,
    right: bool,
    /// The holidays without a day off, where taking it nevertheless needs a tick.
    lacks: String,
}

#[derive(Template)]
#[template(path = "calendar/pages/calendar.html")]
struct CalendarPage {
    f: Frame,
    act_id: Id,
    hours_id: Id,
    limit_id: Id,
    /// The version a year is taken over on, as the form that comes back has it.
    years_seen: i64,
    hours_seen: i64,
    limit_seen: i64,
    usual: Limit,
    /// Kinds of limit with their names; none for who may not set it.
    limit_kinds: Vec<(&'static str, String)>,
    problems: Problems,
    missing: Vec<i32>,
    years: Vec<YearLine>,
    past: Vec<PastLine>,
    hours: Vec<HoursLine>,
    bodies: Vec<(Id, String)>,
    sent: Sent,
    preview: Option<Preview>,
    form: Form,
}

impl CalendarPage {
    /// Hours that come back because they are short: sent again as they are, they are meant.
    fn short(&self) -> String {
        let asked = self.problems.all.iter().any(|problem| problem.code == "work_slots_short");
        let read = Schedule::read(self.form.get("slots"), linli_rules::time::CHINA);
        read.ok().filter(|_| asked).map(|read| read.text()).unwrap_or_default()
    }

    /// As it was typed, where the form comes back; else as it is.
    fn limit_n(&self) -> String {
        let typed = self.form.get("limit_n");
        if typed.is_empty() { self.usual.n.to_string() } else { typed.to_owned() }
    }

    /// The version that the form was made from where it comes back with what was typed; else the
    /// one that this page shows.
    fn seen(&self, typed: &str, now: &i64) -> i64 {
        if self.form.get(typed).is_empty() { *now } else { seen(&self.form) }
    }

    fn limit_kind(&self) -> &str {
        let typed = self.form.get("limit_kind");
        if typed.is_empty() { self.usual.kind.name() } else { typed }
    }
}

/// What the form sent.
#[derive(Clone, Default)]
struct Sent {
    year: String,
    source: String,
    text: String,
    step: String,
    incomplete: bool,
    seen: i64,
    act_id: Option<Id>,
}

/// What is kept of the calendar.
struct Kept {
    years: Vec<store::Year>,
    hours: Vec<store::SetTo>,
    bodies: Vec<(Id, String)>,
    missing: Vec<i32>,
    usual: Limit,
    years_seen: i64,
    hours_seen: i64,
    limit_seen: i64,
}

async fn kept(visitor: &Visitor) -> Done<Kept> {
    let (now, offset) = (visitor.district.now(), visitor.district.config.offset_minutes);
    visitor
        .read(move |tx| {
            let bodies = people::store::bodies(tx)?;
            Ok(Kept {
                years: store::all_years(tx)?,
                hours: store::all_hours(tx)?,
                bodies: bodies.into_iter().map(|body| (body.id, body.name)).collect(),
                missing: missing(tx, now, offset)?,
                usual: store::usual_limit(tx)?,
                years_seen: store::years_version(tx)?,
                hours_seen: store::hours_version(tx)?,
                limit_seen: store::usual_limit_version(tx)?,
            })
        })
        .await
}

async fn show(visitor: Visitor) -> Page {
    page(&visitor, Sent::default(), None, Form::default(), Problems::default()).await
}

async fn page(
    visitor: &Visitor,
    sent: Sent,
    preview: Option<Preview>,
    form: Form,
    problems: Problems,
) -> Page {
    allowed(visitor)?;
    let kept = kept(visitor).await?;
    let wrong = !problems.is_empty() || preview.as_ref().is_some_and(|preview| !preview.right);
    let page = render(&CalendarPage {
        f: visitor.frame(visitor.lang.say("calendar.title")),
        act_id: visitor.district.new_id(),
        hours_id: visitor.district.new_id(),
        limit_id: visitor.district.new_id(),
        usual: kept.usual,
        years_seen: if sent.step == "do" { sent.seen } else { kept.years_seen },
        hours_seen: kept.hours_seen,
        limit_seen: kept.limit_seen,
        limit_kinds: limit_kinds(visitor),
        problems,
        years: years(visitor, &kept),
        past: past(visitor, &kept),
        hours: standing_hours(visitor, &kept),
        missing: kept.missing,
        bodies: kept.bodies,
        sent,
        preview,
        form,
    })?;
    if wrong { Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response()) } else { Ok(page) }
}

/// How many days off and make-up days a year has.
fn counts<'a>(days: impl Iterator<Item = (Day, &'a DayKind)>) -> (usize, usize) {
    let kinds: Vec<bool> = days.map(|(_, kind)| matches!(kind, DayKind::MakeUp(_))).collect();
    let make_up = kinds.iter().filter(|make_up| **make_up).count();
    (kinds.len() - make_up, make_up)
}

/// The last shipped years and all that were taken over, newest first.
fn years(visitor: &Visitor, kept: &Kept) -> Vec<YearLine> {
    let mut lines: BTreeMap<i32, YearLine> = BTreeMap::new();
    for year in shipped().years() {
        let (off, make_up) = counts(shipped().days_of(year));
        let (source, since) = (String::new(), String::new());
        lines.insert(year, YearLine { year, source, since, off, make_up });
    }
    for taken in kept.years.iter().filter(|year| year.until.is_none()) {
        let read = linli_rules::calendar::Calendar::from_json(&taken.days).unwrap_or_default();
        let (off, make_up) = counts(read.days_of(taken.year));
        let line = YearLine {
            year: taken.year,
            source: taken.source.clone(),
            since: visitor.district.local(taken.since),
            off,
            make_up,
        };
        lines.insert(taken.year, line);
    }
    lines.into_values().rev().take(5).collect()
}

fn body_name(visitor: &Visitor, kept: &Kept, body: &str) -> String {
    if body.is_empty() {
        return visitor.lang.say("calendar.whole_district");
    }
    let found = kept.bodies.iter().find(|(id, _)| id.as_str() == body);
    found.map_or_else(|| body.to_owned(), |(_, name)| name.clone())
}

fn past(visitor: &Visitor, kept: &Kept) -> Vec<PastLine> {
    let day = |at| visitor.district.local(at);
    let years = kept.years.iter().filter_map(|year| {
        let until = day(year.until?);
        let what = year.year.to_string();
        Some(PastLine { what, said: year.source.clone(), since: day(year.since), until })
    });
    let hours = kept.hours.iter().filter_map(|set| {
        let until = day(set.until?);
        let what = body_name(visitor, kept, &set.body);
        Some(PastLine { what, said: set.slots.clone(), since: day(set.since), until })
    });
    years.chain(hours).collect()
}

fn standing_hours(visitor: &Visitor, kept: &Kept) -> Vec<HoursLine> {
    let standing = || kept.hours.iter().filter(|set| set.until.is_none());
    let mut lines: Vec<HoursLine> = Vec::new();
    if !standing().any(|set| set.body.is_empty()) {
        lines.push(HoursLine {
            name: body_name(visitor, kept, ""),
            slots: Schedule::default().text(),
            reason: visitor.lang.say("calendar.usual"),
            since: String::new(),
        });
    }
    lines.extend(standing().map(|set| HoursLine {
        name: body_name(visitor, kept, &set.body),
        slots: set.slots.clone(),
        reason: set.reason.clone(),
        since: visitor.district.local(set.since),
    }));
    lines
}

async fn take(visitor: Visitor, brought: Bringing) -> Page {
    allowed(&visitor)?;
    let (sent, mut problems) = read(brought).await;
    let year = sent.year.parse::<i32>().ok().filter(|year| (2000..=2100).contains(year));
    if year.is_none() {
        problems.add(FieldProblem::new("year", "calendar_year"));
    }
    if sent.source.is_empty() {
        problems.add(FieldProblem::new("source", "calendar_source").with("max", 200));
    }
    if sent.text.trim().is_empty() {
        problems.add(FieldProblem::new("file", "no_file"));
    }
    let (Some(year), true) = (year, problems.is_empty()) else {
        return page(&visitor, sent, None, Form::default(), problems).await;
    };
    let found = linli_rules::calendar::read(&sent.text, year);
    let whole = found.lacks.is_empty() || sent.incomplete;
    if sent.step == "do" && found.is_good() && !whole {
        problems.add(FieldProblem::new("incomplete", "calendar_incomplete"));
    }
    if sent.step == "do" && found.is_good() && whole {
        let id = sent.act_id.clone().unwrap_or_else(|| visitor.district.new_id());
        let days = found.calendar.year_json(year);
        let days = days.map_err(|e| crate::base::Fault::new(e.to_string()))?;
        let (source, seen) = (sent.source.clone(), sent.seen);
        let act = TakeYear { id: id.clone(), year, days, source, seen };
        match put(&visitor, id, act).await? {
            wrong if wrong.is_empty() => return Ok(see_other("/admin/calendar")),
            wrong => problems = wrong.into(),
        }
    }
    let known = kept(&visitor).await?;
    let there = shipped().covers(year)
        || known.years.iter().any(|one| one.year == year && one.until.is_none());
    let preview = preview(&found, there, visitor.lang);
    page(&visitor, sent, Some(preview), Form::default(), problems).await
}

fn preview(found: &Found, replaces: bool, lang: Lang) -> Preview {
    let line = |(day, name): &(Day, linli_rules::Words)| {
        let weekday = lang.say(&format!("calendar.weekday.{}", day.weekday() as u8 + 1));
        format!("{day} {weekday} {}", name.in_lang(lang.code()))
    };
    let problem = |bad: &linli_rules::calendar::BadLine| match bad.line {
        0 => bad.reason.in_lang(lang.code()).to_owned(),
        n => format!("{} {}", lang.with("calendar.line", &n), bad.reason.in_lang(lang.code())),
    };
    Preview {
        off: found.off.iter().map(line).collect(),
        make_up: found.make_up.iter().map(line).collect(),
        problems: found.problems.iter().map(problem).collect(),
        doubts: found.doubts.iter().map(|one| one.in_lang(lang.code()).to_owned()).collect(),
        elsewhere: found.elsewhere,
        replaces,
        right: found.is_good(),
        lacks: lacking(found, lang),
    }
}

/// Reads the form: a file, or the text that was looked at before.
async fn read(brought: Bringing) -> (Sent, Problems) {
    let mut brought = brought.file(MOST_BYTES, Some("text")).await;
    let text = brought.text("text");
    let Brought { form, problems, .. } = brought;
    let field = |name: &str| form.get(name).to_owned();
    let sent = Sent {
        year: field("year"),
        source: field("source"),
        text,
        step: field("step"),
        incomplete: form.get("incomplete") == "yes",
        seen: seen(&form),
        act_id: Id::parse(form.get("act_id")),
    };
    (sent, problems)
}

/// Performs, or gives what was wrong with the form.
async fn put<A: Act>(visitor: &Visitor, id: Id, act: A) -> Done<Vec<FieldProblem>> {
    match visitor.perform(id, act).await {
        Ok(_) => Ok(Vec::new()),
        Err(Failure::Invalid(wrong)) => Ok(wrong),
        Err(other) => Err(other),
    }
}

/// Shorter days are asked back: they are more often a slip than meant.
const SHORT_MINUTES: u16 = 4 * 60;

/// Hours that are open for so short a time that whoever wrote them is asked, and was not yet.
fn asked_back(form: &Form) -> bool {
    let read = Schedule::read(form.get("slots"), linli_rules::time::CHINA);
    let short = |read: &Schedule| read.open_minutes() < SHORT_MINUTES;
    read.ok().filter(short).is_some_and(|read| read.text() != form.get("short"))
}

/// The version a form was made from; none that there is where it does not say.
fn seen(form: &Form) -> i64 {
    form.get("seen").parse().unwrap_or(0)
}

async fn hours(visitor: Visitor, form: Form) -> Page {
    allowed(&visitor)?;
    if asked_back(&form) {
        let wrong = vec![FieldProblem::new("slots", "work_slots_short")];
        return page(&visitor, Sent::default(), None, form, wrong.into()).await;
    }
    let body = match form.row("body", "no_such_body") {
        Ok(body) => body,
        Err(wrong) => {
            return page(&visitor, Sent::default(), None, form, vec![wrong].into()).await;
        }
    };
    let id = form.act_id(visitor.district.new_id());
    let act = SetHours {
        id: id.clone(),
        body,
        slots: form.get("slots").to_owned(),
        reason: form.get("reason").to_owned(),
        seen: seen(&form),
    };
    match put(&visitor, id, act).await? {
        wrong if wrong.is_empty() => Ok(see_other("/admin/calendar")),
        wrong => page(&visitor, Sent::default(), None, form, wrong.into()).await,
    }
}

fn limit_kinds(visitor: &Visitor) -> Vec<(&'static str, String)> {
    let all = LimitKind::ALL.iter().filter(|_| visitor.may(SETTINGS));
    let name =
        |kind: &LimitKind| visitor.lang.say(&format!("catalogue.limit_kind.{}", kind.name()));
    all.map(|kind| (kind.name(), name(kind))).collect()
}

async fn limit(visitor: Visitor, form: Form) -> Page {
    allowed(&visitor)?;
    let id = form.act_id(visitor.district.new_id());
    let act = SetUsualLimit {
        id: id.clone(),
        kind: form.get("limit_kind").to_owned(),
        n: form.get("limit_n").parse().unwrap_or_default(),
        seen: seen(&form),
    };
    match put(&visitor, id, act).await? {
        wrong if wrong.is_empty() => Ok(see_other("/admin/calendar")),
        wrong => page(&visitor, Sent::default(), None, form, wrong.into()).await,
    }
}
