//! A database that is not there is missed, and not made anew: only `init`, `demo`, `restore` and
//! `copy` make one.

use std::path::Path;

use linli::district::Config;

use super::served::{command, free_port};
use super::town::{Town, postgres_url};

/// Every command that works on a district, as it is typed.
fn commands(dir: &str, aside: &Path) -> Vec<Vec<String>> {
    let path = |name: &str| aside.join(name).to_string_lossy().into_owned();
    std::fs::write(aside.join("cases.csv"), "编号,诉求内容\n1,路灯不亮\n").unwrap();
    std::fs::write(aside.join("process.toml"), "").unwrap();
    let listen = format!("127.0.0.1:{}", free_port());
    let (cases, process) = (path("cases.csv"), path("process.toml"));
    let all: [&[&str]; 15] = [
        &["serve", "--listen", &listen],
        &["verify"],
        &["doctor"],
        &["doctor", "--fix"],
        &["backup", "--to", &path("backup")],
        &["migrate"],
        &["migrate", "--dry-run"],
        &["copy", "--to", &path("copy.db")],
        &["import", "--kind", "classes", &cases],
        &["import", "--kind", "classes", "--adopt", &cases],
        &["calendar"],
        &["export", "--what", "cases", "--form", "csv", "--to", &path("out.csv")],
        &["process", "show"],
        &["process", "adopt", &process],
        &["admin", "add", "--username", "wangfang", "--name", "王芳"],
    ];
    let here = ["--dir", dir];
    all.iter().map(|args| args.iter().chain(&here).map(|arg| (*arg).to_owned()).collect()).collect()
}

fn names_in(dir: &Path) -> Vec<String> {
    let found = std::fs::read_dir(dir).unwrap().map(|one| one.unwrap().file_name());
    let mut names: Vec<String> = found.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// All refuse, and say what there is to do; none makes anything. The doctor says it as a finding.
fn nothing_is_made(dir: &Path) {
    let aside = tempfile::tempdir().unwrap();
    for args in commands(&dir.to_string_lossy(), aside.path()) {
        let before = (names_in(dir), names_in(aside.path()));
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let (well, said) = command(&args);
        assert!(!well, "{args:?} found a district");
        let clear = said.contains("there is no district in") && said.contains("linli restore");
        assert!(clear || args[0] == "doctor", "{args:?}: {said}");
        assert_eq!((names_in(dir), names_in(aside.path())), before, "{args:?} made something");
    }
}

#[test]
fn a_moved_database_file_is_missed_and_not_made_anew() {
    let town = Town::in_a_file();
    drop(town.open());
    for end in ["", "-wal", "-shm"] {
        let file = town.dir.join(format!("linli.db{end}"));
        let _ = std::fs::rename(&file, town.dir.join(format!("moved{end}")));
    }
    nothing_is_made(&town.dir);
    // An empty file is no district either.
    std::fs::write(town.dir.join("linli.db"), "").unwrap();
    let (well, said) = command(&["migrate", "--dir", &town.dir.to_string_lossy()]);
    assert!(!well && said.contains("there is no district in"), "{said}");
    assert_eq!(std::fs::metadata(town.dir.join("linli.db")).unwrap().len(), 0);
}

#[test]
fn a_mistyped_schema_is_missed_and_not_made_anew() {
    let Some(url) = postgres_url() else {
        eprintln!("SKIPPED: LINLI_TEST_PG names no PostgreSQL");
        return;
    };
    let town = Town::in_a_schema(&url);
    let config = Config::read(&town.dir).unwrap();
    let store = format!("{}x", config.store);
    let (_, name) = store.rsplit_once("schema=").unwrap();
    Config { store: store.clone(), ..config }.write(&town.dir).unwrap();
    nothing_is_made(&town.dir);
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    let sql = "select 1 from pg_namespace where nspname = $1";
    assert!(client.query(sql, &[&name]).unwrap().is_empty(), "a schema was made");
}

#[test]
fn a_folder_without_a_district_says_so() {
    let folder = tempfile::tempdir().unwrap();
    nothing_is_made(folder.path());
}

#[test]
fn a_district_without_its_keys_is_not_given_others() {
    let town = Town::in_a_file();
    let keys = town.dir.join("keys/district.toml");
    std::fs::rename(&keys, town.dir.join("elsewhere.toml")).unwrap();
    let dir = town.dir.to_string_lossy().into_owned();
    let listen = format!("127.0.0.1:{}", free_port());
    for args in [&["serve", "--listen", &listen, "--dir", &dir][..], &["calendar", "--dir", &dir]] {
        let (well, said) = command(args);
        assert!(!well && said.contains("there is no key file"), "{args:?}: {said}");
    }
    assert!(!keys.exists(), "another key was made");
}
