//! Rows that are standards: 立案条件, 结案条件, 处置时限 of each small class, as cities publish them.

use std::collections::HashMap;

use linli_rules::calendar::Limit;

use super::head::{Column, Head};
use super::{Grade, Remark, limit};
use crate::base::text;
use crate::table::{Row, Sheet};

/// The columns of a class table.
pub const COLUMNS: &[Column] = &[
    Column { key: "group_code", names: &["大类代码", "大类编码"], required: false },
    Column { key: "group", names: &["大类名称", "大类"], required: true },
    Column { key: "code", names: &["小类代码", "小类编码"], required: false },
    Column { key: "title", names: &["小类名称", "小类"], required: true },
    Column { key: "handlers", names: &["处置单位", "责任单位"], required: false },
    Column { key: "supervisors", names: &["主管部门", "监管单位"], required: false },
    Column { key: "condition", names: &["立案条件", "立案标准"], required: true },
    Column { key: "closing", names: &["结案条件", "结案标准"], required: false },
    Column { key: "limit", names: &["处置时限", "办理时限"], required: true },
    Column { key: "kind", names: &["部件或事件", "类型"], required: false },
    Column { key: "publicity", names: &["公开范围", "是否公开"], required: false },
    Column { key: "anonymous", names: &["可否匿名", "匿名"], required: false },
];

/// What the column of the kind may say, and the sheet's name may hold.
const KINDS: [(&str, &str); 3] = [("部件", "component"), ("事件", "event"), ("服务", "service")];

/// What 公开范围 may say; the last two as the export writes them.
const PUBLIC: [(&str, bool); 6] = [
    ("公开", true),
    ("不公开", false),
    ("是", true),
    ("否", false),
    ("public", true),
    ("private", false),
];

/// What 可否匿名 may say.
const NAMELESS: [(&str, bool); 9] = [
    ("可以", true),
    ("不可以", false),
    ("可", true),
    ("否", false),
    ("是", true),
    ("不可", false),
    ("不", false),
    ("yes", true),
    ("no", false),
];

const NAME_MAX: usize = 60;
const LONG_MAX: usize = 1_000;

/// A class as the table tells it, with its standards in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassRow {
    pub sheet: String,
    pub row: usize,
    /// `C01-03`: component or event, large class, small class, each as the table numbers it.
    pub code: String,
    /// `component`, `event` or `service`.
    pub kind: String,
    pub group: String,
    pub title: String,
    /// Whether its cases are for everyone; `None` where the table does not say.
    pub public: Option<bool>,
    /// Whether it may be reported without a name; `None` where the table does not say.
    pub anonymous: Option<bool>,
    pub standards: Vec<StandardRow>,
}

/// One standard of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandardRow {
    pub row: usize,
    pub condition: String,
    pub closing: Vec<String>,
    pub limit: Limit,
    pub handlers: String,
    pub supervisors: String,
}

/// The classes of a file, and what is to be said of its rows. `standards` counts good rows.
pub fn read(sheets: &[Sheet]) -> (Vec<ClassRow>, Vec<Remark>) {
    let (mut classes, mut remarks) = (Vec::new(), Vec::new());
    for sheet in sheets.iter().filter(|sheet| !sheet.rows.is_empty()) {
        match Head::find(sheet, COLUMNS) {
            Err(missing) => remarks.extend(missing),
            Ok(head) => {
                remarks.extend(head.left_out());
                remarks.extend(head.merged(sheet));
                let rows = sheet.rows.iter().skip(head.at + 1).filter(|row| !row.is_empty());
                let codes = group_codes(&head, rows.clone());
                for row in rows {
                    if let Some(lost) = head.untitled(sheet, row) {
                        remarks.push(lost);
                        continue;
                    }
                    let mut reading = Reading { head: &head, row, remarks: &mut remarks };
                    reading.take(&codes, &mut classes);
                }
            }
        }
    }
    (classes, remarks)
}

