//! The list as an Excel file that prints well: A4 across, heads on every page, page numbers.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook};
use rust_xlsxwriter::{Worksheet, XlsxError};

use super::view::Group;
use crate::base::{Day, Fault};
use crate::words::Lang;

/// What the sheet says besides its rows.
pub struct Head {
    pub title: String,
    pub note: String,
    pub day: Day,
    pub by_act: bool,
}

/// Texts are written as texts: one that begins with `=` stays what it is.
pub fn write(groups: &[Group], head: &Head, lang: Lang) -> Result<Vec<u8>, Fault> {
    let failed = |e: XlsxError| Fault::new(format!("the sheet: {e}"));
    let mut book = Workbook::new();
    let made = ExcelDateTime::parse_from_str(&head.day.to_string()).map_err(failed)?;
    book.set_properties(&DocProperties::new().set_title(&head.title).set_creation_datetime(&made));
    let sheet = book.add_worksheet();
    fill(sheet, groups, head, lang).map_err(failed)?;
    book.save_to_buffer().map_err(failed)
}

fn fill(sheet: &mut Worksheet, groups: &[Group], head: &Head, lang: Lang) -> Result<(), XlsxError> {
    let cell =
        Format::new().set_border(FormatBorder::Thin).set_text_wrap().set_align(FormatAlign::Top);
    let bold = cell.clone().set_bold().set_background_color(0x00E8_EEF1);
    let large = Format::new().set_bold().set_font_size(16);
    let (post, act) = (lang.say("duty.post"), lang.say("duty.act_name"));
    let (first, second) = if head.by_act { (act, post) } else { (post, act) };
    sheet.set_name(lang.say("duty.title"))?;
    sheet.write_string_with_format(0, 0, &head.title, &large)?;
    sheet.write_string(1, 0, &head.note)?;
    let heads = [first, second, lang.say("duty.scope_name"), lang.say("duty.ground")];
    for (column, (text, width)) in (0..).zip(heads.iter().zip([24, 34, 18, 52])) {
        sheet.write_string_with_format(2, column, text, &bold)?;
        sheet.set_column_width(column, width)?;
    }
    let lines = groups.iter().flat_map(|group| group.lines.iter().map(move |line| (group, line)));
    let mut last = 2;
    for (row, (group, line)) in (3..).zip(lines) {
        let texts = [&group.title, &line.title, &line.scope, &line.ground];
        for (column, text) in (0..).zip(texts) {
            sheet.write_string_with_format(row, column, text, &cell)?;
        }
        last = row;
    }
    sheet.autofilter(2, 0, last, 3)?;
    sheet.set_freeze_panes(3, 0)?;
    sheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(2, 2)?;
    sheet.set_footer("&C&P / &N");
    Ok(())
}
