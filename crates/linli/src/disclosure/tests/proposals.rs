//! What everybody gains takes two administrators.

use super::{added, change, ids, keeper, seen, told, warden, world_list};
use crate::act::{Actor, Done, Tell};
use crate::base::{Id, Instant};
use crate::disclosure::acts::kind::AddKind;
use crate::disclosure::acts::proposal::{Confirm, Propose, Refuse, Withdraw};
use crate::disclosure::rules::proposals::{MOST_OPEN, Proposal, State, decides};
use crate::disclosure::rules::{self, Change};
use crate::disclosure::store;
use crate::testing::{World, both_engines, staff};

fn other() -> Actor {
    staff("system_admin", "/990101/", Id::derived("other"))
}

fn auditor() -> Actor {
    staff("audit_admin", "/990101/", Id::derived("audit"))
}

/// Residents may read the log.
pub(super) fn to_all() -> Change {
    Change { added: vec![added("resident", "log.see", "my_district")], ..Change::default() }
}

fn propose(world: &World, by: &Actor, change: Change, reason: &str) -> Done<Id> {
    let (seen, reason) = (seen(world), reason.to_owned());
    let act = Propose { seen, change, reason, processes: Default::default() };
    world.perform(by, act).map(|answer| answer.outcome)
}

pub(super) fn proposed(world: &World, change: Change) -> Id {
    propose(world, &keeper(), change, "居民要看").unwrap()
}

fn confirm(world: &World, by: &Actor, proposal: &Id) -> Done<i64> {
    let (proposal, keys) = (proposal.clone(), world.district.keys.clone());
    let act = Confirm { proposal, processes: Default::default(), keys };
    world.perform(by, act).map(|answer| answer.outcome)
}

fn refuse(world: &World, by: &Actor, proposal: &Id, why: &str) -> Done<()> {
    let act = Refuse { proposal: proposal.clone(), why: why.to_owned() };
    world.perform(by, act).map(|answer| answer.outcome)
}

fn withdraw(world: &World, by: &Actor, proposal: &Id) -> Done<()> {
    world.perform(by, Withdraw { proposal: proposal.clone() }).map(|answer| answer.outcome)
}

pub(super) fn find(world: &World, id: &Id) -> Proposal {
    let id = id.clone();
    world.read(move |tx| store::proposal(tx, &id)).unwrap()
}

/// The notices that wait: what, and to whom.
fn notices(world: &World) -> Vec<(String, String)> {
    let all = world.read(|tx| {
        let sql = "select payload from outbox where kind = 'notice' order by due_at, id";
        tx.rows(sql, &[], |row| row.get::<String>(0))
    });
    let read = |payload: &String| serde_json::from_str::<Tell>(payload).unwrap();
    let all = all.iter().map(read).filter(|tell| tell.kind.starts_with("duty."));
    all.map(|tell| (tell.kind, format!("{:?}", tell.to))).collect()
}

fn residents_may(world: &World) -> bool {
    world.read(world_list).has(&Actor::resident(Id::derived("anybody")), "log.see")
}

#[test]
fn what_residents_gain_is_proposed_by_one_and_confirmed_by_another() {
    both_engines(|world| {
        let alone = change(world, &keeper(), to_all()).unwrap_err();
        assert!(alone.contains("own_powers"), "{alone}");
        let before = seen(world);
        let id = proposed(world, to_all());
        assert!(!residents_may(world) && seen(world) == before, "nothing is given yet");
        let same = staff("system_admin", "/990101/", keeper().person.unwrap());
        let stranger = staff("dispatcher", "/990101/", Id::derived("dispatcher"));
        for (who, says) in [
            (&keeper(), "not_your_duty"),
            (&auditor(), "not_your_duty"),
            (&same, "own_proposal"),
            (&stranger, "not found"),
            (&Actor::resident(Id::derived("r")), "not found"),
        ] {
            let confirmed = confirm(world, who, &id).unwrap_err().to_string();
            assert!(confirmed.contains(says), "{}: {confirmed}", who.kind);
            let refused = told(refuse(world, who, &id, "不必"));
            assert!(refused.contains(says), "{}: {refused}", who.kind);
        }
        let none = confirm(world, &other(), &Id::derived("no proposal")).unwrap_err();
        assert_eq!(none.to_string(), "not found");
        assert!(!residents_may(world));
        let version = confirm(world, &other(), &id).unwrap();
        assert_eq!((version, seen(world)), (before + 1, before + 1));
        assert!(residents_may(world));
        let found = find(world, &id);
        assert_eq!(found.state, State::Confirmed, "not overtaken by its own change");
        assert_eq!(found.decided_label.as_deref(), Some("system_admin"));
        assert!(found.decided_at.is_some_and(|at| at >= found.at));
        let sent = notices(world);
        let kinds: Vec<&str> = sent.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(kinds, ["duty.proposed", "duty.confirmed"]);
        assert!(sent[0].1.contains("system_admin") && !sent[0].1.contains("audit_admin"));
        assert!(sent[1].1.contains(keeper().person.unwrap().as_str()), "{sent:?}");
        for again in [told(confirm(world, &other(), &id)), told(withdraw(world, &keeper(), &id))] {
            assert!(again.contains("proposal_decided"), "{again}");
        }
        // What was given is taken back by one, in the usual way.
        let ended = ids(&world.read(world_list), "resident", "log.see");
        change(world, &keeper(), Change { ended, ..Change::default() }).unwrap();
        assert!(!residents_may(world));
    });
}