/// The number of each large class, for rows that leave it out.
fn group_codes<'r>(head: &Head, rows: impl Iterator<Item = &'r Row>) -> HashMap<String, String> {
    let mut out = HashMap::new();
    for row in rows {
        let (name, code) = (head.text(row, "group"), head.text(row, "group_code"));
        if !name.is_empty() && !code.is_empty() {
            out.entry(name.to_owned()).or_insert_with(|| two_digits(code));
        }
    }
    out
}

/// `3` and `03` are the same number.
fn two_digits(code: &str) -> String {
    let code = code.trim();
    if code.len() == 1 { format!("0{code}") } else { code.to_owned() }
}

struct Reading<'a> {
    head: &'a Head,
    row: &'a Row,
    remarks: &'a mut Vec<Remark>,
}

impl Reading<'_> {
    fn say(&mut self, grade: Grade, key: &str, code: &str, params: &[(&str, &str)]) {
        let remark = self.head.remark(grade, self.row, key, code);
        let remark = params.iter().fold(remark, |remark, (name, value)| remark.with(name, value));
        self.remarks.push(remark);
    }

    /// Adds the row to the class it belongs to.
    fn take(&mut self, codes: &HashMap<String, String>, classes: &mut Vec<ClassRow>) {
        let before = self.remarks.len();
        let (group, title) = (self.name("group"), self.name("title"));
        let condition = self.words("condition", true);
        let closing = self.words("closing", false).unwrap_or_default();
        let limit = self.limit();
        let handlers = self.words("handlers", false).unwrap_or_default();
        let supervisors = self.words("supervisors", false).unwrap_or_default();
        let kind = self.kind();
        let public = self.yes("publicity", &PUBLIC);
        let anonymous = self.yes("anonymous", &NAMELESS);
        let code = kind.and_then(|kind| self.code(kind, group.as_deref(), codes));
        if self.remarks[before..].iter().any(|remark| remark.grade == Grade::Wrong) {
            return;
        }
        let (Some(group), Some(title), Some(condition), Some(limit), Some(kind), Some(code)) =
            (group, title, condition, limit, kind, code)
        else {
            return;
        };
        let standard = StandardRow {
            row: self.row.at,
            condition,
            closing: checks(&closing),
            limit,
            handlers,
            supervisors,
        };
        match classes.iter_mut().find(|class| class.code == code) {
            Some(class) if class.title != title => {
                let other = class.title.clone();
                let params = [("code", code.as_str()), ("title", &other)];
                self.say(Grade::Wrong, "code", "code_of_another", &params);
            }
            Some(class) => class.standards.push(standard),
            None => classes.push(ClassRow {
                sheet: self.head.sheet.clone(),
                row: self.row.at,
                code,
                kind: kind.to_owned(),
                group,
                title,
                public,
                anonymous,
                standards: vec![standard],
            }),
        }
    }

    /// What a column of yes and no says; nothing where it is empty.
    fn yes(&mut self, key: &str, words: &[(&str, bool)]) -> Option<bool> {
        let told = self.head.text(self.row, key);
        if told.is_empty() {
            return None;
        }
        let found = words.iter().find(|(word, _)| *word == told).map(|(_, yes)| *yes);
        if found.is_none() {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.say_unknown(key, told, &words);
        }
        found
    }

    /// A word that is none of those the column takes: it is not guessed at.
    fn say_unknown(&mut self, key: &str, told: &str, words: &[&str]) {
        let (told, words) = (text::shorten(told, 30), words.join("、"));
        self.say(Grade::Wrong, key, "unknown_word", &[("text", &told), ("words", &words)]);
    }

    fn name(&mut self, key: &str) -> Option<String> {
        let said = self.words(key, true)?;
        let one_line = said.replace(['\n', '\t'], "");
        if one_line.starts_with(['=', '＝']) {
            self.say(Grade::Wrong, key, "formula_name", &[]);
            return None;
        }
        if one_line.chars().count() > NAME_MAX {
            self.say(Grade::Wrong, key, "too_long", &[("max", &NAME_MAX.to_string())]);
            return None;
        }
        Some(one_line)
    }

    fn words(&mut self, key: &str, required: bool) -> Option<String> {
        let Some(cell) = self.head.cell(self.row, key) else {
            if required {
                self.say(Grade::Wrong, key, "missing", &[]);
            }
            return None;
        };
        if let Some(code) = cell.lost() {
            self.say(Grade::Wrong, key, code, &[]);
            return None;
        }
        match text::clean(&cell.text, LONG_MAX) {
            Ok(clean) => Some(clean),
            Err(_) => {
                self.say(Grade::Wrong, key, "too_long", &[("max", &LONG_MAX.to_string())]);
                None
            }
        }
    }

    fn limit(&mut self) -> Option<Limit> {
        let said = self.words("limit", true)?;
        let Some(read) = limit::read(&said) else {
            if limit::too_long(&said) {
                let most = Limit::MOST.to_string();
                self.say(Grade::Wrong, "limit", "limit_too_long", &[("max", &most)]);
            } else {
                let told = text::shorten(&said, 30);
                self.say(Grade::Wrong, "limit", "no_limit", &[("text", &told)]);
            }
            return None;
        };
        let as_read = limit::write(read.limit);
        if !read.rest.is_empty() {
            let params = [("as", as_read.as_str()), ("rest", &read.rest)];
            self.say(Grade::Changed, "limit", "limit_with_more", &params);
        } else if read.plain && said.contains("时") {
            self.say(Grade::Changed, "limit", "plain_hours", &[("as", &as_read)]);
        }
        Some(read.limit)
    }

    /// 部件, 事件 or 服务: by a column of its own, else by the name of the sheet.
    fn kind(&mut self) -> Option<&'static str> {
        let told = self.head.text(self.row, "kind");
        if told.is_empty() {
            return Some(kind_in(&self.head.sheet).unwrap_or("event"));
        }
        let found = kind_in(told);
        if found.is_none() {
            self.say_unknown("kind", told, &KINDS.map(|(word, _)| word));
        }
        found
    }

    /// The code of the class: as the table numbers it, or by the order in which it stands there.
    fn code(
        &mut self,
        kind: &str,
        group: Option<&str>,
        codes: &HashMap<String, String>,
    ) -> Option<String> {
        let group = group?;
        let (large, small) =
            (self.head.text(self.row, "group_code"), self.head.text(self.row, "code"));
        if is_whole(small) && (large.is_empty() || small.starts_with(large)) {
            return Some(small.to_owned());
        }
        let letter = if kind == "component" { 'C' } else { 'E' };
        let large = match self.head.text(self.row, "group_code") {
            "" => {
                let large = codes.get(group).cloned();
                match &large {
                    Some(large) => {
                        let params = [("code", large.as_str())];
                        self.say(Grade::Changed, "group", "group_code_supposed", &params);
                    }
                    None => self.say(Grade::Wrong, "group_code", "missing", &[]),
                }
                large?
            }
            code => two_digits(code),
        };
        let small = match self.head.text(self.row, "code") {
            "" => {
                self.say(Grade::Wrong, "code", "missing", &[]);
                return None;
            }
            code => two_digits(code),
        };
        let fits = |code: &str| code.len() <= 6 && code.bytes().all(|b| b.is_ascii_alphanumeric());
        if !fits(&large) || !fits(&small) {
            self.say(Grade::Wrong, "code", "no_code", &[]);
            return None;
        }
        Some(format!("{letter}{large}-{small}"))
    }
}

fn kind_in(told: &str) -> Option<&'static str> {
    let low = told.to_ascii_lowercase();
    let found = KINDS.iter().find(|(word, kind)| low.contains(word) || low.contains(kind));
    found.map(|(_, kind)| *kind)
}

/// A code that says it all, as the export writes it: `E0102`, `C01-03`.
fn is_whole(code: &str) -> bool {
    let number = code.strip_prefix(|first: char| first.is_ascii_uppercase());
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    number.is_some_and(|number| (4..=13).contains(&number.len()) && digits(number))
}

/// The closing check-list: the parts between the marks.
fn checks(closing: &str) -> Vec<String> {
    let parts = closing.split(['、', '，', '；', ';', '\n']).map(str::trim);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}
