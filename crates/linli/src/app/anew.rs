//! Cases that a program of before has masked are masked anew, once by each version of the masks.

use std::sync::Arc;
use std::time::Duration;

use crate::act::{Actor, Done, Order, performed};
use crate::affairs::appeal::anew::{AT_ONCE, MASK_ANEW, MaskAnew, Masked};
use crate::affairs::appeal::store;
use crate::base::Id;
use crate::district::District;
use crate::store::ReadTx;

/// Nobody waits for it, and others are to be served meanwhile.
const PAUSE: Duration = Duration::from_millis(100);
/// What could not be done is tried again.
const LOOK_EVERY: Duration = Duration::from_secs(3600);

pub async fn watch(district: Arc<District>) {
    loop {
        match all(&district).await {
            Ok(0) => {}
            Ok(n) => tracing::info!("{n} cases of before are masked as cases are by now"),
            Err(error) => tracing::warn!("cases of before wait to be masked anew: {error}"),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Looks through all cases, if that was not done by these masks; gives how many were masked.
pub async fn all(district: &Arc<District>) -> Done<usize> {
    let done = district.store().read(|tx| performed(tx, &MaskAnew::last())).await?;
    if done.as_deref() == Some(MASK_ANEW) {
        return Ok(0);
    }
    let (mut after, mut went) = (Id::stored(String::new()), 0);
    loop {
        let look = move |tx: &ReadTx<'_>| -> Done<_> {
            let found = store::masked_after(tx, &after, AT_ONCE)?;
            let last = found.last().map(|case| case.id.clone());
            let old: Vec<Id> =
                found.into_iter().filter(Masked::is_old).map(|case| case.id).collect();
            Ok((last, old))
        };
        let (last, cases) = district.store().read_long(look).await?;
        // An act leaves a leaf: none is performed where nothing is to be masked.
        if !cases.is_empty() {
            let order = Order::new(district.new_id(), MaskAnew { cases });
            went += district.door.perform(&Actor::clock(), order).await?.outcome;
        }
        let Some(last) = last else { break };
        after = last;
        tokio::time::sleep(PAUSE).await;
    }
    let order = Order::new(MaskAnew::last(), MaskAnew { cases: Vec::new() });
    district.door.perform(&Actor::clock(), order).await?;
    Ok(went)
}
