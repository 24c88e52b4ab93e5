//! Numbers that somebody writes into their report are masked for the office too: by default, and
//! until somebody says why they need them (rules.md §7 of the specification, 个人信息保护法 第51条).

use axum::http::StatusCode;

use super::town::{LAMP, Town, body, person};
use crate::act::Actor;
use crate::affairs::appeal::report::{COUNTER, Report};
use crate::app;
use crate::matter::Put;
use crate::testing::both_engines_wired;

const PHONE: &str = "13812345678";
const CARD: &str = "11010519491231002X";

/// A nameless report with numbers in its words.
fn reported(town: &Town<'_>) -> (crate::base::Id, String) {
    let report = Report {
        words: format!("路灯不亮，打 {PHONE}，身份证 {CARD}"),
        class: Some(LAMP.to_owned()),
        place: Some("99010100100101".to_owned()),
        source: "web".to_owned(),
        language: "zh".to_owned(),
        ..Report::default()
    };
    let done = town.report_as(&Actor::public(), "report", report).unwrap().outcome;
    (done.matter, done.number)
}

fn each_town(test: impl Fn(&Town<'_>)) {
    both_engines_wired(&app::wiring().unwrap(), |world| test(&Town::build(world)));
}

fn shows(text: &str) -> bool {
    text.contains(PHONE) || text.contains(CARD)
}

#[test]
fn numbers_in_the_words_are_opened_by_one_click_with_a_reason_that_is_kept() {
    each_town(|town| {
        let (case, number) = reported(town);
        let clerk = town.by("community_clerk");
        town.go(&clerk, &case, "note", Put::default().with("words", format!("回电 {PHONE}")))
            .unwrap();
        let (page, path) = (format!("/cases/{number}"), format!("/cases/{number}/unmask"));
        let looks = "select count(*) from access where what = 'case.unmask'
            and reason = '回电核实' and subject_kind = 'case'";
        for kind in ["community_clerk", "grid_worker", "dispatcher", "street_supervisor"] {
            let (by, before) = (town.by(kind), town.count(looks));
            let masked = town.get(&by, &page);
            assert_eq!(masked.status, StatusCode::OK, "{kind}");
            assert!(!shows(&masked.text) && masked.text.contains("138****5678"), "{kind}");
            let forms = masked.text.matches("name=\"unmask-reason\"").count();
            assert_eq!(forms, 1, "{kind}: the button, once");
            let unsaid = town.send(&by, &path, &[("unmask-reason", " ")]);
            assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY, "{kind}");
            assert!(!shows(&unsaid.text) && town.count(looks) == before, "{kind}");
            let shown = town.send(&by, &path, &[("unmask-reason", "回电核实")]);
            assert!(shown.text.contains(CARD), "{kind} {}", shown.text);
            assert!(shown.text.matches(PHONE).count() >= 2, "{kind}: words and note");
            assert_eq!(town.count(looks), before + 1, "{kind}");
            assert!(
                !shown.text.contains("name=\"unmask-reason\""),
                "{kind}: nothing is left to open"
            );
            assert!(!shows(&town.get(&by, &page).text), "{kind}: masked again");
        }
        let auditor = town.by("auditor");
        let page = town.get(&auditor, &page);
        assert!(!shows(&page.text) && !page.text.contains("name=\"unmask-reason\""));
        let refused = town.send(&auditor, &path, &[("unmask-reason", "看看")]);
        assert!(!shows(&refused.text) && !refused.status.is_success(), "{}", refused.status);
    });
}

