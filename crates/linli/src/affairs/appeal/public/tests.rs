//! What everyone is shown, and what nobody is.

use std::num::NonZeroU32;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use tower::ServiceExt as _;

use crate::affairs::appeal::tests::visit::{Browser, Town, each_town};
use crate::matter::MATTER;
use crate::page::Limit;

async fn report(town: &Town, words: &str, class: &str, place: &str) {
    let form = [("words", words), ("class", class), ("place", place)];
    let got = town.browser().upload("/cases", &form, &[]).await;
    assert!(got.location.contains("/received"), "{}", got.text);
}

#[test]
fn everyone_sees_public_cases_masked_and_no_others() {
    each_town(async |town| {
        report(town, "3号楼楼道堆物，找王师傅13800001234", "E0102", "99010100100101").await;
        report(town, "<b>空地</b>堆物", "E0102", "99010100200103").await;
        report(town, "不想公开的事", "unknown", "990101").await;
        let private = "update matter set publicity = 'private' where title like '不想%'";
        town.world.tamper(MATTER, private, &[]);
        let all = town.browser().get("/public").await;
        all.says("楼道堆物").says("王师傅138****1234").says("&#60;b&#62;空地").says(">2<");
        assert!(!all.text.contains("13800001234") && !all.text.contains("不想公开的事"));
        let street = town.browser().get("/public?place=990101002").await;
        assert!(!street.text.contains("楼道堆物"));
        street.says("空地");
        for (query, fits) in [
            ("q=楼道", true),
            ("q=13800001234", false),
            ("q=3%E5%8F%B7%E6%A5%BC", true),
            ("q=0000", false),
            ("q=1380", false),
            ("q=138****1234", true),
            // What is shown may be looked for, and not a digit more.
            ("q=%E5%82%85138", true),
            ("q=%E5%82%851380", false),
            ("q=%EF%BC%91", false),
            ("q=%25", false),
            ("q=_", false),
            ("group=E01&phase=reported", true),
            ("group=E02", false),
            ("phase=closed", false),
            ("place=nowhere", false),
            ("after=1.0123456789abcdefghjkmnpqrs", false),
        ] {
            let got = town.browser().get(&format!("/public?{query}")).await;
            assert_eq!(got.text.contains("楼道堆物"), fits, "{query}");
        }
        let owner = town.resident("周敏").await;
        let same = owner.get("/public").await;
        assert!(!same.text.contains("13800001234"), "signed in or not, it is the public page");
    });
}

#[test]
fn what_nobody_reported_under_their_name_waits_for_no_rating() {
    each_town(async |town| {
        report(town, "楼道堆物", "E0102", "99010100100101").await;
        let form = [("words", "空地堆物"), ("class", "E0102"), ("place", "99010100100101")];
        town.resident("周敏").await.upload("/cases", &form, &[]).await;
        let closed = "update matter set stage = 'closed', phase = 'closed'";
        town.world.tamper(MATTER, closed, &[]);
        let page = town.browser().get("/public").await;
        let card = |title: &str| {
            let from = page.text.find(title).unwrap();
            page.text[from..from + page.text[from..].find("</li>").unwrap()].to_owned()
        };
        assert!(card("楼道堆物").contains(">已办结<"), "{}", card("楼道堆物"));
        assert!(card("空地堆物").contains("待评价"), "{}", card("空地堆物"));
    });
}

#[test]
fn a_title_is_cut_through_no_number() {
    each_town(async |town| {
        for said in ["13800004321", "110101199003074321"] {
            for cut in 1..said.len() {
                let words = format!("{}{said}，谢谢", "请".repeat(40 - cut));
                report(town, &words, "E0102", "99010100100101").await;
            }
        }
        report(town, "打138000\n04321", "E0102", "99010100100101").await;
        let all = town.browser().get("/public").await;
        all.says("请请138****…").says("请请110101****…");
        for part in ["1380", "19900", "03074"] {
            assert!(!all.text.contains(part), "{part}: {}", all.text);
        }
    });
}

#[test]
fn what_everyone_can_read_is_found_and_nothing_else() {
    each_town(async |town| {
        let words = "楼道堆物\n第二行：旧沙发三件，找王师傅13800001234";
        report(town, words, "E0102", "99010100100101").await;
        let class = town.world.read(|tx| crate::catalogue::store::by_code(tx, "E0102")).unwrap();
        let title = class.title.zh.chars().take(3).collect::<String>();
        for (q, found) in [
            ("旧沙发", true),
            ("王师傅", true),
            (title.as_str(), true),
            ("北桥", true),
            ("beiqiao", true),
            ("望潮", true),
            ("旧沙发四件", false),
            ("13800001234", false),
            ("王师傅1380", false),
            ("王师傅138", true),
            ("不存在的地名", false),
        ] {
            let query = serde_urlencoded::to_string([("q", q)]).unwrap();
            let got = town.browser().get(&format!("/public?{query}")).await;
            assert_eq!(got.text.contains("楼道堆物"), found, "{q}");
        }
    });
}

