//! Proposals: what waits for another administrator, what it would change, and what became of it.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::Path;

use super::change::{Desk, Told, desk_at, handed_on, own, preview_again, told};
use crate::act::{Act, Done, Failure, Refusal, Subject};
use crate::base::Id;
use crate::disclosure::acts::proposal::{Confirm, Propose, Refuse, Withdraw};
use crate::disclosure::rules::proposals::{Proposal, State, confirms, decides};
use crate::disclosure::{PROPOSALS, rules, store};
use crate::page::{Form, Frame, Page, Problems, Visitor, one_of, render, render_form, see_other};
use crate::people::acts::office::Office;
use crate::people::store as people;
use crate::store::{ReadTx, StoreError};

/// A proposal in words.
struct Line {
    href: String,
    state: String,
    tone: &'static str,
    reason: String,
    by: String,
    when: String,
    /// By whom and when it was decided; empty while it waits.
    decided: String,
    why: String,
}

/// Whose hand a proposal shows, as everybody reads their names: by their ids.
type Names = BTreeMap<Id, String>;

fn names(tx: &ReadTx<'_>, proposals: &[Proposal]) -> Result<Names, StoreError> {
    let hands =
        proposals.iter().flat_map(|one| Some(&one.by_person).into_iter().chain(&one.decided_by));
    let mut out = Names::new();
    for person in hands {
        if !out.contains_key(person)
            && let Some(name) = people::published_name(tx, person)?
        {
            out.insert(person.clone(), name);
        }
    }
    Ok(out)
}

/// An administrator by name and post.
fn hand(v: &Visitor, names: &Names, person: Option<&Id>, post: &str) -> String {
    match person.and_then(|person| names.get(person)) {
        Some(name) => {
            v.lang.pick("{a}（{b}）", "{a} ({b})").replace("{a}", name).replace("{b}", post)
        }
        None => post.to_owned(),
    }
}

fn line(v: &Visitor, names: &Names, proposal: &Proposal) -> Line {
    let tone = match proposal.state {
        State::Open => "chip--yellow",
        State::Confirmed => "chip--teal",
        State::Refused | State::Withdrawn | State::Overtaken => "chip--blue",
    };
    let at = proposal.decided_at.map(|at| v.district.local(at)).unwrap_or_default();
    let by = proposal.decided_label.iter().filter(|_| proposal.state != State::Overtaken);
    let by = by.map(|post| hand(v, names, proposal.decided_by.as_ref(), post));
    Line {
        href: href(&proposal.id),
        state: v.lang.say(&format!("duty.proposal.state.{}", proposal.state.name())),
        tone,
        reason: proposal.reason.clone(),
        by: hand(v, names, Some(&proposal.by_person), &proposal.by_label),
        when: v.district.local(proposal.at),
        decided: by.chain(Some(at)).collect::<Vec<_>>().join(" "),
        why: proposal.why.clone().unwrap_or_default(),
    }
}

fn href(proposal: &Id) -> String {
    format!("/duties/proposals/{proposal}")
}

/// As the door judges it.
fn may(v: &Visitor, act: &str, proposal: &Proposal) -> bool {
    v.duties.decide(&v.actor, act, &proposal.reach()).granted()
}

/// What waits for another administrator, as links: address and words.
pub(super) async fn waiting(v: &Visitor) -> Done<Vec<(String, String)>> {
    let open = v.read(|tx| Ok(store::waiting(tx)?)).await?;
    let open = open.into_iter().filter(|one| may(v, PROPOSALS.see, one));
    Ok(open.map(|one| (href(&one.id), one.reason)).collect())
}

#[derive(Template)]
#[template(path = "disclosure/pages/proposals.html")]
struct ListPage {
    f: Frame,
    lines: Vec<Line>,
    may_change: bool,
}

pub async fn list(v: Visitor) -> Page {
    v.duty(PROPOSALS.see)?;
    let look = |tx: &ReadTx<'_>| {
        let all = store::proposals(tx)?;
        Ok((names(tx, &all)?, all))
    };
    let (names, mut all) = v.read(look).await?;
    all.retain(|one| may(&v, PROPOSALS.see, one));
    render(&ListPage {
        f: v.frame(v.lang.say("duty.proposal.title")),
        lines: all.iter().map(|one| line(&v, &names, one)).collect(),
        may_change: v.may(rules::KEEP),
    })
}

/// Sent from the page that shows what the change does.
pub async fn propose(v: Visitor, form: Form) -> Page {
    v.person()?;
    let (seen, change) = handed_on(&form)?;
    let processes = v.district.processes.clone();
    let reason = form.get("reason").to_owned();
    let act = Propose { seen, change: change.clone(), reason, processes };
    match v.perform(form.act_id(v.district.new_id()), act).await {
        Ok(done) => Ok(see_other(&format!("{}?done=duty.propose", href(&done.outcome)))),
        Err(Failure::Invalid(problems)) if problems.iter().all(|p| p.field == "reason") => {
            let desk = desk_at(&v, None).await?;
            preview_again(&v, &desk, &change, true, &form, problems.into())
        }
        Err(failure) => Err(failure),
    }
}

#[derive(Template)]
#[template(path = "disclosure/pages/proposal.html")]
struct ProposalPage {
    f: Frame,
    href: String,
    line: Line,
    confirmed: bool,
    told: Told,
    /// What would become of an administrator's post: label and value; empty where it is the list
    /// that would change.
    office: Vec<(String, String)>,
    act_id: Id,
    may_confirm: bool,
    /// What keeps a visitor from confirming who has the duty to; else empty.
    blocked: String,
    may_refuse: bool,
    may_withdraw: bool,
    /// There is nobody yet who could confirm it.
    nobody: bool,
    why: String,
    problems: Problems,
}