#[test]
fn numbers_and_contact_are_opened_apart_and_the_contact_to_who_speaks_to_the_reporter_now() {
    each_town(|town| {
        let case = town.report(&format!("路灯不亮，打 {PHONE}"));
        let (page, path) =
            (format!("/cases/{}", case.number), format!("/cases/{}/unmask", case.number));
        let open = |kind: &str, what: &'static str| {
            town.send(&town.by(kind), &path, &[("what", what), ("unmask-reason", "核实")])
        };
        let shown = open("community_clerk", "words").text;
        assert!(shown.contains(PHONE) && !shown.contains("周小满"), "{shown}");
        let shown = open("community_clerk", "contact").text;
        assert!(shown.contains("周小满") && shown.contains("13800000001"), "{shown}");
        assert!(!shown.contains(PHONE), "{shown}");
        // Whoever supervises reads what was reported, and calls only where they verify.
        let supervisor = town.get(&town.by("street_supervisor"), &page).text;
        assert!(supervisor.contains("value=\"words\""), "{supervisor}");
        assert!(!supervisor.contains("value=\"contact\""), "{supervisor}");
        assert!(open("street_supervisor", "words").text.contains(PHONE));
        assert_eq!(open("street_supervisor", "contact").status, StatusCode::FORBIDDEN);
        assert_eq!(open("street_supervisor", "all").status, StatusCode::NOT_FOUND);
        // The body has it while it may speak to the reporter, and no longer.
        let id = &case.matter;
        town.go(&town.by("community_clerk"), id, "accept", Put::default().with("class", LAMP))
            .unwrap();
        let to = Put::default().with("body", body("works").as_str()).with("reason", "市政");
        town.go(&town.by("dispatcher"), id, "dispatch", to).unwrap();
        let officer = town.by("department_officer");
        town.go(&officer, id, "sign", Put::default()).unwrap();
        assert!(town.get(&officer, &page).text.contains("value=\"contact\""));
        assert!(open("department_officer", "contact").text.contains("13800000001"));
        town.go(&officer, id, "answer", Put::default().with("reply", "修好了")).unwrap();
        town.go(&town.by("grid_worker"), id, "verify", Put::default().with("finding", "亮了"))
            .unwrap();
        assert!(!town.get(&officer, &page).text.contains("value=\"contact\""));
        let late = open("department_officer", "contact");
        assert_eq!(late.status, StatusCode::FORBIDDEN);
        assert!(late.text.contains("不由您联系反映人") && !late.text.contains("13800000001"));
        assert!(
            open("district_dispatcher", "contact").text.contains("13800000001"),
            "who asks how it was"
        );
        let words = "select count(*) from access where what = 'case.unmask'";
        let contact = "select count(*) from access where what = 'case.unmask_contact'";
        assert_eq!((town.count(words), town.count(contact)), (2, 3));
        let mine = town.get(&town.resident("zhou"), "/me").text;
        assert!(mine.contains("查看反映人的姓名和联系方式"), "{mine}");
    });
}

#[test]
fn a_search_does_not_feel_behind_the_mask() {
    each_town(|town| {
        let (_, number) = reported(town);
        let clerk = town.by("community_clerk");
        let finds = |asked: &str| {
            let page = town.get(&clerk, &format!("/desk?tab=all&q={asked}"));
            assert_eq!(page.status, StatusCode::OK);
            page.text.contains(&format!("value=\"{number}\" data-can"))
        };
        assert!(finds(&number) && finds("路灯不亮"));
        for (from, to) in
            (0..PHONE.len()).flat_map(|from| (from + 2..=11).map(move |to| (from, to)))
        {
            let part = &PHONE[from..to];
            let seen = "138".contains(part) || "5678".contains(part) || number.contains(part);
            assert_eq!(finds(part), seen, "{part}");
        }
        assert!(!finds(CARD) && !finds("19491231"));
    });
}

#[test]
fn where_nothing_is_masked_and_nobody_is_known_there_is_nothing_to_open() {
    each_town(|town| {
        let report = Report {
            words: "路灯不亮".to_owned(),
            class: Some(LAMP.to_owned()),
            place: Some("99010100100101".to_owned()),
            source: "web".to_owned(),
            language: "zh".to_owned(),
            ..Report::default()
        };
        let done = town.report_as(&Actor::public(), "report", report).unwrap().outcome;
        let clerk = town.by("community_clerk");
        let page = town.get(&clerk, &format!("/cases/{}", done.number));
        assert!(!page.text.contains("name=\"unmask-reason\""));
        let path = format!("/cases/{}/unmask", done.number);
        let told = town.send(&clerk, &path, &[("unmask-reason", "看看")]);
        assert_eq!(told.status, StatusCode::NOT_FOUND);
    });
}

