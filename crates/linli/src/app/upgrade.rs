//! `linli migrate`: a district's database and its duty list are brought to this program.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use super::{init, wiring};
use crate::base::{Clock, Fault};
use crate::district::{Config, District};
use crate::store::{Store, StoreError, migrate};
use crate::words::Lang;
use crate::{disclosure, territory};

/// Does what waits, or with `dry_run` says it; each step by its name, then what came of it.
pub fn run(dir: &Path, dry_run: bool, lang: Lang, out: &mut dyn Write) -> Result<(), Fault> {
    let config = Config::read(dir)?;
    let (place, fault) = (config.store_place(dir)?, StoreError::into_fault);
    let store = Store::open(&place).map_err(fault)?;
    territory::refuse_other_district(&store, &config)?;
    let names: Vec<String> = if dry_run {
        migrate::pending(&store).map_err(fault)?.into_iter().map(|m| m.name).collect()
    } else {
        migrate::alone(&store, &place).map_err(fault)?
    };
    for name in &names {
        writeln!(out, "{name}")?;
    }
    let at = migrate::version(&store).map_err(fault)?;
    let brought = match at {
        // There is no list yet.
        0 => BTreeSet::new(),
        _ => store.read_blocking(disclosure::waiting).map_err(fault)?,
    };
    let say = |code: &str, of: &[(&str, &str)]| {
        let name = [("name", config.name.as_str())];
        lang.fill(code, &name.iter().chain(of).copied().collect::<Vec<_>>())
    };
    let at = at.to_string();
    let code = match (names.is_empty(), dry_run) {
        (true, _) if brought.is_empty() => "app.migrate.nothing",
        (true, _) => "app.migrate.newest",
        (false, true) => "app.migrate.waiting",
        (false, false) => "app.migrate.done",
    };
    writeln!(out, "{}", say(code, &[("at", &at)]))?;
    if brought.is_empty() {
        return Ok(());
    }
    drop(store);
    let code = if dry_run { "app.migrate.duties_waiting" } else { "app.migrate.duties" };
    if !dry_run {
        let district = District::open_held(dir, Clock::default(), &wiring()?, "migrate")?;
        disclosure::bring(&district).map_err(init::said)?;
    }
    let brought = brought.into_iter().collect::<Vec<_>>().join(", ");
    writeln!(out, "{}", say(code, &[("new", &brought)]))?;
    Ok(())
}
