//! The body complained of, over HTTP.

use axum::http::StatusCode;

use super::tests::{LAMP, MATTERS, count, to_check};
use crate::affairs::appeal::tests::visit::each_town;
use crate::base::Id;
use crate::people::remit::REMIT;

#[test]
fn a_body_chosen_for_one_place_is_looked_at_again_where_the_place_changes() {
    each_town(async |town| {
        let works = Id::derived("市政水务中心");
        let there = "update remit set place_path = '/990101/990101001/' where body_id = $1";
        town.world.tamper(REMIT, there, &[works.as_str()]);
        let browser = town.browser();
        let (d, _) = to_check(&browser, LAMP, "E0102").await;
        let about = [("d", d.as_str()), ("about", works.as_str())];
        browser.post_on("/cases/new/about", &about).await.says("市政水务中心");
        let elsewhere = [("d", d.as_str()), ("place", "99010100200103")];
        let check = browser.post_on("/cases/new/place", &elsewhere).await;
        check.says("about-error").says("href=\"#about\"").says("不管这个地点的事").says(LAMP);
        let sent = browser.post("/cases", &[("d", &d)]).await;
        assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY);
        sent.says("about-error").says(LAMP);
        assert_eq!(count(town, MATTERS), 0);
        // As one form: the place and a body of somewhere else.
        let at_once =
            [("words", LAMP), ("class", "E0102"), elsewhere[1], about[1], ("named", "no")];
        let got = town.browser().upload("/cases", &at_once, &[]).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        got.says("about-error");
        assert_eq!(count(town, MATTERS), 0);
        browser.post_on("/cases/new/about", &[("d", &d), ("about", "")]).await;
        browser.post_on("/cases", &[("d", &d)]).await.says("已收到");
        let complained = "select count(*) from matter where about_body_id is not null";
        assert_eq!((count(town, MATTERS), count(town, complained)), (1, 0));
    });
}

#[test]
fn the_check_page_names_another_first_body_than_the_one_complained_of() {
    each_town(async |town| {
        let browser = town.browser();
        let (d, check) = to_check(&browser, LAMP, "E0102").await;
        check.says("由北桥社区居委会先接收");
        let committee = Id::derived("北桥社区居委会");
        let about = [("d", d.as_str()), ("about", committee.as_str())];
        let check = browser.post_on("/cases/new/about", &about).await;
        assert!(!check.text.contains("由北桥社区居委会先接收"), "{}", check.text);
        browser.post_on("/cases", &[("d", &d)]).await.says("已收到");
        let first = "select count(*) from matter where body_id = about_body_id";
        assert_eq!(count(town, first), 0);
    });
}
