//! The page of a case, and the forms that move it on.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use linli_rules::procedure::{FieldKind, Move, Process};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::follow::{Follow, Offer, Unfollow};
pub use super::offer::MoveForm;
use super::offer::{self, Offers, Refused};
use super::unmask::What;
use super::upload::{self, Filled};
use super::view::{self, CaseView, Looker};
use super::{back, desk, follow, kit, release, said, unmask};
use crate::act::{Answer, Done, Failure, FieldProblem, Refusal};
use crate::base::{Id, text};
use crate::district::Districts;
use crate::file;
use crate::matter::{CASES, Conduct, Moved, Put, Seen, store as matters};
use crate::notice;
use crate::page::{Bringing, Form, Frame, Page, Problems, Visitor, page_above, render, see_other};
use crate::store::ReadTx;
use crate::words::Lang;

/// The form by which photos become public, where an address names it beside those of the moves.
pub(super) const PHOTOS: &str = "photos";

pub fn routes() -> Router<Districts> {
    Router::new()
        .route("/cases/{number}", get(show))
        .route("/cases/{number}/unmask", get(page_above).post(unmask))
        .route("/cases/{number}/photos", get(page_above).post(release_photos))
        .route("/cases/{number}/follow", post(start_following))
        .route("/cases/{number}/unfollow", post(stop_following))
        .route("/cases/{number}/moves/{act}", get(unfold).merge(post(make)))
}

/// A case with the forms its reader may fill in.
pub struct Shown {
    pub c: CaseView,
    pub moves: Vec<MoveForm>,
    /// Photos have just come that nobody has decided about, or the decision was not taken.
    pub ticks_open: bool,
    /// Whether its reader may follow it, or does.
    pub follow: Option<Offer>,
    /// Where the browser goes after a move.
    pub next: String,
    /// What is wrong with the form that came back: the id of the field, and the sentence.
    pub problems: Vec<(String, String)>,
    pub done: Option<Told>,
    /// Name and number of the reporter, just opened.
    pub full: Option<unmask::Full>,
    /// What was to be opened and was not.
    pub unmask: Unopened,
    /// The list the reader goes back to.
    pub back: Option<String>,
}

impl Shown {
    /// A form that came back unfolded, or was asked for.
    pub fn refused(&self) -> Option<&str> {
        self.moves.iter().find_map(|form| form.refused.as_deref())
    }

    /// Unfolds the form of a move, where it can be made now.
    pub fn unfold(&mut self, act: &str) {
        let mut forms = self.moves.iter_mut();
        let form = forms.find(|form| form.act == act && form.not_now.is_none());
        if let Some(form) = form {
            form.open = true;
        }
    }

    /// Whose turn it is finds the form of their step open, unless another one was asked for.
    pub fn unfold_first(&mut self) {
        if self.moves.iter().any(|form| form.open) {
            return;
        }
        let main = |form: &&mut MoveForm| form.weight == "main" && form.not_now.is_none();
        if let Some(first) = self.moves.iter_mut().find(main) {
            first.open = true;
        }
    }
}

/// Where on the page something was to be opened, why, and what was wrong with that.
#[derive(Default)]
pub struct Unopened {
    at: String,
    why: String,
    wrong: String,
}

impl Unopened {
    pub fn why(&self, at: &str) -> &str {
        if self.at == at { &self.why } else { "" }
    }

    pub fn wrong(&self, at: &str) -> &str {
        if self.at == at { &self.wrong } else { "" }
    }

    /// Messages with the reasons that are offered.
    pub fn usual(&self, what: &str) -> &'static [&'static str] {
        What::from_name(what).map_or(&[], What::usual)
    }
}

/// What is said of a move that was just made.
pub struct Told {
    pub title: String,
    pub words: String,
}

