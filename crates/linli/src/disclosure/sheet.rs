//! The list as an Excel file that prints well: A4 across, heads on every page, page numbers. On
//! further sheets stand which body answers for what, and what nobody may do.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook};
use rust_xlsxwriter::{Worksheet, XlsxError};

use super::view::{Group, RemitLine, WallLine};
use crate::base::{Day, Fault};
use crate::words::Lang;

/// What the sheet says besides its rows.
pub struct Head {
    pub title: String,
    pub note: String,
    pub day: Day,
    pub by_act: bool,
}

/// A sheet: its name, what stands above, heads with their widths, and texts row by row.
struct Sheet<'a> {
    name: String,
    title: &'a str,
    note: &'a str,
    heads: Vec<(String, u32)>,
    rows: Vec<Vec<&'a str>>,
}

/// Texts are written as texts: one that begins with `=` stays what it is.
pub fn write(
    groups: &[Group],
    (remits, walls): (&[RemitLine], &[WallLine]),
    head: &Head,
    lang: Lang,
) -> Result<Vec<u8>, Fault> {
    let failed = |e: XlsxError| Fault::new(format!("the sheet: {e}"));
    let mut book = Workbook::new();
    let made = ExcelDateTime::parse_from_str(&head.day.to_string()).map_err(failed)?;
    book.set_properties(&DocProperties::new().set_title(&head.title).set_creation_datetime(&made));
    fill(book.add_worksheet(), &duties(groups, head, lang)).map_err(failed)?;
    if !remits.is_empty() {
        let title = lang.say("duty.remits.title");
        fill(book.add_worksheet(), &bodies(remits, &title, lang)).map_err(failed)?;
    }
    if !walls.is_empty() {
        let texts: Vec<String> = walls.iter().map(|wall| wall.when(lang)).collect();
        let (title, note) = (lang.say("duty.walls"), lang.say("duty.walls_lead"));
        let sheet = forbidden(walls, &texts, (&title, &note), lang);
        fill(book.add_worksheet(), &sheet).map_err(failed)?;
    }
    book.save_to_buffer().map_err(failed)
}

fn duties<'a>(groups: &'a [Group], head: &'a Head, lang: Lang) -> Sheet<'a> {
    let (post, act) = (lang.say("duty.post"), lang.say("duty.act_name"));
    let (first, second) = if head.by_act { (act, post) } else { (post, act) };
    let lines = groups.iter().flat_map(|group| group.lines.iter().map(move |line| (group, line)));
    let texts = lines.map(|(group, line)| {
        [&group.title, &line.title, &line.scope, &line.ground].map(String::as_str).to_vec()
    });
    Sheet {
        name: lang.say("duty.title"),
        title: &head.title,
        note: &head.note,
        heads: vec![
            (first, 24),
            (second, 34),
            (lang.say("duty.scope_name"), 18),
            (lang.say("duty.ground"), 52),
        ],
        rows: texts.collect(),
    }
}

fn bodies<'a>(remits: &'a [RemitLine], title: &'a str, lang: Lang) -> Sheet<'a> {
    let texts = |line: &'a RemitLine| {
        [&line.body, &line.phone, &line.kind, &line.place, &line.ground]
            .map(String::as_str)
            .to_vec()
    };
    let heads = [("body", 30), ("phone", 16), ("kind", 24), ("place", 20)];
    let heads = heads.map(|(key, width)| (lang.say(&format!("duty.remits.{key}")), width));
    Sheet {
        name: lang.say("duty.remits.sheet"),
        title,
        note: "",
        heads: heads.into_iter().chain([(lang.say("duty.ground"), 52)]).collect(),
        rows: remits.iter().map(texts).collect(),
    }
}

fn forbidden<'a>(
    walls: &'a [WallLine],
    when: &'a [String],
    (title, note): (&'a str, &'a str),
    lang: Lang,
) -> Sheet<'a> {
    let texts = |(wall, when): (&'a WallLine, &'a String)| {
        [&wall.act, when, &wall.ground].map(String::as_str).to_vec()
    };
    Sheet {
        name: lang.say("duty.walls"),
        title,
        note,
        heads: vec![
            (lang.say("duty.act_name"), 34),
            (lang.say("duty.wall_when"), 42),
            (lang.say("duty.ground"), 52),
        ],
        rows: walls.iter().zip(when).map(texts).collect(),
    }
}

fn fill(sheet: &mut Worksheet, what: &Sheet<'_>) -> Result<(), XlsxError> {
    let cell =
        Format::new().set_border(FormatBorder::Thin).set_text_wrap().set_align(FormatAlign::Top);
    let bold = cell.clone().set_bold().set_background_color(0x00E8_EEF1);
    let large = Format::new().set_bold().set_font_size(16);
    sheet.set_name(&what.name)?;
    sheet.write_string_with_format(0, 0, what.title, &large)?;
    sheet.write_string(1, 0, what.note)?;
    let mut right = 0;
    for (column, (text, width)) in (0..).zip(&what.heads) {
        sheet.write_string_with_format(2, column, text, &bold)?;
        sheet.set_column_width(column, *width)?;
        right = column;
    }
    let mut last = 2;
    for (row, texts) in (3..).zip(&what.rows) {
        for (column, text) in (0..).zip(texts) {
            sheet.write_string_with_format(row, column, *text, &cell)?;
        }
        last = row;
    }
    sheet.autofilter(2, 0, last, right)?;
    sheet.set_freeze_panes(3, 0)?;
    sheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(2, 2)?;
    sheet.set_footer("&C&P / &N");
    Ok(())
}

#[cfg(test)]
mod tests {
    use calamine::Reader as _;

    use super::*;

    #[test]
    fn what_nobody_may_do_stands_on_a_sheet_of_its_own() {
        let wall = |unless: &str| WallLine {
            act: "催办".to_owned(),
            when: "反映的就是本单位".to_owned(),
            unless: unless.to_owned(),
            ground: "信访工作条例（回避）".to_owned(),
        };
        let head = Head {
            title: "t".to_owned(),
            note: "n".to_owned(),
            day: "2026-11-21".parse().unwrap(),
            by_act: false,
        };
        let name = Lang::Zh.say("duty.walls");
        let book = |walls: &[WallLine]| {
            let bytes = write(&[], (&[], walls), &head, Lang::Zh).unwrap();
            let bytes = std::io::Cursor::new(bytes);
            let book: calamine::Xlsx<_> = calamine::open_workbook_from_rs(bytes).unwrap();
            book
        };
        assert!(!book(&[]).sheet_names().contains(&name), "no sheet of nothing");
        let range = book(&[wall(""), wall("本人的")]).worksheet_range(&name).unwrap();
        let row = |row| [0, 1, 2].map(|at| range.get_value((row, at)).unwrap().to_string());
        assert_eq!(row(3), ["催办", "反映的就是本单位", "信访工作条例（回避）"]);
        assert_eq!(row(4)[1], "反映的就是本单位（本人的除外）");
    }
}
