//! The only SQL that names `class` and `standard`.

use std::collections::{BTreeSet, HashMap};

use super::{CLASS, Class, Pair, STANDARD, Standard, limit};
use crate::act::{Acting, Done, Refusal};
use crate::base::{Fault, Id, Instant, secret};
use crate::disclosure::SETTING;
use crate::matter::Pace;
use crate::params;
use crate::store::{Param, ReadTx, Row, StoreError, Value};

const ALL: &str = "
    select id, code, kind, group_zh, group_en, title_zh, title_en, plain_zh, plain_en, publicity,
           anonymous, keywords, questions, body_kind, version
    from class where ended_at is null
      and (batch_id is null or exists (select 1 from batch where batch.id = class.batch_id
           and batch.adopted_at is not null and batch.undone_at is null))
    order by code, id";
const BY_CODE: &str = "
    select id, code, kind, group_zh, group_en, title_zh, title_en, plain_zh, plain_en, publicity,
           anonymous, keywords, questions, body_kind, version
    from class where code = $1 and ended_at is null
      and (batch_id is null or exists (select 1 from batch where batch.id = class.batch_id
           and batch.adopted_at is not null and batch.undone_at is null))";
const CLOSED: &str = "
    select id, code, kind, group_zh, group_en, title_zh, title_en, plain_zh, plain_en, publicity,
           anonymous, keywords, questions, body_kind, version
    from class where ended_at is not null order by code, id";
const IS_CLOSED: &str = "select count(*) from class where id = $1 and ended_at is not null";
const CODE_USED: &str = "select count(*) from class where code = $1";
const CLOSE: &str = "
    update class set ended_at = $3, version = version + 1
    where id = $1 and version = $2 and ended_at is null";
const TERMS: &str = "
    select id, class_id, position, condition, closing, limit_kind, limit_n, grade, source,
           handlers, supervisors, since, until
    from standard where class_id = $1
      and (batch_id is null or exists (select 1 from batch where batch.id = standard.batch_id
           and batch.adopted_at is not null and batch.undone_at is null))
    order by case when until is null then 0 else 1 end, position, since desc, id";
const BY_ID: &str = "
    select id, code, kind, group_zh, group_en, title_zh, title_en, plain_zh, plain_en, publicity,
           anonymous, keywords, questions, body_kind, version
    from class where id = $1";
const INSERT: &str = "
    insert into class (id, code, kind, group_zh, group_en, title_zh, title_en, plain_zh, plain_en,
        publicity, anonymous, keywords, questions, body_kind, version, batch_id)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1, $15)";
const STANDARDS: &str = "
    select id, class_id, position, condition, closing, limit_kind, limit_n, grade, source,
           handlers, supervisors
    from standard where class_id = $1 and until is null
      and (batch_id is null or exists (select 1 from batch where batch.id = standard.batch_id
           and batch.adopted_at is not null and batch.undone_at is null))
    order by position, id";
const ALL_STANDARDS: &str = "
    select id, class_id, position, condition, closing, limit_kind, limit_n, grade, source,
           handlers, supervisors
    from standard where until is null
      and (batch_id is null or exists (select 1 from batch where batch.id = standard.batch_id
           and batch.adopted_at is not null and batch.undone_at is null))
    order by class_id, position, id";
const STANDARD_BY_ID: &str = "
    select id, class_id, position, condition, closing, limit_kind, limit_n, grade, source,
           handlers, supervisors
    from standard where id = $1";
const INSERT_STANDARD: &str = "
    insert into standard (id, class_id, position, condition, closing, limit_kind, limit_n, grade,
        source, since, batch_id, handlers, supervisors)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
const CHANGE: &str = "
    update class set group_zh = $3, group_en = $4, title_zh = $5, title_en = $6, plain_zh = $7,
        plain_en = $8, publicity = $9, anonymous = $10, keywords = $11, questions = $12,
        body_kind = $13, version = version + 1
    where id = $1 and version = $2";
