//! The way a matter goes where nothing goes amiss, from `next` to `next`.

use super::check::Checking;
use super::{Process, Stage};

impl Process {
    /// The stages that are still to come after this one where nothing goes amiss, the last of them
    /// one to rest at. Empty where the file does not say it to the end.
    pub fn onward(&self, from: &Stage) -> Vec<&Stage> {
        let after = |stage: &&Stage| stage.next.as_deref().and_then(|next| self.stage(next));
        let first = after(&from).into_iter();
        let way = first.flat_map(|first| std::iter::successors(Some(first), after));
        let way: Vec<&Stage> = way.take(self.stages.len()).collect();
        match way.last() {
            Some(last) if last.phase.is_final() => way,
            _ => Vec::new(),
        }
    }
}

impl Checking<'_> {
    /// What is to come next can be come to, and leads to an end.
    pub(super) fn onward(&mut self, lines: &[usize]) {
        let process = self.process;
        let steps = process.transitions();
        for (stage, line) in process.stages.iter().zip(lines) {
            let Some(next) = &stage.next else { continue };
            let leads = |from: &Stage, to: &str| from.id == stage.id && to == next;
            if stage.phase.is_final() {
                let id = &stage.id;
                self.say(
                    *line,
                    format!("{id} 是办结或撤回阶段，不写 next"),
                    format!("{id} is an end and has no next"),
                );
            } else if !steps.iter().any(|s| s.from.is_some_and(|from| leads(from, &s.to.id))) {
                self.say(
                    *line,
                    format!("next：没有动作从这里到 {next}"),
                    format!("next: no move leads from here to {next}"),
                );
            } else if process.onward(stage).is_empty() {
                self.say(
                    *line,
                    format!("从 {next} 起，next 没有一直写到办结"),
                    format!("from {next} on no next leads to an end"),
                );
            }
        }
    }
}
