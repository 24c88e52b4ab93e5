//! The dry run: what would come of a file, row by row, with nothing written.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::cases::{self, CaseRow, Measure};
use super::classes::{self, ClassRow};
use super::{Grade, Kind, Remark, stage};
use crate::affairs::appeal;
use crate::base::secret;
use crate::catalogue::{self, Class};
use crate::district::District;
use crate::matter::{CASES, batch};
use crate::people;
use crate::store::{ReadTx, StoreError};
use crate::table::{self, Sheet};
use crate::territory;
use crate::words::Lang;

/// Remarks a report keeps; more are counted, not told.
pub const MOST_REMARKS: usize = 1_000;

/// What the dry run found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub rows: usize,
    /// Rows taken as they stand.
    pub ok: usize,
    /// Rows taken with something changed or supposed.
    pub changed: usize,
    /// Rows that are there already and are not taken again.
    pub there: usize,
    pub wrong: usize,
    /// Cases or classes that would be made.
    pub made: usize,
    /// Classes that would get new standards in place of their old ones.
    pub replaced: usize,
    pub remarks: Vec<Remark>,
    /// Remarks beyond those kept.
    pub untold: usize,
    /// The batch that took this very file before.
    pub earlier: Option<String>,
    /// What known classes and their standards were like, as a hash: a table takes their place.
    #[serde(default)]
    pub stood: String,
    /// Why an adoption did not succeed.
    #[serde(default)]
    pub failure: Option<catalogue::Pair>,
}

impl Report {
    /// Whether the file may be adopted: nothing wrong, and something to take.
    pub fn is_good(&self) -> bool {
        !self.is_wrong() && self.earlier.is_none() && self.made + self.replaced > 0
    }

    /// Why there is nothing to look at row by row: the file is no table, or an empty one.
    pub fn unreadable(&self, lang: Lang) -> Option<String> {
        if self.rows > 0 {
            return None;
        }
        let wrong = self.remarks.iter().find(|remark| remark.grade == Grade::Wrong);
        let nothing = || lang.say("problem.table_empty");
        Some(wrong.map_or_else(nothing, |remark| match remark.row {
            0 => remark.told(lang),
            row => format!("{} {}", lang.with("import.row", &row), remark.told(lang)),
        }))
    }

    /// Whether a row is wrong, or the file as a whole, or there is no row in it at all.
    pub fn is_wrong(&self) -> bool {
        let told = self.remarks.iter().any(|remark| remark.grade == Grade::Wrong);
        self.wrong > 0 || told || self.rows == 0
    }
}

/// What is right of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    Cases(Vec<CaseRow>),
    Classes(Vec<ClassRow>),
}

/// A file that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    pub kind: Kind,
    pub file_hash: String,
    pub report: Report,
    pub content: Content,
}

/// Reads a file and compares it with what the district has. It blocks.
pub fn check(district: &District, kind: Kind, bytes: &[u8]) -> Result<Checked, StoreError> {
    let file_hash = secret::sha256_hex(bytes);
    let (now, offset_minutes) = (district.now(), district.config.offset_minutes);
    let by = Measure { now, offset_minutes, keys: &district.keys };
    let (sheets, mut remarks) = match table::sheets(bytes) {
        Ok(sheets) => (sheets, Vec::new()),
        Err(unread) => (Vec::new(), vec![Remark::unread(unread)]),
    };
    remarks
        .extend(sheets.iter().flat_map(|sheet| sheet.broken.iter().cloned()).map(Remark::unread));
    let (content, more) = read_as(kind, &sheets, &by);
    remarks.extend(more);
    let rows = data_rows(&sheets, &content, &remarks);
    // A head and nothing under it.
    if rows == 0 && !remarks.iter().any(|remark| remark.grade == Grade::Wrong) {
        remarks.push(Remark::new(Grade::Wrong, 0, "", "no_rows"));
    }
    let hash = file_hash.clone();
    let (content, told, earlier) = district.store().read_blocking(move |tx| {
        let (content, told) = compare(tx, content)?;
        let earlier = batch::of_file(tx, kind.name(), &hash)?;
        let earlier = earlier.filter(|b| b.adopted_at.is_some()).map(|b| b.id.to_string());
        Ok::<_, StoreError>((content, told, earlier))
    })?;
    remarks.extend(told);
    let mut report = summed(rows, remarks);
    report.earlier = earlier;
    match &content {
        Content::Cases(cases) => report.made = cases.len(),
        Content::Classes(list) => count_classes(district, list, &mut report)?,
    }
    Ok(Checked { kind, file_hash, report, content })
}

fn read_as(kind: Kind, sheets: &[Sheet], by: &Measure<'_>) -> (Content, Vec<Remark>) {
    match kind {
        Kind::Cases => {
            let (cases, remarks) = cases::read(sheets, by);
            (Content::Cases(cases), remarks)
        }
        Kind::Classes => {
            let (classes, remarks) = classes::read(sheets);
            (Content::Classes(classes), remarks)
        }
    }
}

