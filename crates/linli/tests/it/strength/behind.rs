//! A hand in the database that does not go through the application: it changes what it likes and
//! can put everything back as it was.

use linli::base::Fault;
use linli::store::Place;
use linli::store::schema::{columns, key, migrations};

/// A connection of one's own, on which references between tables are not minded.
pub enum Hand {
    Lite(Box<rusqlite::Connection>),
    Pg(Box<postgres::Client>),
}

impl Hand {
    pub fn on(place: &Place) -> Hand {
        match place {
            Place::File(path) => {
                let conn = rusqlite::Connection::open(path).unwrap();
                conn.busy_timeout(std::time::Duration::from_secs(20)).unwrap();
                let quick = "pragma foreign_keys = off; pragma synchronous = off";
                conn.execute_batch(quick).unwrap();
                Hand::Lite(Box::new(conn))
            }
            Place::Schema { url, schema } => {
                let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
                let first = format!(
                    "set search_path = {schema}; set session_replication_role = replica; \
                     set synchronous_commit = off"
                );
                client.batch_execute(&first).unwrap();
                Hand::Pg(Box::new(client))
            }
        }
    }

    /// Rows changed; an error is what the database's own checks say.
    pub fn run(&mut self, sql: &str) -> Result<u64, Fault> {
        let said = |e: String| Fault::new(format!("{sql}: {e}"));
        match self {
            Hand::Lite(conn) => {
                conn.execute(sql, []).map(|n| n as u64).map_err(|e| said(e.to_string()))
            }
            Hand::Pg(client) => client.execute(sql, &[]).map_err(|e| said(e.to_string())),
        }
    }

    /// Rows of texts.
    pub fn texts(&mut self, sql: &str, width: usize) -> Vec<Vec<String>> {
        match self {
            Hand::Lite(conn) => {
                let mut asked = conn.prepare(sql).unwrap();
                let rows = asked.query_map([], |row| (0..width).map(|at| row.get(at)).collect());
                rows.unwrap().map(Result::unwrap).collect()
            }
            Hand::Pg(client) => {
                let rows = client.query(sql, &[]).unwrap();
                rows.iter().map(|row| (0..width).map(|at| row.get(at)).collect()).collect()
            }
        }
    }

    /// The bytes in one field.
    pub fn bytes(&mut self, table: &str, column: &str, at: &str) -> Vec<u8> {
        let sql = format!("select {column} from {table} where {at}");
        match self {
            Hand::Lite(conn) => conn.query_row(&sql, [], |row| row.get(0)).unwrap(),
            Hand::Pg(client) => client.query_one(&sql, &[]).unwrap().get(0),
        }
    }

    /// Bytes as SQL writes them.
    pub fn literal(&self, bytes: &[u8]) -> String {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        match self {
            Hand::Lite(_) => format!("x'{hex}'"),
            Hand::Pg(_) => format!("'\\x{hex}'::bytea"),
        }
    }

    /// Remembers a table as it is.
    pub fn remember(&mut self, table: &str) {
        self.run(&format!("create table kept_{table} as select * from {table}")).unwrap();
    }

    /// Puts the rows at which `at` holds back as they were remembered; any that came since go.
    pub fn put_back(&mut self, table: &str, at: &str) {
        self.run(&format!("delete from {table} where {at}")).unwrap();
        let listed = columns(table).join(", ");
        let sql =
            format!("insert into {table} ({listed}) select {listed} from kept_{table} where {at}");
        self.run(&sql).unwrap();
    }
}

/// A table with the keys of its rows.
pub struct Known {
    pub name: &'static str,
    pub key: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Known {
    pub fn of(hand: &mut Hand, name: &'static str) -> Known {
        let key = key(name);
        let listed = key.join(", ");
        let sql = format!("select {listed} from {name} order by {listed}");
        let rows = hand.texts(&sql, key.len());
        Known { name, key, rows }
    }

    pub fn at(&self, row: &[String]) -> String {
        let pairs = self.key.iter().zip(row).map(|(name, value)| format!("{name} = '{value}'"));
        pairs.collect::<Vec<_>>().join(" and ")
    }
}

/// The type of a column in the DDL.
pub fn kind_of(table: &str, column: &str) -> String {
    for statement in migrations().iter().flat_map(|m| &m.statements) {
        let mut lines = statement.lines().map(str::trim);
        let head = lines.next().unwrap_or_default();
        let added = format!("alter table {table} add column {column} ");
        let line = if head == format!("create table {table} (") {
            lines.find(|line| line.starts_with(&format!("{column} ")))
        } else {
            head.strip_prefix(&added).map(|_| &head[added.len() - column.len() - 1..])
        };
        if let Some(kind) = line.and_then(|line| line.split_whitespace().nth(1)) {
            return kind.trim_end_matches(',').to_owned();
        }
    }
    panic!("{table} has no column {column}")
}