/// Reads a case and its forms in one snapshot.
pub fn read(tx: &ReadTx<'_>, looker: &Looker, number: &str, refused: &Refused) -> Done<Shown> {
    let case = view::look(tx, looker, number)?;
    let known = kit(&looker.district).ok_or_else(|| Refusal::new("no_procedure"))?;
    let moves = Offers::new(tx, looker, &known.process, &case).all(refused)?;
    let problems = Problems::from(offer::on_page(&refused.act, &refused.problems.all));
    Ok(Shown {
        moves,
        ticks_open: false,
        follow: follow::offer(tx, looker, &case)?,
        next: format!("/cases/{number}"),
        problems: problems.summary(&looker.lang),
        done: None,
        full: None,
        unmask: Default::default(),
        back: None,
        c: case,
    })
}

#[derive(Template)]
#[template(path = "affairs/appeal/pages/case.html")]
struct CasePage {
    f: Frame,
    s: Shown,
}

#[derive(Default, Deserialize)]
struct Asked {
    /// A move that was just made.
    #[serde(default)]
    done: String,
    /// A move whose form is to be unfolded, or [`PHOTOS`].
    #[serde(default, rename = "do")]
    unfold: String,
    /// The list it was opened from.
    #[serde(default)]
    from: String,
}

async fn show(
    mut visitor: Visitor,
    headers: HeaderMap,
    Path(number): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let photos_asked = asked.unfold == PHOTOS;
    let refused = Refused { act: asked.unfold, ..Refused::default() };
    let done = told_of(&visitor, &asked.done);
    let process = visitor.district.process(super::APPEAL);
    let photos = |by: &&Move| by.record.iter().any(|field| field.kind == FieldKind::Photos);
    let mut moves = process.iter().flat_map(|process| &process.moves);
    let brought = moves.any(|by| by.act == asked.done && photos(&by));
    let mut s = shown(&visitor, number, refused).await?;
    notice::opened(&mut visitor, &s.c.matter.id).await?;
    s.ticks_open = photos_asked || brought && s.c.ticks.iter().any(release::Tick::waits);
    s.done = done;
    s.back = back::came_from(&headers, &asked.from);
    if let Some(list) = &s.back {
        s.next = back::naming(&s.next, list);
    }
    told(&visitor, s)
}

async fn unfold(Path((number, act)): Path<(String, String)>) -> Page {
    Ok(see_other(&format!("/cases/{}?do={}", escaped(&number), escaped(&act))))
}

async fn shown(visitor: &Visitor, number: String, refused: Refused) -> Done<Shown> {
    let looker = Looker::from(visitor);
    visitor.read(move |tx| read(tx, &looker, &number, &refused)).await
}

fn told(visitor: &Visitor, mut s: Shown) -> Page {
    s.unfold_first();
    s.back = s.back.or_else(|| Some(back::own_list(visitor)));
    let f = visitor.frame(format!("{} {}", s.c.matter.number, s.c.title));
    render(&CasePage { f, s })
}

async fn make(
    visitor: Visitor,
    Path((number, act)): Path<(String, String)>,
    brought: Bringing,
) -> Page {
    visitor.person()?;
    let kit = kit(&visitor.district).ok_or_else(|| Refusal::new("no_procedure"))?;
    if brought.has_parts()
        && let Err(failure) = may_bring(&visitor, &number, &act).await
    {
        return again(visitor, &number, &act, (Put::default(), &Form::default()), failure).await;
    }
    let posted = file::read(brought, upload::photo_field(&kit.process, &act)).await;
    let form = &posted.form;
    let filled = upload::fill(&visitor.district, &kit.process, &act, &posted).await?;
    let filled = filled.ok_or(Failure::Hidden)?;
    match perform(&visitor, &number, &act, &filled, form).await {
        Ok(_) => Ok(see_other(&after(&visitor, &number, &act, form.get("next")).await?)),
        Err(failure) => again(visitor, &number, &act, (filled.put, form), failure).await,
    }
}

