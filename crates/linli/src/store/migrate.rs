//! Brings a district's database to this version of the program. Migrations only create, add,
//! rename or drop; each runs in a transaction of its own, so an interrupted one resumes.

use super::schema::{self, Migration};
use super::{Store, StoreError};
use crate::base::Fault;
use crate::params;

const MAKE: &str = "create table if not exists schema_version (version bigint primary key)";
const NOW: &str = "select coalesce(max(version), 0) from schema_version";
const MARK: &str = "insert into schema_version (version) values ($1)";

/// The version a database stands at, 0 when it is empty.
pub fn version(store: &Store) -> Result<i64, StoreError> {
    let lite = store.engine_name() == "sqlite";
    let make = if lite { MAKE.replace("bigint", "integer") } else { MAKE.to_owned() };
    store.write_blocking(move |tx| tx.ddl(&make))?;
    store.read_blocking(|tx| tx.count(NOW, &[]))
}

/// The migrations a database still lacks. A database newer than the program is refused.
pub fn pending(store: &Store) -> Result<Vec<Migration>, StoreError> {
    let at = version(store)?;
    let known = schema::migrations();
    let newest = known.last().map_or(0, |m| m.version);
    if at > newest {
        return Err(Fault::new(format!(
            "the database is of version {at}, newer than this program ({newest}): \
             install the newer program"
        ))
        .into());
    }
    Ok(known.into_iter().filter(|m| m.version > at).collect())
}

/// Runs what is pending and gives the names of what was run.
pub fn up(store: &Store) -> Result<Vec<String>, StoreError> {
    let mut done = Vec::new();
    for migration in pending(store)? {
        let engine = store.engine_name();
        let statements: Vec<String> =
            migration.statements.iter().map(|s| schema::for_engine(s, engine)).collect();
        let version = migration.version;
        store.write_blocking(move |tx| {
            for statement in &statements {
                tx.ddl(statement)?;
            }
            tx.mark(MARK, params![version])
        })?;
        done.push(migration.name);
    }
    Ok(done)
}
