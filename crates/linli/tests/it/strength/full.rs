//! The disk is full, or takes no more writes: nothing is acknowledged that is not kept, the answer
//! says to come again, and when it takes them again the district goes on without a restart.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::restart::Cluster;
use super::served::{Client, Served, command, free_port, serving};
use super::town::{Town, class};

/// The orders of a client: those it heard success of.
struct Heard {
    client: Client,
    class: String,
    sent: usize,
    taken: Vec<String>,
    refused: usize,
}

/// Words long enough to fill a small disk soon.
fn words(n: usize) -> String {
    format!("{n:05} {}", "路灯不亮".repeat(700))
}

impl Heard {
    /// Reports once; whether it was taken. Anything but a success or a clear no fails.
    fn report(&mut self) -> bool {
        let n = self.sent;
        self.sent += 1;
        let told = self.client.report(&self.class, &format!("order {n}"), &words(n)).unwrap();
        match told.status {
            200 => self.taken.push(words(n)),
            503 => {
                assert!(told.retry_after.is_some(), "it does not say when to come again");
                assert!(told.body.contains("description"), "{}", told.body);
                self.refused += 1;
            }
            other => panic!("{other}: {}", told.body),
        }
        told.status == 200
    }
}

/// Fills the disk, makes room, goes on, and looks at what is there.
fn fill_and_free(town: &Town, served: Served, free: impl FnOnce(&Served)) {
    spoil_and_mend(town, served, |_| {}, |served, ()| free(served));
}

/// The same with whatever keeps the disk from taking more.
fn spoil_and_mend<T>(
    town: &Town,
    served: Served,
    spoil: impl FnOnce(&Served) -> T,
    mend: impl FnOnce(&Served, T),
) {
    let class = class(&town.open());
    let client = Client::new(served.port);
    let mut heard = Heard { client, class, sent: 0, taken: Vec::new(), refused: 0 };
    assert!(heard.report(), "the first report finds room");
    let spoilt = spoil(&served);
    while heard.refused < 5 {
        heard.report();
        assert!(heard.sent < 5_000, "the disk is never full");
    }
    let reads = heard.client.get("/open311/v2/services.json").unwrap();
    assert_eq!(reads.status, 200, "what is there can still be read");
    mend(&served, spoilt);
    let freed = Instant::now();
    while !heard.report() {
        assert!(freed.elapsed() < Duration::from_secs(10), "it does not go on");
        std::thread::sleep(Duration::from_millis(50));
    }
    let back = freed.elapsed();
    assert!((0..5).all(|_| heard.report()), "it goes on for good");
    served.kill();
    let kept = "select words from case_file order by words, id";
    let read = town.database().read_blocking(|tx| tx.rows(kept, &[], |row| row.get::<String>(0)));
    let mut taken = heard.taken.clone();
    taken.sort();
    assert!(read.unwrap() == taken, "what is kept is not what was acknowledged");
    town.verify();
    let (taken, refused) = (taken.len(), heard.refused);
    eprintln!("{taken} kept, {refused} told to come again; back {} ms after", back.as_millis());
}

#[test]
fn a_file_that_may_not_grow_loses_nothing() {
    if !Command::new("prlimit").arg("--version").output().is_ok_and(|out| out.status.success()) {
        eprintln!("SKIPPED: prlimit (util-linux) is not installed");
        return;
    }
    let town = Town::in_a_file();
    let size = |name: &str| std::fs::metadata(town.dir.join(name)).map_or(0, |file| file.len());
    let room = size("linli.db").max(size("linli.db-wal")) + 512 * 1024;
    let port = free_port();
    // The shell lets the signal of a file too large pass, so that writing it fails instead.
    let limited = format!("--fsize={room}:unlimited");
    let script = "trap '' XFSZ; exec prlimit \"$@\"".to_owned();
    let before = ["sh".to_owned(), "-c".to_owned(), script, "sh".to_owned(), limited];
    let limited: Vec<String> = before.into_iter().chain(serving(&town, port)).collect();
    let served = Served::run(&limited, port);
    fill_and_free(&town, served, |served| {
        let pid = format!("--pid={}", served.id());
        let done = Command::new("prlimit").args([pid.as_str(), "--fsize=unlimited"]).status();
        assert!(done.unwrap().success());
    });
}

