//! The audit over a real database, on both engines: what is changed behind the door is named.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;

use linli_record::leaf::Leaf;

use super::{behind_the_door, person, populate, sequence};
use crate::act::{Act, Acting, Actor, Done, Reach, Subject};
use crate::base::{Fault, Id, random, secret};
use crate::file::check::Damaged;
use crate::matter::store as matter;
use crate::people::PERSON;
use crate::people::acts::Unmask;
use crate::record::{ENGRAVED, Finding, RECORDED, Report, audit, cli, seen, sentence, signer};
use crate::store::schema::{SEAL, columns, key, migrations, sealed, tables};
use crate::testing::{World, both_engines};
use crate::words::Lang;

pub(super) fn report(world: &World) -> Report {
    let key = signer(&world.district.config, &world.district.keys).unwrap().verifier();
    let notes = seen::read(&seen::path(world.dir())).unwrap();
    audit::run(world.district.store(), &key, None, &notes).unwrap()
}

pub(super) fn found(world: &World) -> Vec<Finding> {
    report(world).findings
}

/// The type of a column in the DDL.
fn kind_of(table: &str, column: &str) -> String {
    let head = format!("create table {table} (");
    let all = migrations();
    let ddl = all.iter().flat_map(|m| &m.statements).find(|s| s.starts_with(&head)).unwrap();
    let line = ddl.lines().find(|l| l.trim_start().starts_with(&format!("{column} ")));
    line.unwrap().split_whitespace().nth(1).unwrap().trim_end_matches(',').to_owned()
}

fn other_value(world: &World, table: &str, column: &str, n: usize) -> String {
    match kind_of(table, column).as_str() {
        "bigint" => format!("coalesce({column}, 0) + 1"),
        "text" => format!("coalesce({column}, '') || 'x{n}'"),
        "bytes" if world.district.store().engine_name() == "sqlite" => "x'0bad'".to_owned(),
        "bytes" => "'\\x0bad'::bytea".to_owned(),
        other => panic!("{table}.{column} is of type {other}"),
    }
}

fn pick(below: usize) -> usize {
    u32::from_be_bytes(random::bytes()) as usize % below
}

/// The rows of a table that the act at a place of the log wrote.
fn written_at(world: &World, place: u64, table: &str) -> Vec<String> {
    let sql = format!("select body from leaf where idx = {place}");
    let leaf: Option<Vec<u8>> = world.read(move |tx| tx.row(&sql, &[], |row| row.get(0)));
    let rows = Leaf::decode(&leaf.unwrap()).unwrap().rows;
    rows.into_iter().filter(|row| row.table == table).map(|row| row.id).collect()
}

fn ids(world: &World, table: &'static str) -> Vec<String> {
    world.read(move |tx| {
        tx.rows(&format!("select id from {table} order by id"), &[], |row| row.get(0))
    })
}

#[test]
fn a_district_nobody_tampered_with_is_clean() {
    both_engines(|world| {
        populate(world, 5);
        world.plant(PERSON, vec![person(world, "李"), person(world, "王")]);
        let report = report(world);
        assert_eq!(report.findings, []);
        assert_eq!((report.covered, report.pending), (report.leaves, 1));
        let rows: usize = RECORDED.iter().map(|table| ids(world, table).len()).sum();
        assert_eq!(report.rows, (rows + ids(world, "act").len()) as u64);
        assert!(rows > 300, "the duty list alone has hundreds of rows, not {rows}");
    });
}

/// Who looked at whose data cannot be taken out, nor given another reason, unseen.
#[test]
fn a_look_that_is_dropped_or_changed_is_named() {
    both_engines(|world| {
        let whom = populate(world, 1).remove(0);
        for reason in ["回访", "上门核实"] {
            let act = Unmask { person: whom.clone(), reason: reason.to_owned() };
            world.perform(&Actor::operator(), act).unwrap();
        }
        sequence(world);
        assert_eq!(found(world), []);
        let all = ids(world, "access");
        behind_the_door(world, &format!("delete from access where id = '{}'", all[0]));
        let other = format!("update access set reason = '无' where id = '{}'", all[1]);
        behind_the_door(world, &other);
        let found = found(world);
        assert_eq!(found.len(), 2, "{found:?}");
        for id in &all {
            let named = found.iter().any(|one| {
                let said = format!("{one:?}");
                said.contains("access") && said.contains(id)
            });
            assert!(named, "{id}: {found:?}");
        }
    });
}