#[test]
fn a_proposal_is_refused_with_a_reason_or_withdrawn_by_whoever_made_it() {
    both_engines(|world| {
        let id = proposed(world, to_all());
        assert!(told(refuse(world, &other(), &id, " ")).contains("why: missing"));
        assert!(told(refuse(world, &other(), &id, &"长".repeat(501))).contains("why: too_long"));
        refuse(world, &other(), &id, "日志里有别人的事").unwrap();
        let found = find(world, &id);
        assert_eq!((found.state, found.why.as_deref()), (State::Refused, Some("日志里有别人的事")));
        assert!(told(confirm(world, &other(), &id)).contains("proposal_decided"));
        let id = proposed(world, to_all());
        let colleague = staff("security_admin", "/990101/", Id::derived("colleague"));
        for who in [&colleague, &other()] {
            assert!(withdraw(world, who, &id).is_err(), "{who:?}");
        }
        withdraw(world, &keeper(), &id).unwrap();
        assert_eq!(find(world, &id).state, State::Withdrawn);
        assert!(!residents_may(world));
        let sent: Vec<String> = notices(world).into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(sent, ["duty.proposed", "duty.refused", "duty.proposed"]);
    });
}

#[test]
fn any_change_of_the_list_overtakes_the_proposals_that_wait() {
    both_engines(|world| {
        let (first, second) = (proposed(world, to_all()), proposed(world, to_all()));
        let fields = warden();
        let kind = AddKind { seen: seen(world), code: "grid_warden".to_owned(), fields };
        world.perform(&keeper(), kind).unwrap();
        for id in [&first, &second] {
            let found = find(world, id);
            assert_eq!((found.state, found.decided_label), (State::Overtaken, None));
            assert!(told(confirm(world, &other(), id)).contains("proposal_decided"));
        }
        let third = proposed(world, to_all());
        let row = added("grid_informant", "case.verify", "my_grid");
        change(world, &keeper(), Change { added: vec![row], ..Change::default() }).unwrap();
        assert_eq!(find(world, &third).state, State::Overtaken);
        // Of two that wait the one that is confirmed ends the other.
        let (fourth, fifth) = (proposed(world, to_all()), proposed(world, to_all()));
        confirm(world, &other(), &fifth).unwrap();
        assert_eq!(find(world, &fourth).state, State::Overtaken);
        let told_of = notices(world).into_iter().filter(|(kind, _)| kind == "duty.overtaken");
        assert_eq!(told_of.count(), 4);
        assert!(residents_may(world));
    });
}

#[test]
fn what_cannot_be_changed_cannot_be_proposed() {
    both_engines(|world| {
        let add = |row| Change { added: vec![row], ..Change::default() };
        let keep = ids(&world.read(world_list), "security_admin", "duty.change");
        for (asked, reason, says) in [
            (to_all(), "", "reason: missing"),
            (to_all(), &"长".repeat(501), "reason: too_long"),
            (Change::default(), "r", "nothing_changed"),
            (add(added("public", "duty.change", "my_district")), "r", "for_administrators"),
            (add(added("resident", "duty.propose", "my_district")), "r", "for_administrators"),
            (add(added("resident", "case.see", "own")), "r", "duty_twice"),
            (Change { ended: keep, ..Change::default() }, "r", "last_keeper"),
        ] {
            let told = told(propose(world, &keeper(), asked, reason));
            assert!(told.contains(says), "{says}: {told}");
        }
        for who in [other(), auditor(), staff("dispatcher", "/990101/", Id::derived("d"))] {
            assert!(told(propose(world, &who, to_all(), "r")).contains("not_your_duty"));
        }
        let (seen, reason) = (seen(world) - 1, "r".to_owned());
        let stale = Propose { seen, change: to_all(), reason, processes: Default::default() };
        assert!(told(world.perform(&keeper(), stale)).contains("changed_meanwhile"));
        (0..MOST_OPEN).for_each(|_| drop(proposed(world, to_all())));
        assert!(told(propose(world, &keeper(), to_all(), "r")).contains("too_many_proposals"));
        assert!(!residents_may(world));
    });
}

