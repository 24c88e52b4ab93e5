//! The only SQL that names places, boundaries, descent and addresses.

use super::{Place, Point};
use crate::act::upper_bound;
use crate::base::{Id, Instant, sort};
use crate::params;
use crate::store::schema::Table;
use crate::store::{ReadTx, Row, StoreError, WriteTx};

pub const PLACE: Table = Table::recorded("place");
pub const BOUNDARY: Table = Table::recorded("boundary");
pub const PLACE_PAST: Table = Table::recorded("place_past");
pub const PLACE_DESCENT: Table = Table::recorded("place_descent");
pub const ADDRESS: Table = Table::recorded("address");
const SETTING: Table = Table::recorded("setting");

macro_rules! places {
    ($rest:literal) => {
        concat!(
            "select p.id, p.code, p.level, p.name, p.parent_id, p.path, p.seat_lat_e7, ",
            "p.seat_lng_e7, p.valid_from, p.valid_to, p.version from place p ",
            $rest
        )
    };
}

pub mod import;

const BY_ID: &str = places!("where p.id = $1");
const BY_CODE: &str = places!("where p.code = $1 and p.valid_to is null");
const BY_CODE_EVER: &str =
    places!("where p.code = $1 order by p.valid_to desc nulls first, p.id desc");
const BY_CODE_PAST: &str = places!(
    "join place_past h on h.place_id = p.id where h.code = $1 order by h.until desc, h.id desc"
);
const BY_PATH: &str = places!("where p.path = $1 order by p.valid_to desc nulls first, p.id desc");
const CHILDREN: &str =
    places!("where p.parent_id = $1 and p.valid_to is null order by p.sort_key, p.id");
const ROOTS: &str =
    places!("where p.parent_id is null and p.valid_to is null order by p.sort_key, p.id");
const EVERY: &str = places!("order by p.path, p.valid_from, p.id");
const UNDER: &str =
    places!("where p.path >= $1 and p.path < $2 and p.valid_to is null order by p.path, p.id");
const CAME_OF: &str = places!(
    "join place_descent d on d.new_place_id = p.id where d.old_place_id = $1
     order by case when d.kind = 'heir' then 0 else 1 end, p.code, p.id"
);
const REPLACED: &str = places!(
    "where p.valid_to is not null
       and exists (select 1 from place_descent d where d.old_place_id = p.id)
     order by p.path, p.id"
);
const CAME_FROM: &str = places!(
    "join place_descent d on d.old_place_id = p.id where d.new_place_id = $1 order by p.code, p.id"
);
const PATH_USED: &str = "select count(*) from place where path = $1";
const CODE_USED: &str = "select count(*) from place where code = $1 and valid_to is null";
const HAS_CHILDREN: &str = "select count(*) from place where parent_id = $1 and valid_to is null";

const ADD_PLACE: &str = "
    insert into place (id, code, level, name, parent_id, path, sort_key, seat_lat_e7, seat_lng_e7,
                       valid_from, import_id, version)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)";
const CHANGE_PLACE: &str = "
    update place set code = $3, level = $4, name = $5, sort_key = $6, version = version + 1
    where id = $1 and version = $2 and valid_to is null";
const TOUCH_PLACE: &str = "
    update place set version = version + 1
    where id = $1 and version = $2 and valid_to is null";
const RAISE_PLACE: &str = "update place set version = version + 1 where id = $1";
const KEEP_PAST: &str = "
    insert into place_past (id, place_id, code, level, name, until)
    values ($1, $2, $3, $4, $5, $6)";
const PAST: &str = "
    select code, level, name, until from place_past where place_id = $1 order by until, id";
const END_PLACE: &str = "
    update place set valid_to = $3, version = version + 1
    where id = $1 and version = $2 and valid_to is null";
const ADD_DESCENT: &str = "
    insert into place_descent (id, old_place_id, new_place_id, kind, at)
    values ($1, $2, $3, $4, $5)";

const OUTLINE: &str =
    "select id, geojson from boundary where place_id = $1 and valid_to is null order by id";
