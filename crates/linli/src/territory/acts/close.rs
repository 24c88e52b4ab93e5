//! 撤销区域: a place ends and nothing takes its place. Nothing may hang on it any more.

use std::borrow::Cow;

use super::standing;
use crate::act::{Act, Acting, Done, Refusal, Subject};
use crate::base::{Fault, Id, Instant};
use crate::store::ReadTx;
use crate::territory::{HangingOn, PLACES, Place, store};

/// Entries of remits that go along at once: each takes two rows of the record, one that ends and
/// one that begins, and the record of one act has room for this many beside its places.
pub const MOST_REMITS: i64 = 400;

/// Ends a place that has none below it, no open case, nobody in post, no body and no remit.
pub struct ClosePlace {
    pub place: Id,
    /// The version the official looked at.
    pub seen: i64,
    pub hanging: HangingOn,
}

impl Act for ClosePlace {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "place.close".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&(&self.place, self.seen))?)
    }

    fn subject(&self) -> Subject {
        Subject::row(PLACES, &self.place)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        let place = standing(cx.read(), &self.place)?;
        if place.parent.is_none() {
            return Err(Refusal::new("root_stays").into());
        }
        if store::has_children(cx.read(), &place.id)? {
            return Err(Refusal::new("place_not_empty").with("place", place.name).into());
        }
        nothing_hangs_on(cx, &place, self.hanging)?;
        let now = cx.now();
        if !store::end_place(cx.tx, &place.id, self.seen, now)? {
            return Err(Refusal::new("changed_meanwhile").into());
        }
        store::bump(cx.tx)?;
        Ok(())
    }
}

/// Refuses where a body sits: other than cases, people, posts and remits it goes along with no
/// merge of a place.
pub(in crate::territory) fn no_body_at(
    tx: &ReadTx<'_>,
    place: &Place,
    hanging: HangingOn,
    now: Instant,
) -> Done<()> {
    refuse_first(place, [("place_has_bodies", hanging(tx, &place.path, now)?.bodies)])
}

/// Refuses where a body has a remit: of two parts nobody could say which it goes with.
pub(in crate::territory) fn no_remit_at(
    tx: &ReadTx<'_>,
    place: &Place,
    hanging: HangingOn,
    now: Instant,
) -> Done<()> {
    refuse_first(place, [("place_has_remits", hanging(tx, &place.path, now)?.remits)])
}

/// Refuses where more entries of remits would go along than the record of one act has room for.
pub(in crate::territory) fn few_remits(
    tx: &ReadTx<'_>,
    places: &[Place],
    hanging: HangingOn,
    now: Instant,
) -> Done<()> {
    let mut all = 0;
    for place in places {
        all += hanging(tx, &place.path, now)?.remits;
    }
    if all <= MOST_REMITS {
        return Ok(());
    }
    let refusal = Refusal::new("too_many_remits").with("n", all.to_string());
    Err(refusal.with("max", MOST_REMITS.to_string()).into())
}

/// Refuses with the first thing that goes along with no move of a place.
pub(super) fn nothing_stays(cx: &Acting<'_, '_>, place: &Place, hanging: HangingOn) -> Done<()> {
    let left = hanging(cx.read(), &place.path, cx.now())?;
    refuse_first(
        place,
        [
            ("place_has_open_cases", left.open_cases),
            ("place_has_holders", left.holders),
            ("place_has_bodies", left.bodies),
        ],
    )
}

/// Refuses with the first thing that would be left behind where nothing takes its place.
fn nothing_hangs_on(cx: &Acting<'_, '_>, place: &Place, hanging: HangingOn) -> Done<()> {
    nothing_stays(cx, place, hanging)?;
    no_remit_at(cx.read(), place, hanging, cx.now())
}

fn refuse_first<const N: usize>(place: &Place, all: [(&'static str, i64); N]) -> Done<()> {
    match all.into_iter().find(|(_, n)| *n > 0) {
        None => Ok(()),
        Some((code, n)) => {
            Err(Refusal::new(code).with("place", &place.name).with("n", n.to_string()).into())
        }
    }
}
