//! Imports on both engines: every trap that files set, and the real files where they are there.

use std::io::Write as _;
use std::path::PathBuf;

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};

use super::check::{Checked, Content, check};
use super::run;
use super::{Grade, Kind, MOST_BYTES, Remark, Sheet, limit, out, read, when};
use crate::act::{Actor, Failure};
use crate::affairs::appeal::{
    self,
    undo::{self, Undone},
};
use crate::base::Id;
use crate::keep::doctor;
use crate::matter::{CASES, batch, store as matters};
use crate::procedure::acts::Adopt;
use crate::territory::acts::{CreatePlaces, NewPlace};
use crate::testing::{World, both_engines_wired};
use crate::words::Lang;
use crate::{app, catalogue};

fn world_test(test: impl Fn(&World)) {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let place = |code: &str, level: &str, parent: Option<&str>| NewPlace {
            code: code.to_owned(),
            level: level.to_owned(),
            name: format!("测试{code}"),
            parent: parent.map(str::to_owned),
            seat: None,
        };
        let places =
            vec![place("990101", "district", None), place("990101001", "street", Some("990101"))];
        world.perform(&Actor::operator(), CreatePlaces { under: None, places }).unwrap();
        catalogue::seed::seed(world.door()).unwrap();
        test(world);
    });
}

fn book(fill: impl Fn(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    fill(sheet);
    book.save_to_buffer().unwrap()
}

fn rows(sheet: &mut Worksheet, rows: &[&[&str]]) {
    for (r, row) in (0..).zip(rows) {
        for (c, text) in (0..).zip(*row) {
            sheet.write_string(r, c, *text).unwrap();
        }
    }
}

const HEAD: [&str; 6] = ["编号", "标题", "内容", "反映时间", "答复", "答复时间"];

fn codes(checked: &Checked) -> Vec<(usize, &str, Grade)> {
    checked.report.remarks.iter().map(|r| (r.row, r.code.as_str(), r.grade)).collect()
}

fn unreadable(bytes: &[u8]) -> String {
    read::sheets(bytes).expect_err("such a file is refused").code
}

fn check_cases(world: &World, bytes: &[u8]) -> Checked {
    check(&world.district, Kind::Cases, bytes).unwrap()
}

fn matters_in_all(world: &World) -> i64 {
    world.read(|tx| tx.count("select count(*) from matter", &[]))
}

/// What somebody is shown in lists whose reach is the whole district.
fn seen(world: &World) -> i64 {
    let door = world.door().clone();
    let duties = world.read(move |tx| door.duties.current(tx));
    let filter = duties.filter(&Actor::operator(), "case.see", &CASES, &mut Vec::new());
    let sql = format!("select count(*) from matter t where {filter}");
    world.read(move |tx| tx.count(&sql, &[]))
}

fn import(world: &World, kind: Kind, bytes: &[u8]) -> Result<batch::Batch, Failure> {
    let (district, actor) = (&world.district, Actor::operator());
    let (run, _) = run::dry_run(district, &actor, kind, ("file", bytes), None)?;
    run::adopt(district, &actor, &run, &mut |_, _| {})
}

fn refusal<T: std::fmt::Debug>(done: Result<T, Failure>) -> &'static str {
    match done {
        Err(Failure::Refused(refusal)) => refusal.code,
        other => panic!("no refusal: {other:?}"),
    }
}

fn csv(lines: &[&str]) -> Vec<u8> {
    lines.join("\n").into_bytes()
}

fn three_cases() -> Vec<u8> {
    csv(&[
        "编号,用户,标题,内容,反映时间,答复,答复时间",
        "1,A01,路灯不亮,三号楼前的路灯坏了,2019-02-28 11:25,已经修好,2019-03-04 09:00",
        "2,A02,垃圾没人收,垃圾桶满了好几天,2019/3/1 8:05,,",
        "3,A01,井盖松动,井盖一踩就响,2019年3月2日 17时30分,,",
    ])
}

#[test]
fn times_are_read_as_people_write_them() {
    let at = |text: &str| when::read(text, 480).map(|w| (w.at.local_text(480), w.supposed));
    let same = Some(("2019-02-28 11:25".to_owned(), None));
    for text in
        ["2019-02-28T11:25:05", "2019/2/28 11:25", "2019年2月28日 11时25分", "2019.2.28 11：25"]
    {
        assert_eq!(at(text), same, "{text}");
    }
    assert_eq!(at("2019-02-28T03:25:00Z"), same);
    let no_time = Some(("2019-02-28 00:00".to_owned(), Some("no_time_of_day")));
    assert_eq!(at("2019-02-28"), no_time);
    assert_eq!(at("43524.5"), Some(("2019-02-28 12:00".to_owned(), Some("serial_date"))));
    for bad in
        ["", "昨天", "2019-02-30 10:00", "2019-13-01", "2019-02-28 25:00", "20190228", "28/2/2019"]
    {
        assert_eq!(at(bad), None, "{bad}");
    }
}

