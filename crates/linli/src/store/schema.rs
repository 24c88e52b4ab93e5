//! One DDL text for both engines, in `schema/`, and what the application knows of its tables.

use include_dir::{Dir, include_dir};

/// The migrations in order: `NNNN_what.sql`, one statement after another.
static SCHEMA: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/schema");

/// A table as code names it. `recorded` tables are sealed row by row into the public record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    pub name: &'static str,
    pub recorded: bool,
}

impl Table {
    pub const fn recorded(name: &'static str) -> Table {
        Table { name, recorded: true }
    }

    pub const fn plain(name: &'static str) -> Table {
        Table { name, recorded: false }
    }
}

/// A migration: its number, its name, its statements.
pub struct Migration {
    pub version: i64,
    pub name: String,
    pub statements: Vec<String>,
}

/// Every migration this binary knows, in order.
pub fn migrations() -> Vec<Migration> {
    let mut out: Vec<Migration> = SCHEMA
        .files()
        .filter_map(|file| {
            let name = file.path().file_stem()?.to_str()?.to_owned();
            let version = name.split('_').next()?.parse().ok()?;
            Some(Migration { version, statements: statements(file.contents_utf8()?), name })
        })
        .collect();
    out.sort_by_key(|m| m.version);
    out
}

fn statements(text: &str) -> Vec<String> {
    let code: Vec<&str> = text.lines().filter(|l| !l.trim_start().starts_with("--")).collect();
    code.join("\n")
        .split(';')
        .map(|s| s.trim().to_owned())
        .filter(|s| !s.is_empty())
        .collect()
}

/// The statement as an engine wants it: `bigint`, `text` and `bytes` are our three types.
pub fn for_engine(statement: &str, engine: &str) -> String {
    let words = |from: &str, to: &str, text: &str| {
        text.replace(&format!(" {from} "), &format!(" {to} "))
            .replace(&format!(" {from},"), &format!(" {to},"))
            .replace(&format!(" {from}\n"), &format!(" {to}\n"))
    };
    if engine == "sqlite" {
        let out = words("bigint", "integer", statement);
        let out = words("bytes", "blob", &out);
        if out.trim_start().starts_with("create table") { format!("{out} strict") } else { out }
    } else {
        words("bytes", "bytea", statement)
    }
}

/// Names of a table's columns in the order of the DDL, later `alter table … add column` included;
/// empty for a table the schema does not have.
pub fn columns(table: &str) -> Vec<String> {
    let mut out = Vec::new();
    for statement in migrations().iter().flat_map(|m| &m.statements) {
        let mut words = statement.split_whitespace();
        let head: Vec<&str> = words.by_ref().take(3).collect();
        if head == ["create", "table", table] {
            out = statement
                .lines()
                .skip(1)
                .map(|line| line.trim())
                .filter(|line| !line.starts_with(['(', ')']))
                .filter_map(|line| line.split_whitespace().next())
                .filter(|word| !["primary", "unique", "check", "foreign"].contains(word))
                .map(str::to_owned)
                .collect();
        } else if head == ["alter", "table", table] {
            let rest: Vec<&str> = words.collect();
            if let ["add", "column", name, ..] = rest[..] {
                out.push(name.to_owned());
            }
        }
    }
    out
}

/// Every table of the schema, in the order they are made: parents before children.
pub fn tables() -> Vec<String> {
    migrations()
        .iter()
        .flat_map(|m| &m.statements)
        .filter_map(|statement| {
            let mut words = statement.split_whitespace();
            (words.next() == Some("create") && words.next() == Some("table"))
                .then(|| words.next().map(str::to_owned))?
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_columns_and_a_key() {
        for table in tables() {
            let columns = columns(&table);
            assert!(!columns.is_empty(), "{table} has no columns: one a line, please");
        }
    }

    #[test]
    fn our_three_types_become_the_engines() {
        let ddl = "create table a (\n    id text not null,\n    n bigint,\n    b bytes\n)";
        let lite = for_engine(ddl, "sqlite");
        assert!(lite.contains("n integer,") && lite.contains("b blob\n") && lite.ends_with("strict"));
        assert!(for_engine(ddl, "postgresql").contains("b bytea\n"));
    }
}
