//! A browser that several people use: what one writes is not the next one's.

use axum::http::StatusCode;

use super::tests::{LAMP, MATTERS, count};
use crate::affairs::appeal::tests::visit::{Browser, each_town};

/// The draft's key out of an address.
fn key(location: &str) -> String {
    location.split("d=").nth(1).unwrap().to_owned()
}

/// A report written up to the check page.
async fn begun(browser: &Browser<'_>) -> String {
    let d = key(&browser.upload("/cases/new", &[("words", LAMP)], &[]).await.location);
    browser.post("/cases/new/class", &[("d", &d), ("class", "E0102")]).await;
    let place = [("d", d.as_str()), ("place", "99010100100101"), ("address", "南苑二村6号楼302室")];
    browser.post("/cases/new/place", &place).await;
    d
}

#[test]
fn what_one_wrote_signed_in_is_opened_by_nobody_else_at_that_browser() {
    each_town(async |town| {
        let browser = town.resident("周敏").await;
        let d = begun(&browser).await;
        let steps = ["", "/class", "/questions", "/place", "/who", "/about", "/check"];
        let gone = "/cases/new?gone=1";
        browser.get(&format!("/cases/new/check?d={d}")).await.says("302室");
        // She signs out, and another signs in where she sat.
        browser.post("/sign-out", &[]).await;
        let next = town.resident("李四").await;
        for signed_in in [false, true] {
            if signed_in {
                browser.takes_over(&next);
            }
            for step in steps {
                let page = browser.get(&format!("/cases/new{step}?d={d}")).await;
                assert!(!page.text.contains("坏了三天") && !page.text.contains("302室"), "{step}");
                assert!(step.is_empty() || page.location == gone, "{step} {}", page.location);
            }
            for (step, field) in [("/class", "class"), ("/place", "place"), ("/about", "about")] {
                let form = [("d", d.as_str()), (field, "")];
                let got = browser.post(&format!("/cases/new{step}"), &form).await;
                assert_eq!(got.location, gone, "{step}");
            }
            let over = [("d", d.as_str()), ("words", "别的事")];
            let over = browser.upload("/cases/new", &over, &[]).await;
            assert_eq!(over.location, gone);
            let whole = [("d", d.as_str()), ("words", "别的事"), ("class", "E0102")];
            assert_eq!(browser.upload("/cases", &whole, &[]).await.location, gone);
            assert_eq!(browser.post("/cases", &[("d", &d)]).await.location, gone);
            assert_eq!(count(town, MATTERS), 0, "nothing is sent in another's name");
        }
        let again = town.resident("周敏").await;
        browser.takes_over(&again);
        let page = browser.get(&format!("/cases/new/check?d={d}")).await;
        assert_eq!(page.status, StatusCode::OK);
        page.says("坏了三天").says("302室");
    });
}

#[test]
fn what_was_written_without_a_name_goes_on_under_the_name_of_who_signs_in() {
    each_town(async |town| {
        let browser = town.browser();
        let d = begun(&browser).await;
        let other = town.browser().get(&format!("/cases/new/check?d={d}")).await;
        assert_eq!(other.location, "/cases/new?gone=1", "it stays in its browser");
        browser.takes_over(&town.resident("周敏").await);
        browser.get(&format!("/cases/new/check?d={d}")).await.says("302室").says("周*");
    });
}

#[test]
fn what_one_has_begun_is_theirs_to_take_away_and_goes_with_their_account() {
    each_town(async |town| {
        let (browser, other) = (town.resident("周敏").await, town.resident("李四").await);
        begun(&browser).await;
        let all = browser.get("/me/export").await.text;
        let all: serde_json::Value = serde_json::from_str(&all).unwrap();
        let draft = &all["begun"][0];
        assert!(draft["words"].as_str().unwrap().contains("坏了三天"), "{all}");
        assert_eq!(draft["spot"]["address"], "南苑二村6号楼302室");
        assert_eq!(all["rows"]["draft"].as_array().unwrap().len(), 1);
        let theirs = other.get("/me/export").await.text;
        assert!(!theirs.contains("坏了三天") && !theirs.contains("302室"), "{theirs}");
        browser.get("/me").await.says("还没写完、没有提交的诉求");
        browser.post("/me/close", &[("word", "注销")]).await;
        assert_eq!(count(town, "select count(*) from draft"), 0);
    });
}
