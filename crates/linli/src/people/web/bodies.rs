//! Administration of bodies, and the front page of the administration.

use askama::Template;
use axum::extract::Path;
use axum::routing::get;
use axum::{Extension, Router};
use linli_rules::codes::CreditCode;

use super::{BodyKinds, form_id, kind_choices, kind_name, problems_of};
use crate::act::{Done, Failure, FieldProblem};
use crate::base::{Id, Instant};
use crate::district::Districts;
use crate::page::{
    Form, Frame, Page, Problems, Visitor, page_above, render, render_form, see_other,
};
use crate::people::acts::{BodyFields, ChangeBody, CreateBody, EndBody};
use crate::people::{BODIES, OpenOf, remit, rules, store};
use crate::store::{ReadTx, StoreError};
use crate::territory;

/// Years that the calendar should have and has not; told on the front page.
pub type MissingYears = fn(&ReadTx<'_>, Instant, i32) -> Result<Vec<i32>, StoreError>;

pub(super) fn routes(open_of: OpenOf, missing: MissingYears) -> Router<Districts> {
    Router::new()
        .route("/admin", get(move |v| admin(v, missing)))
        .route("/admin/bodies", get(list).post(create))
        .route("/admin/bodies/{id}", get(one).post(change))
        .route("/admin/bodies/{id}/end", get(page_above).post(end))
        .layer(Extension(open_of))
}

#[derive(Template)]
#[template(path = "people/pages/admin.html")]
struct AdminPage {
    f: Frame,
    /// Where to, what it is called, and what is done there.
    doors: Vec<(&'static str, &'static str, &'static str)>,
    missing: Vec<i32>,
    /// Nobody is in post yet, and whoever looks may change that.
    empty: bool,
}

/// The doors of the administration: address, name, what is done there, the acts of which one opens
/// it.
const DOORS: [(&str, &str, &str, &[&str]); 14] = [
    (
        "/admin/people",
        "people.admin.people",
        "people.door.people",
        &["staff.create", "person.unmask"],
    ),
    (
        "/admin/posts",
        "people.admin.posts",
        "people.door.posts",
        &["post.appoint", "post.end", "body.create"],
    ),
    ("/admin/bodies", "people.admin.bodies", "people.door.bodies", &["body.create", "body.change"]),
    (
        "/grids",
        "territory.title",
        "people.door.places",
        &["place.change", "place.draw", "grid.split"],
    ),
    ("/admin/classes", "catalogue.admin.title", "people.door.classes", &["class.change"]),
    ("/admin/calendar", "calendar.title", "people.door.calendar", &["calendar.change"]),
    ("/duties", "page.nav.duties", "people.door.duties", &["duty.change", "duty.see"]),
    (
        "/duties/proposals",
        "duty.proposal.title",
        "duty.proposal.door",
        &["duty.propose", "duty.confirm", "duty_proposal.see"],
    ),
    ("/admin/kinds", "kinds.title", "kinds.door", &["post_kind.change"]),
    ("/admin/processes", "process.admin.title", "process.admin.door", &["process.adopt"]),
    ("/admin/import", "import.title", "people.door.import", &["case.import", "class.import"]),
    ("/admin/export", "export.title", "people.door.export", &["case.export"]),
    ("/admin/audit", "deeds.title", "deeds.door", &["log.see"]),
    ("/admin/keys", "api.keys.title", "people.door.keys", &["api_key.create"]),
];

/// What is done behind a door: of what can be imported, what the visitor may.
fn done_there(v: &Visitor, what: &'static str) -> &'static str {
    match (what, v.may("case.import"), v.may("class.import")) {
        ("people.door.import", false, _) => "people.door.import_classes",
        ("people.door.import", _, false) => "people.door.import_cases",
        _ => what,
    }
}

/// What the visitor's post may administer.
async fn admin(v: Visitor, missing: MissingYears) -> Page {
    v.person()?;
    let (now, offset) = (v.district.now(), v.district.config.offset_minutes);
    let look = move |tx: &ReadTx<'_>| -> Done<_> {
        Ok((missing(tx, now, offset)?, store::somebody_works(tx, now)?))
    };
    let (missing, works) = v.read(look).await?;
    let open = DOORS.iter().filter(|(_, _, _, acts)| acts.iter().any(|act| v.may(act)));
    let doors: Vec<_> =
        open.map(|&(href, key, what, _)| (href, key, done_there(&v, what))).collect();
    // Who cannot take the year over is not asked to.
    let keeps = doors.iter().any(|(href, ..)| *href == "/admin/calendar");
    let missing = if keeps { missing } else { Vec::new() };
    let empty = !works && v.may("post.appoint");
    render(&AdminPage { f: v.frame(v.lang.say("page.nav.admin")), doors, missing, empty })
}

#[derive(Template)]
#[template(path = "people/pages/bodies.html")]
struct BodiesPage {
    f: Frame,
    lists: Vec<super::List>,
    problems: Problems,
    act_id: Id,
    bodies: Vec<store::Body>,
    places: Vec<(Id, String)>,
    kinds: Vec<(String, String)>,
    form: Form,
    typed: Typed,
    may_create: bool,
}

impl BodiesPage {
    fn kind<'a>(&'a self, body: &'a store::Body) -> &'a str {
        kind_name(&self.kinds, &body.kind)
    }
}

/// A body as it was typed, right or wrong.
#[derive(Default)]
struct Typed {
    name: String,
    place: String,
    ground: String,
    code: String,
    phone: String,
    hours: String,
}

impl Typed {
    fn of(form: &Form) -> Typed {
        let text = |name: &str| form.get(name).to_owned();
        Typed {
            name: text("name"),
            place: text("place"),
            ground: text("ground"),
            code: text("code"),
            phone: text("phone"),
            hours: text("hours"),
        }
    }
}

async fn list(v: Visitor, Extension(named): Extension<BodyKinds>) -> Page {
    page(&v, named, Problems::default(), Form::default()).await
}

async fn page(v: &Visitor, named: BodyKinds, problems: Problems, form: Form) -> Page {
    v.person()?;
    let (bodies, in_use, places) = v
        .read(|tx| {
            let bodies = store::bodies(tx)?;
            Ok((bodies, remit::kinds(tx)?, territory::store::every_place(tx)?))
        })
        .await?;
    if !v.may("body.see") {
        return Err(Failure::Hidden);
    }
    let page = BodiesPage {
        f: v.frame(v.lang.say("people.admin.bodies")),
        lists: super::lists(v),
        problems,
        act_id: form_id(v),
        bodies,
        places: super::choices(places),
        kinds: kind_choices(named, v.lang, in_use),
        typed: Typed::of(&form),
        form,
        may_create: v.may("body.create"),
    };
    render_form(&page, &page.problems)
}

fn fields_of(form: &Form, problems: &mut Problems) -> BodyFields {
    let code = form.optional("code", 40, problems);
    let code = code.and_then(|text| match CreditCode::parse(&text) {
        Ok(code) => Some(code.as_str().to_owned()),
        Err(_) => {
            problems.add(FieldProblem::new("code", "bad_credit_code"));
            None
        }
    });
    let phone = form.optional("phone", 40, problems);
    if phone.as_deref().is_some_and(|phone| !rules::is_telephone(phone)) {
        problems.add(FieldProblem::new("phone", "bad_telephone"));
    }
    BodyFields {
        kind: form.get("kind").to_owned(),
        name: form.required("name", 80, problems),
        code,
        phone,
        hours: form.optional("hours", 80, problems),
    }
}

async fn create(v: Visitor, Extension(named): Extension<BodyKinds>, form: Form) -> Page {
    v.duty("body.create")?;
    let mut problems = Problems::default();
    let fields = fields_of(&form, &mut problems);
    let (kind, ground) = super::kind_and_ground(&form, &mut problems);
    let fields = BodyFields { kind, ..fields };
    let place = super::named_place(&v, &form, &mut problems).await?;
    let (Some(place), true) = (place, problems.is_empty()) else {
        return page(&v, named, problems, form).await;
    };
    let id = form.act_id(form_id(&v));
    let act = CreateBody {
        id: id.clone(),
        fields,
        place_id: place.id,
        place_path: place.path,
        remits: Vec::new(),
        ground,
    };
    v.perform(id, act).await?;
    Ok(see_other("/admin/bodies"))
}

#[derive(Template)]
#[template(path = "people/pages/body.html")]
struct BodyPage {
    f: Frame,
    problems: Problems,
    act_id: Id,
    body: store::Body,
    typed: Typed,
    may_end: bool,
    may_change: bool,
}

async fn one(v: Visitor, Path(id): Path<String>) -> Page {
    body_page(&v, &id, Problems::default(), None).await
}

/// A body that the visitor may see; for others there is none.
pub(super) async fn seen_body(v: &Visitor, id: &str) -> Done<store::Body> {
    v.person()?;
    let id = Id::parse(id).ok_or(Failure::Hidden)?;
    let (duties, actor) = (v.duties.clone(), v.actor.clone());
    v.read(move |tx| {
        let reach = BODIES.reach(tx, id.as_str())?.ok_or(Failure::Hidden)?;
        if !duties.decide(&actor, BODIES.see, &reach).granted() {
            return Err(Failure::Hidden);
        }
        store::body(tx, &id)?.ok_or(Failure::Hidden)
    })
    .await
}

/// The body as it is; with `typed`, as somebody wished it to be and could not have it.
async fn body_page(v: &Visitor, id: &str, problems: Problems, typed: Option<&Form>) -> Page {
    let body = seen_body(v, id).await?;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let typed = typed.map_or_else(
        || Typed {
            name: body.name.clone(),
            code: text(&body.code),
            phone: text(&body.phone),
            hours: text(&body.hours),
            ..Typed::default()
        },
        Typed::of,
    );
    let page = BodyPage {
        f: v.frame(body.name.clone()),
        problems,
        act_id: form_id(v),
        typed,
        may_end: v.may("body.end") && body.ended_at.is_none(),
        may_change: v.may("body.change") && body.ended_at.is_none(),
        body,
    };
    render_form(&page, &page.problems)
}

async fn change(v: Visitor, Path(id): Path<String>, form: Form) -> Page {
    let mut problems = Problems::default();
    let fields = fields_of(&form, &mut problems);
    if !problems.is_empty() {
        return body_page(&v, &id, problems, Some(&form)).await;
    }
    let body = Id::parse(&id).ok_or(Failure::Hidden)?;
    let version = form.get("version").parse().unwrap_or(0);
    let act = ChangeBody { body, fields, version };
    v.perform(form.act_id(form_id(&v)), act).await?;
    Ok(see_other("/admin/bodies"))
}

async fn end(
    v: Visitor,
    Path(id): Path<String>,
    Extension(open_of): Extension<OpenOf>,
    form: Form,
) -> Page {
    let body = Id::parse(&id).ok_or(Failure::Hidden)?;
    let act = EndBody { body, version: form.get("version").parse().unwrap_or(0), open_of };
    match v.perform(form.act_id(form_id(&v)), act).await {
        Ok(_) => Ok(see_other("/admin/bodies")),
        Err(failure) => body_page(&v, &id, problems_of(failure, "end")?.into(), None).await,
    }
}
