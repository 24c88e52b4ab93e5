//! Administration of people: accounts of staff, registering at the counter, a look at a full name.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query};
use axum::routing::get;
use serde::Deserialize;

use super::listed::{Found, Row};
use super::turned::{Turned, address, turned};
use super::{form_id, problems_of};
use crate::act::{Act, Answer, Done, Failure, FieldProblem, Subject};
use crate::base::Id;
use crate::base::sort::By;
use crate::district::Districts;
use crate::page::{
    Form, Frame, Page, Problems, Visitor, one_of, page_above, render, render_form, see_other,
};
use crate::people::acts::office;
use crate::people::acts::{CreateStaff, Registered, Reset, Resume, Suspend, Unmask};
use crate::people::admin::ONE_TIME_DAYS;
use crate::people::sealed::{SealedName, SealedPhone};
use crate::people::{PERSONS, password, rules, seed, store};
use crate::store::ReadTx;
use crate::territory;
use crate::words::Lang;

pub(super) fn routes() -> Router<Districts> {
    Router::new()
        .route("/admin/people", get(list).post(create))
        .route("/admin/people/register", get(counter).post(register))
        .route("/admin/people/{id}", get(one))
        .route("/admin/people/{id}/unmask", get(page_above).post(unmask))
        .route("/admin/people/{id}/reset", get(page_above).post(reset))
        .route("/admin/people/{id}/suspend", get(page_above).post(suspend))
        .route("/admin/people/{id}/resume", get(page_above).post(resume))
}

/// The longest words that are searched for.
const SEARCH_MAX: usize = 60;

#[derive(Template)]
#[template(path = "people/pages/people.html")]
struct PeoplePage {
    f: Frame,
    lists: Vec<super::List>,
    problems: Problems,
    act_id: Id,
    staff: Turned<Row>,
    /// They stand on the first page of staff.
    residents: Vec<Row>,
    /// There are more residents than the page lists.
    more: bool,
    q: String,
    by: By,
    may_create: bool,
    may_register: bool,
    username: String,
    name: String,
    phone: String,
    /// What was chosen for a new account.
    language: &'static str,
}

/// Whom the list is asked for.
#[derive(Default, Deserialize)]
struct Wanted {
    /// Letters of a name as it is shown, of an account, a post or a place.
    #[serde(default)]
    q: String,
    /// How names are put in order: `stroke`, else by their sound.
    #[serde(default)]
    sort: String,
    /// Behind whom the page of staff begins.
    #[serde(default)]
    after: String,
}

async fn list(v: Visitor, Query(wanted): Query<Wanted>) -> Page {
    page(&v, Problems::default(), &Form::default(), wanted).await
}

async fn page(v: &Visitor, problems: Problems, form: &Form, wanted: Wanted) -> Page {
    v.person()?;
    if !super::lists_people(v) {
        return Err(Failure::Hidden);
    }
    let q: String = wanted.q.trim().chars().take(SEARCH_MAX).collect();
    let (asking, words, by) = (v.clone(), q.clone(), By::of(&wanted.sort));
    let look = move |tx: &ReadTx<'_>| -> Done<_> {
        let found = Found::read(tx, &asking, &words)?;
        let (staff, residents) = found.sorted(&asking.district.keys, &words, by);
        Ok((staff, residents, found.more()))
    };
    let (staff, residents, more) = v.district.store().read_long(look).await?;
    let here = |after: &str| {
        let asked = [("q", &*q), ("sort", &*wanted.sort), ("after", after)];
        address("/admin/people", &asked)
    };
    let staff = turned(staff, |row| &row.id, &wanted.after, here);
    let first = staff.earlier.is_none();
    let page = PeoplePage {
        f: v.frame(v.lang.say("people.admin.people")),
        lists: super::lists(v),
        problems,
        act_id: form_id(v),
        staff,
        residents: if first { residents } else { Vec::new() },
        more,
        q,
        by,
        may_create: v.may("staff.create"),
        may_register: v.may("person.register"),
        username: form.get("username").to_owned(),
        name: form.get("name").to_owned(),
        phone: form.get("phone").to_owned(),
        language: Lang::from_code(form.get("language")).unwrap_or_default().code(),
    };
    render_form(&page, &page.problems)
}

