//! What an act may answer instead of an outcome.

use serde::Serialize;

use crate::base::Fault;
use crate::base::letters::LetterProblem;
use crate::store::StoreError;

/// The domain says no. The code is stable; its sentence stands in the messages as `refusal.CODE`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    pub code: &'static str,
    pub params: Vec<(&'static str, String)>,
}

impl Refusal {
    pub fn new(code: &'static str) -> Refusal {
        Refusal { code, params: Vec::new() }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Refusal {
        self.params.push((name, value.into()));
        self
    }

    pub fn param(&self, name: &str) -> Option<&str> {
        let found = self.params.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// A field that cannot be taken as it is; the sentence stands in the messages as `problem.CODE`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldProblem {
    pub field: String,
    pub code: &'static str,
    pub params: Vec<(&'static str, String)>,
}

impl FieldProblem {
    pub fn new(field: impl Into<String>, code: &'static str) -> FieldProblem {
        FieldProblem { field: field.into(), code, params: Vec::new() }
    }

    /// A file in letters that are not ours.
    pub fn of_letters(field: impl Into<String>, problem: LetterProblem) -> FieldProblem {
        let said = FieldProblem::new(field, problem.code());
        match problem {
            LetterProblem::NoCharacter { line } => said.with("line", line),
            LetterProblem::Utf16 | LetterProblem::Binary => said,
        }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> FieldProblem {
        self.params.push((name, value.to_string()));
        self
    }
}

/// Why there is no outcome. Nothing was written, except perhaps where it says so.
#[derive(Debug)]
pub enum Failure {
    Refused(Refusal),
    /// What the actor may not see does not exist: 404.
    Hidden,
    Invalid(Vec<FieldProblem>),
    /// The database cannot be reached or is full: 503, try again.
    Unavailable(String),
    /// The database was cut off at the commit: written or not, nobody knows. Sent again, it counts
    /// once: 503.
    Unsure(String),
    Fault(Fault),
}

/// The answer of a rule or an act.
pub type Done<T> = Result<T, Failure>;

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        Failure::Refused(refusal)
    }
}

impl From<FieldProblem> for Failure {
    fn from(problem: FieldProblem) -> Failure {
        Failure::Invalid(vec![problem])
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Failure {
        Failure::Fault(fault)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        match error {
            StoreError::Unavailable(what) => Failure::Unavailable(what),
            StoreError::Unsure(what) => Failure::Unsure(what),
            StoreError::Retry | StoreError::Locked => Failure::Unavailable(error.to_string()),
            StoreError::Unique(_) => Refusal::new("already_there").into(),
            StoreError::Fault(fault) => Failure::Fault(fault),
            other => Failure::Fault(Fault::new(other.to_string())),
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Refused(refusal) => {
                write!(f, "refused: {}", refusal.code)?;
                refusal.params.iter().try_for_each(|(name, value)| write!(f, " {name}={value}"))
            }
            Failure::Hidden => f.write_str("not found"),
            Failure::Invalid(problems) => {
                f.write_str("not taken:")?;
                problems.iter().try_for_each(|p| write!(f, " {}: {}", p.field, p.code))
            }
            Failure::Unavailable(what) => write!(f, "unavailable: {what}"),
            Failure::Unsure(what) => write!(f, "done or not, nobody knows: {what}"),
            Failure::Fault(fault) => write!(f, "fault: {fault}"),
        }
    }
}
