//! `linli serve`: opens the districts and answers until it is told to stop.

use std::future::IntoFuture as _;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use super::manager::Manager;
use super::{router, wiring, work};
use crate::base::{Clock, Fault};
use crate::district::{District, Districts};
use crate::people::first_run;
use crate::words::Lang;

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
pub async fn serve(
    districts: Districts,
    listen: SocketAddr,
    manager: Arc<Manager>,
) -> Result<(), Fault> {
    let listener = tokio::net::TcpListener::bind(listen)
        .await
        .map_err(|e| Fault::from(e).context(format!("listening on {listen}")))?;
    for district in districts.iter() {
        work::start(district);
        let engine = district.store().engine_name();
        tracing::info!("{} ({}) on {engine}", district.config.name, district.config.code);
    }
    tracing::info!("listening on http://{listen}");
    let told = Arc::clone(&manager);
    let app = router(districts);
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
        told_to_stop().await;
        told.stopping();
    });
    manager.ready();
    tokio::select! {
        done = serving.into_future() => Ok(done?),
        () = manager.watch() => Ok(()),
    }
}

/// Prints the link by which the first administrator comes in, where a district has nobody yet: on
/// this machine until there is an address over TLS.
pub fn invite(
    district: &District,
    listen: Option<SocketAddr>,
    lang: Lang,
    out: &mut dyn Write,
) -> Result<(), Fault> {
    let here = listen.filter(|_| !district.config.secure()).map(|at| format!("http://{at}"));
    let address = here.as_deref().unwrap_or(&district.config.address);
    let link = first_run::link(district, address).map_err(|e| Fault::new(e.to_string()))?;
    if let Some(link) = link {
        let minutes = first_run::GOOD_FOR_MINUTES.to_string();
        let params = [("minutes", minutes), ("link", link)];
        writeln!(out, "{}", lang.fill("people.begin.printed", &params))?;
        out.flush()?;
    }
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
