//! Being away: a colleague stands in, from one time to another.

use askama::Template;
use axum::Router;
use axum::routing::{get, post};

use super::{form_id, problems_of};
use crate::act::{Done, FieldProblem};
use crate::base::{Day, Id, Instant, clock};
use crate::district::Districts;
use crate::page::{Form, Frame, Page, Problems, Visitor, one_of, render_form, see_other};
use crate::people::acts::{Delegate, EndDelegation};
use crate::people::rules;
use crate::people::store::{self, Colleague};
use crate::store::{ReadTx, StoreError};

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
    /// For each post its stand-ins, whoever may be asked: person, name and posts.
    colleagues: Vec<(String, Vec<(Id, String)>)>,
    rows: Vec<Row>,
    from: String,
    to: String,
    reason: String,
    post: String,
    person: String,
    find: String,
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
    let (posts, all) =
        v.read(move |tx| Ok((own_posts(tx, &id, now)?, store::delegations_of(tx, &id)?))).await?;
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
        colleagues: posts.iter().map(|own| (own.title.clone(), own.stand_ins.clone())).collect(),
        posts: posts.into_iter().map(|own| (own.appointment, own.title)).collect(),
        rows,
        from: form.get("from").to_owned(),
        to: form.get("to").to_owned(),
        reason: form.get("reason").to_owned(),
        post: form.get("post").to_owned(),
        person: form.get("person").to_owned(),
        find: form.get("person_find").to_owned(),
    };
    render_form(&page, &page.problems)
}

/// A post one holds, with those who may stand in.
struct Own {
    appointment: Id,
    title: String,
    stand_ins: Vec<(Id, String)>,
}

fn own_posts(tx: &ReadTx<'_>, person: &Id, now: Instant) -> Result<Vec<Own>, StoreError> {
    let staff = store::colleagues(tx, person, now)?;
    let mut out = Vec::new();
    for seat in store::seats(tx, person, now)?.into_iter().filter(|s| s.standing_in.is_none()) {
        let Some(post) = store::running_appointment(tx, &seat.appointment)? else { continue };
        let may = |one: &&Colleague| rules::may_stand_in(&one.held, &post.held);
        let named = |one: &Colleague| {
            (one.person.clone(), format!("{} · {}", one.name, one.titles.join("、")))
        };
        let stand_ins = staff.iter().filter(may).map(named).collect();
        out.push(Own { appointment: seat.appointment, title: seat.title, stand_ins });
    }
    Ok(out)
}

/// Who is meant: what was typed to find somebody goes before what stands chosen.
async fn asked(v: &Visitor, form: &Form) -> Done<Option<Id>> {
    let typed = form.get("person_find").trim().to_owned();
    if typed.is_empty() {
        return Ok(Id::parse(form.get("person")));
    }
    let (id, now) = (v.person()?, v.district.now());
    let posts = v.read(move |tx| Ok(own_posts(tx, &id, now)?)).await?;
    let mut found: Vec<Id> = posts
        .into_iter()
        .flat_map(|own| own.stand_ins)
        .filter(|(_, label)| *label == typed || label.split(" · ").next() == Some(&*typed))
        .map(|(person, _)| person)
        .collect();
    found.sort_unstable();
    found.dedup();
    // Of two with one name neither is meant for sure.
    Ok(if found.len() == 1 { found.pop() } else { None })
}

/// From the start of the first day to the end of the last, counted as terms of office are: the
/// country has one time zone.
fn days(v: &Visitor, form: &Form, problems: &mut Problems) -> (Instant, Instant) {
    let offset = clock::CHINA_OFFSET_MINUTES;
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
    let (post, to) = (Id::parse(form.get("post")), asked(&v, &form).await?);
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

pub(super) fn ending(form: &Form) -> Done<EndDelegation> {
    let id = |name: &str| Id::parse(form.get(name)).ok_or(crate::act::Failure::Hidden);
    Ok(EndDelegation { appointment: id("appointment")?, delegation: id("delegation")? })
}
