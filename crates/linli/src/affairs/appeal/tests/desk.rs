//! The desk, the page of a case and the round over HTTP: what each post finds, many cases at once,
//! and what is not there for others.

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use linli_rules::time::MICROS_PER_MINUTE;
use tower::Service as _;

use super::loop_of_a_case::refused;
use super::town::{Town, body, runtime};
use crate::act::Actor;
use crate::app;
use crate::base::Id;
use crate::matter::{MATTER, Put, store};
use crate::notice;
use crate::testing::both_engines_wired;

pub struct Got {
    pub status: StatusCode,
    pub location: String,
    pub text: String,
    pub bytes: Vec<u8>,
}

impl Town<'_> {
    fn ask(&self, request: Request<Body>) -> Got {
        let mut router = app::router(self.world.districts());
        runtime().block_on(async {
            let answer = router.call(request).await.unwrap();
            let location = answer.headers().get(header::LOCATION);
            let location = location.map(|l| l.to_str().unwrap().to_owned()).unwrap_or_default();
            let status = answer.status();
            let bytes = to_bytes(answer.into_body(), 4 << 20).await.unwrap().to_vec();
            Got { status, location, text: String::from_utf8_lossy(&bytes).into_owned(), bytes }
        })
    }

    pub fn get(&self, actor: &Actor, path: &str) -> Got {
        let request = Request::get(path).header(header::COOKIE, self.sign_in(actor));
        self.ask(request.body(Body::empty()).unwrap())
    }

    /// A part of a page, as a script asks for it.
    fn part(&self, actor: &Actor, path: &str, part: &str) -> String {
        let request = Request::get(path).header(header::COOKIE, self.sign_in(actor));
        self.ask(request.header("hx-target", part).body(Body::empty()).unwrap()).text
    }

    /// The entity tag and the text that a program gets which shows no key.
    pub fn ask_for(&self, path: &str, headers: &[(&str, &str)]) -> (String, String) {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut router = app::router(self.world.districts());
        runtime().block_on(async {
            let answer = router.call(request.body(Body::empty()).unwrap()).await.unwrap();
            let tag = answer.headers().get(header::ETAG);
            let tag = tag.map(|tag| tag.to_str().unwrap().to_owned()).unwrap_or_default();
            let bytes = to_bytes(answer.into_body(), 4 << 20).await.unwrap().to_vec();
            (tag, String::from_utf8_lossy(&bytes).into_owned())
        })
    }

    /// Sends a form that was shown just now: one of a case that says nothing else was made from the
    /// version that stands.
    pub fn send(&self, actor: &Actor, path: &str, form: &[(&str, &str)]) -> Got {
        let mut form = form.to_vec();
        let seen = self.version_at(path);
        if form.iter().all(|(name, _)| *name != "seen") {
            form.extend(seen.iter().map(|seen| ("seen", seen.as_str())));
        }
        self.send_bare(actor, path, &form)
    }

    /// The version of the case that the form at this address is about.
    fn version_at(&self, path: &str) -> Option<String> {
        let (number, rest) = path.strip_prefix("/cases/")?.split_once('/')?;
        let forms = rest.starts_with("moves/") || rest.starts_with("photos");
        let number = number.to_owned();
        let case = self.world.read(move |tx| store::id_of(tx, &number)).filter(|_| forms)?;
        Some(self.matter(&case).version.to_string())
    }

    /// Sends just these fields.
    pub fn send_bare(&self, actor: &Actor, path: &str, form: &[(&str, &str)]) -> Got {
        let request = Request::post(path)
            .header(header::COOKIE, self.sign_in(actor))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(serde_urlencoded::to_string(form).unwrap()));
        self.ask(request.unwrap())
    }

    pub fn count(&self, sql: &'static str) -> i64 {
        self.world.read(move |tx| tx.count(sql, &[]))
    }
}

/// The value of the hidden inputs of this name.
fn hidden(page: &str, name: &str) -> Vec<String> {
    let mark = format!("name=\"{name}\" value=\"");
    let value = |rest: &str| rest.split('"').next().unwrap_or_default().to_owned();
    page.split(&mark).skip(1).map(value).collect()
}

