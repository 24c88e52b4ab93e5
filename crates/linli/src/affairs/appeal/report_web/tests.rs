//! A report from the first word to its number, over HTTP; and everything that may be sent instead.

use axum::http::StatusCode;

use crate::affairs::appeal::report::WORDS_MAX;
use crate::affairs::appeal::tests::visit::{Browser, Got, Town, each_town};
use crate::base::Id;
use crate::catalogue;
use crate::file::tests::{jpeg, with_exif};
use crate::matter::{ATTACHMENT, MATTER};
use crate::notice;
use crate::params;
use crate::people::{PERSON, POST};
use crate::store::upkeep::SESSION;

pub(super) const LAMP: &str = "南苑二村6号楼门口的路灯坏了三天，晚上看不清台阶。我电话13800001234";

/// The draft's key out of an address.
fn key(location: &str) -> String {
    location.split("d=").nth(1).unwrap().to_owned()
}

/// Goes from the words to the check page without a name.
pub(super) async fn to_check(browser: &Browser<'_>, words: &str, class: &str) -> (String, Got) {
    let got = browser.upload("/cases/new", &[("words", words)], &[]).await;
    let d = key(&got.location);
    browser.post("/cases/new/class", &[("d", &d), ("class", class)]).await;
    browser.post("/cases/new/place", &[("d", &d), ("place", "99010100100101")]).await;
    let got = browser.post_on("/cases/new/who", &[("d", &d), ("named", "no")]).await;
    (d, got)
}

pub(super) fn count(town: &Town, sql: &'static str) -> i64 {
    town.world.read(move |tx| tx.count(sql, &[]))
}

pub(super) const MATTERS: &str = "select count(*) from matter";

