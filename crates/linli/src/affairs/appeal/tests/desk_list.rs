//! What a list of the desk finds and offers for many at once, and in which words a case is put.

use axum::http::StatusCode;

use super::town::{LAMP, STREET, Town, body, person, runtime};
use crate::act::Actor;
use crate::affairs::appeal::report::Report;
use crate::affairs::appeal::shipped;
use crate::app;
use crate::matter::Put;
use crate::notice;
use crate::territory;
use crate::territory::acts::{CreatePlaces, NewPlace};
use crate::testing::both_engines_wired;
use crate::words::Lang;

fn row(number: &str) -> String {
    format!("value=\"{number}\" data-can")
}

fn accepted(town: &Town<'_>) -> crate::matter::Moved {
    let case = town.report("路灯不亮，在六号楼门口");
    let class = Put::default().with("class", LAMP);
    town.go(&town.by("community_clerk"), &case.matter, "accept", class).unwrap();
    case
}

#[test]
fn a_search_goes_through_everything_and_an_empty_tab_points_there() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let number = accepted(&town).number;
        let link = "data-open href=\"";
        let desk = |query: &str| town.get(&town.by("community_clerk"), &format!("/desk{query}"));
        assert!(!desk("").text.contains(&number), "it waits for the dispatcher now");
        let found = desk(&format!("?q={number}")).text;
        assert!(found.contains(link) && found.contains("aria-current=\"page\">全部"), "{found}");
        let here = desk(&format!("?q={number}&tab=reported&place=990101001001")).text;
        assert!(!here.contains(link) && here.contains("这一栏里没有"), "{here}");
        let all = format!("/desk?place=990101001001&#38;q={number}\">到「全部」里看（共 1 件）");
        assert!(here.contains(&all), "{here}");
        let search = here.split("role=\"search\"").nth(1).unwrap().split("</form>").next().unwrap();
        assert!(search.contains("name=\"place\" value=\"990101001001\""), "{search}");
        assert!(!search.contains("name=\"tab\""), "{search}");
        let none = desk("?q=zzzz&tab=reported").text;
        assert!(none.contains("没有符合条件的案卷") && !none.contains("里看（"), "{none}");
    });
}

/// In a district each community has a first grid, and each town a 望江社区.
#[test]
fn a_search_may_mean_many_places() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let street = world.read(|tx| territory::place_by_path(tx, STREET)).unwrap();
        let community = |n: usize| NewPlace {
            code: format!("990101001{n}"),
            level: "community".to_owned(),
            name: "望江社区".to_owned(),
            parent: Some("990101001".to_owned()),
            seat: None,
        };
        let places = (101..131).map(community).collect();
        let act = CreatePlaces { under: Some(street.id), places };
        world.perform(&Actor::operator(), act).unwrap();
        for kind in ["dispatcher", "district_dispatcher", "department_officer"] {
            let found = town.get(&town.by(kind), "/desk?q=%E6%9C%9B%E6%B1%9F");
            assert_eq!(found.status, StatusCode::OK, "{kind}");
        }
    });
}

#[test]
fn a_list_is_narrowed_to_the_days_of_receipt_and_so_is_its_workbook() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let number = accepted(&town).number;
        let offset = world.district.config.offset_minutes;
        let today = world.district.now().day(offset);
        let before = today.add_days(-1);
        let dispatcher = town.by("dispatcher");
        for (days, finds) in [
            (format!("from={today}&to={today}"), true),
            (format!("to={before}"), false),
            (format!("from={}", today.next()), false),
            ("from=yesterday".to_owned(), true),
        ] {
            let list = town.get(&dispatcher, &format!("/desk?tab=all&{days}"));
            assert_eq!(list.text.contains(&row(&number)), finds, "{days}");
            let query = format!("tab=all&{days}");
            let book = town.send(&dispatcher, "/desk.xlsx", &[("query", &query)]).bytes;
            let mut book: calamine::Xlsx<_> =
                calamine::open_workbook_from_rs(std::io::Cursor::new(book)).unwrap();
            use calamine::Reader as _;
            let rows = book.worksheet_range_at(0).unwrap().unwrap().height();
            assert_eq!(rows == 2, finds, "{days}");
        }
        let marked = |text: &str| text.contains("没有这一天，没有按它筛选");
        for days in ["from=2026-13-01", "to=yesterday"] {
            let list = town.get(&dispatcher, &format!("/desk?tab=all&{days}"));
            assert!(marked(&list.text), "{days}");
        }
        assert!(!marked(&town.get(&dispatcher, "/desk?tab=all&from=&to=").text));
        let days = format!("from={before}&to={today}");
        let kept = [("title", "昨今"), ("query", days.as_str())];
        town.send(&dispatcher, "/desk/views", &kept);
        let desk = town.get(&dispatcher, "/desk").text;
        assert!(desk.contains(&days.replace('&', "&#38;")), "{desk}");
    });
}