#[test]
fn nobody_finds_a_case_by_a_name_or_a_door_that_is_masked() {
    each_town(async |town| {
        let me = town.resident("欧阳明珠").await;
        let words = "楼道堆物\n我是欧阳明珠，家住六号楼二单元，旧沙发三件";
        let form = [("words", words), ("class", "E0102"), ("place", "99010100100101")];
        me.upload("/cases", &form, &[]).await;
        let all = town.browser().get("/public").await.text;
        let number = format!("20{}", &all.split("href=\"/cases/20").nth(1).unwrap()[..9]);
        let other = town.resident("李四").await;
        other.post(&format!("/cases/{number}/follow"), &[]).await;
        for (q, open) in [
            ("旧沙发", true),
            ("我是欧", true),
            ("欧阳明珠", false),
            ("阳明珠", false),
            ("明珠，家住", false),
            ("二单元", false),
            ("二单元，旧沙发", false),
        ] {
            let (ask, mine) = ([("q", q)], [("show", "followed"), ("q", q)]);
            let query = serde_urlencoded::to_string(ask).unwrap();
            for path in [format!("/public?{query}"), format!("/public.atom?{query}")] {
                let got = town.browser().get(&path).await;
                assert_eq!(got.text.contains(&number), open, "{path} {q}");
                let got = other.get(&path).await;
                assert_eq!(got.text.contains(&number), open, "{path} {q}, signed in");
            }
            let path = format!("/mine?{}", serde_urlencoded::to_string(mine).unwrap());
            assert_eq!(other.get(&path).await.text.contains(&number), open, "{path} {q}");
            let query = serde_urlencoded::to_string(ask).unwrap();
            let own = me.get(&format!("/mine?{query}")).await;
            assert!(own.text.contains(&number), "one's own is searched whole: {q}");
        }
    });
}

#[test]
fn my_own_are_searched_whole_and_those_i_follow_as_everybodys() {
    each_town(async |town| {
        let me = town.resident("周敏").await;
        let words = "楼道堆物\n请打13800001234";
        let address = ("address", "南苑二村6号楼");
        let form = [("words", words), ("class", "E0102"), ("place", "99010100100101"), address];
        me.upload("/cases", &form, &[]).await;
        let all = me.get("/mine").await;
        let number = format!("20{}", &all.text.split("href=\"/cases/20").nth(1).unwrap()[..9]);
        let finds = async |browser: &Browser<'_>, show: &str, q: &str| {
            let query = serde_urlencoded::to_string([("show", show), ("q", q)]).unwrap();
            let got = browser.get(&format!("/mine?{query}")).await;
            assert!(got.text.contains(&format!("value=\"{q}\"")), "the box keeps it: {}", got.text);
            got.text.contains(&number)
        };
        let part = number[5..].to_owned();
        for q in ["堆物", "13800001234", "6号楼", &number, &part] {
            assert!(finds(&me, "", q).await, "{q}");
        }
        for q in ["路灯", "7号楼", "%"] {
            assert!(!finds(&me, "", q).await, "{q}");
        }
        let other = town.resident("李四").await;
        assert!(!finds(&other, "", "堆物").await, "it is not theirs");
        other.post(&format!("/cases/{number}/follow"), &[]).await;
        for (q, found) in [("堆物", true), ("请打", true), ("138000", false), ("6号楼", false)]
        {
            assert_eq!(finds(&other, "followed", q).await, found, "{q}");
        }
        me.get("/mine?q=nothing").await.says("没有找到这样的诉求");
    });
}

