//! Reading a TOML file by hand, so that every complaint names its line and none hides another.

use super::Problem;
use crate::Words;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A table of the file, and which of its keys have been asked for.
pub(super) struct Row<'a, 'i> {
    pub line: usize,
    table: &'a DeTable<'i>,
    read: BTreeSet<&'static str>,
}

/// The file and what is wrong with it so far.
pub(super) struct Sheet<'t> {
    text: &'t str,
    pub problems: Vec<Problem>,
}

impl<'t> Sheet<'t> {
    pub fn new(text: &'t str) -> Sheet<'t> {
        Sheet { text, problems: vec![] }
    }

    pub fn line_of(&self, at: usize) -> usize {
        let before = self.text.as_bytes().get(..at).unwrap_or(self.text.as_bytes());
        1 + before.iter().filter(|b| **b == b'\n').count()
    }

    pub fn say(&mut self, line: usize, zh: String, en: String) {
        self.problems.push(Problem { line, reason: Words { zh, en } });
    }

    pub fn open<'a, 'i>(&self, table: &'a DeTable<'i>, at: usize) -> Row<'a, 'i> {
        Row { line: self.line_of(at), table, read: BTreeSet::new() }
    }

    fn node<'a, 'i>(
        &self,
        row: &mut Row<'a, 'i>,
        key: &'static str,
    ) -> Option<(usize, &'a DeValue<'i>)> {
        row.read.insert(key);
        let found = row.table.iter().find(|(k, _)| k.get_ref().as_ref() == key);
        found.map(|(k, v)| (self.line_of(k.span().start), v.get_ref()))
    }

    fn wrong(&mut self, line: usize, key: &str, zh: &str, en: &str) {
        self.say(line, format!("{key} 应为{zh}"), format!("{key} must be {en}"));
    }

    pub fn missing(&mut self, line: usize, key: &str) {
        self.say(line, format!("缺少 {key}"), format!("{key} is missing"));
    }

    pub fn text(&mut self, row: &mut Row, key: &'static str) -> Option<String> {
        match self.node(row, key)? {
            (_, DeValue::String(text)) if !text.trim().is_empty() => Some(text.to_string()),
            (line, _) => {
                self.wrong(line, key, "文字", "text");
                None
            }
        }
    }

    pub fn need_text(&mut self, row: &mut Row, key: &'static str) -> String {
        let before = self.problems.len();
        let text = self.text(row, key);
        if text.is_none() && self.problems.len() == before {
            self.missing(row.line, key);
        }
        text.unwrap_or_default()
    }

    /// A name used in code: small letters, digits and underscores, beginning with a letter.
    pub fn need_id(&mut self, row: &mut Row, key: &'static str) -> String {
        let id = self.need_text(row, key);
        if !id.is_empty() && !is_id(&id) {
            self.say(
                row.line,
                format!("{key} 只能用小写字母、数字和下划线：{id}"),
                format!("{key} may have small letters, digits and underscores only: {id}"),
            );
        }
        id
    }

    pub fn words(&mut self, row: &mut Row, key: &'static str) -> Option<Words> {
        let mut inner = self.row(row, key)?;
        let zh = self.need_text(&mut inner, "zh");
        let en = self.need_text(&mut inner, "en");
        self.close(inner);
        Some(Words { zh, en })
    }

    pub fn need_words(&mut self, row: &mut Row, key: &'static str) -> Words {
        let before = self.problems.len();
        let words = self.words(row, key);
        if words.is_none() && self.problems.len() == before {
            self.missing(row.line, key);
        }
        words.unwrap_or_default()
    }

    /// A whole number within a range.
    pub fn number(
        &mut self,
        row: &mut Row,
        key: &'static str,
        range: RangeInclusive<u32>,
    ) -> Option<u32> {
        let (line, value) = self.node(row, key)?;
        let n = whole(value).and_then(|n| u32::try_from(n).ok());
        if n.is_some_and(|n| range.contains(&n)) {
            return n;
        }
        let (least, most) = (range.start(), range.end());
        let (zh, en) = match *most {
            u32::MAX => {
                (format!("不小于 {least} 的整数"), format!("a whole number from {least} on"))
            }
            _ => {
                (format!(" {least} 到 {most} 的整数"), format!("a whole number, {least} to {most}"))
            }
        };
        self.wrong(line, key, &zh, &en);
        None
    }

    pub fn flag(&mut self, row: &mut Row, key: &'static str) -> bool {
        match self.node(row, key) {
            None => false,
            Some((_, DeValue::Boolean(yes))) => *yes,
            Some((line, _)) => {
                self.wrong(line, key, " true 或 false", "true or false");
                false
            }
        }
    }

    pub fn texts(&mut self, row: &mut Row, key: &'static str) -> Vec<String> {
        let Some((line, value)) = self.node(row, key) else {
            return vec![];
        };
        let list = value.as_array().map(|list| {
            list.iter().map(|v| v.get_ref().as_str().map(str::to_owned)).collect::<Vec<_>>()
        });
        match list.and_then(|list| list.into_iter().collect::<Option<Vec<_>>>()) {
            Some(texts) => texts,
            None => {
                self.wrong(line, key, "文字的列表", "a list of texts");
                vec![]
            }
        }
    }

    /// The same where a list that is written must have something in it: an empty one would say what
    /// leaving it out says, and that is seldom meant.
    pub fn some_texts(&mut self, row: &mut Row, key: &'static str) -> Vec<String> {
        let before = self.problems.len();
        let line = self.node(row, key).map(|(line, _)| line);
        let texts = self.texts(row, key);
        if let Some(line) = line.filter(|_| texts.is_empty() && self.problems.len() == before) {
            self.say(line, format!("{key} 是空的"), format!("{key} is empty"));
        }
        texts
    }

    /// One table under a key.
    pub fn row<'a, 'i>(&mut self, row: &mut Row<'a, 'i>, key: &'static str) -> Option<Row<'a, 'i>> {
        match self.node(row, key)? {
            (line, DeValue::Table(table)) => Some(Row { line, table, read: BTreeSet::new() }),
            (line, _) => {
                self.wrong(line, key, "一张表", "a table");
                None
            }
        }
    }

    /// A list of tables under a key, written either way.
    pub fn rows<'a, 'i>(&mut self, row: &mut Row<'a, 'i>, key: &'static str) -> Vec<Row<'a, 'i>> {
        let Some((line, value)) = self.node(row, key) else {
            return vec![];
        };
        let Some(list) = value.as_array() else {
            self.wrong(line, key, "表的列表", "a list of tables");
            return vec![];
        };
        let mut rows = vec![];
        for item in list {
            let line = self.line_of(item.span().start);
            match item.get_ref() {
                DeValue::Table(table) => rows.push(Row { line, table, read: BTreeSet::new() }),
                _ => self.wrong(line, key, "表的列表", "a list of tables"),
            }
        }
        rows
    }

    /// All keys not asked for, as parameters: text or whole numbers.
    pub fn rest<'a, 'i>(
        &mut self,
        row: &mut Row<'a, 'i>,
    ) -> Vec<(String, usize, &'a Spanned<DeValue<'i>>)> {
        let mut rest = vec![];
        for (key, value) in row.table.iter() {
            if !row.read.contains(key.get_ref().as_ref()) {
                rest.push((key.get_ref().to_string(), self.line_of(key.span().start), value));
            }
        }
        rest
    }

    /// Complains of keys that nobody asked for.
    pub fn close(&mut self, mut row: Row) {
        for (key, line, _) in self.rest(&mut row) {
            self.say(line, format!("不认识的项：{key}"), format!("unknown key: {key}"));
        }
    }

    /// One of a fixed set of names.
    pub fn named<T: Copy>(
        &mut self,
        row: &mut Row,
        key: &'static str,
        names: &[(&str, T)],
    ) -> Option<T> {
        let text = self.text(row, key)?;
        let found = names.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
        if found.is_none() {
            let line = self.node(row, key).map_or(row.line, |(line, _)| line);
            let all: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
            let all = all.join(" ");
            self.say(
                line,
                format!("{key} 没有“{text}”，可以是：{all}"),
                format!("{key} cannot be \"{text}\"; it is one of: {all}"),
            );
        }
        found
    }
}

pub(super) fn whole(value: &DeValue) -> Option<i64> {
    let n = value.as_integer()?;
    i64::from_str_radix(n.as_str(), n.radix()).ok()
}

pub(super) fn is_id(text: &str) -> bool {
    text.len() <= 60
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}
