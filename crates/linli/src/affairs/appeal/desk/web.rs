//! The pages of the desk.

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::routing::{get, post};

use super::super::case_web::{self, Shown};
use super::super::choices::places_within;
use super::super::offer::{Refused, onward_acts};
use super::super::view::{BY_CALL, Looker};
use super::super::{case_web::refused_in_words, kit};
use super::bulk::{self, Asked, Line, Outcome};
use super::call;
use super::filter::Filter;
use super::list::{COUNTED, Listing, Lists};
use super::saved::{self, SavedView};
use super::tabs::{self, Tab};
use super::undo::{self, Undo};
use super::{live, sheet};
use crate::act::{Done, Failure, FieldProblem, Refusal};
use crate::base::{Day, Fault, Id};
use crate::catalogue::{self, Book, Class};
use crate::district::Districts;
use crate::matter::Kit;
use crate::notice;
use crate::page::{
    Form, Frame, Page, Problems, Visitor, page_above, render, render_form, see_other,
};
use crate::people::remit::{self, Answering, BodyRef};
use crate::store::ReadTx;
use crate::territory;

/// The workbook of a list.
const BOOK: &str = "cases.xlsx";
/// There is another view of this name.
const VIEW_TAKEN: &str = "view_name_taken";

pub fn routes() -> Router<Districts> {
    Router::new()
        .route("/desk", get(desk))
        .route("/desk/live", get(live::live))
        .route("/desk/bulk", get(page_above).post(preview))
        .route("/desk/bulk/confirm", get(page_above).post(confirm))
        .route("/desk/views", get(page_above).post(keep_view))
        .route("/desk/views/{id}/drop", post(drop_view))
        .route("/desk.xlsx", post(export))
}

/// Everything the desk shows, read in one snapshot.
struct Desk {
    filter: Filter,
    listing: Listing,
    tabs: Vec<Tab>,
    views: Vec<SavedView>,
    open: Option<Shown>,
    /// The list has a case beside it, and so less room.
    split: bool,
    book: std::sync::Arc<Book>,
    places: Vec<(String, String)>,
    /// Those a filter may name.
    bodies: Vec<BodyRef>,
    /// Those that some row of the page may be dispatched to.
    to: Vec<Answering>,
    /// What the tab of calls holds, where that is the one shown.
    about_calls: Option<String>,
}

#[derive(Template)]
#[template(path = "affairs/appeal/pages/desk.html", blocks = ["cases"])]
struct DeskPage {
    f: Frame,
    d: Desk,
    /// Acts that can be done with many at once, and what their buttons say.
    bulk: Vec<(&'static str, String)>,
    may_export: bool,
    may_measure: bool,
    done: Option<String>,
    /// What was just done with many at once, while it can be taken back.
    undo: Option<Undo>,
    /// The list as it is, to come back to.
    back: String,
    /// The name of a view that was not kept, and why not.
    view_title: String,
    problems: Problems,
}

impl DeskPage {
    /// The name of the view is another's, which it may take the place of.
    fn view_taken(&self) -> bool {
        self.problems.all.iter().any(|problem| problem.code == VIEW_TAKEN)
    }

    fn total(&self) -> String {
        self.so_many(self.d.listing.total)
    }

    fn so_many(&self, n: i64) -> String {
        match n {
            more if more > COUNTED => self.f.with("desk.more_than", &COUNTED),
            n => self.f.with("desk.total", &n),
        }
    }

    fn see_all(&self) -> String {
        self.f.with("desk.see_all", &self.so_many(self.d.listing.elsewhere))
    }

    /// Why the list is empty.
    fn none(&self) -> String {
        let filter = &self.d.filter;
        self.f.say(match filter.tab.as_str() {
            _ if self.d.listing.elsewhere > 0 => "desk.none_in_tab",
            _ if filter.narrowed() => "desk.none_found",
            "todo" => "desk.none_to_do",
            call::TAB => "desk.none_to_call",
            _ => "desk.none",
        })
    }

