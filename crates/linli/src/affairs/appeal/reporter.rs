//! Who reported a case, masked; the full name and number only for a reason that is kept.

use crate::base::Id;
use crate::params;
use crate::store::{ReadTx, StoreError};

const MASKED: &str = "select name_masked, phone_masked from person where id = $1";

/// Name and phone as the office sees them without saying why.
pub fn masked(
    tx: &ReadTx<'_>,
    person: &Id,
) -> Result<Option<(String, Option<String>)>, StoreError> {
    tx.row(MASKED, params![*person], |row| Ok((row.get(0)?, row.get(1)?)))
}
