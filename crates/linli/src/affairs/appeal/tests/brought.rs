//! 当事: who brings in a case by a post goes on seeing what becomes of it.

use axum::http::StatusCode;

use super::town::{LAMP, Town, body};
use crate::act::Actor;
use crate::affairs::appeal::report::Report;
use crate::app;
use crate::matter::MATTER;
use crate::testing::both_engines_wired;

const PHONE: &str = "13812345678";

#[test]
fn a_company_sees_what_became_of_the_case_it_brought_in_and_no_more_of_it_than_everyone() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let company = town.by("property_officer");
        let brought = |by: &Actor| {
            let report = Report {
                words: format!("路灯不亮，住户电话 {PHONE}"),
                class: Some(LAMP.to_owned()),
                place: Some("99010100100101".to_owned()),
                source: "api".to_owned(),
                language: "zh".to_owned(),
                vouched: true,
                ..Report::default()
            };
            let case = town.report_as(by, "report", report).unwrap().outcome;
            let hide = "update matter set publicity = 'internal' where id = $1";
            world.tamper(MATTER, hide, &[case.matter.as_str()]);
            case
        };
        let (case, others) = (brought(&company), brought(&town.by("grid_worker")));
        let page = |number: &str| town.get(&company, &format!("/cases/{number}"));
        let told = page(&case.number);
        assert_eq!(told.status, StatusCode::OK);
        assert!(told.text.contains("路灯不亮") && !told.text.contains(PHONE), "{}", told.text);
        assert!(!told.text.contains("clocks-title"), "nothing of what is the office's");
        let desk = town.get(&company, "/desk?tab=all").text;
        assert!(desk.contains(&case.number) && !desk.contains(&others.number), "{desk}");
        assert_eq!(page(&others.number).status, StatusCode::NOT_FOUND);
        // Of a body their colleagues see it; who has none, sees it themself.
        let parties = |role: &'static str, who: String| {
            let sql = "select count(*) from party where role = $1 and party_id = $2";
            world.read(move |tx| tx.count(sql, crate::params![role, who]))
        };
        assert_eq!(parties("brought", body("homes").to_string()), 1);
        let worker = town.by("grid_worker").person.unwrap().to_string();
        assert_eq!(parties("brought", worker), 1);
        // No part in a case opens what complains of one's own body.
        let about = "update matter set about_body_id = $2 where id = $1";
        let homes = body("homes").to_string();
        world.tamper(MATTER, about, &[case.matter.as_str(), homes.as_str()]);
        assert_eq!(page(&case.number).status, StatusCode::NOT_FOUND);
    });
}

#[test]
fn where_the_open_cases_of_a_place_lie_is_told_to_who_divides_it() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = town.report("路灯不亮").matter;
        let path = town.matter(&case).place_path;
        let open = |path: &str| {
            let path = path.to_owned();
            world.read(move |tx| crate::affairs::appeal::store::open_points(tx, &path)).len()
        };
        assert_eq!((open(&path), open("/990101/elsewhere/")), (1, 0));
    });
}
