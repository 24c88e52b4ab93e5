//! The desk of those who look from outside: its rows say no more than the page of a case, and what
//! is not said is not found either. And lists that go out, or do not.

use axum::http::StatusCode;

use super::loop_of_a_case::{answered, said};
use super::town::{LAMP, Town, body};
use crate::act::DutyList;
use crate::affairs::appeal::desk::{Filter, list::Lists};
use crate::affairs::appeal::kit;
use crate::affairs::appeal::report::Report;
use crate::affairs::appeal::view::Looker;
use crate::app;
use crate::matter::Photo;
use crate::store::ReadTx;
use crate::testing::{World, both_engines_wired};
use crate::words::Lang;

/// The rows that a workbook holds.
fn rows(bytes: Vec<u8>) -> Vec<String> {
    use calamine::Reader as _;
    let reader = std::io::Cursor::new(bytes);
    let mut book: calamine::Xlsx<_> = calamine::open_workbook_from_rs(reader).unwrap();
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    let line = |row: &[calamine::Data]| row.iter().map(ToString::to_string).collect::<Vec<_>>();
    sheet.rows().map(|row| line(row).join("|")).collect()
}

#[test]
fn who_looks_from_outside_is_told_no_more_by_the_desk_than_by_the_case() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let number = town.report("路灯不亮").number;
        // Nobody has spoken to the reporter within a day.
        world.door().clock.shift(30 * 3_600_000_000);
        let (inside, outside) = (town.by("community_clerk"), town.by("auditor"));
        let committee = format!("/desk?tab=all&body={}", body("committee"));
        let named = "/desk?tab=all&q=%E5%B1%85%E5%A7%94%E4%BC%9A";
        let listed = |by, path: &str| town.get(by, path).text.contains(&format!("open={number}"));
        for path in [committee.as_str(), named] {
            assert!(listed(&inside, path), "{path}");
            assert!(!listed(&outside, path), "{path} finds by what no row says");
        }
        assert!(listed(&outside, "/desk?tab=all"));
        let contact = "首次联系";
        assert!(town.get(&inside, "/desk?tab=all").text.contains(contact));
        assert!(!town.get(&outside, "/desk?tab=all").text.contains(contact));
        let book = rows(town.send(&outside, "/desk.xlsx", &[("query", "tab=all")]).bytes);
        assert!(book.len() == 2 && book[1].contains(&number), "{book:?}");
        assert!(!book[1].contains("居委会") && !book[1].contains(contact), "{book:?}");
        // Once it is with a body everybody knows which.
        let case = town.world.read(move |tx| crate::matter::store::id_of(tx, &number)).unwrap();
        super::loop_of_a_case::answer(&town, &case);
        let works = format!("/desk?tab=all&body={}", body("works"));
        assert!(listed_by(&town, &outside, &works, &case));
    });
}

fn listed_by(town: &Town<'_>, by: &crate::act::Actor, path: &str, case: &crate::base::Id) -> bool {
    let number = town.matter(case).number;
    town.get(by, path).text.contains(&format!("open={number}"))
}

#[test]
fn a_case_that_nobody_put_their_name_to_waits_for_no_rating_in_any_list() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let worker = town.by("grid_worker");
        let photo = |role: &str| Photo { file: town.photo(70), role: role.to_owned() };
        let report = Report {
            words: "灯罩松了，已拧紧".to_owned(),
            class: Some(LAMP.to_owned()),
            place: Some("99010100100101".to_owned()),
            photos: vec![photo("before"), photo("after")],
            checked: town.lamp_list(),
            source: "field".to_owned(),
            language: "zh".to_owned(),
            vouched: true,
            ..Report::default()
        };
        let case = town.report_as(&worker, "report_handled", report).unwrap().outcome;
        let lin = town.resident("lin");
        town.send(&lin, &format!("/cases/{}/follow", case.number), &[]);
        let desk = town.get(&town.by("community_clerk"), "/desk?tab=all").text;
        let mine = town.get(&lin, "/mine?show=followed").text;
        assert!(desk.contains(&format!("open={}", case.number)), "{desk}");
        assert!(mine.contains(&format!("/cases/{}", case.number)), "{mine}");
        for page in [desk, mine] {
            assert!(page.contains("已办结") && !page.contains("待评价"), "{page}");
            assert!(!page.contains("等反映人评价"), "{page}");
        }
    });
}

