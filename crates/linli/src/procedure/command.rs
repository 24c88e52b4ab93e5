//! `linli process`: the procedure in force at the terminal, and another one adopted.

use std::io::Write;
use std::path::PathBuf;

use super::acts::Adopt;
use super::rules::{self, InForce};
use super::view;
use crate::act::{Actor, Done, Failure, FieldProblem, Order};
use crate::base::{Clock, Fault};
use crate::district::{District, Wiring};
use crate::matter::store as matters;
use crate::page;
use crate::words::Lang;

/// What is typed after `linli process`.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Put another version in force; matters under way go on by it.
    Adopt {
        /// The procedure file.
        file: PathBuf,
        /// The folder of the district.
        #[arg(long, env = "LINLI_DIR")]
        dir: PathBuf,
        /// Only say what is wrong, or what would change.
        #[arg(long)]
        dry_run: bool,
        /// Which procedure, where the program has several.
        #[arg(long)]
        process: Option<String>,
    },
    /// Print the file that is in force.
    Show {
        /// The folder of the district.
        #[arg(long, env = "LINLI_DIR")]
        dir: PathBuf,
        /// Which procedure, where the program has several.
        #[arg(long)]
        process: Option<String>,
    },
}

impl Command {
    /// Does what was typed; false when it was refused, and then the reason has been told.
    pub fn run(&self, wiring: &Wiring, lang: Lang, out: &mut dyn Write) -> Result<bool, Fault> {
        let (dir, asked) = match self {
            Command::Adopt { dir, process, .. } | Command::Show { dir, process } => (dir, process),
        };
        // The one in force may be what is to be mended.
        let district = District::open_to_mend(dir, Clock::default(), wiring)?;
        let first = || district.processes.kinds().next().map(|kind| kind.shipped.id.clone());
        let id = &asked.clone().or_else(first).unwrap_or_default();
        let done = match self {
            Command::Show { .. } => in_force(&district, id).and_then(|(now, _)| {
                out.write_all(now.text().as_bytes()).map_err(|e| Fault::from(e).into())
            }),
            Command::Adopt { file, dry_run, .. } => {
                let text = page::text_at(file, rules::MOST_BYTES);
                text.and_then(|text| {
                    adopt(&district, id, &rules::lines_of(&text), *dry_run, lang, out)
                })
            }
        };
        match done {
            Ok(()) => Ok(true),
            Err(Failure::Invalid(problems)) => {
                for problem in &problems {
                    writeln!(out, "✗ {}", lang.problem(problem))?;
                }
                Ok(false)
            }
            Err(Failure::Fault(fault)) => Err(fault),
            Err(failure) => {
                writeln!(out, "✗ {}", page::at_terminal(&failure, lang))?;
                Ok(false)
            }
        }
    }
}

type InUse = Vec<(String, String, i64)>;

fn in_force(district: &District, id: &str) -> Done<(InForce, InUse)> {
    let (processes, id) = (district.processes.clone(), id.to_owned());
    let known = processes.kind(&id).is_some();
    if !known {
        return Err(FieldProblem::new("process", "no_such_process").into());
    }
    district.store().read_blocking(move |tx| -> Done<_> {
        let now = rules::standing_to_mend(tx, &processes, &id)?;
        Ok((now, matters::stages_in_use(tx, &id)?))
    })
}

fn adopt(
    district: &District,
    id: &str,
    text: &str,
    dry_run: bool,
    lang: Lang,
    out: &mut dyn Write,
) -> Done<()> {
    let (now, in_use) = in_force(district, id)?;
    let new = now.fit(text, &in_use).map_err(Failure::Invalid)?;
    let differences = now.process().map(|old| view::differences(lang, &old, &new));
    let differences = differences.unwrap_or_default();
    for (_, mark, said) in &differences {
        writeln!(out, "{mark} {said}").map_err(Fault::from)?;
    }
    if differences.is_empty() {
        writeln!(out, "{}", lang.say("process.no_difference")).map_err(Fault::from)?;
    }
    if dry_run {
        return Ok(());
    }
    let act = Adopt {
        process: id.to_owned(),
        seen: now.version(),
        text: text.to_owned(),
        processes: district.processes.clone(),
    };
    let order = Order::new(district.new_id(), act);
    let version = district.door.perform_blocking(&Actor::operator(), order)?.outcome;
    let said = lang.with("process.adopted", &version);
    writeln!(out, "✓ {said}").map_err(Fault::from)?;
    Ok(())
}
