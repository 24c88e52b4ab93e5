//! What is said to a reader: of a form that comes back, beside the list it was opened from; of an
//! answer that is past; of what is final; and what was told them, case by case.

use axum::http::StatusCode;

use super::loop_of_a_case::said;
use super::texts::deliver;
use super::town::{LAMP, Town, body};
use crate::act::Actor;
use crate::app;
use crate::matter::{Moved, Put};
use crate::testing::both_engines_wired;

fn at(number: &str, act: &str) -> String {
    format!("/cases/{number}/moves/{act}")
}

#[test]
fn a_move_that_is_refused_beside_the_list_is_answered_beside_it() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (clerk, number) = (town.by("community_clerk"), town.report("路灯不亮").number);
        let next = format!("/desk?tab=all&sort=new&open={number}");
        let form = [("class", ""), ("next", next.as_str())];
        let got = town.send(&clerk, &at(&number, "accept"), &form);
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        let (list, panel) = got.text.split_once("split__case").unwrap();
        assert!(list.contains("data-keys") && list.contains(&number), "{list}");
        assert!(panel.contains("href=\"#accept-class\">请选择“类别”。"), "{panel}");
        assert!(panel.contains("data-close href=\"/desk?tab=all&#38;sort=new\""), "{panel}");
        let alone = format!("/cases/{number}");
        for next in [alone.as_str(), "https://elsewhere.example/desk", ""] {
            let got = town.send(&clerk, &at(&number, "accept"), &[("class", ""), ("next", next)]);
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{next}");
            assert!(!got.text.contains("split__case"), "{next}");
        }
    });
}

#[test]
fn a_return_that_names_nobody_points_at_both_fields() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = town.report("路灯不亮");
        let go = |actor: &Actor, act, put| town.go(actor, &case.matter, act, put).unwrap();
        go(&town.by("community_clerk"), "accept", said("class", LAMP));
        let to = Put::default().with("body", body("works").to_string()).with("reason", "市政");
        go(&town.by("dispatcher"), "dispatch", to);
        let back = at(&case.number, "send_back");
        let officer = town.by("department_officer");
        let got = town.send(&officer, &back, &[("reason", "不归我们")]);
        assert_eq!(got.status, StatusCode::FORBIDDEN);
        for field in ["cited_duty", "gap"] {
            let (link, told) = (format!("#send_back-{field}"), format!("send_back-{field}-error"));
            assert!(got.text.contains(&link) && got.text.contains(&told), "{field}: {}", got.text);
        }
        let empty = town.send(&officer, &back, &[]).text;
        assert!(empty.contains("请填写“退回理由”。"), "{empty}");
    });
}

#[test]
fn an_answer_of_before_is_folded_and_dated_once_a_case_is_taken_up_again() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = super::loop_of_a_case::answered(&town);
        let number = town.matter(&case).number;
        let page = || town.get(&town.by("street_supervisor"), &format!("/cases/{number}")).text;
        assert!(page().contains("公开答复</h2>") && !page().contains("上一次答复"));
        let worker = town.by("grid_worker");
        town.go(&worker, &case, "rework", said("reason", "还是不亮")).unwrap();
        let again = page();
        assert!(again.contains("上一次答复（") && !again.contains("公开答复</h2>"), "{again}");
    });
}

#[test]
fn who_withdraws_is_told_before_that_it_is_final() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let number = town.report("路灯不亮").number;
        let page = town.get(&town.resident("zhou"), &format!("/cases/{number}")).text;
        let (_, form) = page.split_once("id=\"do-withdraw\"").unwrap();
        let (form, _) = form.split_once("</form>").unwrap();
        assert!(form.contains("撤回以后不能恢复") && form.contains("govuk-button--warning"));
    });
}

#[test]
fn what_somebody_was_told_stands_by_case_twenty_on_a_page() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let all: Vec<_> = (0..20).map(|_| town.report("路灯不亮")).collect();
        let newest = &all[19];
        town.go(&town.by("community_clerk"), &newest.matter, "accept", said("class", LAMP))
            .unwrap();
        deliver(world);
        let zhou = town.resident("zhou");
        let first = town.get(&zhou, "/me/notices").text;
        let lines = |page: &str| page.matches("<time").count();
        let cases = |page: &str| page.matches("told__of").count();
        assert_eq!((lines(&first), cases(&first)), (20, 19), "{first}");
        let (_, older) = first.split_once("href=\"/me/notices?before=").unwrap();
        let older = format!("/me/notices?before={}", older.split('"').next().unwrap());
        let rest = town.get(&zhou, &older).text;
        assert_eq!((lines(&rest), cases(&rest)), (1, 1), "{rest}");
        let only = |case: &&Moved| rest.contains(&case.number) && !first.contains(&case.number);
        assert_eq!(all.iter().filter(only).count(), 1, "{rest}");
        assert!(!rest.contains("href=\"/me/notices?before="), "{rest}");
        let odd = town.get(&zhou, "/me/notices?before=then.there").text;
        assert_eq!(lines(&odd), 20);
    });
}

#[test]
fn on_an_english_page_what_stays_chinese_says_so() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = town.report("路灯不亮");
        let path = format!("/cases/{}", case.number);
        let english = "update person set language = 'en'";
        world.tamper(crate::people::PERSON, english, &[]);
        let page = town.get(&town.resident("zhou"), &path).text;
        assert!(page.contains("<html lang=\"en\""), "{page}");
        assert!(page.contains("lang=\"zh-CN\">路灯不亮"), "{page}");
        assert!(page.contains("lang=\"zh-CN\">东关街道"), "{page}");
    });
}
