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
    /// Of a person: the bodies their cases complain of.
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
/// its reach (`null` where the table has no such column).
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
}

/// Tables whose rows may come in by a batch. Such rows are there for nobody before the batch is
/// adopted, nor after it is undone: a large import is seen whole or not at all.
const IN_BATCHES: [&str; 1] = ["matter"];

impl Protected {
    /// SQL that holds for rows of no batch, or of one that is in force; none where there are none.
    /// [`crate::act::DutyList::filter`] has it already; single rows read without one need it too.
    pub fn revealed(&self, alias: &str) -> Option<String> {
        IN_BATCHES.contains(&self.table).then(|| {
            format!(
                "({alias}.batch_id is null or exists (select 1 from batch in_force
                 where in_force.id = {alias}.batch_id and in_force.adopted_at is not null
                 and in_force.undone_at is null))"
            )
        })
    }

    /// SQL that holds where the person in the row called `alias` complains of one of the bodies
    /// that `bound` binds; none, and nothing is bound, for tables whose rows are no persons.
    pub(super) fn complains(&self, alias: &str, bound: impl FnOnce() -> String) -> Option<String> {
        (self.table == PEOPLE).then(|| {
            format!(
                "exists (select 1 from matter c where c.owner_id = {alias}.id
                 and c.about_body_id in ({}))",
                bound()
            )
        })
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
        if self.table == PEOPLE {
            reach.complains_of = tx.rows(COMPLAINS_OF, params![id], |row| row.get(0))?;
        }
        Ok(Some(reach))
    }
}

/// The table whose rows are persons.
const PEOPLE: &str = "person";
const COMPLAINS_OF: &str = "
    select distinct about_body_id from matter
    where owner_id = $1 and about_body_id is not null";
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
