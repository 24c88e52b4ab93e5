//! `linli doctor`: is everything about this district in order, and if not, what is to be done.

use std::io::Write;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use linli_record::note::Checkpoint;

use super::open_existing;
use crate::act::{Door, Stamp};
use crate::affairs::appeal::{self, leave, undo};
use crate::base::secret::Keys;
use crate::base::{Clock, Fault, Instant};
use crate::calendar;
use crate::district::{Config, Processes};
use crate::matter::store as matters;
use crate::params;
use crate::people::{erased, store as people};
use crate::record::{self, seen};
use crate::store::{Place, ReadTx, Store, StoreError, copying, migrate};
use crate::territory;
use crate::words::Lang;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    Good,
    /// Worth knowing; the district works.
    Notice,
    /// To be mended.
    Bad,
    /// Was bad, and has just been mended.
    Mended,
}

/// One check; its sentences stand in the messages as `keep.doctor.CODE`, and `keep.cure.CODE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub code: &'static str,
    pub grade: Grade,
    /// What was measured.
    pub found: String,
}

fn check(code: &'static str, grade: Grade, found: impl Into<String>) -> Check {
    Check { code, grade, found: found.into() }
}

fn when(good: bool, otherwise: Grade) -> Grade {
    if good { Grade::Good } else { otherwise }
}

/// Below this a district may stop in the middle of a day.
const LEAST_FREE: u64 = 1 << 30;
/// A clock may be this far behind the newest act before we say so: two machines of one district.
const CLOCK_SLACK: i64 = 120_000_000;
/// What is due for longer than this is stuck.
const STUCK: i64 = 600_000_000;

/// By the numbers of the leaves, which are an index: of acts there are too many to look through.
const NEWEST_ACT: &str = "
    select coalesce((select act.recorded_at from leaf join act on act.id = leaf.act_id
        where leaf.seq = (select max(seq) from leaf)), 0)";
const LEAVES_WAITING: &str = "
    select count(*) from leaf join act on act.id = leaf.act_id
    where leaf.idx is null and act.recorded_at < $1";
const OUTBOX_STUCK: &str = "select count(*) from outbox where due_at < $1";
const ACCEPTING: &str = "select post_kind from duty where act = 'case.accept' and until is null";
const DUTIES: &str = "select count(*) from duty where until is null";

impl Check {
    fn title(&self, lang: Lang) -> String {
        lang.say(&format!("keep.doctor.{}", self.code))
    }

    /// What is to be done, where something is.
    fn cure(&self, lang: Lang) -> Option<String> {
        let asked = matches!(self.grade, Grade::Bad | Grade::Notice);
        asked.then(|| lang.say(&format!("keep.cure.{}", self.code)))
    }
}

/// How `linli doctor` is to look and to tell.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    /// Mend what can be mended without harm.
    pub fix: bool,
    /// For a program: one JSON object.
    pub json: bool,
    pub lang: Lang,
}

/// Looks at everything and prints it. Gives the checks; the command's exit code is 1 when one is
/// [`Grade::Bad`].
pub fn run(dir: &Path, asked: Asked, out: &mut dyn Write) -> Result<Vec<Check>, Fault> {
    let (checks, lang) = (examine(dir, asked.fix), asked.lang);
    if asked.json {
        writeln!(out, "{}", as_json(&checks, lang))?;
        return Ok(checks);
    }
    for check in &checks {
        let mark = match check.grade {
            Grade::Good => "✓",
            Grade::Notice => "!",
            Grade::Bad => "✗",
            Grade::Mended => "+",
        };
        let stop = if check.found.is_empty() { "" } else { lang.pick("：", ": ") };
        writeln!(out, "{mark} {}{stop}{}", check.title(lang), check.found)?;
        if let Some(cure) = check.cure(lang) {
            writeln!(out, "    {cure}")?;
        }
    }
    Ok(checks)
}

/// `{"good": …, "checks": [{"code", "grade", "title", "found", "cure"}]}`; `cure` is null where
/// nothing is to be done.
fn as_json(checks: &[Check], lang: Lang) -> serde_json::Value {
    let each = |check: &Check| {
        serde_json::json!({
            "code": check.code,
            "grade": check.grade,
            "title": check.title(lang),
            "found": check.found,
            "cure": check.cure(lang),
        })
    };
    let good = checks.iter().all(|check| check.grade != Grade::Bad);
    serde_json::json!({ "good": good, "checks": checks.iter().map(each).collect::<Vec<_>>() })
}

