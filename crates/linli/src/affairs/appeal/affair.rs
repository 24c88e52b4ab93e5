//! What cases add to the engine: their guards, effects and audiences.

use linli_rules::procedure::{Call, FieldKind, Process, Signature, Stage};

use super::answering::Answering;
use super::{APPEAL, CaseFile, OFFICE_ONLY, OWN_GUARDS, answering, closing, store};
use crate::act::{Acting, Actor, Audience, Done, Errand, FieldProblem, Protected, Reach};
use crate::base::{Fault, Id, Instant};
use crate::catalogue::{self, Class, Standard};
use crate::matter::{self, Affair, CASES, Matter, Pace, Put, store as matters, timeline};
use crate::people::{self, remit};
use crate::store::{ReadTx, StoreError};
use crate::territory;

/// The affair of cases.
pub struct Appeal {
    /// Of the place, for when its days begin.
    pub offset_minutes: i32,
}

/// Moves by which somebody handles a case; who made one does not verify it.
const HANDLING: [&str; 3] = ["sign", "answer", "handle_here"];
/// Moves that leave something in the file of the case beyond their named effects.
const LEAVING: [&str; 9] = [
    "answer",
    "handle_here",
    "reject",
    "uphold",
    "take_up",
    "urge",
    "send_back",
    "rate",
    "rate_by_call",
];
/// The stage of a case that is handled again.
pub(super) const REOPENED: &str = "reopened";
/// The move that does so without its reporter.
pub(super) const BY_A_SUPERVISOR: &str = "reopen_by_supervisor";
/// The stage of a case whose reporter does not agree that it was turned away.
pub(super) const DISPUTED: &str = "disputed";
/// Moves that bring a case to a body: with each another round begins.
const BRINGING: [&str; 2] = ["dispatch", "redispatch"];
/// What is worth a text message to its reporter; everything else waits on the site.
const TEXTED: [&str; 7] = [
    "case.reported",
    "case.rejected",
    "case.taken_up",
    "case.upheld",
    "case.answered",
    "case.to_rate",
    "case.replied",
];
/// What is worth one to those who follow it and asked for that.
const TEXTED_TO_FOLLOWERS: [&str; 2] = ["case.followed_rejected", "case.followed_closed"];