#[test]
fn a_desk_that_sees_what_is_public_finds_no_more_than_everyone() {
    each_town(|town| {
        let report = Report {
            words: format!("路灯不亮\n我是周小满，家住六号楼二单元，打 {PHONE}"),
            class: Some(LAMP.to_owned()),
            place: Some("99010100100101".to_owned()),
            source: "web".to_owned(),
            language: "zh".to_owned(),
            owner: Some(person("zhou")),
            ..Report::default()
        };
        let case = town.report_as(&town.resident("zhou"), "report", report).unwrap().outcome;
        let finds = |kind: &str, q: &str| {
            let query = serde_urlencoded::to_string([("tab", "all"), ("q", q)]).unwrap();
            let got = town.get(&town.by(kind), &format!("/desk?{query}"));
            assert_eq!(got.status, StatusCode::OK, "{kind}");
            got.text.contains(&case.number)
        };
        for (q, open, office) in [
            ("路灯不亮", true, true),
            ("我是周", true, true),
            ("周小满", false, true),
            ("二单元", false, true),
            ("1381234", false, false),
            (PHONE, false, false),
        ] {
            for kind in ["auditor", "supervision_committee"] {
                assert_eq!(finds(kind, q), open, "{kind} {q}");
            }
            // The office reads names and doors, and opens numbers one case at a time.
            for kind in ["community_clerk", "street_supervisor"] {
                assert_eq!(finds(kind, q), office, "{kind} {q}");
            }
        }
    });
}

/// A receipt opens what its reader said themself, and nothing of anybody else.
#[test]
fn a_receipt_opens_nobody_elses_words() {
    each_town(|town| {
        let case = town.report(&format!("路灯不亮，打 {PHONE}")).matter;
        let receipt = |by: &Actor, act: &str| {
            let (name, id) = (format!("case.{act}"), case.to_string());
            let sql = "select id from act where name = $1 and subject_id = $2";
            let act: Option<String> = town.world.read(move |tx| {
                tx.row(sql, crate::params![name.as_str(), id.as_str()], |row| row.get(0))
            });
            let told = town.get(by, &format!("/receipts/{}.json", act.unwrap()));
            assert_eq!(told.status, StatusCode::OK, "{}", by.kind);
            told.text
        };
        let zhou = town.resident("zhou");
        assert!(receipt(&zhou, "report").contains(PHONE), "their own");
        let (clerk, officer) = (town.by("community_clerk"), town.by("department_officer"));
        town.go(&clerk, &case, "accept", Put::default().with("class", LAMP)).unwrap();
        let told = receipt(&clerk, "accept");
        assert!(!told.contains("case_file") && !told.contains("路灯"), "{told}");
        let to = Put::default().with("body", body("works").as_str()).with("reason", "市政");
        town.go(&town.by("dispatcher"), &case, "dispatch", to).unwrap();
        town.go(&officer, &case, "sign", Put::default()).unwrap();
        town.go(&officer, &case, "answer", Put::default().with("reply", "修好了")).unwrap();
        assert!(receipt(&officer, "answer").contains("修好了"), "what they said");
        // Who handled it is nobody's but the office's.
        town.go(&town.by("grid_worker"), &case, "verify", Put::default().with("finding", "亮了"))
            .unwrap();
        town.go(&zhou, &case, "rate", super::loop_of_a_case::rating()).unwrap();
        let told = receipt(&zhou, "rate");
        assert!(told.contains("\"entry\"") && !told.contains("handled_by"), "{told}");
        // Who may not see the case any more reads no words of it either.
        let hide = "update matter set about_body_id = body_id, publicity = 'private' where id = $1";
        town.world.tamper(crate::matter::MATTER, hide, &[case.as_str()]);
        assert!(!receipt(&officer, "answer").contains("修好了"));
    });
}

/// What a clerk writes down at the counter are the resident's words: both have them in the receipt.
#[test]
fn a_receipt_opens_the_words_of_whoever_came_to_the_counter() {
    each_town(|town| {
        let report = Report {
            words: format!("路灯不亮，打 {PHONE}"),
            class: Some(LAMP.to_owned()),
            place: Some("99010100100101".to_owned()),
            source: COUNTER.to_owned(),
            language: "zh".to_owned(),
            owner: Some(person("zhou")),
            ..Report::default()
        };
        let clerk = town.by("community_clerk");
        let done = town.report_as(&clerk, "report", report).unwrap();
        let get = |by: &Actor, kind: &str| {
            let path = format!("/receipts/{}{kind}", done.act_id);
            town.get(by, &path)
        };
        let (zhou, hers) = (town.resident("zhou"), clerk.person.clone().unwrap());
        for by in [&clerk, &zhou] {
            assert!(get(by, ".json").text.contains(PHONE), "{}", by.kind);
            assert!(get(by, "").text.contains("附有记下的原话"), "{}", by.kind);
        }
        assert!(!get(&zhou, ".json").text.contains(hers.as_str()), "who took it stays unnamed");
        assert_eq!(get(&town.resident("lin"), ".json").status, StatusCode::NOT_FOUND);
        // Who looks over it has the proof alone.
        assert!(!get(&town.by("auditor"), ".json").text.contains(PHONE));
    });
}
