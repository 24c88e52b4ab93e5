//! Residents sign in by their number and a code.

use askama::Template;
use axum::extract::Query;
use axum::http::header;
use axum::response::{AppendHeaders, IntoResponse as _, Response};
use serde::Deserialize;

use super::me::close_account;
use super::{enter, form_id, opening, problems_of};
use crate::act::{Actor, Done, Failure, FieldProblem, Order, Refusal};
use crate::base::Id;
use crate::page::cookies::{BULK_UNDO, LATEST_DRAFT, SESSION, clear_cookie};
use crate::page::{Form, Frame, Page, Problems, Visitor, one_of, render_form, see_other};
use crate::people::acts::{Agree, Join};
use crate::people::caller::{Caller, not_too_often};
use crate::people::code;
use crate::people::sealed::{SealedName, SealedPhone};
use crate::people::{LeaveMatters, fields, rules, session, sms, store, ticket};

use linli_rules::mask;

#[derive(Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    pub next: String,
}

#[derive(Template)]
#[template(path = "people/pages/sign_in.html")]
struct AskPage {
    f: Frame,
    problems: Problems,
    phone: String,
    next: String,
}

#[derive(Template)]
#[template(path = "people/pages/code.html")]
struct CodePage {
    f: Frame,
    problems: Problems,
    phone: String,
    masked: String,
    /// When another code went out, where one was asked for.
    again: Option<String>,
    next: String,
}

#[derive(Template)]
#[template(path = "people/pages/join.html")]
struct JoinPage {
    f: Frame,
    problems: Problems,
    ticket: String,
    name: String,
    /// Somebody registered them, or they agreed to an older notice: they have a name here.
    known: bool,
    next: String,
    act_id: Id,
    declared: Vec<&'static fields::Field>,
}

impl JoinPage {
    /// The id of the act that closes the account.
    fn closing(&self) -> Id {
        one_of(&self.act_id, "close")
    }
}

/// The page that asks for a number.
pub(super) async fn ask(v: Visitor, Query(query): Query<Next>) -> Page {
    ask_page(&v, Problems::default(), String::new(), &query.next)
}

fn ask_page(v: &Visitor, problems: Problems, phone: String, next: &str) -> Page {
    let f = v.frame(v.lang.say("people.sign_in.title"));
    let page = AskPage { f, problems, phone, next: rules::next(next).to_owned() };
    render_form(&page, &page.problems)
}

fn code_page(v: &Visitor, problems: Problems, phone: String, next: &str) -> CodePage {
    let f = v.frame(v.lang.say("people.code.title"));
    let masked = mask::phone(&phone);
    let next = rules::next(next).to_owned();
    CodePage { f, problems, phone, masked, again: None, next }
}

fn one(problem: FieldProblem) -> Problems {
    vec![problem].into()
}

/// Sends a code and asks for it.
pub(super) async fn send(v: Visitor, caller: Caller, form: Form) -> Page {
    let next = form.get("next");
    not_too_often(&v.district, &caller)?;
    let Some(phone) = rules::phone(form.get("phone")) else {
        let code = if form.get("phone").is_empty() { "missing" } else { "not_a_phone" };
        return ask_page(&v, one(FieldProblem::new("phone", code)), form.get("phone").into(), next);
    };
    match code::send(&v.district, &phone, v.lang).await {
        Ok(()) => {
            let again = (form.get("again") == "yes").then(|| clock_time(&v));
            let page = code_page(&v, Problems::default(), phone, next);
            render_form(&CodePage { again, ..page }, &Problems::default())
        }
        // No code is under way, so none is asked for.
        Err(Failure::Refused(refusal)) if refusal.code == sms::NOT_SET_UP => {
            ask_page(&v, one(FieldProblem::new("phone", refusal.code)), phone, next)
        }
        Err(failure) => {
            let problems = problems_of(failure, "code")?;
            let page = code_page(&v, problems.into(), phone, next);
            render_form(&page, &page.problems)
        }
    }
}