#[test]
fn every_changed_field_is_named_and_nothing_else() {
    both_engines(|world| {
        populate(world, 12);
        let tables: Vec<&'static str> =
            RECORDED.iter().copied().filter(|t| !ids(world, t).is_empty()).collect();
        assert!(tables.len() >= 4, "{tables:?}");
        let mut changed = BTreeSet::new();
        while changed.len() < 60 {
            let table = tables[pick(tables.len())];
            let rows = ids(world, table);
            let id = rows[pick(rows.len())].clone();
            let fields = sealed(table);
            let field = fields[1 + pick(fields.len() - 1)].clone();
            let (table_name, field_name) = (table.to_owned(), field.clone());
            let finding =
                Finding::RowChanged { table: table_name, id: id.clone(), field: field_name };
            if changed.insert(finding) {
                let value = other_value(world, table, &field, changed.len());
                let sql = format!("update {table} set {field} = {value} where id = '{id}'");
                assert_eq!(behind_the_door(world, &sql), 1);
            }
            if changed.len() % 20 == 1 {
                assert_eq!(found(world), changed.iter().cloned().collect::<Vec<_>>());
            }
        }
        assert_eq!(found(world), changed.into_iter().collect::<Vec<_>>());
    });
}

#[test]
fn rows_put_in_taken_out_or_renamed_are_named() {
    both_engines(|world| {
        let people = populate(world, 4);
        let [first, second, third, _] = &people[..] else { panic!("four people") };
        let listed = columns("person").join(", ");
        let values = listed.replacen("id", "'intruder00000000000000000'", 1);
        behind_the_door(
            world,
            &format!(
                "insert into person ({listed}) select {values} from person where id = '{first}'"
            ),
        );
        behind_the_door(world, &format!("delete from person where id = '{second}'"));
        behind_the_door(world, &format!("update person set id = 'renamed' where id = '{third}'"));
        let row = |id: &str| ("person".to_owned(), id.to_owned());
        let inserted = |id: &str| {
            let (table, id) = row(id);
            Finding::RowInserted { table, id }
        };
        let deleted = |id: &str| {
            let (table, id) = row(id);
            Finding::RowDeleted { table, id }
        };
        let mut expected = vec![
            inserted("intruder00000000000000000"),
            inserted("renamed"),
            deleted(second.as_str()),
            deleted(third.as_str()),
        ];
        expected.sort();
        assert_eq!(found(world), expected);
    });
}

#[test]
fn a_row_resealed_by_a_thief_is_named() {
    both_engines(|world| {
        let people = populate(world, 2);
        let (table, id) = ("person".to_owned(), people[0].to_string());
        behind_the_door(world, &format!("update person set seal = null where id = '{id}'"));
        let lost = Finding::SealMissing { table: table.clone(), id: id.clone() };
        assert_eq!(found(world), [lost]);
        behind_the_door(
            world,
            &format!(
                "update person set seal = (select seal from person where id = '{}')
                 where id = '{id}'",
                people[1]
            ),
        );
        let found = found(world);
        let named = |f: &Finding| matches!(f, Finding::RowRewritten { id: at, .. } if *at == id);
        assert!(found.len() == 1 && named(&found[0]), "{found:?}");
    });
}

#[test]
fn the_log_itself_is_watched() {
    both_engines(|world| {
        populate(world, 6);
        behind_the_door(world, "update leaf set act_id = 'another' where idx = 3");
        assert_eq!(found(world), [Finding::LeafAltered { index: 3 }]);
        behind_the_door(world, "update checkpoint set size = size + 500");
        let forged = |f: &Finding| matches!(f, Finding::CheckpointForged { .. });
        assert!(found(world).iter().any(forged));
    });
}

