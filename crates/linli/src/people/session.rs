//! Sessions: a random token in a cookie, its hash in the table.

use crate::act::{Actor, RESIDENT};
use crate::base::{Id, Instant, random, secret};
use crate::district::SignedIn;
use crate::params;
use crate::store::upkeep::SESSION;
use crate::store::{ReadTx, Store, StoreError};

/// A staff session ends after a working day; a resident's after thirty.
pub const STAFF_SECONDS: i64 = 12 * 3600;
pub const RESIDENT_SECONDS: i64 = 30 * 24 * 3600;

const WHO_IS: &str = "
    select s.id, s.person_id, s.as_kind, p.name_masked, p.language, post.id, post.kind,
           post.place_path, post.body_id, post.title, post_kind.kind_group
    from session s
    join person p on p.id = s.person_id and p.suspended_at is null and p.closed_at is null
    left join appointment a on a.id = s.appointment_id and a.until is null
        and (a.person_id = s.person_id or exists (
            select 1 from delegation d
            where d.appointment_id = a.id and d.to_person_id = s.person_id
              and d.ended_at is null and d.from_at <= $2 and d.to_at > $2))
    left join post on post.id = a.post_id and post.ended_at is null
    left join post_kind on post_kind.id = post.kind
    where s.id = $1 and s.ended_at is null and s.until > $2";

const OPEN: &str = "
    insert into session (id, person_id, appointment_id, as_kind, created_at, seen_at, until,
                         device, proved)
    values ($1, $2, $3, $4, $5, $5, $6, $7, $8)";

/// The holder of a session. A post that has ended meanwhile gives no powers: the person is then a
/// resident like any other.
pub fn who_is(tx: &ReadTx<'_>, hash: &str, now: Instant) -> Result<Option<SignedIn>, StoreError> {
    tx.row(WHO_IS, params![hash, now], |row| {
        let person: Id = row.get(1)?;
        let kind: Option<String> = row.get(6)?;
        let actor = match kind {
            None => Actor::resident(person.clone()),
            Some(kind) => Actor {
                person: Some(person.clone()),
                kind,
                post: row.get(5)?,
                place_path: row.get::<Option<String>>(7)?.unwrap_or_default(),
                body: row.get(8)?,
                label: row.get::<Option<String>>(9)?.unwrap_or_default(),
                administrator: row.get::<Option<String>>(10)?.as_deref() == Some("administrator"),
            },
        };
        let (session, name, language) = (row.get(0)?, row.get(3)?, row.get(4)?);
        Ok(SignedIn { session, person, actor, name, language })
    })
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

/// Opens a session and gives the token for the cookie, which is kept nowhere.
pub async fn open(store: &Store, opening: Opening, now: Instant) -> Result<String, StoreError> {
    let token = random::token();
    let hash = secret::sha256_hex(token.as_bytes());
    let seconds = if opening.appointment.is_some() { STAFF_SECONDS } else { RESIDENT_SECONDS };
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
