//! How much of all that is being sent to us is held at once, and for how long it is waited for.
//!
//! A form with photos lies in memory until it is dealt with, and whoever sends one may be nobody
//! we know. What is only typed always gets through; of what is larger there is room for so much,
//! and who comes when it is full is told to come again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::{Stream, StreamExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use super::form;
use crate::act::Failure;

/// Bytes of large bodies that are held at once: those of some twenty reports with three photos,
/// and less than a small machine has.
const TOGETHER: usize = 512 * 1024 * 1024;
/// So much of each body needs no room: every form without files.
const FREE: usize = form::MOST_BYTES;
/// How long nothing at all may come, and how long all of it may take.
const SILENCE: Duration = Duration::from_secs(30);
const WHOLE: Duration = Duration::from_secs(15 * 60);

/// Room for bodies, in bytes.
#[derive(Clone)]
pub struct Room {
    left: Arc<Semaphore>,
    silence: Duration,
    whole: Duration,
}

impl Default for Room {
    fn default() -> Room {
        Room::new(TOGETHER, SILENCE, WHOLE)
    }
}

/// What one body takes of the room, until its request is answered.
#[derive(Default)]
struct Held {
    room: Mutex<Option<OwnedSemaphorePermit>>,
    /// There was no room for it.
    refused: AtomicBool,
}

impl Room {
    pub fn new(bytes: usize, silence: Duration, whole: Duration) -> Room {
        Room { left: Arc::new(Semaphore::new(bytes)), silence, whole }
    }

    /// Answers a request, its body held within the room. Where there was none it is `Unavailable`,
    /// whatever was made of what had come until then.
    pub async fn answer(&self, request: Request, next: Next) -> Result<Response, Failure> {
        if request.method().is_safe() {
            return Ok(next.run(request).await);
        }
        let held = Arc::new(Held::default());
        let (parts, body) = request.into_parts();
        let body = self.clone().within(body, Arc::clone(&held));
        let request = Request::from_parts(parts, Body::from_stream(body));
        let response = next.run(request).await;
        match held.refused.load(Ordering::Relaxed) {
            true => Err(Failure::Unavailable("no room for what is sent".to_owned())),
            false => Ok(response),
        }
    }

    fn within(self, body: Body, held: Arc<Held>) -> impl Stream<Item = Result<Bytes, axum::Error>> {
        let mut over = Box::pin(sleep(self.whole));
        async_stream::stream! {
            let (mut body, mut free) = (body.into_data_stream(), FREE);
            loop {
                let piece = tokio::select! {
                    () = &mut over => None,
                    piece = timeout(self.silence, body.next()) => piece.ok(),
                };
                let Some(piece) = piece else {
                    yield Err(axum::Error::new("nothing came any more"));
                    return;
                };
                let piece = match piece {
                    Some(Ok(piece)) => piece,
                    Some(Err(error)) => {
                        yield Err(error);
                        return;
                    }
                    None => return,
                };
                let beyond = piece.len().saturating_sub(free);
                free -= piece.len() - beyond;
                if !self.takes(beyond, &held) {
                    held.refused.store(true, Ordering::Relaxed);
                    yield Err(axum::Error::new("no room"));
                    return;
                }
                yield Ok(piece);
            }
        }
    }

    /// Whether there was room for so many bytes more.
    fn takes(&self, bytes: usize, held: &Held) -> bool {
        if bytes == 0 {
            return true;
        }
        let Ok(many) = u32::try_from(bytes) else { return false };
        let Ok(got) = Arc::clone(&self.left).try_acquire_many_owned(many) else { return false };
        let Ok(mut room) = held.room.lock() else { return false };
        match &mut *room {
            Some(before) => before.merge(got),
            none => *none = Some(got),
        }
        true
    }
}

/// The layer around pages.
pub async fn within_room(
    State(room): State<Room>,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    room.answer(request, next).await
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::http::StatusCode;
    use axum::middleware::from_fn_with_state;
    use axum::routing::post;
    use tower::ServiceExt as _;

    use super::*;
    use crate::page::whole;

    /// Answers with the length of what was sent, or says that it could not be read.
    async fn read(request: Request) -> Result<String, StatusCode> {
        let bytes = whole(request.into_body(), 1 << 30).await;
        bytes.map(|bytes| bytes.len().to_string()).map_err(|_| StatusCode::BAD_REQUEST)
    }

    fn app(room: &Room) -> Router {
        let layer = from_fn_with_state(room.clone(), within_room);
        Router::new().route("/", post(read)).layer(layer)
    }

    async fn send(app: &Router, body: Body) -> StatusCode {
        let request = axum::http::Request::post("/").body(body).unwrap();
        app.clone().oneshot(request).await.unwrap().status()
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
    }

    #[test]
    fn what_is_sent_by_all_together_is_held_only_as_far_as_there_is_room() {
        let room = Room::new(1000, SILENCE, WHOLE);
        let app = app(&room);
        runtime().block_on(async {
            assert_eq!(send(&app, Body::from(vec![0; FREE + 1000])).await, StatusCode::OK);
            let more = Body::from(vec![0; FREE + 1001]);
            assert_eq!(send(&app, more).await, StatusCode::SERVICE_UNAVAILABLE);
            let (tell, told) = tokio::sync::oneshot::channel::<()>();
            let halting = async_stream::stream! {
                yield Ok::<_, axum::Error>(Bytes::from(vec![0; FREE + 600]));
                drop(told.await);
            };
            let first = tokio::spawn({
                let app = app.clone();
                async move { send(&app, Body::from_stream(halting)).await }
            });
            while room.left.available_permits() == 1000 {
                tokio::task::yield_now().await;
            }
            let beside = Body::from(vec![0; FREE + 600]);
            assert_eq!(send(&app, beside).await, StatusCode::SERVICE_UNAVAILABLE);
            let typed = Body::from(vec![0; FREE]);
            assert_eq!(send(&app, typed).await, StatusCode::OK, "a form gets through");
            drop(tell);
            assert_eq!(first.await.unwrap(), StatusCode::OK);
            assert_eq!(room.left.available_permits(), 1000, "nothing is held any more");
        });
    }

    #[test]
    fn who_stops_sending_is_not_waited_for() {
        let moment = Duration::from_millis(20);
        let dripping = || {
            Body::from_stream(async_stream::stream! {
                loop {
                    yield Ok::<_, axum::Error>(Bytes::from_static(b"x"));
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            })
        };
        let silent =
            Body::from_stream(futures_util::stream::pending::<Result<Bytes, axum::Error>>());
        runtime().block_on(async {
            let stopping = app(&Room::new(1000, moment, WHOLE));
            assert_eq!(send(&stopping, silent).await, StatusCode::BAD_REQUEST);
            let dragging = app(&Room::new(1000, SILENCE, moment));
            assert_eq!(send(&dragging, dripping()).await, StatusCode::BAD_REQUEST);
        });
    }
}
