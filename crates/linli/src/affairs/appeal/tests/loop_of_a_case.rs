//! A case from its report to its rating, and what is refused on the way.

use super::town::{Town, body, code, entry};
use crate::act::{Actor, Failure};
use crate::affairs::appeal::view::{Looker, look};
use crate::app;
use crate::base::Id;
use crate::matter::{MATTER, Photo, Put};
use crate::testing::{World, both_engines_wired};

pub(super) fn said(name: &str, value: &str) -> Put {
    Put::default().with(name, value)
}

pub(super) fn refused(result: Result<crate::matter::Moved, Failure>) -> String {
    match result {
        Ok(moved) => panic!("it was done: {moved:?}"),
        Err(failure) => code(&failure),
    }
}

#[test]
fn a_case_goes_from_report_to_rating_by_five_hands() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (clerk, dispatcher) = (town.by("community_clerk"), town.by("dispatcher"));
        let (officer, worker) = (town.by("department_officer"), town.by("grid_worker"));
        let zhou = town.resident("zhou");
        let case = town.report("路灯不亮").matter;
        let works = body("works").to_string();

        // Not yet: the stage, the record and the post are each looked at.
        assert_eq!(refused(town.go(&officer, &case, "answer", said("reply", "修好了"))), "hidden");
        let early = Put::default().with("body", &*works).with("reason", "市政");
        assert_eq!(refused(town.go(&dispatcher, &case, "dispatch", early)), "not_at_this_stage");
        assert_eq!(refused(town.go(&clerk, &case, "accept", Put::default())), "class:missing");
        let wrong = said("class", "X9999");
        assert_eq!(refused(town.go(&clerk, &case, "accept", wrong)), "class:no_such_class");
        assert_eq!(
            refused(town.go(&worker, &case, "accept", said("class", "C1101"))),
            "not_your_duty"
        );

        let seen = town.matter(&case).version;
        town.go(&clerk, &case, "accept", said("class", "C1101")).unwrap();
        // Somebody who looked before that is told so.
        let late = town.go_seen(&clerk, &case, "note", said("words", "看过"), Some(seen));
        assert_eq!(refused(late), "changed_meanwhile");

        let to = |name: &str| {
            Put::default().with("body", body(name).to_string()).with("reason", "权责清单第1项")
        };
        assert_eq!(refused(town.go(&dispatcher, &case, "dispatch", to("homes"))), "body_has_duty");
        town.go(&dispatcher, &case, "dispatch", to("works")).unwrap();

        let back = said("reason", "不归我们");
        assert_eq!(refused(town.go(&officer, &case, "send_back", back)), "cites_duty_or_gap");
        let own = said("reason", "不归我们").with("cited_duty", entry("works").as_str());
        assert_eq!(refused(town.go(&officer, &case, "send_back", own)), "cites_duty_or_gap");
        town.go(&officer, &case, "sign", Put::default()).unwrap();
        assert_eq!(
            refused(town.go(&officer, &case, "answer", said("reply", " "))),
            "reply:missing"
        );
        town.go(&officer, &case, "answer", said("reply", "已换灯头")).unwrap();
        assert_eq!(town.matter(&case).phase, "answered");

        town.go(&worker, &case, "verify", said("finding", "灯亮了")).unwrap();
        assert_eq!(
            refused(town.go(&town.resident("lin"), &case, "rate", rating())),
            "beyond_your_place"
        );
        let odd = rating().with("satisfied", "maybe");
        assert_eq!(refused(town.go(&zhou, &case, "rate", odd)), "satisfied:not_an_option");
        town.go(&zhou, &case, "rate", rating()).unwrap();
        let done = town.matter(&case);
        assert_eq!((done.stage.as_str(), done.phase.as_str()), ("rated", "closed"));
    });
}

pub(super) fn rating() -> Put {
    Put::default().with("contacted", "yes").with("solved", "yes").with("satisfied", "very")
}

#[test]
fn whoever_handled_a_case_does_not_verify_it() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let worker = town.by("grid_worker");
        let case = town.report("路灯不亮").matter;
        let photo = |role: &str| Photo { file: town.photo(120), role: role.to_owned() };
        let mut put = said("reply", "当场拧紧了灯头");
        put.photos = vec![photo("before")];
        let one_sided = town.go(&worker, &case, "handle_here", put.clone());
        assert_eq!(refused(one_sided), "after:photo_missing");
        put.photos.push(photo("after"));
        town.go(&worker, &case, "handle_here", put).unwrap();
        let own = town.go(&worker, &case, "verify", said("finding", "好了"));
        assert_eq!(refused(own), "not_the_handler");
        let other = town.by("community_clerk");
        town.go(&other, &case, "verify", said("finding", "看过，灯亮")).unwrap();
    });
}

