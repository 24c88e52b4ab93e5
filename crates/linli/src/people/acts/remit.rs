//! The remit (管辖) of a body, kept by the system administrator: one more kind of matter or one
//! more place, and the end of one. Cases that a body has in hand stay with it either way; the remit
//! says to whom the next ones fall.

use std::borrow::Cow;

use crate::act::{Act, Acting, Done, FieldProblem, Refusal, Subject};
use crate::base::{Fault, Id};
use crate::people::{BODIES, remit, rules, store};
use crate::store::ReadTx;
use crate::territory;

/// A body answers for a kind of matter at a place and all below it.
pub struct AddRemit {
    pub body: Id,
    /// As the catalogue of classes names it: `power`.
    pub kind: String,
    pub place: Id,
    /// Where that is written.
    pub ground: String,
    /// The version of the remits of the kind that was looked at ([`remit::version`]).
    pub seen: i64,
}

impl Act for AddRemit {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "remit.add".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        let (place, seen) = (self.place.as_str(), self.seen.to_string());
        super::body_of(&[self.body.as_str(), &self.kind, place, &self.ground, &seen])
    }

    fn subject(&self) -> Subject {
        Subject::row(BODIES, &self.body)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        still_there(cx.read(), &self.body)?;
        if !rules::is_kind(&self.kind) {
            return Err(FieldProblem::new("kind", "bad_kind").into());
        }
        let place = territory::store::place_by_id(cx.read(), &self.place)?;
        let Some(place) = place.filter(territory::Place::stands) else {
            return Err(FieldProblem::new("place", "no_such_place").into());
        };
        if remit::is_there(cx.read(), &self.body, &self.kind, &place.path)? {
            return Err(Refusal::new("remit_there").into());
        }
        still_so(cx.read(), &self.kind, self.seen)?;
        remit::keep(cx, &self.body, &self.kind, &place.path, &self.ground)
    }
}

/// A body no longer answers for a kind of matter at a place.
pub struct EndRemit {
    pub body: Id,
    pub remit: Id,
    /// As in [`AddRemit`].
    pub seen: i64,
}

impl Act for EndRemit {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "remit.end".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        let seen = self.seen.to_string();
        super::body_of(&[self.body.as_str(), self.remit.as_str(), &seen])
    }

    fn subject(&self) -> Subject {
        Subject::row(BODIES, &self.body)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        let ended = || Refusal::new("remit_ended");
        let kind = remit::kind(cx.read(), &self.body, &self.remit)?.ok_or_else(ended)?;
        still_so(cx.read(), &kind, self.seen)?;
        if remit::end(cx, &self.body, &self.remit)? { Ok(()) } else { Err(ended().into()) }
    }
}

/// What passes to whom is still what was looked at.
fn still_so(tx: &ReadTx<'_>, kind: &str, seen: i64) -> Done<()> {
    if remit::version(tx, kind)? == seen {
        Ok(())
    } else {
        Err(Refusal::new("changed_meanwhile").into())
    }
}

fn still_there(tx: &ReadTx<'_>, body: &Id) -> Done<()> {
    match store::body(tx, body)? {
        Some(body) if body.ended_at.is_none() => Ok(()),
        _ => Err(Refusal::new("body_ended").into()),
    }
}
