//! Whoever closes their account is gone from what they reported, for good; the cases go on.

use std::path::Path;

use super::texts::deliver;
use super::town::{LAMP, Town, body, person};
use crate::affairs::appeal::report::Report;
use crate::app;
use crate::base::Id;
use crate::matter::{ENTRY, Moved, Put};
use crate::record::{audit, signer, tests::sequence};
use crate::store::Value;
use crate::testing::{both_engines_wired, rows_with};

/// As the people of the town are called and reached.
const NAME: &str = "周小满";
const PHONE: &str = "13800000001";
const SPACED: &str = "138 0000-0001";
const HOME: &str = "南苑二村6号楼302室";
const NEIGHBOUR: &str = "13900005678";
/// What nobody but they themself ever told the program.
const CITIZEN: &str = "110105194912310028";
const ROOM: &str = "777室";
const SECOND: &str = "13900001234";

fn put(fields: &[(&str, &str)]) -> Put {
    fields.iter().fold(Put::default(), |put, (name, value)| put.with(name, *value))
}

fn reported(town: &Town<'_>) -> Moved {
    let report = Report {
        words: format!(
            "{NAME}反映：楼道灯不亮，打{PHONE}找我，身份证{CITIZEN}，住鹤鸣小区9号楼8单元{ROOM}"
        ),
        class: Some(LAMP.to_owned()),
        place: Some("99010100100101".to_owned()),
        address: Some(HOME.to_owned()),
        lat_e7: Some(310_051_234),
        lng_e7: Some(1_210_051_234),
        source: "web".to_owned(),
        language: "zh".to_owned(),
        owner: Some(person("zhou")),
        ..Report::default()
    };
    town.report_as(&town.resident("zhou"), "report", report).unwrap().outcome
}

#[test]
fn a_closed_account_leaves_no_word_of_its_owner_in_their_cases_and_the_record_is_whole() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (zhou, clerk) = (town.resident("zhou"), town.by("community_clerk"));
        let case = reported(&town);
        let go = |act: &str, by: &crate::act::Actor, fields: &[(&str, &str)]| {
            town.go(by, &case.matter, act, put(fields)).unwrap();
        };
        go("add_info", &zhou, &[("words", &format!("也可打 {SPACED}或{SECOND}"))]);
        go("note", &clerk, &[("words", &format!("{NAME}说晚上在家，{PHONE}，邻居{NEIGHBOUR}"))]);
        deliver(world);
        let path = format!("/cases/{}", case.number);
        assert!(town.ask_for("/public", &[]).1.contains(&case.number));
        assert!(town.close(&zhou));
        for text in [NAME, PHONE, SPACED, HOME, CITIZEN, &CITIZEN[..6], ROOM, SECOND] {
            let left = world.read(move |tx| rows_with(tx, text));
            // The people of the town are all called alike: those are the holders of posts.
            let left: Vec<_> =
                left.into_iter().filter(|at| at != "appointment.holder_name").collect();
            assert_eq!(left, Vec::<String>::new(), "{text}");
        }
        for text in [PHONE, SPACED, HOME, CITIZEN, ROOM, SECOND] {
            assert_eq!(files_with(world.dir(), text), Vec::<String>::new(), "{text}");
        }
        let matter = town.matter(&case.matter);
        assert_eq!((matter.owner, matter.publicity.as_str()), (None, "internal"));
        assert_eq!(matter.beside, None, "nobody is left to be spoken to");
        assert!(!town.ask_for("/public", &[]).1.contains(&case.number));
        assert!(!town.ask_for(&path, &[]).1.contains("楼道灯"));
        let page = town.get(&clerk, &path).text;
        assert!(page.contains("***反映：楼道灯不亮，打***********找我"), "{page}");
        assert!(page.contains("住鹤鸣小区9号楼*单元***室"), "where the matter is stays: {page}");
        assert!(!page.contains("138****0001") && page.contains("139****5678"), "{page}");
        // Whoever looks behind the mask finds what others left, and nothing of the reporter.
        let look = [("unmask-reason", "联系邻居")];
        let opened = town.send(&clerk, &format!("{path}/unmask"), &look).text;
        assert!(opened.contains(NEIGHBOUR) && !opened.contains(PHONE), "{opened}");
        // It goes on, and what was taken from the public stays so.
        go("accept", &clerk, &[("class", LAMP)]);
        assert_eq!(town.matter(&case.matter).publicity, "internal");
        let works = body("works").to_string();
        go("dispatch", &town.by("dispatcher"), &[("body", &works), ("reason", "归市政")]);
        let officer = town.by("department_officer");
        go("sign", &officer, &[]);
        go("answer", &officer, &[("reply", "灯换了")]);
        go("verify", &town.by("grid_worker"), &[("finding", "亮了")]);
        assert_eq!(town.matter(&case.matter).stage, "closed");
        clean(&town);
    });
}

/// Files of an open district, and so of its SQLite database, in which a text stands.
fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for file in std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
        if file.is_dir() {
            out.extend(files_with(&file, text));
        } else if std::fs::read(&file).unwrap().windows(text.len()).any(|b| b == text.as_bytes()) {
            out.push(file.display().to_string());
        }
    }
    out
}

/// The audit finds nothing: an erasure is an act like any other.
fn clean(town: &Town<'_>) {
    sequence(town.world);
    let district = &town.world.district;
    let key = signer(&district.config, &district.keys).unwrap().verifier();
    let report = audit::run(district.store(), &key, None, &[]).unwrap();
    assert!(report.is_clean(), "{:?}", report.findings);
}

#[test]
fn who_reported_much_leaves_it_in_several_acts() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let zhou = town.resident("zhou");
        let all: Vec<Id> = (0..51).map(|_| town.report("路灯不亮").matter).collect();
        assert!(!town.close(&zhou), "not all at once");
        assert_eq!(town.count("select count(*) from person where closed_at is not null"), 0);
        assert!(town.close(&zhou));
        assert!(all.iter().all(|case| town.matter(case).owner.is_none()));
        assert_eq!(town.count("select count(*) from person where closed_at is not null"), 1);
    });
}

#[test]
fn a_case_with_a_long_story_is_left_in_several_acts_line_by_line() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (zhou, case) = (town.resident("zhou"), town.report("路灯不亮").matter);
        let now = world.district.now();
        for chunk in 0..4 {
            let line = |n: usize| {
                let columns = vec![
                    ("matter_id", Value::from(&case)),
                    ("act_id", Value::from(&case)),
                    ("move", "note".into()),
                    ("actor_label", "社区工作者".into()),
                    ("at", now.into()),
                    ("recorded_at", now.into()),
                    ("from_stage", "reported".into()),
                    ("to_stage", "reported".into()),
                    ("noted", format!("回了{NAME}的电话 {PHONE}").as_str().into()),
                    (
                        "facts",
                        format!("{{\"words\":\"回了{NAME}的电话 {PHONE}\"}}").as_str().into(),
                    ),
                ];
                (Id::derived(&format!("line {chunk} {n}")), columns)
            };
            world.plant(ENTRY, (0..350).map(line).collect());
        }
        let mut acts = 1;
        while !town.close(&zhou) {
            acts += 1;
            assert!(acts < 10, "it never ends");
        }
        assert!(acts > 1, "all in one leaf");
        assert_eq!(town.matter(&case).owner, None);
        for secret in [NAME, PHONE] {
            let left = world.read(move |tx| rows_with(tx, secret));
            assert!(left.iter().all(|place| !place.starts_with("entry.")), "{left:?}");
        }
    });
}
