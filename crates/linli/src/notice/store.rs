//! The only SQL that names `notice`, and reads the outbox.

use crate::act::{Acting, Audience, Done, DutyBook, DutyList, Tell};
use crate::base::{Fault, Id, Instant};
use crate::district::District;
use crate::params;
use crate::people;
use crate::store::upkeep::{NOTICE, OUTBOX, Upkeep};
use crate::store::{ReadTx, Row, StoreError};

const WAITING: &str = "
    select id, act_id, payload from outbox where due_at <= $1
    order by due_at, id limit $2";
const DONE: &str = "delete from outbox where id = $1";
const ADD: &str = "
    insert into notice (id, act_id, person_id, body_id, kind, matter_id, params, channel, at,
                        sent_at, tries)
    values ($1, $2, $3, $4, $5, $6, $7, 'app', $8, $9, 1)";
const ADD_TEXT: &str = "
    insert into notice (id, act_id, person_id, kind, matter_id, params, channel, address_masked,
                        at, tries, error)
    values ($1, $2, $3, $4, $5, $6, 'sms', $7, $8, 0, $9)";
/// What stands where a message was not sent because there were enough already.
const HELD: &str = "held_back";
const TEXTS_SINCE: &str = "
    select count(*) from notice
    where person_id = $1 and at >= $2 and channel = 'sms'
      and (error is null or error <> 'held_back')";
const TEXTS_ABOUT: &str = "
    select count(*) from notice
    where matter_id = $1 and person_id = $2 and channel = 'sms'
      and (error is null or error <> 'held_back')";
const TO_TEXT: &str = "
    select id, person_id, kind, params, at, tries from notice
    where channel = 'sms' and sent_at is null and tries < $1
      and (error is null or error <> 'held_back')
    order by at, id limit $2";
const TAKE: &str = "
    update notice set tries = tries + 1 where id = $1 and tries = $2 and sent_at is null";
const TEXTED: &str = "update notice set sent_at = $2, error = null where id = $1";
const NOT_TEXTED: &str = "update notice set tries = $2, error = $3 where id = $1";
const OF_PERSON: &str = "
    select n.id, n.kind, n.matter_id, n.params, n.at, n.read_at, s.id, s.sent_at, s.error,
           s.address_masked, s.tries
    from notice n
    left join notice s on s.person_id = n.person_id and s.at = n.at and s.act_id = n.act_id
         and s.kind = n.kind and s.channel = 'sms'
    where n.person_id = $1 and n.channel = 'app'
      and (n.at < $3 or (n.at = $3 and n.id < $4))
    order by n.at desc, n.id desc limit $2";
/// Unread notices are counted no further: the page says "99+".
const MOST_UNREAD: i64 = 100;
const UNREAD: &str = "
    select count(*) from (
        select 1 from notice where person_id = $1 and channel = 'app' and read_at is null
        limit $2) counted";
const UNREAD_BY_MATTER: &str = "
    select matter_id, count(*) from notice
    where person_id = $1 and channel = 'app' and read_at is null and matter_id is not null
    group by matter_id";
const READ_ALL: &str = "
    update notice set read_at = $2 where person_id = $1 and read_at is null";
const FORGET_NUMBERS: &str = "
    update notice set address_masked = null where person_id = $1 and address_masked is not null";
const UNREAD_ABOUT: &str = "
    select count(*) from notice
    where person_id = $1 and matter_id = $2 and channel = 'app' and read_at is null";
const READ_ABOUT: &str = "
    update notice set read_at = $3
    where person_id = $1 and matter_id = $2 and channel = 'app' and read_at is null";
const READ_BEFORE: &str = "
    update notice set read_at = $2 where channel = 'app' and at < $1 and read_at is null";

/// How many text messages are enough: for a person in a day, and about one case.
#[derive(Clone, Copy, Debug)]
pub struct Most {
    pub a_day: i64,
    pub a_case: i64,
    /// Of the place, for when its day begins.
    pub offset: i32,
}

impl Most {
    pub(super) fn of(district: &District) -> Most {
        Most {
            a_day: i64::from(district.config.texts_a_day),
            a_case: i64::from(district.config.texts_a_case),
            offset: district.config.offset_minutes,
        }
    }
}

/// Spreads waiting outbox rows over their recipients; a row is gone once that is done. Notice ids
/// follow from the outbox row and the recipient, so a row taken up twice makes the same notices.
pub(super) fn spread(
    door: &mut Upkeep<'_, '_>,
    duties: &DutyBook,
    at_once: i64,
    most: Most,
    now: Instant,
) -> Result<usize, StoreError> {
    let waiting = door.read().rows(WAITING, params![now, at_once], |row| {
        Ok((row.get::<Id>(0)?, row.get::<Id>(1)?, row.get::<String>(2)?))
    })?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let duties = duties.current(door.read())?;
    for (id, act_id, payload) in &waiting {
        let tell: Tell = serde_json::from_str(payload).map_err(Fault::from)?;
        for (person, texts) in recipients(door.read(), &duties, &tell.to, now)? {
            let notice = Id::derived(&format!("notice {id} {person}"));
            let params = serde_json::to_string(&tell.params).map_err(Fault::from)?;
            let body = match &tell.to {
                Audience::Body(body) => Some(body.clone()),
                _ => None,
            };
            let row = params![
                notice,
                *act_id,
                person,
                body,
                tell.kind,
                tell.matter,
                params,
                tell.at,
                now
            ];
            door.write(NOTICE, ADD, row)?;
            if tell.texts && texts {
                add_text(door, (id, act_id), &person, &tell, most)?;
            }
        }
        door.write(OUTBOX, DONE, params![*id])?;
    }
    Ok(waiting.len())
}

