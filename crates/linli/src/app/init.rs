//! `linli init`: a new district, with the shipped duty list and catalogue, ready to be served.

use std::path::{Path, PathBuf};

use super::wiring;
use crate::act::Failure;
use crate::base::{Clock, Fault};
use crate::district::{Config, District};
use crate::store::{Hold, Place, Store};
use crate::territory::divisions::{self, Division};
use crate::territory::{DISTRICT, found};
use crate::{catalogue, disclosure};

/// What is typed after `linli init`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Asked {
    /// An empty folder.
    #[arg(long)]
    pub dir: PathBuf,
    /// The code of a county or district (GB/T 2260), such as 620802.
    #[arg(long)]
    pub division: String,
    /// `postgres://…?schema=NAME` instead of an SQLite file in the folder.
    #[arg(long)]
    pub store: Option<String>,
    /// The name of the public record, such as linli.example.cn/620802: it cannot change once the
    /// district has been served. Left out, it is localhost/CODE, which is for trying only.
    #[arg(long)]
    pub origin: Option<String>,
    /// The address people will use, such as <https://linli.example.cn>.
    #[arg(long)]
    pub address: Option<String>,
}

/// Makes the district in an empty folder, from the shipped table.
pub fn district(asked: &Asked) -> Result<District, Fault> {
    let dir = asked.dir.as_path();
    let division = asked.division.as_str();
    let all = divisions::of_district(division)?;
    let whole = |first: &&Division| first.code == division && first.level() == DISTRICT;
    let first = all.first().filter(whole).ok_or_else(|| {
        Fault::new(format!("the division table has no district {division}: six digits, as 620802"))
            .known_as("no_division")
    })?;
    let mut config = Config::new(&first.name, division);
    config.store = asked.store.clone().unwrap_or(config.store);
    config.origin = asked.origin.clone().unwrap_or(config.origin);
    config.address = asked.address.clone().unwrap_or(config.address);
    let district = begin(dir, &config)?;
    found::found(&district.door, division).map_err(said).inspect_err(|_| unsettle(dir))?;
    Ok(district)
}

/// Writes the settings, opens the database and puts the duty list and the catalogue into it.
/// Settings without a database would be neither a district nor an empty folder, so where it fails
/// they go again.
pub(super) fn begin(dir: &Path, config: &Config) -> Result<District, Fault> {
    if dir.join(crate::district::CONFIG_FILE).exists() {
        return Err(Fault::new(format!("{} is a district already", dir.display()))
            .known_as("district_already"));
    }
    let place = config.store_place(dir)?;
    let _hold = Hold::take(&place, "init")?;
    refuse_founded(&place)?;
    config.write(dir)?;
    laid(dir).inspect_err(|_| unsettle(dir))
}

/// Fresh keys would open nothing in the database of a district that lost its settings.
fn refuse_founded(place: &Place) -> Result<(), Fault> {
    match Store::open(place) {
        Ok(_) => {
            let fault = Fault::new("the database is that of a district, whose settings are gone");
            Err(fault.known_as("database_already"))
        }
        // There is none yet; what else is wrong is told when one is to be made.
        Err(_) => Ok(()),
    }
}

fn unsettle(dir: &Path) {
    if let Err(error) = std::fs::remove_file(dir.join(crate::district::CONFIG_FILE)) {
        tracing::warn!("the settings in {} stay: {error}", dir.display());
    }
}

fn laid(dir: &Path) -> Result<District, Fault> {
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
