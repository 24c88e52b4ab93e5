//! `linli export`: a list into a file, or the whole district as open files into a folder.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::acts::{REASON_MAX, TakeOut};
use super::cases::{self, Walk};
use super::write::{Form, Writer, too_many_for_excel};
use super::{Line, What, lists};
use crate::act::{Actor, Done, Failure, FieldProblem, Order, Refusal};
use crate::base::{Clock, Fault};
use crate::district::{District, Wiring};
use crate::page;
use crate::table::MOST_ROWS;
use crate::words::Lang;

/// What is typed after `linli export`.
#[derive(clap::Args)]
pub struct Export {
    /// The folder of the district.
    #[arg(long, env = "LINLI_DIR")]
    dir: PathBuf,
    /// `cases`, `steps`, `classes`, `duties`, `remits`, `places`, or `all` into a folder.
    #[arg(long)]
    what: String,
    /// `csv`, `jsonl` or `xlsx`.
    #[arg(long, default_value = "csv", value_parser = form_of)]
    form: Form,
    /// Why phones and numbers in the words are not to be masked; it is noted for each reporter.
    #[arg(long)]
    unmasked_because: Option<String>,
    /// A file that is not there yet; a folder for `all`.
    #[arg(long)]
    to: PathBuf,
}

fn form_of(text: &str) -> Result<Form, String> {
    Form::from_name(text).ok_or_else(|| "csv, jsonl or xlsx".to_owned())
}

impl Export {
    /// Does what was typed; false when it was refused, and then the reason has been told.
    pub fn run(&self, wiring: &Wiring, lang: Lang, out: &mut dyn Write) -> Result<bool, Fault> {
        let wanted = match (self.what.as_str(), What::from_name(&self.what)) {
            ("all", _) => What::ALL.to_vec(),
            (_, Some(what)) => vec![what],
            (other, None) => {
                let what = format!("{other}: not to be exported");
                return Err(Fault::new(what).known_as("no_such_list"));
            }
        };
        let district = District::open(&self.dir, Clock::default(), wiring)?;
        if self.what == "all" {
            std::fs::create_dir_all(&self.to)?;
        }
        for what in wanted {
            let file = format!("{}.{}", what.name(), self.form.name());
            let to = if self.what == "all" { self.to.join(file) } else { self.to.clone() };
            let reason = self.unmasked_because.clone();
            match to_file(&district, (what, self.form), reason, (&to, lang)) {
                Ok(lines) => writeln!(out, "{}: {lines}", to.display())?,
                Err(Failure::Fault(fault)) => return Err(fault),
                Err(failure) => {
                    writeln!(out, "{}", page::sentence(&failure, lang))?;
                    return Ok(false);
                }
            }
        }
        if self.what == "all" {
            let described = serde_json::to_vec_pretty(&package(self.form, lang))?;
            std::fs::write(self.to.join("datapackage.json"), described)?;
        }
        Ok(true)
    }
}

/// Writes one list to a file that must not be there; gives the number of its lines.
pub fn to_file(
    district: &District,
    (what, form): (What, Form),
    reason: Option<String>,
    (to, lang): (&Path, Lang),
) -> Done<usize> {
    let actor = Actor::operator();
    let reason = reason_of(reason)?;
    if to.exists() {
        return Err(is_there(to));
    }
    if form == Form::Xlsx {
        fits_a_workbook(district, what, &actor)?;
    }
    let part = Part::fresh(to)?;
    let mut file = BufWriter::new(&part.file);
    let act = TakeOut {
        actor: actor.clone(),
        what: what.name().to_owned(),
        form: form.name(),
        reason: reason.clone(),
    };
    district.door.perform_blocking(&actor, Order::new(district.new_id(), act))?;
    let mut writer = Writer::new(what, form, lang);
    let (mut walk, mut lines) = (Pages::new(what, actor, reason), 0);
    while let Some(page) = walk.next(district)? {
        lines += page.len();
        file.write_all(&writer.lines(page)?).map_err(Fault::from)?;
    }
    file.write_all(&writer.finish()?).map_err(Fault::from)?;
    file.flush().map_err(Fault::from)?;
    drop(file);
    part.becomes(to)?;
    Ok(lines)
}

fn is_there(to: &Path) -> Failure {
    Refusal::new("export_is_there").with("file", to.display().to_string()).into()
}