#[test]
fn the_feed_is_well_formed_whatever_was_written() {
    each_town(async |town| {
        report(town, "路灯 <坏> & \"不亮\" 13800001234", "E0102", "99010100100101").await;
        let got = town.browser().get("/public.atom?place=990101001").await;
        assert_eq!(got.status, StatusCode::OK);
        assert!(!got.text.contains("13800001234"));
        let mut reader = quick_xml::Reader::from_str(&got.text);
        let mut entries = 0;
        loop {
            match reader.read_event().unwrap() {
                quick_xml::events::Event::Start(tag) if tag.name().as_ref() == "entry" => {
                    entries += 1;
                }
                quick_xml::events::Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(entries, 1);
        let none = town.browser().get("/public.atom?place=990101002").await;
        assert!(!none.text.contains("<entry>"));
    });
}

#[test]
fn what_is_done_with_an_old_case_is_in_the_feed() {
    each_town(async |town| {
        for n in 0..51 {
            report(town, &format!("第{n}处堆物"), "E0102", "99010100100101").await;
        }
        let feed = town.browser().get("/public.atom").await.text;
        assert!(!feed.contains(">第0处堆物<"), "fifty were reported since: {feed}");
        let step = "update matter set updated_at = updated_at + 60000000 where title = '第0处堆物'";
        town.world.tamper(MATTER, step, &[]);
        let feed = town.browser().get("/public.atom").await.text;
        let (before, _) = feed.split_once(">第0处堆物<").expect("something was done with it");
        assert!(!before.contains("处堆物"), "what changed last comes first: {feed}");
        assert!(!feed.contains(">第1处堆物<"), "and the feed is no longer for it: {feed}");
        let page = town.browser().get("/public").await.text;
        assert!(!page.contains("第0处堆物"), "the page begins with what was reported last");
    });
}

#[test]
fn a_long_list_is_paged_and_each_case_comes_once() {
    each_town(async |town| {
        for n in 0..53 {
            report(town, &format!("第{n}处堆物"), "E0102", "99010100100101").await;
        }
        let (mut path, mut seen) = ("/public".to_owned(), Vec::new());
        loop {
            let got = town.browser().get(&path).await;
            let links = got.text.split("href=\"/cases/20").skip(1);
            seen.extend(links.map(|rest| rest[..9].to_owned()));
            let Some(rest) =
                got.text.split("rel=\"next\"").next().filter(|t| t.len() < got.text.len())
            else {
                break;
            };
            let next = rest.rsplit("href=\"").next().unwrap().split('"').next().unwrap();
            path = next.replace("&amp;", "&").replace("&#38;", "&");
        }
        assert_eq!(seen.len(), 53);
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 53);
        town.browser().get("/public").await.says(">53<").says(">0<");
        let none = town.browser().get("/public?q=nothing").await;
        none.says("没有符合条件的公开诉求");
        assert!(!none.text.contains("数据太少"), "{}", none.text);
    });
}

#[test]
fn my_cases_are_mine_alone() {
    each_town(async |town| {
        let me = town.resident("周敏").await;
        let empty = me.get("/mine").await;
        empty.says("您还没有反映过问题");
        let form = [("words", "家门口的事"), ("class", "E0102"), ("place", "990101")];
        me.upload("/cases", &form, &[]).await;
        me.get("/mine").await.says("家门口的事").says("我们已收到");
        let other = town.resident("李四").await;
        assert!(!other.get("/mine").await.text.contains("家门口的事"));
        other.get("/mine?show=followed").await.says("还没有关注");
        let nobody = town.browser().get("/mine").await;
        assert!(nobody.location.starts_with("/sign-in"), "{}", nobody.text);
    });
}

#[test]
fn searches_are_counted_by_themselves() {
    let world = &crate::testing::worlds(&crate::app::wiring().unwrap())[0];
    let few = Limit::new(NonZeroU32::MIN, NonZeroU32::MIN);
    let app = super::routes_within(Limit::generous(), few).with_state(world.districts());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ask = |path: &str| {
        let request = Request::get(path).header("host", "localhost").body(Body::empty()).unwrap();
        runtime.block_on(app.clone().oneshot(request)).unwrap().status()
    };
    for path in ["/public?q=a", "/public.atom?q=b"] {
        let refused = (0..60).any(|_| ask(path) == StatusCode::TOO_MANY_REQUESTS);
        assert!(refused, "{path}");
    }
    for path in ["/public", "/public?q=", "/public.atom?phase=open"] {
        assert_ne!(ask(path), StatusCode::TOO_MANY_REQUESTS, "{path}");
    }
    let little = Limit::new(NonZeroU32::MIN, NonZeroU32::MIN);
    let app = super::routes_within(little, Limit::generous()).with_state(world.districts());
    let ask = |path: &str| {
        let request = Request::get(path).header("host", "localhost").body(Body::empty()).unwrap();
        runtime.block_on(app.clone().oneshot(request)).unwrap().status()
    };
    assert!((0..60).any(|_| ask("/public") == StatusCode::TOO_MANY_REQUESTS));
}
