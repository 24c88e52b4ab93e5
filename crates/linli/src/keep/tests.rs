//! Copying, backups and the doctor on both engines.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::doctor::{Grade, examine};
use super::{backup, copy, doctor, restore};
use crate::act::{Actor, Order};
use crate::affairs::appeal::leave;
use crate::base::{Clock, Id, Instant, random, secret};
use crate::district::{Config, District};
use crate::page::OWN_MAP;
use crate::people::acts::Close;
use crate::people::{LeaveMatters, PERSON, erased};
use crate::record::tests::{behind_the_door, newest, person, populate, put_in, sequence};
use crate::record::{self, Finding, seen, signer};
use crate::store::copying::Copying;
use crate::store::{Place, ReadTx, Store, Value};
use crate::testing::{World, both_engines, wiring};
use crate::words::Lang;

mod spoilt;

/// Where a copy goes: to the other engine where there is one; taken away at the end.
struct Other {
    store: String,
    _folder: tempfile::TempDir,
}

impl Other {
    fn of(world: &World) -> Other {
        let folder = tempfile::tempdir().unwrap();
        let url = std::env::var("LINLI_TEST_PG").ok().filter(|url| !url.is_empty());
        let store = match url {
            Some(url) if world.district.store().engine_name() == "sqlite" => {
                let joint = if url.contains('?') { '&' } else { '?' };
                format!("{url}{joint}schema=copy_{}", secret::hex(&random::bytes::<8>()))
            }
            _ => folder.path().join("copy.db").display().to_string(),
        };
        Other { store, _folder: folder }
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        if let Ok(Place::Schema { url, schema }) = Place::parse(&self.store)
            && let Ok(mut client) = postgres::Client::connect(&url, postgres::NoTls)
        {
            let _ = client.batch_execute(&format!("drop schema if exists {schema} cascade"));
        }
    }
}

fn audit(district: &District) -> record::Report {
    let key = signer(&district.config, &district.keys).unwrap().verifier();
    record::audit::run(district.store(), &key, None, &[]).unwrap()
}

fn open(dir: &Path) -> District {
    District::open(dir, Clock::default(), &wiring()).unwrap()
}

/// Later than any lease that the copy may hold of the sequencer it came from.
fn sequence_later(district: &District) {
    let later = district.now().plus_micros(60_000_000);
    assert!(district.sequencer.drain_blocking(later).unwrap() > 0);
}

fn plant_in(district: &District, world: &World, name: &str) {
    let plant = crate::testing::Plant::one(PERSON, person(world, name));
    district
        .door
        .perform_blocking(&Actor::operator(), Order::new(district.new_id(), plant))
        .unwrap();
}

#[test]
fn a_district_moves_to_the_other_engine_and_back() {
    both_engines(|world| {
        populate(world, 5);
        let many = (0..620).map(|n| person(world, &format!("李{n}"))).collect();
        world.plant(PERSON, many);
        sequence(world);
        world.plant(PERSON, vec![person(world, "未编号")]);
        let other = Other::of(world);
        let asked = copy::Asked { to: other.store.clone(), switch: true, lang: Lang::Zh };
        let mut out = Vec::new();
        copy::run(world.dir(), &asked, &mut out).unwrap();
        let there = open(world.dir());
        assert_ne!(there.config.store, world.district.config.store);
        let before = copy::contents(world.district.store()).unwrap();
        assert_eq!(copy::contents(there.store()).unwrap(), before);
        assert!(before.iter().any(|t| t.table == "person" && t.rows == 626));
        // Life goes on there, leaves counted on from where the copy ended.
        plant_in(&there, world, "新来的");
        sequence_later(&there);
        let report = audit(&there);
        assert_eq!((report.findings.len(), report.pending), (0, 0));
        let back = tempfile::tempdir().unwrap();
        let home = Store::create(&Place::File(back.path().join("home.db"))).unwrap();
        let sent = copy::between(there.store(), &home).unwrap();
        assert_ne!(sent, before);
        assert_eq!(copy::contents(&home).unwrap(), sent);
    });
}

