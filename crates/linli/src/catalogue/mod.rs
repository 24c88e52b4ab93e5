//! The catalogue: classes of matters (事项类别) and the standards (立案标准) by which they are
//! filed, timed and closed.

pub mod acts;
mod book;
mod edit;
mod edit_form;
pub mod emergency;
pub mod gloss;
pub mod rules;
pub mod seed;
pub mod store;
#[cfg(test)]
mod tests;
mod web;

pub use web::routes;

pub use book::{Book, book, words_of};

use linli_rules::calendar::{Limit, LimitKind};
use serde::{Deserialize, Serialize};

use crate::act::Protected;
use crate::base::Id;
use crate::matter::Pace;
use crate::store::schema::Table;
use crate::store::{ReadTx, StoreError};
use crate::words::Lang;

/// How many cases there are under a class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filed {
    pub open: i64,
    /// Those that everybody may read, open or closed.
    pub public: i64,
}

/// Counts the cases under a class. Cases stand after the catalogue in the order of the modules, so
/// the application tells.
pub type FiledUnder = fn(&ReadTx<'_>, &Id) -> Result<Filed, StoreError>;

/// A class of which everybody may read a masked copy.
const PUBLIC: &str = "public";

pub const CLASS: Table = Table::recorded("class");
pub const STANDARD: Table = Table::recorded("standard");

pub const CLASSES: Protected = Protected {
    kind: "class",
    table: "class",
    see: "class.see",
    place: "'/'",
    owner: "null",
    body: "null",
    about: "null",
    publicity: "'public'",
    there: None,
    complaints: None,
};

/// A pair of sentences.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    pub zh: String,
    pub en: String,
}

impl Pair {
    pub fn pick(&self, lang: Lang) -> &str {
        lang.pick(&self.zh, &self.en)
    }
}

/// A class of matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    pub id: Id,
    pub code: String,
    /// `event`, `component` or `service`.
    pub kind: String,
    pub group: Pair,
    pub title: Pair,
    /// One sentence for residents.
    pub plain: Pair,
    /// `public` or `private`.
    pub publicity: String,
    /// Whether it may be reported without a name.
    pub anonymous: bool,
    pub keywords: Vec<String>,
    pub questions: Vec<Question>,
    /// The kind of body that answers for it.
    pub body_kind: Option<String>,
    pub version: i64,
}

impl Class {
    /// A class of which only the code is known yet.
    pub fn blank(id: Id, code: &str, kind: &str) -> Class {
        Class {
            id,
            code: code.to_owned(),
            kind: kind.to_owned(),
            group: Pair::default(),
            title: Pair::default(),
            plain: Pair::default(),
            publicity: String::new(),
            anonymous: false,
            keywords: Vec::new(),
            questions: Vec::new(),
            body_kind: None,
            version: 1,
        }
    }
}

/// A question that a class asks of the reporter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub code: String,
    /// `text`, `choice`, `multi`, `number` or `datetime`.
    pub kind: String,
    #[serde(default)]
    pub required: bool,
    pub title: Pair,
    #[serde(default)]
    pub options: Vec<AnswerOption>,
    pub stop: Option<Stop>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerOption {
    pub value: String,
    pub zh: String,
    pub en: String,
}

impl AnswerOption {
    pub fn title(&self, lang: Lang) -> &str {
        lang.pick(&self.zh, &self.en)
    }
}

/// An answer that ends the form: "is it dangerous? call …".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    pub value: String,
    pub message: Pair,
}

/// When a case of a class is filed, how long it may take, and what must hold to close it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standard {
    pub id: Id,
    pub class: Id,
    pub position: i64,
    pub condition: String,
    /// The closing check-list.
    pub closing: Vec<String>,
    pub limit: Limit,
    /// `simple`, `normal`, `complex` or `urgent`.
    pub grade: String,
    pub source: String,
    /// 处置单位, as the table of the place names them; empty where it names none.
    pub handlers: String,
    /// 主管部门, likewise.
    pub supervisors: String,
}

impl Standard {
    /// How long handling may take: what is urgent runs by the clock on the wall, whichever hours
    /// the table names.
    pub fn time(&self) -> Limit {
        if self.is_urgent() { self.limit.continuous() } else { self.limit }
    }

    fn is_urgent(&self) -> bool {
        self.grade == rules::URGENT
    }

    pub fn pace(&self) -> Pace {
        Pace { urgent: self.is_urgent(), limit: Some(self.time()) }
    }
}

/// A limit as it is stored: its kind by name, and a number of at least 1.
pub fn limit(kind: &str, n: i64) -> Option<Limit> {
    let n = u32::try_from(n).ok().filter(|n| *n > 0)?;
    Some(Limit { kind: LimitKind::from_name(kind)?, n })
}
