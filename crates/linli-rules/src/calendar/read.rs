//! A year's notice as it comes: the files of holiday lists that circulate, or a table of our own.
//!
//! Three forms are told apart by how they begin: JSON (npm chinese-days, or the form of
//! [`Calendar::from_json`]), iCalendar, and lines of `date,kind,name`. Nothing is guessed: a line
//! that cannot be read is a problem with its number, and what is odd but possible is a doubt.

use super::{BadCalendar, Calendar, DayKind, bad};
use crate::Words;
use crate::time::Day;
use std::collections::{BTreeMap, BTreeSet};

/// A notice gives about thirty days off, weekends between them counted.
const FEW_DAYS_OFF: usize = 20;
/// Festivals that fall on the same date every year (全国年节及纪念日放假办法 第2条),
/// and the year from which they do: the second of May was added by the amendment of 2024.
const FIXED: [(u32, u32, i32); 6] =
    [(1, 1, 2008), (5, 1, 2008), (5, 2, 2025), (10, 1, 2008), (10, 2, 2008), (10, 3, 2008)];

/// A day within any year: month, day.
type OfYear = (u32, u32);

/// Spans of a year, each from and to.
type Spans = &'static [(OfYear, OfYear)];

/// The holidays by law since 2008 (全国年节及纪念日放假办法 第2条) and when their days off may lie,
/// from and to. Four go by the moon or the sun. The Mid-Autumn Festival that falls into October
/// lengthens the National Day by a day.
const BY_LAW: [(&str, &str, Spans); 7] = [
    ("元旦", "New Year's Day", &[((1, 1), (1, 3))]),
    ("春节", "the Spring Festival", &[((1, 19), (2, 28))]),
    ("清明节", "the Qingming Festival", &[((4, 2), (4, 8))]),
    ("劳动节", "Labour Day", &[((5, 1), (5, 5))]),
    ("端午节", "the Dragon Boat Festival", &[((5, 26), (6, 28))]),
    ("中秋节", "the Mid-Autumn Festival", &[((9, 5), (9, 30)), ((10, 8), (10, 10))]),
    ("国庆节", "the National Day", &[((10, 1), (10, 7))]),
];
const BY_LAW_SINCE: i32 = 2008;

/// What is wrong, and on which line; line 0 is the file as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    pub line: usize,
    pub reason: Words,
}

/// What a file says of one year.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The year and no other; as far as it could be read.
    pub calendar: Calendar,
    pub off: Vec<(Day, Words)>,
    pub make_up: Vec<(Day, Words)>,
    /// Days of other years, which were passed over.
    pub elsewhere: usize,
    pub problems: Vec<BadLine>,
    /// What is possible but odd: somebody should look before taking it.
    pub doubts: Vec<Words>,
    /// Holidays by law that have no day off at all: the file is not the whole notice, and is not
    /// taken over unless somebody says so.
    pub lacks: Vec<Words>,
}

impl Found {
    pub fn is_good(&self) -> bool {
        self.problems.is_empty()
    }
}

/// A day as a file lists it.
struct Listed {
    line: usize,
    day: Day,
    make_up: bool,
    name: Words,
}

#[derive(Default)]
struct Reading {
    listed: Vec<Listed>,
    problems: Vec<BadLine>,
}

impl Reading {
    fn problem(&mut self, line: usize, zh: String, en: String) {
        self.problems.push(BadLine { line, reason: Words { zh, en } });
    }
}

/// Reads what a file says of `year`.
pub fn read(text: &str, year: i32) -> Found {
    let text = text.trim_start_matches('\u{feff}');
    let mut reading = Reading::default();
    match text.trim_start() {
        start if start.starts_with('{') => json(text, &mut reading),
        start if start.starts_with("BEGIN:VCALENDAR") => ics(text, &mut reading),
        _ => lines(text, &mut reading),
    }
    found(reading, year)
}