/// A file on its way: what breaks off does not stand under the name of what is whole.
struct Part {
    file: File,
    path: PathBuf,
    whole: bool,
}

impl Part {
    /// Nobody else of the machine reads it.
    fn fresh(to: &Path) -> Done<Part> {
        let mut path = to.as_os_str().to_owned();
        path.push(".part");
        let path = PathBuf::from(path);
        let mut options = File::options();
        options.write(true).create(true).truncate(true);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path);
        let file = file.map_err(|e| Fault::from(e).context(format!("making {}", to.display())))?;
        Ok(Part { file, path, whole: false })
    }

    /// Takes its name, unless another took it meanwhile.
    fn becomes(mut self, to: &Path) -> Done<()> {
        self.file.sync_all().map_err(Fault::from)?;
        if to.exists() {
            return Err(is_there(to));
        }
        let named = std::fs::rename(&self.path, to);
        named.map_err(|e| Fault::from(e).context(format!("making {}", to.display())))?;
        self.whole = true;
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.whole
            && let Err(error) = std::fs::remove_file(&self.path)
        {
            tracing::warn!("{} stays behind: {error}", self.path.display());
        }
    }
}

/// A workbook is held as a whole and ends somewhere: looked at before anything is noted or sent.
pub(super) fn fits_a_workbook(district: &District, what: What, actor: &Actor) -> Done<()> {
    if lines_up_to(district, what, actor, MOST_ROWS + 1)? > MOST_ROWS {
        return Err(too_many_for_excel());
    }
    Ok(())
}

/// How many lines go out; of cases and steps counted no further than `most`, and none is read.
pub(in crate::channel) fn lines_up_to(
    district: &District,
    what: What,
    actor: &Actor,
    most: usize,
) -> Done<usize> {
    let bound = i64::try_from(most).unwrap_or(i64::MAX);
    let counted = match what {
        What::Cases => cases::count(district, actor, (false, bound))?,
        What::Steps => cases::count(district, actor, (true, bound))?,
        _ => {
            let page = Pages::new(what, actor.clone(), None).next(district)?;
            return Ok(page.map_or(0, |page| page.len()));
        }
    };
    Ok(usize::try_from(counted).unwrap_or(0))
}

/// A reason that was given must say something.
pub(super) fn reason_of(reason: Option<String>) -> Done<Option<String>> {
    let Some(reason) = reason else { return Ok(None) };
    let reason = reason.trim().to_owned();
    match reason.chars().count() {
        0 => Err(FieldProblem::new("reason", "missing").into()),
        n if n > REASON_MAX => {
            Err(FieldProblem::new("reason", "too_long").with("max", REASON_MAX).into())
        }
        _ => Ok(Some(reason)),
    }
}

/// The lines of anything that goes out, page by page.
pub(super) struct Pages {
    what: What,
    walk: Walk,
    told: bool,
}

impl Pages {
    pub fn new(what: What, actor: Actor, reason: Option<String>) -> Pages {
        Pages { what, walk: Walk::new(actor, reason), told: false }
    }

    /// The next page; `None` when all was given. It blocks.
    pub fn next(&mut self, district: &District) -> Done<Option<Vec<Line>>> {
        let (what, offset) = (self.what, district.config.offset_minutes);
        match what {
            What::Cases => self.walk.cases(district),
            What::Steps => self.walk.steps(district),
            _ if std::mem::replace(&mut self.told, true) => Ok(None),
            _ => {
                Ok(Some(district.store().read_blocking(move |tx| lists::lines(tx, what, offset))?))
            }
        }
    }
}

/// The folder or archive described as a Frictionless data package: which file has which columns.
pub(super) fn package(form: Form, lang: Lang) -> serde_json::Value {
    let field = |c: &super::Col| {
        let name = if form == Form::Jsonl { c.key } else { lang.pick(c.zh, c.key) };
        serde_json::json!({ "name": name, "title": c.zh, "type": "string" })
    };
    let resource = |what: What| {
        let fields: Vec<_> = what.columns().iter().map(field).collect();
        serde_json::json!({
            "name": what.name(),
            "path": format!("{}.{}", what.name(), form.name()),
            "mediatype": form.mime(),
            "schema": { "fields": fields },
        })
    };
    let resources: Vec<_> = What::ALL.into_iter().map(resource).collect();
    serde_json::json!({ "name": "linli", "resources": resources })
}
