//! What clocks are reckoned by: the calendar and the hours that hold for a body at an instant.

use std::sync::{Arc, LazyLock, Mutex};

use linli_rules::calendar::{Calendar, Due, Limit, Schedule, Stopped, due, opens, reaches, resume};

use super::store;
use crate::base::{Fault, Id, Instant};
use crate::district::District;
use crate::store::{ReadTx, StoreError};

static SHIPPED: LazyLock<Arc<Calendar>> = LazyLock::new(|| Arc::new(Calendar::shipped()));

/// The years that come with the program.
pub fn shipped() -> &'static Calendar {
    &SHIPPED
}

/// A calendar and a schedule.
#[derive(Clone, Debug)]
pub struct Hours {
    pub calendar: Arc<Calendar>,
    pub schedule: Schedule,
}

impl Hours {
    /// When a limit that starts now ends, step by step.
    pub fn due(&self, start: Instant, limit: &Limit) -> Due {
        due(start, limit, &self.calendar, &self.schedule)
    }

    /// When so many thousandths of a limit that starts now are used up.
    pub fn reaches(&self, start: Instant, per_mille: u32, limit: &Limit) -> Instant {
        reaches(start, per_mille, limit, &self.calendar, &self.schedule)
    }

    /// The first working moment from an instant on.
    pub fn opens(&self, at: Instant) -> Instant {
        opens(at, &self.calendar, &self.schedule)
    }

    /// When a clock that stopped ends if it goes on now, step by step.
    pub fn resume(&self, start: Instant, limit: &Limit, stopped: &Stopped) -> Due {
        resume(start, limit, stopped, &self.calendar, &self.schedule)
    }
}

/// Which rows a calendar was put together from, and the calendar.
type Kept = Option<(Vec<Id>, Arc<Calendar>)>;

/// The working time of a district. Rows never change, so a calendar is known by the ids it is made
/// of: what another process takes over is seen at the next question.
#[derive(Clone)]
pub struct Worktime {
    offset_minutes: i32,
    kept: Arc<Mutex<Kept>>,
}

impl Worktime {
    pub fn of(district: &District) -> Worktime {
        Worktime::at_offset(district.config.offset_minutes)
    }

    pub fn at_offset(offset_minutes: i32) -> Worktime {
        Worktime { offset_minutes, kept: Arc::default() }
    }

    /// What holds now for a body, or for the district where no body is named.
    pub fn hours(&self, tx: &ReadTx<'_>, body: Option<&Id>) -> Result<Hours, StoreError> {
        Ok(Hours { calendar: self.calendar(tx)?, schedule: self.schedule(tx, body, None)? })
    }

    /// What held at an instant.
    pub fn hours_at(
        &self,
        tx: &ReadTx<'_>,
        body: Option<&Id>,
        at: Instant,
    ) -> Result<Hours, StoreError> {
        let ids = store::ids(tx, Some(at))?;
        let calendar = self.made_of(tx, ids)?;
        Ok(Hours { calendar, schedule: self.schedule(tx, body, Some(at))? })
    }

    /// The calendar in force.
    pub fn calendar(&self, tx: &ReadTx<'_>) -> Result<Arc<Calendar>, StoreError> {
        let ids = store::ids(tx, None)?;
        self.made_of(tx, ids)
    }

    fn made_of(&self, tx: &ReadTx<'_>, ids: Vec<Id>) -> Result<Arc<Calendar>, StoreError> {
        if ids.is_empty() {
            return Ok(Arc::clone(&SHIPPED));
        }
        if let Ok(kept) = self.kept.lock()
            && let Some((of, calendar)) = kept.as_ref()
            && *of == ids
        {
            return Ok(Arc::clone(calendar));
        }
        let mut calendar = shipped().clone();
        for id in &ids {
            let days = store::days(tx, id)?.unwrap_or_default();
            let year = Calendar::from_json(&days)
                .map_err(|e| Fault::new(e.to_string()).context("a year of the calendar"))?;
            calendar = calendar.with(year);
        }
        let calendar = Arc::new(calendar);
        if let Ok(mut kept) = self.kept.lock() {
            *kept = Some((ids, Arc::clone(&calendar)));
        }
        Ok(calendar)
    }

    fn schedule(
        &self,
        tx: &ReadTx<'_>,
        body: Option<&Id>,
        at: Option<Instant>,
    ) -> Result<Schedule, StoreError> {
        let wrong = |e: linli_rules::calendar::BadSchedule| Fault::new(e.to_string());
        let read = |slots: &str| Schedule::read(slots, self.offset_minutes);
        let usual = Schedule::default().slots().to_vec();
        match store::slots(tx, body, at)? {
            Some(slots) => Ok(read(&slots).map_err(wrong)?),
            None => Ok(Schedule::new(usual, self.offset_minutes).map_err(wrong)?),
        }
    }
}
