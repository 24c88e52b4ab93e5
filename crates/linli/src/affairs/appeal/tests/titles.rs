//! What is shown goes by the procedure in force, whoever put it there, and calls things as it does.

use super::own_process::{adopt, give_duties, keeper, own};
use super::town::{LAMP, Town};
use crate::act::Order;
use crate::affairs::appeal::{APPEAL, kind};
use crate::app;
use crate::base::Clock;
use crate::district::District;
use crate::matter::Put;
use crate::procedure::acts::Adopt;
use crate::testing::both_engines_wired;

#[test]
fn what_another_program_adopts_is_told_from_the_next_question_on() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = town.report("路灯不亮");
        let public = format!("/open311/v2/requests/{}.json", case.number);
        let api = format!("/api/v1/cases/{}", case.number);
        assert!(town.ask_for(&public, &[]).1.contains("等待社区受理"));
        let (tag, before) = town.ask_for(&api, &[]);
        assert!(before.contains("待受理"), "{before}");
        assert_eq!(town.ask_for(&api, &[("if-none-match", &tag)]).1, "", "they have it already");
        let other = District::open(world.dir(), Clock::default(), &app::wiring().unwrap()).unwrap();
        let text = kind().unwrap().text.replacen("version = 1\n", "version = 2\n", 1);
        let text = text.replace("等待社区受理", "排着队呢").replace("\"待受理\"", "\"在排队\"");
        let processes = other.processes.clone();
        let act = Adopt { process: APPEAL.to_owned(), seen: 1, text, processes };
        other.door.perform_blocking(&keeper(), Order::new(other.new_id(), act)).unwrap();
        assert!(town.ask_for(&public, &[]).1.contains("排着队呢"));
        let after = town.ask_for(&api, &[("if-none-match", &tag)]).1;
        assert!(after.contains("在排队"), "what a program kept is no longer right: {after}");
    });
}

#[test]
fn a_move_that_a_place_names_itself_is_called_by_its_name_everywhere() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        assert_eq!(adopt(world, &keeper(), 1, &own(2)), Ok(2));
        give_duties(world);
        let case = town.report("路灯不亮");
        let (clerk, zhou) = (town.by("community_clerk"), town.resident("zhou"));
        let class = Put::default().with("class", LAMP);
        town.go(&clerk, &case.matter, "accept", class).unwrap();
        town.go(&clerk, &case.matter, "look_at_it", Put::default()).unwrap();
        let list = town.get(&zhou, "/duties").text;
        assert!(list.contains("看现场") && list.contains("等待配件"), "{list}");
        let found = town.get(&zhou, "/duties?q=%E7%9C%8B%E7%8E%B0%E5%9C%BA").text;
        assert!(found.contains("case.look_at_it"), "it is found by its name: {found}");
        let keeper = town.get(&town.by("auditor"), "/duties?by=act").text;
        assert!(keeper.contains("看现场"), "{keeper}");
        let page = town.get(&clerk, &format!("/cases/{}", case.number)).text;
        assert!(page.contains(">看现场"), "{page}");
        assert!(!page.contains(">look_at_it"), "{page}");
    });
}

#[test]
fn a_step_is_told_to_programs_in_their_language_and_without_a_name() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = town.report("路灯不亮");
        let class = Put::default().with("class", LAMP);
        town.go(&town.by("community_clerk"), &case.matter, "accept", class).unwrap();
        let api = format!("/api/v1/cases/{}", case.number);
        let step = |language: &str, nth: usize| {
            let told = town.ask_for(&api, &[("accept-language", language)]).1;
            let told: serde_json::Value = serde_json::from_str(&told).unwrap();
            let step = told["timeline"][nth].clone();
            (step["title"].as_str().unwrap().to_owned(), step["by"].as_str().unwrap().to_owned())
        };
        assert_eq!(step("en", 0), ("Report".to_owned(), "The reporter".to_owned()));
        assert_eq!(step("zh", 0), ("反映诉求".to_owned(), "反映人".to_owned()));
        assert_eq!(step("en", 1).0, "Accept");
        assert_eq!(step("zh", 1), ("受理".to_owned(), "community_clerk".to_owned()));
    });
}
