//! Warnings about clocks that run: told by acts of the clock, a look every so often.

use std::sync::Arc;
use std::time::Duration;

use crate::act::{Actor, Done, Order};
use crate::affairs::appeal;
use crate::district::District;
use crate::matter::warning::{self, Warn};
use crate::store::ReadTx;

/// Limits are hours and days: a warning may be this late.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Warns for as long as the district is served.
pub async fn watch(district: Arc<District>) {
    loop {
        match all(&district).await {
            Ok(0) => {}
            Ok(n) => tracing::info!("{n} clocks have come to where somebody is told"),
            Err(error) => tracing::warn!("warnings wait: {error}"),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Tells of all that is to be told of by now; gives of how many clocks.
pub async fn all(district: &Arc<District>) -> Done<usize> {
    let Some(kit) = appeal::kit(district) else { return Ok(0) };
    let (mut told, now) = (0, district.now());
    // An act leaves a leaf: none is performed where there is nothing to tell.
    while district.store().read(move |tx: &ReadTx<'_>| warning::waits(tx, now)).await? {
        let order = Order::new(district.new_id(), Warn { kit: kit.clone() });
        told += district.door.perform(&Actor::clock(), order).await?.outcome;
    }
    Ok(told)
}
