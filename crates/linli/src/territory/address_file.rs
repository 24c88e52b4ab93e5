//! 地址表: a table of addresses as an office keeps it, read and looked at before it is entered.
//!
//! The first row names the columns.

use std::collections::HashSet;

use super::acts::{MOST_ADDRESSES, NewAddress};
use super::{Ground, Place, Point, parse_e7, store};
use crate::act::FieldProblem;
use crate::base::text;
use crate::store::{ReadTx, StoreError};
use crate::table::{self, Cell, Row, Sheet, Unread};

/// The words by which a column is known.
const COLUMNS: [(&str, &[&str]); 4] = [
    ("address", &["address", "地址", "详细地址", "标准地址"]),
    ("place", &["place", "grid", "code", "网格", "网格代码", "区域代码", "代码"]),
    ("lat", &["lat", "latitude", "纬度"]),
    ("lng", &["lng", "lon", "longitude", "经度"]),
];

/// A line of the table, its columns sorted out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// As the file counts, the head line being 1.
    pub number: usize,
    pub address: String,
    pub place: String,
    pub lat: String,
    pub lng: String,
    /// What was lost of it before the file came to us.
    pub lost: Vec<FieldProblem>,
}

/// What is to become of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    pub number: usize,
    pub text: String,
    pub place: Option<Place>,
    pub point: Option<Point>,
    /// It is there already, or stands in the file twice.
    pub known: bool,
    pub problems: Vec<FieldProblem>,
}

fn wrong(code: &'static str) -> FieldProblem {
    FieldProblem::new("file", code)
}

/// The lines of a file; what it is, is told by what it holds.
pub fn lines(bytes: &[u8]) -> Result<Vec<Line>, FieldProblem> {
    let sheets = match table::sheets(bytes) {
        Ok(sheets) => sheets,
        Err(unread) => return torn(unread),
    };
    let mut sheets: Vec<Sheet> = sheets.into_iter().filter(|one| !one.rows.is_empty()).collect();
    // A workbook for this has one sheet with addresses; what stands on others is about it.
    let tables: Vec<&str> =
        sheets.iter().filter(|one| columns(one).is_some()).map(|one| one.name.as_str()).collect();
    if tables.len() > 1 {
        return Err(wrong("address_sheets").with("sheets", tables.join("、")));
    }
    let at = sheets.iter().position(|one| columns(one).is_some()).unwrap_or_default();
    if sheets.is_empty() {
        return Err(wrong("import_empty"));
    }
    sorted_out(sheets.swap_remove(at))
}

/// As [`lines`], of text that was read before.
pub fn lines_of_text(text: &str) -> Result<Vec<Line>, FieldProblem> {
    table::of_text(text).map_or_else(torn, sorted_out)
}

/// A table that cannot be read from a line on: that line, with what is wrong with it.
fn torn(unread: Unread) -> Result<Vec<Line>, FieldProblem> {
    match unread.row {
        0 => Err(unread.of_field("file")),
        number => Ok(vec![Line { number, lost: vec![unread.of_field("file")], ..Line::default() }]),
    }
}

/// Where the columns are, in the order of [`COLUMNS`]; `None` where the first row does not name
/// enough of them.
fn columns(sheet: &Sheet) -> Option<[Option<usize>; 4]> {
    let head = sheet.rows.first()?;
    let columns = COLUMNS.map(|(_, words)| {
        head.cells.iter().position(|cell| words.contains(&cell.text.trim().to_lowercase().as_str()))
    });
    let [address, place, lat, lng] = columns;
    (address.is_some() && (place.is_some() || (lat.is_some() && lng.is_some()))).then_some(columns)
}

/// The lines as text, to be sent again by the form that confirms them.
pub fn as_text(lines: &[Line]) -> String {
    let mut out = "address\tplace\tlat\tlng\n".to_owned();
    for line in lines {
        let plain = |text: &str| text.replace(['\t', '\n', '\r', '"'], " ");
        let cells = [&line.address, &line.place, &line.lat, &line.lng].map(|cell| plain(cell));
        out.push_str(&cells.join("\t"));
        out.push('\n');
    }
    out
}

