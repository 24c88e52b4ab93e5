//! Live pages: a word on the wire when a case within the reader's place has changed. What changed
//! is not said; the page asks anew, and the duty list decides what it gets.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::IntoResponse as _;
use axum::response::sse::{Event, KeepAlive, Sse};
use tokio::sync::broadcast::error::RecvError;

use crate::page::{Page, Visitor};

/// After this long the browser asks again, and its session is looked at anew.
const LONGEST: Duration = Duration::from_secs(15 * 60);
const BREATH: Duration = Duration::from_secs(20);

pub async fn live(visitor: Visitor) -> Page {
    visitor.person()?;
    let mut committed = visitor.district.door.watch();
    let place = visitor.actor.place_path.clone();
    let stream = async_stream::stream! {
        let end = tokio::time::sleep(LONGEST);
        tokio::pin!(end);
        loop {
            let heard = tokio::select! {
                heard = committed.recv() => heard,
                () = &mut end => break,
            };
            let change = match heard {
                Ok(act) => act.subject_kind == "case" && act.place_path.starts_with(&place),
                // Too many at once to tell apart: something has surely changed.
                Err(RecvError::Lagged(_)) => true,
                Err(RecvError::Closed) => break,
            };
            if change {
                yield Ok::<Event, Infallible>(Event::default().event("change").data("1"));
            }
        }
    };
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(BREATH)).into_response())
}