#[test]
fn the_proposer_may_gain_by_it_and_whoever_confirms_may_not() {
    both_engines(|world| {
        let own = added("security_admin", "log.see", "my_district");
        let id = proposed(world, Change { added: vec![own], ..Change::default() });
        confirm(world, &other(), &id).unwrap();
        assert!(world.read(world_list).has(&keeper(), "log.see"));
        let both = vec![
            added("resident", "log.see", "my_district"),
            added("system_admin", "log.see", "my_district"),
        ];
        let id = proposed(world, Change { added: both, ..Change::default() });
        assert!(told(confirm(world, &other(), &id)).contains("confirmers_powers"));
        assert_eq!(find(world, &id).state, State::Open, "it waits for somebody else");
        assert!(!residents_may(world));
    });
}

#[test]
fn who_stands_in_for_the_other_administrator_decides_nothing() {
    both_engines(|world| {
        let id = proposed(world, to_all());
        let friend = staff("system_admin", "/990101/", Id::derived("friend"));
        let stand_in = Actor { stands_in: true, ..friend };
        assert!(told(confirm(world, &stand_in, &id)).contains("decided_by_holder"));
        assert!(told(refuse(world, &stand_in, &id, "不必")).contains("decided_by_holder"));
        assert!(find(world, &id).state == State::Open && !residents_may(world));
        confirm(world, &other(), &id).unwrap();
    });
}

#[test]
fn a_ground_is_proposed_shown_and_kept_as_the_same_text() {
    both_engines(|world| {
        let list = world.read(world_list);
        let urge = list.of("grid_informant", "case.urge").next().unwrap();
        let mut row = added("grid_informant", "case.urge", urge.scope.name());
        row.ground = "  新规则（示例）第1项\r\n ".to_owned();
        let log = added("resident", "log.see", "my_district");
        let (ended, adds) = (vec![urge.id.clone()], vec![log, row]);
        let id = proposed(world, Change { ended, added: adds, ..Change::default() });
        let kept = find(world, &id).change;
        assert_eq!(kept.added[1].ground, "新规则（示例）第1项");
        let shifts = rules::shifts(&list.duties, &kept);
        let told: Vec<(&str, bool)> =
            shifts.iter().map(|shift| (shift.act.as_str(), shift.only_grounds())).collect();
        assert_eq!(told, [("case.urge", true), ("log.see", false)]);
        confirm(world, &other(), &id).unwrap();
        let now = world.read(world_list);
        let made = now.of("grid_informant", "case.urge").find(|duty| duty.scope == urge.scope);
        let made = made.unwrap();
        assert_eq!(made.ground, kept.added[1].ground, "what was shown is what was made");
    });
}

#[test]
fn who_keeps_the_list_and_cannot_propose_is_told_who_can() {
    both_engines(|world| {
        let keeps = added("system_admin", "duty.change", "my_district");
        change(world, &keeper(), Change { added: vec![keeps], ..Change::default() }).unwrap();
        let told = change(world, &other(), to_all()).unwrap_err();
        assert!(told.contains("security_proposes"), "{told}");
        assert!(change(world, &keeper(), to_all()).unwrap_err().contains("own_powers"));
        assert!(!residents_may(world));
    });
}

#[test]
fn who_decides_is_another_person_and_another_of_the_three() {
    let proposal = |state| Proposal {
        id: Id::derived("proposal"),
        change: to_all(),
        seen: 1,
        reason: "r".to_owned(),
        by_person: Id::derived("keeper"),
        by_kind: "security_admin".to_owned(),
        by_label: "安全保密管理员".to_owned(),
        at: Instant(1),
        state,
        office: None,
        decided_label: None,
        decided_by: None,
        decided_at: None,
        why: None,
    };
    let told = |actor: &Actor, state| decides(actor, &proposal(state)).err().map(|no| no.code);
    let colleague = staff("security_admin", "/990101/", Id::derived("colleague"));
    let street = staff("street_head", "/990101/", Id::derived("head"));
    assert_eq!(told(&other(), State::Open), None);
    assert_eq!(told(&auditor(), State::Open), None, "the list says which of the others");
    assert_eq!(told(&keeper(), State::Open), Some("own_proposal"));
    assert_eq!(told(&Actor::operator(), State::Open), Some("own_proposal"));
    assert_eq!(told(&colleague, State::Open), Some("another_administrator"));
    assert_eq!(told(&street, State::Open), Some("another_administrator"));
    assert_eq!(told(&other(), State::Withdrawn), Some("proposal_decided"));
    let stand_in = Actor { stands_in: true, ..other() };
    assert_eq!(told(&stand_in, State::Open), Some("decided_by_holder"));
}
