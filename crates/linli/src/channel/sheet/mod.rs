//! Sheets: what comes in as Excel, CSV or lines of JSON, and what goes out as Excel or CSV.
//!
//! A file is read and checked first (the dry run): nothing is written, and each thing that is not
//! right is told with its row, its column and a sentence. What is right is then staged in chunks
//! under one batch and revealed by a single act, so that people see all of it or nothing. A batch
//! can be undone as a whole. The same file is taken once (by its hash), the same case once (by the
//! number it had where it comes from).

pub mod cases;
pub mod check;
pub mod classes;
pub mod command;
mod head;
pub mod limit;
pub mod run;
mod stage;
pub mod out;
mod web;
mod when;

#[cfg(test)]
mod tests;

pub use web::routes;

use serde::{Deserialize, Serialize};

use crate::table::Unread;
use crate::words::Lang;

/// What a file is to be taken as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 诉求: messages and reports of another system, with their answers.
    Cases,
    /// 立案标准: classes of matters with their conditions and limits.
    Classes,
}

impl Kind {
    pub const ALL: [Kind; 2] = [Kind::Cases, Kind::Classes];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Cases => "cases",
            Kind::Classes => "classes",
        }
    }

    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The act of the duty list that lets one import this.
    pub fn act(self) -> &'static str {
        match self {
            Kind::Cases => "case.import",
            Kind::Classes => "class.import",
        }
    }
}

/// Something about a row that the one who imports should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    pub sheet: String,
    /// Counted from 1; 0 for the file as a whole.
    pub row: usize,
    /// As the file titles it.
    pub column: String,
    /// The sentence stands in the messages as `import.remark.CODE`, or as `problem.CODE` where
    /// others say it too.
    pub code: String,
    pub params: Vec<(String, String)>,
    pub grade: Grade,
}

/// What a remark means for its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Taken, but not quite as it stood.
    Changed,
    /// There already; not taken again.
    There,
    /// Cannot be taken; nothing of the file is, until it is put right.
    Wrong,
}

impl Remark {
    pub fn new(grade: Grade, row: usize, column: &str, code: &str) -> Remark {
        Remark {
            sheet: String::new(),
            row,
            column: column.to_owned(),
            code: code.to_owned(),
            params: Vec::new(),
            grade,
        }
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Remark {
        self.params.push((name.to_owned(), value.to_string()));
        self
    }

    #[must_use]
    pub fn on(mut self, sheet: &str) -> Remark {
        self.sheet = sheet.to_owned();
        self
    }

    /// What cannot be read at all.
    pub fn unread(unread: Unread) -> Remark {
        let said = Remark::new(Grade::Wrong, unread.row, "", unread.code);
        unread.params.into_iter().fold(said, |said, (name, value)| said.with(name, value))
    }

    /// The column, where it is about one, and the remark in words.
    pub fn told(&self, lang: Lang) -> String {
        match self.column.as_str() {
            "" => self.sentence(lang),
            column => format!("{column}{}{}", lang.pick("：", ": "), self.sentence(lang)),
        }
    }

    /// The remark in words.
    pub fn sentence(&self, lang: Lang) -> String {
        let own = format!("import.remark.{}", self.code);
        let key = match lang.find(&own) {
            Some(_) => own,
            None => format!("problem.{}", self.code),
        };
        lang.fill(&key, &self.params)
    }
}
