//! The doors of a demonstration: what was "sent", who can be tried. Nowhere else do they exist.

use askama::Template;
use axum::Router;
use axum::http::header;
use axum::routing::{get, post};

use super::{enter, opening};
use crate::act::{Done, Failure};
use crate::base::Id;
use crate::district::Districts;
use crate::page::cookies;
use crate::page::{Form, Frame, Page, Visitor, render};
use crate::people::caller::Caller;
use crate::people::seed::{self, DemoPeople, Persona};
use crate::people::totp::TotpSecret;
use crate::people::{rules, session, sms, store};

pub(super) fn routes() -> Router<Districts> {
    Router::new()
        .route("/demo", get(personas))
        .route("/demo/sign-in", post(sign_in))
        .route("/demo/messages", get(messages))
}

/// In a district that serves people these pages do not exist.
fn only_demo(v: &Visitor) -> Done<()> {
    if v.district.config.demo { Ok(()) } else { Err(Failure::Hidden) }
}

/// A persona, and what the app of an invented person would show now.
struct Door {
    p: Persona,
    code: String,
}

#[derive(Template)]
#[template(path = "people/pages/demo.html")]
struct DemoPage {
    f: Frame,
    password: &'static str,
    doors: Vec<Door>,
}

async fn personas(v: Visitor) -> Page {
    only_demo(&v)?;
    let mut doors = Vec::new();
    for p in seed::demo_people()?.personas(v.lang) {
        let code = if p.staff { app_code(&v, p.login.clone()).await? } else { String::new() };
        doors.push(Door { p, code });
    }
    let f = v.frame(v.lang.say("people.demo.title"));
    render(&DemoPage { f, password: seed::DEMO_PASSWORD, doors })
}

/// What the app of an invented person would show now.
async fn app_code(v: &Visitor, username: String) -> Done<String> {
    let account = v.read(move |tx| Ok(store::account(tx, &username)?)).await?;
    let sealed = account.and_then(|account| account.totp_sealed);
    let secret = sealed.and_then(|sealed| TotpSecret::open(&v.district.keys, &sealed));
    Ok(match secret {
        Some(secret) => secret.code(v.district.now())?,
        None => String::new(),
    })
}

/// One click: a session as the persona, with the first post they hold.
async fn sign_in(v: Visitor, caller: Caller, form: Form) -> Page {
    only_demo(&v)?;
    let people = seed::demo_people()?;
    let person = persona_id(&people, form.get("persona")).ok_or(Failure::Hidden)?;
    let (who, now) = (person.clone(), v.district.now());
    let seats = v
        .read(move |tx| {
            store::person(tx, &who)?.filter(|p| p.closed_at.is_none()).ok_or(Failure::Hidden)?;
            Ok(store::seats(tx, &who, now)?)
        })
        .await?;
    let first = seats.into_iter().next().map(|seat| seat.appointment);
    let large = is_elder(&people, &person);
    let opening = opening(person, first, "demo", &caller);
    let seconds = session::lasts(opening.proved);
    let mut response = enter(&v, opening, rules::next(form.get("next"))).await?;
    if large {
        let cookie = cookies::set_mode(&v.district.config, true, seconds);
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Who is old reads large print, as they would have chosen themselves.
fn is_elder(people: &DemoPeople, person: &Id) -> bool {
    let mut old = people.resident.iter().filter(|resident| resident.elder);
    old.any(|resident| seed::demo_resident_id(&resident.id) == *person)
}

fn persona_id(people: &DemoPeople, persona: &str) -> Option<Id> {
    let is = |p: &Option<String>| p.as_deref() == Some(persona);
    let staff = people.staff.iter().find(|s| is(&s.persona));
    let resident = people.resident.iter().find(|r| is(&r.persona));
    staff
        .map(|s| Id::derived(&format!("staff {}", s.username)))
        .or_else(|| resident.map(|r| seed::demo_resident_id(&r.id)))
}

struct Message {
    at: String,
    phone: String,
    text: String,
}

#[derive(Template)]
#[template(path = "people/pages/messages.html")]
struct MessagesPage {
    f: Frame,
    messages: Vec<Message>,
}

async fn messages(v: Visitor) -> Page {
    only_demo(&v)?;
    let all = sms::gate(&v.district).fake.as_ref().map(|fake| fake.all()).unwrap_or_default();
    let messages = all
        .into_iter()
        .map(|m| Message { at: v.district.local(m.at), phone: m.phone, text: m.text })
        .collect();
    render(&MessagesPage { f: v.frame(v.lang.say("people.messages.title")), messages })
}
