//! Looks at what is hidden (个人信息保护法 第51条): who, at whom, why. Their holder and the auditors
//! read them.

use crate::act::{Acting, Done};
use crate::base::{Id, Instant};
use crate::params;
use crate::people::ACCESS;
use crate::store::{ReadTx, StoreError};

/// A look at somebody's data, for them to see.
#[derive(Clone, Debug)]
pub struct Look {
    pub at: Instant,
    /// The act by which it was looked.
    pub what: String,
    /// The post that looked, as it is published; none for a key or for the machine's own terminal.
    pub post: Option<String>,
    /// Who looked, as acts are kept: a person's id, or the kind of an actor who is no person.
    pub who: String,
    /// The number of the case looked at.
    pub case: Option<String>,
    pub reason: Option<String>,
}

/// A look that is to be noted.
pub struct Looking<'a> {
    /// Nobody where only a case is, whose reporter has no account.
    pub about: Option<&'a Id>,
    /// The act.
    pub what: &'a str,
    /// The number of the case looked at; none where it was the person as such.
    pub case: Option<&'a str>,
    pub reason: &'a str,
}

/// Looks on one page.
pub const LOOKS_A_PAGE: i64 = 50;

const NOTE_LOOK: &str = "
    insert into access (id, person_id, post_id, what, subject_kind, subject_id, about_person_id,
                        reason, at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const OLD_LOOKS: &str = "select id from access where at < $1 order by at, id limit $2";
const DROP_LOOK: &str = "delete from access where id = $1";
const LOOKS_AT: &str = "
    select a.at, a.what, post.title, a.person_id, a.subject_kind, a.subject_id, a.reason
    from access a
    left join post on post.id = a.post_id
    where a.about_person_id = $1 and a.person_id <> $1
    order by a.at desc, a.id limit $2 offset $3";

const LOOKS_IN: &str = "
    select a.at, a.what, post.title, a.person_id, who.name_masked, a.subject_kind, a.subject_id,
           about.name_masked, a.reason
    from access a
    left join post on post.id = a.post_id
    left join person who on who.id = a.person_id
    left join person about on about.id = a.about_person_id
    where a.at >= $1 and a.at < $2
    order by a.at desc, a.id limit $4 offset $3";

/// Notes a look, within the act.
pub fn note_look(cx: &mut Acting<'_, '_>, look: &Looking<'_>) -> Done<()> {
    let (id, now) = (cx.new_id(), cx.now());
    let who = cx.actor.key();
    let (kind, subject) = match look.case {
        Some(number) => ("case", number),
        None => ("person", look.about.map_or("", Id::as_str)),
    };
    let (about, what, reason) = (look.about.cloned(), look.what, look.reason);
    let values = params![id, who, cx.actor.post, what, kind, subject, about, reason, now];
    cx.tx.write(ACCESS, &id, NOTE_LOOK, values)?;
    Ok(())
}

/// Whether somebody looked before that time.
pub fn has_looks(tx: &ReadTx<'_>, before: Instant) -> Result<bool, StoreError> {
    Ok(tx.row(OLD_LOOKS, params![before, 1], |row| row.get::<Id>(0))?.is_some())
}

/// Drops the oldest looks from before a time, not more than so many; gives how many went.
pub fn forget_looks(cx: &mut Acting<'_, '_>, before: Instant, most: i64) -> Done<usize> {
    let old: Vec<Id> = cx.read().rows(OLD_LOOKS, params![before, most], |row| row.get(0))?;
    for id in &old {
        cx.tx.write(ACCESS, id, DROP_LOOK, params![*id])?;
    }
    Ok(old.len())
}

/// Notes why something was done to an account, where its holder and the auditors read who looked.
/// The machine's own terminal gives no reason.
pub fn note_why(cx: &mut Acting<'_, '_>, about: &Id, what: &str, reason: &str) -> Done<()> {
    if reason.is_empty() {
        return Ok(());
    }
    note_look(cx, &Looking { about: Some(about), what, case: None, reason })
}

/// Who looked at this person's data, newest first; and whether there are more after this page.
pub fn looks_at(tx: &ReadTx<'_>, person: &Id, page: i64) -> Result<(Vec<Look>, bool), StoreError> {
    let from = page.saturating_mul(LOOKS_A_PAGE);
    let mut all = tx.rows(LOOKS_AT, params![person, LOOKS_A_PAGE + 1, from], |row| {
        let of_case = row.get::<String>(4)? == "case";
        let subject: String = row.get(5)?;
        Ok(Look {
            at: row.get(0)?,
            what: row.get(1)?,
            post: row.get(2)?,
            who: row.get(3)?,
            case: of_case.then_some(subject),
            reason: row.get(6)?,
        })
    })?;
    let most = usize::try_from(LOOKS_A_PAGE).unwrap_or(usize::MAX);
    let more = all.len() > most;
    all.truncate(most);
    Ok((all, more))
}

/// A look at what is hidden, for who looks it over.
pub struct LookAt {
    pub at: Instant,
    pub what: String,
    /// What the post is called.
    pub post: Option<String>,
    /// As acts are kept: a person's id, or the kind of an actor who is no person.
    pub who: String,
    /// The person's masked name.
    pub name: Option<String>,
    pub case: Option<String>,
    /// The masked name of whose data it was.
    pub about: Option<String>,
    pub reason: Option<String>,
}

/// Looks within a span of time, newest first: from the how manyth on, and how many.
pub fn looks_in(
    tx: &ReadTx<'_>,
    (since, until): (Instant, Instant),
    (from, most): (i64, i64),
) -> Result<Vec<LookAt>, StoreError> {
    tx.rows(LOOKS_IN, params![since, until, from, most], |row| {
        let of_case = row.get::<String>(5)? == "case";
        let subject: String = row.get(6)?;
        Ok(LookAt {
            at: row.get(0)?,
            what: row.get(1)?,
            post: row.get(2)?,
            who: row.get(3)?,
            name: row.get(4)?,
            case: of_case.then_some(subject),
            about: row.get(7)?,
            reason: row.get(8)?,
        })
    })
}
