//! My data: what is held about me and why, who looked, my sessions, my posts, closing the account.

use askama::Template;
use axum::Router;
use axum::extract::Query;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use serde::Deserialize;
use std::sync::Arc;

use super::form_id;
use super::sign_in::Next;
use crate::act::{Act, Actor, Done, Failure, FieldProblem, OPERATOR, Order, Refusal, repeated};
use crate::base::Id;
use crate::base::secret::Keys;
use crate::district::Districts;
use crate::page::cookies::{SESSION, clear_cookie};
use crate::page::{Form, Frame, Page, Problems, Visitor, render, render_form, see_other};
use crate::people::acts::{Close, Correct};
use crate::people::erased;
use crate::people::sealed::SealedName;
use crate::people::{LeaveMatters, OfMatters, fields, keys, rules, session, store};
use crate::store::ReadTx;
use crate::territory;
use crate::words::Lang;

pub(super) fn routes(of: OfMatters) -> Router<Districts> {
    Router::new()
        .route("/me", get(me).post(correct))
        .route("/me/export", get(move |v| export(v, of)))
        .route("/me/close", get(close).post(move |v, form| do_close(v, form, of.leave)))
        .route("/me/sessions", get(sessions))
        .route("/me/sessions/end", post(end))
        .route("/me/sessions/end-others", post(end_others))
        .route("/me/post", get(seats).post(take_seat))
        .route("/privacy", get(privacy))
}

/// Performs an act on the visitor's own data: whatever the post, for this one is a resident.
pub(in crate::people) async fn as_myself<A: Act>(v: &Visitor, id: Id, act: A) -> Done<A::Outcome> {
    let actor = Actor::resident(v.person()?);
    Ok(v.district.door.perform(&actor, Order::new(id, act)).await?.outcome)
}

/// Whether this very act on the visitor's own data was performed before under this id.
pub(super) async fn done_before<A: Act>(v: &Visitor, id: &Id, act: &A) -> Done<bool> {
    let (id, actor) = (id.clone(), Actor::resident(v.person()?));
    let (name, asked) = (act.name().into_owned(), act.body()?);
    let look = move |tx: &ReadTx<'_>| repeated::<A::Outcome>(tx, &id, &actor, &name, &asked);
    Ok(v.read(look).await?.is_some())
}

struct LookRow {
    at: String,
    what: String,
    case: String,
    by: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "people/pages/me.html")]
struct MePage {
    f: Frame,
    problems: Problems,
    act_id: Id,
    name: String,
    phone: String,
    username: String,
    since: String,
    place: String,
    version: i64,
    looks: Vec<LookRow>,
    /// Pages of looks before and after this one.
    newer: Option<i64>,
    older: Option<i64>,
    is_staff: bool,
    declared: Vec<&'static fields::Field>,
    several_seats: bool,
    has_post: bool,
    /// Some program has a key in their name.
    has_keys: bool,
}

#[derive(Deserialize)]
struct Looked {
    /// The page of the list of looks, counted from 0.
    #[serde(default)]
    looks: i64,
}

async fn me(v: Visitor, Query(query): Query<Looked>) -> Page {
    me_page(&v, Problems::default(), query.looks.clamp(0, 10_000), None).await
}

/// With `typed`, the name as it was typed and could not be taken.
async fn me_page(v: &Visitor, problems: Problems, at: i64, typed: Option<&str>) -> Page {
    let (id, now) = (v.person()?, v.district.now());
    let (person, (looks, more), seats, place, has_keys) = v
        .read(move |tx| {
            let person = store::person(tx, &id)?.ok_or(Failure::Hidden)?;
            let place = territory::store::place_by_path(tx, &person.place_path)?;
            let seats = store::seats(tx, &id, now)?;
            let has_keys = !keys::store::of_person(tx, &id)?.is_empty();
            Ok((person, store::looks_at(tx, &id, at)?, seats, place, has_keys))
        })
        .await?;
    let keys = &v.district.keys;
    let declared = match person.is_staff() {
        true => fields::FIELDS.iter().collect(),
        false => fields::of_residents(),
    };
    let page = MePage {
        f: v.frame(v.lang.say("people.me.title")),
        problems,
        act_id: form_id(v),
        name: typed.map_or_else(|| person.full_name(keys), str::to_owned),
        phone: person.full_phone(keys).unwrap_or_default(),
        since: v.district.local(person.created_at),
        place: place.map(|p| p.name).unwrap_or_default(),
        version: person.version,
        is_staff: person.is_staff(),
        username: person.username.unwrap_or_default(),
        looks: looks.into_iter().map(|look| look_row(v, look)).collect(),
        newer: (at > 0).then(|| at - 1),
        older: more.then(|| at + 1),
        declared,
        several_seats: !seats.is_empty(),
        has_keys,
        has_post: seats.iter().any(|seat| seat.standing_in.is_none()),
    };
    render_form(&page, &page.problems)
}

