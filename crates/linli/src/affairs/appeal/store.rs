//! The only SQL that names `case_file`.

use super::anew::Masked;
use super::{CASE_FILE, CaseFile};
use crate::act::{Acting, Done, Failure};
use crate::base::Id;
use crate::catalogue::Filed;
use crate::matter::CASES;
use crate::params;
use crate::store::{ReadTx, Row, StoreError};
use crate::territory::Point;

const BY_ID: &str = "
    select id, class_id, standard_id, words, answers, address, lat_e7, lng_e7, language,
           answer, answered_at, handled_by, contacted, solved, satisfied, why,
           rated_at, reopened, urged, urged_at, returned, external_id, texts, left_at,
           open_words
    from case_file where id = $1";
const INSERT: &str = "
    insert into case_file (id, class_id, standard_id, words, answers, address, lat_e7, lng_e7,
        language, reopened, urged, returned, external_id, texts, open_words)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 0, $10, $11, $12)";
const UPDATE: &str = "
    update case_file set class_id = $2, standard_id = $3, address = $4, lat_e7 = $5, lng_e7 = $6,
        answer = $7, answered_at = $8, handled_by = $9, contacted = $10, solved = $11,
        satisfied = $12, why = $13, rated_at = $14, reopened = $15, urged = $16,
        urged_at = $17, returned = $18
    where id = $1";
const LEAVE: &str = "
    update case_file set words = $2, answers = $3, lat_e7 = $4, lng_e7 = $5, answer = $6,
        why = $7, left_at = $8, open_words = $9, address = $10, texts = $11
    where id = $1";
const BY_EXTERNAL: &str = "select id from case_file where external_id = $1";
const USING_CLASS: &str = "
    select count(*) from case_file where class_id = $1 or standard_id = $2";
const OPEN_OF_CLASS: &str = "
    select count(*) from matter t join case_file f on f.id = t.id
    where f.class_id = $1 and t.phase in ('reported', 'open', 'waiting', 'answered')";
const PUBLIC_OF_CLASS: &str = "
    select count(*) from matter t join case_file f on f.id = t.id
    where f.class_id = $1 and t.publicity = 'public'";
const OPEN_POINTS: &str = "
    select f.lat_e7, f.lng_e7 from matter t join case_file f on f.id = t.id
    where t.place_path = $1 and t.phase in ('reported', 'open', 'waiting', 'answered')";
const MASKED_AFTER: &str = "
    select f.id, t.title, f.words, f.open_words
    from case_file f join matter t on t.id = f.id where f.id > $1 order by f.id limit $2";
const DROP: &str = "delete from case_file where id = $1";

/// The case that had this number where it came from.
pub fn id_of_external(tx: &ReadTx<'_>, external: &str) -> Result<Option<Id>, StoreError> {
    tx.row(BY_EXTERNAL, params![external], |row| row.get(0))
}

/// Whether some case is filed under the class or by the standard.
pub fn is_used(tx: &ReadTx<'_>, class: &Id, standard: &Id) -> Result<bool, StoreError> {
    Ok(tx.count(USING_CLASS, params![*class, *standard])? > 0)
}

/// The cases filed under a class.
pub fn filed_under(tx: &ReadTx<'_>, class: &Id) -> Result<Filed, StoreError> {
    let revealed = CASES.revealed("t").unwrap_or_else(|| "1 = 1".to_owned());
    let count = |sql: &str| tx.count(&format!("{sql} and {revealed}"), params![*class]);
    Ok(Filed { open: count(OPEN_OF_CLASS)?, public: count(PUBLIC_OF_CLASS)? })
}

/// Where the open cases at this very place lie, as far as they say so.
pub fn open_points(tx: &ReadTx<'_>, path: &str) -> Result<Vec<Option<Point>>, StoreError> {
    let revealed = CASES.revealed("t").unwrap_or_else(|| "1 = 1".to_owned());
    let sql = format!("{OPEN_POINTS} and {revealed}");
    tx.rows(&sql, params![path], |row| {
        let (lat, lng): (Option<i64>, Option<i64>) = (row.get(0)?, row.get(1)?);
        Ok(lat.zip(lng).map(|(lat, lng)| Point::new(lat, lng)))
    })
}

