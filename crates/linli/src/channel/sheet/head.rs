//! The row that titles the columns: found among the first rows, each column known by several names.

use super::{Grade, Remark};
use crate::table::{Cell, Row, Sheet};

/// A column an import knows.
#[derive(Debug)]
pub struct Column {
    pub key: &'static str,
    /// The first name is the one the template writes.
    pub names: &'static [&'static str],
    pub required: bool,
}

/// Where the columns of a sheet are.
#[derive(Debug)]
pub struct Head {
    /// The sheet's name, for remarks.
    pub sheet: String,
    /// Index of the titles among the rows of the sheet.
    pub at: usize,
    found: Vec<(&'static str, usize, String)>,
    /// Columns with a title that the import does not know.
    pub unknown: Vec<String>,
}

/// Letters of a field that a remark tells.
const TOLD: usize = 20;
/// Rows among which the titles are looked for: above them stands a name of the table at most.
const LOOK_AT: usize = 10;

impl Head {
    /// Finds the titles; what is required and not there is told.
    pub fn find(sheet: &Sheet, columns: &'static [Column]) -> Result<Head, Vec<Remark>> {
        let known = |cell: &Cell| columns.iter().find(|c| names(c, &cell.text)).map(|c| c.key);
        let score = |row: &Row| row.cells.iter().filter(|cell| known(cell).is_some()).count();
        let rows = sheet.rows.iter().take(LOOK_AT).enumerate();
        let best = rows.max_by_key(|(at, row)| (score(row), LOOK_AT - at));
        let Some((at, row)) = best.filter(|(_, row)| score(row) > 0) else {
            let needed = columns.iter().filter(|c| c.required).map(title).collect::<Vec<_>>();
            let remark = Remark::new(Grade::Wrong, 0, "", "no_titles");
            return Err(vec![remark.with("columns", needed.join("、")).on(&sheet.name)]);
        };
        let mut head =
            Head { sheet: sheet.name.clone(), at, found: Vec::new(), unknown: Vec::new() };
        for (place, cell) in row.cells.iter().enumerate() {
            match known(cell) {
                Some(key) if !head.found.iter().any(|(k, ..)| *k == key) => {
                    head.found.push((key, place, cell.text.trim().to_owned()));
                }
                _ if cell.text.trim().is_empty() => {}
                _ => head.unknown.push(cell.text.trim().to_owned()),
            }
        }
        let missing: Vec<Remark> = columns
            .iter()
            .filter(|column| column.required && head.place(column.key).is_none())
            .map(|column| {
                let remark = Remark::new(Grade::Wrong, row.at, title(column), "no_such_column");
                remark.with("column", title(column)).on(&sheet.name)
            })
            .collect();
        if missing.is_empty() { Ok(head) } else { Err(missing) }
    }

    fn place(&self, key: &str) -> Option<usize> {
        self.found.iter().find(|(k, ..)| *k == key).map(|(_, place, _)| *place)
    }

    /// What the file calls the column.
    pub fn title(&self, key: &str) -> &str {
        self.found.iter().find(|(k, ..)| *k == key).map_or("", |(.., title)| title)
    }

    /// The cell of a row in a column; `None` where there is no such column or it is empty.
    pub fn cell<'r>(&self, row: &'r Row, key: &str) -> Option<&'r Cell> {
        let cell = row.cells.get(self.place(key)?)?;
        (!cell.text.trim().is_empty()).then_some(cell)
    }

    /// The trimmed text of a row in a column.
    pub fn text<'r>(&self, row: &'r Row, key: &str) -> &'r str {
        self.cell(row, key).map_or("", |cell| cell.text.trim())
    }

    pub fn remark(&self, grade: Grade, row: &Row, key: &str, code: &str) -> Remark {
        Remark::new(grade, row.at, self.title(key), code).on(&self.sheet)
    }

    /// Fields below the titles that are merged over columns: nobody knows which one they are for.
    pub fn merged(&self, sheet: &Sheet) -> Vec<Remark> {
        let titles = sheet.rows.get(self.at).map_or(0, |row| row.at);
        let below = sheet.across.iter().filter(|merged| merged.row > titles);
        below.map(|merged| Remark::unread(merged.clone()).on(&self.sheet)).collect()
    }

    /// Something in a row below a column without a title, which nobody would take over: most often
    /// a comma in the words that are not in quotes.
    pub fn untitled(&self, sheet: &Sheet, row: &Row) -> Option<Remark> {
        let titles = sheet.rows.get(self.at).map_or(&[][..], |row| row.cells.as_slice());
        let bare = |cell: &Cell| cell.text.trim().is_empty();
        let beyond = |place: &usize| titles.get(*place).is_none_or(bare);
        let lost = |(place, cell): &(usize, &Cell)| beyond(place) && !bare(cell);
        let (place, cell) = row.cells.iter().enumerate().find(lost)?;
        let text: String = cell.text.trim().chars().take(TOLD).collect();
        let remark = Remark::new(Grade::Wrong, row.at, "", "without_title");
        Some(remark.with("column", place + 1).with("text", text).on(&self.sheet))
    }

    /// Columns that are not taken over, told once for the whole sheet.
    pub fn left_out(&self) -> Option<Remark> {
        let remark = Remark::new(Grade::Changed, 0, "", "columns_left_out").on(&self.sheet);
        (!self.unknown.is_empty()).then(|| remark.with("columns", self.unknown.join("、")))
    }
}

fn title(column: &Column) -> &'static str {
    column.names.first().copied().unwrap_or(column.key)
}

fn names(column: &Column, text: &str) -> bool {
    let bare: String = text.chars().filter(|c| !c.is_whitespace() && *c != '*').collect();
    column.key == bare || column.names.iter().any(|name| name.eq_ignore_ascii_case(&bare))
}
