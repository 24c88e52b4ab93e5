//! Proposals (提请): a change of the list that one administrator may not make alone, and the other
//! who decides on it. Of the three administrators one keeps the list, another confirms what widens
//! it for everybody, and the third audits both (GB/T 22239—2019 安全管理中心).

use std::collections::BTreeSet;

use super::{CONFIRM, Change, Names, widens};
use crate::act::{Actor, DutyList, PUBLIC, RESIDENT, Reach, Refusal};
use crate::base::{Id, Instant};
use crate::people::acts::office::Office;
use crate::people::rules::not_oneself;

/// Characters of a reason, and of why a proposal is refused.
pub const MOST_REASON: usize = 500;
/// Proposals that may wait at a time: a change of the list ends them all in one act.
pub const MOST_OPEN: i64 = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody has decided yet.
    Open,
    /// Another administrator agreed, and the list was changed.
    Confirmed,
    Refused,
    /// Taken back by whoever made it.
    Withdrawn,
    /// The list was changed otherwise, so that it no longer fits.
    Overtaken,
}

impl State {
    const ALL: [State; 5] =
        [State::Open, State::Confirmed, State::Refused, State::Withdrawn, State::Overtaken];

    pub fn name(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Confirmed => "confirmed",
            State::Refused => "refused",
            State::Withdrawn => "withdrawn",
            State::Overtaken => "overtaken",
        }
    }

    pub fn from_name(name: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.name() == name)
    }
}

#[derive(Clone, Debug)]
pub struct Proposal {
    pub id: Id,
    pub change: Change,
    /// An administrator's post to be given or taken; the list then stays as it is.
    pub office: Option<Office>,
    /// The version of the list it was made against.
    pub seen: i64,
    pub reason: String,
    pub by_person: Id,
    pub by_kind: String,
    pub by_label: String,
    pub at: Instant,
    pub state: State,
    /// The post by which it was decided; none where it was overtaken.
    pub decided_label: Option<String>,
    pub decided_by: Option<Id>,
    pub decided_at: Option<Instant>,
    pub why: Option<String>,
}

impl Proposal {
    /// As the duty list judges it: the same as `PROPOSALS` says of its row.
    pub fn reach(&self) -> Reach {
        Reach { id: self.id.to_string(), owner: Some(self.by_person.clone()), ..Reach::at("/") }
    }

    pub fn is_open(&self) -> Result<(), Refusal> {
        match self.state {
            State::Open => Ok(()),
            _ => Err(Refusal::new("proposal_decided")),
        }
    }
}

/// The other administrators to whom the list gives to confirm, as kinds of post.
pub fn deciders(list: &DutyList, names: &Names<'_>, by: &str) -> BTreeSet<String> {
    let may = |kind: &&String| list.of(kind, CONFIRM).next().is_some();
    names.administrators.iter().filter(|kind| *kind != by).filter(may).cloned().collect()
}

/// Who decides is another person than who proposed, and another of the three administrators. They
/// hold that post themself: whoever may let others stand in would else choose who confirms.
pub fn decides(actor: &Actor, proposal: &Proposal) -> Result<(), Refusal> {
    proposal.is_open()?;
    if actor.person.as_ref().is_none_or(|person| *person == proposal.by_person) {
        return Err(Refusal::new("own_proposal"));
    }
    if actor.kind == proposal.by_kind || !actor.administrator {
        return Err(Refusal::new("another_administrator"));
    }
    if actor.stands_in {
        return Err(Refusal::new("decided_by_holder"));
    }
    match &proposal.office {
        Some(office) => not_oneself(actor.person.as_ref(), office.person()),
        None => Ok(()),
    }
}

/// Who confirms gains by it only what everybody gains, and no post. `own` are the kinds of post by
/// which they have powers.
pub fn confirms(
    actor: &Actor,
    proposal: &Proposal,
    (list, names): (&DutyList, &Names<'_>),
    own: &BTreeSet<String>,
) -> Result<(), Refusal> {
    decides(actor, proposal)?;
    if proposal.office.is_some() {
        return Ok(());
    }
    let mut own = own.clone();
    own.retain(|kind| ![PUBLIC, RESIDENT].contains(&kind.as_str()));
    if widens(list, &proposal.change, names, &own) {
        return Err(Refusal::new("confirmers_powers"));
    }
    Ok(())
}
