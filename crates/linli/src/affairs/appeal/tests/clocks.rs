//! The clocks that run beside the stages: the first contact with the reporter, and whatever else a
//! district times.

use super::own_process::{adopt, give_duties, keeper, own};
use super::town::{LAMP, Town, code};
use crate::affairs::appeal::report::Report;
use crate::app;
use crate::base::Id;
use crate::matter::clock::{self, ClockView};
use crate::matter::{Moved, Put};
use crate::testing::both_engines_wired;

const HOUR: i64 = 3_600_000_000;

impl Town<'_> {
    fn clocks(&self, case: &Id) -> Vec<ClockView> {
        let case = case.clone();
        self.world.read(move |tx| clock::clocks(tx, &case))
    }

    fn contact_clock(&self, case: &Id) -> Option<ClockView> {
        self.clocks(case).into_iter().find(|clock| clock.name == "contact")
    }

    fn late_clocks(&self) -> Vec<(String, i64)> {
        let now = self.world.district.now();
        self.world.read(move |tx| clock::late(tx, now))
    }

    fn shift(&self, hours: i64) {
        self.world.door().clock.shift(hours * HOUR);
    }

    fn nameless(&self) -> Moved {
        let report = Report {
            words: "路灯不亮".to_owned(),
            class: Some(LAMP.to_owned()),
            place: Some("99010100100101".to_owned()),
            source: "web".to_owned(),
            language: "zh".to_owned(),
            ..Report::default()
        };
        self.report_as(&self.by("community_clerk"), "report", report).unwrap().outcome
    }
}

fn spoken() -> Put {
    Put::default().with("how", "phone").with("note", "约好明早去看，门牌七号")
}

#[test]
fn the_first_contact_is_due_in_a_day_wherever_the_case_is_by_then() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = town.without_standard();
        let matter = town.matter(&case);
        let number = matter.number.clone();
        let running = matter.beside.expect("nobody has spoken to the reporter");
        assert_eq!(running.due_at, matter.opened_at.plus_hours(24), "by the clock on the wall");
        assert_eq!(town.contact_clock(&case).unwrap().stage, None, "it belongs to no stage");
        let officer = town.by("department_officer");
        let page = town.get(&officer, &format!("/cases/{number}")).text;
        assert!(page.contains("首次联系：还剩"), "{page}");
        assert!(page.contains("首次联系：应在"), "the timeline says until when: {page}");
        let on = |tab: &str| town.get(&officer, &format!("/desk?tab={tab}")).text.contains(&number);
        assert!(!on("late") && !on("soon"));
        town.shift(20);
        assert!(on("soon") && !on("late"), "four fifths of the day are gone");
        town.shift(5);
        assert!(on("late") && !on("soon"), "its stage has days to go, the contact has not");
        assert!(town.matter(&case).due_at.unwrap() > world.district.now());
        let desk = town.get(&officer, "/desk?tab=late").text;
        assert!(desk.contains("首次联系：已超期 1 小时"), "{desk}");
        assert_eq!(town.late_clocks(), [("contact".to_owned(), 1)]);
        town.go(&officer, &case, "contact", spoken()).unwrap();
        assert!(!on("late"));
        assert_eq!(town.matter(&case).beside, None);
        assert_eq!(town.late_clocks(), []);
        let clock = town.contact_clock(&case).unwrap();
        assert!(clock.stopped_at.is_some_and(|at| at > clock.due_at) && !clock.dropped);
        let page = town.get(&officer, &format!("/cases/{number}")).text;
        for words in ["首次联系：超期 1 小时 才做到", "约好明早去看"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        let mine = town.get(&town.resident("zhou"), &format!("/cases/{number}")).text;
        assert!(mine.contains("联系反映人") && mine.contains("电话"), "{mine}");
        assert!(!mine.contains("约好明早去看"), "what was said is for the office: {mine}");
        let spoken_again = town.go(&officer, &case, "contact", spoken());
        assert!(spoken_again.is_ok(), "one may speak more often than once");
    });
}

#[test]
fn nobody_is_to_be_spoken_to_where_no_name_was_left() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = town.nameless();
        assert_eq!(town.contact_clock(&case.matter).map(|clock| clock.name), None);
        assert_eq!(town.matter(&case.matter).beside, None);
        let clerk = town.by("community_clerk");
        let told = town.go(&clerk, &case.matter, "contact", spoken()).unwrap_err();
        assert_eq!(code(&told), "can_be_reached");
        let page = town.get(&clerk, &format!("/cases/{}", case.number)).text;
        assert!(!page.contains("moves/contact") && page.contains("moves/note"), "{page}");
        let page = town.get(&clerk, &format!("/cases/{}", town.report("灯坏了").number)).text;
        assert!(page.contains("moves/contact"), "{page}");
    });
}

#[test]
fn what_is_withdrawn_is_timed_no_longer_and_not_counted_as_done() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = town.report("路灯不亮");
        let zhou = town.resident("zhou");
        town.go(&zhou, &case.matter, "withdraw", Put::default()).unwrap();
        let clock = town.contact_clock(&case.matter).unwrap();
        assert!(clock.dropped && clock.stopped_at.is_some(), "{clock:?}");
        assert_eq!(town.matter(&case.matter).beside, None);
        let page = town.get(&zhou, &format!("/cases/{}", case.number)).text;
        assert!(page.contains("事情已了结，不再计时"), "{page}");
        assert!(!page.contains("按时做到"), "{page}");
        town.shift(48);
        assert_eq!(town.late_clocks(), []);
    });
}

#[test]
fn a_district_names_clocks_of_its_own_and_they_are_called_by_their_titles() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        assert_eq!(adopt(world, &keeper(), 1, &own(2)), Ok(2));
        give_duties(world);
        let case = town.report("路灯不亮");
        let clerk = town.by("community_clerk");
        let class = Put::default().with("class", LAMP);
        town.go(&clerk, &case.matter, "accept", class).unwrap();
        let contact = town.matter(&case.matter).opened_at.plus_hours(24);
        let first = town.matter(&case.matter).beside.unwrap().due_at;
        assert_eq!(first, contact, "the soonest of two");
        town.go(&clerk, &case.matter, "contact", spoken()).unwrap();
        let page = town.get(&clerk, &format!("/cases/{}", case.number)).text;
        assert!(page.contains("入户看现场：还剩"), "{page}");
        town.shift(24 * 4);
        let desk = town.get(&clerk, "/desk?tab=late").text;
        assert!(desk.contains("入户看现场：已超期"), "{desk}");
        let shown = town.get(&clerk, "/processes/appeal").text;
        for words in ["从“受理”到“看现场”", "等配件", "只在以下情况计时：反映人有联系方式"]
        {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        // The clock goes on though the version that started it is no longer in force.
        let renamed = own(3).replace("\"spot\"", "\"visit\"").replace("入户看现场", "上门看看");
        assert_eq!(adopt(world, &keeper(), 2, &renamed), Ok(3));
        let desk = town.get(&clerk, "/desk?tab=late").text;
        assert!(desk.contains("入户看现场：已超期"), "its words are kept: {desk}");
        let note = Put::default().with("words", "看过了");
        town.go(&clerk, &case.matter, "note", note).unwrap();
        assert!(town.matter(&case.matter).beside.is_some(), "what runs is not edited");
    });
}