    fn day(&self, day: &Option<Day>) -> String {
        day.map(|day| day.to_string()).unwrap_or_default()
    }

    fn name_of<'a>(&self, class: &'a Class) -> &'a str {
        class.title.pick(self.f.lang)
    }

    fn may(&self, act: &str) -> bool {
        self.bulk.iter().any(|(one, _)| *one == act)
    }

    fn sorts(&self) -> Vec<(&'static str, String)> {
        let title = |sort: &&'static str| (*sort, self.f.say(&format!("desk.sort.{sort}")));
        super::filter::SORTS.iter().map(title).collect()
    }

    fn columns(&self) -> Vec<(&'static str, String)> {
        let title = |column: &&'static str| (*column, self.f.say(&format!("desk.column.{column}")));
        super::filter::COLUMNS.iter().map(title).collect()
    }

    fn sources(&self) -> Vec<(&'static str, String)> {
        let all = ["web", "counter", "field", "open311", "import", "api"];
        all.iter().map(|s| (*s, self.f.say(&format!("case.source.{s}")))).collect()
    }
}

fn query_of(visitor: &Visitor) -> String {
    visitor.path.split_once('?').map_or("", |(_, query)| query).to_owned()
}

/// The desk belongs to posts; a resident has their own pages.
fn at_work(visitor: &Visitor) -> Done<Id> {
    let person = visitor.person()?;
    if visitor.actor.post.is_none() || !visitor.may("case.see") {
        return Err(Failure::Hidden);
    }
    Ok(person)
}

/// Whether a case ever waits for the visitor; for others the desk is there to look things up.
pub fn has_work(visitor: &Visitor) -> Done<bool> {
    let kit = kit(&visitor.district).ok_or_else(|| Refusal::new("no_procedure"))?;
    let mut onward = onward_acts(&kit.process).into_iter();
    Ok(onward.any(|act| visitor.may(&format!("case.{act}"))))
}

async fn desk(headers: HeaderMap, visitor: Visitor) -> Page {
    let query = query_of(&visitor);
    if query.is_empty() && !has_work(&visitor)? {
        at_work(&visitor)?;
        return Ok(see_other("/desk?tab=all"));
    }
    let undo = Undo::kept(&visitor, &headers);
    desk_page(visitor, &query, CameBack { undo, ..CameBack::default() }).await
}

/// What the desk says besides its cases: forms that were not taken, and a way back.
#[derive(Default)]
struct CameBack {
    /// A name for a view, and why it was not kept.
    view: (String, Problems),
    /// A move that was not made with the open case.
    refused: Refused,
    /// What was just done with many at once.
    undo: Option<Undo>,
}

/// The desk one was at, with the form of a move that was not made with the case beside the list.
pub async fn not_moved(mut visitor: Visitor, next: &str, number: &str, refused: Refused) -> Page {
    let query = next.split_once('?').map_or("", |(_, query)| query);
    let filter = Filter::parse(query);
    let address = filter.opening(number);
    let query = address.split_once('?').map_or("", |(_, query)| query);
    // The page is the desk's, wherever the form was sent.
    visitor.path.clone_from(&address);
    desk_page(visitor, query, CameBack { refused, ..CameBack::default() }).await
}