#[test]
fn what_was_looked_for_stands_nowhere_in_the_record_when_a_list_goes_out() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = answered(&town);
        town.go(&town.by("community_clerk"), &case, "note", said("words", "看过")).unwrap();
        let encoded = serde_urlencoded::to_string([("q", "王小明 13800001234")]).unwrap();
        let long = format!("tab=all&place={}", "9".repeat(70_000));
        let by = town.by("dispatcher");
        for query in [encoded.as_str(), &long] {
            let got = town.send(&by, "/desk.xlsx", &[("query", query)]);
            assert_eq!(got.status, StatusCode::OK, "{}", got.text);
        }
        let year = [("query", "period=2026&place=%E7%8E%8B%E5%B0%8F%E6%98%8E")];
        assert_eq!(town.send(&by, "/desk/figures.xlsx", &year).status, StatusCode::OK);
        let leaves: Vec<Vec<u8>> =
            world.read(|tx| tx.rows("select body from leaf", &[], |row| row.get(0)));
        let subjects: Vec<String> = world.read(|tx| {
            let sql = "select subject_id from act where name = 'case.export' order by subject_id";
            tx.rows(sql, &[], |row| row.get(0))
        });
        assert_eq!(subjects, ["cases.xlsx", "cases.xlsx", "figures.xlsx"]);
        for words in ["王小明", "13800001234", "%E7%8E%8B", "99999999"] {
            let holds = |leaf: &Vec<u8>| leaf.windows(words.len()).any(|w| w == words.as_bytes());
            assert!(!leaves.iter().any(holds), "{words} is in the record for ever");
        }
    });
}

fn looker(world: &World, by: crate::act::Actor) -> Looker {
    let door = world.door().clone();
    let duties: std::sync::Arc<DutyList> =
        world.door().store.read_blocking(move |tx| door.duty_list(tx)).unwrap();
    let district = std::sync::Arc::clone(&world.district);
    Looker { district, actor: by, duties, lang: Lang::Zh, opened: false }
}

#[test]
fn a_list_goes_out_whole_or_not_at_all() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        for _ in 0..3 {
            town.report("路灯不亮");
        }
        let looker = looker(world, town.by("dispatcher"));
        let whole = |most: usize| {
            let looker = looker.clone();
            let look = move |tx: &ReadTx<'_>| {
                let kit = kit(&looker.district).unwrap();
                let now = looker.district.now();
                let lists = Lists { tx, looker: &looker, process: &kit.process, now };
                Ok(lists
                    .whole(&Filter::parse("tab=all"), "case.export", most)
                    .map(|rows| rows.len())
                    .map_err(|failure| super::town::code(&failure)))
            };
            world.read(look)
        };
        assert_eq!(whole(3), Ok(3));
        assert_eq!(whole(2), Err("list_too_long".to_owned()));
    });
}

#[test]
fn more_cases_than_go_at_once_are_refused_and_none_is_done() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let by = town.by("community_clerk");
        let number = town.report_of(Some(LAMP), "路灯不亮").number;
        let others: Vec<String> = (0..100).map(|n| format!("2019-{n:06}")).collect();
        let all = || std::iter::once(&number).chain(&others);
        let mut form = vec![("do", "accept")];
        form.extend(all().map(|number| ("id", number.as_str())));
        let preview = town.send(&by, "/desk/bulk", &form);
        let lines: Vec<String> =
            all().map(|number| format!("{number}|1|{LAMP}|路灯不亮")).collect();
        let mut form = vec![("do", "accept")];
        form.extend(lines.iter().map(|line| ("line", line.as_str())));
        let confirmed = town.send(&by, "/desk/bulk/confirm", &form);
        for got in [preview, confirmed] {
            assert_eq!(got.status, StatusCode::FORBIDDEN, "{}", got.text);
            assert!(got.text.contains("一次最多办 100 件"), "{}", got.text);
        }
        assert_eq!(town.count("select count(*) from entry where move = 'accept'"), 0);
    });
}

#[test]
fn a_round_that_is_not_all_there_is_says_so() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let worker = town.by("grid_worker");
        for _ in 0..100 {
            town.report("路灯不亮");
        }
        assert!(!town.get(&worker, "/field").text.contains("这里先列"));
        town.report("路灯不亮");
        let page = town.get(&worker, "/field").text;
        assert!(page.contains("在办的案卷共 101 件，这里先列 100 件"), "{page}");
        assert!(page.contains("<dd>101</dd>"), "{page}");
    });
}

#[test]
fn where_a_photo_hangs_is_found_by_an_index() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let lite = world.district.store().engine_name() == "sqlite";
        let sql = if lite {
            "select sql from sqlite_master where type = 'index' and tbl_name = 'attachment'
             and sql is not null order by name"
        } else {
            "select indexdef from pg_indexes where schemaname = current_schema()
             and tablename = 'attachment' order by indexname"
        };
        let all: Vec<String> = world.read(move |tx| tx.rows(sql, &[], |row| row.get(0)));
        assert!(all.iter().any(|index| index.contains("(file_id")), "{all:?}");
    });
}
