//! `linli serve`: opens the districts and answers until it is told to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use super::{router, wiring, work};
use crate::base::{Clock, Fault};
use crate::district::{District, Districts};

/// Opens each folder as a district.
pub fn open(dirs: &[PathBuf], clock: &Clock) -> Result<Districts, Fault> {
    let wiring = wiring()?;
    let open = |dir: &PathBuf| District::open(dir, clock.clone(), &wiring).map(Arc::new);
    let all: Vec<Arc<District>> = dirs.iter().map(open).collect::<Result<_, _>>()?;
    if all.is_empty() {
        return Err(Fault::new("no district: name a folder with --dir, or make one with `init`"));
    }
    Ok(Districts::new(all))
}

/// Serves until interrupted; requests under way are finished.
pub async fn serve(districts: Districts, listen: SocketAddr) -> Result<(), Fault> {
    let listener = tokio::net::TcpListener::bind(listen)
        .await
        .map_err(|e| Fault::from(e).context(format!("listening on {listen}")))?;
    for district in districts.iter() {
        work::start(district);
        let engine = district.store().engine_name();
        tracing::info!("{} ({}) on {engine}", district.config.name, district.config.code);
    }
    tracing::info!("listening on http://{listen}");
    let app = router(districts);
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(told_to_stop()).await?;
    Ok(())
}

async fn told_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = interrupt.await;
        return;
    };
    tokio::select! {
        _ = interrupt => {},
        _ = terminate.recv() => {},
    }
}
