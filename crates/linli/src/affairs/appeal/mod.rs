//! 诉求办理: a report from a resident's phone to its rating.
//!
//! Sources: 城市管理 seven links (信息收集 案卷建立 任务派遣 任务处理 处理反馈 核查结案 综合评价);
//! 接诉即办 (首接负责, 回访评价). The procedure itself is `process.toml`.

mod affair;
pub mod anew;
pub mod answering;
pub mod answers;
mod back;
pub mod case_web;
pub mod choices;
pub mod closing;
pub mod counter;
pub mod desk;
pub mod field;
pub mod figures;
pub mod find;
mod fits;
pub mod follow;
pub mod forget;
pub mod import;
pub mod leave;
pub mod mine;
pub mod offer;
pub mod public;
pub mod receipt;
pub mod redact;
pub mod release;
pub mod report;
pub mod report_web;
mod said;
pub mod store;
pub mod undo;
pub mod unmask;
pub mod upload;
pub mod view;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use linli_rules::procedure::{FieldKind, Known, Problem, Process, Signature, Takes, What};

pub use affair::Appeal;

use crate::base::{Id, Instant};
use crate::calendar::Worktime;
use crate::district::{District, ProcessKind};
use crate::file::Shelf;
use crate::matter::{GUARDS, Kit};
use crate::store::schema::Table;

pub const CASE_FILE: Table = Table::recorded("case_file");

/// The procedure's id.
pub const APPEAL: &str = "appeal";

const SHIPPED: &str = include_str!("process.toml");

const fn own(name: &'static str, takes: &'static [Takes<'static>]) -> Signature<'static> {
    Signature { name, takes, refusal: name }
}

/// How many days a wish may come after the end of a case.
const DAYS: &[Takes<'static>] = &[Takes::need("days", What::Number { least: 1, most: 366 })];

pub(crate) const OWN_GUARDS: [Signature<'static>; 9] = [
    own("body_has_duty", &[]),
    own("another_body", &[]),
    own("cites_duty_or_gap", &[]),
    own("can_be_reached", &[]),
    own("reporter_is_told", &[]),
    own("not_the_handler", &[]),
    own("not_who_rejected", &[]),
    own("reopen_window", DAYS),
    own("dispute_window", DAYS),
];
const EFFECTS: [&str; 9] = [
    "set_body",
    "clear_body",
    "set_class",
    "reset_class",
    "set_place",
    "set_lead",
    "close",
    "reopen",
    "withdraw",
];
const WHO: [&str; 13] = [
    "reporter",
    "followers",
    "acceptors",
    "dispatchers",
    "dispatchers_before",
    "redispatchers",
    "responsible_body",
    "body_before",
    "verifiers",
    "verifiers_before",
    "handlers",
    "supervisors",
    "supervisors_if_unsolved",
];

const FIELDS: [(&str, &str, FieldKind); 3] = [
    ("set_body", "body", FieldKind::Body),
    ("set_class", "class", FieldKind::Class),
    ("set_place", "place", FieldKind::Place),
];
/// Reports come in by the first two; the clock makes the third when grids change.
const ACTS: [(&str, bool); 3] =
    [("report", true), ("report_handled", true), ("follow_grid", false)];

/// What only whoever reported a case does with it.
const OWNERS: [&str; 4] = ["rate", "reopen", "withdraw", "dispute"];

/// Reads a procedure file for cases; each problem names its line.
pub fn parse(text: &str) -> Result<Process, Vec<Problem>> {
    let guards: Vec<Signature<'_>> = GUARDS.iter().chain(&OWN_GUARDS).copied().collect();
    let known = Known {
        guards: &guards,
        effects: &EFFECTS,
        who: &WHO,
        notices: None,
        disclose: Some(&["stage", "due", "responsible_body", "reply", "rating"]),
        fields: &FIELDS,
        acts: &ACTS,
        owner: "is_reporter",
        owners: &OWNERS,
    };
    let process = Process::parse(text, &known)?;
    let wrong = fits::misfits(text, &process);
    if wrong.is_empty() { Ok(process) } else { Err(wrong) }
}

/// The shipped procedure.
pub fn shipped() -> Result<Process, Vec<Problem>> {
    parse(SHIPPED)
}

/// The procedure of cases as a district runs it.
pub fn kind() -> Result<ProcessKind, Vec<Problem>> {
    Ok(ProcessKind { shipped: Arc::new(shipped()?), text: SHIPPED, parse })
}

/// What the engine needs to move cases of a district; `None` where it has no such procedure.
pub fn kit(district: &District) -> Option<Kit> {
    let worktime = district.kept::<Worktime>(APPEAL).unwrap_or_else(|| {
        let worktime = Arc::new(Worktime::of(district));
        district.keep(APPEAL, Arc::clone(&worktime));
        worktime
    });
    Some(Kit {
        process: district.process(APPEAL)?,
        processes: district.processes.clone(),
        worktime: worktime.as_ref().clone(),
        affair: Arc::new(Appeal { offset_minutes: district.config.offset_minutes }),
        shelf: Shelf::of(district),
    })
}

/// The stage at which a case waits for its reporter's rating.
const TO_BE_RATED: &str = "closed";

/// Who may see a case that has no class yet, or whose reporter has gone.
const OFFICE_ONLY: &str = "internal";

/// What a case has beyond being a matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFile {
    pub id: Id,
    pub class: Option<Id>,
    pub standard: Option<Id>,
    /// The reporter's own words.
    pub words: String,
    /// As everyone reads and finds them; none where nothing in them is masked.
    pub open_words: Option<String>,
    /// Answers to the questions of the class, as JSON.
    pub answers: String,
    pub address: Option<String>,
    /// Degrees × 10⁷, WGS-84.
    pub lat_e7: Option<i64>,
    pub lng_e7: Option<i64>,
    pub language: String,
    pub answer: Option<String>,
    pub answered_at: Option<Instant>,
    pub handled_by: Option<String>,
    pub contacted: Option<String>,
    pub solved: Option<String>,
    pub satisfied: Option<String>,
    pub why: Option<String>,
    pub rated_at: Option<Instant>,
    pub reopened: i64,
    pub urged: i64,
    pub urged_at: Option<Instant>,
    pub returned: i64,
    /// The number another system gave it.
    pub external_id: Option<String>,
    /// The reporter wants news by text message.
    pub texts: bool,
    /// Its reporter has closed their account: what they wrote is shown in public no more.
    pub left_at: Option<Instant>,
}

impl CaseFile {
    /// The file of a case nothing has happened to yet.
    pub fn fresh(id: Id, words: String, language: &str) -> CaseFile {
        CaseFile {
            id,
            class: None,
            standard: None,
            open_words: find::open_words(&words, None),
            words,
            answers: "{}".to_owned(),
            address: None,
            lat_e7: None,
            lng_e7: None,
            language: language.to_owned(),
            answer: None,
            answered_at: None,
            handled_by: None,
            contacted: None,
            solved: None,
            satisfied: None,
            why: None,
            rated_at: None,
            reopened: 0,
            urged: 0,
            urged_at: None,
            returned: 0,
            external_id: None,
            texts: false,
            left_at: None,
        }
    }
}
