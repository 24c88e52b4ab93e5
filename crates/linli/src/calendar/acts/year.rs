//! 年度日历: the notice of a year is taken over. Clocks use it from the next one that starts.

use std::borrow::Cow;

use linli_rules::calendar::Calendar;
use serde::Serialize;

use crate::act::{Act, Acting, Done, FieldProblem, Reach, Refusal, Subject};
use crate::base::{Fault, Id, text};
use crate::calendar::{CHANGE, store};

/// Letters of what a year is taken from.
pub const SOURCE_MAX: usize = 200;
/// The program reckons no further.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2100;

/// Takes over the days of one year.
#[derive(Clone, Debug, Serialize)]
pub struct TakeYear {
    pub id: Id,
    pub year: i32,
    /// As JSON, in the form of [`Calendar::from_json`].
    pub days: String,
    /// The notice: 国办发明电〔2026〕…号, or the name of the file.
    pub source: String,
    /// The version of all years that was looked at ([`store::years_version`]).
    pub seen: i64,
}

impl Act for TakeYear {
    type Outcome = i32;

    fn name(&self) -> Cow<'static, str> {
        CHANGE.into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(self)?)
    }

    fn subject(&self) -> Subject {
        Subject::New { kind: "calendar", id: self.id.to_string(), reach: Reach::at("/") }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<i32> {
        let wrong = |code| FieldProblem::new("year", code);
        if !YEARS.contains(&self.year) {
            return Err(wrong("calendar_year").into());
        }
        let read = Calendar::from_json(&self.days)
            .map_err(|_| FieldProblem::new("file", "calendar_file"))?;
        if read.years().collect::<Vec<_>>() != [self.year] {
            return Err(wrong("calendar_year").into());
        }
        let source = text::clean(&self.source, SOURCE_MAX)
            .map_err(|_| FieldProblem::new("source", "calendar_source").with("max", SOURCE_MAX))?;
        if store::years_version(cx.read())? != self.seen {
            return Err(Refusal::new("changed_meanwhile").into());
        }
        store::put_year(cx, &self.id, self.year, &self.days, &source)?;
        Ok(self.year)
    }
}
