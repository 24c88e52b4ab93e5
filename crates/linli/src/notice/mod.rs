//! Notices: what acts left to be told, delivered after their commit, each once.
//!
//! The outbox row is written in the act's own transaction; a worker turns it into one notice a
//! recipient and a channel. In-app notices are there as soon as that is done; text messages go
//! through the district's provider.

mod store;
mod text;
mod web;

use crate::base::Instant;
use crate::district::District;
use crate::store::StoreError;

pub use web::routes;

pub use store::{
    Most, NoticeView, Sent, Texted, about, of_person, page_of_person, read_all, unread,
    unread_by_matter,
};

/// Outbox rows taken up in one go.
const AT_ONCE: i64 = 100;

/// Hands out all that waits, and takes what is older than `before` as read: the people of a
/// demonstration have kept up until yesterday.
pub fn catch_up(district: &District, before: Instant) -> Result<(), StoreError> {
<<<<<<< HEAD
    let (store, now, most) = (district.store(), district.now(), Most::of(district));
=======
    let (store, now, most) = (district.store(), district.now(), most_of(district));
>>>>>>> 66dae9e (Clocks of new matters, notices and the audit's tests fit what landed meanwhile)
    while store.upkeep_blocking(move |door| store::spread(door, AT_ONCE, most, now))? > 0 {}
    store.upkeep_blocking(move |door| store::read_before(door, before, now))?;
    Ok(())
}

/// Turns waiting outbox rows into notices; gives the number of rows done.
pub async fn deliver(district: &District) -> Result<usize, StoreError> {
<<<<<<< HEAD
    deliver_within(district, Most::of(district)).await
=======
    deliver_within(district, most_of(district)).await
}

fn most_of(district: &District) -> Most {
    Most {
        a_day: i64::from(district.config.texts_a_day),
        a_case: i64::from(district.config.texts_a_case),
        offset: district.config.offset_minutes,
    }
>>>>>>> 66dae9e (Clocks of new matters, notices and the audit's tests fit what landed meanwhile)
}

/// As [`deliver`], with other limits on text messages.
pub async fn deliver_within(district: &District, most: Most) -> Result<usize, StoreError> {
    let now = district.now();
    let done = district.store().upkeep(move |door| store::spread(door, AT_ONCE, most, now)).await?;
    text::send(district).await?;
    Ok(done)
}
