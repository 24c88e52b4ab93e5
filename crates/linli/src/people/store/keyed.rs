//! Everything that is keyed to a person, found from the schema itself by the columns that name one,
//! so that a table added later is in the export without anybody remembering it
//! (个人信息保护法 第45条).

use serde_json::{Map, Value as Json};

use crate::act::Done;
use crate::base::{Id, Instant};
use crate::params;
use crate::store::schema;
use crate::store::{ReadTx, StoreError, Value};

/// A row as the export has it: column → value.
pub type KeyedRow = Map<String, Json>;

/// Columns that name a person.
pub const PERSON_COLUMNS: [&str; 8] = [
    "person_id",
    "actor_id",
    "owner_id",
    "party_id",
    "to_person_id",
    "by_person",
    "about_person_id",
    "decided_by",
];

/// Columns that are no data about the person but keys, secrets, or what others noted for their
/// own work.
const KEPT_BACK: [&str; 14] = [
    "password_hash",
    "totp_sealed",
    "totp_last",
    "phone_blind",
    "name_sealed",
    "phone_sealed",
    "email_sealed",
    "code_hash",
    "key_hash",
    "digest",
    "noted",
    "body",
    "seal",
    "payload",
];

/// In rows that are there because the matter is the person's, others who worked on it stay unnamed.
const OTHERS: [&str; 5] = ["actor_id", "post_id", "person_id", "act_id", "handled_by"];

/// Table by table, every row keyed to the person. `shown` leaves of a row that others wrote to a
/// matter of theirs, by table, what its page shows them.
pub fn keyed_to(
    tx: &ReadTx<'_>,
    person: &Id,
    shown: impl Fn(&str, KeyedRow) -> Done<Option<KeyedRow>>,
) -> Done<Map<String, Json>> {
    let mut out = Map::new();
    for table in schema::tables() {
        let columns = schema::columns(&table);
        let mut named: Vec<String> = columns
            .iter()
            .filter(|c| PERSON_COLUMNS.contains(&c.as_str()))
            .map(|c| format!("{c} = $1"))
            .collect();
        if table == "person" {
            named.push("id = $1".to_owned());
        }
        let mut rows = Vec::new();
        if table == "notice" {
            rows.extend(rows_where(
                tx,
                NOTICES,
                &told_columns(),
                &named.join(" or "),
                person,
                &[],
            )?);
        } else if !named.is_empty() {
            rows.extend(rows_where(tx, &table, columns, &named.join(" or "), person, &[])?);
        }
        if let Some(mine) = of_my_matters(&table, columns) {
            for row in rows_where(tx, &table, columns, &mine, person, &OTHERS)? {
                rows.extend(shown(&table, row)?);
            }
        }
        if !rows.is_empty() {
            out.insert(table, rows.into_iter().map(Json::Object).collect());
        }
    }
    Ok(out)
}

/// Beside each time in microseconds of rows that are told, the same as a clock of the place shows
/// it: `created_at` and `created_at_local`.
pub fn with_local_times(rows: &mut Map<String, Json>, offset_minutes: i32) {
    for row in rows.values_mut().filter_map(Json::as_array_mut).flatten() {
        let Some(row) = row.as_object_mut() else { continue };
        let local = |(name, value): (&String, &Json)| {
            let at = Instant(value.as_i64().filter(|_| is_time(name))?);
            Some((format!("{name}_local"), Json::from(at.local_text(offset_minutes))))
        };
        let told: Vec<(String, Json)> = row.iter().filter_map(local).collect();
        row.extend(told);
    }
}

fn is_time(column: &str) -> bool {
    column.ends_with("_at") || ["at", "since", "until"].contains(&column)
}

/// Notices with what they tell.
const NOTICES: &str = "notice join news on news.seq = notice.news";

fn told_columns() -> Vec<String> {
    let told = ["act_id", "kind", "matter_id", "params", "at"].map(str::to_owned);
    [schema::columns("notice"), &told].concat()
}

/// Rows that belong to a matter of the person's; what they did themself is keyed to them anyway.
fn of_my_matters(table: &str, columns: &[String]) -> Option<String> {
    let mine = "in (select id from matter where owner_id = $1)";
    match table {
        "case_file" => return Some(format!("id {mine}")),
        // What others are told of it is theirs.
        "news" => return None,
        _ => {}
    }
    let other = columns.iter().any(|c| PERSON_COLUMNS.contains(&c.as_str()) && c != "actor_id");
    let by_others = match columns.iter().any(|c| c == "actor_id") {
        true => " and (actor_id is null or actor_id <> $1)",
        false => "",
    };
    let hangs = columns.iter().any(|c| c == "matter_id") && !other;
    hangs.then(|| format!("matter_id {mine}{by_others}"))
}

fn rows_where(
    tx: &ReadTx<'_>,
    table: &str,
    columns: &[String],
    condition: &str,
    person: &Id,
    besides: &[&str],
) -> Result<Vec<KeyedRow>, StoreError> {
    let session = table == "session";
    let shown: Vec<&str> = columns
        .iter()
        .map(String::as_str)
        .filter(|c| {
            let hidden = KEPT_BACK.contains(c) || besides.contains(c);
            let own_key = session && *c == "id";
            !hidden && !own_key
        })
        .collect();
    let order =
        if columns.iter().any(|c| c == "id") { "id".to_owned() } else { columns.join(", ") };
    let list = shown.join(", ");
    let sql = format!("select {list} from {table} where {condition} order by {order}");
    tx.rows(&sql, params![person], |row| {
        let mut out = Map::new();
        for (at, name) in shown.iter().enumerate() {
            let value = match row.any(at)? {
                Value::Null => Json::Null,
                Value::Int(n) => Json::from(n),
                Value::Text(text) => Json::from(text),
                Value::Blob(bytes) => Json::from(crate::base::secret::hex(&bytes)),
            };
            out.insert((*name).to_owned(), value);
        }
        Ok(out)
    })
}