fn found(reading: Reading, year: i32) -> Found {
    let mut out = Found { problems: reading.problems, ..Found::default() };
    out.calendar.years.insert(year);
    let mut english: BTreeMap<String, String> = BTreeMap::new();
    for one in reading.listed {
        if one.day.year() != year {
            out.elsewhere += 1;
            continue;
        }
        // One holiday has one name in each language: the first that the file gives it.
        let Words { zh, en } = one.name;
        let en = english.entry(zh.clone()).or_insert(en).clone();
        let one = Listed { name: Words { zh, en }, ..one };
        let name = one.name.clone();
        let kind = if one.make_up { DayKind::MakeUp(name) } else { DayKind::Holiday(name) };
        match out.calendar.mark(one.day, kind) {
            Ok(()) if one.make_up => out.make_up.push((one.day, one.name)),
            Ok(()) => out.off.push((one.day, one.name)),
            Err(BadCalendar(reason)) => out.problems.push(BadLine { line: one.line, reason }),
        }
    }
    out.off.sort();
    out.make_up.sort();
    if out.off.is_empty() && out.problems.is_empty() {
        let zh = format!("文件里没有 {year} 年的放假日");
        out.problems.push(BadLine {
            line: 0,
            reason: Words { zh, en: format!("the file has no days off in {year}") },
        });
    }
    out.lacks = lacks(&out, year);
    out.doubts = doubts(&out, year);
    out
}

fn lacks(found: &Found, year: i32) -> Vec<Words> {
    let off_within = |(from, to): &(OfYear, OfYear)| {
        let of_year = |day: Day| {
            let (_, month, of_month) = day.ymd();
            (month, of_month)
        };
        found.off.iter().any(|(day, _)| (*from..=*to).contains(&of_year(*day)))
    };
    let lacking = BY_LAW.iter().filter(|(.., when)| !when.iter().any(off_within));
    let named = lacking.map(|(zh, en, _)| Words::new(*zh, *en));
    if year >= BY_LAW_SINCE { named.collect() } else { Vec::new() }
}

fn doubts(found: &Found, year: i32) -> Vec<Words> {
    let mut doubts = vec![];
    let n = found.off.len();
    if n < FEW_DAYS_OFF {
        doubts.push(Words {
            zh: format!("只有 {n} 天放假，一年通常三十天左右：文件是否完整？"),
            en: format!("only {n} days off, a year has about thirty: is the file whole?"),
        });
    }
    if found.make_up.is_empty() {
        doubts.push(Words::new(
            "没有调休上班日，多数年份都有",
            "no make-up working days; most years have some",
        ));
    }
    if !found.lacks.is_empty() {
        let all = |code: &str, between: &str| {
            let names = found.lacks.iter().map(|name| name.in_lang(code));
            names.collect::<Vec<_>>().join(between)
        };
        doubts.push(Words {
            zh: format!("这些节日在文件里一天假也没有：{}", all("zh", "、")),
            en: format!("the file has no day off at all for {}", all("en", ", ")),
        });
    }
    let off: BTreeSet<Day> = found.off.iter().map(|(day, _)| *day).collect();
    let fixed = FIXED.iter().filter(|(_, _, since)| year >= *since);
    let fixed = fixed.filter_map(|(month, day, _)| Day::new(year, *month, *day));
    for day in fixed.filter(|day| !off.contains(day)) {
        doubts.push(Words {
            zh: format!("{day} 是法定节日，文件里却不放假"),
            en: format!("{day} is a statutory holiday, yet the file has it as no day off"),
        });
    }
    doubts
}

/// npm chinese-days: `{"holidays": {"2027-01-01": "New Year's Day,元旦,1"}, "workdays": {…}}`.
#[derive(serde::Deserialize)]
struct ChineseDays {
    holidays: BTreeMap<String, String>,
    #[serde(default)]
    workdays: BTreeMap<String, String>,
}