impl Affair for Appeal {
    fn process(&self) -> &'static str {
        APPEAL
    }

    fn of(&self) -> Protected {
        CASES
    }

    fn guards(&self) -> &'static [Signature<'static>] {
        &OWN_GUARDS
    }

    fn exists(&self, cx: &Acting<'_, '_>, kind: FieldKind, value: &str) -> Done<bool> {
        let tx = cx.read();
        Ok(match kind {
            FieldKind::Body => match Id::parse(value) {
                Some(id) => people::store::body(tx, &id)?.is_some_and(|b| b.ended_at.is_none()),
                None => false,
            },
            FieldKind::Duty => match Id::parse(value) {
                Some(entry) => remit::cited(tx, &entry)?.is_some_and(|(_, in_force)| in_force),
                None => false,
            },
            FieldKind::Class => catalogue::store::by_code(tx, value)?.is_some(),
            FieldKind::Place => territory::place_by_code(tx, value)?.is_some(),
            _ => true,
        })
    }

    /// 结案条件: what the standard of the class wants seen to.
    fn checks(&self, tx: &ReadTx<'_>, matter: &Matter, put: &Put) -> Done<Vec<String>> {
        closing::asked(tx, &matter.id, put)
    }

    /// With a class goes the standard that was chosen of it.
    fn beside(&self, kind: FieldKind) -> &'static [&'static str] {
        if kind == FieldKind::Class { &["standard"] } else { &[] }
    }

    fn guard(
        &self,
        cx: &Acting<'_, '_>,
        matter: &Matter,
        call: &Call,
        put: &Put,
    ) -> Done<Option<bool>> {
        Ok(Some(match call.guard.as_str() {
            "body_has_duty" => body_has_duty(cx, matter, put)?,
            "another_body" => Some(body_of(put)?) != matter.body,
            "cites_duty_or_gap" => cites_duty_or_gap(cx, matter, put)?,
            "can_be_reached" => can_be_reached(cx.read(), matter)?,
            // The audience `reporter` is the account; nobody is told where there is none.
            "reporter_is_told" => matter.owner.is_some(),
            "not_the_handler" => not_the_handler(cx.read(), matter, cx.actor)?,
            "not_who_rejected" => not_who_rejected(cx.read(), matter, cx.actor)?,
            "reopen_window" => {
                let days = matter::number_of(call, "days")?;
                within_window(cx.read(), matter, days, (cx.now(), self.offset_minutes))?
            }
            "dispute_window" => {
                let days = matter::number_of(call, "days")?;
                may_dispute(cx.read(), matter, days, (cx.now(), self.offset_minutes))?
            }
            _ => return Ok(None),
        }))
    }

    fn effect(
        &self,
        cx: &mut Acting<'_, '_>,
        process: &Process,
        matter: &mut Matter,
        name: &str,
        put: &Put,
    ) -> Done<()> {
        match name {
            "set_body" => matter.body = Some(body_of(put)?),
            "clear_body" => matter.body = first_contact(cx.read(), matter)?,
            "set_class" => set_class(cx, matter, put)?,
            "reset_class" => reset_class(cx, process, matter)?,
            "set_place" => set_place(cx, process, matter, put)?,
            // 首接负责: who takes it first leads until another signs. The body is already named;
            // a case that no body answers for falls to the one the actor stands for.
            "set_lead" if matter.body.is_none() => matter.body = cx.actor.body.clone(),
            "close" | "withdraw" => matter.closed_at = Some(cx.now()),
            "reopen" => reopen(cx, matter)?,
            _ => {}
        }
        Ok(())
    }

    fn after(
        &self,
        cx: &mut Acting<'_, '_>,
        matter: &mut Matter,
        act: &str,
        put: &Put,
    ) -> Done<()> {
        if !LEAVING.contains(&act) {
            return Ok(());
        }
        let before = store::known(cx.read(), &matter.id)?;
        let mut file = before.clone();
        match act {
            "answer" | "handle_here" => {
                file.answer = Some(put.get("reply").to_owned());
                file.answered_at = Some(cx.now());
                file.handled_by = cx.actor.person.as_ref().map(Id::to_string);
            }
            "reject" => {
                file.answer = Some(format!("{}\n{}", put.get("reason"), put.get("go_to")));
                file.answered_at = Some(cx.now());
                file.handled_by = cx.actor.person.as_ref().map(Id::to_string);
            }
            "uphold" => {
                file.answer = Some(put.get("reason").to_owned());
                file.answered_at = Some(cx.now());
            }
            // What was said as it was turned away is no answer to what is now handled.
            "take_up" => (file.answer, file.answered_at) = (None, None),
            "urge" => {
                file.urged += 1;
                file.urged_at = Some(cx.now());
            }
            "send_back" => file.returned += 1,
            "rate" | "rate_by_call" => rate(cx, &mut file, put),
            _ => {}
        }
        if file != before {
            store::save(cx, &file)?;
        }
        Ok(())
    }

    fn pace(&self, tx: &ReadTx<'_>, matter: &Matter) -> Done<Pace> {
        Ok(catalogue::store::pace(tx, store::known(tx, &matter.id)?.standard.as_ref())?)
    }

    fn audience(
        &self,
        cx: &Acting<'_, '_>,
        process: &Process,
        matter: &Matter,
        who: &str,
    ) -> Done<Vec<Audience>> {
        let can = |act: &str| !process.candidates(act, &matter.stage).is_empty();
        // Whether it waited for this before the move that is told of: its line is the newest.
        let could = |act: &str| -> Done<bool> {
            let left = timeline::newest(cx.read(), &matter.id)?.and_then(|last| last.from);
            Ok(left.is_some_and(|stage| !process.candidates(act, &stage).is_empty()))
        };
        let on_duty = |act: &str, but: Vec<Id>| {
            let (act, doer) = (act.to_owned(), cx.actor.person.clone());
            let errand = Errand { act, row: matter.reach(), but, doer };
            vec![Audience::OnDuty(Box::new(errand))]
        };
        // Whoever is complained of is told nothing of it.
        // Of a body it is who takes cases on for it, be this one its own still or no longer.
        let a_body = |body: Option<Id>| {
            let free = body.filter(|body| Some(body) != matter.about_body.as_ref());
            let of = |body: Id| {
                let row = Box::new(Reach { body: Some(body.clone()), ..matter.reach() });
                let acts = ["case.sign", "case.accept", "case.dispatch"].map(str::to_owned);
                Audience::Body { body, acts: acts.into(), row }
            };
            free.map(of).into_iter().collect()
        };
        Ok(match who {
            "reporter" => matter.owner.iter().cloned().map(Audience::Person).collect(),
            "followers" => vec![Audience::Followers(matter.id.clone())],
            "responsible_body" => a_body(matter.body.clone()),
            "body_before" => a_body(matters::body_before(cx.read(), &matter.id, cx.act_id)?),
            // Nobody is told to take on what cannot be taken on as the case stands.
            "acceptors" if can("accept") => on_duty("case.accept", Vec::new()),
            "dispatchers" if can("dispatch") => on_duty("case.dispatch", Vec::new()),
            // Who was told that something waits for them is told that it does so no more.
            "dispatchers_before" if could("dispatch")? => on_duty("case.dispatch", Vec::new()),
            "verifiers_before" if could("verify")? => {
                on_duty("case.verify", who_handled(cx.read(), matter)?)
            }
            "redispatchers" if can("redispatch") => {
                let class = class_of(cx.read(), &matter.id)?;
                let answering = answering::of_matter(cx.read(), class.as_ref(), matter)?;
                match is_astray(&answering, matter) {
                    true => on_duty("case.redispatch", Vec::new()),
                    false => Vec::new(),
                }
            }
            "verifiers" => on_duty("case.verify", who_handled(cx.read(), matter)?),
            "supervisors" => on_duty("case.reopen_by_supervisor", Vec::new()),
            // "Not solved" after its time opens nothing by itself.
            "supervisors_if_unsolved" => {
                let file = store::known(cx.read(), &matter.id)?;
                match file.solved.as_deref() {
                    Some("no") => on_duty("case.reopen_by_supervisor", Vec::new()),
                    _ => Vec::new(),
                }
            }
            "handlers" => {
                let file = store::known(cx.read(), &matter.id)?;
                let handler = file.handled_by.as_deref().and_then(Id::parse);
                handler.into_iter().map(Audience::Person).collect()
            }
            _ => Vec::new(),
        })
    }

    fn texts(&self, cx: &Acting<'_, '_>, matter: &Matter, who: &str, notice: &str) -> Done<bool> {
        match who {
            "reporter" if TEXTED.contains(&notice) => {
                Ok(store::known(cx.read(), &matter.id)?.texts)
            }
            "followers" => Ok(TEXTED_TO_FOLLOWERS.contains(&notice)),
            _ => Ok(false),
        }
    }
}

