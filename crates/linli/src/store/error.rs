//! What a database may answer instead of rows.

use crate::base::Fault;

/// The few answers that our code tells apart; the rest is a fault.
#[derive(Debug)]
pub enum StoreError {
    /// A UNIQUE or primary key said no.
    Unique(String),
    /// A foreign key said no.
    ForeignKey(String),
    /// A CHECK or NOT NULL said no.
    Check(String),
    /// Two acts crossed (PostgreSQL): the whole act is run again.
    Retry,
    /// Another held a row longer than we wait (PostgreSQL): the act is run once more.
    Locked,
    /// The database cannot be reached, or its disk is full: nothing was written; try again later.
    Unavailable(String),
    /// The connection was cut at the commit, and nobody could look since: it may be kept or not.
    Unsure(String),
    Fault(Fault),
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            StoreError::Unique(what) => write!(f, "unique: {what}"),
            StoreError::ForeignKey(what) => write!(f, "foreign key: {what}"),
            StoreError::Check(what) => write!(f, "check: {what}"),
            StoreError::Retry => f.write_str("crossed by another transaction"),
            StoreError::Locked => f.write_str("another transaction held what this one needs"),
            StoreError::Unavailable(what) => write!(f, "database unavailable: {what}"),
            StoreError::Unsure(what) => write!(f, "kept or not, nobody knows: {what}"),
            StoreError::Fault(fault) => write!(f, "{fault}"),
        }
    }
}

impl std::error::Error for StoreError {}

impl StoreError {
    /// For the terminal, where all of them end a command.
    pub fn into_fault(self) -> Fault {
        match self {
            StoreError::Fault(fault) => fault,
            StoreError::Unavailable(text) => {
                let code = unavailable(&text);
                Fault::new(StoreError::Unavailable(text).to_string()).known_as(code)
            }
            other => Fault::new(other.to_string()),
        }
    }
}

/// Why a database cannot be had, as its words tell.
fn unavailable(text: &str) -> &'static str {
    let tells = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if tells(&["is full", "No space left"]) {
        "disk_full"
    } else if tells(&["read-only", "readonly"]) {
        "not_permitted"
    } else {
        "database_away"
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> StoreError {
        StoreError::Fault(fault)
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        use rusqlite::ErrorCode as Code;
        let text = error.to_string();
        let rusqlite::Error::SqliteFailure(failure, _) = &error else {
            return StoreError::Fault(Fault::new(format!("sqlite: {text}")));
        };
        match failure.code {
            Code::ConstraintViolation if text.contains("UNIQUE") => StoreError::Unique(text),
            Code::ConstraintViolation if text.contains("FOREIGN") => StoreError::ForeignKey(text),
            Code::ConstraintViolation => StoreError::Check(text),
            // Which of the two it is told depends on whether its log still lies beside the file.
            Code::ReadOnly | Code::CannotOpen => StoreError::Unavailable(format!(
                "{text} (is the folder read-only, or another user's?)"
            )),
            Code::DiskFull | Code::SystemIoFailure | Code::DatabaseBusy | Code::DatabaseLocked => {
                StoreError::Unavailable(text)
            }
            _ => StoreError::Fault(Fault::new(format!("sqlite: {text}"))),
        }
    }
}

impl From<postgres::Error> for StoreError {
    fn from(error: postgres::Error) -> StoreError {
        use std::error::Error as _;
        let text = match error.source() {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        };
        let Some(state) = error.code() else {
            let gone = error.is_closed() || text.contains("connecting") || text.contains("commun");
            return if gone {
                StoreError::Unavailable(text)
            } else {
                StoreError::Fault(Fault::new(format!("postgresql: {text}")))
            };
        };
        by_state(state.code(), text)
    }
}

/// What a SQLSTATE says to us (PostgreSQL, appendix A).
fn by_state(code: &str, text: String) -> StoreError {
    match code {
        "23505" => StoreError::Unique(text),
        "23503" => StoreError::ForeignKey(text),
        "23502" | "23514" => StoreError::Check(text),
        "40001" | "40P01" => StoreError::Retry,
        "55P03" => StoreError::Locked,
        // A standby takes no writes; a transaction left idle was ended.
        "25006" | "25P03" => StoreError::Unavailable(text),
        // Class 08 connection, 53 resources (disk, connections), 57 shutdown and time-outs,
        // 58 the machine below.
        _ if ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class)) => {
            StoreError::Unavailable(text)
        }
        _ => StoreError::Fault(Fault::new(format!("postgresql: {text}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_of_postgresql_is_told_as_what_it_is() {
        let told = |code| match by_state(code, String::new()) {
            StoreError::Unique(_) => "unique",
            StoreError::ForeignKey(_) => "foreign key",
            StoreError::Check(_) => "check",
            StoreError::Retry => "again",
            StoreError::Locked => "once more",
            StoreError::Unavailable(_) => "later",
            StoreError::Unsure(_) => "unsure",
            StoreError::Fault(_) => "ours",
        };
        for (codes, expected) in [
            (&["23505"][..], "unique"),
            (&["23503"], "foreign key"),
            (&["23502", "23514"], "check"),
            (&["40001", "40P01"], "again"),
            (&["55P03"], "once more"),
            (&["25006", "25P03", "08006", "08001", "53100", "53200", "53300"], "later"),
            (&["57014", "57P01", "57P02", "57P03", "58000", "58030"], "later"),
            (&["42601", "42P01", "22003", "25P02", "XX000", "0A000"], "ours"),
        ] {
            for code in codes {
                assert_eq!(told(code), expected, "{code}");
            }
        }
    }
}
