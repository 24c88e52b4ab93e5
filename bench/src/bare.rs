//! The ceilings: a bare server that answers a page from memory, and one that does a single insert a
//! request with the same group commit.

use std::net::SocketAddr;
use std::path::Path;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use bytes::Bytes;
use crossbeam_channel::{Receiver, Sender};
use linli::base::Fault;
use rusqlite::Connection;
use tokio::sync::oneshot;

/// Inserts that share one commit at the most, as in the store.
const BATCH: usize = 128;

type Insert = (Bytes, oneshot::Sender<()>);

fn fault(error: rusqlite::Error) -> Fault {
    Fault::new(error.to_string())
}

/// Serves the bytes of `page`, and puts what is posted into `db`.
pub fn serve(listen: SocketAddr, page: &Path, db: &Path) -> Result<(), Fault> {
    let page = Bytes::from(std::fs::read(page)?);
    let conn = Connection::open(db).map_err(fault)?;
    conn.execute_batch(
        "pragma journal_mode = wal; pragma synchronous = full;
         create table if not exists t (id integer primary key, body blob)",
    )
    .map_err(fault)?;
    let (writer, waiting) = crossbeam_channel::bounded(4096);
    std::thread::spawn(move || write(&conn, &waiting));
    let app = Router::new()
        .route(
            "/",
            get(|State((page, _)): State<(Bytes, Sender<Insert>)>| async { page }).post(put),
        )
        .with_state((page, writer));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(listen).await?;
        axum::serve(listener, app).await?;
        Ok(())
    })
}

async fn put(State((_, writer)): State<(Bytes, Sender<Insert>)>, body: Bytes) -> StatusCode {
    let (tell, told) = oneshot::channel();
    if writer.try_send((body, tell)).is_err() || told.await.is_err() {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    StatusCode::OK
}

fn write(conn: &Connection, waiting: &Receiver<Insert>) {
    while let Ok(first) = waiting.recv() {
        let mut done = Vec::new();
        let mut next = Some(first);
        let mut good = conn.execute_batch("begin immediate").is_ok();
        while let Some((body, tell)) = next.take() {
            let insert = conn.prepare_cached("insert into t (body) values (?1)");
            good &= insert.and_then(|mut s| s.execute([&body[..]])).is_ok();
            done.push(tell);
            if done.len() < BATCH {
                next = waiting.try_recv().ok();
            }
        }
        good &= conn.execute_batch("commit").is_ok();
        if good {
            for tell in done {
                // Who asked may have gone; that is no error.
                let _ = tell.send(());
            }
        }
    }
}
