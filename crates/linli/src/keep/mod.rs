//! Keeping a district safe: moving it between engines, backups and what is restored from them, and
//! the doctor, who looks whether everything is in order and says what to do.

pub mod backup;
pub mod copy;
pub mod doctor;
mod files;
pub mod manifest;
pub mod restore;
#[cfg(test)]
mod tests;

use std::path::Path;

use crate::base::Fault;
use crate::district::Config;
use crate::store::{Store, StoreError};
use crate::territory;

/// The district's database, where it is the one that the settings name.
fn open_own(dir: &Path, config: &Config) -> Result<Store, Fault> {
    let store = open_existing(dir, config)?;
    territory::refuse_other_district(&store, config)?;
    Ok(store)
}

/// The database as it stands, whosesoever it is: for those who say what is wrong with it.
fn open_existing(dir: &Path, config: &Config) -> Result<Store, Fault> {
    Store::open(&config.store_place(dir)?).map_err(StoreError::into_fault)
}