/// A small disk of memory, taken down when it is dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(size: &str) -> Option<SmallDisk> {
        let folder = tempfile::tempdir().unwrap();
        let options = format!("size={size}");
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "none"])
            .arg(folder.path())
            .output();
        done.is_ok_and(|out| out.status.success()).then_some(SmallDisk(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_loses_nothing() {
    let Some(disk) = SmallDisk::mount("12m") else {
        eprintln!("SKIPPED: this user may not mount a small disk, so a full one is not shown");
        return;
    };
    let ballast = disk.path().join("ballast");
    std::fs::write(&ballast, vec![1_u8; 4 * 1024 * 1024]).unwrap();
    let dir = disk.path().join("district");
    let town = Town::at(&dir);
    let port = free_port();
    let served = Served::start(&town, port);
    fill_and_free(&town, served, |_| std::fs::remove_file(&ballast).unwrap());
}

/// Fills a disk but for this many bytes, with a file that can be taken away.
fn fill_but(ballast: &Path, left: u64) {
    use std::io::Write as _;
    let (mut file, block) = (std::fs::File::create(ballast).unwrap(), [1_u8; 64 * 1024]);
    let mut size = 0;
    while let Ok(n @ 1..) = file.write(&block) {
        size += n as u64;
    }
    file.set_len(size.checked_sub(left).expect("the disk is too small to begin with")).unwrap();
}

#[test]
fn a_full_disk_of_the_database_server_loses_nothing() {
    // What is made later is dropped earlier: the town, the server, the disk.
    let Some(disk) = SmallDisk::mount("32m") else {
        eprintln!("SKIPPED: this user may not mount a small disk, so a full one is not shown");
        return;
    };
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let room = cluster.room_on(disk.path());
    let url = cluster.database_in(&room, "small");
    let town = Town::in_a_schema(&url);
    let port = free_port();
    let served = Served::start(&town, port);
    let ballast = disk.path().join("ballast");
    spoil_and_mend(
        &town,
        served,
        |_| fill_but(&ballast, 256 * 1024),
        |_, ()| std::fs::remove_file(&ballast).unwrap(),
    );
}

/// Lets every write of a process fail as on a disk that was mounted read-only, until it is ended.
struct ReadOnly(Child);

impl ReadOnly {
    fn over(served: &Served) -> Option<ReadOnly> {
        let pid = served.id().to_string();
        let calls = "pwrite64,ftruncate,fallocate,fdatasync";
        let (trace, inject) = (format!("trace={calls}"), format!("inject={calls}:error=EROFS"));
        let mut child = Command::new("strace")
            .args(["-f", "-q", "-p", &pid, "-e", &trace, "-e", &inject, "-o", "/dev/null"])
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        std::thread::sleep(Duration::from_millis(500));
        child.try_wait().unwrap().is_none().then_some(ReadOnly(child))
    }

    fn end(mut self) {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        self.0.wait().unwrap();
    }
}

#[test]
fn a_disk_that_becomes_read_only_loses_nothing() {
    let town = Town::in_a_file();
    let served = Served::start(&town, free_port());
    match ReadOnly::over(&served) {
        Some(probe) => probe.end(),
        None => {
            eprintln!("SKIPPED: strace may not look after another process here");
            return;
        }
    }
    spoil_and_mend(
        &town,
        served,
        |served| ReadOnly::over(served).unwrap(),
        |_, read_only| read_only.end(),
    );
}

#[test]
fn a_read_only_folder_is_named_when_a_server_is_to_start_in_it() {
    let town = Town::in_a_file();
    let dir = town.dir.to_string_lossy().into_owned();
    let mount = |args: &[&str]| Command::new("mount").args(args).output();
    let bound = mount(&["--bind", &dir, &dir]).is_ok_and(|out| out.status.success());
    let closed =
        bound && mount(&["-o", "remount,bind,ro", &dir]).is_ok_and(|out| out.status.success());
    let started = closed.then(|| command(&["serve", "--dir", &dir, "--listen", "127.0.0.1:0"]));
    // However that went, no mount is left behind.
    assert!(!bound || Command::new("umount").arg(&dir).status().unwrap().success());
    let Some((well, said)) = started else {
        eprintln!("SKIPPED: this user may not mount a folder read-only");
        return;
    };
    assert!(!well, "{said}");
    assert!(said.to_lowercase().contains("read-only"), "{said}");
    Served::start(&town, free_port()).kill();
    town.verify();
}