/// The time of day, as a clock on the wall shows it.
fn clock_time(v: &Visitor) -> String {
    let minute = v.district.now().minute_of_day(v.district.config.offset_minutes);
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Takes the code: on to where they wanted to go, or to the page that asks for consent.
pub(super) async fn check(v: Visitor, caller: Caller, form: Form) -> Page {
    let next = form.get("next");
    not_too_often(&v.district, &caller)?;
    let Some(phone) = rules::phone(form.get("phone")) else {
        let problem = one(FieldProblem::new("phone", "not_a_phone"));
        return ask_page(&v, problem, form.get("phone").into(), next);
    };
    match super::wrong_code(&v, &phone, form.get("code")).await? {
        Some(code) => {
            let page = code_page(&v, one(FieldProblem::new("code", code)), phone, next);
            render_form(&page, &page.problems)
        }
        None => proved(&v, &caller, &phone, next).await,
    }
}

async fn proved(v: &Visitor, caller: &Caller, phone: &str, next: &str) -> Page {
    let blind = code::phone_blind(&v.district, phone);
    let known = v
        .read(move |tx| -> Done<_> {
            match store::id_of_phone(tx, &blind)? {
                Some(id) => Ok(store::person(tx, &id)?),
                None => Ok(None),
            }
        })
        .await?;
    match known {
        Some(person) if person.suspended_at.is_some() => {
            Err(Refusal::new("account_suspended").into())
        }
        Some(person) if person.is_staff() || person.consent == fields::NOTICE => {
            enter(v, opening(person.id, None, session::BY_TEXT, caller), rules::next(next)).await
        }
        known => {
            let known = known.map(|person| person.id.to_string()).unwrap_or_default();
            let parts = [phone, known.as_str()];
            let ticket = ticket::issue(&v.district.keys, "join", &parts, v.district.now());
            join_page(v, Problems::default(), (ticket, !known.is_empty()), String::new(), next)
        }
    }
}

fn join_page(
    v: &Visitor,
    problems: Problems,
    (ticket, known): (String, bool),
    name: String,
    next: &str,
) -> Page {
    let title = if known { "people.join.title_known" } else { "people.join.title" };
    let page = JoinPage {
        f: v.frame(v.lang.say(title)),
        problems,
        ticket,
        name,
        known,
        next: rules::next(next).to_owned(),
        act_id: form_id(v),
        declared: fields::of_residents(),
    };
    render_form(&page, &page.problems)
}

/// The number that was shown to be theirs, and who is known by it.
fn shown(v: &Visitor, ticket: &str) -> Option<(String, Option<Id>)> {
    let parts = ticket::open(&v.district.keys, "join", ticket, v.district.now())?;
    let [phone, known] = <[String; 2]>::try_from(parts).ok()?;
    Some((phone, Id::parse(&known)))
}

fn too_late(v: &Visitor, next: &str) -> Page {
    ask_page(v, one(FieldProblem::new("phone", "ticket_old")), String::new(), next)
}

/// Who was registered by others and does not agree closes the account without having gone in
/// (个人信息保护法 第15条、第47条).
pub(super) async fn close(v: Visitor, form: Form, leave: LeaveMatters) -> Page {
    let Some((_, known)) = shown(&v, form.get("ticket")) else {
        return too_late(&v, form.get("next"));
    };
    let person = known.ok_or(Failure::Hidden)?;
    let who = person.clone();
    let account = v.read(move |tx| Ok(store::person(tx, &who)?)).await?;
    // Who has agreed since closes it from within: this page may lie open where others sit by now.
    if account.is_some_and(|account| account.consent == fields::NOTICE) {
        return too_late(&v, form.get("next"));
    }
    close_account(&v, &person, form.act_id(form_id(&v)), leave).await?;
    Ok(see_other("/sign-in?done=person.close_own"))
}

/// Takes the consent and opens the account, where there is none yet.
pub(super) async fn join(v: Visitor, caller: Caller, form: Form) -> Page {
    let (next, ticket) = (form.get("next"), form.get("ticket"));
    let Some((phone, known)) = shown(&v, ticket) else { return too_late(&v, next) };
    let mut problems = Problems::default();
    let name = form.optional("name", 40, &mut problems);
    if form.get("consent") != "yes" {
        problems.add(FieldProblem::new("consent", "consent_missing"));
    }
    if !problems.is_empty() {
        let ticket = (ticket.to_owned(), known.is_some());
        return join_page(&v, problems, ticket, form.get("name").to_owned(), next);
    }
    if let Some(person) = known {
        let act = Agree { person: person.clone(), consent: fields::NOTICE.to_owned() };
        let order = Order::new(form.act_id(form_id(&v)), act);
        v.district.door.perform(&Actor::resident(person), order).await?;
        return proved(&v, &caller, &phone, next).await;
    }
    let person = match open_account(&v, &form, &phone, name).await {
        Err(Failure::Refused(refusal)) if refusal.code == "phone_known" => {
            return proved(&v, &caller, &phone, next).await;
        }
        other => other?,
    };
    enter(&v, opening(person, None, session::BY_TEXT, &caller), rules::next(next)).await
}

async fn open_account(v: &Visitor, form: &Form, phone: &str, name: Option<String>) -> Done<Id> {
    let keys = &v.district.keys;
    let id = form.act_id(form_id(v));
    let act = Join {
        id: id.clone(),
        phone: SealedPhone::of(keys, phone),
        name: name.map(|name| SealedName::of(keys, &name)),
        language: v.lang.code(),
        consent: fields::NOTICE.to_owned(),
        place_path: format!("/{}/", v.district.config.code),
    };
    let order = Order::new(id, act);
    Ok(v.district.door.perform(&Actor::public(), order).await?.outcome)
}

/// Ends the session at once, on the server and in the browser.
pub(super) async fn sign_out(v: Visitor) -> Done<Response> {
    if let Some(signed_in) = &v.signed_in {
        let (id, person) = (signed_in.session.clone(), signed_in.person.clone());
        session::end(v.district.store(), id, person, v.district.now()).await?;
    }
    let gone =
        [SESSION, LATEST_DRAFT, BULK_UNDO].map(|name| clear_cookie(&v.district.config, name));
    let gone = gone.map(|cookie| (header::SET_COOKIE, cookie));
    Ok((AppendHeaders(gone), see_other("/")).into_response())
}
