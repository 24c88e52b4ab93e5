//! Sync before acknowledging, shown by the system calls themselves: a kill leaves what was written
//! in the kernel, so only a trace can tell whether a report would survive a power cut.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::served::{Client, Served, free_port, serving};
use super::town::{Town, class};

const REPORTS: usize = 25;

/// A line of the trace: the thread, the call with its arguments, what came of it.
struct Call<'t> {
    text: &'t str,
    thread: &'t str,
}

fn calls(trace: &str) -> Vec<Call<'_>> {
    let lines = trace
        .lines()
        .filter_map(|line| line.split_once(' ').map(|(thread, text)| (thread, text.trim_start())));
    lines.map(|(thread, text)| Call { thread, text: text.trim() }).collect()
}

/// Whether a report with these words is written to the log of the database, that log is synced, and
/// only then is it answered with success.
fn synced_before_answered(calls: &[Call<'_>], marker: &str) -> Result<(), String> {
    let is_write = |call: &Call<'_>| call.text.starts_with("pwrite64(") && on_log(call.text);
    let written = calls.iter().position(|call| is_write(call) && call.text.contains(marker));
    let written = written.ok_or("was never written to the log")?;
    let synced = sync_after(&calls[written..]).ok_or("was never synced")? + written;
    let asked = calls.iter().position(|call| is_request(call.text) && call.text.contains(marker));
    let asked = asked.ok_or("was never asked for")?;
    let answered = calls[asked..].iter().position(|call| is_success(call.text));
    let answered = answered.ok_or("was never answered")? + asked;
    match asked < written && synced < answered {
        true => Ok(()),
        false => Err(format!(
            "was asked for in line {asked}, written in {written}, synced in {synced} and answered \
             in {answered}"
        )),
    }
}

fn on_log(text: &str) -> bool {
    text.contains("linli.db-wal>")
}

/// The first sync of the log that has ended well; a call may be told in two lines.
fn sync_after(calls: &[Call<'_>]) -> Option<usize> {
    let mut under_way: Vec<&str> = Vec::new();
    for (at, call) in calls.iter().enumerate() {
        let of_log = call.text.starts_with("fdatasync(") || call.text.starts_with("fsync(");
        if of_log && on_log(call.text) {
            match call.text.contains("<unfinished") {
                true => under_way.push(call.thread),
                false if call.text.ends_with("= 0") => return Some(at),
                false => {}
            }
        }
        let resumed = call.text.starts_with("<... f") && call.text.contains("sync resumed>");
        if resumed && under_way.contains(&call.thread) && call.text.ends_with("= 0") {
            return Some(at);
        }
    }
    None
}

fn is_request(text: &str) -> bool {
    text.contains("POST /open311/v2/requests.json") || text.contains("description=")
}

fn is_success(text: &str) -> bool {
    let writes = ["write(", "writev(", "sendto(", "sendmsg("];
    writes.iter().any(|call| text.starts_with(call)) && text.contains("HTTP/1.1 200")
}

/// The trace, once the tracer has written that the program ended.
fn whole_trace(path: &Path, ended: &str) -> String {
    let patience = Instant::now();
    loop {
        let trace = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
        // The tracer pads short process numbers with blanks.
        let said = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        if trace.lines().any(|line| said(line).starts_with(ended)) {
            return trace;
        }
        assert!(patience.elapsed() < Duration::from_secs(120), "the trace does not end");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn every_acknowledged_report_was_synced_before() {
    let there = Command::new("strace").arg("--version").output();
    if !there.is_ok_and(|out| out.status.success()) {
        eprintln!("SKIPPED: strace is not installed, so sync before acknowledging is not shown");
        return;
    }
    let town = Town::in_a_file();
    let (class, port) = (class(&town.open()), free_port());
    let path = town.dir.join("trace");
    let what = "trace=fsync,fdatasync,pwrite64,read,readv,recvfrom,write,writev,sendto,sendmsg";
    let out = path.to_string_lossy().into_owned();
    let trace = ["strace", "-D", "-f", "-y", "-s", "8192", "-e", what, "-o", &out];
    let command: Vec<String> =
        trace.iter().map(|arg| (*arg).to_owned()).chain(serving(&town, port)).collect();
    let served = Served::run(&command, port);
    let client = Client::new(port);
    let marker = |n: usize| format!("sync-proof-{n:04}");
    for n in 0..REPORTS {
        let told = client.report(&class, &format!("order {n}"), &marker(n)).unwrap();
        assert_eq!(told.status, 200, "{}", told.body);
    }
    let ended = format!("{} +++ ", served.id());
    served.kill();
    let trace = whole_trace(&path, &ended);
    let calls = calls(&trace);
    let early: Vec<String> = (0..REPORTS)
        .filter_map(|n| {
            let shown = synced_before_answered(&calls, &marker(n)).err();
            shown.map(|why| format!("{} {why}", marker(n)))
        })
        .collect();
    assert!(early.is_empty(), "of {} calls: {early:#?}", calls.len());
    eprintln!("{REPORTS} of {REPORTS} reports were synced before they were acknowledged");
}

#[test]
fn a_trace_without_a_sync_is_told_from_one_with_it() {
    let trace = |sync: &str| {
        format!(
            "1 recvfrom(9<TCP:[1]>, \"POST /open311/v2/requests.json description=m-1\", 99) = 9\n\
             2 pwrite64(7</d/linli.db-wal>, \"m-1\", 3, 0) = 3\n{sync}\
             1 writev(9<TCP:[1]>, [{{iov_base=\"HTTP/1.1 200 OK\", iov_len=9}}], 1) = 9\n"
        )
    };
    let judge = |text: &str| synced_before_answered(&calls(text), "m-1");
    assert_eq!(judge(&trace("2 fdatasync(7</d/linli.db-wal>) = 0\n")), Ok(()));
    let in_two = "2 fdatasync(7</d/linli.db-wal> <unfinished ...>\n1 read(3) = 1\n\
                  2 <... fdatasync resumed>) = 0\n";
    assert_eq!(judge(&trace(in_two)), Ok(()));
    assert!(judge(&trace("")).is_err());
    assert!(judge(&trace("2 fdatasync(7</d/linli.db-wal>) = -1 EIO\n")).is_err());
    assert!(judge(&trace("2 fdatasync(7</d/linli.db>) = 0\n")).is_err());
    let late = format!("{}2 fdatasync(7</d/linli.db-wal>) = 0\n", trace(""));
    assert!(judge(&late).is_err());
}
