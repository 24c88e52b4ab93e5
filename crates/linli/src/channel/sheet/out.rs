//! Workbooks that go out: templates with drop-downs, a file given back with its errors, and any
//! list. Texts are written as texts: one that begins with `=` stays what it is.

use std::collections::{HashMap, HashSet};

use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, Format, FormatAlign, Workbook, Worksheet,
    XlsxError,
};

use super::head::Column;
use super::{Kind, Remark, cases, classes};
use crate::base::Fault;
use crate::channel::decode;
use crate::table::{self, MOST_ROWS, Sheet};
use crate::words::Lang;

const RED: Color = Color::RGB(0x00F6_D7D2);
/// The longest text of a cell of Excel.
const CELL_MAX: usize = 32_000;

fn failed(error: XlsxError) -> Fault {
    Fault::new(format!("the workbook: {error}"))
}

fn bold() -> Format {
    Format::new().set_bold().set_background_color(0x00E8_EEF1).set_text_wrap()
}

/// The columns an import of this kind knows.
pub fn columns(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::Cases => cases::COLUMNS,
        Kind::Classes => classes::COLUMNS,
    }
}

/// An empty sheet made from the columns the import knows; `choices` fill the drop-downs by key.
pub fn template(kind: Kind, choices: &[(&str, Vec<String>)]) -> Result<Vec<u8>, Fault> {
    let mut book = Workbook::new();
    fill_template(&mut book, kind, choices).map_err(failed)?;
    book.save_to_buffer().map_err(failed)
}

fn fill_template(
    book: &mut Workbook,
    kind: Kind,
    choices: &[(&str, Vec<String>)],
) -> Result<(), XlsxError> {
    let text = Format::new().set_num_format("@").set_align(FormatAlign::Top);
    let sheet = book.add_worksheet();
    sheet.set_name("填写")?;
    sheet.set_freeze_panes(1, 0)?;
    for (place, column) in (0..).zip(columns(kind)) {
        let name = column.names.first().copied().unwrap_or(column.key);
        let title = if column.required { format!("{name}*") } else { name.to_owned() };
        sheet.write_string_with_format(0, place, title, &bold())?;
        // As text from the start, so that no number loses its digits and no date is guessed.
        sheet.set_column_format(place, &text)?;
        sheet.set_column_width(place, if column.key == "text" { 60 } else { 20 })?;
    }
    for (at, (key, values)) in (0_u16..).zip(choices) {
        let Some(place) = columns(kind).iter().position(|column| column.key == *key) else {
            continue;
        };
        let letter = char::from(b'A' + u8::try_from(at).unwrap_or(0));
        let range = format!("=可选值!${letter}$1:${letter}${}", values.len().max(1));
        // The import knows more ways to write a value than the list: Excel asks, and lets it stand.
        let list = DataValidation::new()
            .allow_list_formula(range.as_str().into())
            .set_error_style(DataValidationErrorStyle::Warning);
        let place = u16::try_from(place).unwrap_or(0);
        // Every row below the titles that an import takes.
        let last = u32::try_from(MOST_ROWS).unwrap_or(u32::MAX);
        sheet.add_data_validation(1, place, last, place, &list)?;
    }
    let lists = book.add_worksheet();
    lists.set_name("可选值")?;
    for (at, (_, values)) in (0_u16..).zip(choices) {
        for (row, value) in (0..).zip(values) {
            lists.write_string(row, at, value)?;
        }
    }
    Ok(())
}

/// The file given back: cells with errors in red, and a last column that says what is wrong.
pub fn annotated(bytes: &[u8], remarks: &[Remark], lang: Lang) -> Result<Vec<u8>, Fault> {
    let mut book = Workbook::new();
    let sheets = table::sheets(bytes).unwrap_or_default();
    let mut names = HashSet::new();
    for sheet in &sheets {
        let page = book.add_worksheet();
        called(page, &sheet.name, &mut names);
        give_back(page, sheet, remarks, lang).map_err(failed)?;
    }
    let whole: Vec<&Remark> = remarks.iter().filter(|r| r.row == 0 || sheets.is_empty()).collect();
    if !whole.is_empty() {
        let page = book.add_worksheet();
        called(page, &lang.say("import.whole"), &mut names);
        for (row, remark) in (0..).zip(whole) {
            page.write_string(row, 0, remark.sentence(lang)).map_err(failed)?;
        }
    }
    book.save_to_buffer().map_err(failed)
}

