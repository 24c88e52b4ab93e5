//! Persons.

use linli_rules::mask::names_nobody;

use crate::act::{Acting, Actor, Done, DutyList, actor, upper_bound};
use crate::base::secret::Keys;
use crate::base::{Id, Instant};
use crate::params;
use crate::people::acts::{ChangePassword, Correct, CorrectPhone, CorrectPlace, Secure};
use crate::people::sealed::{SealedName, SealedPhone};
use crate::people::{PERSON, PERSONS};
use crate::store::{Param, ReadTx, Row, StoreError, Value, containing};
use crate::territory::Place;

/// A person as the table holds them; the full name and number open only with the district's keys.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: Id,
    /// `resident` or `staff`.
    pub kind: String,
    pub name_masked: String,
    pub phone_masked: Option<String>,
    pub username: Option<String>,
    pub place_id: Option<Id>,
    pub place_path: String,
    pub language: String,
    pub consent: String,
    pub created_at: Instant,
    pub suspended_at: Option<Instant>,
    pub closed_at: Option<Instant>,
    pub version: i64,
    pub has_totp: bool,
    /// Holds a one-time password that must still be changed, good until then.
    pub password_until: Option<Instant>,
    name_sealed: Option<Vec<u8>>,
    phone_sealed: Option<Vec<u8>>,
}

impl Person {
    /// The full name; the masked one where there is none or it does not open.
    pub fn full_name(&self, keys: &Keys) -> String {
        self.own_name(keys).unwrap_or_else(|| self.name_masked.clone())
    }

    /// The full name, where they gave one.
    pub fn own_name(&self, keys: &Keys) -> Option<String> {
        given_name(self.name_sealed.as_deref(), keys)
    }

    pub fn full_phone(&self, keys: &Keys) -> Option<String> {
        self.phone_sealed.as_deref().and_then(|sealed| keys.open_text(sealed))
    }

    pub fn is_staff(&self) -> bool {
        self.kind == "staff"
    }

    /// The message that names the state of the account.
    pub fn state(&self) -> &'static str {
        if self.suspended_at.is_some() {
            "people.state.suspended"
        } else if self.is_staff() && (self.password_until.is_some() || !self.has_totp) {
            "people.state.first"
        } else {
            "people.state.active"
        }
    }
}

macro_rules! person_columns {
    () => {
        "t.id, t.kind, t.name_masked, t.phone_masked, t.username, t.place_id, t.place_path,
         t.language, t.consent, t.created_at, t.suspended_at, t.closed_at, t.version,
         t.totp_sealed, t.password_until, t.name_sealed, t.phone_sealed"
    };
}

fn person_of(row: &Row<'_>) -> Result<Person, StoreError> {
    Ok(Person {
        id: row.get(0)?,
        kind: row.get(1)?,
        name_masked: row.get(2)?,
        phone_masked: row.get(3)?,
        username: row.get(4)?,
        place_id: row.get(5)?,
        place_path: row.get(6)?,
        language: row.get(7)?,
        consent: row.get(8)?,
        created_at: row.get(9)?,
        suspended_at: row.get(10)?,
        closed_at: row.get(11)?,
        version: row.get(12)?,
        has_totp: row.get::<Option<Vec<u8>>>(13)?.is_some(),
        password_until: row.get(14)?,
        name_sealed: row.get(15)?,
        phone_sealed: row.get(16)?,
    })
}

const BY_ID: &str = concat!("select ", person_columns!(), " from person t where t.id = $1");
const ID_OF_PHONE: &str = "select id from person where phone_blind = $1";
const ID_OF_USERNAME: &str = "select id from person where username = $1";
const ACTIVE_STAFF: &str = "
    select count(*) from person
    where id = $1 and kind = 'staff' and suspended_at is null and closed_at is null";
const SIGN_IN_ROW: &str = "
    select id, password_hash, password_until, totp_sealed, version from person
    where username = $1 and kind = 'staff' and suspended_at is null and closed_at is null";
const FIRST_STAFF: &str = "
    select id, username, password_until from person where kind = 'staff' order by id limit 2";
const NAME_SEALED: &str = "select name_sealed from person where id = $1";
const NAME_MASKED: &str = "select name_masked from person where id = $1";

/// A person by id. The caller must have asked the duty list, or be the person.
pub fn person(tx: &ReadTx<'_>, id: &Id) -> Result<Option<Person>, StoreError> {
    tx.row(BY_ID, params![id], person_of)
}

