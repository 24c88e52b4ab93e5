//! Imports of boundaries, and what each of them brought.

use super::{BOUNDARY, PLACE, place};
use crate::act::upper_bound;
use crate::base::{Id, Instant};
use crate::params;
use crate::store::schema::Table;
use crate::store::{ReadTx, Row, StoreError, WriteTx};
use crate::territory::Place;

pub const BOUNDARY_IMPORT: Table = Table::recorded("boundary_import");

const BY_ID: &str = "
    select i.id, p.id, p.code, p.name, i.at, i.entered, i.drawn, i.undone_at
    from boundary_import i join place p on p.id = i.place_id where i.id = $1";
const BELOW: &str = "
    select i.id, p.id, p.code, p.name, i.at, i.entered, i.drawn, i.undone_at
    from boundary_import i join place p on p.id = i.place_id
    where p.path >= $1 and p.path < $2 and p.valid_to is null
    order by i.at desc, i.id desc limit $3";
const ADD: &str = "
    insert into boundary_import (id, place_id, at, entered, drawn) values ($1, $2, $3, $4, $5)";
const UNDO: &str = "update boundary_import set undone_at = $2 where id = $1 and undone_at is null";

const ENTERED: &str = places!("where p.import_id = $1 order by p.path desc, p.id");
const DRAWN: &str = "
    select b.id, b.place_id, b.valid_from, b.valid_to from boundary b where b.import_id = $1
    order by b.id";
const BEFORE: &str = "
    select b.id, b.geojson from boundary b
    where b.place_id = $1 and b.valid_to = $2 and b.id <> $3
    order by b.valid_from desc, b.id desc";
const OTHERS_BELOW: &str = "
    select count(*) from place
    where parent_id = $1 and (import_id is null or import_id <> $2)";
const CHANGED: &str = "select count(*) from place_past where place_id = $1";
const OTHERS_DRAWN: &str = "
    select count(*) from boundary
    where place_id = $1 and (import_id is null or import_id <> $2)";
const ADDRESSES_IN: &str = "select count(*) from address where place_id = $1";

const DROP_OUTLINE: &str = "delete from boundary where id = $1";
const REVIVE_OUTLINE: &str = "update boundary set valid_to = null where id = $1";
const DROP_PLACE: &str = "delete from place where id = $1";

/// One file of boundaries that was taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    pub id: Id,
    /// The place it was made for: all it brought lies there.
    pub place: Id,
    pub code: String,
    pub name: String,
    pub at: Instant,
    /// Places it entered.
    pub entered: i64,
    /// Boundaries it drew.
    pub drawn: i64,
    pub undone_at: Option<Instant>,
}

fn import(row: &Row<'_>) -> Result<Import, StoreError> {
    Ok(Import {
        id: row.get(0)?,
        place: row.get(1)?,
        code: row.get(2)?,
        name: row.get(3)?,
        at: row.get(4)?,
        entered: row.get(5)?,
        drawn: row.get(6)?,
        undone_at: row.get(7)?,
    })
}

pub fn by_id(tx: &ReadTx<'_>, id: &Id) -> Result<Option<Import>, StoreError> {
    tx.row(BY_ID, params![id], import)
}

/// The newest imports made for the place at `path` or one below it.
pub fn below(tx: &ReadTx<'_>, path: &str, most: i64) -> Result<Vec<Import>, StoreError> {
    tx.rows(BELOW, params![path, upper_bound(path), most], import)
}

pub(in crate::territory) fn add(
    tx: &mut WriteTx<'_>,
    (id, place): (&Id, &Id),
    at: Instant,
    (entered, drawn): (i64, i64),
) -> Result<(), StoreError> {
    tx.write(BOUNDARY_IMPORT, id, ADD, params![id, place, at, entered, drawn])?;
    Ok(())
}

/// Gives `false` when it was undone before.
pub(in crate::territory) fn end(
    tx: &mut WriteTx<'_>,
    id: &Id,
    at: Instant,
) -> Result<bool, StoreError> {
    Ok(tx.write(BOUNDARY_IMPORT, id, UNDO, params![id, at])? == 1)
}

/// The places an import entered, the deepest first.
pub fn entered(tx: &ReadTx<'_>, import: &Id) -> Result<Vec<Place>, StoreError> {
    tx.rows(ENTERED, params![import], place)
}

/// A boundary that an import drew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    pub id: Id,
    pub place: Id,
    pub valid_from: Instant,
    pub valid_to: Option<Instant>,
}

pub fn drawn(tx: &ReadTx<'_>, import: &Id) -> Result<Vec<Outline>, StoreError> {
    tx.rows(DRAWN, params![import], |row| {
        let (id, place) = (row.get(0)?, row.get(1)?);
        Ok(Outline { id, place, valid_from: row.get(2)?, valid_to: row.get(3)? })
    })
}

/// The boundary that ended when this one began, with its id.
pub fn before(tx: &ReadTx<'_>, outline: &Outline) -> Result<Option<(Id, String)>, StoreError> {
    let params = params![outline.place, outline.valid_from, outline.id];
    tx.row(BEFORE, params, |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Places right under one that the import did not bring, past ones too.
pub fn others_below(tx: &ReadTx<'_>, place: &Id, import: &Id) -> Result<i64, StoreError> {
    tx.count(OTHERS_BELOW, params![place, import])
}

/// How often a place got another code, level or name.
pub fn changes(tx: &ReadTx<'_>, place: &Id) -> Result<i64, StoreError> {
    tx.count(CHANGED, params![place])
}

/// Boundaries of a place that the import did not bring.
pub fn others_drawn(tx: &ReadTx<'_>, place: &Id, import: &Id) -> Result<i64, StoreError> {
    tx.count(OTHERS_DRAWN, params![place, import])
}

pub fn addresses_in(tx: &ReadTx<'_>, place: &Id) -> Result<i64, StoreError> {
    tx.count(ADDRESSES_IN, params![place])
}

/// Takes a boundary away; the one it followed, if any, is in force again.
pub(in crate::territory) fn undraw(
    tx: &mut WriteTx<'_>,
    outline: &Id,
    before: Option<&Id>,
) -> Result<(), StoreError> {
    tx.write(BOUNDARY, outline, DROP_OUTLINE, params![outline])?;
    if let Some(before) = before {
        tx.write(BOUNDARY, before, REVIVE_OUTLINE, params![before])?;
    }
    Ok(())
}

/// Takes a place away of which nothing else remains; the record keeps that it was there.
pub(in crate::territory) fn remove(tx: &mut WriteTx<'_>, place: &Id) -> Result<(), StoreError> {
    tx.write(PLACE, place, DROP_PLACE, params![place])?;
    Ok(())
}
