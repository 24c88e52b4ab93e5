//! duty.propose, duty.confirm, duty.refuse, duty.withdraw: what gives powers to everybody, or to
//! whoever keeps the list, takes two administrators; so does an administrator's post.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;

use super::change::{Known, apply, own_kinds, sound};
use super::tell;
use crate::act::{
    Act, Acting, Audience, Done, DutyBook, DutyList, Failure, Reach, Refusal, Subject,
};
use crate::base::secret::Keys;
use crate::base::{Fault, Id, text};
use crate::disclosure::rules::proposals::{
    MOST_OPEN, MOST_REASON, Proposal, State, confirms, deciders, decides,
};
use crate::disclosure::rules::{self, Change};
use crate::disclosure::{LIST, PROPOSALS, store};
use crate::district::Processes;
use crate::people::acts::office::Office;

/// A change asked for, against the version `seen` of the list.
#[derive(Clone, Debug, Serialize)]
pub struct Propose {
    pub seen: i64,
    pub change: Change,
    pub reason: String,
    #[serde(skip)]
    pub processes: Processes,
}

impl Act for Propose {
    /// The proposal.
    type Outcome = Id;

    fn name(&self) -> Cow<'static, str> {
        rules::PROPOSE.into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(self)?)
    }

    fn subject(&self) -> Subject {
        Subject::New { kind: "duty_list", id: LIST.to_owned(), reach: Reach::at("/") }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<Id> {
        let change = self.change.cleaned();
        let standing = sound(cx.read(), (self.seen, &change), &self.processes)?;
        let reason = said(&self.reason, "reason")?;
        let change = rules::reasoned(&standing.0, &change, &reason)?;
        lay_before(cx, (&change, None), &reason, &standing)
    }
}

/// Keeps a proposal, and tells those who may decide it.
fn lay_before(
    cx: &mut Acting<'_, '_>,
    (change, office): (&Change, Option<&Office>),
    reason: &str,
    (list, known): &(Arc<DutyList>, Known),
) -> Done<Id> {
    let person = cx.actor.person.clone().ok_or_else(|| Refusal::new("sign_in_first"))?;
    if store::open_proposals(cx.read())? >= MOST_OPEN {
        let most = MOST_OPEN.to_string();
        return Err(Refusal::new("too_many_proposals").with("max", most).into());
    }
    let (id, at, seen) = (cx.new_id(), cx.now(), list.version);
    let new = store::New { change, office, seen, reason, person: &person, at };
    store::keep_proposal(cx.tx, &id, cx.actor, &new)?;
    for kind in deciders(list, &known.names(), &cx.actor.kind) {
        let place_path = cx.actor.place_path.clone();
        tell(cx, Audience::PostsAt { kind, place_path }, "proposed", &id);
    }
    Ok(id)
}

/// An administrator's post is to be given or taken ([`crate::people::acts::office`]).
pub fn take_two(cx: &mut Acting<'_, '_>, office: &Office, reason: &str) -> Done<Id> {
    let list = DutyBook::default().current(cx.read())?;
    let known = Known::read(cx.read(), &Processes::default())?;
    lay_before(cx, (&Change::default(), Some(office)), reason, &(list, known))
}

fn said(words: &str, field: &str) -> Done<String> {
    match rules::text_problem(words, MOST_REASON, field) {
        Some(problem) => Err(problem.into()),
        None => Ok(text::clean(words, MOST_REASON).unwrap_or_default()),
    }
}

fn standing(cx: &Acting<'_, '_>, id: &Id) -> Done<Proposal> {
    store::proposal(cx.read(), id)?.ok_or(Failure::Hidden)
}

fn decide(cx: &mut Acting<'_, '_>, id: &Id, state: State, why: Option<&str>) -> Done<()> {
    let now = cx.now();
    if store::decide(cx.tx, id, (state, now), cx.actor, why)? {
        Ok(())
    } else {
        Err(Refusal::new("changed_meanwhile").into())
    }
}

/// Another administrator agrees: the list is changed as it was proposed.
#[derive(Clone)]
pub struct Confirm {
    pub proposal: Id,
    pub processes: Processes,
    /// They open the name of who is appointed, to be published.
    pub keys: Keys,
}

impl Act for Confirm {
    /// The version of the list as it now stands.
    type Outcome = i64;

    fn name(&self) -> Cow<'static, str> {
        rules::CONFIRM.into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&self.proposal)?)
    }

    fn subject(&self) -> Subject {
        Subject::row(PROPOSALS, &self.proposal)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<i64> {
        let proposal = standing(cx, &self.proposal)?;
        proposal.is_open()?;
        if let Some(office) = &proposal.office {
            return self.give(cx, &proposal, office);
        }
        let change = &proposal.change;
        let (list, known) = sound(cx.read(), (proposal.seen, change), &self.processes)?;
        let own = own_kinds(cx.read(), cx.actor, cx.now())?;
        confirms(cx.actor, &proposal, (&list, &known.names()), &own)?;
        decide(cx, &proposal.id, State::Confirmed, None)?;
        let version = apply(cx, change, proposal.seen)?;
        tell(cx, Audience::Person(proposal.by_person), "confirmed", &proposal.id);
        Ok(version)
    }
}

impl Confirm {
    fn give(&self, cx: &mut Acting<'_, '_>, proposal: &Proposal, office: &Office) -> Done<i64> {
        decides(cx.actor, proposal)?;
        decide(cx, &proposal.id, State::Confirmed, None)?;
        office.carry_out(cx, &self.keys)?;
        tell(cx, Audience::Person(proposal.by_person.clone()), "confirmed", &proposal.id);
        Ok(proposal.seen)
    }
}

/// Another administrator does not agree, and says why.
#[derive(Clone, Debug, Serialize)]
pub struct Refuse {
    pub proposal: Id,
    pub why: String,
}

impl Act for Refuse {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        rules::REFUSE.into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(self)?)
    }

    fn subject(&self) -> Subject {
        Subject::row(PROPOSALS, &self.proposal)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        let proposal = standing(cx, &self.proposal)?;
        decides(cx.actor, &proposal)?;
        let why = said(&self.why, "why")?;
        decide(cx, &proposal.id, State::Refused, Some(&why))?;
        tell(cx, Audience::Person(proposal.by_person), "refused", &proposal.id);
        Ok(())
    }
}

/// Whoever proposed takes it back.
#[derive(Clone, Debug)]
pub struct Withdraw {
    pub proposal: Id,
}

impl Act for Withdraw {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        rules::WITHDRAW.into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&self.proposal)?)
    }

    fn subject(&self) -> Subject {
        Subject::row(PROPOSALS, &self.proposal)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        let proposal = standing(cx, &self.proposal)?;
        proposal.is_open()?;
        decide(cx, &proposal.id, State::Withdrawn, None)
    }
}