/// Other programs name sheets as Excel would not: such a one goes by its number.
fn called(page: &mut Worksheet, name: &str, names: &mut HashSet<String>) {
    if !name.is_empty() && names.insert(name.to_lowercase()) {
        let _ = page.set_name(name);
    }
}

fn give_back(
    page: &mut Worksheet,
    sheet: &Sheet,
    remarks: &[Remark],
    lang: Lang,
) -> Result<(), XlsxError> {
    let red = Format::new().set_background_color(RED).set_text_wrap();
    let mut of_row: HashMap<usize, Vec<&Remark>> = HashMap::new();
    for remark in remarks.iter().filter(|r| r.sheet == sheet.name && r.row > 0) {
        of_row.entry(remark.row).or_default().push(remark);
    }
    let width = sheet.rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let last = u16::try_from(width).unwrap_or(u16::MAX);
    let place_of = |title: &str| {
        let rows = sheet.rows.iter().take(10);
        rows.filter_map(|row| row.cells.iter().position(|c| c.text.trim() == title)).next()
    };
    page.set_column_width(last, 50)?;
    let mut titled = false;
    // A row stands where it stood; the names of the columns in lines of JSON stood nowhere.
    let shift = usize::from(sheet.rows.first().is_some_and(|row| row.at == 0));
    for row in &sheet.rows {
        let at = u32::try_from((row.at + shift).saturating_sub(1)).unwrap_or(u32::MAX);
        let told = of_row.get(&row.at).map_or(&[] as &[&Remark], Vec::as_slice);
        let bad: Vec<usize> = told.iter().filter_map(|r| place_of(&r.column)).collect();
        for (place, cell) in row.cells.iter().enumerate() {
            let text: String = cell.text.chars().take(CELL_MAX).collect();
            let column = u16::try_from(place).unwrap_or(u16::MAX);
            if bad.contains(&place) {
                page.write_string_with_format(at, column, text, &red)?;
            } else {
                page.write_string(at, column, text)?;
            }
        }
        if !titled && row.cells.iter().filter(|c| !c.text.is_empty()).count() > 1 {
            page.write_string_with_format(at, last, lang.say("import.why"), &bold())?;
            titled = true;
        }
        if !told.is_empty() {
            let why: Vec<String> = told.iter().map(|remark| remark.told(lang)).collect();
            page.write_string_with_format(at, last, why.join(" "), &red)?;
        }
    }
    Ok(())
}

/// Any list as an Excel file that prints well.
pub fn xlsx(title: &str, heads: &[String], rows: &[Vec<String>]) -> Result<Vec<u8>, Fault> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    fill_list(sheet, title, heads, rows).map_err(failed)?;
    book.save_to_buffer().map_err(failed)
}

fn fill_list(
    sheet: &mut Worksheet,
    title: &str,
    heads: &[String],
    rows: &[Vec<String>],
) -> Result<(), XlsxError> {
    let wrap = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    sheet.set_name(title)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(0, 0)?;
    sheet.set_freeze_panes(1, 0)?;
    for (place, head) in (0..).zip(heads) {
        sheet.write_string_with_format(0, place, head, &bold())?;
        sheet.set_column_width(place, 20)?;
    }
    for (at, row) in (1..).zip(rows) {
        for (place, text) in (0..).zip(row) {
            let text: String = text.chars().take(CELL_MAX).collect();
            sheet.write_string_with_format(at, place, text, &wrap)?;
        }
    }
    Ok(())
}

/// Any list as CSV with a byte order mark, so that Excel reads it as UTF-8. A text that a sheet
/// would take for a formula gets an apostrophe before it.
pub fn csv(heads: &[String], rows: &[Vec<String>]) -> Result<Vec<u8>, Fault> {
    let heads = csv_lines(b"\xef\xbb\xbf".to_vec(), &[heads.to_vec()])?;
    csv_lines(heads, rows)
}

/// More lines of such a table, after what is there already.
pub fn csv_lines(there: Vec<u8>, rows: &[Vec<String>]) -> Result<Vec<u8>, Fault> {
    let failed = |e: csv::Error| Fault::new(format!("the csv: {e}"));
    let mut out = csv::Writer::from_writer(there);
    for row in rows {
        out.write_record(row.iter().map(|text| decode::cell(text))).map_err(failed)?;
    }
    out.into_inner().map_err(|e| Fault::new(format!("the csv: {e}")))
}