#[test]
fn a_return_goes_back_to_be_dispatched_and_not_solved_opens_it_again() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (dispatcher, officer) = (town.by("dispatcher"), town.by("department_officer"));
        let case = answered(&town);
        let worker = town.by("grid_worker");
        town.go(&worker, &case, "rework", said("reason", "晚上还是不亮")).unwrap();
        assert_eq!(town.matter(&case).stage, "handling");
        town.go(&officer, &case, "answer", said("reply", "换了整灯")).unwrap();
        town.go(&worker, &case, "verify", said("finding", "亮了")).unwrap();
        let zhou = town.resident("zhou");
        town.go(&zhou, &case, "rate", rating().with("solved", "no").with("satisfied", "no"))
            .unwrap();
        let again = town.matter(&case);
        assert_eq!((again.stage.as_str(), again.closed_at), ("reopened", None));
        assert_eq!(again.body, Some(body("committee")));
        let to = Put::default().with("body", body("works").to_string()).with("reason", "重办");
        town.go(&dispatcher, &case, "dispatch", to).unwrap();
        let back = said("reason", "缺杆号").with("gap", "灯杆编号");
        town.go(&officer, &case, "send_back", back).unwrap();
        assert_eq!(town.matter(&case).stage, "returned");
        assert_eq!(refused(town.go(&officer, &case, "sign", Put::default())), "hidden");
    });
}

#[test]
fn a_reporter_has_one_reopening_of_their_own_within_a_week_and_no_rating_is_lost() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (zhou, supervisor) = (town.resident("zhou"), town.by("street_supervisor"));
        let (officer, worker) = (town.by("department_officer"), town.by("grid_worker"));
        let close = |case: &Id| {
            let to = Put::default().with("body", body("works").to_string()).with("reason", "重办");
            town.go(&town.by("dispatcher"), case, "dispatch", to).unwrap();
            town.go(&officer, case, "sign", Put::default()).unwrap();
            town.go(&officer, case, "answer", said("reply", "又换了")).unwrap();
            town.go(&worker, case, "verify", said("finding", "亮了")).unwrap();
        };
        let unsolved = || rating().with("solved", "no").with("satisfied", "no");
        let case = answered(&town);
        town.go(&worker, &case, "verify", said("finding", "亮了")).unwrap();
        town.go(&supervisor, &case, "reopen_by_supervisor", said("reason", "抽查")).unwrap();
        close(&case);
        town.go(&zhou, &case, "rate", unsolved()).unwrap();
        assert_eq!(town.matter(&case).stage, "reopened", "a supervisor's is not theirs");
        close(&case);
        let again = town.go(&zhou, &case, "reopen", said("reason", "还是不亮"));
        assert_eq!(refused(again), "reopen_window", "their rating was it");
        town.go(&zhou, &case, "rate", unsolved()).unwrap();
        assert_eq!(town.matter(&case).stage, "rated");
        let id = case.clone();
        let entries = world.read(move |tx| crate::matter::timeline::entries(tx, &id));
        let ratings = entries.iter().filter(|entry| entry.act == "rate");
        assert!(ratings.clone().all(|entry| entry.facts.contains("\"solved\":\"no\"")));
        assert_eq!(ratings.count(), 2, "both are kept");
        let late = answered(&town);
        town.go(&worker, &late, "verify", said("finding", "亮了")).unwrap();
        world.door().clock.shift(8 * 24 * 3_600_000_000);
        town.go(&zhou, &late, "rate", unsolved()).unwrap();
        assert_eq!(town.matter(&late).stage, "rated", "said too late to open it again");
    });
}

#[test]
fn urging_waits_a_day() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let zhou = town.resident("zhou");
        let case = town.report("路灯不亮").matter;
        town.go(&zhou, &case, "urge", said("words", "快一点")).unwrap();
        assert_eq!(refused(town.go(&zhou, &case, "urge", Put::default())), "at_most_every");
        world.door().clock.shift(25 * 3_600_000_000);
        town.go(&zhou, &case, "urge", Put::default()).unwrap();
    });
}

pub(super) fn answered(town: &Town<'_>) -> Id {
    let case = town.report("路灯不亮").matter;
    answer(town, &case);
    case
}

/// Takes a report to its answer.
pub(super) fn answer(town: &Town<'_>, case: &Id) {
    let to = Put::default().with("body", body("works").to_string()).with("reason", "市政");
    let officer = town.by("department_officer");
    town.go(&town.by("community_clerk"), case, "accept", said("class", "C1101")).unwrap();
    town.go(&town.by("dispatcher"), case, "dispatch", to).unwrap();
    town.go(&officer, case, "sign", Put::default()).unwrap();
    town.go(&officer, case, "answer", said("reply", "已修，有事打 13800001234")).unwrap();
}

fn looker(world: &World, actor: crate::act::Actor) -> Looker {
    let door = world.door().clone();
    let read = world.door().store.read_blocking(move |tx| door.duty_list(tx));
    Looker {
        district: std::sync::Arc::clone(&world.district),
        actor,
        duties: read.unwrap(),
        lang: crate::words::Lang::Zh,
        opened: false,
    }
}

