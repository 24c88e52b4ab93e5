//! What people leave behind in passing is kept for half a year and no longer: sessions that are
//! over, codes that were sent, attempts to sign in (网络安全法 第21条:
//! logs are kept for at least six months; 个人信息保护法 第19条: no longer than needed).

use crate::base::Instant;
use crate::params;
use crate::store::upkeep::{ATTEMPT, SESSION, SMS_CODE};
use crate::store::{Store, StoreError};

/// Six months, counted generously.
pub const KEPT_DAYS: i64 = 184;
/// A code and an attempt matter for minutes; a month lets an office look into a complaint.
const PASSING_DAYS: i64 = 31;

const OLD_SESSIONS: &str = "delete from session where until < $1";
const OLD_CODES: &str = "delete from sms_code where until < $1";
const OLD_ATTEMPTS: &str = "delete from attempt where at < $1";

/// Takes out what is too old; gives how many rows went.
pub async fn old_rows(store: &Store, now: Instant) -> Result<u64, StoreError> {
    let (half_a_year, month) = (now.plus_days(-KEPT_DAYS), now.plus_days(-PASSING_DAYS));
    store
        .upkeep(move |door| {
            let sessions = door.write(SESSION, OLD_SESSIONS, params![half_a_year])?;
            let codes = door.write(SMS_CODE, OLD_CODES, params![month])?;
            let attempts = door.write(ATTEMPT, OLD_ATTEMPTS, params![month])?;
            Ok(sessions + codes + attempts)
        })
        .await
}
