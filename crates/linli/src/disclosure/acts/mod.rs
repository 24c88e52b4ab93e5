//! What may be done to the duty list.

pub mod begin;
pub mod bring;
pub mod change;
pub mod kind;
pub mod proposal;

use crate::act::{Acting, Audience, Done, Refusal, Tell};
use crate::base::Id;
use crate::disclosure::store;

/// Counts the list up, unless it is no longer the one that was seen; whoever waited for a proposal
/// against it is told.
fn renew(cx: &mut Acting<'_, '_>, seen: i64) -> Done<()> {
    let now = cx.now();
    let Some(overtaken) = store::renew_list(cx.tx, cx.act_id, seen, now)? else {
        return Err(Refusal::new("changed_meanwhile").into());
    };
    for one in overtaken {
        tell(cx, Audience::Person(one.by), "overtaken", &one.id);
    }
    Ok(())
}

/// A notice about a proposal: `proposed`, or what became of it.
fn tell(cx: &mut Acting<'_, '_>, to: Audience, what: &str, proposal: &Id) {
    let params = vec![("proposal".to_owned(), proposal.to_string())];
    let (kind, at) = (format!("duty.{what}"), cx.now());
    cx.tell(Tell { to, kind, matter: None, params, at, texts: false });
}