#[test]
fn a_database_in_use_is_never_copied_into() {
    both_engines(|world| {
        let other = Other::of(world);
        let taken = Store::create(&Place::parse(&other.store).unwrap()).unwrap();
        copy::between(world.district.store(), &taken).unwrap();
        let told = copy::between(world.district.store(), &taken).unwrap_err().to_string();
        assert!(told.contains("not empty"), "{told}");
        assert!(Copying::begin(world.district.store()).is_err());
    });
}

#[test]
fn half_a_copy_does_not_open() {
    both_engines(|world| {
        let other = Other::of(world);
        let half = Store::create(&Place::parse(&other.store).unwrap()).unwrap();
        crate::store::migrate::up(&half).unwrap();
        let copying = Copying::begin(&half).unwrap();
        let row = |id: &str| vec![id.into(), "1".into(), Value::Int(1), Value::Null];
        copying.put("setting", vec![row("a"), row("b")]).unwrap();
        assert!(copying.put("no_such_table", vec![]).is_err());
        drop(copying);
        assert!(Copying::begin(&half).is_err());
        let folder = tempfile::tempdir().unwrap();
        let config = Config { store: other.store.clone(), ..world.district.config.clone() };
        config.write(folder.path()).unwrap();
        let told = District::open(folder.path(), Clock::default(), &wiring()).err().unwrap();
        assert!(told.to_string().contains("not finished"), "{told}");
        let checks = examine(folder.path(), false);
        let half = checks.iter().find(|c| c.code == "half_copied").unwrap();
        assert_eq!(half.grade, Grade::Bad);
    });
}

fn back_up(world: &World, to: &Path) -> super::manifest::Manifest {
    backup::run(world.dir(), to, Lang::En, &mut Vec::new()).unwrap()
}

fn restoring(from: &Path) -> restore::Asked {
    restore::Asked { from: from.to_owned(), ..restore::Asked::default() }
}

/// A new folder with the key of the old one, as an operator would put it there.
fn new_home(world: &World, under: &Path) -> PathBuf {
    let home = under.join("restored");
    let key = world.district.config.key_file(&home);
    std::fs::create_dir_all(key.parent().unwrap()).unwrap();
    std::fs::copy(world.district.config.key_file(world.dir()), key).unwrap();
    home
}

#[test]
fn a_backup_made_while_people_work_is_restored_whole() {
    both_engines(|world| {
        populate(world, 20);
        let photo = world.district.files_dir().join("ab/photo");
        std::fs::create_dir_all(photo.parent().unwrap()).unwrap();
        std::fs::write(&photo, b"not really a photo").unwrap();
        std::fs::write(world.dir().join(OWN_MAP), b"not really a map").unwrap();
        std::fs::write(photo.with_file_name("draft.part"), b"half").unwrap();
        let (draft, order) = (photo.with_file_name("x.part"), photo.with_file_name("x.order"));
        let stop = Arc::new(AtomicBool::new(false));
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("backup.tar.gz");
        let manifest = std::thread::scope(|scope| {
            let writing = Arc::clone(&stop);
            scope.spawn(move || {
                while !writing.load(Ordering::Relaxed) {
                    for _ in 0..50 {
                        std::fs::write(&draft, b"half").unwrap();
                        std::fs::rename(&draft, &order).unwrap();
                        std::fs::remove_file(&order).unwrap();
                    }
                    world.plant(PERSON, vec![person(world, "忙")]);
                    sequence(world);
                }
            });
            let manifest = back_up(world, &to);
            stop.store(true, Ordering::Relaxed);
            manifest
        });
        assert_eq!(manifest.engine, world.district.store().engine_name());
        let strange = |name: &String| name.contains("key") || name.ends_with(".part");
        assert!(!manifest.files.keys().any(strange), "{manifest:?}");
        let home = new_home(world, folder.path());
        let mut out = Vec::new();
        let restored = restore::run(&home, &restoring(&to), &mut out).unwrap();
        assert_eq!(restored.report.findings, []);
        assert!(restored.report.leaves >= 21 && restored.older.is_none());
        assert_eq!(std::fs::read(home.join("files/ab/photo")).unwrap(), b"not really a photo");
        assert_eq!(std::fs::read(home.join(OWN_MAP)).unwrap(), b"not really a map");
        let again = open(&home);
        plant_in(&again, world, "恢复之后");
        sequence_later(&again);
        assert!(audit(&again).is_clean());
    });
}