/// The desk by a filter.
async fn desk_page(mut visitor: Visitor, query: &str, mut came_back: CameBack) -> Page {
    let person = at_work(&visitor)?;
    let filter = Filter::parse(query);
    let asked = Form::parse(query.as_bytes()).unwrap_or_default();
    let done = case_web::told_of(&visitor, asked.get("done")).map(|told| told.words);
    let looker = Looker::from(&visitor);
    let kit = kit(&visitor.district).ok_or_else(|| Refusal::new("no_procedure"))?;
    let part = visitor.wants("cases");
    let refused = std::mem::take(&mut came_back.refused);
    let read = move |tx: &ReadTx<'_>| match part {
        true => read_cases(tx, &looker, &kit, filter),
        false => read_desk(tx, &looker, &kit, filter, (&person, &refused)),
    };
    let d = visitor.read(read).await?;
    if let Some(open) = &d.open {
        notice::opened(&mut visitor, &open.c.matter.id).await?;
    }
    let takes = |act: &&'static str| d.listing.rows.iter().any(|row| row.can.contains(act));
    let bulk = bulk::ACTS.into_iter().filter(takes);
    let button = |act| {
        let title = visitor.act_title(&format!("case.{act}"));
        (act, visitor.lang.with("desk.bulk.preview", &title))
    };
    let frame = visitor.frame(visitor.lang.say("page.nav.desk")).wide();
    let with_map = d.open.as_ref().is_some_and(|open| open.c.point.is_some());
    let page = DeskPage {
        f: if with_map { frame.with_map() } else { frame },
        bulk: bulk.map(button).collect(),
        may_export: visitor.may("case.export"),
        may_measure: visitor.may("case.measure"),
        done,
        undo: came_back.undo,
        back: d.filter.closed(),
        d,
        view_title: came_back.view.0,
        problems: came_back.view.1,
    };
    if part { render(&page.as_cases()) } else { render_form(&page, &page.problems) }
}

/// The list alone, as the page asks for it when something has changed.
fn read_cases(tx: &ReadTx<'_>, looker: &Looker, kit: &Kit, filter: Filter) -> Done<Desk> {
    let lists = Lists { tx, looker, process: &kit.process, now: looker.district.now() };
    let mut listing = lists.uncounted(&filter)?;
    Ok(Desk {
        to: bulk::mark(&lists, &mut listing.rows)?,
        listing,
        bodies: Vec::new(),
        book: catalogue::book(&looker.district, tx)?,
        split: !filter.open.is_empty(),
        tabs: Vec::new(),
        views: Vec::new(),
        open: None,
        places: Vec::new(),
        about_calls: None,
        filter,
    })
}

fn read_desk(
    tx: &ReadTx<'_>,
    looker: &Looker,
    kit: &Kit,
    filter: Filter,
    (person, refused): (&Id, &Refused),
) -> Done<Desk> {
    let now = looker.district.now();
    let lists = Lists { tx, looker, process: &kit.process, now };
    let mut listing = lists.page(&filter)?;
    let to = bulk::mark(&lists, &mut listing.rows)?;
    let tabs = tabs::tabs(&lists, &filter, &listing)?;
    let ground = territory::ground(&looker.district, tx)?;
    let chosen = ground.by_code(&filter.place).map_or("", |place| place.path.as_str());
    let below = places_within(&ground, &looker.actor.place_path, chosen);
    let open = match filter.open.as_str() {
        "" => None,
        number => opened(tx, looker, &filter, (number, refused))?,
    };
    Ok(Desk {
        tabs,
        views: saved::of_person(tx, person)?,
        book: catalogue::book(&looker.district, tx)?,
        places: below
            .into_iter()
            .map(|place| (place.code.clone(), ground.name_of_path(&place.path)))
            .collect(),
        bodies: remit::bodies_at_or_below(tx, &looker.actor.place_path)?,
        to,
        about_calls: (filter.tab == call::TAB).then(|| lists.about_calls()),
        split: open.is_some(),
        open,
        listing,
        filter,
    })
}

/// The case beside the list, its first onward form unfolded.
fn opened(
    tx: &ReadTx<'_>,
    looker: &Looker,
    filter: &Filter,
    (number, refused): (&str, &Refused),
) -> Done<Option<Shown>> {
    let mut shown = match case_web::read(tx, looker, number, refused) {
        Ok(shown) => shown,
        Err(Failure::Hidden) => return Ok(None),
        Err(other) => return Err(other),
    };
    if filter.tab == call::TAB {
        shown.unfold(BY_CALL);
    }
    shown.unfold_first();
    shown.next = filter.opening(number);
    Ok(Some(shown))
}

