//! Leaving with one's data: cases, classes, the duty list, places, all of it as open files.
//!
//! What goes out is what the duty list lets the asker export, masked (phones, numbers, mail) unless
//! they write a reason; then each reporter finds in their own log who took their words along. Names
//! and phones of reporters never go out in a list: they are looked at one by one, on the case. The
//! columns are those the import knows, so what goes out can come in elsewhere.

mod acts;
mod archive;
mod cases;
pub mod command;
mod lists;
pub mod write;
mod web;

pub use web::routes;

/// What is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Cases,
    /// The steps of the cases, as everyone who sees them is told.
    Steps,
    Classes,
    Duties,
    /// Which body answers for what, where and on what ground.
    Remits,
    Places,
}

impl What {
    pub const ALL: [What; 6] =
        [What::Cases, What::Steps, What::Classes, What::Duties, What::Remits, What::Places];

    pub fn name(self) -> &'static str {
        match self {
            What::Cases => "cases",
            What::Steps => "steps",
            What::Classes => "classes",
            What::Duties => "duties",
            What::Remits => "remits",
            What::Places => "places",
        }
    }

    pub fn from_name(name: &str) -> Option<What> {
        What::ALL.into_iter().find(|what| what.name() == name)
    }

    /// The columns, in the order of the rows.
    pub fn columns(self) -> &'static [Col] {
        match self {
            What::Cases => cases::COLUMNS,
            What::Steps => cases::STEPS,
            What::Classes => lists::CLASSES,
            What::Duties => lists::DUTIES,
            What::Remits => lists::REMITS,
            What::Places => lists::PLACES,
        }
    }
}

/// A column: its name for programs, its title for people.
#[derive(Clone, Copy, Debug)]
pub struct Col {
    pub key: &'static str,
    pub zh: &'static str,
}

const fn col(key: &'static str, zh: &'static str) -> Col {
    Col { key, zh }
}

/// One line of what goes out.
pub type Line = Vec<String>;
