//! case.release_photos (公开照片): which photos of a case everyone may see.
//!
//! A photo shows faces, number plates and front doors that no mask finds. So none is public because
//! of the form it came with: somebody whose duty it is has looked at each and ticked it
//! (个人信息保护法 第25条、第51条). The reporter's own photos are no exception.

use std::borrow::Cow;

use super::view::{Looker, Standing};
use crate::act::{Act, Acting, Done, FieldProblem, Reach, Subject};
use crate::base::{Fault, Id};
use crate::matter::timeline::{self, Attached};
use crate::matter::{CASES, Seen, store as matters};

/// The photos that are public from now on; all others of the case are not. What was not on the page
/// that was looked at is nobody's decision: a case that has gone on since is to be looked at again.
pub struct ReleasePhotos {
    pub case: Id,
    /// The version the officer looked at.
    pub seen: Seen,
    pub shown: Vec<Id>,
}

impl Act for ReleasePhotos {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "case.release_photos".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&(&self.case, &self.seen, &self.shown))?)
    }

    fn subject(&self) -> Subject {
        Subject::row(CASES, &self.case)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        let mut case = matters::seen(cx.read(), &self.case, &self.seen)?;
        let all = timeline::attached(cx.read(), &case.id)?;
        if self.shown.iter().any(|id| all.iter().all(|photo| photo.id != *id)) {
            return Err(FieldProblem::new("shown", "no_such_photo").into());
        }
        let beside =
            |id: &Id| timeline::copy_of(&all, id).is_some_and(|copy| self.shown.contains(&copy.id));
        if self.shown.iter().any(beside) {
            return Err(FieldProblem::new("shown", "photo_beside_its_copy").into());
        }
        let mut changed = false;
        for photo in &all {
            let shown = self.shown.contains(&photo.id);
            if shown != photo.released {
                matters::release(cx, &photo.id, shown)?;
                changed = true;
            }
        }
        if changed {
            case.updated_at = cx.now();
            matters::save(cx, &mut case)?;
        }
        Ok(())
    }
}

/// A photo with its tick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    pub id: Id,
    pub href: String,
    pub released: bool,
    /// It is the redacted copy of another.
    pub copy: bool,
    /// It has such a copy, which everyone may see: nothing is left to decide.
    pub redacted: bool,
}

impl Tick {
    /// Nobody has decided about it.
    pub fn waits(&self) -> bool {
        !self.released && !self.redacted
    }
}

/// The photos of a case, for whoever decides about them; none for all others.
pub fn ticks(looker: &Looker, standing: Standing, reach: &Reach, photos: &[Attached]) -> Vec<Tick> {
    if !standing.inside() || !looker.may("case.release_photos", reach) {
        return Vec::new();
    }
    let tick = |photo: &Attached| Tick {
        href: format!("/files/{}.jpg", photo.file),
        id: photo.id.clone(),
        released: photo.released,
        copy: photo.redacts.is_some(),
        redacted: timeline::copy_of(photos, &photo.id).is_some(),
    };
    photos.iter().map(tick).collect()
}