#[test]
fn limits_are_read_with_their_units() {
    let read = |text: &str| limit::read(text).map(|r| (r.limit.kind.name(), r.limit.n, r.rest));
    let is = |kind, n| Some((kind, n, String::new()));
    assert_eq!(read("4工作时"), is("work_hour", 4));
    assert_eq!(read("2个工作日"), is("work_day", 2));
    assert_eq!(read("2紧急工作时\n"), is("urgent_hour", 2));
    assert_eq!(read("１紧急工作日"), is("urgent_day", 1));
    assert_eq!(read("15天"), is("natural_day", 15));
    assert_eq!(read("1紧急工作时制止"), Some(("urgent_hour", 1, "制止".to_owned())));
    for bad in ["", "天", "0天", "半天", "三天", "5", "99999天", "尽快"] {
        assert_eq!(read(bad), None, "{bad}");
    }
    for text in ["4工作时", "2紧急工作时", "3工作日", "5天", "1紧急工作日"] {
        assert_eq!(limit::read(text).map(|r| limit::write(r.limit)).as_deref(), Some(text));
    }
}

#[test]
fn letters_are_utf8_or_gb18030_and_nothing_else() {
    let text = "编号,标题,内容\n1,路灯不亮,三号楼前的路灯坏了";
    assert_eq!(read::decode(text.as_bytes()).unwrap(), text);
    let with_mark = [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat();
    assert_eq!(read::decode(&with_mark).unwrap(), text);
    let (gb, ..) = encoding_rs::GB18030.encode(text);
    assert_eq!(read::decode(&gb).unwrap(), text);
    let remark = |bytes: &[u8]| read::decode(bytes).expect_err("refused");
    // Latin-1: ü before an ASCII letter would be a rare character of GBK.
    let latin = remark(b"id,name\n1,M\xfcnchen Stra\xdfe caf\xe9 na\xefve");
    assert_eq!((latin.code.as_str(), latin.params[0].1.as_str()), ("not_our_letters", "11"));
    assert_eq!(remark(b"id,caf\xe9, 2").params[0].1, "6");
    assert_eq!(remark(b"a\0b").code, "binary");
    assert_eq!(unreadable(b"\xff\xfea\0"), "utf16");
    assert!(latin.sentence(Lang::Zh).contains("11"));
}

#[test]
fn files_that_are_none_are_refused_as_a_whole() {
    assert_eq!(unreadable(b""), "empty");
    assert_eq!(unreadable(b" \n "), "empty");
    assert_eq!(unreadable(b"PK\x03\x04 no zip at all"), "damaged");
    assert_eq!(unreadable(b"\x1f\x8b no gzip"), "damaged");
    assert_eq!(unreadable(b"\xd0\xcf\x11\xe0 old"), "old_excel");
    assert_eq!(unreadable(b"{\"id\":1,\"text\":\"a\"}\n{\"id\":"), "not_json");
    let bad_line = read::sheets(b"{\"id\":1}\n{oops}").expect_err("refused");
    assert_eq!(bad_line.row, 2);
    let mut whole = three_cases();
    whole.truncate(0);
    assert_eq!(unreadable(&whole), "empty");
    let half = book(|sheet| rows(sheet, &[&HEAD]));
    assert_eq!(unreadable(&half[..half.len() / 2]), "damaged");
}

#[test]
fn bombs_and_endless_files_are_refused() {
    let zeros = vec![b'0'; usize::try_from(MOST_BYTES).unwrap() + 10];
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(&zeros).unwrap();
    let gzip = gzip.finish().unwrap();
    assert!(gzip.len() < 200_000);
    assert_eq!(unreadable(&gzip), "too_large");
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("xl/worksheets/sheet1.xml", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(&zeros).unwrap();
    assert_eq!(unreadable(&zip.finish().unwrap().into_inner()), "too_large");
    let many = "1,2\n".repeat(super::MOST_ROWS + 2);
    assert_eq!(unreadable(many.as_bytes()), "too_many_rows");
    let lines = "{\"id\":1}\n".repeat(super::MOST_ROWS + 1);
    assert_eq!(unreadable(lines.as_bytes()), "too_many_rows");
}

#[test]
fn each_row_that_is_wrong_is_told_with_its_column() {
    world_test(|world| {
        let bytes = book(|sheet| {
            rows(
                sheet,
                &[
                    &["某市留言汇总"],
                    &HEAD,
                    &["1", "好的", "内容", "2019-02-28 11:25", "", ""],
                    &["2", "没有内容", "", "2019-02-28 11:25", "", ""],
                    &["3", "没有时间", "内容", "昨天", "", ""],
                    &["4", "将来", "内容", "2099-02-28 11:25", "", ""],
                    &["5", "先答后问", "内容", "2019-02-28 11:25", "答", "2019-02-27 08:00"],
                    &["6", "半个答复", "内容", "2019-02-28 11:25", "答", ""],
                    &["1", "重号", "另一件", "2019-02-28 11:25", "", ""],
                ],
            );
        });
        let checked = check_cases(world, &bytes);
        let wrong = |row, code| (row, code, Grade::Wrong);
        assert_eq!(
            codes(&checked),
            [
                wrong(4, "missing"),
                wrong(5, "no_time"),
                wrong(6, "in_the_future"),
                wrong(7, "answered_before"),
                wrong(8, "half_an_answer"),
                wrong(9, "doubled"),
            ]
        );
        let report = &checked.report;
        assert_eq!((report.rows, report.ok, report.wrong, report.made), (7, 1, 6, 1));
        assert_eq!(report.remarks[0].column, "内容");
        assert_eq!(refusal(import(world, Kind::Cases, &bytes)), "import_has_problems");
        assert_eq!(matters_in_all(world), 0);
        assert_eq!(world.read(|tx| batch::newest(tx, 10)).len(), 0);
    });
}

#[test]
fn excel_keeps_its_traps_to_itself() {
    world_test(|world| {
        let date = Format::new().set_num_format("yyyy-mm-dd hh:mm");
        let bytes = book(|sheet| {
            rows(sheet, &[&["编号", "用户", "标题", "内容", "反映时间", "其他"]]);
            for row in 1..5 {
                sheet.write_string(row, 2, format!("第{row}件")).unwrap();
                sheet.write_string(row, 3, "内容").unwrap();
                let at = ExcelDateTime::parse_from_str("2019-02-28T11:25:00").unwrap();
                sheet.write_datetime_with_format(row, 4, at, &date).unwrap();
            }
            // A telephone-like number stored as a number keeps its digits …
            sheet.write_number(1, 0, 13_800_001_111.0).unwrap();
            // … an identity-like number does not.
            sheet.write_number(2, 0, 110_101_199_001_011_234.0).unwrap();
            // The value of a formula is what Excel last worked out.
            sheet.write_formula(3, 0, Formula::new("=1+2").set_result("77")).unwrap();
            sheet.write_formula(4, 0, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
            sheet.write_number(4, 4, 43_524.5).unwrap();
            sheet.merge_range(1, 1, 3, 1, "A01", &Format::new()).unwrap();
        });
        let checked = check_cases(world, &bytes);
        let Content::Cases(cases) = &checked.content else { panic!("cases") };
        assert_eq!(cases[0].key, "import:13800001111");
        assert_eq!(cases[0].at.local_text(480), "2019-02-28 11:25");
        let reporters: Vec<_> = cases.iter().map(|c| c.reporter.as_deref()).collect();
        assert_eq!(cases[1].key, "import:77");
        assert_eq!(reporters[..2], [Some("A01"), Some("A01")]);
        let found = codes(&checked);
        assert!(found.contains(&(3, "digits_lost", Grade::Wrong)), "{found:?}");
        assert!(found.contains(&(5, "serial_date", Grade::Changed)), "{found:?}");
        assert!(found.contains(&(0, "columns_left_out", Grade::Changed)), "{found:?}");
    });
}

#[test]
fn unknown_titles_classes_and_places_are_told() {
    world_test(|world| {
        let found = |text: &str| {
            let checked = check_cases(world, text.as_bytes());
            checked.report.remarks.iter().map(|r| r.code.clone()).collect::<Vec<_>>()
        };
        assert_eq!(found("a,b,c\n1,2,3"), ["no_titles"]);
        assert_eq!(found("编号,内容\n1,2"), ["no_such_column"]);
        let head = "编号,内容,反映时间,类别,地点编码";
        assert_eq!(found(&format!("{head}\n1,灯坏了,2019-01-01 10:00,X99,")), ["no_such_class"]);
        assert_eq!(found(&format!("{head}\n1,灯坏了,2019-01-01 10:00,,123")), ["no_such_place"]);
        assert!(found(&format!("{head}\n1,灯坏了,2019-01-01 10:00,E0101,990101001")).is_empty());
        let tabs = format!("{head}\n1,灯坏了,2019-01-01 10:00,,").replace(',', "\t");
        assert!(found(&tabs).is_empty());
        let quotes = format!("{head}\n1,\"灯坏了\n两盏, 都不亮\",2019-01-01 10:00,,");
        assert!(found(&quotes).is_empty());
    });
}

#[test]
fn an_import_keeps_times_and_answers_and_is_seen_only_when_adopted() {
    world_test(|world| {
        let bytes = three_cases();
        let (district, actor) = (&world.district, Actor::operator());
        let (run, checked) =
            run::dry_run(district, &actor, Kind::Cases, ("三件.csv", &bytes), None).unwrap();
        assert_eq!((checked.report.ok, matters_in_all(world)), (3, 0));
        let mut steps = Vec::new();
        let batch =
            run::adopt(district, &actor, &run, &mut |done, all| steps.push((done, all))).unwrap();
        assert_eq!(steps, [(3, 3)]);
        assert_eq!(seen(world), 3);
        let id = world.read(|tx| appeal::store::id_of_external(tx, "import:1")).unwrap();
        let (matter, file) = world.read(move |tx| {
            let file = appeal::store::file(tx, &id)?;
            Ok((matters::matter(tx, id.as_str())?.unwrap(), file.unwrap()))
        });
        let local = |at: crate::base::Instant| at.local_text(480);
        assert_eq!((matter.stage.as_str(), matter.source.as_str()), ("closed", "import"));
        assert_eq!(local(matter.opened_at), "2019-02-28 11:25");
        assert_eq!(matter.closed_at.map(local).as_deref(), Some("2019-03-04 09:00"));
        assert_eq!(file.answer.as_deref(), Some("已经修好"));
        assert_eq!(matter.number.split('-').next(), Some("2019"));
        let lines = world.read(|tx| {
            tx.rows("select move, at, recorded_at, facts from entry order by at, id", &[], |row| {
                Ok((
                    row.get::<String>(0)?,
                    row.get::<i64>(1)?,
                    row.get::<i64>(2)?,
                    row.get::<String>(3)?,
                ))
            })
        });
        assert_eq!(lines.len(), 4);
        assert!(lines.iter().all(|(_, at, recorded, _)| at < recorded));
        assert_eq!(lines[0].3, "{\"external_id\":\"1\"}");
        assert_eq!(refusal(import(world, Kind::Cases, &bytes)), "already_imported");
        assert_eq!(refusal(run::adopt(district, &actor, &run, &mut |_, _| {})), "import_under_way");
        assert!(world.read(move |tx| batch::by_id(tx, &batch.id)).unwrap().is_in_force());
    });
}

#[test]
fn what_is_there_already_is_left_out_of_another_file() {
    world_test(|world| {
        import(world, Kind::Cases, &three_cases()).unwrap();
        let more = [three_cases(), b"\n4,A04,new,new case,2019-03-03 10:00,,".to_vec()].concat();
        let checked = check_cases(world, &more);
        assert_eq!((checked.report.there, checked.report.ok, checked.report.made), (3, 1, 1));
        import(world, Kind::Cases, &more).unwrap();
        assert_eq!((seen(world), matters_in_all(world)), (4, 4));
    });
}

#[test]
fn a_batch_that_did_not_end_is_seen_by_nobody_and_begun_anew() {
    world_test(|world| {
        let bytes = three_cases();
        let (district, actor) = (&world.district, Actor::operator());
        let (run, _) =
            run::dry_run(district, &actor, Kind::Cases, ("三件.csv", &bytes), None).unwrap();
        // Staged by hand, as if the machine had stopped before the adoption.
        run::stage_only(district, &actor, &run).unwrap();
        assert_eq!((seen(world), matters_in_all(world)), (0, 3));
        let id = world.read(|tx| appeal::store::id_of_external(tx, "import:2")).unwrap();
        let number = world.read(|tx| {
            tx.rows("select number from matter order by number", &[], |row| row.get::<String>(0))
        });
        let (reach, row, named) = world.read(move |tx| {
            let reach = CASES.reach(tx, id.as_str())?;
            let row = matters::matter(tx, id.as_str())?;
            Ok((reach, row, matters::id_of(tx, &number[0])?))
        });
        assert_eq!((reach, row, named), (None, None, None), "a staged case is there for nobody");
        import(world, Kind::Cases, &bytes).unwrap();
        assert_eq!((seen(world), matters_in_all(world)), (3, 3));
    });
}

#[test]
fn undoing_removes_what_nobody_touched_and_keeps_the_rest() {
    world_test(|world| {
        let bytes = three_cases();
        let (district, actor) = (&world.district, Actor::operator());
        let batch = import(world, Kind::Cases, &bytes).unwrap();
        let id = world.read(|tx| appeal::store::id_of_external(tx, "import:2")).unwrap();
        let kit = appeal::kit(district).unwrap();
        let put = crate::matter::Put::default().with("class", "E0101");
        let act = crate::matter::Conduct {
            kit,
            of: CASES,
            matter: id,
            seen: Some(1),
            act: "accept".to_owned(),
            put,
        };
        world.perform(&actor, act).unwrap();
        let undone = undo::undo(&district.door, &actor, &batch.id).unwrap();
        assert_eq!(undone, Undone { kept: 1, removed: 2 });
        assert_eq!((seen(world), matters_in_all(world)), (1, 1));
        assert_eq!(undo::undo(&district.door, &actor, &batch.id).unwrap(), Undone::default());
        let unknown = Id::derived("no batch");
        assert!(matches!(undo::undo(&district.door, &actor, &unknown), Err(Failure::Hidden)));
        // The file may come again; what stayed is there already.
        let again = check_cases(world, &bytes).report;
        assert_eq!((again.earlier, again.there, again.made), (None, 1, 2));
    });
}

fn class_table() -> Vec<u8> {
    book(|sheet| {
        sheet.set_name("部件").unwrap();
        sheet.merge_range(0, 0, 0, 7, "立案标准（部件）", &Format::new()).unwrap();
        let head = [
            "大类代码",
            "大类名称",
            "小类代码",
            "小类名称",
            "处置单位",
            "立案条件",
            "结案条件",
            "处置时限",
        ];
        for (c, title) in (0..).zip(head) {
            sheet.write_string(1, c, title).unwrap();
        }
        sheet.write_number(2, 0, 1).unwrap();
        sheet.merge_range(2, 1, 4, 1, "公用设施", &Format::new()).unwrap();
        sheet.merge_range(2, 2, 3, 2, "03", &Format::new()).unwrap();
        sheet.merge_range(2, 3, 3, 3, "雨水井盖", &Format::new()).unwrap();
        sheet.merge_range(2, 4, 3, 4, "排水中心", &Format::new()).unwrap();
        for (r, (condition, closing, limit)) in (2..).zip([
            ("缺失", "恢复", "2紧急工作时"),
            ("破损", "更换、修复", "4小时"),
            ("倾斜", "扶正", "3天"),
        ]) {
            sheet.write_string(r, 5, condition).unwrap();
            sheet.write_string(r, 6, closing).unwrap();
            sheet.write_string(r, 7, limit).unwrap();
        }
        sheet.write_number(4, 2, 4).unwrap();
        sheet.write_string(4, 3, "路名牌").unwrap();
    })
}

#[test]
fn a_class_table_becomes_classes_with_their_standards_and_back() {
    world_test(|world| {
        let (district, actor) = (&world.district, Actor::operator());
        let before = world.read(catalogue::store::all).len();
        let bytes = class_table();
        let checked = check(district, Kind::Classes, &bytes).unwrap();
        assert_eq!((checked.report.made, checked.report.wrong), (2, 0), "{:?}", checked.report);
        let batch = import(world, Kind::Classes, &bytes).unwrap();
        let class = world.read(|tx| catalogue::store::by_code(tx, "C01-03")).unwrap();
        assert_eq!((class.title.zh.as_str(), class.kind.as_str()), ("雨水井盖", "component"));
        assert_eq!(class.body_kind.as_deref(), Some("water"));
        assert_eq!((class.publicity.as_str(), class.anonymous), ("private", false), "unless said");
        let of = class.id.clone();
        let standards = world.read(move |tx| catalogue::store::standards(tx, &of));
        let limits: Vec<String> = standards.iter().map(|s| limit::write(s.limit)).collect();
        assert_eq!(limits, ["2紧急工作时", "4工作时"]);
        assert_eq!(standards[1].closing, ["更换", "修复"]);
        assert_eq!(standards[1].handlers, "排水中心");
        assert_eq!(world.read(catalogue::store::all).len(), before + 2);
        assert_eq!(refusal(import(world, Kind::Classes, &bytes)), "already_imported");
        undo::undo(&district.door, &actor, &batch.id).unwrap();
        assert_eq!(world.read(catalogue::store::all).len(), before);
        let left = world
            .read(|tx| tx.count("select count(*) from standard where batch_id is not null", &[]));
        assert_eq!(left, 0);
    });
}

#[test]
fn a_table_says_whether_a_class_is_public_and_may_do_without_a_name() {
    world_test(|world| {
        let head = "类型,大类代码,大类名称,小类代码,小类名称,立案条件,结案条件,处置时限";
        let row = "部件,01,公用设施,03,雨水井盖,缺失,恢复,1紧急工作时";
        let told = |world: &World| {
            let class = world.read(|tx| catalogue::store::by_code(tx, "C01-03")).unwrap();
            (class.publicity, class.anonymous)
        };
        let open = format!("{head},公开范围,可否匿名\n{row},公开,是");
        import(world, Kind::Classes, open.as_bytes()).unwrap();
        assert_eq!(told(world), ("public".to_owned(), true));
        let silent = format!("{head}\n{row}周边");
        import(world, Kind::Classes, silent.as_bytes()).unwrap();
        assert_eq!(told(world), ("public".to_owned(), true), "who says nothing changes nothing");
        let closed = format!("{head},公开范围,可否匿名\n{row},private,no");
        import(world, Kind::Classes, closed.as_bytes()).unwrap();
        assert_eq!(
            told(world),
            ("public".to_owned(), true),
            "a class that is known has its own form"
        );
    });
}

#[test]
fn imported_cases_are_for_the_office_unless_their_row_names_a_public_class() {
    world_test(|world| {
        let class = world.read(catalogue::store::all).into_iter();
        let class = class.clone().find(|class| class.publicity == "public").unwrap();
        let words = class.keywords.join("，");
        let table = format!(
            "编号,标题,内容,反映时间,类别\n1,{words},{words},2019-02-28 11:25,\n\
             2,{words},{words},2019-02-28 11:25,{}",
            class.code
        );
        import(world, Kind::Cases, table.as_bytes()).unwrap();
        let publicity = |key: &'static str| {
            world.read(move |tx| {
                let id = crate::affairs::appeal::store::id_of_external(tx, key)?.unwrap();
                Ok(crate::matter::store::matter(tx, id.as_str())?.unwrap().publicity)
            })
        };
        assert_eq!(publicity("import:1"), "internal");
        assert_eq!(publicity("import:2"), "public");
    });
}

#[test]
fn a_new_table_replaces_the_standards_of_the_old_and_undoing_brings_them_back() {
    world_test(|world| {
        import(world, Kind::Classes, &class_table()).unwrap();
        let newer = "类型,大类代码,大类名称,小类代码,小类名称,立案条件,结案条件,处置时限\n\
                     部件,01,公用设施,03,雨水井盖,缺失,恢复,1紧急工作时";
        let checked = check(&world.district, Kind::Classes, newer.as_bytes()).unwrap();
        assert_eq!((checked.report.made, checked.report.replaced), (0, 1));
        let limits = |world: &World| {
            let class = world.read(|tx| catalogue::store::by_code(tx, "C01-03")).unwrap().id;
            let standards = world.read(move |tx| catalogue::store::standards(tx, &class));
            standards.iter().map(|s| limit::write(s.limit)).collect::<Vec<_>>()
        };
        let batch = import(world, Kind::Classes, newer.as_bytes()).unwrap();
        assert_eq!(limits(world), ["1紧急工作时"]);
        undo::undo(world.door(), &Actor::operator(), &batch.id).unwrap();
        assert_eq!(limits(world), ["2紧急工作时", "4工作时"]);
        let other = newer.replace("雨水井盖", "别的东西");
        let wrong = check(&world.district, Kind::Classes, other.as_bytes()).unwrap();
        assert_eq!(codes(&wrong), [(2, "code_of_another", Grade::Wrong)]);
    });
}

#[test]
fn what_goes_out_is_no_formula() {
    let heads = ["标题".to_owned()];
    let rows = [vec!["=1+2".to_owned()], vec!["＝cmd".to_owned()], vec!["路灯".to_owned()]];
    let csv = String::from_utf8(out::csv(&heads, &rows).unwrap()).unwrap();
    assert_eq!(csv, "\u{feff}标题\n'=1+2\n'＝cmd\n路灯\n");
    let book = read::sheets(&out::xlsx("清单", &heads, &rows).unwrap()).unwrap();
    assert_eq!(
        book[0].rows[1].cells[0].text, "=1+2",
        "a text, and no formula that Excel works out"
    );
}

#[test]
fn the_file_comes_back_with_its_errors_in_a_last_column() {
    world_test(|world| {
        let bytes = csv(&["编号,内容,反映时间", "1,路灯不亮,昨天", "2,水管漏水,2019-03-01 10:00"]);
        let remarks = check_cases(world, &bytes).report.remarks;
        let book = out::annotated(&bytes, &remarks, Lang::Zh).unwrap();
        let back = read::sheets(&book).unwrap();
        let last = |row: usize| back[0].rows[row].cells.get(3).map(|cell| cell.text.clone());
        assert_eq!(last(0).as_deref(), Some("错误原因"));
        assert!(last(1).unwrap().contains("昨天"));
        assert_eq!(last(2).unwrap_or_default(), "");
        let template = out::template(Kind::Cases, &[("class", vec!["E0101".to_owned()])]).unwrap();
        let titles = read::sheets(&template).unwrap();
        assert_eq!(titles[0].rows[0].cells[2].text, "标题");
        assert_eq!(titles[0].rows[0].cells[3].text, "内容*");
    });
}

#[test]
fn every_remark_has_its_sentence_in_both_languages() {
    let here = [
        include_str!("cases.rs"),
        include_str!("classes.rs"),
        include_str!("check.rs"),
        include_str!("head.rs"),
        include_str!("read/mod.rs"),
        include_str!("when.rs"),
    ]
    .concat();
    let known =
        crate::words::sentences(Lang::Zh).keys().filter_map(|k| k.strip_prefix("import.remark."));
    let mut count = 0;
    for code in known {
        count += 1;
        let remark = Remark::new(Grade::Wrong, 1, "", code);
        assert_ne!(remark.sentence(Lang::En), format!("import.remark.{code}"));
        let told = here.contains(&format!("\"{code}\""))
            || ["not_our_letters", "binary", "not_json", "not_a_table", "too_many_columns"]
                .contains(&code);
        assert!(told, "nobody says {code}");
    }
    assert!(count > 20);
    let unsaid = Sheet::default();
    assert!(unsaid.rows.is_empty());
}

fn data(path: &str) -> Option<Vec<u8>> {
    let root = std::env::var("LINLI_DATA").unwrap_or_else(|_| "../../../shared/data".to_owned());
    let path = PathBuf::from(root).join(path);
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        println!("SKIP-DATA: {}", path.display());
    }
    bytes
}

#[test]
fn the_class_table_of_a_city_is_taken_over_whole() {
    let Some(bytes) = data("case-standards/component-event-standards.xlsx") else { return };
    world_test(|world| {
        let checked = check(&world.district, Kind::Classes, &bytes).unwrap();
        let report = &checked.report;
        assert_eq!((report.wrong, report.made), (0, 190), "{:?}", report.remarks);
        let Content::Classes(classes) = &checked.content else { panic!("classes") };
        let of = |kind: &str| classes.iter().filter(|class| class.kind == kind).count();
        assert_eq!((of("component"), of("event")), (92, 98));
        let standards: usize = classes.iter().map(|class| class.standards.len()).sum();
        assert_eq!((report.rows, standards), (522, 522));
        let batch = import(world, Kind::Classes, &bytes).unwrap();
        let kept = world.read(move |tx| catalogue::store::of_batch(tx, &batch.id));
        assert_eq!((kept.0.len(), kept.1.len()), (standards, 190));
    });
}

#[test]
fn three_hundred_real_messages_come_in_with_their_answers() {
    let Some(packed) = data("citizen-messages/replies_2816.jsonl.gz") else { return };
    let mut text = String::new();
    let mut whole = flate2::read::GzDecoder::new(packed.as_slice());
    std::io::Read::read_to_string(&mut whole, &mut text).unwrap();
    let some: String = text.lines().take(300).flat_map(|line| [line, "\n"]).collect();
    world_test(|world| {
        let checked = check_cases(world, some.as_bytes());
        assert_eq!(
            (checked.report.ok, checked.report.wrong),
            (300, 0),
            "{:?}",
            checked.report.remarks
        );
        import(world, Kind::Cases, some.as_bytes()).unwrap();
        assert_eq!(seen(world), 300);
        let closed = "select count(*) from matter where stage = 'closed' and closed_at > opened_at";
        assert_eq!(world.read(|tx| tx.count(closed, &[])), 300);
    });
}

/// The shipped procedure under another version, adopted while something else is under way.
fn adopt_version(world: &World, version: u32) {
    let processes = world.district.processes.clone();
    let kind = appeal::kind().unwrap();
    let next = format!("version = {version}\n");
    let text = kind.text.replacen("version = 1\n", &next, 1);
    let seen = i64::from(version) - 1;
    let act = Adopt { process: appeal::APPEAL.to_owned(), seen, text, processes };
    world.perform(&Actor::operator(), act).unwrap();
}

#[test]
fn an_import_goes_by_one_version_of_the_procedure_or_leaves_nothing() {
    world_test(|world| {
        let row = |n: usize| format!("{n},路灯不亮,{n} 号楼前的路灯坏了,2019-03-02 17:30");
        let head = "编号,标题,内容,反映时间".to_owned();
        let lines: Vec<String> = std::iter::once(head).chain((1..=150).map(row)).collect();
        let file = lines.join("\n").into_bytes();
        let (district, actor) = (&world.district, Actor::operator());
        let begun = || {
            let file = ("很多.csv", file.as_slice());
            run::dry_run(district, &actor, Kind::Cases, file, None).unwrap().0
        };
        let state = |run: &batch::Run| {
            let id = run.id.clone();
            world.read(move |tx| batch::run(tx, &id)).unwrap()
        };
        // Between two chunks, then between the last chunk and the adoption.
        for (version, after) in [(2, 100), (3, 150)] {
            let run = begun();
            let done = run::adopt(district, &actor, &run, &mut |done, _| {
                if done == after {
                    adopt_version(world, version);
                }
            });
            assert_eq!(refusal(done), "procedure_changed");
            assert_eq!((seen(world), matters_in_all(world)), (0, 0), "nothing is half done");
            let told = state(&run);
            let failure = run::report_of(&told).unwrap().failure.unwrap();
            assert!(failure.zh.contains(&format!("第 {version} 版")), "{failure:?}");
            assert_eq!(told.state, "failed");
        }
        run::adopt(district, &actor, &begun(), &mut |_, _| {}).unwrap();
        assert_eq!((seen(world), matters_in_all(world)), (150, 150));
        let by_new = "select count(*) from matter where process_version = 3";
        assert_eq!(world.read(|tx| tx.count(by_new, &[])), 150);
    });
}

#[test]
fn imported_cases_stand_where_the_districts_own_procedure_has_such_cases() {
    world_test(|world| {
        let text = appeal::kind().unwrap().text.replacen("version = 1\n", "version = 2\n", 1);
        let text = text.replace("\"reported\"", "\"arrived\"").replace("\"closed\"", "\"ended\"");
        let text = text.replace("phase = \"arrived\"", "phase = \"reported\"");
        let text = text.replace("phase = \"ended\"", "phase = \"closed\"");
        let processes = world.district.processes.clone();
        let act = Adopt { process: appeal::APPEAL.to_owned(), seen: 1, text, processes };
        world.perform(&Actor::operator(), act).unwrap();
        import(world, Kind::Cases, &three_cases()).unwrap();
        let stages = world.read(|tx| {
            let sql = "select stage || ' ' || phase, count(*) from matter group by stage, phase
                order by stage";
            tx.rows(sql, &[], |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?)))
        });
        let want = [("arrived reported".to_owned(), 2), ("ended closed".to_owned(), 1)];
        assert_eq!(stages, want);
        let running = "select count(*) from clock where stopped_at is null and stage = 'arrived'";
        assert_eq!(world.read(|tx| tx.count(running, &[])), 2);
    });
}

