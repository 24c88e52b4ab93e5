//! The only SQL that names `news` and `notice`, and reads the outbox.

use super::text::TRIED_AFTER;
use crate::act::{Acting, Audience, Done, DutyBook, DutyList, Tell};
use crate::base::{Fault, Id, Instant};
use crate::district::District;
use crate::params;
use crate::people;
use crate::store::upkeep::{NEWS, NOTICE, OUTBOX, Upkeep};
use crate::store::{ReadTx, Row, StoreError};

const WAITING: &str = "
    select id, act_id, payload from outbox where due_at <= $1
    order by due_at, id limit $2";
const DONE: &str = "delete from outbox where id = $1";
const ADD_NEWS: &str = "
    insert into news (act_id, kind, matter_id, params, at, told) values ($1, $2, $3, $4, $5, $6)
    returning seq";
const ADD: &str = "
    insert into notice (person_id, news, tries, address_masked, error) values ($1, $2, $3, $4, $5)";
/// What stands where a message was not sent because there were enough already.
const HELD: &str = "held_back";
const TEXTS_SINCE: &str = "
    select count(*) from notice n join news w on w.seq = n.news
    where n.person_id = $1 and n.tries is not null and w.at >= $2
      and (n.error is null or n.error <> 'held_back')";
const TEXTS_ABOUT: &str = "
    select count(*) from news w join notice n on n.news = w.seq
    where w.matter_id = $1 and n.person_id = $2 and n.tries is not null
      and (n.error is null or n.error <> 'held_back')";
/// Those whose time has not come count for nothing: they hold up nobody else.
const TO_TEXT: &str = "
    select n.person_id, n.news, w.kind, w.params, n.tries
    from notice n join news w on w.seq = n.news
    where n.tries is not null and n.sent_at is null
      and (n.error is null or n.error <> 'held_back')
      and (n.tries = 0 and w.at <= $2 or n.tries = 1 and w.at <= $3 or n.tries = 2 and w.at <= $4
           or n.tries = 3 and w.at <= $5 or n.tries = 4 and w.at <= $6)
    order by n.news, n.person_id limit $1";
const TAKE: &str = "
    update notice set tries = tries + 1
    where person_id = $1 and news = $2 and tries = $3 and sent_at is null";
const TEXTED: &str = "
    update notice set sent_at = $3, error = null where person_id = $1 and news = $2";
const NOT_TEXTED: &str = "
    update notice set tries = $3, error = $4 where person_id = $1 and news = $2";
const OF_PERSON: &str = "
    select n.news, w.kind, w.matter_id, w.params, w.at, n.read_at, n.tries, n.sent_at, n.error,
           n.address_masked
    from notice n join news w on w.seq = n.news
    where n.person_id = $1 and n.news < $3
    order by n.news desc limit $2";
/// Unread notices are counted no further: the page says "99+".
const MOST_UNREAD: i64 = 100;
const UNREAD: &str = "
    select count(*) from (
        select 1 from notice where person_id = $1 and read_at is null limit $2) counted";
const UNREAD_BY_MATTER: &str = "
    select w.matter_id, count(*) from notice n join news w on w.seq = n.news
    where n.person_id = $1 and n.read_at is null and w.matter_id is not null
    group by w.matter_id";
const READ_ALL: &str = "
    update notice set read_at = $2 where person_id = $1 and read_at is null";
const FORGET_NUMBERS: &str = "
    update notice set address_masked = null where person_id = $1 and address_masked is not null";
const UNREAD_ABOUT: &str = "
    select count(*) from news w join notice n on n.news = w.seq
    where n.person_id = $1 and w.matter_id = $2 and n.read_at is null";
const READ_ABOUT: &str = "
    update notice set read_at = $3
    where person_id = $1 and read_at is null
      and news in (select seq from news where matter_id = $2)";
const READ_BEFORE: &str = "
    update notice set read_at = $2
    where read_at is null and news in (select seq from news where at < $1)";

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

/// Spreads waiting outbox rows over their recipients. A row is taken away before anybody is told,
/// so of two who take it up one tells.
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
        if door.write(OUTBOX, DONE, params![*id])? == 0 {
            continue;
        }
        let tell: Tell = match serde_json::from_str(payload) {
            Ok(tell) => tell,
            Err(error) => {
                // One that nobody can read must not hold up all that come after it.
                tracing::error!("what act {act_id} wanted to tell is unreadable: {error}");
                continue;
            }
        };
        let to = recipients(door.read(), &duties, &tell.to, now)?;
        if !to.is_empty() {
            tell_all(door, act_id, &tell, &to, most)?;
        }
    }
    Ok(waiting.len())
}

