//! Cases on their way in: staged, adopted, undone, cut off.

use super::*;

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
            seen: Some(1).into(),
            act: "accept".to_owned(),
            put,
        };
        world.perform(&actor, act).unwrap();
        let undone = undo::undo(&district.door, &actor, &batch.id).unwrap();
        assert_eq!(undone, Undone { kept: 1, removed: 2, before: false });
        assert_eq!((seen(world), matters_in_all(world)), (1, 1));
        let again = undo::undo(&district.door, &actor, &batch.id).unwrap();
        assert_eq!(
            again,
            Undone { before: true, ..Undone::default() },
            "there is no more to count"
        );
        let unknown = Id::derived("no batch");
        assert!(matches!(undo::undo(&district.door, &actor, &unknown), Err(Failure::Hidden)));
        // The file may come again; what stayed is there already.
        let again = check_cases(world, &bytes).report;
        assert_eq!((again.earlier, again.there, again.made), (None, 1, 2));
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
        let text = text.replace("\"reported\"", "\"arrived\"");
        let text = text.replace("phase = \"arrived\"", "phase = \"reported\"");
        let processes = world.district.processes.clone();
        let act = Adopt { process: appeal::APPEAL.to_owned(), seen: 1, text, processes };
        world.perform(&Actor::operator(), act).unwrap();
        import(world, Kind::Cases, &three_cases()).unwrap();
        let stages = world.read(|tx| {
            let sql = "select stage || ' ' || phase, count(*) from matter group by stage, phase
                order by stage";
            tx.rows(sql, &[], |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?)))
        });
        let want = [("arrived reported".to_owned(), 2), ("closed closed".to_owned(), 1)];
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
             单廷珪,井盖松动,{},已修好,{}\n\
             魏定国,魏定国家门口垃圾没人收,{},已清运，并告诉了魏定国,{}",
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
fn who_is_called_like_everyone_is_taken_out_of_no_words() {
    world_test(|world| {
        let lately = world.district.local(world.district.now().plus_days(-3));
        let table = format!(
            "反映人,内容,反映时间,答复,答复时间\n市民,市民来电说路灯不亮,2019-02-28 11:25,\
             已回复市民,2019-03-01 09:00\n业主,业主群里都说井盖松动,{lately},,"
        );
        import(world, Kind::Cases, table.as_bytes()).unwrap();
        let whole = "select count(*) from case_file where open_words is null
            and (words = '市民来电说路灯不亮' and answer = '已回复市民' or words like '业主群里%')";
        let masked = "select count(*) from matter where title like '%*%'";
        let left = "select count(*) from contact";
        let counted = [whole, masked, left].map(|sql| world.read(move |tx| tx.count(sql, &[])));
        assert_eq!(counted, [2, 0, 0]);
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
