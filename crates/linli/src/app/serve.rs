//! `linli serve`: opens the districts and answers until it is told to stop.

use std::future::IntoFuture as _;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::select_all;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::manager::Manager;
use super::{router, wiring, work};
use crate::base::{Clock, Fault};
use crate::district::{District, Districts};
use crate::people::first_run;
use crate::record;
use crate::words::Lang;

/// Opens each folder as a district, and holds it.
pub fn open(dirs: &[PathBuf], clock: &Clock) -> Result<Districts, Fault> {
    let wiring = wiring()?;
    let open =
        |dir: &PathBuf| District::open_held(dir, clock.clone(), &wiring, "serve").map(Arc::new);
    let all: Vec<Arc<District>> = dirs.iter().map(open).collect::<Result<_, _>>()?;
    if all.is_empty() {
        return Err(Fault::new("no district: name a folder with --dir, or make one with `init`"));
    }
    for (at, one) in all.iter().enumerate() {
        let config = &one.config;
        if all.iter().take(at).any(|other| other.config.code == config.code) {
            tracing::warn!("{} ({}) is served from two folders", config.name, config.code);
        }
        if at > 0 && config.hosts.is_empty() {
            let folder = one.dir.display();
            tracing::warn!("no browser comes to {folder}: its district.toml names no `hosts`");
        }
    }
    Ok(Districts::new(all))
}

/// Requests under way are waited for so long when the server is to stop. A live page would keep
/// its own open for a quarter of an hour.
const FAREWELL: Duration = Duration::from_secs(5);

/// Takes the address; refused where another program has it.
pub fn listen(at: SocketAddr) -> Result<TcpListener, Fault> {
    let listener =
        TcpListener::bind(at).map_err(|e| Fault::from(e).context(format!("listening on {at}")))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Serves until interrupted, or until somebody else has one of the districts. Requests under way
/// are finished.
pub async fn serve(
    districts: Districts,
    listener: TcpListener,
    manager: Arc<Manager>,
) -> Result<(), Fault> {
    let told_to_stop = told_to_stop()?;
    let listen = listener.local_addr()?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let mut workers = Vec::new();
    for district in districts.iter() {
        workers.extend(work::start(district));
        let engine = district.store().engine_name();
        tracing::info!("{} ({}) on {engine}", district.config.name, district.config.code);
    }
    tracing::info!("listening on http://{listen}");
    let app = router(districts.clone());
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    let (stop, stopped) = watch::channel(false);
    let mut stopping = stopped.clone();
    let graceful = async move { drop(stopping.wait_for(|stop| *stop).await) };
    let serving =
        tokio::spawn(axum::serve(listener, service).with_graceful_shutdown(graceful).into_future());
    manager.ready();
    let lost = select_all(districts.iter().map(|district| Box::pin(lost(district))));
    let told = tokio::select! {
        () = told_to_stop => Ok(()),
        (fault, ..) = lost => Err(fault),
        () = manager.watch() => Ok(()),
    };
    manager.stopping();
    districts.iter().for_each(|district| district.stop());
    workers.iter().for_each(JoinHandle::abort);
    stop.send_replace(true);
    match tokio::time::timeout(FAREWELL, serving).await {
        Ok(Ok(served)) => served?,
        Ok(Err(error)) => return Err(Fault::new(error.to_string())),
        Err(_) => tracing::info!("some did not hang up; they are cut off"),
    }
    told
}

/// Prints the link by which the first administrator comes in, where a district has nobody yet: on
/// this machine until there is an address over TLS.
pub fn invite(
    district: &District,
    listen: Option<SocketAddr>,
    lang: Lang,
    out: &mut dyn Write,
) -> Result<(), Fault> {
    // Of several districts each is reached by its own name.
    let named = district.config.hosts.first();
    let here = |at: SocketAddr| match named {
        Some(host) => format!("http://{host}:{}", at.port()),
        None => format!("http://{at}"),
    };
    let here = listen.filter(|_| !district.config.secure()).map(here);
    let address = here.as_deref().unwrap_or(&district.config.address);
    let link = first_run::link(district, address).map_err(|e| Fault::new(e.to_string()))?;
    if let Some(link) = link {
        let minutes = first_run::GOOD_FOR_MINUTES.to_string();
        let name = district.config.name.clone();
        let params = [("minutes", minutes), ("link", link), ("name", name)];
        writeln!(out, "{}", lang.fill("people.begin.printed", &params))?;
        out.flush()?;
    }
    Ok(())
}

async fn lost(district: &District) -> Fault {
    let by = district.lost().await;
    Fault::new(format!(
        "{} is in use by {by}, which took it over while the database was out of reach",
        district.config.name
    ))
}

/// The last word: every leaf has its place under a signed checkpoint, and the checkpoint is kept.
pub fn finish(districts: &Districts) -> Result<(), Fault> {
    for district in districts.iter() {
        let placed = district.sequencer.drain_blocking(district.now());
        let placed = placed.map_err(|e| e.into_fault().context(district.config.name.clone()))?;
        record::seen::keep_newest(&district.dir, district.store(), true)?;
        tracing::info!("{} closed; {placed} leaves were placed at the end", district.config.name);
    }
    Ok(())
}

/// Ends when the process is told to end. It hears from the call on, before anybody may wait for it.
fn told_to_stop() -> Result<impl Future<Output = ()>, Fault> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {},
            _ = terminate.recv() => {},
        }
    })
}
