mod bringing;
mod proposals;

use calamine::Reader as _;

use super::acts::change::ChangeDuties;
use super::acts::kind::{AddKind, ChangeKind, EndKind};
use super::rules::{self, Change};
use super::sheet::{self, Head};
use super::view::{self, Group, Line, Query};
use super::{KindFields, NewDuty, NewWall, shipped, store};
use crate::act::duty::Duty;
use crate::act::{Actor, DutyList, Reach, Scope};
use crate::base::Id;
use crate::page::Form;
use crate::people::store as people;
use crate::testing::{World, both_engines, staff};
use crate::words::Lang;

#[test]
fn a_wrong_row_is_named_with_its_line() {
    let good = "post = [{ id = \"a\", level = \"grid\", group = \"grid\", \
                title = { zh = \"甲\", en = \"A\" } }]\n";
    let duty = |row: &str| format!("{good}wall = []\nduty = [\n{row}\n]\n");
    let row = r#"{ post = "a", act = "x.y", scope = "own", ground = "g" }"#;
    assert!(shipped::parse(&duty(row)).is_ok());
    for (wrong, line, says) in [
        (row.replace("\"own\"", "\"moon\""), 4, "moon"),
        (row.replace("\"a\"", "\"b\""), 4, "no post"),
        (row.replace("\"g\"", "\" \""), 4, "no legal ground"),
        (format!("{row},\n{row}"), 5, "twice"),
        (row.replace("scope", "reach"), 4, "reach"),
        ("{ post = ".to_owned(), 5, "missing"),
    ] {
        let error = shipped::parse(&duty(&wrong)).unwrap_err();
        assert_eq!(error.line, line, "{error}");
        assert!(error.reason.contains(says), "{error}");
    }
}

fn world_list(
    tx: &crate::store::ReadTx<'_>,
) -> Result<crate::act::DutyList, crate::store::StoreError> {
    Ok(crate::act::DutyBook::default().current(tx)?.as_ref().clone())
}

fn keeper() -> Actor {
    staff("security_admin", "/990101/", Id::derived("keeper"))
}

fn added(post: &str, act: &str, scope: &str) -> NewDuty {
    NewDuty {
        post_kind: post.to_owned(),
        act: act.to_owned(),
        scope: scope.to_owned(),
        ground: "街道职责清单（示例）第99项".to_owned(),
    }
}

fn ids(list: &DutyList, post: &str, act: &str) -> Vec<Id> {
    list.of(post, act).map(|duty| duty.id.clone()).collect()
}

fn change(world: &World, actor: &Actor, mut change: Change) -> Result<i64, String> {
    change.why = "示例：不再需要".to_owned();
    let act = ChangeDuties { seen: seen(world), change, processes: Default::default() };
    world.perform(actor, act).map(|done| done.outcome).map_err(|failure| failure.to_string())
}

#[test]
fn a_change_takes_effect_at_once_and_keeps_what_was() {
    both_engines(|world| {
        let list = world.read(world_list);
        let informant = staff("grid_informant", "/990101/1/", Id::derived("informant"));
        assert!(!list.has(&informant, "case.verify"));
        let ended = ids(&list, "grid_informant", "case.urge");
        let adds = vec![added("grid_informant", "case.verify", "my_grid")];
        let proposed = Change { ended: ended.clone(), added: adds, ..Change::default() };
        let version = change(world, &keeper(), proposed).unwrap();
        let now = world.read(world_list);
        assert_eq!((now.version, version), (list.version + 1, list.version + 1));
        let held = world.district.door.clone();
        let held = world.read(move |tx| held.duties.current(tx));
        assert!(held.has(&informant, "case.verify") && !held.has(&informant, "case.urge"));
        let gone = ended[0].clone();
        let until = world.read(move |tx| {
            tx.row("select until from duty where id = $1", crate::params![gone], |row| {
                row.get::<Option<i64>>(0)
            })
        });
        assert!(until.flatten().is_some(), "an ended row stays, with its end");
    });
}