/// Those who have handled the case since it was last sent to a body: before that was another round.
fn who_handled(tx: &ReadTx<'_>, matter: &Matter) -> Done<Vec<Id>> {
    let mut since = matter.opened_at;
    for act in BRINGING {
        since = since.max(matters::last(tx, &matter.id, act)?.unwrap_or(since));
    }
    Ok(timeline::makers(tx, &matter.id, HANDLING, since)?)
}

fn body_of(put: &Put) -> Result<Id, FieldProblem> {
    Id::parse(put.get("body")).ok_or_else(|| FieldProblem::new("body", "missing"))
}

/// 权责清单: the body answers for this class at this place. A case without a class, or of a class
/// that names no kind of body, may go to any body that answers for something here. None goes to the
/// body it complains of.
fn body_has_duty(cx: &Acting<'_, '_>, matter: &Matter, put: &Put) -> Done<bool> {
    let body = body_of(put)?;
    let class = match put_class(cx.read(), put)? {
        Some((class, _)) => Some(class),
        None => class_of(cx.read(), &matter.id)?,
    };
    answers_for(cx.read(), class.as_ref(), &body, matter)
}

fn class_of(tx: &ReadTx<'_>, case: &Id) -> Done<Option<Class>> {
    Ok(match store::known(tx, case)?.class {
        Some(id) => catalogue::store::by_id(tx, &id)?,
        None => None,
    })
}