#[test]
fn a_backup_shows_no_password_and_writes_over_nothing() {
    both_engines(|world| {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("backup");
        back_up(world, &to);
        let config = std::fs::read_to_string(to.join("district.toml")).unwrap();
        assert!(config.contains("linli.db") && !config.contains("postgres"), "{config}");
        assert!(backup::run(world.dir(), &to, Lang::Zh, &mut Vec::new()).is_err());
        let told = restore::run(world.dir(), &restoring(&to), &mut Vec::new()).unwrap_err();
        assert!(told.to_string().contains("not empty"), "{told}");
        assert!(!folder.path().join("backup.part").exists());
    });
}

#[test]
fn an_older_state_is_told() {
    both_engines(|world| {
        populate(world, 6);
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("backup");
        back_up(world, &to);
        populate(world, 4);
        assert!(seen::keep_newest(world.dir(), world.district.store(), true).unwrap());
        let kept = folder.path().join("kept.log");
        std::fs::copy(seen::path(world.dir()), &kept).unwrap();
        let home = new_home(world, folder.path());
        let mut out = Vec::new();
        let asked = restore::Asked { seen: vec![kept], ..restoring(&to) };
        let restored = restore::run(&home, &asked, &mut out).unwrap();
        let (have, seen) = restored.older.unwrap();
        assert_eq!(seen - have, 4);
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("4 条办理记录不在其中"), "{text}");
    });
}

/// Closes the account of a person, as they do it themself.
fn close(world: &World, who: &Id) {
    let (known, leave) = (Vec::new(), leave::matters as LeaveMatters);
    let act = Close { person: who.clone(), gone: "已注销".to_owned(), known, leave };
    world.perform(&Actor::resident(who.clone()), act).unwrap();
}

#[test]
fn an_erasure_half_written_hides_none_of_those_before_and_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("erased.jsonl");
    let ids: Vec<Id> = (0..4).map(|n| Id::derived(&format!("person {n}"))).collect();
    let add = |n: usize| erased::add(&journal, &[(ids[n].clone(), Instant(n as i64))]).unwrap();
    let there = || erased::read(&journal).unwrap().into_keys().collect::<BTreeSet<Id>>();
    let some = |which: &[usize]| which.iter().map(|n| ids[*n].clone()).collect::<BTreeSet<Id>>();
    (0..2).for_each(add);
    // The power goes within the second line, then before the end of the third.
    let text = std::fs::read_to_string(&journal).unwrap();
    std::fs::write(&journal, &text[..text.len() - 9]).unwrap();
    assert_eq!(there(), some(&[0]));
    add(2);
    assert_eq!(there(), some(&[0, 2]));
    let text = std::fs::read_to_string(&journal).unwrap();
    std::fs::write(&journal, text.trim_end()).unwrap();
    add(3);
    assert_eq!(there(), some(&[0, 2, 3]));
    std::fs::write(&journal, "{\"person\":1}\n").unwrap();
    assert!(erased::read(&journal).unwrap_err().to_string().contains("line 1"));
}