const END_STANDARD: &str = "update standard set until = $2 where id = $1 and until is null";
const REVIVE_STANDARD: &str = "update standard set until = null where id = $1";
const ENDED_BY: &str = "
    select old.id from standard old join standard fresh on fresh.class_id = old.class_id
    where fresh.batch_id = $1 and old.until = $2 and (old.batch_id is null or old.batch_id <> $1)
    order by old.id";
const REPLACED_BY: &str = "
    select old.id from standard old
    where old.until is null and (old.batch_id is null or old.batch_id <> $1)
      and exists (select 1 from standard fresh
                  where fresh.class_id = old.class_id and fresh.batch_id = $1)
    order by old.id";
const CHANGED_SINCE: &str = "
    select class.code from standard other join class on class.id = other.class_id
    where other.since > $2 and (other.batch_id is null or other.batch_id <> $1)
      and exists (select 1 from standard own
                  where own.class_id = other.class_id and own.batch_id = $1)
    order by class.code, other.id";
const IN_BATCH: &str = "
    select id, class_id from standard where batch_id = $1 order by id";
const CLASSES_IN_BATCH: &str = "select id from class where batch_id = $1 order by id";
const DROP_STANDARD: &str = "delete from standard where id = $1";
const DROP_CLASS: &str = "delete from class where id = $1";

const MARK: &str = "
    select coalesce((select version from setting where id = 'catalogue'), 0),
           count(adopted_at), count(undone_at)
    from batch where kind = 'classes'";
const BUMP: &str = "
    insert into setting (id, value, version) values ('catalogue', '', 1)
    on conflict (id) do update set version = setting.version + 1";

/// Another one whenever a class has changed, or a table of classes was adopted or undone.
pub type Mark = (i64, i64, i64);

