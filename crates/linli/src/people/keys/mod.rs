//! Keys of programs (接口密钥). A key belongs to a person and lets a program do what that person
//! may do: as the holder of a post where the key names an appointment, else as a resident.
//!
//! Only the hash is kept; the key itself is shown once, when it is made.

mod acts;
pub mod store;
mod web;

pub use acts::{CreateKey, EndKey, EndOwnKey};
pub use web::routes;

use crate::act::{Actor, Answer, Done, Door, Failure, Order};
use crate::base::{Id, random, secret};
use crate::store::schema::Table;

pub const API_KEY: Table = Table::recorded("api_key");

/// The key of the demonstration district; it opens nothing but the demonstration.
pub const DEMO_KEY: &str = "linli-demo-open311-key";

/// Who holds a key, and as whom its program acts.
#[derive(Clone, Debug)]
pub struct Holder {
    pub key: Id,
    pub title: String,
    pub person: Id,
    pub actor: Actor,
    pub language: String,
}

/// What is kept of a key.
pub fn hash(key: &str) -> String {
    secret::sha256_hex(key.as_bytes())
}

/// A fresh key, to be shown once.
pub fn fresh() -> String {
    random::token()
}

/// Gives the demonstration its key, held by whoever has this user name, with the post they hold.
pub fn demo(door: &Door, username: &'static str) -> Done<Answer<Id>> {
    let now = door.clock.now();
    let found = door.store.read_blocking(move |tx| store::by_username(tx, username, now))?;
    let (person, appointment) = found.ok_or(Failure::Hidden)?;
    let act = CreateKey {
        id: Id::derived("demo key"),
        title: "演示用接口（Open311）".to_owned(),
        person,
        appointment,
        hash: hash(DEMO_KEY),
    };
    door.perform_blocking(&Actor::operator(), Order::new(Id::derived("demo key act"), act))
}
