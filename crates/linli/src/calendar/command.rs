//! `linli calendar`: a year's notice from the terminal. Without --adopt nothing is written.

use std::io::Write;
use std::path::PathBuf;

use linli_rules::calendar::Found;

use super::acts::TakeYear;
use super::{MOST_BYTES, lacking, missing, store};
use crate::act::{Actor, Failure, Order};
use crate::base::{Clock, Fault};
use crate::district::{District, Wiring};
use crate::page;
use crate::store::StoreError;
use crate::words::Lang;

/// What is typed after `linli calendar`.
#[derive(clap::Args)]
pub struct Take {
    /// The folder of the district.
    #[arg(long, env = "LINLI_DIR")]
    dir: PathBuf,
    /// The year to take from the file.
    #[arg(long, requires = "file")]
    year: Option<i32>,
    /// The notice it is taken from; the name of the file where it is left out.
    #[arg(long)]
    source: Option<String>,
    /// Take it over; without this nothing is written.
    #[arg(long)]
    adopt: bool,
    /// Take it over although a holiday by law has no day off in it.
    #[arg(long, requires = "adopt")]
    incomplete: bool,
    /// JSON, iCalendar, or lines of date,kind,name. Without a file the years are listed.
    #[arg(requires = "year")]
    file: Option<PathBuf>,
}

impl Take {
    /// Does what was typed; false when it was refused, and then the reason has been told.
    pub fn run(&self, wiring: &Wiring, lang: Lang, out: &mut dyn Write) -> Result<bool, Fault> {
        let district = District::open(&self.dir, Clock::default(), wiring)?;
        let (Some(year), Some(file)) = (self.year, &self.file) else {
            return list(&district, lang, out);
        };
        let seen = district.store().read_blocking(store::years_version);
        let seen = seen.map_err(|e: StoreError| Fault::new(e.to_string()))?;
        let text = match page::text_at(file, MOST_BYTES) {
            Ok(text) => text,
            Err(Failure::Fault(fault)) => return Err(fault),
            Err(failure) => {
                writeln!(out, "{}", page::at_terminal(&failure, lang))?;
                return Ok(false);
            }
        };
        let found = linli_rules::calendar::read(&text, year);
        tell(&found, lang, out)?;
        if !found.is_good() || !self.adopt {
            return Ok(found.is_good());
        }
        if !found.lacks.is_empty() && !self.incomplete {
            writeln!(out, "!! {}", lang.with("calendar.lacks_told", &lacking(&found, lang)))?;
            return Ok(false);
        }
        let name = file.file_name().map(|n| n.to_string_lossy().into_owned());
        let id = district.new_id();
        let act = TakeYear {
            id: id.clone(),
            year,
            days: found.calendar.year_json(year).map_err(|e| Fault::new(e.to_string()))?,
            source: self.source.clone().or(name).unwrap_or_default(),
            seen,
        };
        match district.door.perform_blocking(&Actor::operator(), Order::new(id, act)) {
            Ok(_) => {
                writeln!(out, "{}", lang.with("calendar.taken", &year))?;
                Ok(true)
            }
            Err(failure) => {
                writeln!(out, "{}", page::sentence(&failure, lang))?;
                Ok(false)
            }
        }
    }
}

/// Lines that cannot be read, told one by one: a file of another kind has nothing else.
const MOST_TOLD: usize = 20;

fn tell(found: &Found, lang: Lang, out: &mut dyn Write) -> Result<(), Fault> {
    for (day, name) in &found.off {
        writeln!(out, "- {day} {}", name.in_lang(lang.code()))?;
    }
    for (day, name) in &found.make_up {
        writeln!(out, "+ {day} {}", name.in_lang(lang.code()))?;
    }
    for bad in found.problems.iter().take(MOST_TOLD) {
        writeln!(out, "!! {} {}", bad.line, bad.reason.in_lang(lang.code()))?;
    }
    if let Some(more) = found.problems.len().checked_sub(MOST_TOLD).filter(|more| *more > 0) {
        writeln!(out, "{}", lang.with("import.more", &more))?;
    }
    for doubt in &found.doubts {
        writeln!(out, "?? {}", doubt.in_lang(lang.code()))?;
    }
    let counts = [
        ("off", found.off.len().to_string()),
        ("work", found.make_up.len().to_string()),
        ("other", found.elsewhere.to_string()),
    ];
    writeln!(out, "{}", lang.fill("calendar.found", &counts))?;
    Ok(())
}

/// The years taken over, and a warning for each that should be there and is not.
fn list(district: &District, lang: Lang, out: &mut dyn Write) -> Result<bool, Fault> {
    let (now, offset) = (district.now(), district.config.offset_minutes);
    let read = district.store().read_blocking(move |tx| {
        Ok::<_, StoreError>((store::all_years(tx)?, missing(tx, now, offset)?))
    });
    let (years, missing) = read.map_err(|e| Fault::new(e.to_string()))?;
    for one in years.iter().filter(|year| year.until.is_none()) {
        writeln!(out, "{} {} ({})", one.year, one.source, district.local(one.since))?;
    }
    for year in &missing {
        writeln!(out, "!! {}", lang.with("calendar.missing", year))?;
    }
    Ok(missing.is_empty())
}
