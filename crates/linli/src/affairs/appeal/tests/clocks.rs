//! The clocks that run beside the stages: the first contact with the reporter, and whatever else a
//! district times.

use linli_rules::calendar::Stopped;

use super::loop_of_a_case::said;
use super::own_process::{adopt, give_duties, keeper, own};
use super::town::{LAMP, Town, body, code};
use crate::act::Actor;
use crate::affairs::appeal::{self, report::Report};
use crate::app;
use crate::base::{Id, Instant};
use crate::calendar::Worktime;
use crate::catalogue::STANDARD;
use crate::channel::cases::{self, Wanted};
use crate::matter::clock::{self, ClockView};
use crate::matter::pace::Outlook;
use crate::matter::{Moved, Put, store};
use crate::testing::both_engines_wired;

const HOUR: i64 = 3_600_000_000;

impl Town<'_> {
    fn clocks(&self, case: &Id) -> Vec<ClockView> {
        let case = case.clone();
        self.world.read(move |tx| clock::clocks(tx, &case))
    }

    /// How long the clock of the stage takes, and what that rests on.
    fn running(&self, case: &Id) -> (i64, Option<String>) {
        let mut all = self.clocks(case).into_iter().filter(|clock| clock.stage.is_some());
        let clock = all.rfind(ClockView::runs).unwrap();
        (clock.due_at.0 - clock.started_at.0, clock.basis)
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

#[test]
fn sent_back_to_work_a_case_has_what_was_left_of_its_limit_and_reopened_a_new_one() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (officer, worker) = (town.by("department_officer"), town.by("grid_worker"));
        // A Monday morning, so that each shift below takes some of the time.
        town.at(2026, 12, 7, 600);
        let case = town.without_standard();
        let handling = |case: &Id| {
            let mut all = town.clocks(case).into_iter();
            all.rfind(|clock| clock.stage.as_deref() == Some("handling")).unwrap()
        };
        town.shift(3 * 24);
        town.go(&officer, &case, "answer", said("reply", "已换")).unwrap();
        let first = handling(&case);
        town.shift(5 * 24);
        town.go(&worker, &case, "rework", said("reason", "还是不亮")).unwrap();
        let second = handling(&case);
        assert_eq!(second.resumes.as_ref(), Some(&first.id));
        let hours = |clock: &ClockView, from, to| {
            let (kind, body) = (clock.limit().unwrap().kind, clock.body.clone());
            let worktime = Worktime::of(&world.district);
            let hours = world.read(move |tx| worktime.hours(tx, body.as_ref()));
            let stopped = Stopped { since: first.started_at, at: from, due: to };
            stopped.left(kind, &hours.calendar, &hours.schedule)
        };
        let left = hours(&first, first.stopped_at.unwrap(), first.due_at);
        assert!(left > 0 && left < hours(&first, first.started_at, first.due_at));
        assert_eq!(hours(&second, second.started_at, second.due_at), left);
        assert_eq!((second.limit(), &second.basis), (first.limit(), &first.basis));
        assert_eq!(town.matter(&case).due_at, Some(second.due_at));
        let page = town.get(&officer, &format!("/cases/{}", town.matter(&case).number)).text;
        assert!(page.contains("这是接着算的时限") && page.contains("还剩工作时间"), "{page}");
        assert!(!page.contains("后来有变动"), "{page}");

        // Overdue when it was answered: overdue it stays, since the same moment.
        town.shift(60 * 24);
        town.go(&officer, &case, "answer", said("reply", "换了整灯")).unwrap();
        town.go(&worker, &case, "rework", said("reason", "仍不亮")).unwrap();
        let third = handling(&case);
        assert_eq!((third.due_at, third.resumes.as_ref()), (second.due_at, Some(&second.id)));
        let number = town.matter(&case).number;
        assert!(town.get(&officer, "/desk?tab=late").text.contains(&number));
        let page = town.get(&officer, &format!("/cases/{number}")).text;
        assert!(page.contains("停下时已经超期"), "{page}");

        // Reopened it is handled anew, in a time of its own.
        town.go(&officer, &case, "answer", said("reply", "又换了")).unwrap();
        town.go(&worker, &case, "verify", said("finding", "亮了")).unwrap();
        let supervisor = town.by("street_supervisor");
        town.go(&supervisor, &case, "reopen_by_supervisor", said("reason", "抽查")).unwrap();
        let to = Put::default().with("body", body("works").to_string()).with("reason", "重办");
        town.go(&town.by("dispatcher"), &case, "dispatch", to).unwrap();
        town.go(&officer, &case, "sign", Put::default()).unwrap();
        let anew = handling(&case);
        assert!(anew.resumes.is_none() && anew.due_at > world.district.now());
    });
}

