//! What reporters left to be reached by, each with one case.

use super::person;
use super::person::{name_of_account, sealed_name, telling_name};
use crate::act::{Acting, Done};
use crate::base::Id;
use crate::base::secret::Keys;
use crate::params;
use crate::people::CONTACT;
use crate::people::sealed::SealedContact;
use crate::store::{ReadTx, Row, StoreError, Value};

/// A contact as an office sees it without saying why; the full one opens only with the keys.
#[derive(Clone, Debug)]
pub struct Contact {
    pub matter: Id,
    pub name: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    name_sealed: Option<Vec<u8>>,
    phone_sealed: Option<Vec<u8>>,
    email_sealed: Option<Vec<u8>>,
}

impl Contact {
    /// Name, number and mail in full, as far as they were left.
    pub fn in_full(&self, keys: &Keys) -> [Option<String>; 3] {
        [&self.name_sealed, &self.phone_sealed, &self.email_sealed]
            .map(|sealed| sealed.as_deref().and_then(|sealed| keys.open_text(sealed)))
    }
}

macro_rules! contact_columns {
    () => {
        "select matter_id, name_masked, phone_masked, email_masked, name_sealed, phone_sealed,
                email_sealed
         from contact "
    };
}

/// Of a matter `t`: its reporter left a way to be reached.
pub const LEFT_CONTACT: &str = "exists (select 1 from contact c where c.matter_id = t.id)";

const WITH_MATTER: &str = concat!(contact_columns!(), "where matter_id = $1");
const OF_PERSON: &str = concat!(contact_columns!(), "where person_id = $1 order by id");
const IDS_OF_PERSON: &str = "select id from contact where person_id = $1 order by id";
const FROM: &str = "select id, matter_id from contact where id > $1 order by id limit $2";
const DROP: &str = "delete from contact where id = $1";

fn contact_of(row: &Row<'_>) -> Result<Contact, StoreError> {
    Ok(Contact {
        matter: row.get(0)?,
        name: row.get(1)?,
        phone: row.get(2)?,
        email: row.get(3)?,
        name_sealed: row.get(4)?,
        phone_sealed: row.get(5)?,
        email_sealed: row.get(6)?,
    })
}

/// What was left with a matter.
pub fn contact(tx: &ReadTx<'_>, matter: &Id) -> Result<Option<Contact>, StoreError> {
    tx.row(WITH_MATTER, params![matter], contact_of)
}

/// The names whoever reported a matter goes by, as they are sealed: that of their account, and the
/// one that was left with the report. A program that knows them by their number may give another.
#[derive(Clone, Debug, Default)]
pub struct SealedNames {
    account: Option<Vec<u8>>,
    left: Option<Vec<u8>>,
}

impl SealedNames {
    /// From the two columns of [`sealed_names`], of which this is the first.
    pub fn from_row(row: &Row<'_>, first: usize) -> Result<SealedNames, StoreError> {
        Ok(SealedNames { account: row.get(first)?, left: row.get(first + 1)? })
    }

    /// In full, to take them out of what everyone reads.
    pub fn opened(&self, keys: &Keys) -> Vec<String> {
        let both = [&self.account, &self.left].into_iter();
        let mut names: Vec<String> =
            both.filter_map(|sealed| telling_name(sealed.as_deref(), keys)).collect();
        names.dedup();
        names
    }
}

/// SQL for both, of the matter with this owner and id.
pub fn sealed_names(owner: &str, matter: &str) -> String {
    let account = sealed_name(owner);
    format!(
        "{account},
         (select contact.name_sealed from contact where contact.matter_id = {matter})"
    )
}

/// Both of a matter, in full: of its owner, and with what was left.
pub fn reporter_names(
    tx: &ReadTx<'_>,
    keys: &Keys,
    owner: Option<&Id>,
    left: Option<&Contact>,
) -> Result<Vec<String>, StoreError> {
    let left = left.and_then(|left| left.name_sealed.clone());
    Ok(SealedNames { account: name_of_account(tx, owner)?, left }.opened(keys))
}

/// Both of a report that is no matter yet, in full.
pub fn names_given(
    tx: &ReadTx<'_>,
    keys: &Keys,
    owner: Option<&Id>,
    left: Option<&SealedContact>,
) -> Result<Vec<String>, StoreError> {
    let left = left.and_then(SealedContact::name_sealed).map(<[u8]>::to_vec);
    Ok(SealedNames { account: name_of_account(tx, owner)?, left }.opened(keys))
}

/// What was left with a matter and no account of its owner holds: with the contact it is gone, and
/// nobody knows any more what to take out of the words.
pub fn left_alone(
    tx: &ReadTx<'_>,
    keys: &Keys,
    owner: Option<&Id>,
    left: &Contact,
) -> Result<Vec<String>, StoreError> {
    let account = match owner {
        Some(owner) => person(tx, owner)?,
        None => None,
    };
    let held = account.map(|account| [account.own_name(keys), account.full_phone(keys)]);
    let held: Vec<String> = held.into_iter().flatten().flatten().collect();
    let [_, phone, email] = left.in_full(keys);
    let all = [telling_name(left.name_sealed.as_deref(), keys), phone, email];
    Ok(all.into_iter().flatten().filter(|one| !held.contains(one)).collect())
}

/// All a person left with their matters.
pub fn contacts_of(tx: &ReadTx<'_>, person: &Id) -> Result<Vec<Contact>, StoreError> {
    tx.rows(OF_PERSON, params![person], contact_of)
}

/// Contacts with their matters, by id, from behind `after`.
pub fn contacts_after(tx: &ReadTx<'_>, after: &Id, most: i64) -> Result<Vec<(Id, Id)>, StoreError> {
    tx.rows(FROM, params![after, most], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub fn insert_contact(
    cx: &mut Acting<'_, '_>,
    matter: &Id,
    person: Option<&Id>,
    contact: &SealedContact,
) -> Done<()> {
    let mut columns = vec![
        ("matter_id", Value::from(matter)),
        ("person_id", person.map_or(Value::Null, Value::from)),
        ("at", cx.now().into()),
    ];
    columns.extend(contact.columns());
    cx.tx.insert(CONTACT, &contact_id(matter), &columns)?;
    Ok(())
}

fn contact_id(matter: &Id) -> Id {
    Id::derived(&format!("contact {matter}"))
}

/// Erases what was left with a matter; gives whether there was something.
pub fn forget_contact(cx: &mut Acting<'_, '_>, matter: &Id) -> Done<bool> {
    let id = contact_id(matter);
    Ok(cx.tx.write(CONTACT, &id, DROP, params![id])? == 1)
}

/// Erases all a person left with their matters.
pub fn forget_contacts_of(cx: &mut Acting<'_, '_>, person: &Id) -> Done<()> {
    let all: Vec<Id> = cx.read().rows(IDS_OF_PERSON, params![person], |row| row.get(0))?;
    for id in all {
        cx.tx.write(CONTACT, &id, DROP, params![id])?;
    }
    Ok(())
}
