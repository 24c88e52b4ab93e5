//! duty.propose, duty.confirm, duty.refuse, duty.withdraw: what gives powers to everybody, or to
//! whoever keeps the list, takes two administrators.

use std::borrow::Cow;

use serde::Serialize;

use super::change::{apply, own_kinds, sound};
use super::tell;
use crate::act::{Act, Acting, Audience, Done, Failure, Reach, Refusal, Subject};
use crate::base::{Fault, Id, text};
use crate::disclosure::rules::proposals::{
    MOST_OPEN, MOST_REASON, Proposal, State, confirms, deciders, decides,
};
use crate::disclosure::rules::{self, Change};
use crate::disclosure::{LIST, PROPOSALS, store};
use crate::district::Processes;

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
        let (list, known) = sound(cx.read(), (self.seen, &change), &self.processes)?;
        let reason = said(&self.reason, "reason")?;
        let change = rules::reasoned(&list, &change, &reason)?;
        let person = cx.actor.person.clone().ok_or_else(|| Refusal::new("sign_in_first"))?;
        if store::open_proposals(cx.read())? >= MOST_OPEN {
            let most = MOST_OPEN.to_string();
            return Err(Refusal::new("too_many_proposals").with("max", most).into());
        }
        let (id, at) = (cx.new_id(), cx.now());
        let (seen, reason) = (self.seen, &reason);
        let new = store::New { change: &change, seen, reason, person: &person, at };
        store::keep_proposal(cx.tx, &id, cx.actor, &new)?;
        for kind in deciders(&list, &known.names(), &cx.actor.kind) {
            let place_path = cx.actor.place_path.clone();
            tell(cx, Audience::PostsAt { kind, place_path }, "proposed", &id);
        }
        Ok(id)
    }
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
#[derive(Clone, Debug)]
pub struct Confirm {
    pub proposal: Id,
    pub processes: Processes,
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
