//! A report from the first word to its number, over HTTP; and everything that may be sent instead.

mod asked;
mod counter;
mod drafts;
mod places;

use axum::http::StatusCode;

use crate::affairs::appeal::report::WORDS_MAX;
use crate::affairs::appeal::tests::visit::{Browser, Got, Town, each_town};
use crate::base::Id;
use crate::file::tests::{jpeg, with_exif};
use crate::matter::{ATTACHMENT, MATTER};
use crate::notice;
use crate::params;
use crate::people::{APPOINTMENT, PERSON, POST};

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
fn where_nobody_is_in_post_yet_no_limit_is_promised() {
    each_town(async |town| {
        let (_, attended) = to_check(&town.browser(), LAMP, "E0102").await;
        assert!(!attended.text.contains("还没有任命") && attended.text.contains("提交后由"));
        let end = "update appointment set until = 1 where until is null";
        town.world.tamper(APPOINTMENT, end, &[]);
        let browser = town.browser();
        let (d, check) = to_check(&browser, LAMP, "E0102").await;
        check.says("还没有任命受理的人").says("tel:12345");
        assert!(!check.text.contains("提交后由"), "{}", check.text);
        let got = browser.post_on("/cases", &[("d", &d), ("act_id", &d)]).await;
        got.says("还没有任命受理的人");
        assert!(!got.text.contains("接下来"), "{}", got.text);
    });
}

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
        page.says("路灯").says("因为您提到了").says("我不清楚").says("data-took");
        let found = browser.get(&format!("/cases/new/class?d={d}&q=井盖")).await;
        found.says("井盖");
        let page = browser.post_on("/cases/new/class", &[("d", &d), ("class", "E0102")]).await;
        page.says("在什么地方").says("望潮街道");
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
        for page in [format!("/cases/{number}/received"), format!("/cases/{number}")] {
            browser.get(&page).await.says(&format!("/receipts/{d}.pdf")).says("北桥社区");
            let theirs = other.get(&page).await;
            assert!(!theirs.text.contains("/receipts/"), "{page}");
        }
        let case = browser.get(&format!("/cases/{number}?from=%2Fmine%3Fq%3D1")).await;
        case.says("href=\"/mine?q=1\"").says("在办").says("name=\"next\"");
        assert!(!case.text.contains("任务派遣"), "plain names of the links");
        assert!(case.field("next").ends_with("?from=%2Fmine%3Fq%3D1"), "{}", case.field("next"));
        let own = browser.get(&format!("/cases/{number}")).await;
        own.says("href=\"/mine\" class=\"govuk-back-link\"");
        browser.get(&format!("/receipts/{d}")).await.says(&number).says("北桥社区居委会");
        assert_eq!((source.as_str(), publicity.as_str()), ("web", "public"));
        assert_eq!((address.as_str(), released, width), ("南苑二村 6 号楼", None, 200));
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
        assert!(!empty.text.contains("data-took"), "the browser keeps what was typed");
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
        let told = browser.get("/me/notices").await;
        told.says("已收到，编号").says(&numbers[0]);
        assert_eq!(told.text.matches("路灯坏了三天").count(), 2, "each case by its title, once");
        assert!(!told.text.contains("do=rate"));
        let unread = "select count(*) from notice join news on news.seq = notice.news
            where read_at is null and kind = 'case.reported'";
        let both = count(town, unread);
        assert!(both >= 2, "each report is confirmed");
        town.resident("李四").await.get(&format!("/cases/{}", numbers[0])).await;
        assert_eq!(count(town, unread), both, "another reader reads none of them");
        let page = browser.get(&format!("/cases/{}", numbers[0])).await;
        assert_eq!(page.status, StatusCode::OK);
        let left = count(town, unread);
        assert!(0 < left && left < both, "{left} of {both}: those of the other case");
        let closed = "update matter set stage = 'closed', phase = 'closed'";
        town.world.tamper(MATTER, closed, &[]);
        browser.get("/me/notices").await.says("?do=rate#do-rate").says("去评价");
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
