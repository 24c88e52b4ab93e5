//! `linli init`: a new district, with the shipped duty list and catalogue, ready to be served.

use std::path::{Path, PathBuf};

use super::wiring;
use crate::act::Failure;
use crate::base::{Clock, Fault};
use crate::district::{Config, District};
use crate::store::{Hold, Place, Store};
use crate::territory::divisions::{self, Division};
use crate::territory::found;
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

/// GB/T 2260: two digits each for the province, the city and the county.
const COUNTY_DIGITS: usize = 6;

/// Makes the district in an empty folder, from the shipped table.
pub fn district(asked: &Asked) -> Result<District, Fault> {
    let dir = asked.dir.as_path();
    let division = asked.division.as_str();
    let first = county(division)?;
    let mut config = Config::new(&first.name, division);
    config.store = asked.store.clone().unwrap_or(config.store);
    config.origin = asked.origin.clone().unwrap_or(config.origin);
    config.address = asked.address.clone().unwrap_or(config.address);
    begin(dir, &config, |district| found::found(&district.door, division).map_err(said).map(drop))
}

/// The county of the shipped table that has the code. A province or a city begins codes as well,
/// and a street goes on with one: none of them is a district by itself.
fn county(code: &str) -> Result<Division, Fault> {
    let first = divisions::of_district(code)?.into_iter().next();
    first.filter(|first| code.len() == COUNTY_DIGITS && first.code == code).ok_or_else(|| {
        Fault::new(format!("the division table has no district {code}: six digits, as 620802"))
            .known_as("no_division")
    })
}

/// Writes the settings, opens the database, puts the duty list and the catalogue into it, and
/// goes on with what `then` does. A database without its settings, or settings without a database,
/// would be neither a district nor an empty folder, so where it fails all that was made goes again.
pub(super) fn begin(
    dir: &Path,
    config: &Config,
    then: impl FnOnce(&District) -> Result<(), Fault>,
) -> Result<District, Fault> {
    if dir.join(crate::district::CONFIG_FILE).exists() {
        return Err(Fault::new(format!("{} is a district already", dir.display()))
            .known_as("district_already"));
    }
    // What cannot be is told before a folder is made for it.
    Config::parse(&config.text()?)?;
    let place = config.store_place(dir)?;
    let _hold = Hold::take(&place, "init")?;
    refuse_founded(&place)?;
    let made = Made::by(dir, config, &place);
    let laid = config.write(dir).and_then(|()| laid(dir, then));
    laid.inspect_err(|_| made.clear())
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

/// What an `init` makes in the folder. The lock stays: somebody may wait for it, and it keeps
/// nobody out. A schema of a PostgreSQL server is its administrator's to drop.
struct Made(Vec<PathBuf>);

impl Made {
    /// What is there before is not ours to take away.
    fn by(dir: &Path, config: &Config, place: &Place) -> Made {
        let mut files = vec![dir.join(crate::district::CONFIG_FILE), config.key_file(dir)];
        if let Place::File(database) = place {
            let beside = |ending: &str| {
                let mut name = database.file_name().unwrap_or_default().to_owned();
                name.push(ending);
                database.with_file_name(name)
            };
            files.extend(["", "-wal", "-shm"].map(beside));
        }
        files.extend(config.key_file(dir).parent().map(Path::to_owned));
        files.retain(|file| !file.exists());
        Made(files)
    }

    fn clear(&self) {
        for path in self.0.iter().filter(|path| path.exists()) {
            let gone = match path.is_dir() {
                true => std::fs::remove_dir(path),
                false => std::fs::remove_file(path),
            };
            if let Err(error) = gone {
                tracing::warn!("{} stays: {error}", path.display());
            }
        }
    }
}

/// The database is closed again where it fails.
fn laid(dir: &Path, then: impl FnOnce(&District) -> Result<(), Fault>) -> Result<District, Fault> {
    let district = District::found(dir, Clock::default(), &wiring()?)?;
    disclosure::seed(&district.door).map_err(said)?;
    catalogue::seed::seed(&district.door).map_err(said)?;
    then(&district)?;
    Ok(district)
}

/// A failure of an act, for the terminal.
pub(super) fn said(failure: Failure) -> Fault {
    match failure {
        Failure::Fault(fault) => fault,
        other => Fault::new(other.to_string()),
    }
}
