//! Rows that are cases: messages of another system, with what was answered and when.

use std::collections::HashMap;
use std::sync::Arc;

use linli_rules::mask::{mask_public, names_nobody};

use super::head::{Column, Head};
use super::{Grade, Remark, when};
use crate::base::secret::Keys;
use crate::base::{Instant, text};
use crate::table::{Cell, Row, Sheet};

/// The columns of a case, as the template titles them and as others call them.
pub const COLUMNS: &[Column] = &[
    Column {
        key: "id",
        names: &["编号", "留言编号", "诉求编号", "工单编号", "外部编号"],
        required: false,
    },
    Column {
        key: "user", names: &["反映人代号", "用户", "留言用户", "反映人"], required: false
    },
    Column { key: "title", names: &["标题", "主题", "留言主题"], required: false },
    Column {
        key: "text", names: &["内容", "详情", "留言详情", "诉求内容"], required: true
    },
    Column {
        key: "time", names: &["反映时间", "时间", "留言时间", "受理时间"], required: true
    },
    Column {
        key: "reply", names: &["答复", "答复意见", "回复", "回复内容"], required: false
    },
    Column {
        key: "reply_time", names: &["答复时间", "回复时间", "办结时间"], required: false
    },
    Column { key: "class", names: &["类别编码", "类别", "事项类别"], required: false },
    Column {
        key: "place", names: &["地点编码", "区划代码", "所属区划"], required: false
    },
    Column { key: "address", names: &["地址", "详细地址"], required: false },
];

/// The longest words or answer taken over: records of another system are kept whole.
pub const WORDS_MAX: usize = 20_000;
const TITLE_MAX: usize = 60;
const SHORT_MAX: usize = 200;

/// A case as a row tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRow {
    pub sheet: String,
    pub row: usize,
    /// The number it has where it comes from, or a hash of what it says.
    pub key: String,
    pub reporter: Option<String>,
    pub title: String,
    pub words: String,
    pub at: Instant,
    pub reply: Option<(String, Instant)>,
    pub class: Option<String>,
    pub place: Option<String>,
    pub address: Option<String>,
    pub titles: Arc<Titles>,
}

/// What the sheet calls the columns that are compared with what the district has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Titles {
    pub class: String,
    pub place: String,
}

/// What the rows are measured by.
pub struct Measure<'a> {
    pub now: Instant,
    pub offset_minutes: i32,
    pub keys: &'a Keys,
}

/// The cases of a file, and what is to be said of its rows.
pub fn read(sheets: &[Sheet], by: &Measure<'_>) -> (Vec<CaseRow>, Vec<Remark>) {
    let (mut cases, mut remarks) = (Vec::new(), Vec::new());
    for sheet in sheets.iter().filter(|sheet| !sheet.rows.is_empty()) {
        match Head::find(sheet, COLUMNS) {
            Err(missing) => remarks.extend(missing),
            Ok(head) => {
                remarks.extend(head.left_out());
                remarks.extend(head.merged(sheet));
                let title = |key: &str| head.title(key).to_owned();
                let titles = Arc::new(Titles { class: title("class"), place: title("place") });
                for row in sheet.rows.iter().skip(head.at + 1).filter(|row| !row.is_empty()) {
                    if let Some(lost) = head.untitled(sheet, row) {
                        remarks.push(lost);
                        continue;
                    }
                    let remarks = &mut remarks;
                    let mut reading = Reading { head: &head, titles: &titles, row, by, remarks };
                    cases.extend(reading.case());
                }
            }
        }
    }
    doubled(&mut cases, &mut remarks);
    (cases, remarks)
}

/// A number that stands twice in one file is an error of the file.
fn doubled(cases: &mut Vec<CaseRow>, remarks: &mut Vec<Remark>) {
    let mut first: HashMap<String, usize> = HashMap::new();
    cases.retain(|case| match first.get(&case.key) {
        None => {
            first.insert(case.key.clone(), case.row);
            true
        }
        Some(row) => {
            let remark = Remark::new(Grade::Wrong, case.row, "", "doubled").on(&case.sheet);
            remarks.push(remark.with("row", row));
            false
        }
    });
}

/// A row being read.
struct Reading<'a> {
    head: &'a Head,
    titles: &'a Arc<Titles>,
    row: &'a Row,
    by: &'a Measure<'a>,
    remarks: &'a mut Vec<Remark>,
}

