//! The title of a matter. Everyone who hears of the matter reads it: who makes it masks it. The
//! program of that day may have known less of what is personal, so a newer one masks it anew.

use linli_rules::mask::mask_public;

use super::MATTER;
use crate::act::{Acting, Done, Failure};
use crate::base::Id;
use crate::params;

const KEPT: &str = "select title from matter where id = $1";
const PUT_ANEW: &str = "update matter set title = $2 where id = $1";

/// A title that is kept, as it is masked by now.
pub fn masked(kept: &str) -> String {
    mask_public(kept, None)
}

/// Keeps the title as it is masked by now. Nobody has worked on the matter by that: it stays at its
/// version.
pub fn put_anew(cx: &mut Acting<'_, '_>, matter: &Id) -> Done<()> {
    let kept: Option<String> = cx.read().row(KEPT, params![*matter], |row| row.get(0))?;
    let kept = kept.ok_or(Failure::Hidden)?;
    let masked = masked(&kept);
    if masked != kept {
        cx.tx.write(MATTER, matter, PUT_ANEW, params![*matter, masked])?;
    }
    Ok(())
}