/// A one-time password, shown once.
#[derive(Template)]
#[template(path = "people/pages/one_time.html")]
struct OneTimePage {
    f: Frame,
    /// Empty when the form was sent twice: it was shown the first time.
    one_time: String,
    person: Id,
    days: i64,
}

fn one_time_page(v: &Visitor, person: Id, one_time: String, repeated: bool) -> Page {
    render(&OneTimePage {
        f: v.frame(v.lang.say("people.one_time.title")),
        one_time: if repeated { String::new() } else { one_time },
        person,
        days: ONE_TIME_DAYS,
    })
}

async fn create(v: Visitor, form: Form) -> Page {
    v.duty("staff.create")?;
    let mut problems = Problems::default();
    let name = form.required("name", 40, &mut problems);
    let username = rules::username(form.get("username"));
    if username.is_none() {
        problems.add(FieldProblem::new("username", "bad_username"));
    }
    let phone = optional_phone(&form, &mut problems);
    let language = super::tongue(&form, Lang::default(), &mut problems);
    let (Some(username), true) = (username, problems.is_empty()) else {
        return page(&v, problems, &form, Wanted::default()).await;
    };
    let (one_time, id) = (password::one_time(), form.act_id(form_id(&v)));
    let keys = &v.district.keys;
    let act = CreateStaff {
        id: id.clone(),
        username,
        name: SealedName::of(keys, &name),
        phone: phone.map(|phone| SealedPhone::of(keys, &phone)),
        password_hash: password::hash(one_time.clone()).await?,
        password_until: Some(v.district.now().plus_days(ONE_TIME_DAYS)),
        totp_sealed: None,
        place_path: format!("/{}/", v.district.config.code),
        language,
    };
    match v.perform(id, act).await {
        Ok(Answer { outcome, repeated, .. }) => one_time_page(&v, outcome, one_time, repeated),
        Err(failure) => {
            let problems = problems_of(failure, "username")?.into();
            page(&v, problems, &form, Wanted::default()).await
        }
    }
}

fn optional_phone(form: &Form, problems: &mut Problems) -> Option<String> {
    let phone = rules::phone(form.get("phone"));
    if phone.is_none() && !form.get("phone").is_empty() {
        problems.add(FieldProblem::new("phone", "not_a_phone"));
    }
    phone
}

#[derive(Template)]
#[template(path = "people/pages/person.html")]
struct PersonPage {
    f: Frame,
    problems: Problems,
    act_id: Id,
    id: Id,
    name: String,
    phone: String,
    username: String,
    state: &'static str,
    since: String,
    place: String,
    seats: Vec<(Id, String)>,
    suspended: bool,
    opened: bool,
    /// The reasons as they were typed, where a form comes back.
    typed: Form,
    may_unmask: bool,
    may_reset: bool,
    /// The terminal of the machine gives them another password.
    is_administrator: bool,
    may_suspend: bool,
}

impl PersonPage {
    /// The id of the act behind one of the forms.
    fn id_of(&self, form: &str) -> Id {
        one_of(&self.act_id, form)
    }
}

async fn one(v: Visitor, Path(id): Path<String>) -> Page {
    person_page(&v, known(&id)?, Problems::default(), (false, &Form::default())).await
}

fn known(id: &str) -> Done<Id> {
    Id::parse(id).ok_or(Failure::Hidden)
}

