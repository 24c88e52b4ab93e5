//! Delegations: who stands in for whom while they are away.
//!
//! Whoever stands in does so by a post of their own (`by_appointment_id`): when they no longer hold
//! that one, or the one who is away no longer holds theirs, the delegation is over. It is not over
//! where the account of who is away is stopped: their post is still to be filled.

use super::post::today;
use crate::act::{Acting, Done};
use crate::base::{Id, Instant};
use crate::params;
use crate::people::DELEGATION;
use crate::people::acts::Delegate;
use crate::store::{ReadTx, Row, StoreError, Value};

/// A stand-in, as the holder and the stand-in see it.
#[derive(Clone, Debug)]
pub struct DelegationView {
    pub id: Id,
    pub appointment: Id,
    pub title: String,
    pub to_name: String,
    pub from_at: Instant,
    pub to_at: Instant,
    pub reason: String,
    pub ended_at: Option<Instant>,
}

/// SQL that holds for a delegation `d` while whoever stands in holds the post by which they may;
/// the parameter is the day.
macro_rules! stands {
    ($today:literal) => {
        concat!(
            "exists (select 1 from appointment own
                     join post own_post on own_post.id = own.post_id
                          and own_post.ended_at is null
                     where own.id = d.by_appointment_id and own.until is null
                       and own.term_from <= ",
            $today,
            " and (own.term_to is null or own.term_to >= ",
            $today,
            "))"
        )
    };
}
pub(in crate::people) use stands;

const DELEGATIONS: &str = "
    select d.id, a.id, post.title,
           coalesce((select min(b.holder_name) from appointment b
                     where b.person_id = d.to_person_id), '—'),
           d.from_at, d.to_at, d.reason, d.ended_at
    from delegation d
    join appointment a on a.id = d.appointment_id
    join post on post.id = a.post_id
    where a.person_id = $1 order by d.from_at desc, d.id limit 50";
const OF_POST: &str = concat!(
    "
    select d.id, a.id, post.title,
           coalesce((select min(b.holder_name) from appointment b
                     where b.person_id = d.to_person_id), '—'),
           d.from_at, d.to_at, d.reason, d.ended_at
    from delegation d
    join appointment a on a.id = d.appointment_id and a.until is null
    join post on post.id = a.post_id
    where post.id = $1 and d.ended_at is null and d.to_at > $2 and ",
    stands!("$3"),
    " order by d.from_at, d.id"
);
const HANGING_ON: &str = "
    select id, appointment_id from delegation
    where ended_at is null and (appointment_id = $1 or by_appointment_id = $1) order by id";
const STOOD_IN: &str = concat!(
    "
    select count(*) from delegation d
    where d.appointment_id = $1 and d.ended_at is null and d.from_at < $3 and d.to_at > $2 and ",
    stands!("$4")
);

/// What a person has let others do for them.
pub fn delegations_of(tx: &ReadTx<'_>, person: &Id) -> Result<Vec<DelegationView>, StoreError> {
    tx.rows(DELEGATIONS, params![person], view)
}

/// Who stands in at a post now or will.
pub fn delegations_at(
    tx: &ReadTx<'_>,
    post: &Id,
    now: Instant,
) -> Result<Vec<DelegationView>, StoreError> {
    tx.rows(OF_POST, params![post, now, today(now)], view)
}

fn view(row: &Row<'_>) -> Result<DelegationView, StoreError> {
    Ok(DelegationView {
        id: row.get(0)?,
        appointment: row.get(1)?,
        title: row.get(2)?,
        to_name: row.get(3)?,
        from_at: row.get(4)?,
        to_at: row.get(5)?,
        reason: row.get(6)?,
        ended_at: row.get(7)?,
    })
}

/// Whether somebody stands in for this appointment at any time between, who still may: a delegation
/// by a post whose term is over keeps the days from nobody else.
pub fn is_stood_in(
    tx: &ReadTx<'_>,
    appointment: &Id,
    (from, to): (Instant, Instant),
    now: Instant,
) -> Result<bool, StoreError> {
    Ok(tx.count(STOOD_IN, params![appointment, from, to, today(now)])? > 0)
}

const END_DELEGATION: &str = "
    update delegation set ended_at = $3
    where id = $1 and appointment_id = $2 and ended_at is null";

/// `by`: the appointment of whoever stands in, by which they may.
pub fn insert_delegation(cx: &mut Acting<'_, '_>, act: &Delegate, by: &Id) -> Done<()> {
    let columns = [
        ("appointment_id", Value::from(&act.appointment)),
        ("to_person_id", Value::from(&act.to)),
        ("by_appointment_id", Value::from(by)),
        ("from_at", act.from_at.into()),
        ("to_at", act.to_at.into()),
        ("reason", act.reason.as_str().into()),
    ];
    cx.tx.insert(DELEGATION, &act.id, &columns)?;
    Ok(())
}

pub fn end_delegation(cx: &mut Acting<'_, '_>, appointment: &Id, id: &Id) -> Done<bool> {
    let now = cx.now();
    Ok(cx.tx.write(DELEGATION, id, END_DELEGATION, params![id, appointment, now])? == 1)
}

/// Ends what hangs on an appointment that has ended: who stood in for its holder, and for whom its
/// holder stood in.
pub(super) fn end_hanging_on(cx: &mut Acting<'_, '_>, appointment: &Id) -> Done<()> {
    let pairs = |row: &Row<'_>| Ok((row.get::<Id>(0)?, row.get::<Id>(1)?));
    for (id, of) in cx.read().rows(HANGING_ON, params![*appointment], pairs)? {
        end_delegation(cx, &of, &id)?;
    }
    Ok(())
}