/// Cases behind one, as everyone finds them, by their ids.
pub fn masked_after(tx: &ReadTx<'_>, after: &Id, most: i64) -> Result<Vec<Masked>, StoreError> {
    tx.rows(MASKED_AFTER, params![*after, most], |row| {
        let (id, title, words) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Masked { id, title, words, open_words: row.get(3)? })
    })
}

/// Removes the file of a case whose import is undone.
pub fn remove(cx: &mut Acting<'_, '_>, id: &Id) -> Done<()> {
    cx.tx.write(CASE_FILE, id, DROP, params![*id])?;
    Ok(())
}

pub fn file(tx: &ReadTx<'_>, id: &Id) -> Result<Option<CaseFile>, StoreError> {
    tx.row(BY_ID, params![*id], file_from)
}

/// The file of a case that is there.
pub fn known(tx: &ReadTx<'_>, id: &Id) -> Done<CaseFile> {
    file(tx, id)?.ok_or(Failure::Hidden)
}

fn file_from(row: &Row<'_>) -> Result<CaseFile, StoreError> {
    Ok(CaseFile {
        id: row.get(0)?,
        class: row.get(1)?,
        standard: row.get(2)?,
        words: row.get(3)?,
        answers: row.get(4)?,
        address: row.get(5)?,
        lat_e7: row.get(6)?,
        lng_e7: row.get(7)?,
        language: row.get(8)?,
        answer: row.get(9)?,
        answered_at: row.get(10)?,
        handled_by: row.get(11)?,
        contacted: row.get(12)?,
        solved: row.get(13)?,
        satisfied: row.get(14)?,
        why: row.get(15)?,
        rated_at: row.get(16)?,
        reopened: row.get(17)?,
        urged: row.get(18)?,
        urged_at: row.get(19)?,
        returned: row.get(20)?,
        external_id: row.get(21)?,
        texts: row.get::<i64>(22)? != 0,
        left_at: row.get(23)?,
        open_words: row.get(24)?,
    })
}

const TO_RATE: &str = "
    select count(*) from matter t
    where t.kind = 'case' and t.owner_id = $1 and t.stage = 'closed'";

/// How many cases of a person are closed and wait for their rating.
pub fn to_rate(tx: &ReadTx<'_>, owner: &Id) -> Result<i64, StoreError> {
    tx.count(TO_RATE, params![*owner])
}

pub fn insert(cx: &mut Acting<'_, '_>, file: &CaseFile) -> Done<()> {
    cx.tx.write(
        CASE_FILE,
        &file.id,
        INSERT,
        params![
            file.id,
            file.class,
            file.standard,
            file.words,
            file.answers,
            file.address,
            file.lat_e7,
            file.lng_e7,
            file.language,
            file.external_id,
            i64::from(file.texts),
            file.open_words
        ],
    )?;
    Ok(())
}

/// Keeps what is left of a file when its reporter leaves, or what they left goes.
pub fn leave(cx: &mut Acting<'_, '_>, f: &CaseFile) -> Done<()> {
    let values = params![
        f.id,
        f.words,
        f.answers,
        f.lat_e7,
        f.lng_e7,
        f.answer,
        f.why,
        f.left_at,
        f.open_words,
        f.address,
        i64::from(f.texts)
    ];
    cx.tx.write(CASE_FILE, &f.id, LEAVE, values)?;
    Ok(())
}

pub fn save(cx: &mut Acting<'_, '_>, file: &CaseFile) -> Done<()> {
    cx.tx.write(
        CASE_FILE,
        &file.id,
        UPDATE,
        params![
            file.id,
            file.class,
            file.standard,
            file.address,
            file.lat_e7,
            file.lng_e7,
            file.answer,
            file.answered_at,
            file.handled_by,
            file.contacted,
            file.solved,
            file.satisfied,
            file.why,
            file.rated_at,
            file.reopened,
            file.urged,
            file.urged_at,
            file.returned
        ],
    )?;
    Ok(())
}
