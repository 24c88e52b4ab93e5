//! A district's keys, settings and database belong together.

use super::*;
use crate::app::init;
use crate::base::secret::Keys;
use crate::record::tests::behind_the_door;
use crate::store::Place;

#[test]
fn a_district_is_not_served_under_a_foreign_key() {
    with_district(|world| {
        world.district.sequencer.drain_blocking(world.district.now()).unwrap();
        let (file, aside) = (world.district.config.key_file(world.dir()), "kept.toml");
        let aside = file.with_file_name(aside);
        std::fs::rename(&file, &aside).unwrap();
        Keys::open_or_create(&file).unwrap();
        let served = || District::open(world.dir(), Clock::default(), &wiring().unwrap());
        assert_eq!(served().err().unwrap().code(), Some("other_key"));
        let checks = crate::keep::doctor::examine(world.dir(), false);
        assert!(checks.iter().any(|check| check.code == "other_key"), "{checks:?}");
        std::fs::rename(&aside, &file).unwrap();
        drop(served().unwrap());
    });
}

#[test]
fn a_district_is_not_served_under_another_code() {
    with_district(|world| {
        let dirs = [world.dir().to_owned()];
        let coded = |code: &str| {
            let mut config = world.district.config.clone();
            code.clone_into(&mut config.code);
            config.write(world.dir()).unwrap();
        };
        coded("12");
        let told = crate::app::opening::open(&dirs, &Clock::default()).err().unwrap();
        assert_eq!(told.code(), Some("other_code"));
        assert!(told.to_string().contains("990101"), "{told}");
        let checks = crate::keep::doctor::examine(world.dir(), false);
        assert!(checks.iter().any(|check| check.code == "other_code"), "{checks:?}");
        coded("990101");
        let checks = crate::keep::doctor::examine(world.dir(), false);
        assert!(checks.iter().all(|check| check.code != "other_code"), "{checks:?}");
        // A county may be given another code: its paths keep the first.
        world.tamper(crate::territory::store::PLACE, "update place set code = $1", &["990199"]);
        drop(crate::app::opening::open(&dirs, &Clock::default()).unwrap());
    });
}

/// Whatever is typed, the folder is opened, and refused, by one way.
#[test]
fn no_command_works_on_a_district_under_another_code() {
    with_district(|world| {
        let mut config = world.district.config.clone();
        "12".clone_into(&mut config.code);
        config.write(world.dir()).unwrap();
        // Its database is that of an earlier program, and stays so.
        let newest = "(select max(version) from schema_version)";
        behind_the_door(world, &format!("delete from schema_version where version = {newest}"));
        let version = || world.read(|tx| tx.count("select max(version) from schema_version", &[]));
        let before = version();
        let aside = tempfile::tempdir().unwrap();
        let path = |name: &str| aside.path().join(name).display().to_string();
        std::fs::write(path("classes.csv"), "代码,名称\n1,路灯\n").unwrap();
        let lines: [&[&str]; 11] = [
            &["serve"],
            &["verify"],
            &["migrate"],
            &["calendar"],
            &["check"],
            &["process", "show"],
            &["admin", "user", "list"],
            &["backup", "--to", &path("backup")],
            &["copy", "--to", &path("copy.db")],
            &["export", "--what", "cases", "--form", "csv", "--to", &path("cases.csv")],
            &["import", "--kind", "classes", &path("classes.csv")],
        ];
        let dir = world.dir().display().to_string();
        for words in lines {
            let line = ["linli"].iter().chain(words).copied().chain(["--dir", &dir]);
            let cli = Cli::try_parse_from(line).unwrap_or_else(|e| panic!("{e}"));
            let told = crate::app::cli::run(cli.command, Lang::Zh, &mut Vec::new());
            let told = told.err().unwrap_or_else(|| panic!("{words:?} went on"));
            assert_eq!(told.code(), Some("other_code"), "{words:?}: {told}");
        }
        let left = std::fs::read_dir(aside.path()).unwrap().count();
        assert_eq!((left, version()), (1, before), "nothing was written");
    });
}

#[test]
fn init_makes_no_keys_for_a_database_that_is_there() {
    with_district(|world| {
        let folder = tempfile::tempdir().unwrap();
        let place = world.district.config.store_place(world.dir()).unwrap();
        let store = match place {
            Place::File(path) => path.display().to_string(),
            Place::Schema { .. } => world.district.config.store.clone(),
        };
        let asked = |store: String| init::Asked {
            dir: folder.path().to_owned(),
            division: "620802".to_owned(),
            store: Some(store),
            ..init::Asked::default()
        };
        let told = init::district(&asked(store)).err().unwrap();
        assert_eq!(told.code(), Some("database_already"));
        // What is no place for a database leaves no settings behind either.
        let folder_there = folder.path().join("taken");
        std::fs::create_dir(&folder_there).unwrap();
        let told = init::district(&asked(folder_there.display().to_string()));
        assert!(told.is_err());
        for left in ["district.toml", "keys"] {
            assert!(!folder.path().join(left).exists(), "{left}");
        }
    });
}

/// A second try with what was put right goes as if there had been no first.
#[test]
fn an_init_that_failed_leaves_the_folder_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("z3");
    let asked = |division: &str| init::Asked {
        dir: dir.clone(),
        division: division.to_owned(),
        ..init::Asked::default()
    };
    let told = init::district(&asked("6208")).err().unwrap();
    assert_eq!(told.code(), Some("no_division"));
    assert!(!dir.exists(), "a city is no district, and nothing was made for it");
    for (store, address, origin, code) in [
        (Some("mysql://h/db"), None, None, "wrong_store"),
        (Some("postgres://h/db"), None, None, "wrong_store"),
        (Some(""), None, None, "wrong_store"),
        (None, Some("ftp://h"), None, "wrong_settings"),
        (None, None, Some("a b"), "wrong_settings"),
    ] {
        let said = |text: Option<&str>| text.map(str::to_owned);
        let wrong = init::Asked {
            store: said(store),
            address: said(address),
            origin: said(origin),
            ..asked("620802")
        };
        assert_eq!(init::district(&wrong).err().unwrap().code(), Some(code), "{store:?}");
        assert!(!dir.exists(), "nothing was made for it");
    }
    // Where the keys are to lie there is a file, which shows only when the database is made.
    std::fs::create_dir(&dir).unwrap();
    std::fs::write(dir.join("keys"), "mine").unwrap();
    assert!(init::district(&asked("620802")).is_err());
    let mut left: Vec<_> =
        std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["keys", "linli.db.lock"]);
    assert_eq!(std::fs::read(dir.join("keys")).unwrap(), b"mine");
    std::fs::remove_file(dir.join("keys")).unwrap();
    let district = init::district(&asked("620802")).unwrap();
    assert_eq!(district.config.code, "620802");
}

/// The name is taken from then on, and the password is kept nowhere.
#[test]
fn the_password_of_an_account_is_told_whatever_becomes_of_the_post() {
    with_district(|world| {
        behind_the_door(world, "alter table appointment rename to appointment_away");
        let dir = world.dir().display().to_string();
        let line = "linli admin add --username gly --name 管理员 --post security_admin --dir";
        let cli = Cli::try_parse_from(line.split(' ').chain([dir.as_str()])).unwrap();
        let mut out = Vec::new();
        let ran = crate::app::cli::run(cli.command, Lang::Zh, &mut out);
        assert!(!matches!(ran, Ok(true)));
        let told = String::from_utf8(out).unwrap();
        assert!(told.starts_with("gly ") && told.lines().next().unwrap().len() == 18, "{told}");
    });
}
