//! 核实: on the spot with a photo, or by telephone with whom; and the photos of forms.

use axum::http::StatusCode;

use super::loop_of_a_case::{answered, said};
use super::release::is_open;
use super::town::{LAMP, Town, code};
use crate::affairs::appeal::report::Report;
use crate::affairs::appeal::upload::Kept;
use crate::app;
use crate::file::pass;
use crate::matter::Photo;
use crate::testing::both_engines_wired;

fn each_town(test: impl Fn(&Town<'_>)) {
    both_engines_wired(&app::wiring().unwrap(), |world| test(&Town::build(world)));
}

#[test]
fn who_verifies_on_the_spot_shows_it_and_may_say_where_they_stood() {
    each_town(|town| {
        let (worker, zhou) = (town.by("grid_worker"), town.resident("zhou"));
        let case = answered(town);
        let number = town.matter(&case).number;
        let path = format!("/cases/{number}/moves/verify");
        let bare = town.send(&worker, &path, &[("finding", "亮了")]);
        assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(town.matter(&case).stage, "answered");
        // The camera comes first, and the position is offered and not asked for.
        let form = bare.text.find("id=\"do-verify\"").unwrap();
        let at = |what: &str| bare.text[form..].find(what).unwrap_or_else(|| panic!("{what}"));
        assert!(at("name=\"photos\"") < at("name=\"position\""));
        assert!(at("name=\"position\"") < at("name=\"finding\""));
        let photo = || vec![Photo { file: town.photo(120), role: "photos".to_owned() }];
        let looked = |position: &str| {
            let mut put = said("finding", "亮了").with("position", position);
            put.photos = photo();
            put
        };
        for wrong in ["here", "30.1", "91.0,120.0", "30.1,181.0", "30.1;120.0"] {
            let told = town.go(&worker, &case, "verify", looked(wrong)).unwrap_err();
            assert_eq!(code(&told), "position:no_such_point", "{wrong}");
        }
        town.go(&worker, &case, "verify", looked("30.25001,120.16002")).unwrap();
        let desk = town.get(&town.by("community_clerk"), &format!("/cases/{number}")).text;
        assert!(desk.contains("30.25001, 120.16002"), "{desk}");
        let mine = town.get(&zhou, &format!("/cases/{number}")).text;
        assert!(mine.contains("亮了") && !mine.contains("120.16002"), "{mine}");
        assert!(!is_open(town, &photo()[0].file), "until somebody releases it");
    });
}

#[test]
fn the_desk_reads_how_far_from_the_case_the_photo_was_taken() {
    each_town(|town| {
        let report = Report {
            words: "路灯不亮".to_owned(),
            class: Some(LAMP.to_owned()),
            place: Some("99010100100101".to_owned()),
            lat_e7: Some(302_500_000),
            lng_e7: Some(1_201_600_000),
            source: "web".to_owned(),
            language: "zh".to_owned(),
            ..Report::default()
        };
        let clerk = town.by("community_clerk");
        let case = town.report_as(&clerk, "report", report).unwrap().outcome;
        let kit = crate::affairs::appeal::kit(&town.world.district).unwrap();
        let here = kit.process.candidates("handle_here", "reported")[0];
        town.go(&town.by("grid_worker"), &case.matter, "handle_here", town.put(here)).unwrap();
        let put = said("finding", "好了").with("position", "30.2509,120.16");
        town.go(&clerk, &case.matter, "verify", put).unwrap();
        let desk = town.get(&clerk, &format!("/cases/{}", case.number)).text;
        assert!(desk.contains("30.2509, 120.16（离案件位置约 100 米）"), "{desk}");
    });
}

#[test]
fn who_verifies_by_telephone_says_with_whom_and_needs_somebody_to_call() {
    each_town(|town| {
        let (worker, clerk) = (town.by("grid_worker"), town.by("community_clerk"));
        let case = answered(town);
        let asked = || said("finding", "说是亮了");
        let told = town.go(&clerk, &case, "verify_by_call", asked()).unwrap_err();
        assert_eq!(code(&told), "spoken_to:missing");
        let with = || asked().with("spoken_to", "她儿子周大海");
        let told = town.go(&worker, &case, "verify_by_call", with()).unwrap_err();
        assert_eq!(code(&told), "not_your_duty", "who goes round goes and looks");
        town.go(&clerk, &case, "verify_by_call", with()).unwrap();
        assert_eq!(town.matter(&case).stage, "closed");
        let page = format!("/cases/{}", town.matter(&case).number);
        assert!(town.get(&clerk, &page).text.contains("她儿子周大海"));
        let mine = town.get(&town.resident("zhou"), &page).text;
        assert!(mine.contains("说是亮了") && !mine.contains("周大海"), "{mine}");

        let nameless = Report {
            words: "路灯不亮".to_owned(),
            class: Some(LAMP.to_owned()),
            place: Some("99010100100101".to_owned()),
            source: "web".to_owned(),
            language: "zh".to_owned(),
            ..Report::default()
        };
        let case = town.report_as(&clerk, "report", nameless).unwrap().outcome;
        let kit = crate::affairs::appeal::kit(&town.world.district).unwrap();
        let here = kit.process.candidates("handle_here", "reported")[0];
        town.go(&worker, &case.matter, "handle_here", town.put(here)).unwrap();
        let told = town.go(&clerk, &case.matter, "verify_by_call", with()).unwrap_err();
        assert_eq!(code(&told), "can_be_reached");
        let page = town.get(&clerk, &format!("/cases/{}", case.number)).text;
        assert!(page.contains("do-verify\"") && !page.contains("do-verify_by_call"), "{page}");
    });
}

#[test]
fn photos_of_a_form_that_came_back_count_and_can_be_crossed_out() {
    each_town(|town| {
        let officer = town.by("department_officer");
        let case = town.without_standard();
        let path = format!("/cases/{}/moves/answer", town.matter(&case).number);
        let keys = &town.world.district.keys;
        let [one, two] = [40, 90].map(|shade| Kept::of(keys, &town.photo(shade)));
        let came = [("photos_kept", one.ticket.as_str()), ("photos_kept", two.ticket.as_str())];
        let back = town.send(&officer, &path, &came);
        assert_eq!(back.status, StatusCode::UNPROCESSABLE_ENTITY, "no reply was written");
        let form = |text: &str| text.split("id=\"do-answer\"").nth(1).unwrap().to_owned();
        let shown = form(&back.text);
        assert!(shown.contains("id=\"answer-photos-drop-2\""), "{shown}");
        assert!(shown.contains("data-most=\"7\""), "two of nine are there: {shown}");
        let dropped = [came[0], came[1], ("drop", one.ticket.as_str())];
        let shown = form(&town.send(&officer, &path, &dropped).text);
        assert_eq!(shown.matches("name=\"photos_kept\"").count(), 1, "{shown}");
        assert!(shown.contains(&pass::ticket(keys, &town.photo(90))), "{shown}");
        assert!(shown.contains("data-most=\"8\""), "{shown}");
    });
}

#[test]
fn what_was_put_right_at_once_is_shown_to_all_where_its_finder_releases_it() {
    each_town(|town| {
        let [before, after] = [44, 222].map(|shade| town.photo(shade));
        let photo = |file: &String, role: &str| Photo { file: file.clone(), role: role.to_owned() };
        let handled = |opened: &[&str]| Report {
            words: "灯罩掉了，已装好".to_owned(),
            class: Some(LAMP.to_owned()),
            place: Some("99010100100101".to_owned()),
            photos: vec![photo(&before, "before"), photo(&after, "after")],
            opened: opened.iter().map(|name| (*name).to_owned()).collect(),
            checked: town.lamp_list(),
            source: "field".to_owned(),
            language: "zh".to_owned(),
            vouched: true,
            ..Report::default()
        };
        let (worker, homes) = (town.by("grid_worker"), town.by("property_officer"));
        let told = town.report_as(&homes, "report_handled", handled(&["after"])).unwrap_err();
        assert_eq!(code(&told), "not_your_duty", "they release nothing");
        let told = town.report_as(&worker, "report_handled", handled(&["words"])).unwrap_err();
        assert_eq!(code(&told), "shown:no_such_photo");
        town.report_as(&homes, "report_handled", handled(&[])).unwrap();
        assert!(!is_open(town, &after));
        town.report_as(&worker, "report_handled", handled(&["after"])).unwrap();
        assert!(is_open(town, &after) && !is_open(town, &before));
        let ticks = |who| town.get(who, "/field/handled").text.matches("name=\"opened\"").count();
        assert_eq!((ticks(&worker), ticks(&homes)), (2, 0));
    });
}
