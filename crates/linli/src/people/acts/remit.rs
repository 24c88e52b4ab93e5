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
}

impl Act for AddRemit {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "remit.add".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        super::body_of(&[self.body.as_str(), &self.kind, self.place.as_str(), &self.ground])
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
        remit::keep(cx, &self.body, &self.kind, &place.path, &self.ground)
    }
}

/// A body no longer answers for a kind of matter at a place.
pub struct EndRemit {
    pub body: Id,
    pub remit: Id,
}

impl Act for EndRemit {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "remit.end".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        super::body_of(&[self.body.as_str(), self.remit.as_str()])
    }

    fn subject(&self) -> Subject {
        Subject::row(BODIES, &self.body)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        if remit::end(cx, &self.body, &self.remit)? {
            Ok(())
        } else {
            Err(Refusal::new("remit_ended").into())
        }
    }
}

fn still_there(tx: &ReadTx<'_>, body: &Id) -> Done<()> {
    match store::body(tx, body)? {
        Some(body) if body.ended_at.is_none() => Ok(()),
        _ => Err(Refusal::new("body_ended").into()),
    }
}
