//! The database server crashes and is started again while people work: what was acknowledged is
//! there once and whole, and the application comes back by itself.
//!
//! 5 restarts; `LINLI_RESTARTS` asks for more.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::kill::{next, nothing_is_half_done, number};
use super::served::{Client, Served, free_port};
use super::town::{Town, class, postgres_url};
use super::working::{Journal, Work, all_are_there_once, heard};

const CLIENTS: u64 = 4;

/// A PostgreSQL server of this test alone.
pub struct Cluster {
    folder: tempfile::TempDir,
    bin: PathBuf,
    /// Whom it runs as: it refuses to run as root.
    user: Option<&'static str>,
    port: u16,
}

/// The folder with the server's programs, the newest version first.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = versions.map(|one| one.path().join("bin")).collect();
    found.sort();
    found.into_iter().rev().find(|bin| bin.join("initdb").exists())
}

fn answers(program: &str, args: &[&str]) -> Option<String> {
    let told = Command::new(program).args(args).stderr(Stdio::null()).output().ok()?;
    told.status.success().then(|| String::from_utf8_lossy(&told.stdout).trim().to_owned())
}

impl Cluster {
    /// `None`, said loudly, where the server's programs are not at hand.
    pub fn start() -> Option<Cluster> {
        postgres_url()?;
        let Some(bin) = programs() else {
            eprintln!("SKIPPED: there is no PostgreSQL under /usr/lib/postgresql to restart");
            return None;
        };
        let root = answers("id", &["-u"])? == "0";
        let known = |name: &&str| answers("id", &["-u", name]).is_some();
        let user = ["postgres", "nobody"].into_iter().find(known).filter(|_| root);
        let folder = tempfile::tempdir().unwrap();
        let cluster = Cluster { folder, bin, user, port: free_port() };
        let home = cluster.folder.path().to_string_lossy().into_owned();
        if let Some(user) = user {
            assert!(answers("chown", &[user, &home]).is_some());
        }
        let data = cluster.data();
        cluster.run(
            "initdb",
            &["-D", &data, "-U", "linli", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
        );
        let options = format!(
            "-c listen_addresses=127.0.0.1 -p {} -c unix_socket_directories={home}",
            cluster.port
        );
        let log = format!("{home}/server.log");
        cluster.run("pg_ctl", &["-D", &data, "-l", &log, "-w", "-s", "-o", &options, "start"]);
        let mut client =
            postgres::Client::connect(&cluster.url("postgres"), postgres::NoTls).unwrap();
        client.batch_execute("create database linli").unwrap();
        Some(cluster)
    }

    fn data(&self) -> String {
        self.folder.path().join("data").to_string_lossy().into_owned()
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://linli@127.0.0.1:{}/{database}", self.port)
    }

    /// A folder on another disk that the server may write to.
    pub fn room_on(&self, disk: &Path) -> PathBuf {
        let room = disk.join("room");
        std::fs::create_dir(&room).unwrap();
        if let Some(user) = self.user {
            let (path, disk) = (room.to_string_lossy(), disk.to_string_lossy());
            assert!(answers("chown", &[user, &path]).is_some());
            assert!(answers("chmod", &["755", &disk]).is_some());
        }
        room
    }

    /// A database whose tables lie in a folder of their own; its address.
    pub fn database_in(&self, room: &Path, name: &str) -> String {
        let mut client = postgres::Client::connect(&self.url("linli"), postgres::NoTls).unwrap();
        let place = room.display();
        client.batch_execute(&format!("create tablespace {name} location '{place}'")).unwrap();
        let made = format!("create database {name} template template0 tablespace {name}");
        client.batch_execute(&made).unwrap();
        self.url(name)
    }

    fn run(&self, program: &str, args: &[&str]) {
        let program: PathBuf = self.bin.join(program);
        let mut command = match self.user {
            Some(user) => {
                let group = if user == "nobody" { "nogroup" } else { user };
                let mut command = Command::new("setpriv");
                command.args(["--reuid", user, "--regid", group, "--clear-groups"]).arg(&program);
                command
            }
            None => Command::new(&program),
        };
        let null = || Stdio::null();
        command.args(args).current_dir(Path::new("/")).stdin(null()).stdout(null()).stderr(null());
        assert!(command.status().unwrap().success(), "{}", program.display());
    }

    /// No farewell to anybody: the server's processes are stopped as a crash would.
    fn crash_and_start(&self) {
        let (data, log) = (self.data(), format!("{}.log", self.data()));
        self.run("pg_ctl", &["-D", &data, "-l", &log, "-m", "immediate", "-w", "-s", "restart"]);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if Path::new(&self.data()).join("postmaster.pid").exists() {
            self.run("pg_ctl", &["-D", &self.data(), "-m", "immediate", "-w", "-s", "stop"]);
        }
    }
}

/// Time until the application says that it is ready.
fn back(port: u16) -> Duration {
    let (client, from) = (Client::new(port), Instant::now());
    while client.get("/readyz").is_none_or(|told| told.status != 200) {
        assert!(from.elapsed() < Duration::from_secs(5), "not back after 5 s");
        thread::sleep(Duration::from_millis(20));
    }
    from.elapsed()
}

#[test]
fn what_was_acknowledged_survives_a_crash_of_the_database_server() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let restarts = number("LINLI_RESTARTS", 5);
    let mut seed = number("LINLI_SEED", 0x55_66) | 1;
    // Dropped before the cluster: it takes its schema with it.
    let town = Town::in_a_schema(&cluster.url("linli"));
    town.employ();
    let (class, port) = (class(&town.open()), free_port());
    let served = Served::start(&town, port);
    let (stop, mut longest) = (AtomicBool::new(false), Duration::ZERO);
    let mut journal: Journal = thread::scope(|scope| {
        let (stop, class) = (&stop, class.as_str());
        let clients: Vec<_> = (0..CLIENTS)
            .map(|n| {
                let work = Work { client: Client::new(port), class };
                scope.spawn(move || work.go_on(&format!("c{n}"), Journal::new(), n + 7, stop))
            })
            .collect();
        for _ in 0..restarts {
            thread::sleep(Duration::from_millis(500 + next(&mut seed) % 700));
            cluster.crash_and_start();
            longest = longest.max(back(port));
        }
        thread::sleep(Duration::from_millis(500));
        stop.store(true, Ordering::Relaxed);
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    let acked = heard(&journal);
    Work { client: Client::new(port), class: &class }.send_again(&mut journal);
    served.kill();
    all_are_there_once(&town, &journal);
    nothing_is_half_done(&town);
    town.verify();
    assert!(acked as u64 > restarts * CLIENTS, "hardly any load: {acked}");
    eprintln!(
        "{restarts} crashes of the server, {} cases, {acked} acts acknowledged, 0 lost, \
         0 half-done, 0 doubled; ready {} ms after the server at the most",
        journal.len(),
        longest.as_millis()
    );
}
