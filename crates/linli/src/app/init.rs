//! `linli init`: a new district, with the shipped duty list and catalogue, ready to be served.

use std::path::Path;

use super::wiring;
use crate::act::Failure;
use crate::base::{Clock, Fault};
use crate::district::{Config, District};
use crate::store::Hold;
use crate::territory::{divisions, found};
use crate::{catalogue, disclosure};

/// Makes the district in an empty folder. `division` is a code of the shipped table (GB/T 2260).
pub fn district(dir: &Path, division: &str, store: Option<&str>) -> Result<District, Fault> {
    let all = divisions::of_district(division)?;
    let first = all.first().filter(|first| first.code == division).ok_or_else(|| {
        Fault::new(format!("the division table has no district {division}: six digits, as 620802"))
            .known_as("no_division")
    })?;
    let mut config = Config::new(&first.name, division);
    if let Some(store) = store {
        config.store = store.to_owned();
    }
    let district = begin(dir, &config)?;
    found::found(&district.door, division).map_err(said)?;
    Ok(district)
}

/// Writes the settings, opens the database and puts the duty list and the catalogue into it.
pub(super) fn begin(dir: &Path, config: &Config) -> Result<District, Fault> {
    if dir.join(crate::district::CONFIG_FILE).exists() {
        return Err(Fault::new(format!("{} is a district already", dir.display()))
            .known_as("district_already"));
    }
    let _hold = Hold::take(&config.store_place(dir)?, "init")?;
    config.write(dir)?;
    let district = District::found(dir, Clock::default(), &wiring()?)?;
    disclosure::seed(&district.door).map_err(said)?;
    catalogue::seed::seed(&district.door).map_err(said)?;
    Ok(district)
}

/// A failure of an act, for the terminal.
pub(super) fn said(failure: Failure) -> Fault {
    match failure {
        Failure::Fault(fault) => fault,
        other => Fault::new(other.to_string()),
    }
}