const LAST_OUTLINE: &str = "
    select id, geojson from boundary where place_id = $1 order by valid_from desc, id desc";
const OUTLINES: &str = "
    select b.place_id, b.geojson from boundary b join place p on p.id = b.place_id
    where b.valid_to is null and p.valid_to is null order by b.place_id, b.id";
const OUTLINES_OF: &str = "
    select b.valid_from, b.valid_to from boundary b where b.place_id = $1
    order by b.valid_from, b.id";
const ADD_OUTLINE: &str = "
    insert into boundary (id, place_id, geojson, valid_from, import_id)
    values ($1, $2, $3, $4, $5)";
const END_OUTLINE: &str = "update boundary set valid_to = $2 where id = $1 and valid_to is null";

const VERSION: &str = "select version from setting where id = 'territory'";
const BUMP: &str = "
    insert into setting (id, value, version) values ('territory', '', 1)
    on conflict (id) do update set version = setting.version + 1";

const ADD_ADDRESS: &str = "
    insert into address (id, place_id, place_path, text, sort_key, lat_e7, lng_e7)
    values ($1, $2, $3, $4, $5, $6, $7)";
const ADDRESS_KNOWN: &str = "select count(*) from address where place_path = $1 and text = $2";
const ADDRESSES: &str = "
    select a.id, a.text, a.place_id, a.place_path, a.lat_e7, a.lng_e7 from address a
    where a.place_path >= $1 and a.place_path < $2
      and (lower(a.text) like $3 or a.sort_key like $3)
    order by case when lower(a.text) = $6 then 0
                  when lower(a.text) like $4 or a.sort_key like $4 then 1 else 2 end,
             a.sort_key, a.id
    limit $5";
const ADDRESSES_UNDER: &str = "
    select a.id, a.text, a.place_id, a.place_path, a.lat_e7, a.lng_e7 from address a
    where a.place_path >= $1 and a.place_path < $2
    order by a.sort_key, a.id
    limit $3";
const REMOVE_ADDRESS: &str = "delete from address where id = $1";
const ADDRESSES_NAMED: &str = "
    select a.id, a.text, a.place_id, a.place_path, a.lat_e7, a.lng_e7 from address a
    where a.text = $1 order by a.id";
const ADDRESS_BY_ID: &str = "
    select a.id, a.text, a.place_id, a.place_path, a.lat_e7, a.lng_e7 from address a
    where a.id = $1";

fn place(row: &Row<'_>) -> Result<Place, StoreError> {
    let seat = match (row.get::<Option<i64>>(6)?, row.get::<Option<i64>>(7)?) {
        (Some(lat), Some(lng)) => Some(Point::new(lat, lng)),
        _ => None,
    };
    Ok(Place {
        id: row.get(0)?,
        code: row.get(1)?,
        level: row.get(2)?,
        name: row.get(3)?,
        parent: row.get(4)?,
        path: row.get(5)?,
        seat,
        valid_from: row.get(8)?,
        valid_to: row.get(9)?,
        version: row.get(10)?,
    })
}

pub fn place_by_id(tx: &ReadTx<'_>, id: &Id) -> Result<Option<Place>, StoreError> {
    tx.row(BY_ID, params![id], place)
}

/// The place that has this code now.
pub fn place_by_code(tx: &ReadTx<'_>, code: &str) -> Result<Option<Place>, StoreError> {
    tx.row(BY_CODE, params![code], place)
}

/// The place that has this code now, or the last that had it: one that has ended, else one that has
/// another code since.
pub fn place_by_code_ever(tx: &ReadTx<'_>, code: &str) -> Result<Option<Place>, StoreError> {
    match tx.row(BY_CODE_EVER, params![code], place)? {
        Some(place) => Ok(Some(place)),
        None => tx.row(BY_CODE_PAST, params![code], place),
    }
}

/// The place at this path, standing or ended.
pub fn place_by_path(tx: &ReadTx<'_>, path: &str) -> Result<Option<Place>, StoreError> {
    tx.row(BY_PATH, params![path], place)
}