#[test]
fn nobody_widens_what_they_have_by_another_post_or_as_anybody() {
    both_engines(|world| {
        let me = keeper().person.unwrap();
        let place = Id::derived("place");
        let plant = |table: &'static str, rows| {
            world.plant(crate::store::schema::Table::plain(table), rows);
        };
        plant(
            "place",
            vec![(
                place.clone(),
                vec![
                    ("code", "990101".into()),
                    ("level", "district".into()),
                    ("name", "区".into()),
                    ("path", "/990101/".into()),
                    ("sort_key", "q".into()),
                    ("valid_from", 0_i64.into()),
                    ("version", 1_i64.into()),
                ],
            )],
        );
        let person = |id: &Id| {
            (
                id.clone(),
                vec![
                    ("kind", "staff".into()),
                    ("name_masked", "张*".into()),
                    ("place_path", "/990101/".into()),
                    ("language", "zh".into()),
                    ("consent", "{}".into()),
                    ("created_at", 0_i64.into()),
                    ("version", 1_i64.into()),
                ],
            )
        };
        let away = Id::derived("away");
        plant("person", vec![person(&me), person(&away)]);
        for (kind, holder) in [("auditor", &me), ("community_head", &away)] {
            let post = Id::derived(&format!("post {kind}"));
            plant(
                "post",
                vec![(
                    post.clone(),
                    vec![
                        ("kind", kind.into()),
                        ("title", kind.into()),
                        ("place_id", (&place).into()),
                        ("place_path", "/990101/".into()),
                        ("version", 1_i64.into()),
                    ],
                )],
            );
            plant(
                "appointment",
                vec![(
                    Id::derived(kind),
                    vec![
                        ("post_id", (&post).into()),
                        ("person_id", holder.into()),
                        ("holder_name", "张".into()),
                        ("term_from", "2026-01-01".into()),
                        ("since", 0_i64.into()),
                        ("version", 1_i64.into()),
                    ],
                )],
            );
        }
        plant(
            "delegation",
            vec![(
                Id::derived("delegation"),
                vec![
                    ("appointment_id", (&Id::derived("community_head")).into()),
                    ("by_appointment_id", (&Id::derived("auditor")).into()),
                    ("to_person_id", (&me).into()),
                    ("from_at", 0_i64.into()),
                    ("to_at", i64::MAX.into()),
                    ("reason", "休假".into()),
                ],
            )],
        );
        for kind in ["security_admin", "auditor", "community_head", "resident", "public"] {
            let act = if kind == "security_admin" { "log.see" } else { "staff.reset" };
            let added = vec![added(kind, act, "my_district")];
            let told = change(world, &keeper(), Change { added, ..Change::default() }).unwrap_err();
            assert!(told.contains("own_powers"), "{kind}: {told}");
        }
        let added = vec![added("dispatcher", "staff.reset", "my_district")];
        change(world, &keeper(), Change { added, ..Change::default() }).unwrap();
    });
}

#[test]
fn changes_that_must_not_be_are_refused_and_change_nothing() {
    both_engines(|world| {
        let list = world.read(world_list);
        let add = |row: NewDuty| Change { added: vec![row], ..Change::default() };
        let end = |ended: Vec<Id>| Change { ended, ..Change::default() };
        let keep = ids(&list, "security_admin", "duty.change");
        let wrong: Vec<(&str, Change)> = vec![
            ("nothing_changed", Change::default()),
            ("own_powers", add(added("security_admin", "log.see", "my_district"))),
            ("last_keeper", end(keep)),
            ("changed_meanwhile", end(vec![Id::derived("no such row")])),
            ("no_such_post", add(added("emperor", "case.see", "own"))),
            ("no_such_act", add(added("resident", "case.destroy", "own"))),
            ("for_administrators", add(added("dispatcher", "duty.change", "my_district"))),
            ("for_administrators", add(added("resident", "duty.confirm", "my_district"))),
            ("no_such_scope", add(added("resident", "case.see", "the_moon"))),
            ("duty_twice", add(added("resident", "case.see", "own"))),
            (
                "missing",
                add(NewDuty { ground: " ".into(), ..added("auditor", "case.note", "own") }),
            ),
            (
                "too_long",
                add(NewDuty { ground: "长".repeat(201), ..added("auditor", "case.note", "own") }),
            ),
        ];
        for (code, proposed) in wrong {
            let told = change(world, &keeper(), proposed).unwrap_err();
            assert!(told.contains(code), "{code}: {told}");
        }
        let dispatcher = staff("dispatcher", "/990101/", Id::derived("dispatcher"));
        let told = change(world, &dispatcher, add(added("auditor", "case.note", "own")));
        assert!(told.unwrap_err().contains("not_your_duty"));
        let stale = ChangeDuties {
            seen: list.version - 1,
            change: add(added("auditor", "case.note", "own")),
            processes: Default::default(),
        };
        let told = world.perform(&keeper(), stale).unwrap_err().to_string();
        assert!(told.contains("changed_meanwhile"), "{told}");
        let now = world.read(world_list);
        assert_eq!((now.version, now.duties), (list.version, list.duties));
    });
}

