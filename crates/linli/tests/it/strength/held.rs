//! One process has a district: a second server, and what must not run beside one, is refused and
//! told who has it; a process that is killed lets go by itself.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use linli::district::Config;
use linli::store::{Hold, Place};

use super::served::{Client, Served, command, free_port, serving};
use super::town::{Town, postgres_url, towns};

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn serve(dir: &str) -> (bool, String) {
    command(&["serve", "--dir", dir, "--listen", &format!("127.0.0.1:{}", free_port())])
}

fn place(town: &Town) -> Place {
    Config::read(&town.dir).unwrap().store_place(&town.dir).unwrap()
}

/// The commands that must not run beside a server, and one they leave alone.
fn refused_beside(town: &Town, who: &str) {
    let (dir, engine) = (text(&town.dir), town.engine());
    let other = tempfile::tempdir().unwrap();
    let copy = text(&other.path().join("copy.db"));
    let backup = text(&other.path().join("backup"));
    assert!(command(&["backup", "--dir", &dir, "--to", &backup]).0, "{engine}");
    let refused: [(&str, (bool, String)); 4] = [
        ("serve", serve(&dir)),
        ("copy", command(&["copy", "--dir", &dir, "--to", &copy])),
        ("copy", command(&["copy", "--dir", &dir, "--to", &copy, "--switch"])),
        ("restore", command(&["restore", "--dir", &dir, "--from", &backup])),
    ];
    for (what, (well, said)) in refused {
        assert!(!well, "{engine}: {what} ran beside a server");
        assert!(said.contains(who) && said.contains("stop that first"), "{engine} {what}: {said}");
    }
    assert!(!Path::new(&copy).exists(), "{engine}: nothing was copied");
    let (well, said) = command(&["migrate", "--dir", &dir]);
    assert!(well, "{engine}: there is nothing to migrate, so it harms nobody: {said}");
}

#[test]
fn a_district_that_is_served_is_served_by_one() {
    for town in towns() {
        let served = Served::start(&town, free_port());
        refused_beside(&town, &format!("linli serve, process {}", served.id()));
        served.kill();
        let again = Served::start(&town, free_port());
        assert!(again.stop().0);
        let hold = Hold::take(&place(&town), "copy").unwrap();
        let (well, said) = serve(&text(&town.dir));
        assert!(!well && said.contains("linli copy"), "{}: {said}", town.engine());
        drop(hold);
        Served::start(&town, free_port()).kill();
        town.verify();
    }
}

/// One that has to be brought to this version is not, while somebody serves it.
#[test]
fn an_older_district_is_not_migrated_under_its_server() {
    for town in towns() {
        let hold = Hold::take(&place(&town), "serve").unwrap();
        let newest = "(select max(version) from schema_version)";
        town.behind_the_door(&format!("delete from schema_version where version = {newest}"));
        let dir = text(&town.dir);
        let run = |args: &[&str]| {
            let (well, said) = command(args);
            assert!(!well && said.contains("in use by linli serve"), "{args:?}: {said}");
        };
        run(&["migrate", "--dir", &dir]);
        run(&["export", "--dir", &dir, "--what", "cases", "--to", &format!("{dir}/cases.csv")]);
        drop(hold);
    }
}

/// Ends the session by which a server holds its schema, as a restart of the database would.
fn cut_hold(url: &str, pid: u32) {
    let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
    let sql = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1";
    let who = format!("linli serve, process {pid}");
    assert_eq!(client.query(sql, &[&who]).unwrap().len(), 1);
}

#[test]
fn a_server_that_was_cut_off_holds_on_or_gives_way() {
    let Some(url) = postgres_url() else {
        eprintln!("SKIPPED: LINLI_TEST_PG names no PostgreSQL");
        return;
    };
    let town = Town::in_a_schema(&url);
    let mut served = Served::start(&town, free_port());
    let who = format!("linli serve, process {}", served.id());
    cut_hold(&url, served.id());
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let (well, said) = serve(&text(&town.dir));
    assert!(!well && said.contains(&who), "it holds on: {said}");
    cut_hold(&url, served.id());
    // A command that must not run beside a server was quicker.
    let _hold = Hold::take(&place(&town), "copy").unwrap();
    assert!(!served.ended(), "it gives way, and says so by its exit code");
}

#[test]
fn two_districts_of_one_process_are_two_holds() {
    let towns: Vec<Town> = (0..2).map(|_| Town::in_a_file()).collect();
    let dirs: Vec<String> = towns.iter().map(|town| text(&town.dir)).collect();
    let (well, said) = command(&["serve", "--dir", &dirs[0], "--dir", &dirs[0]]);
    assert!(!well && said.contains("linli serve"), "{said}");
    let port = free_port();
    let listen = format!("127.0.0.1:{port}");
    let both = ["serve", "--dir", &dirs[0], "--dir", &dirs[1], "--listen", &listen];
    let program = env!("CARGO_BIN_EXE_linli").to_owned();
    let both: Vec<String> =
        std::iter::once(program).chain(both.iter().map(|arg| (*arg).to_owned())).collect();
    let served = Served::run(&both, port);
    for dir in &dirs {
        assert!(!serve(dir).0);
    }
    assert!(served.stop().0);
}

/// One that another process has keeps no other of its process waiting, and is taken when it is let
/// go, without a restart.
#[test]
fn a_district_that_is_held_elsewhere_is_served_when_it_is_let_go() {
    let (here, there) = (Town::in_a_file(), towns().pop().unwrap());
    let hold = Hold::take(&place(&there), "copy").unwrap();
    let port = free_port();
    let mut line = serving(&here, port);
    line.extend(["--dir".to_owned(), text(&there.dir)]);
    let served = Served::run(&line, port);
    let ready = || Client::new(port).get("/readyz").unwrap().body;
    assert_eq!(ready(), "not ready: 测试区");
    assert_eq!(Client::new(port).get("/sign-in").unwrap().status, 200);
    drop(hold);
    let from = Instant::now();
    while ready() != "ok" {
        assert!(from.elapsed() < Duration::from_secs(60), "it is not tried again");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(!serve(&text(&there.dir)).0, "it is held");
    assert!(served.stop().0);
    Hold::take(&place(&there), "copy").unwrap();
}

/// What a served process starts (such as the sender of text messages) does not hold the district
/// after it.
#[test]
fn a_child_of_the_process_does_not_hold_on() {
    let town = Town::in_a_file();
    let hold = Hold::take(&place(&town), "serve").unwrap();
    let mut child = Command::new("sleep").arg("60").stdin(Stdio::null()).spawn().unwrap();
    drop(hold);
    Hold::take(&place(&town), "serve").unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
}
