//! The three forms in which lists go out. CSV and lines of JSON are made piece by piece and never
//! held as a whole; a workbook is, and so has a limit.

use super::{Line, What};
use crate::act::{Done, Failure, FieldProblem};
use crate::base::Fault;
use crate::channel::sheet::out;
use crate::table::MOST_ROWS;
use crate::words::Lang;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Csv,
    Jsonl,
    Xlsx,
}

impl Form {
    pub const ALL: [Form; 3] = [Form::Csv, Form::Jsonl, Form::Xlsx];

    pub fn name(self) -> &'static str {
        match self {
            Form::Csv => "csv",
            Form::Jsonl => "jsonl",
            Form::Xlsx => "xlsx",
        }
    }

    pub fn from_name(name: &str) -> Option<Form> {
        Form::ALL.into_iter().find(|form| form.name() == name)
    }

    pub fn mime(self) -> &'static str {
        match self {
            Form::Csv => "text/csv; charset=utf-8",
            Form::Jsonl => "application/jsonl; charset=utf-8",
            Form::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// Makes bytes of lines, piece by piece.
pub struct Writer {
    what: What,
    form: Form,
    lang: Lang,
    begun: bool,
    /// Lines of a workbook, which is made at the end.
    held: Vec<Line>,
}

impl Writer {
    pub fn new(what: What, form: Form, lang: Lang) -> Writer {
        Writer { what, form, lang, begun: false, held: Vec::new() }
    }

    /// The titles: an import takes either.
    fn heads(&self) -> Line {
        let title = |c: &super::Col| self.lang.pick(c.zh, c.key).to_owned();
        self.what.columns().iter().map(title).collect()
    }

    /// The bytes of some more lines; none for a workbook.
    pub fn lines(&mut self, lines: Vec<Line>) -> Done<Vec<u8>> {
        let first = !std::mem::replace(&mut self.begun, true);
        match self.form {
            Form::Csv if first => Ok(out::csv(&self.heads(), &lines)?),
            Form::Csv => Ok(out::csv_lines(Vec::new(), &lines)?),
            Form::Jsonl => json(self.what, &lines),
            Form::Xlsx if self.held.len() + lines.len() > MOST_ROWS => Err(too_many_for_excel()),
            Form::Xlsx => {
                self.held.extend(lines);
                Ok(Vec::new())
            }
        }
    }

    /// What is still to come when all lines were given.
    pub fn finish(mut self) -> Done<Vec<u8>> {
        match self.form {
            Form::Xlsx => Ok(out::xlsx(self.what.name(), &self.heads(), &self.held)?),
            _ if !self.begun => self.lines(Vec::new()),
            _ => Ok(Vec::new()),
        }
    }
}

pub(super) fn too_many_for_excel() -> Failure {
    FieldProblem::new("form", "too_many_for_excel").with("max", MOST_ROWS).into()
}

/// An object a line; what is empty is left out.
fn json(what: What, lines: &[Line]) -> Done<Vec<u8>> {
    let mut bytes = Vec::new();
    for line in lines {
        let mut object = serde_json::Map::new();
        for (column, text) in what.columns().iter().zip(line).filter(|(_, text)| !text.is_empty()) {
            object.insert(column.key.to_owned(), text.as_str().into());
        }
        serde_json::to_writer(&mut bytes, &object).map_err(Fault::from)?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}
