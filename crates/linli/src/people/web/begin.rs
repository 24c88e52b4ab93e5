//! The page behind the link that the terminal printed: who the first administrator is. Their
//! password and their app are tied on the page of every first sign-in.

use askama::Template;
use axum::extract::Path;

use super::{form_id, problems_of, staff};
use crate::act::{Done, FieldProblem, Refusal};
use crate::base::Id;
use crate::page::{Form, Frame, Page, Problems, Visitor, render_form};
use crate::people::caller::{Caller, not_too_often};
use crate::people::first_run::{self, State};
use crate::people::{rules, store};

#[derive(Template)]
#[template(path = "people/pages/begin.html")]
struct BeginPage {
    f: Frame,
    problems: Problems,
    act_id: Id,
    ticket: String,
    district: String,
    /// The account that was begun before, where there is one.
    begun: Option<String>,
    username: String,
    name: String,
}

/// A link that ran out or was used leads nowhere, and says how to get another.
async fn good(v: &Visitor, ticket: &str) -> Done<State> {
    let over = || Refusal::new("begin_over").into();
    if !first_run::is_good(&v.district, ticket, v.district.now()) {
        return Err(over());
    }
    match v.read(|tx| Ok(first_run::state(tx)?)).await? {
        State::Over => Err(over()),
        state => Ok(state),
    }
}

pub(super) async fn ask(v: Visitor, caller: Caller, Path(ticket): Path<String>) -> Page {
    not_too_often(&v.district, &caller)?;
    let state = good(&v, &ticket).await?;
    page(&v, state, ticket, &Form::default(), Problems::default())
}

fn page(v: &Visitor, state: State, ticket: String, form: &Form, problems: Problems) -> Page {
    let page = BeginPage {
        f: v.frame(v.lang.say("people.begin.title")),
        problems,
        act_id: form_id(v),
        ticket,
        district: v.district.config.name.clone(),
        begun: match state {
            State::Begun { username } => Some(username),
            _ => None,
        },
        username: form.get("username").to_owned(),
        name: form.get("name").to_owned(),
    };
    render_form(&page, &page.problems)
}

pub(super) async fn take(
    v: Visitor,
    caller: Caller,
    Path(ticket): Path<String>,
    form: Form,
) -> Page {
    not_too_often(&v.district, &caller)?;
    let state = good(&v, &ticket).await?;
    let mut problems = Problems::default();
    let (mut name, mut username) = (String::new(), Some(String::new()));
    if state == State::Nobody {
        name = form.required("name", 40, &mut problems);
        username = rules::username(form.get("username"));
        if username.is_none() {
            problems.add(FieldProblem::new("username", "bad_username"));
        }
    }
    let (Some(username), true) = (username, problems.is_empty()) else {
        return page(&v, state, ticket, &form, problems);
    };
    match first_run::begin(&v.district, &username, &name, v.lang).await {
        Ok(username) => {
            let asked = username.clone();
            let account = v.read(move |tx| Ok(store::account(tx, &asked)?)).await?;
            let account = account.ok_or_else(|| Refusal::new("begin_over"))?;
            staff::begin(&v, &account, &username, "/")
        }
        Err(failure) => {
            let problems = problems_of(failure, "username")?;
            page(&v, state, ticket, &form, problems.into())
        }
    }
}