pub fn mark(tx: &ReadTx<'_>) -> Result<Mark, StoreError> {
    let mark = tx.row(MARK, &[], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(mark.unwrap_or_default())
}

fn bump(cx: &mut Acting<'_, '_>) -> Done<()> {
    cx.tx.write(SETTING, "catalogue", BUMP, &[])?;
    Ok(())
}

/// Every class in force, by code.
pub fn all(tx: &ReadTx<'_>) -> Result<Vec<Class>, StoreError> {
    tx.rows(ALL, &[], class_from)
}

pub fn by_code(tx: &ReadTx<'_>, code: &str) -> Result<Option<Class>, StoreError> {
    tx.row(BY_CODE, params![code], class_from)
}

pub fn by_id(tx: &ReadTx<'_>, id: &Id) -> Result<Option<Class>, StoreError> {
    tx.row(BY_ID, params![*id], class_from)
}

fn class_from(row: &Row<'_>) -> Result<Class, StoreError> {
    Ok(Class {
        id: row.get(0)?,
        code: row.get(1)?,
        kind: row.get(2)?,
        group: Pair { zh: row.get(3)?, en: row.get(4)? },
        title: Pair { zh: row.get(5)?, en: row.get(6)? },
        plain: Pair { zh: row.get(7)?, en: row.get(8)? },
        publicity: row.get(9)?,
        anonymous: row.get::<String>(10)? == "yes",
        keywords: read_json(row.get(11)?)?,
        questions: read_json(row.get(12)?)?,
        body_kind: row.get(13)?,
        version: row.get(14)?,
    })
}

fn read_json<T: serde::de::DeserializeOwned>(text: String) -> Result<T, StoreError> {
    Ok(serde_json::from_str(&text).map_err(Fault::from)?)
}

/// What is told of a class, in the order of the columns from `group_zh` to `body_kind`.
fn told(class: &Class) -> Done<[Value; 11]> {
    let json = |texts: serde_json::Result<String>| texts.map(Value::from).map_err(Fault::from);
    let Class { group, title, plain, .. } = class;
    let text = |text: &String| Value::from(text.as_str());
    Ok([
        text(&group.zh),
        text(&group.en),
        text(&title.zh),
        text(&title.en),
        text(&plain.zh),
        text(&plain.en),
        text(&class.publicity),
        if class.anonymous { "yes" } else { "no" }.into(),
        json(serde_json::to_string(&class.keywords))?,
        json(serde_json::to_string(&class.questions))?,
        class.body_kind.as_ref().map_or(Value::Null, text),
    ])
}

pub fn insert(cx: &mut Acting<'_, '_>, class: &Class, batch: Option<&Id>) -> Done<()> {
    bump(cx)?;
    let mut values =
        vec![Value::from(&class.id), class.code.as_str().into(), class.kind.as_str().into()];
    values.extend(told(class)?);
    values.push(batch.map_or(Value::Null, Value::from));
    let params: Vec<Param<'_>> = values.iter().map(Param::from).collect();
    cx.tx.write(CLASS, &class.id, INSERT, &params)?;
    Ok(())
}

/// The standards of a class in force, in their order.
pub fn standards(tx: &ReadTx<'_>, class: &Id) -> Result<Vec<Standard>, StoreError> {
    tx.rows(STANDARDS, params![*class], standard_from)
}

pub fn standard(tx: &ReadTx<'_>, id: &Id) -> Result<Option<Standard>, StoreError> {
    tx.row(STANDARD_BY_ID, params![*id], standard_from)
}

/// How quickly what has this standard is to be handled.
pub fn pace(tx: &ReadTx<'_>, id: Option<&Id>) -> Result<Pace, StoreError> {
    let Some(id) = id else { return Ok(Pace::default()) };
    Ok(standard(tx, id)?.as_ref().map(Standard::pace).unwrap_or_default())
}

fn standard_from(row: &Row<'_>) -> Result<Standard, StoreError> {
    let (kind, n): (String, i64) = (row.get(5)?, row.get(6)?);
    Ok(Standard {
        id: row.get(0)?,
        class: row.get(1)?,
        position: row.get(2)?,
        condition: row.get(3)?,
        closing: read_json(row.get(4)?)?,
        limit: limit(&kind, n).ok_or_else(|| Fault::new(format!("no limit: {n} {kind}")))?,
        grade: row.get(7)?,
        source: row.get(8)?,
        handlers: row.get::<Option<String>>(9)?.unwrap_or_default(),
        supervisors: row.get::<Option<String>>(10)?.unwrap_or_default(),
    })
}

pub fn insert_standard(
    cx: &mut Acting<'_, '_>,
    standard: &Standard,
    batch: Option<&Id>,
) -> Done<()> {
    let now = cx.recorded_at();
    let closing = serde_json::to_string(&standard.closing).map_err(Fault::from)?;
    let (kind, n) = (standard.limit.kind.name(), standard.limit.n);
    cx.tx.write(
        STANDARD,
        &standard.id,
        INSERT_STANDARD,
        params![
            standard.id,
            standard.class,
            standard.position,
            standard.condition,
            closing,
            kind,
            n,
            standard.grade,
            standard.source,
            now,
            batch.cloned(),
            standard.handlers,
            standard.supervisors
        ],
    )?;
    Ok(())
}

/// The standards of every class in force, by class.
pub fn all_standards(tx: &ReadTx<'_>) -> Result<Vec<Standard>, StoreError> {
    tx.rows(ALL_STANDARDS, &[], standard_from)
}

/// What the classes with these codes and their standards are like, as a hash: a table that takes
/// the place of standards was looked at against it.
pub fn stood(tx: &ReadTx<'_>, codes: &BTreeSet<&str>) -> Result<String, StoreError> {
    let classes = all(tx)?.into_iter().filter(|class| codes.contains(class.code.as_str()));
    let classes: HashMap<Id, i64> = classes.map(|class| (class.id, class.version)).collect();
    let standards = all_standards(tx)?;
    let standards = standards.iter().filter(|one| classes.contains_key(&one.class));
    let mut all: Vec<String> = standards.map(|standard| standard.id.to_string()).collect();
    all.extend(classes.iter().map(|(id, version)| format!("{id} {version}")));
    all.sort();
    Ok(secret::sha256_hex(all.join("\n").as_bytes()))
}

/// Saves a class on top of the version it was read at.
pub fn save(cx: &mut Acting<'_, '_>, class: &Class) -> Done<()> {
    let mut values = vec![Value::from(&class.id), class.version.into()];
    values.extend(told(class)?);
    let params: Vec<Param<'_>> = values.iter().map(Param::from).collect();
    if cx.tx.write(CLASS, &class.id, CHANGE, &params)? == 0 {
        return Err(Refusal::new("changed_meanwhile").into());
    }
    bump(cx)
}

/// From now on the standard holds no more; cases filed by it keep it.
pub fn end_standard(cx: &mut Acting<'_, '_>, id: &Id) -> Done<()> {
    let now = cx.recorded_at();
    cx.tx.write(STANDARD, id, END_STANDARD, params![*id, now])?;
    Ok(())
}

/// The classes that were closed, by code.
pub fn closed(tx: &ReadTx<'_>) -> Result<Vec<Class>, StoreError> {
    tx.rows(CLOSED, &[], class_from)
}

pub fn is_closed(tx: &ReadTx<'_>, id: &Id) -> Result<bool, StoreError> {
    Ok(tx.count(IS_CLOSED, params![*id])? > 0)
}

/// Whether some class has or had this code.
pub fn code_is_used(tx: &ReadTx<'_>, code: &str) -> Result<bool, StoreError> {
    Ok(tx.count(CODE_USED, params![code])? > 0)
}

/// Closes a class on top of the version it was read at.
pub fn close(cx: &mut Acting<'_, '_>, id: &Id, seen: i64) -> Done<()> {
    let now = cx.recorded_at();
    if cx.tx.write(CLASS, id, CLOSE, params![*id, seen, now])? == 0 {
        return Err(Refusal::new("changed_meanwhile").into());
    }
    bump(cx)
}

/// A standard with the time it held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    pub standard: Standard,
    pub since: Instant,
    pub until: Option<Instant>,
}