#[test]
fn a_lamp_is_reported_page_by_page_and_becomes_one_case() {
    each_town(async |town| {
        let browser = town.resident("周敏").await;
        let first = browser.get("/cases/new").await;
        let d = first.field("d");
        let photo = with_exif(&jpeg(400, 200));
        let got = browser
            .upload("/cases/new", &[("d", &d), ("words", LAMP)], &[("photos", &photo)])
            .await;
        assert_eq!(got.location, format!("/cases/new/class?d={d}"));
        let page = browser.get(&got.location).await;
        page.says("路灯").says("因为您提到了").says("我不清楚");
        let found = browser.get(&format!("/cases/new/class?d={d}&q=井盖")).await;
        found.says("井盖");
        let page = browser.post_on("/cases/new/class", &[("d", &d), ("class", "E0102")]).await;
        page.says("在什么地方").says("北桥社区");
        let place = [
            ("d", d.as_str()),
            ("address", "南苑二村 6 号楼"),
            ("lat", "31.248031"),
            ("lng", "121.482737"),
        ];
        let page = browser.post_on("/cases/new/place", &place).await;
        page.says("请核对").says("南苑二村 6 号楼").says("周*").says("北桥社区居委会先接收");
        let small = page.text.split("src=\"/files/").nth(1).unwrap().split('"').next().unwrap();
        let shown = browser.get(&format!("/files/{}", small.replace("&#38;", "&"))).await;
        assert_eq!(shown.status, StatusCode::OK, "the draft shows its photo");
        let page = browser.post_on("/cases", &[("d", &d), ("act_id", &d)]).await;
        page.says("已收到您的诉求").says("北桥社区居委会").says("最晚什么时候受理");
        page.says(&format!("/receipts/{d}.pdf"));
        let paper = browser.get(&format!("/receipts/{d}.pdf")).await;
        match linli_paper::find() {
            Ok(_) => assert!(paper.bytes.starts_with(b"%PDF-1.7"), "{}", paper.status),
            Err(_) => assert_ne!(paper.status, StatusCode::OK, "no Chinese font, no paper"),
        }
        let other = town.resident("李四").await;
        for kind in ["", ".pdf", ".json"] {
            let got = other.get(&format!("/receipts/{d}{kind}")).await;
            assert_eq!(got.status, StatusCode::NOT_FOUND, "{kind}");
        }
        let again = browser.post("/cases", &[("d", &d), ("act_id", &d)]).await;
        assert!(again.location.contains("/received"), "{}", again.location);
        assert_eq!(count(town, MATTERS), 1);
        let row = town.world.read(|tx| {
            let sql = "select t.number, t.source, t.publicity, f.address, a.released_at, x.width
                 from matter t join case_file f on f.id = t.id
                 join attachment a on a.matter_id = t.id join file x on x.id = a.file_id";
            tx.row(sql, &[], |r| {
                Ok((
                    r.get::<String>(0)?,
                    r.get::<String>(1)?,
                    r.get::<String>(2)?,
                    r.get::<String>(3)?,
                    r.get::<Option<i64>>(4)?,
                    r.get::<i64>(5)?,
                ))
            })
        });
        let (number, source, publicity, address, released, width) = row.unwrap();
        assert!(again.location.starts_with(&format!("/cases/{number}/received")));
        browser.get(&format!("/receipts/{d}")).await.says(&number).says("北桥社区居委会");
        assert_eq!((source.as_str(), publicity.as_str()), ("web", "public"));
        assert_eq!((address.as_str(), released, width), ("南苑二村 6 号楼", None, 200));
    });
}

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
fn a_pin_is_told_by_the_grid_it_lies_in() {
    each_town(async |town| {
        let browser = town.browser();
        let inside = browser.get("/cases/new/grid?lat=31.248031&lng=121.482737").await;
        inside.says("已选好位置").says("北桥社区");
        browser.get("/cases/new/grid?lat=0&lng=0").await.says("不在本区范围内");
        let opened = |page: &Got| page.text.split("data-lat=").nth(1).unwrap()[..12].to_owned();
        let resident = town.resident("周敏").await;
        let got = resident.upload("/cases/new", &[("words", LAMP)], &[]).await;
        let place = format!("/cases/new/place?d={}", key(&got.location));
        let district = opened(&resident.get(&place).await);
        let home = "/990101/990101001/990101001001/99010100100101/";
        town.world.tamper(PERSON, "update person set place_path = $1", &[home]);
        assert_ne!(opened(&resident.get(&place).await), district, "the map opens at home");
        assert_eq!(resident.get(&place).await.field("lat"), "", "and chooses nothing");
        for wrong in ["lat=31.2", "lat=x&lng=1", "lat=91&lng=0", ""] {
            let got = browser.get(&format!("/cases/new/grid?{wrong}")).await;
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        }
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

#[test]
fn some_classes_need_a_name_and_some_answers_a_telephone() {
    each_town(async |town| {
        let private = town.world.read(|tx| {
            let all = crate::catalogue::store::all(tx)?;
            Ok(all.into_iter().find(|c| !c.anonymous && c.questions.is_empty()).unwrap())
        });
        let browser = town.browser();
        let (d, page) = to_check(&browser, "家里的事，想请人来看看", &private.code).await;
        page.says("需要联系到您").says("/sign-in?next=");
        assert!(!page.text.contains("value=\"no\""), "no way around it");
        let got = browser.post("/cases", &[("d", &d)]).await;
        assert_eq!(got.location, format!("/cases/new/who?d={d}"));
        assert_eq!(count(town, MATTERS), 0);
        let stops = town.world.read(|tx| {
            let all = crate::catalogue::store::all(tx)?;
            Ok(all.into_iter().find(|c| c.questions.iter().any(|q| q.stop.is_some())).unwrap())
        });
        let got = browser.upload("/cases/new", &[("words", "有人受伤")], &[]).await;
        let d = key(&got.location);
        let page = browser.post_on("/cases/new/class", &[("d", &d), ("class", &stops.code)]).await;
        page.says("还想问您几句");
        let question = stops.questions.iter().find(|q| q.stop.is_some()).unwrap();
        let stop = question.stop.clone().unwrap();
        let field = format!("a.{}", question.code);
        let got = browser.post("/cases/new/questions", &[("d", &d), (&field, &stop.value)]).await;
        got.says("href=\"tel:").says("还没有提交");
        let missing = browser.post("/cases/new/questions", &[("d", &d)]).await;
        assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
        missing.says(&format!("{field}-error"));
    });
}

#[test]
fn a_photo_is_for_those_who_may_see_the_case() {
    each_town(async |town| {
        let owner = town.resident("周敏").await;
        let photo = jpeg(300, 300);
        let form = [("words", LAMP), ("class", "E0102"), ("place", "99010100100101")];
        let got = owner.upload("/cases", &form, &[("photos", &photo)]).await;
        assert!(got.location.contains("/received"), "{}", got.text);
        let hash = town.world.read(|tx| {
            Ok(tx.row("select id from file", &[], |row| row.get::<String>(0))?.unwrap())
        });
        let path = format!("/files/{hash}.jpg");
        let mine = owner.get(&path).await;
        assert_eq!(mine.status, StatusCode::OK);
        assert_eq!(crate::base::secret::sha256_hex(&mine.bytes), hash);
        assert!(owner.get(&format!("{path}?w=320")).await.bytes.len() <= mine.bytes.len());
        let other = town.resident("李四").await;
        for (who, browser) in [("another resident", &other), ("anyone", &town.browser())] {
            let got = browser.get(&path).await;
            assert_eq!(got.status, StatusCode::NOT_FOUND, "{who}: the case is public, not this");
            let guess = browser.get(&format!("{path}?k={}", "0".repeat(32))).await;
            assert_eq!(guess.status, StatusCode::NOT_FOUND, "{who}");
        }
        let clerk = town.clerk("赵社工").await;
        assert_eq!(clerk.get(&path).await.status, StatusCode::OK, "an officer of the place");
        let body = Id::derived("北桥社区居委会");
        town.world.tamper(POST, "update post set body_id = $1", &[body.as_str()]);
        town.world.tamper(MATTER, "update matter set about_body_id = $1", &[body.as_str()]);
        let got = clerk.get(&path).await;
        assert_eq!(got.status, StatusCode::NOT_FOUND, "an officer of the body complained of");
        town.world.tamper(ATTACHMENT, "update attachment set released_at = 1", &[]);
        let got = other.get(&path).await;
        assert_eq!(got.status, StatusCode::NOT_FOUND, "the stage does not show it yet");
        town.world.tamper(MATTER, "update matter set stage = 'closed'", &[]);
        assert_eq!(
            other.get(&path).await.status,
            StatusCode::OK,
            "a public photo of a public case"
        );
        town.world.tamper(MATTER, "update matter set publicity = 'private'", &[]);
        assert_eq!(other.get(&path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(owner.get(&path).await.status, StatusCode::OK);
        for bad in ["/files/x.jpg", "/files/..%2f..%2fdistrict.toml", "/files/aa.png"] {
            assert_eq!(owner.get(bad).await.status, StatusCode::NOT_FOUND, "{bad}");
        }
    });
}

#[test]
fn what_is_wrong_is_said_by_its_field_and_nothing_typed_is_lost() {
    each_town(async |town| {
        let browser = town.browser();
        let empty =
            browser.upload("/cases/new", &[("words", "  ")], &[("photos", &jpeg(9, 9))]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        empty.says("words-error").says("govuk-error-summary");
        assert_eq!(empty.fields("photos_kept").len(), 1, "the photo is kept");
        let long = "长".repeat(WORDS_MAX + 1);
        let got = browser.upload("/cases/new", &[("words", &long)], &[]).await;
        got.says(&format!("最多 {WORDS_MAX} 个字")).says(&long);
        let files: [(&str, &[u8]); 3] =
            [("photos", b""), ("photos", b"<svg onload=alert(1)>"), ("photos", &jpeg(20, 20))];
        let got = browser.upload("/cases/new", &[("words", LAMP)], &files).await;
        got.says("photos-error").says("路灯坏了三天");
        assert_eq!(got.fields("photos_kept").len(), 1, "the good one is kept");
        let page = "/cases/new/place";
        let got = browser.upload("/cases/new", &[("words", LAMP)], &[]).await;
        let d = key(&got.location);
        for (field, value, says) in [
            ("place", "99010199999999", "place-error"),
            ("lat", "91", "没有读懂"),
            ("lat", "31.2;drop table", "没有读懂"),
            ("lat", "10", "不在本区范围内"),
            ("address", &"号".repeat(201), "最多 200 个字"),
        ] {
            let form = [("d", d.as_str()), (field, value), ("lng", "121.5")];
            let form = if field == "lat" { &form[..] } else { &form[..2] };
            let got = browser.post(page, form).await;
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{value}");
            got.says(says);
        }
        for class in ["", "E9999", "' or 1=1 --"] {
            let got = browser.post("/cases/new/class", &[("d", &d), ("class", class)]).await;
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{class}");
            got.says("class-error");
        }
        let got = browser.post("/cases/new/about", &[("d", &d), ("about", "nobody")]).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(count(town, MATTERS), 0, "nothing changed");
    });
}

#[test]
fn strange_requests_change_nothing() {
    each_town(async |town| {
        let browser = town.browser();
        for path in ["/cases/new/class", "/cases/new/check", "/cases/new/place", "/cases/new/who"] {
            assert_eq!(browser.get(path).await.location, "/cases/new?gone=1");
            let stale = browser.get(&format!("{path}?d=0123456789abcdefghjkmnpqrs")).await;
            assert_eq!(stale.location, "/cases/new?gone=1", "{path}");
        }
        let (d, _) = to_check(&browser, LAMP, "E0102").await;
        let thief = town.browser();
        thief.get("/cases/new").await;
        assert_eq!(
            thief.get(&format!("/cases/new/check?d={d}")).await.location,
            "/cases/new?gone=1",
            "a draft belongs to its browser"
        );
        let kind = "multipart/form-data; boundary=x";
        let cut = b"--x\r\nContent-Disposition: form-data; name=\"words\"\r\n\r\nab".to_vec();
        let odd = b"--x\r\nContent-Disposition: form-data; name=\"words\"\r\n\r\n\xff\xfe\r\n--x--"
            .to_vec();
        for body in [cut, odd, Vec::new()] {
            let got = browser.raw("/cases/new", kind, body).await;
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
            got.says("内容不完整");
        }
        let huge = [("words", "长".repeat(90_000))];
        let huge: Vec<(&str, &str)> = huge.iter().map(|(k, v)| (*k, v.as_str())).collect();
        browser.upload("/cases", &huge, &[]).await.says("内容太长");
        let html = "<script>alert('灯')</script>' ; drop table matter; --";
        let (d, check) = to_check(&browser, html, "unknown").await;
        assert!(!check.text.contains("<script>alert"), "shown as words");
        check.says("&#60;script&#62;alert");
        browser.post_on("/cases", &[("d", &d)]).await.says("已收到");
        assert_eq!(count(town, MATTERS), 1);
        let other = [("words", "另一件"), ("act_id", d.as_str())];
        let got = town.browser().upload("/cases", &other, &[]).await;
        assert_eq!(got.status, StatusCode::CONFLICT, "another report under a used id");
        assert_eq!(count(town, MATTERS), 1);
        let owned = town.world.read(move |tx| {
            tx.count("select count(*) from act where id = $1", params![Id::parse(&d).unwrap()])
        });
        assert_eq!(owned, 1);
    });
}

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
        clerk.get(&person).await.says("田**");
        assert_eq!(clerk.post(page, &sent).await.location, person, "the same form once more");
        let other = [("name", "赵小川"), sent[2], sent[3]];
        let asked = clerk.post(page, &other).await;
        assert_eq!(asked.status, StatusCode::OK);
        asked.says("田**").says("name=\"same\"");
        assert!(!asked.text.contains("田桂兰") && !asked.text.contains(&person));
        let same = [other[0], other[1], other[2], ("same", "yes")];
        assert_eq!(clerk.post(page, &same).await.location, person);
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
        clerk.post_on("/cases/new/place", &place).await.says("田**").says("请核对");
        let page = clerk.post_on("/cases", &[("d", &d)]).await;
        page.says("已收到").says("请把编号交给居民");
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

#[test]
fn degrees_are_read_exactly() {
    for (text, e7) in [
        ("31.248031", Some(312_480_310)),
        ("-0.00000019", Some(-1)),
        ("90", Some(900_000_000)),
        ("90.0000001", None),
        ("", None),
        ("1e2", None),
        (".5", None),
        ("12.3.4", None),
        ("٣١", None),
    ] {
        assert_eq!(crate::territory::parse_e7(text, 90), e7, "{text}");
    }
}

#[test]
fn an_address_that_is_looked_up_and_chosen_fixes_the_grid() {
    each_town(async |town| {
        let browser = town.browser();
        let got = browser.upload("/cases/new", &[("words", LAMP)], &[]).await;
        let d = key(&got.location);
        browser.post("/cases/new/class", &[("d", &d), ("class", "E0102")]).await;
        let find = [("d", d.as_str()), ("address", "望潮路20号"), ("find", "address")];
        let page = browser.post("/cases/new/place", &find).await;
        assert_eq!(page.status, StatusCode::OK);
        page.says("是下面哪一处").says("望潮路20号梧桐里1号楼").says("北桥第一网格");
        let one = page.field("address_id");
        let none = [("d", d.as_str()), ("address", "没有这个地方"), ("find", "address")];
        browser.post("/cases/new/place", &none).await.says("没有找到这个地址");
        let place = [("d", d.as_str()), ("address", "望潮路20号"), ("address_id", &one)];
        browser.post("/cases/new/place", &place).await;
        let named = [("d", d.as_str()), ("named", "no")];
        let page = browser.post_on("/cases/new/who", &named).await;
        page.says("望潮路20号梧桐里1号楼").says("望潮街道·北桥社区·北桥第一网格");
        let unit = [("address", "望潮路20号梧桐里1号楼3单元"), ("address_id", &one), ("d", &d)];
        let page = browser.post_on("/cases/new/place", &unit).await;
        page.says("望潮路20号梧桐里1号楼3单元").says("北桥第一网格");
        let gone = Id::derived("no such address").to_string();
        let odd = [("d", d.as_str()), ("address", "菜场北门"), ("address_id", &gone)];
        browser.post_on("/cases/new/place", &odd).await.says("菜场北门");
    });
}

#[test]
fn a_class_that_wants_a_name_is_not_had_without_one() {
    each_town(async |town| {
        let own = town.district.clone();
        let (class, words) = town.world.read(move |tx| {
            let book = catalogue::book(&own, tx)?;
            let said = |class: &catalogue::Class| class.keywords.join("，");
            let proposed = |class: &catalogue::Class| {
                let best = book.proposals(&said(class), 1).into_iter().next();
                best.is_some_and(|best| best.code == class.code)
            };
            let mut all = catalogue::store::all(tx)?.into_iter();
            let fits = |c: &catalogue::Class| {
                !c.anonymous && c.questions.iter().all(|q| !q.required) && proposed(c)
            };
            let class = all.find(fits).unwrap();
            let words = said(&class);
            Ok((class.code, words))
        });
        let (owner, nobody) = (town.resident("周敏").await, town.browser());
        let cases = || count(town, "select count(*) from matter");
        let before = cases();
        let form = |class: &str, named: &str| {
            [("words", words.clone()), ("class", class.to_owned()), ("named", named.to_owned())]
        };
        let unsigned = form("unknown", "no");
        let unsigned = unsigned.each_ref().map(|(name, value)| (*name, value.as_str()));
        let got = nobody.upload("/cases", &unsigned, &[]).await;
        assert!(got.location.starts_with("/cases/new/who?d="), "{}", got.text);
        for class in [&*class, "unknown"] {
            let form = form(class, "no");
            let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
            let got = owner.upload("/cases", &form, &[]).await;
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{class} {}", got.text);
            got.says("不能匿名反映");
        }
        assert_eq!(cases(), before);
        let form = form(&class, "yes");
        let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
        let got = owner.upload("/cases", &form, &[]).await;
        assert!(got.location.contains("/received"), "{}", got.text);
    });
}

#[test]
fn who_does_not_know_the_class_is_asked_what_the_proposed_one_asks() {
    each_town(async |town| {
        let browser = town.browser();
        let got = browser.upload("/cases/new", &[("words", "闻到煤气味很浓，头晕")], &[]).await;
        let d = key(&got.location);
        let got = browser.post("/cases/new/class", &[("d", &d), ("class", "unknown")]).await;
        assert_eq!(got.location, format!("/cases/new/questions?d={d}"));
        browser.get(&got.location).await.says("燃气异味泄漏").says("a.danger");
        let questions = "/cases/new/questions";
        let stop = [("d", d.as_str()), ("a.danger", "yes"), ("a.where", "home")];
        browser.post(questions, &stop).await.says("119").says("还没有提交");
        let form = [("d", d.as_str())];
        assert_eq!(browser.post("/cases", &form).await.location, format!("{questions}?d={d}"));
        let fine = [("d", d.as_str()), ("a.danger", "no"), ("a.where", "stairs")];
        browser.post(questions, &fine).await;
        browser.post("/cases/new/place", &[("d", &d), ("place", "99010100100101")]).await;
        let check = browser.post_on("/cases/new/who", &[("d", &d), ("named", "no")]).await;
        check.says("暂按「燃气异味泄漏」登记").says("楼道");
        // Other words, another class: its answers are not those.
        let other = [("d", d.as_str()), ("words", "路面坑洼，地砖松了，绊倒过人")];
        browser.upload("/cases/new", &other, &[]).await;
        let check = browser.get(&format!("/cases/new/check?d={d}")).await;
        assert!(!check.text.contains("楼道"), "{}", check.text);
        let got = browser.post("/cases", &form).await;
        assert!(got.location.contains("/received"), "{}", got.text);
        let answers = town
            .world
            .read(|tx| tx.row("select answers from case_file", &[], |row| row.get::<String>(0)));
        assert_eq!(answers.as_deref(), Some("{}"));
    });
}

#[test]
fn a_single_form_answers_the_questions_of_the_class_it_ends_with() {
    each_town(async |town| {
        let browser = town.browser();
        let words = ("words", "闻到煤气味很浓，头晕");
        let send = async |more: &[(&str, &str)]| {
            let form: Vec<(&str, &str)> = [words].iter().chain(more).copied().collect();
            browser.upload("/cases", &form, &[]).await
        };
        let stop = [("a.danger", "yes"), ("a.where", "home")];
        let fine = [("named", "no"), ("a.danger", "no"), ("a.where", "home")];
        let far = [&fine[..], &[("lat", "51.5"), ("lng", "0")]].concat();
        for more in [&[][..], &stop[..], &far[..]] {
            let got = send(more).await;
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{more:?} {}", got.text);
        }
        assert_eq!(count(town, MATTERS), 0);
        let got = send(&fine).await;
        assert!(got.location.contains("/received"), "{}", got.text);
    });
}

#[test]
fn opening_ones_case_reads_what_one_was_told_of_it() {
    each_town(async |town| {
        let browser = town.resident("周敏").await;
        let form = [("words", LAMP), ("class", "E0102"), ("place", "99010100100101")];
        let mut numbers = Vec::new();
        for _ in 0..2 {
            let got = browser.upload("/cases", &form, &[]).await;
            numbers.push(got.location.split('/').nth(2).unwrap().to_owned());
        }
        while notice::deliver(&town.district).await.unwrap() > 0 {}
        let unread = "select count(*) from notice where channel = 'app' and read_at is null";
        let both = count(town, unread);
        assert!(both >= 2, "each report is confirmed");
        town.resident("李四").await.get(&format!("/cases/{}", numbers[0])).await;
        assert_eq!(count(town, unread), both, "another reader reads none of them");
        let page = browser.get(&format!("/cases/{}", numbers[0])).await;
        assert_eq!(page.status, StatusCode::OK);
        let left = count(town, unread);
        assert!(0 < left && left < both, "{left} of {both}: those of the other case");
        browser.get(&format!("/cases/{}", numbers[1])).await;
        assert_eq!(count(town, unread), 0);
    });
}

#[test]
fn the_front_page_says_what_waits_for_a_rating() {
    each_town(async |town| {
        let browser = town.resident("周敏").await;
        let form = [("words", LAMP), ("class", "E0102"), ("place", "99010100100101")];
        browser.upload("/cases", &form, &[]).await;
        assert!(!browser.get("/").await.text.contains("请您评价"));
        town.world.tamper(MATTER, "update matter set stage = 'closed', phase = 'closed'", &[]);
        browser.get("/").await.says("1 件请您评价");
        assert!(!town.resident("李四").await.get("/").await.text.contains("请您评价"));
    });
}
