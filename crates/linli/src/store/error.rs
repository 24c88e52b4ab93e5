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
    /// The database cannot be reached, or its disk is full: nothing was written; try again later.
    Unavailable(String),
    Fault(Fault),
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            StoreError::Unique(what) => write!(f, "unique: {what}"),
            StoreError::ForeignKey(what) => write!(f, "foreign key: {what}"),
            StoreError::Check(what) => write!(f, "check: {what}"),
            StoreError::Retry => f.write_str("crossed by another transaction"),
            StoreError::Unavailable(what) => write!(f, "database unavailable: {what}"),
            StoreError::Fault(fault) => write!(f, "{fault}"),
        }
    }
}

impl std::error::Error for StoreError {}

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
            Code::DiskFull
            | Code::ReadOnly
            | Code::SystemIoFailure
            | Code::CannotOpen
            | Code::DatabaseBusy
            | Code::DatabaseLocked => StoreError::Unavailable(text),
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
        match state.code() {
            "23505" => StoreError::Unique(text),
            "23503" => StoreError::ForeignKey(text),
            "23502" | "23514" => StoreError::Check(text),
            "40001" | "40P01" => StoreError::Retry,
            // Class 08 connection, 53 resources (disk, connections), 57 shutdown and time-outs.
            code if ["08", "53", "57"].contains(&&code[..2]) => StoreError::Unavailable(text),
            _ => StoreError::Fault(Fault::new(format!("postgresql: {text}"))),
        }
    }
}
