//! Notices: what acts left to be told, delivered after their commit, each once.
//!
//! The outbox row is written in the act's own transaction; a worker turns it into a row of news and
//! one notice a recipient. On the site it is there as soon as that is done; text messages go
//! through the district's provider.

mod news;
mod store;
mod text;
mod titles;
mod web;

use crate::base::Instant;
use crate::district::District;
use crate::store::StoreError;

pub use titles::{Named, TitleOf, name};
pub use web::{opened, routes};

pub use store::{
    Most, NoticeView, Sent, Texted, about, forget_numbers_of, page_of_person, read_all, unread,
    unread_by_matter,
};

/// Outbox rows taken up in one go.
const AT_ONCE: i64 = 100;

/// Hands out all that waits, and takes what is older than `before` as read: the people of a
/// demonstration have kept up until yesterday.
pub fn catch_up(district: &District, before: Instant) -> Result<(), StoreError> {
    let (store, now, most) = (district.store(), district.now(), Most::of(district));
    loop {
        let duties = district.door.duties.clone();
        let spread =
            store.upkeep_blocking(move |door| store::spread(door, &duties, AT_ONCE, most, now))?;
        if spread == 0 {
            break;
        }
    }
    store.upkeep_blocking(move |door| store::read_before(door, before, now))?;
    Ok(())
}

/// Turns waiting outbox rows into notices, and sends the texts whose time has come; gives the
/// number of rows done.
pub async fn deliver(district: &District) -> Result<usize, StoreError> {
    deliver_within(district, Most::of(district)).await
}

/// As [`deliver`], with other limits on text messages.
pub async fn deliver_within(district: &District, most: Most) -> Result<usize, StoreError> {
    let done = spread_within(district, most).await?;
    send_texts(district).await?;
    Ok(done)
}

/// Turns waiting outbox rows into notices; gives the number of rows done. Who sends the texts is
/// another worker: a provider that hangs holds up nobody's notices.
pub async fn spread(district: &District) -> Result<usize, StoreError> {
    spread_within(district, Most::of(district)).await
}

async fn spread_within(district: &District, most: Most) -> Result<usize, StoreError> {
    let (now, duties) = (district.now(), district.door.duties.clone());
    let store = district.store();
    store.upkeep(move |door| store::spread(door, &duties, AT_ONCE, most, now)).await
}

/// Sends the texts whose time has come; gives the number of those that went.
pub async fn send_texts(district: &District) -> Result<usize, StoreError> {
    text::send(district).await
}