#[test]
fn who_was_never_at_work_has_a_whole_limit_when_the_case_is_sent_to_them() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = town.report("路灯不亮").matter;
        let kit = appeal::kit(&world.district).unwrap();
        let by = kit.process.candidates("handle_here", "reported")[0].clone();
        town.go(&town.by("grid_worker"), &case, "handle_here", town.put(&by)).unwrap();
        let clerk = town.by("community_clerk");
        town.go(&clerk, &case, "rework", said("reason", "没修好")).unwrap();
        let clock = town.clocks(&case).pop().unwrap();
        assert_eq!((clock.stage.as_deref(), clock.resumes), (Some("handling"), None));
        assert!(town.matter(&case).due_at.unwrap() > world.district.now());
    });
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
fn a_first_word_with_the_signature_is_the_first_contact() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let officer = town.by("department_officer");
        for (word, runs) in [("", true), ("明早去看", false)] {
            let case = town.report("路灯不亮").matter;
            town.go(&town.by("community_clerk"), &case, "accept", said("class", LAMP)).unwrap();
            let to = said("body", body("works").as_str()).with("reason", "归市政");
            town.go(&town.by("dispatcher"), &case, "dispatch", to).unwrap();
            town.go(&officer, &case, "sign", said("reply", word)).unwrap();
            assert_eq!(town.matter(&case).stage, "handling", "{word}");
            assert_eq!(town.contact_clock(&case).unwrap().runs(), runs, "{word}");
        }
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
        assert!(page.contains("没有做到，到此不再计时"), "{page}");
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

#[test]
fn what_is_urgent_does_not_wait_for_working_hours() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let clerk = town.by("community_clerk");
        let running = |case: &Id| town.running(case);
        // A Friday evening: the office opens again on Monday.
        town.at(2026, 12, 4, 1110);
        let urgent = Some(clock::URGENT.to_owned());
        let leak = town.report_of(Some("C1203"), "供水管在漏水").matter;
        assert_eq!(running(&leak), (2 * HOUR, urgent.clone()));
        town.go(&clerk, &leak, "accept", said("class", "C1203")).unwrap();
        assert_eq!(running(&leak), (2 * HOUR, urgent.clone()), "nor for its dispatch");
        let lamp = town.report("路灯不亮").matter;
        let (takes, basis) = running(&lamp);
        assert!(takes > 48 * HOUR && basis.is_none(), "{takes} {basis:?}");
        let into = |class| said("class", class).with("reason", "类别选错了");
        town.go(&clerk, &lamp, "reclassify", into("C1203")).unwrap();
        assert_eq!(running(&lamp), (2 * HOUR, urgent.clone()), "nor once it is found to be");
        town.go(&clerk, &lamp, "reclassify", into(LAMP)).unwrap();
        let (again, _) = running(&lamp);
        assert_eq!(again, takes, "it was not urgent after all");
        town.go(&clerk, &lamp, "accept", said("class", "C1203")).unwrap();
        assert_eq!(running(&lamp), (2 * HOUR, urgent.clone()), "it turned out to be urgent");
        // A later version gives more time to accept a case: not to one that waits already.
        let early = town.report("路灯又不亮").matter;
        let wet = town.report_of(Some("C1203"), "水管又在漏水").matter;
        let limit = "clock = \"accept\", kind = \"work_hour\", n = ";
        let text = own(2);
        assert!(text.contains(limit), "the shipped file is another one");
        let longer = text.replace(&format!("{limit}2"), &format!("{limit}6"));
        assert_eq!(adopt(world, &keeper(), 1, &longer), Ok(2));
        town.go(&clerk, &early, "reclassify", into("C1203")).unwrap();
        assert_eq!(running(&early), (2 * HOUR, urgent));
        town.go(&clerk, &wet, "reclassify", into(LAMP)).unwrap();
        assert!((running(&wet).0 - takes).abs() < HOUR, "two hours of the office, and not six");
    });
}

