//! 窗口登记: a clerk registers who has come to the counter and writes their report with them. From
//! then on it is the same form as everybody's, and the case is the resident's own.

use askama::Template;
use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get;

use super::report_web::{Behalf, begin_for};
use crate::act::{Done, FieldProblem};
use crate::base::Id;
use crate::district::Districts;
use crate::page::{Form, Frame, Page, Problems, Visitor, not_found, render};
use crate::people::acts::Register;
use crate::people::sealed::{SealedName, SealedPhone};
use crate::people::{holder_of, rules, sent_before, store as people};

const NAME_MAX: usize = 40;

pub fn routes() -> Router<Districts> {
    Router::new().route("/counter", get(show).post(register))
}

#[derive(Template)]
#[template(path = "affairs/appeal/pages/counter.html")]
struct CounterPage {
    f: Frame,
    act_id: Id,
    name: String,
    phone: String,
    problems: Problems,
    /// Who has this number already, masked, where the clerk is to ask whether it is they.
    known: String,
}

/// Only for those who may register people and report here; for others there is no such page.
fn allowed(visitor: &Visitor) -> Done<()> {
    visitor.person()?;
    let may = visitor.actor.post.is_some() && visitor.may("person.register");
    if may && visitor.may("case.report") { Ok(()) } else { not_found() }
}

pub async fn show(visitor: Visitor) -> Page {
    allowed(&visitor)?;
    render(&page(&visitor, &Form::default(), Problems::default()))
}

fn page(visitor: &Visitor, form: &Form, problems: Problems) -> CounterPage {
    CounterPage {
        f: visitor.frame(visitor.lang.say("counter.title")),
        act_id: form.act_id(visitor.district.new_id()),
        name: form.get("name").to_owned(),
        phone: form.get("phone").to_owned(),
        problems,
        known: String::new(),
    }
}

async fn register(visitor: Visitor, headers: HeaderMap, form: Form) -> Page {
    allowed(&visitor)?;
    let mut problems = Problems::default();
    let name = form.required("name", NAME_MAX, &mut problems);
    let phone = rules::phone(form.get("phone"));
    if phone.is_none() {
        problems.add(FieldProblem::new("phone", "counter_phone"));
    }
    if form.get("consent") != "yes" {
        problems.add(FieldProblem::new("consent", "counter_consent"));
    }
    let (Some(phone), true) = (phone, problems.is_empty()) else {
        return Ok(super::report_web::unprocessable(render(&page(&visitor, &form, problems))?));
    };
    if let Some(known) = holder_of(&visitor, &phone).await?
        && form.get("same") != "yes"
        && !sent_before(&visitor, &form).await?
    {
        return render(&CounterPage { known, ..page(&visitor, &form, problems) });
    }
    let name = SealedName::of(&visitor.district.keys, &name);
    let person = person(&visitor, &form, name, &phone).await?;
    // The name under which the number is kept, whatever was typed beside it.
    let asked = person.clone();
    let name = visitor.read(move |tx| Ok(people::masked_name(tx, &asked)?)).await?;
    begin_for(&visitor, &headers, Behalf { person, name: name.unwrap_or_default() }).await
}

/// The one behind the number: known already, or registered now.
async fn person(visitor: &Visitor, form: &Form, name: SealedName, phone: &str) -> Done<Id> {
    let act = Register {
        id: visitor.district.new_id(),
        name,
        phone: Some(SealedPhone::of(&visitor.district.keys, phone)),
        place_id: None,
        place_path: visitor.actor.place_path.clone(),
        language: "zh".to_owned(),
        consent: "counter".to_owned(),
    };
    let id = form.act_id(visitor.district.new_id());
    Ok(visitor.perform(id, act).await?.outcome.person)
}
