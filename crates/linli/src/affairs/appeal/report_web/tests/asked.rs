//! What a class asks: a name, a telephone call, answers to its questions.

use axum::http::StatusCode;

use super::{MATTERS, count, key, to_check};
use crate::affairs::appeal::tests::visit::{Got, each_town};
use crate::catalogue;

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
        let took = [&page, &got, &missing].map(|page| page.text.contains("data-took"));
        assert_eq!(took, [true, false, false], "the browser keeps answers that were not taken");
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

/// The radio button that stands ready.
fn ticked(page: &Got) -> Option<&str> {
    let button = page.text.split("<input").find(|tag| tag.contains(" checked"))?;
    button.split("value=\"").nth(1)?.split('"').next()
}

#[test]
fn who_writes_of_danger_is_told_whom_to_call_and_may_go_on() {
    each_town(async |town| {
        let browser = town.browser();
        let words = "3号楼家里着火";
        let got = browser.upload("/cases/new", &[("words", words)], &[]).await;
        let d = key(&got.location);
        assert_eq!(got.location, format!("/cases/new/call?d={d}"));
        let page = browser.get(&got.location).await;
        page.says("请先打电话").says("href=\"tel:119\"").says("已经打过电话，继续反映");
        let (call, message) = (page.text.find("tel:119"), page.text.find("请马上离开"));
        assert!(call < message, "the number stands first");
        assert!(browser.get(&format!("/cases/new?d={d}")).await.text.contains(words), "kept");
        let page = browser.post_on("/cases/new/call", &[("d", &d)]).await;
        page.says("属于哪一类");
        let same = browser.upload("/cases/new", &[("d", &d), ("words", words)], &[]).await;
        assert_eq!(same.location, format!("/cases/new/class?d={d}"), "told once is enough");
        let other = [("d", d.as_str()), ("words", "有人晕倒")];
        let got = browser.upload("/cases/new", &other, &[]).await;
        assert_eq!(got.location, format!("/cases/new/call?d={d}"), "other words, other danger");
        let calm = [("d", d.as_str()), ("words", "消防通道被堵，万一着火怎么办")];
        let got = browser.upload("/cases/new", &calm, &[]).await;
        assert_eq!(got.location, format!("/cases/new/class?d={d}"));
        let none = browser.get(&format!("/cases/new/call?d={d}")).await;
        assert_eq!(none.location, format!("/cases/new/class?d={d}"));
    });
}

#[test]
fn a_class_stands_ready_only_where_it_clearly_leads() {
    each_town(async |town| {
        let browser = town.browser();
        for (words, ready) in [
            ("小区东门的路灯坏了三天，晚上看不清台阶", Some("C1101")),
            ("The street lamp at the east gate is broken", Some("C1101")),
            ("Cars block the fire lane", Some("E0402")),
            ("噪音太大", None),
            ("楼下有老人", None),
        ] {
            let got = browser.upload("/cases/new?anew=1", &[("words", words)], &[]).await;
            let page = browser.get(&got.location).await;
            assert_eq!(ticked(&page), ready, "{words}");
        }
    });
}