/// Rows of the file that hold data: the good ones and those with a remark of their own.
fn data_rows(sheets: &[Sheet], content: &Content, remarks: &[Remark]) -> usize {
    let good: Vec<(&str, usize)> = match content {
        Content::Cases(cases) => cases.iter().map(|c| (c.sheet.as_str(), c.row)).collect(),
        Content::Classes(classes) => classes
            .iter()
            .flat_map(|c| c.standards.iter().map(|s| (c.sheet.as_str(), s.row)))
            .collect(),
    };
    let told = remarks.iter().filter(|r| r.row > 0).map(|r| (r.sheet.as_str(), r.row));
    let all: HashSet<(&str, usize)> = good.into_iter().chain(told).collect();
    all.len().min(sheets.iter().map(|sheet| sheet.rows.len() + sheet.broken.len()).sum())
}

/// Takes out what is there already and tells what the district does not know.
fn compare(tx: &ReadTx<'_>, content: Content) -> Result<(Content, Vec<Remark>), StoreError> {
    let known = catalogue::store::all(tx)?;
    let mut cases = match content {
        Content::Cases(cases) => cases,
        Content::Classes(list) => {
            let closed = catalogue::store::closed(tx)?;
            let (content, mut remarks) = compare_classes(&known, &closed, list);
            remarks.extend(unknown_bodies(tx, &content)?);
            return Ok((content, remarks));
        }
    };
    let mut remarks = Vec::new();
    let classes = ClassNames::of(&known);
    let mut places: HashMap<String, bool> = HashMap::new();
    let mut keep = Vec::with_capacity(cases.len());
    for mut case in cases.drain(..) {
        let remark =
            |grade, column: &str, code| Remark::new(grade, case.row, column, code).on(&case.sheet);
        if is_there(tx, &case.key)? {
            remarks.push(remark(Grade::There, "", "already_there"));
            continue;
        }
        let class = match case.class.as_ref().map(|said| (said, classes.meant(said))) {
            None => None,
            Some((_, Meant::One(code))) => Some(code.to_owned()),
            Some((said, Meant::Many(codes))) => {
                let many = remark(Grade::Wrong, &case.titles.class, "class_of_many");
                remarks.push(many.with("title", said).with("codes", codes.join("、")));
                continue;
            }
            Some((said, Meant::None)) => {
                let none = remark(Grade::Wrong, &case.titles.class, "no_such_class");
                remarks.push(none.with("code", said));
                continue;
            }
        };
        if let Some(code) = &case.place {
            if !places.contains_key(code) {
                let known = territory::place_by_code(tx, code)?.is_some();
                places.insert(code.clone(), known);
            }
            if places.get(code) != Some(&true) {
                let none = remark(Grade::Wrong, &case.titles.place, "no_such_place");
                remarks.push(none.with("code", code));
                continue;
            }
        }
        case.class = class;
        keep.push(case);
    }
    Ok((Content::Cases(keep), remarks))
}

/// What may be written down for a class: its code, its title where no other has it, or both, as
/// the list of the template offers them.
struct ClassNames<'c> {
    classes: HashMap<&'c str, &'c Class>,
    codes_by_title: HashMap<&'c str, Vec<&'c str>>,
}

/// The codes of the classes that somebody may mean.
enum Meant<'c> {
    None,
    One(&'c str),
    Many(&'c [&'c str]),
}

impl<'c> ClassNames<'c> {
    fn of(known: &'c [Class]) -> ClassNames<'c> {
        let mut codes: HashMap<&str, Vec<&str>> = HashMap::new();
        for class in known {
            let titles = [class.title.zh.trim(), class.title.en.trim()];
            let same = titles[0] == titles[1];
            for title in titles.into_iter().skip(usize::from(same)).filter(|t| !t.is_empty()) {
                codes.entry(title).or_default().push(&class.code);
            }
        }
        let classes = known.iter().map(|class| (class.code.as_str(), class)).collect();
        ClassNames { classes, codes_by_title: codes }
    }

    fn meant(&self, said: &str) -> Meant<'_> {
        if let Some(class) = self.classes.get(said) {
            return Meant::One(&class.code);
        }
        match self.codes_by_title.get(said).map(Vec::as_slice) {
            Some([code]) => return Meant::One(code),
            Some(codes) => return Meant::Many(codes),
            None => {}
        }
        let both = said.split_once(char::is_whitespace);
        let class = both.and_then(|(code, title)| Some((self.classes.get(code)?, title.trim())));
        match class {
            Some((class, title))
                if [class.title.zh.trim(), class.title.en.trim()].contains(&title) =>
            {
                Meant::One(&class.code)
            }
            _ => Meant::None,
        }
    }
}

/// Whether people see a case that had this number; what an unfinished import left is none.
fn is_there(tx: &ReadTx<'_>, key: &str) -> Result<bool, StoreError> {
    match appeal::store::id_of_external(tx, key)? {
        Some(id) => Ok(CASES.reach(tx, id.as_str())?.is_some()),
        None => Ok(false),
    }
}

