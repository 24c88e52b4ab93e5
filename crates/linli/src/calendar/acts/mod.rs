//! What may be done to the calendar.

mod hours;
mod limit;
mod year;

pub use hours::SetHours;
pub use limit::SetUsualLimit;
pub use year::TakeYear;