#[test]
fn a_list_that_is_asked_for_anew_comes_alone_and_shows_the_same() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let worker = town.by("grid_worker");
        let empty = town.part(&worker, "/field", "round");
        assert!(empty.starts_with("<div id=\"round\"") && !empty.contains("class=\"card\""));
        let number = town.report("路灯不亮，在六号楼门口").number;
        let round = town.part(&worker, "/field", "round");
        assert!(round.contains(&number) && round.contains("id=\"round-figures\""), "{round}");
        assert!(!round.contains("<html"), "{round}");
        let page = town.get(&worker, "/field").text;
        assert!(page.contains(
            "<a class=\"govuk-button govuk-button--secondary\" href=\"/cases/new\">上报"
        ));
        let list = |text: &str| {
            let from = text.find("<ul class=\"cards\">").unwrap();
            text[from..text[from..].find("</ul>").unwrap() + from].to_owned()
        };
        assert_eq!(list(&round), list(&page));
        let clerk = town.by("community_clerk");
        for path in ["/desk".to_owned(), format!("/desk?open={number}"), "/desk?q=zz".to_owned()] {
            let whole = town.get(&clerk, &path).text;
            let part = town.part(&clerk, &path, "cases");
            let part = part.trim();
            assert!(part.starts_with("<form id=\"cases\"") && part.ends_with("</form>"), "{part}");
            assert!(whole.contains(part), "{path}: {part}");
        }
        assert!(!town.part(&town.by("department_officer"), "/field", "round").contains(&number));
    });
}

#[test]
fn the_desk_shows_each_post_what_waits_for_it() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let first = town.report("路灯不亮，在六号楼门口").number;
        let second = town.report("单元门口的灯坏了");
        let (clerk, dispatcher) = (town.by("community_clerk"), town.by("dispatcher"));
        assert!(town.get(&clerk, "/desk").text.contains(&first));
        let worker = town.by("grid_worker");
        let officer = town.by("department_officer");
        let row = |number: &str| format!("value=\"{number}\" data-can");
        let put = Put::default().with("class", "C1101");
        town.go(&clerk, &second.matter, "accept", put).unwrap();
        let to = Put::default().with("body", body("works").to_string()).with("reason", "市政");
        town.go(&dispatcher, &second.matter, "dispatch", to).unwrap();
        let desk = town.get(&officer, "/desk").text;
        assert!(desk.contains(&row(&second.number)) && !desk.contains(&row(&first)));
        let desk = town.get(&dispatcher, "/desk").text;
        assert!(!desk.contains(&row(&second.number)), "it waits for the works, not for them");
        assert!(town.get(&worker, "/desk").text.contains(&first));
        for (query, finds) in [
            (format!("q={first}"), true),
            ("q=%E5%85%AD%E5%8F%B7%E6%A5%BC".to_owned(), true),
            ("q=nysq".to_owned(), true),
            ("q=lhsq".to_owned(), false),
            ("q=%25".to_owned(), false),
            ("class=C1101&place=990101001001".to_owned(), true),
            ("place=990101002".to_owned(), false),
            ("class=nothing".to_owned(), false),
            ("tab=reported&source=web&sort=new".to_owned(), true),
            ("tab=late".to_owned(), false),
            (format!("body={}", body("committee")), true),
            ("after=9.9&tab=%27or%201%3D1&open=x&sort=--".to_owned(), false),
        ] {
            let tab = if query.contains("tab=") { "" } else { "tab=all&" };
            let got = town.get(&clerk, &format!("/desk?{tab}{query}"));
            assert_eq!(got.status, StatusCode::OK, "{query}");
            assert_eq!(got.text.contains(&row(&first)), finds, "{query}");
        }
        let beside = town.get(&clerk, &format!("/desk?open={first}")).text;
        assert!(beside.contains("id=\"do-accept\" open"));
        assert_eq!(town.get(&town.resident("zhou"), "/desk").status, StatusCode::NOT_FOUND);
        let nobody = Request::get("/desk").body(Body::empty()).unwrap();
        assert!(town.ask(nobody).location.starts_with("/sign-in"));
    });
}

