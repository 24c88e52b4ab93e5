//! An import from the file to the adopted batch, and back. Everything here blocks: it runs on the
//! terminal, or on a thread of its own while the page asks how far it is.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use super::check::{Checked, Content, Report, check};
use super::stage::{self, Frame};
use super::{Kind, cases::CaseRow, classes::ClassRow};
use crate::act::{Act, Actor, Done, Failure, FieldProblem, Order, Refusal};
use crate::affairs::appeal::import::{AdoptCases, StageCases};
use crate::affairs::appeal::undo;
use crate::base::{Fault, Id, secret};
use crate::catalogue;
use crate::catalogue::acts::{AdoptClasses, StageClasses};
use crate::district::District;
use crate::matter::Kit;
use crate::matter::batch::{self, Batch, Run};
use crate::page;
use crate::territory::{self, Place};
use crate::words::Lang;

/// Cases that one act stages: each has four or five rows.
const CASES_AT_ONCE: usize = 100;
/// Standards that one act stages.
const STANDARDS_AT_ONCE: usize = 300;

/// A file that came in holds what people wrote: it is kept as long as somebody is likely to ask for
/// its problems or to undo it, and no longer.
const KEEP_FILES_DAYS: i64 = 30;

/// The refusal of an import that ends because the program does.
const STOPPED: &str = "import_stopped";

/// Told after every chunk: how many rows are done, of how many.
pub type Progress<'a> = &'a mut dyn FnMut(i64, i64);

/// Keeps the file under its hash, checks it, and opens a run for it.
pub fn dry_run(
    district: &District,
    actor: &Actor,
    kind: Kind,
    (file_name, bytes): (&str, &[u8]),
    place: Option<&str>,
) -> Done<(Run, Checked)> {
    let place = place_of(district, place)?;
    let checked = check(district, kind, bytes)?;
    let run = open(district, actor, (file_name, bytes), place, &checked)?;
    Ok((run, checked))
}

/// Keeps a file that was checked under its hash, and opens a run for it.
pub fn open(
    district: &District,
    actor: &Actor,
    (file_name, bytes): (&str, &[u8]),
    place: Place,
    checked: &Checked,
) -> Done<Run> {
    keep_file(district, &checked.file_hash, bytes)?;
    let run = Run {
        id: district.new_id(),
        kind: checked.kind.name().to_owned(),
        file_name: file_name.chars().take(200).collect(),
        file_hash: checked.file_hash.clone(),
        place: Some(place.id),
        by: actor.key(),
        state: "checked".to_owned(),
        total: count(checked.report.made + checked.report.replaced),
        done: 0,
        report: serde_json::to_string(&checked.report).map_err(Fault::from)?,
        started_at: district.now(),
        finished_at: None,
        batch: None,
    };
    let (kept, post) = (run.clone(), actor.post.clone());
    district.store().upkeep_blocking(move |door| batch::open_run(door, &kept, post.as_ref()))?;
    Ok(run)
}

/// Takes a checked run over, all of it or nothing that anybody sees.
pub fn adopt(district: &District, actor: &Actor, run: &Run, told: Progress<'_>) -> Done<Batch> {
    claim(district, run)?;
    adopt_claimed(district, actor, run, told)
}

/// Begins to take a checked run over: from here on its page shows how far it is. Only what its
/// report says is taken over, so one that has another by now is looked at first.
pub fn claim(district: &District, run: &Run) -> Done<()> {
    file_of(district, run)?;
    let (shown, now) = (run.clone(), district.now());
    if district.store().upkeep_blocking(move |door| batch::claim_run(door, &shown, now))? {
        return Ok(());
    }
    Err(Refusal::new("import_under_way").into())
}

/// Goes on with what [`claim`] began.
pub fn adopt_claimed(
    district: &District,
    actor: &Actor,
    run: &Run,
    told: Progress<'_>,
) -> Done<Batch> {
    let mut now = Run { state: "staging".to_owned(), ..run.clone() };
    let done = staged(district, actor, &mut now, told);
    if matches!(&done, Err(Failure::Refused(refusal)) if refusal.code == STOPPED) {
        // Whoever serves next takes back what was staged and tells it as cut off.
        let id = now.id.clone();
        district.store().upkeep_blocking(move |door| batch::hush_run(door, &id))?;
        return done;
    }
    now.state = if done.is_ok() { "adopted" } else { "failed" }.to_owned();
    if let Err(failure) = &done {
        take_back(district, &now);
        let said = |lang| page::sentence(failure, lang);
        let failure = Some(catalogue::Pair { zh: said(Lang::Zh), en: said(Lang::En) });
        let report = Report { failure, ..report_of(&now)? };
        now.report = serde_json::to_string(&report).map_err(Fault::from)?;
    }
    now.finished_at = Some(district.now());
    save_run(district, &now)?;
    done
}