fn look_row(v: &Visitor, look: store::Look) -> LookRow {
    let by = match (look.post, look.who.as_str()) {
        (Some(post), _) => post,
        (None, OPERATOR) => v.lang.say("people.look.operator"),
        (None, _) => v.lang.say("people.look.no_post"),
    };
    LookRow {
        at: v.district.local(look.at),
        what: v.lang.say(&format!("people.look.{}", look.what.replace('.', "_"))),
        case: look.case.unwrap_or_default(),
        by,
        reason: look.reason.unwrap_or_default(),
    }
}

/// Puts the name or the language right.
async fn correct(v: Visitor, form: Form) -> Page {
    let id = v.person()?;
    let mut problems = Problems::default();
    let name = form.required("name", 40, &mut problems);
    let language = super::tongue(&form, v.lang, &mut problems);
    if !problems.is_empty() {
        return me_page(&v, problems, 0, Some(form.get("name"))).await;
    }
    let who = id.clone();
    let person = v.read(move |tx| store::person(tx, &who)?.ok_or(Failure::Hidden)).await?;
    let act = Correct {
        person: id,
        name: Some(SealedName::of(&v.district.keys, &name)),
        published_name: person.is_staff().then(|| name.clone()),
        language: language.code(),
        version: form.get("version").parse().unwrap_or(0),
    };
    as_myself(&v, form.act_id(form_id(&v)), act).await?;
    Ok(see_other("/me"))
}

/// Every row keyed to the person, with their own name and number in full; times as the record has
/// them, and as a clock shows them.
async fn export(v: Visitor, of: OfMatters) -> Page {
    let (id, keys, now) = (v.person()?, v.district.keys.clone(), v.district.now());
    let (name, origin) = (v.district.config.name.clone(), v.district.config.origin.clone());
    let district = Arc::clone(&v.district);
    let offset = district.config.offset_minutes;
    let text = v
        .read(move |tx| {
            let person = store::person(tx, &id)?.ok_or(Failure::Hidden)?;
            let mut rows = store::keyed_to(tx, &id, |table, row| {
                (of.own_row)(tx, &district, (&id, table), row)
            })?;
            store::with_local_times(&mut rows, offset);
            let all = serde_json::json!({
                "district": name,
                "origin": origin,
                "at_micros": now.0,
                "at_local": now.local_text(offset),
                "name": person.full_name(&keys),
                "phone": person.full_phone(&keys),
                "contacts": contacts(tx, &keys, &id)?,
                "begun": (of.begun)(tx, &keys, &id)?,
                "rows": rows,
            });
            Ok(serde_json::to_string_pretty(&all).map_err(crate::base::Fault::from)?)
        })
        .await?;
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    let file = HeaderValue::from_static("attachment; filename=\"my-data.json\"");
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, file)];
    Ok((headers, text).into_response())
}

/// What a person left with their reports, in full.
fn contacts(tx: &ReadTx<'_>, keys: &Keys, person: &Id) -> Done<Vec<serde_json::Value>> {
    let all = store::contacts_of(tx, person)?;
    let told = |contact: store::Contact| {
        let [name, phone, email] = contact.in_full(keys);
        serde_json::json!({
            "matter": contact.matter, "name": name, "phone": phone, "email": email,
        })
    };
    Ok(all.into_iter().map(told).collect())
}

#[derive(Template)]
#[template(path = "people/pages/close.html")]
struct ClosePage {
    f: Frame,
    problems: Problems,
    act_id: Id,
    word: String,
    typed: String,
}

async fn close(v: Visitor) -> Page {
    v.person()?;
    close_page(&v, "", Problems::default())
}

fn close_page(v: &Visitor, typed: &str, problems: Problems) -> Page {
    let word = v.lang.say("people.close.word");
    let f = v.frame(v.lang.say("people.close.title"));
    let page = ClosePage { f, problems, act_id: form_id(v), word, typed: typed.to_owned() };
    render_form(&page, &page.problems)
}

async fn do_close(v: Visitor, form: Form, leave: LeaveMatters) -> Page {
    let person = v.person()?;
    if form.get("word") != v.lang.say("people.close.word") {
        let problems = vec![FieldProblem::new("word", "type_to_confirm")].into();
        return close_page(&v, form.get("word"), problems);
    }
    if let Err(failure) = close_account(&v, &person, form.act_id(form_id(&v)), leave).await {
        let problems = super::problems_of(failure, "word")?;
        return close_page(&v, form.get("word"), problems.into());
    }
    let cookie = clear_cookie(&v.district.config, SESSION);
    Ok(([(header::SET_COOKIE, cookie)], see_other("/")).into_response())
}

/// Closes the account of somebody who has shown that it is theirs, signed in or not, in as many
/// acts as it takes.
pub(super) async fn close_account(
    v: &Visitor,
    person: &Id,
    first: Id,
    leave: LeaveMatters,
) -> Done<()> {
    let (keys, who) = (v.district.keys.clone(), person.clone());
    let known = v.read(move |tx| Ok(erased::known_by(tx, &keys, &who)?)).await?;
    let (gone, actor) = (Lang::Zh.say("people.gone"), Actor::resident(person.clone()));
    for id in Close::steps(first) {
        let (person, known, gone) = (person.clone(), known.clone(), gone.clone());
        let order = Order::new(id, Close { person, gone, known, leave });
        if v.district.door.perform(&actor, order).await?.outcome {
            break;
        }
    }
    erased::look_after(&v.district, leave).await;
    Ok(())
}