/// A code that another class has or had is not given a second meaning. A class that is known keeps
/// its own form, and the row hears what of it was not taken over.
fn compare_classes(
    known: &[Class],
    closed: &[Class],
    list: Vec<ClassRow>,
) -> (Content, Vec<Remark>) {
    let mut remarks = Vec::new();
    let mut keep = Vec::with_capacity(list.len());
    for row in list {
        let wrong = |code: &str, other: &Class| {
            let remark = Remark::new(Grade::Wrong, row.row, "", code).on(&row.sheet);
            remark.with("code", &row.code).with("title", &other.title.zh)
        };
        let of_code = |class: &&Class| class.code == row.code;
        match (known.iter().find(of_code), closed.iter().find(of_code)) {
            (Some(other), _) if other.title.zh != row.title => {
                remarks.push(wrong("code_of_another", other));
            }
            (None, Some(other)) => remarks.push(wrong("code_of_closed", other)),
            (same, _) => {
                remarks.extend(same.and_then(|class| left_as_it_is(class, &row)));
                keep.push(row);
            }
        }
    }
    (Content::Classes(keep), remarks)
}

/// What the row says of a known class and the class does not take over.
fn left_as_it_is(class: &Class, row: &ClassRow) -> Option<Remark> {
    let says = |said: Option<bool>, is: bool| said.is_some_and(|said| said != is);
    let columns = [
        ("公开范围", says(row.public, class.publicity == "public")),
        ("可否匿名", says(row.anonymous, class.anonymous)),
        ("部件或事件", row.kind != class.kind),
        ("大类名称", row.group != class.group.zh),
    ];
    let columns: Vec<&str> =
        columns.into_iter().filter(|(_, other)| *other).map(|(name, _)| name).collect();
    let remark = Remark::new(Grade::Changed, row.row, "", "keeps_its_own").on(&row.sheet);
    (!columns.is_empty()).then(|| remark.with("columns", columns.join("、")))
}

/// Bodies that the district does not have, and whose names speak for no kind of body either: told
/// once each, for the words are kept and bind nobody.
fn unknown_bodies(tx: &ReadTx<'_>, content: &Content) -> Result<Vec<Remark>, StoreError> {
    let Content::Classes(list) = content else { return Ok(Vec::new()) };
    let known = people::store::bodies(tx)?;
    let mut told: HashSet<&str> = HashSet::new();
    let mut out = Vec::new();
    for (class, standard) in list.iter().flat_map(|c| c.standards.iter().map(move |s| (c, s))) {
        let names = standard.handlers.split(['、', '，', ',', '；', ';', '/', '\n']).map(str::trim);
        for name in names.filter(|name| !name.is_empty()) {
            let is_known = known.iter().any(|body| body.name == name);
            if !is_known && stage::body_kind(name).is_none() && told.insert(name) {
                let remark = Remark::new(Grade::Changed, standard.row, "", "no_such_body");
                out.push(remark.with("name", name).on(&class.sheet));
            }
        }
    }
    Ok(out)
}

fn count_classes(
    district: &District,
    list: &[ClassRow],
    report: &mut Report,
) -> Result<(), StoreError> {
    let codes: BTreeSet<String> = list.iter().map(|class| class.code.clone()).collect();
    let (known, stood) = district.store().read_blocking(move |tx| {
        let codes: BTreeSet<&str> = codes.iter().map(String::as_str).collect();
        let known = catalogue::store::all(tx)?.into_iter();
        let known = known.filter(|class| codes.contains(class.code.as_str())).count();
        Ok::<_, StoreError>((known, catalogue::store::stood(tx, &codes)?))
    })?;
    report.stood = stood;
    report.replaced = known;
    report.made = list.len() - known;
    Ok(())
}

/// Counts rows by the gravest remark each has.
fn summed(rows: usize, mut remarks: Vec<Remark>) -> Report {
    let mut gravest: HashMap<(&str, usize), Grade> = HashMap::new();
    for remark in remarks.iter().filter(|remark| remark.row > 0) {
        let grade = gravest.entry((&remark.sheet, remark.row)).or_insert(remark.grade);
        *grade = (*grade).max(remark.grade);
    }
    let of = |grade| gravest.values().filter(|g| **g == grade).count();
    let (changed, there, wrong) = (of(Grade::Changed), of(Grade::There), of(Grade::Wrong));
    let ok = rows.saturating_sub(changed + there + wrong);
    // What forbids comes first, then what is told.
    remarks.sort_by(|a, b| {
        b.grade.cmp(&a.grade).then_with(|| (&a.sheet, a.row).cmp(&(&b.sheet, b.row)))
    });
    let untold = remarks.len().saturating_sub(MOST_REMARKS);
    remarks.truncate(MOST_REMARKS);
    Report { rows, ok, changed, there, wrong, remarks, untold, ..Report::default() }
}
