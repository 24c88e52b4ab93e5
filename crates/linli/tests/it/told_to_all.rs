//! What the demonstration tells everyone: no more of a reporter than they may be known by, and no
//! door that does not open.

use axum::http::StatusCode;
use linli::base::Id;
use linli::people::{admin, seed};

use crate::demo::demos;

#[test]
fn a_reporter_is_not_known_by_what_they_wrote() {
    let said = "本人温故知，住3号楼2单元501室，QQ:123456789，手机138:0000:0001，护照E12345678";
    let words = format!("路灯坏了\n{said}");
    let hidden = ["温故知", "501室", "123456789", "0000:0001", "E12345678"];
    for demo in demos() {
        let (me, at) = (demo.resident("r01"), ("place", "99010100100101"));
        let report = [("words", words.as_str()), ("class", "C1101"), ("named", "yes"), at];
        let got = demo.parts(&me, "/cases", &report, &[]);
        assert!(got.location.contains("/received"), "{}", got.main());
        let titled = [("words", said), ("class", "C1101"), ("named", "yes"), at];
        demo.parts(&me, "/cases", &titled, &[]);
        let number = got.location.split('/').nth(2).unwrap().to_owned();
        let page = format!("/cases/{number}");
        assert!(hidden.iter().all(|part| demo.get(&me, &page).main().contains(part)));
        let dispatcher = demo.staff("hewenjun");
        let office = demo.get(&dispatcher, &page).main();
        assert!(office.contains("3号楼2单元501室"), "the office goes there: {office}");
        let open311 = "/open311/v2/requests.json";
        let of_one = format!("/open311/v2/requests/{number}.json");
        let stranger = demo.resident("r02");
        for path in ["/public", "/public.atom", open311, &of_one, &page, "/api/v1/cases"] {
            for by in ["", stranger.as_str()] {
                let got = demo.get(by, path);
                let told = hidden.iter().find(|part| got.text.contains(**part));
                assert_eq!(told, None, "{} {path}: {}", demo.engine, got.text);
            }
        }
        let shown = demo.get("", &page).main();
        assert!(shown.contains("本人温**，住3号楼*单元***室"), "{shown}");
    }
}

#[test]
fn the_front_page_offers_what_opens() {
    for demo in demos() {
        let staff = ["qinxiaotang", "lanqiuyu", "hewenjun", "shouxinian", "jiyuanzheng"];
        let administrators = ["zhuangxitong", "minshouan", "chashenyan"];
        for name in staff.into_iter().chain(administrators) {
            let by = demo.staff(name);
            let home = demo.get(&by, "/").text;
            let tiles = home.split("<a class=\"tile").skip(1);
            let doors: Vec<&str> =
                tiles.filter_map(|tile| tile.split("href=\"").nth(1)?.split('"').next()).collect();
            assert!(doors.len() > 2, "{home}");
            for door in &doors {
                let got = demo.get(&by, door);
                // Who has nothing to do at the desk is led to all that lies on it.
                let led = got.location == "/desk?tab=all";
                assert!(got.status == StatusCode::OK || led, "{name} {door}: {}", got.main());
            }
            let main = home.matches("tile--main").count();
            assert!(main <= 1, "{name} starts from one place: {doors:?}");
            assert_eq!(doors.contains(&"/desk"), !administrators.contains(&name), "{name}");
            // Who looks on is not told to accept and dispatch.
            let looks = ["shouxinian", "jiyuanzheng"].contains(&name);
            assert_eq!(home.contains("查看案卷"), looks, "{name}");
        }
    }
}

#[test]
fn an_account_of_staff_without_a_post_is_told_whom_to_ask() {
    for demo in demos() {
        let told =
            |person: Id| demo.get(&demo.signed_in(person, None), "/").text.contains("还没有岗位");
        let (new, _) = admin::create(&demo.district, "xinlaide", "新来的", None).unwrap();
        assert!(told(new));
        assert!(!told(Id::derived("staff lanqiuyu")), "she may act by a post of hers");
        assert!(!told(seed::demo_resident_id("r01")));
    }
}
