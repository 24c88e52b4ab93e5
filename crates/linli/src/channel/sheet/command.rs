//! `linli import`: the same import on the terminal, with a line of progress and a report.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::check::Report;
use super::{Grade, Kind, out, run};
use crate::act::{Actor, Done, Failure, FieldProblem, Refusal};
use crate::affairs::appeal::undo::{self, Undone};
use crate::base::{Clock, Fault, Id};
use crate::district::{District, Wiring};
use crate::page;
use crate::table;
use crate::territory::{HangingOn, command as ground};
use crate::words::Lang;

/// What is typed after `linli import`.
#[derive(clap::Args)]
pub struct Import {
    /// The folder of the district.
    #[arg(long, env = "LINLI_DIR")]
    dir: PathBuf,
    /// `cases` (columns 内容 and 反映时间 at least), `classes` (大类名称, 小类名称, 立案条件 and
    /// 处置时限) or `boundaries`; the browser gives templates under /admin/import.
    #[arg(long, value_parser = what_of, required_unless_present = "undo")]
    kind: Option<What>,
    /// The code of the place of rows that name none, or of the place all boundaries lie in; the
    /// district where it is left out.
    #[arg(long)]
    place: Option<String>,
    /// What the coordinates of boundaries are: only wgs84 is taken.
    #[arg(long, value_parser = ["wgs84"])]
    system: Option<String>,
    /// Take it over; without this nothing is written.
    #[arg(long)]
    adopt: bool,
    /// Write the table back as a workbook with what is wrong in red, to a file not there yet.
    #[arg(long)]
    problems: Option<PathBuf>,
    /// Undo a batch instead.
    #[arg(long, conflicts_with_all = ["kind", "adopt", "place", "system", "problems", "file"])]
    undo: Option<String>,
    /// .xlsx, .csv (UTF-8 or GB 18030), .jsonl or .jsonl.gz; .geojson for boundaries
    #[arg(required_unless_present = "undo")]
    file: Option<PathBuf>,
}

/// What a file is taken as: rows of a table, or boundaries of places.
#[derive(Clone, Copy)]
enum What {
    Rows(Kind),
    Boundaries,
}

fn what_of(text: &str) -> Result<What, String> {
    match Kind::from_name(text) {
        Some(kind) => Ok(What::Rows(kind)),
        None if text == "boundaries" => Ok(What::Boundaries),
        None => Err("cases, classes or boundaries".to_owned()),
    }
}

impl Import {
    /// Does what was typed; false when it was refused, and then the reason has been told.
    pub fn run(
        &self,
        (wiring, hanging): (&Wiring, HangingOn),
        lang: Lang,
        out: &mut dyn Write,
    ) -> Result<bool, Fault> {
        let district = District::open(&self.dir, Clock::default(), wiring)?;
        let (place, adopt) = (self.place.as_deref(), self.adopt);
        let done = match (&self.undo, self.kind, &self.file) {
            (Some(id), ..) => undo_any(&district, id, hanging, lang, out),
            (None, Some(What::Rows(kind)), Some(file)) => {
                let problems = self.problems.as_deref();
                import(&district, &Wanted { kind, file, place, adopt, problems, lang }, out)
                    .map(drop)
            }
            (None, Some(What::Boundaries), Some(_)) if self.problems.is_some() => {
                Err(FieldProblem::new("problems", "import_problems_of_tables").into())
            }
            (None, Some(What::Boundaries), Some(file)) => {
                let wgs84 = self.system.is_some();
                let wanted = ground::Wanted { file, place, wgs84, adopt, lang };
                ground::import(&district, &wanted, out).map(drop)
            }
            _ => Ok(()),
        };
        match done {
            Ok(()) => Ok(true),
            Err(Failure::Fault(fault)) => Err(fault),
            Err(failure) => {
                writeln!(out, "{}", page::at_terminal(&failure, lang))?;
                Ok(false)
            }
        }
    }
}

/// Undoes what was imported under an id, whatever it was.
fn undo_any(
    district: &District,
    id: &str,
    hanging: HangingOn,
    lang: Lang,
    out: &mut dyn Write,
) -> Done<()> {
    match Id::parse(id) {
        Some(id) if ground::is_import(district, &id)? => {
            ground::take_back(district, &id, hanging, lang, out).map(drop)
        }
        _ => take_back(district, id, lang, out).map(drop),
    }
}

/// Remarks the terminal shows; the browser and the annotated workbook show all that are kept.
const SHOWN: usize = 50;