/// The masked name, for whoever may see that there is such a person.
pub fn masked_name(tx: &ReadTx<'_>, id: &Id) -> Result<Option<String>, StoreError> {
    tx.row(NAME_MASKED, params![id], |row| row.get(0))
}

/// SQL for the masked name of the person whose id the expression is.
pub fn masked_name_of(id: &str) -> String {
    format!("(select person.name_masked from person where person.id = {id})")
}

/// The name of an account, as it is sealed; [`given_name`] opens it.
pub(super) fn name_of_account(
    tx: &ReadTx<'_>,
    person: Option<&Id>,
) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(person) = person else { return Ok(None) };
    Ok(tx.row(NAME_SEALED, params![person], |row| row.get::<Option<Vec<u8>>>(0))?.flatten())
}

/// SQL for the same of the person whose id the expression is.
pub(super) fn sealed_name(id: &str) -> String {
    format!("(select person.name_sealed from person where person.id = {id})")
}

/// The name that was sealed; none of whoever left none and goes by a word that everyone uses.
fn given_name(sealed: Option<&[u8]>, keys: &Keys) -> Option<String> {
    let name = sealed.and_then(|sealed| keys.open_text(sealed));
    name.filter(|name| ![actor::PUBLIC_LABEL, actor::RESIDENT_LABEL].contains(&name.as_str()))
}

/// As [`given_name`], to be taken out of texts.
pub(super) fn telling_name(sealed: Option<&[u8]>, keys: &Keys) -> Option<String> {
    given_name(sealed, keys).filter(|name| !names_nobody(name))
}

pub fn id_of_phone(tx: &ReadTx<'_>, phone_blind: &str) -> Result<Option<Id>, StoreError> {
    tx.row(ID_OF_PHONE, params![phone_blind], |row| row.get(0))
}

pub fn id_of_username(tx: &ReadTx<'_>, username: &str) -> Result<Option<Id>, StoreError> {
    tx.row(ID_OF_USERNAME, params![username], |row| row.get(0))
}

pub fn is_active_staff(tx: &ReadTx<'_>, id: &Id) -> Result<bool, StoreError> {
    Ok(tx.count(ACTIVE_STAFF, params![id])? == 1)
}

/// What signing in needs to know of a member of staff.
#[derive(Clone)]
pub struct Account {
    pub person: Id,
    pub password_hash: Option<String>,
    pub password_until: Option<Instant>,
    pub totp_sealed: Option<Vec<u8>>,
    pub version: i64,
}

pub fn account(tx: &ReadTx<'_>, username: &str) -> Result<Option<Account>, StoreError> {
    tx.row(SIGN_IN_ROW, params![username], |row| {
        Ok(Account {
            person: row.get(0)?,
            password_hash: row.get(1)?,
            password_until: row.get(2)?,
            totp_sealed: row.get(3)?,
            version: row.get(4)?,
        })
    })
}

/// An account of staff, as far as the first ones are told apart.
pub struct FirstStaff {
    pub id: Id,
    pub username: Option<String>,
    pub password_until: Option<Instant>,
}

/// Two accounts of staff at most: whether there is none, one or more.
pub fn first_staff(tx: &ReadTx<'_>) -> Result<Vec<FirstStaff>, StoreError> {
    tx.rows(FIRST_STAFF, &[], |row| {
        Ok(FirstStaff { id: row.get(0)?, username: row.get(1)?, password_until: row.get(2)? })
    })
}

/// Who is looked for: by what everybody in the office is shown of them.
#[derive(Default)]
pub struct Sought {
    /// Letters of the masked name, or of the account.
    pub words: String,
    /// Who lives at one of these places or below it is meant too.
    pub paths: Vec<String>,
}

impl Sought {
    fn sql(&self, values: &mut Vec<Value>) -> String {
        let mut bind = |value: Value| {
            values.push(value);
            format!("${}", values.len())
        };
        let words = bind(containing(&self.words).into());
        let like = |column: &str| format!("lower({column}) like lower({words}) escape '\\'");
        let mut any = vec![like("t.name_masked"), like("coalesce(t.username, '')")];
        for path in &self.paths {
            let (from, to) = (bind(path.as_str().into()), bind(upper_bound(path).into()));
            any.push(format!("(t.place_path >= {from} and t.place_path < {to})"));
        }
        any.join(" or ")
    }
}

/// More than any district has.
pub const EVERYBODY: usize = usize::MAX / 2;