/// The places right under `parent`; the roots when there is none.
pub fn children(tx: &ReadTx<'_>, parent: Option<&Id>) -> Result<Vec<Place>, StoreError> {
    match parent {
        Some(parent) => tx.rows(CHILDREN, params![parent], place),
        None => tx.rows(ROOTS, &[], place),
    }
}

/// The place at `path` and all below it, in the order of the tree.
pub fn under(tx: &ReadTx<'_>, path: &str) -> Result<Vec<Place>, StoreError> {
    tx.rows(UNDER, params![path, upper_bound(path)], place)
}

/// Every place there is or was.
pub fn every_place(tx: &ReadTx<'_>) -> Result<Vec<Place>, StoreError> {
    tx.rows(EVERY, &[], place)
}

/// From the root down to the place at `path` itself.
pub fn ancestors(tx: &ReadTx<'_>, path: &str) -> Result<Vec<Place>, StoreError> {
    let mut out = Vec::new();
    for (at, _) in path.match_indices('/').skip(1) {
        out.extend(place_by_path(tx, &path[..=at])?);
    }
    Ok(out)
}

/// Of the parts of a grid that was split, the one that takes over what has no point.
pub const HEIR: &str = "heir";

/// What a place became when it was split, merged or moved, the heir first.
pub fn successors(tx: &ReadTx<'_>, id: &Id) -> Result<Vec<Place>, StoreError> {
    tx.rows(CAME_OF, params![id], place)
}

/// Places that ended and were followed by others.
pub fn replaced(tx: &ReadTx<'_>) -> Result<Vec<Place>, StoreError> {
    tx.rows(REPLACED, &[], place)
}

/// What a place was made of.
pub fn predecessors(tx: &ReadTx<'_>, id: &Id) -> Result<Vec<Place>, StoreError> {
    tx.rows(CAME_FROM, params![id], place)
}

pub fn path_is_used(tx: &ReadTx<'_>, path: &str) -> Result<bool, StoreError> {
    Ok(tx.count(PATH_USED, params![path])? > 0)
}

pub fn code_is_used(tx: &ReadTx<'_>, code: &str) -> Result<bool, StoreError> {
    Ok(tx.count(CODE_USED, params![code])? > 0)
}

pub fn has_children(tx: &ReadTx<'_>, id: &Id) -> Result<bool, StoreError> {
    Ok(tx.count(HAS_CHILDREN, params![id])? > 0)
}

