//! A fault is ours, not the user's: it is logged with its whole story and shown as a number only.
//! At the terminal some of them are the operator's to mend; those have a code, under which a
//! sentence says what to do.

use std::fmt;
use std::io::ErrorKind;

/// What went wrong inside, with the context each boundary added, newest first.
#[derive(Debug)]
pub struct Fault {
    story: Vec<String>,
    code: Option<&'static str>,
}

impl Fault {
    pub fn new(what: impl Into<String>) -> Fault {
        Fault { story: vec![what.into()], code: None }
    }

    /// Says what was being done when the fault came up.
    #[must_use]
    pub fn context(mut self, doing: impl Into<String>) -> Fault {
        self.story.insert(0, doing.into());
        self
    }

    /// One that whoever runs the program can mend: the sentence stands in the messages as
    /// `app.fault.CODE`.
    #[must_use]
    pub fn known_as(mut self, code: &'static str) -> Fault {
        self.code = Some(code);
        self
    }

    pub fn code(&self) -> Option<&'static str> {
        self.code
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.story.join(": "))
    }
}

impl std::error::Error for Fault {}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Fault {
        let fault = Fault::new(error.to_string());
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::IsADirectory | ErrorKind::NotADirectory => {
                fault.known_as("no_such_file")
            }
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                fault.known_as("not_permitted")
            }
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => fault.known_as("disk_full"),
            ErrorKind::BrokenPipe => fault.known_as("broken_pipe"),
            ErrorKind::AddrInUse => fault.known_as("port_in_use"),
            ErrorKind::AddrNotAvailable => fault.known_as("no_such_address"),
            _ => fault,
        }
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Fault {
        Fault::new(format!("json: {error}"))
    }
}
