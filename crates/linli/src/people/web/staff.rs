//! Staff sign in by user name, password and the code of their app.

use askama::Template;
use axum::extract::Query;

use super::sign_in::Next;
use super::{enter, form_id, opening, problems_of};
use crate::act::{Actor, Done, FieldProblem, Order};
use crate::base::Id;
use crate::page::{Form, Frame, Page, Problems, Visitor, render_form};
use crate::people::acts::{Secure, SignIn};
use crate::people::caller::{Caller, not_too_often};
use crate::people::totp::TotpSecret;
use crate::people::{code, password, rules, store, ticket};

#[derive(Template)]
#[template(path = "people/pages/staff.html")]
struct AskPage {
    f: Frame,
    problems: Problems,
    username: String,
    next: String,
}

#[derive(Template)]
#[template(path = "people/pages/first.html")]
struct FirstPage {
    f: Frame,
    problems: Problems,
    ticket: String,
    next: String,
    act_id: Id,
    /// The old password was for one time only.
    must_change: bool,
    picture: String,
    words: String,
}

pub(super) async fn ask(v: Visitor, Query(query): Query<Next>) -> Page {
    ask_page(&v, Problems::default(), "", &query.next)
}

fn ask_page(v: &Visitor, problems: Problems, username: &str, next: &str) -> Page {
    let f = v.frame(v.lang.say("people.staff.title"));
    let next = rules::next(next).to_owned();
    let page = AskPage { f, problems, username: username.to_owned(), next };
    render_form(&page, &page.problems)
}

fn refuse(v: &Visitor, field: &str, problem: &'static str, form: &Form) -> Page {
    let problems: Problems = vec![FieldProblem::new(field, problem)].into();
    ask_page(v, problems, form.get("username"), form.get("next"))
}

/// One answer for a wrong name, a wrong password and a wrong code, after the same work.
pub(super) async fn check(v: Visitor, caller: Caller, form: Form) -> Page {
    not_too_often(&v.district, &caller)?;
    if form.get("username").is_empty() || form.get("password").is_empty() {
        let field = if form.get("username").is_empty() { "username" } else { "password" };
        return refuse(&v, field, "missing", &form);
    }
    let username = form.get("username").trim().to_ascii_lowercase();
    let typed = form.get("password");
    let account = match by_password(&v, &username, typed, "wrong_sign_in").await? {
        Ok(account) => account,
        Err(problem) => return refuse(&v, "username", problem, &form),
    };
    let now = v.district.now();
    if account.password_until.is_some_and(|until| until <= now) {
        return refuse(&v, "password", "one_time_over", &form);
    }
    let secret = account.totp_sealed.as_deref().and_then(|s| TotpSecret::open(&v.district.keys, s));
    let (Some(secret), None) = (secret, account.password_until) else {
        code::forgive_passwords(&v.district, &username).await?;
        return begin(&v, &account, &username, form.get("next"));
    };
    let typed = rules::code(form.get("code")).unwrap_or_default();
    let Some(step) = secret.check(&typed, now)? else {
        return refuse(&v, "username", "wrong_sign_in", &form);
    };
    let act = SignIn { person: account.person.clone(), step };
    let actor = Actor::resident(account.person.clone());
    if let Err(failure) = v.district.door.perform(&actor, Order::new(form_id(&v), act)).await {
        let problems = problems_of(failure, "code")?;
        return ask_page(&v, problems.into(), form.get("username"), form.get("next"));
    }
    code::forgive_passwords(&v.district, &username).await?;
    come_in(&v, &caller, account.person, form.get("next")).await
}

/// The account of a user name whose password was typed; otherwise the problem, `wrong` where there
/// is no such user or the password is another.
pub(super) async fn by_password(
    v: &Visitor,
    username: &str,
    typed: &str,
    wrong: &'static str,
) -> Done<Result<store::Account, &'static str>> {
    let look = async {
        let asked = username.to_owned();
        let account = v.read(move |tx| Ok(store::account(tx, &asked)?)).await?;
        let hash = account.as_ref().and_then(|account| account.password_hash.clone());
        let right = password::verify(typed.to_owned(), hash).await?;
        Ok(account.filter(|_| right))
    };
    match code::in_one_try(&v.district, username, look).await? {
        Some(account) => Ok(account.ok_or(wrong)),
        None => Ok(Err("too_many_tries")),
    }
}

