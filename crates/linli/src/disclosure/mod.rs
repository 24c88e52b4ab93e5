//! Disclosure: what a district lays open about itself. First of all its duty list (权责清单): who
//! may do what, where, and on what legal ground (政府信息公开条例 第20条).
//!
//! The list is asked in [`crate::act::duty`]; here it is started, changed, compared and published.
//! A change is a set of rows that end and rows that begin: nothing of the past is lost. What gives
//! powers to everybody, or to whoever makes the change, is proposed by one administrator and
//! confirmed by another, as are the posts of administrators: see
//! `docs/decisions/17-two-give-to-all.md`.

pub mod acts;
mod paper;
pub mod rules;
mod sheet;
pub mod shipped;
pub mod store;
#[cfg(test)]
mod tests;
pub mod view;
mod web;
#[cfg(test)]
mod web_tests;

use crate::act::{Protected, Scope};
use crate::store::schema::Table;

pub use acts::begin::seed;
pub use acts::bring::{bring, waiting};
pub use acts::proposal::take_two;
pub use web::routes;

pub const POST_KIND: Table = Table::recorded("post_kind");
pub const DUTY: Table = Table::recorded("duty");
pub const PROPOSAL: Table = Table::recorded("duty_proposal");
pub const WALL: Table = Table::recorded("wall");
pub const SETTING: Table = Table::recorded("setting");

/// A change of the list that one administrator proposes and another confirms. It is the business of
/// the administrators until it is decided; what comes of it is published with the list.
pub const PROPOSALS: Protected = Protected {
    kind: "duty_proposal",
    table: "duty_proposal",
    see: "duty_proposal.see",
    place: "'/'",
    owner: "by_person",
    body: "null",
    about: "null",
    publicity: "'internal'",
    there: None,
    complaints: None,
};

/// The setting whose version tells everybody that the list has changed.
pub const LIST: &str = "duties";

/// A row that a change adds.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct NewDuty {
    pub post_kind: String,
    pub act: String,
    pub scope: String,
    /// The law, the plan or the rule that gives it.
    pub ground: String,
}

/// A wall that a change adds.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct NewWall {
    /// An act, or all of a kind: `case.*`.
    pub act: String,
    pub condition: String,
    pub unless_scope: Option<String>,
    pub ground: String,
}

/// What the office says of a kind of post, apart from its code.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct KindFields {
    pub title_zh: String,
    pub title_en: String,
    /// `grid`, `community`, `street` or `district`.
    pub level: String,
    pub group: String,
    /// Its place in every list.
    pub position: i64,
}

impl NewDuty {
    pub fn scope(&self) -> Option<Scope> {
        Scope::from_name(&self.scope)
    }
}