/// One person, masked; opened right after a look that was noted.
async fn person_page(
    v: &Visitor,
    id: Id,
    problems: Problems,
    (opened, typed): (bool, &Form),
) -> Page {
    v.person()?;
    let (duties, actor, now) = (v.duties.clone(), v.actor.clone(), v.district.now());
    let (person, may, seats, place, is_administrator) = v
        .read(move |tx| {
            let can = |act: &str| store::reachable(tx, &duties, &actor, act, &id);
            let person = store::person(tx, &id)?.ok_or(Failure::Hidden)?;
            // What is done with accounts of staff opens the page of no resident.
            let of_staff = |act: &str| Ok::<_, Failure>(person.is_staff() && can(act)?);
            let may = [
                can("person.unmask")?,
                of_staff("staff.reset")?,
                of_staff("staff.suspend")?,
                can("person.see")?,
            ];
            if !may.contains(&true) {
                return Err(Failure::Hidden);
            }
            let place = territory::store::place_by_path(tx, &person.place_path)?;
            let is_administrator = office::is_administrator(tx, &id, now)?;
            Ok((person, may, store::seats(tx, &id, now)?, place, is_administrator))
        })
        .await?;
    let keys = &v.district.keys;
    let staff = person.is_staff();
    // A look sent again is answered before the duty list is asked.
    let opened = opened && may[0];
    let masked = person.phone_masked.clone().unwrap_or_default();
    let page = PersonPage {
        f: v.frame(v.lang.say("people.person.title")),
        problems,
        act_id: form_id(v),
        name: if opened || staff { person.full_name(keys) } else { person.name_masked.clone() },
        phone: if opened { person.full_phone(keys).unwrap_or_default() } else { masked },
        state: person.state(),
        since: v.district.local(person.created_at),
        place: place.map(|p| p.name).unwrap_or_default(),
        seats: seats.into_iter().map(|seat| (seat.post, seat.title)).collect(),
        suspended: person.suspended_at.is_some(),
        opened,
        typed: typed.clone(),
        may_unmask: may[0],
        may_reset: may[1] && !is_administrator,
        is_administrator,
        may_suspend: may[2],
        username: person.username.unwrap_or_default(),
        id: person.id,
    };
    render_form(&page, &page.problems)
}

async fn unmask(v: Visitor, Path(id): Path<String>, form: Form) -> Page {
    let id = known(&id)?;
    let mut problems = Problems::default();
    let reason = form.required("reason", 200, &mut problems);
    if !problems.is_empty() {
        return person_page(&v, id, problems, (false, &form)).await;
    }
    let act = Unmask { person: id.clone(), reason };
    v.perform(form.act_id(form_id(&v)), act).await?.opens(v.district.now())?;
    person_page(&v, id, Problems::default(), (true, &Form::default())).await
}

async fn reset(v: Visitor, Path(id): Path<String>, form: Form) -> Page {
    let (person, one_time) = (known(&id)?, password::one_time());
    // A hash takes the machine's time, and is made for nobody who may not.
    v.entitled("staff.reset", Subject::row(PERSONS, &person)).await?;
    let mut problems = Problems::default();
    let reason = form.required("reset_why", 200, &mut problems);
    if !problems.is_empty() {
        return person_page(&v, person, problems, (false, &form)).await;
    }
    let act = Reset {
        person: person.clone(),
        reason,
        password_hash: password::hash(one_time.clone()).await?,
        password_until: v.district.now().plus_days(ONE_TIME_DAYS),
    };
    match v.perform(form.act_id(form_id(&v)), act).await {
        Ok(answer) => one_time_page(&v, person, one_time, answer.repeated),
        Err(failure) => {
            let problems = problems_of(failure, "reset")?;
            person_page(&v, person, problems.into(), (false, &form)).await
        }
    }
}

async fn suspend(v: Visitor, Path(id): Path<String>, form: Form) -> Page {
    let person = known(&id)?;
    let mut problems = Problems::default();
    let reason = form.required("suspend_why", 200, &mut problems);
    if !problems.is_empty() {
        v.entitled("staff.suspend", Subject::row(PERSONS, &person)).await?;
        return person_page(&v, person, problems, (false, &form)).await;
    }
    done(&v, (&person, "suspend"), &form, Suspend { person: person.clone(), reason }).await
}

