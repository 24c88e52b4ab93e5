//! Pages about people: signing in, one's own data, the administration of posts and accounts.

mod admin;
mod begin;
mod bodies;
mod choice;
mod delegation;
mod demo;
mod listed;
mod me;
mod own;
mod posts;
mod remits;
mod sign_in;
mod staff;
mod turned;

use axum::extract::{Request, State};
use axum::middleware;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use axum::http::header;

use crate::act::{Done, Failure, FieldProblem, performed};
use crate::base::{Id, secret};
use crate::district::{District, Districts, Hosted};
use crate::page::cookies::{self, SESSION, set_cookie};
use crate::page::{Form, Limit, Problems, Visitor, limit, page_above, see_other};
use crate::people::acts::office::TakeTwo;
use crate::people::caller::Caller;
use crate::people::code::{self, Checked};
use crate::people::session::{self, Opening};
use crate::people::{OfMatters, OpenOf, rules, store};
use crate::store::StoreError;
use crate::territory::{self, Place};
use crate::words::Lang;

pub use bodies::MissingYears;
pub(super) use me::as_myself;

/// Who is asked about what stands below people in the order of the modules.
pub struct Asked {
    pub open_of: OpenOf,
    pub missing: MissingYears,
    pub body_kinds: BodyKinds,
    pub of_matters: OfMatters,
    /// Keeps what one administrator proposes of another's post.
    pub two: TakeTwo,
}

/// Kinds of matter that bodies answer for, with their names.
pub type BodyKinds = fn(Lang) -> Vec<(String, String)>;

/// Every route of this concept.
pub fn routes(asked: Asked) -> Router<Districts> {
    let codes = middleware::from_fn_with_state(Limit::of_codes(), limit::shed);
    let leave = asked.of_matters.leave;
    Router::new()
        .route("/sign-in", get(sign_in::ask).post(sign_in::check))
        .route("/sign-in/code", post(sign_in::send).layer(codes).get(page_above))
        .route("/sign-in/join", get(page_above).post(sign_in::join))
        .route(
            "/sign-in/close",
            get(page_above).post(move |v, form| sign_in::close(v, form, leave)),
        )
        .route("/sign-in/staff", get(staff::ask).post(staff::check))
        .route("/sign-in/first", get(async || see_other("/sign-in/staff")).post(staff::first))
        .route("/sign-in/begin/{ticket}", get(begin::ask).post(begin::take))
        .route("/sign-out", post(sign_in::sign_out))
        .merge(me::routes(asked.of_matters))
        .merge(own::routes())
        .merge(delegation::routes())
        .merge(admin::routes())
        .merge(bodies::routes(asked.open_of, asked.missing))
        .merge(remits::routes())
        .merge(posts::routes(asked.two))
        .merge(demo::routes())
        .layer(Extension(asked.body_kinds))
}

/// Whether the visitor's post has to do with accounts or residents, and so with their list.
fn lists_people(v: &Visitor) -> bool {
    v.may("staff.create") || v.may("person.unmask")
}

/// A list of the administration, as a tab.
struct List {
    href: &'static str,
    title: String,
    current: bool,
}

/// The lists of the administration that the visitor may open.
fn lists(v: &Visitor) -> Vec<List> {
    let all = [
        ("/admin/people", "people.admin.people", lists_people(v)),
        ("/admin/posts", "people.admin.posts", true),
        ("/admin/bodies", "people.admin.bodies", v.may("body.see")),
    ];
    let tab = |(href, key, _): (&'static str, &str, bool)| List {
        href,
        title: v.lang.say(key),
        current: v.path.starts_with(href),
    };
    all.into_iter().filter(|(.., open)| *open).map(tab).collect()
}

/// Opens a session in place of the one the browser had, and goes on to `next`.
async fn enter(v: &Visitor, opening: Opening, next: &str) -> Done<Response> {
    let (store, now) = (v.district.store(), v.district.now());
    if let Some(old) = &v.signed_in {
        session::end(store, old.session.clone(), old.person.clone(), now).await?;
    }
    let seconds = session::lasts(opening.proved);
    let token = session::open(store, opening, now).await?;
    let cookie = set_cookie(&v.district.config, SESSION, &token, seconds);
    Ok(([(header::SET_COOKIE, cookie)], see_other(next)).into_response())
}

