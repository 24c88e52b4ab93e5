//! What a district is set up, kept and restored by.

use std::collections::{BTreeMap, BTreeSet};

use linli::affairs::appeal;
use linli::base::{Id, Instant};
use linli::disclosure::shipped;
use linli::district::Config;
use linli::keep::manifest::Manifest;
use linli::people::erased;
use linli::record::seen;
use linli_rules::calendar::{self, Calendar, DayKind, Schedule, working_micros_between};
use linli_rules::time::MICROS_PER_MINUTE;

use super::{folder, is_line_of, text};

/// A procedure file: taken and drawn, or each problem with its line.
pub fn procedure(bytes: &[u8]) {
    let text = text(bytes);
    match appeal::parse(&text) {
        Ok(process) => {
            assert!(process.svg("zh").starts_with("<svg"));
            let _ = (process.layers(), process.transitions());
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            assert!(problems.iter().all(|problem| is_line_of(problem.line, &text)), "{problems:?}");
        }
    }
}

/// A calendar of holidays.
pub fn calendar(bytes: &[u8]) {
    let Ok(calendar) = Calendar::from_json(&text(bytes)) else { return };
    let years: Vec<i32> = calendar.years().collect();
    assert!((1..=201).contains(&years.len()));
    for year in years {
        let written = calendar.year_json(year).expect("a year can be written");
        let again = Calendar::from_json(&written).expect("and read again");
        assert!(again.days_of(year).eq(calendar.days_of(year)), "{written}");
    }
}

/// The notice of a year, as its files circulate: what is good can be kept as a year of ours.
pub fn year(bytes: &[u8]) {
    const YEAR: i32 = 2027;
    let text = text(bytes);
    let found = calendar::read(&text, YEAR);
    assert!(found.problems.iter().all(|bad| is_line_of(bad.line, &text)), "{found:?}");
    let marked = found.calendar.days_of(YEAR).count();
    assert!(marked <= 366 && found.calendar.years().eq([YEAR]));
    if found.is_good() {
        assert_eq!(marked, found.off.len() + found.make_up.len());
        let written = found.calendar.year_json(YEAR).expect("a year can be written");
        assert_eq!(Calendar::from_json(&written).as_ref(), Ok(&found.calendar), "{written}");
        let weekday = |kind: &DayKind| matches!(kind, DayKind::Working | DayKind::Weekend);
        assert!(found.calendar.days_of(YEAR).all(|(_, kind)| !weekday(kind)));
    }
}

/// Working hours, as people write them: kept in one way, and no longer than a day.
pub fn hours(bytes: &[u8]) {
    let text = text(bytes);
    if let Ok(hours) = serde_json::from_str::<Schedule>(&text) {
        assert_eq!(Schedule::read(&hours.text(), hours.offset_minutes()), Ok(hours));
    }
    let Ok(hours) = Schedule::read(&text, 480) else { return };
    assert!(!text.contains('+'), "{text}");
    assert_eq!(Schedule::read(&hours.text(), 480).as_ref(), Ok(&hours));
    assert!((1..=1440).contains(&hours.open_minutes()));
    let (from, calendar) = (Instant(1_790_000_000_000_000), Calendar::shipped());
    let week = working_micros_between(from, from.plus_days(7), &calendar, &hours);
    let most = 7 * i64::from(hours.open_minutes()) * MICROS_PER_MINUTE;
    assert!((0..=most).contains(&week), "{week}");
}

/// `district.toml`: what is taken is written and read again, and no secret of it is shown.
pub fn district_file(bytes: &[u8]) {
    match Config::parse(&text(bytes)) {
        Ok(config) => {
            let written = config.text().expect("settings can be written");
            let again = Config::parse(&written).expect("and read again");
            assert_eq!(again.text().ok(), Some(written));
            let shown = config.without_secrets();
            assert!(shown.metrics_token.is_none_or(|token| token == "…"));
            assert_eq!(shown.sms_command.len(), config.sms_command.len());
            assert!(shown.sms_command.iter().skip(1).all(|part| part == "…"));
            let _ = (config.store_place(&folder()).is_ok(), config.secure());
        }
        Err(fault) => assert_eq!(fault.code(), Some("wrong_settings"), "{fault}"),
    }
}

/// A duty list as a file: each row names a post and a scope that there are, or its line is told.
pub fn duties(bytes: &[u8]) {
    let text = text(bytes);
    match shipped::parse(&text) {
        Ok(list) => {
            let posts: BTreeSet<&str> =
                list.post.iter().map(|post| post.id.get_ref().as_str()).collect();
            assert_eq!(posts.len(), list.post.len());
            assert!(list.duty.iter().all(|duty| posts.contains(duty.post.get_ref().as_str())));
        }
        Err(bad) => assert!(bad.line > 0 && is_line_of(bad.line, &text), "{bad}"),
    }
}

/// The list that goes with a backup; an empty folder is only that of an empty list.
pub fn manifest(bytes: &[u8]) {
    let Ok(manifest) = Manifest::parse(&text(bytes)) else { return };
    let written = serde_json::to_string(&manifest).expect("a list can be written");
    assert_eq!(Manifest::parse(&written).ok().as_ref(), Some(&manifest));
    let empty = folder().join("empty");
    std::fs::create_dir_all(&empty).expect("a folder can be made");
    assert_eq!(manifest.check(&empty).is_ok(), manifest.files.is_empty(), "{manifest:?}");
}

/// The journal of erasures: whatever it holds, what is added is read again with all the rest.
pub fn erased(bytes: &[u8]) {
    let file = file("erased.jsonl", bytes);
    let Ok(mut before) = erased::read(&file) else { return };
    let (person, at) = (Id::derived("a person"), Instant(1_790_000_000_000_000));
    erased::add(&file, &[(person.clone(), at)]).expect("an erasure can be written down");
    before.insert(person, at);
    let after: Option<BTreeMap<Id, Instant>> = erased::read(&file).ok();
    assert_eq!(after, Some(before));
}

/// Checkpoints seen earlier: whatever the file holds, the next one stands as its last line.
pub fn checkpoints(bytes: &[u8]) {
    let file = file("checkpoints.log", bytes);
    let Ok(before) = seen::read(&file) else { return };
    let note = "localhost/990101\n3\nAAAA\n\n— localhost/990101 AAAA\n";
    seen::add(&file, note).expect("a checkpoint can be kept");
    let after = seen::read(&file).expect("and read again");
    assert_eq!(after.last().map(String::as_str), Some(note));
    let whole = before.len() == 1 && before[0].contains("\n\n") && before[0].ends_with('\n');
    assert!(whole || after.len() == before.len() + 1, "{before:?} {after:?}");
}

fn file(name: &str, bytes: &[u8]) -> std::path::PathBuf {
    std::fs::create_dir_all(folder()).expect("a folder can be made");
    let path = folder().join(name);
    std::fs::write(&path, bytes).expect("a file can be written");
    path
}
