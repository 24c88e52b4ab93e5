//! A table set on A4 across: lines broken to their columns, heads on every page.
//!
//! Lengths are whole thousandths of a point (1/72 inch).

use crate::font::Letters;

/// A table to be printed.
pub struct Table {
    pub title: String,
    /// A line under the title: version, day.
    pub note: String,
    pub heads: Vec<String>,
    /// Shares of the width, one a column.
    pub shares: Vec<u32>,
    pub rows: Vec<Row>,
}

/// A row of a table.
pub enum Row {
    /// A heading over the rows that follow.
    Group(String),
    Cells(Vec<String>),
}

pub const PAGE_WIDTH: u32 = 842_000;
pub const PAGE_HEIGHT: u32 = 595_000;
const MARGIN: u32 = 42_000;
pub(crate) const BOTTOM: u32 = 48_000;
const PAD: u32 = 4_000;
/// Lines of the heads, which stand on every page.
const MOST_HEAD: usize = 6;

/// From one line to the next.
fn leading(size: u32) -> u32 {
    size * 14 / 10
}

/// A text at its place: left edge and base line, from the lower left corner of the page.
pub struct Piece {
    pub x: u32,
    pub y: u32,
    pub size: u32,
    pub text: String,
}

/// A horizontal rule.
pub struct Rule {
    pub x: u32,
    pub y: u32,
    pub width: u32,
}

/// A black rectangle, by its lower left corner.
pub struct Block {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

#[derive(Default)]
pub struct Page {
    /// Taller than wide; a table lies across.
    pub upright: bool,
    pub pieces: Vec<Piece>,
    pub rules: Vec<Rule>,
    pub blocks: Vec<Block>,
}

impl Page {
    pub fn width_and_height(&self) -> (u32, u32) {
        if self.upright { (PAGE_HEIGHT, PAGE_WIDTH) } else { (PAGE_WIDTH, PAGE_HEIGHT) }
    }
}

struct Setting<'a, 'f> {
    letters: &'a Letters<'f>,
    table: &'a Table,
    columns: Vec<(u32, u32)>,
    pages: Vec<Page>,
    /// What is left free, from below.
    y: u32,
}

/// Sets the table on as many pages as it takes.
pub fn set(table: &Table, letters: &Letters<'_>) -> Vec<Page> {
    let mut setting =
        Setting { letters, table, columns: columns(&table.shares), pages: Vec::new(), y: 0 };
    setting.new_page();
    for (n, row) in table.rows.iter().enumerate() {
        match row {
            Row::Group(title) => setting.group(title, table.rows.get(n + 1)),
            Row::Cells(cells) => setting.cells(cells, 9_000),
        }
    }
    setting.number_pages();
    setting.pages
}

fn columns(shares: &[u32]) -> Vec<(u32, u32)> {
    let (whole, sum) = (PAGE_WIDTH - 2 * MARGIN, shares.iter().sum::<u32>().max(1));
    let mut x = MARGIN;
    let mut out = Vec::with_capacity(shares.len());
    for share in shares {
        let width = whole / sum * share;
        out.push((x, width));
        x += width;
    }
    out
}

impl Setting<'_, '_> {
    fn new_page(&mut self) {
        self.pages.push(Page::default());
        self.y = PAGE_HEIGHT - MARGIN;
        if self.pages.len() == 1 {
            self.y -= 18_000;
            self.piece(MARGIN, 18_000, &self.table.title.clone());
            self.y -= 18_000;
            self.piece(MARGIN, 9_000, &self.table.note.clone());
            self.y -= 10_000;
        }
        let heads = self.table.heads.clone();
        let (mut lines, _) = self.broken(&heads, 10_000);
        lines.iter_mut().for_each(|cell| cell.truncate(MOST_HEAD));
        let most = lines.iter().map(Vec::len).max().unwrap_or(1);
        self.part(&lines, (0, most), 10_000);
        self.rule();
    }

    fn piece(&mut self, x: u32, size: u32, text: &str) {
        let y = self.y;
        if let Some(page) = self.pages.last_mut() {
            page.pieces.push(Piece { x, y, size, text: text.to_owned() });
        }
    }

    fn rule(&mut self) {
        let y = self.y;
        if let Some(page) = self.pages.last_mut() {
            page.rules.push(Rule { x: MARGIN, y, width: PAGE_WIDTH - 2 * MARGIN });
        }
    }

