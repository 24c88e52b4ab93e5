//! The application: routes of all concepts, what runs beside them, and the commands.

mod admin;
pub mod anew;
mod check;
pub mod cli;
mod upgrade;
mod usage;
mod help;
pub mod demo;
pub mod init;
pub(crate) mod duty_holders;
pub mod follow;
pub mod forget;
mod home;
mod manager;
pub mod opening;
pub mod serve;
#[cfg(test)]
mod doors_tests;
#[cfg(test)]
mod tests;
pub mod warn;
mod work;

use axum::Router;
use axum::http::{HeaderMap, Uri};
use axum::middleware;
use axum::response::{IntoResponse as _, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::act::Failure;
use crate::affairs::appeal;
use crate::base::{Fault, Instant};
use crate::calendar;
use crate::catalogue;
use crate::channel::{self, metrics::Meters};
use crate::disclosure;
use crate::district::{Districts, SignedIn, Wiring};
use crate::file;
use crate::notice;
use crate::page;
use crate::people::{self, session};
use crate::procedure;
use crate::record;
use crate::store::{ReadTx, StoreError};
use crate::territory;

/// What every district is given when it is opened.
pub fn wiring() -> Result<Wiring, Fault> {
    let appeal = appeal::kind().map_err(|problems| {
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Fault::new(told.join("; ")).context("process.toml of the case loop")
    })?;
    let belongs = territory::refuse_other_district;
    Ok(Wiring { who_is, belongs, processes: vec![appeal] })
}

/// Who is signed in, and how many notices wait for them.
fn who_is(tx: &ReadTx<'_>, hash: &str, now: Instant) -> Result<Option<SignedIn>, StoreError> {
    let Some(mut signed_in) = session::who_is(tx, hash, now)? else { return Ok(None) };
    signed_in.unread = notice::unread(tx, &signed_in.person)?;
    Ok(Some(signed_in))
}

/// What the pages of people ask of those below them.
fn asked() -> people::Asked {
    people::Asked {
        open_of: duty_holders::open_of,
        missing: calendar::missing,
        body_kinds: duty_holders::body_kinds,
        two: disclosure::take_two,
        of_matters: people::OfMatters {
            own_row: appeal::view::own::row,
            begun: appeal::report_web::drafts_of,
            leave: appeal::leave::matters,
        },
    }
}

/// An address that is none: a page for people, a problem for programs.
async fn no_such_address(uri: Uri, headers: HeaderMap) -> Response {
    if uri.path().starts_with("/api") {
        return channel::api::nothing(headers).await;
    }
    Failure::Hidden.into_response()
}

/// The pages of places, with what they ask of those below them.
fn places() -> Router<Districts> {
    use duty_holders::{REMITS, hanging, open_points, posts_below};
    territory::routes(territory::Below {
        posts: posts_below,
        put: people::store::move_post,
        hanging,
        open: open_points,
        remits: REMITS,
    })
}

/// Every route, with the layers around them.
pub fn router(districts: Districts) -> Router {
    router_within(districts, page::Room::default())
}

/// As [`router`], with this much room for what is sent.
pub(crate) fn router_within(districts: Districts, room: page::Room) -> Router {
    let pages = Router::new()
        .merge(home::routes())
        .merge(appeal::report_web::routes())
        .merge(appeal::mine::routes())
        .merge(appeal::counter::routes())
        .merge(appeal::public::routes())
        .merge(file::web::routes(appeal::view::disclose::shows_photo))
        .merge(record::routes(appeal::receipt::OF_CASES))
        .merge(places())
        .merge(disclosure::routes(duty_holders::body_kinds))
        .merge(procedure::routes())
        .merge(people::routes(asked()))
        .merge(calendar::routes())
        .merge(catalogue::routes(duty_holders::filed_under))
        .merge(channel::sheet::routes())
        .merge(channel::export::routes())
        .merge(people::keys::routes())
        .merge(appeal::case_web::routes())
        .merge(appeal::redact::routes())
        .merge(appeal::desk::routes())
        .merge(appeal::figures::routes())
        .merge(appeal::field::routes())
        .merge(notice::routes(appeal::view::disclose::named_for))
        .fallback(no_such_address)
        .layer(middleware::from_fn_with_state(districts.clone(), people::note_seen))
        .layer(middleware::from_fn_with_state(room.clone(), page::within_room))
        .layer(middleware::from_fn(page::cross_site_guard))
        .layer(middleware::from_fn(page::no_nul))
        .layer(middleware::from_fn_with_state(districts.clone(), page::render_failures));
    let meters = Meters::default();
    Router::new()
        .merge(pages)
        .merge(page::static_routes())
        .merge(channel::routes(room))
        .merge(channel::metrics::routes(meters.clone()))
        .layer(middleware::from_fn_with_state(districts.clone(), page::security_headers))
        .layer(middleware::from_fn_with_state(meters, channel::metrics::measure))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::new())
        .with_state(districts)
}
