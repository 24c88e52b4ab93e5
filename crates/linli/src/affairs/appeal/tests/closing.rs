//! 结案条件: a case is answered and closed when every line of its closing list was ticked.

use axum::http::StatusCode;

use super::town::{LAMP, Town, body, code, person};
use crate::affairs::appeal::closing::CHECKED;
use crate::affairs::appeal::report::Report;
use crate::app;
use crate::base::text;
use crate::catalogue::STANDARD;
use crate::matter::{Moved, Photo, Put, timeline};
use crate::testing::both_engines_wired;

/// The list of a lamp, as it ships.
const LINES: [&str; 3] = ["路灯已亮", "灯杆稳固无外露电线", "已夜间查看"];

fn each_town(test: impl Fn(&Town<'_>)) {
    both_engines_wired(&app::wiring().unwrap(), |world| test(&Town::build(world)));
}

/// A case about a lamp that the works have signed for.
fn signed(town: &Town<'_>) -> Moved {
    let case = town.report("路灯不亮");
    let go = |kind: &str, act: &str, put: Put| {
        town.go(&town.by(kind), &case.matter, act, put).unwrap();
    };
    go("community_clerk", "accept", Put::default().with("class", LAMP));
    let to = Put::default().with("body", body("works").to_string()).with("reason", "归市政");
    go("dispatcher", "dispatch", to);
    go("department_officer", "sign", Put::default());
    case
}

fn reply(ticked: &[&str]) -> Put {
    Put::default().with("reply", "换了灯").with(CHECKED, text::joined(ticked))
}

#[test]
fn nothing_is_answered_or_closed_before_every_line_is_ticked() {
    each_town(|town| {
        let case = signed(town).matter;
        let (officer, worker) = (town.by("department_officer"), town.by("grid_worker"));
        let strange = [&LINES[..], &["另一条"]].concat();
        for (ticked, told) in [
            (&[][..], "checked:unticked"),
            (&LINES[..2], "checked:unticked"),
            (&["路灯已亮", "已夜间查看", "灯杆稳固"], "checked:unticked"),
            (&strange, "checked:not_an_option"),
        ] {
            let failure = town.go(&officer, &case, "answer", reply(ticked)).unwrap_err();
            assert_eq!(code(&failure), told, "{ticked:?}");
        }
        town.go(&officer, &case, "answer", reply(&LINES)).unwrap();
        let found = |ticked: &[&str]| {
            Put::default().with("finding", "亮了").with(CHECKED, text::joined(ticked))
        };
        let failure = town.go(&worker, &case, "verify", found(&LINES[1..])).unwrap_err();
        assert_eq!(code(&failure), "checked:unticked");
        let closed = town.go(&worker, &case, "verify", found(&LINES)).unwrap();
        assert_eq!(closed.stage, "closed");
        let entries = town.world.read(move |tx| timeline::entries(tx, &case));
        for act in ["answer", "verify"] {
            let facts = &entries.iter().find(|entry| entry.act == act).unwrap().facts;
            assert!(LINES.iter().all(|line| facts.contains(line)), "{act}: {facts}");
        }
    });
}

#[test]
fn the_list_is_that_of_the_time_and_stays_in_the_timeline() {
    each_town(|town| {
        let case = signed(town);
        let officer = town.by("department_officer");
        let page = format!("/cases/{}", case.number);
        assert!(LINES.iter().all(|line| town.get(&officer, &page).text.contains(line)));
        town.go(&officer, &case.matter, "answer", reply(&LINES)).unwrap();
        let other = "update standard set closing = '[\"另一张单子\"]'";
        town.world.tamper(STANDARD, other, &[]);
        let worker = town.by("grid_worker");
        let found = Put::default().with("finding", "亮了").with(CHECKED, text::joined(&LINES));
        let failure = town.go(&worker, &case.matter, "verify", found.clone()).unwrap_err();
        assert_eq!(code(&failure), "checked:unticked", "what holds now is asked for");
        let found = found.with(CHECKED, "另一张单子");
        town.go(&worker, &case.matter, "verify", found).unwrap();
        let shown = LINES.join("；");
        for reader in [&officer, &town.resident("zhou"), &town.resident("lin")] {
            let text = town.get(reader, &page).text;
            assert!(
                text.contains(&shown) && text.contains("另一张单子"),
                "{}: {text}",
                reader.kind
            );
        }
    });
}

#[test]
fn a_class_without_a_list_asks_for_nothing() {
    each_town(|town| {
        town.world.tamper(STANDARD, "update standard set closing = '[]'", &[]);
        let case = signed(town);
        let officer = town.by("department_officer");
        let page = town.get(&officer, &format!("/cases/{}", case.number)).text;
        assert!(page.contains("answer-reply") && !page.contains("answer-checked"), "{page}");
        let failure = town.go(&officer, &case.matter, "answer", reply(&LINES)).unwrap_err();
        assert_eq!(code(&failure), "checked:not_an_option");
        town.go(&officer, &case.matter, "answer", reply(&[])).unwrap();
    });
}

#[test]
fn a_form_with_a_line_left_open_comes_back_with_the_others_ticked() {
    each_town(|town| {
        let case = signed(town);
        let officer = town.by("department_officer");
        let path = format!("/cases/{}/moves/answer", case.number);
        let some = [("reply", "换了灯"), ("checked", LINES[0]), ("checked", LINES[2])];
        let back = town.send(&officer, &path, &some);
        assert_eq!(back.status, StatusCode::UNPROCESSABLE_ENTITY);
        let told = format!("还有一条没有勾：{}", LINES[1]);
        assert!(back.text.contains(&told), "{}", back.text);
        assert!(back.text.contains("href=\"#answer-checked\""), "{}", back.text);
        for (line, ticked) in LINES.iter().zip([true, false, true]) {
            let tick = format!("value=\"{line}\" checked");
            assert_eq!(back.text.contains(&tick), ticked, "{line}: {}", back.text);
        }
        let all = [&some[..], &[("checked", LINES[1])]].concat();
        assert_eq!(town.send(&officer, &path, &all).status, StatusCode::SEE_OTHER);
    });
}

#[test]
fn what_was_put_right_at_once_has_its_list_ticked_too() {
    each_town(|town| {
        let worker = town.by("grid_worker");
        let page = town.get(&worker, &format!("/field/handled?class={LAMP}")).text;
        assert!(LINES.iter().all(|line| page.contains(&format!("value=\"{line}\""))), "{page}");
        let bare = town.get(&worker, "/field/handled").text;
        assert!(!bare.contains(LINES[0]), "no class, no list");
        let photo = |role: &str| Photo { file: town.photo(7), role: role.to_owned() };
        let handled = |checked: &[&str]| Report {
            words: "灯头松了，已拧紧".to_owned(),
            class: Some(LAMP.to_owned()),
            place: Some("99010100100101".to_owned()),
            photos: vec![photo("before"), photo("after")],
            checked: checked.iter().map(|line| (*line).to_owned()).collect(),
            source: "field".to_owned(),
            language: "zh".to_owned(),
            vouched: true,
            owner: Some(person("zhou")),
            ..Report::default()
        };
        let open = town.report_as(&worker, "report_handled", handled(&LINES[..2])).unwrap_err();
        assert_eq!(code(&open), "checked:unticked");
        let made = town.report_as(&worker, "report_handled", handled(&LINES)).unwrap();
        assert_eq!(made.outcome.stage, "closed");
    });
}
