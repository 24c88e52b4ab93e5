//! Lists of the desk as workbooks: texts as text and never as a formula, laid out to print.

use std::borrow::Cow;

use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, XlsxError};

use super::list::Row;
use crate::act::{Act, Acting, Actor, Done, Reach, Subject};
use crate::base::{Fault, Instant};
use crate::words::Lang;

/// Rows of one workbook.
pub const MOST: usize = 10_000;

/// Taking a list out of the district is an act of its own: it is in the record who did it, and
/// which kind of list. What was looked for may be somebody's name, and the record is for everyone
/// and for ever: of the question it keeps a digest alone.
pub struct Export {
    pub actor: Actor,
    /// The file that goes out: `cases.xlsx`.
    pub what: &'static str,
    pub query: String,
}

impl Act for Export {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "case.export".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&(self.what, &self.query))?)
    }

    fn subject(&self) -> Subject {
        let reach = Reach {
            body: self.actor.body.clone(),
            publicity: "public".to_owned(),
            ..Reach::at(self.actor.place_path.clone())
        };
        Subject::New { kind: "list", id: self.what.to_owned(), reach }
    }

    fn perform(&self, _: &mut Acting<'_, '_>) -> Done<()> {
        Ok(())
    }
}

const COLUMNS: [(&str, f64); 10] = [
    ("desk.column.number", 14.0),
    ("desk.column.title", 42.0),
    ("desk.column.class", 16.0),
    ("desk.column.place", 30.0),
    ("desk.column.body", 22.0),
    ("desk.column.stage", 14.0),
    ("desk.column.due", 17.0),
    ("desk.column.sla", 18.0),
    ("desk.column.opened", 17.0),
    ("desk.column.source", 12.0),
];

/// What stands in a cell.
pub enum Cell {
    Text(String),
    Number(u32),
    /// Seconds since 1970 on the wall of the place: Excel knows no other clocks.
    Time(i64),
}

/// 1900-01-01, in seconds since 1970: Excel knows no day before it.
const FIRST_DAY: i64 = -2_208_988_800;

impl Cell {
    /// To the minute, as the pages say it.
    fn time(at: Instant, offset_minutes: i32) -> Cell {
        let local = at.plus_minutes(offset_minutes.into()).micros_since(Instant(0));
        match local.div_euclid(60_000_000) * 60 {
            seconds @ FIRST_DAY.. => Cell::Time(seconds),
            _ => Cell::Text(at.local_text(offset_minutes)),
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }
}

/// The cases as a workbook; called from a thread that may take its time.
pub fn workbook(
    lang: Lang,
    title: &str,
    rows: &[Row],
    offset_minutes: i32,
) -> Result<Vec<u8>, Fault> {
    let lines: Vec<Vec<Cell>> = rows.iter().map(|row| line(row, offset_minutes)).collect();
    table(lang, title, &COLUMNS, &lines)
}

/// Times are times, so that a list can be put in their order and reckoned with.
fn line(row: &Row, offset_minutes: i32) -> Vec<Cell> {
    let sla = row.sla.iter().chain(&row.beside).map(|sla| sla.text.as_str());
    let sla = sla.collect::<Vec<_>>().join("\n");
    // Who is not told when it is due finds no time in the row either.
    let due = row.matter.due_at.filter(|_| !row.due.is_empty());
    let due = due.map_or(Cell::from(""), |at| Cell::time(at, offset_minutes));
    let opened = Cell::time(row.matter.opened_at, offset_minutes);
    let said = [&row.number, &row.title, &row.class, &row.place, &row.body, &row.stage];
    let mut cells: Vec<Cell> = said.iter().map(|text| Cell::from(text.as_str())).collect();
    cells.extend([due, Cell::Text(sla), opened, Cell::from(row.source.as_str())]);
    cells
}

/// A table as a workbook that prints well: the key and the width of each column, and its rows.
pub fn table(
    lang: Lang,
    title: &str,
    heads: &[(&str, f64)],
    rows: &[Vec<Cell>],
) -> Result<Vec<u8>, Fault> {
    write(lang, title, heads, rows).map_err(|e| Fault::new(format!("the workbook: {e}")))
}

fn write(
    lang: Lang,
    title: &str,
    heads: &[(&str, f64)],
    rows: &[Vec<Cell>],
) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let bold = Format::new().set_bold();
    let wrapped = Format::new().set_text_wrap();
    let timed = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(0, 0)?.set_freeze_panes(1, 0)?.set_footer("&C&P / &N");
    sheet.set_header(format!("&L{}", title.replace('&', "&&")));
    for (at, (key, width)) in (0_u16..).zip(heads) {
        sheet.set_column_width(at, *width)?;
        sheet.write_string_with_format(0, at, lang.say(key), &bold)?;
    }
    for (at, row) in (1_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(row) {
            match cell {
                Cell::Text(text) => {
                    sheet.write_string_with_format(at, column, text, &wrapped)?;
                }
                Cell::Number(n) => {
                    sheet.write_number(at, column, *n)?;
                }
                Cell::Time(local) => {
                    let time = ExcelDateTime::from_timestamp(*local)?;
                    sheet.write_datetime_with_format(at, column, &time, &timed)?;
                }
            }
        }
    }
    book.save_to_buffer()
}

/// The workbook as a file to keep.
pub fn download(bytes: Vec<u8>, name: &'static str) -> Response {
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let named = format!("attachment; filename=\"{name}\"");
    ([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, named)], bytes)
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_before_those_of_excel_stands_as_it_is_said() {
        let cell = |text: &str| Cell::time(Instant::from_rfc3339(text).unwrap(), 480);
        let rows = [cell("0001-01-01T00:00:00+08:00"), cell("1900-01-01T00:00:30+08:00")];
        assert!(matches!(&rows[0], Cell::Text(said) if said == "0001-01-01 00:00"));
        assert!(matches!(&rows[1], Cell::Time(FIRST_DAY)));
        let heads = [COLUMNS[6], COLUMNS[8]];
        assert!(table(Lang::Zh, "t", &heads, &[rows.into()]).is_ok());
    }
}