#[test]
fn an_urgent_standard_that_says_working_hours_runs_by_the_clock_on_the_wall() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let hours = "update standard set grade = 'urgent', limit_kind = 'work_hour', limit_n = 4";
        world.tamper(STANDARD, hours, &[]);
        town.at(2026, 12, 4, 1110);
        let case = town.report("路灯不亮").matter;
        town.go(&town.by("community_clerk"), &case, "accept", said("class", LAMP)).unwrap();
        let to = said("body", body("works").as_str()).with("reason", "归市政");
        town.go(&town.by("dispatcher"), &case, "dispatch", to).unwrap();
        town.go(&town.by("department_officer"), &case, "sign", Put::default()).unwrap();
        assert_eq!(town.running(&case), (4 * HOUR, None));
        let told = town.get(&town.resident("zhou"), "/classes").text;
        assert!(told.contains("4 小时（不分昼夜）"), "and everyone is told so: {told}");
        let number = town.matter(&case).number;
        let page = town.get(&town.by("department_officer"), &format!("/cases/{number}")).text;
        assert!(page.contains("4 小时（不分昼夜），从签收起算"), "{page}");
    });
}

#[test]
fn by_when_all_is_done_is_what_each_step_to_come_takes() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let expected = |case: &Id| {
            let (kit, case) = (appeal::kit(&world.district).unwrap(), case.clone());
            let now = world.district.now();
            world.read(move |tx| {
                let matter = store::matter(tx, case.as_str())?.unwrap();
                let pace = kit.affair.pace(tx, &matter).unwrap();
                let expected = Outlook::new(&kit, now).expected(tx, &matter, &pace).unwrap();
                Ok(expected.map(|expected| expected.at))
            })
        };
        let at = |text: &str| Some(Instant::from_rfc3339(text).unwrap());
        // A Monday, before the office opens at eight.
        town.at(2026, 12, 7, 420);
        let case = town.report("路灯不亮").matter;
        // To 10:00, 12:00 and 18:00; then the two days of the class; then two more to verify.
        assert_eq!(expected(&case), at("2026-12-11T18:00:00+08:00"));
        town.shift(32);
        let clerk = town.by("community_clerk");
        town.go(&clerk, &case, "accept", said("class", LAMP)).unwrap();
        // On Tuesday at 15:00: to 17:00, then to 11:00 of Wednesday, and so on from there.
        assert_eq!(expected(&case), at("2026-12-15T18:00:00+08:00"));
        let away = town.report("路灯不亮").matter;
        let reason = said("reason", "不归这里").with("go_to", "物业");
        town.go(&clerk, &away, "reject", reason).unwrap();
        assert_eq!(expected(&away), None, "nothing runs any more");
        town.shift(48);
        assert_eq!(expected(&case), None, "a step that is late takes nobody knows how long");
    });
}

/// The step at hand is due in 2026, of which the holidays are known; the last one is not.
#[test]
fn what_is_expected_in_a_year_without_a_notice_is_marked_as_a_guess() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        town.at(2026, 12, 30, 480);
        let matter = town.matter(&town.report("路灯不亮").matter);
        let page = town.get(&town.by("community_clerk"), &format!("/cases/{}", matter.number)).text;
        assert!(page.contains("2027 年") && page.contains("全部办完"), "{page}");
        let rows = world.district.clone();
        let told = world.read(move |tx| {
            let wanted = Wanted { limit: 10, ..Wanted::default() };
            let list = rows.door.duty_list(tx).unwrap();
            let mut found = cases::list(tx, &list, &Actor::public(), &wanted).unwrap();
            cases::reckon(tx, &rows, &mut found).unwrap();
            Ok(found.into_iter().map(|row| row.guessed).collect::<Vec<_>>())
        });
        assert_eq!(told, [Some("2027".to_owned())]);
    });
}
