//! Contacts of cases long over and old looks at people's data are erased, by acts of the clock.

use std::sync::Arc;

use crate::act::{Actor, Done, Failure, Order};
use crate::affairs::appeal::forget::{ForgetContact, is_over};
use crate::base::Id;
use crate::district::District;
use crate::matter::store as matters;
use crate::people::acts::ForgetLooks;
use crate::people::{self, prune};
use crate::store::ReadTx;

/// Drops looks older than half a year; gives how many went.
pub async fn old_looks(district: &Arc<District>) -> Done<usize> {
    let before = district.now().plus_days(-prune::KEPT_DAYS);
    let mut went = 0;
    // An act leaves a leaf: none is performed where nothing is old.
    while district.store().read(move |tx| people::store::has_looks(tx, before)).await? {
        let order = Order::new(district.new_id(), ForgetLooks);
        went += district.door.perform(&Actor::clock(), order).await?.outcome;
    }
    Ok(went)
}

/// Contacts looked at in one go.
const AT_ONCE: i64 = 500;

/// Erases what is over; gives how many went.
pub async fn old_contacts(district: &Arc<District>) -> Done<usize> {
    let (mut after, mut went) = (Id::stored(String::new()), 0);
    loop {
        let (from, now) = (after.clone(), district.now());
        let look = move |tx: &ReadTx<'_>| -> Done<_> {
            let all = people::store::contacts_after(tx, &from, AT_ONCE)?;
            let last = all.last().map(|(id, _)| id.clone());
            let mut over = Vec::new();
            for (_, case) in all {
                let matter = matters::matter(tx, case.as_str())?;
                if matter.is_some_and(|matter| is_over(matter.closed_at, now)) {
                    over.push(case);
                }
            }
            Ok((last, over))
        };
        let (last, over) = district.store().read(look).await?;
        for case in over {
            let keys = district.keys.clone();
            // One with a long story goes with a later look.
            let order = Order::new(district.new_id(), ForgetContact { case, keys });
            match district.door.perform(&Actor::clock(), order).await {
                Ok(done) => went += usize::from(done.outcome),
                Err(Failure::Refused(refusal)) => {
                    tracing::info!("a contact is kept for now: {}", refusal.code);
                }
                Err(other) => return Err(other),
            }
        }
        match last {
            Some(last) => after = last,
            None => return Ok(went),
        }
    }
}