#[test]
fn many_are_dispatched_at_once_after_a_preview_and_only_once() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (clerk, dispatcher) = (town.by("community_clerk"), town.by("dispatcher"));
        let cases: Vec<_> = (0..3).map(|_| town.report("路灯不亮")).collect();
        for case in &cases[..2] {
            let put = Put::default().with("class", "C1101");
            town.go(&clerk, &case.matter, "accept", put).unwrap();
        }
        let mut form = vec![("do", "dispatch")];
        form.extend(cases.iter().map(|case| ("id", case.number.as_str())));
        let preview = town.send(&dispatcher, "/desk/bulk", &form).text;
        assert!(preview.contains("区市政所") && preview.contains("待受理"));
        let lines = hidden(&preview, "line");
        assert_eq!(lines.len(), 2, "the third is not accepted yet");
        assert_eq!(town.matter(&cases[0].matter).stage, "awaiting_dispatch");
        let batch = hidden(&preview, "act_id").remove(0);
        let mut form = vec![("do", "dispatch"), ("act_id", batch.as_str()), ("reason", "")];
        form.extend(lines.iter().map(|line| ("line", line.as_str())));
        let unreasoned = town.send(&dispatcher, "/desk/bulk/confirm", &form).text;
        assert_eq!(hidden(&unreasoned, "line"), lines, "nothing was done, all is kept");
        form[2].1 = "按权责清单派遣";
        for _ in 0..2 {
            let done = town.send(&dispatcher, "/desk/bulk/confirm", &form).text;
            assert!(done.contains("办好 2 件") && done.contains("批量派遣：结果"), "{done}");
        }
        let dispatched = "select count(*) from entry where move = 'dispatch'";
        assert_eq!(town.count(dispatched), 2);
        assert_eq!(town.matter(&cases[1].matter).body, Some(body("works")));
        let ask = [("do", "recall"), ("id", cases[1].number.as_str())];
        let preview = town.send(&dispatcher, "/desk/bulk", &ask).text;
        assert!(preview.contains("不能撤销"), "there is no way back from that");
        let line = hidden(&preview, "line").remove(0);
        let recall = [("do", "recall"), ("line", line.as_str()), ("reason", "派错了")];
        let done = town.send(&dispatcher, "/desk/bulk/confirm", &recall).text;
        assert!(done.contains("办好 1 件"), "nothing was undone: {done}");
    });
}

#[test]
fn a_bulk_dispatch_is_undone_until_somebody_signs() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (clerk, dispatcher) = (town.by("community_clerk"), town.by("dispatcher"));
        let cases: Vec<_> = (0..2).map(|_| town.report("路灯不亮")).collect();
        for case in &cases {
            let put = Put::default().with("class", "C1101");
            town.go(&clerk, &case.matter, "accept", put).unwrap();
        }
        let mut form = vec![("do", "dispatch")];
        form.extend(cases.iter().map(|case| ("id", case.number.as_str())));
        let preview = town.send(&dispatcher, "/desk/bulk", &form).text;
        let (lines, batch) = (hidden(&preview, "line"), hidden(&preview, "act_id").remove(0));
        let mut form = vec![("do", "dispatch"), ("act_id", batch.as_str()), ("reason", "清单")];
        form.extend(lines.iter().map(|line| ("line", line.as_str())));
        let done = town.send(&dispatcher, "/desk/bulk/confirm", &form).text;
        assert!(done.contains("撤销这 2 件"), "{done}");
        town.go(&town.by("department_officer"), &cases[0].matter, "sign", Put::default()).unwrap();
        let (lines, batch) = (hidden(&done, "line"), hidden(&done, "act_id").remove(0));
        let reason = hidden(&done, "reason").remove(0);
        let undo = hidden(&done, "undo").remove(0);
        let mut form = vec![("do", "recall"), ("act_id", batch.as_str()), ("reason", &reason)];
        form.push(("undo", &undo));
        form.extend(lines.iter().map(|line| ("line", line.as_str())));
        for _ in 0..2 {
            let undone = town.send(&dispatcher, "/desk/bulk/confirm", &form).text;
            assert!(undone.contains("撤销了 1 件") && undone.contains("1 件没有撤销"), "{undone}");
        }
        assert_eq!(town.matter(&cases[0].matter).stage, "handling");
        let back = town.matter(&cases[1].matter);
        assert_eq!(back.stage, "awaiting_dispatch");
        assert_ne!(back.body, Some(body("works")));
        let told = r#"select count(*) from outbox where payload like '%"case.recalled"%'"#;
        assert_eq!(town.count(told), 1, "the body that had it is told");
    });
}

