//! Imports on both engines: every trap that files set, and the real files where they are there.

mod going_out;
mod importing;
mod reading;
mod real;
mod tables;

use std::path::PathBuf;

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};

use super::check::{Checked, Content, check};
use super::run;
use super::{Grade, Kind, Remark, limit, out, when};
use crate::act::{Actor, Failure};
use crate::affairs::appeal::{
    self,
    undo::{self, Undone},
};
use crate::base::Id;
use crate::keep::doctor;
use crate::matter::{CASES, batch, store as matters};
use crate::procedure::acts::Adopt;
use crate::table;
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
