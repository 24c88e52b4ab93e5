//! Putting one's own data right: the number, the place where one lives, the password of staff
//! (个人信息保护法 第46条).

use askama::Template;
use axum::Router;
use axum::routing::get;

use super::me::{as_myself, done_before};
use super::{form_id, problems_of};
use crate::act::{Failure, FieldProblem};
use crate::base::Id;
use crate::district::Districts;
use crate::page::{Form, Frame, Page, Problems, Visitor, page_above, render_form, see_other};
use crate::people::acts::{ChangePassword, CorrectPhone, CorrectPlace};
use crate::people::caller::{Caller, not_too_often};
use crate::people::code;
use crate::people::sealed::SealedPhone;
use crate::people::store::Person;
use crate::people::{password, rules, store};
use crate::territory::{self, Place};

pub(super) fn routes() -> Router<Districts> {
    Router::new()
        .route("/me/phone", get(phone).post(change_phone))
        .route("/me/phone/code", get(page_above).post(send_code))
        .route("/me/place", get(place).post(change_place))
        .route("/me/password", get(password_form).post(change_password))
}

async fn myself(v: &Visitor) -> Result<Person, Failure> {
    let id = v.person()?;
    v.read(move |tx| store::person(tx, &id)?.ok_or(Failure::Hidden)).await
}

#[derive(Template)]
#[template(path = "people/pages/own_phone.html")]
struct PhonePage {
    f: Frame,
    problems: Problems,
    act_id: Id,
    now: String,
    /// As typed; the code was sent there when `sent`.
    phone: String,
    sent: bool,
}

async fn phone(v: Visitor) -> Page {
    phone_page(&v, Problems::default(), "", false).await
}

async fn phone_page(v: &Visitor, problems: Problems, phone: &str, sent: bool) -> Page {
    let person = myself(v).await?;
    let page = PhonePage {
        f: v.frame(v.lang.say("people.own.phone_title")),
        problems,
        act_id: form_id(v),
        now: person.full_phone(&v.district.keys).unwrap_or_default(),
        phone: phone.to_owned(),
        sent,
    };
    render_form(&page, &page.problems)
}

fn one(field: &str, code: &'static str) -> Problems {
    vec![FieldProblem::new(field, code)].into()
}

/// Sends a code to the new number, whoever has it: only who reads it there can go on.
async fn send_code(v: Visitor, caller: Caller, form: Form) -> Page {
    v.person()?;
    not_too_often(&v.district, &caller)?;
    let typed = form.get("phone");
    let Some(phone) = rules::phone(typed) else {
        let code = if typed.is_empty() { "missing" } else { "not_a_phone" };
        return phone_page(&v, one("phone", code), typed, false).await;
    };
    match code::send(&v.district, &phone, v.lang).await {
        Ok(()) => phone_page(&v, Problems::default(), &phone, true).await,
        Err(failure) => phone_page(&v, problems_of(failure, "code")?.into(), &phone, true).await,
    }
}

async fn change_phone(v: Visitor, caller: Caller, form: Form) -> Page {
    let person = myself(&v).await?;
    not_too_often(&v.district, &caller)?;
    let typed = form.get("phone");
    let Some(phone) = rules::phone(typed) else {
        return phone_page(&v, one("phone", "not_a_phone"), typed, false).await;
    };
    let act = CorrectPhone {
        person: person.id,
        phone: SealedPhone::of(&v.district.keys, &phone),
        version: person.version,
    };
    let act_id = form.act_id(form_id(&v));
    // A code is good once, so a form sent again is answered before it is asked for.
    if done_before(&v, &act_id, &act).await? {
        return Ok(see_other("/me"));
    }
    if let Some(wrong) = super::wrong_code(&v, &phone, form.get("code")).await? {
        return phone_page(&v, one("code", wrong), &phone, true).await;
    }
    match as_myself(&v, act_id, act).await {
        Ok(()) => Ok(see_other("/me")),
        Err(failure) => phone_page(&v, problems_of(failure, "phone")?.into(), &phone, false).await,
    }
}

#[derive(Template)]
#[template(path = "people/pages/own_place.html")]
struct OwnPlacePage {
    f: Frame,
    problems: Problems,
    act_id: Id,
    version: i64,
    places: Vec<(Id, String)>,
    place: String,
}

async fn place(v: Visitor) -> Page {
    place_page(&v, Problems::default()).await
}

async fn place_page(v: &Visitor, problems: Problems) -> Page {
    let person = myself(v).await?;
    if person.is_staff() {
        return Err(Failure::Hidden);
    }
    let places = v.read(move |tx| Ok(territory::store::every_place(tx)?)).await?;
    let page = OwnPlacePage {
        f: v.frame(v.lang.say("people.own.place_title")),
        problems,
        act_id: form_id(v),
        version: person.version,
        places: super::choices(places.into_iter().filter(Place::stands).collect()),
        place: person.place_id.map(|id| id.to_string()).unwrap_or_default(),
    };
    render_form(&page, &page.problems)
}

async fn change_place(v: Visitor, form: Form) -> Page {
    let person = v.person()?;
    let Some(place) = Id::parse(form.get("place")) else {
        return place_page(&v, one("place", "missing")).await;
    };
    let version = form.get("version").parse().unwrap_or(0);
    let act = CorrectPlace { person, place, version };
    match as_myself(&v, form.act_id(form_id(&v)), act).await {
        Ok(()) => Ok(see_other("/me")),
        Err(failure) => place_page(&v, problems_of(failure, "place")?.into()).await,
    }
}

#[derive(Template)]
#[template(path = "people/pages/own_password.html")]
struct PasswordPage {
    f: Frame,
    problems: Problems,
    act_id: Id,
}

async fn password_form(v: Visitor) -> Page {
    password_page(&v, Problems::default()).await
}

async fn password_page(v: &Visitor, problems: Problems) -> Page {
    if !myself(v).await?.is_staff() {
        return Err(Failure::Hidden);
    }
    let f = v.frame(v.lang.say("people.own.password_title"));
    let page = PasswordPage { f, problems, act_id: form_id(v) };
    render_form(&page, &page.problems)
}

/// The old password is asked, with as few tries as at the door; every other session of the person
/// ends with the change.
async fn change_password(v: Visitor, form: Form) -> Page {
    let person = myself(&v).await?;
    let Some(username) = person.username.filter(|_| person.kind == "staff") else {
        return Err(Failure::Hidden);
    };
    let (version, password_hash) = (person.version, String::new());
    let act_id = form.act_id(form_id(&v));
    let asked = password::mark(&v.district.keys, &act_id, form.get("password")).await?;
    let session = v.signed_in.as_ref().map(|signed_in| signed_in.session.clone());
    let mut act = ChangePassword { person: person.id, password_hash, version, asked, session };
    // The old password is not the old one any more when the form comes again.
    if done_before(&v, &act_id, &act).await? {
        return Ok(see_other("/me"));
    }
    let mut problems = Problems::default();
    super::staff::check_password(&form, &username, &mut problems);
    if form.get("old").is_empty() {
        problems.add(FieldProblem::new("old", "missing"));
    }
    if !problems.is_empty() {
        return password_page(&v, problems).await;
    }
    let old = super::staff::by_password(&v, &username, form.get("old"), "wrong_old_password");
    let account = match old.await? {
        Ok(account) => account,
        Err(problem) => return password_page(&v, one("old", problem)).await,
    };
    code::forgive_passwords(&v.district, &username).await?;
    act.password_hash = password::hash(form.get("password").to_owned()).await?;
    act.version = account.version;
    as_myself(&v, act_id, act).await?;
    Ok(see_other("/me"))
}