fn sorted_out(sheet: Sheet) -> Result<Vec<Line>, FieldProblem> {
    let mut rows = sheet.rows.iter();
    let head = rows.next().ok_or_else(|| wrong("import_empty"))?;
    let columns = columns(&sheet).ok_or_else(|| wrong("address_columns"))?;
    let line = |row: &Row| {
        let mut lost = Vec::new();
        let mut told = columns.map(|column| {
            let cell = column.and_then(|column| row.cells.get(column));
            lost.extend(cell.and_then(Cell::lost));
            cell.map(|cell| cell.text.trim().to_owned()).unwrap_or_default()
        });
        let [address, place, lat, lng] = told.each_mut().map(std::mem::take);
        let field = format!("line{}", row.at);
        let lost = lost.into_iter().map(|code| FieldProblem::new(&*field, code)).collect();
        Line { number: row.at, address, place, lat, lng, lost }
    };
    let mut lines: Vec<Line> = rows.map(line).collect();
    for unread in sheet.across.into_iter().chain(sheet.broken).filter(|one| one.row > head.at) {
        let number = unread.row;
        let lost = vec![unread.of_field("file")];
        match lines.iter_mut().find(|line| line.number == number) {
            Some(line) => line.lost.extend(lost),
            None => lines.push(Line { number, lost, ..Line::default() }),
        }
    }
    lines.sort_by_key(|line| line.number);
    match lines.len() {
        0 => Err(wrong("import_empty")),
        n if n > MOST_ADDRESSES => {
            Err(wrong("address_too_many").with("n", n).with("max", MOST_ADDRESSES))
        }
        _ => Ok(lines),
    }
}

/// Looks at every line as the act will: nothing is written.
pub fn look(
    tx: &ReadTx<'_>,
    ground: &Ground,
    within: &Place,
    lines: &[Line],
) -> Result<Vec<Looked>, StoreError> {
    let mut seen: HashSet<(String, String)> = HashSet::new();
    let mut out = Vec::new();
    for line in lines {
        let mut one = looked(ground, within, line);
        if let Some(place) = &one.place {
            let twice = !seen.insert((place.path.clone(), one.text.clone()));
            one.known = twice || store::address_is_known(tx, &place.path, &one.text)?;
        }
        out.push(one);
    }
    Ok(out)
}

fn looked(ground: &Ground, within: &Place, line: &Line) -> Looked {
    if !line.lost.is_empty() {
        let (number, text) = (line.number, line.address.chars().take(40).collect());
        let problems = line.lost.clone();
        return Looked { number, text, place: None, point: None, known: false, problems };
    }
    let mut problems = Vec::new();
    let said = |code| FieldProblem::new(format!("line{}", line.number), code);
    let text = text::clean(&line.address, super::acts::ADDRESS_MAX).unwrap_or_else(|_| {
        problems.push(said("address_text").with("max", super::acts::ADDRESS_MAX));
        line.address.chars().take(40).collect()
    });
    let point = match (line.lat.as_str(), line.lng.as_str()) {
        ("", "") => None,
        (lat, lng) => {
            let (lat, lng) = (parse_e7(lat, 90), parse_e7(lng, 180));
            let point = lat.zip(lng).map(|(lat, lng)| Point::new(lat, lng));
            match point {
                None => problems.push(said("address_point")),
                Some(point) if point.looks_swapped() => {
                    problems.push(said("address_swapped"));
                }
                Some(_) => {}
            }
            point
        }
    };
    let place = match line.place.as_str() {
        "" => point.and_then(|point| ground.grid_at(point.lat_e7, point.lng_e7)),
        code => ground.by_code(code).filter(|place| place.stands()),
    };
    match place {
        None if line.place.is_empty() => problems.push(said("address_nowhere")),
        None => problems.push(said("place_unknown").with("code", &line.place)),
        Some(place) if !place.within(&within.path) => {
            problems.push(said("import_beyond").with("name", &place.name));
        }
        Some(_) => {}
    }
    Looked { number: line.number, text, place: place.cloned(), point, known: false, problems }
}