/// Every standard a class has or had: those in force first.
pub fn terms(tx: &ReadTx<'_>, class: &Id) -> Result<Vec<Term>, StoreError> {
    tx.rows(TERMS, params![*class], |row| {
        Ok(Term { standard: standard_from(row)?, since: row.get(11)?, until: row.get(12)? })
    })
}

/// A standard with its class.
pub type OfClass = (Id, Id);

/// Standards and classes that came by a batch.
pub fn of_batch(tx: &ReadTx<'_>, batch: &Id) -> Result<(Vec<OfClass>, Vec<Id>), StoreError> {
    let pair = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let standards = tx.rows(IN_BATCH, params![*batch], pair)?;
    Ok((standards, tx.rows(CLASSES_IN_BATCH, params![*batch], |row| row.get(0))?))
}

/// The code of a class of an adopted batch that has got a standard since.
pub fn changed_since(
    tx: &ReadTx<'_>,
    batch: &Id,
    adopted_at: Instant,
) -> Result<Option<String>, StoreError> {
    tx.row(CHANGED_SINCE, params![*batch, adopted_at], |row| row.get(0))
}

/// Standards in force that those of a staged batch are to replace.
pub fn replaced_by(tx: &ReadTx<'_>, batch: &Id) -> Result<Vec<Id>, StoreError> {
    tx.rows(REPLACED_BY, params![*batch], |row| row.get(0))
}

/// Brings back the standards that a batch ended when it was adopted.
pub fn revive_ended_by(cx: &mut Acting<'_, '_>, batch: &Id, adopted_at: Instant) -> Done<()> {
    let mut ended = cx.tx.rows(ENDED_BY, params![*batch, adopted_at], |row| row.get::<Id>(0))?;
    ended.dedup();
    for id in ended {
        cx.tx.write(STANDARD, &id, REVIVE_STANDARD, params![id])?;
    }
    Ok(())
}

pub fn drop_standard(cx: &mut Acting<'_, '_>, id: &Id) -> Done<()> {
    cx.tx.write(STANDARD, id, DROP_STANDARD, params![*id])?;
    Ok(())
}

pub fn drop_class(cx: &mut Acting<'_, '_>, id: &Id) -> Done<()> {
    cx.tx.write(CLASS, id, DROP_CLASS, params![*id])?;
    bump(cx)
}
