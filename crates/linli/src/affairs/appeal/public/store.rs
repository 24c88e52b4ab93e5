//! What the public page reads.

use linli_rules::measure::{Measure, Tally};
use linli_rules::share::{SMALLEST_CELL, Share};

use super::super::figures::store::{self as figures, Chosen, FROM};
use super::super::view::disclose::rounded;
use super::ask::{Ask, PHASES};
use crate::act::{Done, DutyList};
use crate::base::Instant;
use crate::matter::{Matter, store as matters};
use crate::store::{Param, ReadTx, Row, StoreError, Value};
use crate::territory::Ground;
use crate::words::Lang;

/// A public case, as the database gives it.
pub struct Line {
    pub matter: Matter,
    pub class: Option<String>,
    /// Rounded to a thousandth of a degree, about a hundred metres: a pin may be somebody's door.
    pub point: Option<(i64, i64)>,
}

/// What makes a case new: that it was reported of late, or that something was done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Newest {
    Reported,
    Changed,
}

impl Newest {
    /// Each column has its index over the kind, the time and the id.
    fn column(self) -> &'static str {
        match self {
            Newest::Reported => "t.opened_at",
            Newest::Changed => "t.updated_at",
        }
    }
}

/// The newest cases that fit, `most` at most. A cursor goes with those newly reported alone.
pub fn lines(
    tx: &ReadTx<'_>,
    duties: &DutyList,
    ground: &Ground,
    ask: &Ask,
    lang: Lang,
    (newest, most): (Newest, usize),
) -> Done<Vec<Line>> {
    let mut values = Vec::new();
    let fits = ask.sql(duties, ground, &mut values);
    let behind = match &ask.after {
        Some(cursor) => cursor.sql(&mut values),
        None => "1 = 1".to_owned(),
    };
    let title = lang.pick("c.title_zh", "c.title_en");
    let sql = format!(
        "select {}, {title}, f.lat_e7, f.lng_e7 {FROM} where {fits} and {behind}
         order by {} desc, t.id desc limit {most}",
        matters::COLUMNS,
        newest.column()
    );
    let params: Vec<Param<'_>> = values.iter().map(Param::from).collect();
    Ok(tx.rows(&sql, &params, line_from)?)
}

fn line_from(row: &Row<'_>) -> Result<Line, StoreError> {
    let matter = matters::matter_from(row)?;
    let at = matters::width();
    let (lat, lng): (Option<i64>, Option<i64>) = (row.get(at + 1)?, row.get(at + 2)?);
    Ok(Line { matter, class: row.get(at)?, point: lat.map(rounded).zip(lng.map(rounded)) })
}

/// How many there are. The cases themselves stand below, one by one: their number tells no more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub total: i64,
    /// In the order of [`PHASES`].
    pub phases: Vec<i64>,
    /// In the order of [`RATES`], of what was reported of late.
    pub rates: Vec<Option<Share>>,
}

/// The shares that everyone is shown, and over how many days.
pub const RATES: [Measure; 4] =
    [Measure::Response, Measure::ClosedInTime, Measure::Solved, Measure::Satisfied];
pub const RATED_DAYS: i64 = 90;

/// The shares of what fits. What a share is of are cases, which stand on this page one by one with
/// how they went; only where there are too few to speak of does it stay empty.
fn rates(
    tx: &ReadTx<'_>,
    duties: &DutyList,
    ground: &Ground,
    ask: &Ask,
    now: Instant,
) -> Done<Vec<Option<Share>>> {
    let mut values: Vec<Value> = Vec::new();
    let fits = ask.sql(duties, ground, &mut values);
    let (from, to) = (now.plus_days(-RATED_DAYS), now.plus_micros(1));
    let mut all = Tally::default();
    for cell in figures::count(tx, Chosen { fits, values, from, to }, now)? {
        all += cell.tally;
    }
    let enough = |share: &Share| share.n >= u64::from(SMALLEST_CELL);
    Ok(RATES.iter().map(|measure| measure.share(&all).filter(enough)).collect())
}

/// Counts over everything that fits, whatever page of the list is shown.
pub fn counts(
    tx: &ReadTx<'_>,
    duties: &DutyList,
    ground: &Ground,
    ask: &Ask,
    now: Instant,
) -> Done<Counts> {
    let mut values: Vec<Value> = Vec::new();
    let fits = ask.sql(duties, ground, &mut values);
    let sql =
        format!("select t.phase, count(*) {FROM} where {fits} group by t.phase order by t.phase");
    let params: Vec<Param<'_>> = values.iter().map(Param::from).collect();
    let rows = tx.rows(&sql, &params, |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?)))?;
    let of = |phase: &&str| rows.iter().find(|(name, _)| name == phase).map_or(0, |row| row.1);
    Ok(Counts {
        total: rows.iter().map(|row| row.1).sum(),
        phases: PHASES.iter().map(of).collect(),
        rates: rates(tx, duties, ground, ask, now)?,
    })
}