#[test]
fn a_log_whose_signatures_were_taken_away_is_no_log() {
    both_engines(|world| {
        populate(world, 6);
        let before = report(world).leaves;
        behind_the_door(world, "update checkpoint set at = at + 1");
        let forged = |f: &Finding| matches!(f, Finding::CheckpointForged { .. });
        assert!(found(world).iter().any(forged), "its time is the note's");
        behind_the_door(world, "delete from checkpoint");
        assert_eq!(found(world), [Finding::Unsigned { from: 0, before }]);
    });
}

#[test]
fn leaves_cut_off_are_missed() {
    both_engines(|world| {
        populate(world, 6);
        let size = report(world).leaves;
        behind_the_door(world, &format!("delete from leaf where idx >= {}", size - 2));
        let cut = Finding::Truncated { have: size - 2, signed: size };
        assert!(found(world).contains(&cut));
    });
}

#[test]
fn a_database_set_back_is_told_by_the_file_beside_it() {
    both_engines(|world| {
        populate(world, 6);
        let size = report(world).leaves;
        assert!(seen::keep_newest(world.dir(), world.district.store(), true).unwrap());
        assert!(!seen::keep_newest(world.dir(), world.district.store(), true).unwrap());
        assert_eq!(found(world), []);
        // Everything of the last act is taken out, as a backup from before it would be.
        let last = size - 1;
        for person in written_at(world, last, "person") {
            behind_the_door(world, &format!("delete from person where id = '{person}'"));
        }
        behind_the_door(world, &format!("delete from leaf where idx = {last}"));
        behind_the_door(world, &format!("delete from checkpoint where size > {last}"));
        let found = found(world);
        assert!(found.contains(&Finding::RolledBack { have: last, seen: size }), "{found:?}");
    });
}

#[test]
fn verify_prints_and_keeps_what_it_saw() {
    both_engines(|world| {
        let people = populate(world, 3);
        let asked = cli::Asked::default();
        let run = |dir: &Path| {
            let mut out = Vec::new();
            let report = cli::verify(dir, &asked, &mut out).unwrap();
            (report.is_clean(), String::from_utf8(out).unwrap())
        };
        let (clean, text) = run(world.dir());
        assert!(clean && text.contains("没有发现改动"), "{text}");
        assert_eq!(seen::read(&seen::path(world.dir())).unwrap().len(), 1);
        let sql = format!("update person set name_masked = '赵' where id = '{}'", people[1]);
        behind_the_door(world, &sql);
        let (clean, text) = run(world.dir());
        assert!(!clean && text.contains(people[1].as_str()), "{text}");
        assert!(text.contains("name_masked") && text.contains("发现 1 处"), "{text}");
    });
}

#[test]
fn a_file_exchanged_or_lost_is_named() {
    both_engines(|world| {
        let mut hashes = Vec::new();
        for bytes in [b"one", b"two", b"six", b"ten", b"few"] {
            let hash = secret::sha256_hex(bytes);
            let folder = world.district.files_dir().join(&hash[..2]).join(&hash[2..4]);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(format!("{hash}.jpg")), bytes).unwrap();
            std::fs::write(folder.join(format!("{hash}.w320.jpg")), b"small").unwrap();
            let columns = vec![
                ("media", "image/jpeg".into()),
                ("size", 3_i64.into()),
                ("original_hash", hash.as_str().into()),
                ("small_hash", secret::sha256_hex(b"small").as_str().into()),
                ("created_at", 1_i64.into()),
            ];
            world.plant(crate::file::FILE, vec![(Id::stored(hash.clone()), columns)]);
            hashes.push(folder.join(format!("{hash}.jpg")));
        }
        let verify = || cli::verify(world.dir(), &cli::Asked::default(), &mut Vec::new()).unwrap();
        assert!(verify().is_clean() && verify().files == 5);
        let small = |n: usize| hashes[n].with_extension("w320.jpg");
        std::fs::write(&hashes[0], b"another picture").unwrap();
        std::fs::remove_file(&hashes[1]).unwrap();
        std::fs::write(small(2), b"another small one").unwrap();
        std::fs::remove_file(small(3)).unwrap();
        let told = verify();
        assert!(!told.is_clean() && told.report.is_clean());
        let stem = |n: usize| hashes[n].file_stem().unwrap().to_str().unwrap().to_owned();
        assert_eq!(told.damaged.len(), 4);
        for n in [0, 2] {
            assert!(told.damaged.contains(&Damaged::Changed(stem(n))));
        }
        for n in [1, 3] {
            assert!(told.damaged.contains(&Damaged::Missing(stem(n))));
        }
    });
}

