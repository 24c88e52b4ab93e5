//! What was sent the wrong way, filed wrongly or turned away by mistake finds its way.

use super::loop_of_a_case::{refused, said};
use super::told::told;
use super::town::{LAMP, STALL, STREET, Town, body};
use crate::act::Actor;
use crate::app;
use crate::base::Id;
use crate::matter::Put;
use crate::matter::clock::{self, ClockView, RECLASSED};
use crate::testing::both_engines_wired;

const HOUR: i64 = 3_600_000_000;

impl Town<'_> {
    /// Signed for by the municipal works, as a lamp.
    fn at_the_works(&self) -> Id {
        let case = self.report("人行道上摆摊，路灯也不亮").matter;
        let to = said("body", body("works").as_str()).with("reason", "市政");
        self.go(&self.by("community_clerk"), &case, "accept", said("class", LAMP)).unwrap();
        self.go(&self.by("dispatcher"), &case, "dispatch", to).unwrap();
        self.go(&self.by("department_officer"), &case, "sign", Put::default()).unwrap();
        case
    }

    fn handling_clocks(&self, case: &Id) -> Vec<ClockView> {
        let case = case.clone();
        let mut all = self.world.read(move |tx| clock::clocks(tx, &case));
        all.retain(|clock| clock.name == "handle");
        all
    }
}

fn order_officer(town: &Town<'_>) -> Actor {
    let person = Some(Id::derived("order officer"));
    Actor { person, body: Some(body("order")), ..town.by("department_officer") }
}

fn to_order() -> Put {
    said("class", STALL).with("body", body("order").as_str()).with("reason", "占道归城管")
}

#[test]
fn a_case_that_the_wrong_body_signed_for_goes_to_another_and_both_are_told() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = town.at_the_works();
        let (works, order) = (town.by("department_officer"), order_officer(&town));
        let dispatcher = town.by("dispatcher");
        let same = to_order().with("body", body("works").as_str());
        assert_eq!(refused(town.go(&dispatcher, &case, "redispatch", same)), "another_body");
        let homes = to_order().with("body", body("homes").as_str());
        assert_eq!(refused(town.go(&dispatcher, &case, "redispatch", homes)), "body_has_duty");
        let theirs = town.go(&works, &case, "redispatch", to_order());
        assert_eq!(refused(theirs), "not_your_duty", "nobody pushes a case away by themselves");
        town.go(&dispatcher, &case, "redispatch", to_order()).unwrap();
        let matter = town.matter(&case);
        assert_eq!((matter.stage.as_str(), matter.body), ("dispatched", Some(body("order"))));
        let lost = told(&town, &case, "taken_away");
        assert_eq!(lost, ["department_officer /990101/".to_owned()].into(), "the works");
        assert_eq!(told(&town, &case, "redispatched").len(), 1, "the reporter");
        let clocks = town.handling_clocks(&case);
        assert!(clocks.len() == 1 && clocks[0].dropped, "the works did not do it: {clocks:?}");
        assert_eq!(refused(town.go(&works, &case, "answer", said("reply", "x"))), "hidden");
        town.go(&order, &case, "sign", Put::default()).unwrap();
        let clocks = town.handling_clocks(&case);
        let new = clocks.last().unwrap();
        assert_eq!((new.body.clone(), new.limit_n), (Some(body("order")), 4));
        assert_eq!(new.limit_kind, "work_hour");
        town.go(&order, &case, "answer", said("reply", "摊位已清")).unwrap();
        let page = town.get(&dispatcher, &format!("/cases/{}", matter.number)).text;
        assert!(page.contains("改派") && page.contains("占道归城管"), "{page}");
    });
}

#[test]
fn no_body_is_chosen_beforehand_that_the_duty_list_does_not_name() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = town.at_the_works();
        let dispatcher = town.by("dispatcher");
        let field = || {
            let page = town.get(&dispatcher, &format!("/cases/{}", town.matter(&case).number)).text;
            let (_, form) = page.split_once("id=\"do-redispatch\"").unwrap();
            let (_, field) = form.split_once("redispatch-body").unwrap();
            field.split_once("redispatch-reason").unwrap().0.to_owned()
        };
        let lamp = field();
        assert!(lamp.contains(body("order").as_str()), "{lamp}");
        let chosen = |field: &str| field.contains("checked") || field.contains("\" selected");
        assert!(!chosen(lamp.split("redispatch-class").next().unwrap()), "{lamp}");
        let put = said("class", STALL).with("reason", "主要是摆摊");
        town.go(&dispatcher, &case, "reclassify", put).unwrap();
        let stall = field();
        let theirs = stall.split(body("order").as_str()).nth(1).unwrap();
        assert!(chosen(theirs.split("</option>").next().unwrap()), "{stall}");
    });
}