#[test]
fn a_bulk_acceptance_is_undone_within_ten_minutes_by_whoever_made_it() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (clerk, dispatcher) = (town.by("community_clerk"), town.by("dispatcher"));
        let cases: Vec<_> = (0..3).map(|_| town.report("路灯不亮")).collect();
        for case in &cases {
            let put = Put::default().with("class", "C1101");
            town.go(&clerk, &case.matter, "accept", put).unwrap();
        }
        let why = || Put::default().with("reason", "点错了");
        let others = town.go(&dispatcher, &cases[0].matter, "unaccept", why());
        assert_eq!(refused(others), "right_after", "only whoever accepted it");
        let page = |actor: &Actor| town.get(actor, &format!("/cases/{}", cases[0].number)).text;
        assert!(page(&clerk).contains("id=\"do-unaccept\""));
        assert!(!page(&dispatcher).contains("id=\"do-unaccept\""));
        let to = Put::default().with("body", body("works").as_str()).with("reason", "市政");
        town.go(&dispatcher, &cases[1].matter, "dispatch", to).unwrap();
        let line = |n: usize| format!("{}|{}||", cases[n].number, 2);
        let lines = [line(0), line(1)];
        let mut form = vec![("do", "unaccept"), ("reason", "点错了"), ("undo", "yes")];
        form.extend(lines.iter().map(|line| ("line", line.as_str())));
        let undone = town.send(&clerk, "/desk/bulk/confirm", &form).text;
        assert!(undone.contains("撤销了 1 件") && undone.contains("1 件没有撤销"), "{undone}");
        assert_eq!(town.matter(&cases[0].matter).stage, "reported");
        assert_eq!(town.matter(&cases[1].matter).stage, "dispatched");
        world.door().clock.shift(11 * MICROS_PER_MINUTE);
        assert_eq!(refused(town.go(&clerk, &cases[2].matter, "unaccept", why())), "right_after");
        let kept = "select count(*) from entry where move in ('accept', 'unaccept')";
        assert_eq!(town.count(kept), 4, "both stay in the timeline");
        let told = "select count(*) from outbox where payload like '%case.unaccepted%'";
        assert_eq!(town.count(told), 1, "the reporter is told");
    });
}

#[test]
fn the_desk_offers_to_undo_for_ten_minutes_to_whoever_did_it() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let clerk = town.by("community_clerk");
        let case = town.report("路灯不亮");
        let put = Put::default().with("class", "C1101");
        town.go(&clerk, &case.matter, "accept", put).unwrap();
        let kept = |actor: &Actor| {
            let until = world.district.now().plus_minutes(10).0;
            let (person, batch) = (actor.person.clone().unwrap(), Id::derived("a batch"));
            format!("linli_undo={person}~accept~{batch}~{until}~{}|2", case.number)
        };
        let desk = |actor: &Actor, kept: &str| {
            let cookies = format!("{}; {kept}", town.sign_in(actor));
            let request = Request::get("/desk").header(header::COOKIE, cookies);
            town.ask(request.body(Body::empty()).unwrap()).text
        };
        let mine = kept(&clerk);
        let offered = desk(&clerk, &mine);
        assert!(offered.contains("10 分钟内可以撤销") && offered.contains("撤销这 1 件"));
        assert!(!desk(&town.by("dispatcher"), &mine).contains("撤销这"), "another person");
        assert!(!desk(&clerk, "linli_undo=x~accept").contains("撤销这"));
        world.door().clock.shift(10 * MICROS_PER_MINUTE);
        assert!(!desk(&clerk, &mine).contains("撤销这"), "too late");
    });
}

#[test]
fn a_form_that_is_refused_comes_back_with_everything_in_it() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let clerk = town.by("community_clerk");
        let case = town.report("路灯不亮");
        let path = format!("/cases/{}/moves/reject", case.number);
        let form = [("reason", "<b>不归</b>我们"), ("go_to", "")];
        let back = town.send(&clerk, &path, &form);
        assert_eq!(back.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(back.text.contains("&#60;b&#62;不归&#60;/b&#62;我们"));
        assert!(back.text.contains("href=\"#reject-go_to\""));
        let late = [("reason", "不归我们"), ("go_to", "12345"), ("seen", "0")];
        let late = town.send(&clerk, &path, &late);
        assert_eq!(late.status, StatusCode::CONFLICT);
        assert!(late.text.contains("刚刚被别人改动过") && late.text.contains("不归我们"));
        let act_id = Id::derived("one press").to_string();
        let seen = town.matter(&case.matter).version.to_string();
        let right = [("reason", "不归我们"), ("go_to", "12345")];
        let right = [&right[..], &[("act_id", &act_id), ("seen", &seen)]].concat();
        for _ in 0..2 {
            let done = town.send(&clerk, &path, &right);
            assert_eq!(done.location, format!("/cases/{}?done=reject", case.number));
        }
        assert_eq!(town.count("select count(*) from entry where move = 'reject'"), 1);
        let odd = town.send(&clerk, &format!("/cases/{}/moves/steal", case.number), &[]);
        assert_eq!(odd.status, StatusCode::NOT_FOUND);
    });
}