fn answers_for(tx: &ReadTx<'_>, class: Option<&Class>, body: &Id, matter: &Matter) -> Done<bool> {
    let answering = answering::of_matter(tx, class, matter)?;
    Ok(answering.bodies.iter().any(|known| known.id == *body))
}

/// The body that has the case does not answer for what it has turned out to be about.
pub(super) fn is_astray(answering: &Answering, matter: &Matter) -> bool {
    let known = &answering.bodies;
    let answers = |body: &Id| known.iter().any(|known| known.id == *body);
    // Where nobody answers for it here, there is nowhere to send it.
    !known.is_empty() && matter.body.as_ref().is_some_and(|body| !answers(body))
}

/// A return cites the entry of the remit that gives the case to another body, or says what
/// information is missing (cases: 退回). Any entry that covers the place: as a rule a case comes to
/// the wrong body because its class is wrong, so the class says nothing of whose it is.
fn cites_duty_or_gap(cx: &Acting<'_, '_>, matter: &Matter, put: &Put) -> Done<bool> {
    if !put.get("gap").trim().is_empty() {
        return Ok(true);
    }
    let Some(cited) = Id::parse(put.get("cited_duty")) else { return Ok(false) };
    let body = remit::holder(cx.read(), &cited, &matter.place_path)?;
    let theirs = [&matter.body, &matter.about_body];
    Ok(body.is_some() && !theirs.contains(&&body))
}

/// Its reporter is known here, or left a way to be spoken to.
pub(super) fn can_be_reached(tx: &ReadTx<'_>, matter: &Matter) -> Result<bool, StoreError> {
    Ok(matter.owner.is_some() || people::store::contact(tx, &matter.id)?.is_some())
}

/// The same of the row `t` of a list.
pub(super) fn reachable() -> String {
    format!("(t.owner_id is not null or {})", people::store::LEFT_CONTACT)
}

/// Of the row `t` of a list: whoever stands in the place `person` did not handle it in its last
/// round.
pub(super) fn not_handled_by(person: &str) -> String {
    format!("not {}", timeline::made_since(person, &HANDLING, &BRINGING))
}

/// 核实: someone other than the handler looks whether it is really done.
pub(super) fn not_the_handler(tx: &ReadTx<'_>, matter: &Matter, actor: &Actor) -> Done<bool> {
    let Some(me) = &actor.person else { return Ok(false) };
    Ok(!who_handled(tx, matter)?.contains(me))
}

/// 复核: someone other than who turned the case away looks at it again, whatever posts they hold.
pub(super) fn not_who_rejected(tx: &ReadTx<'_>, matter: &Matter, actor: &Actor) -> Done<bool> {
    Ok(actor.person.is_some() && matters::last_by(tx, &matter.id, "reject", actor)?.is_none())
}

/// Once by the reporter, however often a supervisor did, and within so many days of closing: the
/// day of closing is not counted, and the last day ends at midnight (民法典 第201条、第203条). A
/// rating that says "not solved" counts, by whomever it was put down: it is the same wish.
pub(super) fn within_window(
    tx: &ReadTx<'_>,
    matter: &Matter,
    days: i64,
    (now, offset_minutes): (Instant, i32),
) -> Done<bool> {
    let own = timeline::brought_to(tx, &matter.id, REOPENED, BY_A_SUPERVISOR)?;
    Ok(own == 0 && days_since_closing(matter, (now, offset_minutes)) <= days)
}

/// Once, and within so many days of being turned away, counted in the same way.
pub(super) fn may_dispute(
    tx: &ReadTx<'_>,
    matter: &Matter,
    days: i64,
    now: (Instant, i32),
) -> Done<bool> {
    let before = timeline::brought_to(tx, &matter.id, DISPUTED, "")?;
    Ok(before == 0 && days_since_closing(matter, now) <= days)
}

pub(super) fn days_since_closing(matter: &Matter, (now, offset_minutes): (Instant, i32)) -> i64 {
    let closed = matter.closed_at.unwrap_or(matter.stage_since);
    i64::from(now.day(offset_minutes).days_since(closed.day(offset_minutes)))
}

