//! `linli serve`: opens the districts and answers until it is told to stop.

use std::future::IntoFuture as _;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::manager::Manager;
use super::opening::{self, AGAIN};
use super::{router, work};
use crate::base::Fault;
use crate::district::{District, Districts};
use crate::people::first_run;
use crate::record;
use crate::words::Lang;

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

/// Serves until interrupted, or until somebody else has one of the districts, or something that
/// runs beside the requests has ended: whoever looks after the server then starts it anew. Requests
/// under way are finished.
pub async fn serve(
    districts: Districts,
    listener: TcpListener,
    manager: Arc<Manager>,
) -> Result<(), Fault> {
    let told_to_stop = told_to_stop()?;
    let listen = listener.local_addr()?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let mut beside = Beside::default();
    districts.iter().for_each(|district| beside.start(district));
    tracing::info!("listening on http://{listen}");
    let app = router(districts.clone());
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    let (stop, stopped) = watch::channel(false);
    let mut stopping = stopped.clone();
    let graceful = async move { drop(stopping.wait_for(|stop| *stop).await) };
    let serving =
        tokio::spawn(axum::serve(listener, service).with_graceful_shutdown(graceful).into_future());
    manager.ready();
    let mut told_to_stop = pin!(told_to_stop);
    let told = loop {
        tokio::select! {
            () = &mut told_to_stop => break Ok(()),
            fault = beside.ended() => break Err(fault),
            late = opening::late(&districts, AGAIN) => beside.start(&late),
            () = manager.watch() => break Ok(()),
        }
    };
    manager.stopping();
    districts.iter().for_each(|district| district.stop());
    drop(beside);
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

/// What runs beside the requests, for each district from when it is open.
#[derive(Default)]
struct Beside {
    workers: JoinSet<()>,
    /// Each ends when somebody else has its district.
    lost: JoinSet<Fault>,
}

impl Beside {
    fn start(&mut self, district: &Arc<District>) {
        work::start(district, &mut self.workers);
        self.lost.spawn(lost(Arc::clone(district)));
        let engine = district.store().engine_name();
        tracing::info!("{} ({}) on {engine}", district.config.name, district.config.code);
    }

    /// Ends when something of it has, and says why.
    async fn ended(&mut self) -> Fault {
        tokio::select! {
            Some(Ok(fault)) = self.lost.join_next() => fault,
            fault = fallen(&mut self.workers) => fault,
        }
    }
}

async fn lost(district: Arc<District>) -> Fault {
    let by = district.lost().await;
    Fault::new(format!(
        "{} is in use by {by}, which took it over while the database was out of reach",
        district.config.name
    ))
}

/// Ends when a worker has, which none does but by a mistake of ours: without it notices, warnings
/// or the record would stand still, and every page would look well.
async fn fallen(workers: &mut JoinSet<()>) -> Fault {
    match workers.join_next().await {
        Some(Err(error)) => Fault::new(format!("a worker has fallen: {error}")),
        Some(Ok(())) => Fault::new("a worker has ended"),
        None => std::future::pending().await,
    }
}

/// The last word: every leaf has its place under a signed checkpoint, and the checkpoint is kept.
/// One district that cannot be closed so keeps none of the others from it.
pub fn finish(districts: &Districts) -> Result<(), Fault> {
    let mut told = Ok(());
    for district in districts.iter() {
        if let Err(fault) = close(district) {
            tracing::error!("closing {}: {fault}", district.config.name);
            told = told.and(Err(fault));
        }
    }
    told
}

fn close(district: &District) -> Result<(), Fault> {
    let name = &district.config.name;
    let placed = district.sequencer.drain_blocking(district.now());
    let placed = placed.map_err(|e| e.into_fault().context(name.clone()))?;
    record::seen::keep_newest(&district.dir, district.store(), true)?;
    tracing::info!("{name} closed; {placed} leaves were placed at the end");
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::{behind_the_door, populate};
    use crate::testing::{wiring, worlds};

    #[test]
    fn a_worker_that_falls_ends_the_server() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let fault = runtime.block_on(async {
            let mut workers = JoinSet::new();
            workers.spawn(std::future::pending());
            let fall: fn() = || panic!("a worker of the test");
            workers.spawn(async move { fall() });
            fallen(&mut workers).await
        });
        assert!(fault.to_string().contains("panic"), "{fault}");
    }

    #[test]
    fn a_district_that_cannot_be_closed_keeps_none_of_the_others_open() {
        let all = worlds(&wiring());
        for world in &all {
            populate(world, 1);
        }
        behind_the_door(&all[0], "delete from tile");
        let mut districts = Vec::new();
        for world in &all {
            world.plant(crate::people::PERSON, vec![crate::record::tests::person(world, "末")]);
            districts.push(Arc::clone(&world.district));
        }
        assert!(finish(&Districts::new(districts)).is_err());
        for world in &all[1..] {
            let waiting = "select count(*) from leaf where idx is null";
            assert_eq!(world.read(|tx| tx.count(waiting, &[])), 0);
        }
    }
}
