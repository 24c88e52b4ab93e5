//! What a file is read as, and what is refused of it.

use super::*;

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
    // What programs write that know no time.
    for bad in ["0001-01-01T00:00:00Z", "0001-01-01 00:00:00", "1899-12-30T00:00:00+08:00"] {
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
fn a_field_merged_down_is_read_in_each_row_and_one_merged_over_columns_is_told() {
    world_test(|world| {
        let plain = Format::new();
        let cases = |merge: &dyn Fn(&mut Worksheet)| {
            book(|sheet| {
                sheet.merge_range(0, 0, 0, 5, "来信登记", &plain).unwrap();
                let row = |n| [n, "灯坏了", "三号楼前", "2019-02-28 11:25", "", ""];
                for (at, cells) in (1..).zip([HEAD, row("1"), row("2"), row("3")]) {
                    for (c, text) in (0..).zip(cells).filter(|(_, text)| !text.is_empty()) {
                        sheet.write_string(at, c, text).unwrap();
                    }
                }
                merge(sheet);
            })
        };
        let classes = |merge: &dyn Fn(&mut Worksheet)| {
            book(|sheet| {
                rows(
                    sheet,
                    &[
                        &["大类代码", "大类名称", "小类代码", "小类名称", "立案条件", "处置时限"],
                        &["91", "新大类", "01", "新小类", "坏了", "4工作时"],
                        &["91", "新大类", "02", "又一类", "丢了", "2工作日"],
                    ],
                );
                merge(sheet);
            })
        };
        let down = |column: u16, text: &'static str, from: u32, to: u32| {
            let plain = plain.clone();
            move |sheet: &mut Worksheet| {
                sheet.merge_range(from, column, to, column, text, &plain).map(drop).unwrap();
            }
        };
        let whole = cases(&down(2, "都在三号楼前", 2, 4));
        let Content::Cases(read) = check_cases(world, &whole).content else { panic!("cases") };
        assert_eq!(read.len(), 3);
        let whole = check(&world.district, Kind::Classes, &classes(&down(1, "新大类", 1, 2)));
        let whole = whole.unwrap();
        let Content::Classes(read) = &whole.content else { panic!("classes") };
        assert_eq!((read.len(), whole.report.wrong), (2, 0), "{:?}", whole.report.remarks);
        let over = |from: (u32, u16), to: (u32, u16)| {
            let plain = plain.clone();
            move |sheet: &mut Worksheet| {
                sheet.merge_range(from.0, from.1, to.0, to.1, "两列", &plain).map(drop).unwrap();
            }
        };
        let all = [
            (Kind::Cases, cases(&over((3, 1), (3, 2))), 4, "B4:C4"),
            (Kind::Cases, cases(&over((2, 4), (4, 5))), 5, "E3:F5"),
            (Kind::Classes, classes(&over((1, 3), (1, 4))), 2, "D2:E2"),
        ];
        let before = world.read(crate::testing::contents);
        for (kind, bytes, row, range) in all {
            let checked = check(&world.district, kind, &bytes).unwrap();
            let merged = checked.report.remarks.iter().find(|r| r.code == "merged").unwrap();
            assert_eq!((merged.row, merged.grade), (row, Grade::Wrong), "{range}");
            assert!(merged.sentence(Lang::Zh).starts_with(range), "{range}: {merged:?}");
            assert_eq!(refusal(import(world, kind, &bytes)), "import_has_problems");
        }
        let mut after = world.read(crate::testing::contents);
        after.insert("import_run".to_owned(), before["import_run"].clone());
        assert_eq!(after, before, "nothing was taken");
        // What a field merged down holds is what each of its cells holds.
        let broken = cases(&|sheet| {
            sheet.merge_range(2, 2, 4, 2, "", &plain).unwrap();
            let failed = Formula::new("=1/0").set_result("#DIV/0!");
            sheet.write_formula(2, 2, failed).unwrap();
        });
        let told = check_cases(world, &broken);
        let told: Vec<usize> = told.report.remarks.iter().map(|remark| remark.row).collect();
        assert_eq!(told, [3, 4, 5]);
    });
}