struct SessionRow {
    id: Id,
    device: String,
    proved: String,
    since: String,
    seen: String,
    mine: bool,
}

#[derive(Template)]
#[template(path = "people/pages/sessions.html")]
struct SessionsPage {
    f: Frame,
    rows: Vec<SessionRow>,
}

async fn sessions(v: Visitor) -> Page {
    let (id, now) = (v.person()?, v.district.now());
    let mine = v.signed_in.as_ref().map(|s| s.session.clone());
    let all = v.read(move |tx| Ok(session::of_person(tx, &id, now)?)).await?;
    let unknown = v.lang.say("people.sessions.unknown");
    let rows = all
        .into_iter()
        .map(|s| SessionRow {
            mine: mine.as_ref() == Some(&s.id),
            device: if s.device.is_empty() { unknown.clone() } else { s.device },
            proved: v.lang.say(&format!("people.proved.{}", s.proved.replace('+', "_"))),
            since: v.district.local(s.created_at),
            seen: v.district.local(s.seen_at),
            id: s.id,
        })
        .collect();
    render(&SessionsPage { f: v.frame(v.lang.say("people.sessions.title")), rows })
}

async fn end(v: Visitor, form: Form) -> Page {
    let person = v.person()?;
    // A session's id is the hash of its token, longer than other ids.
    let id = Id::stored(form.get("session").to_owned());
    session::end(v.district.store(), id, person, v.district.now()).await?;
    Ok(see_other("/me/sessions"))
}

async fn end_others(v: Visitor) -> Page {
    let person = v.person()?;
    if let Some(signed_in) = &v.signed_in {
        let mine = signed_in.session.clone();
        session::end_others(v.district.store(), mine, person, v.district.now()).await?;
    }
    Ok(see_other("/me/sessions"))
}

struct SeatRow {
    appointment: Id,
    title: String,
    note: String,
    now: bool,
}

#[derive(Template)]
#[template(path = "people/pages/seats.html")]
struct SeatsPage {
    f: Frame,
    seats: Vec<SeatRow>,
    next: String,
    as_resident: bool,
    /// They came in by a text message alone, which opens no post.
    by_text: bool,
}

/// As which post one is here; the resident is always among them.
async fn seats(v: Visitor, Query(query): Query<Next>) -> Page {
    let (id, now) = (v.person()?, v.district.now());
    let mine = v.signed_in.as_ref().map(|s| s.session.clone());
    let (all, sessions) = v
        .read(move |tx| Ok((store::seats(tx, &id, now)?, session::of_person(tx, &id, now)?)))
        .await?;
    let this = sessions.into_iter().find(|session| Some(&session.id) == mine.as_ref());
    let seats = all
        .into_iter()
        .map(|seat| SeatRow {
            now: v.actor.post.as_ref() == Some(&seat.post),
            note: match seat.standing_in {
                Some(until) => v.lang.fill(
                    "people.seats.standing_in",
                    &[("name", seat.holder_name), ("until", v.district.local(until))],
                ),
                None => seat
                    .term_to
                    .map(|day| v.lang.with("people.seats.until", &day))
                    .unwrap_or_default(),
            },
            appointment: seat.appointment,
            title: seat.title,
        })
        .collect();
    render(&SeatsPage {
        f: v.frame(v.lang.say("people.seats.title")),
        seats,
        next: rules::next(&query.next).to_owned(),
        as_resident: v.actor.post.is_none(),
        by_text: this.is_some_and(|session| session.proved == session::BY_TEXT),
    })
}

async fn take_seat(v: Visitor, form: Form) -> Page {
    let (id, now) = (v.person()?, v.district.now());
    // What is no post is not the same as none.
    let wanted = form.row("appointment", "missing").map_err(|_| Failure::Hidden)?;
    if let Some(wanted) = wanted.clone() {
        let all = v.read(move |tx| Ok(store::seats(tx, &id, now)?)).await?;
        if !all.iter().any(|seat| seat.appointment == wanted) {
            return Err(Failure::Hidden);
        }
    }
    if let Some(signed_in) = &v.signed_in {
        let session = signed_in.session.clone();
        if !session::act_as(v.district.store(), session, wanted).await? {
            return Err(Refusal::new("sign_in_for_post").into());
        }
    }
    Ok(see_other(rules::next(form.get("next"))))
}

#[derive(Template)]
#[template(path = "people/pages/privacy.html")]
struct PrivacyPage {
    f: Frame,
    declared: Vec<&'static fields::Field>,
}

/// The privacy notice, made from the declarations.
async fn privacy(v: Visitor) -> Page {
    let declared = fields::FIELDS.iter().collect();
    render(&PrivacyPage { f: v.frame(v.lang.say("people.privacy.title")), declared })
}
