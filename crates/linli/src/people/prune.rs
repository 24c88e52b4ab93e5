//! What people leave behind in passing is kept as long as the privacy notice says and no longer
//! (个人信息保护法 第19条): sessions that are over for half a year (网络安全法 第21条: logs are kept for
//! at least six months), codes that were sent and attempts to sign in for a day at most.

use crate::base::Instant;
use crate::params;
use crate::store::upkeep::{ATTEMPT, SESSION, SMS_CODE};
use crate::store::{Store, StoreError};

/// Six months, counted generously.
pub const KEPT_DAYS: i64 = 184;
/// A code and an attempt matter for minutes, and the notice promises a day: looked at some times a
/// day, none gets as old as that.
const PASSING_HOURS: i64 = 12;

const OLD_SESSIONS: &str = "delete from session where until < $1";
const OLD_CODES: &str = "delete from sms_code where until < $1";
const OLD_ATTEMPTS: &str = "delete from attempt where at < $1";

/// Takes out what is too old; gives how many rows went.
pub async fn old_rows(store: &Store, now: Instant) -> Result<u64, StoreError> {
    let (half_a_year, passing) = (now.plus_days(-KEPT_DAYS), now.plus_hours(-PASSING_HOURS));
    store
        .upkeep(move |door| {
            let sessions = door.write(SESSION, OLD_SESSIONS, params![half_a_year])?;
            let codes = door.write(SMS_CODE, OLD_CODES, params![passing])?;
            let attempts = door.write(ATTEMPT, OLD_ATTEMPTS, params![passing])?;
            Ok(sessions + codes + attempts)
        })
        .await
}
