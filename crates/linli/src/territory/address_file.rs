//! 地址表: a table of addresses as an office keeps it, read and looked at before it is entered.
//!
//! Text (tabs or commas, UTF-8 or GB 18030) or an Excel workbook; the first row names the columns.

use std::collections::HashSet;
use std::io::{Cursor, Read as _, copy, sink};

use calamine::{Data, Reader as _, Xlsx};

use super::acts::{MOST_ADDRESSES, NewAddress};
use super::import::MOST_BYTES;
use super::{Ground, Place, Point, parse_e7, store};
use crate::act::FieldProblem;
use crate::base::{letters, text};
use crate::page;
use crate::store::{ReadTx, StoreError};

/// Parts a workbook may be packed of, and what it may unpack to.
const MOST_PARTS: usize = 500;
const MOST_UNPACKED: u64 = 64 << 20;

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
    if bytes.len() > MOST_BYTES {
        return Err(page::too_big("file", MOST_BYTES));
    }
    let rows = match bytes {
        [b'P', b'K', 3, 4, ..] => book(bytes)?,
        _ => {
            let text = letters::decoded(bytes);
            table(&text.map_err(|problem| FieldProblem::of_letters("file", problem))?)?
        }
    };
    sorted_out(rows)
}

/// As [`lines`], of text that was read before.
pub fn lines_of_text(text: &str) -> Result<Vec<Line>, FieldProblem> {
    sorted_out(table(text)?)
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

type Row = (usize, Vec<String>);

fn table(text: &str) -> Result<Vec<Row>, FieldProblem> {
    let head = text.lines().next().unwrap_or_default();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(if head.contains('\t') { b'\t' } else { b',' })
        .from_reader(text.as_bytes());
    let mut out = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|_| wrong("address_table"))?;
        let line = record.position().map_or(0, csv::Position::line);
        let number = usize::try_from(line).unwrap_or(0);
        out.push((number, record.iter().map(|cell| cell.trim().to_owned()).collect()));
    }
    Ok(out)
}

fn book(bytes: &[u8]) -> Result<Vec<Row>, FieldProblem> {
    unpacks_within_limit(bytes)?;
    let damaged = |_| wrong("address_table");
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(damaged)?;
    let name = book.sheet_names().into_iter().next().ok_or_else(|| wrong("address_table"))?;
    let range = book.worksheet_range(&name).map_err(damaged)?;
    let first = range.start().map_or(0, |(row, _)| usize::try_from(row).unwrap_or(0));
    let cell = |data: &Data| match data {
        Data::Empty => String::new(),
        other => other.to_string().trim().to_owned(),
    };
    let rows = range.rows().enumerate();
    Ok(rows.map(|(at, row)| (first + at + 1, row.iter().map(cell).collect())).collect())
}

/// The sizes a workbook claims are not believed: each part is unpacked into nothing and counted.
fn unpacks_within_limit(bytes: &[u8]) -> Result<(), FieldProblem> {
    let too_big = || page::too_big("file", usize::try_from(MOST_UNPACKED).unwrap_or(MOST_BYTES));
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| wrong("address_table"))?;
    if zip.len() > MOST_PARTS {
        return Err(too_big());
    }
    let mut left = MOST_UNPACKED;
    for at in 0..zip.len() {
        let part = zip.by_index(at).map_err(|_| wrong("address_table"))?;
        let size = copy(&mut part.take(left + 1), &mut sink());
        let size = size.map_err(|_| wrong("address_table"))?;
        left = left.checked_sub(size).ok_or_else(too_big)?;
    }
    Ok(())
}

fn sorted_out(rows: Vec<Row>) -> Result<Vec<Line>, FieldProblem> {
    let mut rows = rows.into_iter().filter(|(_, row)| row.iter().any(|cell| !cell.is_empty()));
    let (_, head) = rows.next().ok_or_else(|| wrong("import_empty"))?;
    let at = |name: &str| {
        let words = COLUMNS.iter().find(|(column, _)| *column == name).map_or(&[][..], |c| c.1);
        head.iter().position(|cell| words.contains(&cell.to_lowercase().as_str()))
    };
    let (address, place, lat, lng) = (at("address"), at("place"), at("lat"), at("lng"));
    if address.is_none() || (place.is_none() && (lat.is_none() || lng.is_none())) {
        return Err(wrong("address_columns"));
    }
    let cell = |row: &[String], at: Option<usize>| {
        at.and_then(|at| row.get(at)).cloned().unwrap_or_default()
    };
    let lines: Vec<Line> = rows
        .map(|(number, row)| Line {
            number,
            address: cell(&row, address),
            place: cell(&row, place),
            lat: cell(&row, lat),
            lng: cell(&row, lng),
        })
        .collect();
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
            if point.is_none() {
                problems.push(said("address_point"));
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
        assert_eq!(code(b""), "import_empty");
        assert_eq!(code("甲\t乙\n1\t2\n".as_bytes()), "address_columns");
        assert_eq!(code(b"\xff\xff\xff"), "letters_not_ours");
        assert_eq!(code(b"PK\x03\x04nothing"), "address_table");
        let many = format!("address\tgrid\n{}", "a\tb\n".repeat(MOST_ADDRESSES + 1));
        assert_eq!(code(many.as_bytes()), "address_too_many");
    }

    #[test]
    fn a_workbook_is_read_like_a_table() {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        for (row, cells) in [["地址", "网格"], ["望潮路20号", "990101001"]].iter().enumerate()
        {
            for (column, cell) in cells.iter().enumerate() {
                let at = (u32::try_from(row).unwrap(), u16::try_from(column).unwrap());
                sheet.write_string(at.0, at.1, *cell).unwrap();
            }
        }
        let bytes = book.save_to_buffer().unwrap();
        let read = lines(&bytes).unwrap();
        assert_eq!((read[0].number, read[0].address.as_str()), (2, "望潮路20号"));
        assert_eq!(read[0].place, "990101001");
    }
}
