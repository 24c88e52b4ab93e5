//! In the field (网格): the cases of my grid on a phone, as a list and on the map, and what was
//! found and put right on the spot (随手处置).

mod handled;
mod round;

use axum::Router;
use axum::routing::get;

use crate::act::{Done, Failure};
use crate::district::Districts;
use crate::page::Visitor;
use crate::territory::{self, succession};

pub fn routes() -> Router<Districts> {
    Router::new()
        .route("/field", get(round::round))
        .route("/field/handled", get(handled::form).post(handled::hand_in))
}

/// A grid that has ended, and what stands there now: code and name of each.
struct Gone {
    name: String,
    heirs: Vec<(String, String)>,
}

/// The grid of the visitor's post, where it was split or merged and the post waits to be placed
/// anew.
async fn gone(visitor: &Visitor) -> Done<Option<Gone>> {
    let path = visitor.actor.place_path.clone();
    visitor
        .read(move |tx| {
            let place = territory::place_by_path(tx, &path)?.filter(|place| !place.stands());
            let Some(place) = place else { return Ok(None) };
            let heirs = succession::standing_heirs(tx, &place.id)?;
            let heirs = heirs.into_iter().map(|heir| (heir.code, heir.name)).collect();
            Ok(Some(Gone { name: place.name, heirs }))
        })
        .await
}

/// These pages are for who goes round a grid.
fn on_round(visitor: &Visitor) -> Done<()> {
    visitor.person()?;
    let walks = visitor.actor.post.is_some() && visitor.may("case.report_handled");
    if walks { Ok(()) } else { Err(Failure::Hidden) }
}
