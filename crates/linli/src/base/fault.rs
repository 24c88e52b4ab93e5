//! A fault is ours, not the user's: it is logged with its whole story and shown as a number only.

use std::fmt;

/// What went wrong inside, with the context each boundary added, newest first.
#[derive(Debug)]
pub struct Fault {
    story: Vec<String>,
}

impl Fault {
    pub fn new(what: impl Into<String>) -> Fault {
        Fault { story: vec![what.into()] }
    }

    /// Says what was being done when the fault came up.
    #[must_use]
    pub fn context(mut self, doing: impl Into<String>) -> Fault {
        self.story.insert(0, doing.into());
        self
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
        Fault::new(error.to_string())
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Fault {
        Fault::new(format!("json: {error}"))
    }
}
