//! `linli serve`: opens the districts and answers until it is told to stop.

use std::collections::HashMap;
use std::future::IntoFuture as _;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::select_all;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::manager::Manager;
use super::{router, wiring, work};
use crate::base::{Clock, Fault};
use crate::district::{Config, District, Districts};
use crate::people::first_run;
use crate::record;
use crate::store::{ReadTx, StoreError};
use crate::territory;
use crate::words::Lang;

/// Opens each folder as a district, and holds it.
pub fn open(dirs: &[PathBuf], clock: &Clock) -> Result<Districts, Fault> {
    let wiring = wiring()?;
    let open = |dir: &PathBuf| -> Result<Arc<District>, Fault> {
        let district = District::open_held(dir, clock.clone(), &wiring, "serve")?;
        refuse_other_code(&district)?;
        Ok(Arc::new(district))
    };
    let all: Vec<Arc<District>> = dirs.iter().map(open).collect::<Result<_, _>>()?;
    if all.is_empty() {
        return Err(Fault::new("no district: name a folder with --dir, or make one with `init`"));
    }
    told_apart(all.iter().map(|one| (one.dir.as_path(), &one.config)))?;
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

/// Under another code than its own a district would find none of its places.
fn refuse_other_code(district: &District) -> Result<(), Fault> {
    let named = district.config.code.clone();
    let look = move |tx: &ReadTx<'_>| territory::other_district(tx, &named);
    let Some(other) = district.store().read_blocking(look).map_err(StoreError::into_fault)? else {
        return Ok(());
    };
    let code = &district.config.code;
    let what = format!("code: the database is that of {other}, the settings say {code}");
    Err(Fault::new(what).known_as("other_code"))
}

/// Of two districts with one host name the first would take the reports of both.
fn told_apart<'d>(all: impl Iterator<Item = (&'d Path, &'d Config)>) -> Result<(), Fault> {
    let mut taken: HashMap<String, &Path> = HashMap::new();
    for (dir, config) in all {
        for host in &config.hosts {
            if let Some(other) = taken.insert(host.to_ascii_lowercase(), dir)
                && other != dir
            {
                let (one, two) = (other.display(), dir.display());
                let what = format!("hosts: {host} leads to two districts, {one} and {two}");
                return Err(Fault::new(what).known_as("wrong_settings"));
            }
        }
    }
    Ok(())
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
    let mut workers = JoinSet::new();
    for district in districts.iter() {
        work::start(district, &mut workers);
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
        fault = fallen(&mut workers) => Err(fault),
        () = manager.watch() => Ok(()),
    };
    manager.stopping();
    districts.iter().for_each(|district| district.stop());
    workers.abort_all();
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
    fn two_districts_do_not_share_a_host_name() {
        let named = |host: &str| Config { hosts: vec![host.to_owned()], ..Config::new("区", "1") };
        let (one, same, other) = (named("a.example.cn"), named("A.example.cn"), named("b.cn"));
        let apart =
            |second| told_apart([(Path::new("one"), &one), (Path::new("two"), second)].into_iter());
        assert!(apart(&other).is_ok());
        let told = apart(&same).unwrap_err().to_string();
        assert!(told.contains("one") && told.contains("two"), "{told}");
    }

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