/// What a careless reader would leave out or run together is told with its row, and stops the file.
#[test]
fn nothing_of_a_row_is_lost_unsaid() {
    world_test(|world| {
        let good = "1,灯坏了,三号楼前,2019-02-28 11:25,,";
        let head = HEAD.join(",");
        let beyond = book(|sheet| {
            let row = ["2", "灯坏了", "三号楼前", "2019-02-28 11:25", "", "", "", "老人摔倒"];
            rows(sheet, &[&HEAD, &["1", "灯坏了", "前", "2019-02-28 11:25"], &row]);
        });
        let comma = "2,灯坏了,三号楼前,2019-02-28 11:25,,,老人摔倒";
        let open = "2,\"灯坏了,三号楼前,2019-02-28 11:25,,";
        let tail = "2,\"灯坏了\"三周,三号楼前,2019-02-28 11:25,,";
        let line = r#"{"标题":"灯坏了","内容":"一","反映时间":"2019-02-28 11:25"}"#;
        let twice = line.replace("\"标题\"", "\"内容\":\"二\",\"标题\"");
        let all = [
            (csv(&[&head, good, comma]), 3, "without_title", "第 7 列"),
            (beyond, 3, "without_title", "第 8 列"),
            (csv(&[&head, good, open, good]), 3, "table_not_whole", "引号"),
            (
                csv(&[&head, good, open, "3,\"灯\",前,2019-02-28 11:25,,"]),
                3,
                "table_not_whole",
                "引号",
            ),
            (csv(&[&head, tail]), 2, "table_not_whole", "引号"),
            (csv(&[line, &twice]), 2, "table_said_twice", "“内容”"),
        ];
        for (bytes, row, code, says) in all {
            let checked = check_cases(world, &bytes);
            assert_eq!(codes(&checked), [(row, code, Grade::Wrong)]);
            let said = checked.report.remarks[0].sentence(Lang::Zh);
            assert!(said.contains(says), "{said}");
            assert_eq!(refusal(import(world, Kind::Cases, &bytes)), "import_has_problems");
        }
        assert_eq!(matters_in_all(world), 0);
        let classes = [
            "大类代码,大类名称,小类代码,小类名称,立案条件,处置时限",
            "91,新大类,01,新小类,坏了,4工作时,丢了",
        ];
        let checked = check(&world.district, Kind::Classes, &csv(&classes)).unwrap();
        assert!(codes(&checked).contains(&(2, "without_title", Grade::Wrong)));
        // Quotes as RFC 4180 has them, and one in the middle of a field that none opened.
        let right = "2,\"灯\"\"坏\"\"了\",\"三号楼,\r\n前\",2019-02-28 11:25,,\r";
        let inch = "3,管子5\"粗,前,2019-02-28 11:25,,\r";
        assert_eq!(codes(&check_cases(world, &csv(&[&head, good, right, inch]))), []);
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
fn a_class_goes_by_its_code_its_title_or_both() {
    world_test(|world| {
        let class = world.read(|tx| catalogue::store::by_code(tx, "E0101")).unwrap();
        let title = class.title.zh.clone();
        let of = |said: &str| {
            let text = format!("编号,内容,反映时间,事项类别\n1,灯坏了,2019-01-01 10:00,{said}");
            let checked = check_cases(world, text.as_bytes());
            let Content::Cases(cases) = &checked.content else { panic!("cases") };
            let class = cases.first().and_then(|case| case.class.clone());
            (class, checked.report.remarks)
        };
        for said in ["E0101".to_owned(), title.clone(), format!("E0101 {title}")] {
            assert_eq!(of(&said), (Some("E0101".to_owned()), Vec::new()), "{said}");
        }
        for said in ["没有的事", "E0101 没有的事"] {
            let (class, remarks) = of(said);
            assert_eq!((class, remarks[0].code.as_str()), (None, "no_such_class"));
            let told = remarks[0].told(Lang::Zh);
            assert!(told.starts_with("事项类别：") && told.contains(said), "{told}");
        }
        let other =
            "大类代码,大类名称,小类代码,小类名称,立案条件,结案条件,处置时限\nE09,市容,E0991,";
        let same = format!("{other}{title},有,清除,3天");
        import(world, Kind::Classes, same.as_bytes()).unwrap();
        let (class, remarks) = of(&title);
        assert_eq!((class, remarks[0].code.as_str()), (None, "class_of_many"));
        assert!(remarks[0].sentence(Lang::Zh).contains("E0991"), "{remarks:?}");
    });
}

#[test]
fn every_remark_has_its_sentence_in_both_languages() {
    let here = [
        include_str!("../cases.rs"),
        include_str!("../classes.rs"),
        include_str!("../check.rs"),
        include_str!("../head.rs"),
        include_str!("../when.rs"),
    ]
    .concat();
    let known =
        crate::words::sentences(Lang::Zh).keys().filter_map(|k| k.strip_prefix("import.remark."));
    let mut count = 0;
    for code in known {
        count += 1;
        let remark = Remark::new(Grade::Wrong, 1, "", code);
        assert_ne!(remark.sentence(Lang::En), format!("import.remark.{code}"));
        assert!(here.contains(&format!("\"{code}\"")), "nobody says {code}");
    }
    assert!(count > 20);
}