async fn resume(v: Visitor, Path(id): Path<String>, form: Form) -> Page {
    let person = known(&id)?;
    done(&v, (&person, "resume"), &form, Resume { person: person.clone() }).await
}

async fn done<A: Act>(v: &Visitor, (person, what): (&Id, &str), form: &Form, act: A) -> Page {
    match v.perform(form.act_id(form_id(v)), act).await {
        Ok(_) => Ok(see_other(&format!("/admin/people/{person}?done=staff.{what}"))),
        Err(failure) => {
            let problems = problems_of(failure, "suspend")?;
            person_page(v, person.clone(), problems.into(), (false, form)).await
        }
    }
}

#[derive(Template)]
#[template(path = "people/pages/register.html")]
struct RegisterPage {
    f: Frame,
    problems: Problems,
    act_id: Id,
    name: String,
    phone: String,
    /// Who has this number already, masked, where the clerk is to ask whether it is they.
    known: String,
    /// They have an account, which somebody else looks after.
    elsewhere: bool,
    /// The clerk may write a report with them.
    may_report: bool,
}

async fn counter(v: Visitor, Query(asked): Query<AtCounter>) -> Page {
    register_page(&v, Problems::default(), &Form::default(), String::new(), asked.known == "yes")
}

#[derive(Deserialize)]
struct AtCounter {
    /// Whoever was to be registered has an account.
    #[serde(default)]
    known: String,
}

fn register_page(
    v: &Visitor,
    problems: Problems,
    form: &Form,
    known: String,
    elsewhere: bool,
) -> Page {
    v.person()?;
    if !v.may("person.register") {
        return Err(Failure::Hidden);
    }
    let page = RegisterPage {
        f: v.frame(v.lang.say("people.register.title")),
        problems,
        act_id: form_id(v),
        name: form.get("name").to_owned(),
        phone: form.get("phone").to_owned(),
        known,
        elsewhere,
        may_report: v.may("case.report"),
    };
    render_form(&page, &page.problems)
}

/// A clerk registers somebody of their own place. A number that is known is told with the masked
/// name of its holder, so that no second account is thought to have been made.
async fn register(v: Visitor, form: Form) -> Page {
    // Whether a number has an account is nothing that anybody may ask.
    v.duty("person.register")?;
    let mut problems = Problems::default();
    let name = form.required("name", 40, &mut problems);
    let phone = optional_phone(&form, &mut problems);
    if form.get("consent") != "yes" {
        problems.add(FieldProblem::new("consent", "consent_missing"));
    }
    if !problems.is_empty() {
        return register_page(&v, problems, &form, String::new(), false);
    }
    if let Some(phone) = &phone
        && let Some(known) = super::holder_of(&v, phone).await?
        && form.get("same") != "yes"
        && !super::sent_before(&v, &form).await?
    {
        return register_page(&v, problems, &form, known, false);
    }
    let path = v.actor.place_path.clone();
    let place = v.read(move |tx| Ok(territory::store::place_by_path(tx, &path)?)).await?;
    let here = place.as_ref().map(|p| (&p.id, p.path.as_str()));
    let id = form.act_id(form_id(&v));
    let phone = phone.as_deref();
    let act = seed::find_or_create_reporter(&v.district, id.clone(), &name, phone, here, "counter");
    let Registered { person, known } = v.perform(id, act).await?.outcome;
    let (duties, actor, who) = (v.duties.clone(), v.actor.clone(), person.clone());
    let look =
        move |tx: &ReadTx<'_>| Ok(store::reachable(tx, &duties, &actor, "person.see", &who)?);
    let theirs = v.read(look).await?;
    let told = if known { "person.known" } else { "person.register" };
    let page = format!("/admin/people/{person}?done={told}");
    Ok(see_other(if theirs { &page } else { "/admin/people/register?known=yes" }))
}
