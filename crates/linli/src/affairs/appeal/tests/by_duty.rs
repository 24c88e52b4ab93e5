//! What the duty list gives, the procedure lets be done; and what is asked by telephone.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use linli_rules::procedure::{Move, Phase, Transition};

use super::loop_of_a_case::{answered, rating, refused, said};
use super::town::{COMMUNITY, GRID, Town, body, code, person};
use super::transitions::{led_to, ways};
use crate::act::{Act, Acting, Actor, Done, Order, Reach, Scope, Subject};
use crate::affairs::appeal::closing;
use crate::affairs::appeal::kit;
use crate::app;
use crate::base::{Fault, Id};
use crate::matter::{CASES, Conduct, Put, Seen, store as matters};
use crate::store::ReadTx;
use crate::testing::{both_engines_wired, staff};

/// Somebody of this kind within whose scope the case lies.
fn within(town: &Town<'_>, kind: &str, scope: Scope, case: &Id) -> Actor {
    let matter = town.matter(case);
    let at = match scope {
        Scope::MyGrid => GRID,
        Scope::MyPlaceAndBelow => COMMUNITY,
        _ => "/990101/",
    };
    let person = if scope == Scope::Own { person("zhou") } else { Id::derived(kind) };
    let body = (scope == Scope::AssignedToMyBody).then_some(matter.body).flatten();
    Actor { body, ..staff(kind, at, person) }
}

fn is_undo(by: &Move) -> bool {
    by.needs.iter().any(|call| call.guard == "right_after")
}

#[test]
fn every_row_of_the_duty_list_can_be_carried_out_at_some_stage() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let process = kit(&world.district).unwrap().process;
        let ways = ways(&process);
        let door = world.door().clone();
        let list = world.read(move |tx| door.duties.current(tx));
        let transitions = process.transitions();
        let mut done = 0;
        for duty in &list.duties {
            let Some(act) = duty.act.strip_prefix("case.") else { continue };
            // Only whoever has just done a thing takes it back: the desk's own tests do.
            let of = |s: &&Transition<'_>| s.by.act == act && s.from.is_some() && !is_undo(s.by);
            let mut steps = transitions.iter().filter(of);
            if steps.clone().next().is_none() {
                continue;
            }
            let mut why = Vec::new();
            let mut try_at = |step: &Transition<'_>| {
                let case = led_to(&town, &ways, &step.from.unwrap().id);
                if duty.scope == Scope::Party {
                    let party = Id::derived(&duty.post_kind);
                    town.world.perform(&Actor::operator(), Joins(case.clone(), party)).unwrap();
                }
                let actor = within(&town, &duty.post_kind, duty.scope, &case);
                let made = carry_out(&town, &actor, &case, step.by.act.as_str(), town.put(step.by));
                made.map_err(|told| why.push(told)).is_ok()
            };
            let carried = steps.any(&mut try_at);
            let row = format!("{} {} {}", duty.post_kind, duty.act, duty.scope.name());
            assert!(carried, "nobody can do {row}: {why:?}");
            done += 1;
        }
        assert!(done > 80, "{done} rows");
    });
}

#[test]
fn from_every_stage_that_waits_somebody_in_the_office_leads_on() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let process = kit(&world.district).unwrap().process;
        let ways = ways(&process);
        let door = world.door().clone();
        let list = world.read(move |tx| door.duties.current(tx));
        let mut led = BTreeMap::new();
        for step in process.transitions() {
            let Some(from) = step.from.filter(|from| from.id != step.to.id) else { continue };
            let theirs = step.by.needs.iter().any(|call| call.guard == "is_reporter");
            if theirs || is_undo(step.by) || from.phase == Phase::Withdrawn {
                continue;
            }
            let name = process.act_name(step.by);
            let rows = list.duties.iter().filter(|row| row.act == name);
            let mut office = rows.filter(|row| row.post_kind != "resident");
            let mut why = Vec::new();
            let carried = office.any(|row| {
                let case = led_to(&town, &ways, &from.id);
                let actor = within(&town, &row.post_kind, row.scope, &case);
                let made = carry_out(&town, &actor, &case, &step.by.act, town.put(step.by));
                made.map_err(|told| why.push(told)).is_ok()
            });
            assert!(carried, "nobody makes {name} at {}: {why:?}", from.id);
            led.entry(from.id.as_str()).or_insert_with(BTreeSet::new).insert(step.by.act.as_str());
        }
        let rests = ["rated", "withdrawn"];
        for stage in process.stages.iter().filter(|stage| !rests.contains(&stage.id.as_str())) {
            assert!(led.contains_key(stage.id.as_str()), "no way on from {}: {led:?}", stage.id);
        }
        assert_eq!(led["handling"], ["answer", "redispatch"].into());
        assert_eq!(led["rejected"], ["take_up"].into());
    });
}

/// Makes somebody a party to a case.
struct Joins(Id, Id);

impl Act for Joins {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "test.joins".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(self.0.as_str().as_bytes().to_vec())
    }

    fn subject(&self) -> Subject {
        Subject::New { kind: "test", id: String::new(), reach: Reach::at("/") }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        matters::join(cx, &self.0, &self.1, "party")
    }
}

