//! The writer shares a commit among the acts that wait; what befalls one must not befall others,
//! and what befalls the commit befalls all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crossbeam_channel::Receiver;

use super::*;
use crate::params;

const PUT: &str = "insert into t (id) values ($1)";
const SLOW: Duration = Duration::from_millis(50);

type Heard = Receiver<Result<i64, StoreError>>;

fn fresh() -> (tempfile::TempDir, Lite) {
    let folder = tempfile::tempdir().unwrap();
    let lite = Lite::open_waiting(&folder.path().join("t.db"), SLOW).unwrap();
    ddl(
        &lite,
        "create table t (id integer primary key, of integer, what text unique,
        foreign key (of) references t (id) deferrable initially deferred)",
    );
    (folder, lite)
}

fn ddl(lite: &Lite, sql: &'static str) {
    lite.write_blocking(move |tx| tx.ddl(sql)).unwrap();
}

fn put(tx: &mut WriteTx<'_>, id: i64) -> Result<i64, StoreError> {
    tx.mark(PUT, params![id])?;
    Ok(id)
}

/// Queues an act without waiting for its answer.
fn queue(
    lite: &Lite,
    work: impl Fn(&mut WriteTx<'_>) -> Result<i64, StoreError> + Send + 'static,
) -> Heard {
    let (tell, told) = crossbeam_channel::bounded(1);
    lite.send(job(work, move |answer| drop(tell.send(answer)))).unwrap();
    told
}

/// Holds the writer inside an act of its own until the returned end is dropped, so that all that
/// is queued meanwhile shares its commit.
fn block(lite: &Lite) -> (Sender<()>, Heard) {
    block_with(lite, |tx| put(tx, 1))
}

fn block_with(
    lite: &Lite,
    work: impl Fn(&mut WriteTx<'_>) -> Result<i64, StoreError> + Send + 'static,
) -> (Sender<()>, Heard) {
    let (gate, wait) = crossbeam_channel::bounded::<()>(0);
    let heard = queue(lite, move |tx| {
        let _ = wait.recv();
        work(tx)
    });
    (gate, heard)
}

/// Writes and is refused.
fn refuse(tx: &mut WriteTx<'_>, id: i64) -> Result<i64, StoreError> {
    put(tx, id)?;
    Err(Fault::new("no").into())
}

fn ids(lite: &Lite) -> Vec<i64> {
    let all = "select id from t order by id";
    lite.read(|tx| tx.rows(all, &[], |row| row.get::<i64>(0))).unwrap()
}

fn is_unavailable(heard: &Heard) -> bool {
    matches!(heard.recv().unwrap(), Err(StoreError::Unavailable(_)))
}

#[test]
fn where_no_transaction_can_be_begun_no_act_runs() {
    let (folder, lite) = fresh();
    let other = Connection::open(folder.path().join("t.db")).unwrap();
    other.execute_batch("begin immediate").unwrap();
    let runs = Arc::new(AtomicU32::new(0));
    let heard: Vec<Heard> = (1..=5)
        .map(|id| {
            let runs = Arc::clone(&runs);
            queue(&lite, move |tx| {
                runs.fetch_add(1, Ordering::SeqCst);
                put(tx, id)
            })
        })
        .collect();
    assert!(heard.iter().all(is_unavailable));
    assert_eq!(runs.load(Ordering::SeqCst), 0);
    other.execute_batch("rollback").unwrap();
    assert_eq!(ids(&lite), Vec::<i64>::new());
    assert_eq!(queue(&lite, |tx| put(tx, 6)).recv().unwrap().unwrap(), 6);
    assert_eq!(ids(&lite), [6]);
}

#[test]
fn a_statement_outside_a_transaction_writes_nothing() {
    let (folder, lite) = fresh();
    let bare = Connection::open(folder.path().join("t.db")).unwrap();
    assert!(matches!(execute(&bare, PUT, params![1_i64]), Err(StoreError::Unavailable(_))));
    assert_eq!(ids(&lite), Vec::<i64>::new());
}

#[test]
fn acts_that_share_a_commit_stand_or_fall_each_for_itself() {
    let (_folder, lite) = fresh();
    let (gate, first) = block(&lite);
    let good = queue(&lite, |tx| put(tx, 2));
    let refused = queue(&lite, |tx| refuse(tx, 3));
    let panicked = queue(&lite, |tx| {
        put(tx, 4)?;
        panic!("a test's own panic")
    });
    let swallowed = queue(&lite, |tx| {
        put(tx, 5)?;
        let _ = put(tx, 1);
        Ok(5)
    });
    let goes_on = queue(&lite, |tx| {
        let _ = put(tx, 1);
        put(tx, 6)
    });
    let taken = queue(&lite, |tx| put(tx, 2));
    let last = queue(&lite, |tx| put(tx, 7));
    drop(gate);
    let heard = |told: &Heard| told.recv().unwrap();
    assert_eq!(heard(&first).unwrap(), 1);
    assert_eq!(heard(&good).unwrap(), 2);
    for ours in [&refused, &panicked, &swallowed, &goes_on] {
        assert!(matches!(heard(ours), Err(StoreError::Fault(_))));
    }
    assert!(matches!(heard(&taken), Err(StoreError::Unique(_))));
    assert_eq!(heard(&last).unwrap(), 7);
    assert_eq!(ids(&lite), [1, 2, 7]);
}

#[test]
fn acts_refused_before_any_is_kept_leave_nothing_to_those_that_follow() {
    let (_folder, lite) = fresh();
    let (gate, first) = block_with(&lite, |tx| refuse(tx, 1));
    let second = queue(&lite, |tx| refuse(tx, 2));
    let good = queue(&lite, |tx| put(tx, 1));
    let third = queue(&lite, |tx| refuse(tx, 3));
    let last = queue(&lite, |tx| put(tx, 2));
    drop(gate);
    for refused in [first, second, third] {
        assert!(matches!(refused.recv().unwrap(), Err(StoreError::Fault(_))));
    }
    assert_eq!(good.recv().unwrap().unwrap(), 1);
    assert_eq!(last.recv().unwrap().unwrap(), 2);
    assert_eq!(ids(&lite), [1, 2]);
}

#[test]
fn when_the_commit_fails_every_act_of_it_is_told_so() {
    let (_folder, lite) = fresh();
    let (gate, first) = block(&lite);
    let good = queue(&lite, |tx| put(tx, 2));
    let refused = queue(&lite, |_| Err(Fault::new("no").into()));
    // Its foreign key is looked at when the transaction ends.
    let bad = queue(&lite, |tx| {
        tx.mark("insert into t (id, of) values (3, 99)", &[])?;
        Ok(3)
    });
    drop(gate);
    assert!(is_unavailable(&first));
    assert!(is_unavailable(&good));
    assert!(matches!(refused.recv().unwrap(), Err(StoreError::Fault(_))));
    assert!(is_unavailable(&bad));
    assert_eq!(ids(&lite), Vec::<i64>::new());
    assert_eq!(queue(&lite, |tx| put(tx, 4)).recv().unwrap().unwrap(), 4);
}

#[test]
fn a_full_disk_fails_every_act_of_the_commit() {
    let (_folder, lite) = fresh();
    lite.write_blocking(|tx| {
        tx.visit("pragma max_page_count = 16", &[], &mut |_| Ok(()))?;
        Ok::<_, StoreError>(())
    })
    .unwrap();
    let (gate, first) = block(&lite);
    let good = queue(&lite, |tx| put(tx, 2));
    // Many rows under a UNIQUE: SQLite undoes the statement and leaves the transaction open.
    let big = queue(&lite, |tx| {
        tx.mark(
            "insert into t (id, what)
             with recursive n (i) as (select 100 union all select i + 1 from n where i < 5000)
             select i, hex(zeroblob(100)) || i from n",
            &[],
        )?;
        Ok(3)
    });
    let last = queue(&lite, |tx| put(tx, 4));
    drop(gate);
    assert!(is_unavailable(&first));
    assert!(is_unavailable(&good));
    assert!(is_unavailable(&big));
    // What came after it has a commit of its own.
    assert_eq!(last.recv().unwrap().unwrap(), 4);
    assert_eq!(ids(&lite), [4]);
}

#[test]
fn the_log_is_folded_in_beside_the_writer_and_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let mut writer = Connection::open(&path).unwrap();
    settle(&writer, SLOW).unwrap();
    writer.execute_batch("create table t (what text)").unwrap();
    fold::beside(&mut writer, &path, 32).unwrap();
    let page = "x".repeat(4000);
    for _ in 0..2_000 {
        writer.execute("insert into t (what) values (?1)", [&page]).unwrap();
    }
    let size = |name: &str| std::fs::metadata(folder.path().join(name)).unwrap().len();
    // Each insert is a page at the least: 8 MB. Sixteen steps of log are 2 MB, and one commit more.
    assert!(size("t.db-wal") < 3 << 20, "the log is {} bytes long", size("t.db-wal"));
    assert!(size("t.db") > 5 << 20, "the file is {} bytes long", size("t.db"));
    let kept: i64 = writer.query_row("select count(*) from t", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 2_000);
}

/// Files of the folder in which a text stands.
fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for file in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let bytes = std::fs::read(file.path()).unwrap();
        if bytes.windows(text.len()).any(|bytes| bytes == text.as_bytes()) {
            out.push(file.file_name().into_string().unwrap());
        }
    }
    out.sort();
    out
}