/// The class that is put down, with the standard chosen of it, else its first.
pub(super) fn put_class(tx: &ReadTx<'_>, put: &Put) -> Done<Option<(Class, Option<Standard>)>> {
    let code = put.get("class");
    if code.is_empty() {
        return Ok(None);
    }
    let Some(class) = catalogue::store::by_code(tx, code)? else { return Ok(None) };
    let mut standards = catalogue::store::standards(tx, &class.id)?.into_iter();
    let first = standards.next();
    let asked = Id::parse(put.get("standard"));
    let chosen = standards.find(|standard| Some(&standard.id) == asked.as_ref());
    Ok(Some((class, chosen.or(first))))
}

fn set_class(cx: &mut Acting<'_, '_>, matter: &mut Matter, put: &Put) -> Done<()> {
    let found = put_class(cx.read(), put)?;
    let (class, standard) = found.ok_or_else(|| FieldProblem::new("class", "no_such_class"))?;
    let Some(mut file) = store::file(cx.read(), &matter.id)? else { return Ok(()) };
    file.standard = standard.map(|standard| standard.id);
    file.class = Some(class.id);
    store::save(cx, &file)?;
    let ended = file.left_at.is_some() && class.publicity == "public";
    matter.publicity = if ended { OFFICE_ONLY.to_owned() } else { class.publicity };
    Ok(())
}

/// What the last move that set a class found: the class put down before it, and who may see such
/// cases. What was taken back earlier counts no more. A case that came with an import has its class
/// from there, and keeps it.
fn reset_class(cx: &mut Acting<'_, '_>, process: &Process, matter: &mut Matter) -> Done<()> {
    let resets = |act: &str| {
        let mut moves = process.moves.iter().filter(|by| by.act == act);
        moves.any(|by| by.does.iter().any(|effect| effect == "reset_class"))
    };
    let mut standing: Vec<Put> = Vec::new();
    for entry in timeline::entries(cx.read(), &matter.id)? {
        let fields = serde_json::from_str(&entry.facts).map_err(Fault::from)?;
        let put = Put { fields, ..Put::default() };
        if resets(&entry.act) {
            standing.pop();
        } else if !put.get("class").is_empty() {
            standing.push(put);
        }
    }
    let last = standing.pop();
    match standing.last() {
        Some(put) => set_class(cx, matter, put),
        None if last.is_none() || matter.batch.is_some() => Ok(()),
        None => {
            let mut file = store::known(cx.read(), &matter.id)?;
            (file.class, file.standard) = (None, None);
            matter.publicity = OFFICE_ONLY.to_owned();
            store::save(cx, &file)
        }
    }
}

fn set_place(
    cx: &mut Acting<'_, '_>,
    process: &Process,
    matter: &mut Matter,
    put: &Put,
) -> Done<()> {
    let code = put.get("place");
    let place = crate::territory::place_by_code(cx.read(), code)?
        .ok_or_else(|| FieldProblem::new("place", "no_such_place"))?;
    // 首接负责: the body of first contact of the new place takes over, unless the case was sent to a
    // body, which keeps it wherever it turns out to lie.
    let sent = |stage: &Stage| stage.disclose.iter().any(|item| item == "responsible_body");
    let keeps = process.stage(&matter.stage).is_some_and(sent);
    matter.place_id = Some(place.id);
    matter.place_path = place.path;
    if !keeps {
        matter.body = first_contact(cx.read(), matter)?;
    }
    Ok(())
}

fn first_contact(tx: &ReadTx<'_>, matter: &Matter) -> Done<Option<Id>> {
    let about = matter.about_body.as_ref();
    Ok(remit::first_contact(tx, &matter.place_path, about)?.map(|body| body.id))
}

fn reopen(cx: &mut Acting<'_, '_>, matter: &mut Matter) -> Done<()> {
    matter.closed_at = None;
    let mut file = store::known(cx.read(), &matter.id)?;
    file.reopened += 1;
    store::save(cx, &file)
}

fn rate(cx: &Acting<'_, '_>, file: &mut CaseFile, put: &Put) {
    let said = |name: &str| Some(put.get(name).to_owned()).filter(|text| !text.is_empty());
    file.contacted = said("contacted");
    file.solved = said("solved");
    file.satisfied = said("satisfied");
    file.why = said("why");
    file.rated_at = Some(cx.now());
}
