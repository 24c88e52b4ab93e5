//! The only SQL that names `class` and `standard`.

use super::{CLASS, Class, Pair, STANDARD, Standard, limit};
use crate::act::{Acting, Done};
use crate::base::{Fault, Id};
use crate::params;
use crate::store::{ReadTx, Row, StoreError};

const ALL: &str = "
    select id, code, kind, group_zh, group_en, title_zh, title_en, plain_zh, plain_en, publicity,
           anonymous, keywords, questions, body_kind, version
    from class where ended_at is null order by code, id";
const BY_CODE: &str = "
    select id, code, kind, group_zh, group_en, title_zh, title_en, plain_zh, plain_en, publicity,
           anonymous, keywords, questions, body_kind, version
    from class where code = $1";
const BY_ID: &str = "
    select id, code, kind, group_zh, group_en, title_zh, title_en, plain_zh, plain_en, publicity,
           anonymous, keywords, questions, body_kind, version
    from class where id = $1";
const INSERT: &str = "
    insert into class (id, code, kind, group_zh, group_en, title_zh, title_en, plain_zh, plain_en,
        publicity, anonymous, keywords, questions, body_kind, version)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1)";
const STANDARDS: &str = "
    select id, class_id, position, condition, closing, limit_kind, limit_n, grade, source
    from standard where class_id = $1 and until is null order by position, id";
const STANDARD_BY_ID: &str = "
    select id, class_id, position, condition, closing, limit_kind, limit_n, grade, source
    from standard where id = $1";
const INSERT_STANDARD: &str = "
    insert into standard (id, class_id, position, condition, closing, limit_kind, limit_n, grade,
        source, since, batch_id)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

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

pub fn insert(cx: &mut Acting<'_, '_>, class: &Class) -> Done<()> {
    let anonymous = if class.anonymous { "yes" } else { "no" };
    let keywords = serde_json::to_string(&class.keywords).map_err(Fault::from)?;
    let questions = serde_json::to_string(&class.questions).map_err(Fault::from)?;
    let Class { group, title, plain, .. } = class;
    cx.tx.write(
        CLASS,
        &class.id,
        INSERT,
        params![
            class.id, class.code, class.kind, group.zh, group.en, title.zh, title.en, plain.zh,
            plain.en, class.publicity, anonymous, keywords, questions, class.body_kind
        ],
    )?;
    Ok(())
}

/// The standards of a class in force, in their order.
pub fn standards(tx: &ReadTx<'_>, class: &Id) -> Result<Vec<Standard>, StoreError> {
    tx.rows(STANDARDS, params![*class], standard_from)
}

pub fn standard(tx: &ReadTx<'_>, id: &Id) -> Result<Option<Standard>, StoreError> {
    tx.row(STANDARD_BY_ID, params![*id], standard_from)
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
    })
}

pub fn insert_standard(
    cx: &mut Acting<'_, '_>,
    standard: &Standard,
    batch: Option<&Id>,
) -> Done<()> {
    let now = cx.now();
    let closing = serde_json::to_string(&standard.closing).map_err(Fault::from)?;
    let (kind, n) = (standard.limit.kind.name(), standard.limit.n);
    cx.tx.write(
        STANDARD,
        &standard.id,
        INSERT_STANDARD,
        params![
            standard.id, standard.class, standard.position, standard.condition, closing, kind, n,
            standard.grade, standard.source, now, batch.cloned()
        ],
    )?;
    Ok(())
}
