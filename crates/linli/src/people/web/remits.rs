//! The remit of a body in the browser: what it answers for, and what passes to whom when that
//! changes, before it changes.

use askama::Template;
use axum::extract::Path;
use axum::routing::get;
use axum::{Extension, Router};

use super::bodies::seen_body;
use super::{BodyKinds, form_id, kind_choices, kind_name, problems_of};
use crate::act::{Done, Failure, FieldProblem};
use crate::base::Id;
use crate::district::Districts;
use crate::page::{Form, Frame, Page, Problems, Visitor, render, render_form, see_other};
use crate::people::acts::{AddRemit, EndRemit};
use crate::people::rules::{self, Holding, Passing};
use crate::people::{remit, store};
use crate::store::{ReadTx, StoreError};
use crate::territory::{self, Place};

pub(super) fn routes() -> Router<Districts> {
    Router::new()
        .route("/admin/bodies/{id}/remits", get(list).post(add))
        .route("/admin/bodies/{id}/remits/{remit}/end", get(before_end).post(end))
}

struct Row {
    id: Id,
    kind: String,
    place: String,
    ground: String,
}

#[derive(Template)]
#[template(path = "people/pages/remits.html")]
struct RemitsPage {
    f: Frame,
    problems: Problems,
    body: store::Body,
    rows: Vec<Row>,
    kinds: Vec<(String, String)>,
    places: Vec<(Id, String)>,
    form: Form,
    place: String,
    ground: String,
    may_add: bool,
    may_end: bool,
}

type Named = Extension<BodyKinds>;

async fn list(v: Visitor, Path(id): Path<String>, Extension(named): Named) -> Page {
    page(&v, &id, named, Problems::default(), Form::default()).await
}

async fn page(v: &Visitor, id: &str, named: BodyKinds, problems: Problems, form: Form) -> Page {
    let body = seen_body(v, id).await?;
    let of = body.id.clone();
    let (entries, in_use, places) = v
        .read(move |tx| {
            let places = territory::store::every_place(tx)?;
            Ok((remit::of_body(tx, &of)?, remit::kinds(tx)?, places))
        })
        .await?;
    let place_of = |path: &str| {
        let found = places.iter().find(|place| place.path == path);
        found.map_or_else(|| path.to_owned(), |place| place.name.clone())
    };
    let kinds = kind_choices(named, v.lang, in_use);
    let rows = entries.into_iter().map(|entry| Row {
        id: entry.id,
        place: place_of(&entry.place_path),
        kind: kind_name(&kinds, &entry.kind).to_owned(),
        ground: entry.ground,
    });
    let page = RemitsPage {
        f: v.frame(v.lang.with("people.remit.title", &body.name)),
        problems,
        rows: rows.collect(),
        kinds,
        places: super::choices(places.into_iter().filter(Place::stands).collect()),
        place: form.get("place").to_owned(),
        ground: form.get("ground").to_owned(),
        form,
        may_add: v.may("remit.add") && body.ended_at.is_none(),
        may_end: v.may("remit.end"),
        body,
    };
    render_form(&page, &page.problems)
}

#[derive(Template)]
#[template(path = "people/pages/remit_change.html")]
struct ChangePage {
    f: Frame,
    problems: Problems,
    act_id: Id,
    body: store::Body,
    kind: String,
    kind_name: String,
    place: String,
    place_id: String,
    ground: String,
    /// The entry that ends; none where one is added.
    ends: Option<Id>,
    passing: Vec<Passing>,
    seen: i64,
}

impl ChangePage {
    /// So many names of places are shown; of the others the number.
    const NAMED: usize = 6;

    fn places(&self, passing: &Passing) -> String {
        let named: Vec<&str> =
            passing.places.iter().take(Self::NAMED).map(String::as_str).collect();
        let named = named.join(self.f.lang.pick("、", ", "));
        match passing.places.len() {
            0..=Self::NAMED => named,
            all => self.f.lang.fill(
                "people.remit.and_more",
                &[("places", named), ("n", (all - Self::NAMED).to_string())],
            ),
        }
    }
}

/// The places at and below `path` that stand, with their names.
fn below(tx: &ReadTx<'_>, path: &str) -> Result<Vec<(String, String)>, StoreError> {
    let all = territory::store::every_place(tx)?.into_iter();
    let below = all.filter(|place| place.stands() && place.within(path));
    Ok(below.map(|place| (place.path, place.name)).collect())
}

/// The version a form was made from; none that there is where it does not say.
fn seen(form: &Form) -> i64 {
    form.get("seen").parse().unwrap_or(0)
}

/// What the form asks for, with the place it names.
async fn asked(v: &Visitor, body: &Id, form: &Form) -> Done<Result<(AddRemit, Place), Problems>> {
    let mut problems = Problems::default();
    let (kind, ground) = super::kind_and_ground(form, &mut problems);
    let place = super::named_place(v, form, &mut problems).await?;
    let (Some(place), true) = (place, problems.is_empty()) else { return Ok(Err(problems)) };
    let act =
        AddRemit { body: body.clone(), kind, place: place.id.clone(), ground, seen: seen(form) };
    Ok(Ok((act, place)))
}