#[test]
fn verify_wants_a_key_and_a_database() {
    both_engines(|world| {
        populate(world, 1);
        let key = signer(&world.district.config, &world.district.keys).unwrap().verifier();
        std::fs::remove_file(world.district.config.key_file(world.dir())).unwrap();
        let mut out = Vec::new();
        let mut asked = cli::Asked::default();
        assert!(cli::verify(world.dir(), &asked, &mut out).is_err());
        asked.key = Some(key.to_string());
        assert!(cli::verify(world.dir(), &asked, &mut out).unwrap().is_clean());
        assert!(!String::from_utf8(out.clone()).unwrap().contains("密钥文件"));
        // One that is there and cannot be read is told: without it less is looked at.
        let spoilt = world.district.config.key_file(world.dir());
        std::fs::write(spoilt, "no key").unwrap();
        cli::verify(world.dir(), &asked, &mut out).unwrap();
        assert!(String::from_utf8(out.clone()).unwrap().contains("密钥文件"));
        asked.key = Some("linli.example+00000000+AAAA".to_owned());
        assert!(cli::verify(world.dir(), &asked, &mut out).is_err());
        assert!(cli::verify(&world.dir().join("nowhere"), &asked, &mut out).is_err());
    });
}

#[test]
fn every_table_declared_recorded_is_audited() {
    let mut declared = BTreeSet::new();
    gather(Path::new("src"), "recorded", &mut declared);
    let known = tables();
    declared.retain(|name| known.contains(name));
    let listed: BTreeSet<String> = RECORDED.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(listed, declared, "columns called seal against Table::recorded(…) in src/");
    for table in RECORDED.iter() {
        assert_eq!(sealed(table).first().map(String::as_str), Some("id"), "{table}");
    }
}

#[test]
fn every_table_declared_engraved_is_audited() {
    let mut declared = BTreeSet::new();
    gather(Path::new("src"), "engraved", &mut declared);
    assert_eq!(declared, ENGRAVED.iter().map(|name| (*name).to_owned()).collect());
    for table in ENGRAVED {
        assert_eq!(columns(table).last().unwrap(), SEAL, "{table}");
    }
}

/// Makes some persons parties to a matter that need not exist.
struct Join(Vec<Id>);

impl Act for Join {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "test.plant".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(Vec::new())
    }

    fn subject(&self) -> Subject {
        Subject::New { kind: "test", id: String::new(), reach: Reach::at("/") }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        self.0.iter().try_for_each(|who| matter::join(cx, &Id::derived("matter"), who, "party"))
    }
}