/// The same by text message, for who has a telephone: it waits for its sender, or is held back
/// where there were enough.
fn add_text(
    door: &mut Upkeep<'_, '_>,
    (row, act_id): (&Id, &Id),
    person: &Id,
    tell: &Tell,
    most: Most,
) -> Result<(), StoreError> {
    let known = people::store::person(door.read(), person)?;
    let Some(phone) = known.and_then(|known| known.phone_masked) else { return Ok(()) };
    // The number alone: a title is the reporter's own words.
    let number: Vec<_> = tell.params.iter().filter(|(name, _)| name == "number").collect();
    let params = serde_json::to_string(&number).map_err(Fault::from)?;
    let id = Id::derived(&format!("text {row} {person}"));
    let held = is_enough(door.read(), person, tell, most)?.then_some(HELD);
    let row = params![id, *act_id, *person, tell.kind, tell.matter, params, phone, tell.at, held];
    door.write(NOTICE, ADD_TEXT, row)?;
    Ok(())
}

fn is_enough(tx: &ReadTx<'_>, person: &Id, tell: &Tell, most: Most) -> Result<bool, StoreError> {
    let morning = tell.at.day(most.offset).start(most.offset);
    if tx.count(TEXTS_SINCE, params![*person, morning])? >= most.a_day {
        return Ok(true);
    }
    match &tell.matter {
        Some(matter) => Ok(tx.count(TEXTS_ABOUT, params![*matter, *person])? >= most.a_case),
        None => Ok(false),
    }
}

/// A text message that waits to be sent.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub id: Id,
    pub person: Id,
    pub kind: String,
    pub params: Vec<(String, String)>,
    pub at: Instant,
    pub tries: i64,
}

/// Text messages not sent yet and tried less than `tries` times, oldest first.
pub(super) fn to_text(tx: &ReadTx<'_>, tries: i64, most: i64) -> Result<Vec<Text>, StoreError> {
    tx.rows(TO_TEXT, params![tries, most], |row| {
        let params: String = row.get(3)?;
        Ok(Text {
            id: row.get(0)?,
            person: row.get(1)?,
            kind: row.get(2)?,
            params: serde_json::from_str(&params).map_err(Fault::from)?,
            at: row.get(4)?,
            tries: row.get(5)?,
        })
    })
}

/// Takes a message up: true for one sender only, however many look at once.
pub(super) fn take(door: &mut Upkeep<'_, '_>, text: &Text) -> Result<bool, StoreError> {
    Ok(door.write(NOTICE, TAKE, params![text.id, text.tries])? == 1)
}

pub(super) fn texted(door: &mut Upkeep<'_, '_>, id: &Id, now: Instant) -> Result<(), StoreError> {
    door.write(NOTICE, TEXTED, params![*id, now])?;
    Ok(())
}

/// It did not go; `tries` says how often it has been tried, so whether it will be again.
pub(super) fn not_texted(
    door: &mut Upkeep<'_, '_>,
    id: &Id,
    tries: i64,
    why: &str,
) -> Result<(), StoreError> {
    door.write(NOTICE, NOT_TEXTED, params![*id, tries, why])?;
    Ok(())
}

/// Who is told, and whether what may be texted is to be texted to them.
fn recipients(
    tx: &ReadTx<'_>,
    duties: &DutyList,
    to: &Audience,
    now: Instant,
) -> Result<Vec<(Id, bool)>, StoreError> {
    let all = match to {
        Audience::Followers(matter) => return people::store::followers(tx, matter),
        Audience::Person(person) => vec![person.clone()],
        Audience::Body(body) => people::remit::officers(tx, body, now)?,
        Audience::PostsAt { kind, place_path } => {
            people::remit::holders(tx, kind, place_path, now)?
        }
        Audience::OnDuty(errand) => people::remit::on_duty(tx, duties, errand, now)?,
    };
    Ok(all.into_iter().map(|person| (person, true)).collect())
}

/// A notice as its reader sees it.
#[derive(Clone, Debug)]
pub struct NoticeView {
    pub id: Id,
    pub kind: String,
    pub matter: Option<Id>,
    pub params: Vec<(String, String)>,
    pub at: Instant,
    pub unread: bool,
    /// The same by text message, where it was asked for.
    pub text: Option<(Texted, String)>,
}

/// What became of a text message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Texted {
    Sent,
    Waiting,
    /// There were enough already.
    HeldBack,
    GivenUp,
}

