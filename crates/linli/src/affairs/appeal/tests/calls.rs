//! 回访: a reporter is asked by telephone how it was; that it was tried, and what came of it, is
//! said.

use axum::http::StatusCode;

use super::by_duty::closed;
use super::loop_of_a_case::{answer, answered, rating, said};
use super::texts::deliver;
use super::town::Town;
use crate::app;
use crate::testing::both_engines_wired;

const DAY: i64 = 86_400_000_000;

#[test]
fn a_call_without_an_answer_is_put_down_and_the_case_waits_on() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (case, centre) = (closed(&town, answered(&town)), town.by("district_dispatcher"));
        let page = || town.get(&centre, &format!("/cases/{}", town.matter(&case).number)).text;
        assert!(page().contains("回访未成") && !page().contains("已经打过"));
        town.go(&centre, &case, "call_tried", said("outcome", "no_answer")).unwrap();
        town.go(&centre, &case, "call_tried", said("outcome", "declined")).unwrap();
        assert_eq!(town.matter(&case).stage, "closed");
        assert!(page().contains("已经打过 2 次") && page().contains("不愿评价"), "{}", page());
        let everyone = town.get(&town.resident("lin"), &page_of(&town, &case)).text;
        assert!(!everyone.contains("回访未成") && !everyone.contains("不愿评价"), "{everyone}");
    });
}

fn page_of(town: &Town<'_>, case: &crate::base::Id) -> String {
    format!("/cases/{}", town.matter(case).number)
}

#[test]
fn not_solved_past_its_time_opens_nothing_and_the_supervisors_hear_of_it() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (case, centre) = (closed(&town, answered(&town)), town.by("district_dispatcher"));
        let page = || town.get(&centre, &page_of(&town, &case)).text;
        assert!(!page().contains("办结已经超过"));
        world.door().clock.shift(9 * DAY);
        assert!(page().contains("办结已经超过 7 天"), "said before");
        let unsolved = rating().with("solved", "no").with("satisfied", "no");
        town.go(&centre, &case, "rate_by_call", unsolved).unwrap();
        assert_eq!(town.matter(&case).stage, "rated");
        let after = page();
        for said in ["电话回访评价</h2>", "有人联系过反映人吗", "这件事没有重新办理"]
        {
            assert!(after.contains(said), "{said}: {after}");
        }
        assert!(!after.contains("有人联系过您吗"));
        deliver(world);
        let told = "select cast(coalesce(sum(told), 0) as bigint) from news
            where kind = 'case.unsolved'";
        assert!(town.count(told) > 0);
        let solved = closed(&town, answered(&town));
        town.go(&centre, &solved, "rate_by_call", rating()).unwrap();
        let before = town.count(told);
        deliver(world);
        assert_eq!(town.count(told), before, "who is content is no news for a supervisor");
        assert!(!town.get(&centre, &page_of(&town, &solved)).text.contains("没有重新办理"));
    });
}

#[test]
fn the_number_to_call_stands_at_the_head_of_the_questions() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = super::contact::reported(&town, None).matter;
        answer(&town, &case);
        let case = closed(&town, case);
        let centre = town.by("district_dispatcher");
        let asked = town.get(&centre, &page_of(&town, &case)).text;
        let (_, form) = asked.split_once("id=\"do-rate_by_call\"").unwrap();
        let (head, _) = form.split_once("name=\"contacted\"").unwrap();
        assert!(head.contains("/unmask#do-rate_by_call") && !head.contains("8212345"), "{head}");
        // A reason is offered, none is given for whoever calls.
        assert!(head.contains("name=\"unmask-reason\" value=\"\""), "{head}");
        assert!(head.contains("<option value=\"电话回访\">"), "{head}");
        let path = format!("{}/unmask", page_of(&town, &case));
        let unsaid = town.send(&centre, &path, &[("what", "contact"), ("do", "rate_by_call")]);
        assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
        let field = "unmask-call-rate_by_call";
        for told in [format!("href=\"#{field}\""), format!("id=\"{field}-error\"")] {
            assert!(unsaid.text.contains(&told), "{told}: {}", unsaid.text);
        }
        assert!(unsaid.text.contains("id=\"do-rate_by_call\" open"));
        assert!(!unsaid.text.contains("8212345"), "{}", unsaid.text);
        let form = [("what", "contact"), ("do", "rate_by_call"), ("unmask-reason", "电话回访")];
        let shown = town.send(&centre, &path, &form).text;
        let (_, form) = shown.split_once("id=\"do-rate_by_call\" open").unwrap();
        let (head, _) = form.split_once("name=\"contacted\"").unwrap();
        assert!(head.contains("tel:09338212345"), "{head}");
        let looks = "select count(*) from access where reason = '电话回访'";
        assert_eq!(town.count(looks), 1);
    });
}

#[test]
fn who_waits_for_a_call_stands_on_a_tab_with_the_longest_wait_first() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let first = closed(&town, answered(&town));
        world.door().clock.shift(5 * DAY);
        let second = closed(&town, answered(&town));
        let centre = town.by("district_dispatcher");
        let number = |case| town.matter(case).number;
        let tab = || town.get(&centre, "/desk?tab=call").text;
        let page = tab();
        let at = |case| page.find(&format!("open={}", number(case))).expect("it is listed");
        assert!(at(&first) < at(&second), "the longest wait first");
        assert!(page.contains("还有 2 天") && page.contains("还有 7 天"), "{page}");
        assert!(page.contains("待回访<span class=\"tabs__count\">2</span>"), "{page}");
        assert!(!town.get(&town.by("dispatcher"), "/desk").text.contains("tab=call"));
        let open = town.get(&centre, &format!("/desk?tab=call&open={}", number(&first))).text;
        assert!(open.contains("id=\"do-rate_by_call\" open"), "{open}");
        let next = format!("/desk?tab=call&#38;open={}", number(&first));
        assert!(open.contains(&format!("name=\"next\" value=\"{next}\"")), "{open}");
        town.go(&centre, &first, "call_tried", said("outcome", "no_answer")).unwrap();
        assert!(tab().contains("打过 1 次"));
        town.go(&centre, &second, "rate_by_call", rating()).unwrap();
        let page = tab();
        assert!(!page.contains(&number(&second)) && page.contains(&number(&first)));
        world.door().clock.shift(3 * DAY);
        assert!(tab().contains("已过 7 天"));
        world.door().clock.shift(30 * DAY);
        assert!(!tab().contains(&number(&first)), "nobody is called after a month");
    });
}

#[test]
fn the_number_that_was_opened_leads_back_to_the_list_as_it_was() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = closed(&town, answered(&town));
        let (centre, number) = (town.by("district_dispatcher"), town.matter(&case).number);
        let next = format!("/desk?tab=call&sort=new&open={number}");
        let form = [("what", "contact"), ("unmask-reason", "电话回访评价"), ("next", &next)];
        let shown = town.send(&centre, &format!("/cases/{number}/unmask"), &form).text;
        let kept = next.replace('&', "&#38;");
        assert!(shown.contains(&format!("href=\"{kept}\" class=\"govuk-back-link\"")), "{shown}");
        assert!(shown.contains(&format!("name=\"next\" value=\"{kept}\"")), "{shown}");
    });
}