#[test]
fn a_tab_keeps_what_was_searched_for_and_says_no_number_of_something_else() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        town.report("路灯不亮");
        let clerk = town.by("community_clerk");
        let tab = |page: &str, id: &str| {
            let links = page.split("class=\"tabs__link\" href=\"").skip(1);
            let mut links = links.map(|link| link.split("</a>").next().unwrap().to_owned());
            links.find(|link| link.contains(&format!("tab={id}"))).unwrap_or_default()
        };
        let plain = town.get(&clerk, "/desk").text;
        assert!(tab(&plain, "open").contains("tabs__count"), "{plain}");
        let day = world.district.now().day(world.district.config.offset_minutes);
        let asked = format!("from={day}&q={}&cols=due", "%E8%B7%AF%E7%81%AF");
        let narrowed = town.get(&clerk, &format!("/desk?{asked}&after=1.x")).text;
        for id in ["open", "late", "reported", "closed"] {
            let link = tab(&narrowed, id);
            for kept in [format!("from={day}"), "q=%E8%B7%AF%E7%81%AF".into(), "cols=due".into()] {
                assert!(link.contains(&kept), "{id} drops {kept}: {link}");
            }
            assert!(!link.contains("after=") && !link.contains("tabs__count"), "{link}");
        }
        let link = tab(&narrowed, "open").split('"').next().unwrap().replace("&#38;", "&");
        let open = town.get(&clerk, &link).text;
        assert!(open.contains("value=\"路灯\"") && open.contains("data-row"), "{open}");
    });
}

#[test]
fn a_view_takes_the_place_of_another_of_its_name_only_when_that_is_said() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let clerk = town.by("community_clerk");
        let keep = |more: &[(&str, &str)]| {
            let sent = [&[("title", "老旧小区")], more].concat();
            town.send(&clerk, "/desk/views", &sent)
        };
        let queries = || {
            let all = "select query from saved_view order by query";
            world.read(move |tx| tx.rows(all, &[], |row| row.get::<String>(0)))
        };
        keep(&[("query", "tab=late")]);
        assert_eq!(keep(&[("query", "tab=late")]).status, StatusCode::SEE_OTHER, "the same again");
        let asked = keep(&[("query", "tab=open&q=灯")]);
        assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(asked.text.contains("title-error") && asked.text.contains("name=\"replace\""));
        assert!(asked.text.contains("value=\"老旧小区\"") && asked.text.contains("value=\"灯\""));
        assert_eq!(queries(), ["tab=late"]);
        let replaced = keep(&[("query", "tab=open&q=灯"), ("replace", "yes")]);
        assert_eq!(replaced.status, StatusCode::SEE_OTHER);
        assert_eq!(queries(), ["tab=open&q=%E7%81%AF"]);
        let other = town.by("dispatcher");
        town.send(&other, "/desk/views", &[("title", "老旧小区"), ("query", "tab=soon")]);
        assert_eq!(queries().len(), 2, "a name is taken by oneself only");
        for n in 0..30 {
            let title = format!("第{n}个");
            let got = town.send(&clerk, "/desk/views", &[("title", &title), ("query", "tab=all")]);
            assert_eq!(got.status == StatusCode::UNPROCESSABLE_ENTITY, n == 29, "{n}");
        }
        assert_eq!(queries().len(), 31);
    });
}

#[test]
fn what_is_offered_for_many_fits_the_rows_and_the_duty_list() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (clerk, dispatcher) = (town.by("community_clerk"), town.by("dispatcher"));
        let first = town.report("路灯不亮").number;
        let page = town.get(&clerk, "/desk").text;
        assert!(page.contains(&format!("value=\"{first}\" data-can=\"accept\"")), "{page}");
        assert!(page.contains("data-takes=\"accept\"") && !page.contains("data-takes=\"sign\""));
        accepted(&town);
        let page = town.get(&dispatcher, "/desk?tab=awaiting_dispatch").text;
        assert!(page.contains("data-can=\"dispatch\"") && !page.contains("data-takes=\"recall\""));
        let to = page.split("id=\"to\"").nth(1).unwrap().split("</select>").next().unwrap();
        assert!(to.contains(body("works").as_str()), "{to}");
        assert!(!to.contains(body("homes").as_str()), "it does not answer for lamps: {to}");
        let page = town.get(&town.by("street_supervisor"), "/desk?tab=reported").text;
        assert!(page.contains(&first) && !page.contains("data-bulk-bar"), "{page}");
    });
}

