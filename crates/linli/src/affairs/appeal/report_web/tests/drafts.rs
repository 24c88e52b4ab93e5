//! A report that was begun: who finds it again, and what comes of sending it twice.

use axum::http::StatusCode;

use super::{LAMP, MATTERS, count, key, to_check};
use crate::affairs::appeal::tests::visit::each_town;
use crate::catalogue;
use crate::store::upkeep::SESSION;

#[test]
fn a_report_that_was_begun_is_found_again_by_its_browser() {
    each_town(async |town| {
        const ASKED: &str = "有一件没写完";
        let browser = town.browser();
        assert!(!browser.get("/cases/new").await.text.contains(ASKED));
        let d = key(&browser.upload("/cases/new", &[("words", LAMP)], &[]).await.location);
        let page = browser.get("/cases/new").await;
        page.says(ASKED).says("路灯坏了三天").says(&format!("\"/cases/new/class?d={d}\""));
        let other = town.browser().get("/cases/new").await;
        assert!(!other.text.contains(ASKED), "another browser");
        let page = browser.get("/cases/new?anew=1").await;
        assert!(!page.text.contains(ASKED), "a new one is begun");
        assert!(!browser.get("/cases/new").await.text.contains(ASKED), "and stays so");
        let (d, _) = to_check(&browser, LAMP, "E0102").await;
        browser.get("/cases/new").await.says(&format!("\"/cases/new/check?d={d}\""));
        browser.post("/cases", &[("d", &d)]).await;
        assert!(!browser.get("/cases/new").await.text.contains(ASKED), "it is sent");
    });
}

#[test]
fn who_sits_at_the_device_next_is_not_shown_what_another_began() {
    each_town(async |town| {
        const ASKED: &str = "有一件没写完";
        let one = town.resident("周敏").await;
        one.upload("/cases/new", &[("words", LAMP)], &[]).await;
        one.get("/cases/new").await.says(ASKED);
        town.world.tamper(SESSION, "delete from session", &[]);
        assert!(!one.get("/cases/new").await.text.contains(ASKED), "the session has ended");
        let two = town.browser();
        two.upload("/cases/new", &[("words", LAMP)], &[]).await;
        two.get("/cases/new").await.says(ASKED);
        two.post("/sign-out", &[]).await;
        assert!(!two.get("/cases/new").await.text.contains(ASKED), "somebody signed out");
    });
}

#[test]
fn two_presses_at_once_make_one_case() {
    each_town(async |town| {
        let browser = town.browser();
        let (d, check) = to_check(&browser, LAMP, "E0102").await;
        check.says("不留姓名").says("请核对");
        let form = [("d", d.as_str())];
        let (one, two) = tokio::join!(browser.post("/cases", &form), browser.post("/cases", &form));
        assert_eq!(one.location, two.location);
        assert!(one.location.contains("/received?d="), "{}", one.text);
        browser.get(&one.location).await.says("没有留名字").says("办理公示");
        let other = town.browser().get(&one.location).await;
        assert_eq!(other.status, StatusCode::NOT_FOUND, "another browser is not told");
        assert_eq!(count(town, MATTERS), 1);
        let actors = "select count(*) from entry where actor_id is not null";
        assert_eq!(count(town, actors), 0, "no name anywhere");
        let late = browser.upload("/cases/new", &[("d", &d), ("words", "别的")], &[]).await;
        let after = browser.get(&late.location).await;
        assert!(after.location.contains("/received"), "what was sent is not written over");
    });
}

#[test]
fn a_report_sent_again_is_answered_though_its_class_has_ended_meanwhile() {
    each_town(async |town| {
        let id = town.district.new_id().to_string();
        let form = [("words", LAMP), ("class", "C1101"), ("act_id", id.as_str())];
        let first = town.browser().upload("/cases", &form, &[]).await;
        assert!(first.location.contains("/received"), "{}", first.text);
        let class = town.world.read(|tx| catalogue::store::by_code(tx, "C1101")).unwrap();
        let end = catalogue::acts::CloseClass { id: class.id, seen: class.version };
        let order = crate::act::Order::new(town.district.new_id(), end);
        town.district.door.perform(&crate::act::Actor::operator(), order).await.unwrap();
        let again = town.browser().upload("/cases", &form, &[]).await;
        assert_eq!(again.location, first.location, "{}", again.text);
        let other = [("words", "别的事"), form[1], form[2]];
        let other = town.browser().upload("/cases", &other, &[]).await;
        assert_eq!(other.status, StatusCode::CONFLICT, "{}", other.text);
        assert_eq!(count(town, MATTERS), 1);
    });
}
