//! The page of one import of boundaries: what undoing it would do, and the button that does it.

use askama::Template;
use axum::Extension;
use axum::extract::Path;

use super::acts::UndoImport;
use super::store::import::{self, Import};
use super::{Below, HangingOn, Place, edit, undo};
use crate::act::{Done, Failure};
use crate::base::Id;
use crate::page::{Form, Frame, Page, Problems, Visitor, not_found, render_form, see_other};
use crate::words::Lang;

/// Reasons the page tells; whoever mends those finds the next.
const REASONS: usize = 10;

const ACT: &str = "place.undo_import";

#[derive(Template)]
#[template(path = "territory/pages/undo.html")]
struct UndoPage {
    f: Frame,
    place: Place,
    import: Import,
    at: String,
    lines: Vec<Line>,
    /// What stands in the way, as it was found when the page was made; the first of it.
    reasons: Vec<String>,
    more: usize,
    problems: Problems,
    act_id: Id,
}

/// One place, and what becomes of it.
pub(super) struct Line {
    pub name: String,
    pub code: String,
    pub what: String,
}

/// What undoing would do, line by line, the entered places first.
pub(super) fn lines(plan: &undo::Plan, lang: Lang) -> Vec<Line> {
    let line = |place: &Place, what: &str| Line {
        name: place.name.clone(),
        code: place.code.clone(),
        what: lang.say(&format!("territory.undo.{what}")),
    };
    let mut entered: Vec<&Place> = plan.entered.iter().collect();
    entered.sort_by(|a, b| a.path.cmp(&b.path));
    let gone = entered.into_iter().map(|place| line(place, "removed"));
    let redrawn = plan.redrawn().map(|drawn| match drawn.before {
        Some(_) => line(&drawn.place, "before"),
        None => line(&drawn.place, "undrawn"),
    });
    gone.chain(redrawn).collect()
}

/// The place of this code, if the visitor may undo what was imported there.
async fn place_of(visitor: &Visitor, code: String) -> Done<Place> {
    let place = edit::editable(visitor, code).await?;
    if edit::may(visitor, ACT, &place.path) { Ok(place) } else { not_found() }
}

pub(super) async fn show(
    visitor: Visitor,
    Path((code, id)): Path<(String, String)>,
    Extension(Below { hanging, .. }): Extension<Below>,
) -> Page {
    let place = place_of(&visitor, code).await?;
    let id = Id::parse(&id).ok_or(Failure::Hidden)?;
    page(&visitor, place, id, hanging, Problems::default()).await
}

async fn page(
    visitor: &Visitor,
    place: Place,
    id: Id,
    hanging: HangingOn,
    problems: Problems,
) -> Page {
    let (of, now) = (place.id.clone(), visitor.district.now());
    let found = visitor.read(move |tx| -> Done<_> {
        let import = import::by_id(tx, &id)?.filter(|import| import.place == of);
        let import = import.ok_or(Failure::Hidden)?;
        let plan = match import.undone_at {
            Some(_) => undo::Plan::default(),
            None => undo::plan(tx, &import, hanging, now)?,
        };
        Ok((import, plan))
    });
    let (import, plan) = found.await?;
    let lang = visitor.lang;
    let page = UndoPage {
        f: visitor.frame(lang.with("territory.undo.title", &place.name)),
        at: visitor.district.local(import.at),
        lines: lines(&plan, lang),
        reasons: plan.problems.iter().take(REASONS).map(|p| lang.problem(p)).collect(),
        more: plan.problems.len().saturating_sub(REASONS),
        act_id: visitor.district.new_id(),
        place,
        import,
        problems,
    };
    render_form(&page, &page.problems)
}

pub(super) async fn take(
    visitor: Visitor,
    Path((code, id)): Path<(String, String)>,
    Extension(Below { hanging, .. }): Extension<Below>,
    form: Form,
) -> Page {
    let place = place_of(&visitor, code).await?;
    let import = Id::parse(&id).ok_or(Failure::Hidden)?;
    let act = UndoImport { within: place.id.clone(), import: import.clone(), hanging };
    match visitor.perform(form.act_id(visitor.district.new_id()), act).await {
        Ok(_) => Ok(see_other(&format!("/grids/{}", place.code))),
        Err(Failure::Invalid(wrong)) => page(&visitor, place, import, hanging, wrong.into()).await,
        Err(other) => Err(other),
    }
}
