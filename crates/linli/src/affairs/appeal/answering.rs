//! Who answers for a case where it lies. Never the body it complains of (信访工作条例: 回避), whose
//! duty then falls to others.

use crate::act::Done;
use crate::base::Id;
use crate::catalogue::Class;
use crate::matter::Matter;
use crate::people::remit;
use crate::store::ReadTx;

/// Bodies a case may be dispatched to.
pub struct Answering {
    pub bodies: Vec<remit::Answering>,
    /// The first is the one the duty list names for this class here.
    pub proposed: bool,
}

impl Answering {
    /// The body that the duty list names.
    pub fn proposed(&self) -> Option<&remit::Answering> {
        self.bodies.first().filter(|_| self.proposed)
    }
}

/// The kind of body that answers for a class; none where any may, as for a case without a class.
pub fn kind_of(class: Option<&Class>) -> Option<&str> {
    class.and_then(|class| class.body_kind.as_deref())
}

/// The bodies that answer for a class at the place of a matter, the nearest first.
pub fn of_matter(tx: &ReadTx<'_>, class: Option<&Class>, matter: &Matter) -> Done<Answering> {
    at(tx, kind_of(class), &matter.place_path, matter.about_body.as_ref())
}

/// The bodies that answer for a kind at a place, the nearest first; for anything where no kind is
/// named. Where the only one is complained of, all others.
pub fn at(tx: &ReadTx<'_>, kind: Option<&str>, path: &str, about: Option<&Id>) -> Done<Answering> {
    let all = remit::answering(tx, kind, path)?;
    let walled = !all.is_empty();
    let bodies = but(all, about);
    if bodies.is_empty() && walled && kind.is_some() {
        return Ok(Answering {
            bodies: but(remit::answering(tx, None, path)?, about),
            proposed: false,
        });
    }
    let proposed = kind.is_some() && !bodies.is_empty();
    Ok(Answering { bodies, proposed })
}

fn but(mut bodies: Vec<remit::Answering>, about: Option<&Id>) -> Vec<remit::Answering> {
    bodies.retain(|body| Some(&body.id) != about);
    bodies
}
