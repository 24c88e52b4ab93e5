//! A report that a clerk writes for whoever came in.

use axum::http::StatusCode;

use super::{LAMP, key};
use crate::affairs::appeal::tests::visit::each_town;
use crate::people::PERSON;

#[test]
fn a_number_that_is_known_at_the_counter_is_told_with_its_masked_holder() {
    each_town(async |town| {
        let clerk = town.clerk("孔令仪").await;
        let page = "/admin/people/register";
        let act = clerk.get(page).await.field("act_id");
        let sent = [
            ("act_id", act.as_str()),
            ("name", "田桂兰"),
            ("phone", "138 0000 4321"),
            ("consent", "yes"),
        ];
        let person = clerk.post(page, &sent).await.location;
        assert!(person.starts_with("/admin/people/"), "{person}");
        clerk.get(&person).await.says("田**").says("已经登记。");
        assert_eq!(clerk.post(page, &sent).await.location, person, "the same form once more");
        let other = [("name", "赵小川"), sent[2], sent[3]];
        let asked = clerk.post(page, &other).await;
        assert_eq!(asked.status, StatusCode::OK);
        asked.says("田**").says("name=\"same\"");
        assert!(!asked.text.contains("田桂兰") && !asked.text.contains(&person));
        let same = [other[0], other[1], other[2], ("same", "yes")];
        let there = clerk.post(page, &same).await.location;
        assert_eq!(there.split('?').next(), person.split('?').next());
        let told = clerk.get(&there).await;
        told.says("这个号码原来就有账号");
        assert!(!told.text.contains("已经登记。"), "nobody was registered");
        let people = "select count(*) from person where phone_blind is not null";
        assert_eq!(town.world.read(move |tx| tx.count(people, &[])), 1, "no second account");
        let sql =
            "update person set place_path = '/990101/990101002/' where phone_blind is not null";
        town.world.tamper(PERSON, sql, &[]);
        let led = clerk.post_on(page, &same).await;
        led.says("这位居民已有账号").says("href=\"/counter\"");
        assert!(!led.text.contains("田**"), "of whom one may not see nothing more is told");
    });
}

#[test]
fn a_clerk_writes_it_for_whoever_came_in() {
    each_town(async |town| {
        let clerk = town.clerk("孔令仪").await;
        let form = clerk.get("/counter").await;
        let act = form.field("act_id");
        let bad = clerk.post("/counter", &[("name", ""), ("phone", "123")]).await;
        assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
        bad.says("name-error").says("phone-error").says("consent-error");
        let whom = [
            ("act_id", act.as_str()),
            ("name", "田桂兰"),
            ("phone", "138 0000 4321"),
            ("consent", "yes"),
        ];
        let got = clerk.post("/counter", &whom).await;
        let d = key(&got.location);
        let got = clerk.upload("/cases/new", &[("d", &d), ("words", LAMP)], &[]).await;
        assert_eq!(got.location, format!("/cases/new/class?d={d}"));
        clerk.post("/cases/new/class", &[("d", &d), ("class", "E0102")]).await;
        let place = [("d", d.as_str()), ("place", "99010100100101")];
        let check = clerk.post_on("/cases/new/place", &place).await;
        check.says("田**").says("请核对");
        assert!(!check.text.contains("name=\"texts\""), "nobody has proved the number");
        let page = clerk.post_on("/cases", &[("d", &d), ("texts", "yes")]).await;
        page.says("已收到").says("<p class=\"no-print\">请把编号交给居民");
        // On paper it speaks to the resident.
        let address = town.district.config.address.trim_end_matches('/');
        page.says(&format!(
            "<p class=\"only-print\">每走一步都会通知您。用登记的手机号在 {address} 登录"
        ));
        let (source, owner, actor) = town.world.read(|tx| {
            let sql = "select t.source, p.name_masked, e.actor_label from matter t
                 join person p on p.id = t.owner_id join entry e on e.matter_id = t.id";
            let row = tx.row(sql, &[], |r| {
                Ok((r.get::<String>(0)?, r.get::<String>(1)?, r.get::<String>(2)?))
            })?;
            Ok(row.unwrap())
        });
        assert_eq!((source.as_str(), owner.as_str()), ("counter", "田**"));
        assert_eq!(actor, "社区工作者", "the clerk's act");
        let texts = "select count(*) from case_file where texts <> 0";
        assert_eq!(town.world.read(move |tx| tx.count(texts, &[])), 0, "so none is texted");
        // The same number under another name: whose it is is asked, and theirs the case becomes.
        let other = [("name", "赵小川"), whom[2], whom[3]];
        let asked = clerk.post("/counter", &other).await;
        assert_eq!(asked.status, StatusCode::OK);
        asked.says("田**").says("name=\"same\"");
        let same = [other[0], other[1], other[2], ("same", "yes")];
        let d = key(&clerk.post("/counter", &same).await.location);
        clerk.upload("/cases/new", &[("d", &d), ("words", LAMP)], &[]).await;
        clerk.post("/cases/new/class", &[("d", &d), ("class", "E0102")]).await;
        let place = [("d", d.as_str()), ("place", "99010100100101")];
        let page = clerk.post_on("/cases/new/place", &place).await;
        page.says("田**");
        assert!(!page.text.contains("赵**"));
        let resident = town.resident("周敏").await;
        assert_eq!(resident.get("/counter").await.status, StatusCode::NOT_FOUND);
        assert!(town.browser().get("/counter").await.location.starts_with("/sign-in"));
    });
}