#[test]
fn what_was_erased_stays_erased_when_an_older_backup_is_restored() {
    both_engines(|world| {
        let people = populate(world, 4);
        let journal = erased::path(&world.district.config, world.dir());
        close(world, &people[0]);
        assert_eq!(
            erased::settle(world.door(), &world.district.keys, &journal, leave::matters).unwrap(),
            0
        );
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("backup");
        back_up(world, &to);
        assert!(!to.join("keys").exists(), "the journal lies apart from the backup");
        close(world, &people[1]);
        // One who came after the backup is in the journal and not in what is restored.
        let late = person(world, "后来");
        let late_id = late.0.clone();
        world.plant(PERSON, vec![late]);
        close(world, &late_id);
        assert_eq!(grade(&examine(world.dir(), false), "erasures"), Some(Grade::Bad));
        assert_eq!(grade(&examine(world.dir(), true), "erasures"), Some(Grade::Mended));
        assert_eq!(erased::read(&journal).unwrap().len(), 3);

        let home = new_home(world, folder.path());
        std::fs::copy(&journal, erased::path(&world.district.config, &home)).unwrap();
        let mut out = Vec::new();
        let restored = restore::run(&home, &restoring(&to), &mut out).unwrap();
        assert_eq!(restored.erased_again, 1);
        let told = String::from_utf8(out).unwrap();
        assert!(told.contains("重新清除备份之后注销的账户 1 个"), "{told}");
        let again = open(&home);
        let left = |tx: &ReadTx<'_>| {
            let sql = "select id from person where name_sealed is not null order by id";
            tx.rows(sql, &[], |row| row.get::<Id>(0))
        };
        let mut stayed = people[2..].to_vec();
        stayed.sort();
        assert_eq!(again.store().read_blocking(left).unwrap(), stayed);
        sequence_later(&again);
        assert!(audit(&again).is_clean());
        assert_eq!(grade(&examine(&home, false), "erasures"), Some(Grade::Good));
        assert_eq!(erased::settle(&again.door, &again.keys, &journal, leave::matters).unwrap(), 0);
    });
}

#[test]
fn a_backup_tells_of_photos_that_are_no_more() {
    both_engines(|world| {
        let hash = secret::sha256_hex(b"a photo that somebody deleted");
        let columns = vec![
            ("media", "image/jpeg".into()),
            ("size", 3_i64.into()),
            ("original_hash", hash.as_str().into()),
            ("small_hash", hash.as_str().into()),
            ("created_at", 1_i64.into()),
        ];
        world.plant(crate::file::FILE, vec![(Id::stored(hash.clone()), columns)]);
        let folder = tempfile::tempdir().unwrap();
        let mut out = Vec::new();
        backup::run(world.dir(), &folder.path().join("backup"), Lang::En, &mut out).unwrap();
        let told = String::from_utf8(out).unwrap();
        assert!(told.contains(&format!("file {hash} is gone")), "{told}");
    });
}

#[test]
fn a_backup_that_is_not_there_is_named_by_its_own_path() {
    let folder = tempfile::tempdir().unwrap();
    let (home, from) = (folder.path().join("home"), folder.path().join("gone"));
    let fault = restore::run(&home, &restoring(&from), &mut Vec::new()).unwrap_err();
    assert_eq!(fault.code(), Some("no_such_file"));
    assert!(fault.to_string().contains(&from.display().to_string()), "{fault}");
    assert!(!home.exists(), "nothing is begun");
}

#[test]
fn a_restore_that_fails_puts_nothing_in_place_and_can_be_repeated() {
    both_engines(|world| {
        let people = populate(world, 2);
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("backup");
        back_up(world, &to);
        let home = new_home(world, folder.path());
        let journal = erased::path(&world.district.config, &home);
        std::fs::write(&journal, "no line of a journal\n").unwrap();
        assert!(restore::run(&home, &restoring(&to), &mut Vec::new()).is_err());
        for name in ["district.toml", "linli.db"] {
            assert!(!home.join(name).exists(), "{name}");
        }
        // A power cut tore the last line: it was never written, and the one before it holds.
        let line = format!("{{\"person\":\"{}\",\"closed_at\":1}}\n{{\"pers", people[0]);
        std::fs::write(&journal, line).unwrap();
        let restored = restore::run(&home, &restoring(&to), &mut Vec::new()).unwrap();
        assert_eq!((restored.report.findings.len(), restored.erased_again), (0, 1));
        assert!(!folder.path().join("restored.part").exists());
        drop(open(&home));
    });
}

#[test]
fn a_tampered_backup_is_told_on_restoring() {
    both_engines(|world| {
        let people = populate(world, 3);
        let sql = format!("update person set name_masked = '改' where id = '{}'", people[1]);
        behind_the_door(world, &sql);
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("backup");
        back_up(world, &to);
        let home = folder.path().join("home");
        let restored = restore::run(&home, &restoring(&to), &mut Vec::new()).unwrap();
        assert_eq!(restored.report.findings.len(), 1);
    });
}