/// The boundary in force, as GeoJSON, with the id of its row.
pub fn outline(tx: &ReadTx<'_>, place: &Id) -> Result<Option<(Id, String)>, StoreError> {
    tx.row(OUTLINE, params![place], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// The boundary in force, or the last a place that has ended had.
pub fn last_outline(tx: &ReadTx<'_>, place: &Id) -> Result<Option<String>, StoreError> {
    tx.row(LAST_OUTLINE, params![place], |row| row.get(1))
}

/// Every boundary in force: the place's id and its GeoJSON.
pub fn outlines(tx: &ReadTx<'_>) -> Result<Vec<(Id, String)>, StoreError> {
    tx.rows(OUTLINES, &[], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// From when until when each boundary of a place was in force.
pub fn outline_times(
    tx: &ReadTx<'_>,
    place: &Id,
) -> Result<Vec<(Instant, Option<Instant>)>, StoreError> {
    tx.rows(OUTLINES_OF, params![place], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Counts up with every change of a place or a boundary.
pub fn version(tx: &ReadTx<'_>) -> Result<i64, StoreError> {
    Ok(tx.row(VERSION, &[], |row| row.get(0))?.unwrap_or(0))
}

pub(super) fn bump(tx: &mut WriteTx<'_>) -> Result<(), StoreError> {
    tx.write(SETTING, "territory", BUMP, &[])?;
    Ok(())
}

/// Enters a place, with the import that brings it where one does. Codes order a list of places as
/// officials print it; names of grids would not (一、三、二).
pub(super) fn add_place(
    tx: &mut WriteTx<'_>,
    place: &Place,
    import: Option<&Id>,
) -> Result<(), StoreError> {
    let (lat, lng) = (place.seat.map(|s| s.lat_e7), place.seat.map(|s| s.lng_e7));
    tx.write(
        PLACE,
        &place.id,
        ADD_PLACE,
        params![
            place.id,
            place.code,
            place.level,
            place.name,
            place.parent,
            place.path,
            place.code,
            lat,
            lng,
            place.valid_from,
            import.cloned()
        ],
    )?;
    Ok(())
}

/// What a place was called, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    pub code: String,
    pub level: String,
    pub name: String,
    pub until: Instant,
}

/// The names a place had, oldest first.
pub fn past(tx: &ReadTx<'_>, place: &Id) -> Result<Vec<Past>, StoreError> {
    tx.rows(PAST, params![place], |row| {
        Ok(Past { code: row.get(0)?, level: row.get(1)?, name: row.get(2)?, until: row.get(3)? })
    })
}

pub(super) fn keep_past(
    tx: &mut WriteTx<'_>,
    id: &Id,
    place: &Place,
    until: Instant,
) -> Result<(), StoreError> {
    let params = params![id, place.id, place.code, place.level, place.name, until];
    tx.write(PLACE_PAST, id, KEEP_PAST, params)?;
    Ok(())
}

/// Gives `false` when the place was changed since `seen`.
pub(super) fn change_place(
    tx: &mut WriteTx<'_>,
    id: &Id,
    seen: i64,
    (code, level, name): (&str, &str, &str),
) -> Result<bool, StoreError> {
    let params = params![id, seen, code, level, name, code];
    Ok(tx.write(PLACE, id, CHANGE_PLACE, params)? == 1)
}

/// Notes that something about a place changed; `false` when it was changed since `seen`.
pub(super) fn touch_place(tx: &mut WriteTx<'_>, id: &Id, seen: i64) -> Result<bool, StoreError> {
    Ok(tx.write(PLACE, id, TOUCH_PLACE, params![id, seen])? == 1)
}

/// The ground of a place has changed by something that did not look at it alone: what was opened
/// before is stale.
pub(super) fn raise_place(tx: &mut WriteTx<'_>, id: &Id) -> Result<(), StoreError> {
    tx.write(PLACE, id, RAISE_PLACE, params![id])?;
    Ok(())
}

/// Ends a place and its boundary; `false` when it was changed since `seen`.
pub(super) fn end_place(
    tx: &mut WriteTx<'_>,
    id: &Id,
    seen: i64,
    at: Instant,
) -> Result<bool, StoreError> {
    end_outline(tx, id, at)?;
    Ok(tx.write(PLACE, id, END_PLACE, params![id, seen, at])? == 1)
}

pub(super) fn end_outline(tx: &mut WriteTx<'_>, place: &Id, at: Instant) -> Result<(), StoreError> {
    if let Some((old, _)) = outline(tx, place)? {
        tx.write(BOUNDARY, &old, END_OUTLINE, params![old, at])?;
    }
    Ok(())
}

/// The boundary of a place from `at` on; the one before ends then.
pub(super) fn draw(
    tx: &mut WriteTx<'_>,
    id: &Id,
    place: &Id,
    geojson: &str,
    at: Instant,
) -> Result<(), StoreError> {
    draw_from(tx, id, (place, geojson), at, None)
}

/// As [`draw`], with the import that brings the boundary.
pub(super) fn draw_from(
    tx: &mut WriteTx<'_>,
    id: &Id,
    (place, geojson): (&Id, &str),
    at: Instant,
    import: Option<&Id>,
) -> Result<(), StoreError> {
    end_outline(tx, place, at)?;
    tx.write(BOUNDARY, id, ADD_OUTLINE, params![id, place, geojson, at, import.cloned()])?;
    Ok(())
}

pub(super) fn add_descent(
    tx: &mut WriteTx<'_>,
    id: &Id,
    (old, new): (&Id, &Id),
    kind: &str,
    at: Instant,
) -> Result<(), StoreError> {
    tx.write(PLACE_DESCENT, id, ADD_DESCENT, params![id, old, new, kind, at])?;
    Ok(())
}

/// An address people can choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub id: Id,
    pub text: String,
    /// The place it was entered in; it may have been split since.
    pub place: Id,
    pub place_path: String,
    pub point: Option<Point>,
}

fn address(row: &Row<'_>) -> Result<Address, StoreError> {
    let point = match (row.get::<Option<i64>>(4)?, row.get::<Option<i64>>(5)?) {
        (Some(lat), Some(lng)) => Some(Point::new(lat, lng)),
        _ => None,
    };
    Ok(Address {
        id: row.get(0)?,
        text: row.get(1)?,
        place: row.get(2)?,
        place_path: row.get(3)?,
        point,
    })
}

pub fn address_by_id(tx: &ReadTx<'_>, id: &Id) -> Result<Option<Address>, StoreError> {
    tx.row(ADDRESS_BY_ID, params![id], address)
}

/// Addresses at or under `path` that contain `q`, or whose pinyin or initials do; the one that is
/// `q` comes first, for in the order of initials a house comes after its own stairwells.
pub fn addresses_matching(
    tx: &ReadTx<'_>,
    path: &str,
    q: &str,
    limit: i64,
) -> Result<Vec<Address>, StoreError> {
    let plain = |c: &char| !c.is_whitespace() && !matches!(c, '%' | '_' | '\\' | '|');
    let q: String = q.to_lowercase().chars().filter(plain).take(40).collect();
    if q.is_empty() {
        return Ok(Vec::new());
    }
    let (anywhere, first) = (format!("%{q}%"), format!("{q}%"));
    tx.rows(ADDRESSES, params![path, upper_bound(path), anywhere, first, limit, q], address)
}

/// The first addresses at or under `path`, by their initials.
pub(super) fn addresses_under(
    tx: &ReadTx<'_>,
    path: &str,
    limit: i64,
) -> Result<Vec<Address>, StoreError> {
    tx.rows(ADDRESSES_UNDER, params![path, upper_bound(path), limit], address)
}

/// Every row of an address to the letter: it may stand in several grids.
pub(super) fn addresses_named(tx: &ReadTx<'_>, text: &str) -> Result<Vec<Address>, StoreError> {
    tx.rows(ADDRESSES_NAMED, params![text], address)
}

pub(super) fn address_is_known(
    tx: &ReadTx<'_>,
    path: &str,
    text: &str,
) -> Result<bool, StoreError> {
    Ok(tx.count(ADDRESS_KNOWN, params![path, text])? > 0)
}

/// Initials and pinyin without tones: `wcl20h|wangchaolu20hao`, to search and to order by.
fn spoken(text: &str) -> String {
    use pinyin::ToPinyin as _;
    let whole: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c.to_pinyin() {
            Some(syllable) => syllable.plain().to_owned(),
            None => c.to_lowercase().to_string(),
        })
        .collect();
    let short: String = sort::initials(text).split_whitespace().collect();
    format!("{short}|{whole}")
}

pub(super) fn add_address(
    tx: &mut WriteTx<'_>,
    id: &Id,
    place: &Place,
    text: &str,
    point: Option<Point>,
) -> Result<(), StoreError> {
    let (lat, lng) = (point.map(|p| p.lat_e7), point.map(|p| p.lng_e7));
    let key = spoken(text);
    let params = params![id, place.id, place.path, text, key, lat, lng];
    tx.write(ADDRESS, id, ADD_ADDRESS, params)?;
    Ok(())
}

/// How many rows went with it: one, or none where it was gone.
pub(super) fn remove_address(tx: &mut WriteTx<'_>, id: &Id) -> Result<i64, StoreError> {
    let gone = tx.write(ADDRESS, id, REMOVE_ADDRESS, params![id])?;
    Ok(i64::try_from(gone).unwrap_or_default())
}
