//! `linli check`: a procedure file by itself, and against a district that would run it: matters
//! that would be stranded, moves that nobody there could make, classes that nobody there answers
//! for.

use std::io::Write;
use std::path::PathBuf;

use linli_rules::procedure::Process;

use super::wiring;
use crate::act::{Done, DutyList, Failure};
use crate::affairs::appeal::{self, APPEAL};
use crate::base::{Clock, Fault, Instant};
use crate::catalogue;
use crate::district::District;
use crate::matter::{CASES, store as matters};
use crate::page;
use crate::people::remit;
use crate::people::store::{self as people, PostKind};
use crate::procedure::rules;
use crate::store::ReadTx;
use crate::words::Lang;

/// What is typed after `linli check`.
#[derive(clap::Args)]
pub struct Check {
    /// A `process.toml`; the shipped case loop when it is left out.
    file: Option<PathBuf>,
    /// Hold it against this district too: its matters, its duty list, its posts and bodies.
    #[arg(long)]
    dir: Option<PathBuf>,
}

impl Check {
    /// Tells what is wrong (✗) and what to look at (!); true where nothing is wrong.
    pub fn run(&self, lang: Lang, out: &mut dyn Write) -> Result<bool, Fault> {
        let text = self.file.as_deref().map(|path| page::text_at(path, rules::MOST_BYTES));
        let parsed = match text.transpose() {
            Ok(Some(text)) => appeal::parse(&text),
            Ok(None) => appeal::shipped(),
            Err(Failure::Fault(fault)) => return Err(fault),
            Err(failure) => {
                writeln!(out, "✗ {}", page::at_terminal(&failure, lang))?;
                return Ok(false);
            }
        };
        let process = match parsed {
            Ok(process) => process,
            Err(problems) => {
                for problem in problems {
                    let reason = problem.reason.in_lang(lang.code());
                    writeln!(out, "✗ {}: {reason}", problem.line)?;
                }
                return Ok(false);
            }
        };
        let (stages, moves) = (process.stages.len(), process.moves.len());
        let title = process.title.in_lang(lang.code());
        let mut stranded = Vec::new();
        if let Some(dir) = &self.dir {
            let district = District::open_to_mend(dir, Clock::default(), &wiring()?)?;
            let judged = against(&district, &process, lang);
            let told = judged.map_err(|failure| Fault::new(failure.to_string()))?;
            stranded = told.stranded;
            for line in &told.idle {
                writeln!(out, "! {line}")?;
            }
        }
        for line in &stranded {
            writeln!(out, "✗ {line}")?;
        }
        if stranded.is_empty() {
            let params = [
                ("title", title.to_owned()),
                ("stages", stages.to_string()),
                ("moves", moves.to_string()),
            ];
            writeln!(out, "✓ {}", lang.fill("process.check.good", &params))?;
        }
        Ok(stranded.is_empty())
    }
}

/// What a district says to a procedure.
struct Judged {
    /// Why it cannot be adopted.
    stranded: Vec<String>,
    /// What would lie idle.
    idle: Vec<String>,
}

fn against(district: &District, process: &Process, lang: Lang) -> Done<Judged> {
    let (door, process, now) = (district.door.clone(), process.clone(), district.now());
    district.store().read_blocking(move |tx| -> Done<Judged> {
        let in_use = matters::stages_in_use(tx, APPEAL)?;
        let stranded = rules::stranded(&process, &in_use);
        let stranded = stranded.iter().map(|problem| lang.problem(problem)).collect();
        let duties = door.duty_list(tx)?;
        let mut idle = unmade(tx, &process, &duties, now, lang)?;
        idle.extend(unanswered(tx, lang)?);
        Ok(Judged { stranded, idle })
    })
}

/// Moves that nobody could make: no duty allows them, or nobody holds a post that has the duty.
fn unmade(
    tx: &ReadTx<'_>,
    process: &Process,
    duties: &DutyList,
    now: Instant,
    lang: Lang,
) -> Done<Vec<String>> {
    let kinds = people::all_kinds(tx)?;
    let posts = people::all_posts(tx, now)?;
    let appointed = people::post_kinds(tx)?;
    let held = |kind: &PostKind| {
        let needs_holder = appointed.iter().any(|known| known.id == kind.id);
        !needs_holder || posts.iter().any(|post| post.kind == kind.id && !post.vacant())
    };
    let mut out = Vec::new();
    for step in &process.moves {
        let act = format!("{}.{}", CASES.kind, step.act);
        let may: Vec<&PostKind> =
            kinds.iter().filter(|kind| duties.of(&kind.id, &act).next().is_some()).collect();
        let title = step.title.in_lang(lang.code());
        if may.is_empty() {
            let params = [("move", title.to_owned()), ("act", act)];
            out.push(lang.fill("process.check.no_duty", &params));
        } else if !may.iter().any(|kind| held(kind)) {
            let names: Vec<&str> =
                may.iter().map(|kind| lang.pick(&kind.title_zh, &kind.title_en)).collect();
            let params = [("move", title.to_owned()), ("posts", names.join(lang.pick("、", ", ")))];
            out.push(lang.fill("process.check.no_holder", &params));
        }
    }
    Ok(out)
}

/// Classes whose kind of body answers nowhere in the district: they cannot be dispatched by it.
fn unanswered(tx: &ReadTx<'_>, lang: Lang) -> Done<Vec<String>> {
    let mut by_kind = std::collections::BTreeMap::<String, Vec<String>>::new();
    for class in catalogue::store::all(tx)? {
        let Some(kind) = class.body_kind else { continue };
        if remit::of_kind(tx, &kind)?.is_empty() {
            by_kind.entry(kind).or_default().push(class.code);
        }
    }
    let titles = catalogue::seed::body_kinds()?;
    let told = by_kind.into_iter().map(|(kind, classes)| {
        let title = titles.iter().find(|known| known.id == kind);
        let body = title.map_or(kind.clone(), |known| known.title.pick(lang).to_owned());
        let params = [("body", body), ("classes", classes.join(lang.pick("、", ", ")))];
        lang.fill("process.check.no_body", &params)
    });
    Ok(told.collect())
}