#[derive(Template)]
#[template(path = "affairs/appeal/pages/bulk.html")]
struct BulkPage {
    f: Frame,
    act: String,
    title: String,
    batch: Id,
    lines: Vec<Line>,
    reason: String,
    problems: Problems,
    back: String,
    /// For how many minutes the visitor can take it back.
    undo: Option<i64>,
}

impl BulkPage {
    fn going(&self) -> usize {
        self.lines.iter().filter(|line| line.can()).count()
    }

    fn reasoned(&self) -> bool {
        bulk::REASONED.contains(&self.act.as_str())
    }
}

async fn preview(visitor: Visitor, form: Form) -> Page {
    at_work(&visitor)?;
    let asked = Asked::of(&form)?;
    if !asked.act.is_empty() && !bulk::ACTS.contains(&asked.act.as_str()) {
        return Err(FieldProblem::new("do", "not_an_option").into());
    }
    preview_of(&visitor, asked, &form, Problems::default()).await
}

async fn preview_of(visitor: &Visitor, asked: Asked, form: &Form, problems: Problems) -> Page {
    let kit = kit(&visitor.district).ok_or_else(|| Refusal::new("no_procedure"))?;
    if !bulk::ACTS.contains(&asked.act.as_str()) || asked.numbers.is_empty() {
        return Ok(see_other(&back_of(form)));
    }
    let (looker, act) = (Looker::from(visitor), asked.act.clone());
    let undo = undo::minutes(visitor, &kit.process, &act);
    let lines = visitor.read(move |tx| bulk::preview(tx, &looker, &kit, &asked)).await?;
    if lines.is_empty() {
        return Err(FieldProblem::new("id", "not_an_option").into());
    }
    let title = visitor.act_title(&format!("case.{act}"));
    let reason = match form.get("reason") {
        "" if problems.is_empty() && act == "dispatch" => {
            visitor.lang.say("desk.bulk.by_duty_list")
        }
        typed => typed.to_owned(),
    };
    let f = visitor.frame(visitor.lang.with("desk.bulk.title", &title)).wide();
    let batch = form.act_id(visitor.district.new_id());
    let back = back_of(form);
    let page = BulkPage { f, act, title, batch, lines, reason, problems, back, undo };
    render_form(&page, &page.problems)
}

fn back_of(form: &Form) -> String {
    let back = form.get("back");
    if back.starts_with("/desk") { back.to_owned() } else { "/desk".to_owned() }
}

#[derive(Template)]
#[template(path = "affairs/appeal/pages/bulk_done.html")]
struct BulkDone {
    f: Frame,
    done: Vec<Outcome>,
    refused: Vec<Outcome>,
    back: String,
    undo: Option<Undo>,
    /// It took back what was done a moment before.
    is_undone: bool,
}

async fn confirm(visitor: Visitor, form: Form) -> Page {
    at_work(&visitor)?;
    let kit = kit(&visitor.district).ok_or_else(|| Refusal::new("no_procedure"))?;
    if form.all("line").is_empty() {
        return Err(FieldProblem::new("line", "missing").into());
    }
    let mut problems = Problems::default();
    if bulk::REASONED.contains(&form.get("do")) {
        form.required("reason", 500, &mut problems);
    }
    if !problems.is_empty() {
        let number = |line: &String| line.split('|').next().unwrap_or_default().to_owned();
        let asked =
            Asked { numbers: form.all("line").iter().map(number).collect(), ..Asked::of(&form)? };
        return preview_of(&visitor, asked, &form, problems).await;
    }
    let batch = form.act_id(visitor.district.new_id());
    let all = bulk::confirm(&visitor, &kit, &batch, &form).await?;
    let (done, refused): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|outcome| outcome.refused.is_empty());
    let title = visitor.act_title(&format!("case.{}", form.get("do")));
    let f = visitor.frame(visitor.lang.with("desk.bulk.done_title", &title)).wide();
    let undo = Undo::after(&visitor, &kit.process, form.get("do"), (&batch, &done));
    let (back, is_undone) = (back_of(&form), form.get("undo") == "yes");
    let mut page = render(&BulkDone { f, done, refused, back, undo: undo.clone(), is_undone })?;
    match &undo {
        Some(undo) => undo.keep(&visitor, &batch, &mut page),
        None => undo::forget(&visitor, &mut page),
    }
    Ok(page)
}