#[test]
fn a_new_class_gives_the_clock_that_runs_its_own_length_from_the_same_start() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = town.at_the_works();
        let before = town.handling_clocks(&case).pop().unwrap();
        assert_eq!((before.limit_kind.as_str(), before.limit_n), ("work_day", 2));
        world.door().clock.shift(HOUR);
        let dispatcher = town.by("dispatcher");
        let put = said("class", STALL).with("reason", "主要是摆摊");
        town.go(&dispatcher, &case, "reclassify", put).unwrap();
        let clocks = town.handling_clocks(&case);
        let [after] = &clocks[..] else { panic!("one clock: {clocks:?}") };
        assert_eq!(after.started_at, before.started_at, "no hour is lost or won");
        assert_eq!((after.limit_kind.as_str(), after.limit_n), ("work_hour", 4));
        assert!(after.due_at < before.due_at);
        assert_eq!(after.basis.as_deref(), Some(RECLASSED));
        let matter = town.matter(&case);
        assert_eq!(matter.due_at, Some(after.due_at));
        let page = town.get(&dispatcher, &format!("/cases/{}", matter.number)).text;
        assert!(page.contains("时限改按新类别计，为 4 个工作时"), "{page}");
        assert!(!page.contains("2 个工作日"), "one limit, the running one: {page}");
        assert!(!page.contains("工作日历或工作时间后来有变动"), "{page}");
        let advice = "现在的办理单位不管“占道经营”，应当改派";
        assert!(page.contains(advice), "the way on stands open: {page}");
        assert!(page.contains("id=\"do-redispatch\" open"), "{page}");
        assert!(told(&town, &case, "astray").contains(&format!("street_supervisor {STREET}")));
        assert!(told(&town, &case, "class_changed").contains("department_officer /990101/"));
        let back = said("class", LAMP).with("reason", "灯也不亮");
        town.go(&dispatcher, &case, "reclassify", back).unwrap();
        let again = town.handling_clocks(&case).pop().unwrap();
        assert_eq!(again.due_at, before.due_at, "as if it had always been a lamp");
        let page = town.get(&dispatcher, &format!("/cases/{}", matter.number)).text;
        assert!(!page.contains(advice), "{page}");
    });
}

#[test]
fn who_was_turned_away_by_mistake_has_it_reviewed_once_within_a_week() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (zhou, clerk) = (town.resident("zhou"), town.by("community_clerk"));
        let supervisor = town.by("street_supervisor");
        let turned_away = || {
            let case = town.report("路灯不亮").matter;
            let why = said("reason", "不在范围").with("go_to", "供电公司");
            town.go(&clerk, &case, "reject", why).unwrap();
            case
        };
        let why = || said("reason", "这是社区的灯，不是供电公司的");
        let case = turned_away();
        let stranger = town.go(&town.resident("lin"), &case, "dispute", why());
        assert_ne!(refused(stranger), "done");
        town.go(&zhou, &case, "dispute", why()).unwrap();
        assert_eq!(town.matter(&case).stage, "disputed");
        assert!(town.matter(&case).due_at.is_some(), "it is not left lying");
        let told_of = told(&town, &case, "disputed");
        assert!(told_of.contains(&format!("street_supervisor {STREET}")), "{told_of:?}");
        let number = town.matter(&case).number;
        let page = town.get(&supervisor, &format!("/cases/{number}")).text;
        assert!(page.contains("moves/take_up") && page.contains("moves/uphold"), "{page}");
        let own = town.go(&clerk, &case, "uphold", said("reason", "x"));
        assert_eq!(refused(own), "not_your_duty", "posts that turn away do not decide on it");
        // Nor does who holds both posts: the person who turned it away looks at it no second time.
        let both = Actor { person: clerk.person.clone(), ..supervisor.clone() };
        let own = town.go(&both, &case, "uphold", said("reason", "x"));
        assert_eq!(refused(own), "not_who_rejected");
        let class = said("class", LAMP).with("reason", "是社区的灯");
        let own = town.go(&both, &case, "take_up", class.clone());
        assert_eq!(refused(own), "not_who_rejected");
        let page = town.get(&both, &format!("/cases/{number}")).text;
        assert!(!page.contains("moves/take_up") && !page.contains("moves/uphold"), "{page}");
        town.go(&supervisor, &case, "take_up", class).unwrap();
        let clerks = told(&town, &case, "taken_up");
        assert!(clerks.iter().any(|who| who.starts_with("community_clerk")), "{clerks:?}");
        let matter = town.matter(&case);
        assert_eq!((matter.stage.as_str(), matter.closed_at), ("awaiting_dispatch", None));
        let page = town.get(&zhou, &format!("/cases/{number}")).text;
        assert!(page.contains("是社区的灯"), "{page}");
        let case = turned_away();
        town.go(&zhou, &case, "dispute", why()).unwrap();
        town.go(&supervisor, &case, "uphold", said("reason", "查过，归供电公司")).unwrap();
        assert_eq!(town.matter(&case).stage, "rejected");
        assert_eq!(refused(town.go(&zhou, &case, "dispute", why())), "dispute_window", "once");
        let case = turned_away();
        let page = format!("/cases/{}", town.matter(&case).number);
        assert!(town.get(&zhou, &page).text.contains("moves/dispute"));
        world.door().clock.shift(9 * 24 * HOUR);
        assert_eq!(refused(town.go(&zhou, &case, "dispute", why())), "dispute_window", "late");
        assert!(!town.get(&zhou, &page).text.contains("moves/dispute"));
        town.go(&supervisor, &case, "take_up", said("class", LAMP).with("reason", "是")).unwrap();
    });
}