/// Nothing is left of an import that failed. What cannot be taken back now is, when the file is
/// imported again; until then nobody sees it.
fn take_back(district: &District, run: &Run) {
    let Some(id) = run.batch.clone() else { return };
    let found = district.store().read_blocking(move |tx| batch::by_id(tx, &id));
    let left = found.ok().flatten().filter(|batch| batch.adopted_at.is_none());
    let Some(left) = left else { return };
    if let Err(error) = undo::discard(&district.door, &Actor::operator(), &left) {
        tracing::warn!("what an import staged waits to be taken back: {error}");
    }
}

fn staged(district: &District, actor: &Actor, run: &mut Run, told: Progress<'_>) -> Done<Batch> {
    let kind = Kind::from_name(&run.kind).ok_or_else(|| Fault::new("a run of no kind"))?;
    let bytes = file_of(district, run)?;
    // Checked again: the district may have changed since the dry run. What would come of the file
    // by now is not what somebody agreed to, and is shown to them first.
    let checked = check(district, kind, &bytes)?;
    if let Some(earlier) = &checked.report.earlier {
        return Err(Refusal::new("already_imported").with("batch", earlier.clone()).into());
    }
    if !checked.report.is_good() {
        return Err(Refusal::new("import_has_problems").into());
    }
    let looked_at = Report { failure: None, ..report_of(run)? };
    if checked.report != looked_at {
        run.report = serde_json::to_string(&checked.report).map_err(Fault::from)?;
        run.total = count(checked.report.made + checked.report.replaced);
        return Err(Refusal::new("import_looked_before").into());
    }
    goes_on(district)?;
    let batch = batch_of(district, actor, run, &checked)?;
    run.batch = Some(batch.id.clone());
    save_run(district, run)?;
    let seed = format!("adopt {}", batch.id);
    match &checked.content {
        Content::Cases(rows) => {
            let place = place_by_id(district, run.place.as_ref())?;
            let kit = StageCases::kit_of(district)?;
            let act = AdoptCases {
                kit: kit.clone(),
                batch: batch.id.clone(),
                place_path: place.path.clone(),
                cases: count(rows.len()),
            };
            cases(district, actor, run, (&kit, &batch), (place, rows), told)?;
            perform(district, actor, &seed, act)?;
        }
        Content::Classes(rows) => {
            let standards = classes(district, actor, run, &batch, rows, told)?;
            let codes = rows.iter().map(|row| row.code.clone()).collect();
            let stood = checked.report.stood.clone();
            let act = AdoptClasses { batch: batch.id.clone(), standards, codes, stood };
            perform(district, actor, &seed, act)?;
        }
    }
    Ok(batch)
}

/// Removes the files of imports begun longer ago than [`KEEP_FILES_DAYS`]; gives how many there
/// were. Undoing a batch does not need its file.
pub fn purge(district: &District) -> Done<usize> {
    let since = district.now().plus_hours(-24 * KEEP_FILES_DAYS);
    let old = district.store().read_blocking(move |tx| batch::old_files(tx, since))?;
    let mut removed = 0;
    for hash in old {
        match std::fs::remove_file(file_path(district, &hash)) {
            Ok(()) => removed += 1,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => return Err(Fault::from(e).into()),
        }
    }
    Ok(removed)
}

/// A batch that was begun for this file and not finished is gone on with; else a new one.
fn batch_of(district: &District, actor: &Actor, run: &Run, checked: &Checked) -> Done<Batch> {
    let (kind, hash) = (checked.kind.name(), run.file_hash.clone());
    let begun = district.store().read_blocking(move |tx| batch::of_file(tx, kind, &hash))?;
    if let Some(begun) = begun {
        undo::discard(&district.door, actor, &begun)?;
    }
    Ok(Batch {
        id: district.new_id(),
        kind: run.kind.clone(),
        file_name: run.file_name.clone(),
        file_hash: run.file_hash.clone(),
        rows: count(checked.report.ok + checked.report.changed),
        at: district.now(),
        by: actor.key(),
        adopted_at: None,
        undone_at: None,
    })
}

/// An act of a batch has an id that follows from the batch, so a repeat has one effect.
fn perform<A: Act>(district: &District, actor: &Actor, seed: &str, act: A) -> Done<A::Outcome> {
    let order = Order::new(Id::derived(seed), act);
    Ok(district.door.perform_blocking(actor, order)?.outcome)
}

/// A long import ends with the chunk it is at when the program is to end.
fn goes_on(district: &District) -> Done<()> {
    if district.is_stopping() { Err(Refusal::new(STOPPED).into()) } else { Ok(()) }
}