/// People this actor may see by `act`, staff or residents, by account or by time of joining; of
/// them those who are sought.
pub fn people(
    tx: &ReadTx<'_>,
    duties: &DutyList,
    actor: &Actor,
    act: &str,
    kind: &str,
    sought: Option<&Sought>,
    most: usize,
) -> Result<Vec<Person>, StoreError> {
    let mut values = vec![Value::from(kind)];
    let seen = duties.filter(actor, act, &PERSONS, &mut values);
    let meant = sought.map_or_else(|| "1 = 1".to_owned(), |sought| sought.sql(&mut values));
    let sql = format!(
        "select {} from person t where t.kind = $1 and t.closed_at is null and {seen}
           and ({meant})
         order by t.username asc nulls last, t.created_at desc, t.id limit {most}",
        person_columns!()
    );
    let params: Vec<Param<'_>> = values.iter().map(Param::from).collect();
    tx.rows(&sql, &params, person_of)
}

/// Whether the actor may do `act` to this person: the same decision as the list's.
pub fn reachable(
    tx: &ReadTx<'_>,
    duties: &DutyList,
    actor: &Actor,
    act: &str,
    id: &Id,
) -> Result<bool, StoreError> {
    let reach = PERSONS.reach(tx, id.as_str())?;
    Ok(reach.is_some_and(|reach| duties.decide(actor, act, &reach).granted()))
}

/// Somebody new.
pub struct NewPerson<'a> {
    pub kind: &'a str,
    pub name: Option<&'a SealedName>,
    pub phone: Option<&'a SealedPhone>,
    pub place_id: Option<&'a Id>,
    pub place_path: &'a str,
    pub language: &'a str,
    pub consent: &'a str,
}

/// Who gives no name is shown by this, until they do.
const NAMELESS: &str = "居民";

