//! Tables of classes with their standards.

use super::*;

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
fn a_table_of_which_a_class_was_changed_since_is_not_taken_back() {
    world_test(|world| {
        let batch = import(world, Kind::Classes, &class_table()).unwrap();
        let class = world.read(|tx| catalogue::store::by_code(tx, "C01-03")).unwrap();
        let of = class.id.clone();
        let standards = world.read(move |tx| catalogue::store::standards(tx, &of));
        let changed = |old: &catalogue::Standard| catalogue::rules::NewStandard {
            replaces: Some(old.id.clone()),
            ends: false,
            condition: old.condition.clone(),
            closing: old.closing.clone(),
            limit: linli_rules::calendar::Limit { n: old.limit.n + 1, ..old.limit },
            grade: old.grade.clone(),
        };
        // As the form has it: where the English is not written, the Chinese stands.
        let both = |words: catalogue::Pair| catalogue::Pair { en: words.zh.clone(), ..words };
        let change = catalogue::acts::ChangeClass {
            id: class.id.clone(),
            seen: class.version,
            fields: catalogue::rules::ClassFields {
                group: both(class.group),
                title: both(class.title),
                plain: both(class.plain),
                publicity: class.publicity,
                anonymous: class.anonymous,
                keywords: class.keywords,
                questions: class.questions,
                body_kind: class.body_kind,
            },
            standards: standards.iter().map(changed).collect(),
            stays: false,
            filed: |_, _| Ok(catalogue::Filed::default()),
        };
        world.perform(&Actor::operator(), change).unwrap();
        let undone = undo::undo(&world.district.door, &Actor::operator(), &batch.id);
        assert_eq!(refusal(undone), "classes_changed_since");
        let kept = world.read(|tx| catalogue::store::by_code(tx, "C01-03"));
        assert!(kept.is_some(), "the class and its standards stay");
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
        let report = check(&world.district, Kind::Classes, closed.as_bytes()).unwrap().report;
        let said = report.remarks.iter().find(|one| one.code == "keeps_its_own").unwrap();
        assert!(said.sentence(Lang::Zh).contains("公开范围、可否匿名"), "{said:?}");
        import(world, Kind::Classes, closed.as_bytes()).unwrap();
        assert_eq!(
            told(world),
            ("public".to_owned(), true),
            "a class that is known has its own form"
        );
    });
}

#[test]
fn a_word_a_column_does_not_take_is_told_and_not_guessed_at() {
    world_test(|world| {
        let head = "大类名称,小类代码,小类名称,处置单位,立案条件,结案条件,处置时限,\
                    部件或事件,公开范围,可否匿名";
        let checked = |row: &str| {
            let text = format!("{head}\n{row}");
            check(&world.district, Kind::Classes, text.as_bytes()).unwrap()
        };
        let of = |row: &str| {
            let remarks = checked(row).report.remarks;
            remarks.into_iter().map(|r| (r.code, r.grade, r.column)).collect::<Vec<_>>()
        };
        let wrong = |code: &str, column: &str| (code.to_owned(), Grade::Wrong, column.to_owned());
        assert_eq!(
            of("市容,E0901,乱贴,,有,清除,3天,东西,随便,也许"),
            [
                wrong("unknown_word", "部件或事件"),
                wrong("unknown_word", "公开范围"),
                wrong("unknown_word", "可否匿名"),
            ]
        );
        let told = checked("市容,E0901,乱贴,,有,清除,3天,事件,随便,是").report.remarks;
        let told = told[0].told(Lang::Zh);
        assert!(told.starts_with("公开范围：看不懂“随便”") && told.contains("不公开"), "{told}");
        assert_eq!(
            of("市容,E0901,=HYPERLINK(),,有,清除,3天,事件,公开,是"),
            [wrong("formula_name", "小类名称")]
        );
        assert_eq!(
            of("市容,E0901,乱贴,,有,清除,999999天,事件,公开,是"),
            [wrong("limit_too_long", "处置时限")]
        );
        let unknown = checked("市容,E0901,乱贴,没有这个单位、排水中心,有,清除,3天,事件,公开,是");
        assert_eq!(codes(&unknown), [(2, "no_such_body", Grade::Changed)]);
        assert!(unknown.report.is_good(), "the words bind nobody");
    });
}

