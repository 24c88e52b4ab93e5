//! What was changed in the list, for everybody who may read it.

use askama::Template;

use crate::disclosure::store;
use crate::disclosure::view::{self, PastChange};
use crate::page::{Frame, Page, Visitor, not_found, render};
use crate::store::ReadTx;

#[derive(Template)]
#[template(path = "disclosure/pages/past.html")]
struct PastPage {
    f: Frame,
    /// When, and what.
    changes: Vec<(String, PastChange)>,
}

pub async fn page(visitor: Visitor) -> Page {
    if !visitor.may("duty.see") {
        return not_found();
    }
    let look = |tx: &ReadTx<'_>| Ok((store::past(tx)?, store::past_walls(tx)?));
    let (rows, walls) = visitor.read(look).await?;
    let changes = view::past(&rows, &walls, &(&visitor).into());
    render(&PastPage {
        f: visitor.frame(visitor.lang.say("duty.past.title")),
        changes: changes
            .into_iter()
            .map(|change| (visitor.district.local(change.at), change))
            .collect(),
    })
}
