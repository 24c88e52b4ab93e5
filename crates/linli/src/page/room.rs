//! How much of all that is being sent to us is held at once, and for how long it is waited for.
//!
//! A form with photos lies in memory until it is dealt with, and whoever sends one may be nobody
//! we know. What is only typed always gets through; of what is larger there is room for so much,
//! and who comes when it is full is told to come again. No caller has more than half of it, so that
//! one who sends without end leaves the other half to everybody else.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::{Stream, StreamExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use super::{form, limit};
use crate::act::{Failure, Refusal};

/// Bytes of large bodies that are held at once: those of some twenty reports with three photos,
/// and less than a small machine has.
const TOGETHER: usize = 512 * 1024 * 1024;
/// One caller has no more than one part in so many of the room.
const SHARES: usize = 2;
/// So much of each body needs no room: every form without files.
const FREE: usize = form::MOST_BYTES;
/// The refusal of who sends more at once than one caller has room for.
pub const TOO_MUCH: &str = "too_much_at_once";
/// How long nothing at all may come, and how long all of it may take.
const SILENCE: Duration = Duration::from_secs(30);
const WHOLE: Duration = Duration::from_secs(15 * 60);

/// Room for bodies, in bytes.
#[derive(Clone)]
pub struct Room {
    left: Arc<Semaphore>,
    /// What is left to one caller.
    each: usize,
    /// To those who are sending now.
    callers: Arc<Mutex<HashMap<String, Weak<Semaphore>>>>,
    silence: Duration,
    whole: Duration,
}

impl Default for Room {
    fn default() -> Room {
        Room::new(TOGETHER, SILENCE, WHOLE)
    }
}

/// What one body takes of the room, until its request is answered.
struct Held {
    caller: String,
    /// Of the caller's share, and of all there is.
    room: Mutex<Option<(OwnedSemaphorePermit, OwnedSemaphorePermit)>>,
    /// There was no room for it.
    refused: OnceLock<Full>,
}

/// What there was no more of.
#[derive(Clone, Copy, Debug)]
enum Full {
    Share,
    Room,
}

impl Room {
    pub fn new(bytes: usize, silence: Duration, whole: Duration) -> Room {
        let left = Arc::new(Semaphore::new(bytes));
        Room { left, each: bytes / SHARES, callers: Arc::default(), silence, whole }
    }

    /// Answers the request of a caller, its body held within the room. Where there was none it is
    /// `Unavailable`, and where the caller's share is full refused, whatever was made of what had
    /// come until then.
    pub async fn answer(
        &self,
        caller: String,
        request: Request,
        next: Next,
    ) -> Result<Response, Failure> {
        if request.method().is_safe() {
            return Ok(next.run(request).await);
        }
        let held = Arc::new(Held { caller, room: Mutex::default(), refused: OnceLock::new() });
        let (parts, body) = request.into_parts();
        let body = self.clone().within(body, Arc::clone(&held));
        let request = Request::from_parts(parts, Body::from_stream(body));
        let response = next.run(request).await;
        match held.refused.get() {
            Some(Full::Room) => Err(Failure::Unavailable("no room for what is sent".to_owned())),
            Some(Full::Share) => Err(Refusal::new(TOO_MUCH).into()),
            None => Ok(response),
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
                if let Err(full) = self.take(beyond, &held) {
                    held.refused.get_or_init(|| full);
                    yield Err(axum::Error::new("no room"));
                    return;
                }
                yield Ok(piece);
            }
        }
    }

    /// Takes room for so many bytes more.
    fn take(&self, bytes: usize, held: &Held) -> Result<(), Full> {
        if bytes == 0 {
            return Ok(());
        }
        let many = u32::try_from(bytes).map_err(|_| Full::Room)?;
        let mut room = held.room.lock().map_err(|_| Full::Room)?;
        let all = Arc::clone(&self.left).try_acquire_many_owned(many).map_err(|_| Full::Room)?;
        let share = self.share_of(&held.caller).ok_or(Full::Room)?;
        let own = share.try_acquire_many_owned(many).map_err(|_| Full::Share)?;
        match &mut *room {
            Some((own_before, all_before)) => {
                own_before.merge(own);
                all_before.merge(all);
            }
            none => *none = Some((own, all)),
        }
        Ok(())
    }

    /// The share of a caller; it is forgotten with the last body that has some of it.
    fn share_of(&self, caller: &str) -> Option<Arc<Semaphore>> {
        let mut callers = self.callers.lock().ok()?;
        if let Some(share) = callers.get(caller).and_then(Weak::upgrade) {
            return Some(share);
        }
        callers.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Semaphore::new(self.each));
        callers.insert(caller.to_owned(), Arc::downgrade(&share));
        Some(share)
    }
}