impl Texted {
    fn from(sent: Option<Instant>, error: Option<&str>, tries: i64) -> Texted {
        match (sent, error) {
            (Some(_), _) => Texted::Sent,
            (None, Some(HELD)) => Texted::HeldBack,
            (None, Some(_)) if tries >= super::text::MOST_TRIES => Texted::GivenUp,
            (None, _) => Texted::Waiting,
        }
    }

    /// Under `notices.text`.
    pub fn key(&self) -> &'static str {
        match self {
            Texted::Sent => "notices.text.sent",
            Texted::Waiting => "notices.text.waiting",
            Texted::HeldBack => "notices.text.held_back",
            Texted::GivenUp => "notices.text.given_up",
        }
    }
}

/// The notices of a person that come after one of theirs, newest first.
pub fn page_of_person(
    tx: &ReadTx<'_>,
    person: &Id,
    after: Option<&(Instant, Id)>,
    most: i64,
) -> Result<Vec<NoticeView>, StoreError> {
    let (at, id) = after.map_or((Instant(i64::MAX), ""), |(at, id)| (*at, id.as_str()));
    tx.rows(OF_PERSON, params![*person, most, at, id], |row| {
        let params: String = row.get(3)?;
        Ok(NoticeView {
            id: row.get(0)?,
            kind: row.get(1)?,
            matter: row.get(2)?,
            params: serde_json::from_str(&params).map_err(Fault::from)?,
            at: row.get(4)?,
            unread: row.get::<Option<Instant>>(5)?.is_none(),
            text: text_of(row)?,
        })
    })
}

/// The message that goes with a notice, and the masked number it goes to.
fn text_of(row: &Row<'_>) -> Result<Option<(Texted, String)>, StoreError> {
    if row.get::<Option<Id>>(6)?.is_none() {
        return Ok(None);
    }
    let (error, phone): (Option<String>, Option<String>) = (row.get(8)?, row.get(9)?);
    let tries = row.get::<Option<i64>>(10)?.unwrap_or_default();
    let texted = Texted::from(row.get(7)?, error.as_deref(), tries);
    Ok(Some((texted, phone.unwrap_or_default())))
}

/// How many notices a person has not read, counted up to [`MOST_UNREAD`].
pub fn unread(tx: &ReadTx<'_>, person: &Id) -> Result<i64, StoreError> {
    tx.count(UNREAD, params![*person, MOST_UNREAD])
}

/// How many notices a person has not read, by matter.
pub fn unread_by_matter(
    tx: &ReadTx<'_>,
    person: &Id,
) -> Result<std::collections::BTreeMap<Id, i64>, StoreError> {
    let all = tx.rows(UNREAD_BY_MATTER, params![*person], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(all.into_iter().collect())
}

/// Forgets which numbers a person was sent text messages to.
pub fn forget_numbers_of(cx: &mut Acting<'_, '_>, person: &Id) -> Done<()> {
    cx.tx.write(NOTICE, person, FORGET_NUMBERS, params![*person])?;
    Ok(())
}

/// Marks all notices of a person as read.
pub fn read_all(door: &mut Upkeep<'_, '_>, person: &Id, now: Instant) -> Result<u64, StoreError> {
    door.write(NOTICE, READ_ALL, params![*person, now])
}

/// How many notices about a matter a person has not read.
pub(super) fn unread_about(tx: &ReadTx<'_>, person: &Id, matter: &Id) -> Result<i64, StoreError> {
    tx.count(UNREAD_ABOUT, params![*person, *matter])
}

/// Marks a person's notices about a matter as read.
pub(super) fn read_about(
    door: &mut Upkeep<'_, '_>,
    person: &Id,
    matter: &Id,
    now: Instant,
) -> Result<u64, StoreError> {
    door.write(NOTICE, READ_ABOUT, params![*person, *matter, now])
}

pub(super) fn read_before(
    door: &mut Upkeep<'_, '_>,
    before: Instant,
    now: Instant,
) -> Result<u64, StoreError> {
    door.write(NOTICE, READ_BEFORE, params![before, now])
}

/// A notice about a matter: what it was, how it went, and whether it went at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub kind: String,
    pub channel: String,
    pub at: Instant,
    pub sent: bool,
    /// Not sent by text message, because there were enough already.
    pub held: bool,
    /// How many people it went to in this way.
    pub to: i64,
}

const ABOUT: &str = "
    select kind, channel, at, max(sent_at), error, count(*) from notice where matter_id = $1
    group by act_id, kind, channel, at, error, case when sent_at is null then 0 else 1 end
    order by at desc, kind, channel, error, max(sent_at), act_id limit 100";

/// The notices that were sent about a matter, newest first; what many were told is one of them.
pub fn about(tx: &ReadTx<'_>, matter: &Id) -> Result<Vec<Sent>, StoreError> {
    tx.rows(ABOUT, params![*matter], |row| {
        Ok(Sent {
            kind: row.get(0)?,
            channel: row.get(1)?,
            at: row.get(2)?,
            sent: row.get::<Option<Instant>>(3)?.is_some(),
            held: row.get::<Option<String>>(4)?.as_deref() == Some(HELD),
            to: row.get(5)?,
        })
    })
}
