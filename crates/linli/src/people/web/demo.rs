//! The doors of a demonstration: what was "sent", who can be tried. Nowhere else do they exist.

use askama::Template;
use axum::Router;
use axum::routing::{get, post};

use super::{enter, opening};
use crate::act::{Done, Failure};
use crate::base::Id;
use crate::district::Districts;
use crate::page::{Form, Frame, Page, Visitor, render};
use crate::people::caller::Caller;
use crate::people::seed::{self, DemoPeople};
use crate::people::totp::TotpSecret;
use crate::people::{rules, sms, store};

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

struct Persona {
    id: String,
    title: String,
    /// The user name, or the number of a resident.
    login: String,
    staff: bool,
    code: String,
}

#[derive(Template)]
#[template(path = "people/pages/demo.html")]
struct DemoPage {
    f: Frame,
    password: &'static str,
    personas: Vec<Persona>,
}

async fn personas(v: Visitor) -> Page {
    only_demo(&v)?;
    let mut personas = listed(&v, &seed::demo_people()?);
    for persona in personas.iter_mut().filter(|p| p.staff) {
        persona.code = app_code(&v, persona.login.clone()).await?;
    }
    let f = v.frame(v.lang.say("people.demo.title"));
    render(&DemoPage { f, password: seed::DEMO_PASSWORD, personas })
}

fn listed(v: &Visitor, people: &DemoPeople) -> Vec<Persona> {
    let title = |words: &Option<seed::Words>| {
        words.as_ref().map_or(String::new(), |w| v.lang.pick(&w.zh, &w.en).to_owned())
    };
    let residents = people.resident.iter().filter_map(|r| {
        let (id, title) = (r.persona.clone()?, title(&r.persona_title));
        Some(Persona { id, title, login: r.phone.clone(), staff: false, code: String::new() })
    });
    let staff = people.staff.iter().filter_map(|s| {
        let (id, title) = (s.persona.clone()?, title(&s.persona_title));
        Some(Persona { id, title, login: s.username.clone(), staff: true, code: String::new() })
    });
    residents.chain(staff).collect()
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
    enter(&v, opening(person, first, "demo", &caller), rules::next(form.get("next"))).await
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