    /// Broken lines of each cell, and the height they take.
    fn broken(&self, cells: &[String], size: u32) -> (Vec<Vec<String>>, u32) {
        let lines: Vec<Vec<String>> = cells
            .iter()
            .zip(&self.columns)
            .map(|(text, (_, width))| break_lines(self.letters, text, size, width - 2 * PAD))
            .collect();
        let most = lines.iter().map(Vec::len).max().unwrap_or(1);
        let count = u32::try_from(most).unwrap_or(1);
        (lines, count * leading(size) + PAD)
    }

    fn cells(&mut self, cells: &[String], size: u32) {
        let (lines, height) = self.broken(cells, size);
        if self.y < BOTTOM + height && height < PAGE_HEIGHT / 2 {
            self.new_page();
        }
        let most = lines.iter().map(Vec::len).max().unwrap_or(1);
        let mut from = 0;
        while from < most {
            if from > 0 || self.room(size) == 0 {
                self.new_page();
            }
            let to = most.min(from + self.room(size).max(1));
            self.part(&lines, (from, to), size);
            from = to;
        }
    }

    /// Lines that still fit on the page.
    fn room(&self, size: u32) -> usize {
        let free = self.y.saturating_sub(BOTTOM + PAD) / leading(size);
        usize::try_from(free).unwrap_or(0)
    }

    /// Some of the lines of a row, with the rule under them.
    fn part(&mut self, lines: &[Vec<String>], (from, to): (usize, usize), size: u32) {
        let top = self.y;
        for (column, cell) in lines.iter().enumerate() {
            let x = self.columns[column].0 + PAD;
            self.y = top;
            for line in cell.iter().take(to).skip(from) {
                self.y = self.y.saturating_sub(leading(size));
                self.piece(x, size, line);
            }
        }
        let count = u32::try_from(to - from).unwrap_or(0);
        self.y = top.saturating_sub(count * leading(size) + PAD);
        self.rule();
    }

    /// A heading stays with the row after it.
    fn group(&mut self, title: &str, next: Option<&Row>) {
        let after = match next {
            // A tall row is parted, so that its first line is enough.
            Some(Row::Cells(cells)) => match self.broken(cells, 9_000).1 {
                tall if tall >= PAGE_HEIGHT / 2 => leading(9_000) + PAD,
                height => height,
            },
            _ => 0,
        };
        if self.y < BOTTOM + 26_000 + after {
            self.new_page();
        }
        self.y -= 20_000;
        self.piece(MARGIN + PAD, 12_000, title);
        self.y -= 6_000;
        self.rule();
    }

    fn number_pages(&mut self) {
        let all = self.pages.len();
        for (n, page) in self.pages.iter_mut().enumerate() {
            let text = format!("{} / {all}", n + 1);
            page.pieces.push(Piece { x: PAGE_WIDTH / 2 - 12_000, y: 28_000, size: 9_000, text });
        }
    }
}

/// Breaks between Chinese characters and at spaces, which begin no new line; a longer word is cut.
pub(crate) fn break_lines(letters: &Letters<'_>, text: &str, size: u32, width: u32) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut line, mut reached, mut last_break, mut wrapped) = (String::new(), 0, 0, false);
    for letter in text.chars() {
        if letter == '\n' {
            lines.push(std::mem::take(&mut line));
            (reached, last_break, wrapped) = (0, 0, false);
            continue;
        }
        let step = letters.width(letter) * size / 1000;
        if reached + step > width && !line.is_empty() {
            let at = if last_break > 0 && !is_free(letter) { last_break } else { line.len() };
            let rest = line.split_off(at).trim_start().to_owned();
            lines.push(std::mem::replace(&mut line, rest));
            reached = line.chars().map(|c| letters.width(c) * size / 1000).sum();
            last_break = 0;
            wrapped = true;
        }
        if letter == ' ' && wrapped && line.is_empty() {
            continue;
        }
        line.push(letter);
        reached += step;
        if is_free(letter) {
            last_break = line.len();
        }
    }
    lines.push(line);
    lines
}

/// Whether a line may end after the letter.
fn is_free(letter: char) -> bool {
    letter == ' ' || (letter >= '\u{2e80}' && !"（《“‘".contains(letter))
}