fn json(text: &str, reading: &mut Reading) {
    let value: Result<serde_json::Value, _> = serde_json::from_str(text);
    let is_list = value.as_ref().is_ok_and(|value| value.get("holidays").is_some());
    if !is_list {
        match Calendar::from_json(text) {
            Ok(calendar) => own(&calendar, reading),
            Err(BadCalendar(reason)) => reading.problems.push(BadLine { line: 0, reason }),
        }
        return;
    }
    let days: ChineseDays = match serde_json::from_str(text) {
        Ok(days) => days,
        Err(e) => {
            let (zh, en) = (format!("日历文件读不懂：{e}"), format!("cannot be read: {e}"));
            return reading.problem(e.line(), zh, en);
        }
    };
    for (all, make_up) in [(days.holidays, false), (days.workdays, true)] {
        for (date, said) in all {
            let Ok(day) = date.parse::<Day>() else {
                let (zh, en) = (format!("{date} 不是日期"), format!("{date} is no date"));
                reading.problem(0, zh, en);
                continue;
            };
            let mut names = said.split(',').map(str::trim);
            let en = names.next().unwrap_or_default();
            let zh = names.next().unwrap_or(en);
            reading.listed.push(Listed { line: 0, day, make_up, name: Words::new(zh, en) });
        }
    }
}

fn own(calendar: &Calendar, reading: &mut Reading) {
    for (day, kind) in &calendar.marked {
        let (make_up, name) = match kind {
            DayKind::MakeUp(name) => (true, name),
            DayKind::Holiday(name) => (false, name),
            DayKind::Working | DayKind::Weekend => continue,
        };
        reading.listed.push(Listed { line: 0, day: *day, make_up, name: name.clone() });
    }
}

/// iCalendar: events of whole days, `SUMMARY:元旦(休)` or `SUMMARY:元旦(班)`.
fn ics(text: &str, reading: &mut Reading) {
    let mut event: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let mut open: Option<usize> = None;
    for (at, line) in text.lines().enumerate() {
        let Some((key, value)) = line.split_once(':') else { continue };
        let key = key.split(';').next().unwrap_or_default();
        match (key, value.trim()) {
            ("BEGIN", "VEVENT") => {
                unended(open.replace(at + 1), reading);
                event.clear();
            }
            ("END", "VEVENT") => {
                open = None;
                one_event(&event, at + 1, reading);
            }
            (_, value) => {
                event.insert(key.to_owned(), (at + 1, value.to_owned()));
            }
        }
    }
    unended(open, reading);
}

/// A file that was cut off has an event without an end.
fn unended(open: Option<usize>, reading: &mut Reading) {
    if let Some(line) = open {
        let zh = "事件没有写完，文件可能被截断".to_owned();
        reading.problem(line, zh, "the event has no end: the file may be cut off".to_owned());
    }
}

/// What would have to be guessed of an event: a last day that is no date, a length in place of it,
/// and a time of another zone, in which the day may be the one before.
fn unclear(event: &BTreeMap<String, (usize, String)>, has_end: bool) -> Option<(usize, Words)> {
    let mut far = ["DTSTART", "DTEND"].iter().filter_map(|key| event.get(*key));
    if let Some((line, time)) = far.find(|(_, time)| time.ends_with(['Z', 'z'])) {
        let en = format!("{time} is a time of another zone: give the day");
        return Some((*line, Words { zh: format!("{time} 是世界时，请写日期"), en }));
    }
    if let Some((line, _)) = event.get("DURATION") {
        return Some((
            *line,
            Words::new("请写结束日期，不写时长", "give the last day, not a length"),
        ));
    }
    let (line, date) = event.get("DTEND").filter(|_| !has_end)?;
    Some((*line, Words { zh: format!("{date} 不是日期"), en: format!("{date} is no date") }))
}