impl ProposalPage {
    fn act(&self, form: &str) -> Id {
        one_of(&self.act_id, form)
    }
}

/// The id in an address; what is no id is no proposal.
fn named(id: &str) -> Done<Id> {
    Id::parse(id).ok_or(Failure::Hidden)
}

pub async fn one(v: Visitor, Path(id): Path<String>) -> Page {
    page(&v, &named(&id)?, &Form::default(), Problems::default()).await
}

/// What keeps the visitor from confirming, as the act itself would say it.
async fn kept(v: &Visitor, desk: &Desk, proposal: &Proposal) -> Done<Option<Refusal>> {
    let own = own(v).await?;
    Ok(confirms(&v.actor, proposal, (&desk.list, &desk.known.names()), &own).err())
}

/// Who is to hold which post from when to when, or is to hold it no longer, and why.
async fn in_words(v: &Visitor, office: &Office) -> Done<Vec<(String, String)>> {
    let (wanted, keys, now) = (office.clone(), v.district.keys.clone(), v.district.now());
    let look = move |tx: &ReadTx<'_>| -> Done<_> {
        let person = people::person(tx, wanted.person())?;
        let name = person.map(|person| person.full_name(&keys)).unwrap_or_default();
        let post = match &wanted {
            Office::Given { post, .. } => people::post(tx, post, now)?.map(|post| post.title),
            Office::Taken { appointment, .. } => {
                people::running_appointment(tx, appointment)?.map(|running| running.title)
            }
        };
        Ok((name, post))
    };
    let (name, post) = v.read(look).await?;
    let mut lines = vec![("who", name)];
    lines.extend(post.map(|post| ("post", post)));
    match office {
        Office::Given { term_from, term_to, .. } => {
            let term = format!("{term_from} — {}", term_to.as_deref().unwrap_or_default());
            lines.extend([("what", v.lang.say("people.office.given")), ("term", term)]);
        }
        Office::Taken { why, .. } => {
            lines.extend([("what", v.lang.say("people.office.taken")), ("why", why.clone())]);
        }
    }
    let label = |name: &str| v.lang.say(&format!("people.office.{name}"));
    Ok(lines.into_iter().map(|(name, value)| (label(name), value)).collect())
}

async fn page(v: &Visitor, id: &Id, form: &Form, problems: Problems) -> Page {
    v.entitled(PROPOSALS.see, Subject::row(PROPOSALS, id)).await?;
    let wanted = id.clone();
    let look = move |tx: &ReadTx<'_>| {
        let found = store::proposal(tx, &wanted)?.ok_or(Failure::Hidden)?;
        Ok((names(tx, std::slice::from_ref(&found))?, found))
    };
    let (names, proposal) = v.read(look).await?;
    let open = proposal.state == State::Open;
    let desk = desk_at(v, (!open).then_some(proposal.at)).await?;
    let may = |act| open && may(v, act, &proposal);
    let kept = if may(rules::CONFIRM) { Some(kept(v, &desk, &proposal).await?) } else { None };
    let office = match &proposal.office {
        Some(office) => in_words(v, office).await?,
        None => Vec::new(),
    };
    let title = if office.is_empty() { "duty.proposal.one" } else { "duty.proposal.office" };
    let page = ProposalPage {
        office,
        f: v.frame(v.lang.say(title)),
        href: href(id),
        line: line(v, &names, &proposal),
        confirmed: proposal.state == State::Confirmed,
        told: told(v, &desk, &proposal.change),
        act_id: v.district.new_id(),
        may_confirm: kept.as_ref().is_some_and(Option::is_none),
        blocked: kept.flatten().map(|refusal| v.lang.refusal(&refusal)).unwrap_or_default(),
        may_refuse: may(rules::REFUSE) && decides(&v.actor, &proposal).is_ok(),
        may_withdraw: may(rules::WITHDRAW),
        nobody: open && desk.nobody_decides(&proposal.by_kind),
        why: form.get("why").to_owned(),
        problems,
    };
    render_form(&page, &page.problems)
}

/// Performs an act on a proposal and leads back to it.
async fn decide<A: Act>(v: &Visitor, id: &Id, form: &Form, act: A) -> Page {
    let what = act.name().into_owned();
    match v.perform(form.act_id(v.district.new_id()), act).await {
        Ok(_) => Ok(see_other(&format!("{}?done={what}", href(id)))),
        Err(Failure::Invalid(problems)) if problems.iter().all(|p| p.field == "why") => {
            page(v, id, form, problems.into()).await
        }
        Err(failure) => Err(failure),
    }
}

pub async fn confirm(v: Visitor, Path(id): Path<String>, form: Form) -> Page {
    v.person()?;
    let proposal = named(&id)?;
    let (processes, keys) = (v.district.processes.clone(), v.district.keys.clone());
    let act = Confirm { proposal: proposal.clone(), processes, keys };
    decide(&v, &proposal, &form, act).await
}

pub async fn refuse(v: Visitor, Path(id): Path<String>, form: Form) -> Page {
    v.person()?;
    let proposal = named(&id)?;
    let act = Refuse { proposal: proposal.clone(), why: form.get("why").to_owned() };
    decide(&v, &proposal, &form, act).await
}

pub async fn withdraw(v: Visitor, Path(id): Path<String>, form: Form) -> Page {
    v.person()?;
    let proposal = named(&id)?;
    let act = Withdraw { proposal: proposal.clone() };
    decide(&v, &proposal, &form, act).await
}
