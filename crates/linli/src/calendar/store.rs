//! The only SQL that names `calendar_year` and `work_hours`.

use linli_rules::calendar::{Limit, LimitKind};

use super::{CALENDAR_YEAR, SETTING, WORK_HOURS};
use crate::act::{Acting, Done};
use crate::base::{Fault, Id, Instant};
use crate::params;
use crate::store::{ReadTx, Row, StoreError};

const IN_FORCE: &str = "select id from calendar_year where until is null order by year, id";
const AT: &str = "
    select id from calendar_year where since <= $1 and (until is null or until > $1)
    order by year, id";
const DAYS: &str = "select days from calendar_year where id = $1";
const YEARS: &str = "select year from calendar_year where until is null order by year, id";
const ALL_YEARS: &str = "
    select id, year, days, source, since, until from calendar_year order by since desc, id";
const YEARS_VERSION: &str = "select count(*) + count(until) from calendar_year";
const END_YEAR: &str = "
    update calendar_year set until = $2 where id = $1 and until is null";
const YEAR_NOW: &str = "select id from calendar_year where year = $1 and until is null";
const ADD_YEAR: &str = "
    insert into calendar_year (id, year, days, source, since) values ($1, $2, $3, $4, $5)";

const SLOTS: &str = "
    select slots from work_hours where body_id in ('', $1) and until is null
    order by body_id desc, id limit 1";
const SLOTS_AT: &str = "
    select slots from work_hours
    where body_id in ('', $1) and since <= $2 and (until is null or until > $2)
    order by body_id desc, since desc, id limit 1";
const ALL_HOURS: &str = "
    select id, body_id, slots, reason, since, until from work_hours order by since desc, id";
const HOURS_VERSION: &str = "select count(*) + count(until) from work_hours";
const HOURS_NOW: &str = "select id from work_hours where body_id = $1 and until is null";
const END_HOURS: &str = "update work_hours set until = $2 where id = $1 and until is null";
const ADD_HOURS: &str = "
    insert into work_hours (id, body_id, slots, reason, since) values ($1, $2, $3, $4, $5)";

const USUAL_LIMIT: &str = "usual_limit";
const USUAL: &str = "select value from setting where id = 'usual_limit'";
const USUAL_VERSION: &str = "select version from setting where id = 'usual_limit'";
const SET_USUAL: &str = "
    insert into setting (id, value, version) values ($1, $2, $3 + 1)
    on conflict (id) do update set value = excluded.value, version = setting.version + 1
    where setting.version = $3";
/// The version that stands before a place has set anything: it is what is shipped.
const SHIPPED: i64 = 1;
/// 一般事项五个工作日, where a place has set nothing else.
const FIVE_DAYS: Limit = Limit { kind: LimitKind::WorkDay, n: 5 };

/// How long something may take for which no standard says how long.
pub fn usual_limit(tx: &ReadTx<'_>) -> Result<Limit, StoreError> {
    let Some(set) = tx.row(USUAL, &[], |row| row.get::<String>(0))? else { return Ok(FIVE_DAYS) };
    let limit = set.split_once(' ').and_then(|(kind, n)| {
        Some(Limit { kind: LimitKind::from_name(kind)?, n: n.parse().ok()? })
    });
    let unknown = || Fault::new(format!("the usual limit is no limit: {set}"));
    Ok(limit.ok_or_else(unknown)?)
}

/// How often the usual limit was set, and once for the one that is shipped.
pub fn usual_limit_version(tx: &ReadTx<'_>) -> Result<i64, StoreError> {
    Ok(tx.row(USUAL_VERSION, &[], |row| row.get(0))?.unwrap_or(SHIPPED))
}

/// Sets it where it is still of the version that was seen; false where it is not.
pub(super) fn set_usual_limit(cx: &mut Acting<'_, '_>, limit: Limit, seen: i64) -> Done<bool> {
    if usual_limit_version(cx.read())? != seen {
        return Ok(false);
    }
    let value = format!("{} {}", limit.kind.name(), limit.n);
    Ok(cx.tx.write(SETTING, USUAL_LIMIT, SET_USUAL, params![USUAL_LIMIT, value, seen])? == 1)
}

/// A year as it was taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Year {
    pub id: Id,
    pub year: i32,
    /// As JSON, in the form of `Calendar::from_json`.
    pub days: String,
    /// The notice or file it came from.
    pub source: String,
    pub since: Instant,
    pub until: Option<Instant>,
}

