//! 随网格调整: those who live in a place that was split, merged or moved belong to the one that took
//! it over. Nobody decides it anew; the clock carries out what the change of the place meant.

use std::borrow::Cow;

use crate::act::{Act, Acting, Done, Failure, Refusal, Subject};
use crate::base::{Fault, Id};
use crate::people::store;
use crate::territory::{self, PLACES, succession};

/// People who go with one act: each is a row of the record.
pub const MOST_FOLLOWING: i64 = 200;

pub struct FollowPlace {
    /// The place that ended.
    pub old: Id,
    /// The one they belong to now.
    pub to: Id,
    /// Each with the version that was seen.
    pub people: Vec<(Id, i64)>,
}

impl Act for FollowPlace {
    /// How many went; who was changed meanwhile goes with the next.
    type Outcome = usize;

    fn name(&self) -> Cow<'static, str> {
        "person.follow_grid".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&(&self.old, &self.to, &self.people))?)
    }

    fn subject(&self) -> Subject {
        Subject::row(PLACES, &self.to)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<usize> {
        let old = territory::place_by_id(cx.read(), &self.old)?.ok_or(Failure::Hidden)?;
        let heirs = succession::standing_heirs(cx.read(), &self.old)?;
        let to = heirs.into_iter().find(|heir| heir.id == self.to);
        let Some(to) = to else { return Err(Refusal::new("changed_meanwhile").into()) };
        let mut went = 0;
        for (person, version) in &self.people {
            went += usize::from(store::follow_place(cx, person, *version, &old.path, &to)?);
        }
        Ok(went)
    }
}