/// A failure as a sentence; what one may not see is simply not there.
pub fn in_words(visitor: &Visitor, kit: &Kit, failure: &Failure) -> String {
    let lang = visitor.lang;
    match failure {
        Failure::Refused(refusal) => refused_in_words(lang, &kit.process, refusal),
        Failure::Invalid(problems) => {
            problems.iter().map(|p| lang.problem(p)).collect::<Vec<_>>().join(" ")
        }
        Failure::Hidden => lang.say("page.failure.nothing_such"),
        Failure::Unavailable(_) => lang.say("page.failure.unavailable"),
        Failure::Unsure(_) => lang.say("page.failure.unsure"),
        Failure::Fault(_) => lang.say("page.failure.fault"),
    }
}

async fn keep_view(visitor: Visitor, form: Form) -> Page {
    let person = at_work(&visitor)?;
    let mut problems = Problems::default();
    let title = form.required("title", saved::TITLE_MAX, &mut problems);
    // Only what a filter understands is kept.
    let filter = Filter::parse(form.get("query"));
    let (whose, href) = (person.clone(), format!("/desk?{}", filter.bare()));
    let views = visitor.read(move |tx| Ok(saved::of_person(tx, &whose)?)).await?;
    match views.iter().find(|view| view.title == title) {
        Some(same) if same.href != href && form.get("replace") != "yes" => {
            problems.add(FieldProblem::new("title", VIEW_TAKEN));
        }
        None if views.len() as i64 >= saved::MOST => {
            problems.add(FieldProblem::new("title", "too_many_views").with("max", saved::MOST));
        }
        _ => {}
    }
    if !problems.is_empty() {
        let view = (form.get("title").to_owned(), problems);
        let came_back = CameBack { view, ..CameBack::default() };
        return desk_page(visitor, form.get("query"), came_back).await;
    }
    let (store, now) = (visitor.district.store(), visitor.district.now());
    saved::keep(store, person, title, filter.bare(), now).await?;
    Ok(see_other(&filter.first()))
}

async fn drop_view(visitor: Visitor, Path(id): Path<String>) -> Page {
    let person = at_work(&visitor)?;
    let id = Id::parse(&id).ok_or(Failure::Hidden)?;
    saved::drop_one(visitor.district.store(), person, id).await?;
    Ok(see_other("/desk"))
}

async fn export(visitor: Visitor, form: Form) -> Page {
    at_work(&visitor)?;
    // The whole list, whichever page of it was on the screen.
    let filter = Filter { after: None, ..Filter::parse(form.get("query")) };
    let query = filter.bare();
    let looker = Looker::from(&visitor);
    let kit = kit(&visitor.district).ok_or_else(|| Refusal::new("no_procedure"))?;
    let read = move |tx: &ReadTx<'_>| {
        let now = looker.district.now();
        let lists = Lists { tx, looker: &looker, process: &kit.process, now };
        lists.whole(&filter, "case.export", sheet::MOST)
    };
    let rows = visitor.read(read).await?;
    let act = sheet::Export { actor: visitor.actor.clone(), what: BOOK, query };
    visitor.perform(form.act_id(visitor.district.new_id()), act).await?;
    let (lang, title) = (visitor.lang, visitor.district.config.name.clone());
    let offset = visitor.district.config.offset_minutes;
    let book = move || sheet::workbook(lang, &title, &rows, offset);
    let made = tokio::task::spawn_blocking(book).await;
    let bytes = made.map_err(|e| Fault::new(e.to_string()).context("the workbook"))??;
    Ok(sheet::download(bytes, BOOK))
}
