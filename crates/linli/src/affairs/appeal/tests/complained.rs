//! 回避: a body complained of sees nothing of the complaint and has no hand in it; of a public one it
//! sees what everyone sees.

use std::collections::BTreeSet;

use axum::http::StatusCode;

use super::texts::deliver;
use super::town::{COMMUNITY, GRID, LAMP, Town, body, code, person};
use crate::act::{Actor, DutyBook, DutyList};
use crate::affairs::appeal::report::Report;
use crate::app;
use crate::base::Id;
use crate::matter::{CASES, Moved, Put};
use crate::params;
use crate::people::PERSON;
use crate::store::{Param, Value};
use crate::testing::both_engines_wired;

/// 工作人员作风: nobody outside sees such a case.
const MANNERS: &str = "S2303";
const WORDS: &str = "居委会的人态度很差";

fn complaint(town: &Town<'_>, class: &str, about: &str) -> Moved {
    let report = Report {
        words: WORDS.to_owned(),
        class: Some(class.to_owned()),
        place: Some("99010100100101".to_owned()),
        source: "web".to_owned(),
        language: "zh".to_owned(),
        owner: Some(person("zhou")),
        about_body: Some(body(about)),
        ..Report::default()
    };
    town.report_as(&town.resident("zhou"), "report", report).unwrap().outcome
}

fn list(town: &Town<'_>) -> std::sync::Arc<DutyList> {
    town.world.read(|tx| DutyBook::default().current(tx))
}

/// Who was told anything of the case.
fn told(town: &Town<'_>, case: &Id) -> BTreeSet<Id> {
    deliver(town.world);
    let (case, sql) = (
        case.clone(),
        "select person_id from notice join news on news.seq = notice.news where matter_id = $1",
    );
    let all = town.world.read(move |tx| tx.rows(sql, params![case], |row| row.get::<Id>(0)));
    all.into_iter().collect()
}

#[test]
fn a_body_complained_of_sees_nothing_of_a_private_complaint_anywhere() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let clerk = town.by("community_clerk");
        let before = town.get(&clerk, "/desk").text.contains(WORDS);
        let case = complaint(&town, MANNERS, "committee");
        assert!(!before && town.matter(&case.matter).publicity == "private");
        for path in ["/desk?tab=all", "/desk?tab=reported", "/desk", "/desk/figures", "/public"] {
            let got = town.get(&clerk, path);
            assert_eq!(got.status, StatusCode::OK, "{path}");
            let page = got.text;
            assert!(!page.contains(&case.number) && !page.contains(WORDS), "{path}: {page}");
        }
        let page = format!("/cases/{}", case.number);
        let none = town.get(&clerk, "/cases/2026-999999");
        let got = town.get(&clerk, &page);
        assert_eq!(got.status, StatusCode::NOT_FOUND);
        assert_eq!(got.text.len(), none.text.len(), "told as what never was");
        let cookie = town.sign_in(&clerk);
        let asks = |path: &str| town.ask_for(path, &[("cookie", &cookie)]).1;
        for path in [
            "/api/v1/cases",
            &format!("/api/v1{page}"),
            "/public.atom",
            "/open311/v2/requests.json",
            &format!("/open311/v2/requests/{}.json", case.number),
            "/open311/v2/servicerequestupdates.json",
            "/me/notices",
            "/me/export",
        ] {
            let got = asks(path);
            assert!(!got.contains(WORDS) && !got.contains("\"number\""), "{path}: {got}");
        }
        let list = list(&town);
        for act in ["case.see", "case.measure", "case.inspect", "case.export", "case.unmask"] {
            let mut values: Vec<Value> = Vec::new();
            let may = list.filter(&clerk, act, &CASES, &mut values);
            let rows = world.read(move |tx| {
                let params: Vec<Param<'_>> = values.iter().map(Param::from).collect();
                tx.count(&format!("select count(*) from matter t where {may}"), &params)
            });
            assert_eq!(rows, 0, "{act}");
        }
    });
}

