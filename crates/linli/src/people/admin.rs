//! Accounts from the terminal of the machine itself: the first administrator is made here.

use super::acts::{Appoint, CreatePost, CreateStaff, Reset, Resume, Suspend};
use super::sealed::{SealedName, SealedPhone};
use super::store::{self, Person};
use super::{password, rules};
use crate::act::{Actor, Done, FieldProblem, Order};
use crate::base::{Day, Id};
use crate::district::District;
use crate::store::ReadTx;
use crate::territory::{self, Place};
use crate::words::Lang;

/// How long a one-time password may wait for its first use.
pub const ONE_TIME_DAYS: i64 = 7;

/// Makes a staff account and gives its one-time password, which is kept nowhere.
pub fn create(
    district: &District,
    username: &str,
    name: &str,
    phone: Option<&str>,
) -> Done<(Id, String)> {
    let username =
        rules::username(username).ok_or_else(|| FieldProblem::new("username", "bad_username"))?;
    let phone = match phone {
        Some(text) => {
            Some(rules::phone(text).ok_or_else(|| FieldProblem::new("phone", "not_a_phone"))?)
        }
        None => None,
    };
    let (keys, one_time) = (&district.keys, password::one_time());
    let id = district.new_id();
    let act = CreateStaff {
        id: id.clone(),
        username,
        name: SealedName::of(keys, name),
        phone: phone.map(|phone| SealedPhone::of(keys, &phone)),
        password_hash: password::hash_blocking(&one_time)?,
        password_until: Some(district.now().plus_days(ONE_TIME_DAYS)),
        totp_sealed: None,
        place_path: format!("/{}/", district.config.code),
        language: Lang::default(),
    };
    let order = Order::new(id, act);
    let person = district.door.perform_blocking(&Actor::operator(), order)?.outcome;
    Ok((person, one_time))
}

/// Gives an account a new one-time password; its app must be tied anew.
pub fn reset(district: &District, username: &str) -> Done<String> {
    let person = find(district, username)?;
    let one_time = password::one_time();
    let act = Reset {
        person,
        reason: String::new(),
        password_hash: password::hash_blocking(&one_time)?,
        password_until: district.now().plus_days(ONE_TIME_DAYS),
    };
    let order = Order::new(district.new_id(), act);
    district.door.perform_blocking(&Actor::operator(), order)?;
    Ok(one_time)
}

/// Stops an account, or lets it go on.
pub fn suspend(district: &District, username: &str, stop: bool) -> Done<()> {
    let (person, id) = (find(district, username)?, district.new_id());
    let operator = Actor::operator();
    let done = if stop {
        district
            .door
            .perform_blocking(&operator, Order::new(id, Suspend { person, reason: String::new() }))
    } else {
        district.door.perform_blocking(&operator, Order::new(id, Resume { person }))
    };
    done.map(drop)
}

/// The district as a place, and what a post of this kind over it is called.
pub(super) fn place_of(tx: &ReadTx<'_>, code: &str, kind: &str) -> Done<(Place, String)> {
    let place = territory::place_by_code(tx, code)?;
    let place = place.ok_or_else(|| FieldProblem::new("place", "no_such_place"))?;
    let kinds = store::post_kinds(tx)?;
    let known = kinds.into_iter().find(|known| known.id == kind);
    let known = known.ok_or_else(|| FieldProblem::new("kind", "no_such_kind"))?;
    let title = format!("{}{}", place.name, known.title_zh);
    Ok((place, title))
}

/// Where a post of this kind would be, and its title; refused where there is no such kind.
pub fn known_kind(district: &District, kind: &str) -> Done<(Place, String)> {
    let (code, asked) = (district.config.code.clone(), kind.to_owned());
    district.store().read_blocking(move |tx| place_of(tx, &code, &asked))
}

/// A post of this kind over the whole district.
pub fn make_post(district: &District, kind: &str) -> Done<Id> {
    let (place, title) = known_kind(district, kind)?;
    let act = CreatePost {
        id: district.new_id(),
        kind: kind.to_owned(),
        title,
        place_id: place.id,
        place_path: place.path,
        body: None,
        contact: None,
    };
    let order = Order::new(district.new_id(), act);
    Ok(district.door.perform_blocking(&Actor::operator(), order)?.outcome)
}

/// Appoints an account to a post that is there, from today and without an end.
pub fn appoint(district: &District, username: &str, post: Id) -> Done<Id> {
    let person = find(district, username)?;
    let who = person.clone();
    let row = district.store().read_blocking(move |tx| store::person(tx, &who))?;
    let holder_name = row.map(|row| row.full_name(&district.keys)).unwrap_or_default();
    let term_from: Day = district.now().day(district.config.offset_minutes);
    let id = district.new_id();
    let act = Appoint { id: id.clone(), post, person, holder_name, term_from, term_to: None };
    Ok(district.door.perform_blocking(&Actor::operator(), Order::new(id, act))?.outcome)
}

/// Every staff account, by user name.
pub fn list(district: &District) -> Done<Vec<Person>> {
    let door = district.door.clone();
    district.store().read_blocking(move |tx| -> Done<_> {
        let duties = door.duty_list(tx)?;
        let operator = Actor::operator();
        Ok(store::people(tx, &duties, &operator, "staff.reset", "staff", None, 10_000)?)
    })
}

fn find(district: &District, username: &str) -> Done<Id> {
    let name = username.trim().to_ascii_lowercase();
    let found = district.store().read_blocking(move |tx| store::id_of_username(tx, &name))?;
    found.ok_or_else(|| FieldProblem::new("username", "not_staff").into())
}