#[test]
fn an_import_cut_off_is_told_as_failed_and_leaves_nothing() {
    world_test(|world| {
        let (district, actor) = (&world.district, Actor::operator());
        let file = three_cases();
        let (run, _) =
            run::dry_run(district, &actor, Kind::Cases, ("三件.csv", &file), None).unwrap();
        run::stage_only(district, &actor, &run).unwrap();
        let state = |world: &World| {
            let id = run.id.clone();
            world.read(move |tx| batch::run(tx, &id)).unwrap().state
        };
        assert_eq!(undo::end_cut_off(world.door()).unwrap(), 0, "heard of a moment ago");
        assert_eq!((state(world).as_str(), matters_in_all(world)), ("staging", 3));
        district.door.clock.shift(3 * 60 * 1_000_000);
        let broken = |checks: Vec<doctor::Check>| {
            checks.into_iter().find(|c| c.code == "imports").map(|c| (c.grade, c.found))
        };
        assert_eq!(undo::cut_off(world.door()).unwrap().len(), 1);
        assert_eq!(undo::end_cut_off(world.door()).unwrap(), 1);
        assert_eq!((state(world).as_str(), matters_in_all(world)), ("failed", 0));
        let left = |table: &str| {
            let sql = format!("select count(*) from {table}");
            world.read(move |tx| tx.count(&sql, &[]))
        };
        assert_eq!((left("case_file"), left("entry"), left("contact")), (0, 0, 0));
        assert_eq!(undo::end_cut_off(world.door()).unwrap(), 0);
        let good = broken(doctor::examine(world.dir(), false));
        assert_eq!(good, Some((doctor::Grade::Good, String::new())));
        run::adopt(district, &actor, &run, &mut |_, _| {}).unwrap();
        assert_eq!((state(world).as_str(), seen(world)), ("adopted", 3));
    });
}

