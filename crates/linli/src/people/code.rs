//! Codes by text message: six digits, good for ten minutes, five tries each; a new one leaves the
//! old one good, and the first that is right ends them all. A number gets at most five an hour.
//! Only a keyed hash of a code is kept.

use crate::act::{Done, Refusal};
use crate::base::{Id, Instant, random};
use crate::district::District;
use crate::params;
use crate::store::StoreError;
use crate::store::upkeep::{ATTEMPT, SMS_CODE, Upkeep};
use crate::words::Lang;

use super::sms;

pub const GOOD_FOR_MINUTES: i64 = 10;
pub const MOST_TRIES: i64 = 5;
pub const MOST_AN_HOUR: i64 = 5;
/// Passwords of one user name in a quarter of an hour that were not right.
pub const MOST_WRONG_PASSWORDS: i64 = 10;

const RECENT: &str = "
    select count(*) from sms_code where phone_blind = $1 and created_at > $2";
const KEEP: &str = "
    insert into sms_code (id, phone_blind, code_hash, created_at, until, tries)
    values ($1, $2, $3, $4, $5, 0)";
const LIVE: &str = "
    select code_hash from sms_code
    where phone_blind = $1 and until > $2 and tries < $3 and used_at is null
    order by created_at desc, id";
/// Whoever has shown that the number is theirs needs none of the other codes, and nobody else
/// shall have them.
const USE: &str = "update sms_code set used_at = $2 where phone_blind = $1 and used_at is null";
const COUNT_TRY: &str = "
    update sms_code set tries = tries + 1
    where phone_blind = $1 and until > $2 and used_at is null";
const NOTE: &str = "insert into attempt (id, what, who, at) values ($1, $2, $3, $4)";
const NOTED: &str = "select count(*) from attempt where what = $1 and who = $2 and at > $3";
const GIVE_BACK: &str = "delete from attempt where id = $1";
const FORGIVE: &str = "delete from attempt where what = $1 and who = $2";

/// What a code turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    Right,
    Wrong,
    /// No code of this number can be tried any more.
    NoneLeft,
}

/// The keyed hash by which a number is found.
pub fn phone_blind(district: &District, phone: &str) -> String {
    district.keys.blind("phone", phone)
}

fn code_hash(district: &District, phone_blind: &str, code: &str) -> String {
    district.keys.blind("sms code", &format!("{phone_blind}:{code}"))
}

/// Makes a code for a number and sends it.
pub async fn send(district: &District, phone: &str, lang: Lang) -> Done<()> {
    let (now, id, code) = (district.now(), district.new_id(), random::digits(6));
    let blind = phone_blind(district, phone);
    let hash = code_hash(district, &blind, &code);
    let kept = district.store().upkeep(move |door| keep(door, &id, &blind, &hash, now)).await?;
    if !kept {
        return Err(Refusal::new("too_many_codes").into());
    }
    let words = [("code", code.as_str()), ("district", district.config.name.as_str())];
    sms::send(district, phone.to_owned(), lang.fill("people.sms.code", &words)).await
}

fn keep(
    door: &mut Upkeep<'_, '_>,
    id: &Id,
    blind: &str,
    hash: &str,
    now: Instant,
) -> Result<bool, StoreError> {
    if door.read().count(RECENT, params![blind, now.plus_hours(-1)])? >= MOST_AN_HOUR {
        return Ok(false);
    }
    let until = now.plus_minutes(GOOD_FOR_MINUTES);
    door.write(SMS_CODE, KEEP, params![id, blind, hash, now, until])?;
    Ok(true)
}

/// Tries a code, once: a right one is used up, a wrong one counts against every code still good.
pub async fn check(district: &District, phone: &str, code: &str) -> Done<Checked> {
    let now = district.now();
    let blind = phone_blind(district, phone);
    let hash = code_hash(district, &blind, code);
    let checked = district
        .store()
        .upkeep(move |door| {
            let live = door
                .read()
                .rows(LIVE, params![blind, now, MOST_TRIES], |row| row.get::<String>(0))?;
            if live.is_empty() {
                return Ok(Checked::NoneLeft);
            }
            if live.contains(&hash) {
                door.write(SMS_CODE, USE, params![blind, now])?;
                return Ok(Checked::Right);
            }
            door.write(SMS_CODE, COUNT_TRY, params![blind, now])?;
            Ok(Checked::Wrong)
        })
        .await?;
    Ok(checked)
}

/// Looks at a password within one of the tries a user name has, without telling whether there is
/// such a user; `None` where no try is left. It is taken before the password is looked at, in the
/// transaction that counts, so that many who try at the same moment have no more tries than one
/// after another. Who was right gets them all back ([`forgive_passwords`]), and who was not
/// answered, as where no turn to hash came, this one: a busy machine locks nobody out.
pub async fn in_one_try<T>(
    district: &District,
    username: &str,
    look: impl Future<Output = Done<T>>,
) -> Done<Option<T>> {
    let Some(one) = take_try(district, username).await? else { return Ok(None) };
    match look.await {
        Ok(found) => Ok(Some(found)),
        Err(failure) => {
            let store = district.store();
            store.upkeep(move |door| door.write(ATTEMPT, GIVE_BACK, params![one])).await?;
            Err(failure)
        }
    }
}

/// The id of the try; none where none is left.
async fn take_try(district: &District, username: &str) -> Done<Option<Id>> {
    let (id, now) = (district.new_id(), district.now());
    let who = district.keys.blind("username", username);
    let took = district
        .store()
        .upkeep(move |door| {
            let since = now.plus_minutes(-15);
            if door.read().count(NOTED, params!["password", who, since])? >= MOST_WRONG_PASSWORDS {
                return Ok(None);
            }
            door.write(ATTEMPT, NOTE, params![id, "password", who, now])?;
            Ok(Some(id.clone()))
        })
        .await?;
    Ok(took)
}

pub async fn forgive_passwords(district: &District, username: &str) -> Done<()> {
    let who = district.keys.blind("username", username);
    let store = district.store();
    store.upkeep(move |door| door.write(ATTEMPT, FORGIVE, params!["password", who])).await?;
    Ok(())
}