#[test]
fn who_gains_and_who_loses_is_told_by_what_a_scope_contains() {
    let duty = |act: &str, scope: Scope| Duty {
        id: Id::derived(&format!("{act} {scope:?}")),
        post_kind: "clerk".to_owned(),
        act: act.to_owned(),
        scope,
        ground: "g".to_owned(),
    };
    let list = [
        duty("a.b", Scope::MyGrid),
        duty("a.c", Scope::MyDistrict),
        duty("a.d", Scope::Own),
        duty("a.e", Scope::Own),
        duty("a.f", Scope::Own),
    ];
    let ended = list[..4].iter().map(|row| row.id.clone()).collect();
    let adds = vec![
        added("clerk", "a.b", "my_place_and_below"),
        added("clerk", "a.c", "party"),
        added("clerk", "a.d", "public"),
        added("clerk", "a.e", "own"),
    ];
    let shifts = rules::shifts(&list, &Change { ended, added: adds, ..Change::default() });
    let told: Vec<(&str, bool, bool)> =
        shifts.iter().map(|s| (s.act.as_str(), s.widens(), s.narrows())).collect();
    let scopes = [("a.b", true, false), ("a.c", false, true), ("a.d", true, true)];
    let ground = ("a.e", false, false);
    assert_eq!(told, [scopes[0], scopes[1], scopes[2], ground], "what is left alone is not told");
    let only: Vec<bool> = shifts.iter().map(rules::Shift::only_grounds).collect();
    assert_eq!(only, [false, false, false, true]);
    let (before, after) = (&shifts[3].before[&Scope::Own], &shifts[3].after[&Scope::Own]);
    assert_eq!((before.as_str(), after.as_str()), ("g", "街道职责清单（示例）第99项"));
}

#[test]
fn a_text_that_looks_like_a_formula_stays_a_text() {
    let line = Line {
        title: "=1+1".into(),
        code: "a.b".into(),
        scope: "@SUM(A1)".into(),
        ground: "+cmd|' /C calc'!A0".into(),
    };
    let group = Group { title: "-2".into(), code: "p".into(), lines: vec![line] };
    let head = Head {
        title: "=HYPERLINK(\"x\")".into(),
        note: "n".into(),
        day: "2026-11-21".parse().unwrap(),
        by_act: false,
    };
    let bytes = sheet::write(&[group], (&[], &[]), &head, Lang::Zh).unwrap();
    let mut book: calamine::Xlsx<_> =
        calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).unwrap();
    let name = book.sheet_names()[0].clone();
    let range = book.worksheet_range(&name).unwrap();
    assert_eq!(range.get_value((3, 1)).unwrap().to_string(), "=1+1");
    assert_eq!(book.worksheet_formula(&name).unwrap().used_cells().count(), 0);
}

#[test]
fn a_question_stands_in_the_address_and_narrows_the_list() {
    both_engines(|world| {
        let rows = world.read(store::rows);
        let words = |lang| view::Words { lang, processes: &world.district.processes };
        let asked =
            |text: &str| Query::from_form(&Form::parse(text.as_bytes()).unwrap_or_default());
        let count = |query: &Query| {
            view::groups(&rows, query, &words(Lang::Zh))
                .iter()
                .map(|g| g.lines.len())
                .sum::<usize>()
        };
        assert_eq!(count(&Query::default()), rows.len());
        let query = asked("by=act&post=grid_worker&q=%E6%A0%B8%E5%AE%9E");
        assert_eq!(asked(&query.here()[1..]), query);
        assert!(query.by_act && count(&query) > 0 && count(&query) < 10, "{}", count(&query));
        assert_eq!(count(&asked("q=nothing-has-this")), 0);
        let by_act = asked("by=act");
        let codes: Vec<String> =
            view::groups(&rows, &by_act, &words(Lang::En)).into_iter().map(|g| g.code).collect();
        let mut once = codes.clone();
        once.dedup();
        assert_eq!(codes, once, "each act is one group");
    });
}

