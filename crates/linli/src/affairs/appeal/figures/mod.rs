//! 办理指标: how well the cases of a month or a year were handled, by place and by body, for whoever
//! the duty list lets measure them (`case.measure`). What each share is made of stands in
//! `linli_rules::measure`; here the cases are counted.

mod period;
pub mod store;
mod web;

use axum::Router;
use axum::routing::{get, post};

use crate::district::Districts;

/// Thousandths as they are read: `95.5`.
pub fn tenths(per_mille: u32) -> String {
    format!("{}.{}", per_mille / 10, per_mille % 10)
}

pub fn routes() -> Router<Districts> {
    Router::new()
        .route("/desk/figures", get(web::show))
        .route("/desk/figures.xlsx", post(web::export))
}
