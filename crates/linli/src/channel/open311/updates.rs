//! What has become of requests (servicerequestupdates, mySociety's extension): told to programs,
//! and taken from them as moves of the case.

use std::sync::Arc;

use super::answer::{Answer, Told, Trouble};
use super::node::Node;
use super::{Call, SEVERAL, dates, post, read, services};
use crate::act::{self, Actor, Done, DutyList, Failure, Order, Reach};
use crate::affairs::appeal;
use crate::affairs::appeal::closing::{self, CHECKED};
use crate::affairs::appeal::view::Standing;
use crate::base::{Id, text};
use crate::channel::cases::{self, Step};
use crate::matter::{CASES, Conduct, Matter, Put, Seen, store as matters, timeline};

/// The longest text of an update.
const WORDS_MAX: usize = 2000;
/// The move by which a body says that it is done.
const ANSWER: &str = "answer";
/// The move by which a body takes a case up; what it says with it is its first word.
const SIGN: &str = "sign";
/// Where a body signs for a case, and where it has.
const UNDER_WAY: [&str; 2] = ["dispatched", "handling"];
/// How far a caller's clock may be ahead of ours.
const SKEW_MINUTES: i64 = 5;
/// The longest id a caller gives an update.
const ID_MAX: usize = 200;

pub(super) async fn list(call: &Call) -> Told<Answer> {
    call.holder().await?;
    let span = read::window(call)?;
    let (page, size) = read::page_of(call, read::MOST)?;
    let skipped = (page - 1).saturating_mul(size);
    let district = Arc::clone(&call.district);
    let steps = call
        .district
        .store()
        .read_long(move |tx| -> Done<_> {
            let (duties, nobody) = (district.door.duty_list(tx)?, Standing::default());
            let all = cases::steps_between(tx, &duties, &Actor::public(), span, (size, skipped))?;
            let told = all.into_iter().filter_map(|step| step.shown_to(&district, (nobody, None)));
            Ok(told.collect::<Vec<Step>>())
        })
        .await?;
    let nodes = steps.iter().map(|step| update(call, step)).collect();
    Ok(Answer::list("service_request_updates", "request_update", nodes))
}

fn update(call: &Call, step: &Step) -> Node {
    let stage = read::stage(call, &step.stage);
    let said = step.said.clone();
    let plain = stage.as_ref().map(|stage| stage.told(false));
    let plain = plain.map(|told| call.lang.pick(&told.zh, &told.en).to_owned());
    let ended = stage.is_some_and(|stage| stage.phase.is_final());
    let address = services::own_address(call);
    let photo = step.photo.as_ref().map(|hash| format!("{address}/files/{hash}.jpg"));
    Node::Fields(vec![
        ("update_id", Node::text(cases::step_name(&call.district.keys, &step.id))),
        ("service_request_id", Node::text(step.number.as_str())),
        ("status", Node::text(read::status(ended))),
        ("updated_datetime", {
            Node::text(dates::write(step.at, call.district.config.offset_minutes))
        }),
        ("description", Node::maybe(said.or(plain))),
        ("media_url", Node::maybe(photo)),
        ("external_status_code", Node::text(step.stage.as_str())),
        ("extras", Node::Fields(vec![("act", Node::text(step.act.as_str()))])),
    ])
}

/// What a status word of mySociety means for a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Comment,
    Done,
    UnderWay,
    Withdrawn,
    Again,
}

fn meaning(status: &str) -> Option<Meaning> {
    Some(match status.to_ascii_lowercase().as_str() {
        "" | "open" | "for_triage" => Meaning::Comment,
        "closed" | "fixed" | "no_further_action" | "duplicate" | "not_councils_responsibility" => {
            Meaning::Done
        }
        "in_progress" | "planned" | "action_scheduled" | "investigating" | "internal_referral" => {
            Meaning::UnderWay
        }
        "cancelled" => Meaning::Withdrawn,
        "reopen" => Meaning::Again,
        _ => return None,
    })
}

/// Whose word an update is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Voice {
    /// What the key's holder says.
    Holder,
    /// The key's holder is who reported.
    Reporter,
    /// What somebody wrote to the office whose program sends it
    /// (docs/decisions/23-forwarded-words.md).
    PassedOn,
}

