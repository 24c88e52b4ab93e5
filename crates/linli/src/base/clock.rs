//! The only clock. Acts are given their instant before they enter the door, so that a repeat is
//! the same act; tests and the demonstration shift it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use linli_rules::time::Instant;

/// Minutes east of UTC of every place Linli serves by default: China has one time zone.
pub const CHINA_OFFSET_MINUTES: i32 = 480;

/// A clock that can be shifted, never stopped: clones share the shift.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    shift_micros: Arc<AtomicI64>,
}

impl Clock {
    pub fn now(&self) -> Instant {
        Instant(system_micros() + self.shift_micros.load(Ordering::Relaxed))
    }

    /// Moves this clock (and its clones) forward, or back when negative.
    pub fn shift(&self, micros: i64) {
        self.shift_micros.fetch_add(micros, Ordering::Relaxed);
    }
}

/// A moment as files carry it.
pub fn of_system(at: SystemTime) -> Instant {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// The present as files carry it.
pub fn system_now() -> SystemTime {
    SystemTime::now()
}

fn system_micros() -> i64 {
    of_system(SystemTime::now()).0
}