/// All checks, as far as one can get.
pub fn examine(dir: &Path, fix: bool) -> Vec<Check> {
    let mut checks = Vec::new();
    let config = match Config::read(dir) {
        Ok(config) => config,
        Err(error) => return vec![check("config", Grade::Bad, error.to_string())],
    };
    checks.push(check("config", Grade::Good, format!("{} ({})", config.name, config.code)));
    checks.push(address(&config));
    checks.push(messages(&config));
    checks.push(keys(&config.key_file(dir), fix));
    checks.push(space(dir));
    let store = match open_existing(dir, &config) {
        Ok(store) => store,
        Err(error) => {
            checks.push(origin(&config, None));
            checks.push(check("database", Grade::Bad, error.to_string()));
            return checks;
        }
    };
    let newest = seen::newest(&store).ok().flatten();
    checks.extend(other_key(&config, dir, newest.as_deref()));
    checks.push(origin(&config, newest));
    checks.push(check("database", Grade::Good, store.engine_name()));
    let current = match config.store_place(dir) {
        Ok(place) => version(&store, &place, fix),
        Err(error) => check("version", Grade::Bad, error.to_string()),
    };
    let usable = current.grade != Grade::Bad;
    checks.push(current);
    checks.push(settings(&store));
    if usable {
        checks.extend(years(&store, Clock::default().now(), config.offset_minutes));
        checks.push(procedures(&store));
        checks.extend(contents(&store));
        checks.push(checkpoints(dir, &store));
        let foreign = code(&config, &store);
        // What is another district's is left as it is.
        let fix = fix && foreign.is_none();
        checks.push(erasures(&config, dir, &store, fix));
        checks.extend(imports(&config, dir, &store, fix));
        checks.extend(foreign);
    }
    checks
}

/// Cookies and links are safe only over TLS; who tries it on one machine is told what is to come.
fn address(config: &Config) -> Check {
    let host = config.address.split("://").nth(1).unwrap_or_default();
    let local = ["127.", "localhost", "[::1]"].iter().any(|start| host.starts_with(start));
    let otherwise = if local { Grade::Notice } else { Grade::Bad };
    let good = config.secure() || (local && config.demo);
    check("address", when(good, otherwise), config.address.clone())
}

/// Residents sign in by a code sent to their phone: without a program that sends it, only staff
/// come in.
fn messages(config: &Config) -> Check {
    let program = config.sms_command.first().cloned().unwrap_or_default();
    let about = Path::new(&program).metadata();
    let runs = about.is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0);
    // A bare name is looked for where programs lie when it is called.
    let by_name = !program.is_empty() && !program.contains('/');
    check("sms", when(config.demo || runs || by_name, Grade::Notice), program)
}

/// The name of the public record stands in every checkpoint and receipt: it is to be the district's
/// own before it is served, and the same ever after.
fn origin(config: &Config, newest: Option<String>) -> Check {
    let signed = newest.as_deref().and_then(|note| note.lines().next());
    if let Some(signed) = signed.filter(|signed| *signed != config.origin) {
        return check("origin_changed", Grade::Bad, format!("{} ≠ {signed}", config.origin));
    }
    let own = !config.origin.starts_with("localhost");
    check("origin", when(own || config.demo, Grade::Notice), config.origin.clone())
}

/// A foreign key file in the district's folder, where the record is signed under the right name.
fn other_key(config: &Config, dir: &Path, newest: Option<&str>) -> Option<Check> {
    let newest = newest.filter(|note| note.lines().next() == Some(&config.origin))?;
    let keys = Keys::open(&config.key_file(dir)).ok()?;
    let key = record::signer(config, &keys).ok()?.verifier();
    let foreign = Checkpoint::open(newest, &key).is_err();
    foreign.then(|| check("other_key", Grade::Bad, config.keys.clone()))
}

/// The key file is there, its keys can be read, and only its owner reads it.
fn keys(file: &Path, fix: bool) -> Check {
    let shown = file.display().to_string();
    let Ok(about) = file.metadata() else {
        return check("keys", Grade::Bad, shown);
    };
    if let Err(error) = Keys::open(file) {
        return check("key_spoiled", Grade::Bad, error.to_string());
    }
    if about.permissions().mode() & 0o077 == 0 {
        return check("keys", Grade::Good, shown);
    }
    let private = std::fs::Permissions::from_mode(0o600);
    let mended = fix && std::fs::set_permissions(file, private).is_ok();
    check("key_mode", if mended { Grade::Mended } else { Grade::Bad }, shown)
}

fn space(dir: &Path) -> Check {
    match rustix::fs::statvfs(dir) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            check("space", when(free >= LEAST_FREE, Grade::Bad), format!("{} MB", free >> 20))
        }
        Err(error) => check("space", Grade::Bad, error.to_string()),
    }
}

