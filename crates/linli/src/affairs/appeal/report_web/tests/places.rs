//! Where it is: typed, chosen step by step, or at home.

use axum::http::StatusCode;

use super::{LAMP, count, key};
use crate::affairs::appeal::tests::visit::{Browser, Got, each_town};
use crate::people::PERSON;

/// A report up to the page that asks for the place.
async fn to_place(browser: &Browser<'_>) -> String {
    let got = browser.upload("/cases/new", &[("words", LAMP)], &[]).await;
    let d = key(&got.location);
    browser.post("/cases/new/class", &[("d", &d), ("class", "E0102")]).await;
    d
}

/// The places of the list, by their codes.
fn offered(page: &Got) -> Vec<String> {
    let list = page.text.split("<select").nth(1).unwrap().split("</select>").next().unwrap();
    let codes = list.split("<option value=\"").skip(1);
    codes.map(|option| option.split('"').next().unwrap().to_owned()).collect()
}

#[test]
fn an_address_that_was_only_typed_is_looked_up_when_it_is_sent() {
    each_town(async |town| {
        let browser = town.browser();
        let d = to_place(&browser).await;
        let send = async |address: &str, id: &str| {
            let form = [("d", d.as_str()), ("address", address), ("address_id", id)];
            browser.post("/cases/new/place", &form).await
        };
        let several = send("望潮路", "").await;
        assert_eq!(several.status, StatusCode::UNPROCESSABLE_ENTITY);
        several.says("有几处地址相符").says("望潮路20号梧桐里1号楼").says("都不是，按我写的");
        assert!(several.fields("address_id").len() > 2, "{}", several.text);
        let next = format!("/cases/new/who?d={d}");
        assert_eq!(send("望潮路", "none").await.location, next, "as it was typed");
        let named = [("d", d.as_str()), ("named", "no")];
        let check = browser.post_on("/cases/new/who", &named).await;
        check.says("望潮路");
        assert!(!check.text.contains("北桥第一网格"));
        let check = send("望潮路20号梧桐里1号楼", "").await;
        browser.get(&check.location).await.says("北桥第一网格");
        let check = send("没有这个地方", "").await;
        browser.get(&check.location).await.says("没有这个地方");
    });
}

#[test]
fn the_list_goes_down_from_street_to_community_to_grid() {
    each_town(async |town| {
        let browser = town.browser();
        let d = to_place(&browser).await;
        let first = browser.get(&format!("/cases/new/place?d={d}")).await;
        assert!(offered(&first).contains(&"990101001".to_owned()), "{:?}", offered(&first));
        assert!(offered(&first).iter().all(|code| code.len() <= 9), "streets alone");
        let down = async |place: &str, how: &str| {
            let form = [("d", d.as_str()), ("address", "菜场"), ("place", place), ("down", how)];
            browser.post("/cases/new/place", &form).await
        };
        let communities = down("990101001", "next").await;
        assert_eq!(offered(&communities)[..2], ["990101001", "990101001001"]);
        communities.says("只选到望潮街道").says("菜场");
        let grids = down("990101001001", "next").await;
        grids.says("望潮街道·北桥社区").says("北桥第一网格");
        assert!(!grids.text.contains("value=\"next\""), "there is nothing below");
        assert_eq!(offered(&down("", "top").await), offered(&first));
        let form = [("d", d.as_str()), ("place", "99010100100101")];
        assert_eq!(
            browser.post("/cases/new/place", &form).await.location,
            format!("/cases/new/who?d={d}")
        );
        let again = browser.get(&format!("/cases/new/place?d={d}")).await;
        again.says("value=\"99010100100101\" selected");
    });
}

#[test]
fn who_is_at_home_in_a_grid_is_offered_it_first() {
    each_town(async |town| {
        let resident = town.resident("周敏").await;
        let d = to_place(&resident).await;
        let place = format!("/cases/new/place?d={d}");
        assert!(!resident.get(&place).await.text.contains("我家"), "nothing is known yet");
        let home = "/990101/990101001/990101001001/99010100100101/";
        town.world.tamper(PERSON, "update person set place_path = $1", &[home]);
        let page = resident.get(&place).await;
        page.says("我家：北桥第一网格");
        let form = [("d", d.as_str()), ("home", &page.field("home"))];
        resident.post_on("/cases/new/place", &form).await.says("望潮街道·北桥社区·北桥第一网格");
        assert_eq!(count(town, super::MATTERS), 0);
    });
}

#[test]
fn a_grid_worker_reports_in_her_own_name_what_she_cannot_put_right() {
    each_town(async |town| {
        let worker = town.grid_worker("徐文静").await;
        worker.get("/field").await.says("随手处置").says(">上报<");
        let d = to_place(&worker).await;
        let page = worker.get(&format!("/cases/new/place?d={d}")).await;
        page.says("我的网格：北桥第一网格");
        let form = [("d", d.as_str()), ("home", &page.field("home"))];
        worker.post_on("/cases/new/place", &form).await.says("请核对").says("徐**");
        let got = worker.post("/cases", &[("d", &d), ("act_id", &d)]).await;
        assert!(got.location.contains("/received"), "{} {}", got.status, got.text);
        let row = town.world.read(|tx| {
            let sql = "select source, owner_id, publicity from matter";
            tx.row(sql, &[], |row| {
                Ok((row.get::<String>(0)?, row.get::<Option<String>>(1)?, row.get::<String>(2)?))
            })
        });
        let (source, owner, publicity) = row.unwrap();
        let her = crate::base::Id::derived("person 徐文静").to_string();
        assert_eq!((source.as_str(), owner), ("field", Some(her)));
        assert_eq!(publicity, "public", "it is a case like any other");
    });
}