/// Moves that carry a meaning, the nearest first, each with the field that takes the words. Only
/// the body that handles a case says that it is done, having gone through the closing list of the
/// class (ours: `checked`, once for each line), and another verifies; a case is under way once its
/// body has signed for it. Anywhere else these are refused, for words alone would not do what they
/// say.
fn moves(meaning: Meaning, stage: &str, voice: Voice) -> Vec<(&'static str, &'static str)> {
    let mut told = [("reply", "reply"), ("add_info", "words")];
    if voice == Voice::Reporter {
        told.reverse();
    }
    match meaning {
        // The state an app sends beside its user's words is the one it knows of, not one they set.
        Meaning::Comment | Meaning::Done | Meaning::UnderWay if voice == Voice::PassedOn => {
            vec![("add_info", "words")]
        }
        Meaning::Again if voice == Voice::PassedOn => Vec::new(),
        // To its reporter a case that is done with is one to be called back.
        Meaning::Done if stage == "handling" => vec![(ANSWER, "reply"), ("withdraw", "reason")],
        Meaning::Done => vec![("withdraw", "reason")],
        Meaning::UnderWay if stage == "dispatched" => vec![(SIGN, "reply")],
        Meaning::UnderWay if stage == "handling" => told.to_vec(),
        Meaning::UnderWay => Vec::new(),
        Meaning::Comment => told.to_vec(),
        Meaning::Withdrawn => vec![("withdraw", "reason")],
        Meaning::Again => vec![("reopen", "reason"), ("reopen_by_supervisor", "reason")],
    }
}

pub(super) async fn post(call: &Call) -> Told<Answer> {
    let holder = call.holder().await?;
    call.once(&SEVERAL)?;
    let missing = |name: &'static str| Trouble::bad("api.open311.missing").of(name);
    let number = call.get("service_request_id").ok_or_else(|| missing("service_request_id"))?;
    let status = call.form.get("status");
    let meaning =
        meaning(status).ok_or_else(|| Trouble::bad("api.open311.bad_status").of(status))?;
    if let Some(time) = call.get("updated_datetime") {
        let offset = call.district.config.offset_minutes;
        let at = dates::read(time, offset, dates::Edge::Start)
            .ok_or(Trouble::bad("api.open311.bad_time").of("updated_datetime"))?;
        if at > call.district.now().plus_minutes(SKEW_MINUTES) {
            return Err(Trouble::bad("api.open311.to_come").of("updated_datetime"));
        }
    }
    let update_id = call.get("update_id");
    if update_id.is_some_and(|id| id.len() > ID_MAX) {
        return Err(Trouble::bad("api.open311.too_long").of("update_id"));
    }
    let act_id = match update_id {
        Some(id) => Id::derived(&format!("open311 update {} {number} {id}", holder.key)),
        None => call.district.new_id(),
    };
    let shown = seen(call, &holder.actor, number, &act_id).await?;
    let voice = voice(call, &holder.actor, &shown);
    let actor = match voice {
        Voice::PassedOn => {
            let label = format!("{}{}", timeline::PASSED_ON_BY, holder.title);
            Actor { label, ..holder.actor.clone() }
        }
        _ => holder.actor.clone(),
    };
    let conduct = conduct(call, &actor, shown, (meaning, voice)).await?;
    let done = call.district.door.perform(&actor, Order::new(act_id, conduct)).await?;
    let node = Node::Fields(vec![(
        "update_id",
        Node::text(cases::step_name(&call.district.keys, &done.act_id)),
    )]);
    Ok(Answer::list("service_request_updates", "request_update", vec![node]))
}

/// What is passed on names its writer, and the case came by a key of this very holder.
fn voice(call: &Call, actor: &Actor, shown: &Shown) -> Voice {
    let writer = ["first_name", "last_name", "email", "phone"];
    let named = writer.iter().any(|name| call.get(name).is_some());
    let brought = shown.matter.source == post::SOURCE && shown.by == actor.person;
    match shown.matter.owner.is_some() && shown.matter.owner == actor.person {
        true => Voice::Reporter,
        false if named && brought && actor.post.is_some() => Voice::PassedOn,
        false => Voice::Holder,
    }
}

async fn conduct(
    call: &Call,
    actor: &Actor,
    shown: Shown,
    (meaning, voice): (Meaning, Voice),
) -> Told<Conduct> {
    let Shown { matter, reach, duties, before, checks, .. } = shown;
    // A repeat is the move it was, though the case stands elsewhere by now.
    let fits = |(act, _): &(&str, &str)| {
        let act = format!("case.{act}");
        match &before {
            Some(before) => *before == act,
            None => duties.decide(actor, &act, &reach).granted(),
        }
    };
    let stages = [matter.stage.as_str(), "handling", "dispatched"];
    let stages = if before.is_some() { &stages[..] } else { &stages[..1] };
    let chosen = stages.iter().flat_map(|stage| moves(meaning, stage, voice)).find(fits);
    let (act, field) = match chosen {
        Some(chosen) => chosen,
        None if meaning == Meaning::Done && matter.stage != "handling" => {
            return Err(not_now("api.open311.not_done_here", call, &matter));
        }
        None if meaning == Meaning::UnderWay && !UNDER_WAY.contains(&matter.stage.as_str()) => {
            return Err(not_now("api.open311.not_under_way", call, &matter));
        }
        None => return Err(Trouble::forbidden("api.open311.not_yours")),
    };
    if act == ANSWER && before.is_none() && !checks.is_empty() && call.form.all(CHECKED).is_empty()
    {
        return Err(Trouble::bad("api.open311.unchecked").of(checks.join("；")));
    }
    let mut put = Put::default();
    let words = call.form.get("description");
    // Who signs need not say anything.
    if act != SIGN || !words.trim().is_empty() {
        let words = text::clean(words, WORDS_MAX).map_err(|problem| {
            Trouble::bad(match problem {
                text::TextProblem::Missing => "api.open311.missing",
                text::TextProblem::TooLong { .. } => "api.open311.too_long",
            })
            .of("description")
        })?;
        put = put.with(field, words);
    }
    if act == ANSWER && !call.form.all(CHECKED).is_empty() {
        put = put.with(CHECKED, text::joined(call.form.all(CHECKED)));
    }
    attach(call, (act, field), &mut put).await?;
    let kit =
        appeal::kit(&call.district).ok_or_else(|| crate::act::Refusal::new("no_procedure"))?;
    Ok(Conduct { kit, of: CASES, matter: matter.id, seen: Seen::Any, act: act.to_owned(), put })
}

