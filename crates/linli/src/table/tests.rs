//! Files as they come: in other letters, broken, locked, endless, with cells nobody worked out.

use std::io::Write as _;

use rust_xlsxwriter::{Format, Formula, Workbook, Worksheet};

use super::*;
use crate::words::Lang;

fn unreadable(bytes: &[u8]) -> &'static str {
    sheets(bytes).expect_err("such a file is refused").code
}

fn book(fill: impl Fn(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(book.add_worksheet());
    book.save_to_buffer().unwrap()
}

#[test]
fn a_table_in_other_letters_is_told_in_words() {
    assert_eq!(unreadable(b"\xff\xfea\0"), "table_utf16");
    assert_eq!(unreadable(b"a\0b"), "table_binary");
    let latin = sheets(b"id,name\n1,M\xfcnchen Stra\xdfe caf\xe9 na\xefve");
    let latin = latin.expect_err("refused");
    assert_eq!(latin.code, "letters_not_ours");
    let said = Lang::Zh.problem(&latin.of_field("file"));
    assert!(said.contains("第 2 行") && said.contains("UTF-8"), "{said}");
}

#[test]
fn files_that_are_none_are_refused_as_a_whole() {
    assert_eq!(unreadable(b""), "table_empty");
    assert_eq!(unreadable(b" \n "), "table_empty");
    assert_eq!(unreadable(b"PK\x03\x04 no zip at all"), "table_damaged");
    assert_eq!(unreadable(b"\x1f\x8b no gzip"), "table_damaged");
    assert_eq!(unreadable(b"\xd0\xcf\x11\xe0 old"), "table_old_excel");
    assert_eq!(unreadable(b"{\"id\":"), "table_not_json");
    let half = book(|sheet| {
        sheet.write_string(0, 0, "编号").unwrap();
    });
    assert_eq!(unreadable(&half[..half.len() / 2]), "table_damaged");
}

#[test]
fn a_broken_line_hides_none_of_those_after_it() {
    let read = sheets(b"{\"id\":1}\n{oops}\n{\"id\":2}\n[1]\n{\"id\":3}").unwrap();
    let rows: Vec<usize> = read[0].rows.iter().map(|row| row.at).collect();
    assert_eq!(rows, [0, 1, 3, 5]);
    let broken: Vec<(usize, &str)> =
        read[0].broken.iter().map(|unread| (unread.row, unread.code)).collect();
    assert_eq!(broken, [(2, "table_not_json"), (4, "table_not_json")]);
}

#[test]
fn bombs_and_endless_files_are_refused() {
    let zeros = vec![b'0'; MOST_BYTES + 10];
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(&zeros).unwrap();
    let gzip = gzip.finish().unwrap();
    assert!(gzip.len() < 200_000);
    assert_eq!(unreadable(&gzip), "table_too_large");
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("xl/worksheets/sheet1.xml", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(&zeros).unwrap();
    assert_eq!(unreadable(&zip.finish().unwrap().into_inner()), "table_too_large");
    let many = "1,2\n".repeat(MOST_ROWS + 2);
    assert_eq!(unreadable(many.as_bytes()), "table_too_many_rows");
    let lines = "{\"id\":1}\n".repeat(MOST_ROWS + 1);
    assert_eq!(unreadable(lines.as_bytes()), "table_too_many_rows");
}

#[test]
fn a_workbook_with_a_password_is_told_from_an_old_one() {
    let mut locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    locked.resize(1024, 0);
    assert_eq!(unreadable(&locked), "table_old_excel");
    locked.extend("EncryptedPackage".bytes().flat_map(|letter| [letter, 0]));
    assert_eq!(unreadable(&locked), "table_locked");
}

#[test]
fn a_formula_nobody_worked_out_is_no_empty_cell() {
    let bytes = book(|sheet| {
        sheet.write_string(1, 1, "望潮路20号").unwrap();
        sheet.write_formula(1, 2, Formula::new("B2&\"甲\"").set_result("望潮路20号甲")).unwrap();
        sheet.write_formula(2, 2, Formula::new("B2&\"乙\"").set_result("0")).unwrap();
        sheet.write_formula(2, 1, Formula::new("1/0").set_result("#DIV/0!")).unwrap();
        sheet.write_formula(3, 1, Formula::new("IF(B2=0,B2,\"\")").set_result("nothing")).unwrap();
        sheet.write_string(3, 2, "二楼").unwrap();
    });
    let whole =
        |part: &str| part.replace("</f><v>0</v>", "</f>").replace("<v>nothing</v>", "<v></v>");
    let read = sheets(&repacked(&bytes, "xl/worksheets/sheet1.xml", whole)).unwrap();
    let cells = |at: usize| {
        let cells = read[0].rows[at].cells.iter();
        cells.map(|cell| (cell.text.as_str(), cell.lost())).collect::<Vec<_>>()
    };
    assert_eq!(cells(0), [("", None), ("望潮路20号", None), ("望潮路20号甲", None)]);
    let broken = Some("broken_formula");
    assert_eq!(cells(1), [("", None), ("#DIV/0!", broken), ("=", broken)]);
    assert_eq!(cells(2), [("", None), ("", None), ("二楼", None)], "worked out, to nothing");
}

#[test]
fn one_cell_in_the_last_corner_makes_no_table_of_all_between() {
    let far = |row: u32, column: u16| {
        let bytes = book(|sheet| {
            sheet.write_string(0, 0, "地址").unwrap();
            sheet.write_string(row, column, "远").unwrap();
        });
        sheets(&bytes).map(|read| read[0].rows.len()).map_err(|unread| (unread.row, unread.code))
    };
    assert_eq!(far(9, 199), Ok(2));
    assert_eq!(far(9, 200), Err((10, "table_too_many_columns")));
    assert_eq!(far(1_048_575, 0), Err((0, "table_too_many_rows")));
    let commas = format!("a,b\n{}", ",".repeat(MOST_COLUMNS));
    assert_eq!(unreadable(commas.as_bytes()), "table_too_many_columns");
}

#[test]
fn a_field_merged_down_is_told_in_each_of_its_rows() {
    let bytes = book(|sheet| {
        sheet.merge_range(2, 0, 4, 0, "路面", &Format::new()).unwrap();
        sheet.write_string(2, 1, "坑洼").unwrap();
        sheet.write_string(4, 1, "积水").unwrap();
        sheet.merge_range(6, 0, 6, 2, "横着", &Format::new()).unwrap();
    });
    let read = sheets(&bytes).unwrap();
    let rows = read[0]
        .rows
        .iter()
        .map(|row| (row.at, row.cells.iter().map(|cell| cell.text.as_str()).collect::<Vec<_>>()));
    let wanted = [
        (3, vec!["路面", "坑洼"]),
        (4, vec!["路面"]),
        (5, vec!["路面", "积水"]),
        (7, vec!["横着"]),
    ];
    assert_eq!(rows.collect::<Vec<_>>(), wanted);
    let across = vec![Unread::new(7, "merged").with("range", "A7:C7")];
    assert_eq!(read[0].across, across);
    let many = book(|sheet| {
        for row in 0..=10_000 {
            sheet.merge_range(row, 0, row, 1, "", &Format::new()).unwrap();
            sheet.merge_range(row, 2, row, 3, "", &Format::new()).unwrap();
        }
    });
    assert_eq!(unreadable(&many), "table_too_many_merged");
}

/// A workbook of which one part is written otherwise.
fn repacked(book: &[u8], part: &str, otherwise: impl Fn(&str) -> String) -> Vec<u8> {
    let mut from = zip::ZipArchive::new(std::io::Cursor::new(book)).unwrap();
    let mut into = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for at in 0..from.len() {
        let mut file = from.by_index(at).unwrap();
        let (name, mut held) = (file.name().unwrap().into_owned(), String::new());
        file.read_to_string(&mut held).unwrap();
        let held = if name == part { otherwise(&held) } else { held };
        into.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        into.write_all(held.as_bytes()).unwrap();
    }
    into.finish().unwrap().into_inner()
}
