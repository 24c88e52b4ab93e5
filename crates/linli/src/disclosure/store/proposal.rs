//! The statements that write and read proposals.

use crate::act::Actor;
use crate::base::{Fault, Id, Instant};
use crate::disclosure::PROPOSAL;
use crate::disclosure::rules::Change;
use crate::disclosure::rules::proposals::{Proposal, State};
use crate::params;
use crate::people::acts::office::Office;
use crate::store::{ReadTx, Row, StoreError, Value, WriteTx};

const ONE: &str = "
    select id, change, seen, reason, by_person, by_kind, by_label, at, state,
           decided_label, decided_at, why, decided_by, office
    from duty_proposal where id = $1";
const WAITING: &str = "
    select id, change, seen, reason, by_person, by_kind, by_label, at, state,
           decided_label, decided_at, why, decided_by, office
    from duty_proposal where state = 'open' order by at desc, id desc";
const DECIDED: &str = "
    select id, change, seen, reason, by_person, by_kind, by_label, at, state,
           decided_label, decided_at, why, decided_by, office
    from duty_proposal where state <> 'open' order by at desc, id desc limit 100";
const OPEN: &str = "
    select id, by_person from duty_proposal where state = 'open' and office is null order by id";
const COUNT_OPEN: &str = "select count(*) from duty_proposal where state = 'open'";
const DECIDE: &str = "
    update duty_proposal
    set state = $2, decided_by = $3, decided_label = $4, decided_at = $5, why = $6
    where id = $1 and state = 'open'";

fn read(row: &Row<'_>) -> Result<Proposal, StoreError> {
    let (change, state): (String, String) = (row.get(1)?, row.get(8)?);
    let unknown = || Fault::new(format!("a proposal is in no state that is known: {state}"));
    Ok(Proposal {
        id: row.get(0)?,
        change: serde_json::from_str(&change).map_err(Fault::from)?,
        seen: row.get(2)?,
        reason: row.get(3)?,
        by_person: row.get(4)?,
        by_kind: row.get(5)?,
        by_label: row.get(6)?,
        at: row.get(7)?,
        state: State::from_name(&state).ok_or_else(unknown)?,
        decided_label: row.get(9)?,
        decided_at: row.get(10)?,
        why: row.get(11)?,
        decided_by: row.get(12)?,
        office: match row.get::<Option<String>>(13)? {
            Some(office) => Some(serde_json::from_str(&office).map_err(Fault::from)?),
            None => None,
        },
    })
}

pub fn proposal(tx: &ReadTx<'_>, id: &Id) -> Result<Option<Proposal>, StoreError> {
    tx.row(ONE, params![*id], read)
}

/// Those that nobody has decided yet: at most `MOST_OPEN`.
pub fn waiting(tx: &ReadTx<'_>) -> Result<Vec<Proposal>, StoreError> {
    tx.rows(WAITING, &[], read)
}

/// Those that wait, and of the others the newest.
pub fn proposals(tx: &ReadTx<'_>) -> Result<Vec<Proposal>, StoreError> {
    let mut all = waiting(tx)?;
    all.extend(tx.rows(DECIDED, &[], read)?);
    Ok(all)
}

pub fn open_proposals(tx: &ReadTx<'_>) -> Result<i64, StoreError> {
    tx.count(COUNT_OPEN, &[])
}

/// What is proposed, by whom, and when.
pub(in crate::disclosure) struct New<'a> {
    pub change: &'a Change,
    /// An administrator's post to be given or taken, in place of a change of the list.
    pub office: Option<&'a Office>,
    pub seen: i64,
    pub reason: &'a str,
    pub person: &'a Id,
    pub at: Instant,
}

pub(in crate::disclosure) fn keep_proposal(
    tx: &mut WriteTx<'_>,
    id: &Id,
    actor: &Actor,
    new: &New<'_>,
) -> Result<(), StoreError> {
    let change = serde_json::to_string(new.change).map_err(Fault::from)?;
    let office = new.office.map(serde_json::to_string).transpose().map_err(Fault::from)?;
    let columns = [
        ("change", Value::from(change)),
        ("office", office.map_or(Value::Null, Value::from)),
        ("seen", new.seen.into()),
        ("reason", new.reason.into()),
        ("by_person", Value::from(new.person)),
        ("by_kind", actor.kind.as_str().into()),
        ("by_label", actor.label.as_str().into()),
        ("at", new.at.into()),
        ("state", State::Open.name().into()),
    ];
    tx.insert(PROPOSAL, id, &columns)
}

/// `false` when it no longer waited.
pub(in crate::disclosure) fn decide(
    tx: &mut WriteTx<'_>,
    id: &Id,
    (state, at): (State, Instant),
    actor: &Actor,
    why: Option<&str>,
) -> Result<bool, StoreError> {
    let state = state.name();
    let row = params![*id, state, actor.person, actor.label, at, why];
    Ok(tx.write(PROPOSAL, id, DECIDE, row)? == 1)
}

/// A proposal that the list has run past, and who is to be told.
pub(in crate::disclosure) struct Overtaken {
    pub id: Id,
    pub by: Id,
}

/// Ends whatever change of the list waits: it was made against a list that is no more.
pub(super) fn overtake(tx: &mut WriteTx<'_>, at: Instant) -> Result<Vec<Overtaken>, StoreError> {
    let open = tx.rows(OPEN, &[], |row| Ok(Overtaken { id: row.get(0)?, by: row.get(1)? }))?;
    let (state, nobody) = (State::Overtaken.name(), None::<Id>);
    for one in &open {
        let row = params![one.id, state, nobody, nobody, at, nobody];
        tx.write(PROPOSAL, &one.id, DECIDE, row)?;
    }
    Ok(open)
}
