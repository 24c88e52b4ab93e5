//! Who is on duty at a place, told to the pages of places: they stand before people in the order
//! of the modules, so the application joins the two.

use crate::affairs::appeal;
use crate::base::{Id, Instant};
use crate::catalogue::{self, Filed};
use crate::matter;
use crate::people;
use crate::store::{ReadTx, StoreError};
use crate::territory::view::Posted;
use crate::territory::{Hanging, Point};
use crate::words::Lang;

/// The posts at `path` and below it, with their holders as published.
pub fn posts_below(tx: &ReadTx<'_>, path: &str, now: Instant) -> Result<Vec<Posted>, StoreError> {
    let posts = people::store::posts_below(tx, path, now)?;
    let posted = posts.into_iter().map(|post| Posted {
        id: post.id,
        version: post.version,
        kind: post.kind,
        title: post.title,
        body: post.body_name.unwrap_or_default(),
        contact: post.contact,
        place_path: post.place_path,
        holders: post.holders.into_iter().map(|holder| (holder.person, holder.name)).collect(),
    });
    Ok(posted.collect())
}

/// Kinds of matter that bodies answer for, as the catalogue names them.
pub fn body_kinds(lang: Lang) -> Vec<(String, String)> {
    let named = catalogue::seed::body_kinds().unwrap_or_default();
    named.into_iter().map(|kind| (kind.id, kind.title.pick(lang).to_owned())).collect()
}

/// The open cases a body has in hand.
pub fn open_of(tx: &ReadTx<'_>, body: &Id) -> Result<i64, StoreError> {
    matter::store::open_of(tx, body)
}

/// The cases that were reported under a class.
pub fn filed_under(tx: &ReadTx<'_>, class: &Id) -> Result<Filed, StoreError> {
    appeal::store::filed_under(tx, class)
}

/// Where the open cases at a path lie.
pub fn open_points(tx: &ReadTx<'_>, path: &str) -> Result<Vec<Option<Point>>, StoreError> {
    appeal::store::open_points(tx, path)
}

/// What would be left behind if the place at `path` ended.
pub fn hanging(tx: &ReadTx<'_>, path: &str, now: Instant) -> Result<Hanging, StoreError> {
    let posts = people::store::posts_below(tx, path, now)?;
    let holders = posts.iter().map(|post| post.holders.len() + post.suspended.len()).sum::<usize>();
    Ok(Hanging {
        open_cases: matter::store::open_below(tx, path)?,
        holders: i64::try_from(holders).unwrap_or(i64::MAX),
        bodies: people::store::bodies_below(tx, path)?,
        past: matter::store::ever_below(tx, path)? + people::store::ever_below(tx, path)?,
    })
}