/// Refuses as the door would, before photos are read, whoever may not make this move with this
/// case and never has: a form that is sent again may come after the move took the case out of
/// sight.
async fn may_bring(visitor: &Visitor, number: &str, act: &str) -> Done<()> {
    let (duties, actor) = (visitor.duties.clone(), visitor.actor.clone());
    let (number, act) = (number.to_owned(), act.to_owned());
    let look = move |tx: &ReadTx<'_>| matters::may_make(tx, &duties, &actor, &number, &act);
    visitor.read(look).await
}

/// The page with the form that was refused, and what was typed in it; beside the list, if it was
/// opened from there.
async fn again(
    visitor: Visitor,
    number: &str,
    act: &str,
    (put, form): (Put, &Form),
    failure: Failure,
) -> Page {
    let status = failure.status();
    let refused = came_back(&visitor, act, put, form, failure)?;
    let next = form.get("next");
    let mut response = if is_ours(next) && next.starts_with("/desk") {
        desk::web::not_moved(visitor, next, number, refused).await?
    } else {
        let mut s = shown(&visitor, number.to_owned(), refused).await?;
        s.back = back::named_in(next).filter(|_| is_ours(next));
        if s.back.is_some() {
            s.next = next.to_owned();
        }
        told(&visitor, s)?
    };
    *response.status_mut() = status;
    Ok(response)
}

/// Makes the move that a form asks for.
async fn perform(
    visitor: &Visitor,
    number: &str,
    act: &str,
    filled: &Filled,
    form: &Form,
) -> Done<Answer<Moved>> {
    if !filled.problems.is_empty() {
        return Err(Failure::Invalid(filled.problems.clone()));
    }
    let kit = kit(&visitor.district).ok_or_else(|| Refusal::new("no_procedure"))?;
    let seen = Seen::said(form.get("seen"));
    let (act, put) = (act.to_owned(), filled.put.clone());
    let make = move |matter| Conduct { kit, of: CASES, matter, seen, act, put };
    let id = form.act_id(visitor.district.new_id());
    let conduct = asked_for(visitor, number, &id, make).await?;
    visitor.perform(id, conduct).await
}

/// A move with the case behind a number, for whom there is such a case.
pub async fn asked_for(
    visitor: &Visitor,
    number: &str,
    act_id: &Id,
    make: impl FnOnce(Id) -> Conduct + Send + 'static,
) -> Done<Conduct> {
    let (number, id) = (number.to_owned(), act_id.clone());
    let (duties, actor) = (visitor.duties.clone(), visitor.actor.clone());
    visitor.read(move |tx| Conduct::at(tx, &duties, &actor, &number, &id, make)).await
}

/// The case behind a number, for who sees it or may do this with it.
pub(super) async fn id_behind(visitor: &Visitor, number: &str, act: &str) -> Done<Id> {
    let (asked, name) = (number.to_owned(), format!("{}.{act}", CASES.kind));
    let (duties, actor) = (visitor.duties.clone(), visitor.actor.clone());
    visitor.read(move |tx| matters::behind(tx, &duties, &actor, &asked, &name)).await
}