fn cases(
    district: &District,
    actor: &Actor,
    run: &mut Run,
    (kit, batch): (&Kit, &Batch),
    (place, rows): (Place, &[CaseRow]),
    told: Progress<'_>,
) -> Done<()> {
    let place_path = place.path.clone();
    let frame = Frame::read(district, (kit, batch), place, rows)?;
    let total = count(rows.len());
    for (chunk, part) in rows.chunks(CASES_AT_ONCE).enumerate() {
        goes_on(district)?;
        let numbers = district.take_numbers_blocking(count(part.len()))?;
        let cases = part.iter().zip(numbers).map(|(row, n)| frame.case(row, n)).collect();
        let (kit, batch, place_path) = (kit.clone(), batch.clone(), place_path.clone());
        let seed = format!("import {} {chunk}", batch.id);
        perform(district, actor, &seed, StageCases { kit, batch, chunk, place_path, cases })?;
        run.done += count(part.len());
        save_run(district, run)?;
        told(run.done, total);
    }
    Ok(())
}

fn classes(
    district: &District,
    actor: &Actor,
    run: &mut Run,
    batch: &Batch,
    rows: &[ClassRow],
    told: Progress<'_>,
) -> Done<usize> {
    let known = district.store().read_blocking(catalogue::store::all)?;
    let of = |row: &ClassRow| known.iter().find(|class| class.code == row.code);
    let staged: Vec<_> = rows.iter().map(|row| stage::class(batch, row, of(row))).collect();
    let standards = staged.iter().map(|s| s.standards.len()).sum();
    let (mut part, mut size, mut chunk) = (Vec::new(), 0, 0);
    let total = count(staged.len());
    let last = staged.len();
    for (nth, class) in staged.into_iter().enumerate() {
        size += class.standards.len() + 1;
        part.push(class);
        if size < STANDARDS_AT_ONCE && nth + 1 < last {
            continue;
        }
        goes_on(district)?;
        run.done += count(part.len());
        let classes = std::mem::take(&mut part);
        let act = StageClasses { batch: batch.clone(), chunk, classes };
        perform(district, actor, &format!("import {} {chunk}", batch.id), act)?;
        (size, chunk) = (0, chunk + 1);
        save_run(district, run)?;
        told(run.done, total);
    }
    Ok(standards)
}

/// Stages a checked run of cases and stops there, as a machine does that loses its power.
#[cfg(test)]
pub(super) fn stage_only(district: &District, actor: &Actor, run: &Run) -> Done<Batch> {
    let checked = check(district, Kind::Cases, &file_of(district, run)?)?;
    let batch = batch_of(district, actor, run, &checked)?;
    let Content::Cases(rows) = &checked.content else { return Ok(batch) };
    let place = place_by_id(district, run.place.as_ref())?;
    let mut run = Run { state: "staging".to_owned(), ..run.clone() };
    run.batch = Some(batch.id.clone());
    let kit = StageCases::kit_of(district)?;
    cases(district, actor, &mut run, (&kit, &batch), (place, rows), &mut |_, _| {})?;
    Ok(batch)
}

fn save_run(district: &District, run: &Run) -> Done<()> {
    let (kept, now) = (run.clone(), district.now());
    district.store().upkeep_blocking(move |door| batch::set_run(door, &kept, now))?;
    Ok(())
}

/// The report a run carries.
pub fn report_of(run: &Run) -> Done<Report> {
    Ok(serde_json::from_str(&run.report).map_err(Fault::from)?)
}

/// The place named by its code; the district itself where none is named.
pub(super) fn place_of(district: &District, code: Option<&str>) -> Done<Place> {
    let code = code.filter(|code| !code.is_empty()).unwrap_or(&district.config.code).to_owned();
    let found = district.store().read_blocking(move |tx| territory::place_by_code(tx, &code))?;
    found.ok_or_else(|| FieldProblem::new("place", "no_such_place").into())
}

fn place_by_id(district: &District, id: Option<&Id>) -> Done<Place> {
    let id = id.cloned().ok_or_else(|| Fault::new("a run without a place"))?;
    let found = district.store().read_blocking(move |tx| territory::place_by_id(tx, &id))?;
    found.ok_or_else(|| FieldProblem::new("place", "no_such_place").into())
}

/// Uploaded files lie in the district's folder under the hash of their content.
pub fn file_path(district: &District, hash: &str) -> PathBuf {
    district.dir.join("imports").join(hash)
}

/// The file of a run, as long as it is kept.
pub fn file_of(district: &District, run: &Run) -> Done<Vec<u8>> {
    std::fs::read(file_path(district, &run.file_hash)).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => {
            Refusal::new("import_file_gone").with("days", KEEP_FILES_DAYS.to_string()).into()
        }
        _ => Fault::from(e).into(),
    })
}

/// What people wrote is for the account that runs the program alone.
fn keep_file(district: &District, hash: &str, bytes: &[u8]) -> Result<(), Fault> {
    let path = file_path(district, hash);
    if path.exists() && std::fs::read(&path).is_ok_and(|b| secret::sha256_hex(&b) == hash) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let part = path.with_extension("part");
    let mut to = File::options();
    to.write(true).create(true).truncate(true).mode(0o600).open(&part)?.write_all(bytes)?;
    Ok(std::fs::rename(part, path)?)
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
