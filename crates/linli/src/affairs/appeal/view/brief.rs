//! A case in brief, and what every look at one begins with: whether it is seen at all.

use super::{Disclosure, Looker, Standing};
use crate::act::{Done, Failure, Reach, Refusal};
use crate::affairs::appeal::kit;
use crate::base::Id;
use crate::matter::{CASES, Matter, store as matters};
use crate::people::remit;
use crate::store::ReadTx;

/// A case in the words that a receipt has room for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brief {
    pub number: String,
    pub title: String,
    pub body: Option<String>,
    pub due: Option<String>,
}

/// What [`super::look`] shows of a case, in brief.
pub fn brief(tx: &ReadTx<'_>, looker: &Looker, id: &Id) -> Done<Brief> {
    let Sight { matter, standing, .. } = sight(tx, looker, id)?;
    let known = kit(&looker.district).ok_or_else(|| Refusal::new("no_procedure"))?;
    let shows = Disclosure::of(Some(&known.process), &matter.stage, standing);
    let due = matter.due_at.filter(|_| shows.tells("due"));
    Ok(Brief {
        body: body_of(tx, shows, &matter)?,
        due: due.map(|at| looker.dated(at)),
        number: matter.number,
        title: matter.title,
    })
}

/// A matter that a looker may see, and where they stand towards it.
pub(super) struct Sight {
    pub matter: Matter,
    pub reach: Reach,
    pub standing: Standing,
}

pub(super) fn sight(tx: &ReadTx<'_>, looker: &Looker, id: &Id) -> Done<Sight> {
    let matter = matters::matter(tx, id.as_str())?.ok_or(Failure::Hidden)?;
    let reach = CASES.reach(tx, id.as_str())?.ok_or(Failure::Hidden)?;
    let standing = looker.standing(&reach).ok_or(Failure::Hidden)?;
    Ok(Sight { matter, reach, standing })
}

/// What the responsible body is called, where that is told.
pub(super) fn body_of(
    tx: &ReadTx<'_>,
    shows: Disclosure<'_>,
    matter: &Matter,
) -> Done<Option<String>> {
    Ok(match matter.body.as_ref().filter(|_| shows.tells("responsible_body")) {
        Some(body) => remit::name_of(tx, body)?,
        None => None,
    })
}