#[test]
fn a_case_says_which_step_its_time_is_for_and_how_long_it_may_take() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = town.report("路灯不亮");
        let clerk = town.by("community_clerk");
        while runtime().block_on(notice::deliver(&world.district)).unwrap() > 0 {}
        let page = town.get(&clerk, &format!("/cases/{}", case.number)).text;
        assert!(page.contains("这一步的期限（受理）"), "{page}");
        assert!(page.contains("办理时限") && page.contains("，从签收起算"), "{page}");
        assert!(page.contains("收到诉求") && !page.contains("notice."), "{page}");
        let beside = town.get(&clerk, &format!("/desk?open={}", case.number)).text;
        let brief = beside.find("class=\"case-brief").unwrap();
        assert!(brief < beside.find("id=\"do-accept\"").unwrap(), "before the forms");
    });
}

#[test]
fn a_resident_is_told_what_was_taken_and_an_officer_what_is_done() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = town.report("路灯不亮").number;
        let told = |kind: &Actor, act: &str| {
            let page = town.get(kind, &format!("/cases/{case}?done={act}")).text;
            assert!(page.contains("data-took"), "the browser keeps what was typed no longer");
            page.split("govuk-notification-banner--success").nth(1).unwrap_or_default().to_owned()
        };
        let zhou = town.resident("zhou");
        let urged = told(&zhou, "urge");
        assert!(urged.contains("已提交") && urged.contains("催办已经转给"), "{urged}");
        let rated = told(&zhou, "rate");
        assert!(rated.contains("评价已经收到") && !rated.contains("办好了"), "{rated}");
        assert!(told(&town.by("community_clerk"), "accept").contains("已完成：受理"));
        assert_eq!(told(&zhou, "nothing"), "");
    });
}

#[test]
fn a_worker_goes_to_check_and_has_both_findings_side_by_side() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = accepted(&town);
        let to = Put::default().with("body", body("works").to_string()).with("reason", "市政");
        town.go(&town.by("dispatcher"), &case.matter, "dispatch", to).unwrap();
        let officer = town.by("department_officer");
        town.go(&officer, &case.matter, "sign", Put::default()).unwrap();
        let reply = Put::default().with("reply", "已换灯头");
        town.go(&officer, &case.matter, "answer", reply).unwrap();
        let worker = town.by("grid_worker");
        let round = town.get(&worker, "/field").text;
        assert!(round.contains("?do=verify#do-verify\">去核查"), "{round}");
        let page = town.get(&worker, &format!("/cases/{}", case.number)).text;
        let forms: Vec<&str> = page.split(" id=\"do-").skip(1).collect();
        let acts: Vec<&str> = forms.iter().filter_map(|form| form.split('"').next()).collect();
        assert_eq!(acts[..2], ["verify", "rework"], "{acts:?}");
    });
}

#[test]
fn the_round_counts_what_its_map_cannot_show() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let worker = town.by("grid_worker");
        town.report("路灯不亮");
        let without = town.get(&worker, "/field").text;
        assert!(!without.contains("data-map="), "no case has a point: there is no map");
        let pinned = Report {
            words: "路灯不亮".to_owned(),
            class: Some(LAMP.to_owned()),
            place: Some("99010100100101".to_owned()),
            lat_e7: Some(310_050_000),
            lng_e7: Some(1_210_050_000),
            source: "web".to_owned(),
            language: "zh".to_owned(),
            owner: Some(person("zhou")),
            ..Report::default()
        };
        town.report_as(&town.resident("zhou"), "report", pinned).unwrap();
        let with = town.get(&worker, "/field").text;
        assert!(with.contains("data-map=") && with.contains("另有 1 件只写了地址"), "{with}");
    });
}

#[test]
fn each_notice_of_the_procedure_has_a_name_on_the_page_of_a_case() {
    let process = shipped().unwrap();
    for tell in process.moves.iter().flat_map(|by| &by.tell) {
        let key = format!("case.told.{}", tell.notice.trim_start_matches("case."));
        assert!(Lang::Zh.find(&key).is_some(), "{key}");
    }
}
