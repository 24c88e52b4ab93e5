//! What the reporter said: to the questions of the class; and 评价, in the words of the move by
//! which it was put down.

use linli_rules::procedure::FieldKind;

use super::super::answers;
use super::{CaseView, Sheet};
use crate::base::Instant;
use crate::matter::Matter;

/// The move by which a reporter is asked how it was.
pub const BY_CALL: &str = "rate_by_call";
/// The move that puts down a call that brought no rating.
pub const CALL_TRIED: &str = "call_tried";

impl CaseView {
    /// How often its reporter was called without a rating.
    pub fn called(&self) -> usize {
        self.timeline.iter().filter(|entry| entry.act == CALL_TRIED).count()
    }

    /// Its reporter says it is not solved, and it rests all the same.
    pub fn unsolved(&self) -> bool {
        self.unsolved && self.rated_before.is_none() && self.matter.phase == "closed"
    }
}

impl Sheet<'_, '_> {
    /// When it was rated, where that was of an end before this one: a case that was opened again,
    /// and perhaps closed again, has yet to be rated.
    pub(super) fn rated_before(&self, matter: &Matter) -> Option<String> {
        let before = |at: &Instant| matter.closed_at.is_none_or(|closed| *at < closed);
        self.file.rated_at.filter(before).map(|at| self.short(at))
    }

    /// The move by which it was rated last: each asks in words of its own.
    pub(super) fn rated_by(&self) -> &'static str {
        let rates = |act: &str| act == BY_CALL || act == "rate";
        let last = self.entries.iter().rfind(|entry| rates(&entry.act));
        if last.is_some_and(|entry| entry.act == BY_CALL) { BY_CALL } else { "rate" }
    }

    pub(super) fn rating(&self, act: &str) -> Vec<(String, String)> {
        let file = &self.file;
        let lang = self.looker.lang.code();
        let Some(by) = self.process.moves.iter().find(|by| by.act == act) else {
            return Vec::new();
        };
        let given = [
            ("contacted", &file.contacted),
            ("solved", &file.solved),
            ("satisfied", &file.satisfied),
        ];
        let told = given.into_iter().filter_map(|(name, value)| {
            let field = by.field(name).filter(|field| field.kind == FieldKind::Choice)?;
            let value = value.as_deref()?;
            let option = field.options.iter().find(|option| option.value == value)?;
            Some((field.title.in_lang(lang).to_owned(), option.title.in_lang(lang).to_owned()))
        });
        told.collect()
    }

    pub(super) fn answers(&self) -> Vec<(String, String)> {
        let class = self.class.as_ref();
        if !self.standing.exact() {
            return Vec::new();
        }
        let lang = self.looker.lang;
        let given: std::collections::BTreeMap<String, String> =
            serde_json::from_str(&self.file.answers).unwrap_or_default();
        let told = |(code, value): (&String, &String)| {
            let question = class.and_then(|class| class.questions.iter().find(|q| q.code == *code));
            let title = question.map_or(code.as_str(), |q| q.title.pick(lang)).to_owned();
            let one = |value: &str| {
                let known = question.and_then(|q| q.options.iter().find(|o| o.value == value));
                known.map_or(value, |option| option.title(lang)).to_owned()
            };
            let values: Vec<String> = answers::choices(value).map(one).collect();
            (title, self.words(&values.join(lang.pick("、", ", "))))
        };
        given.iter().filter(|(_, value)| !value.is_empty()).map(told).collect()
    }
}