/// Takes the words out of a row, as an act does that erases.
fn erase(tx: &mut WriteTx<'_>, id: i64) -> Result<i64, StoreError> {
    tx.erase();
    tx.mark("update t set what = $2 where id = $1", params![id, format!("gone {id}")])?;
    Ok(id)
}

fn say(tx: &mut WriteTx<'_>, id: i64, what: &str) -> Result<i64, StoreError> {
    tx.mark("insert into t (id, what) values ($1, $2)", params![id, what])?;
    Ok(id)
}

#[test]
fn what_was_erased_stands_in_no_file_by_the_time_that_is_answered() {
    let (folder, lite) = fresh();
    let secret = "13800000001 ".repeat(1000);
    for id in 1..=3 {
        let what = format!("{secret}{id}");
        queue(&lite, move |tx| say(tx, id, &what)).recv().unwrap().unwrap();
    }
    assert_eq!(files_with(folder.path(), "13800000001"), ["t.db-wal"]);
    for id in 1..=3 {
        queue(&lite, move |tx| erase(tx, id)).recv().unwrap().unwrap();
    }
    assert_eq!(files_with(folder.path(), "13800000001"), Vec::<String>::new());
    assert_eq!(ids(&lite), [1, 2, 3]);
}

#[test]
fn a_reader_in_the_way_of_an_erasure_holds_it_up_only_until_the_next_commit() {
    let (folder, lite) = fresh();
    queue(&lite, |tx| say(tx, 1, "13800000001")).recv().unwrap().unwrap();
    let reading: Result<(), StoreError> = lite.read(|tx| {
        tx.count("select count(*) from t", &[])?;
        queue(&lite, |tx| erase(tx, 1)).recv().unwrap().unwrap();
        assert_ne!(files_with(folder.path(), "13800000001"), Vec::<String>::new());
        Ok(())
    });
    reading.unwrap();
    queue(&lite, |tx| put(tx, 2)).recv().unwrap().unwrap();
    assert_eq!(files_with(folder.path(), "13800000001"), Vec::<String>::new());
}

#[test]
fn what_is_closed_lies_in_one_file() {
    let (folder, lite) = fresh();
    queue(&lite, |tx| put(tx, 1)).recv().unwrap().unwrap();
    assert_eq!(ids(&lite), [1]);
    // What waits when it is closed is still done.
    let last = queue(&lite, |tx| put(tx, 2));
    drop(lite);
    assert_eq!(last.recv().unwrap().unwrap(), 2);
    let names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names, ["t.db"]);
    let again = Lite::open(&folder.path().join("t.db")).unwrap();
    assert_eq!(ids(&again), [1, 2]);
}
