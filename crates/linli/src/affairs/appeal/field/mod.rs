//! In the field (网格): the cases of my grid on a phone, as a list and on the map, and what was
//! found and put right on the spot (随手处置).

mod handled;
mod round;

use axum::Router;
use axum::routing::get;

use crate::act::{Done, Failure};
use crate::district::Districts;
use crate::page::Visitor;

pub fn routes() -> Router<Districts> {
    Router::new()
        .route("/field", get(round::round))
        .route("/field/handled", get(handled::form).post(handled::hand_in))
}

/// These pages are for who goes round a grid.
fn on_round(visitor: &Visitor) -> Done<()> {
    visitor.person()?;
    let walks = visitor.actor.post.is_some() && visitor.may("case.report_handled");
    if walks { Ok(()) } else { Err(Failure::Hidden) }
}