#[test]
fn acts_and_parties_are_named_row_by_row_and_field_by_field() {
    let each = |world: &World, which: usize| {
        let people = populate(world, 3);
        // Twice the same person: the first row stands, and it is still what was recorded.
        let joined = [&people[..], &people[..1]].concat();
        world.perform(&Actor::operator(), Join(joined)).unwrap();
        sequence(world);
        assert_eq!(found(world), []);

        let acts = ids(world, "act");
        let party = format!("{}/{}", Id::derived("matter"), people[1]);
        let (table, id, at) = match which {
            0 => ("act", &acts[0], format!("id = '{}'", acts[0])),
            _ => ("party", &party, format!("party_id = '{}'", people[1])),
        };
        let fields = sealed(table).iter().filter(|name| !key(table).contains(name));
        let mut changed = Vec::new();
        for field in fields {
            let value = other_value(world, table, field, 1);
            behind_the_door(world, &format!("update {table} set {field} = {value} where {at}"));
            let (table, id, field) = (table.to_owned(), id.clone(), field.clone());
            changed.push(Finding::RowChanged { table, id, field });
            changed.sort();
            assert_eq!(found(world), changed);
        }
        let (table, id) = (table.to_owned(), id.clone());
        let deleted = Finding::RowDeleted { table: table.clone(), id };
        behind_the_door(world, &format!("delete from {table} where {at}"));
        assert_eq!(found(world), std::slice::from_ref(&deleted));
        behind_the_door(world, &format!("update {table} set seal = null"));
        let all = found(world);
        let bare = all.iter().filter(|f| matches!(f, Finding::SealMissing { .. })).count();
        assert!(bare >= 2 && all.contains(&deleted) && all.len() == bare + 1, "{all:?}");
        let name = key(&table).pop().unwrap();
        behind_the_door(world, &format!("update {table} set {name} = {name} || 'x'"));
        let all = found(world);
        let new = all.iter().filter(|f| matches!(f, Finding::RowInserted { .. })).count();
        assert!(new == bare && all.len() == 2 * bare + 1, "{all:?}");
    };
    both_engines(|world| each(world, 0));
    both_engines(|world| each(world, 1));
}

fn gather(folder: &Path, how: &str, into: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, how, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let text: String = text.split_whitespace().collect();
            let declaring = format!("Table::{how}(\"");
            let rest = text.split(&declaring).skip(1);
            into.extend(rest.filter_map(|part| Some(part.split_once('"')?.0.to_owned())));
        }
    }
}

#[test]
fn each_finding_has_its_sentence() {
    let (table, id) = ("matter".to_owned(), "m1".to_owned());
    let all = [
        Finding::RowChanged { table: table.clone(), id: id.clone(), field: "title".into() },
        Finding::RowRewritten { table: table.clone(), id: id.clone() },
        Finding::RowDeleted { table: table.clone(), id: id.clone() },
        Finding::RowInserted { table: table.clone(), id: id.clone() },
        Finding::SealAltered { table: table.clone(), id: id.clone(), fields: vec![] },
        Finding::SealMissing { table: table.clone(), id: id.clone() },
        Finding::RowUnprovable { table, id },
        Finding::LeafAltered { index: 1 },
        Finding::LogRewritten { from: 1, before: 3 },
        Finding::LeafUnreadable { index: 1, why: "short".into() },
        Finding::LeavesMissing { from: 1, before: 3 },
        Finding::LeafRepeated { index: 1 },
        Finding::LeafMisplaced { index: 1 },
        Finding::LeafForged { index: 1 },
        Finding::TileAltered { level: 0, index: 1, place: 2 },
        Finding::TileMissing { level: 0, index: 1 },
        Finding::CheckpointForged { why: "signature".into() },
        Finding::Unsigned { from: 0, before: 2 },
        Finding::Truncated { have: 1, signed: 2 },
        Finding::RolledBack { have: 1, seen: 2 },
        Finding::Fork { size: 1 },
    ];
    for finding in &all {
        for lang in [Lang::Zh, Lang::En] {
            let text = sentence(lang, finding);
            assert!(!text.contains(['{', '}']) && !text.starts_with("record."), "{text}");
        }
    }
}

#[test]
fn leaves_waiting_count_too() {
    both_engines(|world| {
        sequence(world);
        let row = person(world, "钱");
        let id = row.0.to_string();
        world.plant(PERSON, vec![row]);
        behind_the_door(world, &format!("delete from person where id = '{id}'"));
        assert_eq!(found(world), [Finding::RowDeleted { table: "person".into(), id }]);
    });
}