/// What the operator asks for.
pub struct Wanted<'a> {
    pub kind: Kind,
    pub file: &'a Path,
    /// The code of the place for rows that name none; the district where it is left out.
    pub place: Option<&'a str>,
    /// Without it only the dry run is made.
    pub adopt: bool,
    /// Where the table goes with its problems marked in it.
    pub problems: Option<&'a Path>,
    pub lang: Lang,
}

/// Checks a file, and takes it over when asked to; gives the batch. A file that cannot be taken is
/// refused, whether it was to be taken or only checked.
pub fn import(district: &District, wanted: &Wanted<'_>, out: &mut dyn Write) -> Done<Option<Id>> {
    let lang = wanted.lang;
    let bytes = page::bytes_at(wanted.file, table::MOST_BYTES)?;
    let name = wanted.file.file_name().map(|n| n.to_string_lossy().into_owned());
    let name = name.unwrap_or_default();
    let actor = Actor::operator();
    let (run, checked) =
        run::dry_run(district, &actor, wanted.kind, (&name, &bytes), wanted.place)?;
    tell(&checked.report, lang, out).map_err(Fault::from)?;
    if let Some(to) = wanted.problems {
        let book = out::annotated(&bytes, &checked.report.remarks, lang)?;
        put_new(to, &book)?;
    }
    if checked.report.is_wrong() {
        return Err(Refusal::new("import_has_problems").into());
    }
    if !wanted.adopt {
        return Ok(None);
    }
    if let Some(batch) = &checked.report.earlier {
        return Err(Refusal::new("already_imported").with("batch", batch.clone()).into());
    }
    if !checked.report.is_good() {
        return Err(Refusal::new("import_has_problems").into());
    }
    let mut broken = None;
    let batch = run::adopt(district, &actor, &run, &mut |done, total| {
        broken = writeln!(out, "{done}/{total}").err().or(broken.take());
    })?;
    let said = lang.fill("import.adopted", &[("batch", batch.id.as_str())]);
    writeln!(out, "{said}").map_err(Fault::from)?;
    Ok(Some(batch.id))
}

/// Writes a file that is not there yet; what people wrote is for who runs the program alone.
fn put_new(to: &Path, bytes: &[u8]) -> Result<(), Fault> {
    let doing = |fault: Fault| fault.context(format!("writing {}", to.display()));
    let mut options = File::options();
    let file = options.write(true).create_new(true).mode(0o600).open(to);
    let written = file.and_then(|mut file| file.write_all(bytes));
    written.map_err(|e| match e.kind() {
        ErrorKind::AlreadyExists => doing(Fault::from(e).known_as("there_already")),
        _ => doing(e.into()),
    })
}

/// Undoes a batch.
pub fn take_back(
    district: &District,
    batch: &str,
    lang: Lang,
    out: &mut dyn Write,
) -> Done<Undone> {
    let id = Id::parse(batch).ok_or(Failure::Hidden)?;
    let undone = undo::undo(&district.door, &Actor::operator(), &id)?;
    let params = [("kept", undone.kept.to_string()), ("removed", undone.removed.to_string())];
    let told = match undone.before {
        true => lang.say("page.done.import.undone_before"),
        false => lang.fill("import.undone", &params),
    };
    writeln!(out, "{told}").map_err(Fault::from)?;
    Ok(undone)
}

/// The report in words, row by row.
fn tell(report: &Report, lang: Lang, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "{}", summary(report, lang))?;
    for remark in report.remarks.iter().take(SHOWN) {
        let mark = match remark.grade {
            Grade::Wrong => "!!",
            Grade::There => "==",
            Grade::Changed => "..",
        };
        let place = [remark.sheet.as_str(), &remark.row.to_string(), &remark.column];
        let place = place.into_iter().filter(|p| !p.is_empty() && *p != "0");
        let place = place.collect::<Vec<_>>().join(" ");
        writeln!(out, "{mark} {place}: {}", remark.sentence(lang))?;
    }
    let more = report.remarks.len().saturating_sub(SHOWN) + report.untold;
    if more > 0 {
        writeln!(out, "{}", lang.with("import.more", &more))?;
    }
    Ok(())
}

/// The counts in one sentence.
pub fn summary(report: &Report, lang: Lang) -> String {
    let count = |name: &'static str, n: usize| (name, n.to_string());
    let params = [
        count("rows", report.rows),
        count("ok", report.ok),
        count("changed", report.changed),
        count("there", report.there),
        count("wrong", report.wrong),
        count("made", report.made),
        count("replaced", report.replaced),
    ];
    lang.fill("import.summary", &params)
}