fn tell_all(
    door: &mut Upkeep<'_, '_>,
    act_id: &Id,
    tell: &Tell,
    to: &[(Id, bool)],
    most: Most,
) -> Result<(), StoreError> {
    let params = serde_json::to_string(&tell.params).map_err(Fault::from)?;
    let told = i64::try_from(to.len()).unwrap_or(i64::MAX);
    let row = params![*act_id, tell.kind, tell.matter, params, tell.at, told];
    let news = door.write_counted(NEWS, ADD_NEWS, row)?;
    for (person, texts) in to {
        let text = match tell.texts && *texts {
            true => text_to(door.read(), person, tell, most)?,
            false => None,
        };
        let (tries, (phone, held)) = (text.as_ref().map(|_| 0_i64), text.unzip());
        door.write(NOTICE, ADD, params![*person, news, tries, phone, held.flatten()])?;
    }
    Ok(())
}

/// The masked number to which the same goes by text message, for who has a telephone, and why it
/// is held back where there were enough.
fn text_to(
    tx: &ReadTx<'_>,
    person: &Id,
    tell: &Tell,
    most: Most,
) -> Result<Option<(String, Option<&'static str>)>, StoreError> {
    let known = people::store::person(tx, person)?;
    let Some(phone) = known.and_then(|known| known.phone_masked) else { return Ok(None) };
    let held = is_enough(tx, person, tell, most)?.then_some(HELD);
    Ok(Some((phone, held)))
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
    pub person: Id,
    pub news: i64,
    pub kind: String,
    /// The number alone: a title is the reporter's own words.
    pub params: Vec<(String, String)>,
    pub tries: i64,
}

/// Text messages whose time has come, oldest first: not tried yet and told of before `since[0]`,
/// tried once and told of before `since[1]`, and so on. One that waits holds up none behind it.
pub(super) fn to_text(
    tx: &ReadTx<'_>,
    since: [Instant; TRIED_AFTER.len()],
    most: i64,
) -> Result<Vec<Text>, StoreError> {
    let [first, second, third, fourth, fifth] = since;
    tx.rows(TO_TEXT, params![most, first, second, third, fourth, fifth], |row| {
        let mut params: Vec<(String, String)> =
            serde_json::from_str(&row.get::<String>(3)?).map_err(Fault::from)?;
        params.retain(|(name, _)| name == "number");
        Ok(Text {
            person: row.get(0)?,
            news: row.get(1)?,
            kind: row.get(2)?,
            params,
            tries: row.get(4)?,
        })
    })
}

/// Takes a message up: true for one sender only, however many look at once.
pub(super) fn take(door: &mut Upkeep<'_, '_>, text: &Text) -> Result<bool, StoreError> {
    Ok(door.write(NOTICE, TAKE, params![text.person, text.news, text.tries])? == 1)
}

pub(super) fn texted(
    door: &mut Upkeep<'_, '_>,
    text: &Text,
    now: Instant,
) -> Result<(), StoreError> {
    door.write(NOTICE, TEXTED, params![text.person, text.news, now])?;
    Ok(())
}

/// It did not go; `tries` says how often it has been tried, so whether it will be again.
pub(super) fn not_texted(
    door: &mut Upkeep<'_, '_>,
    text: &Text,
    tries: i64,
    why: &str,
) -> Result<(), StoreError> {
    door.write(NOTICE, NOT_TEXTED, params![text.person, text.news, tries, why])?;
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
        Audience::Body { body, acts, row } => {
            people::remit::in_body(tx, duties, body, (acts, row), now)?
        }
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
    /// What it tells, counted through the district.
    pub news: i64,
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

/// The notices of a person that came before one of theirs, newest first.
pub fn page_of_person(
    tx: &ReadTx<'_>,
    person: &Id,
    before: Option<i64>,
    most: i64,
) -> Result<Vec<NoticeView>, StoreError> {
    tx.rows(OF_PERSON, params![*person, most, before.unwrap_or(i64::MAX)], |row| {
        let params: String = row.get(3)?;
        Ok(NoticeView {
            news: row.get(0)?,
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
    let Some(tries) = row.get::<Option<i64>>(6)? else { return Ok(None) };
    let (error, phone): (Option<String>, Option<String>) = (row.get(8)?, row.get(9)?);
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
    select kind, channel, at, sent, error, cast(sum(people) as bigint) from (
        select act_id, kind, 'app' as channel, at, cast(1 as bigint) as sent,
               cast(null as text) as error, told as people
        from news where matter_id = $1
        union all
        select w.act_id, w.kind, 'sms', w.at,
               cast(case when n.sent_at is null then 0 else 1 end as bigint), n.error, 1
        from news w join notice n on n.news = w.seq
        where w.matter_id = $1 and n.tries is not null) each_way
    group by act_id, kind, channel, at, sent, error
    order by at desc, kind, channel, error, sent, act_id limit 100";

/// The notices that were sent about a matter, newest first; what many were told is one of them.
pub fn about(tx: &ReadTx<'_>, matter: &Id) -> Result<Vec<Sent>, StoreError> {
    tx.rows(ABOUT, params![*matter], |row| {
        Ok(Sent {
            kind: row.get(0)?,
            channel: row.get(1)?,
            at: row.get(2)?,
            sent: row.get::<i64>(3)? == 1,
            held: row.get::<Option<String>>(4)?.as_deref() == Some(HELD),
            to: row.get(5)?,
        })
    })
}