#[test]
fn whatever_their_post_those_complained_of_may_do_nothing_with_the_complaint() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = complaint(&town, MANNERS, "committee");
        let reach = town.matter(&case.matter).reach();
        let list = list(&town);
        let of_anyone = ["public", "resident", "clock"];
        let makes_one = ["case.report", "case.report_handled", "case.import", "case.undo_import"];
        let mut tried = 0;
        for duty in list.duties.iter().filter(|duty| duty.act.starts_with("case.")) {
            if of_anyone.contains(&duty.post_kind.as_str()) || makes_one.contains(&&*duty.act) {
                continue;
            }
            for path in [GRID, COMMUNITY, "/990101/"] {
                let actor = Actor {
                    body: Some(body("committee")),
                    ..crate::testing::staff(&duty.post_kind, path, person("lin"))
                };
                let verdict = list.decide(&actor, &duty.act, &reach);
                assert!(!verdict.granted(), "{} {} {path}", duty.post_kind, duty.act);
                tried += 1;
            }
        }
        assert!(tried > 200, "{tried}");
        let clerk = town.by("community_clerk");
        for act in ["accept", "note", "add_info", "urge", "reply", "contact"] {
            let put = Put::default().with("words", "看看");
            assert_eq!(code(&town.go(&clerk, &case.matter, act, put).unwrap_err()), "hidden");
        }
    });
}

#[test]
fn the_next_level_takes_a_complaint_and_is_told_of_it_and_its_own_body_is_not() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (zhou, dispatcher) = (town.resident("zhou"), town.by("dispatcher"));
        let clerk = town.by("community_clerk").person.unwrap();
        let case = complaint(&town, MANNERS, "committee");
        assert_eq!(town.matter(&case.matter).body, Some(body("street")));
        let street = dispatcher.person.clone().unwrap();
        assert!(told(&town, &case.matter).contains(&street), "it waits for them");
        let count = |kind: &'static str| {
            deliver(world);
            let sql = "select count(*) from notice join news on news.seq = notice.news
                where person_id = $1 and kind = $2";
            let street = street.clone();
            world.read(move |tx| tx.count(sql, params![street, kind]))
        };
        let said = |words: &str| Put::default().with("words", words);
        town.go(&zhou, &case.matter, "urge", said("三天了")).unwrap();
        town.go(&zhou, &case.matter, "add_info", said("昨天又是这样")).unwrap();
        assert_eq!((count("case.urged"), count("case.info_added")), (1, 1));
        town.go(&dispatcher, &case.matter, "accept", Put::default().with("class", MANNERS))
            .unwrap();
        let to = |name: &str| {
            Put::default().with("body", body(name).to_string()).with("reason", "另派人办")
        };
        let wrong = town.go(&dispatcher, &case.matter, "dispatch", to("committee"));
        assert_eq!(code(&wrong.unwrap_err()), "body_has_duty", "not to whom it complains of");
        let page = town.get(&dispatcher, &format!("/cases/{}", case.number)).text;
        assert!(!page.contains(&format!("value=\"{}\"", body("committee"))), "nor is it offered");
        let moved = Put::default().with("place", "99010100100102").with("reason", "在第二网格");
        town.go(&dispatcher, &case.matter, "move_place", moved).unwrap();
        assert_eq!(town.matter(&case.matter).body, Some(body("street")));
        assert!(!told(&town, &case.matter).contains(&clerk), "at no step");
    });
}

#[test]
fn what_everyone_sees_signed_out_one_sees_signed_in() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let about_her = complaint(&town, LAMP, "homes");
        let about_them = complaint(&town, LAMP, "committee");
        let hers = "update person set name_masked = '钱**', phone_masked = '139****9999'
            where id = $1";
        world.tamper(PERSON, hers, &[person("zhou").as_str()]);
        let nobody = |path: &str| town.ask_for(path, &[]).1;
        for case in [&about_her, &about_them] {
            let page = format!("/cases/{}", case.number);
            assert!(nobody("/public").contains(&case.number));
            for actor in town.actors().iter().filter(|actor| actor.kind != "clock") {
                let told = town.get(actor, &page);
                let who = format!("{} {}", actor.kind, actor.place_path);
                assert_eq!(told.status, StatusCode::OK, "{who} of {page}");
                assert!(town.get(actor, "/public").text.contains(&case.number), "{who}");
            }
        }
        // Those complained of see the very words that everyone sees, and none of the office's.
        for (kind, case) in [("property_officer", &about_her), ("community_clerk", &about_them)] {
            let actor = town.by(kind);
            let page = town.get(&actor, &format!("/cases/{}", case.number)).text;
            for inside in ["139****9999", "钱**", "/moves/"] {
                assert!(!page.contains(inside), "{kind}: {inside} in {page}");
            }
            assert!(!town.get(&actor, "/desk?tab=all").text.contains(&case.number), "{kind}");
            let cookie = town.sign_in(&actor);
            let one = format!("/api/v1/cases/{}", case.number);
            let asks = |path: &str| town.ask_for(path, &[("cookie", &cookie)]).1;
            assert!(asks(&one).contains(&case.number), "{kind}");
            assert!(!asks("/api/v1/cases").contains(&case.number), "their list is of their duty");
        }
    });
}