/// A status that the case cannot have where it stands.
fn not_now(told: &'static str, call: &Call, matter: &Matter) -> Trouble {
    let stage = read::stage(call, &matter.stage).map(|stage| stage.title);
    let stage = stage.map_or_else(
        || matter.stage.clone(),
        |title| call.lang.pick(&title.zh, &title.en).to_owned(),
    );
    // What is possible at other stages is no advice for what has ended.
    let over = ["closed", "withdrawn"].contains(&matter.phase.as_str());
    Trouble::bad(if over { "api.open311.is_over" } else { told }).of(stage)
}

/// Photos go with moves that take the reporter's, and links to such into the words: none is ever
/// fetched. What cannot be kept is refused, not dropped.
async fn attach(call: &Call, (act, field): (&str, &str), put: &mut Put) -> Told<()> {
    if act != "add_info" && !call.photos.is_empty() {
        return Err(Trouble::bad("api.open311.no_photo_here"));
    }
    put.photos = post::photos_of(call).await?;
    for url in post::links(call) {
        let bad = || Trouble::bad("api.open311.bad_value").of(post::LINKS);
        let url = post::link(url).ok_or_else(bad)?;
        let words = format!("{}\n{url}", put.get(field));
        put.fields.insert(field.to_owned(), words);
    }
    Ok(())
}

/// A case as the key's holder sees it.
struct Shown {
    matter: Matter,
    reach: Reach,
    duties: Arc<DutyList>,
    /// The act that was performed under this id before.
    before: Option<String>,
    /// The closing list of its class.
    checks: Vec<String>,
    /// Who reported it.
    by: Option<Id>,
}

/// The case behind a number; one the key's holder may not see is not there.
async fn seen(call: &Call, actor: &Actor, number: &str, act_id: &Id) -> Told<Shown> {
    let (door, actor, number) = (call.district.door.clone(), actor.clone(), number.to_owned());
    let act_id = act_id.clone();
    let found = call
        .district
        .store()
        .read(move |tx| -> Done<_> {
            let duties = door.duty_list(tx)?;
            let id = matters::id_of(tx, &number)?.ok_or(Failure::Hidden)?;
            let matter = matters::matter(tx, id.as_str())?.ok_or(Failure::Hidden)?;
            let reach = CASES.reach(tx, id.as_str())?.ok_or(Failure::Hidden)?;
            let before = act::performed(tx, &act_id)?;
            if !duties.decide(&actor, CASES.see, &reach).granted() {
                return Err(Failure::Hidden);
            }
            let checks = closing::asked(tx, &id, &Put::default())?;
            let first = timeline::entries(tx, &id)?.into_iter().find(|line| line.from.is_none());
            let by = first.and_then(|line| line.actor);
            Ok(Shown { matter, reach, duties, before, checks, by })
        })
        .await;
    found.map_err(|failure| match failure {
        Failure::Hidden => Trouble::missing("api.open311.no_request"),
        failure => Trouble::Failed(failure),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_word_has_a_meaning_and_nonsense_has_none() {
        for word in [
            "open",
            "closed",
            "fixed",
            "in_progress",
            "planned",
            "action_scheduled",
            "investigating",
            "duplicate",
            "not_councils_responsibility",
            "no_further_action",
            "internal_referral",
            "cancelled",
            "reopen",
            "for_triage",
            "OPEN",
            "",
        ] {
            assert!(meaning(word).is_some(), "{word}");
        }
        assert_eq!(meaning("done-ish"), None);
        let done = |stage, voice| moves(Meaning::Done, stage, voice);
        assert_eq!(done("handling", Voice::Holder)[0], ("answer", "reply"));
        assert_eq!(done("handling", Voice::PassedOn), [("add_info", "words")]);
        assert_eq!(moves(Meaning::UnderWay, "dispatched", Voice::PassedOn)[0].0, "add_info");
        assert!(done("dispatched", Voice::Reporter).iter().all(|(act, _)| *act != "answer"));
    }
}
