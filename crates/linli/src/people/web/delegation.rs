//! Being away: a colleague stands in, from one time to another.

use askama::Template;
use axum::Router;
use axum::routing::{get, post};

use super::{form_id, problems_of};
use crate::act::{Done, FieldProblem};
use crate::base::{Day, Id, Instant};
use crate::district::Districts;
use crate::page::{Form, Frame, Page, Problems, Visitor, one_of, render_form, see_other};
use crate::people::acts::{Delegate, EndDelegation};
use crate::people::store;

pub(super) fn routes() -> Router<Districts> {
    Router::new()
        .route("/me/delegation", get(list).post(delegate))
        .route("/me/delegation/end", post(end))
}

struct Row {
    id: Id,
    appointment: Id,
    title: String,
    to: String,
    from: String,
    until: String,
    reason: String,
    running: bool,
}

#[derive(Template)]
#[template(path = "people/pages/delegation.html")]
struct DelegationPage {
    f: Frame,
    problems: Problems,
    act_id: Id,
    posts: Vec<(Id, String)>,
    colleagues: Vec<(Id, String)>,
    rows: Vec<Row>,
    from: String,
    to: String,
    reason: String,
    post: String,
    person: String,
}

impl DelegationPage {
    /// The id of the act that ends this one.
    fn id_of(&self, row: &Row) -> Id {
        one_of(&self.act_id, row.id.as_str())
    }
}

async fn list(v: Visitor) -> Page {
    page(&v, Problems::default(), &Form::default()).await
}

async fn page(v: &Visitor, problems: Problems, form: &Form) -> Page {
    let (id, now) = (v.person()?, v.district.now());
    let (seats, colleagues, all) = v
        .read(move |tx| {
            let seats = store::seats(tx, &id, now)?;
            Ok((seats, store::colleagues(tx, &id)?, store::delegations_of(tx, &id)?))
        })
        .await?;
    let own = seats.into_iter().filter(|seat| seat.standing_in.is_none());
    let rows = all
        .into_iter()
        .map(|d| Row {
            running: d.ended_at.is_none() && d.to_at > now,
            id: d.id,
            appointment: d.appointment,
            title: d.title,
            to: d.to_name,
            from: v.district.local(d.from_at),
            until: v.district.local(d.to_at),
            reason: d.reason,
        })
        .collect();
    let page = DelegationPage {
        f: v.frame(v.lang.say("people.delegation.title")),
        problems,
        act_id: form_id(v),
        posts: own.map(|seat| (seat.appointment, seat.title)).collect(),
        colleagues,
        rows,
        from: form.get("from").to_owned(),
        to: form.get("to").to_owned(),
        reason: form.get("reason").to_owned(),
        post: form.get("post").to_owned(),
        person: form.get("person").to_owned(),
    };
    render_form(&page, &page.problems)
}

/// From the start of the first day to the end of the last.
fn days(v: &Visitor, form: &Form, problems: &mut Problems) -> (Instant, Instant) {
    let offset = v.district.config.offset_minutes;
    let mut day = |name: &str| match form.get(name).parse::<Day>() {
        Ok(day) => day,
        Err(_) => {
            problems.add(FieldProblem::new(name, "bad_day"));
            v.district.now().day(offset)
        }
    };
    let (from, to) = (day("from"), day("to"));
    (from.start(offset), to.next().start(offset))
}

async fn delegate(v: Visitor, form: Form) -> Page {
    v.person()?;
    let mut problems = Problems::default();
    let (from_at, to_at) = days(&v, &form, &mut problems);
    let reason = form.required("reason", 200, &mut problems);
    let (post, to) = (Id::parse(form.get("post")), Id::parse(form.get("person")));
    for (name, missing) in [("post", post.is_none()), ("person", to.is_none())] {
        if missing {
            problems.add(FieldProblem::new(name, "missing"));
        }
    }
    let (Some(appointment), Some(to), true) = (post, to, problems.is_empty()) else {
        return page(&v, problems, &form).await;
    };
    let id = form.act_id(form_id(&v));
    let act = Delegate { id: id.clone(), appointment, to, from_at, to_at, reason };
    match v.perform(id, act).await {
        Ok(_) => Ok(see_other("/me/delegation")),
        Err(failure) => page(&v, problems_of(failure, "person")?.into(), &form).await,
    }
}

async fn end(v: Visitor, form: Form) -> Page {
    let act = ending(&form)?;
    v.perform(form.act_id(form_id(&v)), act).await?;
    Ok(see_other("/me/delegation"))
}

fn ending(form: &Form) -> Done<EndDelegation> {
    let id = |name: &str| Id::parse(form.get(name)).ok_or(crate::act::Failure::Hidden);
    Ok(EndDelegation { appointment: id("appointment")?, delegation: id("delegation")? })
}