/// With one post, as that post; with several, to the page that asks which; with none, as a
/// resident.
async fn come_in(v: &Visitor, caller: &Caller, person: Id, next: &str) -> Page {
    let (who, now) = (person.clone(), v.district.now());
    let seats = v.read(move |tx| Ok(store::seats(tx, &who, now)?)).await?;
    let next = rules::next(next);
    let own: Vec<_> = seats.iter().filter(|seat| seat.standing_in.is_none()).collect();
    let first = own.first().map(|seat| seat.appointment.clone());
    let several = seats.len() > 1;
    let entering = opening(person, first, "password+totp", caller);
    if several {
        let back = percent_encoding::utf8_percent_encode(next, percent_encoding::NON_ALPHANUMERIC);
        return enter(v, entering, &format!("/me/post?next={back}")).await;
    }
    enter(v, entering, next).await
}

/// The first sign-in: a fresh secret, sealed into the ticket with the person and the row's version.
pub(super) fn begin(v: &Visitor, account: &store::Account, username: &str, next: &str) -> Page {
    let secret = TotpSecret::fresh();
    let sealed = crate::base::secret::hex(&secret.seal(&v.district.keys));
    let change = if account.password_until.is_some() { "change" } else { "" };
    let version = account.version.to_string();
    let parts = [account.person.as_str(), &version, change, username, &sealed];
    let ticket = ticket::issue(&v.district.keys, "first", &parts, v.district.now());
    first_page(v, Problems::default(), ticket, next)
}

/// What a ticket of the first sign-in holds.
struct First {
    person: Id,
    version: i64,
    must_change: bool,
    username: String,
    secret: TotpSecret,
}

fn open_ticket(v: &Visitor, ticket: &str) -> Option<First> {
    let parts = ticket::open(&v.district.keys, "first", ticket, v.district.now())?;
    let [person, version, change, username, sealed] = <[String; 5]>::try_from(parts).ok()?;
    let sealed = crate::base::secret::unhex(&sealed)?;
    Some(First {
        person: Id::parse(&person)?,
        version: version.parse().ok()?,
        must_change: change == "change",
        username,
        secret: TotpSecret::open(&v.district.keys, &sealed)?,
    })
}

fn first_page(v: &Visitor, problems: Problems, ticket: String, next: &str) -> Page {
    let Some(first) = open_ticket(v, &ticket) else {
        let problems: Problems = vec![FieldProblem::new("username", "ticket_old")].into();
        return ask_page(v, problems, "", next);
    };
    let issuer = format!("{} {}", v.lang.say("page.linli"), v.district.config.name);
    let page = FirstPage {
        f: v.frame(v.lang.say("people.first.title")),
        problems,
        ticket,
        next: rules::next(next).to_owned(),
        act_id: form_id(v),
        must_change: first.must_change,
        picture: first.secret.picture(&issuer, &first.username)?,
        words: first.secret.words(),
    };
    render_form(&page, &page.problems)
}

/// Takes the new password and the first code of the app.
pub(super) async fn first(v: Visitor, caller: Caller, form: Form) -> Page {
    let (ticket, next) = (form.get("ticket").to_owned(), form.get("next"));
    let Some(first) = open_ticket(&v, &ticket) else {
        return first_page(&v, Problems::default(), ticket, next);
    };
    let mut problems = Problems::default();
    if first.must_change {
        check_password(&form, &first.username, &mut problems);
    }
    let typed = rules::code(form.get("code")).unwrap_or_default();
    let step = first.secret.check(&typed, v.district.now())?;
    if step.is_none() {
        problems.add(FieldProblem::new("code", "wrong_app_code"));
    }
    let Some(step) = step.filter(|_| problems.is_empty()) else {
        return first_page(&v, problems, ticket, next);
    };
    secure(&v, &form, &first, step).await?;
    come_in(&v, &caller, first.person, next).await
}

pub(super) fn check_password(form: &Form, username: &str, problems: &mut Problems) {
    if let Err(code) = rules::password(form.get("password"), username) {
        problems.add(FieldProblem::new("password", code).with("min", rules::PASSWORD_MIN));
    } else if form.get("password") != form.get("again") {
        problems.add(FieldProblem::new("again", "not_the_same"));
    }
}

async fn secure(v: &Visitor, form: &Form, first: &First, step: i64) -> Done<()> {
    let (keys, act_id) = (&v.district.keys, form.act_id(form_id(v)));
    let chosen = Some(form.get("password")).filter(|_| first.must_change);
    let (hash, mark) = match chosen {
        Some(chosen) => (
            Some(password::hash(chosen.to_owned()).await?),
            password::mark(keys, &act_id, chosen).await?,
        ),
        None => (None, String::new()),
    };
    let act = Secure {
        person: first.person.clone(),
        password_hash: hash,
        totp_sealed: first.secret.seal(keys),
        step,
        version: first.version,
        asked: [mark, keys.blind("app of an act", &first.secret.words())],
    };
    let actor = Actor::resident(first.person.clone());
    v.district.door.perform(&actor, Order::new(act_id, act)).await?;
    Ok(())
}
