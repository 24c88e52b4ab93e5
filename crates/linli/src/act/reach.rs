//! Reach: the few columns by which the duty list judges any protected row.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::base::Id;
use crate::params;
use crate::store::{ReadTx, StoreError};

/// Where a row belongs and to whom. Every protected table can say this of its rows, so a scope of
/// the duty list is one predicate and one SQL fragment for all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    pub id: String,
    pub place_path: String,
    pub owner: Option<Id>,
    /// The body that answers for it.
    pub body: Option<Id>,
    /// The body it complains of.
    pub about_body: Option<Id>,
    /// `public`, `internal` or `private`.
    pub publicity: String,
    pub parties: Vec<Id>,
    /// Of a person: the bodies they complain of.
    pub complains_of: Vec<Id>,
}

impl Reach {
    /// The reach of something new at a place.
    pub fn at(place_path: impl Into<String>) -> Reach {
        let publicity = "internal".to_owned();
        Reach { place_path: place_path.into(), publicity, ..Reach::default() }
    }
}

/// A table under the duty list: the act that lets one see a row, and the SQL expressions that give
/// its reach (`null` where the table has no such column). The concept that owns the table says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protected {
    pub kind: &'static str,
    pub table: &'static str,
    pub see: &'static str,
    pub place: &'static str,
    pub owner: &'static str,
    pub body: &'static str,
    pub about: &'static str,
    pub publicity: &'static str,
    /// SQL that holds where the row called `{row}` is there for anybody at all, for tables into
    /// which rows come that are not shown yet, or no more.
    pub there: Option<&'static str>,
    /// Where it stands of which bodies the rows complain, for tables whose rows are persons.
    pub complaints: Option<Complaints>,
}

/// A table of what persons brought in, by its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Complaints {
    pub table: &'static str,
    /// The person who complains.
    pub by: &'static str,
    /// The body complained of; null where it is none.
    pub of: &'static str,
}

impl Complaints {
    /// SQL that holds where the person in the row called `row` complains of one of these bodies.
    pub(super) fn any_of(&self, row: &str, bodies: &str) -> String {
        let Complaints { table, by, of } = self;
        format!("exists (select 1 from {table} c where c.{by} = {row}.id and c.{of} in ({bodies}))")
    }

    /// The bodies that a person complains of.
    fn bodies(&self, tx: &ReadTx<'_>, person: &str) -> Result<Vec<Id>, StoreError> {
        let Complaints { table, by, of } = self;
        let sql = format!("select distinct {of} from {table} where {by} = $1 and {of} is not null");
        tx.rows(&sql, params![person], |row| row.get(0))
    }
}

impl Protected {
    /// SQL that holds for rows that are there; none where every row is.
    /// [`crate::act::DutyList::filter`] has it already; single rows read without one need it too.
    pub fn revealed(&self, alias: &str) -> Option<String> {
        self.there.map(|sql| sql.replace("{row}", alias))
    }

    /// A column of the reach in the row called `alias`; constants stay as they are.
    pub fn column(&self, alias: &str, name: &str) -> String {
        match name {
            "null" => "cast(null as text)".to_owned(),
            constant if constant.starts_with('\'') => constant.to_owned(),
            column => format!("{alias}.{column}"),
        }
    }

    /// The reach of one row, `None` when there is no such row.
    pub fn reach(&self, tx: &ReadTx<'_>, id: &str) -> Result<Option<Reach>, StoreError> {
        let columns = [self.place, self.owner, self.body, self.about, self.publicity]
            .map(|name| self.column("t", name))
            .join(", ");
        let revealed = self.revealed("t").unwrap_or_else(|| "1 = 1".to_owned());
        let table = self.table;
        let sql = format!("select {columns} from {table} t where t.id = $1 and {revealed}");
        let Some(mut reach) = tx.row(&sql, params![id], |row| {
            Ok(Reach {
                id: id.to_owned(),
                place_path: row.get(0)?,
                owner: row.get(1)?,
                body: row.get(2)?,
                about_body: row.get(3)?,
                publicity: row.get(4)?,
                parties: Vec::new(),
                complains_of: Vec::new(),
            })
        })?
        else {
            return Ok(None);
        };
        reach.parties = tx.rows(PARTIES, params![id], |row| row.get(0))?;
        if let Some(complaints) = self.complaints {
            reach.complains_of = complaints.bodies(tx, id)?;
        }
        Ok(Some(reach))
    }
}

const PARTIES: &str = "select party_id from party where subject_id = $1 order by party_id";

/// What an act is done to.
#[derive(Clone, Debug)]
pub enum Subject {
    /// An existing row: who may not see it is told that it does not exist.
    Row { of: Protected, id: Cow<'static, str> },
    /// Something new, or a thing of the district as a whole.
    New { kind: &'static str, id: String, reach: Reach },
}

impl Subject {
    pub fn row(of: Protected, id: &Id) -> Subject {
        Subject::Row { of, id: Cow::Owned(id.to_string()) }
    }
}

/// A path and every path above it, the nearest first: `/1/2/`, `/1/`.
pub fn upward(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.rmatch_indices('/').map(|(at, _)| at).filter(|at| *at > 0);
    ends.filter_map(|at| path.get(..=at))
}

/// The first path that sorts after all paths below `path`, which ends in `/`.
pub fn upper_bound(path: &str) -> String {
    format!("{}0", path.strip_suffix('/').unwrap_or(path))
}