#[test]
fn a_code_that_says_it_all_is_not_doubled_by_that_of_its_large_class() {
    world_test(|world| {
        let text = "大类代码,大类名称,小类代码,小类名称,立案条件,结案条件,处置时限\n\
                    E09,市容,E0901,乱贴,有,清除,3天";
        let checked = check(&world.district, Kind::Classes, text.as_bytes()).unwrap();
        let Content::Classes(classes) = checked.content else { panic!("classes") };
        assert_eq!(classes[0].code, "E0901");
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
fn a_head_with_nothing_below_it_is_told_as_such() {
    world_test(|world| {
        let checked = check_cases(world, &csv(&["编号,标题,内容,反映时间"]));
        assert_eq!(codes(&checked), [(0, "no_rows", Grade::Wrong)]);
        assert!(!checked.report.is_good());
    });
}

#[test]
fn a_table_is_looked_at_anew_once_its_classes_have_changed() {
    world_test(|world| {
        import(world, Kind::Classes, &class_table()).unwrap();
        let (district, actor) = (&world.district, Actor::operator());
        let table = |limit: &str| {
            let head = "类型,大类代码,大类名称,小类代码,小类名称,立案条件,结案条件,处置时限";
            format!("{head}\n部件,01,公用设施,03,雨水井盖,缺失,恢复,{limit}").into_bytes()
        };
        let standing = || {
            let class = world.read(|tx| catalogue::store::by_code(tx, "C01-03")).unwrap().id;
            world.read(move |tx| catalogue::store::standards(tx, &class))
        };
        let mine = ("mine.csv", &*table("6紧急工作时"));
        let (run, checked) = run::dry_run(district, &actor, Kind::Classes, mine, None).unwrap();
        import(world, Kind::Classes, &table("1紧急工作时")).unwrap();
        let theirs = standing();
        let batches = || world.read(|tx| tx.count("select count(*) from batch", &[]));
        let before = batches();
        let adopt = |run: &batch::Run| run::adopt(district, &actor, run, &mut |_, _| {});
        assert_eq!(refusal(adopt(&run)), "import_looked_before");
        assert_eq!((standing(), batches()), (theirs, before), "what the other took over stands");
        let act = catalogue::acts::AdoptClasses {
            batch: world.new_id(),
            standards: 0,
            codes: vec!["C01-03".to_owned()],
            stood: checked.report.stood,
        };
        let at_the_door = world.perform(&actor, act).map(|answer| answer.outcome);
        assert_eq!(refusal(at_the_door), "import_looked_before", "however late they change");
        let id = run.id.clone();
        let again = world.read(move |tx| batch::run(tx, &id)).unwrap();
        let report = run::report_of(&again).unwrap();
        assert_eq!((again.state.as_str(), report.is_good()), ("failed", true));
        assert!(report.failure.unwrap().zh.contains("请看过再导入"));
        adopt(&again).unwrap();
        let limits: Vec<String> = standing().iter().map(|s| limit::write(s.limit)).collect();
        assert_eq!(limits, ["6紧急工作时"]);
    });
}

#[test]
fn a_file_is_looked_at_anew_once_some_of_its_rows_have_come_in() {
    world_test(|world| {
        let (district, actor) = (&world.district, Actor::operator());
        let more = [three_cases(), b"\n4,A04,new,new case,2019-03-03 10:00,,".to_vec()].concat();
        let file = ("four.csv", &*more);
        let (run, checked) = run::dry_run(district, &actor, Kind::Cases, file, None).unwrap();
        assert_eq!(checked.report.made, 4);
        import(world, Kind::Cases, &three_cases()).unwrap();
        let late = run::adopt(district, &actor, &run, &mut |_, _| {});
        assert_eq!(refusal(late), "import_looked_before");
        let unseen = run::adopt(district, &actor, &run, &mut |_, _| {});
        assert_eq!(refusal(unseen), "import_under_way", "its report is another by now");
        assert_eq!(matters_in_all(world), 3);
        let again = world.read(move |tx| batch::run(tx, &run.id)).unwrap();
        assert_eq!((again.total, run::report_of(&again).unwrap().there), (1, 3));
        run::adopt(district, &actor, &again, &mut |_, _| {}).unwrap();
        assert_eq!(matters_in_all(world), 4);
    });
}
