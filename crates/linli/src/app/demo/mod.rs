//! `linli demo`: an invented district, 邻江区, over a real map, with people and a living history.
//!
//! Everything goes through the door, as the people it is told of would have done it, at the time
//! they would have done it. Act ids follow from the data, so a run that was cut off goes on where
//! it was.

mod people;
mod stories;

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use include_dir::{Dir, include_dir};

use super::{init, wiring};
use crate::base::{Clock, Fault};
use crate::district::{CONFIG_FILE, Config, District};
use crate::people::seed;
use crate::store::{Hold, Place};
use crate::territory::found;
use crate::words::Lang;

static DATA: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/data/demo");

const NAME: &str = "邻江区";
const CODE: &str = "990101";
/// Written when the demonstration is whole.
const DONE: &str = "demo.done";

/// What the demonstration is made with.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// A PostgreSQL place instead of a file.
    pub store: Option<String>,
    /// The address people use.
    pub address: Option<String>,
}

/// Makes the demo district in `dir`, or leaves it as it is when it is there already, but for the
/// address it is given.
pub fn run(dir: &Path, asked: &Asked) -> Result<(), Fault> {
    if dir.join(CONFIG_FILE).exists() {
        readdress(dir, asked)?;
    }
    if dir.join(DONE).exists() {
        return Ok(());
    }
    let district = open(dir, asked)?;
    tell("places");
    let (places, addresses) = (text("places.geojson")?, text("addresses.tsv")?);
    if !has_places(&district)? {
        found::seed_demo(&district.door, places, addresses).map_err(init::said)?;
    }
    tell("people");
    let cast = people::Cast::seed(&district)?;
    tell("stories");
    stories::play(&district, &cast, text("stories.toml")?)?;
    crate::notice::catch_up(&district, district.now().plus_days(-1))
        .map_err(|e| Fault::new(e.to_string()))?;
    // The holder of the key that the interfaces are tried with: the operations centre's dispatcher.
    crate::people::keys::demo(&district.door, "nieguanhai").map_err(init::said)?;
    std::fs::write(dir.join(DONE), "")?;
    Ok(())
}

/// Tells whom one can sign in as.
pub fn tell_personas(lang: Lang, out: &mut dyn Write) -> Result<(), Fault> {
    writeln!(out, "{}", lang.with("people.demo.terminal", &seed::DEMO_PASSWORD))?;
    for persona in seed::demo_people()?.personas(lang) {
        writeln!(out, "  {:<18} {}", persona.login, persona.title)?;
    }
    Ok(())
}

fn open(dir: &Path, asked: &Asked) -> Result<Arc<District>, Fault> {
    if dir.join(CONFIG_FILE).exists() {
        let district = District::open_held(dir, Clock::default(), &wiring()?, "demo")?;
        crate::disclosure::seed(&district.door).map_err(init::said)?;
        crate::catalogue::seed::seed(&district.door).map_err(init::said)?;
        return Ok(Arc::new(district));
    }
    let mut config = Config::new(NAME, CODE);
    config.demo = true;
    if let Some(store) = &asked.store {
        Place::parse(store)?;
        config.store.clone_from(store);
    }
    if let Some(address) = &asked.address {
        config.address.clone_from(address);
    }
    Ok(Arc::new(init::begin(dir, &config, |_| Ok(()))?))
}

/// Links, receipts and feeds bear the address of the settings: a demonstration that is served at
/// another one from now on is told so. A real district's are its operator's.
fn readdress(dir: &Path, asked: &Asked) -> Result<(), Fault> {
    let config = Config::read(dir)?;
    if !config.demo {
        let what = format!("{} is a real district, not a demonstration", dir.display());
        return Err(Fault::new(what));
    }
    let Some(address) = asked.address.as_ref().filter(|given| **given != config.address) else {
        return Ok(());
    };
    let _held = Hold::take(&config.store_place(dir)?, "demo")?;
    Config::switch_address(dir, address)
}

fn has_places(district: &Arc<District>) -> Result<bool, Fault> {
    let found = district
        .store()
        .read_blocking(|tx| crate::territory::place_by_code(tx, "99010100200303"))
        .map_err(|e| Fault::new(e.to_string()))?;
    Ok(found.is_some())
}

fn text(name: &str) -> Result<&'static str, Fault> {
    let file = DATA.get_file(name).and_then(|file| file.contents_utf8());
    file.ok_or_else(|| Fault::new(format!("data/demo/{name} is missing")))
}

fn bytes(name: &str) -> Result<&'static [u8], Fault> {
    let file = DATA.get_file(format!("photos/{name}")).map(|file| file.contents());
    file.ok_or_else(|| Fault::new(format!("data/demo/photos/{name} is missing")))
}

fn tell(what: &str) {
    tracing::info!("demo district: {what}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_demonstration_takes_the_address_that_it_is_served_at() {
        let asked = Asked { address: Some("http://127.0.0.1:8181".to_owned()), store: None };
        for demo in [true, false] {
            let folder = tempfile::tempdir().unwrap();
            let config = Config { demo, ..Config::new(NAME, CODE) };
            config.write(folder.path()).unwrap();
            std::fs::write(folder.path().join(DONE), "").unwrap();
            let ran = run(folder.path(), &asked);
            let now = Config::read(folder.path()).unwrap().address;
            match demo {
                true => assert_eq!((ran.is_ok(), now.as_str()), (true, "http://127.0.0.1:8181")),
                false => assert_eq!((ran.is_ok(), now), (false, config.address)),
            }
            let amiss = Asked { address: Some("no address".to_owned()), store: None };
            assert!(run(folder.path(), &amiss).is_err());
            Config::read(folder.path()).unwrap();
        }
    }
}
