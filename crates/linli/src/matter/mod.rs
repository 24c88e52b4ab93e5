//! A matter (事项): something that goes its way through a procedure.
//!
//! The engine knows stages, moves, clocks and the timeline, and nothing of what makes a case, a
//! vote or a project. What a kind of matter adds (its own facts, guards, effects) it gives as an
//! [`Affair`]. How the duty list knows cases ([`CASES`]) stands here, for many concepts list them.

pub mod batch;
pub mod clock;
mod conduct;
mod guards;
pub mod pace;
#[cfg(test)]
mod tests;
pub mod store;
pub mod tally;
pub mod timeline;
pub mod title;
pub mod warning;

use std::collections::BTreeMap;

use linli_rules::procedure::{Call, FieldKind, Process, Signature};
use serde::{Deserialize, Serialize};

pub use conduct::{Begin, Conduct, Facts, Kit, Moved, Seen};
pub use guards::{GUARDS, number as number_of, right_after};
pub use pace::Pace;

use crate::act::{Acting, Audience, Done, Protected, Reach};
use crate::base::{Id, Instant, text};
use crate::store::ReadTx;
use crate::store::schema::Table;

pub const MATTER: Table = Table::recorded("matter");
pub const ENTRY: Table = Table::recorded("entry");
pub const CLOCK: Table = Table::recorded("clock");
pub const ATTACHMENT: Table = Table::recorded("attachment");
pub const PARTY: Table = Table::engraved("party");

/// Matters of the kind `case` under the duty list.
pub const CASES: Protected = Protected {
    kind: "case",
    table: "matter",
    see: "case.see",
    place: "place_path",
    owner: "owner_id",
    body: "body_id",
    about: "about_body_id",
    publicity: "publicity",
    there: Some(batch::IN_FORCE),
    complaints: None,
};

/// A clock that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    pub since: Instant,
    pub due_at: Instant,
}

/// A matter as the engine knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matter {
    pub id: Id,
    /// Short, with gaps: `2026-001042`.
    pub number: String,
    pub kind: String,
    pub process: String,
    /// The version by which it came to where it stands.
    pub process_version: i64,
    pub stage: String,
    pub phase: String,
    pub version: i64,
    /// Shown to everyone who hears of it: whoever makes it masks it, and see [`title`].
    pub title: String,
    pub place_id: Option<Id>,
    pub place_path: String,
    pub owner: Option<Id>,
    pub body: Option<Id>,
    pub about_body: Option<Id>,
    pub publicity: String,
    pub source: String,
    pub opened_at: Instant,
    pub stage_since: Instant,
    /// When the clock of its stage runs out.
    pub due_at: Option<Instant>,
    /// Of the clocks that run beside its stages the one that runs out first.
    pub beside: Option<Running>,
    pub updated_at: Instant,
    pub closed_at: Option<Instant>,
    pub batch: Option<Id>,
}

impl Matter {
    /// The clock of its stage has not run out; the last moment is within it (民法典 第1259条).
    pub fn in_time(&self, now: Instant) -> bool {
        self.due_at.is_none_or(|due| now <= due)
    }

    /// As the duty list judges it, but for its parties.
    pub fn reach(&self) -> Reach {
        Reach {
            id: self.id.to_string(),
            place_path: self.place_path.clone(),
            owner: self.owner.clone(),
            body: self.body.clone(),
            about_body: self.about_body.clone(),
            publicity: self.publicity.clone(),
            parties: Vec::new(),
            complains_of: Vec::new(),
        }
    }
}

/// The number of a matter: the local year and a running number, such as `2026-001042`.
pub fn number(at: Instant, offset_minutes: i32, n: i64) -> String {
    format!("{}-{n:06}", at.day(offset_minutes).year())
}

/// A photo that was stored before the door and is now named by an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photo {
    /// Content hash: the id of the file.
    pub file: String,
    /// The record field it belongs to: `photos`, `before`, `after`.
    pub role: String,
}

/// What is put down with a move: fields by name, and photos.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Put {
    pub fields: BTreeMap<String, String>,
    #[serde(default)]
    pub photos: Vec<Photo>,
    /// Fields whose photos everyone may see from the beginning.
    #[serde(default)]
    pub opened: Vec<String>,
    /// Photos of the matter that everyone may see from then on.
    #[serde(default)]
    pub shown: Vec<Id>,
}

impl Put {
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Put {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// The same as it is put down, by whatever channel it came: every field without the blanks
    /// around it and the letters that nobody sees. What is checked is then what guards compare and
    /// what stays.
    #[must_use]
    pub fn clean(&self) -> Put {
        let clean = |value: &String| text::clean(value, usize::MAX).unwrap_or_default();
        let fields = self.fields.iter().map(|(name, value)| (name.clone(), clean(value)));
        Put { fields: fields.collect(), ..self.clone() }
    }

    /// The value of a field; empty when it was left out.
    pub fn get(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

/// What one kind of matter adds to the engine.
pub trait Affair: Send + Sync + 'static {
    /// The procedure's id and so the key of this affair.
    fn process(&self) -> &'static str;

    /// How the duty list knows matters of this kind.
    fn of(&self) -> Protected;

    /// The guards of this affair: what they take, and how they refuse.
    fn guards(&self) -> &'static [Signature<'static>];

    /// Whether there is such a body, class, place or duty.
    fn exists(&self, cx: &Acting<'_, '_>, kind: FieldKind, value: &str) -> Done<bool>;

    /// The lines of a field of the kind `checks`; none where nothing has to be checked.
    fn checks(&self, tx: &ReadTx<'_>, matter: &Matter, put: &Put) -> Done<Vec<String>>;

    /// What may be put down beside a field of this kind without being asked for by name.
    fn beside(&self, kind: FieldKind) -> &'static [&'static str];

    /// Whether a guard of this affair holds; `Ok(None)` for a guard it does not know.
    fn guard(
        &self,
        cx: &Acting<'_, '_>,
        matter: &Matter,
        call: &Call,
        put: &Put,
    ) -> Done<Option<bool>>;

    /// Carries out a named effect; the matter still stands at the stage it is moved from.
    fn effect(
        &self,
        cx: &mut Acting<'_, '_>,
        process: &Process,
        matter: &mut Matter,
        name: &str,
        put: &Put,
    ) -> Done<()>;

    /// What every move leaves behind, beyond the named effects.
    fn after(&self, cx: &mut Acting<'_, '_>, matter: &mut Matter, act: &str, put: &Put)
    -> Done<()>;

    /// How quickly it is to be handled.
    fn pace(&self, tx: &ReadTx<'_>, matter: &Matter) -> Done<Pace>;

    /// Whom a name such as `dispatchers` means for this matter as the move leaves it.
    fn audience(
        &self,
        cx: &Acting<'_, '_>,
        process: &Process,
        matter: &Matter,
        who: &str,
    ) -> Done<Vec<Audience>>;

    /// Whether this notice goes to them by text message as well.
    fn texts(&self, cx: &Acting<'_, '_>, matter: &Matter, who: &str, notice: &str) -> Done<bool>;
}
