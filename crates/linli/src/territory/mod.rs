//! Territory (区域): the tree of places from the district down to the grid, and their boundaries.
//!
//! A district has streets and towns, these have communities and villages, these have grids; a
//! place may add levels of its own (工行委, merged villages): a level is a word, not a type. Codes
//! are those of GB/T 2260 and of the Statistics Bureau (统计用区划代码); local places get local ones.
//!
//! A path is the codes from the root down, each with a slash behind it: `/620802/620802001/`. It is
//! given once, when a place is made, and stays though the place is renamed or given another code:
//! duties, posts and cases reach by it. Whether a place lies under another is whether its path
//! begins with the other's.
//!
//! A place keeps its row while its name, level, code and boundary change. When a grid is split or
//! grids are merged, the old rows end (`valid_to`), new ones begin, and `place_descent` says what
//! came of what: a closed case keeps the grid it was handled in, open ones go along
//! ([`succession`]).

pub mod acts;
mod address_file;
mod address_web;
pub mod area;
pub mod command;
mod crossing;
pub mod divisions;
mod edit;
pub mod found;
pub mod ground;
pub mod import;
mod redraw;
mod remits;
pub mod rules;
pub mod store;
pub mod succession;
mod undo;
mod undo_web;
mod upload;
pub mod view;
mod web;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod web_tests;

use axum::middleware;
use axum::routing::get;
use axum::{Extension, Router};
use serde::{Deserialize, Serialize};

use crate::act::Protected;
use crate::base::{Fault, Id, Instant};
use crate::district::{Config, Districts};
use crate::page::limit::{Limit, shed};
use crate::page::page_above;
use crate::store::{ReadTx, Store, StoreError, migrate};

pub use area::{Area, Point, parse_e7};
pub use ground::{Ground, grid_at, ground, name_of_path};
pub use remits::{Looked, Passes, Remit, Remits};
pub use store::{
    ancestors, children, place_by_code, place_by_id, place_by_path, predecessors, successors,
};
pub use web::{Offer, known, offer, offers};

/// Where the land lies is known to all (政府信息公开条例 第20条: 机构职能).
pub const PLACES: Protected = Protected {
    kind: "place",
    table: "place",
    see: "place.see",
    place: "path",
    owner: "null",
    body: "null",
    about: "null",
    publicity: "'public'",
    there: None,
    complaints: None,
};

pub const DISTRICT: &str = "district";
pub const STREET: &str = "street";
pub const COMMUNITY: &str = "community";
pub const GRID: &str = "grid";

/// One place, as it is or as it was until it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub id: Id,
    pub code: String,
    /// `district`, `street`, `community`, `grid`, or a word of the place itself.
    pub level: String,
    pub name: String,
    pub parent: Option<Id>,
    pub path: String,
    /// Office of the place, in ten-millionths of a degree.
    pub seat: Option<Point>,
    pub valid_from: Instant,
    pub valid_to: Option<Instant>,
    pub version: i64,
}

impl Place {
    /// Whether it is in force now.
    pub fn stands(&self) -> bool {
        self.valid_to.is_none()
    }

    /// How many places stand above it.
    pub fn depth(&self) -> usize {
        self.path.matches('/').count().saturating_sub(2)
    }

    /// Whether it is `path` or lies under it.
    pub fn within(&self, path: &str) -> bool {
        self.path.starts_with(path)
    }
}

/// The path of a place with this code under `parent`.
pub fn path_under(parent: &str, code: &str) -> String {
    let parent = if parent.is_empty() { "/" } else { parent };
    format!("{parent}{code}/")
}

/// The code of the district that lies in the database, where it is not the one that was named:
/// posts, reports and lists would all look for their places in vain. A district whose code was
/// changed by law keeps its path, and goes by either. Nothing before it was founded.
pub fn other_district(tx: &ReadTx<'_>, named: &str) -> Result<Option<String>, StoreError> {
    let (roots, path) = (children(tx, None)?, path_under("", named));
    if roots.iter().any(|root| root.code == named || root.path == path) {
        return Ok(None);
    }
    Ok(roots.into_iter().next().map(|root| root.code))
}

/// The migration that makes the places.
const MAKES_PLACES: i64 = 2;

/// Refuses the database of another district than the settings name: the one way in which whatever
/// opens a district's folder is kept from a foreign one.
/// It is asked before the database is brought to this version; one that has no places yet is
/// nobody's.
pub fn refuse_other_district(store: &Store, config: &Config) -> Result<(), Fault> {
    if migrate::version(store).map_err(StoreError::into_fault)? < MAKES_PLACES {
        return Ok(());
    }
    let named = config.code.clone();
    let look = move |tx: &ReadTx<'_>| other_district(tx, &named);
    let Some(other) = store.read_blocking(look).map_err(StoreError::into_fault)? else {
        return Ok(());
    };
    let what = format!("code: the database is that of {other}, the settings say {}", config.code);
    Err(Fault::new(what).known_as("other_code"))
}

/// What still hangs on a place and all below it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hanging {
    pub open_cases: i64,
    pub holders: i64,
    /// Bodies that sit there.
    pub bodies: i64,
    /// Remits that end there: for which kinds of matter a body answers.
    pub remits: i64,
    /// What remembers the place though nothing hangs on it any more: closed cases, ended posts,
    /// bodies and remits; and people who live there.
    pub past: i64,
}

/// Counts what hangs on the place at a path. Cases and people stand below places in the order of
/// the modules, so the application tells.
pub type HangingOn = fn(&ReadTx<'_>, &str, Instant) -> Result<Hanging, StoreError>;

/// Where the open cases at this very path lie: a point for each, where it has one.
pub type OpenCases = fn(&ReadTx<'_>, &str) -> Result<Vec<Option<Point>>, StoreError>;

/// What the modules below places do and say for their pages; the application hands it in.
#[derive(Clone, Copy)]
pub struct Below {
    /// Who is on duty.
    pub posts: view::PostsBelow,
    /// Takes a post along with its grid that is split.
    pub put: view::PutPost,
    /// What would be left behind.
    pub hanging: HangingOn,
    /// What goes along with a grid that is redrawn.
    pub open: OpenCases,
    pub remits: Remits,
}

/// The routes of places.
pub fn routes(below: Below) -> Router<Districts> {
    let asked = middleware::from_fn_with_state(Limit::generous(), shed);
    Router::new()
        .route("/grids", get(web::root))
        .route("/grids/{code}", get(web::place))
        .route("/places", get(web::chooser))
        .route("/addresses", get(web::addresses).layer(asked))
        .route("/admin/places/{code}", get(edit::show).post(edit::take))
        .route("/admin/places/{code}/import", get(upload::show).post(upload::take))
        .route("/admin/places/{code}/imports/{import}", get(undo_web::show).post(undo_web::take))
        .route("/admin/places/{code}/addresses", get(address_web::show).post(address_web::take))
        .route("/admin/places/{code}/addresses/remove", get(page_above).post(address_web::remove))
        .layer(Extension(below))
}