/// Working hours as they were set; the body is empty for the whole district.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetTo {
    pub id: Id,
    pub body: String,
    pub slots: String,
    pub reason: String,
    pub since: Instant,
    pub until: Option<Instant>,
}

/// Which rows make up the calendar: now, or as it stood at an instant.
pub(super) fn ids(tx: &ReadTx<'_>, at: Option<Instant>) -> Result<Vec<Id>, StoreError> {
    match at {
        None => tx.rows(IN_FORCE, &[], |row| row.get(0)),
        Some(at) => tx.rows(AT, params![at], |row| row.get(0)),
    }
}

pub(super) fn days(tx: &ReadTx<'_>, id: &Id) -> Result<Option<String>, StoreError> {
    tx.row(DAYS, params![*id], |row| row.get(0))
}

fn year_of(row: &Row<'_>, at: usize) -> Result<i32, StoreError> {
    Ok(i32::try_from(row.get::<i64>(at)?).unwrap_or_default())
}

/// The years taken over that are in force.
pub fn years(tx: &ReadTx<'_>) -> Result<Vec<i32>, StoreError> {
    tx.rows(YEARS, &[], |row| year_of(row, 0))
}

/// Every year ever taken over, newest first.
pub fn all_years(tx: &ReadTx<'_>) -> Result<Vec<Year>, StoreError> {
    tx.rows(ALL_YEARS, &[], |row| {
        Ok(Year {
            id: row.get(0)?,
            year: year_of(row, 1)?,
            days: row.get(2)?,
            source: row.get(3)?,
            since: row.get(4)?,
            until: row.get(5)?,
        })
    })
}

/// How often years were taken over or ended, and once for those that are shipped.
pub fn years_version(tx: &ReadTx<'_>) -> Result<i64, StoreError> {
    Ok(tx.count(YEARS_VERSION, &[])? + SHIPPED)
}

/// Puts a year in force; the one that was ends.
pub(super) fn put_year(
    cx: &mut Acting<'_, '_>,
    id: &Id,
    year: i32,
    days: &str,
    source: &str,
) -> Done<()> {
    let (now, year) = (cx.now(), i64::from(year));
    if let Some(old) = cx.tx.row(YEAR_NOW, params![year], |row| row.get::<Id>(0))? {
        cx.tx.write(CALENDAR_YEAR, &old, END_YEAR, params![old, now])?;
    }
    cx.tx.write(CALENDAR_YEAR, id, ADD_YEAR, params![*id, year, days, source, now])?;
    Ok(())
}

/// The slots of a body, else those of the district; none where neither has set any.
pub(super) fn slots(
    tx: &ReadTx<'_>,
    body: Option<&Id>,
    at: Option<Instant>,
) -> Result<Option<String>, StoreError> {
    let body = body.map_or("", Id::as_str);
    match at {
        None => tx.row(SLOTS, params![body], |row| row.get(0)),
        Some(at) => tx.row(SLOTS_AT, params![body, at], |row| row.get(0)),
    }
}

/// All hours ever set, newest first.
pub fn all_hours(tx: &ReadTx<'_>) -> Result<Vec<SetTo>, StoreError> {
    tx.rows(ALL_HOURS, &[], |row| {
        Ok(SetTo {
            id: row.get(0)?,
            body: row.get(1)?,
            slots: row.get(2)?,
            reason: row.get(3)?,
            since: row.get(4)?,
            until: row.get(5)?,
        })
    })
}

/// How often hours were set or ended, whoever's, and once for those that are shipped: the form
/// shows all that stand, and a body without any keeps to those of the district.
pub fn hours_version(tx: &ReadTx<'_>) -> Result<i64, StoreError> {
    Ok(tx.count(HOURS_VERSION, &[])? + SHIPPED)
}

/// Sets the hours of a body, or of the district; empty slots only end what was set.
pub(super) fn put_hours(
    cx: &mut Acting<'_, '_>,
    id: &Id,
    body: Option<&Id>,
    slots: &str,
    reason: &str,
) -> Done<bool> {
    let (now, body) = (cx.now(), body.map_or("", Id::as_str));
    let old = cx.tx.row(HOURS_NOW, params![body], |row| row.get::<Id>(0))?;
    if let Some(old) = &old {
        cx.tx.write(WORK_HOURS, old, END_HOURS, params![*old, now])?;
    }
    if slots.is_empty() {
        return Ok(old.is_some());
    }
    cx.tx.write(WORK_HOURS, id, ADD_HOURS, params![*id, body, slots, reason, now])?;
    Ok(true)
}