fn one_event(event: &BTreeMap<String, (usize, String)>, end: usize, reading: &mut Reading) {
    let day_of = |key: &str| {
        let text = &event.get(key)?.1;
        let (date, _) = text.split_at_checked(8)?;
        let at = |from: usize, to: usize| date.get(from..to)?.parse::<u32>().ok();
        Day::new(i32::try_from(at(0, 4)?).ok()?, at(4, 6)?, at(6, 8)?)
    };
    let line = event.get("SUMMARY").map_or(end, |(line, _)| *line);
    let summary = event.get("SUMMARY").map_or("", |(_, text)| text.as_str());
    let Some(first) = day_of("DTSTART") else {
        let zh = "事件没有开始日期".to_owned();
        return reading.problem(line, zh, "the event has no first day".to_owned());
    };
    let marked = |words: [&str; 2]| words.iter().any(|word| summary.contains(word));
    let make_up = match (marked(["(休)", "（休）"]), marked(["(班)", "（班）"])) {
        (true, false) => false,
        (false, true) => true,
        _ => {
            let zh = format!("{summary}：看不出是休还是班");
            let en = format!("{summary}: neither (休) a day off nor (班) a day worked");
            return reading.problem(line, zh, en);
        }
    };
    let name = summary.split(['(', '（']).next().unwrap_or_default().trim();
    if let Some((line, reason)) = unclear(event, day_of("DTEND").is_some()) {
        return reading.problem(line, reason.zh, reason.en);
    }
    let after = day_of("DTEND").unwrap_or(first.next());
    let length = after.days_since(first).max(1);
    if length > super::LONGEST_HOLIDAY {
        let zh = format!("{summary}：{length} 天，不合理");
        return reading.problem(line, zh, format!("{summary}: {length} days cannot be"));
    }
    for n in 0..length {
        let day = first.add_days(n);
        reading.listed.push(Listed { line, day, make_up, name: Words::new(name, name) });
    }
}

const OFF: [&str; 5] = ["放假", "休", "假", "off", "holiday"];
const WORK: [&str; 6] = ["调休上班", "调休", "上班", "班", "work", "make-up"];

/// Lines of `date,kind,name`, with a comma or a tab; a first line of titles is passed over.
fn lines(text: &str, reading: &mut Reading) {
    for (at, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let cells: Vec<&str> =
            line.split(['\t', ',', '，']).map(|cell| cell.trim().trim_matches('"')).collect();
        let date = cells[0].replace('/', "-");
        let Some(day) = day_of(&date) else {
            // Titles have no figures; a date that is mistyped has.
            if at > 0 || line.chars().any(char::is_numeric) {
                let (zh, en) = (format!("{date} 不是日期"), format!("{date} is no date"));
                reading.problem(at + 1, zh, en);
            }
            continue;
        };
        let kind = cells.get(1).copied().unwrap_or_default().to_lowercase();
        let make_up = match kind.as_str() {
            kind if OFF.contains(&kind) => false,
            kind if WORK.contains(&kind) => true,
            _ => {
                let zh = format!("{kind}：应为“放假”或“调休上班”");
                reading.problem(at + 1, zh, format!("{kind}: must be off or work"));
                continue;
            }
        };
        let name = cells.get(2).copied().filter(|name| !name.is_empty());
        let name = name.map_or_else(|| Words::new("节假日", "Holiday"), |n| Words::new(n, n));
        reading.listed.push(Listed { line: at + 1, day, make_up, name });
    }
}

/// `2027-1-1` is as good as `2027-01-01`.
fn day_of(text: &str) -> Option<Day> {
    let mut parts = text.split('-');
    let year = parts.next()?.parse().ok()?;
    let (month, day) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    if parts.next().is_some() { None } else { Day::new(year, month, day) }
}

impl Calendar {
    /// One year of this calendar in the form of [`Calendar::from_json`].
    pub fn year_json(&self, year: i32) -> Result<String, BadCalendar> {
        let (mut names, mut off, mut work) = (BTreeMap::new(), vec![], vec![]);
        for (day, kind) in self.marked.iter().filter(|(day, _)| day.year() == year) {
            let name = match kind {
                DayKind::Holiday(name) => {
                    off.push((*day, *day, name.zh.clone()));
                    name
                }
                DayKind::MakeUp(name) => {
                    work.push((*day, name.zh.clone()));
                    name
                }
                DayKind::Working | DayKind::Weekend => continue,
            };
            names.insert(name.zh.clone(), name.en.clone());
        }
        let file = serde_json::json!({
            "years": (year, year), "names": names, "off": off, "work": work,
        });
        serde_json::to_string(&file).map_err(|e| bad(e.to_string(), e.to_string()))
    }

    /// The marked days of one year, in order.
    pub fn days_of(&self, year: i32) -> impl Iterator<Item = (Day, &DayKind)> + '_ {
        self.marked
            .iter()
            .filter(move |(day, _)| day.year() == year)
            .map(|(day, kind)| (*day, kind))
    }
}
