//! People: residents and staff, their sessions, the bodies they work for and the posts they hold.
//!
//! Names and phones are sealed under the district's people key; what is shown is masked
//! (个人信息保护法 第51条: 采取相应的加密、去标识化等安全技术措施).

pub mod acts;
pub mod admin;
mod caller;
pub mod carried;
pub mod census;
pub mod code;
pub mod erased;
pub mod fields;
pub mod first_run;
pub mod keys;
pub mod password;
pub mod prune;
pub mod remit;
pub mod rules;
pub mod sealed;
pub mod seed;
pub mod session;
pub mod sms;
pub mod store;
mod ticket;
pub mod totp;
pub mod web;

#[cfg(test)]
mod tests;

pub use web::{Asked, holder_of, note_seen, routes, sent_before};

use crate::act::{Acting, Complaints, Done, Protected};
use crate::base::Id;
use crate::base::secret::Keys;
use crate::district::District;
use crate::store::schema::Table;
use crate::store::{ReadTx, StoreError};

/// Counts the open cases a body has in hand. Cases stand after people in the order of the modules,
/// so the application tells.
pub type OpenOf = fn(&ReadTx<'_>, &Id) -> Result<i64, StoreError>;

/// What its reporter may have of a row of their matter that others wrote, by table: as much as its
/// page shows them, or nothing.
pub type OwnRow =
    fn(&ReadTx<'_>, &District, (&Id, &str), store::KeyedRow) -> Done<Option<store::KeyedRow>>;
/// What a person has begun to report and not sent.
pub type Begun = fn(&ReadTx<'_>, &Keys, &Id) -> Done<Vec<serde_json::Value>>;
/// Takes somebody out of the matters they reported, as their account is closed: by the names and
/// numbers they are known by. False while there are more than one act can take.
pub type LeaveMatters = fn(&mut Acting<'_, '_>, &Id, &[String]) -> Done<bool>;

/// What the own data of people hang on below them in the order of the modules.
#[derive(Clone, Copy)]
pub struct OfMatters {
    pub own_row: OwnRow,
    pub begun: Begun,
    pub leave: LeaveMatters,
}

pub const PERSON: Table = Table::recorded("person");
pub const BODY: Table = Table::recorded("body");
pub const POST: Table = Table::recorded("post");
pub const APPOINTMENT: Table = Table::recorded("appointment");
/// What a reporter left to be reached by, with one case.
pub const CONTACT: Table = Table::recorded("contact").for_good();
/// Who follows a case that is not theirs.
pub const FOLLOW: Table = Table::recorded("follow");
/// Who looked at what of whom, and why.
pub const ACCESS: Table = Table::recorded("access").for_good();
pub const DELEGATION: Table = Table::recorded("delegation");

/// A person is seen by themself, and by those whose duty it is. What they complain of stands with
/// the matters they own, which come after people in the order of the modules.
pub const PERSONS: Protected = Protected {
    kind: "person",
    table: "person",
    see: "person.see",
    place: "place_path",
    owner: "id",
    body: "null",
    about: "null",
    publicity: "'private'",
    there: None,
    complaints: Some(Complaints { table: "matter", by: "owner_id", of: "about_body_id" }),
};

pub const BODIES: Protected = Protected {
    kind: "body",
    table: "body",
    see: "body.see",
    place: "place_path",
    owner: "null",
    body: "id",
    about: "null",
    publicity: "'public'",
    there: None,
    complaints: None,
};

pub const POSTS: Protected = Protected {
    kind: "post",
    table: "post",
    see: "post.see",
    place: "place_path",
    owner: "null",
    body: "body_id",
    about: "null",
    publicity: "'public'",
    there: None,
    complaints: None,
};

/// An appointment is published with its post; its holder may let another stand in.
pub const APPOINTMENTS: Protected = Protected {
    kind: "appointment",
    table: "appointment",
    see: "post.see",
    place: "'/'",
    owner: "person_id",
    body: "null",
    about: "null",
    publicity: "'public'",
    there: None,
    complaints: None,
};