/// The layer around pages.
pub async fn within_room(
    State(room): State<Room>,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let caller = limit::address(request.headers(), request.extensions());
    room.answer(caller, request, next).await
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

    /// As the machine at this address sends it.
    async fn send(app: &Router, from: u8, body: Body) -> StatusCode {
        let mut request = axum::http::Request::post("/").body(body).unwrap();
        let peer = std::net::SocketAddr::from(([203, 0, 113, from], 1000));
        request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
        app.clone().oneshot(request).await.unwrap().status()
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
    }

    /// A body that takes so much of the room, and ends when it is told to.
    fn halting(beyond: usize) -> (tokio::sync::oneshot::Sender<()>, Body) {
        let (tell, told) = tokio::sync::oneshot::channel::<()>();
        let body = async_stream::stream! {
            yield Ok::<_, axum::Error>(Bytes::from(vec![0; FREE + beyond]));
            drop(told.await);
        };
        (tell, Body::from_stream(body))
    }

    fn beyond(bytes: usize) -> Body {
        Body::from(vec![0; FREE + bytes])
    }

    async fn left(room: &Room, bytes: usize) {
        while room.left.available_permits() != bytes {
            tokio::task::yield_now().await;
        }
    }

    #[test]
    fn what_is_sent_by_all_together_is_held_only_as_far_as_there_is_room() {
        let room = Room::new(1000, SILENCE, WHOLE);
        let app = app(&room);
        runtime().block_on(async {
            assert_eq!(send(&app, 1, beyond(500)).await, StatusCode::OK);
            let mut under_way = Vec::new();
            for (from, now_left) in [(1, 600), (2, 200)] {
                let (tell, body) = halting(400);
                let app = app.clone();
                let sent = tokio::spawn(async move { send(&app, from, body).await });
                left(&room, now_left).await;
                under_way.push((tell, sent));
            }
            assert_eq!(send(&app, 3, beyond(201)).await, StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(send(&app, 3, beyond(200)).await, StatusCode::OK);
            assert_eq!(send(&app, 3, beyond(0)).await, StatusCode::OK, "a form gets through");
            for (tell, sent) in under_way {
                drop(tell);
                assert_eq!(sent.await.unwrap(), StatusCode::OK);
            }
            assert_eq!(room.left.available_permits(), 1000, "nothing is held any more");
        });
    }

    #[test]
    fn one_caller_has_no_more_than_half_of_the_room() {
        let room = Room::new(1000, SILENCE, WHOLE);
        let app = app(&room);
        runtime().block_on(async {
            assert_eq!(send(&app, 1, beyond(501)).await, StatusCode::TOO_MANY_REQUESTS);
            let (tell, body) = halting(300);
            let first = tokio::spawn({
                let app = app.clone();
                async move { send(&app, 1, body).await }
            });
            left(&room, 700).await;
            assert_eq!(send(&app, 1, beyond(201)).await, StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(send(&app, 1, beyond(0)).await, StatusCode::OK, "a form gets through");
            assert_eq!(send(&app, 1, beyond(200)).await, StatusCode::OK);
            assert_eq!(send(&app, 2, beyond(500)).await, StatusCode::OK, "another has its own");
            drop(tell);
            assert_eq!(first.await.unwrap(), StatusCode::OK);
            assert_eq!(send(&app, 1, beyond(500)).await, StatusCode::OK);
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
            assert_eq!(send(&stopping, 1, silent).await, StatusCode::BAD_REQUEST);
            let dragging = app(&Room::new(1000, SILENCE, moment));
            assert_eq!(send(&dragging, 1, dripping()).await, StatusCode::BAD_REQUEST);
        });
    }
}