fn carry_out(town: &Town<'_>, by: &Actor, case: &Id, act: &str, put: Put) -> Result<(), String> {
    let kit = kit(&town.world.district).unwrap();
    let (process, id, name) = (kit.process.clone(), case.clone(), act.to_owned());
    let tick = move |tx: &ReadTx<'_>| closing::all_ticked(tx, &process, &id, &name, put);
    let put = town.world.district.store().read_blocking(tick).unwrap();
    let (matter, act) = (case.clone(), act.to_owned());
    let conduct = Conduct { kit, of: CASES, matter, seen: Seen::Any, act, put };
    let order = Order::new(town.world.new_id(), conduct);
    town.world.door().perform_blocking(by, order).map(|_| ()).map_err(|told| code(&told))
}

/// Closes a case that was answered, by another hand.
pub(super) fn closed(town: &Town<'_>, case: Id) -> Id {
    town.go(&town.by("grid_worker"), &case, "verify", said("finding", "亮了")).unwrap();
    case
}

#[test]
fn each_may_urge_once_a_day_and_what_is_told_by_telephone_is_put_down() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = town.report("路灯不亮").matter;
        let supervisor = town.by("street_supervisor");
        town.go(&supervisor, &case, "urge", said("words", "今天办好")).unwrap();
        assert_eq!(refused(town.go(&supervisor, &case, "urge", Put::default())), "at_most_every");
        town.go(&town.resident("zhou"), &case, "urge", Put::default()).unwrap();
        let clerk = town.by("community_clerk");
        town.go(&clerk, &case, "add_info", said("words", "来电说是东边那盏")).unwrap();
        let stranger = town.go(&town.resident("lin"), &case, "add_info", said("words", "我也是"));
        assert_eq!(refused(stranger), "beyond_your_place");
    });
}

#[test]
fn a_reporter_is_asked_by_telephone_by_somebody_who_did_not_handle_it() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (centre, worker) = (town.by("district_dispatcher"), town.by("grid_worker"));
        let unsolved = || rating().with("solved", "no").with("satisfied", "no");
        let case = answered(&town);
        town.go(&worker, &case, "verify", said("finding", "亮了")).unwrap();
        let officer = town.by("department_officer");
        assert_eq!(refused(town.go(&officer, &case, "rate_by_call", rating())), "not_your_duty");
        town.go(&centre, &case, "rate_by_call", unsolved()).unwrap();
        assert_eq!(town.matter(&case).stage, "reopened");
        let to = said("body", body("works").as_str()).with("reason", "重办");
        town.go(&centre, &case, "dispatch", to).unwrap();
        town.go(&officer, &case, "sign", Put::default()).unwrap();
        town.go(&officer, &case, "answer", said("reply", "又换了")).unwrap();
        town.go(&worker, &case, "verify", said("finding", "亮了")).unwrap();
        let again = town.go(&town.resident("zhou"), &case, "reopen", said("reason", "还是不亮"));
        assert_eq!(refused(again), "reopen_window", "what was said by telephone was their wish");
        town.go(&centre, &case, "rate_by_call", rating()).unwrap();
        assert_eq!(town.matter(&case).stage, "rated");
    });
}

#[test]
fn a_body_sends_back_only_while_it_has_time_to_sign() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (officer, dispatcher) = (town.by("department_officer"), town.by("dispatcher"));
        let case = town.report("路灯不亮").matter;
        town.go(&town.by("community_clerk"), &case, "accept", said("class", "C1101")).unwrap();
        let to = || said("body", body("works").as_str()).with("reason", "市政");
        town.go(&dispatcher, &case, "dispatch", to()).unwrap();
        let due = town.matter(&case).due_at.unwrap();
        let back = || said("reason", "缺杆号").with("gap", "灯杆编号");
        world.door().clock.shift(due - world.district.now() + 1);
        assert_eq!(refused(town.go(&officer, &case, "send_back", back())), "within_clock");
        town.go(&dispatcher, &case, "recall", said("reason", "派错了")).unwrap();
        town.go(&dispatcher, &case, "dispatch", to()).unwrap();
        town.go(&officer, &case, "send_back", back()).unwrap();
    });
}

#[test]
fn article_203_the_seventh_day_is_within_seven_days_until_midnight() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (zhou, offset) = (town.resident("zhou"), world.district.config.offset_minutes);
        let closed = || {
            let case = answered(&town);
            town.go(&town.by("grid_worker"), &case, "verify", said("finding", "亮了")).unwrap();
            case
        };
        for (early, told) in [(1, None), (0, Some("reopen_window"))] {
            let case = closed();
            let at = town.matter(&case).closed_at.unwrap();
            // The eighth day after the day of closing begins at this midnight.
            let midnight = at.day(offset).add_days(8).start(offset);
            world.door().clock.shift(midnight - world.district.now() - early * 60_000_000);
            let asked = town.go(&zhou, &case, "reopen", said("reason", "又不亮了"));
            assert_eq!(asked.err().map(|e| code(&e)).as_deref(), told);
        }
    });
}
