//! 工作日历 and 工作时间: which days are worked, and which hours of them.
//!
//! Days off and make-up days are those of the State Council's yearly notice (全国年节及纪念日放假
//! 办法), which comes late in the year before. The program ships the years it knew when it was
//! built; a district takes over each later year itself, and what it takes over goes before what is
//! shipped. Hours are the district's, or a body's own. Neither is ever edited: a new row ends the
//! old one, so that "why due then?" can be answered by what held when a clock started. Clocks that
//! run are not touched.

pub mod acts;
pub mod command;
mod hours;
pub mod store;
mod web;

pub use hours::{Hours, Worktime, shipped};
pub use web::routes;

use linli_rules::calendar::Found;

use crate::store::schema::Table;
use crate::words::Lang;

pub const CALENDAR_YEAR: Table = Table::recorded("calendar_year");
pub const WORK_HOURS: Table = Table::recorded("work_hours");
pub const SETTING: Table = Table::recorded("setting");

/// The act of all that is changed here.
pub const CHANGE: &str = "calendar.change";
/// The act by which the usual limit is set.
pub const SETTINGS: &str = "setting.change";

/// The largest file of holidays that is read.
const MOST_BYTES: usize = 1024 * 1024;

/// The month from which the next year's notice is to be expected.
pub const NOTICE_MONTH: u32 = 10;

/// Years that should be in the calendar at this time: this one, and from October on the next.
pub fn expected(now: crate::base::Instant, offset_minutes: i32) -> Vec<i32> {
    let (this, month, _) = now.day(offset_minutes).ymd();
    if month >= NOTICE_MONTH { vec![this, this + 1] } else { vec![this] }
}

/// The holidays by law that have no day off in a file, by name; empty where none is missed.
fn lacking(found: &Found, lang: Lang) -> String {
    let names = found.lacks.iter().map(|name| name.in_lang(lang.code()));
    names.collect::<Vec<_>>().join(lang.pick("、", ", "))
}

/// Those of the expected years that are not there.
pub fn missing(
    tx: &crate::store::ReadTx<'_>,
    now: crate::base::Instant,
    offset_minutes: i32,
) -> Result<Vec<i32>, crate::store::StoreError> {
    let taken = store::years(tx)?;
    let there = |year: &i32| shipped().covers(*year) || taken.contains(year);
    Ok(expected(now, offset_minutes).into_iter().filter(|year| !there(year)).collect())
}