#[test]
fn an_unseen_case_and_none_are_the_same_page() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = town.report("路灯不亮").number;
        world.tamper(MATTER, "update matter set publicity = 'private'", &[]);
        let elsewhere = town.actors().into_iter().rfind(|a| a.kind == "dispatcher").unwrap();
        let number = |page: &str, number: &str| page.replace(number, "N");
        let unseen = town.get(&elsewhere, &format!("/cases/{case}"));
        let none = town.get(&elsewhere, "/cases/2026-999999");
        assert_eq!((unseen.status, none.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
        assert_eq!(number(&unseen.text, &case), number(&none.text, "2026-999999"));
        let post = |number: &str| {
            let form = [("words", "看看")];
            town.send(&elsewhere, &format!("/cases/{number}/moves/note"), &form)
        };
        let (unseen, none) = (post(&case), post("2026-999999"));
        assert_eq!((unseen.status, none.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
        assert_eq!(number(&unseen.text, &case), number(&none.text, "2026-999999"));
    });
}

#[test]
fn a_name_is_unmasked_for_a_reason_that_is_kept() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = town.report("路灯不亮").number;
        let path = format!("/cases/{case}/unmask");
        let clerk = town.by("community_clerk");
        let masked = town.get(&clerk, &format!("/cases/{case}")).text;
        assert!(masked.contains("周**") && !masked.contains("周小满"));
        let ask = |reason| [("what", "contact"), ("unmask-reason", reason)];
        let unsaid = town.send(&clerk, &path, &ask(" "));
        assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!unsaid.text.contains("周小满"));
        let looks = "select count(*) from access where reason = '回电核实地点'
             and what = 'case.unmask_contact' and subject_kind = 'case'
             and subject_id in (select number from matter)";
        assert_eq!(town.count(looks), 0);
        let shown = town.send(&clerk, &path, &ask("回电核实地点"));
        assert!(shown.text.contains("周小满") && shown.text.contains("13800000001"));
        assert_eq!(town.count(looks), 1);
        let officer = town.send(&town.by("department_officer"), &path, &ask("想看"));
        assert_eq!(officer.status, StatusCode::NOT_FOUND);
    });
}

#[test]
fn the_list_goes_out_as_a_workbook_that_is_noted() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = town.report("=HYPERLINK(\"http://example.cn\") 路灯不亮").matter;
        let dispatcher = town.by("dispatcher");
        let got = town.send(&dispatcher, "/desk.xlsx", &[("query", "tab=all")]);
        assert_eq!(got.status, StatusCode::OK);
        let reader = std::io::Cursor::new(got.bytes);
        let mut book: calamine::Xlsx<_> = calamine::open_workbook_from_rs(reader).unwrap();
        use calamine::Reader as _;
        let range = book.worksheet_range_at(0).unwrap().unwrap();
        let title = range.get_value((1, 1)).unwrap().to_string();
        assert!(title.starts_with("=HYPERLINK("), "{title}");
        let case = town.matter(&case);
        for (column, at) in [(6, case.due_at.expect("first contact is due")), (8, case.opened_at)] {
            let cell = range.get_value((1, column)).unwrap();
            let calamine::Data::DateTime(date) = cell else { panic!("no time: {cell:?}") };
            let (y, m, d, h, min, ..) = date.to_ymd_hms_milli();
            let told = format!("{y:04}-{m:02}-{d:02} {h:02}:{min:02}");
            assert_eq!(told, at.local_text(town.world.district.config.offset_minutes));
        }
        let formulas = book.worksheet_formula("Sheet1").unwrap();
        assert!(formulas.cells().all(|(_, _, formula)| formula.is_empty()));
        assert_eq!(town.count("select count(*) from act where name = 'case.export'"), 1);
        let clerk = town.by("community_clerk");
        let refused = town.send(&clerk, "/desk.xlsx", &[("query", "tab=all")]);
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    });
}

#[test]
fn a_grid_worker_goes_round_and_is_told() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = town.report("路灯不亮").number;
        let worker = town.by("grid_worker");
        let round = town.get(&worker, "/field");
        assert!(round.text.contains(&format!("/cases/{case}?do=handle_here")));
        assert_eq!(town.get(&town.by("dispatcher"), "/field").status, StatusCode::NOT_FOUND);
        let form = [("words", "井盖翘起，已压实"), ("class", "C1101"), ("place", "99010100100101")];
        let unseen = town.send(&worker, "/field/handled", &form);
        assert_eq!(unseen.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(unseen.text.contains("请附上照片") && unseen.text.contains("井盖翘起，已压实"));
        while runtime().block_on(notice::deliver(&world.district)).unwrap() > 0 {}
        let zhou = town.resident("zhou");
        let told = town.get(&zhou, "/me/notices");
        assert!(
            told.text.contains(">路灯不亮</a>") && told.text.contains("条未读"),
            "{}",
            told.text
        );
        assert!(told.text.contains("已收到，编号"), "{}", told.text);
        town.send(&zhou, "/me/notices/read", &[]);
        assert!(!town.get(&zhou, "/me/notices").text.contains("条未读"));
    });
}
