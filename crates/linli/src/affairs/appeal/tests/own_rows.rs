//! What a reporter takes away of their case: what its page shows them, and nothing that the office
//! put down for itself.

use super::texts::deliver;
use super::town::{LAMP, Town, body, person};
use crate::affairs::appeal::report::Report;
use crate::app;
use crate::matter::{Photo, Put};
use crate::testing::both_engines_wired;

/// What officers put down for one another.
const INSIDE: [&str; 4] = ["他反映过很多次", "他说住在三楼", "归市政的老线路", "缺杆号无法定位"];

#[test]
fn the_export_of_a_reporter_holds_nothing_that_the_office_keeps_to_itself() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let photo = |shade| Photo { file: town.photo(shade), role: "photos".to_owned() };
        let [theirs, done, wanting] = [photo(10), photo(120), photo(240)];
        let report = Report {
            words: "路灯不亮".to_owned(),
            class: Some(LAMP.to_owned()),
            place: Some("99010100100101".to_owned()),
            photos: vec![theirs.clone()],
            source: "web".to_owned(),
            language: "zh".to_owned(),
            owner: Some(person("zhou")),
            ..Report::default()
        };
        let zhou = town.resident("zhou");
        let case = town.report_as(&zhou, "report", report).unwrap().outcome.matter;
        let go = |kind: &str, act: &str, put: Put| {
            town.go(&town.by(kind), &case, act, put).unwrap();
        };
        let put = |pairs: &[(&str, &str)]| {
            pairs.iter().fold(Put::default(), |put, (name, value)| put.with(name, *value))
        };
        let works = body("works").to_string();
        let dispatch = || put(&[("body", &works), ("reason", INSIDE[2])]);
        let with = |put: Put, photo: &Photo| Put { photos: vec![photo.clone()], ..put };
        town.go(&zhou, &case, "add_info", put(&[("words", "楼道里也不亮")])).unwrap();
        go("community_clerk", "note", put(&[("words", INSIDE[0])]));
        go("community_clerk", "contact", put(&[("how", "phone"), ("note", INSIDE[1])]));
        go("community_clerk", "accept", put(&[("class", LAMP)]));
        go("dispatcher", "dispatch", dispatch());
        let back = put(&[("reason", "请补充灯杆编号"), ("gap", INSIDE[3])]);
        go("department_officer", "send_back", back);
        go("dispatcher", "dispatch", dispatch());
        go("department_officer", "sign", Put::default());
        go("department_officer", "answer", with(put(&[("reply", "换了灯泡")]), &done));
        go("grid_worker", "rework", with(put(&[("reason", "还有一盏")]), &wanting));
        deliver(world);
        let got = town.get(&zhou, "/me/export").text;
        for inside in INSIDE {
            assert!(!got.contains(inside), "{inside} in {got}");
        }
        assert!(!got.contains(&wanting.file), "a photo of the office");
        for theirs in ["换了灯泡", "还有一盏", "请补充灯杆编号", &theirs.file, &done.file]
        {
            assert!(got.contains(theirs), "{theirs} is not in {got}");
        }
        let all: serde_json::Value = serde_json::from_str(&got).unwrap();
        let lines = all["rows"]["entry"].as_array().unwrap();
        let told = all["rows"]["notice"].as_array().unwrap();
        assert!(told.iter().any(|notice| notice["kind"] == "case.answered"), "{told:?}");
        assert!(all["rows"].get("news").is_none(), "what others are told is not theirs");
        assert_eq!(got.matches("楼道里也不亮").count(), 1, "their own, once");
        assert_eq!(lines.len(), 11);
        let contact = lines.iter().find(|line| line["move"] == "contact").unwrap();
        assert_eq!(contact["facts"], r#"{"how":"phone"}"#);
        for (name, value) in [("handled_by", "case_file"), ("actor_id", "matter")] {
            assert!(all["rows"][value][0].get(name).is_none(), "{name}");
        }
        let officer = town.by("department_officer").person.unwrap();
        assert!(!got.contains(officer.as_str()), "who handled it stays unnamed");
    });
}