fn warden() -> KindFields {
    KindFields {
        title_zh: "楼栋长".to_owned(),
        title_en: "Building warden".to_owned(),
        level: "grid".to_owned(),
        group: "grid".to_owned(),
        position: 25,
    }
}

fn seen(world: &World) -> i64 {
    world.read(world_list).version
}

fn told<T>(done: crate::act::Done<T>) -> String {
    done.err().map(|failure| failure.to_string()).unwrap_or_default()
}

#[test]
fn a_place_makes_a_kind_of_post_of_its_own_gives_it_duties_and_ends_it() {
    both_engines(|world| {
        let code = "grid_warden".to_owned();
        let add = |fields| AddKind { seen: seen(world), code: code.clone(), fields };
        world.perform(&keeper(), add(warden())).unwrap();
        let kinds = world.read(people::post_kinds);
        let names: Vec<&str> = kinds.iter().map(|kind| kind.id.as_str()).collect();
        let at = names.iter().position(|name| *name == "grid_warden").unwrap();
        assert_eq!(names[at - 1], "grid_informant", "it stands where its number says: {names:?}");
        let row = added("grid_warden", "case.verify", "my_grid");
        change(world, &keeper(), Change { added: vec![row], ..Change::default() }).unwrap();
        let holder = staff("grid_warden", "/990101/1/", Id::derived("warden"));
        assert!(world.read(world_list).has(&holder, "case.verify"));
        let fields = KindFields { title_zh: "楼门长".to_owned(), ..warden() };
        let rename = ChangeKind { seen: seen(world), code: code.clone(), fields };
        world.perform(&keeper(), rename).unwrap();
        let rows = world.read(store::rows);
        assert!(rows.iter().any(|row| row.title_zh == "楼门长"), "the list says the new name");
        let end = || EndKind { seen: seen(world), code: code.clone() };
        assert!(told(world.perform(&keeper(), end())).contains("kind_has_duties n=1"));
        let ended = ids(&world.read(world_list), "grid_warden", "case.verify");
        change(world, &keeper(), Change { ended, ..Change::default() }).unwrap();
        world.perform(&keeper(), end()).unwrap();
        assert!(world.read(people::all_kinds).iter().all(|kind| kind.id != "grid_warden"));
        assert!(told(world.perform(&keeper(), add(warden()))).contains("kind_code_used"));
    });
}

#[test]
fn a_kind_that_must_not_be_is_refused() {
    both_engines(|world| {
        let before = seen(world);
        let of = |change: fn(&mut KindFields)| {
            let mut fields = warden();
            change(&mut fields);
            fields
        };
        for (code, fields, says) in [
            ("warden", warden(), "grid_kind_code"),
            ("Grid Warden", warden(), "bad_kind_code"),
            ("", warden(), "missing"),
            ("grid_worker", warden(), "kind_code_used"),
            ("grid_x", of(|f| f.title_en.clear()), "missing"),
            ("grid_x", of(|f| f.title_zh = "长".repeat(61)), "too_long"),
            ("grid_x", of(|f| f.level = "moon".to_owned()), "no_such_level"),
            ("grid_x", of(|f| f.group = "administrator".to_owned()), "no_such_group"),
            ("grid_x", of(|f| f.position = -1), "bad_position"),
        ] {
            let act = AddKind { seen: before, code: code.to_owned(), fields };
            let told = told(world.perform(&keeper(), act));
            assert!(told.contains(says), "{code} {says}: {told}");
        }
        let add = |seen| AddKind { seen, code: "grid_x".to_owned(), fields: warden() };
        assert!(told(world.perform(&keeper(), add(before - 1))).contains("changed_meanwhile"));
        let dispatcher = staff("dispatcher", "/990101/", Id::derived("dispatcher"));
        assert!(told(world.perform(&dispatcher, add(before))).contains("not_your_duty"));
        for code in ["public", "resident", "clock", "audit_admin"] {
            let end = EndKind { seen: before, code: code.to_owned() };
            assert!(told(world.perform(&keeper(), end)).contains("kind_stays"), "{code}");
        }
        let group = of(|f| f.group = "street".to_owned());
        let moved = ChangeKind { seen: before, code: "audit_admin".to_owned(), fields: group };
        assert!(told(world.perform(&keeper(), moved)).contains("no_such_group"));
        assert_eq!(seen(world), before);
    });
}

