//! Whether another version of a procedure can take the place of the one in force.

use linli_rules::procedure::{Problem, Process};

use crate::act::{Done, Failure, FieldProblem};
use crate::district::Processes;
use crate::district::processes::{Adopted, ProcessKind};
use crate::district::store;
use crate::page;
use crate::store::ReadTx;

/// Bytes of a procedure file.
pub const MOST_BYTES: usize = 64 * 1024;

/// The field of the form that carries the file.
pub const TEXT: &str = "text";

/// What is in force, whether or not the program can still run it: a version that no longer fits
/// must be replaceable.
pub struct InForce {
    pub kind: ProcessKind,
    pub own: Option<Adopted>,
    /// Every version that was adopted, newest first.
    pub adopted: Vec<Adopted>,
}

impl InForce {
    pub fn version(&self) -> i64 {
        self.own.as_ref().map_or(i64::from(self.kind.shipped.version), |own| own.version)
    }

    pub fn text(&self) -> &str {
        self.own.as_ref().map_or(self.kind.text, |own| &own.text)
    }

    /// The procedure itself, where the program can run it.
    pub fn process(&self) -> Result<Process, Vec<Problem>> {
        (self.kind.parse)(self.text())
    }

    /// Reads a new version and holds it against what is in force and where matters stand.
    pub fn fit(
        &self,
        text: &str,
        in_use: &[(String, String, i64)],
    ) -> Result<Process, Vec<FieldProblem>> {
        if text.len() > MOST_BYTES {
            return Err(vec![page::too_big(TEXT, MOST_BYTES)]);
        }
        let new =
            (self.kind.parse)(text).map_err(|all| all.iter().map(line).collect::<Vec<_>>())?;
        let mut wrong = Vec::new();
        let newest = self.adopted.iter().map(|row| row.version).max().unwrap_or(0);
        let least = newest.max(self.version()) + 1;
        if i64::from(new.version) < least {
            wrong.push(FieldProblem::new(TEXT, "process_version").with("least", least));
        }
        if i64::from(new.version) > least + MOST_AHEAD {
            let far = FieldProblem::new(TEXT, "process_version_far");
            wrong.push(far.with("most", least + MOST_AHEAD));
        }
        wrong.extend(stranded(&new, in_use));
        if wrong.is_empty() { Ok(new) } else { Err(wrong) }
    }
}

/// Numbers that one version may pass over: the last number of all would leave none for the next.
const MOST_AHEAD: i64 = 1_000;

/// Stages at which matters stand and that a version does not have, or takes for another phase.
pub fn stranded(new: &Process, in_use: &[(String, String, i64)]) -> Vec<FieldProblem> {
    let mut wrong = Vec::new();
    for (stage, phase, n) in in_use {
        let known = new.stage(stage).map(|stage| stage.phase.name());
        let code = match known {
            Some(known) if known == phase => continue,
            Some(_) => "stage_phase_in_use",
            None => "stage_in_use",
        };
        wrong.push(FieldProblem::new(TEXT, code).with("stage", stage).with("n", n));
    }
    wrong
}

fn line(problem: &Problem) -> FieldProblem {
    FieldProblem::new(TEXT, "process_line")
        .with("line", problem.line)
        .with("zh", &problem.reason.zh)
        .with("en", &problem.reason.en)
}

/// Lines end as they do on this side, however a browser sends them.
pub fn lines_of(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// What is in force, read without being run; hidden where the program has no such procedure.
pub fn standing_to_mend(tx: &ReadTx<'_>, processes: &Processes, id: &str) -> Done<InForce> {
    let kind = processes.kind(id).cloned().ok_or(Failure::Hidden)?;
    let all = store::adopted(tx)?;
    let adopted: Vec<Adopted> = all.into_iter().filter(|row| row.process == id).collect();
    let own = adopted.iter().find(|row| row.until.is_none()).cloned();
    Ok(InForce { kind, own, adopted })
}
