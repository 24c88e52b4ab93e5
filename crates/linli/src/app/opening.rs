//! The districts of a process are opened, and those that cannot be are tried again.
//!
//! One that cannot be opened keeps none of the others from being served (decision 26).

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::init::said;
use super::wiring;
use crate::base::{Clock, Fault};
use crate::disclosure;
use crate::district::{Config, District, Districts, Hosted, Wiring};
use crate::store::Place;

/// Those that could not be opened are tried so often.
pub const AGAIN: Duration = Duration::from_secs(10);

/// Opens each folder as a district, and holds it. Where none can be opened, the settings of one
/// cannot be read, or two cannot be told apart, it is a fault.
pub fn open(dirs: &[PathBuf], clock: &Clock) -> Result<Districts, Fault> {
    if dirs.is_empty() {
        return Err(Fault::new("no district: name a folder with --dir, or make one with `init`"));
    }
    let shut = dirs.iter().map(|dir| Ok(Hosted::shut(dir, Config::read(dir)?)));
    let districts = Districts::of(shut.collect::<Result<_, Fault>>()?);
    told_apart(districts.all().map(|one| (one.dir.as_path(), one.config())))?;
    warn_of_unlikely(&districts);
    let wiring = wiring()?;
    let mut first = None;
    for one in districts.all() {
        if let Err(fault) = open_one(&districts, one, clock, &wiring) {
            if dirs.len() > 1 {
                tell(one, &fault);
            }
            first.get_or_insert(fault);
        }
    }
    match first {
        Some(fault) if districts.iter().next().is_none() => Err(fault),
        _ => Ok(districts),
    }
}

/// What may be meant, and seldom is.
fn warn_of_unlikely(districts: &Districts) {
    for (at, one) in districts.all().enumerate() {
        let config = one.config();
        if districts.all().take(at).any(|other| other.config().code == config.code) {
            tracing::warn!("{} ({}) is served from two folders", config.name, config.code);
        }
        if at > 0 && config.hosts.is_empty() {
            let folder = one.dir.display();
            tracing::warn!("no browser comes to {folder}: its district.toml names no `hosts`");
        }
    }
}

fn open_one(
    districts: &Districts,
    one: &Hosted,
    clock: &Clock,
    wiring: &Wiring,
) -> Result<Arc<District>, Fault> {
    let district = District::open_held(&one.dir, clock.clone(), wiring, "serve")?;
    let rows = disclosure::bring(&district).map_err(said)?;
    if rows > 0 {
        let name = &district.config.name;
        tracing::info!("{name}: rows that this program brought to the duty list: {rows}");
    }
    // Its settings may have been mended since the start.
    told_apart(districts.all().map(|other| {
        let now = if std::ptr::eq(other, one) { &district.config } else { other.config() };
        (other.dir.as_path(), now)
    }))?;
    let district = Arc::new(district);
    one.put(Arc::clone(&district));
    Ok(district)
}

fn tell(one: &Hosted, fault: &Fault) {
    let (name, dir) = (&one.config().name, one.dir.display());
    tracing::error!("{name} ({dir}) cannot be opened, and its addresses answer 503: {fault}");
}

/// Of two districts with one host name the first would take the reports of both; one database is
/// one district.
fn told_apart<'d>(all: impl Iterator<Item = (&'d Path, &'d Config)>) -> Result<(), Fault> {
    let wrong = |what: String| Err(Fault::new(what).known_as("wrong_settings"));
    let (mut hosts, mut places) = (HashMap::new(), HashMap::new());
    for (dir, config) in all {
        let two = |other: &Path| format!("{} and {}", other.display(), dir.display());
        if let Some(other) = places.insert(place_of(dir, config)?, dir) {
            return wrong(format!("{}: linli serve takes a database once", two(other)));
        }
        for host in &config.hosts {
            if let Some(other) = hosts.insert(host.to_ascii_lowercase(), dir)
                && other != dir
            {
                return wrong(format!("hosts: {host} leads to two districts, {}", two(other)));
            }
        }
    }
    Ok(())
}

/// Where the database lies, whichever way leads there.
fn place_of(dir: &Path, config: &Config) -> Result<String, Fault> {
    Ok(match config.store_place(dir)? {
        Place::File(path) => path.canonicalize().unwrap_or(path).display().to_string(),
        Place::Schema { url, schema } => format!("{url} {schema}"),
    })
}

/// Ends when one of the districts that could not be opened is open; never where all are.
pub async fn late(districts: &Districts, every: Duration) -> Arc<District> {
    while districts.all().any(|one| one.district().is_none()) {
        tokio::time::sleep(every).await;
        let of = districts.clone();
        match tokio::task::spawn_blocking(move || try_again(&of)).await {
            Ok(Some(district)) => return district,
            Ok(None) => {}
            Err(error) => tracing::error!("opening a district: {error}"),
        }
    }
    std::future::pending().await
}

/// Tries each that is not open; gives the first that is open now.
fn try_again(districts: &Districts) -> Option<Arc<District>> {
    let wiring = wiring().map_err(|fault| tracing::error!("{fault}")).ok()?;
    for one in districts.all().filter(|one| one.district().is_none()) {
        // Who waits for the end of the program does not wait for this.
        if districts.iter().any(|open| open.is_stopping()) {
            return None;
        }
        match open_one(districts, one, &Clock::default(), &wiring) {
            Ok(district) => return Some(district),
            Err(fault) => tell(one, &fault),
        }
    }
    None
}

#[cfg(test)]
mod tests;