#[test]
fn each_reader_of_a_case_sees_what_is_theirs() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let moved = town.report("三号楼路灯不亮，我的电话 13800000001");
        let (case, number) = (moved.matter, moved.number);
        let clerk = town.by("community_clerk");
        town.go(&clerk, &case, "note", said("words", "反映人住三楼")).unwrap();
        let see = |actor: crate::act::Actor| {
            let (looker, number) = (looker(world, actor), number.clone());
            world.door().store.read_blocking(move |tx| look(tx, &looker, &number))
        };
        let public = see(crate::act::Actor::public()).unwrap();
        assert!(!public.words.contains("13800000001"), "{}", public.words);
        assert!(public.words.contains("三号楼路灯不亮"));
        assert!(!public.title.contains("13800000001"));
        assert_eq!(public.reporter, None);
        assert!(public.clocks.is_empty() && public.notices.is_empty());
        assert!(!format!("{:?}", public.timeline).contains("三楼"));

        let mine = see(town.resident("zhou")).unwrap();
        assert!(mine.words.contains("13800000001"));
        assert_eq!(mine.reporter, None);
        assert!(!format!("{:?}", mine.timeline).contains("三楼"));

        let office = see(clerk.clone()).unwrap();
        assert!(!office.words.contains("13800000001") && office.hides, "{}", office.words);
        assert!(!office.title.contains("13800000001"));
        let opened = Looker { opened: true, ..looker(world, clerk) };
        let asked = number.clone();
        let opened = world.door().store.read_blocking(move |tx| look(tx, &opened, &asked)).unwrap();
        assert!(opened.words.contains("13800000001") && !opened.hides);
        assert_eq!(office.reporter.as_ref().map(|r| r.name.as_str()), Some("周**"));
        assert!(format!("{:?}", office.timeline).contains("三楼"));
        assert!(!office.clocks.is_empty() && !office.clocks[0].why.is_empty());

        // Another street's dispatcher has no business with it beyond what the public sees.
        let elsewhere = town.actors().into_iter().rfind(|a| a.kind == "dispatcher").unwrap();
        let far = see(elsewhere.clone()).unwrap();
        assert_eq!((&far.words, far.standing), (&public.words, public.standing));
        assert_eq!((far.reporter, far.clocks.len(), far.notices.len()), (None, 0, 0));
        assert!(!format!("{:?}", far.timeline).contains("三楼"));
        world.tamper(MATTER, "update matter set publicity = 'private'", &[]);
        assert!(see(elsewhere).is_err());
    });
}

#[test]
fn a_rating_is_of_the_round_it_was_given_in() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (zhou, worker) = (town.resident("zhou"), town.by("grid_worker"));
        let case = answered(&town);
        let page = |by: &Actor| town.get(by, &format!("/cases/{}", town.matter(&case).number)).text;
        let past = "上一次评价";
        town.go(&worker, &case, "verify", said("finding", "亮了")).unwrap();
        let unsolved = rating().with("solved", "no").with("satisfied", "no");
        town.go(&zhou, &case, "rate", unsolved).unwrap();
        assert!(page(&zhou).contains(past), "it is handled again: {}", page(&zhou));
        world.door().clock.shift(3_600_000_000);
        let to = Put::default().with("body", body("works").to_string()).with("reason", "重办");
        town.go(&town.by("dispatcher"), &case, "dispatch", to).unwrap();
        let officer = town.by("department_officer");
        town.go(&officer, &case, "sign", Put::default()).unwrap();
        town.go(&officer, &case, "answer", said("reply", "又换了")).unwrap();
        town.go(&worker, &case, "verify", said("finding", "亮了")).unwrap();
        for by in [&zhou, &officer] {
            let page = page(by);
            assert!(page.contains(past) && !page.contains("没有重新办理"), "{page}");
        }
        town.go(&zhou, &case, "rate", rating().with("solved", "no")).unwrap();
        let page = page(&zhou);
        assert!(!page.contains(past) && page.contains("没有重新办理"), "{page}");
    });
}

#[test]
fn what_is_checked_is_what_is_compared_and_kept_by_whatever_channel_it_came() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (zhou, worker) = (town.resident("zhou"), town.by("grid_worker"));
        let case = answered(&town);
        town.go(&worker, &case, "verify", said("finding", "亮了")).unwrap();
        let put =
            rating().with("solved", " no\n").with("satisfied", "no ").with("why", "\u{202e}黑");
        town.go(&zhou, &case, "rate", put).unwrap();
        assert_eq!(town.matter(&case).stage, "reopened", "it is not solved");
        let id = case.clone();
        let file = world.read(move |tx| super::super::store::file(tx, &id)).unwrap();
        let kept = [&file.solved, &file.satisfied, &file.why].map(|text| text.as_deref());
        assert_eq!(kept, [Some("no"), Some("no"), Some("黑")]);
    });
}