#[test]
fn who_reported_elsewhere_is_kept_sealed_and_goes_with_the_case() {
    world_test(|world| {
        let lately = |days: i64| world.district.local(world.district.now().plus_days(-days));
        let table = format!(
            "反映人,内容,反映时间,答复,答复时间\n皇甫端,路灯不亮,{},,\n\
             单廷珪,井盖松动,{},已修好,{}\n魏定国,垃圾没人收,{},已清运,{}",
            lately(3),
            lately(30),
            lately(20),
            lately(900),
            lately(890)
        );
        let batch = import(world, Kind::Cases, table.as_bytes()).unwrap();
        assert_eq!(seen(world), 3);
        let masked = world.read(|tx| {
            tx.rows("select name_masked from contact order by name_masked", &[], |row| {
                row.get::<String>(0)
            })
        });
        assert_eq!(masked.len(), 2, "whose case is long over is not kept at all");
        let id = world.read(|tx| {
            let sql = "select id from matter where stage = 'reported'";
            tx.row(sql, &[], |row| row.get::<Id>(0))
        });
        let kept = world.read(move |tx| crate::people::store::contact(tx, &id.unwrap())).unwrap();
        assert_eq!(kept.in_full(&world.district.keys)[0].as_deref(), Some("皇甫端"));
        for name in ["皇甫端", "单廷珪", "魏定国"] {
            assert!(!masked.iter().any(|masked| masked == name));
            let found = world.read(move |tx| crate::testing::rows_with(tx, name));
            assert_eq!(found, Vec::<String>::new());
        }
        assert_eq!(
            import(world, Kind::Cases, format!("{table}\n").as_bytes()).unwrap_err().to_string(),
            "refused: import_has_problems",
            "the same words at the same time by the same person are the same case"
        );
        undo::undo(world.door(), &Actor::operator(), &batch.id).unwrap();
        assert_eq!(world.read(|tx| tx.count("select count(*) from contact", &[])), 0);
    });
}

