//! Keeping a district safe: moving it between engines, backups and what is restored from them, and
//! the doctor, who looks whether everything is in order and says what to do.

pub mod backup;
pub mod copy;
pub mod doctor;
mod files;
mod manifest;
pub mod restore;
#[cfg(test)]
mod tests;

use std::path::Path;

use crate::base::Fault;
use crate::district::Config;
use crate::store::{Place, Store, StoreError};

fn fault(error: StoreError) -> Fault {
    match error {
        StoreError::Fault(fault) => fault,
        other => Fault::new(other.to_string()),
    }
}

/// The district's database as it stands; a file that is not there is not made.
fn open_existing(dir: &Path, config: &Config) -> Result<Store, Fault> {
    let place = config.store_place(dir)?;
    if let Place::File(path) = &place
        && !path.exists()
    {
        return Err(Fault::new(format!("there is no database {}", path.display())));
    }
    Store::open(&place).map_err(fault)
}
