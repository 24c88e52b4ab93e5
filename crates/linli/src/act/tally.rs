//! How often each act was performed, and with what end: for those who watch over the machine.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::{Done, Failure};

/// Counts by act and end, shared by all who hold the door.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    counts: Arc<Mutex<BTreeMap<Key, u64>>>,
}

/// The name of an act, and how it ended.
pub type Key = (Cow<'static, str>, &'static str);

impl Tally {
    /// `done`, `refused`, `hidden`, `invalid`, `unavailable`, `unsure` or `fault`.
    pub(super) fn count<T>(&self, act: Cow<'static, str>, done: &Done<T>) {
        let end = match done {
            Ok(_) => "done",
            Err(Failure::Refused(_)) => "refused",
            Err(Failure::Hidden) => "hidden",
            Err(Failure::Invalid(_)) => "invalid",
            Err(Failure::Unavailable(_)) => "unavailable",
            Err(Failure::Unsure(_)) => "unsure",
            Err(Failure::Fault(_)) => "fault",
        };
        if let Ok(mut counts) = self.counts.lock() {
            *counts.entry((act, end)).or_default() += 1;
        }
    }

    pub fn all(&self) -> BTreeMap<Key, u64> {
        self.counts.lock().map(|counts| counts.clone()).unwrap_or_default()
    }
}