/// With the key beside it, what waits for its place is looked at too.
#[test]
fn a_leaf_put_into_a_backup_is_told_on_restoring() {
    both_engines(|world| {
        populate(world, 2);
        let mut leaf = newest(world);
        let old = std::mem::replace(&mut leaf.act_id, world.new_id().to_string());
        leaf.rows.iter_mut().filter(|row| row.id == old).for_each(|row| {
            row.id.clone_from(&leaf.act_id);
        });
        put_in(world, &leaf);
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("backup");
        back_up(world, &to);
        let home = new_home(world, folder.path());
        let report = restore::run(&home, &restoring(&to), &mut Vec::new()).unwrap().report;
        assert!(report.findings.contains(&Finding::LeafForged { index: report.leaves }));
    });
}

fn grade(checks: &[doctor::Check], code: &str) -> Option<Grade> {
    checks.iter().find(|check| check.code == code).map(|check| check.grade)
}

#[test]
fn the_doctor_finds_a_new_district_well() {
    both_engines(|world| {
        sequence(world);
        let mut checks = examine(world.dir(), false);
        if world.district.store().engine_name() == "postgresql" {
            // A cluster for tests may well run without syncing; then the doctor says just that.
            checks.retain(|check| check.code != "settings" || !check.found.starts_with("show "));
        } else {
            assert_eq!(grade(&checks, "settings"), Some(Grade::Good));
        }
        let bad: Vec<_> = checks.iter().filter(|c| c.grade == Grade::Bad).collect();
        assert!(bad.is_empty(), "{bad:?}");
        for code in ["config", "keys", "space", "calendar", "version", "clock"] {
            assert_eq!(grade(&checks, code), Some(Grade::Good), "{code}");
        }
    });
}

#[test]
fn the_doctor_names_what_is_wrong_and_mends_what_is_safe() {
    both_engines(|world| {
        sequence(world);
        let key = world.district.config.key_file(world.dir());
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(grade(&examine(world.dir(), false), "key_mode"), Some(Grade::Bad));
        assert_eq!(grade(&examine(world.dir(), true), "key_mode"), Some(Grade::Mended));
        assert_eq!(key.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(grade(&examine(world.dir(), false), "keys"), Some(Grade::Good));

        world.plant(PERSON, vec![person(world, "等")]);
        behind_the_door(world, "update act set recorded_at = 1");
        assert_eq!(grade(&examine(world.dir(), false), "record"), Some(Grade::Bad));
        behind_the_door(world, "update act set recorded_at = 4000000000000000");
        assert_eq!(grade(&examine(world.dir(), false), "clock"), Some(Grade::Bad));
        behind_the_door(world, "delete from duty");
        assert_eq!(grade(&examine(world.dir(), false), "duties"), Some(Grade::Bad));

        let mut config = world.district.config.clone();
        config.address = "http://linli.example.cn".to_owned();
        config.write(world.dir()).unwrap();
        assert_eq!(grade(&examine(world.dir(), false), "address"), Some(Grade::Bad));
        std::fs::write(&key, "x").unwrap();
        let checks = examine(world.dir(), false);
        assert_eq!(grade(&checks, "key_spoiled"), Some(Grade::Bad));
        assert_eq!((grade(&checks, "keys"), grade(&checks, "imports")), (None, None));
        std::fs::remove_file(key).unwrap();
        let mut out = Vec::new();
        doctor::run(world.dir(), doctor::Asked::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("✗ 密钥文件") && text.contains("请把另行保管的密钥"), "{text}");
        assert!(!text.contains("keep."), "{text}");
    });
}

#[test]
fn the_doctor_says_when_there_is_no_district() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(grade(&examine(folder.path(), true), "config"), Some(Grade::Bad));
    Config::new("某区", "990102").write(folder.path()).unwrap();
    let checks = examine(folder.path(), false);
    assert_eq!(grade(&checks, "database"), Some(Grade::Bad));
    assert!(!folder.path().join("linli.db").exists(), "looking makes nothing");
}