/// The numbers in the words, or how the reporter is reached, for a reason. They stand in this one
/// answer only: the page read anew is masked again.
async fn unmask(visitor: Visitor, Path(number): Path<String>, form: Form) -> Page {
    let what = match form.get("what") {
        "" => What::Words,
        name => What::from_name(name).ok_or(Failure::Hidden)?,
    };
    let case = id_behind(&visitor, &number, what.act()).await?;
    let reason = text::clean(form.get("unmask-reason"), usize::MAX).unwrap_or_default();
    let processes = visitor.district.processes.clone();
    let act = unmask::Unmask { case: case.clone(), what, reason, processes };
    let looked = visitor.perform(form.act_id(visitor.district.new_id()), act).await;
    let looked = looked.and_then(|look| Ok(look.opens(visitor.district.now())?));
    let opened = looked.is_ok() && what == What::Words;
    let looker = Looker { opened, ..Looker::from(&visitor) };
    let (asked, next) = (number.clone(), form.get("next").to_owned());
    let open = Refused { act: form.get("do").to_owned(), ..Refused::default() };
    let mut s = visitor.read(move |tx| read(tx, &looker, &asked, &open)).await?;
    let mut status = StatusCode::OK;
    match looked {
        Ok(_) if what == What::Contact => {
            let looker = Looker::from(&visitor);
            s.full = Some(visitor.read(move |tx| unmask::in_full(tx, &looker, &case)).await?);
        }
        Ok(_) => {}
        Err(Failure::Invalid(problems)) => {
            status = StatusCode::UNPROCESSABLE_ENTITY;
            let at = asked_at(&s, what, form.get("do"));
            let field = format!("unmask-{at}");
            let here = |problem| FieldProblem { field: field.clone(), ..problem };
            let problems: Problems = problems.into_iter().map(here).collect::<Vec<_>>().into();
            let wrong = problems.at(&visitor.lang, &field);
            let why = form.get("unmask-reason").to_owned();
            s.unmask = Unopened { at, why, wrong };
            s.problems = problems.summary(&visitor.lang);
        }
        Err(other) => return Err(other),
    }
    if is_ours(&next) {
        s.back = Some(next.clone());
        s.next = next;
    }
    let f = visitor.frame(format!("{} {}", s.c.matter.number, s.c.title));
    let mut response = render(&CasePage { f, s })?;
    *response.status_mut() = status;
    Ok(response)
}

/// The form of the page that asked to open it: by the reporter, or within a move that is made by
/// speaking to them.
fn asked_at(s: &Shown, what: What, act: &str) -> String {
    match s.moves.iter().find(|form| form.calls && form.act == act) {
        Some(form) if what == What::Contact => format!("call-{}", form.act),
        _ => what.name().to_owned(),
    }
}

async fn release_photos(visitor: Visitor, Path(number): Path<String>, form: Form) -> Page {
    visitor.person()?;
    let case = id_behind(&visitor, &number, "release_photos").await?;
    let unknown = || FieldProblem::new("shown", "no_such_photo");
    let ticked = form.ids("shown").ok_or_else(unknown)?;
    let seen = Seen::said(form.get("seen"));
    let act = release::ReleasePhotos { case, seen, shown: ticked };
    match visitor.perform(form.act_id(visitor.district.new_id()), act).await {
        Ok(_) => Ok(see_other(&format!("/cases/{}?done=release_photos", escaped(&number)))),
        Err(Failure::Refused(refusal)) if refusal.code == "changed_meanwhile" => {
            let mut s = shown(&visitor, number, Refused::default()).await?;
            s.ticks_open = true;
            s.problems = vec![("photos".to_owned(), visitor.lang.refusal(&refusal))];
            let mut response = told(&visitor, s)?;
            *response.status_mut() = Failure::from(refusal).status();
            Ok(response)
        }
        Err(other) => Err(other),
    }
}

async fn start_following(visitor: Visitor, Path(number): Path<String>, form: Form) -> Page {
    visitor.person()?;
    let case = id_behind(&visitor, &number, "follow").await?;
    let act = Follow { case, texts: form.get("texts") == "yes" };
    visitor.perform(form.act_id(visitor.district.new_id()), act).await?;
    Ok(see_other(&format!("/cases/{}#follow", escaped(&number))))
}

async fn stop_following(visitor: Visitor, Path(number): Path<String>, form: Form) -> Page {
    visitor.person()?;
    let (duties, actor) = (visitor.duties.clone(), visitor.actor.clone());
    let (id, asked) = (form.act_id(visitor.district.new_id()), number.clone());
    let of = id.clone();
    let find = move |tx: &ReadTx<'_>| Unfollow::of(tx, &duties, &actor, &asked, &of);
    let act = visitor.read(find).await?;
    visitor.perform(id, act).await?;
    Ok(see_other(&match form.get("back") {
        "mine" => "/mine?show=followed".to_owned(),
        _ => format!("/cases/{}#follow", escaped(&number)),
    }))
}