#[test]
fn a_long_import_ends_with_its_chunk_when_the_program_is_to_end() {
    world_test(|world| {
        let (district, actor) = (&world.district, Actor::operator());
        let head = "编号,内容,反映时间".to_owned();
        let rows = (1..=350).map(|n| format!("{n},第{n}件,2019-02-28 11:25"));
        let file: Vec<String> = std::iter::once(head).chain(rows).collect();
        let file = file.join("\n").into_bytes();
        let (run, _) = run::dry_run(district, &actor, Kind::Cases, ("a.csv", &file), None).unwrap();
        let mut chunks = Vec::new();
        let done = run::adopt(district, &actor, &run, &mut |done, _| {
            chunks.push(done);
            if done >= 200 {
                district.stop();
            }
        });
        assert_eq!((refusal(done), chunks), ("import_stopped", vec![100, 200]));
        assert_eq!((seen(world), matters_in_all(world)), (0, 200), "nobody sees what was staged");
        assert_eq!(undo::end_cut_off(world.door()).unwrap(), 1, "whoever serves next, at once");
        let id = run.id.clone();
        let told = world.read(move |tx| batch::run(tx, &id)).unwrap();
        assert_eq!((told.state.as_str(), matters_in_all(world)), ("failed", 0));
    });
}

#[test]
fn a_workbook_with_a_password_is_told_from_an_old_one() {
    let mut locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    locked.resize(1024, 0);
    assert_eq!(unreadable(&locked), "old_excel");
    locked.extend("EncryptedPackage".bytes().flat_map(|letter| [letter, 0]));
    assert_eq!(unreadable(&locked), "locked");
}