fn wall(act: &str, condition: &str, unless: &str) -> NewWall {
    NewWall {
        act: act.to_owned(),
        condition: condition.to_owned(),
        unless_scope: Some(unless.to_owned()),
        ground: "回避规则（示例）第1项".to_owned(),
    }
}

#[test]
fn a_wall_is_put_up_and_taken_down_and_stops_at_once() {
    both_engines(|world| {
        let row = Reach {
            about_body: Some(Id::derived("body")),
            body: Some(Id::derived("body")),
            ..Reach::at("/990101/1/")
        };
        let officer = Actor {
            body: Some(Id::derived("body")),
            ..staff("department_officer", "/990101/", Id::derived("officer"))
        };
        let may = |world: &World| {
            world.read(world_list).decide(&officer, "case.add_info", &row).granted()
        };
        let ended = |id: Id| Change { walls_ended: vec![id], ..Change::default() };
        let found = || world.read(world_list).walls.into_iter().find(|w| w.act == "case.add_info");
        change(world, &keeper(), ended(found().unwrap().id)).unwrap();
        assert!(may(world), "the shipped wall is gone");
        let new = wall("case.add_info", "my_body_is_complained_of", "");
        let put = Change { walls_added: vec![new], ..Change::default() };
        change(world, &keeper(), put.clone()).unwrap();
        assert!(!may(world));
        let twice = change(world, &keeper(), put).unwrap_err();
        assert!(twice.contains("wall_twice"), "{twice}");
        let down = ended(found().unwrap().id);
        change(world, &keeper(), down.clone()).unwrap();
        assert!(may(world));
        let gone = change(world, &keeper(), down).unwrap_err();
        assert!(gone.contains("changed_meanwhile"), "{gone}");
    });
}

#[test]
fn walls_that_must_not_be_are_refused_and_nobody_frees_themself() {
    both_engines(|world| {
        let put = |wall: NewWall| Change { walls_added: vec![wall], ..Change::default() };
        let before = world.read(world_list);
        for (proposed, says) in [
            (wall("case.destroy", "i_am_an_administrator", ""), "no_such_act"),
            (wall("ca*", "i_am_an_administrator", ""), "no_such_act"),
            (wall("case.*", "it_rains", ""), "no_such_condition"),
            (wall("case.note", "i_am_an_administrator", "the_moon"), "no_such_scope"),
            (wall("duty.*", "i_am_an_administrator", ""), "last_keeper"),
            (
                NewWall { ground: " ".into(), ..wall("case.note", "i_am_an_administrator", "") },
                "missing",
            ),
        ] {
            let told = change(world, &keeper(), put(proposed)).unwrap_err();
            assert!(told.contains(says), "{says}: {told}");
        }
        assert_eq!(world.read(world_list).walls, before.walls);
        let stop = put(wall("log.see", "i_am_an_administrator", ""));
        change(world, &keeper(), stop).unwrap();
        let all = world.read(world_list).walls;
        let made = all.into_iter().find(|wall| wall.act == "log.see").unwrap();
        let down = Change { walls_ended: vec![made.id], ..Change::default() };
        let auditor = staff("audit_admin", "/990101/", Id::derived("auditor"));
        assert!(change(world, &auditor, down.clone()).unwrap_err().contains("not_your_duty"));
        change(world, &keeper(), down).unwrap();
        let stop = put(wall("staff.reset", "i_am_an_administrator", ""));
        change(world, &keeper(), stop).unwrap();
        let all = world.read(world_list).walls;
        let made = all.into_iter().find(|wall| wall.act == "staff.reset").unwrap();
        let down = Change { walls_ended: vec![made.id], ..Change::default() };
        assert!(change(world, &keeper(), down).unwrap_err().contains("own_powers"));
    });
}