/// Limits in working days need the published holidays of this year, and from October on of the
/// next: the State Council publishes them in autumn.
pub fn years(store: &Store, now: Instant, offset_minutes: i32) -> Vec<Check> {
    let found = store.read_blocking(move |tx| calendar::missing(tx, now, offset_minutes));
    let missing = match found {
        Ok(missing) => missing,
        Err(error) => return vec![check("calendar", Grade::Bad, error.into_fault().to_string())],
    };
    let this = now.day(offset_minutes).year();
    let grade = |year: i32| match (missing.contains(&year), year == this) {
        (false, _) => Grade::Good,
        (true, true) => Grade::Bad,
        (true, false) => Grade::Notice,
    };
    let expected = calendar::expected(now, offset_minutes).into_iter();
    expected.map(|year| check("calendar", grade(year), year.to_string())).collect()
}

fn version(store: &Store, place: &Place, fix: bool) -> Check {
    let pending = match migrate::pending(store) {
        Ok(pending) => pending,
        Err(error) => return check("version", Grade::Bad, error.to_string()),
    };
    match copying::is_unfinished(store) {
        Ok(true) => return check("half_copied", Grade::Bad, ""),
        Ok(false) => {}
        Err(error) => return check("version", Grade::Bad, error.to_string()),
    }
    let names: Vec<String> = pending.into_iter().map(|migration| migration.name).collect();
    if names.is_empty() {
        return check("version", Grade::Good, "");
    }
    match fix.then(|| migrate::alone(store, place)) {
        Some(Ok(done)) => check("version", Grade::Mended, done.join(", ")),
        Some(Err(error)) => check("version", Grade::Bad, error.to_string()),
        None => check("version", Grade::Bad, names.join(", ")),
    }
}

/// The procedures in force can be run, and every matter stands at a stage they know.
fn procedures(store: &Store) -> Check {
    let kind = match appeal::kind() {
        Ok(kind) => kind,
        Err(problems) => return check("procedures", Grade::Bad, format!("{problems:?}")),
    };
    let processes = Processes::new(&[kind]);
    let found = store.read_blocking(move |tx| {
        let standing = processes.current(tx, appeal::APPEAL)?;
        let in_use = matters::stages_in_use(tx, appeal::APPEAL)?;
        Ok::<_, StoreError>((standing, in_use))
    });
    let (standing, in_use) = match found {
        Ok((Some(standing), in_use)) => (standing, in_use),
        Ok((None, _)) => return check("procedures", Grade::Bad, ""),
        Err(error) => return check("procedures", Grade::Bad, error.into_fault().to_string()),
    };
    let version = standing.process.version;
    let lost = in_use.iter().filter(|(stage, ..)| standing.process.stage(stage).is_none());
    let lost: Vec<String> = lost.map(|(stage, _, n)| format!("{stage}: {n}")).collect();
    let title = format!("{} {version} {}", appeal::APPEAL, lost.join(", "));
    check("procedures", when(lost.is_empty(), Grade::Bad), title.trim())
}

/// A commit that was acknowledged is on the disk only with these settings.
fn settings(store: &Store) -> Check {
    let asked: &'static [(&str, &str)] = match store.engine_name() {
        "sqlite" => &[("pragma journal_mode", "wal"), ("pragma synchronous", "2")],
        _ => &[
            ("show fsync", "on"),
            ("show synchronous_commit", "on"),
            ("show full_page_writes", "on"),
        ],
    };
    // On SQLite they belong to the connection that writes, so it is the one to ask.
    let found = store.upkeep_blocking(move |door| {
        let mut wrong = Vec::new();
        for (sql, wanted) in asked {
            let value = door.read().row(sql, &[], |row| row.any(0))?;
            let value = match value {
                Some(crate::store::Value::Text(text)) => text,
                Some(crate::store::Value::Int(n)) => n.to_string(),
                _ => String::new(),
            };
            if value != *wanted {
                wrong.push(format!("{sql} = {value}"));
            }
        }
        Ok(wrong)
    });
    match found {
        Ok(wrong) => check("settings", when(wrong.is_empty(), Grade::Bad), wrong.join(", ")),
        Err(error) => check("settings", Grade::Bad, error.to_string()),
    }
}

fn contents(store: &Store) -> Vec<Check> {
    let now = Clock::default().now();
    match store.read_blocking(move |tx| counted(tx, now)) {
        Ok(checks) => checks,
        Err(error) => vec![check("database", Grade::Bad, error.into_fault().to_string())],
    }
}