/// The form as it is shown again, with everything typed kept. Failures that are not about the form
/// go on to the page of failures.
pub fn came_back(
    visitor: &Visitor,
    act: &str,
    mut put: Put,
    form: &Form,
    failure: Failure,
) -> Result<Refused, Failure> {
    let found = form.pairs().filter(|(name, _)| name.ends_with("_find"));
    put.fields.extend(found.map(|(name, typed)| (name.to_owned(), typed.to_owned())));
    let kit = kit(&visitor.district).ok_or_else(|| Refusal::new("no_procedure"))?;
    let (sentence, problems, act_id) = match failure {
        Failure::Refused(refusal) if refusal.code == "sign_in_first" => {
            return Err(refusal.into());
        }
        Failure::Refused(refusal) => (
            Some(refused_in_words(visitor.lang, &kit.process, &refusal)),
            Problems::from(said::pointed_at(refusal.code)),
            None,
        ),
        Failure::Invalid(problems) => {
            let id = form.act_id(visitor.district.new_id());
            let named = said::named(visitor.lang, &kit.process, act, problems);
            (None, Problems::from(named), Some(id))
        }
        other => return Err(other),
    };
    Ok(Refused { act: act.to_owned(), put, sentence, problems, act_id })
}

/// A refusal with the stage and the act named as people know them.
pub fn refused_in_words(lang: Lang, process: &Process, refusal: &Refusal) -> String {
    let named = |name: &str, value: &String| match name {
        "stage" => process.stage(value).map(|stage| stage.title.in_lang(lang.code()).to_owned()),
        "act" => {
            let act = value.strip_prefix("case.").unwrap_or(value);
            let by = process.moves.iter().rfind(|by| by.act == act);
            by.map(|by| by.title.in_lang(lang.code()).to_owned())
        }
        _ => None,
    };
    let params = refusal.params.iter().map(|(name, value)| {
        let shown = named(name, value).unwrap_or_else(|| value.clone());
        (*name, shown)
    });
    let refusal = Refusal { code: refusal.code, params: params.collect() };
    lang.refusal(&refusal)
}

/// Where to go after a move: back to where it was made, unless the case went out of sight with it.
async fn after(visitor: &Visitor, number: &str, act: &str, next: &str) -> Done<String> {
    let seen = match id_behind(visitor, number, "see").await {
        Ok(_) => true,
        Err(Failure::Hidden) => false,
        Err(other) => return Err(other),
    };
    let next = if is_ours(next) { next.to_owned() } else { format!("/cases/{}", escaped(number)) };
    if !seen && !next.starts_with("/desk") && !next.starts_with("/field") {
        return Ok(format!("/desk?done={}", escaped(act)));
    }
    let joint = if next.contains('?') { '&' } else { '?' };
    Ok(format!("{next}{joint}done={}", escaped(act)))
}

/// An address on this site, of a page that shows cases.
fn is_ours(next: &str) -> bool {
    let shown = ["/cases/", "/desk", "/field"].iter().any(|start| next.starts_with(start));
    shown && !next.contains(['\\', '\r', '\n'])
}

/// Letters, digits and the few signs that stand in addresses as they are.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

pub fn escaped(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

/// What is said of the move that was just made, nothing for a word that names none: "Done: …" to
/// those whose work it was; a resident, for whom nothing is done yet, is told what was taken.
pub fn told_of(visitor: &Visitor, act: &str) -> Option<Told> {
    let process = visitor.district.process(super::APPEAL)?;
    let known = act == "release_photos" || process.moves.iter().any(|by| by.act == act);
    let title = known.then(|| visitor.act_title(&format!("case.{act}")))?;
    let lang = visitor.lang;
    Some(match lang.find(&format!("case.taken.{act}")) {
        Some(words) => Told { title: lang.say("case.submitted"), words },
        None => Told { title: lang.say("case.success"), words: lang.with("case.done", &title) },
    })
}
