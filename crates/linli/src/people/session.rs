//! Sessions: a random token in a cookie, its hash in the table.

use crate::act::{Acting, Actor, Done, RESIDENT};
use crate::base::{Id, Instant, random, secret};
use crate::district::SignedIn;
use crate::params;
use crate::people::store;
use crate::store::upkeep::{SESSION, SMS_CODE};
use crate::store::{ReadTx, Store, StoreError};

/// A staff session ends after a working day; a resident's after thirty.
pub const STAFF_SECONDS: i64 = 12 * 3600;
pub const RESIDENT_SECONDS: i64 = 30 * 24 * 3600;

/// What is put down of who came in by a code sent to their number and showed nothing else.
pub const BY_TEXT: &str = "sms";

const WHO_IS: &str = concat!(
    "
    select s.id, s.person_id, s.as_kind, p.name_masked, p.language, post.id, post.kind,
           post.place_path, post.body_id, post.title, post_kind.kind_group, a.person_id,
           post_kind.title_en
    from session s
    join person p on p.id = s.person_id and p.suspended_at is null and p.closed_at is null
    left join appointment a on a.id = s.appointment_id and s.proved <> $4 and a.until is null
        and a.term_from <= $3 and (a.term_to is null or a.term_to >= $3)
        and (a.person_id = s.person_id or exists (
            select 1 from delegation d
            where d.appointment_id = a.id and d.to_person_id = s.person_id
              and d.ended_at is null and d.from_at <= $2 and d.to_at > $2 and ",
    store::stands!("$3"),
    "))
    left join post on post.id = a.post_id and post.ended_at is null
    left join post_kind on post_kind.id = post.kind
    where s.id = $1 and s.ended_at is null and s.until > $2"
);

const OPEN: &str = "
    insert into session (id, person_id, appointment_id, as_kind, created_at, seen_at, until,
                         device, proved)
    values ($1, $2, $3, $4, $5, $5, $6, $7, $8)";

/// The holder of a session. A post that has ended meanwhile gives no powers, nor does any post give
/// them to who showed no more than a code by text message: they are then a resident like any other.
pub fn who_is(tx: &ReadTx<'_>, hash: &str, now: Instant) -> Result<Option<SignedIn>, StoreError> {
    let today = store::today(now);
    let found = tx.row(WHO_IS, params![hash, now, today, BY_TEXT], |row| {
        let person: Id = row.get(1)?;
        let kind: Option<String> = row.get(6)?;
        let holder: Option<Id> = row.get(11)?;
        let stands_in = holder.is_some_and(|holder| holder != person);
        let actor = match kind {
            None => Actor::resident(person.clone()),
            Some(kind) => Actor {
                person: Some(person.clone()),
                kind,
                post: row.get(5)?,
                place_path: row.get::<Option<String>>(7)?.unwrap_or_default(),
                body: row.get(8)?,
                other_bodies: Vec::new(),
                stands_in,
                label: label(row.get::<Option<String>>(9)?.unwrap_or_default(), stands_in),
                administrator: row.get::<Option<String>>(10)?.as_deref() == Some("administrator"),
            },
        };
        let (session, name, language) = (row.get(0)?, row.get(3)?, row.get(4)?);
        let office_en = row.get::<Option<String>>(12)?.unwrap_or_default();
        Ok(SignedIn { session, person, actor, name, language, office_en, unread: 0 })
    })?;
    let Some(signed_in) = found else { return Ok(None) };
    let actor = store::with_bodies(tx, signed_in.actor, now)?;
    Ok(Some(SignedIn { actor, ..signed_in }))
}

/// 代理: who stands in for the holder of a post is shown as such.
fn label(title: String, standing_in: bool) -> String {
    if standing_in { format!("{title}（代理）") } else { title }
}

/// A session to be opened.
#[derive(Clone, Debug)]
pub struct Opening {
    pub person: Id,
    /// The appointment the person acts by; `None` as a resident.
    pub appointment: Option<Id>,
    /// What the person showed: `sms`, `password`, `password+totp`.
    pub proved: &'static str,
    /// The browser, shortened, so that a person can tell their sessions apart.
    pub device: String,
}

/// How long a session lasts: what was shown at the door decides, not the post of the moment.
pub fn lasts(proved: &str) -> i64 {
    if proved == BY_TEXT { RESIDENT_SECONDS } else { STAFF_SECONDS }
}

/// Opens a session and gives the token for the cookie, which is kept nowhere.
pub async fn open(store: &Store, opening: Opening, now: Instant) -> Result<String, StoreError> {
    let token = random::token();
    let hash = secret::sha256_hex(token.as_bytes());
    let seconds = lasts(opening.proved);
    let until = now.plus_micros(seconds * 1_000_000);
    let as_kind = if opening.appointment.is_some() { "post" } else { RESIDENT };
    store
        .upkeep(move |door| {
            let Opening { person, appointment, proved, device } = &opening;
            door.write(
                SESSION,
                OPEN,
                params![hash, *person, *appointment, as_kind, now, until, *device, *proved],
            )
        })
        .await?;
    Ok(token)
}

/// A session as its person sees it.
#[derive(Clone, Debug)]
pub struct SessionView {
    pub id: Id,
    pub created_at: Instant,
    pub seen_at: Instant,
    pub until: Instant,
    pub device: String,
    pub proved: String,
}

const OF_PERSON: &str = "
    select id, created_at, seen_at, until, device, proved from session
    where person_id = $1 and ended_at is null and until > $2
    order by seen_at desc, id";
const END_ONE: &str = "
    update session set ended_at = $3 where id = $1 and person_id = $2 and ended_at is null";
const END_OTHERS: &str = "
    update session set ended_at = $3 where person_id = $2 and id <> $1 and ended_at is null";
const END_ALL: &str = "
    update session set ended_at = $2 where person_id = $1 and ended_at is null";
const ACT_AS: &str = "
    update session set appointment_id = $2, as_kind = $3
    where id = $1 and ended_at is null and (proved <> $4 or $3 = 'resident')";
const OPEN_STILL: &str = "
    select count(*) from session where id = $1 and ended_at is null and until > $2";
const SEEN: &str = "
    update session set seen_at = $2 where id = $1 and seen_at < $3 and ended_at is null";
const FORGET_DEVICES: &str = "update session set device = '' where person_id = $1";
const FORGET_CODES: &str = "
    delete from sms_code
    where phone_blind in (select phone_blind from person where id = $1)";

/// The running sessions of a person, the one used last first.
pub fn of_person(
    tx: &ReadTx<'_>,
    person: &Id,
    now: Instant,
) -> Result<Vec<SessionView>, StoreError> {
    tx.rows(OF_PERSON, params![person, now], |row| {
        Ok(SessionView {
            id: row.get(0)?,
            created_at: row.get(1)?,
            seen_at: row.get(2)?,
            until: row.get(3)?,
            device: row.get(4)?,
            proved: row.get(5)?,
        })
    })
}

/// Ends one session of a person; nothing happens when it is not theirs.
pub async fn end(store: &Store, id: Id, person: Id, now: Instant) -> Result<(), StoreError> {
    store.upkeep(move |door| door.write(SESSION, END_ONE, params![id, person, now])).await?;
    Ok(())
}

/// Ends every session of a person but this one.
pub async fn end_others(store: &Store, id: Id, person: Id, now: Instant) -> Result<(), StoreError> {
    store.upkeep(move |door| door.write(SESSION, END_OTHERS, params![id, person, now])).await?;
    Ok(())
}

/// From now on the session acts by this appointment, or as a resident. False where it may not: a
/// post is taken by who showed a password and the code of their app, for a telephone alone, or
/// whoever hands on its messages, must not open an office.
pub async fn act_as(store: &Store, id: Id, appointment: Option<Id>) -> Result<bool, StoreError> {
    let kind = if appointment.is_some() { "post" } else { RESIDENT };
    let act = store
        .upkeep(move |door| door.write(SESSION, ACT_AS, params![id, appointment, kind, BY_TEXT]))
        .await?;
    Ok(act == 1)
}

/// Whether there is such a session and it goes on.
pub fn is_open(tx: &ReadTx<'_>, id: &str, now: Instant) -> Result<bool, StoreError> {
    Ok(tx.count(OPEN_STILL, params![id, now])? > 0)
}

/// Notes that a session was used, at most once a minute.
pub async fn seen(store: &Store, id: String, now: Instant) -> Result<(), StoreError> {
    let before = now.plus_minutes(-1);
    store.upkeep(move |door| door.write(SESSION, SEEN, params![id, now, before])).await?;
    Ok(())
}

/// Ends every session of a person, within an act.
pub fn end_all(cx: &mut Acting<'_, '_>, person: &Id) -> Done<()> {
    let now = cx.now();
    cx.tx.write(SESSION, "", END_ALL, params![person, now])?;
    Ok(())
}

/// Ends every session of a person but this one, within an act.
pub fn end_all_but(cx: &mut Acting<'_, '_>, person: &Id, mine: &Id) -> Done<()> {
    let now = cx.now();
    cx.tx.write(SESSION, "", END_OTHERS, params![*mine, *person, now])?;
    Ok(())
}

/// Forgets the codes sent to a person and their browsers: before their number is wiped, within the
/// act that closes the account.
pub fn forget_codes(cx: &mut Acting<'_, '_>, person: &Id) -> Done<()> {
    cx.tx.write(SMS_CODE, "", FORGET_CODES, params![person])?;
    cx.tx.write(SESSION, "", FORGET_DEVICES, params![person])?;
    Ok(())
}

const ACTORS: &str = "
    select post.id, post.kind, post.place_path, post.body_id, post.title, post_kind.kind_group
    from appointment a
    join post on post.id = a.post_id and post.ended_at is null
    join post_kind on post_kind.id = post.kind
    where a.person_id = $1 and a.until is null order by a.id";

/// Everyone a person may act as by the posts they hold; the demonstration is played by them.
pub fn actors(tx: &ReadTx<'_>, person: &Id) -> Result<Vec<Actor>, StoreError> {
    tx.rows(ACTORS, params![*person], |row| {
        Ok(Actor {
            person: Some(person.clone()),
            post: row.get(0)?,
            kind: row.get(1)?,
            place_path: row.get(2)?,
            body: row.get(3)?,
            other_bodies: Vec::new(),
            stands_in: false,
            label: row.get(4)?,
            administrator: row.get::<String>(5)? == "administrator",
        })
    })
}