impl Reading<'_> {
    fn remark(&mut self, grade: Grade, key: &str, code: &str) -> &mut Remark {
        self.remarks.push(self.head.remark(grade, self.row, key, code));
        let last = self.remarks.len() - 1;
        &mut self.remarks[last]
    }

    fn case(&mut self) -> Option<CaseRow> {
        let before = self.remarks.len();
        let words = self.long("text", true);
        let at = self.time("time", true);
        let reply = self.reply(at);
        let key = self.key();
        let reporter = self.short("user");
        let title = self.title(words.as_deref());
        let (class, place) = (self.short("class"), self.short("place"));
        let address = self.short("address");
        if self.remarks[before..].iter().any(|remark| remark.grade == Grade::Wrong) {
            return None;
        }
        let (words, at) = (words?, at?);
        let key = key.unwrap_or_else(|| self.content_key(reporter.as_deref(), at, &words));
        Some(CaseRow {
            sheet: self.head.sheet.clone(),
            row: self.row.at,
            key: format!("import:{key}"),
            // 市民 is nobody's name, and would be taken out of every line that speaks of one.
            reporter: reporter.filter(|name| !names_nobody(name)),
            title,
            words,
            at,
            reply,
            class,
            place,
            address,
            titles: Arc::clone(self.titles),
        })
    }

    fn sound<'r>(&mut self, key: &str, cell: &'r Cell) -> Option<&'r str> {
        match cell.lost() {
            Some(code) => {
                self.remark(Grade::Wrong, key, code);
                None
            }
            None => Some(cell.text.as_str()),
        }
    }

    fn long(&mut self, key: &str, required: bool) -> Option<String> {
        let Some(cell) = self.head.cell(self.row, key) else {
            if required {
                self.remark(Grade::Wrong, key, "missing");
            }
            return None;
        };
        let said = self.sound(key, cell)?;
        match text::clean(said, WORDS_MAX) {
            Ok(clean) => Some(clean),
            Err(text::TextProblem::Missing) => {
                self.remark(Grade::Wrong, key, "missing");
                None
            }
            Err(text::TextProblem::TooLong { max }) => {
                let remark = self.remark(Grade::Wrong, key, "too_long");
                remark.params.push(("max".to_owned(), max.to_string()));
                None
            }
        }
    }

    fn short(&mut self, key: &str) -> Option<String> {
        let cell = self.head.cell(self.row, key)?;
        let said = self.sound(key, cell)?;
        match text::clean(said, SHORT_MAX) {
            Ok(clean) => Some(clean),
            Err(text::TextProblem::Missing) => None,
            Err(text::TextProblem::TooLong { max }) => {
                let remark = self.remark(Grade::Wrong, key, "too_long");
                remark.params.push(("max".to_owned(), max.to_string()));
                None
            }
        }
    }

    fn key(&mut self) -> Option<String> {
        self.short("id")
    }

    /// The title, or the beginning of the words where there is none.
    fn title(&mut self, words: Option<&str>) -> String {
        let said = self.short("title").map(|title| title.replace(['\n', '\t'], " "));
        // Masked before it is cut: of half a telephone number nobody knows that it is one.
        let whole = mask_public(said.as_deref().or(words).unwrap_or_default(), None);
        let masked = whole.lines().next().unwrap_or_default().trim();
        let title = text::shorten(masked, TITLE_MAX);
        if title != masked && !self.head.text(self.row, "title").is_empty() {
            self.remark(Grade::Changed, "title", "title_shortened");
        }
        title
    }

    fn time(&mut self, key: &str, required: bool) -> Option<Instant> {
        let Some(cell) = self.head.cell(self.row, key) else {
            if required {
                self.remark(Grade::Wrong, key, "missing");
            }
            return None;
        };
        let said = self.sound(key, cell)?;
        let Some(read) = when::read(said, self.by.offset_minutes) else {
            let remark = self.remark(Grade::Wrong, key, "no_time");
            remark.params.push(("text".to_owned(), text::shorten(said, 30)));
            return None;
        };
        if read.at > self.by.now {
            self.remark(Grade::Wrong, key, "in_the_future");
            return None;
        }
        if let Some(code) = read.supposed {
            let shown = read.at.local_text(self.by.offset_minutes);
            self.remark(Grade::Changed, key, code).params.push(("as".to_owned(), shown));
        }
        Some(read.at)
    }

    /// An answer has a time, not before the report; a time without an answer is a slip.
    fn reply(&mut self, at: Option<Instant>) -> Option<(String, Instant)> {
        let said = self.head.cell(self.row, "reply").is_some();
        let timed = self.head.cell(self.row, "reply_time").is_some();
        if !said && !timed {
            return None;
        }
        if !said || !timed {
            let key = if said { "reply_time" } else { "reply" };
            let key = if self.head.title(key).is_empty() { "reply" } else { key };
            self.remark(Grade::Wrong, key, "half_an_answer");
            return None;
        }
        let (words, answered) = (self.long("reply", true)?, self.time("reply_time", true)?);
        if at.is_some_and(|at| answered < at) {
            self.remark(Grade::Wrong, "reply_time", "answered_before");
            return None;
        }
        Some((words, answered))
    }

    /// A key for a case that brings no number: the same words at the same time by the same
    /// reporter are the same case. Nobody learns from it who that was.
    fn content_key(&self, reporter: Option<&str>, at: Instant, words: &str) -> String {
        let said = format!("{}\n{}\n{words}", reporter.unwrap_or_default(), at.0);
        self.by.keys.blind("imported case", &said)[..32].to_owned()
    }
}