/// Places as a choice: each behind the depth of its path.
fn choices(places: Vec<Place>) -> Vec<(Id, String)> {
    let depth = |path: &str| path.matches('/').count().saturating_sub(2);
    places
        .into_iter()
        .map(|place| (place.id, format!("{}{}", "　".repeat(depth(&place.path)), place.name)))
        .collect()
}

/// The language a form names; where it names none, that of before.
fn tongue(form: &Form, before: Lang, problems: &mut Problems) -> Lang {
    let named = form.get("language");
    Lang::from_code(named).unwrap_or_else(|| {
        if !named.is_empty() {
            problems.add(FieldProblem::new("language", "not_an_option"));
        }
        before
    })
}

/// The place a form names, or a problem at its field.
async fn named_place(v: &Visitor, form: &Form, problems: &mut Problems) -> Done<Option<Place>> {
    let wanted = Id::parse(form.get("place"));
    let place = v
        .read(move |tx| match wanted {
            Some(id) => Ok(territory::store::place_by_id(tx, &id)?),
            None => Ok(None),
        })
        .await?;
    if place.is_none() {
        let code = if form.get("place").is_empty() { "place_not_chosen" } else { "no_such_place" };
        problems.add(FieldProblem::new("place", code));
    }
    Ok(place)
}

/// What kind of matters a body is to take up, and on what ground.
fn kind_and_ground(form: &Form, problems: &mut Problems) -> (String, String) {
    let (field, _) = form.chosen("kind");
    let kind = form.required(&field, 40, problems);
    let ground = form.required("ground", 200, problems);
    if !kind.is_empty() && !rules::is_kind(&kind) {
        problems.add(FieldProblem::new(field, "bad_kind"));
    }
    (kind, ground)
}

/// Kinds of matter to choose from: those with a name, and those without one that somebody answers
/// for.
fn kind_choices(named: BodyKinds, lang: Lang, in_use: Vec<String>) -> Vec<(String, String)> {
    let mut all = named(lang);
    for kind in in_use {
        if all.iter().all(|(id, _)| *id != kind) {
            all.push((kind.clone(), kind));
        }
    }
    all
}

/// What a kind of matter is called; its code where it has no name.
fn kind_name<'a>(kinds: &'a [(String, String)], kind: &'a str) -> &'a str {
    kinds.iter().find(|(id, _)| id == kind).map_or(kind, |(_, name)| name)
}

/// Tries the code of a text message that a form brings; `None` when it is right.
async fn wrong_code(v: &Visitor, phone: &str, typed: &str) -> Done<Option<&'static str>> {
    let Some(code) = rules::code(typed) else {
        return Ok(Some(if typed.is_empty() { "missing" } else { "not_six_digits" }));
    };
    Ok(match code::check(&v.district, phone, &code).await? {
        Checked::Right => None,
        Checked::Wrong => Some("wrong_code"),
        Checked::NoneLeft => Some("no_code_left"),
    })
}

/// Acts build forms, forms carry an id made here, so that a second press has one effect.
fn form_id(v: &Visitor) -> Id {
    v.district.new_id()
}

/// The sessions noted as used in the minute that runs, so that not every click writes.
#[derive(Default)]
struct Noted(Mutex<(i64, HashSet<String>)>);

const NOTED: &str = "people.seen";

/// A layer around every route: notes that a session is in use, at most once a minute.
pub async fn note_seen(
    State(districts): State<Districts>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let is_page = !path.starts_with("/static/") && path != "/map.pmtiles";
    let hosted = districts.hosted(request.headers()).filter(|_| is_page);
    if let Some(district) = hosted.and_then(Hosted::district).map(Arc::clone)
        && let Some(id) = session_of(&request, &district)
        && let Err(error) = note(&district, id).await
    {
        // Reading goes on while the database cannot be written.
        tracing::warn!("a session was not noted as seen: {error}");
    }
    next.run(request).await
}