fn counted(tx: &ReadTx<'_>, now: Instant) -> Result<Vec<Check>, StoreError> {
    let newest = tx.count(NEWEST_ACT, &[])?;
    let right = newest - now.0 <= CLOCK_SLACK;
    let stuck = now.plus_micros(-STUCK);
    let waiting = tx.count(LEAVES_WAITING, params![stuck])?;
    let unsent = tx.count(OUTBOX_STUCK, params![stuck])?;
    let (posts, vacant) = people::posts_and_vacant(tx, now)?;
    let duties = tx.count(DUTIES, &[])?;
    let attended = takes_reports(tx, now)?;
    Ok(vec![
        check("clock", when(right, Grade::Bad), now.to_rfc3339(0)),
        check("record", when(waiting == 0, Grade::Bad), waiting.to_string()),
        check("unsent", when(unsent == 0, Grade::Bad), unsent.to_string()),
        check("duties", when(duties > 0, Grade::Bad), duties.to_string()),
        check("attended", when(attended, Grade::Notice), ""),
        check("posts", when(vacant == 0, Grade::Notice), format!("{vacant} / {posts}")),
    ])
}

/// Whether anybody in post may take a report.
fn takes_reports(tx: &ReadTx<'_>, now: Instant) -> Result<bool, StoreError> {
    let may: Vec<String> = tx.rows(ACCEPTING, &[], |row| row.get(0))?;
    let posts = people::all_posts(tx, now)?;
    Ok(posts.iter().any(|post| !post.vacant() && may.contains(&post.kind)))
}

/// Who closed their account stays erased though an older backup was restored.
fn erasures(config: &Config, dir: &Path, store: &Store, fix: bool) -> Check {
    let journal = &erased::path(config, dir);
    let found = match erased::difference(store, journal) {
        Ok(found) => found,
        Err(error) => return check("erasures", Grade::Bad, error.to_string()),
    };
    if found == erased::Difference::default() {
        let written = erased::read(journal).map_or(0, |journal| journal.len());
        return check("erasures", Grade::Good, written.to_string());
    }
    let shown = format!("+{} -{}", found.unwritten.len(), found.revived.len());
    let mend = || -> Result<usize, Fault> {
        let (door, keys) = door(config, dir, store)?;
        erased::settle(&door, &keys, journal, leave::matters)
    };
    match fix.then(mend) {
        Some(Ok(_)) => check("erasures", Grade::Mended, shown),
        _ => check("erasures", Grade::Bad, shown),
    }
}

/// The door by which something is mended, with the district's keys.
fn door(config: &Config, dir: &Path, store: &Store) -> Result<(Door, Keys), Fault> {
    let keys = Keys::open(&config.key_file(dir))?;
    Ok((Door::new(store.clone(), Clock::default(), Stamp::of(&keys.record_seed)?), keys))
}

/// An import that broke off leaves rows that nobody sees; a served district clears them away.
/// Without the keys nobody can look, and what is wrong with those has been told.
fn imports(config: &Config, dir: &Path, store: &Store, fix: bool) -> Option<Check> {
    let (door, _) = door(config, dir, store).ok()?;
    let found = match undo::cut_off(&door) {
        Ok(found) => found,
        Err(error) => return Some(check("imports", Grade::Bad, error.to_string())),
    };
    let names: Vec<String> = found.into_iter().map(|run| run.file_name).collect();
    if names.is_empty() {
        return Some(check("imports", Grade::Good, ""));
    }
    let mended = fix && undo::end_cut_off(&door).is_ok();
    Some(check("imports", if mended { Grade::Mended } else { Grade::Bad }, names.join(", ")))
}

/// The settings name the district that lies in the database.
fn code(config: &Config, store: &Store) -> Option<Check> {
    let named = config.code.clone();
    match store.read_blocking(move |tx| territory::other_district(tx, &named)) {
        Ok(None) => None,
        Ok(Some(other)) => {
            Some(check("other_code", Grade::Bad, format!("{} ≠ {other}", config.code)))
        }
        Err(error) => Some(check("other_code", Grade::Bad, error.into_fault().to_string())),
    }
}

/// Checkpoints kept beside the database show when it is set back.
fn checkpoints(dir: &Path, store: &Store) -> Check {
    let kept = seen::read(&seen::path(dir)).map(|notes| notes.len());
    match (kept, seen::newest(store)) {
        (Ok(kept), Ok(newest)) => {
            let good = kept > 0 || newest.is_none();
            check("checkpoints", when(good, Grade::Notice), kept.to_string())
        }
        (Err(error), _) | (_, Err(error)) => check("checkpoints", Grade::Bad, error.to_string()),
    }
}