pub fn insert_person(
    cx: &mut Acting<'_, '_>,
    id: &Id,
    new: &NewPerson<'_>,
    account: Vec<(&'static str, Value)>,
) -> Done<()> {
    let masked = new.name.map_or(NAMELESS, |n| n.masked.as_str());
    let mut columns = vec![
        ("kind", Value::from(new.kind)),
        ("name_sealed", new.name.map_or(Value::Null, |n| Value::Blob(n.sealed.clone()))),
        ("name_masked", masked.into()),
        ("place_id", new.place_id.map_or(Value::Null, Value::from)),
        ("place_path", new.place_path.into()),
        ("language", new.language.into()),
        ("consent", new.consent.into()),
        ("created_at", cx.now().into()),
        ("version", 1.into()),
    ];
    columns.extend(SealedPhone::columns(new.phone));
    columns.extend(account);
    cx.tx.insert(PERSON, id, &columns)?;
    Ok(())
}

const USE_TOTP: &str = "
    update person set totp_last = $2, version = version + 1
    where id = $1 and totp_sealed is not null and (totp_last is null or totp_last < $2)";
const SECURE: &str = "
    update person set password_hash = coalesce($2, password_hash), password_until = null,
           totp_sealed = $3, totp_last = $4, version = version + 1
    where id = $1 and version = $5 and kind = 'staff'";
const RESET: &str = "
    update person set password_hash = $2, password_until = $3, totp_sealed = null,
           totp_last = null, version = version + 1
    where id = $1 and kind = 'staff' and closed_at is null";
const SUSPEND: &str = "
    update person set suspended_at = $2, version = version + 1
    where id = $1 and kind = 'staff' and suspended_at is null and closed_at is null";
const RESUME: &str = "
    update person set suspended_at = null, version = version + 1
    where id = $1 and kind = 'staff' and suspended_at is not null and closed_at is null";
const CORRECT: &str = "
    update person set name_sealed = coalesce($2, name_sealed),
           name_masked = coalesce($3, name_masked), language = $4, version = version + 1
    where id = $1 and version = $5 and closed_at is null";
const AGREE: &str = "
    update person set consent = $2, version = version + 1
    where id = $1 and kind = 'resident' and closed_at is null";
const CHANGE_PHONE: &str = "
    update person set phone_sealed = $2, phone_blind = $3, phone_masked = $4,
           version = version + 1
    where id = $1 and version = $5 and closed_at is null";
const CHANGE_PLACE: &str = "
    update person set place_id = $2, place_path = $3, version = version + 1
    where id = $1 and version = $4 and kind = 'resident' and closed_at is null";
const CHANGE_PASSWORD: &str = "
    update person set password_hash = $2, password_until = null, version = version + 1
    where id = $1 and version = $3 and kind = 'staff' and closed_at is null";
const CLOSED: &str = "select id, closed_at from person where closed_at is not null order by id";
const WIPE: &str = "
    update person set name_sealed = null, name_masked = $2, phone_sealed = null,
           phone_blind = null, phone_masked = null, username = null, password_hash = null,
           password_until = null, totp_sealed = null, totp_last = null, place_id = null,
           place_path = '/', consent = '', closed_at = $3, version = version + 1
    where id = $1 and closed_at is null";

pub fn use_totp(cx: &mut Acting<'_, '_>, id: &Id, step: i64) -> Done<bool> {
    Ok(cx.tx.write(PERSON, id, USE_TOTP, params![id, step])? == 1)
}

pub fn secure(cx: &mut Acting<'_, '_>, act: &Secure) -> Done<bool> {
    let values = params![act.person, act.password_hash, act.totp_sealed, act.step, act.version];
    Ok(cx.tx.write(PERSON, &act.person, SECURE, values)? == 1)
}

pub fn reset_password(cx: &mut Acting<'_, '_>, id: &Id, hash: &str, until: Instant) -> Done<bool> {
    Ok(cx.tx.write(PERSON, id, RESET, params![id, hash, until])? == 1)
}

pub fn suspend(cx: &mut Acting<'_, '_>, id: &Id, stop: bool) -> Done<bool> {
    let now = cx.now();
    let changed = if stop {
        cx.tx.write(PERSON, id, SUSPEND, params![id, now])?
    } else {
        cx.tx.write(PERSON, id, RESUME, params![id])?
    };
    Ok(changed == 1)
}

pub fn correct(cx: &mut Acting<'_, '_>, act: &Correct) -> Done<bool> {
    let sealed = act.name.as_ref().map(|n| n.sealed.clone());
    let masked = act.name.as_ref().map(|n| n.masked.clone());
    let values = params![act.person, sealed, masked, act.language, act.version];
    Ok(cx.tx.write(PERSON, &act.person, CORRECT, values)? == 1)
}

pub fn agree(cx: &mut Acting<'_, '_>, id: &Id, consent: &str) -> Done<bool> {
    Ok(cx.tx.write(PERSON, id, AGREE, params![id, consent])? == 1)
}

pub fn change_phone(cx: &mut Acting<'_, '_>, act: &CorrectPhone) -> Done<bool> {
    let SealedPhone { sealed, blind, masked } = &act.phone;
    let values = params![act.person, *sealed, *blind, *masked, act.version];
    Ok(cx.tx.write(PERSON, &act.person, CHANGE_PHONE, values)? == 1)
}

pub fn change_place(cx: &mut Acting<'_, '_>, act: &CorrectPlace, path: &str) -> Done<bool> {
    let values = params![act.person, act.place, path, act.version];
    Ok(cx.tx.write(PERSON, &act.person, CHANGE_PLACE, values)? == 1)
}

pub fn change_password(cx: &mut Acting<'_, '_>, act: &ChangePassword) -> Done<bool> {
    let values = params![act.person, act.password_hash, act.version];
    Ok(cx.tx.write(PERSON, &act.person, CHANGE_PASSWORD, values)? == 1)
}

/// Who has closed their account, and when.
pub fn closed(tx: &ReadTx<'_>) -> Result<Vec<(Id, Instant)>, StoreError> {
    tx.rows(CLOSED, &[], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub fn wipe(cx: &mut Acting<'_, '_>, id: &Id, gone: &str) -> Done<bool> {
    let now = cx.now();
    Ok(cx.tx.write(PERSON, id, WIPE, params![id, gone, now])? == 1)
}

const LIVING_AT: &str = "
    select id, version from person where place_path = $1 and closed_at is null
    order by id limit $2";
const FOLLOW_PLACE: &str = "
    update person set place_id = case when place_id is null then null else $3 end,
           place_path = $4, version = version + 1
    where id = $1 and version = $2 and place_path = $5 and closed_at is null";

/// Whoever belongs to this very place, with their versions.
pub fn living_at(tx: &ReadTx<'_>, path: &str, most: i64) -> Result<Vec<(Id, i64)>, StoreError> {
    tx.rows(LIVING_AT, params![path, most], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// From the place at the path `old` to the one that took it over.
pub fn follow_place(
    cx: &mut Acting<'_, '_>,
    id: &Id,
    version: i64,
    old: &str,
    to: &Place,
) -> Done<bool> {
    let values = params![id, version, to.id, to.path, old];
    Ok(cx.tx.write(PERSON, id, FOLLOW_PLACE, values)? == 1)
}