fn session_of(request: &Request, district: &District) -> Option<String> {
    let token = cookies::read(request.headers(), &district.config, SESSION)?;
    Some(secret::sha256_hex(token.as_bytes()))
}

/// Of what somebody made up and sent as a cookie nothing is written, and nothing kept in mind.
async fn note(district: &District, id: String) -> Result<(), StoreError> {
    let (now, asked) = (district.now(), id.clone());
    if is_noted(district, &id, false)
        || !district.store().read(move |tx| session::is_open(tx, &asked, now)).await?
        || is_noted(district, &id, true)
    {
        return Ok(());
    }
    session::seen(district.store(), id, now).await
}

/// Whether this session was noted in the minute that runs; with `now` it is from now on.
fn is_noted(district: &District, id: &str, now: bool) -> bool {
    let noted = district.kept::<Noted>(NOTED).unwrap_or_else(|| {
        let fresh = Arc::new(Noted::default());
        district.keep(NOTED, Arc::clone(&fresh));
        fresh
    });
    let minute = district.now().0 / 60_000_000;
    let Ok(mut noted) = noted.0.lock() else { return true };
    if noted.0 != minute {
        *noted = (minute, HashSet::new());
    }
    if now { !noted.1.insert(id.to_owned()) } else { noted.1.contains(id) }
}

/// The masked name of who is known by this number: whoever stands at the counter may be they.
pub async fn holder_of(v: &Visitor, phone: &str) -> Done<Option<String>> {
    let blind = code::phone_blind(&v.district, phone);
    v.read(move |tx| match store::id_of_phone(tx, &blind)? {
        Some(id) => Ok(store::masked_name(tx, &id)?),
        None => Ok(None),
    })
    .await
}

/// Whether this very form was taken before.
pub async fn sent_before(v: &Visitor, form: &Form) -> Done<bool> {
    let Some(id) = Id::parse(form.get("act_id")) else { return Ok(false) };
    v.read(move |tx| Ok(performed(tx, &id)?.is_some())).await
}

/// Splits what the user can mend from what they cannot.
fn problems_of(failure: Failure, field: &str) -> Done<Vec<FieldProblem>> {
    match failure {
        Failure::Invalid(all) => Ok(all),
        Failure::Refused(refusal) if AS_PROBLEM.contains(&refusal.code) => {
            let mut problem = FieldProblem::new(field, refusal.code);
            problem.params = refusal.params;
            Ok(vec![problem])
        }
        other => Err(other),
    }
}

/// Refusals shown by the field that caused them; each has a sentence among the problems too.
const AS_PROBLEM: [&str; 16] = [
    "relieved_first",
    "too_many_codes",
    "too_many_tries",
    "totp_used",
    "phone_known",
    "posts_apart",
    "not_on_oneself",
    "already_holds",
    "post_ended",
    "still_in_post",
    "sms_not_set_up",
    "body_has_posts",
    "body_has_open_cases",
    "body_ended",
    "remit_there",
    "remit_ended",
];

/// Where a caller opens a session from.
fn opening(person: Id, appointment: Option<Id>, proved: &'static str, caller: &Caller) -> Opening {
    Opening { person, appointment, proved, device: caller.device.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::tests::each_town;

    #[test]
    fn of_a_cookie_that_was_made_up_nothing_is_kept() {
        each_town(async |town| {
            let kept = || {
                let noted = town.district.kept::<Noted>(NOTED);
                noted.map_or(0, |noted| noted.0.lock().unwrap().1.len())
            };
            let cookie = town.resident("13800009042").await;
            town.clock.shift(2 * 60 * 1_000_000);
            for made_up in ["one", "another"] {
                town.get("/privacy", made_up).await;
                assert_eq!(kept(), 0);
            }
            let used = async || {
                let sql = "select count(*) from session where seen_at > created_at";
                let count: Result<i64, StoreError> =
                    town.district.store().read(move |tx| tx.count(sql, &[])).await;
                count.unwrap()
            };
            assert_eq!(used().await, 0);
            town.get("/privacy", &cookie).await;
            assert_eq!((kept(), used().await), (1, 1));
        });
    }
}
