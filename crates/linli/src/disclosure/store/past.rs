//! The statements that read what the list was: rows that ended, and rows that were added.

use crate::base::{Id, Instant};
use crate::disclosure::acts::{begin, bring};
use crate::disclosure::store::{DutyRow, duty_row};
use crate::store::{ReadTx, StoreError};

const EVER: &str = "
    select d.id, d.post_kind, k.title_zh, k.title_en, d.act, d.scope, d.ground, d.since, d.until,
           d.ended_why
    from duty d join post_kind k on k.id = d.post_kind
    order by d.since, k.position, d.position, d.id";
const WALLS_EVER: &str = "
    select id, act, condition, unless_scope, ground, since, until from wall
    order by since, act, id";

/// How a row or a wall came into the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// With the list itself: it is no change of it.
    Began,
    /// With a newer program.
    Brought,
    Changed,
}

impl Origin {
    fn of(id: &Id, began: &Id, brought: &Id) -> Origin {
        match id {
            id if id == began => Origin::Began,
            id if id == brought => Origin::Brought,
            _ => Origin::Changed,
        }
    }
}

/// A row that is or was in the list.
#[derive(Clone, Debug)]
pub struct Past {
    pub row: DutyRow,
    pub origin: Origin,
    pub until: Option<Instant>,
    pub why: Option<String>,
}

/// A wall that stands or stood.
#[derive(Clone, Debug)]
pub struct PastWall {
    pub act: String,
    pub condition: String,
    pub unless_scope: Option<String>,
    pub ground: String,
    pub since: Instant,
    pub origin: Origin,
    pub until: Option<Instant>,
}

/// Every row there ever was, the oldest first.
pub fn past(tx: &ReadTx<'_>) -> Result<Vec<Past>, StoreError> {
    tx.rows(EVER, &[], |row| {
        let duty = duty_row(row)?;
        let (post, act, scope) = (&duty.post_kind, &duty.act, &duty.scope);
        let began = begin::id_of_duty(post, act, scope);
        let origin = Origin::of(&duty.id, &began, &bring::id_of_duty(post, act, scope));
        Ok(Past { row: duty, origin, until: row.get(8)?, why: row.get(9)? })
    })
}

pub fn past_walls(tx: &ReadTx<'_>) -> Result<Vec<PastWall>, StoreError> {
    tx.rows(WALLS_EVER, &[], |row| {
        let (id, act, condition): (Id, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(PastWall {
            origin: Origin::of(
                &id,
                &begin::id_of_wall(&act, &condition),
                &bring::id_of_wall(&act, &condition),
            ),
            act,
            condition,
            unless_scope: row.get(3)?,
            ground: row.get(4)?,
            since: row.get(5)?,
            until: row.get(6)?,
        })
    })
}
