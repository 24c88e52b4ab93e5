//! Brings a district's database to this version of the program. Migrations only create, add,
//! rename or drop; each runs in a transaction of its own, so an interrupted one resumes.

use super::schema::{self, Migration};
use super::{Hold, Place, Store, StoreError};
use crate::base::Fault;
use crate::params;

const MAKE: &str = "create table if not exists schema_version (version bigint primary key)";
const NOW: &str = "select coalesce(max(version), 0) from schema_version";
/// On PostgreSQL a migration may take its time, but waits for others no longer than this; of two
/// processes that migrate at once, one waits for the other.
const ALONE: &[&str] =
    &["set local lock_timeout = '30s'", "lock table schema_version in exclusive mode"];
const MARK: &str = "insert into schema_version (version) values ($1)";

/// The version a database stands at, 0 when it is empty. Only looks.
pub fn version(store: &Store) -> Result<i64, StoreError> {
    // Each engine keeps its own list of tables.
    let made = if store.engine_name() == "sqlite" {
        "select count(*) from sqlite_master where type = 'table' and name = 'schema_version'"
    } else {
        "select count(*) from pg_tables
         where schemaname = current_schema() and tablename = 'schema_version'"
    };
    store
        .read_blocking(move |tx| if tx.count(made, &[])? == 0 { Ok(0) } else { tx.count(NOW, &[]) })
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
        .known_as("newer_database")
        .into());
    }
    Ok(known.into_iter().filter(|m| m.version > at).collect())
}

/// As [`up`], but not while somebody else serves the district; one of this version is left alone.
pub fn alone(store: &Store, place: &Place) -> Result<Vec<String>, StoreError> {
    if pending(store)?.is_empty() {
        return Ok(Vec::new());
    }
    let _hold = Hold::take(place, "migrate")?;
    up(store)
}

/// Runs what is pending and gives the names of what was run.
pub fn up(store: &Store) -> Result<Vec<String>, StoreError> {
    let lite = store.engine_name() == "sqlite";
    let make = if lite { MAKE.replace("bigint", "integer") } else { MAKE.to_owned() };
    store.write_blocking(move |tx| tx.ddl(&make))?;
    run(store, pending(store)?)
}

fn run(store: &Store, migrations: Vec<Migration>) -> Result<Vec<String>, StoreError> {
    let mut done = Vec::new();
    for migration in migrations {
        let engine = store.engine_name();
        let statements: Vec<String> =
            migration.statements.iter().map(|s| schema::for_engine(s, engine)).collect();
        let version = migration.version;
        let steps = if engine == "postgresql" { ALONE } else { &[] };
        let ran = store.write_blocking(move |tx| -> Result<bool, StoreError> {
            tx.take_time()?;
            for step in steps {
                tx.ddl(step)?;
            }
            if tx.count(NOW, &[])? >= version {
                // Another process was quicker.
                return Ok(false);
            }
            for statement in &statements {
                tx.ddl(statement)?;
            }
            tx.mark(MARK, params![version])?;
            Ok(true)
        })?;
        if ran {
            done.push(migration.name);
        }
    }
    Ok(done)
}

#[cfg(test)]
mod tests;