/// What the act is to enter: it passes over what is there already.
pub fn to_enter(looked: &[Looked]) -> Vec<NewAddress> {
    let all = looked.iter().filter_map(|one| {
        let place = one.place.as_ref()?.code.clone();
        Some(NewAddress { text: one.text.clone(), place, point: one.point })
    });
    all.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_by_their_head_in_utf8_and_gb18030() {
        let text = "地址,网格代码,经度,纬度\n望潮路20号,9901,121.5,31.2\n,,,\n听涛街1号,,121,31\n";
        let wanted = lines(text.as_bytes()).unwrap();
        assert_eq!(wanted.len(), 2);
        assert_eq!((wanted[0].number, wanted[1].number), (2, 4));
        assert_eq!((wanted[0].lat.as_str(), wanted[0].lng.as_str()), ("31.2", "121.5"));
        let (bytes, ..) = encoding_rs::GB18030.encode(text);
        assert_eq!(lines(&bytes).unwrap(), wanted);
        assert_eq!(lines_of_text(&as_text(&wanted)).unwrap().len(), 2);
        let code = |bytes: &[u8]| lines(bytes).unwrap_err().code;
        assert_eq!(code(b""), "table_empty");
        assert_eq!(code("甲\t乙\n1\t2\n".as_bytes()), "address_columns");
        assert_eq!(code(b"\xff\xff\xff"), "letters_not_ours");
        assert_eq!(code(b"PK\x03\x04nothing"), "table_damaged");
        let many = format!("address\tgrid\n{}", "a\tb\n".repeat(MOST_ADDRESSES + 1));
        assert_eq!(code(many.as_bytes()), "address_too_many");
    }

    #[test]
    fn a_workbook_is_read_like_a_table_and_what_was_lost_is_told_at_its_line() {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        for (column, title) in [(0, "地址"), (1, "网格")] {
            sheet.write_string(0, column, title).unwrap();
            sheet
                .write_string(1, column, if column == 0 { "望潮路20号" } else { "990101001" })
                .unwrap();
        }
        book.add_worksheet().write_string(0, 0, "填表说明").unwrap();
        let sheet = book.worksheet_from_index(0).unwrap();
        let failed = rust_xlsxwriter::Formula::new("1/0").set_result("#DIV/0!");
        sheet.write_formula(2, 0, failed).unwrap();
        sheet.write_number(3, 1, 1.234_567_890_123_456e17).unwrap();
        sheet.merge_range(5, 0, 5, 1, "听涛街", &rust_xlsxwriter::Format::new()).unwrap();
        let read = lines(&book.save_to_buffer().unwrap()).unwrap();
        assert_eq!((read[0].number, read[0].address.as_str()), (2, "望潮路20号"));
        assert_eq!(read[0].place, "990101001");
        let lost = read.iter().flat_map(|line| line.lost.iter().map(|one| (line.number, one.code)));
        let wanted = [(3, "broken_formula"), (4, "digits_lost"), (6, "merged")];
        assert_eq!(lost.collect::<Vec<_>>(), wanted);
        // Two sheets of addresses: one of them would be lost.
        let more = book.add_worksheet();
        more.write_string(0, 0, "地址").unwrap().write_string(0, 1, "网格").unwrap();
        let told = lines(&book.save_to_buffer().unwrap()).unwrap_err();
        assert_eq!((told.code, told.params[0].1.as_str()), ("address_sheets", "Sheet1、Sheet3"));
    }

    #[test]
    fn a_torn_line_is_told_by_its_number_and_a_point_turned_about_is_no_point() {
        let torn = lines("地址,网格\n望潮路20号,9901\n\"听涛街1号,9901\n".as_bytes()).unwrap();
        let told: Vec<_> = torn.iter().map(|line| (line.number, line.lost[0].code)).collect();
        assert_eq!(told.len(), 1, "{told:?}");
        let text = "地址,网格,纬度,经度\n友好路1号,6501,87.6,43.8\n友好路2号,6501,43.8,87.6\n";
        let turned = |line: &Line| {
            let point =
                Point::new(parse_e7(&line.lat, 90).unwrap(), parse_e7(&line.lng, 180).unwrap());
            point.looks_swapped()
        };
        let read = lines(text.as_bytes()).unwrap();
        assert_eq!(read.iter().map(turned).collect::<Vec<_>>(), [true, false]);
    }
}
