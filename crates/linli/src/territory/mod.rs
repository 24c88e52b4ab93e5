//! temporary
use crate::base::Id; use crate::store::{ReadTx, StoreError}; use crate::params;
#[derive(Clone, Debug)] pub struct Place { pub id: Id, pub code: String, pub level: String, pub name: String, pub path: String }
const BY_CODE: &str = "select id, code, level, name, path from place where code = $1 and valid_to is null";
pub fn place_by_code(tx: &ReadTx<'_>, code: &str) -> Result<Option<Place>, StoreError> {
    tx.row(BY_CODE, params![code], |row| Ok(Place { id: row.get(0)?, code: row.get(1)?, level: row.get(2)?, name: row.get(3)?, path: row.get(4)? }))
}
pub fn grid_at(_d: &crate::district::District, _tx: &ReadTx<'_>, _lat_e7: i64, _lng_e7: i64) -> Result<Option<Place>, StoreError> { Ok(None) }