/// First what would pass to whom, then, confirmed, the change.
async fn add(v: Visitor, Path(id): Path<String>, Extension(named): Named, form: Form) -> Page {
    let body = seen_body(&v, &id).await?;
    v.duty("remit.add")?;
    let (act, place) = match asked(&v, &body.id, &form).await? {
        Ok(asked) => asked,
        Err(problems) => return page(&v, &id, named, problems, form).await,
    };
    let wanted = Wanted { kind: act.kind.clone(), ground: act.ground.clone(), place };
    if form.get("step") != "do" {
        return before_add(&v, body, named, wanted, Problems::default()).await;
    }
    match v.perform(form.act_id(form_id(&v)), act).await {
        Ok(_) => Ok(see_other(&format!("/admin/bodies/{id}/remits"))),
        // Another would pass to another now: it is looked at anew, with what was typed.
        Err(Failure::Refused(refusal)) if refusal.code == "changed_meanwhile" => {
            let problem = FieldProblem::new("passes", refusal.code);
            before_add(&v, body, named, wanted, vec![problem].into()).await
        }
        Err(failure) => page(&v, &id, named, problems_of(failure, "place")?.into(), form).await,
    }
}

/// What a body is to answer for besides.
struct Wanted {
    kind: String,
    ground: String,
    place: Place,
}

async fn before_add(
    v: &Visitor,
    body: store::Body,
    named: BodyKinds,
    wanted: Wanted,
    problems: Problems,
) -> Page {
    let Wanted { kind, ground, place } = wanted;
    let new = Holding {
        entry: form_id(v),
        body: body.id.clone(),
        name: body.name.clone(),
        sort_key: crate::base::sort::key(&body.name),
        place_path: place.path.clone(),
    };
    let asked = kind.clone();
    let (passing, seen) = v
        .read(move |tx| {
            let before = remit::of_kind(tx, &asked)?;
            let places = below(tx, &new.place_path)?;
            let after = [before.clone(), vec![new]].concat();
            Ok((rules::passing(&before, &after, &places), remit::version(tx, &asked)?))
        })
        .await?;
    let page = ChangePage {
        f: v.frame(v.lang.with("people.remit.add_title", &body.name)),
        problems,
        act_id: form_id(v),
        body,
        kind_name: kind_name(&named(v.lang), &kind).to_owned(),
        kind,
        place: place.name,
        place_id: place.id.to_string(),
        ground,
        ends: None,
        passing,
        seen,
    };
    render_form(&page, &page.problems)
}

async fn before_end(
    v: Visitor,
    Path((id, entry)): Path<(String, String)>,
    Extension(named): Named,
) -> Page {
    let body = seen_body(&v, &id).await?;
    if !v.may("remit.end") {
        return Err(Failure::Hidden);
    }
    let (of, wanted) = (body.id.clone(), Id::parse(&entry).ok_or(Failure::Hidden)?);
    let (entry, place, passing, seen) = v
        .read(move |tx| {
            let all = remit::of_body(tx, &of)?;
            let entry = all.into_iter().find(|e| e.id == wanted).ok_or(Failure::Hidden)?;
            let before = remit::of_kind(tx, &entry.kind)?;
            let after: Vec<Holding> =
                before.iter().filter(|held| held.entry != entry.id).cloned().collect();
            let places = below(tx, &entry.place_path)?;
            let place = territory::store::place_by_path(tx, &entry.place_path)?;
            let passing = rules::passing(&before, &after, &places);
            let seen = remit::version(tx, &entry.kind)?;
            Ok((entry, place, passing, seen))
        })
        .await?;
    render(&ChangePage {
        f: v.frame(v.lang.with("people.remit.end_title", &body.name)),
        problems: Problems::default(),
        act_id: form_id(&v),
        body,
        kind_name: kind_name(&named(v.lang), &entry.kind).to_owned(),
        kind: entry.kind,
        place: place.map_or(entry.place_path, |place| place.name),
        place_id: String::new(),
        ground: entry.ground,
        ends: Some(entry.id),
        passing,
        seen,
    })
}

async fn end(
    v: Visitor,
    Path((id, entry)): Path<(String, String)>,
    Extension(named): Named,
    form: Form,
) -> Page {
    let body = seen_body(&v, &id).await?;
    let remit = Id::parse(&entry).ok_or(Failure::Hidden)?;
    let act = EndRemit { body: body.id, remit, seen: seen(&form) };
    match v.perform(form.act_id(form_id(&v)), act).await {
        Ok(_) => Ok(see_other(&format!("/admin/bodies/{id}/remits"))),
        Err(failure) => page(&v, &id, named, problems_of(failure, "remit")?.into(), form).await,
    }
}
